"""How the time and memory of a scan grow with the repository: real files, repeated under renamed packages.

    python benchmarks/scale.py FOLDER... [--files 50000] [--lines 10000000] [--write]

The code of the folders is copied to a temporary one, again and again, as `copy_1`, `copy_2` and so on, until there is
enough. Each copy is a program of its own: imports of its packages and the names in its manifests carry its number, so
that names of one copy never resolve into another. The last copies are parts, by whole folders in an order that mixes
them; where files are longer than asked for, some long ones are left out, so that both numbers come out. It is done at
an eighth, a quarter, half and the whole, each with an empty cache and then with a full one, as whole processes. The
report is Markdown; `--write` puts it into docs/performance.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bench import SUFFIXES, machine
from bench_page import replace as replaced
from bench_tools import SLOW_SAMPLE, Run, ToolError, packet, run

from scanner.modules import layout, manifest_names
from scanner.places import category
from scanner.reading import CODE_LIMIT, Reader
from scanner.repository import open_repository

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
START, END = "<!-- scale: start -->", "<!-- scale: end -->"
PACK = "tensorzero"
#: Parts of the whole at which it is measured.
PARTS = (8, 4, 2, 1)
#: Warm runs are short, so that what else the machine does shows; the median of so many counts.
WARM_RUNS = 3


@dataclass(frozen=True, slots=True)
class File:
    """A file of a folder that is copied."""

    #: Where a copy has it, below the copy's own folder.
    path: str
    data: bytes
    lines: int


@dataclass(frozen=True, slots=True)
class Source:
    """A folder to copy from."""

    #: Code.
    files: tuple[File, ...]
    manifests: tuple[File, ...]
    #: Leading parts of imported names that are its own, in Python; names of its packages elsewhere.
    modules: frozenset[str]
    packages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What scans of one size took."""

    files: int
    lines: int
    size: int
    cold: Run
    #: With everything in the cache, nothing changed.
    warm: Run
    #: Bytes that the cache keeps, and those of the packet as a page.
    cache: int
    page: int


def main(words: Sequence[str] | None = None) -> int:
    """Measure all sizes and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} rather than print")
    given = parser.parse_args(words)
    if not all(folder.is_dir() for folder in given.folders) or min(given.files, given.lines) < PARTS[0]:
        parser.error("it needs folders, and numbers of files and lines that can be divided")
    sources = [read_source(folder) for folder in given.folders]
    if not all(source.files for source in sources):
        parser.error("a folder holds no code")
    found = []
    for part in PARTS:
        with tempfile.TemporaryDirectory() as name:
            corpus = Path(name) / "corpus"
            write_corpus(sources, corpus, given.files // part, given.lines // part)
            try:
                found.append(measure(corpus, Path(name)))
            except ToolError as error:
                raise SystemExit(f"error: {error}") from None
        print(_row(found[-1]), file=sys.stderr)
    if given.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), START, END, report(found)), encoding="utf-8")
    else:
        print(report(found))
    return 0


def read_source(folder: Path) -> Source:
    """The code of a folder, with what its packages are called."""
    repository = open_repository(folder)
    reader, names = Reader(repository), manifest_names()
    code: dict[str, bytes] = {}
    manifests: dict[str, bytes] = {}
    for entry in repository.files:
        chosen = (
            code if entry.path.endswith(SUFFIXES) else manifests if PurePosixPath(entry.path).name in names else None
        )
        if chosen is not None and category(entry.path) not in ("vendored", "generated"):
            data = reader.read(entry, CODE_LIMIT)
            if isinstance(data, bytes):
                chosen[entry.path] = data
    found = layout(sorted(code), manifests)
    placed: dict[str, str] = {}
    for path in sorted(code):
        place = _importable(path, found.modules.get(path, "")) if path.endswith(".py") else path
        placed[path if place in placed.values() else place] = path
    files = [File(place, code[path], code[path].count(b"\n")) for place, path in placed.items()]
    return Source(
        files=tuple(files),
        manifests=tuple(File(path, data, 0) for path, data in manifests.items()),
        modules=found.roots.get("python", frozenset()),
        packages=frozenset(package for data in manifests.items() for package in _packages(*data)),
    )


def _importable(path: str, module: str) -> str:
    """Where a Python file lies if the folder of its copy is a package: without what its module's name leaves out."""
    parts = PurePosixPath(path).parts
    kept = module.count(".") + 1 + (parts[-1] == "__init__.py")
    return "/".join(parts[-kept:])


def _mixed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packages(path: str, data: bytes) -> Iterator[str]:
    """What a manifest calls its package."""
    name = PurePosixPath(path).name
    patterns = {
        "package.json": rb'^(?:\t|  ?|    )"name"\s*:\s*"([^"]+)"',
        "Cargo.toml": rb'^name\s*=\s*"([^"]+)"',
        "go.mod": rb"^module\s+(\S+)",
    }
    for found in re.findall(patterns[name], data, re.MULTILINE) if name in patterns else ():
        yield found.decode("utf-8", "replace")


