"""A scan that is killed, at whatever moment, leaves whole packets, and a cache that answers right."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from commandline import COMMAND, Shell, environment

#: How often a scan is killed; `SCANNER_KILLS` asks for more.
KILLS = int(os.environ.get("SCANNER_KILLS", "8"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_scan_that_is_killed_leaves_no_broken_packet_and_no_broken_cache(shell: Shell) -> None:
    chance = random.Random(7)
    agent, out = shell.sample(), shell.here / "out"
    cache = {"SCANNER_CACHE_DIR": str(shell.here / "kept")}
    words = ("packet", "--rules", "tensorzero", "--repo", "errand", "--output-dir", "out")
    start = time.perf_counter()
    assert shell.run(*words, **cache).code == 0
    whole_run = time.perf_counter() - start
    for number in range(KILLS):
        # Each run has a file to read, packets to write, and sometimes no cache to begin with.
        (agent / "errand" / "gateway.py").open("a").write(f"\n\ndef more_{number}(value):\n    return len(value)\n")
        if number % 4 == 3:
            shutil.rmtree(cache["SCANNER_CACHE_DIR"], ignore_errors=True)
        killed(shell, words, chance.uniform(0, whole_run), cache)
        for file in out.glob("*.json"):
            json.loads(file.read_bytes())
        assert shell.run("verify", "out", **cache).code in (0, 1), "it belongs together, or is called broken"
        if number % 4 == 0:
            json_of = (*words[:-2], "--format", "json")
            assert shell.run(*json_of, **cache) == shell.run(*json_of, "--no-cache", **cache)
    assert shell.run(*words, **cache).code == 0
    assert shell.run("verify", "out", **cache).code == 0


def killed(shell: Shell, words: tuple[str, ...], after: float, variables: dict[str, str]) -> None:
    """Run a command, and kill it with all its workers after so many seconds, if it runs as long."""
    run = subprocess.Popen(
        [*COMMAND, *words],
        cwd=shell.here,
        env=environment(shell.home, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        run.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, 9)
        run.wait()


def test_what_a_killed_run_left_beside_its_files_goes_with_a_later_one(shell: Shell) -> None:
    shell.sample()
    (shell.here / "out").mkdir()
    old, new, ahead = (shell.here / "out" / f".scanner-{digit * 16}.tmp" for digit in "abc")
    for file in (old, new, ahead):
        file.write_text("half")
    os.utime(old, (1, 1))
    os.utime(ahead, (1e10, 1e10))
    assert shell.run("packet", "--rules", "tensorzero", "--repo", "errand", "--output-dir", "out").code == 0
    assert not old.exists()
    assert not ahead.exists(), "a clock was set back since"
    assert new.exists(), "another run may be writing it"
