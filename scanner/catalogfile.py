"""Catalogue entries: from YAML to checked records, one for each name that a pattern's braces stand for."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.languages import by_name
from scanner.qualifiednames import read_qualified
from scanner.rulenodes import is_snake_case, unknown_language
from scanner.rules import CatalogEntry
from scanner.suggestion import suggest
from scanner.yamlcheck import Checker
from scanner.yamlfile import Problem, YamlMapping, YamlText, printable

#: Keys of a catalogue entry, with what to write; and those that may be left out.
REQUIRED = {
    "library": "the library's name",
    "language": "the language that calls it",
    "source": "the address of its documentation or code",
    "means": "meanings, each with a list of qualified names",
}
OPTIONAL = ("checked", "also")


class CatalogReader:
    """Reads entry after entry; what they say together is in its attributes."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        """Prepare to read.

        Args:
            languages: names of all languages.
        """
        self._languages = languages
        self.entries: list[CatalogEntry] = []
        #: Every meaning that an entry knows, from broken entries too.
        self.meanings: set[str] = set()
        self._also: list[tuple[str, YamlText]] = []

    def read(self, mapping: YamlMapping, checker: Checker) -> None:
        """Read one entry.

        Args:
            mapping: the entry.
            checker: takes what is wrong.
        """
        library = checker.line(mapping, "library")
        owner = f"catalogue entry `{printable(library)}`" if library else "this catalogue entry"
        checker.keys(mapping, owner, REQUIRED, OPTIONAL)
        language, source = checker.line(mapping, "language"), checker.line(mapping, "source")
        checked = checker.line(mapping, "checked")
        if language and language not in self._languages:
            checker.report(mapping.get("language") or mapping, unknown_language(language, self._languages))
        elif language and (family := by_name(language).family) != language:
            message = f"`{language}` has the catalogue of another language; write `{family}`"
            checker.report(mapping.get("language") or mapping, message)
        if source and not source.startswith(("https://", "http://")):
            checker.report(mapping.get("source") or mapping, "`source` is no address; write one with `https://`")
        node = mapping.get("also")
        also = checker.strings(node, "`also`", "a meaning or a list of them") if node else ()
        self._also += [(checker.path, text) for text in also]
        meanings_beside = tuple(text.text for text in also)
        for meaning, text, name in self._names(mapping, checker):
            self.entries.append(
                CatalogEntry(
                    name=name,
                    means=meaning,
                    language=language,
                    library=library,
                    source=source,
                    path=checker.path,
                    line=text.line,
                    column=text.column,
                    written=text.text.strip(),
                    checked=checked,
                    also=meanings_beside,
                )
            )

    def unknown_meanings(self) -> Iterator[Problem]:
        """Problems of meanings under `also` that no entry has; to be asked once all files are read."""
        for path, text in self._also:
            if text.text not in self.meanings:
                hint = suggest(text.text, sorted(self.meanings), "write a meaning that another entry has")
                message = f"no catalogue entry means `{printable(text.text)}`; {hint}"
                yield Problem(path, text.line, text.column, message)

    def _names(self, mapping: YamlMapping, checker: Checker) -> Iterator[tuple[str, YamlText, tuple[str, ...]]]:
        """Each meaning with each of its names: as written, and as segments."""
        node = mapping.get("means")
        means = checker.mapping(node, "`means`", "meanings, each with a list of qualified names") if node else None
        for meaning, names in means.entries if means else ():
            if not is_snake_case(meaning.text):
                checker.report(meaning, f"meaning `{printable(meaning.text)}` is not snake_case; write words and `_`")
            self.meanings.add(meaning.text)
            for text in checker.strings(names, f"`{printable(meaning.text)}`", "a qualified name or a list of them"):
                for name in read_qualified(checker, text):
                    yield meaning.text, text, name
