"""A gate counts where its decision reaches what acts, and only a person's decision is an approval."""

from __future__ import annotations

import textwrap

import pytest
from asked import WIDTH, Asked, ask, graph_of, place_in, sites_of, ways_of
from conftest import Repo

from scanner.coverage import Covering
from scanner.decisions import Decision
from scanner.gates import Gates
from scanner.guards import Guard, Guards, Spans
from scanner.sites import FileSites
from scanner.touchpoints import Confidence

#: A person is asked, a command is run; what lies between the two is up to each test.
BASE = '''
import subprocess

def confirm_tool(command):
    return input(f"Run {command}? ") == "y"

def check_command_approval(command, action=None):
    return confirm_tool(command)

def execute_command(command):
    """Run a command in the sandbox of the agent."""
    return subprocess.run(command, shell=True)

'''
EARLY = """
def execute_tool_call(tool_name, arguments):
    if not check_command_approval(arguments):
        return "denied"
    return execute_command(arguments)
"""
RAISING = """
class Denied(Exception): ...

def require_command_approval(command):
    if not confirm_tool(command):
        raise Denied(command)

"""


def asked_of(repo: Repo, source: str) -> Asked:
    """What the graph answers of the base with more source below it."""
    return ask(repo, {"agent.py": BASE + source.lstrip("\n")})


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(EARLY, id="it returns early"),
        pytest.param(
            """
            def run_step(arguments):
                return execute_command(arguments)

            def execute_tool_call(tool_name, arguments):
                if check_command_approval(arguments):
                    return run_step(arguments)
                return "denied"
            """,
            id="it is asked one function up, in the dispatcher",
        ),
        pytest.param(
            """
            def execute_tool_call(tool_name, arguments):
                approved = check_command_approval(arguments)
                log.info("approved: %s", approved)
                if approved:
                    return execute_command(arguments)
            """,
            id="its answer is kept in a variable first",
        ),
        pytest.param(
            RAISING
            + """
def execute_tool_call(tool_name, arguments):
    require_command_approval(arguments)
    return execute_command(arguments)
""",
            id="it raises an error",
        ),
        pytest.param(
            """
            def execute_tool_call(tool_name, arguments):
                return check_command_approval(arguments, lambda: execute_command(arguments))
            """,
            id="it is handed the executor as a nameless function",
        ),
        pytest.param(
            """
            def execute_tool_call(tool_name, arguments):
                def act():
                    return execute_command(arguments)
                return check_command_approval(arguments, action=act)
            """,
            id="it is handed the executor by name",
        ),
        pytest.param(
            """
            class ToolApprovalGate:
                def allows(self, command):
                    return confirm_tool(command)

            def execute_tool_call(tool_name, arguments):
                gate = ToolApprovalGate()
                if not gate.allows(arguments):
                    return "denied"
                return execute_command(arguments)
            """,
            id="it is a method of a class that is a gate",
        ),
    ],
)
def test_an_effect_is_covered_by_a_gate_if(repo: Repo, source: str) -> None:
    found = asked_of(repo, textwrap.dedent(source)).coverage()["execute_command"]

    assert (found.verdict, found.conditional) == ("covered", False)
    assert found.gates


HANDED_ON = """
def with_confirmation(command, run):
    if not check_command_approval(command):
        return "denied"
    return run(command)

def execute_tool_call(tool_name, arguments):
    return with_confirmation(arguments, execute_command)
"""


def test_what_a_function_runs_only_after_it_asked_is_covered_where_it_is_handed_over(repo: Repo) -> None:
    assert asked_of(repo, HANDED_ON).verdicts() == {"execute_command": "covered"}


def test_what_a_function_runs_whatever_the_answer_is_not_covered_where_it_is_handed_over(repo: Repo) -> None:
    source = HANDED_ON.replace('        return "denied"', "        log.info(run(command))")

    assert asked_of(repo, source).verdicts() == {"execute_command": "uncovered"}


def test_a_covered_effect_names_its_gate_and_a_way_through(repo: Repo) -> None:
    asked = asked_of(repo, EARLY)

    found = asked.coverage()["execute_command"]

    assert [gate.symbol for gate in found.gates] == ["check_command_approval"]
    assert asked.way(found.way) == "execute_tool_call -> execute_command"


