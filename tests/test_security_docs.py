"""The threat model names tests and rooms that there are, limits that are in force, and says what code is allowed to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from commandline import PROJECT

from scanner import limits, yamlfile

PAGE = (PROJECT / "docs/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))

#: What starts programs, runs text as code, or makes objects of any kind from bytes.
RUNNING = {"subprocess", "pty", "runpy", "code", "codeop", "pickle", "marshal", "shelve", "ctypes", "cffi"}
#: What opens connections.
CONNECTING = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "httpx2", "imaplib", "poplib", "requests", "smtplib", "socket",
    "socketserver", "ssl", "urllib.request", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip
#: What opens archives and compressed files; `zlib` packs what scanner itself keeps.
UNPACKING = {"bz2", "gzip", "lzma", "tarfile", "zipfile", "zipimport"}


@cache
def named_in(name: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((PROJECT / "tests" / name).read_text(encoding="utf-8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


@cache
def rooms() -> dict[str, ast.Module]:
    """Every file of code of scanner, by its path."""
    files = sorted((PROJECT / "scanner").rglob("*.py"))
    return {file.relative_to(PROJECT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def imported(tree: ast.Module) -> Iterator[str]:
    """Modules that a file imports, each with the packages that it lies in."""
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:size]) for size in range(1, len(parts) + 1))


def importing(modules: set[str]) -> dict[str, set[str]]:
    """Rooms that import any of these modules, and which."""
    found = {path: modules & set(imported(tree)) for path, tree in rooms().items()}
    return {path: names for path, names in found.items() if names}


def called(tree: ast.Module) -> Iterator[str]:
    """What a file calls, as it is written."""
    return (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_test_that_the_page_names_exists(file: str, name: str) -> None:
    assert (PROJECT / "tests" / file).is_file()
    assert name in named_in(file)


def test_no_test_is_named_in_a_way_that_is_not_checked() -> None:
    assert len(re.findall(r"\btest_\w+", PAGE)) == 2 * len(re.findall(r"`test_\w+\.py::test_\w+`", PAGE))


def test_every_promise_names_where_it_is_kept_and_a_test() -> None:
    promises = PAGE.partition("## Promises")[2].partition("## What is not promised")[0]
    rows = [
        line for line in promises.splitlines() if line.startswith("|") and not line.startswith(("| ---", "| promise"))
    ]

    assert rows
    for row in rows:
        promise, kept, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        assert promise
        assert re.search(r"`[\w./]+`", kept), promise
        assert "::test_" in tests, promise


def test_every_room_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`((?:scanner|docs)/[\w./]*|action\.yml)`", PAGE))

    assert len(named) > 30
    assert [name for name in sorted(named) if not (PROJECT / name).exists()] == []


def test_limits_of_the_page_are_those_of_the_program() -> None:
    assert f"at most {limits.SECONDS} seconds of processor time and {limits.PATIENCE} seconds by the clock" in PAGE
    least, most = limits.seconds_for(0, 0), limits.seconds_for(1_000_000, 0)
    assert f"({least} seconds and {most} more for each megabyte; a fifth of that once five files of a scan went" in PAGE
    assert limits.seconds_for(0, limits.MOST_OVER) == least // 5
    assert limits.MOST_OVER == 5
    assert f"at most {limits.MEMORY // 1024**3} GiB more memory than it began with" in PAGE
    assert f"in size ({yamlfile.MAX_BYTES:,} bytes) and depth ({yamlfile.MAX_DEPTH})" in PAGE


def test_the_policy_and_the_page_lead_to_each_other() -> None:
    policy = PROJECT / "SECURITY.md"

    for page in (policy, PROJECT / "docs/security.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), target
    assert "docs/security.md" in policy.read_text(encoding="utf-8")
    assert "docs/security.md" in (PROJECT / "README.md").read_text(encoding="utf-8")


# What code is allowed to do.


def test_only_git_is_started_and_nothing_is_run_from_text() -> None:
    assert importing(RUNNING) == {"scanner/gitcalls.py": {"subprocess"}}
    by_name = set()
    for path, tree in rooms().items():
        for name in called(tree):
            assert name not in ("eval", "exec", "compile", "__import__"), path
            assert not re.fullmatch(r"os\.(system|popen|startfile|fork|exec\w+|(posix_)?spawn\w+)", name), path
            if name.endswith("import_module"):
                by_name.add(path)
    # Folders of scanner's own, and the grammars that they name.
    assert by_name == {"scanner/languages/__init__.py", "scanner/languages/grammars.py"}


def test_only_the_room_for_forges_can_open_a_connection() -> None:
    assert set(importing(CONNECTING)) == {"scanner/forgecalls.py"}
    users = {path for path, tree in rooms().items() if "scanner.forgecalls" in set(imported(tree))}
    assert users == {"scanner/cli_comment.py", "scanner/comment.py"}


def test_no_room_opens_archives() -> None:
    assert importing(UNPACKING) == {}


def test_the_policy_names_no_address_of_a_person() -> None:
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", (PROJECT / "SECURITY.md").read_text(encoding="utf-8"))


def test_these_tests_look_at_the_whole_program() -> None:
    assert len(rooms()) > 100
    assert Path(limits.__file__).resolve() == PROJECT / "scanner/limits.py"
