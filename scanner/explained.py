"""Pages on one place of a repository: what was seen, what matched, what nearly did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from scanner.assemble import public
from scanner.explain import Clausal, Explanation, Matched, Missed, Near, Unread
from scanner.jsonpage import json_page
from scanner.phrases import plural
from scanner.places import printable
from scanner.saying import Said, short
from scanner.secrets import mask_names
from scanner.touchpoints import Touchpoint

#: So many near misses make a page; JSON has all.
_MOST_NEAR = 15
#: So many tell why one of many places was missed.
_MOST_NEAR_MISSED = 3
#: A longer condition, name or value is cut: the rule's file and line are beside it, or it stands in the file.
_LINE = 100
_CHANGES = {"raised": "raised by a second rule", "lowered": "lowered: one of many of its kind, known by name only"}


def explained_json(found: Explanation | Unread) -> bytes:
    """All that is known of a place; touchpoints in the shape of a packet's."""
    document: dict[str, Any] = {"path": found.path, "line": found.line, "read": isinstance(found, Explanation)}
    if isinstance(found, Unread):
        document["why"] = found.why
    else:
        document |= msgspec.to_builtins(found)
        document["matched"] = [_matched_json(item) for item in found.matched]
        for name, items in (("around", found.around), ("nearest", found.nearest)):
            document[name] = [msgspec.to_builtins(public(item)) for item in items]
    return json_page(document)


def _matched_json(item: Matched) -> dict[str, Any]:
    return {
        "touchpoint": msgspec.to_builtins(public(item.touchpoint)),
        "clauses": msgspec.to_builtins(item.clauses),
        "changed": item.changed,
        "seam": msgspec.to_builtins(public(item.seam)) if item.seam is not None else None,
    }


def explained_text(found: Explanation | Unread, kind: str = "") -> str:
    """The same for people; `kind` is the one that was asked for, empty for all."""
    place = f"{mask_names(found.path)}:{found.line}"
    if isinstance(found, Unread):
        return f"{place}: not read: {printable(found.why)}\n"
    lines = [f"{place} · {found.language}" + (f" · in {_shown(found.symbol)}" if found.symbol else "")]
    lines += [f"  {_shown(found.text)}"] if found.text else []
    if found.apart:
        lines.append(f"  set apart as {found.apart}: every hit has low confidence")
    lines += ["", "facts", *(_fact(fact, found.line) for fact in found.facts or ())]
    if not found.facts:
        lines[-1] = "facts: none; a comment, a docstring or an empty line says nothing to a rule"
    lines += ["", *_matches(found, kind)]
    if found.around:
        lines += ["", "around it", *map(_touchpoint, found.around)]
    shown = found.near if kind else _most_telling(found)
    lines += ["", "nearly" if shown else f"nearly: no rule{_of(kind)} has an atom that finds something here"]
    for item in shown:
        lines += _near(item, found.line)
    if len(found.near) > len(shown):
        more = plural(len(found.near) - len(shown), "clause")
        lines.append(f"  {more} more; --kind KIND shows all of one kind, --format json all")
    return "\n".join(lines) + "\n"


def misses_text(misses: Sequence[Missed]) -> str:
    """Why each of several places was missed: the rules that were nearest, with what failed."""
    lines = ["", f"nearly found: {sum(bool(item.near) for item in misses)} of {len(misses)}"]
    for item in misses:
        lines.append(f"{printable(item.asked.path)}:{item.asked.line} {item.asked.kind}")
        for near in item.near[:_MOST_NEAR_MISSED]:
            lines += _near(near, item.asked.line)
        if item.unread:
            lines.append(f"  not read: {printable(item.unread)}")
        elif not item.near:
            lines.append(f"  no rule{_of(item.asked.kind)} has an atom that finds something here")
        elif len(item.near) > _MOST_NEAR_MISSED:
            lines.append(f"  {plural(len(item.near) - _MOST_NEAR_MISSED, 'rule')} more; --format json has all")
    return "\n".join(lines) + "\n"


def _of(kind: str) -> str:
    return f" of the kind {kind}" if kind else ""


def _fact(fact: Said, line: int) -> str:
    detail = f" {_cut(_shown(fact.detail), _LINE)}" if fact.detail else ""
    means = f" (catalogue: {', '.join(fact.means)})" if fact.means else ""
    begins = f" (from line {fact.line})" if fact.line != line else ""
    return f"  {fact.atom:10}  {_cut(_shown(fact.name), _LINE)}{detail}{means}{begins}"


def _matches(found: Explanation, kind: str) -> Iterator[str]:
    if found.matched:
        yield "matched"
        for item in found.matched:
            yield from _match(item)
        return
    yield f"matched: nothing{_of(kind)}"
    begins = {fact.line for fact in found.facts}
    if any(item.line in begins for item in found.around):
        yield "  its statement begins above, and carries one"
    elif found.nearest:
        yield "  the nearest touchpoints of this file:"
        yield from (f"  {_touchpoint(item)}" for item in found.nearest)
    else:
        yield f"  no rule{_of(kind)} finds anything in this file"


def _match(item: Matched) -> Iterator[str]:
    touchpoint = item.touchpoint
    more = f", {_CHANGES[item.changed]}" if item.changed else ""
    yield f"  {touchpoint.kind}  {touchpoint.confidence} ({touchpoint.role}{more})"
    yield from (f"    by {_clause(clause)}" for clause in item.clauses)
    if item.seam is not None:
        place = f"{mask_names(item.seam.path)}:{item.seam.line} {_shown(item.seam.symbol)}"
        yield f"    a use of {place}, found by {', '.join(item.seam.rules)}"


def _touchpoint(item: Touchpoint) -> str:
    what = _shown(item.symbol or item.name)
    return f"  line {item.line}: {item.kind}  {item.confidence} ({item.role})  {what}  by {', '.join(item.rules)}"


def _near(item: Near, line: int) -> Iterator[str]:
    where = "" if item.fact.line == line else f", line {item.fact.line}"
    yield f"  {item.kind}  {_clause(item.clause)}"
    yield f"    finds the {_shown(_cut(short(item.fact), _LINE))}{where}, but"
    for failed in item.failed:
        yield f"    - {_shown(_cut(failed.condition, _LINE))}: {_shown(_cut(failed.why, 2 * _LINE))}"


def _clause(clause: Clausal) -> str:
    return f"{clause.rule} ({clause.confidence}, {clause.path}:{clause.line})"


def _most_telling(found: Explanation) -> list[Near]:
    """The best entry of each rule that matched nothing here: what a second clause of it would lack tells little.

    Of the definition around, what fails in more than one way is left out: many rules look at every function.
    """
    begins = {fact.line for fact in found.facts}
    matched = {rule for item in found.around for rule in item.rules}
    matched |= {rule for item in found.matched for rule in item.touchpoint.rules}
    best: dict[str, Near] = {}
    for item in found.near:
        if item.clause.rule not in matched and (item.fact.line in begins or len(item.failed) == 1):
            best.setdefault(item.clause.rule, item)
    return list(best.values())[:_MOST_NEAR]


def _shown(text: str) -> str:
    """Text that neither breaks a line nor steers a terminal; a backslash stays one, as it names no file."""
    return mask_names(printable(text).replace("\\\\", "\\"))


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 1]}…"
