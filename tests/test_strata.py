"""Rules on other rules' touchpoints, uses, places that several rules find, fingerprints and wiring."""

from __future__ import annotations

import textwrap
from pathlib import Path

from conftest import CATALOG, Repo, rule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.candidates import FileReport
from scanner.languages import language_of
from scanner.languages.bindings import Surroundings
from scanner.languages.extract import read
from scanner.matching import match
from scanner.modules import Layout
from scanner.plan import Plan
from scanner.rulebook import load_rulebook
from scanner.rules import Rulebook
from scanner.strata import touchpoints
from scanner.touchpoints import Touchpoint

CALLS = rule("calls-a-model", "{means: model_call}")


def on(find: str, reject: str = "") -> str:
    """The rule for model calls, and one that rests on it."""
    return CALLS + "\n" + rule("rests", find, reject, kind="fallback_chain")


AGENT = """
import acme

def ask(model):
    try:
        return acme.completion(model=model)
    except Exception:
        return None

def other(model):
    return model
"""


def test_a_rule_can_ask_what_lies_within_a_definition(repo: Repo) -> None:
    repo.write("agent.py", AGENT)
    repo.rules(on("{definition: '{ask, other}', contains: {seam: model_call}}"))

    assert repo.symbols("fallback_chain") == ["ask"]


def test_a_rule_can_ask_what_lies_around_a_call(repo: Repo) -> None:
    repo.write("agent.py", "import acme\ndef f():\n    acme.completion(given=make())\n    make()\n")
    repo.rules(on("{call: make, inside: {seam: calls-a-model}}"))

    assert repo.lines("fallback_chain") == [3]


def test_a_rule_can_ask_what_lies_here(repo: Repo) -> None:
    repo.write("agent.py", "import acme\nacme.completion(model='m')\ncompletion(model='m')\n")
    repo.rules(on("{call: completion, seam: model_call}"))

    assert repo.lines("fallback_chain") == [2]


def test_a_rule_can_ask_that_nothing_lies_there(repo: Repo) -> None:
    repo.write("agent.py", AGENT)
    repo.rules(on("{definition: '{ask, other}', not: {contains: {seam: model_call}}}"))

    assert repo.symbols("fallback_chain") == ["other"]


def test_a_seam_may_stand_in_reject(repo: Repo) -> None:
    repo.write("agent.py", AGENT)
    repo.rules(on("{definition: '{ask, other}'}", "{contains: {seam: model_call}}"))

    assert repo.symbols("fallback_chain") == ["other"]


def test_a_call_of_a_found_definition_is_its_use_even_in_another_file(repo: Repo) -> None:
    repo.write("llm.py", "def ask_model(model):\n    return 1\n\ndef near(model):\n    return 2\n")
    repo.write("agent.py", "from llm import ask_model, near\n\ndef run():\n    ask_model(1)\n    near(1)\n")
    repo.rules(
        rule("asks", "{definition: ask model}")
        + "\n"
        + rule("runs", "{definition: run, contains: {seam: asks}}", kind="agent_loop")
    )

    assert [(item.path, item.line, item.role) for item in repo.touchpoints("model_call")] == [
        ("agent.py", 4, "use"),
        ("llm.py", 1, "definition"),
    ]
    assert repo.symbols("agent_loop") == ["run"], "a use counts for the rules above"


def test_a_use_belongs_to_the_seam_of_its_definition(repo: Repo) -> None:
    repo.write("llm.py", "def ask_model(model):\n    return 1\n")
    repo.write("agent.py", "from llm import ask_model\nask_model(1)\nask_model(2)\n")
    repo.rules(rule("asks", "{definition: ask model}"))
    seams = repo.scan().seams

    assert [(seam.name, len(seam.touchpoints)) for seam in seams] == [("ask_model", 3)]
    assert {item.seam for item in seams[0].touchpoints[1:]} == {seams[0].best.id}


def test_a_method_with_a_name_of_its_own_is_found_through_an_unknown_receiver(repo: Repo) -> None:
    repo.write("llm.py", "class Llm:\n    def ask_model(self): ...\n    def run(self): ...\n")
    repo.write("agent.py", "def go(llm):\n    llm.ask_model()\n    llm.run()\n")
    repo.rules(rule("asks", "{definition: '{ask model, run}'}"))

    assert repo.places() == ["agent.py:2", "llm.py:2", "llm.py:3"]


def test_a_definition_is_no_use_of_itself(repo: Repo) -> None:
    repo.write("llm.py", "def ask_model(n):\n    return ask_model(n - 1)\n")
    repo.rules(rule("asks", "{definition: ask model}"))

    assert repo.lines() == [1]


def test_a_second_rule_at_one_place_raises_confidence_by_one_step(repo: Repo) -> None:
    repo.write("agent.py", "def ask_model(): ...\ndef ask(): ...\n")
    repo.rules(rule("one", "{definition: ask}") + "\n" + rule("two", "{definition: ask model}"))

    assert [(item.symbol, item.confidence, item.rules) for item in repo.touchpoints()] == [
        ("ask_model", "high", ("one", "two")),
        ("ask", "medium", ("one",)),
    ]


