"""JSON Schemas of published records, with the comments of their fields as descriptions."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

_COMMENTED = re.compile(r"((?:^ +#: .*\n)+) +(\w+):", re.MULTILINE)


def record_schema(record: type[msgspec.Struct], name: str, version: str, title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record's JSON.

    Args:
        record: the outermost one.
        name: what the contract is called, for its `$id`.
        version: of the contract.
        title: what people call it.
    """
    (reference,), records = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    classes = _classes(msgspec.inspect.type_info(record))
    for each, described in records.items():
        comments = _comments(classes[each]) if each in classes else {}
        for field, said in described.get("properties", {}).items():
            if field in comments:
                said["description"] = comments[field]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:seam-scanner:{name}:{version}",
        "title": f"{title} {version}",
        **reference,
        "$defs": records,
    }


def _classes(info: msgspec.inspect.Type) -> dict[str, type]:
    """Records inside a type, by name."""
    found: dict[str, type] = {}
    waiting: list[Any] = [info]
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType):
            if each.cls.__name__ in found:
                continue
            found[each.cls.__name__] = each.cls
            waiting += [field.type for field in each.fields]
        elif isinstance(each, msgspec.inspect.UnionType):
            waiting += each.types
        elif isinstance(each, msgspec.inspect.TupleType):
            waiting += each.item_types
        elif isinstance(each, msgspec.inspect.CollectionType):
            waiting.append(each.item_type)
        elif isinstance(each, msgspec.inspect.DictType):
            waiting += [each.key_type, each.value_type]
    return found


def _comments(record: type) -> dict[str, str]:
    """The `#:` comments of a record's fields."""
    found = _COMMENTED.findall(inspect.getsource(record))
    return {field: " ".join(line.strip()[3:] for line in lines.splitlines()) for lines, field in found}
