"""Several packs are judged over one scan, and each packet is the one that its pack gives alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Shell

from scanner.packfile import builtin_packs

SEND = "import openai\n\ndef ask(text):\n    return openai.OpenAI().chat.completions.create(model='gpt-4o', messages=[text])\n"
TWO = ("--rules", "tensorzero", "--rules", "human-confirmation")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write("agent/agent.py", SEND)
    return shell


def packet(shell: Shell, *words: str) -> str:
    done = shell.run("packet", "--repo", "agent", *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_several_packs_print_a_list_of_the_packets_that_each_gives_alone(shell: Shell) -> None:
    alone = [
        json.loads(packet(shell, "--rules", name, "--format", "json")) for name in ("tensorzero", "human-confirmation")
    ]

    assert json.loads(packet(shell, *TWO, "--format", "json")) == {"packets": alone}


def test_pages_of_several_packs_follow_each_other(shell: Shell) -> None:
    alone = [packet(shell, "--rules", name) for name in ("tensorzero", "human-confirmation")]

    assert packet(shell, *TWO) == "\n---\n\n".join(alone)


def test_all_stands_for_every_built_in_pack_once(shell: Shell) -> None:
    made = json.loads(packet(shell, "--rules", "all", "--rules", "tensorzero", "--format", "json"))

    assert [each["pack"]["id"] for each in made["packets"]] == list(builtin_packs())


def test_a_folder_of_several_packets_has_files_named_by_pack(shell: Shell) -> None:
    packet(shell, *TWO, "--output-dir", "review")

    names = sorted(path.name for path in (shell.here / "review").iterdir())
    packs = [
        f"{pack}.{suffix}"
        for pack in ("human-confirmation", "tensorzero")
        for suffix in ("html", "json", "md", "sarif")
    ]
    assert names == sorted([*packs, "manifest.json"])


def test_packets_of_several_packs_may_be_written_over_by_newer_ones(shell: Shell) -> None:
    packet(shell, *TWO, "--format", "json", "-o", "packets.json")
    shell.write("agent/agent.py", SEND + "\ndef more(): pass\n")
    packet(shell, *TWO, "--format", "json", "-o", "packets.json")

    assert len(json.loads((shell.here / "packets.json").read_text())["packets"]) == 2


def test_two_packs_of_one_name_are_refused(shell: Shell) -> None:
    lines = builtin_packs()["tensorzero"].read_text().splitlines(keepends=True)
    shell.write("mine.yaml", "".join(line for line in lines if not line.startswith("examples:")))

    line = shell.fails("packet", "--repo", "agent", "--rules", "tensorzero", "--rules", "mine.yaml", code=2)
    assert line == "two packs are called `tensorzero`; give one of them another `id`"
