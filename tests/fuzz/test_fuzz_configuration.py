"""Files of a scanned repository that hold configuration: `.env`, YAML, TOML and JSON."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from budget import budget
from conftest import facts_of
from hypothesis import given
from hypothesis import strategies as st
from mutants import kept, mutants, pack_documents, sample_files

from scanner.facts import FileFacts
from scanner.languages import language_of
from scanner.languages.guard import as_utf8, objection

ENVIRONMENTS = (
    *sample_files(".env.example"),
    b'# first\nOPENAI_API_KEY=abc\nexport MODEL=\'a b\'\nQUOTED="a\\nb"\nEMPTY=\nBARE\n\nMANY="one\ntwo"  # why\n',
    b"A=1\r\nB = 2 # x\r\nC='it''s'\nexport D=${A}-${B:-c}\n",
)
DOCUMENTS = {
    "a.env": ENVIRONMENTS,
    "a.yaml": (*sample_files(".yaml"), *(each[:3_000] for each in pack_documents()[:2])),
    "a.toml": (*sample_files(".toml"), b'[a.b]\nc = {d = [1, "x"], e.f = 1979-05-27}\n[[g]]\nh = """\nx"""\n'),
    "a.json": (b'{"models": [{"name": "x", "fallbacks": ["y", null, 1.5e3]}], "a": {"b": true}}',),
}


def read(name: str, data: bytes) -> FileFacts | None:
    """The facts of a file that its parser may see."""
    language = language_of(name)
    assert language is not None
    source = as_utf8(data)
    if objection(source, language)[0]:
        return None
    facts = facts_of(name, data)
    lines = source.count(b"\n") + source.count(b"\r") + 1
    assert facts.source == source
    assert 0 <= facts.report.lost <= len(source)
    assert 0 <= facts.report.line <= lines
    for key in facts.keys:
        assert 0 <= key.start <= key.end <= len(source)
        assert 1 <= key.line <= key.end_line <= lines
    return facts


@pytest.mark.parametrize("name", DOCUMENTS)
def test_any_configuration_is_keys_inside_the_file(name: str) -> None:
    @budget(80)
    @given(mutants(DOCUMENTS[name]))
    def harness(data: bytes) -> None:
        read(name, data)

    harness()


@pytest.mark.parametrize("path", kept("configuration"), ids=lambda path: path.name)
def test_configuration_that_once_broke_its_reader_does_so_no_more(path: Path) -> None:
    read(path.name, path.read_bytes())


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="'\\\r\0"), max_size=20)


@budget(60)
@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,15}", fullmatch=True), VALUES, max_size=6))
def test_every_key_of_an_environment_file_is_found_where_it_stands_and_none_of_its_values(
    values: dict[str, str],
) -> None:
    text = io.StringIO()
    for key, value in values.items():
        text.write(f"{key}='{value}'\n")

    facts = read("a.env", text.getvalue().encode())

    assert facts is not None
    assert [key.name for key in facts.keys] == list(values)
    for key in facts.keys:
        assert facts.source[key.start :].lstrip().startswith(key.name.encode())
