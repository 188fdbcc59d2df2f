"""A packet in a terminal fits its width, leads to the forge, and lets nothing of a repository steer it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from typing import Any

import msgspec
import pytest
from commandline import SAMPLE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeup import REPOSITORY, rich_packet
from pages import as_read
from rich.cells import cell_len

from scanner.api import load_rules, read_repository
from scanner.graphpacket import Door, Function, GateCoverage, GateVerdict, Passages, SeamGraph
from scanner.making import make_packets
from scanner.packet import Completeness, Packet
from scanner.packetfile import packets_in
from scanner.render import to_json
from scanner.settingspacket import Attested, ExcludeNote, SettingsNote
from scanner.terminal import how_to_show, shows_color, shows_links
from scanner.terminalpage import packets_to_terminal

COLOR = re.compile(r"\x1b\[[0-9;]+m")
LINK = re.compile(r"\x1b\]8;id=\d+;(https?://[!-~]+)\x1b\\|\x1b\]8;;\x1b\\")
PAGES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)

HOSTILE = st.text(max_size=20) | st.lists(
    st.sampled_from(
        "\x1b[31m|\x1b]8;;https://evil.example\x1b\\|\x1b]0;title\x07|\x9b2J|\x90q|\r|\n|\b|\t|\x00|\x7f|\u202e|\u2066|\u200b"
        "|\ufeff|\u2028|\u00ad|\ud800|\U000e0041|[bold]|[/]|[link=https://evil.example]|:smile:|[[place:|]]|`|``|;|\\"
        "|{path}|%1b|界|\N{FAMILY}|e\u0301|name|/|.| ".split("|")
    ),
    max_size=8,
).map("".join)

#: Fields that hold ids or one of a few words.
FIXED = frozenset(
    "id status confidence role state found evidence exceptions start function gates modes holds touchpoints closes".split()
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Packet]:
    """The sample agent's packets."""
    folder = tmp_path_factory.mktemp("sample") / "errand"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    packs, rulebook = load_rules(("tensorzero", "human-confirmation"))
    return {each.pack.id: each for each in make_packets(read_repository(folder, None, rulebook), packs)}


def graph() -> SeamGraph:
    """Two doors before three model calls, and a side effect of each verdict."""
    packet = rich_packet()
    sends = tuple(each.id for each in packet.touchpoints if each.kind == "model_call")[:3]
    functions = (
        Function("f1", "agent/loop.py", 30, 90, "Agent.run"),
        Function("f2", "cron/jobs.py", 5, 30, "run_job"),
    )
    verdicts = ("covered", "policy", "uncovered", "unknown")
    effects = tuple(GateVerdict(sends[0], each, each == "covered", (), ()) for each in verdicts)
    doors = (Door("f1", sends[:2], ("core",)), Door("f2", sends[2:], ("scheduler",)))
    return SeamGraph(
        passages=Passages(("model_call",), sends, doors, ()),
        gates=GateCoverage((1, 1, 1, 1), effects, ()),
        functions=functions,
    )


def everything(**given: object) -> Packet:
    """A packet with something in every part that a terminal shows."""
    return rich_packet(graph=graph(), **given)


def changed(packet: Packet, say: str) -> Packet:
    """The packet with some words after each of its own, and after every name of the repository."""

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: each if name in FIXED else walk(each, name) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [walk(each, key) for each in value]
        is_word = key == "verdict" or (key == "status" and value in ("complete", "partial"))
        return value + say if isinstance(value, str) and not is_word else value

    return msgspec.convert(walk(msgspec.to_builtins(packet)), Packet)


def to_terminal(packet: Packet, *given: Any, **named: Any) -> str:
    """The page of one packet."""
    return packets_to_terminal((packet,), *given, **named)


def too_wide(page: str, columns: int) -> list[str]:
    return [line for line in page.split("\n") if cell_len(line) > columns]


def hidden(text: str) -> set[str]:
    """Characters that steer a terminal or hide text."""
    return {each for each in text if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}


