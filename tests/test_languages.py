"""What files say, fact by fact, and what keeps a file from being read."""

from __future__ import annotations

import pytest
from conftest import facts_of

from scanner.facts import FileFacts
from scanner.languages import LONGEST_NAME, all_languages, by_name, language_of
from scanner.languages.guard import as_utf8, objection
from scanner.languages.spelling import literal


def keys(facts: FileFacts, kind: str = "") -> list[tuple[str, int]]:
    return [(key.path, key.line) for key in facts.keys if not kind or key.kind == kind]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.py", "python"),
        ("a.pyi", "python"),
        ("deploy.yml", "yaml"),
        ("config.yaml.example", "yaml"),
        (".env", "dotenv"),
        (".env.example", "dotenv"),
        ("prod.env", "dotenv"),
        ("pyproject.toml", "toml"),
        ("a.json", "json"),
        ("a.txt", None),
        ("environment", None),
    ],
)
def test_a_language_is_told_by_the_name_of_the_file(path: str, name: str | None) -> None:
    language = language_of(path)

    assert (language.name if language else None) == name


def test_every_language_has_what_it_needs_to_be_read() -> None:
    for language in all_languages():
        assert language.reader is not None or language.query_path.is_file(), language.name


def test_definitions_nest_and_know_their_headers() -> None:
    facts = facts_of(
        "agent.py",
        """
        @wrap.with_args(1)
        @plain
        class Agent(Base, metaclass=Meta):
            def run(self, task, *, tries: int = 3):
                async def inner():
                    pass
        """,
    )
    agent, run, inner = facts.definitions

    assert [(item.kind, item.symbol, item.line) for item in facts.definitions] == [
        ("class", "Agent", 3),
        ("method", "Agent.run", 4),
        ("function", "Agent.run.inner", 5),
    ]
    assert (agent.decorators, agent.bases, agent.scope) == (("wrap.with_args", "plain"), ("Base",), -1)
    assert (run.parameters, run.scope, inner.scope) == (("self", "task", "tries"), 0, 1)


def test_a_decorator_with_arguments_is_a_call_too() -> None:
    facts = facts_of("a.py", "@retry(stop=make())\ndef run():\n    retry()\n")

    assert facts.definitions[0].decorators == ("retry",)
    assert [(call.target, call.line) for call in facts.calls] == [("retry", 1), ("make", 1), ("retry", 3)]


def test_decorators_go_to_the_definition_that_follows_them() -> None:
    facts = facts_of(
        "a.py", "@one\n# why\n@two\ndef f(): ...\n\ndef g(): ...\n\nclass A:\n    @three\n    def h(self): ...\n"
    )

    assert [item.decorators for item in facts.definitions] == [("one", "two"), (), (), ("three",)]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("a.b.c()", "a.b.c"),
        ("a().b()", "a().b"),
        ("a[0].b()", "a[].b"),
        ("a['(]'].b(')')", "a[].b"),
        ('"".join(x)', '"".join'),
        ("(await a()).b()", "a().b"),
        ("{1: 2}.get(1)", "{}.get"),
        ("(a\n  # why (not)\n  .b\n  .c())", "a.b.c"),
        ("a \\\n  .b()", "a.b"),
        ("größe.Modell()", "größe.Modell"),
    ],
)
def test_a_call_names_what_is_called(source: str, target: str) -> None:
    assert target in [call.target for call in facts_of("a.py", source).calls]


def test_a_chain_over_many_lines_stands_where_its_name_ends() -> None:
    facts = facts_of("a.py", "reply = (\n    client\n    .chat\n    .create(\n        model=m,\n    )\n)\n")

    assert [(call.line, call.end_line) for call in facts.calls] == [(4, 6)]


def test_a_very_long_chain_keeps_its_end() -> None:
    facts = facts_of("a.py", "x = a" + ".b" * 5000 + ".create()\n")

    assert facts.calls[0].target.startswith("().b")
    assert facts.calls[0].target.endswith(".b.create")


def test_every_kind_of_key_is_told_apart() -> None:
    facts = facts_of(
        "a.py",
        """
        import os
        class A:
            field: str = "x"
            def f(self, plain, given=1, typed: int = 2):
                g(word=1, **{"entry": 2})
                self.attr.deep
                d["item"]
                d.get("asked")
                os.environ["API_KEY"]
                os.getenv("BASE_URL")
                env_int("MAX_TURNS", 3)
                env_int("not a variable")
        """,
    )
    names = {kind: [name for name, _ in keys(facts, kind)] for kind in {key.kind for key in facts.keys}}

    assert names == {
        "field": ["field"],
        "parameter": ["self", "plain", "given", "typed"],
        "keyword": ["word"],
        "mapping": ["entry"],
        "attribute": ["attr", "deep", "environ"],
        "subscript": ["item", "asked", "API_KEY"],
        "environment": ["API_KEY", "BASE_URL", "MAX_TURNS"],
    }


