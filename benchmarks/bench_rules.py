"""What the rivals of `bench.py` are given: rules of ast-grep and Semgrep, and ripgrep's words.

    python benchmarks/bench_rules.py

makes `ast-grep/LANGUAGE/rules.yml` and `semgrep/LANGUAGE.yml` of `bench-words.yaml`: one rule a kind of seam and
language, over the names of definitions, calls, assignments and keywords. Why they are comparable with what the scanner
does, and how their form was chosen, says `ast-grep/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import yaml

from scanner.rules import Clause, NamePattern, Node, Rulebook
from scanner.words import Alternatives

HERE = Path(__file__).resolve().parent
WORDS = HERE / "bench-words.yaml"

#: By language of ast-grep, the ends of the names of its files.
AST_GREP: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "python": (".py",),
        "typescript": (".ts", ".mts", ".cts"),
        "tsx": (".tsx",),
        "javascript": (".js", ".mjs", ".cjs", ".jsx"),
        "rust": (".rs",),
        "go": (".go",),
    }
)
#: The same for Semgrep, whose TypeScript has TSX in it.
SEMGREP: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "python": (".py",),
        "typescript": (".ts", ".mts", ".cts", ".tsx"),
        "javascript": (".js", ".mjs", ".cjs", ".jsx"),
        "rust": (".rs",),
        "go": (".go",),
    }
)

#: In Python the construct is asked for first and its name then: constructs are fewer than names.
_PYTHON = """\
  any:
    - kind: call
      has: {field: function, regex: LAST}
    - kind: assignment
      has: {field: left, regex: LAST}
    - any: [{kind: function_definition}, {kind: class_definition}, {kind: keyword_argument}]
      has: {field: name, regex: NAME}
"""


def _by_name(names: str, *places: str) -> str:
    """A rule that asks for a name by its words first, then for where it stands.

    A place is the field of a construct, behind it the field of another that this must be, and so on. Outside Python
    calls of what calls return are long chains, which would be read again at each of their calls.
    """
    kinds = ", ".join(f"{{kind: {name}}}" for name in names.split())
    lines = [f"        - {{{_inside(place.split())}}}" for place in places]
    return "\n".join([f"  all:\n    - any: [{kinds}]\n    - regex: NAME\n    - any:", *lines, ""])


def _inside(places: list[str]) -> str:
    (kind, _, field), rest = places[0].partition("."), places[1:]
    said = [f"kind: {kind}", *([f"field: {field}"] if field else []), *([_inside(rest)] if rest else [])]
    return f"inside: {{{', '.join(said)}}}"


_JAVASCRIPT = (
    "call_expression.function",
    "member_expression.property call_expression.function",
    "variable_declarator.name",
    "pair.key",
    "function_declaration.name",
    "method_definition.name",
    "class_declaration.name",
)
_TYPESCRIPT = _by_name("identifier property_identifier type_identifier", *_JAVASCRIPT, "interface_declaration.name")
_RULES = {
    "python": _PYTHON,
    "typescript": _TYPESCRIPT,
    "tsx": _TYPESCRIPT,
    "javascript": _by_name("identifier property_identifier", *_JAVASCRIPT),
    "rust": _by_name(
        "identifier field_identifier type_identifier",
        "call_expression.function",
        "field_expression.field call_expression.function",
        "scoped_identifier.name call_expression.function",
        "let_declaration.pattern",
        "field_initializer.field",
        "function_item.name",
        "struct_item.name",
        "enum_item.name",
    ),
    "go": _by_name(
        "identifier field_identifier type_identifier",
        "call_expression.function",
        "selector_expression.field call_expression.function",
        "expression_list short_var_declaration.left",
        "literal_element keyed_element.key",
        "function_declaration.name",
        "method_declaration.name",
        "type_spec.name",
    ),
}
_CALLS = ("$NAME(...)", "$OBJECT.$NAME(...)")
_PATTERNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "python": (
            "def $NAME(...): ...",
            "class $NAME(...): ...",
            *_CALLS,
            "$NAME = $VALUE",
            "$OBJECT.$NAME = $VALUE",
            "$FUNCTION(..., $NAME=$VALUE, ...)",
        ),
        "typescript": (
            "function $NAME(...) { ... }",
            "class $NAME { ... }",
            *_CALLS,
            "$NAME = $VALUE",
            "{..., $NAME: $VALUE, ...}",
        ),
        "javascript": (
            "function $NAME(...) { ... }",
            "class $NAME { ... }",
            *_CALLS,
            "$NAME = $VALUE",
            "{..., $NAME: $VALUE, ...}",
        ),
        "rust": (
            "fn $NAME(...) { ... }",
            "fn $NAME(...) -> $TYPE { ... }",
            "struct $NAME { ... }",
            *_CALLS,
            "let $NAME = $VALUE;",
        ),
        "go": (
            "func $NAME(...) { ... }",
            "func ($SELF $TYPE) $NAME(...) { ... }",
            "type $NAME struct { ... }",
            *_CALLS,
            "$NAME := $VALUE",
            "$TYPE{..., $NAME: $VALUE, ...}",
        ),
    }
)


def ast_grep_rules(words: Mapping[str, str], language: str) -> str:
    """The rules of one language: kind of seam → regular expression over a name."""
    return "---\n".join(
        f"id: {kind}-{language}\nlanguage: {language}\nseverity: info\nmessage: {kind}\nrule:\n"
        + _RULES[language].replace("NAME", f"'(?i){said}'").replace("LAST", f"'(?i)({said})[^.]*$'")
        for kind, said in words.items()
    )


def semgrep_rules(words: Mapping[str, str], language: str) -> str:
    """The same for Semgrep, whose regular expressions hold from the start of a name.

    Each language keeps to its own files: Semgrep would try rules for JavaScript on TypeScript too.
    """
    patterns = "\n".join(f"          - pattern: '{pattern}'" for pattern in _PATTERNS[language])
    paths = f"    paths: {{include: {json.dumps([f'*{suffix}' for suffix in SEMGREP[language]])}}}\n"
    rules = [
        f"  - id: {kind}-{language}\n    languages: [{language}]\n{paths}"
        f"    severity: INFO\n    message: {kind}\n    patterns:\n"
        f"      - pattern-either:\n{patterns}\n"
        f"      - metavariable-regex: {{metavariable: $NAME, regex: '(?i).*({said})'}}\n"
        for kind, said in words.items()
    ]
    return "rules:\n" + "".join(rules)


def files() -> dict[Path, str]:
    """What every file of rules must say."""
    words: dict[str, str] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    made = {HERE / "ast-grep" / language / "rules.yml": ast_grep_rules(words, language) for language in AST_GREP}
    return made | {HERE / "semgrep" / f"{language}.yml": semgrep_rules(words, language) for language in SEMGREP}


def vocabulary(book: Rulebook) -> list[str]:
    """Every word that an atom of a rule asks for, by itself."""
    return sorted({word for rule in book.rules for pattern in _patterns(rule.find) for word in _words(pattern)})


def _patterns(node: Node) -> Iterator[NamePattern]:
    if not isinstance(node, Clause):
        for member in node.members:
            yield from _patterns(member)
        return
    for _, patterns in node.atoms:
        yield from patterns
    for inner in (node.inside, node.contains, node.guards):
        if inner is not None:
            yield from _patterns(inner)


def _words(pattern: NamePattern) -> Iterable[str]:
    parts = pattern.words.parts if pattern.words is not None else ()
    return (word for part in parts if isinstance(part, Alternatives) for run in part.runs for word in run)


def main() -> None:
    """Write the rules."""
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