def test_the_sample_agents_page_is_the_one_that_was_read(sample: dict[str, Packet]) -> None:
    page = to_terminal(sample["tensorzero"])

    assert page == as_read("sample-agent.txt", page)


def test_a_narrow_page_is_the_one_that_was_read(sample: dict[str, Packet]) -> None:
    page = to_terminal(sample["tensorzero"], 60)

    assert page == as_read("sample-agent-narrow.txt", page)


def test_a_page_begins_with_what_was_asked_of_what_and_how_complete_the_look_was() -> None:
    lines = to_terminal(everything()).split("\n")

    assert lines[:2] == [
        "Gateway readiness · made-up-agent @ 0123456",
        "Complete look: 11 files read; nothing of the agent's own code was left out.",
    ]


def test_a_partial_look_says_why() -> None:
    reasons = ("code not read for want of a grammar: Java (2 files)", "1 submodule was left out")
    page = to_terminal(
        everything(
            completeness=Completeness("partial", reasons),
            settings=SettingsNote("honoured", exclude=(ExcludeNote("old/**", 3),)),
        )
    )

    assert (
        page.split("\n\n")[0]
        .replace("\n", " ")
        .endswith(
            "Partial look: 11 files read; code not read for want of a grammar: Java (2 files); 1 submodule was left out; "
            "3 files excluded by its scanner.toml."
        )
    )


def test_score_and_counts_are_in_words_and_shapes() -> None:
    page = to_terminal(everything())

    assert re.search(
        r"^Partial: \d+ of 100 \([\d.]+ of \d+ by weight\)\.\n● \d ready  ◐ \d partial  ○ \d gap  – \d n/a$", page, re.M
    )
    assert "Shadow first: routing is spread over" in page


def test_what_is_not_scored_says_so() -> None:
    packet = everything()
    score = msgspec.structs.replace(packet.score, value=None, words="not scored: 2 of 13 by weight could be judged")
    page = to_terminal(msgspec.structs.replace(packet, score=score))

    assert "Not scored: 2 of 13 by weight could be judged.\n" in page
    assert "of 100" not in page


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_an_attested_status_shows_what_the_scanner_found(columns: int) -> None:
    packet = everything()
    first, *rest = packet.requirements
    word = Attested("gap", "a person", "2026-12-31", "Done in the gateway.", 4)
    first = msgspec.structs.replace(first, status="ready", attested=word)
    score = msgspec.structs.replace(packet.score, attested=1)
    page = to_terminal(msgspec.structs.replace(packet, requirements=(first, *rest), score=score), columns)

    assert re.search(r"● ready\b.*\n.* attested\b.*\n.* found ○ gap\b", page), page
    assert "1 status is attested, and counts in place of what the scanner found." in " ".join(page.split())


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 160])
def test_every_line_fits_the_terminal(columns: int, sample: dict[str, Packet]) -> None:
    assert too_wide(to_terminal(sample["tensorzero"], columns), columns) == []


def test_in_a_file_a_page_is_100_wide() -> None:
    page = to_terminal(everything())

    assert page == to_terminal(everything(), 100)
    assert max(map(cell_len, page.split("\n"))) == 100


@pytest.mark.parametrize(
    ("columns", "heads"),
    [
        (60, ["Requirement", "Status"]),
        (80, ["Requirement", "Status", "What is missing"]),
        (100, ["Requirement", "Status", "Strongest evidence", "What is missing"]),
    ],
)
def test_the_matrix_has_the_columns_that_there_is_room_for(columns: int, heads: list[str]) -> None:
    page = to_terminal(everything(), columns)
    (head,) = (line for line in page.split("\n") if line.strip().startswith("Requirement "))

    assert re.split(r"\s{2,}", head.strip()) == heads
    for text in ("Replacement scope", "cli/provider.py:64", "resolve_provider", "a percentage or"):
        assert text in page


def test_a_requirement_without_evidence_or_gap_says_so() -> None:
    page = to_terminal(everything(), 60)

    assert "no evidence" in page
    assert "missing: nothing" not in page.partition("Session data")[0]


