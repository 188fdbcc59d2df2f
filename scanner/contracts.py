"""Contracts: JSON Schemas of the records that migrations ask for, and what they say of a record.

The words of a failure come from the schema alone, never from the record: records hold prompts, prompts hold secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.installed import builtin_rules
from scanner.phrases import joined
from scanner.places import printable
from scanner.secrets import mask

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_SUFFIX = ".schema.json"
#: So many failures of one record are looked at; a broken record has one in every item.
_MOST_FAILURES = 100
#: Longest pointer that is shown; keys of a record may be anything.
_LONGEST_POINTER = 120
#: What JSON calls the types that its reader makes.
_TYPES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_SCHEMA_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


class Failure(msgspec.Struct, frozen=True, order=True):
    """Why a record does not validate, and where in it."""

    #: JSON pointer into the record; empty for the record itself.
    pointer: str
    #: What is wrong there, as the end of a sentence: "is missing", "is a number, not text".
    why: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.why}"


class Contract:
    """One target record and its schema."""

    def __init__(self, name: str, schema: Mapping[str, Any]) -> None:
        self.name = name
        self.title: str = schema["title"]
        self.description: str = schema["description"]
        #: The public documentation from which it was written, with version or date.
        self.source: str = schema["$comment"]
        #: The keys that every record has.
        self.required: tuple[str, ...] = tuple(schema["required"])
        self._schema = schema
        self._types = {key: _types(schema["properties"][key]) for key in self.required}
        self._enough = len(self.required) // 2 + 1

    def may_be_in(self, source: bytes) -> bool:
        """Whether a file can hold a record that looks like this one; cheap."""
        return sum(f'"{key}"'.encode() in source for key in self.required) >= self._enough

    def resembles(self, record: object) -> bool:
        """Whether a record has more than half of the required keys, with values of the right types."""
        if not isinstance(record, dict):
            return False
        return sum(type(record.get(key, self)) in self._types[key] for key in self.required) >= self._enough

    def failures(self, record: object) -> list[Failure]:
        """What is wrong with a record, the outermost first; nothing where it validates."""
        validator = _validator(self.name)
        try:
            if validator.is_valid(record):
                return []
            # Those nearest to the record's own fields come first: what is below may follow from them.
            found = {self._failure(error) for error in islice(validator.iter_errors(record), _MOST_FAILURES)}
        except (ValueError, RecursionError):
            return [Failure("", "is nested too deeply")]
        return sorted(found, key=lambda failure: (failure.pointer.count("/"), failure))

    def _failure(self, error: ValidationError) -> Failure:
        return Failure(pointer_of(error.instance_path), self._why(error))

    def _why(self, error: ValidationError) -> str:
        *way, keyword = error.schema_path
        node: Any = self._schema
        for step in way:
            node = node[step]
        expected: Any = node[keyword]
        match keyword:
            case "required":
                # The library has a class for each keyword; its types know the common base alone.
                kind: Any = error.kind
                return f"`{kind.property}` is missing"
            case "type":
                return f"is {_TYPES[type(error.instance)]}, not {_named(expected)}"
            case "const" | "enum":
                values = [expected] if keyword == "const" else expected
                return f"is not {joined([f'`{value}`' for value in values], 'or')}"
            case "format":
                return f"is no {str(expected).upper() if expected == 'uuid' else expected}"
            case "minLength" | "minItems" | "minProperties" if expected == 1:
                return "is empty"
            case "anyOf" | "oneOf" | "contains" if "description" in node:
                return f"lacks {node['description']}"
        return f"breaks `{keyword}: {json.dumps(expected)[:60]}`"


def names() -> tuple[str, ...]:
    """The names of all contracts, in order."""
    return tuple(_schemas())


def contract(name: str) -> Contract:
    """The contract of that name.

    Raises:
        KeyError: when there is none.
    """
    return _contracts()[name]


def contracts() -> tuple[Contract, ...]:
    """All contracts, in order of name."""
    return tuple(_contracts().values())


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer of a path, fit to be shown; secrets among its keys are masked."""
    whole = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    shown = mask(printable(whole))
    return shown if len(shown) <= _LONGEST_POINTER else f"{shown[: _LONGEST_POINTER - 1]}…"


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    paths = sorted((builtin_rules() / "contracts").glob(f"*{_SUFFIX}"))
    return {path.name.removesuffix(_SUFFIX): json.loads(path.read_bytes()) for path in paths}


@cache
def _contracts() -> dict[str, Contract]:
    return {name: Contract(name, schema) for name, schema in _schemas().items()}


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs  # here, since most repositories hold nothing that looks like a record

    return jsonschema_rs.Draft202012Validator(_schemas()[name], validate_formats=True, offline=True)


def _types(schema: Mapping[str, Any]) -> tuple[type, ...]:
    """The Python types of values that a schema's `type` lets in; all where it has none."""
    if "type" not in schema:
        return tuple(_TYPES)
    return tuple(kind for name in _listed(schema["type"]) for kind in _SCHEMA_TYPES[name])


def _named(expected: str | Sequence[str]) -> str:
    words = [_TYPES[_SCHEMA_TYPES[name][0]] if name != "integer" else "a whole number" for name in _listed(expected)]
    return joined(list(dict.fromkeys(words)), "or")


def _listed(value: str | Sequence[str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value
