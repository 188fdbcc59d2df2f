"""What names of one file stand for in another: re-exports followed, and which files need a second look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from scanner.candidates import FileReport
from scanner.languages import by_name
from scanner.languages.bindings import is_below
from scanner.modules import Layout
from scanner.nameindex import QualifiedIndex
from scanner.plan import clauses
from scanner.rules import CatalogEntry, Rulebook

_DEPTH = 8
#: Names that a module passes on from others by `*`; a longer list is no help to anybody.
_MOST_STARRED = 5_000


def exports_of(reports: Sequence[FileReport]) -> dict[str, str]:
    """What dotted names of the reported files stand for, names that a module passes on by `*` included."""
    found: dict[str, str] = {}
    settled: set[str] = set()
    for report in reports:
        classes = {name for name, _ in report.definitions}
        for name, value in report.exports.items():
            # Of the files that tell of a class's attribute, the one that defines the class knows best.
            knows = name.rpartition(".")[0] in classes
            if not name.endswith(".*") and (knows or name not in settled):
                found[name] = value
                if knows:
                    settled.add(name)
    stars = {
        name[:-2]: value.split("\n")
        for report in reports
        for name, value in report.exports.items()
        if name.endswith(".*")
    }
    if stars:
        _pass_on(found, stars, reports)
    return found


def _pass_on(found: dict[str, str], stars: Mapping[str, list[str]], reports: Sequence[FileReport]) -> None:
    """Add the names that a module has from others by `*`."""
    own: dict[str, set[str]] = {}
    for report in reports:
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


def follow(name: str, exports: Mapping[str, str], definitions: Set[str] = frozenset()) -> str:
    """What a dotted name stands for, through the re-exports of this repository; without the marks of calls.

    It stops at a name in `definitions`: a package may hand on a function that is called like the module it stands in.
    """
    for _ in range(_DEPTH):
        if name in definitions:
            break
        better = _step(name, exports)
        if better is None or better == name:
            break
        name = better
    return name.replace("()", "")


def _step(name: str, exports: Mapping[str, str]) -> str | None:
    """The name with its longest leading part that stands for something else replaced by that."""
    at = len(name)
    while at > 0:
        head, rest = name[:at], name[at:]
        better = exports.get(head)
        if better is None and head.endswith("()"):
            better = exports.get(head[:-2])
            rest = f"(){rest}" if better is not None else rest
        if better is None and rest.startswith("."):  # a member of a function is one of what it gives back
            better = exports.get(f"{head}()")
        if better is not None:
            return better + rest
        at = name.rfind(".", 0, at)
    return None


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
    for report in reports:
        names: set[str] = set()
        for call in report.calls:
            for name in _prefixes(call.qualified) if call.resolved else ():
                value = external.get(name)
                if value and asked.lookup(value + call.qualified[len(name.removesuffix("()")) :], True):
                    names.add(name)
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
    for name in exports:
        # What a re-exported function gives back is known under its other name too.
        for asked in (name,) if name.endswith("()") else (name, f"{name}()"):
            final = follow(asked, exports)
            if not is_below(final, roots) and _leads_on(final, leads):
                external[asked] = final
                by_owner.setdefault(asked.rpartition(".")[0], []).append(asked)
    for name in exports:
        target = follow(name, exports)
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
