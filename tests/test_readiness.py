"""Statuses, words, score and slices follow from conditions over seams."""

from __future__ import annotations

import msgspec
import pytest
from madeup import PACK, SEAMS, SENDS, TITLES, pack_of, place, requirement, rich_packet, seam, single

from scanner.counting import Index
from scanner.errors import RuleError
from scanner.packet import RequirementResult
from scanner.packs import (
    AtLeast,
    Beside,
    Condition,
    Every,
    Has,
    Negated,
    Reaches,
    Recommendation,
    Requirement,
    Some,
    Spread,
    StatusIs,
)
from scanner.readiness import judge, score, verdict
from scanner.seams import Seam
from scanner.touchpoints import Confidence, Role

CHAIN = single("provider-fallback", "a.py:1", "swap", kind="fallback_chain", role=Role.DEFINITION)
OTHER = single("provider-fallback", "b.py:9", "retry", kind="fallback_chain", role=Role.DEFINITION)
IDLE = single("provider-fallback", "c.py:4", "idle", kind="fallback_chain", role=Role.DEFINITION, unwired=True)
DOUBTFUL = single("provider-fallback", "d.py:4", "maybe", kind="fallback_chain", confidence=Confidence.LOW)

CHAINS = Has(("fallback_chain",), say="a chain")
SPLIT = Has(("percentage-split",), say="a percentage")
SWITCH = Has(("boolean-switch",), say="a switch")
#: Without a graph this cannot be told.
UNKNOWN = Reaches(("session",), ("model_call",), say="whether the id reaches the call")


def judged(wanted: Requirement, *seams: Seam) -> RequirementResult:
    return judge(pack_of(wanted), seams, TITLES)[0]


def missing(ready: Condition, *seams: Seam) -> tuple[str, ...]:
    return judged(requirement(ready), *seams).missing


def marks(*seams: Seam) -> list[str]:
    return [f"[[place:{each.id}]]" for each in seams]


@pytest.mark.parametrize("name", ["fallback_chain", "provider-fallback"])
def test_a_seam_is_named_by_its_kind_or_by_a_rule(name: str) -> None:
    result = judged(requirement(Has((name,))), CHAIN)

    assert (result.status, result.score, result.missing, result.evidence) == ("ready", 1.0, (), (CHAIN.id,))


def test_what_nothing_calls_is_at_most_partial() -> None:
    result = judged(requirement(CHAINS), IDLE)

    assert result.status == "partial"
    assert result.missing == (f"a chain, found, but no call of it here: {marks(IDLE)[0]}",)
    assert result.places[0].note == "Provider fallback chain (no call found here)"


def test_low_confidence_is_no_evidence() -> None:
    result = judged(requirement(CHAINS), DOUBTFUL)

    assert (result.status, result.evidence, result.claim) == ("gap", (), "Nothing that serves was found.")


def test_tests_and_docs_are_no_evidence() -> None:
    tested = single("provider-fallback", "t.py:1", kind="fallback_chain", role=Role.TEST)
    described = single("provider-fallback", "d.md:1", kind="fallback_chain", role=Role.DOCS)

    assert judged(requirement(CHAINS), tested, described).status == "gap"


def test_a_seam_counts_for_a_rule_only_through_places_that_count() -> None:
    mixed = seam(
        place("provider-fallback", "a.py:1", "swap", kind="fallback_chain"),
        place("percentage-split", "a.py:2", "swap", kind="fallback_chain", confidence=Confidence.LOW),
    )

    assert judged(requirement(SPLIT, CHAINS), mixed).status == "partial"


def test_a_gap_says_what_was_looked_for_in_ready_partial_and_evidence() -> None:
    result = judged(requirement(Every((SPLIT, Has(("sdk-model-call",)))), SWITCH, evidence=("traffic_split",)))

    assert result.looked_for == ("traffic split", "percentage split", "SDK call of a model", "boolean switch")


