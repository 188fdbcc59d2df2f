"""Names and literals of a file are read whole, wherever they stand and however they are written."""

from __future__ import annotations

import pytest

from scanner.languages import by_name, language_of
from scanner.languages.extract import read
from scanner.languages.spelling import literal
from scanner.languages.treequeries import Asked

_MIXED = """\
größe = "naïve – text"
name = "plain"  # – ein Wort
client.café.create(name="日本")
client.chat.create(name="plain")
"""


def test_text_is_read_by_its_bytes_where_characters_have_several() -> None:
    facts = read(by_name("python"), "a.py", _MIXED.encode()).facts

    assert [item.name for item in facts.assignments] == ["größe", "name"]
    assert [item.value for item in facts.assignments] == ["naïve – text", "plain"]
    assert [call.target for call in facts.calls] == ["client.café.create", "client.chat.create"]
    assert [string.text for string in facts.strings] == ["naïve – text", "plain", "日本", "plain"]
    assert [facts.text(call.start, call.end) for call in facts.calls][1] == 'client.chat.create(name="plain")'
    assert [call.line for call in facts.calls] == [3, 4]


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("name", "name"),
        ('"a  b"', "a b"),
        ("''", ""),
        ('"', '"'),
        ('"it\'s"', "it's"),
        ('"a" + "b"', 'a" + "b'),
        ('f"{name}"', "{name}"),
        ('"""two\n  lines"""', "two lines"),
        ('r#"raw"#', "raw"),
        ("`a ${b}`", "a ${b}"),
        ("x  +\n y", "x + y"),
    ],
)
def test_a_literal_is_its_content_on_one_line(written: str, content: str) -> None:
    assert literal(written) == content


def test_what_a_rule_asks_for_changes_no_fact_of_the_file() -> None:
    source = b"def run(x):\n    table[x] = make(x)\n"
    asked = (Asked("pattern", "$_[$_] = $_"), Asked("query", "; of calls\n(call) @match"))

    alone, with_rules = (read(by_name("python"), "a.py", source, asked=each).facts for each in ((), asked))

    assert [(item.source, item.start) for item in with_rules.matches] == [(asked[0].text, 16), (asked[1].text, 27)]
    assert (alone.calls, alone.keys, alone.definitions) == (with_rules.calls, with_rules.keys, with_rules.definitions)


def test_a_dialect_is_not_asked_for_what_it_has_not() -> None:
    asked = (Asked("query", "(type_alias_declaration) @match"), Asked("query", "(call_expression) @match"))

    facts = read(by_name("javascript"), "a.js", b"run()\n", asked=asked).facts

    assert [item.source for item in facts.matches] == [asked[1].text]


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b.py", "python"), ("a.py/settings.yaml.example", "yaml"), ("a.b/run", "shell"), ("x.y/z", "")],
)
def test_a_language_is_told_by_the_name_of_the_file_alone(path: str, name: str) -> None:
    found = language_of(path, b"#!/bin/sh\n" if name == "shell" else b"")
    assert (found.name if found is not None else "") == name
