"""`scanner graph` shows the ways of calls between what a user names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import Shell
from conftest import Repo

from scanner.errors import UsageError
from scanner.making import chart_of
from scanner.routepages import Pages, drawn
from scanner.routes import Answer, Routes


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def agent(repo: Repo) -> Repo:
    """Two ways from `main` to a send, one through `near`, one through `far` and `further`; and one beside."""
    repo.write(
        "agent.py",
        """
        import acme

        class Agent:
            def send(self):
                return acme.completion(prompt="x")

        def near(agent: Agent):
            return agent.send()

        def far(agent: Agent):
            return further(agent)

        def further(agent: Agent):
            return agent.send()

        def main():
            agent = Agent()
            near(agent)
            far(agent)

        def lonely():
            return 1
        """,
    )
    return repo


def routes_of(repo: Repo, guesses: bool = False) -> Routes:
    found = repo.scan()
    return Routes(found, chart_of(found), guesses)


def ways(routes: Routes, answer: Answer) -> list[str]:
    return [" > ".join(routes.graph.nodes[leg.node].label for leg in route.legs) for route in answer.routes]


def between(routes: Routes, start: str, goal: str, limit: int = 20) -> list[str]:
    return ways(routes, routes.between(routes.start(start), routes.goal(goal), limit))


def test_the_shortest_way_comes_first_and_the_next_passes_by_its_inner_functions(agent: Repo) -> None:
    assert between(routes_of(agent), "main", "Agent.send") == [
        "main > near > Agent.send",
        "main > far > further > Agent.send",
    ]


def test_a_way_of_one_call_does_not_hide_the_longer_ones(repo: Repo) -> None:
    repo.write("a.py", "def end():\n    pass\n\ndef step():\n    end()\n\ndef begin():\n    end()\n    step()\n")

    assert between(routes_of(repo), "begin", "end") == ["begin > end", "begin > step > end"]


def test_no_more_than_three_ways_are_told_to_one_goal(repo: Repo) -> None:
    steps = "".join(f"def step{at}():\n    end()\n\n" for at in range(6))
    calls = "".join(f"    step{at}()\n" for at in range(6))
    repo.write("a.py", f"def end():\n    pass\n\n{steps}def begin():\n{calls}")

    assert between(routes_of(repo), "begin", "end", 0) == [f"begin > step{at} > end" for at in range(3)]


def test_the_limit_tells_a_first_way_to_each_goal_before_a_second_to_any(repo: Repo) -> None:
    repo.write(
        "a.py",
        """
        def one(): pass
        def two(): pass
        def left(): one(); two()
        def right(): one(); two()
        def begin(): left(); right()
        """,
    )
    repo.write("b.py", "def unused(): pass\n")
    routes = routes_of(repo)
    goal = routes.goal("a.py")

    told = routes.between(routes.start("begin"), goal, 3)

    assert len(told.routes) == 3
    assert told.left_out == 2
    assert len({route.goal for route in told.routes}) == 3


@pytest.mark.parametrize(
    ("asked", "what", "labels"),
    [
        ("Agent.send", "symbol", ["Agent.send"]),
        ("send", "symbol", ["Agent.send"]),
        ("agent.py:Agent.send", "symbol", ["Agent.send"]),
        ("Agent", "symbol", ["Agent", "Agent.send"]),
        ("model_call", "kind", ["Agent.send"]),
        ("model call", "kind", ["Agent.send"]),
        ("kind:model-call", "kind", ["Agent.send"]),
        ("calls-a-model", "rule", ["Agent.send"]),
        ("approval_gate", "kind", []),
        ("agent.py", "file", ["agent.py", "Agent", "Agent.send", "near", "far", "further", "main", "lonely"]),
    ],
)
def test_an_end_is_a_symbol_a_kind_a_rule_or_a_file(agent: Repo, asked: str, what: str, labels: list[str]) -> None:
    routes = routes_of(agent)

    end = routes.goal(asked)

    assert (end.what, [routes.graph.nodes[node].label for node in end.nodes]) == (what, labels)


def test_a_whole_symbol_goes_before_the_last_part_of_another(repo: Repo) -> None:
    repo.write("a.py", "class Agent:\n    def run(self): pass\n\ndef run(): pass\n")
    routes = routes_of(repo)

    assert [routes.graph.nodes[node].label for node in routes.start("run").nodes] == ["run"]


def test_a_path_may_be_told_by_its_last_parts(repo: Repo) -> None:
    repo.write("src/deep/a.py", "def run(): pass\n")
    routes = routes_of(repo)

    assert routes.start("deep/a.py:run").nodes == routes.start("src/deep/a.py:run").nodes
    assert routes.start("deep/a.py").nodes == routes.start("./src/deep/a.py").nodes


def test_what_nothing_is_called_gives_close_matches(agent: Repo) -> None:
    with pytest.raises(UsageError, match=r"nothing in the graph is called `furthr`; did you mean `further`\?"):
        routes_of(agent).start("furthr")
    with pytest.raises(UsageError, match="write a symbol, a file, a surface, or a kind of seam"):
        routes_of(agent).goal("?")


def test_from_alone_tells_calls_and_the_seams_within_reach(agent: Repo) -> None:
    routes = routes_of(agent)

    around = routes.around(routes.start("main"), 2)

    assert len(around.edges) == 2
    assert around.left_out > 0
    assert around.kinds == (("model_call", 1),)


def test_text_says_for_each_call_where_it_is_and_how_it_was_found(agent: Repo) -> None:
    found = agent.scan()
    chart = chart_of(found)
    routes = Routes(found, chart, guesses=False)

    text = Pages(found, chart, routes, guesses=False).ways_text(
        routes.between(routes.start("near"), routes.goal("Agent.send"), 20)
    )

    assert text == (
        "1 way to 1 function, from symbol near to symbol Agent.send\n\n"
        "Agent.send  agent.py:4\n"
        "  1. 1 call\n"
        "     agent.py:8  near        method, high\n"
        "     agent.py:4  Agent.send\n"
    )


def test_long_names_and_paths_stay_within_a_hundred_columns(repo: Repo) -> None:
    name = "a_function_with_a_name_that_goes_on_and_on_until_nobody_wants_to_read_it_any_more"
    repo.write(f"{'folder/' * 20}a.py", f"def end_of_{name}():\n    pass\n\ndef {name}():\n    end_of_{name}()\n")
    found = repo.scan()
    chart = chart_of(found)
    routes = Routes(found, chart, guesses=False)
    answer = routes.between(routes.start("a.py"), routes.goal(f"end_of_{name}"), 20)

    text = Pages(found, chart, routes, guesses=False).ways_text(answer)

    assert max(map(len, text.splitlines()[1:])) <= 100
    assert answer.routes


def test_hostile_names_stay_in_their_boxes(repo: Repo) -> None:
    repo.write('a"]-->b;%%{init}%%`.py', "def end(): pass\n\ndef begin(): end()\n")
    found = repo.scan()
    chart = chart_of(found)
    routes = Routes(found, chart, guesses=False)
    drawing = Pages(found, chart, routes, guesses=False).ways_drawn(
        routes.between(routes.start("begin"), routes.goal("end"), 20)
    )

    assert drawn(drawing, "mermaid").decode().splitlines() == [
        "flowchart LR",
        '  subgraph g1["a#34;#93;#45;#45;#62;b#59;#37;#37;#123;init#125;#37;#37;#96;#46;py"]',
        '    n0(["begin"])',
        '    n1{{"#101;nd"}}',
        "  end",
        '  n0 -->|"direct"| n1',
        "  classDef door stroke-width:3px",
        "  class n1 door",
    ]
    assert '[label="a\\"]-->b;' in drawn(drawing, "dot").decode().replace("{ label=", "[label=")


def data(shell: Shell, *words: str) -> dict[str, Any]:
    done = shell.run("graph", *words, "--format", "json")
    assert done.code == 0, done.err
    made: dict[str, Any] = json.loads(done.out)
    return made


def test_to_alone_begins_at_the_entry_points(shell: Shell) -> None:
    made = data(shell, "--repo", str(shell.sample()), "--to", "model_call")

    assert made["from"] is None
    assert {path["goal"]["symbol"] for path in made["paths"]} == {"Agent._send", "title_of"}
    assert {hop["symbol"] for path in made["paths"] for hop in path["hops"][:1]} == {"main"}
    last = made["paths"][0]["hops"][-1]
    assert (last["call_line"], last["how"], last["confidence"]) == (None, None, None)
    assert made["unreached"] == []


def test_no_way_is_a_sentence_and_an_empty_list(shell: Shell) -> None:
    sample = str(shell.sample())

    done = shell.run("graph", "--repo", sample, "--from", "title_of", "--to", "Agent.run")

    assert done.code == 0
    assert done.out.startswith("no way leads from symbol title_of to symbol Agent.run\n")
    assert data(shell, "--repo", sample, "--from", "title_of", "--to", "Agent.run")["paths"] == []


def test_an_unknown_name_is_one_line_and_a_usage_error(shell: Shell) -> None:
    said = shell.fails("graph", "--repo", shell.sample(), "--to", "title_off", code=2)

    assert said == "nothing in the graph is called `title_off`; did you mean `title_of`?"


def test_the_whole_graph_has_nodes_edges_and_entry_points(shell: Shell) -> None:
    made = data(shell, "--repo", str(shell.sample()))
    nodes = made["nodes"]

    assert {edge["how"] for edge in made["edges"]} <= {"direct", "imported", "method", "registry", "dynamic"}
    assert {edge["confidence"] for edge in made["edges"]} == {"high", "medium"}
    assert all(nodes[edge["source"]]["path"] for edge in made["edges"])
    assert {nodes[entry["node"]]["symbol"] for entry in made["entries"]} >= {"main"}
    assert set(made["unresolved"][0] if made["unresolved"] else ()) <= {"node", "target", "line", "candidates"}
    guessed = data(shell, "--repo", str(shell.here / "errand"), "--guesses")
    assert len(guessed["edges"]) > len(made["edges"])


def test_neither_end_gives_a_summary_in_text_and_the_seam_map_in_mermaid(shell: Shell) -> None:
    sample = shell.sample()

    text = shell.run("graph", "--repo", sample).out
    drawing = shell.run("graph", "--repo", sample, "--format", "mermaid").out

    assert "\nentry points\n" in text
    assert "chokepoints: 2 for 2 functions (model_call)\n" in text
    assert drawing.startswith("flowchart LR\n")
    assert '{{"title_of"}}' in drawing


def test_a_file_is_written_whole_and_never_over_somebodys_work(shell: Shell) -> None:
    sample = shell.sample()
    shell.write("notes.dot", "mine")

    said = shell.fails("graph", "--repo", sample, "--format", "dot", "-o", "notes.dot", code=2)
    done = shell.run("graph", "--repo", sample, "--format", "dot", "-o", "notes.dot", "--force")

    assert "use --force to replace it" in said
    assert (done.code, done.out) == (0, "")
    assert (shell.here / "notes.dot").read_text().startswith("digraph seams {\n")


def test_the_same_repository_gives_the_same_bytes(shell: Shell) -> None:
    sample = shell.sample()

    first, second = (
        [shell.run("graph", "--repo", sample, "--to", "model_call", "--format", form).out for form in ("dot", "json")]
        for _ in range(2)
    )

    assert first == second
