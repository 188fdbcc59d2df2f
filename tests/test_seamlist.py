"""The seams as data for the page's search."""

from __future__ import annotations

import json

import msgspec
from hostile import NASTY, hostile
from hypothesis import given, settings
from madeup import rich_packet

from scanner.packet import Packet
from scanner.seamlist import seam_list


def read(packet: Packet) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(seam_list(packet))
    return found


def linked(packet: Packet) -> Packet:
    there = msgspec.structs.replace(
        packet.repository, permalink="https://forge.example/o/n/blob/abc/{path}#L{line}-L{end_line}", changed=()
    )
    return msgspec.structs.replace(packet, repository=there)


def test_every_seam_is_there_with_all_its_touchpoints() -> None:
    packet = rich_packet()

    seams = read(packet)["seams"]

    assert [seam[0] for seam in seams] == [seam.id for seam in packet.seams]
    assert [[place[0] for place in seam[7]] for seam in seams] == [[*seam.touchpoints] for seam in packet.seams]


def test_tables_give_back_kind_rule_path_and_surface() -> None:
    packet = rich_packet()
    data = read(packet)
    places = {each.id: each for each in packet.touchpoints}

    for seam, told in zip(packet.seams, data["seams"], strict=True):
        assert data["kinds"][told[1]] == seam.kind
        assert data["surfaces"][told[3]] == seam.surface
        for place in told[7]:
            assert data["paths"][place[1]][0] == places[place[0]].path
            assert data["rules"][place[5]] == places[place[0]].rule


def test_a_path_and_a_fragment_make_the_address_of_the_lines() -> None:
    packet = linked(rich_packet())
    data = read(packet)
    first = data["seams"][0][7][0]
    place = next(each for each in packet.touchpoints if each.id == first[0])
    lines = f"L{place.line}-L{place.end_line}" if place.line != place.end_line else f"L{place.line}"

    assert f"{data['paths'][first[1]][1]}#{first[8]}" == f"https://forge.example/o/n/blob/abc/{place.path}#{lines}"


def test_a_file_that_differs_from_the_commit_has_no_address() -> None:
    packet = linked(rich_packet())
    changed = msgspec.structs.replace(packet.repository, changed=tuple({each.path for each in packet.touchpoints}))
    data = read(msgspec.structs.replace(packet, repository=changed))

    assert all(address == "" for _, address in data["paths"])
    assert all(place[8] == "" for seam in data["seams"] for place in seam[7])


def test_a_packet_that_is_part_of_a_commit_has_no_addresses() -> None:
    packet = linked(rich_packet())
    inside = msgspec.structs.replace(packet.repository, permalink="../../{path}#L{line}")
    data = read(msgspec.structs.replace(packet, repository=inside))

    assert all(address == "" for _, address in data["paths"])


def test_a_seam_tells_the_requirements_that_name_it() -> None:
    packet = rich_packet()
    data = read(packet)

    for number, requirement in enumerate(packet.requirements):
        for seam in data["seams"]:
            ids = {place[0] for place in seam[7]}
            named = bool(ids & {*requirement.evidence, *requirement.exceptions})
            assert (number in seam[5]) == named


@settings(max_examples=30)
@given(NASTY)
def test_no_text_of_a_repository_ends_the_element_that_holds_the_data(text: str) -> None:
    written = seam_list(hostile(text))

    assert not set("<>&\u2028\u2029") & set(written)
    json.loads(written)
