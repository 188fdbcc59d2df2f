"""The JSON Schema of rule files, for editors: made from the tables that the reader itself checks with.

It says what keys and values a file may have. What needs more than the file's shape (whether a name exists, a pattern
can be read, an example holds) only `scanner rules lint` knows. Draft 7, since that is what editors know best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from scanner import catalogfile, rulefile
from scanner.jsonpage import json_page
from scanner.kinds import ENTRIES, FAMILIES
from scanner.rulebook import known_languages
from scanner.rulenodes import ATOMS, CONDITIONS, CONTROL, EXITS, OF_ONE_DEFINITION, ONE_NAME, ROLES, SHAPES, SYNTAX
from scanner.touchpoints import Confidence

Schema = dict[str, Any]
#: Where a clause stands: in `find`, needing an atom or not; where a place is spoken of; around or within one.
Where = Literal["hit", "part", "place", "elsewhere"]

DRAFT = "http://json-schema.org/draft-07/schema#"
#: A name in kebab-case, as ids of rules and packs are.
KEBAB = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
#: A name in snake_case, as meanings, groups and ids of requirements are.
SNAKE = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
#: Text that is not blank.
TEXT: Schema = {"type": "string", "pattern": "\\S"}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}

_SAYS = {
    "definition": "Words of the name of a function, method or class.",
    "call": "Words of the last name called, or a qualified name.",
    "means": "What the catalogue says of a call: a meaning, such as `model_call`.",
    "key": "Words of a key, keyword argument, attribute, field, parameter, subscript or environment variable.",
    "assignment": "Words of a name that is given a value.",
    "string": "Words of a string literal.",
    "import": "Words of an imported name, or a qualified name.",
    "decorator": "Words of a decorator, or a qualified name: the definition that carries it.",
    "extends": "Words of a base, or a qualified name: the class that has it.",
    "loop": "Words of a name in the header of a loop, or `any`.",
    "branch": "Words of a name in the header of an arm of `if`, `switch` or `match`, or `any`.",
    "handler": "Words of a name in the header of what is done about an error, or `any`.",
    "exit": "A way out of the function: `return`, `raise` or `any`.",
    "pattern": "Code with holes, by language.",
    "query": "A tree-sitter query with `@match`, by language.",
    "text": "A regular expression (RE2) over a line of code.",
    "mentions": "Words of a name, key or short string within the extent.",
    "around": "Words of a name around the place: of a definition, the file, its folder.",
    "lines": "The extent has at least so many lines.",
    "with": "Arguments of the call: name or position to `any`, a literal or words.",
    "inside": "The node holds of something around the place.",
    "contains": "The node holds of something within the extent.",
    "guards": "Beside `handler`: the node holds of something within what it guards.",
    "not": "The node does not hold here.",
    "seam": "A touchpoint of that rule or kind lies here.",
    "as": "The key or definition is of this kind.",
    "paths": "The file's path matches one of these globs.",
    "languages": "The file is in one of these languages.",
    "confidence": "How sure a hit is.",
    "role": "What a hit is to its seam.",
}
_RULE_SAYS = {
    "id": "A name in kebab-case, unique over all loaded files.",
    "kind": "The kind of seam that it finds; `scanner rules list --kinds` says what each is.",
    "title": "One line, shown in packets.",
    "why": "Why a migration must know the place.",
    "find": "What to look for: a clause, or clauses under `any` or `all`.",
    "reject": "What is no hit after all.",
    "confidence": "How sure each hit is, unless its clause says otherwise; `medium` if left out.",
    "crowded": "`lower`: a hit that only names speak for is less sure where its kind has many places.",
    "role": "What each hit is to its seam, unless its clause says otherwise.",
    "languages": "Look into files of these languages alone.",
    "examples": "What the rule must find and must leave alone; `scanner rules test` tries them.",
}
_ENTRY_SAYS = {
    "library": "What its registry calls it.",
    "language": "The language that calls it.",
    "source": "The address of its documentation or code.",
    "means": "Meanings, each with qualified names.",
    "checked": "The release in whose code the names were looked up.",
    "also": "Meanings that its names may have beside this one.",
}
#: A part of clauses → what a clause there speaks of.
_PARTS: Mapping[str, Where] = {"inside": "elsewhere", "contains": "elsewhere", "guards": "elsewhere", "not": "place"}


def schema() -> Schema:
    """The schema of a rule file, which may hold catalogue entries too."""
    wheres: tuple[Where, ...] = ("hit", "part", "place", "elsewhere")
    return {
        "$schema": DRAFT,
        "title": "Rules of scanner",
        "description": "A list of rules, or of catalogue entries. docs/rule-language.md tells the language.",
        "type": "array",
        "minItems": 1,
        "items": {
            "if": {"anyOf": [{"required": ["library"]}, {"required": ["means"], "not": {"required": ["id"]}}]},
            "then": {"$ref": "#/definitions/entry"},
            "else": {"$ref": "#/definitions/rule"},
        },
        "definitions": {
            "rule": _rule(),
            "entry": _entry(),
            **{f"{where}_node": _node(where) for where in wheres},
            **{f"{where}_clause": _clause(where) for where in wheres},
        },
    }


def schema_text(made: Schema) -> bytes:
    """A schema as it is published and printed."""
    return json_page(made)


def record(required: Iterable[str], properties: Mapping[str, Schema], says: Mapping[str, str]) -> Schema:
    """The schema of a mapping that has these keys and no other."""
    told = {key: {"description": says[key], **value} if key in says else value for key, value in properties.items()}
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": told}


def one_of(values: Iterable[str]) -> Schema:
    """The schema of one of several words."""
    return {"enum": list(values)}


def some_of(values: Iterable[str]) -> Schema:
    """The schema of one of several words, or a list of them."""
    words = one_of(values)
    return {"anyOf": [words, {"type": "array", "items": words, "minItems": 1}]}


def mapping(names: Schema, values: Schema) -> Schema:
    """The schema of a mapping from free names to values."""
    return {"type": "object", "minProperties": 1, "propertyNames": names, "additionalProperties": values}


def _rule() -> Schema:
    kinds = {**{kind: says for each in FAMILIES.values() for kind, says in each.items()}, **ENTRIES}
    by_language = mapping(one_of(known_languages()), TEXTS)
    properties: Schema = {
        "id": {"type": "string", "pattern": KEBAB, "not": one_of(kinds)},
        "kind": {"oneOf": [{"const": kind, "description": says} for kind, says in kinds.items()]},
        "title": TEXT,
        "why": TEXT,
        "find": {"$ref": "#/definitions/hit_node"},
        "reject": {"$ref": "#/definitions/place_node"},
        "confidence": one_of(Confidence),
        "crowded": one_of(["lower"]),
        "role": one_of(ROLES),
        "languages": some_of(known_languages()),
        "examples": record(("finds", "ignores"), {"finds": by_language, "ignores": by_language}, {}),
    }
    return record(rulefile.REQUIRED, _exactly(properties, (*rulefile.REQUIRED, *rulefile.OPTIONAL)), _RULE_SAYS)


def _entry() -> Schema:
    properties: Schema = {
        "library": TEXT,
        "language": one_of(known_languages()),
        "source": {"type": "string", "pattern": "^\\s*https?://"},
        "means": mapping({"pattern": SNAKE}, TEXTS),
        "checked": TEXT,
        "also": TEXTS,
    }
    keys = (*catalogfile.REQUIRED, *catalogfile.OPTIONAL)
    return record(catalogfile.REQUIRED, _exactly(properties, keys), _ENTRY_SAYS)


def _node(where: Where) -> Schema:
    """A clause, or clauses under `any`, `all` or `of`; in `find` one member says where to look."""
    one: Schema = {"$ref": f"#/definitions/{where}_node"}
    loose: Schema = {"$ref": "#/definitions/part_node"} if where == "hit" else one
    every: Schema = {"type": "array", "minItems": 1, "items": loose}
    if where == "hit":
        every["contains"] = one
    clause: Schema = {"$ref": f"#/definitions/{where}_clause"}
    forms: list[tuple[str, Schema]] = [
        ("at_least", _choice(one, every)),
        ("any", record(("any",), {"any": {"type": "array", "minItems": 1, "items": one}}, {})),
        ("all", record(("all",), {"all": every}, {})),
    ]
    made = clause
    for key, form in reversed(forms):
        made = {"if": {"required": [key]}, "then": form, "else": made}
    return {"type": "object", **made}


def _choice(one: Schema, every: Schema) -> Schema:
    """So many of several members; where one is enough, each must say where to look."""
    made = record(("at_least", "of"), {"at_least": {"type": "integer", "minimum": 1}, "of": every}, {})
    alone = {"properties": {"at_least": {"const": 1}}}
    return {**made, "if": alone, "then": {"properties": {"of": {"items": one}}}}


def _clause(where: Where) -> Schema:
    in_find = where in ("hit", "part")
    keys = [key for key in (*ATOMS, *CONDITIONS) if in_find or key not in ("confidence", "role")]
    made = record((), {key: _value(key) for key in keys}, _SAYS)
    atom = {"anyOf": [{"required": [key]} for key in ATOMS]}
    allowed: list[Schema] = [{"required": ["call"]}, {"required": ["means"]}]
    if where != "elsewhere":
        allowed.append({"not": atom})
    others = {each: [other for other in ATOMS if not _together(each, other)] for each in ATOMS}
    made["minProperties"] = 1
    made["dependencies"] = {
        **{each: {"properties": dict.fromkeys(apart, False)} for each, apart in others.items()},
        "with": {"anyOf": allowed},
        "guards": ["handler"],
    }
    if where == "hit":
        made |= atom
    return made


def _together(one: str, other: str) -> bool:
    """Whether two atoms may stand in one clause."""
    return one == other or {one, other} <= OF_ONE_DEFINITION


def _value(key: str) -> Schema:
    """What may stand under a key of a clause."""
    if key in SYNTAX:
        return mapping(one_of(known_languages()), TEXTS)
    if key in _PARTS:
        return {"$ref": f"#/definitions/{_PARTS[key]}_node"}
    if key in ONE_NAME:
        name = {"type": "string", "pattern": "^[^.]*[^.\\s][^.]*$"}
        return {"anyOf": [name, {"type": "array", "items": name, "minItems": 1}]}
    if key == "with":
        value = {"type": ["string", "number", "boolean"], "pattern": "\\S"}
        return mapping({"pattern": "^([0-9]{1,2}|[^\\W\\d][\\w-]*)$"}, value)
    if key in CONTROL:
        return TEXTS
    choices: Mapping[str, Schema] = {
        "exit": some_of(EXITS),
        "lines": {"type": "integer", "minimum": 2},
        "as": some_of(SHAPES),
        "languages": some_of(known_languages()),
        "confidence": one_of(Confidence),
        "role": one_of(ROLES),
    }
    return choices.get(key, TEXTS)


def _exactly(properties: Schema, keys: Iterable[str]) -> Schema:
    """The properties in the order of the reader's keys.

    Raises:
        KeyError: when the reader has a key that nobody described here.
    """
    return {key: properties[key] for key in keys}