def test_comments_and_docstrings_are_prose_and_other_strings_are_not() -> None:
    facts = facts_of("a.py", '"""Top."""\n# comment\ndef f():\n    """Doc."""\n    x = """value"""\n    return "b"\n')

    assert [item.line for item in facts.prose] == [1, 2, 4]
    assert [item.text for item in facts.strings] == ["value", "b"]


def test_assignments_keep_a_short_value() -> None:
    facts = facts_of("a.py", "A = 'text'\nself.b = f(\n  1)\nc: int\n")

    assert [(item.name, item.value) for item in facts.assignments] == [("A", "text"), ("self.b", "f( 1)"), ("c", "")]


@pytest.mark.parametrize(
    ("text", "content"),
    [('"a"', "a"), ("'a b'", "a b"), ('"""a\n  b"""', "a b"), ('f"{x}"', "{x}"), ("x + y", "x + y"), ("''", "")],
)
def test_the_content_of_a_literal_is_on_one_line(text: str, content: str) -> None:
    assert literal(text) == content


CONFIGS = {
    "c.yaml": "model:\n  name: gpt\n  fallback: [a, b]\nlist:\n  - role: judge\n    'quoted key': 1\n",
    "c.toml": "top = 1\n[model]\nname = 'gpt'\n[model.fallback]\nchain = ['a']\n[[agents]]\nrole = 'judge'\n",
    "c.json": '{\n  "model": {\n    "name": "gpt"\n  },\n  "list": [{"role": "judge"}]\n}\n',
    ".env": "# why\nexport API_KEY=secret\n\nBASE_URL='http://x'\nMULTI=\"a\nb\"\nLAST=1\n",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "c.yaml",
            [("model", 1), ("model.name", 2), ("model.fallback", 3), ("list", 4), ("list.role", 5), ("list.quoted key", 6)],
        ),
        (
            "c.toml",
            [
                ("top", 1), ("model", 2), ("model.name", 3), ("model.fallback", 4), ("model.fallback.chain", 5),
                ("agents", 6), ("agents.role", 7),
            ],
        ),
        ("c.json", [("model", 2), ("model.name", 3), ("list", 5), ("list.role", 5)]),
        (".env", [("API_KEY", 2), ("BASE_URL", 4), ("MULTI", 5), ("LAST", 7)]),
    ],
)  # fmt: skip
def test_a_configuration_key_has_its_path_and_line(name: str, expected: list[tuple[str, int]]) -> None:
    assert keys(facts_of(name, CONFIGS[name])) == expected


def test_values_of_environment_files_are_not_kept() -> None:
    facts = facts_of(".env", CONFIGS[".env"])

    assert {key.value for key in facts.keys} == {""}


def test_a_file_with_an_error_says_what_was_lost_and_keeps_the_rest() -> None:
    facts = facts_of("a.py", "client.send()\ndef f(:\n    x = = 1\nclient.close()\n")

    assert "client.send" in [call.target for call in facts.calls]
    assert facts.report.lost > 0
    assert facts.report.line == 2


@pytest.mark.parametrize(
    "data",
    [
        "größe = 'ä'\r\nclient.send()\r\n".encode(),
        b"\xef\xbb\xbf" + "größe = 'ä'\nclient.send()\n".encode(),
        "größe = 'ä'\nclient.send()\n".encode("utf-16"),
        "größe = 'ä'\nclient.send()\n".encode("utf-32"),
        "größe = 'ä'\nclient.send()\n".encode("latin-1"),
    ],
    ids=["crlf", "utf-8 with mark", "utf-16", "utf-32", "latin-1"],
)
def test_every_usual_encoding_gives_the_same_facts(data: bytes) -> None:
    facts = facts_of("a.py", data)

    assert [(item.name, item.line) for item in facts.assignments] == [("größe", 1)]
    assert [(call.target, call.line) for call in facts.calls] == [("client.send", 2)]
    assert facts.text(facts.calls[0].start, facts.calls[0].end) == "client.send()"


def test_a_declared_encoding_is_believed() -> None:
    assert as_utf8("# coding: cp1251\nx = 'да'\n".encode("cp1251")) == "# coding: cp1251\nx = 'да'\n".encode()


@pytest.mark.parametrize("name", ["unicode_escape", "zlib", "punycode", "nonsense", "cp99999"])
def test_a_codec_that_is_no_character_set_is_not_used(name: str) -> None:
    assert as_utf8(f"# coding: {name}\nx = 'ü'\n".encode("latin-1")).endswith("x = 'ü'\n".encode())


@pytest.mark.parametrize("name", ["utf-7", "unicode_escape", "iso-2022-jp", "hz", "cp037", "rot13", "nonsense", "u.7"])
@pytest.mark.parametrize("before", ["", "\n", "#!/usr/bin/env python\r", "\f# x\r\n"])
def test_python_in_an_encoding_that_changes_ascii_is_not_read_and_says_so(name: str, before: str) -> None:
    source = as_utf8(f"{before}# -*- coding: {name} -*-\nx = 1\n".encode())

    detail = f"declares the encoding {name}, which is not read"
    assert objection(source, by_name("python")) == ("unusual encoding", detail)
    assert objection(source, by_name("shell")) == ("", "")


