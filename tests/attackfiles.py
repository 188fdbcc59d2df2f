"""Files that mean harm to whoever parses them, each built when it is asked for: none of them lies in the repository."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping
from functools import partial

from scanner.places import HEAD_BYTES
from scanner.reading import CODE_LIMIT, CONFIG_LIMIT

#: Enough for what is quadratic to show, and little for what is not.
SMALL = 20_000
DEEP = 100_000

Build = Callable[[], bytes]


def nest(opens: str, closes: str, times: int = DEEP, before: str = "x = ", inside: str = "1") -> bytes:
    """Brackets, or whatever opens and closes, in each other."""
    return f"{before}{opens * times}{inside}{closes * times}\n".encode()


def fill(unit: str, size: int = SMALL, before: str = "", after: str = "\n") -> bytes:
    """One text again and again, up to a size."""
    return (before + unit * ((size - len(before) - len(after)) // len(unit)) + after).encode()


def count(unit: str, times: int, before: str = "", after: str = "", between: str = "") -> bytes:
    """A text for each number, which stands in it as `{}`."""
    return (before + between.join(unit.replace("{}", str(number)) for number in range(times)) + after).encode()


def stairs(unit: str, depth: int, step: str = " ", last: str = "") -> bytes:
    """Lines that are each indented deeper than the one before."""
    return ("".join(step * level + unit + "\n" for level in range(depth)) + step * depth + last + "\n").encode()


def notebook(cells: object, **more: object) -> bytes:
    """A notebook with these cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}, indent=1).encode()


def cell(source: object, outputs: object = ()) -> dict[str, object]:
    """A cell of code."""
    return {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}, "execution_count": None}


def laughs(levels: int = 12) -> bytes:
    """The billion laughs, as YAML tells them."""
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, levels)]
    return "\n".join(lines).encode()


def merges(times: int) -> bytes:
    """Merge keys that each take all that came before."""
    lines = ["m0: &m0 {a: 1, b: 2, c: 3}"]
    lines += [f"m{number}: &m{number}\n  <<: [*m{number - 1}, *m{max(number - 2, 0)}]" for number in range(1, times)]
    return "\n".join(lines).encode()


_CALL = "import acme\nacme.completion()\n"

#: What begins a file of another kind, and goes on as Python.
_POLYGLOTS = {
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "elf": b"\x7fELF\x02\x01\x01\x00",
    "zip": b"PK\x03\x04\x14\x00\x08\x00",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "shell-and-html": b"#!/bin/sh\n'''\\'''<!--'; exec rm -rf canary; <script>alert(1)</script> -->\n'''\n",
}
_CODECS = (
    "idna",
    "zlib",
    "rot13",
    "unicode_escape",
    "punycode",
    "undefined",
    "hex",
    "utf-7",
    "../../x",
    "mbcs",
    "iso-x",
)
_BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


def _of_bytes() -> Mapping[str, Build]:
    """Files that are no text, or text in a spelling that nobody expects."""
    code = _CALL.encode()
    found: dict[str, Build] = {
        "empty_lines.py": lambda: b"\n" * CODE_LIMIT,
        "blanks.py": lambda: b" " * CODE_LIMIT,
        "nul.py": lambda: code + b"\0" * 100_000,
        "one_nul.py": lambda: code + b"x = '\0'\n",
        "surrogates.py": lambda: b"x = '" + b"\xed\xa0\x80\xed\xbf\xbf" * 10_000 + b"'\n",
        "no_utf8.py": lambda: code + bytes(range(128, 256)) * 800 + b"\n",
        "overlong.py": lambda: b"x = '" + b"\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80" * 9_000 + b"'\n",
        "combining.py": lambda: ("x = '" + "e" + "\u0301" * 90_000 + "'\n").encode(),
        "line_ends.py": lambda: b"x = 1\r\ny = 2\rz = 3\n\x0b\x0c\x1c\x85\xe2\x80\xa8" * 4_000,
        "returns.py": lambda: b"\r" * SMALL + code,
        "confusable.py": lambda: fill("\u202eacme\u2066 = \u202d1\n"),
        "large.py": lambda: b"x = '" + b"a" * 50_000_000 + b"'\n",
        "almost_large.py": lambda: b"x = '" + b"a" * (CODE_LIMIT - 10) + b"'\n",
        "almost_large.json": lambda: b'{"a": "' + b"a" * (CONFIG_LIMIT - 10) + b'"}',
        "truncated_bom.py": lambda: codecs.BOM_UTF32_LE + b"abc",
    }
    found |= {
        f"bom_{name}.py": partial(bytes.__add__, mark, code.decode().encode(name)) for name, mark in _BOMS.items()
    }
    found |= {f"wrong_bom_{name}.py": partial(bytes.__add__, mark, code) for name, mark in _BOMS.items()}
    found |= {f"polyglot_{name}.py": partial(bytes.__add__, head, code * 50) for name, head in _POLYGLOTS.items()}
    found |= {
        f"cookie_{number}.py": partial(bytes.__add__, f"# -*- coding: {name} -*-\n".encode(), b"\xe9 = 1\n" + code)
        for number, name in enumerate(_CODECS)
    }
    return found