def test_a_gate_whose_answer_is_only_logged_covers_nothing(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    answer = check_command_approval(arguments)
    log.info("answered %s", answer)
    return execute_command(arguments)
""",
    )

    found = asked.coverage()["execute_command"]

    assert (found.verdict, found.gates) == ("uncovered", ())
    assert asked.way(found.way) == "execute_tool_call -> execute_command"


def test_a_refusal_that_is_caught_and_forgotten_covers_nothing(repo: Repo) -> None:
    asked = asked_of(
        repo,
        RAISING
        + """
def execute_tool_call(tool_name, arguments):
    try:
        require_command_approval(arguments)
    except Denied:
        log.info("denied")
    return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "uncovered"}


def test_a_gate_inside_a_branch_covers_on_a_condition(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments, mode):
    if mode != "auto":
        if not check_command_approval(arguments):
            return "denied"
    return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "covered conditional"}


def test_a_raising_gate_inside_a_branch_covers_on_a_condition(repo: Repo) -> None:
    asked = asked_of(
        repo,
        RAISING
        + """
def execute_tool_call(tool_name, arguments, mode):
    if mode != "auto":
        require_command_approval(arguments)
    return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "covered conditional"}


def test_a_list_that_asks_nobody_is_policy(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
DENIED = ("rm", "dd")

def is_command_allowed(command):
    return command.split()[0] not in DENIED

def execute_tool_call(tool_name, arguments):
    if not is_command_allowed(arguments):
        return "denied"
    return execute_command(arguments)
""",
    )

    found = asked.coverage()["execute_command"]

    assert found.verdict == "policy"
    assert [gate.symbol for gate in found.gates] == ["is_command_allowed"]


def test_a_list_in_a_function_that_asks_a_person_elsewhere_stays_policy(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def is_command_allowed(command):
    return command.split()[0] != "rm"

def execute_tool_call(tool_name, arguments):
    if tool_name == "greet":
        check_command_approval(arguments)
    if not is_command_allowed(arguments):
        return "denied"
    return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "policy"}


def test_where_a_list_and_a_person_decide_together_a_person_can_be_asked(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def is_command_allowed(command):
    return command.split()[0] != "rm"

def execute_tool_call(tool_name, arguments):
    if not is_command_allowed(arguments) or not check_command_approval(arguments):
        return "denied"
    return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "covered"}


def test_a_second_dispatcher_that_asks_nobody_is_named(repo: Repo) -> None:
    asked = asked_of(
        repo,
        EARLY
        + """
def run_batch(arguments):
    return execute_command(arguments)

def handle_function_call(function_name, function_args):
    return run_batch(function_args)
""",
    )

    found = asked.coverage()["execute_command"]

    assert (found.verdict, found.gates) == ("uncovered", ())
    assert asked.way(found.way) == "handle_function_call -> run_batch -> execute_command"


def test_what_follows_a_gate_in_a_chain_of_calls_is_not_handed_to_it(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    return check_command_approval(arguments).then(lambda: execute_command(arguments))
""",
    )

    assert asked.verdicts() == {"execute_command": "uncovered"}


def test_an_effect_that_asks_in_its_own_body_is_covered(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "agent.py": '''
            import subprocess

            def check_command_approval(command):
                return input(f"Run command {command}? ") == "y"

            def execute_code(code):
                """Run code."""
                if not check_command_approval(code):
                    return "denied"
                return subprocess.run(code)

            def execute_tool_call(tool_name, arguments):
                return execute_code(arguments)
            '''
        },
    )

    found = asked.coverage()["execute_code"]

    assert (found.verdict, [gate.symbol for gate in found.gates]) == ("covered", ["check_command_approval"])


def test_what_nothing_reaches_is_unknown_and_has_no_way(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    return handlers[tool_name](arguments)
""",
    )

    found = asked.coverage()["execute_command"]

    assert (found.verdict, found.way) == ("unknown", ())


def test_what_only_a_guess_reaches_is_unknown_with_the_way_that_depends_on_it(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments, port):
    return port.launch(arguments)

class Cabin:
    def launch(self, command):
        return execute_command(command)
""",
    )

    found = asked.coverage()["execute_command"]

    assert found.verdict == "unknown"
    assert asked.way(found.way) == "execute_tool_call -> Cabin.launch -> execute_command"


def test_what_only_a_person_starts_is_left_out(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    return handlers[tool_name](arguments)

def main():
    execute_command(input("command: "))

if __name__ == "__main__":
    main()
""",
    )

    assert asked.coverage() == {}


