"""What names of one file stand for in another: re-exports followed, and which files need a second look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from scanner.candidates import FileReport
from scanner.languages import by_name
from scanner.languages.bindings import is_below
from scanner.memory import Memory
from scanner.modules import Layout
from scanner.nameindex import QualifiedIndex
from scanner.plan import clauses
from scanner.rules import CatalogEntry, Rulebook

_DEPTH = 8
#: Names that a module passes on from others by `*`; a longer list is no help to anybody.
_MOST_STARRED = 5_000


class Exports(dict[str, str]):
    """Dotted names and what they stand for; complete before the first question.

    What the leading part of a name stands for is remembered: all names of a module share it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._leads: dict[str, str | None] = {}

    def step(self, name: str) -> str | None:
        """The name with its longest leading part that stands for something else replaced by that."""
        if name in self:
            return self[name]
        if name.endswith("()") and name[:-2] in self:
            return f"{self[name[:-2]]}()"
        at = name.rfind(".")
        if at <= 0:
            return None
        head = name[:at]
        if head not in self._leads:
            self._leads[head] = self._lead(head)
        lead = self._leads[head]
        return lead + name[at:] if lead is not None else None

    def _lead(self, name: str) -> str | None:
        """What stands for a leading part of a name, by the longest part of it that stands for something."""
        at = len(name)
        while at > 0:
            head = name[:at]
            better = self.get(head)
            if better is None and head.endswith("()") and head[:-2] in self:
                better = f"{self[head[:-2]]}()"
            if better is None:  # a member of a function is one of what it gives back
                better = self.get(f"{head}()")
            if better is not None:
                return better + name[at:]
            at = name.rfind(".", 0, at)
        return None


def exports_of(reports: Sequence[FileReport]) -> Exports:
    """What dotted names of the reported files stand for, names that a module passes on by `*` included."""
    found = Exports()
    settled: set[str] = set()
    stars: dict[str, list[str]] = {}
    for report in reports:
        classes = {name for name, _ in report.definitions} if report.exports else ()
        for name, value in report.exports.items():
            if name.endswith(".*"):
                stars[name[:-2]] = value.split("\n")
            # Of the files that tell of a class's attribute, the one that defines the class knows best.
            elif name.rpartition(".")[0] in classes:
                found[name] = value
                settled.add(name)
            elif name not in settled:
                found[name] = value
    if stars:
        _pass_on(found, stars, reports)
    return found


def _pass_on(found: dict[str, str], stars: Mapping[str, list[str]], reports: Sequence[FileReport]) -> None:
    """Add the names that a module has from others by `*`."""
    own: dict[str, set[str]] = {}
    sources = {source for some in stars.values() for source in some}
    for report in reports:
        if report.module not in sources:
            continue
        prefix = f"{report.module}."
        names = own.setdefault(report.module, set())
        names.update(name.removeprefix(prefix).partition(".")[0] for name, _ in report.definitions)
        names.update(name.removeprefix(prefix).partition(".")[0].removesuffix("()") for name in report.exports)
    for module in stars:
        pending, seen, count = list(stars[module]), {module}, 0
        while pending and count < _MOST_STARRED:
            source = pending.pop(0)
            if source in seen:
                continue
            seen.add(source)
            pending += stars.get(source, ())
            for name in sorted(own.get(source, set()) - {"*", ""}):
                found.setdefault(f"{module}.{name}", f"{source}.{name}")
                count += 1


def follow(name: str, exports: Exports, definitions: Set[str] = frozenset()) -> str:
    """What a dotted name stands for, through the re-exports of this repository; without the marks of calls.

    It stops at a name in `definitions`: a package may hand on a function that is called like the module it stands in.
    """
    for _ in range(_DEPTH):
        if name in definitions:
            break
        better = exports.step(name)
        if better is None or better == name:
            break
        name = better
    return name.replace("()", "")


