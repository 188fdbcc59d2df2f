"""What packs ask of the graph is answered in words with the places that matter, and not at all without a graph."""

from __future__ import annotations

import msgspec
import pytest
from asked import Asked, ask
from conftest import Repo

from scanner.conditions import Judge, names_in
from scanner.escape import marker
from scanner.outcome import HOLDS, Outcome
from scanner.packs import Beside, Chokepoints, Condition, Fields, Gated, Has, Negated, Reaches, Some, Unwired

AGENT = '''
import subprocess
import uuid
from openai import OpenAI

client = OpenAI()

def new_session_id():
    return uuid.uuid4().hex

def send(messages, session_id):
    return client.chat.completions.create(model="m", messages=messages, user=session_id)

def summarize(text):
    return client.chat.completions.create(model="m", messages=[text])

def check_command_approval(command):
    return input(f"Run command {command}? ") == "y"

def execute_command(command):
    """Run a command in the sandbox of the agent."""
    return subprocess.run(command, shell=True)

def execute_code(code):
    """Run code."""
    return subprocess.run(code, shell=True)

def execute_tool_call(tool_name, arguments):
    if tool_name == "code":
        return execute_code(arguments)
    if not check_command_approval(arguments):
        return "denied"
    return execute_command(arguments)

def main():
    send([], new_session_id())
    summarize("all")
    execute_tool_call("shell", "ls")

if __name__ == "__main__":
    main()
'''
CALL = 'client.chat.completions.create(model="m", messages=[text])'
SENDS = ("sdk-shaped-request",)


@pytest.fixture
def asked(repo: Repo) -> Asked:
    return ask(repo, {"agent.py": AGENT})


def outcome(asked: Asked, condition: Condition, *, with_chart: bool = True) -> Outcome:
    """What a condition comes to."""
    return Judge(asked.index, {}, True, None, asked.chart if with_chart else None).outcome(condition)


def place(asked: Asked, symbol: str, *names: str) -> str:
    """The marker of the place in a function that one of these rules found."""
    (found,) = {
        each.id
        for seam in asked.seams(*names)
        for each in seam.touchpoints
        if each.symbol == symbol and each.role == "definition"
    }
    return marker(found)


def door(asked: Asked, label: str) -> str:
    """The marker of a function."""
    return marker(asked.chart.function(asked.node(label)).id)


QUESTIONS = [
    Chokepoints(SENDS, 1, say="w"),
    Gated(("side_effect",), ("approval_gate",), say="w"),
    Reaches(("session",), SENDS, say="w"),
    Fields((("model", ("model",)),), ("usage_accounting",), say="w"),
    Unwired(("run_identity",), say="w"),
]


@pytest.mark.parametrize("condition", QUESTIONS, ids=lambda each: type(each).__name__)
def test_without_a_graph_its_questions_are_not_judged(asked: Asked, condition: Condition) -> None:
    assert outcome(asked, condition, with_chart=False) == Outcome(None, not_judged=("w",))
    assert outcome(asked, Negated(condition, "n"), with_chart=False).holds is None
    assert outcome(asked, Some((condition, Has(SENDS))), with_chart=False) == HOLDS


@pytest.mark.parametrize("condition", QUESTIONS, ids=lambda each: type(each).__name__)
def test_a_question_without_words_speaks_by_the_titles_of_what_it_names(asked: Asked, condition: Condition) -> None:
    silent = msgspec.structs.replace(condition, say="")
    titles = {name: f"Title of {name}" for name in names_in(silent)}

    (words,) = Judge(asked.index, titles, True).outcome(silent).not_judged

    assert words.startswith("title of ")


def test_two_doors_are_one_too_many_and_named_with_what_passes_the_first_by(asked: Asked) -> None:
    found = outcome(asked, Chokepoints(SENDS, 1, say="one function sends"))

    send, summarize = (place(asked, symbol, *SENDS) for symbol in ("send", "summarize"))
    doors = f"{door(asked, 'send')} (holds 1) and {door(asked, 'summarize')} (holds 1)"
    assert found.holds is False
    assert found.missing[0].startswith(f"one function sends: 2 functions that do it are reached through 2, {doors}; ")
    assert found.missing[0].endswith(f"1 passes the first by: {summarize}")
    assert [marker(each.id) for each in found.exceptions] == [summarize]
    assert send not in found.missing[0]


@pytest.mark.parametrize(("at_most", "share"), [(2, 100), (1, 50), (3, 100)])
def test_few_enough_doors_hold(asked: Asked, at_most: int, share: int) -> None:
    assert outcome(asked, Chokepoints(SENDS, at_most, share)) == HOLDS


def test_each_effect_past_a_gate_is_named(asked: Asked) -> None:
    found = outcome(asked, Gated(("side_effect",), ("approval_gate",), say="every effect waits for approval"))

    code = place(asked, "execute_code", "side_effect")
    assert found.missing == (f"every effect waits for approval: 1 of 2 covered; 1 reached past every gate, {code}",)
    assert [marker(each.id) for each in found.exceptions] == [code]


def test_a_share_of_effects_behind_a_gate_may_be_enough(asked: Asked) -> None:
    assert outcome(asked, Gated(("side_effect",), ("approval_gate",), 50)) == HOLDS