DECORATED = '''
import functools
import subprocess
from agent.gates import needs_approval

@needs_approval
def execute_command(command):
    """Run a command in the sandbox of the agent."""
    return subprocess.run(command, shell=True)
'''
DISPATCHER = """
from agent.shell import execute_command

def execute_tool_call(tool_name, arguments):
    return execute_command(arguments)
"""
ASKING = """
def needs_approval(func):
    def wrapper(command):
        if input(f"Run command {command}? ") != "y":
            return "denied"
        return func(command)
    return wrapper
"""


@pytest.mark.parametrize(
    ("path", "decorator"), [("agent/gates.py", "needs_approval"), ("agent/gates/__init__.py", "needs_approval")]
)
def test_a_decorator_of_the_repository_that_asks_covers_what_it_decorates(
    repo: Repo, path: str, decorator: str
) -> None:
    found = ask(repo, {"agent/__init__.py": "", path: ASKING, "agent/shell.py": DECORATED, "agent/loop.py": DISPATCHER})

    coverage = found.coverage()["execute_command"]

    assert coverage.verdict == "covered"
    assert [gate.symbol for gate in coverage.gates] == [decorator]


def test_a_decorator_that_is_called_covers_too(repo: Repo) -> None:
    asking = (
        "def needs_approval(level):\n    def around(func):\n        def wrapper(command):\n"
        '            if input(f"Run command {command}? ") != "y":\n                return "denied"\n'
        "            return func(command)\n        return wrapper\n    return around\n"
    )
    decorated = DECORATED.replace("@needs_approval", "@needs_approval(level=2)")

    found = ask(
        repo,
        {"agent/__init__.py": "", "agent/gates.py": asking, "agent/shell.py": decorated, "agent/loop.py": DISPATCHER},
    )

    assert found.verdicts() == {"execute_command": "covered"}


def test_a_decorator_that_decides_nothing_covers_nothing(repo: Repo) -> None:
    idle = (
        "def needs_approval(func):\n    def wrapper(command):\n"
        '        input(f"Run command {command}? ")\n        return func(command)\n    return wrapper\n'
    )

    found = ask(
        repo,
        {"agent/__init__.py": "", "agent/gates.py": idle, "agent/shell.py": DECORATED, "agent/loop.py": DISPATCHER},
    )

    assert found.verdicts() == {"execute_command": "uncovered"}


def test_a_decorator_of_another_module_with_the_same_name_covers_nothing(repo: Repo) -> None:
    decorated = DECORATED.replace("from agent.gates import", "from elsewhere import")

    found = ask(
        repo,
        {"agent/__init__.py": "", "agent/gates.py": ASKING, "agent/shell.py": decorated, "agent/loop.py": DISPATCHER},
    )

    assert found.verdicts() == {"execute_command": "uncovered"}


TYPESCRIPT = """
import { execSync } from "child_process";

export async function requestApproval(command: string, session: Session): Promise<boolean> {
  const answer = await session.ask(`Run ${command}?`);
  return answer === "yes";
}

export async function requireToolApproval(toolName: string, command: string, action?: () => string) {
  if (!(await requestApproval(command, session))) {
    throw new Error("denied");
  }
  return action?.();
}

export async function runBash(command: string) {
  return execSync(command);
}

export async function executeToolCall(toolName: string, toolInput: string) {
  BODY
}
"""
RUST = """
use std::process::Command;

fn ask_approval(command: &str, session: &Session) -> bool {
    session.ask(command)
}

fn check_command_approval(command: &str) -> Result<(), Denied> {
    if !ask_approval(command, &SESSION) {
        return Err(Denied);
    }
    Ok(())
}

fn execute_command(command: &str, sandbox: &Sandbox) -> Output {
    Command::new("sh").arg("-c").arg(command).output()
}

fn execute_tool_call(tool_name: &str, arguments: &str) -> Result<Output, Denied> {
    BODY
}
"""
GO = """
package main

import "os/exec"

func askApproval(command string, session *Session) bool {
	return session.Ask(command)
}

func checkCommandApproval(command string) error {
	if !askApproval(command, session) {
		return errDenied
	}
	return nil
}

func executeCommand(command string, sandbox *Sandbox) ([]byte, error) {
	return exec.Command("sh", "-c", command).Output()
}

func executeToolCall(toolName string, arguments string) ([]byte, error) {
	BODY
}
"""