def test_what_is_left_out_is_counted() -> None:
    packet = everything()
    first, *rest = packet.requirements
    first = msgspec.structs.replace(first, missing=("one", "two", "three", "four", "five"))
    page = to_terminal(msgspec.structs.replace(packet, requirements=(first, *rest)), 160)

    assert "one; two; three; 2 more" in page
    assert f"resolve_provider and {len(first.places) - 1} more" in page


def test_a_sentence_loses_only_the_places_at_its_end() -> None:
    packet = everything()
    first, second, third, *rest = packet.requirements
    first = msgspec.structs.replace(first, missing=("one place: now in 2 files, `a.py` and `b.py`",))
    second = msgspec.structs.replace(second, missing=("operations such as `chat` on spans",))
    third = msgspec.structs.replace(third, missing=(f"an id in every call: [[place:{packet.touchpoints[0].id}]]",))
    page = to_terminal(msgspec.structs.replace(packet, requirements=(first, second, third, *rest)), 160)

    assert re.search(r"one place: now in 2 files$", page, re.M)
    assert re.search(r"operations such as chat on spans$", page, re.M)
    assert re.search(r"an id in every call$", page, re.M)


def test_long_names_lose_their_middle() -> None:
    packet = everything()
    long = "a" * 60 + "middle" + "b" * 60
    places = tuple(msgspec.structs.replace(each, symbol=long, path=f"{long}.py") for each in packet.touchpoints)
    page = re.sub(r"\s", "", to_terminal(msgspec.structs.replace(packet, touchpoints=places), 100))

    assert "…" in page
    assert "middle" not in page


def test_names_are_broken_where_their_parts_begin() -> None:
    packet = everything()
    places = tuple(
        msgspec.structs.replace(each, path="some/folders/of/a/deep/tree/with_a_file.py") for each in packet.touchpoints
    )
    page = to_terminal(msgspec.structs.replace(packet, touchpoints=places), 100)

    assert "some/folders/of/a/deep/" in page
    assert "tree/with_a_file.py:" in page


def test_slices_come_in_order_with_what_they_close_and_where_they_start() -> None:
    packet = everything()
    page = to_terminal(packet)
    slices = page.partition("Next slices\n")[2]

    assert [each.title for each in packet.slices] == re.findall(r"^\d\. (.+?) · closes ", slices, re.M)
    assert "Put the gateway's base URL behind resolve_provider (cli/provider.py:64)." in slices


def test_a_packet_without_slices_says_so() -> None:
    assert "Next slices: none, as no requirement is left open.\n" in to_terminal(everything(slices=()))


def test_chokepoints_and_gates_have_a_line_each() -> None:
    page = to_terminal(everything(), 160)

    assert (
        "Chokepoints: 3 functions that send requests to a model, reached through 2; Agent.run (agent/loop.py:30) holds 2."
        in " ".join(page.split())
    )
    assert (
        "Gate coverage: 4 side effects that a model's decision can set off: 1 behind a gate at which a person can be asked "
        "(1 only where a condition asks), 1 behind rules that ask nobody, 1 past every gate and 1 to which no sure way is known."
        in " ".join(page.split())
    )
    assert "Chokepoints" not in to_terminal(rich_packet())


def test_a_page_ends_with_how_to_get_the_whole() -> None:
    assert to_terminal(everything()).rstrip("\n").endswith("--format html -o packet.html")


def test_several_packets_follow_each_other(sample: dict[str, Packet]) -> None:
    page = packets_to_terminal(tuple(sample.values()))

    assert page.count("readiness · errand") == 2
    assert page.count("--format html") == 1
    assert page.count("\n" + "─" * 100 + "\n") == 3  # under the heads, and between the two


def test_a_packet_read_back_from_its_json_says_the_same_without_links() -> None:
    packet = everything()
    (read,) = packets_in(to_json(packet), "packet.json")

    assert to_terminal(read, 160) == to_terminal(packet, 160)


