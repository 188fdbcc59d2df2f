"""Where the labelled repositories are, and how the ones that are not at hand are fetched.

`corpora.json` names each with its address, its commit, and its group: `named` for those whose labels were open while
the rules were written, `opened` for those that were scored unseen and then opened to widen the rules, `left out` for
those that were scored without the authors of the rules having seen them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: Seconds until a fetch is given up.
PATIENCE = 900

#: Settings that must not come from whoever runs this: nothing of theirs runs, and the bytes are those of the commit.
_FIXED = (
    "core.hooksPath=/dev/null",
    "core.autocrlf=false",
    "core.fsmonitor=false",
    "credential.helper=",
    "advice.detachedHead=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """One labelled repository."""

    name: str
    repository: str
    commit: str
    group: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where its files are."""

    path: Path
    #: The revision to read; None for the files on disk.
    rev: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Why it cannot be had, in words."""

    reason: str


def read_corpora(truth: Path) -> tuple[Corpus, ...]:
    """The repositories that a folder of labels names, in its order."""
    named = json.loads((truth / "corpora.json").read_text(encoding="utf-8"))
    return tuple(Corpus(name, each["repository"], each["commit"], each["group"]) for name, each in named.items())


def obtain(corpus: Corpus, given: Path | None, cache: Path) -> Place | Missing:
    """Find a repository in the given folder, else fetch its one commit into the cache.

    Args:
        corpus: what to find.
        given: a folder with one plain folder or git repository for each name; None when there is none.
        cache: where fetched commits are kept; what is there already is not fetched again.
    """
    if given is not None and (folder := given / corpus.name).is_dir():
        is_git = (folder / ".git").exists() or (folder / "HEAD").is_file()
        return Place(folder, corpus.commit if is_git else None)
    folder = cache / corpus.name
    if _head(folder) == corpus.commit:
        return Place(folder, None)
    return _fetch(corpus, folder)


def _fetch(corpus: Corpus, folder: Path) -> Place | Missing:
    # Made beside its place and moved there, so that an interrupted fetch leaves nothing that looks whole.
    part = folder.with_name(f".{folder.name}.part")
    for each in (part, folder):
        shutil.rmtree(each, ignore_errors=True)
    part.mkdir(parents=True)
    steps = (
        ("init", "--quiet", "--template="),
        ("fetch", "--quiet", "--depth=1", "--no-tags", "--", corpus.repository, corpus.commit),
        ("checkout", "--quiet", "FETCH_HEAD"),
    )
    for step in steps:
        if reason := _failure(part, *step):
            shutil.rmtree(part, ignore_errors=True)
            return Missing(f"git {step[0]} failed: {reason}")
    part.rename(folder)
    return Place(folder, None)


def _head(folder: Path) -> str:
    done = _git(folder, "rev-parse", "HEAD") if (folder / ".git").is_dir() else None
    return done.stdout.strip() if done and done.returncode == 0 else ""


def _failure(folder: Path, *words: str) -> str:
    """Why a git command failed, in a line; empty when it did not."""
    try:
        done = _git(folder, *words)
    except subprocess.TimeoutExpired:
        return f"no end after {PATIENCE} seconds"
    if done.returncode == 0:
        return ""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return said[0].removeprefix("fatal: ") if said else f"exit code {done.returncode}"


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    fixed = [word for setting in _FIXED for word in ("-c", setting)]
    return subprocess.run(
        ["git", *fixed, *words],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
