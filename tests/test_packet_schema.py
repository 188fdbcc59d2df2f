"""The JSON of a packet keeps to its published schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import msgspec
from madeup import rich_packet

from scanner.jsonpage import json_page
from scanner.packet import Packet, PacketTouchpoint, schema
from scanner.render import to_json

PUBLISHED = Path(__file__).parent.parent / "docs" / "packet.schema.json"


def test_the_published_schema_is_the_one_of_the_records() -> None:
    assert PUBLISHED.read_bytes() == json_page(schema()), "run: python -m scanner.packet docs/packet.schema.json"


def test_the_schema_is_a_valid_one_and_tells_what_fields_mean() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    place = schema()["$defs"]["PacketSeam"]["properties"]["id"]
    assert place == {"type": "string", "description": "Fingerprint of the best touchpoint."}


def test_a_packet_as_json_is_valid() -> None:
    jsonschema.validate(json.loads(to_json(rich_packet())), schema(), jsonschema.Draft202012Validator)


def test_a_packet_without_a_field_is_not_valid() -> None:
    made = json.loads(to_json(rich_packet()))
    del made["completeness"]

    errors = [each.message for each in jsonschema.Draft202012Validator(schema()).iter_errors(made)]

    assert errors == ["'completeness' is a required property"]


def test_the_names_that_other_tools_read_are_there() -> None:
    assert {
        "schema_version",
        "completeness",
        "verdict",
        "score",
        "pack",
        "requirements",
        "touchpoints",
        "seams",
    } <= set(Packet.__struct_fields__)
    assert PacketTouchpoint.__struct_fields__[:10] == (
        "id",
        "rule",
        "kind",
        "role",
        "confidence",
        "path",
        "line",
        "end_line",
        "symbol",
        "text",
    )
    made = json.loads(to_json(rich_packet()))
    assert {"id", "status", "score", "evidence", "missing", "next"} <= set(made["requirements"][0])


def test_json_reads_back_as_the_same_record_but_for_the_names_of_places() -> None:
    again = msgspec.json.decode(to_json(rich_packet()), type=Packet)

    assert to_json(again) == to_json(rich_packet())
    assert again.touchpoints == rich_packet().touchpoints
    assert again.requirements[4].claim == "Sessions are stored by `SessionStore` (store/db.py:15)."


def test_every_fingerprint_that_a_packet_refers_to_is_one_of_its_touchpoints() -> None:
    packet = rich_packet()
    known = {each.id for each in packet.touchpoints}

    referred = {fingerprint for each in packet.requirements for fingerprint in each.evidence}
    referred |= {group.id for each in packet.requirements for group in each.places}
    referred |= {fingerprint for each in packet.seams for fingerprint in each.touchpoints}
    referred |= {each.start for each in packet.slices}

    assert referred <= known
