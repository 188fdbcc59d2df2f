"""Examples of packs: what loads, the whole line for everything that does not, and every built-in one at work."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
import yaml
from commandline import PROJECT, Shell
from conftest import built_in
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import RuleError
from scanner.packexamples import MOST_FILES
from scanner.packfile import builtin_packs, load_pack
from scanner.packs import PackExample, PackFile
from scanner.packtrials import Trial, try_example, try_examples

PACK = """\
id: some-move
title: A move
migration: From here to there
requirements:
  - id: traffic_canary
    title: Traffic canary
    weight: 2
    asks: A split of live traffic.
    claim: "{{ plural(count('model-traffic-split'), 'split') }}"
    ready: {all: [model-traffic-split, {has: stable-assignment-key, say: a stable key}]}
    partial: model-traffic-split
    next: [Split the traffic.]
    evidence: [model-traffic-split]
    slice: canary
recommendations:
  - headline: Wait
    text: Wait for it.
"""

SPLIT = """\
examples:
  - title: A split without a key
    files:
      bot/route.py: |
        import random

        def pick_model(models, shares):
            return random.choices(models, weights=shares)[0]
      bot/main.py: |
        from bot.route import pick_model

        print(pick_model(["a", "b"], [9, 1]))
    expects: {traffic_canary: partial}
    missing: {traffic_canary: a stable key}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file, and stand beside it so that problems show its bare name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "p.yaml") -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return write


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def problems(write: Write) -> Callable[[str], str]:
    """What is wrong with the examples of a pack."""

    def problems(examples: str) -> str:
        with pytest.raises(RuleError) as caught:
            load_pack(write(PACK + examples))
        return str(caught.value)

    return problems


@cache
def builtin(name: str) -> PackFile:
    return load_pack(builtin_packs()[name], built_in())


@cache
def trial(name: str, number: int) -> Trial:
    return try_example(builtin(name), builtin(name).examples[number], built_in())


EVERY = [(name, number) for name in builtin_packs() for number in range(len(builtin(name).examples))]


@pytest.mark.parametrize(("name", "number"), EVERY)
def test_a_built_in_pack_gives_the_tree_of_its_example_the_statuses_that_it_says(name: str, number: int) -> None:
    assert trial(name, number).problems == ()


@pytest.mark.parametrize("name", [name for name in builtin_packs() if builtin(name).examples])
def test_the_examples_of_a_built_in_pack_show_every_requirement_in_at_least_two_statuses(name: str) -> None:
    seen: dict[str, set[str]] = {}
    for number in range(len(builtin(name).examples)):
        for requirement, status in trial(name, number).statuses:
            seen.setdefault(requirement, set()).add(status)

    assert [requirement for requirement, statuses in seen.items() if len(statuses) < 2] == []


@pytest.mark.parametrize("name", [name for name in builtin_packs() if builtin(name).examples])
def test_some_tree_makes_every_requirement_of_a_built_in_pack_ready(name: str) -> None:
    ready = {
        each.requirement for example in builtin(name).examples for each in example.expects if each.status == "ready"
    }

    assert ready == {each.id for each in builtin(name).requirements}


def test_an_example_is_read_with_its_files_and_where_each_status_is_written(write: Write) -> None:
    (example,) = load_pack(write(PACK + SPLIT)).examples

    assert [path for path, _ in example.files] == ["bot/route.py", "bot/main.py"]
    assert example.files[1][1] == 'from bot.route import pick_model\n\nprint(pick_model(["a", "b"], [9, 1]))\n'
    (expected,) = example.expects
    assert (expected.requirement, expected.status, expected.missing) == ("traffic_canary", "partial", ("a stable key",))
    assert (example.path, example.line, expected.line, expected.column) == ("p.yaml", 19, 30, 31)


def test_examples_may_stand_in_a_file_beside_the_pack(write: Write) -> None:
    Path("trees").mkdir()
    write(SPLIT, "trees/p.yaml")

    (example,) = load_pack(write(PACK + "examples: trees/p.yaml\n")).examples

    assert (example.path, example.line) == ("trees/p.yaml", 2)


def test_a_pack_without_examples_loads(write: Write) -> None:
    assert load_pack(write(PACK)).examples == ()


