"""Rules and packs of strangers: whatever the file holds, it is refused with places in it or can be used."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import pytest
from budget import budget
from conftest import built_in, facts_of
from grown import Garden, Tree, grown, to_toml, to_yaml, yaml_garden
from hypothesis import currently_in_test_context, event, given
from hypothesis import strategies as st
from madeup import SEAMS, TITLES
from mutants import kept, mutants, pack_documents, rule_documents, sample_files

from scanner.errors import RuleError
from scanner.installed import builtin_rules
from scanner.packfile import load_pack
from scanner.packtemplates import LONGEST
from scanner.patterns import bad_pattern
from scanner.readiness import judge
from scanner.repository import open_repository
from scanner.rulebook import load_rulebook
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
def catalog() -> RuleSource:
    """One entry for every meaning that rules name."""
    means = sorted({each.means for each in built_in().catalog})
    names = "".join(f'    {each}: ["acme.{each}", "openai.**.{each}"]\n' for each in means)
    text = f"- library: acme\n  language: python\n  source: https://acme.example/docs\n  means:\n{names}"
    return RuleSource("catalog.yaml", text.encode())


def happened(what: str) -> None:
    """Count it, for `--hypothesis-show-statistics`."""
    if currently_in_test_context():
        event(what)


def are_clear(problems: tuple[str, ...], data: bytes) -> bool:
    """Whether each problem is one printable line, and the place that it names lies in the file."""
    lines = len(data.decode("utf-8", "replace").splitlines()) + 1
    places = [int(place[1]) for problem in problems if (place := re.match(r"\S*own\.yaml:(\d+):\d+: ", problem))]
    return bool(problems) and all(map(str.isprintable, problems)) and all(1 <= line <= lines for line in places)


def read_rules(data: bytes) -> Rulebook | None:
    """The rulebook of one file beside a small catalogue; None where it is refused."""
    try:
        read = load_rulebook([], [catalog(), RuleSource("own.yaml", data)])
    except RuleError as error:
        happened("refused")
        assert are_clear(error.problems, data)
        return None
    happened("taken")
    assert sorted(each for stratum in read.strata for each in stratum) == sorted(rule.id for rule in read.rules)
    assert (
        load_rulebook([], [catalog(), RuleSource("moved.yaml", data)]).digest != load_rulebook([], [catalog()]).digest
    )
    return read


@cache
def rule_garden() -> Garden:
    """Rules that stand by themselves, and entries of catalogues."""
    alone = tuple(document for document in rule_documents() if read_rules(document) is not None)
    return yaml_garden(alone, "find", "reject", "inside", "contains", "not", "an item of any")


@budget(50)
@given(mutants(rule_documents()))
def test_a_rule_file_is_rules_or_problems(data: bytes) -> None:
    read_rules(data)


@budget(60)
@given(st.deferred(lambda: grown(rule_garden())))
def test_rules_whose_values_change_places_are_rules_or_problems(data: bytes) -> None:
    read_rules(data)


def test_a_third_of_the_rules_and_packs_and_settings_whose_values_change_places_are_taken(pack_path: Path) -> None:
    chance = random.Random(1)

    def share(garden: Garden, write: Callable[[Tree], bytes], is_taken: Callable[[bytes], bool], times: int) -> float:
        taken = 0
        for _ in range(times):
            steps = [tuple(chance.randrange(20_000) for _ in range(4)) for _ in range(chance.randint(1, 4))]
            taken += is_taken(write(garden.changed(chance.randrange(20_000), steps)))  # type: ignore[arg-type]
        return taken / times

    assert share(rule_garden(), to_yaml, lambda data: read_rules(data) is not None, 60) > 1 / 3
    assert share(yaml_garden(pack_documents()), to_yaml, lambda data: read_pack(pack_path, data), 20) > 1 / 3
    assert share(settings_garden(), to_toml, read_settings, 60) > 1 / 3


@pytest.mark.parametrize("path", kept("rules"), ids=lambda path: path.name)
def test_rule_files_that_once_broke_the_reader_do_so_no_more(path: Path) -> None:
    read_rules(path.read_bytes())


CODE = sample_files(".py", ".yaml", ".toml")


@budget(8, cost=40)
@given(st.data())
def test_rules_that_are_taken_can_be_used(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    rulebook = read_rules(data.draw(grown(rule_garden())))
    if rulebook is None or not rulebook.rules:
        return
    root = tmp_path_factory.mktemp("tree")
    happened("rules are used")
    for number, code in enumerate(CODE[:4]):
        (root / f"m{number}.py").write_bytes(code)

    found = scan(open_repository(root), rulebook, builtin_rules() / "vocabulary.yaml")

    assert {each.rule for each in found.touchpoints} <= {each.id for each in rulebook.rules}
    lines = {f"m{number}.py": code.count(b"\n") + 1 for number, code in enumerate(CODE[:4])}
    assert all(1 <= each.line <= each.end_line <= lines[each.path] for each in found.touchpoints)
    assert not [each.failure for each in found.reports if any(each.failure)]


@pytest.fixture(scope="module")
def pack_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs") / "own.yaml"


def read_pack(path: Path, data: bytes) -> bool:
    """Whether a pack is taken; then it judges, each requirement once, in sentences that are not longer than it."""
    path.write_bytes(data)
    try:
        pack = load_pack(path, built_in())
    except RuleError as error:
        happened("refused")
        assert are_clear(error.problems, data)
        return False
    happened("taken")
    try:
        results = judge(pack, SEAMS, TITLES)
    except RuleError as error:
        happened("its templates cannot be filled")
        assert all(map(str.isprintable, error.problems))
        return True
    assert [each.id for each in results] == [each.id for each in pack.requirements]
    assert all(len(each.claim) <= 50 * LONGEST for each in results)
    return True


@budget(20, cost=4)
@given(data=mutants(pack_documents()))
def test_a_pack_is_judged_or_refused_with_problems(pack_path: Path, data: bytes) -> None:
    read_pack(pack_path, data)


@budget(30, cost=4)
@given(data=st.deferred(lambda: grown(yaml_garden(pack_documents()))))
def test_packs_whose_values_change_places_judge_or_are_refused_with_problems(pack_path: Path, data: bytes) -> None:
    read_pack(pack_path, data)


@pytest.mark.parametrize("path", kept("pack"), ids=lambda path: path.name)
def test_packs_that_once_broke_the_reader_do_so_no_more(pack_path: Path, path: Path) -> None:
    read_pack(pack_path, path.read_bytes())


def read_settings(data: bytes) -> bool:
    """Whether settings are taken; what they name lies in the repository, and what they say is one printable line."""
    problems: list[Problem] = []

    toml = parse_toml(data, "scanner.toml", problems)
    read = SettingsReader(toml, "scanner.toml", problems).read() if toml is not None else None

    assert read is not None or problems
    lines = data.count(b"\n") + data.count(b"\r") + 2
    assert all(str(each).isprintable() and 0 <= each.line <= lines for each in problems)
    if read is not None:
        assert all(".." not in each.path.split("/") and not each.path.startswith("/") for each in read.rules)
        assert not any(map(bad_pattern, read.exclude))
        said = [text for each in read.overrides for text in (each.reason, each.by, each.until)]
        assert all(map(str.isprintable, [*said, *(each.reason for each in read.suppressions)]))
    happened("refused" if problems else "taken")
    return not problems


@cache
def settings_garden() -> Garden:
    """Settings, and others with more of each."""
    more = SETTINGS.replace(b'"parity"', b'"traffic_canary"').replace(b"2030-12-31", b'"2031-01-31"')
    return Garden([tomllib.loads(each.decode()) for each in (SETTINGS, more, b"exclude = []\n")])


@budget(80)
@given(mutants((SETTINGS,)))
def test_settings_of_a_repository_are_read_or_refused_with_places(data: bytes) -> None:
    read_settings(data)


@budget(80)
@given(st.deferred(lambda: grown(settings_garden(), to_toml)))
def test_settings_whose_values_change_places_are_read_or_refused_with_places(data: bytes) -> None:
    read_settings(data)


@pytest.mark.parametrize("path", kept("settings"), ids=lambda path: path.name)
def test_settings_that_once_broke_the_reader_do_so_no_more(path: Path) -> None:
    read_settings(path.read_bytes())


def test_what_is_not_changed_is_sound() -> None:
    problems: list[Problem] = []
    toml = parse_toml(SETTINGS, "scanner.toml", problems)
    assert toml is not None
    assert msgspec.structs.asdict(SettingsReader(toml, "scanner.toml", problems).read())["overrides"]
    assert not problems
    assert facts_of("a.toml", SETTINGS).keys