def _of_python() -> Mapping[str, Build]:
    return {
        "parens.py": partial(nest, "(", ")"),
        "lists.py": partial(nest, "[", "]"),
        "dicts.py": partial(nest, "{1: ", "}"),
        "only_open.py": partial(nest, "([{", ""),
        "nots.py": partial(nest, "not ", "", 40_000),
        "minuses.py": partial(nest, "-", ""),
        "tildes.py": partial(nest, "~", "", CODE_LIMIT // 3),
        "awaits.py": partial(nest, "await ", "", 30_000),
        "lambdas.py": partial(nest, "lambda: ", "", 24_000),
        "lambdas_large.py": partial(nest, "lambda: ", "", 200_000),
        "conditionals.py": partial(nest, "1 if a else ", "", 16_000),
        "powers.py": partial(nest, "a ** ", "", 40_000),
        "walrus.py": partial(nest, "(a := ", ")", 240),
        "fstrings.py": partial(nest, 'f"{', '}"', 240),
        "fstrings_deep.py": partial(nest, 'f"{', '}"'),
        "generators.py": partial(nest, "(a for a in ", ")", 240),
        "blocks.py": partial(stairs, "if x:", 600, last="pass"),
        "blocks_large.py": partial(stairs, "if x:", 1_900, last="pass"),
        "functions.py": partial(stairs, "def f(a=f):", 600, last="return f"),
        "functions_large.py": partial(stairs, "def f(a=f):", 1_900, last="return f"),
        "classes.py": partial(stairs, "class A(A):", 600, last="pass"),
        "classes_large.py": partial(stairs, "class Agent(Agent):", 1_900, last="pass"),
        "dedents.py": partial(fill, "if x:\n                              y\n  z\n"),
        "long_line.py": partial(fill, "a + ", SMALL, "x = ", "1\n"),
        "tokens.py": partial(fill, "a;", CODE_LIMIT),
        "tokens_few_signs.py": partial(fill, "a b\n", SMALL),
        "names.py": partial(fill, "a\n", SMALL),
        "unterminated_string.py": partial(fill, "acme.completion(\n", SMALL, '"""'),
        "many_unterminated.py": partial(fill, "x = '\n"),
        "unterminated_large.py": partial(fill, "x = '''\"\"\"\n", CODE_LIMIT),
        "comments.py": partial(fill, "#\n", CODE_LIMIT),
        "backslashes.py": partial(fill, "\\\n", 8_000, "x = "),
        "escapes.py": partial(fill, "\\N{DASH}\\x0g\\ud800\\777", SMALL, "x = '", "'\n"),
        "integers.py": partial(fill, "9", SMALL, "x = "),
        "exponent.py": lambda: b"x = 1e999999999\nacme.completion(temperature=9" + b"0" * 5_000 + b")\n",
        "arguments.py": partial(count, "a{}=a{}", 20_000, "f(", ")\n", ", "),
        "parameters.py": partial(count, "a{}: A{} = {}", 20_000, "def f(", "): pass\n", ", "),
        "decorators.py": partial(count, "@a{}\n", 20_000, "", "def f(): ...\n"),
        "attributes.py": partial(fill, ".a", 100_000, "x = a"),
        "calls.py": partial(fill, ".a()", 100_000, "x = a"),
        "calls_large.py": partial(fill, ".a(x)", 1_000_000, "x = a"),
        "subscripts.py": partial(fill, "[0]", 100_000, "x = a"),
        "imports.py": partial(count, "import a{}\n", 50_000),
        "import_parts.py": partial(fill, ".a", SMALL, "import a", "\na.b()\n"),
        "import_from_parts.py": partial(fill, ".a", SMALL, "from a", " import b\nb()\n"),
        "annotation_parts.py": partial(fill, ".a", SMALL, "x: a", " = 1\nx.b()\n"),
        "same_name.py": partial(fill, "def f(): ...\n", SMALL),
        "imported_names.py": partial(count, "a{}", 50_000, "from m import (", ")\n", ", "),
        "stars.py": partial(count, "from a{} import *\n", 50_000),
        "definitions.py": partial(fill, "def f(): return f()\n", SMALL),
        "same_class.py": partial(fill, "class A(A):\n  def f(self): return self.f()\n", SMALL),
        "same_variable.py": partial(fill, "a = a.a\n", 400_000),
        "aliases.py": partial(fill, "a = b\nb = a\nb.completion()\n"),
        "alias_chain.py": partial(count, "a{}.b = a{}.c\n", 20_000, between="x = "),
        "doubling.py": lambda: b"import acme\n" + b"".join(b"a%d = a%d.a%d\n" % (n + 1, n, n) for n in range(9_000)),
        "doubling_own.py": lambda: b"".join(b"a%d = a%d + a%d\n" % (n + 1, n, n) for n in range(9_000)),
        "import_cycle.py": lambda: (
            b"from import_cycle import a as b, b as a\nimport import_cycle\na.b.completion()\n" * 3_000
        ),
        "inherits_itself.py": lambda: b"class A(B): ...\nclass B(A): ...\nclass C(C): ...\nA().completion()\n" * 3_000,
        "bases.py": partial(count, "A{}", 20_000, "class A(", "): ...\n", ", "),
        "globals.py": partial(count, "global a{}\n  a{} = a{}\n  ", 10_000, "def f():\n  "),
        "getattrs.py": partial(fill, 'getattr(a, "b")()\n'),
        "dictionary.py": partial(count, '"k{}": {"model": "m{}"}', 20_000, "x = {", "}\n", ", "),
        "elifs.py": partial(fill, "elif a:\n  b\n", SMALL, "if a:\n  b\n"),
        "tries.py": partial(fill, "try:\n  acme.completion()\nexcept A:\n  pass\n"),
        "matches.py": partial(fill, "  case {'a': [1, *_]}: pass\n", SMALL, "match a:\n"),
        "annotations.py": partial(nest, "list[", "]", 240, "x: ", "int"),
        "environment.py": partial(fill, 'os.environ["A_B"]\n', SMALL, "import os\n"),
        "odd_bytes.py": partial(fill, "\x01\x02 $ ? ! \x7f", SMALL),
    }


def _below_lines(build: Build) -> bytes:
    return b"\n" * HEAD_BYTES + build()


def _of_scripts() -> Mapping[str, Build]:
    found: dict[str, Build] = {}
    for suffix in ("js", "ts", "tsx"):
        found |= {
            f"parens.{suffix}": partial(nest, "(", ")"),
            f"lists.{suffix}": partial(nest, "[", "]"),
            f"objects.{suffix}": partial(nest, "{a: ", "}"),
            f"objects_kept.{suffix}": partial(nest, "{a: ", "}", 240),
            f"blocks.{suffix}": partial(nest, "if (a) {", "}", 240, ""),
            f"unary.{suffix}": partial(nest, "!", ""),
            f"typeofs.{suffix}": partial(nest, "typeof ", "", 25_000),
            f"templates.{suffix}": partial(nest, "`${", "}`", 240),
            f"templates_deep.{suffix}": partial(nest, "`${", "}`"),
            f"templates_open.{suffix}": partial(fill, "`${a"),
            f"arrows.{suffix}": partial(nest, "a => ", "", 30_000),
            f"arrows_kept.{suffix}": partial(nest, "a => ", "", 2_000),
            f"ternaries.{suffix}": partial(nest, "a ? b : ", "", 20_000),
            f"elses.{suffix}": partial(fill, "if (a) b; else "),
            f"calls.{suffix}": partial(fill, ".a()", 100_000, "x = a"),
            f"arguments.{suffix}": partial(count, "{a{}: {}}", 20_000, "f(", ")\n", ", "),
            f"aliases.{suffix}": partial(fill, "let a = b; let b = a; b.completion();\n"),
            f"slashes.{suffix}": partial(fill, "/a[/"),
            f"comments.{suffix}": partial(fill, "/* ", 20_000),
            f"tokens.{suffix}": partial(fill, "a;", CODE_LIMIT),
            f"less_than.{suffix}": partial(fill, "a<"),
            f"definitions.{suffix}": partial(fill, "function f() { return f() }\n", SMALL),
            f"requires.{suffix}": partial(count, "const a{} = require('a{}');\n", 6_000),
        }
    # Scripts whose first lines are long are taken for the output of a minifier, and not read.
    found = {path: partial(_below_lines, build) if path.endswith(".js") else build for path, build in found.items()}
    return found | {
        "exports.ts": partial(fill, "export * from './exports'; export { a as b, b as a } from './exports';\n"),
        "generics.ts": partial(nest, "A<", ">", 20_000, "let x: ", "B"),
        "unions.ts": partial(fill, " | A", SMALL, "type T = A"),
        "conditional_types.ts": partial(nest, "A extends B ? C : ", "", 5_000, "type T = ", "D"),
        "decorators.ts": partial(count, "@a{}()\n", 20_000, "", "class A {}\n"),
        "elements.tsx": partial(nest, "<a>", "</a>", 10_000),
        "elements_open.tsx": partial(fill, "<a b={c}>"),
        "elements_few.tsx": partial(nest, "<a>", "</a>", 1_000),
        "namespaces.ts": partial(nest, "namespace a {", "}", 240, ""),
        "import_folders.ts": partial(fill, "../", SMALL, "import x from '", "a';\nx.b();\n"),
        "import_parts.ts": partial(fill, "/a", SMALL, "import x from 'a", "';\nx.b();\n"),
        "overloads.ts": partial(fill, "function f(a: A): B;\n"),
    }


def _of_systems() -> Mapping[str, Build]:
    return {
        "parens.go": partial(nest, "(", ")", before="package a\nvar x = "),
        "blocks.go": partial(nest, "{", "}", 240, "package a\nfunc f() ", ""),
        "stars.go": partial(nest, "*", "", 50_000, "package a\nvar x = "),
        "types.go": partial(nest, "[]", "", 50_000, "package a\nvar x ", "int"),
        "channels.go": partial(nest, "<-", "", 50_000, "package a\nvar x = "),
        "raw_string.go": partial(fill, "a\n", SMALL, "package a\nvar x = `"),
        "imports.go": partial(count, '\t"a{}"\n', 20_000, "package a\nimport (\n", ")\n"),
        "definitions.go": partial(fill, "func f() { f() }\n", SMALL, "package a\n"),
        "aliases.go": partial(fill, "a := b\nb := a\nb.Completion()\n", SMALL, "package a\nfunc f() {\n", "}\n"),
        "calls.go": partial(fill, ".A()", 100_000, "package a\nvar x = a"),
        "elses.go": partial(fill, "if a {} else ", SMALL, "package a\nfunc f() {\n", "{}}\n"),
        "structs.go": partial(nest, "struct { a ", "}", 240, "package a\ntype T ", "int"),
        "embeds.go": partial(fill, "type A struct { A; *B }\ntype B struct { *A }\n", SMALL, "package a\n"),
        "tokens.go": partial(fill, "a;", CODE_LIMIT, "package a\n"),
        "parens.rs": partial(nest, "(", ")", before="const X: A = "),
        "blocks.rs": partial(nest, "{", "}", 240, "fn f() ", ""),
        "references.rs": partial(nest, "&", "", 15_000, "const X: A = "),
        "nots.rs": partial(nest, "!", "", 15_000, "const X: A = "),
        "generics.rs": partial(nest, "A<", ">", 20_000, "type T = ", "B"),
        "comments_nested.rs": partial(nest, "/*", "*/", 50_000, ""),
        "comments_open.rs": partial(fill, "/*"),
        "raw_string.rs": lambda: b"const X: A = r" + b"#" * 100_000 + b'"a"' + b"#" * 99_999 + b";\n",
        "raw_strings.rs": partial(fill, 'r#"', 10_000),
        "macros.rs": partial(nest, "a!(", ")", 240, "fn f() { ", ""),
        "attributes.rs": partial(count, "#[a{}]\n", 20_000, "", "fn f() {}\n"),
        "paths.rs": partial(fill, "::a", SMALL, "use a", ";\n"),
        "uses.rs": partial(nest, "a::{", "}", 240, "use ", "b"),
        "definitions.rs": partial(fill, "fn f() { f() }\n", SMALL),
        "closures.rs": partial(nest, "|a| ", "", 30_000, "const X: A = "),
        "methods.rs": partial(fill, ".a()?", 100_000, "fn f() { x", "; }\n"),
        "modules.rs": partial(nest, "mod a {", "}", 240, "", ""),
        "impls.rs": partial(fill, "impl A for A { fn f(&self) { self.f() } }\n"),
    }


def _of_settings() -> Mapping[str, Build]:
    return {
        "lists.json": partial(nest, "[", "]", before=""),
        "objects.json": partial(nest, '{"a":', "}", before=""),
        "objects_kept.json": partial(nest, '{"a":', "}", 249, ""),
        "open.json": partial(fill, '{"a":['),
        "numbers.json": lambda: b'{"a": 1e999, "b": -1e999, "c": ' + b"9" * 100_000 + b', "d": NaN, "e": Infinity}',
        "duplicates.json": partial(count, '"model": {}', 20_000, "{", "}", ","),
        "escapes.json": partial(fill, "\\ud800\\u0000", SMALL, '{"a": "', '"}'),
        "unterminated.json": partial(fill, 'a\\"', SMALL, '{"a": "'),
        "long_key.json": lambda: json.dumps({"k" * 200_000: {f"b{n}": n for n in range(20_000)}}).encode(),
        "comments.json": partial(fill, "/*"),
        "comments_closed.json": partial(fill, "/**/"),
        "items.json": partial(fill, "1,", CONFIG_LIMIT, "[", "1]"),
        "laughs.yaml": laughs,
        "laughs_keys.yaml": lambda: "\n".join(
            ["a0: &a0 {b: 1, c: 2}"] + [f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, 300)]
        ).encode(),
        "merges.yaml": partial(merges, 4_000),
        "merges_of_itself.yaml": lambda: b"a: &a\n  <<: *a\n  b: *a\n" * 5_000,
        "tags.yaml": lambda: b'a: !!python/object/apply:os.system ["touch canary"]\nb: !<tag:x> {c: d}\n' * 1_000,
        "flow.yaml": partial(nest, "[", "]", before=""),
        "flow_kept.yaml": partial(nest, "{a: ", "}", 240, ""),
        "stairs.yaml": partial(stairs, "a:", 180),
        "stairs_deep.yaml": partial(stairs, "a:", 900),
        "dashes.yaml": partial(nest, "- ", "", 50_000, ""),
        "questions.yaml": partial(nest, "? ", "", 50_000, ""),
        "anchors.yaml": partial(count, "- &a{} x\n", 30_000, "a:\n"),
        "aliases.yaml": partial(fill, "- *a\n", CONFIG_LIMIT, "x: &a {b: 1}\ny:\n"),
        "long_key.yaml": partial(count, "  b{}: 1\n", 20_000, "k" * 200_000 + ":\n"),
        "documents.yaml": partial(fill, "---\na: &a 1\nb: *a\n...\n"),
        "block_scalar.yaml": partial(fill, "  a\n\n", CONFIG_LIMIT, "a: |\n"),
        "unterminated.yaml": partial(fill, "a: '\n"),
        "tabs.yaml": partial(fill, "\ta:\n"),
        "colons.yaml": partial(fill, ": "),
        "keys.yaml": partial(count, "a{}: {}\n", 30_000),
        "directives.yaml": partial(fill, "%YAML 9.9\n%TAG ! x\n"),
        "tables.toml": partial(fill, ".a", CONFIG_LIMIT, "[a", "]\nb = 1\n"),
        "long_table.toml": partial(count, "b{} = 1\n", 20_000, "[a" + ".a" * 100_000 + "]\n"),
        "long_key.toml": partial(fill, ".a", SMALL, "a", " = 1\n"),
        "many_tables.toml": partial(count, "[a.b.c{}]\nd = {}\n", 15_000),
        "arrays.toml": partial(nest, "[", "]", before="a = "),
        "inline.toml": partial(nest, "{a = ", "}", 240, "a = "),
        "same_key.toml": partial(fill, "a = 1\n"),
        "strings.toml": partial(fill, '"', SMALL, 'a = """'),
        "numbers.toml": partial(fill, "9", SMALL, "a = "),
        "expansions.env": lambda: b"A=${B}\nB=${A}\nC=$(touch canary)\nD=`touch canary`\nE=${E:-${E:-${E}}}\n" * 2_000,
        "quotes.env": partial(fill, "A='\n"),
        "quotes_open.env": partial(fill, "a\n", 100_000, 'A="'),
        "quotes_double.env": partial(fill, 'A="\n', SMALL),
        "escapes.env": partial(fill, "\\'", CONFIG_LIMIT, "A='"),
        "exports.env": partial(fill, "export ", CONFIG_LIMIT),
        "blanks.env": partial(fill, " ", CONFIG_LIMIT, "A"),
        "equals.env": partial(fill, "=", CONFIG_LIMIT),
        "comments.env": partial(fill, " #", CONFIG_LIMIT, "A=a"),
    }


