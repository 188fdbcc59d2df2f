"""Which files belong to a tree, and that nothing in it runs, is fetched or leads elsewhere."""

from __future__ import annotations

import hashlib
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scanner import git, gitcalls
from scanner.errors import RepositoryError
from scanner.escape import address
from scanner.reading import Reader
from scanner.remotes import permalink_template, web_address
from scanner.repository import Entry, Problem, Repository, Unreadable, open_repository

pytestmark = pytest.mark.usefixtures("nobodys_git")

LIMIT = 1000


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def committed(root: Path, files: dict[str, str], *flags: str) -> Path:
    root.mkdir()
    run(root, "init", "-q", "-b", "main", *flags)
    write(root, files)
    run(root, "add", ".")
    run(root, "commit", "-q", "-m", "first")
    return root


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return committed(tmp_path / "repo", {"agent.py": "a = 1\n", "sub/tool.py": "b = 2\n"})


def paths(repository: Repository) -> list[str]:
    return [entry.path for entry in repository.files]


def contents(repository: Repository) -> dict[str, bytes | str]:
    with Reader(repository) as reader:
        found = {entry.path: reader.read(entry, LIMIT) for entry in repository.files}
    return {path: data.reason if isinstance(data, Unreadable) else data for path, data in found.items()}


def changed(repository: Repository) -> list[str]:
    with Reader(repository) as reader:
        read = [(entry, reader.read(entry, LIMIT)) for entry in repository.files]
    return [entry.path for entry, data in read if isinstance(data, bytes) and repository.changed(entry, data)]


def refusal(path: Path, rev: str | None = None) -> str:
    with pytest.raises(RepositoryError) as caught:
        open_repository(path, rev)
    message = str(caught.value)
    assert "\n" not in message
    return message


# Work trees


def test_a_work_tree_holds_what_git_tracks_and_says_which_code_it_does_not(repo: Path) -> None:
    write(repo, {".gitignore": "*.log\n", "new.py": "", "new.txt": "", "x.log": "", "sub/new.ts": ""})

    found = open_repository(repo)

    assert (found.kind, found.name, found.commit) == ("work tree", "repo", run(repo, "rev-parse", "HEAD"))
    assert contents(found) == {"agent.py": b"a = 1\n", "sub/tool.py": b"b = 2\n"}
    assert (found.untracked, found.untracked_count) == (("new.py", "sub/new.ts"), 2)
    assert found.problems == ()


def test_changed_files_are_told_by_their_bytes(repo: Path) -> None:
    write(repo, {"crlf.py": "x = 1\ny = 2\n", "staged.py": "new\n"})
    run(repo, "add", "crlf.py")
    run(repo, "commit", "-q", "-m", "second")
    run(repo, "add", "staged.py")
    write(repo, {"agent.py": "a = 3\n", "crlf.py": "x = 1\r\ny = 2\r\n"})
    run(repo, "add", "agent.py")  # the commit counts, not the index

    assert changed(open_repository(repo)) == ["agent.py", "staged.py"]


def test_a_repository_of_sha256_tells_changes_too(tmp_path: Path) -> None:
    repo = committed(tmp_path / "repo", {"a.py": "1\n", "b.py": "2\n"}, "--object-format=sha256")
    write(repo, {"b.py": "3\n"})

    assert changed(open_repository(repo)) == ["b.py"]


def test_a_blob_id_is_gits(repo: Path) -> None:
    assert git.blob_id(b"a = 1\n", "sha1") == run(repo, "rev-parse", "HEAD:agent.py")


def test_deleted_files_are_told_apart_from_those_of_a_sparse_checkout(repo: Path) -> None:
    write(repo, {"gone.py": ""})
    run(repo, "add", ".")
    run(repo, "commit", "-q", "-m", "second")
    run(repo, "update-index", "--skip-worktree", "sub/tool.py")
    (repo / "sub/tool.py").unlink()
    (repo / "gone.py").unlink()

    found = open_repository(repo)

    assert paths(found) == ["agent.py"]
    assert found.deleted == ("gone.py",)
    assert [(problem.path, problem.reason, problem.count) for problem in found.problems] == [("", "sparse checkout", 1)]