@pytest.mark.parametrize(
    ("path", "source", "body", "verdict"),
    [
        pytest.param(
            "src/agent.ts",
            TYPESCRIPT,
            'if (!(await requestApproval(toolInput, session))) return "denied";\n  return runBash(toolInput);',
            "covered",
            id="an answer that is awaited",
        ),
        pytest.param(
            "src/agent.ts",
            TYPESCRIPT,
            "await requireToolApproval(toolName, toolInput);\n  return runBash(toolInput);",
            "covered",
            id="an error that is thrown",
        ),
        pytest.param(
            "src/agent.ts",
            TYPESCRIPT,
            "return requireToolApproval(toolName, toolInput, () => runBash(toolInput));",
            "covered",
            id="an arrow function handed over",
        ),
        pytest.param(
            "src/agent.ts",
            TYPESCRIPT,
            "return requestApproval(toolInput, session).then(() => runBash(toolInput));",
            "uncovered",
            id="a promise whose answer nobody reads",
        ),
        pytest.param(
            "src/main.rs",
            RUST,
            "check_command_approval(arguments)?;\n    Ok(execute_command(arguments, &SANDBOX))",
            "covered",
            id="a result that is tried",
        ),
        pytest.param(
            "src/main.rs",
            RUST,
            "let _ = check_command_approval(arguments);\n    Ok(execute_command(arguments, &SANDBOX))",
            "uncovered",
            id="a result that is dropped",
        ),
        pytest.param(
            "agent.go",
            GO,
            "if err := checkCommandApproval(arguments); err != nil {\n\t\treturn nil, err\n\t}\n"
            "\treturn executeCommand(arguments, sandbox)",
            "covered",
            id="an error value that is returned",
        ),
        pytest.param(
            "agent.go",
            GO,
            "_ = checkCommandApproval(arguments)\n\treturn executeCommand(arguments, sandbox)",
            "uncovered",
            id="an error value that is dropped",
        ),
    ],
)
def test_gates_of_other_languages_are_held_to_the_same(
    repo: Repo, path: str, source: str, body: str, verdict: str
) -> None:
    asked = ask(repo, {path: source.replace("BODY", body)})

    assert list(asked.verdicts().values()) == [verdict]


def test_a_check_that_says_whether_to_ask_covers_both_arms_under_a_condition(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    if check_tool_needs_approval(tool_name):
        approved = request_approval(tool_name, arguments)
        if not approved:
            return "denied"
        return execute_command(arguments)
    else:
        return execute_command(arguments)

def check_tool_needs_approval(tool_name):
    return tool_name in ("shell", "write")

def request_approval(tool_name, command):
    return input(f"Run tool {tool_name} with this command: {command}?") == "y"
""",
    )

    assert asked.verdicts() == {"execute_command": "covered conditional"}


def test_a_question_that_only_a_condition_asks_is_said_to_be_one(repo: Repo) -> None:
    asked = asked_of(
        repo,
        """
def execute_tool_call(tool_name, arguments):
    approved = True
    if tool_name.startswith("shell"):
        approved = check_command_approval(arguments)
    if approved:
        return execute_command(arguments)
""",
    )

    assert asked.verdicts() == {"execute_command": "covered conditional"}


LOOP = """
def run_agent(client, messages, tools):
    while True:
        response = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)
        tool_calls = response.choices[0].message.tool_calls
        if not tool_calls:
            return response
        for tool_call in tool_calls:
            messages.append(execute_tool_call(tool_call.function.name, tool_call.function.arguments))
"""


def test_steps_that_a_person_wrote_down_are_not_what_a_model_decides(repo: Repo) -> None:
    workflow = """
def execute_step(tools, step):
    tool = tools[step["tool_name"]]
    return tool.execute(step["arguments"])

def shell(arguments):
    return execute_command(arguments)

WORKFLOW_TOOLS = {"shell": Tool(execute=shell)}

if __name__ == "__main__":
    for step in load_steps():
        execute_step(WORKFLOW_TOOLS, step)
"""
    asked = asked_of(repo, EARLY + LOOP + workflow)

    found = asked.coverage()["execute_command"]

    assert found.verdict == "covered"
    assert asked.way(found.way).startswith("run_agent -> execute_tool_call")
    carriers = asked.chart.carriers(asked.seams("side_effect"))
    assert [(asked.ways.label(node), by_model, each.verdict) for node, by_model, (each,) in carriers] == [
        ("run_agent", True, "covered"),
        ("execute_step", False, "uncovered"),
    ]


def test_a_route_that_a_tool_registers_runs_for_who_asks_for_it(repo: Repo) -> None:
    route = """