def _of_schemas() -> Mapping[str, Build]:
    return {
        "subshells.sh": partial(nest, "$(", ")", before="x="),
        "subshells_kept.sh": partial(nest, "$(a ", ")", 240, "x="),
        "heredocs.sh": partial(fill, "cat <<A\n"),
        "heredocs_one_line.sh": partial(count, "<<A{} ", 2_000, "cat ", "\n"),
        "heredoc_word.sh": lambda: b"cat <<" + b"A" * 100_000 + b"\n" + b"A" * 99_999 + b"\n",
        "backticks.sh": partial(fill, "`a "),
        "ifs.sh": partial(nest, "if a; then ", "fi;", 400, ""),
        "ifs_few.sh": partial(nest, "if a; then ", "fi;", 100, ""),
        "pipes.sh": partial(fill, "a | ", 8_000),
        "expansions.sh": partial(nest, "${a:-", "}", 240, "x="),
        "expansions_open.sh": partial(fill, "${a"),
        "definitions.sh": partial(fill, "f() { f; }\n"),
        "cases.sh": partial(fill, "a) b;;\n", SMALL, "case a in\n"),
        "tests.sh": partial(fill, "[[ a "),
        "columns.sql": partial(count, "c{} INT", 50_000, "CREATE TABLE t (", ");", ",\n"),
        "parens.sql": partial(nest, "(", ")", before="SELECT "),
        "creates.sql": partial(fill, "CREATE TABLE t (a INT);\n", 600_000),
        "creates_open.sql": partial(fill, "CREATE TABLE t (\n", 30_000),
        "creates_nested.sql": partial(fill, "CREATE FUNCTION f() AS $$ "),
        "dollars.sql": partial(count, "$a{}$ ", 20_000),
        "dollars_same.sql": partial(fill, "$$ ", CODE_LIMIT),
        "quotes.sql": partial(fill, "'a", CODE_LIMIT, "", "'"),
        "quotes_mixed.sql": partial(fill, "'\"\n"),
        "quotes_doubled.sql": partial(fill, "''", CODE_LIMIT, "SELECT '"),
        "comments.sql": partial(fill, "/*"),
        "dump.sql": partial(fill, "COPY t FROM stdin;\n1\n"),
        "inserts.sql": partial(fill, "INSERT INTO t (a, b) VALUES (1, 2);\n"),
        "alters.sql": partial(fill, "ALTER TABLE t ADD COLUMN a INT;\n"),
        "unions.sql": partial(fill, "SELECT 1 UNION "),
        "messages.proto": partial(nest, "message A {", "}", 240, ""),
        "messages_deep.proto": partial(nest, "message A {", "}", DEEP, ""),
        "messages_open.proto": partial(fill, "message A {", 20_000),
        "options.proto": partial(fill, "a: {", 20_000, "option x = {"),
        "options_many.proto": partial(fill, "(a)", SMALL, "option "),
        "fields.proto": partial(count, "int32 a{} = {};\n", 20_000, "message A {\n", "}\n"),
        "values.proto": partial(fill, "[a = {b: 1}] ", SMALL, "message A { int32 a = 1 "),
        "strings.proto": partial(fill, "'\"\\", SMALL, "x = "),
        "comments.proto": partial(fill, "/*"),
        "statement.proto": partial(fill, "a = "),
    }