@pytest.mark.parametrize(
    ("examples", "problem"),
    [
        ("examples: 7\n", "p.yaml:18:11: `examples` is a whole number (`7`); write \"7\" in quotes"),
        ("examples: []\n", "p.yaml:18:11: `examples` is an empty list; write a list of examples, or the path of a file that holds one"),
        ("examples: ../p.yaml\n", "p.yaml:18:11: `examples` names `../p.yaml`, which is no plain relative path; write a path below the pack's folder"),
        ("examples: none.yaml\n", "none.yaml: no such file; check the path"),
        (
            "examples: [{title: A, expects: {traffic_canary: gap}}]\n",
            "p.yaml:18:12: this example lacks `files`; write `files:` and a mapping from a path to what is in the file",
        ),
        (
            "examples: [{title: A, files: {a.py: x}, expects: {traffic_canry: gap}}]\n",
            "p.yaml:18:51: no requirement is called `traffic_canry`; write `traffic_canary`",
        ),
        (
            "examples: [{title: A, files: {a.py: x}, expects: {traffic_canary: reedy}}]\n",
            "p.yaml:18:67: the status of `traffic_canary` cannot be `reedy`; write `ready`",
        ),
        (
            "examples: [{title: A, files: {../a.py: x}, expects: {traffic_canary: gap}}]\n",
            "p.yaml:18:31: a file is called `../a.py`, which is no plain relative path; write a path such as `agent/run.py`",
        ),
        (
            "examples: [{title: A, files: {.git/config: x}, expects: {traffic_canary: gap}}]\n",
            "p.yaml:18:31: a file is called `.git/config`, which belongs to git; write a path such as `agent/run.py`",
        ),
        (
            "examples: [{title: A, files: {a: x, A/b.py: y}, expects: {traffic_canary: gap}}]\n",
            "p.yaml:18:37: `A/b.py` and `a` cannot both be files; rename one",
        ),
        (
            "examples: [{title: A, files: {a.py: [x]}, expects: {traffic_canary: gap}}]\n",
            "p.yaml:18:37: `a.py` is a list; write what is in the file, as a block (`|`)",
        ),
        (
            "examples: [{title: A, files: {a.py: x}, expects: {traffic_canary: gap}, missing: {other: a}}]\n",
            "p.yaml:18:83: `missing` of `other` has no status; write one under `expects`",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_example_is_told_with_its_place(
    problems: Callable[[str], str], examples: str, problem: str
) -> None:
    assert problems(examples) == problem


def test_an_example_with_too_many_files_is_refused(problems: Callable[[str], str]) -> None:
    files = ", ".join(f"f{number}.py: x" for number in range(MOST_FILES + 1))

    told = problems(f"examples: [{{title: A, files: {{{files}}}, expects: {{traffic_canary: gap}}}}]\n")

    assert told.endswith("an example has at most 40 files; show one thing in each")


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20), min_size=1, max_size=4))
def test_no_path_of_an_example_leads_out_of_its_folder(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]
) -> None:
    document = {
        **yaml.safe_load(PACK),
        "examples": [{"title": "A", "files": files, "expects": {"traffic_canary": "gap"}}],
    }
    path = tmp_path_factory.mktemp("pack") / "p.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    try:
        examples: tuple[PackExample, ...] = load_pack(path).examples
    except RuleError:
        return

    for example in examples:
        for name, _ in example.files:
            assert ".." not in PurePosixPath(name).parts
            assert not PurePosixPath(name).is_absolute()
            assert (path.parent / name).resolve().is_relative_to(path.parent.resolve())


def test_a_tree_that_comes_out_otherwise_is_told_with_what_was_expected_what_came_and_what_is_missing(
    write: Write,
) -> None:
    pack = load_pack(write(PACK + SPLIT.replace("partial", "ready")), built_in())

    (tried,) = try_examples(pack, built_in())

    assert tried.problems == (
        "p.yaml:30:31: example `A split without a key` of pack `some-move`: "
        "`traffic_canary` is expected to be `ready` and came out `partial`; missing: a stable key",
    )


def test_the_right_status_for_another_reason_is_told_too(write: Write) -> None:
    pack = load_pack(write(PACK + SPLIT.replace(": a stable key}", ": a kill switch}")), built_in())

    (tried,) = try_examples(pack, built_in())

    assert tried.problems == (
        "p.yaml:30:31: example `A split without a key` of pack `some-move`: "
        "`traffic_canary` is expected to miss `a kill switch`; missing: a stable key",
    )


def test_the_command_line_tries_the_examples_of_a_pack(shell: Shell) -> None:
    shell.write("good.yaml", PACK + SPLIT)
    shell.write("bad.yaml", PACK + SPLIT.replace("partial", "gap"))

    assert shell.run("rules", "lint", "good.yaml") == (0, "good.yaml is sound\n", "")
    assert shell.run("rules", "test", "good.yaml") == (0, "1 of 1 examples hold\n", "")
    code, out, _ = shell.run("rules", "test", "bad.yaml")
    assert code == 1
    assert out.splitlines()[0].startswith("bad.yaml:30:31: example `A split without a key` of pack `some-move`: ")
    assert out.splitlines()[1] == "0 of 1 examples hold"


def test_the_example_in_the_page_on_packs_holds(write: Write) -> None:
    page = (PROJECT / "docs/packs.md").read_text(encoding="utf-8")
    pack, examples = (block.partition("```")[0] for block in (page.split("```yaml\n")[1], page.split("```yaml\n")[-1]))

    (tried,) = try_examples(load_pack(write(pack + examples), built_in()), built_in())

    assert tried.problems == ()


def test_a_link_that_leads_out_of_the_packs_folder_is_not_read(
    problems: Callable[[str], str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("a secret\n")
    (tmp_path / "e.yaml").symlink_to(outside)

    said = problems("examples: e.yaml\n")

    assert "`examples` names `e.yaml`, a link that leads out of the pack's folder" in said
    assert "secret" not in said
