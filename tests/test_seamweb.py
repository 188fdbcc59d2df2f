"""The whole picture of a packet's seams: where runs start, what ways share, which gates stand before which seam."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from asked import ask, graph_of, place_in, seam_in, sites_of, ways_of
from conftest import Repo

from scanner.api import load_packs
from scanner.chart import Chart
from scanner.counting import Index
from scanner.graph import Node
from scanner.graphpacket import UNREACHED, Passages, SeamGraph
from scanner.making import chart_of, make_packet
from scanner.packet import Packet, PacketSeam, PacketTouchpoint
from scanner.seams import Seam
from scanner.seamweb import MOST_SEAMS, SeamWeb, WebNode, seam_web
from scanner.sites import NodeKind
from scanner.touchpoints import Role, Touchpoint
from scanner.ways import Ways
from scanner.webnames import names_of

AGENT = '''
import subprocess
from openai import OpenAI

client = OpenAI()

def send(messages):
    return client.chat.completions.create(model="m", messages=messages)

def summarize(text):
    return client.chat.completions.create(model="m", messages=[text])

def forgotten(text):
    return client.chat.completions.create(model="m", messages=[text])

def check_command_approval(command):
    return input(f"Run command {command}? ") == "y"

def execute_command(command):
    """Run a command in the sandbox of the agent."""
    return subprocess.run(command, shell=True)

def execute_tool_call(tool_name, arguments):
    if not check_command_approval(arguments):
        return "denied"
    return execute_command(arguments)

def turn(text):
    send([])
    summarize(text)

def hand_on(text):
    turn(text)

def main():
    hand_on("all")
    execute_tool_call("shell", "ls")

if __name__ == "__main__":
    main()
'''
SERVER = """
from fastapi import FastAPI
from agent import turn

app = FastAPI()

@app.post("/turn")
def route(text):
    return turn(text)
