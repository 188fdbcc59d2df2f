"""Names of the world that no rule speaks of: vendors, model ids and surfaces, read from `rules/vocabulary.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from scanner.candidates import NamedValue
from scanner.facts import FileFacts
from scanner.languages import by_name
from scanner.languages.bindings import leading_parts
from scanner.secrets import mask
from scanner.words import WordPattern, parse, split

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


class Vendor(msgspec.Struct, frozen=True):
    """One vendor, gateway or framework that serves models."""

    name: str
    modules: tuple[str, ...]
    hosts: tuple[str, ...]
    words: tuple[str, ...]


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
        self._environment = [parse(pattern) for pattern in data.environment]
        self._surfaces: list[tuple[str, list[WordPattern]]] = [
            (surface.id, [parse(pattern) for pattern in surface.words]) for surface in data.surfaces
        ]
        #: Surfaces beside the running agent.
        self.aside = frozenset(surface.id for surface in data.surfaces if surface.aside)
        self._modules = {module: vendor.name for vendor in data.vendors for module in vendor.modules}
        self._hosts = {host: vendor.name for vendor in data.vendors for host in vendor.hosts}

    @cache  # noqa: B019  # one instance lives as long as the process
    def _models(self) -> re2._Regexp[str]:
        import re2

        return re2.compile("(?i)(?:" + "|".join(self._data.models) + ")")

    def values(self, facts: FileFacts) -> Iterator[NamedValue]:
        """Model ids, endpoints, environment variables and SDKs that a file names."""
        seen: set[tuple[str, str]] = set()
        for value in self._all_values(facts):
            if (value.topic, value.value) not in seen:
                seen.add((value.topic, value.value))
                yield value

    def _all_values(self, facts: FileFacts) -> Iterator[NamedValue]:
        for string in facts.strings:
            yield from self._in_text(string.text, string.line)
        language = by_name(facts.language)
        is_config = language.kind == "config"
        for key in facts.keys:
            if key.kind == "environment" and self.is_model_variable(key.name):
                yield NamedValue("env_var", key.name, key.line)
            elif key.value and is_config:
                yield from self._in_text(key.value, key.line)
        for item in facts.imports:
            sdk = self.sdk(language.family, item.qualified)
            if sdk:
                yield NamedValue("sdk", sdk, item.line)

    def _in_text(self, text: str, line: int) -> Iterator[NamedValue]:
        if len(text) > 300:
            return
        if any(char in text for char in "-/") and " " not in text and self._models().fullmatch(text):
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

    def _vendor_of_host(self, host: str) -> str:
        return next((name for known, name in self._hosts.items() if host == known or host.endswith("." + known)), "")

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


@cache
def vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a YAML file that ships with the scanner."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506  # a safe loader
    return Vocabulary(msgspec.convert(data, _File))
