"""Runs the real command as a user would, in an environment that holds nothing of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
SAMPLE = PROJECT / "benchmarks" / "sample-agent"
COMMAND = (sys.executable, "-m", "scanner")


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """All that the command gets to know of the machine."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(PROJECT),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        "LC_ALL": "C",
        "COLUMNS": "100",
        # One for all tests of a run, as one user has: built-in rules are read once.
        "SCANNER_CACHE_DIR": str(home.parent.parent / "cache"),
        **more,
    }


class Shell:
    """A folder to work in."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.home = here / "home"
        self.home.mkdir()

    def run(self, *words: str | Path, cwd: Path | None = None, **variables: str) -> Done:
        """Run `scanner` with these words."""
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            cwd=cwd or self.here,
            env=environment(self.home, **variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def fails(self, *words: str | Path, code: int, cwd: Path | None = None) -> str:
        """What a command says that must fail with this code, without `error: `; nothing may be on standard output."""
        done = self.run(*words, cwd=cwd)
        assert (done.code, done.out) == (code, ""), done
        lines = done.err.splitlines()
        assert lines, "a failure says why"
        assert all(line.startswith("error: ") for line in lines), done.err
        return "\n".join(line.removeprefix("error: ") for line in lines)

    def git(self, folder: str | Path, *words: str, **variables: str) -> str:
        """Run git in a folder."""
        person = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *words],
            cwd=self.here / folder,
            env=environment(self.home, **person, **variables),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> Path:
        """Write a file below here."""
        file = self.here / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def sample(self, name: str = "errand") -> Path:
        """A copy of the sample agent, as a plain folder."""
        shutil.copytree(SAMPLE, self.here / name, ignore=shutil.ignore_patterns("__pycache__"))
        return self.here / name

    def commit(self, folder: str | Path) -> str:
        """Make a repository of a folder, with everything committed; gives the commit."""
        self.git(folder, "init", "-q")
        self.git(folder, "add", ".")
        self.git(folder, "commit", "-q", "-m", "first")
        return self.git(folder, "rev-parse", "HEAD")
