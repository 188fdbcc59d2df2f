"""What this scanner wrote once and reads again: packets, baselines, histories, manifests, reports of its cache."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from budget import budget
from hypothesis import given
from hypothesis import strategies as st
from madeup import rich_packet
from mutants import kept, mutants
from test_history import some

from scanner.baseline import read_baseline
from scanner.bundle import write_bundle
from scanner.check import against
from scanner.checkpage import annotation, passed_line, reason_line
from scanner.diff import compare
from scanner.diffpage import diff_to_json, diff_to_markdown, diff_to_text
from scanner.errors import UserError
from scanner.history import History
from scanner.historychart import history_svg
from scanner.historyfile import read_history
from scanner.historypage import history_json, history_markdown, history_table
from scanner.packet import Packet
from scanner.packetfile import packets_in
from scanner.render import packets_to_json, to_json
from scanner.reviewpage import Review
from scanner.verify import read_bundle

PACKET = rich_packet()
PACKETS = (to_json(PACKET), packets_to_json([PACKET]))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(
        [10**9, -(10**9), 2**63, 10**30, 1.5, "", "x", "\ud800", "\x1b[31m", "a\nb", "a.py", "model_call", "ready"]
    )
    | st.sampled_from([[], {}, [[]], [None]])
)


@st.composite
def altered(draw: st.DrawFn, content: bytes) -> bytes:
    """A document in which up to four values are others, are gone or stand twice."""
    document: Any = copy.deepcopy(json.loads(content))
    for _ in range(draw(st.integers(1, 4))):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = keys[draw(st.integers(0, 10_000)) % len(keys)]
            if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 9)):
                place = place[key]
                continue
            what = draw(st.integers(0, 3))
            if what == 0:
                del place[key]
            elif what == 1 and isinstance(place, list):
                place.append(place[key])
            elif what == 2:
                other = keys[draw(st.integers(0, 10_000)) % len(keys)]
                place[key], place[other] = place[other], place[key]
            else:
                place[key] = copy.deepcopy(draw(LEAVES))
            break
    return json.dumps(document).encode("utf-8", "surrogatepass")


def refused_in_one_line(read: Callable[[], object]) -> object:
    """What is read, or None after a line that says why nothing is."""
    try:
        return read()
    except UserError as error:
        assert str(error).isprintable(), str(error)
        return None


def show(old: Packet, new: Packet) -> None:
    """Show what changed in every form."""
    diff = refused_in_one_line(lambda: compare(old, new))
    if diff is None:
        return
    diff_to_json(diff)
    diff_to_markdown(diff).encode()
    diff_to_text(diff, 80).encode()
    refused_in_one_line(lambda: gate(old, new))


def gate(old: Packet, new: Packet) -> None:
    found = against(old, new, ["regression", "new-bypass"])
    for reason in found.reasons:
        (reason_line(reason, True) + annotation(reason, "")).encode()
    passed_line([new], [old]).encode()


def read_packet(data: bytes) -> None:
    packets = refused_in_one_line(lambda: packets_in(data, "a file"))
    for packet in packets if isinstance(packets, tuple) else ():
        show(PACKET, packet)
        show(packet, PACKET)
        show(packet, packet)
        assert packets_in(to_json(packet), "a file") == packets_in(
            to_json(packets_in(to_json(packet), "a file")[0]), "a file"
        )


@budget(60, cost=4)
@given(altered(PACKETS[0]) | altered(PACKETS[1]))
def test_a_packet_that_is_accepted_can_be_compared_and_shown(data: bytes) -> None:
    read_packet(data)


@budget(40, cost=4)
@given(mutants(PACKETS))
def test_a_damaged_packet_is_refused_in_one_line_or_can_be_used(data: bytes) -> None:
    read_packet(data)


@pytest.mark.parametrize("path", kept("packet"), ids=lambda path: path.name)
def test_packets_that_once_broke_a_reader_do_so_no_more(path: Path) -> None:
    read_packet(path.read_bytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("baseline")


@budget(25, cost=6)
@given(files=st.lists(mutants(PACKETS) | altered(PACKETS[0]), min_size=1, max_size=2))
def test_a_baseline_is_packets_or_one_line(folder: Path, files: list[bytes]) -> None:
    for file in folder.iterdir():
        file.unlink()
    for number, content in enumerate(files):
        (folder / f"p{number}.json").write_bytes(content)

    refused_in_one_line(lambda: read_baseline(folder))
    refused_in_one_line(lambda: read_baseline(folder / "p0.json"))


HISTORY = history_json(some())


def read_and_draw(folder: Path, data: bytes) -> None:
    file = folder / "history.json"
    file.write_bytes(data)
    found = refused_in_one_line(lambda: read_history(file))
    if isinstance(found, History):
        history_svg(found)
        history_table(found, 80)
        history_markdown(found, "history.svg")
        assert history_json(read_history(file)) == history_json(found)


@budget(100, cost=2)
@given(data=mutants((HISTORY,)) | altered(HISTORY) | altered(HISTORY))
def test_a_history_that_is_accepted_can_be_shown(folder: Path, data: bytes) -> None:
    read_and_draw(folder, data)


@pytest.mark.parametrize("path", kept("history"), ids=lambda path: path.name)
def test_histories_that_once_broke_a_reader_do_so_no_more(folder: Path, path: Path) -> None:
    read_and_draw(folder, path.read_bytes())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    root = tmp_path_factory.mktemp("bundle")
    write_bundle(root, [Review(PACKET)])
    return root, (root / "manifest.json").read_bytes()


@budget(60, cost=4)
@given(data=st.data())
def test_a_bundle_with_another_manifest_is_told_and_nothing_outside_it_is_read(
    bundle: tuple[Path, bytes], data: st.DataObject
) -> None:
    root, manifest = bundle
    (root / "manifest.json").write_bytes(data.draw(mutants((manifest,)) | altered(manifest)))

    refused_in_one_line(lambda: read_bundle(root))
