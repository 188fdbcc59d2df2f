"""Documents that stay sound: their values change places, and what comes of it is mostly taken and used.

What happens to the bytes of a document is nearly always refused by the first reader that sees it. Here the tree of its
values changes instead: values under one key take each other's places across documents, items go, come twice or change
their order, clauses come into clauses, and now and then a value is odd. Then it is written out anew.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st

from scanner.yamlfile import YamlList, YamlMapping, YamlNode, parse

#: Texts and numbers that somebody might not have thought of; a rule or pack may well hold most of them.
ODD = [
    *("a", "A", "run_turn", "runTurn", "x" * 300, "é", "İstanbul", "ß", "中文", "e\u0301", "１", "ǅ", "ﬀ", "\u202e", "\ufffd"),
    *("*", "**", "**.run", "acme.**", "^ run", "run $", "^ run * tool $", "{run, stop}", "{a b, c} * d", "any", "all", "none"),
    *("a\nb", "a\tb", "\x85", "\u2028", " ", "0", "1e999", "0x1f", "~", "null", "no", "=x", "=", "`", "|", "<!--", "[x](y)", "@me"),
    *("true", "-1", "{{ count('model_call') }}", "{% if seam('model_call') %}a{% endif %}", "[a-z]+x", "(?i)run", "$X", "f($X)"),
    *("tests/**", "**/*", "a/../b", "/etc", ".git", "python", "2030-02-30", "legacy/", "!a", "ready", "0123456789abcdef", "\x1b[31m"),
]  # fmt: skip
_NUMBERS = [0, 1, 2, 3, 5, 100, -1, 10**12, True, False]

Tree = Any
_Place = tuple[Any, Any, str]
_Step = tuple[int, int, int, int]


def _plain(node: YamlNode) -> Tree:
    if isinstance(node, YamlMapping):
        return {key.text: _plain(value) for key, value in node.entries}
    return [_plain(item) for item in node.items] if isinstance(node, YamlList) else node.value


def _copy(tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return {key: _copy(value) for key, value in tree.items()}
    return [_copy(item) for item in tree] if isinstance(tree, list) else tree


def _places(tree: Tree, name: str = "") -> Iterator[_Place]:
    """Every value: what holds it, its key or number there, and the key that it stands under."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        under = key if isinstance(tree, dict) else name
        yield tree, key, under
        yield from _places(value, under)


def from_yaml(document: bytes) -> Tree:
    """The values of a YAML file as this scanner reads them."""
    root = parse(document, "a document", [])
    assert root is not None
    return _plain(root)


def to_yaml(tree: Tree) -> bytes:
    """A YAML file of these values."""
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1_000).encode()


def to_toml(tree: Tree) -> bytes:
    """A TOML file of these values, each top one on lines of its own."""
    if not isinstance(tree, dict):
        return b""
    lines = []
    for key, value in tree.items():
        many = isinstance(value, list)
        text = "[\n" + "".join(f"  {_toml(item)},\n" for item in value) + "]" if many else _toml(value)
        lines.append(f"{json.dumps(key)} = {text}\n")
    return "".join(lines).encode()


def _toml(value: Tree) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


class Garden:
    """Sound documents whose values may change places."""

    def __init__(self, trees: Sequence[Tree], clauses: Sequence[str] = ()) -> None:
        """Prepare.

        Args:
            trees: the documents.
            clauses: keys whose value is a clause, which may come into another.
        """
        self._trees = trees
        self._clauses = clauses
        self._under: dict[str, list[Tree]] = {}
        for tree in trees:
            for holder, key, name in _places(tree):
                self._under.setdefault(name if isinstance(holder, dict) else f"an item of {name}", []).append(
                    holder[key]
                )

    def changed(self, start: int, steps: Sequence[_Step]) -> Tree:
        """A document after some things happened to it."""
        tree = _copy(self._trees[start % len(self._trees)])
        for what, first, second, odd in steps:
            places = list(_places(tree))
            if places:
                holder, key, name = places[first % len(places)]
                self._change(what)(holder, key, name, second, odd)
        return tree

    def _change(self, what: int) -> Callable[[Any, Any, str, int, int], None]:
        graft = self._graft
        changes = [graft, graft, graft, graft, self._item, self._item, self._drop, self._order, self._odd, self._into]
        return changes[what % len(changes)]

    def _graft(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        """What stands under the same key elsewhere takes the place of a value."""
        others = self._under.get(name if isinstance(holder, dict) else f"an item of {name}", ())
        if others:
            holder[key] = _copy(others[second % len(others)])

    def _item(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        """An item comes twice, or one of another list comes beside it; a key of another mapping beside a key."""
        if isinstance(holder, list):
            others = [*self._under.get(f"an item of {name}", ()), holder[key]]
            holder.insert(second % (len(holder) + 1), _copy(others[odd % len(others)]))
        elif isinstance(holder[key], dict):
            mappings = [other for other in self._under.get(name, ()) if isinstance(other, dict)]
            if mappings:
                extra, value = list(mappings[second % len(mappings)].items())[
                    odd % len(mappings[second % len(mappings)])
                ]
                holder[key][extra] = _copy(value)
        elif name in self._under:
            others = self._under[name]
            one = others[second % len(others)]
            if not isinstance(holder[key], list) and isinstance(one, str) and isinstance(holder[key], str):
                holder[key] = [holder[key], one]

    def _drop(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        if len(holder) > 1:
            del holder[key]

    def _order(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        if isinstance(holder, list):
            other = second % len(holder)
            holder[key], holder[other] = holder[other], holder[key]
            return
        entries = list(holder.items())
        entries.insert(second % len(entries), entries.pop(odd % len(entries)))
        holder.clear()
        holder.update(entries)

    def _odd(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        """A text is another text, a number another number; rarely a value is of another kind."""
        value = holder[key]
        if isinstance(value, str):
            holder[key] = ODD[second % len(ODD)]
        elif isinstance(value, int):
            holder[key] = _NUMBERS[second % len(_NUMBERS)]
        elif odd % 4 == 0:
            holder[key] = [None, [], {}, 3, "x", {"a": "b"}][second % 6]

    def _into(self, holder: Any, key: Any, name: str, second: int, odd: int) -> None:
        """A clause comes into another, or beside it."""
        if name not in self._clauses or not isinstance(holder[key], dict):
            return
        others = [other for clause in self._clauses for other in self._under.get(clause, ()) if isinstance(other, dict)]
        one, other = holder[key], _copy(others[second % len(others)])
        holder[key] = [
            {"any": [one, other]},
            {"all": [one, {"not": other}]},
            {"all": [one, other]},
            {"any": [{"all": [one]}, other, one]},
            {"at_least": 1, "of": [one, other]},
        ][odd % 5]


def grown(garden: Garden, write: Callable[[Tree], bytes] = to_yaml) -> st.SearchStrategy[bytes]:
    """Documents of a garden to which up to four things happened, written out."""
    number = st.integers(0, 20_000)
    steps = st.lists(st.tuples(number, number, number, number), min_size=1, max_size=4)
    return st.builds(lambda start, steps: write(garden.changed(start, steps)), number, steps)


@cache
def yaml_garden(documents: tuple[bytes, ...], *clauses: str) -> Garden:
    """The garden of some YAML files."""
    return Garden([from_yaml(document) for document in documents], clauses)