def test_a_plain_page_has_no_escape_sequences_and_no_spaces_at_ends_of_lines() -> None:
    page = to_terminal(everything())

    assert "\x1b" not in page
    assert not re.search(r" $", page, re.M)


def test_colors_say_nothing_that_words_do_not() -> None:
    page = to_terminal(everything(), 100, color=True)

    assert "\x1b[33m◐ partial\x1b[0m" in page
    assert COLOR.sub("", page) == to_terminal(everything())


def test_places_lead_to_the_forge() -> None:
    page = to_terminal(everything(), 100, links=True)
    address = REPOSITORY.permalink.format(path="cli/provider.py", line=64, end_line=103)

    assert f";{address}\x1b\\cli/provider.py:64\x1b]8;;\x1b\\" in page
    assert "The work tree differs from the commit in 1 file; places there have no link." in page
    assert not COLOR.search(page)
    assert "no link" not in to_terminal(everything())


def test_the_two_lines_of_a_broken_link_are_one_link() -> None:
    packet = everything()
    places = tuple(
        msgspec.structs.replace(each, path="some/folders/of/a/deep/tree/with_a_file.py") for each in packet.touchpoints
    )
    page = to_terminal(msgspec.structs.replace(packet, touchpoints=places), 100, links=True)

    number = re.search(r"id=(\d+);[!-~]+\x1b\\some/folders/of/a/deep/\x1b", page)
    assert number
    assert re.search(rf"id={number[1]};[!-~]+\x1b\\tree/with_a_file.py:\d+\x1b", page)


@pytest.mark.parametrize("template", ["", "../{path}#L{line}", "file:///{path}", "javascript:alert({line})"])
def test_only_web_addresses_become_links(template: str) -> None:
    repository = msgspec.structs.replace(REPOSITORY, permalink=template)

    assert "\x1b" not in to_terminal(everything(repository=repository), 100, links=True)


def test_files_that_differ_from_the_commit_have_no_link() -> None:
    packet = everything()
    paths = tuple({each.path for each in packet.touchpoints} | {each.path for each in packet.graph.functions})
    repository = msgspec.structs.replace(packet.repository, changed=paths)

    assert "\x1b" not in to_terminal(msgspec.structs.replace(packet, repository=repository), 100, links=True)


def test_an_address_that_terminals_would_cut_is_no_link() -> None:
    repository = msgspec.structs.replace(REPOSITORY, permalink=f"https://forge.example/{'a' * 2000}/{{path}}#L{{line}}")

    assert "\x1b" not in to_terminal(everything(repository=repository), 100, links=True)


def test_the_same_packet_gives_the_same_bytes_in_every_run() -> None:
    pages = {to_terminal(everything(), 100, color=True, links=True) for _ in range(2)}

    assert len(pages) == 1


def test_the_environment_has_no_say_in_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    before = to_terminal(everything(), 100, color=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "30", "TERM": "dumb", "TTY_COMPATIBLE": "0"}.items():
        monkeypatch.setenv(name, value)

    assert to_terminal(everything(), 100, color=True) == before


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_wide_characters_keep_the_table_aligned(columns: int) -> None:
    packet = everything()
    rows = tuple(
        msgspec.structs.replace(each, title="模型网关 🚀 界面") if at % 2 else each
        for at, each in enumerate(packet.requirements)
    )
    places = tuple(
        msgspec.structs.replace(each, symbol="送信する関数の名前はとても長い") for each in packet.touchpoints
    )
    page = to_terminal(msgspec.structs.replace(packet, requirements=rows, touchpoints=places), columns)

    marks = [line for line in page.split("\n") if re.match(r"\s*\d  .*(?:ready|partial|gap|n/a)", line)]
    starts = {cell_len(re.split("[●◐○–]", line)[0]) for line in marks}
    assert len(marks) == len(packet.requirements)
    assert len(starts) == 1
    assert too_wide(page, columns) == []


