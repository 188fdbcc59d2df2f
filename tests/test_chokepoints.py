"""Through how few functions seams are reached, and what passes those by with which calls."""

from __future__ import annotations

from asked import Asked, ask, graph_of, seam_in, ways_of
from conftest import Repo

from scanner.chokepoints import Passage, bypasses, passage

ONE_DOOR = """
from openai import OpenAI

client = OpenAI()

def send(messages):
    return client.chat.completions.create(model="m", messages=messages)

def answer(text):
    return send([text])

def title(text):
    return send(["title", text])

def main():
    answer(input())
    title(input())

if __name__ == "__main__":
    main()
"""
PASSES_BY = """
from agent import answer
from openai import OpenAI

def summarize(text):
    return OpenAI().chat.completions.create(model="m", messages=[text])

def main():
    answer(input())
    summarize(input())

if __name__ == "__main__":
    main()
"""


def doors(asked: Asked, found: Passage) -> list[tuple[str, int]]:
    """Each chokepoint and how many places it holds."""
    return [(asked.ways.label(each.node), len(each.holds)) for each in found.chokepoints]


def test_the_one_function_that_sends_is_the_chokepoint(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": ONE_DOOR})

    found = asked.chart.passage(asked.seams("sdk-shaped-request"))

    assert doors(asked, found) == [("send", 1)]
    assert [place.symbol for place in found.places] == ["send"]
    assert found.chokepoints[0].surfaces == ("command line",)
    assert (found.needed(1), asked.chart.bypasses(asked.seams("sdk-shaped-request"), 1)) == (1, ())


def test_a_second_send_passes_the_first_door_by_and_its_way_is_told(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": ONE_DOOR, "tool.py": PASSES_BY})
    seams = asked.seams("sdk-shaped-request")

    found = asked.chart.passage(seams)
    (passing,) = asked.chart.bypasses(seams, 1)

    assert {label for label, _ in doors(asked, found)} == {"send", "summarize"}
    assert (found.needed(0.5), found.needed(1)) == (1, 2)
    assert passing.place.symbol == asked.ways.label(found.chokepoints[1].node)
    assert passing.surfaces == ("command line",)
    assert asked.way(passing.way) in ("main -> summarize", "main -> answer -> send")


def test_seams_behind_one_function_share_it(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "agent.ts": """
            import OpenAI from "openai";

            const client = new OpenAI();
            async function send(messages: Message[]) {
              return client.chat.completions.create({ model: "m", messages });
            }
            async function stream(messages: Message[]) {
              return client.chat.completions.create({ model: "m", messages, stream: true });
            }
            export async function turn(messages: Message[], live: boolean) {
              return live ? stream(messages) : send(messages);
            }
            export async function first() { return turn([], true); }
            export async function second() { return turn([], false); }
            """
        },
    )

    assert doors(asked, asked.chart.passage(asked.seams("sdk-shaped-request"))) == [("turn", 2)]


def test_nothing_is_found_where_no_place_is() -> None:
    ways = ways_of(graph_of(2, [(1, 2)]), [1])

    assert passage(ways, []) == Passage((), (), ())
    assert passage(ways, []).needed(1) == 0


def test_the_chokepoint_is_the_one_nearest_to_the_seams() -> None:
    ways = ways_of(graph_of(6, [(1, 2), (2, 3), (3, 4), (4, 5), (4, 6)]), [1])

    found = passage(ways, [seam_in(5), seam_in(6)])

    assert [each.node for each in found.chokepoints] == [4]


def test_two_doors_side_by_side_are_two_chokepoints_and_the_first_of_them_holds_nothing_alone() -> None:
    ways = ways_of(graph_of(6, [(1, 2), (1, 3), (2, 4), (3, 4), (2, 5), (3, 5), (2, 6), (3, 6)]), [1])

    found = passage(ways, [seam_in(4), seam_in(5), seam_in(6)])

    assert [(each.node, len(each.holds)) for each in found.chokepoints] == [(2, 0), (3, 3)]
    assert (found.needed(0.5), found.needed(1)) == (2, 2)


def test_a_share_needs_only_the_doors_that_hold_so_much() -> None:
    ways = ways_of(graph_of(8, [(1, 2), (2, 4), (2, 5), (2, 6), (1, 7), (1, 8)]), [1])
    found = passage(ways, [seam_in(4), seam_in(5), seam_in(6), seam_in(7), seam_in(8)])

    assert [(each.node, len(each.holds)) for each in found.chokepoints] == [(2, 3), (7, 1), (8, 1)]
    assert [found.needed(share) for share in (0.2, 0.6, 0.61, 0.8, 1)] == [1, 1, 2, 2, 3]


def test_a_place_that_nothing_calls_is_its_own_door() -> None:
    ways = ways_of(graph_of(3, [(1, 2)]), [1])

    assert [each.node for each in passage(ways, [seam_in(2), seam_in(3)]).chokepoints] == [2, 3]


def test_recursion_on_the_way_changes_no_chokepoint() -> None:
    ways = ways_of(graph_of(4, [(1, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 2)]), [1])

    found = passage(ways, [seam_in(4)])

    assert [each.node for each in found.chokepoints] == [4]
    assert bypasses(ways, found, found.chokepoints) == ()


def test_places_in_a_circle_that_nothing_else_calls_have_a_door() -> None:
    ways = ways_of(graph_of(4, [(2, 3), (3, 2), (3, 4)]))

    assert [each.node for each in passage(ways, [seam_in(4)]).chokepoints] == [4]


def test_what_a_circle_leads_to_may_be_a_door() -> None:
    """Function 1 is called by a circle alone; runs start in the circle and not at the door."""
    ways = ways_of(graph_of(5, [(4, 5), (5, 4), (4, 1), (5, 1), (1, 2), (1, 3)]))

    assert [each.node for each in passage(ways, [seam_in(2), seam_in(3)]).chokepoints] == [1]


def test_the_top_of_a_file_is_no_door() -> None:
    ways = ways_of(graph_of(3, [(1, 0), (0, 2), (0, 3)]), [1])

    assert [each.node for each in passage(ways, [seam_in(2), seam_in(3)]).chokepoints] == [2, 3]


def test_a_bypass_leads_from_an_entry_point_rather_than_from_a_function_that_nothing_calls() -> None:
    ways = ways_of(graph_of(5, [(5, 2), (5, 3), (1, 4), (4, 3)]), [5])
    found = passage(ways, [seam_in(2), seam_in(3)])

    ways_past = {each.place.symbol: [hop.node for hop in each.way] for each in bypasses(ways, found, ())}

    assert ways_past == {"f2": [5, 2], "f3": [5, 3]}


def test_a_chain_of_fifty_thousand_calls_has_one_door_and_one_way() -> None:
    size = 50_000
    ways = ways_of(graph_of(size, [(at, at + 1) for at in range(1, size)]), [1])

    found = passage(ways, [seam_in(size)])

    assert [each.node for each in found.chokepoints] == [size]
    assert len(bypasses(ways, found, ())[0].way) == size


def test_a_ring_of_fifty_thousand_functions_is_no_trouble() -> None:
    size = 50_000
    ways = ways_of(graph_of(size, [(at, at % size + 1) for at in range(1, size + 1)]), [1])

    assert [each.node for each in passage(ways, [seam_in(size), seam_in(size // 2)]).chokepoints] == [size // 2]