def test_a_folder_of_a_work_tree_is_scanned_alone_with_links_that_name_it(repo: Path) -> None:
    run(repo, "remote", "add", "origin", "git@github.com:owner/name.git")
    write(repo, {"sub/tool.py": "b = 3\n", "sub/new.py": "", "new.py": ""})

    found = open_repository(repo / "sub")

    assert (found.name, paths(found), changed(found), found.untracked) == (
        "name",
        ["tool.py"],
        ["tool.py"],
        ("new.py",),
    )
    link = f"https://github.com/owner/name/blob/{found.commit}/sub/tool.py#L1-L2"
    assert address(found.permalink_template, "tool.py", 1, 2) == link
    assert paths(open_repository(repo / "sub", "HEAD")) == ["tool.py"]


def test_an_ignored_folder_of_a_work_tree_is_a_plain_folder(repo: Path) -> None:
    write(repo, {".gitignore": "cache/\n", "cache/release/agent.py": ""})

    found = open_repository(repo / "cache/release")

    assert (found.kind, found.commit, paths(found)) == ("folder", "", ["agent.py"])


def test_unmerged_files_are_listed_once(repo: Path) -> None:
    run(repo, "checkout", "-q", "-b", "other")
    write(repo, {"agent.py": "a = 2\n"})
    run(repo, "commit", "-q", "-am", "theirs")
    run(repo, "checkout", "-q", "main")
    write(repo, {"agent.py": "a = 3\n"})
    run(repo, "commit", "-q", "-am", "ours")
    subprocess.run(["git", "-C", str(repo), "merge", "-q", "other"], check=False, capture_output=True)

    assert paths(open_repository(repo)) == ["agent.py", "sub/tool.py"]


def test_a_submodule_is_named_and_not_read(repo: Path, tmp_path: Path) -> None:
    run(repo, "update-index", "--add", "--cacheinfo", f"160000,{run(repo, 'rev-parse', 'HEAD')},lib")

    found = open_repository(repo)

    assert found.problems == (Problem("lib", "submodule", "a repository of its own; scan it by itself"),)


def test_a_linked_work_tree_is_read_at_its_own_files(repo: Path, tmp_path: Path) -> None:
    run(repo, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "other")
    write(tmp_path / "linked", {"agent.py": "other\n"})

    assert contents(open_repository(tmp_path / "linked"))["agent.py"] == b"other\n"


def test_files_before_the_first_commit_are_read_and_count_as_changed(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    run(repo, "init", "-q")
    write(repo, {"a.py": "1\n"})
    run(repo, "add", ".")

    found = open_repository(repo)

    assert (found.commit, changed(found)) == ("", ["a.py"])


def test_variables_of_a_hook_do_not_redirect_the_scan(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = committed(tmp_path / "other", {"other.py": ""})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))

    assert paths(open_repository(repo)) == ["agent.py", "sub/tool.py"]


# Names