def second_looks(layout: Layout, rulebook: Rulebook, reports: Sequence[FileReport]) -> list[tuple[str, dict[str, str]]]:
    """Files that call through, or inherit, a name to which another file gave a meaning that the catalogue knows.

    Args:
        layout: tells which names are the repository's own.
        rulebook: with the catalogue.
        reports: on all files, after the first look.

    Returns:
        Paths, in order, each with what names of other files stand for.
    """
    families: dict[str, list[FileReport]] = {}
    for report in sorted(reports, key=lambda report: report.path):
        if report.exports or report.calls or report.bases:
            families.setdefault(by_name(report.language).family, []).append(report)
    return sorted(
        (look for family, some in families.items() for look in _looks_of_family(layout, rulebook, family, some)),
        key=lambda look: look[0],
    )


def _looks_of_family(
    layout: Layout, rulebook: Rulebook, family: str, reports: Sequence[FileReport]
) -> Iterator[tuple[str, dict[str, str]]]:
    catalog = [entry for entry in rulebook.catalog if entry.language == family]
    external, by_owner = _external(layout.roots.get(family, frozenset()), catalog, reports)
    asked = _asked(rulebook, catalog)

    def through(qualified: str) -> Iterator[str]:
        """The leading parts of a name that stand for something that is asked for."""
        for name in _prefixes(qualified):
            value = external.get(name)
            if value and asked.lookup(value + qualified[len(name.removesuffix("()")) :], True):
                yield name

    leading: Memory[str, tuple[str, ...]] = Memory(lambda qualified: tuple(through(qualified)))
    for report in reports:
        names: set[str] = set()
        for qualified in {call.qualified for call in report.calls if call.resolved}:
            names.update(leading[qualified])
        for base in report.bases:
            names.update(by_owner.get(base, ()))
        told = {name: external[name] for name in names if name not in report.exports}
        if told:
            yield report.path, told


def _external(
    roots: frozenset[str], catalog: Sequence[CatalogEntry], reports: Sequence[FileReport]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Names of this repository that stand for something of a library; and these names by the class that owns them."""
    exports = exports_of(reports)
    leads = _leads(catalog)
    external: dict[str, str] = {}
    by_owner: dict[str, list[str]] = {}
    targets: dict[str, str] = {}
    for name in exports:
        # What a re-exported function gives back is known under its other name too.
        for asked in (name,) if name.endswith("()") else (name, f"{name}()"):
            final = targets[asked] = follow(asked, exports)
            if not is_below(final, roots) and _leads_on(final, leads):
                external[asked] = final
                by_owner.setdefault(asked.rpartition(".")[0], []).append(asked)
    for name in exports:
        target = targets[name]
        for owned in by_owner.get(target, ()) if target != name else ():
            other = name + owned.removeprefix(target)
            if other not in external:
                external[other] = external[owned]
                by_owner.setdefault(name, []).append(other)
    return external, by_owner


def _asked(rulebook: Rulebook, catalog: Sequence[CatalogEntry]) -> QualifiedIndex[bool]:
    """Every qualified name that the catalogue of a language or a rule asks for."""
    nodes = [node for rule in rulebook.rules for node in (rule.find, rule.reject)]
    atoms = [patterns for node in nodes for clause in clauses(node) for _, patterns in clause.atoms]
    names = [entry.name for entry in catalog]
    names += [pattern.qualified for patterns in atoms for pattern in patterns if pattern.qualified]
    return QualifiedIndex((name, True) for name in names)


def _leads(catalog: Sequence[CatalogEntry]) -> dict[str, bool]:
    """Leading parts of the names in the catalogue, with whether any name may follow."""
    leads: dict[str, bool] = {}
    for entry in catalog:
        for size, segment in enumerate(entry.name):
            if segment in ("*", "**"):
                leads[".".join(entry.name[:size])] = True
                break
            leads.setdefault(".".join(entry.name[: size + 1]), False)
    leads.pop("", None)
    return leads


def _leads_on(name: str, leads: Mapping[str, bool]) -> bool:
    """Whether something in the catalogue is, or may be, called by a name that begins so."""
    if name in leads:
        return True
    return any(leads.get(part, False) for part in _prefixes(name))


def _prefixes(qualified: str) -> Iterator[str]:
    """Every leading part of a dotted name, as itself and as what calling it gives."""
    at = qualified.find(".")
    while at >= 0:
        yield qualified[:at]
        yield f"{qualified[:at]}()"
        at = qualified.find(".", at + 1)
    yield qualified
