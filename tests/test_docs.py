"""What the pages show is what happens."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from commandline import COMMAND, PROJECT, SAMPLE, environment
from conftest import built_in

from scanner.cli import EXIT_CODES, cli
from scanner.examples import run_examples
from scanner.languages import all_languages
from scanner.packfile import load_pack
from scanner.reading import CODE_LIMIT, CONFIG_LIMIT
from scanner.rulebook import load

USAGE = (PROJECT / "docs/usage.md").read_text(encoding="utf-8")


class Step(NamedTuple):
    """A command as a page shows it, and the lines under it."""

    command: str
    output: list[str]


def steps(page: str) -> Iterator[Step]:
    """Commands of all `console` blocks: `$ ` begins one, `> ` goes on with it."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        step: Step | None = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Step(line[2:], [])
            elif step and (line == ">" or line.startswith("> ")) and not step.output:
                step = Step(f"{step.command}\n{line[2:]}", [])
            else:
                assert step, f"a block begins with a command, not with {line!r}"
                step.output.append(line)
        if step:
            yield step


def pattern(output: list[str]) -> str:
    """A pattern of the whole output; a line of three dots stands for any number of lines."""
    return "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in output)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample agent, with `scanner` on the path."""
    (tmp_path / "home").mkdir()
    program = tmp_path / "bin/scanner"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    shutil.copytree(SAMPLE, tmp_path / "errand", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "errand"


def wrong_steps(page: str, folder: Path) -> list[str]:
    """Commands of a page that print something else than it shows, with what they print."""
    variables = environment(folder.parent / "home")
    variables["PATH"] = f"{folder.parent / 'bin'}{os.pathsep}{variables['PATH']}"
    for who in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.org"}
    code = 0
    wrong = []
    for step in steps(page):
        done = subprocess.run(
            ["sh", "-c", f"(exit {code})\n{step.command}"],
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode()
        if not re.fullmatch(pattern(step.output), said):
            wrong.append(f"$ {step.command}\n{said}")
        code = done.returncode
        if moved := re.search(r"&& cd (\S+)$", step.command):
            folder = folder / moved[1]
    return wrong


def test_every_command_in_the_usage_page_prints_what_the_page_shows(folder: Path) -> None:
    wrong = wrong_steps(USAGE, folder)

    assert not wrong, "\n".join(wrong)


def test_every_command_in_the_tutorial_prints_what_the_page_shows(folder: Path) -> None:
    empty = folder.parent / "empty"
    empty.mkdir()

    wrong = wrong_steps((PROJECT / "docs/tutorial.md").read_text(encoding="utf-8"), empty)

    assert not wrong, "\n".join(wrong)


def test_the_usage_page_shows_every_command_and_option_at_work_or_in_a_table() -> None:
    shown = " ".join(step.command for step in steps(USAGE))

    def names(command: object, words: str) -> Iterator[str]:
        children = getattr(command, "commands", {})
        for name, child in children.items():
            yield from names(child, f"{words} {name}")
        if not children:
            yield words

    missing = [words for words in names(cli, "scanner") if words not in shown]
    options = {
        name
        for command in (cli.commands["packet"], cli.commands["seams"])
        for each in command.params
        for name in each.opts
    }

    assert missing == []
    assert [option for option in sorted(options) if option not in USAGE] == []


def test_exit_codes_and_limits_of_the_usage_page_are_those_of_the_program() -> None:
    in_help = re.findall(r"^  (\d+) +(.+)$", EXIT_CODES, re.MULTILINE)

    table = USAGE.partition("## Exit codes\n")[2]

    assert re.findall(r"^\| (\d+) \| ([^|]+) \|", table, re.MULTILINE) == in_help
    assert f"Code over {CODE_LIMIT:,} bytes and configuration over {CONFIG_LIMIT:,} bytes" in USAGE


def test_links_between_pages_lead_somewhere() -> None:
    pages = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(PROJECT)}: {target}"
        for page in pages
        if page.exists()
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_interpreter_of_the_tests_is_the_one_that_runs_the_examples() -> None:
    assert COMMAND[0] == sys.executable


def yaml_block(page: str) -> str:
    return page.split("```yaml\n", 1)[1].split("```", 1)[0]


def test_the_pack_in_the_page_on_packs_loads(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text(yaml_block((PROJECT / "docs/packs.md").read_text()))

    assert load_pack(pack, built_in()).id == "my-migration"


def test_the_rule_in_the_page_on_the_rule_language_loads_and_its_examples_hold(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    written = yaml_block((PROJECT / "docs/rule-language.md").read_text())
    rules.write_text(written.replace("id: provider-fallback", "id: fallback-of-the-page"))
    rulebook = load([rules])
    cases = list(run_examples(rulebook, frozenset({rules.as_posix()})))

    assert len(cases) == 2
    assert all(case.passed for case in cases)


def test_the_page_on_languages_names_each_with_its_files() -> None:
    page = (PROJECT / "docs/languages.md").read_text(encoding="utf-8")

    missing = [
        word
        for language in all_languages()
        for word in language.suffixes
        if word not in page.partition("## What is read today")[2]
    ]

    assert missing == []