"""


def made(repo: Repo, pack: str = "tensorzero", **files: str) -> SeamWeb:
    """The picture of a small agent."""
    found = ask(repo, {"agent.py": AGENT, **files}).scan
    packs, _ = load_packs([pack])
    return seam_web(chart_of(found), make_packet(found, packs[0]))


def of(web: SeamWeb, name: str, kind: str = "") -> WebNode:
    """The seam, or where no kind is given the box of another role, that goes by a name."""
    return next(each for each in web.nodes if each.name == name and each.kind == kind)


def before(web: SeamWeb, node: WebNode) -> list[tuple[str, int]]:
    """Names of what leads to a box, with the calls between."""
    names = {each.id: each.name for each in web.nodes}
    return [(names[each.source], each.calls) for each in web.edges if each.target == node.id]


def test_a_seam_stands_behind_what_its_way_shares_with_others(repo: Repo) -> None:
    web = made(repo)

    send = of(web, "send", "model_call")
    assert (send.way, send.path) == (("main", "hand_on", "turn", "send"), "agent.py")
    assert send.surfaces == ("command line",)
    # Both model calls are made by one function; what only passes the call on is folded into the arrow.
    assert all(before(web, of(web, name, "model_call"))[-1][1] <= 1 for name in ("send", "summarize"))
    assert "hand_on" not in {each.name for each in web.nodes if each.role != "seam"}
    assert of(web, "turn").role == "door"


def test_what_no_way_leads_to_stands_under_a_surface_of_its_own(repo: Repo) -> None:
    web = made(repo)

    lost = of(web, "forgotten", "model_call")
    assert (lost.way, lost.surfaces) == ((), (UNREACHED,))
    # It is a door too: no way leads there through another one.
    assert before(web, lost) == [("forgotten", 0)]
    assert (of(web, "forgotten").role, before(web, of(web, "forgotten"))) == ("door", [(UNREACHED, 0)])


def test_every_surface_leads_to_what_it_reaches(repo: Repo) -> None:
    web = made(repo, **{"server.py": SERVER})

    assert set(of(web, "send", "model_call").surfaces) == {"command line", "gateway and server"}
    assert {name for name, _ in before(web, of(web, "turn"))} >= {"gateway and server"}


def test_a_gate_stands_before_the_side_effect_that_it_covers(repo: Repo) -> None:
    web = made(repo, "human-confirmation")

    effect = of(web, "execute_command", "side_effect")
    assert (effect.verdict, effect.gates) == ("covered", ("check_command_approval",))
    (gate,) = (each for each in web.nodes if each.role == "gate")
    assert gate.gates == ("check_command_approval",)
    assert [name for name, _ in before(web, effect)] == [gate.name]


def test_arrows_join_boxes_that_are_there_and_every_seam_is_led_to_once(repo: Repo) -> None:
    web = made(repo, **{"server.py": SERVER})

    ids = [each.id for each in web.nodes]
    assert len(ids) == len(set(ids))
    assert {end for each in web.edges for end in (each.source, each.target)} <= set(ids)
    seams = [each.id for each in web.nodes if each.role == "seam"]
    assert sorted(each.target for each in web.edges if each.target in seams) == sorted(seams)


def test_a_picture_is_kept_and_read_again_and_made_the_same_twice(repo: Repo) -> None:
    first, second = made(repo), made(repo)

    assert first == second
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(first), type=SeamWeb) == first


@pytest.fixture
def packet(repo: Repo) -> Packet:
    found = ask(repo, {"agent.py": AGENT}).scan
    packs, _ = load_packs(["tensorzero"])
    return make_packet(found, packs[0])


def by_hand(packet: Packet, seams: int, calls: list[tuple[int, int]]) -> SeamWeb:
    """The picture of so many model calls in functions of a graph made by hand, of which the first starts runs."""
    found = [seam_in(at) for at in range(2, seams + 2)]
    shown = tuple(
        msgspec.structs.replace(
            packet.seams[0], id=each.id, kind="model_call", name=each.name, path="a.py", line=each.best.line,
            touchpoints=(each.id,),
        )
        for each in found
    )  # fmt: skip
    chart = Chart(ways_of(graph_of(seams + 1, calls), [1]), {"a.py": sites_of(seams + 1)}, Index(found))
    requirement = msgspec.structs.replace(packet.requirements[0], evidence=(), exceptions=(found[-1].id,))
    return seam_web(chart, msgspec.structs.replace(packet, seams=shown, requirements=(requirement,)))


def test_what_requirements_rest_on_comes_first_and_the_rest_is_counted(packet: Packet) -> None:
    web = by_hand(packet, MOST_SEAMS + 5, [(1, at) for at in range(2, MOST_SEAMS + 7)])

    seams = [each for each in web.nodes if each.role == "seam"]
    assert len(seams) == MOST_SEAMS
    assert seams[0].name == f"f{MOST_SEAMS + 6}"
    assert web.left_out == (("model_call", 5),)


def asked_about(packet: Packet, places: Sequence[str]) -> Packet:
    """A packet whose section on doors asks about these places."""
    passages = Passages(("model_call",), tuple(places), (), ())
    return msgspec.structs.replace(packet, graph=SeamGraph(passages=passages))


def shown(seam: Seam, packet: Packet, **more: object) -> PacketSeam:
    """A seam as a packet has it."""
    return msgspec.structs.replace(
        packet.seams[0], id=seam.id, kind=seam.kind, name=seam.name, path=seam.best.path, line=seam.best.line,
        surface=seam.surface, touchpoints=tuple(each.id for each in seam.touchpoints), **more,
    )  # fmt: skip


def told(packet: Packet, place: Touchpoint) -> PacketTouchpoint:
    """A place as a packet has it."""
    return msgspec.structs.replace(
        packet.touchpoints[0], id=place.id, kind=place.kind, path=place.path, line=place.line, symbol=place.symbol
    )


def of_seams(packet: Packet, seams: Sequence[Seam], chart: Chart, asked: Sequence[str] = ()) -> SeamWeb:
    """The picture of these seams."""
    made = msgspec.structs.replace(
        asked_about(packet, asked),
        seams=tuple(shown(each, packet) for each in seams),
        touchpoints=tuple(told(packet, place) for each in seams for place in each.touchpoints),
        requirements=(),
    )
    return seam_web(chart, made)


def test_what_the_sections_on_ways_ask_about_comes_first_and_what_stands_beside_the_agent_last(packet: Packet) -> None:
    count = MOST_SEAMS + 5
    aside = [msgspec.structs.replace(seam_in(at), surface="evaluation", aside=True) for at in range(2, 12)]
    seams = [*aside, *(seam_in(at) for at in range(12, count + 2))]
    graph = graph_of(count + 1, [(1, at) for at in range(2, count + 2)])
    ways = Ways(graph, [place_in(1, "command_entry")], (), lambda path: "core", {"evaluation"})
    chart = Chart(ways, {"a.py": sites_of(count + 1)}, Index(seams))

    web = of_seams(packet, seams, chart, [seams[-1].id, seams[0].id])

    names = [each.name for each in web.nodes if each.role == "seam"]
    assert names[:2] == [seams[-1].name, seams[0].name]
    assert names[2:] == [each.name for each in (*seams[10:-1], *seams[1:5])][: MOST_SEAMS - 2]
    assert web.left_out == (("model_call", 5),)


def test_each_function_that_is_asked_about_has_a_box_even_where_they_are_one_seam(packet: Packet) -> None:
    seam = Seam("model_call-2", "model_call", "f2", (place_in(2), place_in(3), place_in(4)), "core")
    chart = Chart(ways_of(graph_of(4, [(1, 2), (1, 3), (1, 4)]), [1]), {"a.py": sites_of(4)}, Index([seam]))

    web = of_seams(packet, [seam], chart, ["model_call-2", "model_call-4"])

    found = [(each.name, each.seam, each.anchors) for each in web.nodes if each.role == "seam"]
    assert found == [("f2", "model_call-2", ("model_call-2",)), ("f4", "model_call-2", ("model_call-4",))]


def test_a_way_ends_where_it_first_comes_to_the_function_of_its_seam(packet: Packet) -> None:
    # It is called after a use that is surer than the definition behind it.
    use, definition = place_in(2, role=Role.USE), place_in(3)
    seam = Seam(use.id, "model_call", "f2", (use, definition), "core")
    chart = Chart(ways_of(graph_of(3, [(1, 2), (2, 3)]), [1]), {"a.py": sites_of(3)}, Index([seam]))

    web = of_seams(packet, [seam], chart)

    assert [each.way for each in web.nodes if each.role == "seam"] == [("f1", "f2")]


def test_seams_that_differ_only_by_their_lines_are_one_box_that_leads_to_the_first(packet: Packet) -> None:
    places = [msgspec.structs.replace(place_in(2), id=name, line=line) for name, line in (("one", 2), ("other", 3))]
    seams = [Seam(each.id, each.kind, each.symbol, (each,), "core") for each in (*places, place_in(3))]
    chart = Chart(ways_of(graph_of(3, [(1, 2), (1, 3)]), [1]), {"a.py": sites_of(3)}, Index(seams))

    web = of_seams(packet, seams, chart)

    found = [(each.name, each.line, each.anchors) for each in web.nodes if each.role == "seam"]
    assert found == [("f2", 2, ("one", "other")), ("f3", 3, ("model_call-3",))]
    assert web.left_out == ()


def test_functions_of_one_name_in_several_files_are_told_with_their_file() -> None:
    def node(path: str, symbol: str, kind: NodeKind = "function") -> Node:
        return Node(path, kind, symbol, 1, 9, -1)

    nodes = [
        node("cli.py", "main"), node("a/run.py", "main"), node("b/run.py", "main"), node("cli.py", "once"),
        node("a/run.py", "", "module"), node("b/run.py", "", "module"), node("cli.py", "", "module"),
    ]  # fmt: skip

    names = names_of(nodes, range(len(nodes)))

    assert list(names.values()) == [
        "cli.py:main", "a/run.py:main", "b/run.py:main", "once", "a/run.py", "b/run.py", "cli.py",
    ]  # fmt: skip


def test_a_way_shows_at_most_three_functions_that_say_no_more_than_that_ways_part(packet: Packet) -> None:
    web = by_hand(packet, 10, [(at, at + 1) for at in range(1, 11)])

    names = {each.id: each for each in web.nodes}
    into = {each.target: each.source for each in web.edges}
    deepest = next(each for each in web.nodes if each.name == "f11" and each.role == "seam")
    between, at = 0, into[deepest.id]
    while names[at].role != "surface":
        between, at = between + 1, into[at]
    assert between <= 3
    assert deepest.way == tuple(f"f{at}" for at in range(1, 12))


def test_a_chain_of_many_thousand_calls_is_told_without_recursion(packet: Packet) -> None:
    size = 5_000
    web = by_hand(packet, size, [(at, at + 1) for at in range(1, size + 1)])

    assert sum(each.role == "seam" for each in web.nodes) == MOST_SEAMS


def test_a_packet_whose_seams_stand_in_no_code_has_no_picture(packet: Packet) -> None:
    chart = Chart(ways_of(graph_of(1, [])), {"a.py": sites_of(1)}, Index(()))

    assert seam_web(chart, packet) == SeamWeb()
