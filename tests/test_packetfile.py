"""Packets are read back from their JSON, older ones too, and everything else is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from madeup import rich_packet

from scanner import __version__, packetfile
from scanner.errors import UsageError
from scanner.graphpacket import SeamGraph
from scanner.inwords import in_words
from scanner.packet import SCHEMA_VERSION, Packet
from scanner.packetfile import packets_in, read_packets
from scanner.render import packets_to_json, to_json

MEND = "name the JSON of a packet, as `scanner packet --format json` writes it"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "packet.json"
    path.write_bytes(content)
    return path


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as problem:
        read()
    assert problem.value.exit_code == 2
    return str(problem.value)


def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(to_json(rich_packet()))
    return made


def other_pack(packet: Packet, name: str) -> Packet:
    return msgspec.structs.replace(packet, pack=msgspec.structs.replace(packet.pack, id=name))


def test_a_packet_is_read_as_it_was_written(tmp_path: Path) -> None:
    packet = rich_packet()

    (found,) = read_packets(written(tmp_path, to_json(packet)))

    assert found == in_words(packet)
    assert to_json(found) == to_json(packet)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert read_packets(written(tmp_path, b"\xef\xbb\xbf" + to_json(rich_packet()))) == (in_words(rich_packet()),)


#: What packets of this major version did not have from the start.
LATER = (
    ("graph", None),
    ("settings", None),
    ("crowded_out", None),
    ("coverage", "other"),
    ("repository", "digest"),
    ("score", "attested"),
)


def test_an_older_packet_lacks_what_came_later_and_is_read(tmp_path: Path) -> None:
    made = document()
    for record, field in LATER:
        made.pop(record, None) if field is None else made[record].pop(field, None)
    for each in made["seams"]:
        del each["crowded"]
    for each in made["touchpoints"]:
        for field in ("name", "rules", "unwired", "seam"):
            del each[field]
    for each in made["requirements"]:
        for field in ("fields", "exceptions", "attested"):
            each.pop(field, None)

    (found,) = read_packets(written(tmp_path, json.dumps(made).encode()))

    assert found.graph == SeamGraph()
    assert found.crowded_out == ()


def test_a_field_that_this_version_does_not_know_is_passed_over(tmp_path: Path) -> None:
    assert read_packets(written(tmp_path, json.dumps(document() | {"more": 1}).encode())) == (in_words(rich_packet()),)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", " is no JSON (Input data was truncated); "),
        (b"{", " is no JSON (Input data was truncated); "),
        (b"# Packet\n", " is no JSON (JSON is malformed: invalid character (byte 0)); "),
        (b"[" * 100_000, " is no JSON (nested too deeply); "),
        (b"[]", " is no packet; "),
        (b"7", " is no packet; "),
        (b"{}", " is no packet: it has no schema version; "),
        (b'{"schema_version": 1}', " is no packet: it has no schema version; "),
        (b'{"schema_version": "1.0"}', " is no packet (Object missing required field `scanner_version`); "),
        (b'{"packets": []}', " holds no packet; "),
        (b'{"packets": [7]}', " is no packet; "),
    ],
)
def test_what_is_no_packet_is_refused_with_the_mend(tmp_path: Path, content: bytes, why: str) -> None:
    path = written(tmp_path, content)

    assert refused(lambda: read_packets(path)) == f"{path}{why}{MEND}"


def test_a_field_of_another_type_is_told_with_its_place(tmp_path: Path) -> None:
    made = document()
    made["seams"][0]["line"] = "ten"
    path = written(tmp_path, json.dumps(made).encode())

    assert refused(lambda: read_packets(path)) == (
        f"{path} is no packet (Expected `int`, got `str` - at `$.seams[0].line`); {MEND}"
    )


def test_a_file_that_is_not_there_or_is_a_folder_is_told_as_such(tmp_path: Path) -> None:
    assert refused(lambda: read_packets(tmp_path / "none.json")) == f"there is no file {tmp_path}/none.json; {MEND}"
    assert refused(lambda: read_packets(tmp_path)) == f"{tmp_path} cannot be read: Is a directory; {MEND}"


@pytest.mark.parametrize(
    ("reads", "there", "said"),
    [
        ("1.0", "2.0", f"scanner {__version__} reads 1.0; install a newer scanner"),
        ("1.0", "1.1", f"scanner {__version__} reads 1.0; install a newer scanner"),
        ("2.3", "1.9", f"scanner {__version__} reads 2.3 and older 2.x; make the packet again with this scanner"),
        ("2.3", "2.10", f"scanner {__version__} reads 2.3 and older 2.x; install a newer scanner"),
    ],
)
def test_another_major_or_a_newer_minor_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reads: str, there: str, said: str
) -> None:
    monkeypatch.setattr(packetfile, "SCHEMA_VERSION", reads)
    path = written(tmp_path, json.dumps(document() | {"schema_version": there}).encode())

    assert refused(lambda: read_packets(path)) == f"{path} has schema version {there}, and {said}"


def test_an_older_minor_version_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packetfile, "SCHEMA_VERSION", "1.7")

    assert read_packets(written(tmp_path, to_json(rich_packet())))[0].schema_version == SCHEMA_VERSION


def test_several_packets_are_read_in_their_order(tmp_path: Path) -> None:
    both = rich_packet(), other_pack(rich_packet(), "another")
    path = written(tmp_path, packets_to_json(both))

    assert [each.pack.id for each in read_packets(path)] == ["gateway", "another"]


def test_two_packets_of_one_pack_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, packets_to_json((rich_packet(), rich_packet())))

    assert refused(lambda: read_packets(path)) == f"{path} holds two packets of the pack `gateway`; leave one of them"


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_whatever_is_in_a_file_it_is_a_packet_or_one_clear_line(content: object) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()

    assert len(refused(lambda: packets_in(data, "a file")).splitlines()) == 1