def write_corpus(sources: Sequence[Source], target: Path, files: int, lines: int) -> None:
    """Copy the folders again and again until there are so many files and lines.

    Args:
        sources: what to copy.
        target: an empty folder.
        files: how many.
        lines: how many in all of them.
    """
    mixed = sorted(
        ((at, file) for at, source in enumerate(sources) for file in source.files),
        key=lambda item: (_mixed(f"{item[0]}/{os.path.dirname(item[1].path)}"), item[1].path),
    )
    done = written = copies = 0
    while done < files:
        before = done
        made = [
            (target / f"copy_{number}", _renaming(source, number)) for number, source in enumerate(sources, copies + 1)
        ]
        copies += len(sources)
        for at, file in mixed:
            folder, rewrite = made[at]
            # A long file has to wait until the ones before it are short enough on the whole.
            fits = written + file.lines <= lines * (done + 1) / files + file.lines / 2
            if done < files and (fits or file.lines * files <= lines):
                _write(folder / file.path, rewrite(file))
                done, written = done + 1, written + file.lines
        if done == before:
            raise SystemExit("error: every file is longer than the number of lines allows")
        for source, (folder, rewrite) in zip(sources, made, strict=True):
            for file in source.manifests:
                _write(folder / file.path, rewrite(file))
            if not (folder / "__init__.py").exists():
                _write(folder / "__init__.py", b"")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _renaming(source: Source, number: int) -> Callable[[File], bytes]:
    """What gives the content of a file in a copy: with the copy's number in what it imports of its own."""
    modules = _any(source.modules)
    packages, crates = _any(source.packages), _any(name.replace("-", "_") for name in source.packages)
    copy = f"copy_{number}".encode()
    python: list[tuple[bytes, bytes]] = [
        (rb"^(\s*from\s+)(?=(?:%s)\b[\w.]*\s+import\b)" % modules, rb"\1%s." % copy),
        (rb"^(\s*import\s+)(?=(?:%s)\b[\w.]*\s+as\b)" % modules, rb"\1%s." % copy),
        # `import a.b` binds `a`, and so does this.
        (rb"^(\s*)import\s+(%s)\b[\w.]*[ \t]*(?=#|\r?$)" % modules, rb"\1from %s import \2 " % copy),
    ]
    other: list[tuple[bytes, bytes]] = [
        (rb"(?<=[\"'`])(?=(?:%s)[\"'`/])" % packages, copy + b"/"),
        (rb"\b(?=(?:%s)::)" % crates, copy + b"_"),
        (rb"^(module\s+)(?=(?:%s)\s*$)" % packages, rb"\1%s/" % copy),
    ]
    cargo: list[tuple[bytes, bytes]] = [
        (rb'^((?:name|package)\s*=\s*")(?=(?:%s|%s)")' % (packages, crates), rb"\1%s_" % copy),
        (rb"^(?=(?:%s)(?:\.workspace)?\s*=)" % packages, copy + b"_"),
    ]

    def rewrite(file: File) -> bytes:
        name = PurePosixPath(file.path).name
        data = file.data
        for pattern, instead in cargo if name == "Cargo.toml" else python if name.endswith(".py") else other:
            data = re.sub(pattern, instead, data, flags=re.MULTILINE)
        return data

    return rewrite


def _any(names: Iterable[str]) -> bytes:
    """A pattern of any of some names, the longest first; of none where there are no names."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return b"|".join(re.escape(name.encode()) for name in ordered) or rb"(?!)"


def measure(corpus: Path, beside: Path) -> Measured:
    """Scan a folder without and with what an earlier scan kept.

    Args:
        corpus: what to scan.
        beside: a folder for the cache and the packet.

    Raises:
        ToolError: a scan failed.
    """
    cache, page = beside / "cache", beside / "packet.md"
    tool = packet(corpus, cache, PACK)
    tool = replace(tool, command=(*tool.command, "--output", str(page), "--force"))
    cold = run(tool, SLOW_SAMPLE)
    warm = sorted((run(tool, SLOW_SAMPLE) for _ in range(WARM_RUNS)), key=lambda each: each.wall)
    own = [path for path in corpus.rglob("*") if path.suffix in SUFFIXES and path.is_file()]
    return Measured(
        files=len(own),
        lines=sum(path.read_bytes().count(b"\n") for path in own),
        size=sum(path.stat().st_size for path in own),
        cold=cold,
        warm=warm[len(warm) // 2],
        cache=sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()),
        page=page.stat().st_size,
    )


def report(found: Sequence[Measured]) -> str:
    """A table, and how well time is a straight line over bytes."""
    sizes = [each.size / 1e6 for each in found]
    return "\n".join(
        [
            f"{machine()}.",
            "",
            "| files | lines | size | cold | CPU | memory | warm | CPU | memory | cache | page |",
            "| " + " | ".join(["---"] * 11) + " |",
            *map(_row, found),
            "",
            *(
                f"{name} of a cold scan: {_line(sizes, seconds)}"
                for name, seconds in (
                    ("CPU", [each.cold.cpu for each in found]),
                    ("Wall clock", [each.cold.wall for each in found]),
                )
            ),
        ]
    )


def _row(each: Measured) -> str:
    runs = (f"{some.wall:.1f} s | {some.cpu:.1f} s | {some.memory / 2**20:.0f} MB" for some in (each.cold, each.warm))
    kept = f"{each.cache / 1e6:.0f} MB | {each.page / 1e3:.0f} kB"
    return f"| {each.files:,} | {each.lines:,} | {each.size / 1e6:.0f} MB | {' | '.join(runs)} | {kept} |"


def _line(sizes: Sequence[float], seconds: Sequence[float]) -> str:
    """The straight line that fits best, and the share of the variance that it explains."""
    slope, start = statistics.linear_regression(sizes, seconds)
    fit = statistics.correlation(sizes, seconds) ** 2
    return f"{slope:.2f} s a megabyte {'+' if start >= 0 else '-'} {abs(start):.1f} s, R² = {fit:.4f}."


if __name__ == "__main__":
    sys.exit(main())
