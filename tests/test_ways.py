"""Where runs start, and by which calls they get to a function."""

from __future__ import annotations

from asked import ask, graph_of, ways_of
from conftest import Repo

from scanner.graph import Edge, Graph
from scanner.touchpoints import Confidence
from scanner.ways import Hop, Ways

AGENT = """
from openai import OpenAI
from fastapi import FastAPI
from apscheduler.schedulers.background import BackgroundScheduler

client = OpenAI()
app = FastAPI()

def send(messages):
    return client.chat.completions.create(model="m", messages=messages)

def turn(text):
    return send([text])

@app.post("/turn")
def route(text):
    return turn(text)

def tick():
    return turn("tick")

def forgotten(text):
    return send([text])

def serve():
    scheduler = BackgroundScheduler()
    scheduler.add_job(tick, "interval")
"""
COMMAND = """
from agent import serve, turn

def main():
    serve()
    turn(input())

if __name__ == "__main__":
    main()
"""


def test_a_run_starts_at_a_command_a_route_and_a_job_each_on_its_own_surface(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": AGENT, "run.py": COMMAND})

    assert asked.entries() == {
        ("main", "command line", "command_entry"),
        ("run.py", "command line", "command_entry"),
        ("route", "gateway and server", "request_entry"),
        ("tick", "scheduler", "schedule_entry"),
    }


def test_the_path_of_a_file_says_more_of_its_surface_than_the_kind_of_entry(repo: Repo) -> None:
    asked = ask(repo, {"gateway/routes.py": AGENT})

    assert ("tick", "gateway and server", "schedule_entry") in asked.entries()


def test_a_function_has_the_surfaces_of_all_entry_points_that_reach_it(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": AGENT, "run.py": COMMAND})

    assert asked.ways.surfaces_of(asked.node("send")) == ("command line", "gateway and server", "scheduler")
    assert asked.ways.surfaces_of(asked.node("route")) == ("gateway and server",)
    assert asked.ways.surfaces_of(asked.node("forgotten")) == ()


def test_what_nothing_is_known_to_call_counts_as_a_start_of_its_own(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": AGENT})

    assert asked.starts_for("send") == {
        ("route", "request_entry"),
        ("tick", "schedule_entry"),
        ("serve", "no caller"),
        ("forgotten", "no caller"),
    }


def test_a_registration_starts_what_it_hands_over_and_not_the_function_around_it(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "src/server.ts": """
            import express from "express";

            const app = express();
            async function handleTurn(req: Request, res: Response) {
              res.json({});
            }
            app.post("/turn", handleTurn);
            app.get("/other", async (req, res) => {
              res.json({});
            });
            """
        },
    )

    assert asked.entries() == {
        ("handleTurn", "gateway and server", "request_entry"),
        ("server.ts:8", "gateway and server", "request_entry"),
    }


def test_a_main_function_starts_runs_in_go_and_rust(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "go.mod": "module example.org/agent\n",
            "main.go": "package main\n\nfunc run() {}\n\nfunc main() {\n\trun()\n}\n",
            "Cargo.toml": '[package]\nname = "agent"\n',
            "src/main.rs": "fn go() {}\n\nfn main() {\n    go();\n}\n",
        },
    )

    assert {(label, kind) for label, _, kind in asked.entries()} == {("main", "command_entry")}
    assert len(asked.ways.entries) == 2


def test_what_a_package_hands_on_is_started_by_its_users_unless_something_here_calls_it(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "pyproject.toml": '[project]\nname = "kit"\n',
            "kit/__init__.py": 'from kit.agent import Agent, helper, inner\n__all__ = ["Agent", "helper", "inner"]\n',
            "kit/agent.py": """
            class Agent:
                def run(self, messages):
                    return messages

            def helper():
                return inner()

            def inner():
                return 3

            def hidden():
                return 4
            """,
        },
    )

    assert asked.entries() == {("Agent.run", "library", "export"), ("helper", "library", "export")}


