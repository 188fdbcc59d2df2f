"""What notebooks say: the Python of their cells, on the lines of the file."""

from __future__ import annotations

import json

import pytest
from conftest import Repo, facts_of

from scanner.facts import FileFacts


def notebook(*cells: str | dict[str, object], **metadata: object) -> dict[str, object]:
    """A notebook of code cells, or of cells given whole."""
    made = [
        cell
        if isinstance(cell, dict)
        else {"cell_type": "code", "outputs": [], "source": cell.splitlines(keepends=True)}
        for cell in cells
    ]
    return {"cells": made, "metadata": metadata, "nbformat": 4}


def read(document: dict[str, object], indent: int | None = 1) -> FileFacts:
    return facts_of("a.ipynb", json.dumps(document, indent=indent))


def line_of(document: dict[str, object], text: str) -> int:
    lines = json.dumps(document, indent=1).splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_code_stands_on_the_line_of_the_file_that_holds_it() -> None:
    document = notebook("import acme\nclient = acme.Client()\n", "def f():\n    return client.chat.create(1)\n\nf()")
    facts = read(document)

    assert [(call.target, call.line) for call in facts.calls] == [
        ("acme.Client", line_of(document, "acme.Client()")),
        ("client.chat.create", line_of(document, "chat.create")),
        ("f", line_of(document, '"f()"')),
    ]
    assert facts.source.count(b"\n") == json.dumps(document, indent=1).count("\n")


def test_a_cell_is_named_by_its_place_among_all_cells() -> None:
    prose: dict[str, object] = {"cell_type": "markdown", "source": ["run() is code in name only"]}
    facts = read(notebook("a()\n", prose, "x = 1\n\ndef f():\n    b()\n"))

    assert [(item.kind, item.symbol) for item in facts.definitions] == [
        ("module", "cell[1]"),
        ("module", "cell[3]"),
        ("function", "f"),
    ]
    assert [(call.target, facts.symbol(call.scope)) for call in facts.calls] == [("a", "cell[1]"), ("b", "f")]
    assert facts.symbol(facts.assignments[0].scope) == "cell[3]"
    assert facts.definitions[2].scope == 1


def test_names_of_one_cell_are_known_in_the_next() -> None:
    facts = read(notebook("import acme\nclient = acme.Client()", "client.run()"))

    assert facts.calls[1].qualified == "acme.Client.run"


def test_magics_commands_and_cells_of_other_languages_are_no_code() -> None:
    facts = read(
        notebook(
            "%load_ext x\n!pip install y\nfiles = !ls\nif a:\n    !ls\nprint('%s'\n      % b)\nprint?\n",
            "%%bash\nrm -r x\n",
            "%%time\nrun()\n",
        )
    )

    assert [call.target for call in facts.calls] == ["print", "run"]
    assert facts.report.lost == 0


def test_outputs_are_never_read() -> None:
    output: dict[str, object] = {"cell_type": "code", "outputs": [{"text": ["leak()"]}], "source": ["run()"]}

    assert [call.target for call in read(notebook(output)).calls] == ["run"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_notebook_without_lines_of_its_own_is_read_all_the_same(whole: bool) -> None:
    cell: dict[str, object] = {"cell_type": "code", "source": "a()\nb()\n"}
    facts = read(notebook(cell, "c()"), indent=None if whole else 1)

    assert [(call.target, facts.symbol(call.scope)) for call in facts.calls] == [
        ("a", "cell[1]"),
        ("b", "cell[1]"),
        ("c", "cell[2]"),
    ]
    assert len({call.line for call in facts.calls}) == 3


def test_a_notebook_in_another_language_says_nothing() -> None:
    assert read(notebook("a()", kernelspec={"language": "julia"})).calls == ()
    assert len(read(notebook("a()", kernelspec={"language": "python"})).calls) == 1


def test_a_notebook_of_an_older_format_is_read() -> None:
    cell = {"cell_type": "code", "input": ["a()"]}

    assert [call.target for call in read({"worksheets": [{"cells": [cell]}], "nbformat": 3}).calls] == ["a"]


@pytest.mark.parametrize("text", ["[]", "{}", '{"cells": 1}', '{"cells": [1, {"cell_type": "code", "source": [1]}]}'])
def test_json_that_is_no_notebook_says_nothing(text: str) -> None:
    assert facts_of("a.ipynb", text).definitions == ()


def test_a_broken_notebook_is_a_file_that_could_not_be_read(repo: Repo) -> None:
    repo.write("a.ipynb", '{"cells": [')

    assert repo.report("a.ipynb").failure == ("unreadable", "it is a notebook, and no JSON")


def test_rules_of_python_find_calls_in_notebooks(repo: Repo) -> None:
    document = notebook("import acme\n", "acme.completion()\n")
    repo.write("a.ipynb", json.dumps(document, indent=1))

    found = repo.touchpoints("model_call")

    assert [(item.line, item.symbol, item.text) for item in found] == [
        (line_of(document, "completion"), "cell[2]", "acme.completion()")
    ]


def test_a_place_inside_a_function_tells_its_cell_too(repo: Repo) -> None:
    document = notebook("import acme\n", "def ask():\n    return acme.completion()\n")
    repo.write("a.ipynb", json.dumps(document, indent=1))

    assert repo.symbols("model_call") == ["cell[2].ask"]
