"""What the page for a design review says of packets that few repositories have."""

from __future__ import annotations

import re

import msgspec
import pytest
from hostile import GRAPH, hostile
from madeup import rich_packet
from sections import Read

from scanner.conditionwords import Line
from scanner.excerpts import Excerpt
from scanner.exhibits import Exhibits, Levels
from scanner.graphpacket import SeamGraph
from scanner.packet import Inventory, InventoryItem, Packet, Place
from scanner.reviewpage import Review, to_html
from scanner.settingspacket import OverrideNote, SettingsNote

replace = msgspec.structs.replace


def body(packet: Packet, exhibits: Exhibits | None = None) -> str:
    """The page of a packet without its style and script."""
    page = to_html([Review(packet, exhibits or Exhibits())])
    return re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)


def read(packet: Packet, exhibits: Exhibits | None = None) -> Read:
    return Read(body(packet, exhibits).partition("<body>")[2].partition("</body>")[0])


def part(packet: Packet, start: str, exhibits: Exhibits | None = None) -> str:
    """The text of the element that begins with this."""
    page = body(packet, exhibits)
    found = re.search(
        rf'<(section|details)\b[^>]*\bid="[^"]*{start}".*?(?=<section|<details class="requirement"|</article)',
        page,
        re.DOTALL,
    )
    assert found is not None, start
    return " ".join(re.sub(r"<[^>]+>", "", found.group()).replace("&#39;", "'").split())


def with_graph(packet: Packet) -> Packet:
    return replace(packet, graph=GRAPH)


@pytest.mark.parametrize("graph", [SeamGraph(), GRAPH])
def test_every_id_is_there_once_and_every_link_within_the_page_leads_to_one(graph: SeamGraph) -> None:
    found = read(replace(rich_packet(), graph=graph))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    # The rows of seams are made by the page's script.
    wanted = {link[1:] for link in found.links if link.startswith("#") and "/seam/" not in link}
    assert wanted <= set(ids)


def test_a_requirement_may_be_called_like_a_section() -> None:
    packet = rich_packet()
    first, *others = packet.requirements
    terms = (replace(packet.score.terms[0], requirement="inventory"), *packet.score.terms[1:])
    named = replace(
        packet,
        requirements=(replace(first, id="inventory"), *others),
        score=replace(packet.score, terms=terms),
        slices=(),
    )

    ids = [attributes["id"] for _, attributes in read(named).elements if "id" in attributes]

    assert ids.count(f"{packet.pack.id}/inventory") == 1
    assert ids.count(f"{packet.pack.id}/requirement/inventory") == 1


def test_a_packet_of_nothing_is_a_page_that_says_so() -> None:
    packet = rich_packet()
    nothing = replace(
        packet,
        requirements=(),
        score=replace(
            packet.score, value=None, earned=0, judged=0, total=0, words="not scored: nothing is judged", terms=()
        ),
        slices=(),
        inventory=Inventory(),
        surfaces=replace(packet.surfaces, rows=()),
        graph=SeamGraph(),
        blind_spots=(),
        seams=(),
        touchpoints=(),
        reproduce=(),
    )

    line = read(nothing).line

    assert "Not scored" in line
    assert "Not scored: nothing is judged." in line
    assert "No seam of these kinds was found on any surface." in line
    assert "Models: none found." in line


def test_a_packet_whose_places_are_gone_is_a_page() -> None:
    packet = replace(with_graph(rich_packet()), touchpoints=(), seams=())
    assert "Requirements" in read(packet).line
    assert "Requirements" in read(replace(packet, graph=replace(GRAPH, functions=()))).line


def test_somebodys_word_that_does_not_count_any_more_is_on_its_card() -> None:
    packet = rich_packet()
    override = OverrideNote(
        packet.requirements[0].id, "", "ready", "platform team", "2020-01-31", "It is done.", 3, "expired"
    )
    lapsed = replace(packet, settings=SettingsNote("honoured", "2026-03-02", (override,)))

    card = part(lapsed, f"requirement/{packet.requirements[0].id}")

    assert (
        "Attested, and not counted ready by platform team (scanner.toml:3) expired: its last day was 2020-01-31" in card
    )


def test_a_list_without_end_is_cut_and_says_how_much_it_leaves_out() -> None:
    many = tuple(InventoryItem(f"VAR_{at}", (Place("a.py", at + 1),)) for at in range(1000))

    shown = part(replace(rich_packet(), inventory=Inventory(env_vars=many)), "/inventory")

    assert "VAR_399 " in shown
    assert "VAR_400 " not in shown
    assert "and 600 more in the JSON" in shown


def test_gates_that_ask_only_under_a_condition_are_told_apart() -> None:
    shown = part(with_graph(rich_packet()), "/gates")

    assert "0 a person can be asked 1 a person can be asked where a condition holds" in shown


def test_the_code_of_a_place_has_its_own_line_marked() -> None:
    packet = rich_packet()
    group = next(group for each in packet.requirements for group in each.places)
    place = next(each for each in packet.touchpoints if each.id == group.id)
    kept = Excerpt(place.path, place.line - 1, ("# before", "here <b>", "# after"))

    page = body(packet, Exhibits({place.id: kept}))

    (marked,) = set(re.findall(r'<span class="line here">.*?\n</span>', page))
    assert f'<span class="number">{place.line}</span>' in marked
    assert "here" in marked
    assert "<b>" not in marked


def test_a_card_says_when_its_requirement_would_be_ready_and_when_partial() -> None:
    packet = rich_packet()
    name = packet.requirements[0].id
    levels = Levels((Line(0, "all of these"), Line(1, "any model call")), (Line(0, "at least 1 seam"),))

    card = part(packet, f"requirement/{name}", Exhibits(levels={name: levels}))

    assert (
        "Ready where this holds: all of these any model call "
        "Partial where that does not, but this does: at least 1 seam Else it is a gap."
    ) in card


def test_no_attribute_of_the_page_hides_a_character() -> None:
    found = read(hostile("\u202e<x>\x1b[31m\"'`"))

    values = [value for _, attributes in found.elements for value in attributes.values()]
    assert [value for value in values if not value.isprintable()] == []
