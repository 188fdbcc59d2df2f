"""Entry points: where a run starts from outside, found by rules of their own and kept apart from seams."""

from __future__ import annotations

import textwrap

import pytest
from conftest import Repo, built_in, rule

from scanner.errors import RuleError
from scanner.kinds import ENTRY_FAMILY, ENTRY_KINDS, FAMILIES, KINDS, family_of
from scanner.listing import Filter, seams_json, seams_table
from scanner.rulelist import kinds_table, rule_page, rules_table
from scanner.touchpoints import Confidence, Role, Touchpoint


def entries(repo: Repo, kind: str = "") -> list[Touchpoint]:
    """What the built-in rules find, in the order of the scan."""
    repo.use_builtin_rules()
    return [item for item in repo.scan().entries if not kind or item.kind == kind]


def test_kinds_of_entry_points_are_no_kinds_of_seam() -> None:
    assert not set(ENTRY_KINDS) & set(KINDS)
    assert not set(ENTRY_KINDS) & {kind for kinds in FAMILIES.values() for kind in kinds}
    assert {family_of(kind) for kind in ENTRY_KINDS} == {ENTRY_FAMILY}


@pytest.mark.parametrize("kind", ENTRY_KINDS)
def test_every_kind_of_entry_point_has_built_in_rules_with_examples_in_each_language(kind: str) -> None:
    examples = [example for item in built_in().rules if item.kind == kind for example in item.examples]

    assert {example.language for example in examples if example.finds} >= {"python", "typescript", "go"}
    assert {example.language for example in examples if not example.finds} >= {"python", "typescript"}


@pytest.mark.parametrize("kind", ENTRY_KINDS)
def test_every_kind_of_entry_point_stays_out_of_seams_and_listings(repo: Repo, kind: str) -> None:
    repo.write("cli.py", "import acme\n\ndef start():\n    return acme.completion()\n")
    repo.rules(rule("an-entry", "{definition: ^start$}", kind=kind))

    found = repo.scan()

    assert [(item.kind, item.path, item.line) for item in found.entries] == [(kind, "cli.py", 3)]
    assert (found.touchpoints, found.seams) == ((), ())
    shown = Filter.of((), (), Confidence.LOW, ())
    assert kind not in seams_table(found, shown, None)
    assert kind.encode() not in seams_json(found, shown)


def test_lists_of_kinds_and_rules_name_no_entry_point() -> None:
    of_entries = [item.id for item in built_in().rules if item.kind in ENTRY_KINDS]

    assert of_entries
    assert not any(kind in kinds_table() + rules_table(None) for kind in ENTRY_KINDS)
    assert f"({ENTRY_FAMILY})" in rule_page(of_entries[0])


def test_a_rule_may_rest_on_seams_and_still_find_an_entry_point(repo: Repo) -> None:
    repo.write("jobs.py", "import acme\n\ndef tick():\n    acme.completion()\n\ndef tock(): ...\n")
    job = rule("job", "{definition: '{tick, tock}', contains: {seam: model_call}}", kind="schedule_entry")
    repo.rules(f"{rule('calls-a-model', '{means: model_call}')}\n{job}")

    found = repo.scan()

    assert [item.symbol for item in found.entries] == ["tick"]
    assert [item.kind for item in found.touchpoints] == ["model_call"]


def test_calls_of_an_entry_point_are_none_and_nothing_need_call_it(repo: Repo) -> None:
    repo.write("cli.py", "def main():\n    return 0\n")
    repo.write("tool.py", "from cli import main\n\ndef again():\n    return main()\n")

    assert [(item.path, item.line, item.role, item.unwired) for item in entries(repo)] == [
        ("cli.py", 1, Role.DEFINITION, False)
    ]


def test_a_crowd_of_entry_points_is_never_thinned(repo: Repo) -> None:
    routes = "\n".join(f'@app.get("/r{number}")\ndef route_{number}(): ...\n' for number in range(40))
    repo.write("server.py", f"from fastapi import FastAPI\n\napp = FastAPI()\n\n{routes}")

    found = entries(repo)

    assert len(found) == 40
    assert {item.confidence for item in found} == {Confidence.HIGH}


