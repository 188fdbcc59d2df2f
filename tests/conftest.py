"""What tests of the scanner's rooms share: a small repository that is written, scanned and asked in one breath."""

from __future__ import annotations

import gc
import importlib
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from scanner.candidates import FileReport
from scanner.facts import FileFacts
from scanner.installed import builtin_rules
from scanner.languages import language_of
from scanner.languages.extract import read
from scanner.languages.guard import as_utf8
from scanner.look import surroundings
from scanner.modules import layout
from scanner.repository import open_repository
from scanner.rulebook import load, load_rulebook
from scanner.rules import Rulebook
from scanner.scan import Scan, scan
from scanner.touchpoints import Touchpoint

if TYPE_CHECKING:
    from browser import Visiting
    from playwright.sync_api import Browser

    from scanner.reviewpage import Review

# How long an example takes is the machine's affair; benchmarks tell of speed.
settings.register_profile("unhurried", settings.default, deadline=None, max_examples=50)
settings.load_profile("unhurried")

# A pass over all that a process holds takes a second, and finds little that younger passes left.
gc.set_threshold(100_000, 20, 1_000)

#: What tests ask of the rooms themselves is worked out anew; the commands that they run have a cache, see `commandline`.
os.environ["SCANNER_CACHE_DIR"] = ""

CATALOG = """
- library: acme
  language: python
  source: https://acme.example/docs
  means:
    model_call:
      - "acme.completion"
      - "acme.acompletion"
      - "acme.{Client, AsyncClient}.chat.create"
    retry: ["acme.retry"]
"""


@cache
def built_in() -> Rulebook:
    """The built-in rules; reading them takes longer than most of what is scanned here."""
    return load()


def pytest_collection_finish() -> None:
    """Keep what was made to collect the tests out of every later pass."""
    gc.collect()
    gc.freeze()


class Repo:
    """Files in a folder, and what the scanner says of them."""

    def __init__(self, root: Path, rules: Path) -> None:
        self.root = root
        self._rules = rules
        self._builtin = False

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file; text is dedented first."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).lstrip("\n").encode())

    def rules(self, text: str) -> None:
        """Use these rules, beside a small catalogue, instead of the one rule that finds model calls."""
        (self._rules / "rules.yaml").write_text(textwrap.dedent(text), encoding="utf-8")

    def rule(self, find: str, reject: str = "", **more: str) -> None:
        """Use one rule with these nodes, in the flow style of YAML."""
        extra = "".join(f"\n  {key}: {value}" for key, value in more.items())
        self.rules(rule("found", find, reject) + extra)

    def use_builtin_rules(self) -> None:
        self._builtin = True

    def rulebook(self) -> Rulebook:
        return built_in() if self._builtin else load_rulebook([self._rules])

    def scan(self) -> Scan:
        return scan(open_repository(self.root), self.rulebook(), builtin_rules() / "vocabulary.yaml")

    def touchpoints(self, kind: str = "") -> list[Touchpoint]:
        """Touchpoints in order of path and line."""
        found = [item for item in self.scan().touchpoints if not kind or item.kind == kind]
        return sorted(found, key=lambda item: (item.path, item.line, item.kind))

    def places(self, kind: str = "") -> list[str]:
        """`path:line` of every touchpoint."""
        return [f"{item.path}:{item.line}" for item in self.touchpoints(kind)]

    def symbols(self, kind: str = "") -> list[str]:
        return [item.symbol for item in self.touchpoints(kind)]

    def lines(self, kind: str = "") -> list[int]:
        return [item.line for item in self.touchpoints(kind)]

    def report(self, name: str) -> FileReport:
        return next(report for report in self.scan().reports if report.path == name)


def rule(name: str, find: str, reject: str = "", kind: str = "model_call") -> str:
    """One rule, with an example that nobody runs."""
    lines = [
        f"- id: {name}",
        f"  kind: {kind}",
        "  title: A test",
        "  why: A test.",
        f"  find: {find}",
        *([f"  reject: {reject}"] if reject else []),
        "  examples: {finds: {python: x}, ignores: {python: y}}",
    ]
    return "\n".join(lines)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    (rules / "rules.yaml").write_text(rule("calls-a-model", "{means: model_call}"), encoding="utf-8")
    root = tmp_path / "tree"
    root.mkdir()
    return Repo(root, rules)


@pytest.fixture
def nobodys_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git without anything of the user's, in this process."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for person in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{person}_NAME", "A")
        monkeypatch.setenv(f"GIT_{person}_EMAIL", "a@example.org")


def facts_of(name: str, content: str | bytes, external: Mapping[str, str] | None = None) -> FileFacts:
    """The facts of one file by itself."""
    language = language_of(name)
    assert language is not None
    source = as_utf8(content if isinstance(content, bytes) else textwrap.dedent(content).lstrip("\n").encode())
    return read(language, name, source, surroundings(layout([name], {}), language, name, external or {})).facts


@pytest.fixture
def of_benchmarks(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a module of the folder of benchmarks, which is no package, by its name."""
    monkeypatch.syspath_prepend(builtin_rules().parent / "benchmarks")
    return importlib.import_module


@pytest.fixture(autouse=True)
def files_are_looked_at_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a process for each scan, and let tests see what is raised; commands have workers, and so has `test_crew`."""
    for room in ("scanner.scan", "scanner.standin"):
        monkeypatch.setattr(f"{room}.workers_for", lambda _size: 0)


@pytest.fixture(autouse=True)
def built_in_rules_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare commands that run in this process what takes most of their time."""
    monkeypatch.setattr("scanner.named.load", lambda extra=(): load(extra) if extra else built_in())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser, one for all tests of a process."""
    from browser import running

    with running() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visiting]:
    """Opens pages in the browser, see `browser.visits`."""
    from browser import visits

    with visits(chromium) as opens:
        yield opens


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> tuple[Review, ...]:
    """What the page for a design review of the sample agent is made of."""
    from reviewed import sample_reviews

    return sample_reviews(tmp_path_factory.mktemp("sample"))
