"""Notebooks: any JSON, and what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from budget import budget
from conftest import facts_of
from hypothesis import given
from hypothesis import strategies as st
from mutants import kept, mutants

from scanner.facts import FileFacts
from scanner.languages import by_name
from scanner.languages.guard import as_utf8, objection
from scanner.languages.jupyter import prepare

DOCUMENT = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Title\n", "words"]},
        {"cell_type": "code", "outputs": [{"text": ["out\n"]}], "source": ["import acme\n", "%time x = 1\n", "def f():\n", "    acme.run()\n"]},
        {"cell_type": "code", "outputs": [], "source": "%%bash\nls\n"},
        {"cell_type": "code", "outputs": [], "source": "f()\n!ls"},
    ],
    "metadata": {"kernelspec": {"language": "python"}, "language_info": {"name": "python"}},
    "nbformat": 4,
}  # fmt: skip
OLD = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a()\n"], "outputs": []}]}], "nbformat": 3}
NOTEBOOKS = tuple(json.dumps(each, indent=indent).encode() for each in (DOCUMENT, OLD) for indent in (1, None))


def read(data: bytes) -> FileFacts | None:
    """The facts of a notebook that its parser may see; each stands in the source, which has the lines of the file."""
    source = as_utf8(data)
    if objection(source, by_name("jupyter"))[0]:
        return None
    made = prepare(source)
    assert made.failure or made.source.count(b"\n") >= source.count(b"\n")
    spans = [(start, end) for _, start, end in made.parts]
    assert spans == sorted(spans)
    assert all(0 <= start <= end <= len(made.source) + 1 for start, end in spans)
    facts = facts_of("a.ipynb", data)
    size = len(facts.source)
    for fact in (*facts.definitions, *facts.calls, *facts.strings, *facts.imports, *facts.assignments, *facts.keys):
        assert 0 <= fact.start <= fact.end <= size + 1
        assert fact.scope < len(facts.definitions)
    return facts


@budget(100)
@given(mutants(NOTEBOOKS))
def test_any_notebook_is_code_with_its_places_or_told_as_none(data: bytes) -> None:
    read(data)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["code", "x()\n", "%%bash\n", "!ls"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["cells", "cell_type", "source", "input", "worksheets", "metadata", "language_info", "name"]), inner, max_size=4
    ),
    max_leaves=25,
)  # fmt: skip


@budget(100)
@given(ANYTHING, st.sampled_from([None, 1]))
def test_any_json_is_a_notebook_with_or_without_code(document: object, indent: int | None) -> None:
    read(json.dumps({"cells": document} if indent else document, indent=indent).encode())


@budget(40)
@given(st.lists(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=4), max_size=4))
def test_each_call_stands_on_the_line_of_the_file_that_holds_it(cells: list[list[str]]) -> None:
    names = [[f"call_{number}_{at}_{name}" for at, name in enumerate(cell)] for number, cell in enumerate(cells)]
    made = [{"cell_type": "code", "source": [f"{name}()\n" for name in cell]} for cell in names]
    data = json.dumps({"cells": made}, indent=1).encode()

    facts = read(data)

    assert facts is not None
    lines = data.decode().split("\n")
    assert [call.target for call in facts.calls] == [name for cell in names for name in cell]
    assert all(call.target in lines[call.line - 1] for call in facts.calls)


@pytest.mark.parametrize("path", kept("notebook"), ids=lambda path: path.name)
def test_notebooks_that_once_broke_the_reader_do_so_no_more(path: Path) -> None:
    read(path.read_bytes())