def test_entry_points_come_in_order_of_path_and_line(repo: Repo) -> None:
    repo.write("b.py", 'def main(): ...\n\nif __name__ == "__main__":\n    main()\n')
    repo.write("a.go", "package main\n\nfunc main() {}\n")

    assert [(item.path, item.line) for item in entries(repo)] == [("a.go", 3), ("b.py", 1), ("b.py", 3)]


def test_every_touchpoint_says_at_which_byte_it_starts(repo: Repo) -> None:
    source = "import acme\n\n# ein Schlüssel\ndef ask():\n    return acme.completion()\n"
    repo.write("agent.py", source)

    (found,) = repo.touchpoints()

    assert source.encode()[found.start :].startswith(b"acme.completion()")


def test_a_decorated_function_is_the_entry_and_a_registration_is_its_call(repo: Repo) -> None:
    repo.write(
        "server.py",
        """
        from fastapi import FastAPI

        app = FastAPI()

        @app.post("/chat")
        async def chat(request): ...
        """,
    )
    repo.write(
        "server.ts",
        """
        import express from "express";

        const app = express();
        app.post("/chat", chat);
        """,
    )

    decorated, registered = entries(repo, "request_entry")

    assert (decorated.symbol, decorated.role, decorated.line) == ("chat", Role.DEFINITION, 6)
    assert (registered.symbol, registered.role, registered.line) == ("", Role.USE, 4)
    source = (repo.root / "server.ts").read_bytes()
    assert source[registered.start :].startswith(b'app.post("/chat"')


def test_a_place_that_is_seen_as_a_call_and_as_syntax_is_one_entry_point(repo: Repo) -> None:
    repo.write(
        "server.ts",
        """
        import express from "express";

        const app = express();
        app.post("/chat", async (request, reply) => { await chat(request); });
        """,
    )

    assert len(entries(repo, "request_entry")) == 1


def test_the_test_for_the_main_module_is_the_top_of_the_file(repo: Repo) -> None:
    repo.write("run.py", "from agent import start\n\nif __name__ == '__main__':\n    start()\n")

    (found,) = entries(repo)

    assert (found.kind, found.line, found.symbol) == ("command_entry", 3, "")


def test_entry_points_of_tests_are_of_low_confidence(repo: Repo) -> None:
    repo.write("tests/test_run.py", "def main(): ...\n")

    assert [(item.role, item.confidence) for item in entries(repo)] == [(Role.TEST, Confidence.LOW)]


def test_an_unknown_kind_is_told_the_nearest_kind_of_entry_point(repo: Repo) -> None:
    repo.rules(rule("an-entry", "{definition: start}", kind="comand_entry"))

    with pytest.raises(RuleError, match="command_entry"):
        repo.rulebook()


def test_no_rule_may_rest_on_an_entry_point(repo: Repo) -> None:
    entry = rule("an-entry", "{definition: start}", kind="command_entry")
    repo.rules(f"{entry}\n{rule('a-seam', '{definition: start, seam: an-entry}')}")

    with pytest.raises(RuleError, match="no rule or kind is called `an-entry`"):
        repo.rulebook()


def test_the_catalogue_of_a_repository_can_declare_commands(repo: Repo) -> None:
    extra = """
    - library: acme
      language: python
      source: https://acme.example/docs
      means: {cli_command: acme.command}
    """
    repo.rules(
        rule("declared", "{means: cli_command}", kind="command_entry")
        + "\n"
        + textwrap.dedent(extra)
        + rule("calls-a-model", "{means: model_call}")
    )
    repo.write("cli.py", "import acme\n\n@acme.command()\ndef chat():\n    acme.completion()\n")

    found = repo.scan()

    assert [item.symbol for item in found.entries] == ["chat"]
    assert [item.line for item in found.touchpoints] == [5]
