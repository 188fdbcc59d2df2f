"""What a repository says stays text in differences, histories, lines of a gate and annotations, too.

Packets have such tests of their own: `test_render` (Markdown, mermaid, Graphviz), `test_htmltext` and `test_reviewpage`
(HTML), `test_sarif`, `test_terminalpage`; the picture of a history has one in `test_history`.
"""

from __future__ import annotations

import re

import msgspec
from hostile import NASTY, hostile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_history import history, row
from test_render import shape

from scanner.check import Reason
from scanner.checkpage import annotation, reason_line
from scanner.diff import compare
from scanner.diffpacket import PacketDiff
from scanner.diffpage import diff_to_markdown, diff_to_text
from scanner.graphpacket import SeamGraph
from scanner.history import History
from scanner.historypage import history_markdown, history_table
from scanner.loglines import without_commands
from scanner.packet import Completeness, Inventory

PAGES = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
SIGNS = [
    "::error::x",
    "::stop-commands::x",
    "::",
    "##[error]",
    "%0A",
    "%25",
    ",file=x",
    ":",
    "\n",
    "\r",
    "\x85",
    "\u2028",
]
#: Halves of characters stand in no packet: JSON is refused that has them, and bytes that are no UTF-8 are escaped.
TEXTS = (NASTY | st.lists(st.sampled_from(SIGNS), max_size=6).map("".join)).map(
    lambda text: text.encode("utf-8", "replace").decode()
)
SAID = TEXTS.filter(str.strip)
#: What tags of git and reasons of this scanner may hold.
LINES = TEXTS.map(lambda text: "".join(filter(str.isprintable, text))).filter(str.strip)

#: As a runner of GitHub reads a line.
COMMAND = re.compile(r"::(?P<name>\w[\w-]*)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)


def hidden(text: str) -> set[str]:
    """Characters of a text that nobody sees, or that move others."""
    return {char for char in text if not char.isprintable()}


def begins_a_command(page: str) -> bool:
    """Whether a runner would take a line for one of its commands; blanks before it do not count."""
    return any(line.lstrip().startswith("::") for line in re.split(r"\r\n|\r|\n", page))


def unescaped(text: str) -> str:
    """A value of a command as the runner takes it."""
    for sign, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(sign, char)
    return text


@given(TEXTS, TEXTS, st.integers(1, 99))
def test_an_annotation_is_one_command_with_the_properties_it_should_have(text: str, path: str, line: int) -> None:
    reason = Reason("regression", "pack", text, path=path, line=line)

    said = annotation(reason, "sub/")

    assert hidden(said) <= set(path)
    assert len(re.split(r"\r\n|\r|\n", said)) == 1
    command = COMMAND.fullmatch(said)
    assert command is not None
    assert command["name"] == "error"
    properties = {
        key: unescaped(value) for key, value in (each.split("=", 1) for each in command["properties"].split(","))
    }
    place = {"file": without_commands(f"sub/{path}"), "line": str(line)} if path else {}
    assert properties == {"title": "scanner: regression", **place}
    assert unescaped(command["data"]) == reason_line(reason, True)


@given(TEXTS)
def test_a_reason_is_one_printable_line_that_is_no_command(text: str) -> None:
    said = reason_line(Reason("min-score", "pack", text), False)

    assert not hidden(said)
    assert not begins_a_command(said)


def differences(text: str) -> tuple[PacketDiff, PacketDiff]:
    """What came into a repository that says this wherever it can, and what left it."""
    full = hostile(text)
    empty = msgspec.structs.replace(
        full, seams=(), touchpoints=(), inventory=Inventory(), completeness=Completeness("complete"), graph=SeamGraph()
    )
    return compare(empty, full), compare(full, empty)


@PAGES
@given(SAID)
def test_nothing_in_a_repository_changes_the_shape_of_a_difference(text: str) -> None:
    for diff, plain in zip(differences(text), differences("plain"), strict=True):
        page = diff_to_markdown(diff)

        assert shape(page) == shape(diff_to_markdown(plain))
        assert hidden(page) <= {"\n"}
        assert not begins_a_command(page)


@PAGES
@example("\x1b[31m\n::stop-commands::x")
@given(TEXTS)
def test_a_difference_for_terminals_has_no_line_of_the_repositorys_making(text: str) -> None:
    for diff, plain in zip(differences(text), differences("plain"), strict=True):
        page = diff_to_text(diff)

        assert page.count("\n") == diff_to_text(plain).count("\n")
        assert hidden(page) <= {"\n"}
        assert not begins_a_command(page)


def told(text: str, title: str = "") -> History:
    """A history with this in every tag, title and reason."""
    rows = (row(0, 10, "gap", tags=[text]), row(1, None, unjudged=text), row(2, 60, "ready", tags=[text, text]))
    found = history(*rows, title=title or text)
    return msgspec.structs.replace(found, repository=text, since=text, until=text, notes=(text,))


@PAGES
@given(SAID)
def test_nothing_in_a_repository_changes_the_shape_of_a_history(text: str) -> None:
    page, plain = (history_markdown(told(each)).decode() for each in (text, "plain"))

    assert shape(page) == shape(plain)
    assert hidden(page) <= {"\n"}


@PAGES
@given(LINES)
def test_a_history_for_terminals_has_no_line_of_the_repositorys_making(text: str) -> None:
    # How the folder is called that was scanned, and since when, is for its user to say.
    found = msgspec.structs.replace(told(text, "A pack"), repository="agent", since="", until="HEAD", notes=())
    page = history_table(found, None).decode()

    assert hidden(page) <= {"\n"}
    assert not begins_a_command(page)