def test_odd_names_are_read_shown_escaped_and_linked_as_they_are(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    run(root, "init", "-q")
    run(root, "remote", "add", "origin", "https://github.com/owner/name")
    raws = [b"a b#%.py", b"new\nline.py", b"caf\xe9.py", b"-flag.py", b":(top)x.py", b"{line}.py", "日本.py".encode()]
    for raw in raws:
        (root / os.fsdecode(raw)).write_bytes(raw)
    run(root, "add", ".")
    run(root, "commit", "-q", "-m", "odd")

    for rev in (None, "HEAD"):
        found = open_repository(root, rev)
        assert contents(found) == {
            "a b#%.py": b"a b#%.py",
            "new\\x0aline.py": b"new\nline.py",
            "caf\\xe9.py": b"caf\xe9.py",
            "-flag.py": b"-flag.py",
            ":(top)x.py": b":(top)x.py",
            "{line}.py": b"{line}.py",
            "日本.py": "日本.py".encode(),
        }
        assert paths(found) == sorted(paths(found))
        assert changed(found) == []
        start = f"https://github.com/owner/name/blob/{found.commit}/"
        assert address(found.permalink_template, "a b#%.py", 3, 4) == start + "a%20b%23%25.py#L3-L4"
        assert address(found.permalink_template, "caf\\xe9.py", 3, 4) == start + "caf%E9.py#L3-L4"
        assert address(found.permalink_template, "new\\x0aline.py", 3, 4) == start + "new%0Aline.py#L3-L4"
        assert address(found.permalink_template, "{line}.py", 3, 4) == start + "%7Bline%7D.py#L3-L4"


def test_a_folder_with_odd_names_serves(tmp_path: Path) -> None:
    repo = committed(tmp_path / "a\nb ü", {"-x/a.py": "1"})

    assert contents(open_repository(repo / "-x")) == {"a.py": b"1"}
    assert open_repository(repo).name == "a\\x0ab ü"


def test_a_record_goes_to_other_processes_and_reads_there_without_its_files(repo: Path) -> None:
    found = open_repository(repo, "HEAD")
    copy = pickle.loads(pickle.dumps(found))

    assert copy == found
    with Reader(msgspec.structs.replace(copy, files=())) as reader:
        assert reader.read(found.files[0], LIMIT) == b"a = 1\n"


# Revisions


def test_a_revision_is_read_from_the_store_and_not_from_the_disk(repo: Path) -> None:
    first = run(repo, "rev-parse", "HEAD")
    write(repo, {"agent.py": "changed\n", "more.py": ""})
    run(repo, "add", ".")
    run(repo, "commit", "-q", "-m", "second")

    found = open_repository(repo, "HEAD~1")

    assert (found.kind, found.commit, found.untracked) == ("revision", first, ())
    assert contents(found) == {"agent.py": b"a = 1\n", "sub/tool.py": b"b = 2\n"}
    assert [entry.size for entry in found.files] == [6, 6]
    assert changed(found) == []


def test_a_bare_clone_serves_with_a_revision_and_asks_for_one_without(repo: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    run(tmp_path, "clone", "-q", "--bare", str(repo), str(bare))

    assert refusal(bare) == f"{bare} is a bare repository without files; name a revision, such as --rev HEAD"
    found = open_repository(bare, "main")
    assert (found.name, found.remote) == ("bare", "")
    assert contents(found) == {"agent.py": b"a = 1\n", "sub/tool.py": b"b = 2\n"}


def test_the_git_folder_of_a_work_tree_is_not_taken_for_code(repo: Path) -> None:
    assert "is a bare repository" in refusal(repo / ".git")
    assert open_repository(repo / ".git", "HEAD").name == "repo"


def test_a_path_that_a_tree_names_twice_is_told_and_not_read(repo: Path) -> None:
    entries = b""
    for text in ("first = 1\n", "second = 2\n"):
        write(repo, {"other.txt": text})
        entries += b"100644 agent.py\0" + bytes.fromhex(run(repo, "hash-object", "-w", "other.txt"))
    entries += b"100644 tool.py\0" + bytes.fromhex(run(repo, "rev-parse", "HEAD:agent.py"))
    (repo / "tree").write_bytes(entries)
    tree = run(repo, "hash-object", "-w", "-t", "tree", "--literally", "tree")
    commit = run(repo, "commit-tree", "-m", "x", tree)

    found = open_repository(repo, commit)

    assert [entry.path for entry in found.files] == ["tool.py"]
    assert [(each.path, each.detail) for each in found.problems] == [("agent.py", "the tree names it twice")]


def test_a_replaced_object_shows_the_commits_own_content(repo: Path) -> None:
    write(repo, {"other.txt": "replaced\n"})
    run(repo, "replace", run(repo, "rev-parse", "HEAD:agent.py"), run(repo, "hash-object", "-w", "other.txt"))

    assert contents(open_repository(repo, "HEAD"))["agent.py"] == b"a = 1\n"


def test_an_object_that_a_partial_clone_lacks_is_not_fetched(repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    run(repo, "config", "uploadpack.allowFilter", "true")
    run(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo}", "partial")
    partial = tmp_path / "partial"
    run(partial, "config", "protocol.allow", "always")
    run(partial, "config", "protocol.ext.allow", "always")
    run(partial, "config", "remote.origin.url", f"ext::sh -c 'touch {canary}'")
    run(partial, "config", "remote.origin.uploadpack", f"touch {canary};")

    found = open_repository(partial, "HEAD")

    assert contents(found) == {"agent.py": "missing object", "sub/tool.py": "missing object"}
    assert not canary.exists()
    assert found.remote == ""


def test_one_broken_object_does_not_hide_the_next(repo: Path) -> None:
    oid = run(repo, "rev-parse", "HEAD:agent.py")
    found = open_repository(repo, "HEAD")
    loose = repo / ".git/objects" / oid[:2] / oid[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"broken")

    assert contents(found) == {"agent.py": "missing object", "sub/tool.py": b"b = 2\n"}


def test_an_unknown_revision_is_named_and_an_option_is_no_revision(repo: Path) -> None:
    hint = "see its branches and tags with git branch -a and git tag"

    assert refusal(repo, "v9") == f"--rev v9 names no commit in {repo}; {hint}"
    assert refusal(repo, "--all") == f"--rev --all names no commit in {repo}; {hint}"
    assert refusal(repo, "") == f"--rev  names no commit in {repo}; {hint}"


def test_an_unknown_revision_in_a_shallow_clone_tells_how_to_get_it(repo: Path, tmp_path: Path) -> None:
    first = run(repo, "rev-parse", "HEAD")
    run(repo, "commit", "-q", "--allow-empty", "-m", "second")
    run(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    shallow = tmp_path / "shallow"

    assert refusal(shallow, first) == (
        f"--rev {first} names no commit in {shallow}; the clone is shallow, so it may be missing; "
        f"run: git -C '{shallow}' fetch --unshallow"
    )
    assert paths(open_repository(shallow)) == ["agent.py", "sub/tool.py"]


# Hostile repositories


def test_nothing_that_a_repository_configures_runs(repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        shutil.copy(script, hooks / hook)
        shutil.copy(script, repo / ".git/hooks" / hook)
    for key in (
        "core.fsmonitor", "core.pager", "pager.ls-files", "core.editor", "core.askPass", "core.sshCommand",
        "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv", "diff.x.command",
        "filter.x.clean", "filter.x.smudge", "filter.x.process", "credential.helper", "gpg.program",
        "uploadpack.packObjectsHook", "alias.ls-files", "alias.cat-file",
    ):  # fmt: skip
        run(repo, "config", key, f"!{script}" if key.startswith("alias") else str(script))
    run(repo, "config", "core.hooksPath", str(hooks))
    run(repo, "config", "filter.x.required", "true")
    (repo / ".git/info/attributes").write_text("* filter=x diff=x\n")
    write(repo, {".gitattributes": "* filter=x diff=x\n", "new.py": "", "agent.py": "changed\n"})
    canary.unlink(missing_ok=True)

    for rev in (None, "HEAD"):
        assert len(contents(open_repository(repo, rev))) == 2
    assert changed(open_repository(repo)) == ["agent.py"]
    assert not canary.exists()


@pytest.mark.parametrize("target", ["../../elsewhere", "../../no/such/folder"])
def test_a_configured_work_tree_does_not_redirect_the_scan(repo: Path, tmp_path: Path, target: str) -> None:
    write(tmp_path / "elsewhere", {"agent.py": "secret\n", "secret.py": ""})
    (repo / ".git/config").open("a").write(f"[core]\n\tworktree = {target}\n")

    found = open_repository(repo)

    assert contents(found) == {"agent.py": b"a = 1\n", "sub/tool.py": b"b = 2\n"}
    assert found.untracked == ()
    assert paths(open_repository(repo / "sub")) == ["tool.py"]


def test_links_are_never_followed(repo: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside", {"tool.py": "secret\n"})
    (repo / "link.py").symlink_to(tmp_path / "outside/tool.py")
    (repo / "linked").symlink_to(tmp_path / "outside")
    run(repo, "add", ".")
    run(repo, "commit", "-q", "-m", "links")
    before = open_repository(repo)
    shutil.rmtree(repo / "sub")
    (repo / "sub").symlink_to(tmp_path / "outside")
    (repo / "agent.py").unlink()
    (repo / "agent.py").symlink_to(tmp_path / "outside/tool.py")

    assert contents(before) == {"agent.py": "not a regular file", "sub/tool.py": "behind a link"}
    assert "holds none of the files that git tracks" in refusal(repo)
    (repo / "agent.py").unlink()
    write(repo, {"agent.py": "a = 1\n"})
    after = open_repository(repo)
    assert (paths(after), after.deleted) == (["agent.py"], ("sub/tool.py",))
    assert paths(open_repository(repo, "HEAD")) == ["agent.py", "sub/tool.py"]


#: Links with the names of code, by whether what they lead to is read under a name of the same language.
_READ_LINKS = {"same.py": "agent.py", "sub/up.pyi": ".././agent.py", "chart.js": "sub", "same.ipynb": "sub/tool.py"}
_UNREAD_LINKS = {
    "text.py": "agent.txt",
    "settings.py": "settings.yaml",
    "script.py": "tool.js",
    "over.py": "pass/../agent.py",
    "absolute.py": "/agent.py",
    "out.py": "../agent.py",
    "chain.py": "same.py",
    "none.py": "nowhere.py",
    "sub/text.js": "../agent.txt",
}
_ORDINARY_LINKS = {"CLAUDE.md": "AGENTS.md", "docs/README.md": "../README.md", "pass": "sub", "x.txt": "/etc/hostname"}


@pytest.mark.parametrize("kind", ["work tree", "revision", "folder"])
def test_a_link_with_the_name_of_code_is_told_unless_what_it_leads_to_is_read(repo: Path, kind: str) -> None:
    write(
        repo, {"agent.txt": "", "settings.yaml": "", "tool.js": "", "AGENTS.md": "", "README.md": "", "docs/x.md": ""}
    )
    for name, target in {**_READ_LINKS, **_UNREAD_LINKS, **_ORDINARY_LINKS}.items():
        (repo / name).symlink_to(target)
    run(repo, "add", ".")
    run(repo, "commit", "-q", "-m", "links")
    if kind == "folder":
        shutil.rmtree(repo / ".git")

    found = open_repository(repo, "HEAD" if kind == "revision" else None)

    assert found.kind == kind
    assert found.problems == tuple(Problem(name, "not a regular file", "a link") for name in sorted(_UNREAD_LINKS))
    assert not {entry.path for entry in found.files} & {*_READ_LINKS, *_UNREAD_LINKS, *_ORDINARY_LINKS}


def test_what_lies_where_git_has_a_link_to_code_is_told_and_what_is_gone_or_ignored_is_not(repo: Path) -> None:
    for name in ("sub/replaced.py", "gone.py"):
        (repo / name).symlink_to("agent.py")
    run(repo, "add", ".")
    (repo / "sub/replaced.py").unlink()
    write(repo, {"sub/replaced.py": "import openai\n", "plain/.gitignore": "x.py\n", "plain/y.py": ""})
    (repo / "gone.py").unlink()
    (repo / "plain/x.py").symlink_to("nowhere")

    assert open_repository(repo).problems == (Problem("sub/replaced.py", "not a regular file", "a link"),)
    assert open_repository(repo / "plain").problems == ()


def test_a_forged_index_does_not_lead_out_of_the_tree(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("secret\n")
    index = repo / ".git/index"
    forged = index.read_bytes()[:-20].replace(b"sub/tool.py", b"../tool.py\0")
    index.write_bytes(forged + hashlib.sha1(forged).digest())

    try:
        found = open_repository(repo)
    except RepositoryError:  # git may refuse such an index itself
        return
    assert paths(found) == ["agent.py"]


def test_a_pipe_in_the_place_of_a_file_does_not_hang(repo: Path) -> None:
    before = open_repository(repo)
    (repo / "agent.py").unlink()
    os.mkfifo(repo / "agent.py")

    assert contents(before)["agent.py"] == "not a regular file"
    assert open_repository(repo).problems == (Problem("agent.py", "not a regular file", ""),)


def test_what_vanishes_or_grows_is_an_answer_and_no_exception(repo: Path) -> None:
    write(repo, {"grows.py": "x", "big.py": "x" * (LIMIT + 1), "fits.py": "x" * LIMIT})
    run(repo, "add", ".")
    found = open_repository(repo)
    write(repo, {"grows.py": "x" * (LIMIT + 1)})
    (repo / "agent.py").unlink()
    shutil.rmtree(repo / "sub")

    assert contents(found) == {
        "agent.py": "unreadable",
        "big.py": "too large",
        "fits.py": b"x" * LIMIT,
        "grows.py": "too large",
        "sub/tool.py": "behind a link",
    }


def test_a_path_deeper_than_the_interpreters_stack_is_no_crash(repo: Path) -> None:
    raw = b"d/" * 5000 + b"x.py"
    with Reader(open_repository(repo)) as reader:
        answer = reader.read(Entry(path=raw.decode(), size=1, oid="", raw=raw), LIMIT)

    assert isinstance(answer, Unreadable)


# Plain folders


def test_a_plain_folder_honours_ignore_files_and_leaves_out_what_nobody_wrote_here(tmp_path: Path) -> None:
    root = tmp_path / "folder"
    write(
        root,
        {
            ".gitignore": "*.log\n/build/\n!keep.log\n",
            "a.log": "",
            "keep.log": "1",
            "build/x.py": "",
            "sub/build/x.py": "2",
            "sub/.gitignore": "!a.log\nlocal.py\n",
            "sub/a.log": "3",
            "sub/local.py": "",
            "sub/.ignore": "seen.py\n",
            "sub/seen.py": "",
            "node_modules/x.js": "",
            "__pycache__/x.pyc": "",
            ".venv/x.py": "",
            "env/pyvenv.cfg": "",
            "env/x.py": "",
        },
    )
    os.mkfifo(root / "pipe.py")
    (root / "loop").symlink_to(root)
    (root / "out.py").symlink_to("/etc/hostname")

    found = open_repository(root)

    assert (found.kind, found.name, found.commit, found.store) == ("folder", "folder", "", None)
    assert [path for path in paths(found) if "ignore" not in path] == ["keep.log", "sub/a.log", "sub/build/x.py"]
    assert found.problems == (
        Problem("out.py", "not a regular file", "a link"),
        Problem("pipe.py", "not a regular file", ""),
    )
    assert changed(found) == []


def test_bad_and_hostile_ignore_patterns_neither_crash_nor_hide_the_good_ones(tmp_path: Path) -> None:
    hostile = "*a" * 100 + "*b"
    lines = ["!", "\\", "[z-a]", "[[:foo:]]", hostile, "x" * 5000, "***\\", *(f"f{i}" for i in range(1200)), "*.log"]
    write(tmp_path, {".gitignore": "\ufeff*.tmp\n" + "\n".join(lines), "a" * 200: "", "x.log": "", "x.tmp": ""})
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "sub/.gitignore")

    assert paths(open_repository(tmp_path)) == [".gitignore", "a" * 200]


# Errors


def test_what_cannot_be_scanned_is_one_line_with_the_mend(tmp_path: Path) -> None:
    write(tmp_path, {"file": "", "empty/.git-keep/x": "", "plain/a.py": ""})
    shutil.rmtree(tmp_path / "empty/.git-keep")
    (tmp_path / "dangling").symlink_to("nowhere")

    assert refusal(tmp_path / "none") == f"{tmp_path}/none does not exist; give the folder that holds the code"
    assert refusal(tmp_path / "dangling") == f"{tmp_path}/dangling does not exist; give the folder that holds the code"
    assert refusal(tmp_path / "file") == f"{tmp_path}/file is not a folder; give the folder that holds the code"
    assert (
        refusal(tmp_path / "empty") == f"{tmp_path}/empty holds no files to read; give the folder that holds the code"
    )
    assert refusal(tmp_path / "plain", "HEAD") == (
        f"{tmp_path}/plain is not in a git repository; leave out --rev to read it as a plain folder"
    )


def test_an_empty_repository_is_named(tmp_path: Path, repo: Path) -> None:
    run(tmp_path, "init", "-q", "fresh")
    fresh = tmp_path / "fresh"
    mend = "add them with git add, or scan a copy without .git"

    assert refusal(fresh) == f"{fresh} holds neither commits nor files that git tracks; {mend}"
    run(repo, "rm", "-q", "-r", ".")
    repo.mkdir(exist_ok=True)
    assert refusal(repo) == f"{repo} holds no files that git tracks; {mend}"
    run(repo, "commit", "-q", "-m", "none")
    assert refusal(repo, "HEAD") == f"--rev HEAD holds no files under {repo}; name another revision or folder"


def test_a_repository_of_another_owner_tells_the_command(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitcalls, "_FIXED", {**gitcalls._FIXED, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})

    assert refusal(repo) == (
        f"{repo} belongs to another user, so git does not read it; if you trust it, run: "
        f"git config --global --add safe.directory '{repo}'"
    )
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(repo))
    assert paths(open_repository(repo)) == ["agent.py", "sub/tool.py"]


@pytest.mark.parametrize("damage", ["config", "index", "HEAD", "commit", "gitfile"])
def test_a_corrupt_repository_is_one_line_with_the_mend(repo: Path, damage: str) -> None:
    if damage == "commit":
        shutil.rmtree(repo / ".git/objects")
        (repo / ".git/objects").mkdir()
    elif damage == "gitfile":
        shutil.rmtree(repo / ".git")
        (repo / ".git").write_text("gitdir: ../nowhere\n")
    else:
        (repo / ".git" / damage).write_bytes(b"\x00broken")

    message = refusal(repo)

    assert message.startswith(f"git cannot read {repo}: ")
    assert message.endswith("; mend it (see git fsck), or scan a copy without .git as a plain folder")


def test_a_broken_repository_inside_another_is_not_taken_for_the_outer_one(repo: Path) -> None:
    (repo / "sub/.git").mkdir()

    assert refusal(repo / "sub").startswith(f"git cannot read {repo}/sub: its .git is no git repository; ")


def test_without_git_a_plain_folder_is_read_and_a_repository_asks_for_it(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"plain/a.py": ""})
    monkeypatch.setenv("PATH", "")

    assert paths(open_repository(tmp_path / "plain")) == ["a.py"]
    assert refusal(repo) == f"git is not installed, and {repo} needs it; install git"
    assert refusal(tmp_path / "plain", "HEAD").startswith("git is not installed")


# Remotes


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/owner/name.git", "https://github.com/owner/name"),
        ("https://github.com/owner/name/", "https://github.com/owner/name"),
        ("https://user:ghp_abc@github.com/owner/name.git", "https://github.com/owner/name"),
        ("https://TOKEN@gitlab.com/group/sub/name", "https://gitlab.com/group/sub/name"),
        ("https://user@corp.org:p@ss@git.corp.org/a/b", "https://git.corp.org/a/b"),
        ("https://git.corp.org:8443/a/b?private_token=TOKEN#TOKEN", "https://git.corp.org:8443/a/b"),
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("ssh://git@ssh.github.com:443/owner/name", "https://github.com/owner/name"),
        ("git://git.example.org/name.git", "https://git.example.org/name"),
        ("http://git.example.org/name.git", "https://git.example.org/name"),
        ("http://git.example.org:3000/a/name.git", ""),
        ("https://user:pa/ss@github.com/owner/name", ""),
        ("https://user:12/3@github.com/owner/name", ""),
        ("https://github.com/x-access-token:TOKEN/owner", ""),
        ("https://github.com/ghp_TOKEN/owner/name", ""),
        ("https://github.com/../owner", ""),
        ("https://github.com/", ""),
        ("https://localhost/owner/name", ""),
        ("https://127.0.0.1/owner/name", ""),
        ("https://[::1]/owner/name", ""),
        ("https://[bad/owner/name", ""),
        ("work:owner/name", ""),
        ("C:/code/name", ""),
        ("/srv/git/name.git", ""),
        ("../name.git", ""),
        ("file:///srv/git/name.git", ""),
        ("ext::sh -c evil", ""),
        ("https://github.com/ow)ner/na|me", ""),
        ("javascript://github.com/owner/name", ""),
        ("https://github.com/owner/name\n.evil", ""),
        ("", ""),
    ],
)
def test_a_remote_becomes_a_web_address_or_nothing(address: str, expected: str) -> None:
    assert web_address(address) == expected


@pytest.mark.parametrize("address", ["https://user:TOKEN@github.com/owner/name", "https://u:TOK/EN@github.com/a/b"])
def test_a_token_in_a_remote_never_shows(repo: Path, address: str) -> None:
    run(repo, "remote", "add", "origin", address)

    for rev in (None, "HEAD"):
        assert b"TOK" not in pickle.dumps(open_repository(repo, rev))


def test_origin_is_asked_first_and_another_remote_where_it_is_no_web_address(repo: Path) -> None:
    run(repo, "remote", "add", "aaa", "https://github.com/fork/name")
    run(repo, "remote", "add", "origin", "https://github.com/owner/name")
    assert open_repository(repo).remote == "https://github.com/owner/name"

    run(repo, "remote", "set-url", "origin", "/srv/name")
    assert open_repository(repo).remote == "https://github.com/fork/name"


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/o/n", "https://github.com/o/n/blob/c0/p%20q/x.py#L1-L2"),
        ("https://github.corp.org/o/n", "https://github.corp.org/o/n/blob/c0/p%20q/x.py#L1-L2"),
        ("https://gitlab.com/o/n", "https://gitlab.com/o/n/-/blob/c0/p%20q/x.py#L1-2"),
        ("https://gitlab.corp.org:8443/o/n", "https://gitlab.corp.org:8443/o/n/-/blob/c0/p%20q/x.py#L1-2"),
        ("https://bitbucket.org/o/n", "https://bitbucket.org/o/n/src/c0/p%20q/x.py#lines-1:2"),
        ("https://codeberg.org/o/n", "https://codeberg.org/o/n/src/commit/c0/p%20q/x.py#L1-L2"),
        ("https://gitea.corp.org/o/n", "https://gitea.corp.org/o/n/src/commit/c0/p%20q/x.py#L1-L2"),
        ("https://example.org/o/n", ""),
        ("", ""),
    ],
)
def test_each_forge_links_to_lines_in_its_own_way(remote: str, expected: str) -> None:
    assert permalink_template(remote, "c0", "p q/").format(path="x.py", line=1, end_line=2) == expected
    assert permalink_template(remote, "", "") == ""