def test_rules_of_two_kinds_at_one_place_are_two_touchpoints(repo: Repo) -> None:
    repo.write("agent.py", "def ask_model(): ...\n")
    repo.rules(rule("one", "{definition: ask}") + "\n" + rule("two", "{definition: model}", kind="agent_loop"))

    assert [(item.kind, item.confidence) for item in repo.touchpoints()] == [
        ("agent_loop", "medium"),
        ("model_call", "medium"),
    ]


def test_a_test_stays_low_whatever_the_number_of_rules(repo: Repo) -> None:
    repo.write("tests/test_agent.py", "def ask_model(): ...\n")
    repo.rules(rule("one", "{definition: ask}") + "\n" + rule("two", "{definition: model}"))

    assert [item.confidence for item in repo.touchpoints()] == ["low"]


def test_a_definition_that_nothing_calls_is_unwired(repo: Repo) -> None:
    repo.write(
        "agent.py",
        """
        def ask_called(): ...
        def ask_alone(): ...
        def ask_passed(): ...
        def ask_spoken(): ...  # nobody calls ask_spoken
        @app.route
        def ask_decorated(): ...
        class Mine(Base):
            def ask_inherited(self): ...
        def main():
            ask_called()
            start(ask_passed)
        """,
    )
    repo.write("tests/test_agent.py", "from agent import ask_alone\nask_alone()\n")
    repo.rules(rule("asks", "{definition: '{ask, main}'}"))

    assert [item.symbol for item in repo.touchpoints() if item.unwired] == ["ask_alone", "ask_spoken"]


# Fingerprints


def ids(source: str, rules: str = CALLS) -> list[tuple[str, str]]:
    """Name and fingerprint of every touchpoint of one file, in order of line."""
    return [(item.name, item.id) for item in _touchpoints(source, _rulebook(rules))]


def _touchpoints(source: str, rulebook: Rulebook) -> list[Touchpoint]:
    language = language_of("agent.py")
    assert language is not None
    facts = read(language, "agent.py", source.encode(), Surroundings("agent")).facts
    report = FileReport("agent.py", "python", "agent", candidates=match(Plan(rulebook, Layout()), facts, apart=False))
    return sorted(touchpoints(rulebook, [report], {}), key=lambda item: item.line)


def _rulebook(rules: str) -> Rulebook:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        (Path(folder) / "rules.yaml").write_text(rules, encoding="utf-8")
        return load_rulebook([Path(folder)])


BEFORE = textwrap.dedent("""
    import acme

    def ask(model):
        acme.completion(model=model)
        acme.completion(model=model)

    def tell(model):
        acme.completion(model=model)
    """)


def test_a_fingerprint_survives_reformatting_and_edits_inside() -> None:
    after = BEFORE.replace("(model=model)", "(\n        model=model,\n        stream=True,\n    )").replace(
        "import", "\n\nimport"
    )

    assert ids(after) == ids(BEFORE)


def test_a_fingerprint_survives_a_second_rule_and_another_rule_id() -> None:
    second = CALLS + "\n" + rule("names-a-model-call", "{call: completion}")

    assert ids(BEFORE, second) == ids(BEFORE)
    assert ids(BEFORE, CALLS.replace("calls-a-model", "renamed")) == ids(BEFORE)


def test_equals_in_one_function_are_numbered_in_their_order() -> None:
    found = [fingerprint for _, fingerprint in ids(BEFORE)]

    assert len(set(found)) == 3
    one_less = [fingerprint for _, fingerprint in ids(BEFORE.replace("    acme.completion(model=model)\n", "", 1))]
    assert one_less == [found[0], found[2]], "the numbers of one function leave those of another alone"


def test_a_renamed_function_is_another_place() -> None:
    assert not set(ids(BEFORE)) & set(ids(BEFORE.replace("def ask", "def question").replace("def tell", "def say")))


RULES = _rulebook(CALLS + "\n" + rule("defines", "{definition: '{ask, tell}'}", kind="agent_loop"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(["", "# acme.completion()", "x = 1", "def unrelated(): ...", '"""acme.completion()"""']),
        min_size=len(BEFORE.splitlines()),
        max_size=len(BEFORE.splitlines()),
    )
)
def test_lines_that_move_leave_every_fingerprint_alone(between: list[str]) -> None:
    moved = "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}{extra}\n{line}"
        for extra, line in zip(between, BEFORE.splitlines(), strict=True)
    )

    expected = {(item.name, item.id) for item in _touchpoints(BEFORE, RULES)}
    assert {(item.name, item.id) for item in _touchpoints(moved, RULES)} == expected


def test_a_method_that_is_reached_by_the_beginning_of_its_name_is_not_called_unwired(repo: Repo) -> None:
    repo.rule("{definition: rotate key}")
    repo.write("agent.py", "class Shell:\n    def cmd_rotate_key(self): ...\n\n    def old_rotate_key(self): ...\n")
    repo.write("main.py", "def run(shell, name):\n    return getattr(shell, f'cmd_{name}')()\n")

    assert {each.symbol for each in repo.touchpoints() if each.unwired} == {"Shell.old_rotate_key"}
