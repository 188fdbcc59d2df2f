"""Differences of what scans find, in a sample agent that something happened to."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from budget import budget
from commandline import SAMPLE
from hypothesis import given
from hypothesis import strategies as st
from mutants import kept, mutants

from scanner.api import load_rules, packets_at
from scanner.diff import compare
from scanner.diffpage import diff_to_json, diff_to_markdown, diff_to_text
from scanner.packet import Packet
from scanner.packetfile import packets_in
from scanner.render import to_json, to_markdown

FILES = {path.name: path.read_bytes() for path in sorted((SAMPLE / "errand").glob("*.py")) if path.stat().st_size}


def packet_of(root: Path) -> Packet:
    packs, rulebook = rules()
    return packets_at(root, None, packs, rulebook)[0]


@cache
def rules():  # type: ignore[no-untyped-def]
    return load_rules(["tensorzero"])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Packet]:
    root = tmp_path_factory.mktemp("scanned") / "agent"
    (root / "errand").mkdir(parents=True)
    for name, content in FILES.items():
        (root / "errand" / name).write_bytes(content)
    return root, packet_of(root)


def check(tree: tuple[Path, Packet], name: str, content: bytes) -> None:
    """Scan the agent with one file replaced, and hold what is found against what was."""
    root, before = tree
    file = root / "errand" / name
    file.write_bytes(content)
    try:
        after = packet_of(root)
    finally:
        file.write_bytes(FILES[name])
    ids = [each.id for each in after.touchpoints]
    assert len(ids) == len(set(ids))
    lines = content.count(b"\n") + content.count(b"\r") + 1
    assert all(1 <= each.line <= each.end_line <= lines for each in after.touchpoints if each.path.endswith("/" + name))
    assert packets_in(to_json(after), "a file") == packets_in(
        to_json(packets_in(to_json(after), "a file")[0]), "a file"
    )
    assert compare(after, after).empty
    to_markdown(after).encode()
    there, back = compare(before, after, guess=False), compare(after, before, guess=False)
    for diff in (there, back):
        diff_to_json(diff)
        diff_to_markdown(diff).encode()
        diff_to_text(diff).encode()
    assert {each.id for each in there.seams_added} == {each.id for each in back.seams_removed}
    assert {each.id for each in there.seams_removed} == {each.id for each in back.seams_added}


@budget(6, cost=200)
@given(data=st.data())
def test_whatever_becomes_of_a_file_the_agent_is_scanned_and_compared(
    tree: tuple[Path, Packet], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    check(tree, name, data.draw(mutants((FILES[name], *FILES.values()))))


@pytest.mark.parametrize("path", kept("agent"), ids=lambda path: path.name)
def test_files_that_once_broke_a_scan_do_so_no_more(tree: tuple[Path, Packet], path: Path) -> None:
    check(tree, path.name.removesuffix(".bytes"), path.read_bytes())