def test_a_requirement_without_a_surface_is_not_applicable_and_says_why() -> None:
    result = judged(requirement(CHAINS, applies=SPLIT, otherwise="Nothing is split."), CHAIN)

    assert (result.status, result.score, result.claim) == ("n/a", None, "Nothing is split.")
    assert (result.missing, result.evidence, result.looked_for) == ((), (), ("percentage split",))


def test_an_open_question_keeps_a_requirement_from_ready_and_is_told_apart_from_what_is_missing() -> None:
    result = judged(requirement(Every((CHAINS, UNKNOWN))), CHAIN)

    assert (result.status, result.missing, result.not_judged) == ("partial", (), ("whether the id reaches the call",))


def test_an_open_question_does_not_matter_where_another_member_is_enough() -> None:
    result = judged(requirement(Some((CHAINS, UNKNOWN))), CHAIN)

    assert (result.status, result.not_judged) == ("ready", ())


def test_what_an_open_question_may_make_up_for_is_not_called_missing() -> None:
    result = judged(requirement(Some((SPLIT, UNKNOWN)), CHAINS), CHAIN)

    assert (result.status, result.missing) == ("partial", ())


def test_a_requirement_of_which_no_level_can_be_judged_is_not_called_a_gap() -> None:
    result = judged(requirement(UNKNOWN, UNKNOWN), CHAIN)

    assert (result.status, result.score, result.claim) == ("n/a", None, "Not judged in this version.")
    assert result.not_judged == ("whether the id reaches the call",)


def test_the_negation_of_an_open_question_is_open() -> None:
    assert judged(requirement(Negated(UNKNOWN)), CHAIN).not_judged == ("whether the id reaches the call",)


def test_each_failed_member_of_all_is_missing_by_itself() -> None:
    assert missing(Every((CHAINS, SPLIT, SWITCH)), CHAIN) == ("a percentage", "a switch")


def test_any_that_fails_is_one_sentence() -> None:
    assert missing(Some((SPLIT, SWITCH)), CHAIN) == ("a percentage, or a switch",)


def test_a_condition_without_words_speaks_by_the_titles_of_its_rules() -> None:
    assert missing(Has(("percentage-split", "sdk-model-call")), CHAIN) == ("percentage split or SDK call of a model",)


def test_at_least_says_how_many_are_there_and_which_are_not() -> None:
    flag = Has(("feature_flag",), say="a flag")

    assert missing(AtLeast(3, (CHAINS, SPLIT, SWITCH, flag), say="a canary"), CHAIN) == (
        "a canary, 1 of the 3 needed is there; not found: a percentage; a switch; a flag",
    )
    assert missing(AtLeast(2, (SPLIT, SWITCH, flag)), CHAIN) == (
        "none of the 2 needed is there; not found: a percentage; a switch; a flag",
    )


def test_too_few_and_too_many_seams_are_counted_and_named() -> None:
    first, second = marks(CHAIN, OTHER)

    assert missing(Has(("fallback_chain",), at_least=2, say="two chains"), CHAIN) == (
        f"two chains, only 1 of 2 found: {first}",
    )
    assert missing(Has(("fallback_chain",), at_most=1, say="one chain"), CHAIN, OTHER) == (
        f"one chain, but there are 2: {first} and {second}",
    )


def test_unwired_seams_do_not_exceed_a_limit() -> None:
    assert judged(requirement(Has(("fallback_chain",), at_most=1)), CHAIN, IDLE).status == "ready"


def test_what_must_not_be_there_is_named() -> None:
    assert missing(Negated(CHAINS, say="no chain in code"), CHAIN) == (f"no chain in code: now {marks(CHAIN)[0]}",)


def test_spread_counts_files_where_seams_are_defined_and_names_six() -> None:
    chains = [single("provider-fallback", f"{name}.py:1", name, kind="fallback_chain") for name in "abcdefgh"]

    assert missing(Spread("files", ("fallback_chain",), at_most=1, say="one place"), *chains) == (
        "one place: now in 8 files, `a.py`, `b.py`, `c.py`, `d.py`, `e.py`, `f.py` and 2 more",
    )


