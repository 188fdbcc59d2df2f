"""The JSON Schema of pack files, for editors: made from the tables that the reader itself checks with.

As with rules, it knows the shape of a file and not what names stand for. One thing of the shape cannot be said in it:
that of all recommendations the last one alone has no `when`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner import packexamples, packfile
from scanner.contracts import names
from scanner.identifiers import identifiers
from scanner.installed import builtin_rules
from scanner.kinds import KINDS
from scanner.packconditions import FORMS
from scanner.packs import STATUSES
from scanner.ruleschema import DRAFT, KEBAB, SNAKE, TEXT, TEXTS, Schema, mapping, one_of, record, some_of

#: What each condition holds of.
_FORM_SAYS = {
    "has": "Seams of one of these rules or kinds are there.",
    "count": "So many seams of these rules or kinds are there.",
    "files": "Seams of these rules or kinds stand in so many files.",
    "surfaces": "Seams of these rules or kinds stand on so many surfaces.",
    "beside": "Every place of `of` has one of these beside it.",
    "all": "All members hold.",
    "any": "One member holds.",
    "not": "The member does not hold.",
    "status": "In recommendations: the requirement has one of the statuses under `is`.",
    "at_least": "At least so many members of `of` hold.",
    "chokepoints": "At most so many functions hold all of these.",
    "gated": "All of these run only behind a gate whose decision reaches them.",
    "reaches": "An identifier of this topic flows into all of `to`.",
    "fields": "The records of `of` carry these fields: a name in words to word patterns.",
    "unwired": "No more than so many of these are called by nothing.",
    "contract": "A data file holds records of which so many percent validate against the contract.",
    "documents": "A document names these things: a thing in words to word patterns.",
}
_BESIDE_SAYS = {
    "at_least": "No fewer than so many.",
    "at_most": "No more than so many.",
    "say": "What is missing when it does not hold, in words.",
    "of": "What it is asked of.",
    "within": "How near: the same function, on its way, or the same file.",
    "is": "One of these statuses.",
    "by": "Kinds of gate; `approval_gate` if left out.",
    "to": "Where it must arrive.",
    "share": "So many percent are enough.",
    "about": "What the passage must be about, in word patterns.",
}
_REQUIREMENT_SAYS = {
    **packfile.REQUIREMENT,
    "applies": "when it applies",
    "otherwise": "why it does not apply, in words",
}
_PACK_SAYS = {
    **packfile.PACK,
    "groups": "names for several rules or kinds",
    "examples": "small trees with the statuses that are expected of them, or the path of a file that holds them",
}
#: Keys that a condition must have beside the one that names it.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "beside": ("of", "within"),
    "status": ("is",),
    "at_least": ("of",),
    "chokepoints": ("at_most",),
    "reaches": ("to",),
    "fields": ("of",),
}
#: Conditions that need a bound.
_BOUNDED = ("count", "files", "surfaces")
#: A path below a folder: not absolute, no `..`, no signs that some disks refuse.
_PATH = '^(?!/)(?!(.*/)?\\.{0,2}(/|$))[^\\\\:*?"<>|]+$'


def schema() -> Schema:
    """The schema of a pack file."""
    return {
        "$schema": DRAFT,
        "title": "A pack of scanner",
        "type": "object",
        "description": "The requirement matrix of one migration. docs/packs.md tells the language.",
        # A file that holds nothing but examples is one that a pack names.
        "if": {"required": ["examples"], "maxProperties": 1},
        "then": {"properties": {"examples": _examples()}},
        "else": _pack(),
        "definitions": {
            "requirement": _requirement(),
            "recommendation": _recommendation(),
            "condition": _condition(of_statuses=False),
            "choice": _condition(of_statuses=True),
            "example": _example(),
        },
    }


def _pack() -> Schema:
    many = {"type": "array", "minItems": 1}
    group = {"pattern": SNAKE, "not": one_of(KINDS)}
    properties: Schema = {
        "id": {"type": "string", "pattern": KEBAB},
        "title": TEXT,
        "migration": TEXT,
        "groups": mapping(group, TEXTS),
        "requirements": {**many, "items": {"$ref": "#/definitions/requirement"}},
        "recommendations": {**many, "items": {"$ref": "#/definitions/recommendation"}},
        "examples": {"anyOf": [TEXT, _examples()]},
    }
    return _record(packfile.PACK, packfile.PACK_OPTIONAL, properties, _PACK_SAYS)


def _requirement() -> Schema:
    condition = {"$ref": "#/definitions/condition"}
    properties: Schema = {
        "id": {"type": "string", "pattern": SNAKE},
        "title": TEXT,
        "weight": _number(1, 5),
        "asks": TEXT,
        "applies": condition,
        "otherwise": TEXT,
        "claim": TEXT,
        "ready": condition,
        "partial": condition,
        "next": TEXTS,
        "evidence": TEXTS,
        "slice": TEXT,
    }
    made = _record(packfile.REQUIREMENT, packfile.REQUIREMENT_OPTIONAL, properties, _REQUIREMENT_SAYS)
    return {**made, "dependencies": {"applies": ["otherwise"], "otherwise": ["applies"]}}


def _recommendation() -> Schema:
    says = {**packfile.RECOMMENDATION, "when": "the condition under which it is given; the last one has none"}
    properties: Schema = {"headline": TEXT, "text": TEXT, "when": {"$ref": "#/definitions/choice"}}
    return _record(packfile.RECOMMENDATION, packfile.RECOMMENDATION_OPTIONAL, properties, says)


def _examples() -> Schema:
    return {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/example"}}


def _example() -> Schema:
    files = mapping({"pattern": _PATH}, {"type": ["string", "number", "boolean", "null"]})
    properties: Schema = {
        "title": TEXT,
        "files": {**files, "maxProperties": packexamples.MOST_FILES},
        "expects": mapping({"pattern": SNAKE}, one_of(STATUSES)),
        "missing": mapping({"pattern": SNAKE}, TEXTS),
    }
    says = {**packexamples.EXAMPLE, "missing": "a mapping from a requirement to words that its missing parts hold"}
    return _record(packexamples.EXAMPLE, packexamples.EXAMPLE_OPTIONAL, properties, says)


def _condition(*, of_statuses: bool) -> Schema:
    """A name, or a mapping in one of the forms; verdicts are known in recommendations only."""
    made: Any = False
    # `at_least` names a condition only where nothing else does, so it is asked last.
    for form in sorted(FORMS, key=lambda each: each != "at_least"):
        if form != "status" or of_statuses:
            made = {"if": {"required": [form]}, "then": _form(form, of_statuses), "else": made}
    # An editor that is asked for a key proposes these, before it is known which condition is meant.
    says: Schema = {key: {"description": _FORM_SAYS[key]} for key in FORMS if key != "status" or of_statuses}
    return {"if": {"type": "string"}, "then": TEXT, "else": {"type": "object", "properties": says, **made}}


def _form(form: str, of_statuses: bool) -> Schema:
    needs = [form, *_NEEDS.get(form, ())]
    if form == "not" and not of_statuses:
        needs.append("say")
    keys = {form: _named(form, of_statuses), **{key: _beside(form, key, of_statuses) for key in FORMS[form]}}
    made = record(needs, keys, _BESIDE_SAYS)
    if form in _BOUNDED:
        made["anyOf"] = [{"required": ["at_least"]}, {"required": ["at_most"]}]
    return made


def _named(form: str, of_statuses: bool) -> Schema:
    """What stands under the key that names a condition."""
    inner: Schema = {"$ref": "#/definitions/choice" if of_statuses else "#/definitions/condition"}
    known: Schema = {
        "all": {"type": "array", "minItems": 1, "items": inner},
        "any": {"type": "array", "minItems": 1, "items": inner},
        "not": inner,
        "status": TEXT,
        "at_least": _number(1),
        "reaches": some_of(topic.name for topic in identifiers(builtin_rules() / "identifiers.yaml").topics),
        "fields": mapping({}, TEXTS),
        "contract": one_of(names()),
        "documents": mapping({}, TEXTS),
    }
    return dict(known.get(form, TEXTS))


def _beside(form: str, key: str, of_statuses: bool) -> Schema:
    """What stands under a key beside the one that names a condition."""
    if form == "at_least" and key == "of":
        return _named("all", of_statuses)
    known: Schema = {
        "at_least": _number(0 if form in _BOUNDED else 1, 100 if form == "contract" else None),
        "at_most": _number(1 if form == "chokepoints" else 0),
        "say": TEXT,
        "of": TEXTS,
        "within": one_of(("function", "way", "file")),
        "is": some_of(STATUSES),
        "by": TEXTS,
        "to": TEXTS,
        "share": _number(1, 100),
        "about": TEXTS,
    }
    return dict(known[key])


def _number(least: int, most: int | None = None) -> Schema:
    return {"type": "integer", "minimum": least, **({"maximum": most} if most is not None else {})}


def _record(
    required: Mapping[str, str], optional: tuple[str, ...], properties: Schema, says: Mapping[str, str]
) -> Schema:
    """As `record`, in the order of the reader's keys; a key that nobody described here is a `KeyError`."""
    told = {key: f"{says[key][:1].upper()}{says[key][1:]}." for key in (*required, *optional)}
    return record(required, {key: properties[key] for key in told}, told)
