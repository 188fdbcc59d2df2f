"""Build wheel and sdist twice, from two folders that share nothing but what is in their files, and compare the bytes.

    python benchmarks/reproducible.py [DEST]

The second folder has another name and depth, other times and permissions, and the litter of a test run in it. It is
built with the hatchling that is installed, which the lock pins: nothing is downloaded. DEST gets what was built.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

#: What builds are dated with unless the environment says otherwise: the first day that a wheel can tell.
EPOCH = "315532800"

#: Files that tests and tools leave behind, and that no release may hold.
LITTER = (
    "tests/__pycache__/test_scan.cpython-311.pyc",
    "scanner/__pycache__/cli.cpython-311.pyc",
    "rules/.cache/entries.sqlite",
    "tests/.pytest_cache/README.md",
    "tests/.hypothesis/examples/found",
    "tests/.mypy_cache/CACHEDIR.TAG",
    "docs/.ruff_cache/CACHEDIR.TAG",
    ".venv/pyvenv.cfg",
    "build/sbom.json",
    "dist/old.whl",
)


class Refused(Exception):
    """A build that failed; its text is the line that a user reads."""


def sources(project: Path, destination: Path) -> None:
    """Copy what a release is built from, as `pyproject.toml` lists it."""
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    litter = shutil.ignore_patterns("__pycache__", ".*_cache", ".cache", ".hypothesis")
    destination.mkdir(parents=True)
    for name in ("pyproject.toml", ".gitignore", "LICENSE", *included):
        source = project / name
        if source.is_dir():
            shutil.copytree(source, destination / name, ignore=litter)
        else:
            shutil.copyfile(source, destination / name)


def disturb(tree: Path) -> None:
    """Change all of a tree that a release must not depend on: times, permissions, litter."""
    for name in LITTER:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"left behind")
    for number, path in enumerate(sorted(tree.rglob("*"))):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))


def build(tree: Path, destination: Path, environment: Mapping[str, str]) -> tuple[Path, Path]:
    """Build a tree; gives the sdist and the wheel.

    Raises:
        Refused: When the build fails.

    """
    words = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(destination)]
    done = subprocess.run(words, cwd=tree, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise Refused(f"the build failed: {last}")
    [sdist], [wheel] = destination.glob("*.tar.gz"), destination.glob("*.whl")
    return sdist, wheel


def twice(project: Path, folder: Path) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Build a project from two trees inside an empty folder, the second disturbed; gives sdist and wheel of each.

    Raises:
        Refused: When a build fails.

    """
    first, second = folder / "one", folder / "second place" / "further" / "down"
    sources(project, first)
    # Of the copy, not of the project: somebody may be at work in it.
    shutil.copytree(first, second)
    disturb(second)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", EPOCH)}
    elsewhere = {**environment, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    return build(first, folder / "built" / "1", environment), build(second, folder / "built" / "2", elsewhere)


def main() -> int:
    """Run from the command line: 0 the same bytes, 1 other bytes, 2 no build."""
    parser = argparse.ArgumentParser(description="Build wheel and sdist twice and compare the bytes.")
    parser.add_argument("destination", type=Path, nargs="?", help="a folder for what was built")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            pairs = list(zip(*twice(PROJECT, Path(folder)), strict=True))
        except Refused as refused:
            print(f"error: {refused}", file=sys.stderr)
            return 2
        differ = False
        for one, other in pairs:
            same = one.read_bytes() == other.read_bytes()
            differ |= not same
            said = hashlib.sha256(one.read_bytes()).hexdigest() if same else "differs between two builds"
            print(f"{said}  {one.name}")
        if given.destination and not differ:
            given.destination.mkdir(parents=True, exist_ok=True)
            for one, _ in pairs:
                shutil.copyfile(one, given.destination / one.name)
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
