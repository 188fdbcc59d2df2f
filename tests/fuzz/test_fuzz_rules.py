"""Rules and packs of strangers: whatever the file holds, it is refused with places in it or can be used."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest
from budget import budget
from conftest import facts_of
from hypothesis import event, given
from hypothesis import strategies as st
from madeup import SEAMS, TITLES
from mutants import kept, mutants, pack_documents, rule_documents, sample_files

from scanner.errors import RuleError
from scanner.installed import builtin_rules
from scanner.packfile import load_pack
from scanner.readiness import judge
from scanner.repository import open_repository
from scanner.rulebook import load, load_rulebook
from scanner.rules import Rulebook, RuleSource
from scanner.scan import scan
from scanner.settingsfile import SettingsReader
from scanner.tomlfile import parse_toml
from scanner.yamlfile import Problem

SETTINGS = b"""\
exclude = ["legacy/", "*.gen.py"]
rules = ["tools/rules/", "own.yaml"]

[surfaces]
"jobs/" = "scheduler"
"{billing, invoices}" = "back office"

[[override]]
requirement = "parity"
status = "ready"
reason = "It was measured."
by = "Ada"
until = 2030-12-31
pack = "tensorzero"

[[suppress]]
fingerprint = "0123456789abcdef"
reason = "A test."
"""


@cache
def builtin() -> Rulebook:
    return load()


@cache
def catalog() -> RuleSource:
    """One entry for every meaning that rules name."""
    means = sorted({each.means for each in builtin().catalog})
    names = "".join(f'    {each}: ["acme.{each}", "openai.**.{each}"]\n' for each in means)
    text = f"- library: acme\n  language: python\n  source: https://acme.example/docs\n  means:\n{names}"
    return RuleSource("catalog.yaml", text.encode())


def are_clear(problems: tuple[str, ...]) -> bool:
    """Whether each problem is one printable line."""
    return bool(problems) and all(problem.isprintable() and problem for problem in problems)


def read_rules(data: bytes) -> Rulebook | None:
    """The rulebook of one file beside a small catalogue; None where it is refused."""
    try:
        return load_rulebook([], [catalog(), RuleSource("own.yaml", data)])
    except RuleError as error:
        assert are_clear(error.problems)
        return None


@budget(80)
@given(mutants(rule_documents()))
def test_a_rule_file_is_rules_or_problems(data: bytes) -> None:
    read_rules(data)


@pytest.mark.parametrize("path", kept("rules"), ids=lambda path: path.name)
def test_rule_files_that_once_broke_the_reader_do_so_no_more(path: Path) -> None:
    read_rules(path.read_bytes())


CODE = sample_files(".py", ".yaml", ".toml")


@budget(15, cost=40)
@given(st.data())
def test_rules_that_are_taken_can_be_used(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    rulebook = read_rules(data.draw(mutants(rule_documents())))
    if rulebook is None or not rulebook.rules:
        return
    root = tmp_path_factory.mktemp("tree")
    event("rules are used")
    for number, code in enumerate(CODE[:6]):
        (root / f"m{number}.py").write_bytes(code)

    found = scan(open_repository(root), rulebook, builtin_rules() / "vocabulary.yaml")

    assert {each.rule for each in found.touchpoints} <= {each.id for each in rulebook.rules}


@pytest.fixture(scope="module")
def pack_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs") / "own.yaml"


@budget(60, cost=4)
@given(data=mutants(pack_documents()))
def test_a_pack_is_judged_or_refused_with_problems(pack_path: Path, data: bytes) -> None:
    pack_path.write_bytes(data)
    try:
        pack = load_pack(pack_path, builtin())
    except RuleError as error:
        assert are_clear(error.problems)
        return

    assert len(judge(pack, SEAMS, TITLES)) == len(pack.requirements)


@budget(120)
@given(mutants((SETTINGS,)))
def test_settings_of_a_repository_are_read_or_refused_with_places(data: bytes) -> None:
    problems: list[Problem] = []

    toml = parse_toml(data, "scanner.toml", problems)
    read = SettingsReader(toml, "scanner.toml", problems).read() if toml is not None else None

    assert read is not None or problems
    lines = data.count(b"\n") + data.count(b"\r") + 2
    assert all(str(each).isprintable() and 0 <= each.line <= lines for each in problems)


def test_what_is_not_changed_is_sound() -> None:
    problems: list[Problem] = []
    toml = parse_toml(SETTINGS, "scanner.toml", problems)
    assert toml is not None
    assert msgspec.structs.asdict(SettingsReader(toml, "scanner.toml", problems).read())["overrides"]
    assert not problems
    assert facts_of("a.toml", SETTINGS).keys
