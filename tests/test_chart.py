"""What a repository's graph answers as a whole: verdicts, arrivals, neighbours, fields, names of functions, the map."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from asked import Asked, ask, graph_of, place_in, seam_in, sites_of, ways_of
from conftest import Repo
from madeup import pack_of, requirement

from scanner.chart import Chart
from scanner.charted import seam_graph, with_functions
from scanner.counting import Index
from scanner.graphpacket import SeamGraph
from scanner.packs import Chokepoints, Condition, Every, Gated, Has, Negated
from scanner.seams import Seam
from scanner.ways import Ways

AGENT = '''
import subprocess
from openai import OpenAI

client = OpenAI()

def send(messages, session_id):
    return client.chat.completions.create(model="m", messages=messages, user=session_id)

def summarize(text):
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

def main(session_id):
    send([], session_id)
    summarize("all")
    execute_tool_call("shell", "ls")

if __name__ == "__main__":
    main("a")
'''


@pytest.fixture
def asked(repo: Repo) -> Asked:
    return ask(repo, {"agent.py": AGENT})


def made(size: int, calls: list[tuple[int, int]], *starts: int) -> Chart:
    """A chart of a graph made by hand."""
    return Chart(ways_of(graph_of(size, calls), starts), {"a.py": sites_of(size)}, Index(()))


def seam_of(asked: Asked, label: str) -> Seam:
    """A seam that is a function or class."""
    number = asked.node(label)
    node = asked.ways.nodes[number]
    report = next(each for each in asked.scan.reports if each.path == node.path)
    start = report.sites.nodes[number - asked.ways.graph.files[node.path]].start
    place = msgspec.structs.replace(place_in(1), path=node.path, line=node.line, symbol=node.symbol, start=start)
    return msgspec.structs.replace(seam_in(1), touchpoints=(place,))


def ids(asked: Asked) -> list[str]:
    """The id of every function, in order of place."""
    return [asked.chart.function(number).id for number in range(len(asked.ways.nodes))]


def told(asked: Asked, *conditions: Condition) -> SeamGraph:
    """What a packet says whose pack asks for these."""
    pack = pack_of(requirement(Every((Has(("model_call",)), *conditions))))
    return with_functions(seam_graph(asked.chart, pack, asked.scan.seams), asked.chart, ())


def test_one_verdict_is_given_a_function_however_often_it_acts(repo: Repo) -> None:
    twice = AGENT.replace("shell=True)\n", "shell=True) or subprocess.run(command, shell=True)\n")

    assert ask(repo, {"agent.py": twice}).verdicts() == {"execute_command": "covered"}


def test_gates_are_those_that_are_asked_for(asked: Asked) -> None:
    effects = asked.seams("side_effect")

    assert [each.verdict for each in asked.chart.coverage(effects, ("approval-check",))] == ["covered"]
    assert [each.verdict for each in asked.chart.coverage(effects, ("retry_policy",))] == ["uncovered"]


def test_without_a_dispatcher_effects_are_asked_about_from_entry_points_on(repo: Repo) -> None:
    dispatcher = AGENT[AGENT.index("def execute_tool_call") : AGENT.index("def main")]
    source = AGENT.replace(dispatcher, "").replace("execute_tool_call(", "print(execute_command, ")

    assert ask(repo, {"agent.py": source + "\n    execute_command(input())\n"}).verdicts() == {
        "execute_command": "uncovered"
    }


def test_arrivals_come_one_a_function_in_order_of_place(asked: Asked) -> None:
    found = asked.chart.arrivals(asked.seams("sdk-shaped-request"), ("session",))

    assert [(each.place.symbol, each.level) for each in found] == [("send", "attached"), ("summarize", "absent")]


def test_the_ways_to_the_same_seams_are_worked_out_once(asked: Asked) -> None:
    seams = asked.seams("sdk-shaped-request")

    assert asked.chart.passage(seams) is asked.chart.passage(seams)


@pytest.mark.parametrize(("at", "is_near"), [(1, True), (2, True), (3, True), (5, True), (6, False), (7, False)])
def test_near_is_up_to_two_calls_away_in_either_direction(at: int, is_near: bool) -> None:
    place = place_in(3)

    found = made(7, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]).near([place], [place_in(at, "run_identity")])

    assert found == (frozenset({place.id}) if is_near else frozenset())


def test_another_function_of_the_same_caller_is_not_near() -> None:
    assert made(3, [(1, 2), (1, 3)]).near([place_in(2)], [place_in(3, "run_identity")]) == frozenset()


def test_what_the_graph_does_not_know_is_near_nothing() -> None:
    elsewhere = msgspec.structs.replace(place_in(1), path="other.py")

    assert made(2, [(1, 2)]).near([elsewhere], [elsewhere]) == frozenset()


FIELDS = (("model", ("model",)), ("cost", ("cost",)), ("outcome", ("{outcome, success}",)))


def test_fields_are_those_of_a_record_and_of_what_is_called_to_build_it(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "agent.py": """
            def record_usage(usage, which):
                store.append({"session_id": 1, "model_name": which, **row(usage)})

            def row(usage):
                return {"input_tokens": usage.prompt_tokens, "cost_usd": price(usage)}

            def price(usage):
                return far({"outcome": 1})["deep"]

            def far(x):
                return {"success": 1}
            """
        },
    )

    found = asked.chart.carried([seam_of(asked, "record_usage")], FIELDS)

    assert in_names(found) == {"model": ("model_name",), "cost": ("cost_usd",), "outcome": ("outcome",)}


def in_names(found: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[str, ...]]:
    """Fields with the names that they have."""
    return {field: tuple(names) for field, names in found.items()}


def test_fields_are_those_of_a_type(repo: Repo) -> None:
    asked = ask(repo, {"agent.ts": "export interface UsageRecord {\n  model: string;\n  success: boolean;\n}\n"})

    found = asked.chart.carried([seam_of(asked, "UsageRecord")], FIELDS)

    assert in_names(found) == {"model": ("model",), "cost": (), "outcome": ("success",)}


def test_records_that_build_each_other_have_their_fields(repo: Repo) -> None:
    source = 'def a(x):\n    return {"model": b(x)}\n\ndef b(x):\n    return {"cost": a(x)}\n'
    asked = ask(repo, {"agent.py": source})

    found = asked.chart.carried([seam_of(asked, "a")], FIELDS)

    assert in_names(found) == {"model": ("model",), "cost": ("cost",), "outcome": ()}


def test_the_id_of_a_function_survives_moved_lines(repo: Repo) -> None:
    before = ids(ask(repo, {"agent.py": AGENT}))
    after = ids(ask(repo, {"agent.py": "# a comment\n\n\n" + AGENT.replace("def send", "\n\ndef send")}))

    assert before == after


def test_functions_of_one_name_have_ids_of_their_own(repo: Repo) -> None:
    source = "def a(x):\n    return 1\n\ndef a(x):\n    return map(lambda y: y, map(lambda z: z, x))\n"
    asked = ask(repo, {"agent.py": source, "other.py": source})

    assert len(set(ids(asked))) == len(asked.ways.nodes)


def test_a_function_is_found_by_the_id_that_was_given_out(asked: Asked) -> None:
    given = asked.chart.function(asked.node("send"))

    assert (given.path, given.line, given.symbol) == ("agent.py", 6, "send")
    assert asked.chart.function_of(given.id) == given
    assert asked.chart.function_of("0" * 16) is None


def test_ten_thousand_functions_of_one_file_have_ten_thousand_ids() -> None:
    size = 10_000
    chart = made(size, [])

    assert len({chart.function(number).id for number in range(size + 1)}) == size + 1


def test_a_packet_tells_of_model_calls_and_side_effects_where_its_pack_asks_for_nothing_else(asked: Asked) -> None:
    found = told(asked)

    assert found.passages is not None
    assert found.passages.of == ("model_call",)
    assert found.gates is not None
    assert found.gates.counts == (1, 0, 0, 0)
    assert found.size.functions == 6


def test_a_packet_tells_of_what_its_pack_asks_for_however_deep(asked: Asked) -> None:
    asks = Negated(Every((Chokepoints(("side_effect",), 1), Gated(("side_effect",), ("retry_policy",)))), "w")

    found = told(asked, asks)

    assert found.passages is not None
    assert found.passages.of == ("side_effect",)
    assert found.gates is not None
    assert found.gates.counts == (0, 0, 1, 0)


def test_every_function_on_a_way_is_named_in_order_of_place(asked: Asked) -> None:
    found = told(asked)

    assert found.passages is not None
    assert found.gates is not None
    steps = [step for each in found.passages.passed_by for step in each.way]
    steps += [step for each in found.gates.effects for step in each.way]
    assert steps
    named = {function.id for function in found.functions}
    assert named >= {step.function for step in steps} | {door.function for door in found.passages.doors}
    assert [each.line for each in found.functions] == sorted(each.line for each in found.functions)


def test_a_function_that_only_a_text_names_is_there_too(asked: Asked) -> None:
    bare = seam_graph(asked.chart, pack_of(requirement(Has(("model_call",)))), asked.scan.seams)
    cited = asked.chart.function(asked.node("check_command_approval"))

    assert cited not in with_functions(bare, asked.chart, ()).functions
    assert cited in with_functions(bare, asked.chart, (cited.id, "no such id")).functions


def test_without_a_place_there_is_no_passage_and_no_map(repo: Repo) -> None:
    found = told(ask(repo, {"agent.py": "def f():\n    return 1\n"}))

    assert (found.passages, found.gates, found.map.nodes) == (None, None, ())


def wide(doors: int, each: int) -> SeamGraph:
    """What is told of so many doors, each before so many model calls."""
    calls: list[tuple[int, int]] = []
    seams: list[Seam] = []
    at = 2
    for _ in range(doors):
        calls.append((1, at))
        calls += [(at, at + place) for place in range(1, each + 1)]
        seams += [seam_in(at + place) for place in range(1, each + 1)]
        at += each + 1
    chart = Chart(ways_of(graph_of(at, calls), [1]), {"a.py": sites_of(at)}, Index(seams))
    return seam_graph(chart, pack_of(requirement(Has(("model_call",)))), seams)


@pytest.mark.parametrize(("doors", "each"), [(1, 2), (1, 40), (7, 3), (9, 4), (40, 2)])
def test_the_map_has_at_most_twenty_five_nodes_and_its_edges_join_them(doors: int, each: int) -> None:
    found = wide(doors, each).map

    known = [node.id for node in found.nodes]
    assert len(known) == len(set(known)) <= 25
    assert {end for edge in found.edges for end in (edge.source, edge.target)} <= set(known)


def test_what_the_map_leaves_out_is_counted() -> None:
    found = wide(9, 4).map

    shown = sum(node.role == "seam" for node in found.nodes)
    assert (found.nodes[-1].role, found.nodes[-1].label) == ("more", f"{9 * 4 - shown} more")


def test_the_map_leads_from_surfaces_over_doors_to_seams() -> None:
    found = wide(1, 2).map

    assert [(node.label, node.role) for node in found.nodes] == [
        ("command line", "surface"),
        ("f2", "door"),
        ("f3", "seam"),
        ("f4", "seam"),
    ]
    assert [(edge.source, edge.target) for edge in found.edges] == [("s0", "d0"), ("d0", "p2"), ("d0", "p3")]


def test_a_map_whose_seam_is_its_door_shows_it_once() -> None:
    found = wide(1, 1).map

    assert [node.role for node in found.nodes] == ["surface", "door"]


def test_the_same_repository_gives_the_same_answers(repo: Repo) -> None:
    first, second = (told(ask(repo, {"agent.py": AGENT})) for _ in range(2))

    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_a_chart_of_fifty_thousand_functions_in_a_ring_is_told_without_recursion() -> None:
    size = 50_000
    graph = graph_of(size, [(at, at + 1) for at in range(1, size)] + [(size, 2)])
    seams = [seam_in(size), seam_in(size // 2)]
    ways = Ways(graph, [place_in(1, "command_entry")], (), lambda path: "core")
    chart = Chart(ways, {"a.py": sites_of(size)}, Index(seams))

    found = seam_graph(chart, pack_of(requirement(Has(("model_call",)))), seams)

    assert found.passages is not None
    assert [len(door.holds) for door in found.passages.doors] == [2]
