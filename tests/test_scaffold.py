"""Files to start a rule or a pack from are sound as they are."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import pytest
from commandline import Shell
from conftest import built_in
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import packschema, ruleschema
from scanner.errors import UsageError
from scanner.examples import run_examples
from scanner.packfile import PACK, REQUIREMENT, load_pack
from scanner.packtrials import try_examples
from scanner.rubric import grade_rules
from scanner.rulebook import load_rulebook
from scanner.rulefile import OPTIONAL, REQUIRED
from scanner.scaffold import scaffold


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder to run commands in."""
    return Shell(tmp_path)


@pytest.mark.parametrize("what", ["rule", "pack"])
def test_a_new_file_passes_lint_and_test_as_it_is(shell: Shell, what: str) -> None:
    made = shell.run("rules", "new", what, "house-gateway", "-o", "new.yaml")
    linted = shell.run("rules", "lint", "new.yaml", "--min-score", "90")
    tested = shell.run("rules", "test", "new.yaml")

    assert (made.code, made.out, made.err) == (0, "", "")
    assert (linted.code, linted.out.splitlines()[0]) == (0, "new.yaml is sound")
    assert tested.code == 0, tested.out


def test_a_new_file_goes_to_standard_output_unless_a_file_is_named(shell: Shell) -> None:
    done = shell.run("rules", "new", "rule", "house-client")

    assert done.out.splitlines()[0] == "# yaml-language-server: $schema=rule.schema.json"
    assert "- id: house-client\n" in done.out


def test_a_file_that_is_there_is_replaced_only_when_forced(shell: Shell) -> None:
    shell.write("mine.yaml", "mine")

    said = shell.fails("rules", "new", "pack", "house-gateway", "-o", "mine.yaml", code=2)
    forced = shell.run("rules", "new", "pack", "house-gateway", "-o", "mine.yaml", "--force")

    assert said == "mine.yaml exists and was not written by scanner; use --force to replace it"
    assert (forced.code, (shell.here / "mine.yaml").read_text()) == (0, scaffold("pack", "house-gateway"))
    assert sorted(path.name for path in shell.here.iterdir()) == ["home", "mine.yaml"]


@pytest.mark.parametrize(
    ("what", "name", "expected"),
    [
        ("rule", "House Client", "rule id `House Client` is not kebab-case; write `house-client`"),
        ("pack", "1", "pack id `1` is not kebab-case; write lower-case words joined by `-`"),
        ("rule", "tracing", "rule id `tracing` is the name of a kind; add a word"),
        ("rule", "library-model-call", "a built-in rule is called `library-model-call`; write another name"),
        ("pack", "tensorzero", "a built-in pack is called `tensorzero`; write another name"),
        ("rule", "true", "rule id `true` is a boolean in YAML; add a word"),
    ],
)
def test_a_name_that_lint_would_refuse_is_refused_at_once(shell: Shell, what: str, name: str, expected: str) -> None:
    assert shell.fails("rules", "new", what, name, code=2) == expected


def test_the_comments_explain_every_key_of_a_rule_and_every_required_one_of_a_pack() -> None:
    rule, pack = scaffold("rule", "a-b"), scaffold("pack", "a-b")

    assert [key for key in (*REQUIRED, *OPTIONAL) if f"{key}:" not in rule] == []
    assert [key for key in (*PACK, *REQUIREMENT) if f"{key}:" not in pack] == []


@settings(max_examples=12, deadline=None)
@given(st.from_regex(ruleschema.KEBAB, fullmatch=True).filter(lambda name: len(name) < 40))
def test_a_new_rule_of_any_name_is_sound_and_holds(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    try:
        text = scaffold("rule", name)
    except UsageError:
        return
    path = tmp_path_factory.getbasetemp() / "new.yaml"
    path.write_text(text)
    rulebook = load_rulebook([path])

    assert [case for case in run_examples(rulebook) if not case.passed] == []
    assert [made.failed for made in grade_rules(rulebook)] == [()]


def test_a_new_pack_loads_with_the_built_in_rules_and_its_examples_hold(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(scaffold("pack", "house-gateway"))
    rulebook = built_in()

    trials = list(try_examples(load_pack(path, rulebook), rulebook))

    assert [trial.problems for trial in trials] == [(), ()]


@pytest.mark.parametrize(("what", "made"), [("rule", ruleschema.schema()), ("pack", packschema.schema())])
def test_the_schema_that_a_new_file_names_is_printed_by_a_command(shell: Shell, what: str, made: object) -> None:
    printed = shell.run("rules", "schema", what)
    written = shell.run("rules", "schema", what, "-o", f"{what}.schema.json")

    assert json.loads(printed.out) == made
    assert (written.code, written.out) == (0, "")
    assert (shell.here / f"{what}.schema.json").read_text() == printed.out
    assert f"$schema={what}.schema.json" in shell.run("rules", "new", what, "house-gateway").out
    jsonschema.Draft7Validator.check_schema(made)