# What git may cost


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no other system lets a process limit another one")


@ON_LINUX
def test_git_has_limits_of_the_kernel_and_not_those_of_a_worker() -> None:
    kinds = (resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_AS)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = [0, 60, gitcalls.MEMORY, hard]
    waits = (
        "import resource, time\n"
        f"while [resource.getrlimit(each)[0] for each in {kinds}] != {wanted}:\n"
        "    time.sleep(0.01)\n"
    )
    resource.setrlimit(resource.RLIMIT_AS, (64 * 1024**3, hard))
    try:
        assert gitcalls.run([sys.executable, "-c", waits], timeout=60) == b""
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@ON_LINUX
def test_what_git_took_before_it_had_limits_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitcalls, "MEMORY", 64 * 1024**2)
    takes = "held = bytearray(128 * 1024**2)\nprint(flush=True)\ninput()\n"
    with subprocess.Popen([sys.executable, "-c", takes], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"

        gitcalls._limit(process.pid, 60)

    assert process.returncode == -signal.SIGKILL


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitcalls, "MOST", 1_000_000)

    with pytest.raises(git.GitOverrun, match="more than 1,000,000 bytes"):
        git.run([sys.executable, "-c", "while True: print('x' * 1000)"])


def test_a_git_that_complains_without_end_is_heard_to_its_end() -> None:
    complains = "import sys\nsys.stderr.write('fatal: no\\n' * 1_000_000)\nsys.exit(1)"

    with pytest.raises(git.GitError, match=r"^no$"):
        git.run([sys.executable, "-c", complains])