@pytest.mark.parametrize(
    "first", ["# coding: utf-7", "# vim: set fileencoding=hz :", "# coding: utf-8-sig-7", "# é coding: idna"]
)
def test_only_the_lines_that_python_asks_declare_an_encoding(first: str) -> None:
    source = f"import a\n{first}\n".encode()

    assert objection(source, by_name("python")) == ("", "")
    assert objection(b"#\n#\n" + source.splitlines()[1], by_name("python")) == ("", "")


@pytest.mark.parametrize(
    "name",
    ["UTF-8", "utf8", "utf-8-unix", "ascii", "us-ascii", "latin-1", "iso-8859-15", "cp1252", "gbk", "sjis", "koi8-r"],
)
@pytest.mark.parametrize("text", ["x = 1", "x = 'für'"])
def test_python_in_a_usual_character_set_is_read(name: str, text: str) -> None:
    assert objection(as_utf8(f"# coding: {name}\n{text}\n".encode()), by_name("python")) == ("", "")


def test_utf_8_that_its_declared_character_set_would_read_as_other_code_is_not_read() -> None:
    written = '# coding: shift_jis\nx = "ゃ\\"; import openai #"\n'

    assert objection(as_utf8(written.encode()), by_name("python"))[0] == "unusual encoding"
    assert objection(as_utf8("# coding: shift_jis\nx = 'ソ'\n".encode("shift_jis")), by_name("python")) == ("", "")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_carriage_return_ends_a_line_of_python_and_a_comment(end: str) -> None:
    facts = facts_of("a.py", f"x = 1\n# nothing here{end}import openai{end}openai.run()\n".encode())

    assert [(call.qualified, call.line) for call in facts.calls] == [("openai.run", 4)]
    assert facts_of("a.sh", b"# nothing here\rrun it\n").calls == ()


def test_a_carriage_return_ends_a_line_in_a_cell_of_a_notebook() -> None:
    cell = r'{"cells": [{"cell_type": "code", "source": ["# nothing here\rimport openai\ropenai.run()\n", "y = 1"]}]}'

    assert [call.qualified for call in facts_of("a.ipynb", cell).calls] == ["openai.run"]


def test_tabs_and_spaces_both_indent() -> None:
    facts = facts_of("a.py", b"class A:\n\tdef f(self):\n\t\tif x:\n\t\t    y()\n")

    assert [item.symbol for item in facts.definitions] == ["A", "A.f"]


@pytest.mark.parametrize(
    ("language", "source", "reason"),
    [
        ("python", b"x = 1\0", "binary"),
        ("python", b"f(" * 10_000 + b")" * 10_000, "nested too deeply"),
        ("python", b"[" * 10_000, "nested too deeply"),
        ("json", b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
        ("yaml", b"{a: " * 10_000 + b"}" * 10_000, "nested too deeply"),
        ("yaml", b"".join(b" " * depth + b"k:\n" for depth in range(500)), "nested too deeply"),
        ("yaml", b"- " * 500, "nested too deeply"),
        ("python", b"f()" * 600_000, "too dense"),
    ],
)
def test_what_a_parser_could_not_bear_is_refused_with_a_reason(language: str, source: bytes, reason: str) -> None:
    assert objection(source, by_name(language))[0] == reason


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", b"x = " + b"(" * 100 + b"1" + b")" * 100),
        ("python", b'smile = "' + b":(" * 900 + b'"\n'),
        ("yaml", b"a:\n" + b" " * 150 + b"b: 1\n"),
        ("python", b"# ---- " + b"-" * 10_000),
        ("python", b""),
    ],
)
def test_what_people_write_is_not_refused(language: str, source: bytes) -> None:
    assert objection(source, by_name(language)) == ("", "")


@pytest.mark.parametrize("name", ["a.py", "a.yaml", "a.json", "a.toml", ".env"])
@pytest.mark.parametrize("source", [b"", b"\n", b"\xff\xfe", b"\x00", b"'\"{[(", b"\r\r\r", "\u2028é".encode()])
def test_any_bytes_give_facts(name: str, source: bytes) -> None:
    assert facts_of(name, source).path == name


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", "import {}\n"),
        ("a.py", "from {} import b\n"),
        ("a.ts", "import b from '{}';\n"),
        ("a.ts", "export * from '{}';\n"),
        ("a.go", 'package a\nimport b "{}"\n'),
        ("a.rs", "use {};\n"),
    ],
)
@pytest.mark.parametrize("parts", [60, 5_000])
def test_of_a_name_that_is_too_long_to_be_one_the_beginning_counts(name: str, source: str, parts: int) -> None:
    joint = {"a.rs": "::", "a.py": "."}.get(name, "/")
    facts = facts_of(name, source.replace("{}", joint.join(["acme"] * parts)))

    longest = max(len(item.qualified) for item in facts.imports)
    assert all(item.qualified.startswith("acme") for item in facts.imports)
    assert 60 * 5 - 1 <= longest <= (LONGEST_NAME if parts > 60 else 60 * 5 + 10)