def _of_pages() -> Mapping[str, Build]:
    line = "x = 1\n"
    return {
        "cells.ipynb": lambda: notebook([cell([line] * 2) for _ in range(10_000)]),
        "cells_of_text.ipynb": lambda: notebook([cell("a" * 20) for _ in range(5_000)]),
        "no_cells.ipynb": lambda: notebook({"a": "b"}),
        "cells_no_lists.ipynb": lambda: notebook(
            [None, 1, "x", [], [[cell("x")]], {"cell_type": ["code"], "source": {}}]
        ),
        "sources_odd.ipynb": lambda: notebook(
            [cell(value) for value in (None, 1, {}, {"a": "b"}, [[["x"]]], [None, 1])]
        ),
        "outputs.ipynb": lambda: notebook([cell([line], [{"text": ["A" * 1_000_000]}])]),
        "pieces.ipynb": lambda: notebook([cell(["a"] * 20_000)]),
        "pieces_large.ipynb": lambda: notebook([cell(["aaaa"] * 160_000)]),
        "one_line.ipynb": lambda: json.dumps({"cells": [cell([line] * 15_000)]}).encode(),
        "escapes.ipynb": lambda: json.dumps({"cells": [cell("\ud800\x00\r\n" * 9_000)]}).encode(),
        "same_members.ipynb": lambda: b'{"cells": [], ' * 1 + b'"cells": [{}], ' * 10_000 + b'"nbformat": 4}',
        "worksheets.ipynb": lambda: (
            b'{"worksheets": [1, {"cells": 1}, {"cells": [{"cell_type": "code", "input": 1}]}]}'
        ),
        "deep.ipynb": partial(nest, '{"cells":[', "]}", before=""),
        "magics.ipynb": lambda: notebook([cell(["a, " * 60_000 + "\n", "?" * 1_000 + "\n"])]),
        "broken.ipynb": lambda: notebook([cell([line])])[:-40],
        "prompts/no_end.md": partial(fill, "a: b\n", CONFIG_LIMIT, "---\n"),
        "prompts/long.md": partial(fill, "a: b\n", 60_000, "---\n", "---\n"),
        "prompts/deep.md": lambda: b"---\na: " + b"[" * 20_000 + b"\n---\n",
        "prompts/dashes.md": partial(fill, "---\n", CONFIG_LIMIT),
        "prompts/rules.md": partial(fill, "- " * 1_000 + "\n", CONFIG_LIMIT),
        "prompts/laughs.md": lambda: b"---\n" + laughs() + b"\n---\n",
        "prompts/blanks.md": partial(fill, " \n", CONFIG_LIMIT),
        "prompts/links.md": partial(fill, "[a](", CONFIG_LIMIT),
        "prompts/quotes.md": partial(fill, ">", CONFIG_LIMIT),
        "prompts/ticks.md": lambda: b"".join(b"`" * n + b" " for n in range(1_000)),
        "README.md": partial(fill, "<!-- [![a](b)", CONFIG_LIMIT),
        "records.jsonl": lambda: b'{"messages": [{"role": "user", "content": 1e999}]}\n' * 4_000,
        "records_deep.jsonl": lambda: b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "records_one.jsonl": lambda: b'{"messages": [{"role": "' + b"a" * 1_000_000 + b'"}]}\n',
    }