def test_a_test_starts_no_run(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "agent.py": "def turn():\n    return 1\n",
            "tests/test_agent.py": "from agent import turn\n\ndef test_turn():\n    assert turn() == 1\n\n"
            'if __name__ == "__main__":\n    test_turn()\n',
        },
    )

    assert asked.entries() == set()


def test_a_circle_that_nothing_else_calls_starts_at_its_first_function() -> None:
    ways = ways_of(graph_of(4, [(2, 3), (3, 2), (3, 4)]))

    assert [(each.node, each.kind) for each in ways.starts_for({4})] == [(2, "no caller")]


def test_a_circle_that_an_entry_point_reaches_starts_there() -> None:
    ways = ways_of(graph_of(4, [(1, 2), (2, 3), (3, 2), (3, 4)]), [1])

    assert [each.node for each in ways.starts_for({4})] == [1]


def test_what_a_circle_leads_to_is_no_start_of_its_own() -> None:
    ways = ways_of(graph_of(5, [(4, 5), (5, 4), (4, 1), (1, 2), (2, 1), (2, 3)]))

    assert [each.node for each in ways.starts_for({3})] == [4]


def test_a_function_that_only_calls_itself_has_no_caller() -> None:
    ways = ways_of(graph_of(2, [(1, 1), (1, 2)]))

    assert [(each.node, each.kind) for each in ways.starts_for({2})] == [(1, "no caller")]


def test_two_thousand_circles_over_one_chain_are_walked_once() -> None:
    """Each circle leads into the same long chain, which must not be walked again for each."""
    chain, circles = 20_000, 2_000
    first = chain + 1
    calls = [(at, at + 1) for at in range(1, chain)]
    for at in range(first, first + 2 * circles, 2):
        calls += [(at, at + 1), (at + 1, at), (at, 1)]
    ways = ways_of(graph_of(chain + 2 * circles, calls))

    starts = ways.starts_for({chain})

    assert [each.node for each in starts] == list(range(first, first + 2 * circles, 2))


def test_a_way_is_a_shortest_one_and_tells_the_line_of_each_call() -> None:
    ways = ways_of(graph_of(5, [(1, 2), (2, 3), (3, 5), (1, 4), (4, 5)]), [1])

    assert ways.ways([1], {5}) == {5: (Hop(1, 1), Hop(4, 4), Hop(5, 5))}
    assert ways.ways([1], {5}, without={4}) == {5: (Hop(1, 1), Hop(2, 2), Hop(3, 3), Hop(5, 5))}
    assert ways.ways([1], {5}, without={4, 3}) == {}


def test_of_several_calls_between_two_functions_the_surest_is_told() -> None:
    made = graph_of(2, [])
    edges = (Edge(1, 2, "dynamic", Confidence.MEDIUM, 12, 7), Edge(1, 2, "direct", Confidence.HIGH, 15, 8))
    ways = ways_of(Graph(made.nodes, edges, (), made.files, made.innermost), [1])

    assert ways.hops((1, 2)) == (Hop(1, 8), Hop(2, 2))


def test_a_guess_is_no_way() -> None:
    ways = ways_of(graph_of(2, [(1, 2)], Confidence.LOW), [1])

    assert ways.ways([1], {2}) == {}
    assert ways.surfaces_of(2) == ()


def test_code_beside_the_running_agent_gives_no_surface() -> None:
    graph = graph_of(2, [(1, 2)])
    entries = ways_of(graph, [1]).entries
    ways = Ways(graph, (), (), lambda path: "examples", frozenset({"examples"}))

    assert len(entries) == 1
    assert ways.starts_for({2}) == ()
    assert ways.reached_from == {}


def test_a_chain_of_fifty_thousand_calls_is_walked_without_recursion() -> None:
    size = 50_000
    ways = ways_of(graph_of(size, [(at, at + 1) for at in range(1, size)] + [(size, 1)]), [1])

    (way,) = ways.ways([1], {size}).values()

    assert (len(way), way[0], way[-1]) == (size, Hop(1, 1), Hop(size, size))
    assert ways.surfaces_of(size) == ("command line",)