def test_what_is_not_known_to_be_reached_is_told_apart_and_is_no_exception(repo: Repo) -> None:
    source = AGENT.replace("        return execute_code(arguments)\n", "        return port.launch(arguments)\n")
    source += "\nclass Cabin:\n    def launch(self, code):\n        return execute_code(code)\n"
    asked = ask(repo, {"agent.py": source})

    found = outcome(asked, Gated(("side_effect",), ("approval_gate",), say="w"))

    code = place(asked, "execute_code", "side_effect")
    assert found.missing == (f"w: 1 of 2 covered; 1 not known to be reached, {code}",)
    assert found.exceptions == ()


def test_rules_that_ask_nobody_are_told_apart(repo: Repo) -> None:
    source = AGENT.replace('input(f"Run command {command}? ") == "y"', 'command != "rm"')
    asked = ask(repo, {"agent.py": source})

    (words,) = outcome(asked, Gated(("side_effect",), ("approval_gate",), say="w")).missing

    assert "0 of 2 covered; 1 reached past every gate, " in words
    assert words.endswith(f"1 behind rules that ask nobody, {place(asked, 'execute_command', 'side_effect')}")


def test_calls_that_an_identifier_does_not_reach_are_named(asked: Asked) -> None:
    found = outcome(asked, Reaches(("session",), SENDS, say="a session id at every call"))

    summarize = place(asked, "summarize", *SENDS)
    assert found.missing == (f"a session id at every call: reaches 1 of 2 places; absent: {summarize}",)
    assert [marker(each.id) for each in found.exceptions] == [summarize]


def test_an_identifier_that_is_at_hand_and_not_handed_on_is_told_apart(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": AGENT.replace("def summarize(text):", "def summarize(text, session_id):")})

    (words,) = outcome(asked, Reaches(("session",), SENDS, say="w")).missing

    assert words == f"w: reaches 1 of 2 places; at hand but not handed on: {place(asked, 'summarize', *SENDS)}"


def test_a_share_of_calls_that_an_identifier_reaches_may_be_enough(asked: Asked) -> None:
    assert outcome(asked, Reaches(("session",), SENDS, 50)) == HOLDS


FIELDS = (("model", ("model",)), ("user", ("user",)), ("outcome", ("outcome",)), ("cost", ("cost",)))


def test_fields_that_are_not_carried_are_named(asked: Asked) -> None:
    found = outcome(asked, Fields(FIELDS, SENDS, say="who, what and how it went"))

    assert found.missing == ("who, what and how it went: 2 of 4, without outcome and cost",)


def test_some_of_the_fields_may_be_enough(asked: Asked) -> None:
    assert outcome(asked, Fields(FIELDS, SENDS, 2)) == HOLDS
    assert outcome(asked, Fields(FIELDS, SENDS, 3)).holds is False


def test_a_seam_that_nothing_calls_is_named(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": AGENT.replace("new_session_id())", '"one")')})

    found = outcome(asked, Unwired(("run_identity",), say="every id is used"))

    idle = place(asked, "new_session_id", "run_identity")
    assert found.missing == (f"every id is used: no call found of {idle}",)
    assert [marker(each.id) for each in found.exceptions] == [idle]
    assert outcome(asked, Unwired(("run_identity",), 1)) == HOLDS


def test_what_is_called_is_wired(asked: Asked) -> None:
    assert outcome(asked, Unwired(("run_identity",))) == HOLDS


@pytest.mark.parametrize(
    "condition",
    [
        Chokepoints(("never-there",), 1, say="w"),
        Gated(("never-there",), ("approval_gate",), say="w"),
        Reaches(("session",), ("never-there",), say="w"),
        Fields((("model", ("model",)),), ("never-there",), say="w"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_of_nothing_no_question_holds(asked: Asked, condition: Condition) -> None:
    assert outcome(asked, condition) == Outcome(False, ("w",))


def test_beside_on_the_way_holds_of_a_companion_two_calls_away(asked: Asked) -> None:
    near = Beside(SENDS, ("run_identity",), "way", "an id on every way")

    assert outcome(asked, near) == HOLDS  # main makes the id and calls both


def test_beside_on_the_way_names_what_has_no_companion_near(repo: Repo) -> None:
    source = AGENT.replace('    summarize("all")\n', "    shorten()\n") + (
        '\ndef shorten():\n    cut()\n\ndef cut():\n    drop()\n\ndef drop():\n    summarize("all")\n'
    )
    asked = ask(repo, {"agent.py": source})
    names = sorted({rule for seam in asked.seams("run_identity") for rule in seam.rules})
    condition = Beside(SENDS, tuple(names), "way", "an id on every way")

    found = outcome(asked, condition)

    assert found.missing == (f"an id on every way: missing at 1 of 2 places, {place(asked, 'summarize', *SENDS)}",)


def test_several_doors_that_are_too_few_are_counted_in_words(repo: Repo) -> None:
    more = "".join(
        f"\ndef extra_{at}(text):\n    return {CALL}\n\ndef use_{at}():\n    extra_{at}(1)\n" for at in range(3)
    )
    asked = ask(repo, {"agent.py": AGENT + more})

    (words,) = outcome(asked, Chokepoints(SENDS, 2, say="w")).missing

    assert words.startswith("w: 5 functions that do it are reached through 5, ")
    assert "; 3 pass the first two by: " in words


def test_beside_on_the_way_without_a_graph_is_beside_in_the_function(asked: Asked) -> None:
    found = outcome(asked, Beside(SENDS, ("retry_policy",), "way", "w"), with_chart=False)

    assert found.holds is False
    assert len(found.exceptions) == 2
