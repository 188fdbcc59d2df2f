"""Which files can be parts of one program: some file brings in both, itself or through others.

A value that one file puts under a key is called by another only if somebody holds both. In a tree of several packages
that do not know of each other this tells apart what the same names do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.candidates import FileReport
from scanner.paths import components, marks_reached


class Together:
    """The files of one family of languages, by who brings them in."""

    def __init__(self, reports: Sequence[FileReport]) -> None:
        modules = {report.module: number for number, report in enumerate(reports) if report.module}
        importers: list[list[int]] = [[] for _ in reports]
        imported: list[set[int]] = [set() for _ in reports]
        for number, report in enumerate(reports):
            names = {*report.sites.imports, *(site.target for site in report.sites.sites if site.known)}
            imported[number] = {found for name in names if (found := _file_of(name, modules)) >= 0} - {number}
            for other in imported[number]:
                importers[other].append(number)
        self._reports = reports
        self._modules = modules
        self._imported = {reports[number].path: some for number, some in enumerate(imported)}
        # A circle of files that import each other is brought in as one.
        marks: dict[int, int] = {}
        for component in components([sorted(some) for some in imported], range(len(reports))):
            inside = set(component)
            if all(importer in inside for number in component for importer in importers[number]):
                marks[component[0]] = 1 << len(marks)
        united = marks_reached(importers, range(len(reports)), marks)
        self._marks: Mapping[str, int] = {report.path: united.get(number, 0) for number, report in enumerate(reports)}

    def file_of(self, name: str) -> str:
        """The file that a dotted name of the repository begins with; empty where it begins with none."""
        number = _file_of(name, self._modules)
        return self._reports[number].path if number >= 0 else ""

    def brings_in(self, path: str, other: str) -> bool:
        """Whether a file is another one, or names something of it."""
        return path == other or any(self._reports[number].path == other for number in self._imported.get(path, ()))

    def may_meet(self, path: str, other: str) -> bool:
        """Whether some file brings in both; a file brings in itself."""
        return path == other or bool(self._marks.get(path, 0) & self._marks.get(other, 0))


def _file_of(name: str, modules: Mapping[str, int]) -> int:
    """The file of a dotted name's longest leading part that is a module; -1 where none is."""
    while name:
        number = modules.get(name)
        if number is not None:
            return number
        name = name.rpartition(".")[0]
    return -1
