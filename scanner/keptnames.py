"""The names under which the functions of a file keep values, and those of their parameters that they keep."""

from __future__ import annotations

from scanner.facts import FileFacts

#: Keys under which a record keeps values or is given them, and how many of one record are told.
_KEPT = frozenset({"mapping", "keyword", "field", "parameter", "subscript", "path"})
_MOST_KEYS = 200


def keeps_of(facts: FileFacts) -> dict[str, list[tuple[str, str]]]:
    """Symbol of a function → its parameters with the fields under which they are kept or handed on."""
    found: dict[str, list[tuple[str, str]]] = {}
    given = [(key.scope, key.name, key.value) for key in facts.keys if key.kind in ("keyword", "mapping", "field")]
    given += [(item.scope, item.name.rpartition(".")[2], item.value) for item in facts.assignments if "." in item.name]
    for scope, name, value in given:
        if scope >= 0 and value in facts.definitions[scope].parameters:
            found.setdefault(facts.definitions[scope].symbol, []).append((value, name))
    return found


def keys_of(facts: FileFacts) -> dict[str, dict[str, None]]:
    """Symbol of a definition, empty for the top of the file → the names under which it keeps values, each once."""
    found: dict[str, dict[str, None]] = {}
    by_scope: dict[int, dict[str, None]] = {}
    kept = [(key.scope, key.name) for key in facts.keys if key.kind in _KEPT]
    kept += [(item.scope, item.name.rpartition(".")[2]) for item in facts.assignments if "." in item.name]
    for scope, name in kept:
        names = by_scope.get(scope)
        if names is None:  # definitions of one symbol share their names
            names = by_scope[scope] = found.setdefault(facts.symbol(scope), {})
        if len(names) < _MOST_KEYS:
            names[name] = None
    return found