def test_spread_over_surfaces_holds_within_its_bounds() -> None:
    within = Spread("surfaces", ("fallback_chain",), at_most=1, say="one surface")
    both = (CHAIN, msgspec.structs.replace(OTHER, surface="cli"))

    assert judged(requirement(within), CHAIN, OTHER).status == "ready"
    assert missing(within, *both) == ("one surface: now on 2 surfaces, `cli` and `core`",)
    assert missing(Spread("surfaces", ("fallback_chain",), at_least=1, say="a surface")) == ("a surface",)


def test_uses_of_a_definition_do_not_spread_it() -> None:
    used = seam(
        place("provider-fallback", "a.py:1", "swap", kind="fallback_chain", role=Role.DEFINITION),
        place("provider-fallback", "b.py:1", "main", kind="fallback_chain"),
    )

    assert judged(requirement(Spread("files", ("fallback_chain",), at_most=1)), used).status == "ready"


def test_beside_names_each_function_without_a_companion_once() -> None:
    again = single("sdk-model-call", "cron/jobs.py:25", "run_job")
    ids = single("session-id", "agent/side.py:30", "summarize", kind="run_identity")

    words = missing(Beside(("model_call",), ("run_identity",), "function", "an id"), *SENDS, again, ids)

    bare = [SENDS[0], SENDS[1], SENDS[3], SENDS[4], SENDS[5]]
    assert words == (f"an id: missing at 5 of 6 places, {', '.join(marks(*bare)[:-1])} and {marks(SENDS[5])[0]}",)


def test_beside_counts_files_where_it_is_about_files() -> None:
    ids = single("session-id", "agent/side.py:3", kind="run_identity")
    loop, job, acp = marks(SENDS[0], SENDS[4], SENDS[5])

    assert missing(Beside(("model_call",), ("run_identity",), "file"), *SENDS, ids) == (
        f"run identity in every file with model call: missing in 3 of 4 files, {loop}, {job} and {acp}",
    )


def test_beside_does_not_hold_where_there_is_nothing_to_stand_beside() -> None:
    assert missing(Beside(("model_call",), ("run_identity",), "file", "an id"), CHAIN) == ("an id",)


def test_a_companion_inside_a_nested_function_or_the_same_lines_is_beside() -> None:
    call = single("sdk-model-call", "a.py:10", "run", lines=5)
    nested = single("session-id", "a.py:30", "run.inner", kind="run_identity")
    decorator = single("session-id", "a.py:11", kind="run_identity")
    condition = Beside(("model_call",), ("run_identity",), "function")

    assert judged(requirement(condition), call, nested).status == "ready"
    assert judged(requirement(condition), call, decorator).status == "ready"
    assert judged(requirement(condition), call).status != "ready"


def test_evidence_takes_one_seam_of_each_name_in_turn() -> None:
    calls = [single("sdk-model-call", f"{name}.py:1", name) for name in "abc"]
    wanted = requirement(CHAINS, evidence=("model_call", "fallback_chain"))

    assert judged(wanted, *calls, CHAIN, OTHER).evidence == (
        calls[0].id,
        CHAIN.id,
        calls[1].id,
        OTHER.id,
        calls[2].id,
    )


def test_the_first_places_avoid_a_third_one_in_the_same_file() -> None:
    many = [single("sdk-model-call", f"big.py:{line}", f"f{line}") for line in (1, 2, 3)]
    one = single("sdk-model-call", "small.py:1", "g")

    order = judged(requirement(CHAINS, evidence=("model_call",)), *many, one).evidence

    assert order == (many[0].id, many[1].id, one.id, many[2].id)


def test_one_function_is_one_line_of_evidence_with_a_count() -> None:
    calls = [single("sdk-model-call", f"a.py:{line}", "send") for line in (1, 5, 9)]

    (line,) = judged(requirement(CHAINS, evidence=("model_call",)), *calls).places

    assert (line.id, line.more, line.note) == (calls[0].id, 2, "SDK call of a model")


