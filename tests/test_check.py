"""The gate fails for what got worse, with one line a reason, and says how to accept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commandline import SAMPLE, Shell

from scanner.api import load_rules, packets_at
from scanner.check import Reason, against, below
from scanner.checkpage import annotation, passed_line, reason_line
from scanner.committed import committed
from scanner.graphpacket import GateCoverage, GateVerdict
from scanner.packet import Packet, Score
from scanner.packs import Status

FOLDER = "docs/migration"
WRITE = ("packet", "--rules", "tensorzero", "--committed", "--output-dir", FOLDER)


@pytest.fixture(scope="module")
def packet() -> Packet:
    packs, rulebook = load_rules(["tensorzero"])
    return packets_at(SAMPLE, None, packs, rulebook)[0]


def with_status(packet: Packet, name: str, status: Status) -> Packet:
    requirements = tuple(
        msgspec.structs.replace(each, status=status, missing=("one thing", "another", "a third"))
        if each.id == name
        else each
        for each in packet.requirements
    )
    return msgspec.structs.replace(packet, requirements=requirements)


def unscored(packet: Packet) -> Packet:
    requirements = tuple(msgspec.structs.replace(each, status="n/a") for each in packet.requirements)
    score = Score(None, 0, 0, packet.score.total, "not scored: nothing could be read", ())
    return msgspec.structs.replace(packet, requirements=requirements, score=score)


def with_verdict(packet: Packet, verdict: str) -> Packet:
    """The packet with one side effect of this verdict."""
    effect = GateVerdict(packet.touchpoints[0].id, verdict, False, (), ())  # type: ignore[arg-type]  # one of its words
    graph = msgspec.structs.replace(packet.graph, gates=GateCoverage((0, 0, 1, 0), (effect,), ()))
    return msgspec.structs.replace(packet, graph=graph)


def texts(reasons: tuple[Reason, ...]) -> list[str]:
    return [f"{each.check}: {each.text}" for each in reasons]


# What is a regression


@pytest.mark.parametrize(
    ("was", "now"), [("ready", "partial"), ("ready", "gap"), ("partial", "gap"), ("n/a", "gap"), ("n/a", "partial")]
)
def test_a_lowered_status_is_a_regression(packet: Packet, was: Status, now: Status) -> None:
    old, new = with_status(packet, "tool_schemas", was), with_status(packet, "tool_schemas", now)
    old = msgspec.structs.replace(
        old, requirements=tuple(msgspec.structs.replace(each, missing=()) for each in old.requirements)
    )
    found = against(old, new, ["regression"])

    assert [each.requirement for each in found.reasons] == ["tool_schemas"]
    assert texts(found.reasons) == [
        f"regression: Tool schemas was {was}, now {now}: missing one thing; another; 1 more"
    ]
    assert against(new, old, ["regression"]).reasons == ()


def test_the_same_packet_has_no_regression_and_no_notes(packet: Packet) -> None:
    found = against(packet, packet, ["regression", "new-bypass"])

    assert (found.reasons, found.notes) == ((), ())


def test_a_lower_score_alone_is_none(packet: Packet) -> None:
    lower = msgspec.structs.replace(packet, score=msgspec.structs.replace(packet.score, value=1))

    assert against(packet, lower, ["regression"]).reasons == ()


def test_a_packet_that_can_no_longer_be_scored_is_a_regression(packet: Packet) -> None:
    (first, *_) = against(packet, unscored(packet), ["regression"]).reasons

    assert first.text == f"the score was {packet.score.value}, now the packet is not scored: nothing could be read"
    assert against(unscored(packet), packet, ["regression"]).reasons[:1] != (first,)


def test_a_side_effect_that_lost_its_gate_is_a_regression_and_told_once(packet: Packet) -> None:
    old, new = with_verdict(packet, "covered"), with_verdict(packet, "uncovered")
    place = packet.touchpoints[0]
    (reason,) = against(old, new, ["regression", "new-bypass"]).reasons

    assert reason.check == "regression"
    assert f"({place.path}:{place.line}) was behind a gate, now it can be reached past every gate" in reason.text
    assert (reason.path, reason.line) == (place.path, place.line)
    assert [each.check for each in against(old, new, ["new-bypass"]).reasons] == ["new-bypass"]


def test_a_new_side_effect_without_a_gate_is_a_new_bypass_and_no_regression(packet: Packet) -> None:
    none = msgspec.structs.replace(packet.graph, gates=GateCoverage((0, 0, 0, 0), (), ()))
    old, new = msgspec.structs.replace(packet, graph=none), with_verdict(packet, "uncovered")

    assert against(old, new, ["regression"]).reasons == ()
    (reason,) = against(old, new, ["new-bypass"]).reasons
    assert "can be reached past every gate" in reason.text


def test_other_rules_are_said_and_leave_a_doubt_in_each_regression(packet: Packet) -> None:
    old = msgspec.structs.replace(packet, rules_digest="0" * 64)
    found = against(
        with_status(old, "tool_schemas", "ready"), with_status(packet, "tool_schemas", "gap"), ["regression"]
    )

    assert any("different rules" in each for each in found.notes)
    assert found.reasons[0].text.endswith("; the baseline was made by other rules")


def test_a_committed_packet_is_compared_without_a_word_on_its_missing_name(packet: Packet) -> None:
    assert against(committed(packet, "./{path}", "again"), packet, ["regression"]).notes == ()


# Floors


def test_min_status_asks_every_requirement_that_applies(packet: Packet) -> None:
    asked = with_status(with_status(packet, "tool_schemas", "gap"), "feedback_signals", "n/a")
    found = {each.requirement for each in below(asked, "partial", None)}

    assert found == {each.id for each in asked.requirements if each.status == "gap"}
    assert "feedback_signals" not in found
    assert {each.requirement for each in below(asked, "ready", None)} == {
        each.id for each in asked.requirements if each.status in ("gap", "partial")
    }
    assert all("[[place:" not in each.text for each in below(asked, "ready", None))


def test_min_score_is_met_by_the_same_score(packet: Packet) -> None:
    score = packet.score.value
    assert score is not None

    assert list(below(packet, None, score)) == []
    (reason,) = below(packet, None, score + 1)
    assert reason.text.startswith(f"the score is {score} of 100, and at least {score + 1} is asked (")


def test_what_is_not_scored_meets_no_floor(packet: Packet) -> None:
    found = [each.check for each in below(unscored(packet), "partial", 0)]

    assert found == ["min-status", "min-score"]


# Lines


def test_a_reason_is_one_printable_line(packet: Packet) -> None:
    reason = Reason("regression", "p", "a\nb\x1b[31m\u202e", path="a,b:c%.py", line=3)

    assert reason_line(reason, True) == "regression: p: a b\\x1b[31m\\u202e"
    assert annotation(reason, "sub/") == (
        "::error title=scanner%3A regression,file=sub/a%2Cb%3Ac%25.py,line=3::regression: p: a b\\x1b[31m\\u202e"
    )
    assert annotation(Reason("min-score", "p", "100% is\nasked"), "") == (
        "::error title=scanner%3A min-score::min-score: p: 100%25 is asked"
    )


def test_passing_is_one_line_with_the_scores(packet: Packet) -> None:
    before = msgspec.structs.replace(packet, score=msgspec.structs.replace(packet.score, value=7))

    assert passed_line([packet], [before]) == f"passed: tensorzero {packet.score.value} of 100, was 7"
    assert passed_line([packet], [packet]) == f"passed: tensorzero {packet.score.value} of 100"
    assert passed_line([unscored(packet)], []) == "passed: tensorzero not scored"


# The command


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def repo(shell: Shell) -> Path:
    """The sample agent with its committed packet."""
    repo = shell.sample("errand")
    shell.commit("errand")
    assert shell.run(*WRITE, cwd=repo).code == 0
    shell.git(repo, "add", ".")
    shell.git(repo, "commit", "-q", "-m", "packet")
    return repo


def lose_ratings(repo: Path) -> None:
    file = repo / "errand/sessions.py"
    text = file.read_text()
    file.write_text(text[: text.index("    def record_rating")] + "    limit = 1\n")


def test_nothing_changed_is_one_line_and_zero(shell: Shell, repo: Path) -> None:
    done = shell.run("check", "--baseline", FOLDER, "--fail-on", "regression", "--fail-on", "stale-packet", cwd=repo)

    assert done == (0, "passed: tensorzero 54 of 100\n", "")


def test_a_regression_is_one_line_and_says_how_to_accept_it(shell: Shell, repo: Path) -> None:
    lose_ratings(repo)
    done = shell.run("check", "--baseline", FOLDER, cwd=repo)
    (line,) = done.out.splitlines()

    assert done.code == 1
    assert line.startswith("regression: Feedback signals was ready, now gap: missing an outcome, rating or reward")
    assert done.err == (
        'to accept: attest it in scanner.toml, with an [[override]] of requirement = "feedback_signals" and a reason; '
        "or write the baseline again, and review what changes: "
        f"scanner packet --rules tensorzero --committed --output-dir {FOLDER}\n"
    )


def test_each_way_to_accept_makes_it_pass(shell: Shell, repo: Path) -> None:
    lose_ratings(repo)
    settings = repo / "scanner.toml"
    settings.write_text('[[override]]\nrequirement = "feedback_signals"\nstatus = "ready"\nreason = "x"\nby = "A"\n')
    shell.git(repo, "add", "scanner.toml")
    assert shell.run("check", "--baseline", FOLDER, cwd=repo).code == 0

    shell.git(repo, "rm", "-qf", "scanner.toml")
    assert shell.run("check", "--baseline", FOLDER, cwd=repo).code == 1
    assert shell.run(*WRITE, cwd=repo).code == 0
    assert shell.run("check", "--baseline", FOLDER, cwd=repo).code == 0


def test_an_attestation_that_ends_is_a_regression_that_says_so(shell: Shell, repo: Path) -> None:
    settings = repo / "scanner.toml"
    settings.write_text(
        '[[override]]\nrequirement = "canary_rollout"\nstatus = "ready"\nreason = "x"\nby = "A"\nuntil = 2001-01-01\n'
    )
    shell.git(repo, "add", "scanner.toml")
    assert shell.run(*WRITE, cwd=repo).code == 0
    words = ("check", "--baseline", FOLDER, "--fail-on", "regression", "--fail-on", "stale-packet")
    done = shell.run(*words, cwd=repo)

    assert done.code == 1
    assert done.out == "regression: 10% traffic canary was ready, now partial: the attestation by A expired\n"


def test_a_stale_packet_says_why(shell: Shell, repo: Path) -> None:
    words = ("check", "--baseline", FOLDER, "--fail-on", "stale-packet")
    (repo / "errand/tools.py").open("a").write("MORE = 1\n")
    changed = shell.run(*words, cwd=repo)
    shell.git(repo, "checkout", "-q", ".")
    page = repo / FOLDER / "packet.md"
    page.write_text(page.read_text().replace("Partial: 54 of 100", "Ready: 99 of 100"))
    edited = shell.run(*words, cwd=repo)

    assert (changed.code, edited.code) == (1, 1)
    assert changed.out == (
        f"stale-packet: {FOLDER}/packet.json tells of other files than these: the code changed since it was written\n"
    )
    assert edited.out.startswith(f"stale-packet: {FOLDER}/packet.md is not what a scan of the same code gives")
    assert "write the baseline again" in changed.err


def test_a_base_is_where_branches_parted(shell: Shell, repo: Path) -> None:
    shell.git(repo, "checkout", "-q", "-b", "feature")
    (repo / "errand/more.py").write_text("MORE = 1\n")
    shell.git(repo, "add", ".")
    shell.git(repo, "commit", "-q", "-m", "feature")
    shell.git(repo, "checkout", "-q", "main")
    lose_ratings(repo)
    shell.git(repo, "commit", "-q", "-am", "main loses ratings")
    words = ("check", "--rules", "tensorzero", "--base")

    assert shell.run(*words, "feature", cwd=repo).code == 1
    assert shell.run(*words, "main", "--rev", "feature", cwd=repo).code == 0
    done = shell.run(*words, "feature", "--rev", "main", cwd=repo)
    assert (done.code, done.err.count("scanner packet")) == (1, 0)
    assert "[[override]]" in done.err


def test_a_baseline_may_be_any_packet(shell: Shell, repo: Path) -> None:
    for words, name in ((("--rev", "HEAD"), "one.json"), (("--rules", "human-confirmation"), "two.json")):
        out = shell.run(
            "packet", "--rules", "tensorzero", *words, "--format", "json", "-o", shell.here / name, cwd=repo
        )
        assert out.code == 0
    lose_ratings(repo)

    for name in ("one.json", "two.json"):
        done = shell.run("check", "--baseline", shell.here / name, cwd=repo)
        several = "tensorzero: " if name == "two.json" else ""
        assert (done.code, done.out.count("\n")) == (1, 1)
        assert done.out.startswith(f"regression: {several}Feedback signals was ready")


def test_json_has_the_same_and_nothing_is_on_standard_error(shell: Shell, repo: Path) -> None:
    lose_ratings(repo)
    done = shell.run("check", "--baseline", FOLDER, "--min-score", "50", "--format", "json", cwd=repo)
    found: dict[str, Any] = json.loads(done.out)

    assert (done.code, done.err) == (1, "")
    assert list(found) == ["schema_version", "scanner_version", "passed", "packs", "reasons", "notes"]
    assert found["passed"] is False
    assert found["packs"] == [{"id": "tensorzero", "score": 46, "was": 54}]
    assert [(each["check"], each["requirement"]) for each in found["reasons"]] == [
        ("regression", "feedback_signals"),
        ("min-score", ""),
    ]


def test_annotations_name_the_check(shell: Shell, repo: Path) -> None:
    lose_ratings(repo)
    done = shell.run("check", "--baseline", FOLDER, "--format", "github", cwd=repo)

    assert done.out.startswith("::error title=scanner%3A regression::regression: tensorzero: Feedback signals")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing is asked; write --baseline, --base, --min-status or --min-score"),
        (("--baseline", "a", "--base", "b"), "--baseline and --base exclude each other"),
        (("--fail-on", "regression"), "--fail-on compares with something"),
        (("--min-score", "5"), "--rules is missing"),
        (("--rules", "tensorzero", "--base", "HEAD", "--fail-on", "stale-packet"), "name them with --baseline"),
        (("--baseline", "nowhere"), "there is no baseline nowhere; write one"),
        (("--baseline", "errand"), "errand holds no JSON of a packet"),
        (("--baseline", "README.md"), "README.md is no JSON"),
        (("--baseline", FOLDER, "--rules", "codeact-export"), "has no packet of the pack `codeact-export`"),
    ],
)
def test_what_cannot_be_checked_is_one_error(shell: Shell, repo: Path, words: tuple[str, ...], said: str) -> None:
    found = shell.fails("check", *words, code=2, cwd=repo)

    assert said in found
    assert "\n" not in found


def test_a_base_that_is_not_there_is_an_error_of_the_repository(shell: Shell, repo: Path) -> None:
    said = shell.fails("check", "--rules", "tensorzero", "--base", "nope", code=3, cwd=repo)

    assert said == "--base nope names no commit in .; see git branch -a and git tag"


def test_a_packet_that_was_not_made_to_be_committed_is_never_stale(shell: Shell, repo: Path) -> None:
    file = shell.here / "p.json"
    shell.run("packet", "--rules", "tensorzero", "--format", "json", "-o", file, cwd=repo)

    assert "is no committed packet" in shell.fails(
        "check", "--baseline", file, "--fail-on", "stale-packet", code=2, cwd=repo
    )


def test_two_packets_of_one_pack_are_no_baseline(shell: Shell, repo: Path) -> None:
    (repo / FOLDER / "copy.json").write_bytes((repo / FOLDER / "packet.json").read_bytes())

    assert "holds two packets of the pack `tensorzero`" in shell.fails("check", "--baseline", FOLDER, code=2, cwd=repo)