def test_markup_and_emoji_codes_in_names_are_shown_as_they_are() -> None:
    packet = everything()
    places = tuple(msgspec.structs.replace(each, symbol="[b]x[/b]:boom:") for each in packet.touchpoints)

    assert "[b]x[/b]:boom:" in to_terminal(msgspec.structs.replace(packet, touchpoints=places), 160, color=True)


@PAGES
@given(say=HOSTILE, columns=st.integers(20, 200))
def test_nothing_in_a_packet_reaches_a_plain_page_as_a_control_character(say: str, columns: int) -> None:
    page = to_terminal(changed(everything(), say), columns)

    assert hidden(page) <= {"\n"}


@PAGES
@given(say=HOSTILE)
def test_nothing_in_a_packet_adds_an_escape_sequence_to_those_of_the_page(say: str) -> None:
    page = to_terminal(changed(everything(), say), 100, color=True, links=True)

    left = LINK.sub("", COLOR.sub("", page))
    assert hidden(left) <= {"\n"}
    assert all(url.startswith("https://forge.example/") for url in LINK.findall(page) if url)


@PAGES
@given(say=HOSTILE)
def test_no_line_is_wider_than_the_terminal_whatever_it_says(say: str) -> None:
    assert too_wide(to_terminal(changed(everything(), say), 60), 60) == []


@pytest.mark.parametrize(("is_terminal", "expected"), [(True, (72, True, True)), (False, (None, False, False))])
def test_standard_output_decides_how_to_show(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, expected: tuple[int | None, bool, bool]
) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setenv("VTE_VERSION", "7402")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)

    assert how_to_show() == expected


TERMINAL = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("variables", "is_terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
    ],
)
def test_colors_are_for_terminals_and_for_who_asks(
    variables: dict[str, str], is_terminal: bool, expected: bool
) -> None:
    assert shows_color(TERMINAL | variables, is_terminal) is expected


@pytest.mark.parametrize(
    "variables",
    [
        {"VTE_VERSION": "7402"},
        {"WT_SESSION": "0e7d6c1a"},
        {"KONSOLE_VERSION": "220401"},
        {"DOMTERM": "version=2"},
        {"TERM": "xterm-kitty"},
        {"TERM": "foot"},
        {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.4.16"},
        {"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"},
        {"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.96.2"},
        {"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "0.42.0", "CURSOR_TRACE_ID": "1"},
        {"TERM_PROGRAM": "ghostty"},
        {"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4", "TMUX": "/tmp/tmux,1,0"},
        {"FORCE_HYPERLINK": "1", "TERM": "dumb"},
        {"FORCE_HYPERLINK": "1", "CI": "true"},
    ],
)
def test_terminals_that_follow_links_get_them(variables: dict[str, str]) -> None:
    assert shows_links(TERMINAL | variables, True)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"TERM": "dumb"},
        {"TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"},
        {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.0.15"},
        {"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.71.0"},
        {"TERM_PROGRAM": "vscode"},
        {"VTE_VERSION": "4902"},
        {"VTE_VERSION": "5000"},
        {"VTE_VERSION": "x"},
        {"VTE_VERSION": "7402", "CI": "true"},
        {"VTE_VERSION": "7402", "NO_COLOR": "1"},
        {"VTE_VERSION": "7402", "STY": "1234.pts-0"},
        {"VTE_VERSION": "7402", "TMUX": "/tmp/tmux,1,0"},
        {"VTE_VERSION": "7402", "TMUX": "/tmp/tmux,1,0", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"},
        {"VTE_VERSION": "7402", "FORCE_HYPERLINK": "0"},
    ],
)
def test_others_get_none(variables: dict[str, str]) -> None:
    assert not shows_links(TERMINAL | variables, True)


def test_a_pipe_gets_links_only_when_asked_for() -> None:
    assert not shows_links(TERMINAL | {"VTE_VERSION": "7402"}, False)
    assert shows_links({"FORCE_HYPERLINK": "1"}, False)


def test_rich_is_loaded_only_to_make_a_page() -> None:
    code = "import sys, scanner.terminal, scanner.terminalpage; print(sorted(m for m in sys.modules if m == 'rich'))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
