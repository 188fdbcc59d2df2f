"""What shell scripts say."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of

from scanner.facts import FileFacts
from scanner.languages import by_name, language_of
from scanner.languages.guard import objection


def shell(text: str) -> FileFacts:
    return facts_of("run.sh", text)


def environment(text: str) -> list[tuple[str, int]]:
    return [(key.name, key.line) for key in shell(text).keys if key.kind == "environment"]


@pytest.mark.parametrize(
    ("path", "head"), [("a.sh", b""), ("a.zsh", b""), ("run", b"#!/bin/sh\n"), ("run", b"#!/usr/bin/env -S bash -e\n")]
)
def test_a_script_is_told_by_its_suffix_or_its_first_line(path: str, head: bytes) -> None:
    language = language_of(path, head)

    assert language is not None
    assert language.name == "shell"


def test_a_command_is_a_call_by_its_own_name() -> None:
    facts = shell("X=1 curl -X POST https://a.example | jq .b\nif ! docker run x; then exit 1; fi\ny=$(git log)\n")

    assert [(call.target, call.line) for call in facts.calls] == [("curl", 1), ("jq", 1), ("docker", 2), ("git", 3)]
    assert facts.text(facts.calls[0].arguments, facts.calls[0].end) == "-X POST https://a.example"


def test_functions_are_definitions_and_hold_what_they_do() -> None:
    facts = shell("function one {\n  run\n}\ntwo() { run; }\nrun\n")

    assert [(item.kind, item.symbol, item.line, item.end_line) for item in facts.definitions] == [
        ("function", "one", 1, 3),
        ("function", "two", 4, 4),
    ]
    assert [facts.symbol(call.scope) for call in facts.calls] == ["one", "two", ""]


def test_what_is_exported_and_what_is_read_in_capitals_is_the_environment() -> None:
    text = 'export MODEL=x PLAIN\nrun "${API_KEY:-none}" $BASE_URL ${lower_case} $HOME\n'

    assert environment(text) == [("MODEL", 1), ("PLAIN", 1), ("API_KEY", 2), ("BASE_URL", 2)]


def test_a_variable_counts_once_a_line() -> None:
    assert environment('run "$API_KEY" "$API_KEY"\nrun $API_KEY\n') == [("API_KEY", 1), ("API_KEY", 2)]


def test_values_and_texts_are_told() -> None:
    facts = shell("model=gpt-x\nlocal n='a b'\ncat <<END\nhello\nEND\nrun --url https://a.example/v1 plain # why\n")

    assert [(item.name, item.value) for item in facts.assignments] == [("model", "gpt-x"), ("n", "a b")]
    assert [item.text for item in facts.strings] == ["gpt-x", "a b", "hello", "https://a.example/v1"]
    assert [facts.text(item.start, item.end) for item in facts.prose] == ["# why"]


def test_a_script_that_is_sourced_is_an_import() -> None:
    assert [item.qualified for item in shell('source ./lib.sh\n. "$DIR/env.sh"\n').imports] == [
        "./lib.sh",
        "$DIR/env.sh",
    ]


def test_arms_and_loops_end_where_the_next_begins() -> None:
    facts = shell("""
        if a; then
          b
        elif c; then
          d
        else
          e
          f
        fi
        case $x in
          1) g ;;
          *) h
             i ;;
        esac
        while j; do k; done
        run() { return 1; }
    """)

    assert [(item.kind, item.line, item.end_line) for item in facts.controls] == [
        ("branch", 1, 2),
        ("branch", 3, 4),
        ("branch", 5, 7),
        ("branch", 10, 10),
        ("branch", 11, 12),
        ("loop", 14, 14),
        ("return", 15, 15),
    ]


@pytest.mark.parametrize(
    "line",
    ['a="${A_B//)/ }"', "a=${A_B:-8.0;9.0}", 'a="${A_B#[}"', "run \\\n  `# why` \\\n  x", "a=${A_B%|*}"],
)
def test_signs_in_expansions_do_not_end_the_script(line: str) -> None:
    facts = shell(f"f() {{\n  {line}\n}}\ng() {{ run; }}\n")

    assert facts.report.lost == 0
    assert [item.name for item in facts.definitions] == ["f", "g"]
    assert line in facts.source.decode()


@pytest.mark.parametrize("unit", [b"a | ", b"$A_B "])
def test_what_would_take_all_memory_or_time_is_not_parsed(unit: bytes) -> None:
    assert objection(unit * 5000, by_name("shell"))[0] == "too dense"
    assert objection(unit * 1000, by_name("shell"))[0] == ""


def test_a_command_is_found_by_a_rule(repo: Repo) -> None:
    repo.write("bin/deploy", "#!/bin/bash\nset -e\nkubectl rollout undo deploy/agent\n")
    repo.rule('{call: "kubectl"}')

    assert repo.places() == ["bin/deploy:3"]
