"""Names of the world that no rule speaks of: vendors, model ids and surfaces, read from `rules/vocabulary.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.candidates import NamedValue
from scanner.errors import RuleError
from scanner.facts import Call, FileFacts, Import
from scanner.languages import by_name
from scanner.languages.bindings import is_below, leading_parts
from scanner.secrets import mask
from scanner.words import WordPattern, split
from scanner.words import parse as parse_words
from scanner.yamlfile import (
    EnoughProblems,
    Problem,
    YamlList,
    YamlMapping,
    YamlNode,
    parse,
    printable,
    read_bytes,
    told,
)

if TYPE_CHECKING:
    import re2

_URL = re.compile(r"https?://([\w.:-]+)(/[\w./{}-]*)?")
#: Paths by which a completions endpoint is known on any host.
_ENDPOINT_PATH = re.compile(r"/(?:v1|v1beta|api/v1|chat/completions|completions|responses|messages)(?:/|$)")
#: Hosts that stand for any host, and paths of pages that people read.
_NO_HOST = re.compile(r"(?:^|\.)example(?:\.|$)|^\{|^your[.-]")
_PAGE_PATH = re.compile(
    r"/(?:keys|settings|docs?|account|console|dashboard|login|signup|billing|models|pricing|blog)\b"
)
#: A table of prices or a fixture may name one value on every line.
_MOST_LINES = 50
_NO_ROOTS: Mapping[str, frozenset[str]] = MappingProxyType({})


class Vendor(msgspec.Struct, frozen=True):
    """One vendor, gateway or framework that serves models."""

    name: str
    modules: tuple[str, ...]
    hosts: tuple[str, ...]
    words: tuple[str, ...]
    #: Module → `family:package` of each package that has it, where that is not the module's own name.
    packages: dict[str, tuple[str, ...]] = {}


class Surface(msgspec.Struct, frozen=True):
    """One way in which a run starts."""

    id: str
    words: tuple[str, ...]
    #: Code beside the running agent, such as examples and benchmarks: it ranks after the rest.
    aside: bool = False


class _File(msgspec.Struct, frozen=True):
    vendors: tuple[Vendor, ...]
    models: tuple[str, ...]
    environment: tuple[str, ...]
    surfaces: tuple[Surface, ...]


class Vocabulary:
    """The vocabulary, compiled."""

    def __init__(self, data: _File) -> None:
        self._data = data
        self._models = _models_of(data.models)
        self._environment = [parse_words(pattern) for pattern in data.environment]
        self._surfaces: list[tuple[str, list[WordPattern]]] = [
            (surface.id, [parse_words(pattern) for pattern in surface.words]) for surface in data.surfaces
        ]
        #: Surfaces beside the running agent.
        self.aside = frozenset(surface.id for surface in data.surfaces if surface.aside)
        self._modules = {module: vendor.name for vendor in data.vendors for module in vendor.modules}
        self._hosts = {host: vendor.name for vendor in data.vendors for host in vendor.hosts}
        self._heads = frozenset(_head(module.rpartition(":")[2]) for module in self._modules)
        self._packages = {
            package: module
            for vendor in data.vendors
            for module in vendor.modules
            for package in vendor.packages.get(module, _packages(module))
        }

    def values(self, facts: FileFacts, own: Mapping[str, frozenset[str]] = _NO_ROOTS) -> Iterator[NamedValue]:
        """Model ids, endpoints, environment variables and SDKs that a file names, each with the lines where it does.

        Args:
            facts: of the file.
            own: family of languages → leading parts of names that belong to the repository itself: a folder of its own
                that is called `agents` is no SDK.
        """
        seen: dict[tuple[str, str], set[int]] = {}
        for value in self._all_values(facts, own):
            lines = seen.setdefault((value.topic, value.value), set())
            if value.line not in lines and len(lines) < _MOST_LINES:
                lines.add(value.line)
                yield value

    def _all_values(self, facts: FileFacts, own: Mapping[str, frozenset[str]]) -> Iterator[NamedValue]:
        for string in facts.strings:
            yield from self._in_text(string.text, string.line)
        language = by_name(facts.language)
        is_config = language.kind == "config"
        for key in facts.keys:
            if key.kind == "environment" and key.name.isidentifier() and self.is_model_variable(key.name):
                yield NamedValue("env_var", key.name, key.line)
            elif key.value and is_config:
                yield from self._in_text(key.value, key.line)
        # A bare name never reaches a file of the own code in TypeScript.
        roots = own.get(language.family, frozenset()) if language.family != "typescript" else frozenset()
        named: list[Import | Call] = [*facts.imports, *(call for call in facts.calls if call.resolved)]
        for item in named:
            if _head(item.qualified) in self._heads and not is_below(item.qualified, roots):
                sdk = self.sdk(language.family, item.qualified)
                if sdk and not facts.is_test(item.start):
                    yield NamedValue("sdk", sdk, item.line)

    def _in_text(self, text: str, line: int) -> Iterator[NamedValue]:
        if len(text) > 300:
            return
        if any(char in text for char in "-/") and " " not in text and self._models.fullmatch(text):
            yield NamedValue("model", text, line)
        if "://" in text:
            for match in _URL.finditer(text):
                host, path = match.group(1), match.group(2) or ""
                if _NO_HOST.search(host) or _PAGE_PATH.search(path):
                    continue
                if self._vendor_of_host(host) or _ENDPOINT_PATH.search(path):
                    yield NamedValue("endpoint", mask(match.group(0)).rstrip("/.{"), line)

    def is_model_variable(self, name: str) -> bool:
        """Whether an environment variable concerns models."""
        words = split(name)
        return any(pattern.matches(words) for pattern in self._environment)

    def sdk(self, family: str, qualified: str) -> str:
        """The module of a known SDK that an import of a family of languages belongs to, or an empty string."""
        names = (known for part in leading_parts(qualified) for known in (part, f"{family}:{part}"))
        return next((name for name in names if name in self._modules), "")

    def sdk_of_package(self, family: str, package: str) -> str:
        """The module of the known SDK that a package of a family of languages is, or an empty string."""
        if family == "go":
            return self.sdk(family, package)
        return self._packages.get(f"{family}:{_normal(family, package)}", "")

    def _vendor_of_host(self, host: str) -> str:
        return next((name for known, name in self._hosts.items() if host == known or host.endswith("." + known)), "")

    def vendor_of_sdk(self, module: str) -> str:
        """The vendor of a known SDK."""
        return self._modules[module]

    def vendors_of(self, value: NamedValue) -> tuple[str, ...]:
        """The vendors that a value belongs to."""
        if value.topic == "sdk":
            return (self._modules[value.value],)
        if value.topic == "endpoint":
            match = _URL.match(value.value)
            vendor = self._vendor_of_host(match.group(1)) if match else ""
            return (vendor,) if vendor else ()
        words = " ".join(split(value.value))
        return tuple(
            vendor.name for vendor in self._data.vendors if any(f" {word} " in f" {words} " for word in vendor.words)
        )

    def surface(self, path: str) -> str:
        """The surface of a file: by the words of its path, innermost part first; `core` where none says so.

        What lies in a folder that is aside is aside, whatever its own name.
        """
        parts = PurePosixPath(path).with_suffix("").parts
        for part in parts[:-1]:
            name = self._named(part)
            if name in self.aside:
                return name
        return next(filter(None, map(self._named, reversed(parts))), "core")

    @cache  # noqa: B019  # one instance lives as long as the process
    def _named(self, part: str) -> str:
        words = split(part)
        return next((name for name, some in self._surfaces if any(pattern.matches(words) for pattern in some)), "")


def _models_of(patterns: tuple[str, ...]) -> re2._Regexp[str]:
    """One expression of those of all models.

    Raises:
        ValueError: when one is none.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile("(?i)(?:" + "|".join(patterns) + ")", options)
    except re2.error as error:
        raise ValueError(f"bad regular expression: {error}") from None