def test_a_git_that_says_nothing_more_is_not_waited_for() -> None:
    with pytest.raises(git.GitOverrun, match=r"did not answer within 0\.5 seconds"):
        git.run([sys.executable, "-c", "import signal\nprint(1, flush=True)\nsignal.pause()"], silence=0.5)


def test_a_blob_that_no_room_asks_for_is_not_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "large.py").write_text("a = 1234567\n")
    run(repo, "add", ".")
    monkeypatch.setattr(git, "LARGEST", 6)
    store = git.locate(repo)
    assert store is not None
    objects = git.Objects(store)

    found = [objects.read(run(repo, "rev-parse", f":{name}")) for name in ("agent.py", "large.py", "sub/tool.py")]
    objects.close()

    assert found == [b"a = 1\n", None, b"b = 2\n"]


def test_an_object_that_git_waits_for_costs_itself(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "PATIENT", 1)
    store = git.locate(repo)
    assert store is not None
    waits, sound = (run(repo, "rev-parse", f":{name}") for name in ("agent.py", "sub/tool.py"))
    file = repo / ".git/objects" / waits[:2] / waits[2:]
    file.unlink()
    os.mkfifo(file)
    objects = git.Objects(store)

    found = [objects.read(oid) for oid in (sound, waits, sound)]
    objects.close()

    assert found == [b"b = 2\n", None, b"b = 2\n"]