from aiohttp import web

async def handle_webhook(request):
    return execute_command(await request.text())

def start_listener():
    app = web.Application()
    app.router.add_post("/hook", handle_webhook)
    return app

def execute_tool_call(tool_name, arguments):
    return start_listener()
"""

    assert asked_of(repo, route + LOOP).verdicts() == {}


def gated_chain(size: int, gate_at: int) -> Covering:
    """A chain of functions of which one calls the next behind a gate, function 1."""
    graph = graph_of(size, [(at, at + 1) for at in range(2, size)] + [(gate_at, 1)])
    inside = gate_at * WIDTH + 5
    nodes = sites_of(size).nodes
    decision = Decision((inside,), ((inside, inside + 1),), gate_at)
    sites = FileSites(nodes, decisions=(decision,))
    ways = ways_of(graph)
    gates = Gates(ways, {"a.py": sites}, [place_in(1, "approval_gate")], [place_in(1, "approval_transport")])
    return Covering(ways, gates)


def test_a_chain_of_fifty_thousand_calls_is_walked_without_recursion() -> None:
    size = 50_000

    (found,) = gated_chain(size, size // 2).coverage([place_in(size, "side_effect")], {2})

    assert (found.verdict, len(found.way)) == ("covered", size - 1)


def test_what_stands_before_the_gate_on_a_way_is_uncovered() -> None:
    found = gated_chain(10, 6).coverage([place_in(6, "side_effect"), place_in(7, "side_effect")], {2})

    assert [each.verdict for each in found] == ["covered", "covered"]  # a function that asks itself is gated itself
    assert gated_chain(10, 6).coverage([place_in(5, "side_effect")], {2})[0].verdict == "uncovered"


def test_ten_thousand_gates_in_one_file_are_looked_up_and_not_searched() -> None:
    """Each function asks and runs the next: as many guards as functions, in one file."""
    size = 10_000
    graph = graph_of(size, [(at, at + 1) for at in range(2, size)] + [(at, 1) for at in range(2, size)])
    decisions = [Decision((at * WIDTH + 5,), ((at * WIDTH + 5, at * WIDTH + 6),), at) for at in range(2, size)]
    sites = FileSites(sites_of(size).nodes, decisions=tuple(decisions))
    looked = 0

    def counted(guard: Guard) -> bool:
        nonlocal looked
        looked += 1
        return True

    ways = ways_of(graph)
    gates = Covering(ways, Gates(ways, {"a.py": sites}, [place_in(1, "approval_gate")], ()))
    gates._open(counted)

    assert looked == size - 2
    assert gates.coverage([place_in(size, "side_effect")], {2})[0].verdict == "policy"


def test_extents_that_overlap_or_touch_are_one() -> None:
    spans = Spans([(0, 5), (3, 4), (5, 8), (10, 10), (12, 14)])

    assert [offset for offset in range(16) if offset in spans] == [*range(8), 12, 13]
    assert not Spans([(3, 3)])


def test_guards_around_an_offset_are_those_that_contain_it() -> None:
    gate = place_in(1)
    some = [Guard(start, end, gate, True) for start, end in ((0, 100), (10, 20), (15, 16), (30, 40))]
    guards = Guards(some)

    assert [(each.start, each.end) for each in guards.around(15, 0)] == [(0, 100), (10, 20), (15, 16)]
    assert [(each.start, each.end) for each in guards.around(15, 5)] == [(10, 20), (15, 16)]
    assert [(each.start, each.end) for each in guards.within(10, 40)] == [(10, 20), (15, 16), (30, 40)]


def test_calls_of_low_confidence_never_make_a_gate_count() -> None:
    size = 3
    graph = graph_of(size, [(2, 3), (2, 1)], Confidence.LOW)
    sites = FileSites(sites_of(size).nodes, decisions=(Decision((25,), ((25, 26),), 2),))
    ways = ways_of(graph)
    gates = Covering(ways, Gates(ways, {"a.py": sites}, [place_in(1, "approval_gate")], ()))

    (found,) = gates.coverage([place_in(3, "side_effect")], {2})

    assert (found.verdict, found.gates) == ("unknown", ())
