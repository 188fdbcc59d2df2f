"""What an editor checks with the published schemas is what the reader of rules and packs checks."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import packexamples, packfile, packschema, rulefile, ruleschema
from scanner.installed import builtin_rules
from scanner.packconditions import FORMS
from scanner.packfile import load_pack
from scanner.rulebook import known_languages
from scanner.rulefile import FileReader
from scanner.rulenodes import ATOMS, CONDITIONS
from scanner.yamlfile import Problem, YamlList, YamlMapping, YamlNode, parse

DOCS = Path(__file__).parent.parent / "docs"
RULES = jsonschema.Draft7Validator(ruleschema.schema())
PACKS = jsonschema.Draft7Validator(packschema.schema())
BUILTIN = sorted(
    path
    for folder in ("seams", "entries", "catalog", "packs")
    for path in (builtin_rules() / folder).rglob("*.yaml")
    if "identifiers" not in path.name
)


def plain(node: YamlNode) -> Any:
    """A document as an editor sees it, by YAML 1.2."""
    if isinstance(node, YamlMapping):
        return {name.text: plain(value) for name, value in node.entries}
    if isinstance(node, YamlList):
        return [plain(item) for item in node.items]
    if isinstance(node.value, str) and node.style == "plain":
        if re.fullmatch(r"-?\d+\.\d+", node.text):
            return float(node.text)
        if node.text in ("", "~", "null"):
            return None
    return node.value


def read(path: Path) -> Any:
    problems: list[Problem] = []
    root = parse(path.read_bytes(), path.name, problems)
    assert root is not None, problems
    return plain(root)


def errors(validator: jsonschema.Draft7Validator, document: Any) -> list[str]:
    return [f"{list(each.absolute_path)}: {each.message[:200]}" for each in validator.iter_errors(document)]


@pytest.mark.parametrize(("made", "name"), [(ruleschema, "rule"), (packschema, "pack")])
def test_the_published_schemas_are_those_of_the_readers(made: Any, name: str) -> None:
    published = DOCS / f"{name}.schema.json"

    assert published.read_bytes() == ruleschema.schema_text(made.schema()), (
        f"run: python -m scanner rules schema {name} -o docs/{name}.schema.json --force"
    )
    jsonschema.Draft7Validator.check_schema(made.schema())


@pytest.mark.parametrize("path", BUILTIN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_built_in_file_is_valid(path: Path) -> None:
    document = read(path)

    assert errors(PACKS if isinstance(document, dict) else RULES, document) == []


def test_every_key_of_the_languages_is_described() -> None:
    rule = ruleschema.schema()["definitions"]["rule"]["properties"]
    clause = ruleschema.schema()["definitions"]["hit_clause"]["properties"]
    pack = packschema.schema()["else"]["properties"]

    assert [key for key, value in {**rule, **clause, **pack}.items() if "description" not in value] == []
    assert set(rule) == {*rulefile.REQUIRED, *rulefile.OPTIONAL}
    assert set(clause) == {*ATOMS, *CONDITIONS}
    assert set(pack) == {*packfile.PACK, *packfile.PACK_OPTIONAL}


RICH_RULE: Any = [
    {
        "id": "rich-rule",
        "kind": "model_call",
        "title": "A title",
        "why": "A reason",
        "confidence": "low",
        "crowded": "lower",
        "role": "use",
        "languages": ["python", "go"],
        "find": {
            "any": [
                {"call": ["send", "acme.*.post"], "with": {"0": "any", "model": "gpt *", "n": 3}, "confidence": "high"},
                {"definition": "run", "decorator": "app.tool", "extends": "tool", "mentions": "model", "lines": 3},
                {"handler": "any", "guards": {"call": "send"}, "contains": {"exit": "raise"}, "role": "use"},
                {"all": [{"key": "model", "as": "field"}, {"not": {"around": "test"}}]},
                {"at_least": 2, "of": [{"string": "a"}, {"inside": {"loop": "any"}}]},
                {"pattern": {"python": "getattr($X, $Y)"}, "paths": "src/**", "languages": "python"},
                {"import": "acme.core"},
                {"assignment": "model", "seam": "model_call"},
                {"branch": "done"},
                {"text": "model="},
            ]
        },
        "reject": {"any": [{"mentions": "dns"}, {"inside": {"definition": "test"}}]},
        "examples": {"finds": {"python": "a"}, "ignores": {"python": ["b", "c"]}},
    },
    {
        "library": "acme",
        "language": "python",
        "source": "https://acme.example",
        "means": {"model_call": ["acme.send"]},
        "checked": "1.0",
        "also": "model_call",
    },
]

RICH_PACK: Any = {
    "id": "some-move",
    "title": "A move",
    "migration": "From here to there",
    "groups": {"sends": ["model_call"]},
    "requirements": [
        {
            "id": "one",
            "title": "One",
            "weight": 2,
            "asks": "All.",
            "applies": {"any": ["sends", {"at_least": 1, "of": ["sends", {"has": "sends", "at_most": 3, "say": "x"}]}]},
            "otherwise": "None.",
            "claim": "{{ count('sends') }}",
            "ready": {
                "all": [
                    {"count": "sends", "at_least": 1},
                    {"files": "sends", "at_most": 2, "say": "x"},
                    {"surfaces": "sends", "at_least": 1},
                    {"beside": "sends", "of": "sends", "within": "way", "at_least": 1},
                    {"chokepoints": "sends", "at_most": 2, "share": 50},
                    {"gated": "sends", "by": "approval_gate", "share": 50},
                    {"reaches": ["session", "run"], "to": "sends"},
                    {"fields": {"a b": ["a", "{b, c}"]}, "of": "sends", "at_least": 1},
                    {"contract": "chat-messages", "at_least": 90, "say": "x"},
                    {"documents": {"a b": ["a"], "c": "c"}, "at_least": 1},
                    {"unwired": "sends", "at_most": 1},
                    {"not": {"has": "sends"}, "say": "x"},
                ]
            },
            "partial": "sends",
            "next": ["Go."],
            "evidence": ["sends"],
            "slice": "x",
        }
    ],
    "recommendations": [
        {
            "when": {"all": [{"status": "one", "is": ["ready"]}, {"not": {"has": "sends"}}]},
            "headline": "A",
            "text": "B",
        },
        {"headline": "C", "text": "D"},
    ],
    "examples": [{"title": "x", "files": {"a/b.py": "x"}, "expects": {"one": "gap"}, "missing": {"one": ["a"]}}],
}

KEYS = sorted(
    {*ATOMS, *CONDITIONS, *rulefile.REQUIRED, *rulefile.OPTIONAL, "any", "all", "of", "at_least", "library", "colour"}
    | {*FORMS, *(key for keys in FORMS.values() for key in keys), *packfile.PACK, *packfile.PACK_OPTIONAL}
    | {*packfile.REQUIREMENT, *packfile.REQUIREMENT_OPTIONAL, *packfile.RECOMMENDATION, "when"}
    | {*packexamples.EXAMPLE, *packexamples.EXAMPLE_OPTIONAL}
)
VALUES: list[Any] = [
    *("send", "any", " ", "high", "use", "field", "python", "lower", "ready", "file", "/a", "a.b"),
    *(0, 1, 2, 7, 101, True, False, [], {}, ["send"], ["send", 1], [[]], {"call": "send"}, {"has": "sends"}),
    *({"any": []}, {"any": ["sends"]}, {"python": "a"}, {"a": "b"}, [{"call": "send"}], [{"has": "sends"}], "one"),
]
#: What only the reader can know: what names stand for, whether a pattern can be read, how two numbers compare.
MEANINGS = re.compile(
    r"bad (word pattern|regular expression|pattern|query|glob)|regular expression matches|is no word pattern"
    r"|no (rule or kind|requirement|catalogue entry|kind|language) |names no argument|meaning `"
    r"|is taken|never holds|template of|`at_least` is \d+; write a whole number from|has the catalogue of another"
    r"|`at_least` stands (beside|for)|has no status; write one|the last recommendation|hides those after it|qualified name"
    r"|no such file|`examples` names |cannot both be files|segment|the name of a kind|holds an? |`\*"
)


def places(document: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield (key,)
        if isinstance(value, (dict, list)):
            yield from ((key, *rest) for rest in places(value))


def changed(document: Any, way: tuple[Any, ...], what: str, key: str, value: Any) -> Any:
    """A copy in which one place has another value, another key, or is gone."""
    made = copy.deepcopy(document)
    around = made
    for step in way[:-1]:
        around = around[step]
    if what == "drop":
        del around[way[-1]]
    elif what == "replace" or not isinstance(around[way[-1]], dict):
        around[way[-1]] = value
    elif what == "add":
        around[way[-1]][key] = value
    return made


def problems_of_rules(document: Any) -> list[str]:
    problems: list[Problem] = []
    root = parse(json.dumps(document).encode(), "r.yaml", problems)
    assert root is not None
    reader = FileReader(known_languages())
    reader.read(root, "r.yaml", problems)
    return [problem.message for problem in problems]


def problems_of_packs(document: Any, folder: Path) -> list[str]:
    path = folder / "p.yaml"
    path.write_text(json.dumps(document))
    try:
        load_pack(path)
    except packfile.RuleError as error:
        return [line.partition(": ")[2] for line in error.problems]
    return []


def agree(validator: jsonschema.Draft7Validator, document: Any, problems: list[str]) -> None:
    found = errors(validator, document)
    shape = [problem for problem in problems if not MEANINGS.search(problem)]

    assert problems or found == [], "the reader accepts what the schema refuses"
    assert found or shape == [], "the schema accepts what the reader refuses"


def changes(document: Any) -> st.SearchStrategy[Any]:
    ways = st.sampled_from(list(places(document)))
    what = st.sampled_from(["add", "add", "drop", "replace"])
    return st.builds(changed, st.just(document), ways, what, st.sampled_from(KEYS), st.sampled_from(VALUES))


def test_the_rich_files_are_accepted_by_reader_and_schema(tmp_path: Path) -> None:
    assert (problems_of_rules(RICH_RULE), errors(RULES, RICH_RULE)) == ([], [])
    assert (problems_of_packs(RICH_PACK, tmp_path), errors(PACKS, RICH_PACK)) == ([], [])


@settings(max_examples=200, deadline=None)
@given(changes(RICH_RULE))
def test_a_changed_rule_file_is_refused_by_the_schema_as_it_is_by_the_reader(document: Any) -> None:
    agree(RULES, document, problems_of_rules(document))


@settings(max_examples=200, deadline=None)
@given(changes(RICH_PACK))
def test_a_changed_pack_is_refused_by_the_schema_as_it_is_by_the_reader(
    tmp_path_factory: pytest.TempPathFactory, document: Any
) -> None:
    agree(PACKS, document, problems_of_packs(document, tmp_path_factory.getbasetemp()))
