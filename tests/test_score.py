"""Scores say what was found, what tempted, and how much there is to read; comparisons say who found what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import PROJECT, Shell
from hypothesis import given
from hypothesis import strategies as st

from scanner.agreement import StatusPair, agreement, macro_f1, weighted_kappa
from scanner.compare import mcnemar, paired
from scanner.kinds import FAMILIES, KINDS
from scanner.labels import Distractor, Label
from scanner.score import Row, Score, found_labels, groups, pool, score, share
from scanner.scorepage import score_json, score_table, shown_p
from scanner.seams import fold
from scanner.touchpoints import Confidence, Role, Touchpoint

STATUSES = st.sampled_from(["gap", "partial", "ready", "n/a"])


def touchpoint(
    line: int,
    kind: str = "model_call",
    symbol: str = "",
    confidence: Confidence = Confidence.HIGH,
    end_line: int = 0,
    seam: str = "",
) -> Touchpoint:
    return Touchpoint(
        id=f"{kind}-{line}",
        rule="some-rule",
        kind=kind,
        role=Role.USE if seam else Role.DEFINITION,
        confidence=confidence,
        path="a.py",
        line=line,
        end_line=end_line or line,
        symbol=symbol,
        text="",
        name=f"name{line}",
        rules=("some-rule",),
        seam=seam,
    )


def label(line: int, kind: str = "model_call", symbol: str = "", importance: str = "core", end_line: int = 0) -> Label:
    return Label("a.py", line, end_line or line, symbol, kind, importance)


def distractor(line: int, not_kind: str = "model_call", symbol: str = "") -> Distractor:
    return Distractor("a.py", line, symbol, not_kind, "It is not")


def scored(found: list[Touchpoint], labels: list[Label], distractors: list[Distractor] | None = None) -> Score:
    seams = fold(found, lambda _: "")
    return score([item for seam in seams for item in seam.touchpoints], seams, labels, distractors or [])


def row(result: Score, name: str) -> Row:
    return next(each for each in result.rows if each.name == name)


def pair(expected: str, found: str) -> StatusPair:
    return StatusPair("x", expected, found, "", ())


# --- what counts as found ---


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (touchpoint(10), True),
        (touchpoint(12), True),
        (touchpoint(13), False),
        (touchpoint(90, symbol="Agent.send"), True),
        (touchpoint(10, kind="retry_policy"), False),
        (touchpoint(10, confidence=Confidence.LOW), False),
        (touchpoint(10, confidence=Confidence.MEDIUM), True),
        (touchpoint(1, end_line=40), True),
        (touchpoint(1, end_line=400), False),
    ],
    ids=["first line", "last line", "after", "symbol", "kind", "low", "medium", "around", "too long to cover"],
)
def test_a_label_is_found_by_its_kind_where_lines_overlap_or_symbols_are_equal(item: Touchpoint, found: bool) -> None:
    assert found_labels([item], [label(10, end_line=12, symbol="Agent.send")]) == (found,)


def test_a_label_over_150_lines_is_not_found_by_its_symbol() -> None:
    assert found_labels([touchpoint(500, symbol="Agent")], [label(10, end_line=160, symbol="Agent")]) == (False,)


def test_a_distractor_is_reported_with_the_best_ranked_place_and_only_under_its_own_symbol() -> None:
    found = [touchpoint(5, symbol="dial"), touchpoint(3, symbol="call", end_line=6)]

    result = scored(found, [], [distractor(5, symbol="call"), distractor(4, symbol="other"), distractor(9)])

    assert [(tempting.line, item.line) for tempting, item in result.reported] == [(5, 3)]
    assert (row(result, "model_call").distractors.hits, row(result, "model_call").distractors.total) == (1, 3)


def test_every_miss_is_listed() -> None:
    result = scored([touchpoint(1)], [label(1), label(7), label(9, importance="supporting")])

    assert [each.line for each in result.missed] == [7, 9]
    assert (row(result, "all").recall.hits, row(result, "all").recall.total) == (1, 3)
    assert (row(result, "all").core.hits, row(result, "all").core.total) == (1, 2)


def test_precision_looks_at_as_many_of_the_best_ranked_places_as_there_are_labels() -> None:
    found = [touchpoint(line) for line in (1, 2, 3, 4)]

    precision = row(scored(found, [label(2), label(40)]), "model_call").precision

    assert (precision.hits, precision.total) == (1, 2)


# --- places ---


def test_places_fold_uses_into_their_seam_and_leave_low_confidence_out() -> None:
    defined = touchpoint(1, symbol="send")
    used = touchpoint(20, symbol="main", seam=defined.id)
    faint = touchpoint(30, symbol="maybe", confidence=Confidence.LOW)

    every = row(scored([defined, used, faint], [label(1), label(50)]), "all")

    assert (every.places, every.places_per_label) == (1, 0.5)


def test_a_kind_without_labels_is_still_seen_by_its_places() -> None:
    lone = row(scored([touchpoint(1, kind="tracing")], []), "tracing")

    assert (lone.places, lone.places_per_label, lone.recall.total) == (1, None, 0)


def test_rows_go_by_family_and_kind_in_the_order_of_the_list_of_kinds() -> None:
    names = [name for name, _, _ in groups(set(KINDS))]

    assert names == ["all", *(name for family, kinds in FAMILIES.items() for name in (family, *kinds))]


def test_rows_of_a_family_add_up_its_kinds() -> None:
    found = [touchpoint(1), touchpoint(2, kind="model_routing"), touchpoint(3, kind="tracing")]
    result = scored(found, [label(1), label(2, "model_routing"), label(9, "tracing")])

    assert [(each.name, each.recall.hits, each.recall.total, each.places) for each in result.rows] == [
        ("all", 2, 3, 3),
        ("routing", 2, 2, 2),
        ("model_call", 1, 1, 1),
        ("model_routing", 1, 1, 1),
        ("telemetry", 0, 1, 1),
        ("tracing", 0, 1, 1),
    ]


def test_pooled_rows_add_counts_and_take_their_intervals_from_the_sums() -> None:
    one = scored([touchpoint(1)], [label(1), label(2)])
    other = scored([touchpoint(1), touchpoint(3, kind="tracing")], [label(1)])

    pooled = {each.name: each for each in pool([one, other])}

    assert list(pooled) == ["all", "routing", "model_call", "telemetry", "tracing"]
    assert pooled["model_call"].recall == share(2, 3)
    assert (pooled["all"].places, pooled["all"].places_per_label) == (3, 1.0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(hits: int, more: int) -> None:
    each = share(hits, hits + more)

    assert 0 <= each.low <= (hits / (hits + more) if hits + more else 0) <= each.high <= 1


def test_the_interval_is_that_of_wilson() -> None:
    assert (round(share(8, 10).low, 4), round(share(8, 10).high, 4)) == (0.4902, 0.9433)


# --- how it is printed ---


def test_a_kind_that_no_rule_looks_for_is_not_called_a_miss_of_all() -> None:
    result = scored([], [label(1)])

    assert "  model_call            no rule looks for it yet\n" in score_table(result, None, set())
    assert json.loads(score_json(result, None, set()))["unruled"] == ["model_call"]


def test_json_holds_rows_misses_distractors_and_statuses() -> None:
    result = scored([touchpoint(1)], [label(1), label(7)], [distractor(1)])

    made = json.loads(score_json(result, agreement([pair("gap", "partial")]), {"model_call"}))

    assert set(made) == {"rows", "missed", "reported", "unruled", "statuses"}
    assert made["rows"][1]["name"] == "routing"
    assert [each["line"] for each in made["missed"]] == [7]
    assert [item["rules"] for _, item in made["reported"]] == [["some-rule"]]
    assert set(made["statuses"]) == {"agreed", "macro_f1", "kappa", "pairs"}


# --- statuses ---


@given(st.lists(STATUSES, min_size=1))
def test_agreement_on_everything_is_1_by_every_measure(given_statuses: list[str]) -> None:
    result = agreement([pair(each, each) for each in given_statuses])

    assert (result.agreed.hits, result.macro_f1) == (len(given_statuses), 1.0)
    assert result.kappa == (None if set(given_statuses) == {"n/a"} else 1.0)


@given(st.lists(st.tuples(STATUSES, STATUSES), min_size=1))
def test_kappa_and_f1_stay_within_their_bounds_and_do_not_depend_on_who_is_asked_first(
    given_pairs: list[tuple[str, str]],
) -> None:
    pairs, swapped = [pair(a, b) for a, b in given_pairs], [pair(b, a) for a, b in given_pairs]
    kappa, f1 = weighted_kappa(pairs), macro_f1(pairs)

    assert f1 is not None
    assert 0 <= f1 <= 1
    assert f1 == pytest.approx(macro_f1(swapped))
    assert kappa is None or -1 - 1e-9 <= kappa <= 1
    assert kappa == pytest.approx(weighted_kappa(swapped)) if kappa is not None else weighted_kappa(swapped) is None


def test_two_steps_apart_weigh_four_times_as_much_as_one() -> None:
    base = [pair("gap", "gap"), pair("partial", "partial"), pair("ready", "ready")] * 4
    near, far = weighted_kappa([*base, pair("gap", "partial")]), weighted_kappa([*base, pair("gap", "ready")])

    assert near is not None
    assert far is not None
    assert (1 - far) / (1 - near) == pytest.approx(4, rel=0.15)


def test_kappa_is_the_one_of_a_table_worked_by_hand() -> None:
    table = {
        ("gap", "gap"): 2,
        ("gap", "partial"): 1,
        ("partial", "partial"): 3,
        ("ready", "partial"): 2,
        ("ready", "ready"): 2,
    }
    pairs = [pair(*cell) for cell, count in table.items() for _ in range(count)]

    # Three pairs of ten are one step apart; chance would pair every reviewer's status with every packet's.
    by_chance = sum((a - b) ** 2 for a in [0] * 3 + [1] * 3 + [2] * 4 for b in [0] * 2 + [1] * 6 + [2] * 2) / 100
    assert weighted_kappa(pairs) == pytest.approx(1 - 0.3 / by_chance)


def test_not_applicable_is_a_class_for_f1_and_left_out_of_kappa() -> None:
    pairs = [pair("n/a", "ready"), pair("ready", "ready"), pair("gap", "gap")]

    assert weighted_kappa(pairs) == 1.0
    assert macro_f1(pairs) == pytest.approx((0 + 2 / 3 + 1) / 3)
    assert weighted_kappa([pair("n/a", "n/a")]) is None


def test_nothing_to_compare_has_no_measure() -> None:
    assert (agreement([]).macro_f1, agreement([]).kappa) == (None, None)


# --- two versions of the rules ---


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_p_is_a_probability_above_0_and_the_same_from_either_side(a: int, b: int) -> None:
    assert 0 < mcnemar(a, b) <= 1
    assert mcnemar(a, b) == mcnemar(b, a)


@given(st.integers(0, 500))
def test_p_is_1_when_both_find_as_many_alone(count: int) -> None:
    assert mcnemar(count, count) == 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_p_never_grows_when_the_better_side_finds_one_more(a: int, b: int) -> None:
    better, worse = max(a, b), min(a, b)

    assert mcnemar(better + 1, worse) <= mcnemar(better, worse)


def test_p_is_that_of_the_binomial_test() -> None:
    assert mcnemar(0, 5) == 2 / 32
    assert mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 1024)
    assert [shown_p(p) for p in (0.0004, 0.0625, 1.0)] == ["< 0.001", "0.062", "1.000"]


def test_each_label_falls_into_one_cell() -> None:
    cells = paired([(True, True), (True, False), (True, False), (False, True), (False, False)])

    assert (cells.both, cells.only_a, cells.only_b, cells.neither, cells.p) == (1, 2, 1, 1, 1.0)


# --- the commands ---

SEND = "from litellm import completion\n\n\ndef send(messages):\n    return completion(model='m', messages=messages)\n"
BRAIN = """\
- id: brain-send
  kind: model_call
  title: Send to the house's own brain
  why: The house's own client is in no catalogue.
  confidence: high
  find:
    call: "post to brain"
  examples:
    finds:
      python: |
        def think(question):
            return post_to_brain(question)
    ignores:
      python: |
        def think(question):
            return post_to_mail(question)
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A house with two sends, one of which only its own rule knows; both are labelled."""
    shell = Shell(tmp_path)
    shell.write("house/agent.py", SEND)
    shell.write("house/brain.py", "def think(question):\n    return post_to_brain(question)\n")
    labels = [
        {"path": path, "line": line, "end_line": line, "symbol": symbol, "kind": "model_call", "importance": importance}
        for path, line, symbol, importance in [
            ("agent.py", 5, "send", "core"),
            ("brain.py", 2, "think", "supporting"),
            ("none.py", 1, "", "core"),
        ]
    ]
    shell.write("labels.jsonl", "".join(json.dumps(each) + "\n" for each in labels))
    shell.write("brain.yaml", BRAIN)
    return shell


def compared(shell: Shell, a: str | Path, b: str | Path) -> dict:
    done = shell.run(
        "rules", "compare", "--labels", "labels.jsonl", "--repo", "house", "--a", a, "--b", b, "--format", "json"
    )
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def counts(cells: dict) -> tuple[int, int, int, int]:
    return cells["both"], cells["only_a"], cells["only_b"], cells["neither"]


def test_rules_of_ones_own_count_beside_the_built_in_ones_in_a_score(shell: Shell) -> None:
    words = ("rules", "score", "--labels", "labels.jsonl", "--repo", "house")

    assert "missed: 2\n  brain.py:2 model_call (supporting) think\n" in shell.run(*words).out
    assert "missed: 1\n  none.py:1 model_call (core)\n" in shell.run(*words, "--rules", "./brain.yaml").out


def test_a_file_given_to_compare_is_the_whole_set_of_rules(shell: Shell) -> None:
    made = compared(shell, "builtin", "brain.yaml")

    assert counts(made["rows"][0]["labels"]) == (0, 1, 1, 1)
    assert counts(made["rows"][0]["core"]) == (0, 1, 0, 1)
    assert [each["symbol"] for each in made["only_a"]] == ["send"]
    assert [each["symbol"] for each in made["only_b"]] == ["think"]
    assert made["rows"][0]["places_b"] == 1
    assert [each["name"] for each in made["rows"]][:2] == ["all", "routing"]


def test_the_folder_of_built_in_rules_is_the_built_in_rules(shell: Shell) -> None:
    for folder in ("rules", "rules/seams"):
        made = compared(shell, "builtin", PROJECT / folder)

        assert (made["only_a"], made["only_b"]) == ([], [])
        assert {row["labels"]["p"] for row in made["rows"]} == {1.0}


def test_a_catalogue_in_the_folder_takes_the_place_of_the_built_in_one(shell: Shell) -> None:
    means = "- id: means-a-call\n  kind: model_call\n  title: A\n  why: A.\n  confidence: high\n  find: {means: model_call}\n"
    means += "  examples: {finds: {python: x}, ignores: {python: y}}\n"
    shell.write("plain/rules.yaml", means)
    shell.write("own/seams/rules.yaml", means)
    shell.write(
        "own/catalog/house.yaml",
        "- library: house\n  language: python\n  source: https://house.example/docs\n  means: {model_call: ['house.ask']}\n",
    )

    assert counts(compared(shell, "plain", "own")["rows"][0]["labels"]) == (0, 1, 0, 2)


def test_the_table_of_a_comparison_names_both_sides_and_lists_what_only_one_finds(shell: Shell) -> None:
    done = shell.run(
        "rules", "compare", "--labels", "labels.jsonl", "--repo", "house", "--a", "builtin", "--b", "brain.yaml"
    )

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "a: builtin\nb: brain.yaml\n\nlabels                    both  only a  only b  neither  p "
    )
    assert done.out.endswith(
        "\nonly a finds: 1\n  agent.py:5 model_call (core) send\n"
        "\nonly b finds: 1\n  brain.py:2 model_call (supporting) think\n"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("none", "there are no rules at `none`; write `builtin`, or the path of a file or folder of rules"),
        ("empty", "empty: the folder holds no rule file; write rules into a `*.yaml` file in it"),
        ("words", "`words` holds no rules; write `builtin`, or the path of a file or folder of rules"),
    ],
)
def test_a_version_without_rules_is_one_clear_line(shell: Shell, given: str, line: str) -> None:
    (shell.here / "empty").mkdir()
    shell.write("words/vocabulary.yaml", "surfaces: {}\n")

    said = shell.fails(
        "rules", "compare", "--labels", "labels.jsonl", "--repo", "house", "--a", "builtin", "--b", given, code=2
    )

    assert said == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "labels.jsonl: cannot be read: No such file or directory"),
        ("{}\n", "labels.jsonl:1: not a record of this kind: Object missing required field `path`"),
        (
            '{"path": "a", "line": 1, "end_line": 1, "symbol": "", "kind": "modle_call", "importance": "core"}\n',
            "labels.jsonl:1: no kind of seam is called `modle_call`",
        ),
    ],
)
def test_labels_that_cannot_be_read_are_one_clear_line(tmp_path: Path, text: str | None, line: str) -> None:
    shell = Shell(tmp_path)
    shell.write("house/agent.py", SEND)
    if text is not None:
        shell.write("labels.jsonl", text)

    assert shell.fails("rules", "score", "--labels", "labels.jsonl", "--repo", "house", code=2) == line


def test_statuses_need_a_pack(shell: Shell) -> None:
    shell.write("statuses.jsonl", '{"pack": "tensorzero", "requirement": "tool_schemas", "status": "n/a"}\n')
    words = ("rules", "score", "--labels", "labels.jsonl", "--repo", "house", "--statuses", "statuses.jsonl")

    assert shell.fails(*words, code=2) == "--statuses needs a pack to judge by; write `--rules tensorzero`"
    assert "statuses that agree: 1/1 [0.21, 1.00]\n" in shell.run(*words, "--rules", "tensorzero").out