def _packages(module: str) -> tuple[str, ...]:
    """The packages that a module is looked for in where the vocabulary says nothing: those of its own name."""
    family, _, name = module.rpartition(":")
    if family:
        families: tuple[str, ...] = (family,)
    elif "@" in name or "-" in name:
        families = ("typescript",)
    elif "_" in name or "." in name:
        families = ("python", "rust")
    else:
        families = ("python", "typescript", "rust")
    return tuple(f"{each}:{_normal(each, name)}" for each in families)


def _normal(family: str, package: str) -> str:
    """A package's name as its index compares it: `langchain_core` and `LangChain.Core` are one package of Python."""
    return package if family == "typescript" else re.sub(r"[-_.]+", "-", package).lower()


def _head(name: str) -> str:
    """The first part of a dotted name or of a path."""
    return name.partition("/")[0].partition(".")[0]


@cache
def vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a YAML file, which ships with the scanner or stands beside the rules that are compared.

    Raises:
        RuleError: when it is none.
    """
    problems: list[Problem] = []
    shown = printable(str(path))
    data = read_bytes(path, shown, problems)
    try:
        root = parse(data, shown, problems) if data is not None else None
        if not problems and root is not None:
            return Vocabulary(msgspec.convert(_plain(root), _File))
    except EnoughProblems:
        pass
    except ValueError as error:
        problems.append(Problem(shown, 0, 0, f"this is no vocabulary: {printable(str(error))}"))
    raise RuleError(told(problems))


def _plain(node: YamlNode) -> Any:
    if isinstance(node, YamlMapping):
        return {key.text: _plain(value) for key, value in node.entries}
    return [_plain(item) for item in node.items] if isinstance(node, YamlList) else node.value