#: In manifests keys and tables are read by a parser that is quadratic in what a line or a nest of tables holds.
def _of_manifests() -> Mapping[str, Build]:
    found: dict[str, Build] = {}
    for name in ("Cargo.toml", "pyproject.toml", "Pipfile"):
        found |= {
            f"dots/{name}": partial(fill, ".a", CONFIG_LIMIT, "a", " = 1\n"),
            f"dots_of_lines/{name}": lambda: b"".join(b"a%d%s = 1\n" % (n, b".a" * 48) for n in range(1_000)),
            f"dots_of_tables/{name}": lambda: b"".join(b"[a%d%s]\n" % (n, b".a" * 48) for n in range(1_000)),
            f"dots_in_strings/{name}": partial(fill, '"."."', CONFIG_LIMIT, "a = "),
            f"dots_after_string/{name}": lambda: b"'\"'" + b".a" * 100_000 + b' = "\'"\n',
            f"number/{name}": partial(fill, "9", SMALL, "a = "),
            f"arrays/{name}": partial(nest, "[", "]", before="a = "),
            f"inline/{name}": partial(nest, "{a=", "}", before="a = "),
            f"odd_types/{name}": lambda: b"package = [1]\ndependencies = 1\ntool = [{}]\nproject = []\nlib = 1\n",
            f"odd_values/{name}": lambda: (
                b'[package]\nname = "../../\\u0000"\n[lib]\nname = "."\npath = "../../../etc/\\u0000x"\n'
                b'[dependencies]\na = {package = 1}\nb = [[{}]]\n"" = {package = ""}\n'
            ),
            f"quotes/{name}": partial(fill, '"', CONFIG_LIMIT, "a = '''"),
            f"no_utf8/{name}": lambda: b'[package]\nname = "\xff\xfe"\n' + bytes(range(1, 256)),
        }
    for name in ("package.json", "tsconfig.json"):
        found |= {
            f"comments/{name}": partial(fill, "/*", CONFIG_LIMIT),
            f"comments_after_commas/{name}": partial(fill, "/**/", 1_000, "{,", "x"),
            f"commas/{name}": partial(fill, ", ", CONFIG_LIMIT),
            f"comma_and_blanks/{name}": partial(fill, " ", CONFIG_LIMIT, "{" + "," * 200),
            f"commas_and_comments/{name}": partial(fill, ",//\n", CONFIG_LIMIT),
            f"commas_and_lines/{name}": partial(fill, ",/**/", CONFIG_LIMIT),
            f"quotes/{name}": partial(fill, '"\\', CONFIG_LIMIT),
            f"deep/{name}": partial(nest, '{"exports":', "}", before=""),
            f"number/{name}": lambda: b'{"name": ' + b"9" * 100_000 + b"}",
            f"long_name/{name}": lambda: json.dumps(
                {"name": "a/" * 100_000, "exports": {f"./a{n}": "./index.ts" for n in range(9_000)}}
            ).encode(),
            f"long_base/{name}": lambda: json.dumps(
                {"compilerOptions": {"baseUrl": "a/" * 100_000, "paths": {f"a{n}": ["b"] for n in range(9_000)}}}
            ).encode(),
            f"odd/{name}": lambda: (
                b'{"name": "../..", "exports": {".": {"import": [[]]}, "./*": 1, "": null}, "imports": {"#a/*": []}, '
                b'"compilerOptions": {"baseUrl": "../../..", "paths": {"*": ["*"], "": [""], "a": [null], "/*": "/*"}}}'
            ),
            f"paths/{name}": lambda: json.dumps(
                {"name": "a", "compilerOptions": {"paths": {f"a{n}/*": ["./*"] for n in range(10_000)}},
                 "imports": {f"#a{n}/*": "./*" for n in range(5_000)}}
            ).encode(),
        }  # fmt: skip
    return found | {
        "uv.lock": partial(fill, '[[package]]\nname = "openai"\nversion = "1"\n', 1_000_000),
        "poetry.lock": partial(fill, "[", 1_000_000),
        "package-lock.json": partial(fill, '{"node_modules/', 1_000_000),
        "pnpm-lock.yaml": partial(fill, "  /@a", 1_000_000, "packages:\n"),
        "yarn.lock": partial(fill, '"@a/b', 1_000_000),
        "Cargo.lock": partial(fill, "[[package", 1_000_000),
        "requirements.txt": partial(fill, "a-", CONFIG_LIMIT),
        "lines/requirements.txt": partial(fill, "openai[a", CONFIG_LIMIT),
        "setup.py": partial(fill, "install_requires=['", SMALL),
        "setup.cfg": partial(fill, "install_requires =\n  a[", SMALL, "[options]\n"),
        "go.mod": partial(fill, "require (\n", CONFIG_LIMIT),
    }


#: What is looked at in one scan: a file that does harm to its neighbours is told by them.
GROUPS: Mapping[str, Mapping[str, Build]] = {
    "bytes": _of_bytes(),
    "python": _of_python(),
    "scripts": _of_scripts(),
    "systems": _of_systems(),
    "settings": _of_settings(),
    "schemas": _of_schemas(),
    "pages": _of_pages(),
    "manifests": _of_manifests(),
}