def test_a_step_about_a_place_that_is_not_there_is_left_out() -> None:
    wanted = requirement(
        SPLIT, CHAINS, next=("Use {{ seam('percentage-split').best }}.", "See {{ seam('fallback_chain').best }}.")
    )

    assert judged(wanted, CHAIN).next == (f"See {marks(CHAIN)[0]}.",)


def test_the_best_of_several_names_is_the_first_place_of_the_first_name_that_has_any() -> None:
    steps = (
        "{{ seam('percentage-split', 'fallback_chain', 'model_call').best }}",
        "{{ seam('fallback_chain').count }}",
    )

    assert judged(requirement(SPLIT, CHAINS, next=steps), SENDS[0], CHAIN).next == (marks(CHAIN)[0], "1")


def test_places_that_would_be_told_with_the_same_words_are_told_once() -> None:
    twin = single("other-rule", "a.py:1", "swap", kind="traffic_split")
    ready = Negated(Has(("fallback_chain", "traffic_split")), say="none")

    assert missing(ready, CHAIN, twin) == (f"none: now {marks(CHAIN)[0]}",)


def test_a_claim_about_a_place_that_is_not_there_falls_back_to_counts() -> None:
    wanted = requirement(CHAINS, claim="{{ seam('percentage-split').best }} splits.")

    assert judged(wanted, CHAIN, OTHER).claim == "2 seams in 2 files."


def test_a_ready_requirement_has_no_next_step() -> None:
    assert judged(requirement(CHAINS, next=("Do more.",)), CHAIN).next == ()


def test_templates_can_count_list_and_pluralise() -> None:
    wanted = requirement(
        CHAINS,
        claim="{{ seam('fallback_chain').functions }}, {{ files('fallback_chain') }}, {{ surfaces('fallback_chain') }},"
        " {{ plural(2, 'policy') }}, {{ plural(1, 'match') }}, {{ plural(2, 'match') }},"
        " {{ plural(3, 'index', 'indices') }},"
        " {{ seam('fallback_chain').names(1) }}, {{ seam('fallback_chain').places | length }}",
    )

    assert judged(wanted, CHAIN, OTHER).claim == (
        f"2, 2, core, 2 policies, 1 match, 2 matches, 3 indices, {marks(CHAIN)[0]} and 1 more, 2"
    )


def test_templates_that_fail_are_one_line_each() -> None:
    wanted = requirement(
        CHAINS, SPLIT, claim="{{ 1 / 0 }}", next=("{{ seam('fallback_chian').best }}", "{{ nothing }}")
    )

    with pytest.raises(RuleError) as caught:
        judged(wanted)

    assert str(caught.value).splitlines() == [
        "packs/made-up.yaml:7: claim of `parity` cannot be filled: division by zero",
        "packs/made-up.yaml:7: next step of `parity` cannot be filled: there is no rule or kind `fallback_chian`;"
        " did you mean `fallback_chain`?",
        "packs/made-up.yaml:7: next step of `parity` cannot be filled: 'nothing' is undefined",
    ]


def test_templates_cannot_leave_their_sandbox() -> None:
    with pytest.raises(RuleError, match=r"is unsafe|undefined"):
        judged(requirement(CHAINS, claim="{{ seam.__func__.__globals__ }}"), CHAIN)


def results(*statuses: str) -> tuple[RequirementResult, ...]:
    made = judge(pack_of(*(requirement(CHAINS, id=f"r{at}") for at, _ in enumerate(statuses))), (CHAIN,), TITLES)
    return tuple(msgspec.structs.replace(each, status=status) for each, status in zip(made, statuses, strict=True))


