"""Renamed files are told as git tells them, and nothing of the repository runs for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import Shell

from scanner import git
from scanner.errors import RepositoryError
from scanner.renames import below, merge_base, renames_between, renames_to_disk
from scanner.repository import open_repository

pytestmark = pytest.mark.usefixtures("nobodys_git")

LINES = "".join(f"line_{number} = {number}\n" for number in range(40))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    for name in ("a.py", "b.py", "sub/c.py"):
        made.write(f"repo/{name}", f"# {name}\n{LINES.replace('line', name[-4])}")
    made.commit("repo")
    return made


def store(shell: Shell, folder: str = "repo") -> git.Store:
    found = git.locate((shell.here / folder).resolve())
    assert found is not None
    return found


def committed(shell: Shell) -> str:
    shell.git("repo", "add", "-A")
    shell.git("repo", "commit", "-q", "-m", "more")
    return shell.git("repo", "rev-parse", "HEAD")


def on_disk(shell: Shell, base: str, folder: str = "repo") -> dict[str, str]:
    return renames_to_disk(open_repository(shell.here / folder), base)


def test_a_renamed_file_is_told_though_some_of_its_lines_changed(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "a.py", "deep.py")
    shell.write("repo/deep.py", (shell.here / "repo/deep.py").read_text().replace("_7 ", "_seven "))
    head = committed(shell)

    assert renames_between(store(shell), base, head) == {"a.py": "deep.py"}
    assert renames_between(store(shell), head, base) == {"deep.py": "a.py"}


def test_another_file_in_its_place_is_no_rename(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "rm", "-q", "a.py")
    shell.write("repo/new.py", "print('something else')\n" * 40)

    assert renames_between(store(shell), base, committed(shell)) == {}


def test_of_a_folder_only_what_stays_below_it_is_told(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "sub/c.py", "sub/d.py")
    shell.git("repo", "mv", "a.py", "sub/a.py")
    head = committed(shell)

    assert renames_between(store(shell), base, head, "sub/") == {"c.py": "d.py"}
    assert below(open_repository(shell.here / "repo/sub")) == "sub/"
    assert on_disk(shell, base, "repo/sub") == {"c.py": "d.py"}


def test_odd_names_are_shown_as_everywhere_else(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "a.py", "new\nline\t\\.py")

    assert renames_between(store(shell), base, committed(shell)) == {"a.py": "new\\x0aline\\x09\\\\.py"}


def test_on_disk_a_staged_rename_is_told_by_its_content(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "a.py", "deep.py")

    assert on_disk(shell, base) == {"a.py": "deep.py"}


def test_on_disk_what_was_committed_since_counts_and_a_second_rename_too(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "a.py", "middle.py")
    shell.git("repo", "mv", "b.py", "other.py")
    shell.write("repo/middle.py", (shell.here / "repo/middle.py").read_text() + "more = 1\n")
    committed(shell)
    shell.git("repo", "mv", "middle.py", "last.py")

    assert on_disk(shell, base) == {"a.py": "last.py", "b.py": "other.py"}


def test_of_equal_files_the_one_with_the_same_name_was_renamed(shell: Shell) -> None:
    for name in ("x/one.py", "y/two.py"):
        shell.write(f"repo/{name}", LINES)
    base = committed(shell)
    for old, new in (("x/one.py", "z/two.py"), ("y/two.py", "z/one.py")):
        (shell.here / "repo/z").mkdir(exist_ok=True)
        shell.git("repo", "mv", old, new)

    assert on_disk(shell, base) == {"x/one.py": "z/one.py", "y/two.py": "z/two.py"}


def test_a_plain_folder_has_no_renames(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/a.py").write_text(LINES)

    assert renames_to_disk(open_repository(tmp_path / "plain"), "0" * 40) == {}


def test_nothing_that_the_repository_configures_runs(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    trap = shell.here / "ran"
    program = shell.write("trap.sh", f"#!/bin/sh\ntouch {trap}\ncat\n")
    program.chmod(0o755)
    shell.write("repo/.gitattributes", "*.py diff=trap filter=trap\n")
    shell.git("repo", "mv", "a.py", "deep.py")
    shell.write("repo/deep.py", (shell.here / "repo/deep.py").read_text() + "more = 1\n")
    head = committed(shell)
    for name in ("diff.trap.textconv", "diff.trap.command", "filter.trap.clean", "filter.trap.smudge", "diff.external"):
        shell.git("repo", "config", name, str(program))
    shell.git("repo", "mv", "b.py", "later.py")
    trap.unlink(missing_ok=True)

    assert renames_between(store(shell), base, head) == {"a.py": "deep.py"}
    assert on_disk(shell, base) == {"a.py": "deep.py", "b.py": "later.py"}
    assert not trap.exists()


def test_a_diff_setting_of_the_repository_does_not_turn_renames_off(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "mv", "a.py", "deep.py")
    head = committed(shell)
    shell.git("repo", "config", "diff.renames", "false")
    shell.git("repo", "config", "diff.renameLimit", "0")

    assert renames_between(store(shell), base, head) == {"a.py": "deep.py"}


def test_the_merge_base_of_an_ancestor_is_the_ancestor(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.write("repo/new.py", "a = 1\n")
    head = committed(shell)

    assert merge_base(store(shell), base, head, "repo") == base


def test_two_histories_without_a_common_commit_are_refused(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "checkout", "-q", "--orphan", "other")
    shell.git("repo", "commit", "-q", "-m", "apart")
    head = shell.git("repo", "rev-parse", "HEAD")

    with pytest.raises(RepositoryError) as problem:
        merge_base(store(shell), base, head, "repo")

    assert str(problem.value) == (f"{base[:12]} and {head[:12]} have no commit in common in repo; name another --base")


def test_a_shallow_clone_is_told_how_to_get_the_rest(shell: Shell) -> None:
    base = shell.git("repo", "rev-parse", "HEAD")
    shell.git("repo", "checkout", "-q", "-b", "topic")
    shell.write("repo/new.py", "a = 1\n")
    head = committed(shell)
    shell.git("repo", "checkout", "-q", "main")
    shell.write("repo/main.py", "b = 1\n")
    other = committed(shell)
    address = (shell.here / "repo").as_uri()
    shell.git(".", "clone", "-q", "--depth", "1", "--no-single-branch", address, "shallow")
    assert base

    with pytest.raises(RepositoryError) as problem:
        merge_base(store(shell, "shallow"), other, head, "shallow")

    assert str(problem.value) == (
        f"{other[:12]} and {head[:12]} have no commit in common in shallow; "
        "the clone is shallow, run: git fetch --unshallow (in CI: fetch-depth: 0)"
    )