@pytest.mark.parametrize(
    ("statuses", "value", "words", "word"),
    [
        (("ready", "partial", "gap", "gap"), 38, "1.5 of 4 by weight", "Partial"),
        (("ready", "ready"), 100, "2 of 2 by weight", "Ready"),
        (("gap", "gap"), 0, "0 of 2 by weight", "Gap"),
        (("ready", "n/a"), 100, "1 of 1 by weight", "Ready"),
        (("ready", "n/a", "n/a"), None, "not scored: only 1 of 3 by weight could be judged", "Not scored"),
        ((), None, "not scored: nothing could be judged", "Not scored"),
    ],
)
def test_the_score_counts_what_was_judged_and_rounds_half_up(
    statuses: tuple[str, ...], value: int | None, words: str, word: str
) -> None:
    given = results(*statuses)
    total = score(given)

    assert (total.value, total.words) == (value, words)
    assert verdict(pack_of(), given, total, (), TITLES).word == word


def test_the_first_recommendation_that_holds_is_taken() -> None:
    pack = pack_of(
        recommendations=(
            Recommendation("Go", "All is there.", StatusIs("r0", ("ready",))),
            Recommendation("Here", "{{ seam('percentage-split').best }}.", CHAINS),
            Recommendation("Wait", "{{ requirements('partial', 'gap') }}; r0 is {{ status('r0') }}.", CHAINS),
            Recommendation("Stop", "Never reached."),
        )
    )
    given = results("partial")

    decision = verdict(pack, given, score(given), (CHAIN,), TITLES)

    assert (decision.headline, decision.text) == ("Wait", "Parity; r0 is partial.")
    assert decision.counts == (0, 1, 0, 0)


def test_slices_come_by_what_they_are_worth_and_start_at_an_exception() -> None:
    slices = rich_packet().slices

    assert [(each.title, each.closes, each.functions, each.files) for each in slices] == [
        ("One resolver", ("scope",), 2, 2),
        ("A weighted split", ("canary",), 1, 1),
        ("Carry the session id into every call", ("episode",), 4, 3),
        ("One policy", ("fallback",), 2, 3),
        ("Record usage", ("usage",), 0, 0),
    ]
    assert slices[2].start == SENDS[2].id
    assert slices[4].start == SENDS[0].id, "without evidence, the place that the first step names"


def test_requirements_that_share_a_slice_or_places_are_named_in_it() -> None:
    pack = pack_of(
        requirement(SPLIT, id="one", slice="Both"),
        requirement(SPLIT, id="two", slice="Both"),
        requirement(SWITCH, id="three", slice="Alone", weight=9),
    )

    slices = rich_packet((CHAIN,), pack).slices

    assert [(each.title, each.closes, each.helps) for each in slices] == [
        ("Alone", ("three",), ("one", "two")),
        ("Both", ("one", "two"), ("three",)),
    ]


def test_the_packet_keeps_seams_that_the_pack_names_or_a_text_links_and_counts_what_it_holds_back() -> None:
    pack = pack_of(requirement(CHAINS, SPLIT, next=(), claim="{{ seam('session_store').best }}"))

    packet = rich_packet((CHAIN, DOUBTFUL, *SEAMS), pack)

    assert {each.kind for each in packet.touchpoints} == {"fallback_chain", "session_store", "traffic_split"}
    assert Confidence.LOW not in {each.confidence for each in packet.touchpoints}
    assert packet.coverage.held_back == 1


def test_judging_twice_gives_the_same() -> None:
    assert judge(PACK, SEAMS, {}) == judge(PACK, SEAMS, {})


def test_what_only_an_example_does_lifts_no_requirement() -> None:
    shown = single("declared-tool", "examples/demo.py:3", "add", surface="examples", kind="tool_schema")
    real = single("sdk-send", "agent/loop.py:3", "Agent.send")

    assert Index([shown, real]).find(["tool_schema"]) == ()
    assert Index([shown]).find(["tool_schema"]) == (shown,)


def test_code_beside_the_running_agent_is_not_counted_where_other_code_is_there() -> None:
    loop = single("sdk-send", "agent/loop.py:3", "Agent.send")
    script = msgspec.structs.replace(single("sdk-send", "scripts/try.py:3", "main", surface="scripts"), aside=True)

    assert Index([loop, script]).running(["model_call"]) == (loop,)
    assert Index([script]).running(["model_call"]) == (script,)
