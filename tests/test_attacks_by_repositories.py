"""Trees that mean harm: nothing of them runs, nothing outside is read, nothing is written, and the scan ends."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import socket
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from attacks import CALL, HOOKS, STOLEN, Scene, listing, make_base, put_deep
from badobjects import GIGABYTES, blob_id, delta, nested_trees, put_loose, put_pack, whole, zipped

from scanner import git, gitcalls
from scanner.reading import Reader
from scanner.repository import Entry, Unreadable

pytestmark = pytest.mark.usefixtures("nobodys_git")

Build = Callable[[Scene], object]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def scene(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    # One for all: what a file holds is read and told each time, and only then known from another tree.
    monkeypatch.setenv("SCANNER_CACHE_DIR", str(base.parent / "cache"))
    made = Scene(tmp_path, base)
    yield made
    # Not left to the runner: its own way to delete may follow a deep tree down past the interpreter's stack.
    subprocess.run(["rm", "-rf", str(made.root), str(made.outside)], check=True)


# The measures themselves


def test_the_secret_would_show_if_it_were_read(scene: Scene) -> None:
    scene.target = scene.outside

    with pytest.raises(AssertionError, match="outside of the tree was read"):
        scene.scan(here=True)


def test_a_file_that_is_written_would_be_noticed(scene: Scene) -> None:
    before = listing(scene.root)
    (scene.root / "folder/new.txt").touch()

    assert listing(scene.root) != before


# Configuration of git


class Poison(NamedTuple):
    """What `.git/config` says, and a command of git that would run it."""

    config: str
    bites: tuple[str, ...] = ()
    attributes: str = ""
    #: A committed file whose blob is not there.
    lost: str = ""
    #: Further files below the scene.
    files: tuple[tuple[str, str], ...] = ()
    #: At the files on disk, and at the commit.
    codes: tuple[int, int] = (0, 0)


EXT = '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n'
PROMISOR = '[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n'
FETCH = ("fetch", "origin")
COMMIT = ("commit", "--allow-empty", "-m", "x")
FSMONITOR = "[core]\n\tfsmonitor = {payload}\n"

CONFIGURED = {
    "core.fsmonitor": Poison(FSMONITOR, ("status",)),
    "core.sshCommand": Poison(
        '[core]\n\tsshCommand = {payload}\n[remote "origin"]\n\turl = ssh://example.invalid/x\n', FETCH
    ),
    "core.gitProxy": Poison(
        '[core]\n\tgitProxy = {payload}\n[remote "origin"]\n\turl = git://example.invalid/x\n', FETCH
    ),
    "core.hooksPath": Poison(
        "[core]\n\thooksPath = {outside}/hooks\n",
        COMMIT,
        files=tuple((f"outside/hooks/{name}", "") for name in HOOKS),
    ),
    "core.pager": Poison("[core]\n\tpager = {payload}\n[pager]\n\tls-files = {payload}\n\tls-tree = {payload}\n"),
    "core.editor": Poison("[core]\n\teditor = {payload}\n", ("commit", "--allow-empty")),
    "sequence.editor": Poison("[sequence]\n\teditor = {payload}\n", ("rebase", "-i", "--root", "--autostash")),
    "core.askPass": Poison("[core]\n\taskPass = {payload}\n", ("credential", "fill")),
    "core.alternateRefsCommand": Poison("[core]\n\talternateRefsCommand = {payload}\n"),
    "core.worktree outside": Poison("[core]\n\tworktree = {outside}\n"),
    "core.worktree above": Poison("[core]\n\tworktree = ../../outside\n"),
    "core.worktree at the root of the disk": Poison("[core]\n\tworktree = /\n"),
    "core.bare beside a work tree": Poison("[core]\n\tbare = true\n"),
    "core.attributesFile": Poison(
        '[core]\n\tattributesFile = {outside}/attributes\n[filter "x"]\n\tclean = {payload}\n\trequired = true\n',
        ("add", "."),
        files=(("outside/attributes", "* filter=x\n"),),
    ),
    "core.excludesFile": Poison("[core]\n\texcludesFile = {outside}/secret.py\n"),
    "diff.external": Poison("[diff]\n\texternal = {payload}\n", ("diff",)),
    "diff.X.command": Poison('[diff "x"]\n\tcommand = {payload}\n', ("diff",), "* diff=x\n"),
    "diff.X.textconv": Poison('[diff "x"]\n\ttextconv = {payload}\n\tcachetextconv = true\n', ("diff",), "* diff=x\n"),
    "filter.X.clean": Poison('[filter "x"]\n\tclean = {payload}\n\trequired = true\n', ("add", "."), "* filter=x\n"),
    "filter.X.smudge": Poison('[filter "x"]\n\tsmudge = {payload}\n', ("checkout", "-f", "HEAD", "."), "* filter=x\n"),
    "filter.X.process": Poison('[filter "x"]\n\tprocess = {payload}\n', ("add", "."), "* filter=x\n"),
    "merge.X.driver": Poison('[merge "x"]\n\tdriver = {payload}\n', (), "* merge=x\n"),
    "alias of a new name": Poison("[alias]\n\tx = !{payload}\n", ("x",)),
    "alias of the commands that are asked": Poison(
        "[alias]\n" + "".join(f"\t{name} = !{{payload}}\n" for name in ("rev-parse", "ls-files", "ls-tree", "cat-file"))
    ),
    "include.path": Poison("[include]\n\tpath = {outside}/more\n", ("status",), files=(("outside/more", FSMONITOR),)),
    "include.path relative": Poison(
        "[include]\n\tpath = ../../outside/more\n", ("status",), files=(("outside/more", FSMONITOR),)
    ),
    "include.path of a secret": Poison("[include]\n\tpath = {outside}/secret.py\n", codes=(3, 3)),
    "include.path of itself": Poison("[include]\n\tpath = config\n", codes=(3, 3)),
    "include.path of endless zeros": Poison("[include]\n\tpath = /dev/zero\n", codes=(3, 3)),
    "includeIf gitdir": Poison(
        '[includeIf "gitdir:{root}/"]\n\tpath = {outside}/more\n', ("status",), files=(("outside/more", FSMONITOR),)
    ),
    "includeIf onbranch": Poison(
        '[includeIf "onbranch:**"]\n\tpath = {outside}/more\n', ("status",), files=(("outside/more", FSMONITOR),)
    ),
    "extensions.worktreeConfig": Poison(
        "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tworktreeConfig = true\n",
        ("status",),
        files=(("tree/.git/config.worktree", FSMONITOR),),
    ),
    "credential.helper": Poison("[credential]\n\thelper = {payload}\n", ("credential", "fill")),
    "gpg.program": Poison("[gpg]\n\tprogram = {payload}\n[commit]\n\tgpgSign = true\n", COMMIT),
    "uploadpack.packObjectsHook": Poison("[uploadpack]\n\tpackObjectsHook = {payload}\n"),
    "remote.X.uploadpack": Poison('[remote "origin"]\n\turl = {outside}\n\tuploadpack = {payload}\n', FETCH),
    "remote over ext": Poison(EXT + '[remote "origin"]\n\turl = ext::{payload}\n', FETCH),
    "remote over ext with a shell": Poison(
        EXT + '[remote "origin"]\n\turl = "ext::sh -c {payload}"\n\tpushurl = "ext::sh -c {payload}"\n', FETCH
    ),
    "remote that is an option": Poison('[remote "origin"]\n\turl = --upload-pack={payload}\n'),
    "remote that steers a terminal": Poison(
        '[remote "origin"]\n\turl = "https://example.org/\x1b]0;x\x07\u202eowner/name"\n'
    ),
    "url.X.insteadOf": Poison(
        EXT + '[url "ext::{payload} "]\n\tinsteadOf = https:\n[remote "origin"]\n\turl = https://example.invalid/x\n',
        FETCH,
    ),
    "promisor over ext that lacks a blob": Poison(
        EXT + PROMISOR + "\turl = ext::{payload}\n", ("cat-file", "-p", "HEAD:victim.py"), lost="victim.py"
    ),
    "promisor over ssh that lacks a blob": Poison(
        PROMISOR + "\turl = ssh://example.invalid/x\n[core]\n\tsshCommand = {payload}\n",
        ("cat-file", "-p", "HEAD:victim.py"),
        lost="victim.py",
    ),
    "promisor with an uploadpack of its own that lacks a tree": Poison(
        PROMISOR + "\turl = {outside}\n\tuploadpack = {payload}\n",
        ("cat-file", "-p", "HEAD:folder"),
        lost="folder",
        codes=(0, 3),
    ),
    "submodule.X.update": Poison('[submodule "x"]\n\tactive = true\n\turl = {outside}\n\tupdate = !{payload}\n'),
    "trailer.X.command": Poison('[trailer "x"]\n\tcommand = {payload}\n\tkey = X\n', ("interpret-trailers",)),
    "tar.X.command": Poison('[tar "x"]\n\tcommand = {payload}\n', ("archive", "--format=x", "HEAD")),
    "format of a git to come": Poison("[core]\n\trepositoryFormatVersion = 99\n", codes=(3, 3)),
    "extension of a git to come": Poison(
        "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tx\x1b[31m = 1\n", codes=(3, 3)
    ),
    "error that steers a terminal": Poison('[a "\x1b]0;x\x07\u202e"]\n\tx = "\x1b[31m\\q\n', codes=(3, 3)),
    "100,000 lines": Poison("[a]\n" + "\tx = y\n" * 100_000),
}


#: Scanned by the real command; the others in this process, which asks git the same.
BY_COMMAND = [
    CONFIGURED[name]
    for name in (
        "core.fsmonitor",
        "core.hooksPath",
        "core.worktree outside",
        "diff.external",
        "filter.X.process",
        "include.path",
        "remote that steers a terminal",
        "promisor over ext that lacks a blob",
        "promisor over ssh that lacks a blob",
        "error that steers a terminal",
    )
]


def configured(scene: Scene, poison: Poison) -> None:
    for name, text in poison.files:
        if "/hooks/" in name:
            scene.script(name)
        else:
            scene.shell.write(name, scene.filled(text))
    if poison.lost:
        scene.lose(poison.lost)
    if poison.attributes:
        scene.write(".gitattributes", poison.attributes)
        scene.write(".git/info/attributes", poison.attributes)
    scene.write("victim.py", "a = 'changed'\n")
    scene.write("new.py", "a = 'not tracked'\n")
    scene.configure(poison.config)


@pytest.mark.parametrize("poison", CONFIGURED.values(), ids=CONFIGURED)
def test_what_a_repository_configures_neither_runs_nor_leads_out(scene: Scene, poison: Poison) -> None:
    configured(scene, poison)

    on_disk, at_commit = poison.codes
    scene.scan(None, on_disk, here=poison not in BY_COMMAND)
    scene.scan("HEAD", at_commit, here=True)


BITING = {name: poison for name, poison in CONFIGURED.items() if poison.bites}


@pytest.mark.parametrize("poison", BITING.values(), ids=BITING)
def test_the_same_configuration_runs_where_git_is_asked_without_care(scene: Scene, poison: Poison) -> None:
    configured(scene, poison)

    scene.careless(*poison.bites)

    assert scene.canary.exists(), "this attack proves nothing"


def test_all_of_it_at_once_does_not_run_either(scene: Scene) -> None:
    for poison in BITING.values():
        if not poison.lost:
            configured(scene, poison)
    for name in HOOKS:
        scene.script(f"tree/.git/hooks/{name}")

    scene.scan()
    scene.scan("HEAD")


# Parts of the git directory


def instead(scene: Scene, name: str, target: str) -> None:
    """Put a link in the place of what is there."""
    path = scene.root / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(scene.filled(target))


def git_as_file(scene: Scene, content: str | bytes) -> None:
    shutil.rmtree(scene.git_dir)
    scene.write(".git", content)


def to_neighbour(scene: Scene) -> None:
    scene.neighbour()
    git_as_file(scene, "gitdir: ../outside/other/.git\n")


def link_to_neighbour(scene: Scene) -> None:
    scene.neighbour()
    instead(scene, ".git", "{outside}/other/.git")


def two_that_point_at_each_other(scene: Scene) -> None:
    git_as_file(scene, "gitdir: folder/.git\n")
    scene.write("folder/.git", "gitdir: ../.git\n")


def with_commondir(scene: Scene) -> None:
    scene.neighbour()
    scene.write(".git/commondir", "{outside}/other/.git\n")


def with_worktrees(scene: Scene) -> None:
    scene.write(".git/worktrees/x/gitdir", "{outside}/secret.py\n")
    scene.write(".git/worktrees/x/HEAD", "ref: ../../../../outside/secret.py\n")
    scene.write(".git/worktrees/x/commondir", "../../../outside\n")


def as_a_worktree_of_the_neighbour(scene: Scene) -> None:
    other = scene.neighbour()
    shutil.copytree(scene.git_dir, other / "worktrees/x")
    (other / "worktrees/x/commondir").write_text("../..\n")
    (other / "worktrees/x/gitdir").write_text(f"{scene.outside}/other/.git\n")
    git_as_file(scene, "gitdir: {outside}/other/.git/worktrees/x\n")


def with_alternates(scene: Scene, text: str) -> None:
    scene.neighbour()
    scene.write(".git/objects/info/alternates", text)


def replaced(scene: Scene) -> None:
    blob, other = (scene.git("hash-object", "-w", name) for name in ("agent.py", "../outside/secret.py"))
    scene.write(f".git/refs/replace/{blob}", f"{other}\n")


def replaced_commit(scene: Scene) -> None:
    first = scene.git("rev-parse", "HEAD")
    scene.write("agent.py", STOLEN)
    scene.commit()
    second = scene.git("rev-parse", "HEAD")
    scene.git("reset", "-q", "--hard", first)
    scene.write(f".git/refs/replace/{first}", f"{second}\n")


def grafted(scene: Scene) -> None:
    first = scene.git("rev-parse", "HEAD")
    scene.write(".git/info/grafts", f"{first} {first}\n{'0' * 40} {first}\n../../outside\n")


def shallow(scene: Scene, text: str) -> None:
    scene.write(".git/shallow", text)


def embedded(scene: Scene) -> None:
    """A repository in the tree that git knows as a submodule, with a configuration of its own."""
    shutil.copytree(scene.git_dir, scene.root / "nested/.git")
    (scene.root / "nested/agent.py").write_text(CALL)
    scene.git("add", "nested")
    scene.git("commit", "-q", "-m", "nested")
    with (scene.root / "nested/.git/config").open("a") as file:
        file.write(scene.filled("\n" + FSMONITOR + "\tpager = {payload}\n\tsshCommand = {payload}\n"))


def bare_inside(scene: Scene) -> None:
    shutil.copytree(scene.git_dir, scene.root / "bare")
    (scene.root / "bare/config").write_text(
        scene.filled(
            "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = {payload}\n"
        )
    )


def with_submodules(scene: Scene, text: str) -> None:
    scene.write(".gitmodules", text)
    scene.git("update-index", "--add", "--cacheinfo", f"160000,{scene.git('rev-parse', 'HEAD')},lib")
    scene.git("add", ".gitmodules")
    scene.git("commit", "-q", "-m", "submodules")


def wide_index(scene: Scene) -> None:
    scene.write(".git/index", (scene.git_dir / "index").read_bytes()[:8] + b"\xff\xff\xff\xff" + bytes(100))


class Gitted(NamedTuple):
    """What is done to the git directory."""

    build: Build
    #: At the files on disk, and at the commit.
    codes: tuple[int, int] = (0, 0)
    by_command: bool = False


def linked(name: str, target: str) -> Build:
    return lambda scene: instead(scene, name, target)


def written(name: str, content: str | bytes) -> Build:
    return lambda scene: scene.write(name, content)


def submodules(text: str) -> Build:
    return lambda scene: with_submodules(scene, text)


SUBMODULE = '[submodule "{name}"]\n\tpath = lib\n\turl = {url}\n'

GITTED = {
    "hooks of every name": Gitted(
        lambda scene: [scene.script(f"tree/.git/hooks/{name}") for name in HOOKS], by_command=True
    ),
    ".git file to another repository": Gitted(to_neighbour, by_command=True),
    ".git file to itself": Gitted(lambda scene: git_as_file(scene, "gitdir: .git\n"), (3, 3)),
    ".git files in a loop": Gitted(two_that_point_at_each_other, (3, 3)),
    ".git file to a folder outside": Gitted(lambda scene: git_as_file(scene, "gitdir: ../outside\n"), (3, 3)),
    ".git file to the secret": Gitted(lambda scene: git_as_file(scene, "gitdir: ../outside/secret.py\n"), (3, 3)),
    ".git file that steers a terminal": Gitted(
        lambda scene: git_as_file(scene, "gitdir: \x1b]0;x\x07\u202e\x1b[31m\n"), (3, 3), by_command=True
    ),
    ".git file of 10 MB": Gitted(lambda scene: git_as_file(scene, "gitdir: " + "x" * 10_000_000), (3, 3)),
    ".git link to another repository": Gitted(link_to_neighbour),
    ".git link to itself": Gitted(linked(".git", ".git"), (3, 3)),
    ".git link to endless zeros": Gitted(linked(".git", "/dev/zero"), (3, 3)),
    ".git link to the secret": Gitted(linked(".git", "{outside}/secret.py"), (3, 3)),
    ".git that is a pipe": Gitted(lambda scene: (shutil.rmtree(scene.git_dir), os.mkfifo(scene.git_dir)), (3, 3)),
    "commondir outside": Gitted(with_commondir),
    "worktrees that lead outside": Gitted(with_worktrees),
    "a work tree of another repository": Gitted(as_a_worktree_of_the_neighbour),
    "alternates outside": Gitted(lambda scene: with_alternates(scene, "{outside}/other/.git/objects\n")),
    "alternates that are missing": Gitted(lambda scene: with_alternates(scene, "/no/such\n../../nowhere\n\x1b[31m\n")),
    "alternates in a loop": Gitted(lambda scene: with_alternates(scene, "../objects\n{root}/.git/objects\n")),
    "alternates that are the secret": Gitted(lambda scene: with_alternates(scene, "{outside}/secret.py\n")),
    "alternates that link to the secret": Gitted(linked(".git/objects/info/alternates", "{outside}/secret.py")),
    "replace ref for a blob": Gitted(replaced, by_command=True),
    "replace ref for a commit": Gitted(replaced_commit),
    "grafts": Gitted(grafted),
    "shallow file of a commit that is nowhere": Gitted(lambda scene: shallow(scene, "1" * 40 + "\n")),
    "shallow file that is none": Gitted(lambda scene: shallow(scene, "\x1b[31m\u202e\n"), (3, 3)),
    "shallow file that links to the secret": Gitted(linked(".git/shallow", "{outside}/secret.py"), (3, 3)),
    "HEAD above": Gitted(written(".git/HEAD", "ref: ../outside/secret.py\n"), (3, 3)),
    "HEAD above by a way through refs": Gitted(
        written(".git/HEAD", "ref: refs/heads/../../../outside/secret.py\n"), (0, 3)
    ),
    "HEAD that links to the secret": Gitted(linked(".git/HEAD", "{outside}/secret.py"), (3, 3)),
    "HEAD that links to endless zeros": Gitted(linked(".git/HEAD", "/dev/zero"), (3, 3)),
    "HEAD of 10 MB": Gitted(written(".git/HEAD", "ref: refs/heads/" + "x" * 10_000_000), (0, 3)),
    "HEAD that steers a terminal": Gitted(written(".git/HEAD", "ref: refs/heads/\x1b]0;x\x07\u202e\n"), (0, 3)),
    "HEAD that names itself": Gitted(written(".git/refs/heads/main", "ref: refs/heads/main\n"), (0, 3)),
    "branch that links to the secret": Gitted(linked(".git/refs/heads/main", "{outside}/secret.py"), (0, 3)),
    "packed refs that link to the secret": Gitted(linked(".git/packed-refs", "{outside}/secret.py"), (0, 3)),
    "packed refs that link to endless zeros": Gitted(linked(".git/packed-refs", "/dev/zero")),
    "objects that link outside": Gitted(linked(".git/objects", "{outside}"), (3, 3)),
    "index that links to the secret": Gitted(linked(".git/index", "{outside}/secret.py"), (3, 0)),
    "index that links to endless zeros": Gitted(linked(".git/index", "/dev/zero"), (3, 0)),
    "index of four billion files": Gitted(wide_index, (3, 0)),
    "exclude file that links to endless zeros": Gitted(linked(".git/info/exclude", "/dev/zero")),
    "exclude file that links to the secret": Gitted(linked(".git/info/exclude", "{outside}/secret.py")),
    "repository in the tree": Gitted(embedded, by_command=True),
    "bare repository in the tree": Gitted(bare_inside, by_command=True),
    "submodule over ext": Gitted(submodules(SUBMODULE.replace("{name}", "x").replace("{url}", "ext::sh -c {payload}"))),
    "submodule whose address is an option": Gitted(
        submodules(SUBMODULE.replace("{name}", "x").replace("{url}", "--upload-pack={payload}"))
    ),
    "submodule with an update of its own": Gitted(
        submodules('[submodule "x"]\n\tpath = lib\n\turl = ./x\n\tupdate = !{payload}\n')
    ),
    "submodule whose name leads out": Gitted(
        submodules(SUBMODULE.replace("{name}", "../../../outside/other").replace("{url}", "./x"))
    ),
    "submodule whose path leads out": Gitted(
        submodules('[submodule "x"]\n\tpath = ../outside\n\turl = ./x\n\tignore = all\n')
    ),
    ".gitmodules that links to the secret": Gitted(linked(".gitmodules", "{outside}/secret.py")),
    ".gitattributes that links to the secret": Gitted(linked(".gitattributes", "{outside}/secret.py")),
}


@pytest.mark.parametrize("gitted", GITTED.values(), ids=GITTED)
def test_a_git_directory_full_of_tricks_neither_runs_nor_leads_out(scene: Scene, gitted: Gitted) -> None:
    gitted.build(scene)

    on_disk, at_commit = gitted.codes
    scene.scan(None, on_disk, here=not gitted.by_command)
    scene.scan("HEAD", at_commit, here=True)


def test_a_bare_repository_in_the_tree_runs_nothing_when_it_is_scanned_itself(scene: Scene) -> None:
    bare_inside(scene)
    scene.careless("-C", "bare", "status")
    assert scene.canary.exists(), "this attack proves nothing"
    scene.canary.unlink()
    scene.target = scene.root / "bare"

    scene.scan(None, 3)
    scene.scan("HEAD")


def test_a_repository_in_the_tree_would_run_its_own_configuration(scene: Scene) -> None:
    embedded(scene)

    scene.careless("status")

    assert scene.canary.exists(), "this attack proves nothing"


def pipe(scene: Scene, name: str) -> None:
    """Put a pipe that nobody writes to in the place of what is there."""
    path = scene.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def piped(name: str) -> Build:
    return lambda scene: pipe(scene, name)


def excludes_from_a_pipe(scene: Scene) -> None:
    os.mkfifo(scene.outside / "pipe")
    scene.configure("[core]\n\texcludesFile = {outside}/pipe\n")


def object_file(scene: Scene, name: str) -> str:
    """Where the object of a committed file or folder lies, below the tree."""
    oid = scene.git("rev-parse", f"HEAD:{name}")
    return f".git/objects/{oid[:2]}/{oid[2:]}"


def holed(name: str) -> Build:
    """A terabyte of zeros that takes no place on the disk, after what is there."""

    def build(scene: Scene) -> None:
        (scene.root / name).parent.mkdir(parents=True, exist_ok=True)
        with (scene.root / name).open("ab") as file:
            file.truncate(1024 * GIGABYTES)

    return build


#: An id that no object has by its content.
ODD = "1" * 40
BASE = "2" * 40
SMALL = blob_id(bytes(100))


def bomb(kind: str, says: int, zeros: int) -> Build:
    """An object that says that it has so many bytes, and unpacks to so many zeros."""
    return lambda scene: put_loose(scene.git_dir, ODD, zipped(f"{kind} {says}\0".encode(), zeros))


def blob_bomb(says: int, zeros: int) -> Build:
    def build(scene: Scene) -> None:
        bomb("blob", says, zeros)(scene)
        scene.commit_with(f"100644 blob {ODD}\tvictim.py")

    return build


def tree_bomb(scene: Scene) -> None:
    bomb("tree", 10 * GIGABYTES, 10 * GIGABYTES)(scene)
    scene.commit_with(f"040000 tree {ODD}\tlarge")


def commit_bomb(scene: Scene) -> None:
    bomb("commit", 10 * GIGABYTES, 10 * GIGABYTES)(scene)
    scene.write(".git/refs/heads/main", f"{ODD}\n")


def ten_billion_files(scene: Scene) -> None:
    tree = scene.git("rev-parse", "HEAD:folder")
    for _ in range(10):
        tree = scene.tree_of([f"040000 tree {tree}\t{number}" for number in range(10)])
    scene.commit_with(f"040000 tree {tree}\tlarge")


def deep_trees(scene: Scene) -> None:
    tree, entries = nested_trees(scene.git("rev-parse", "HEAD:folder"), 30_000)
    put_pack(scene.git_dir, entries)
    scene.commit_with(f"040000 tree {tree}\tlarge")


def delta_of_a_bomb(scene: Scene) -> None:
    put_pack(scene.git_dir, {BASE: whole(10 * GIGABYTES), SMALL: delta(BASE, 10 * GIGABYTES, [100])})
    scene.commit_with(f"100644 blob {SMALL}\tvictim.py")


def deltas_in_a_chain(scene: Scene) -> None:
    """Each repeats 64 MiB of the one before, as often as a worker's patience lasts."""
    size, last = 64 * 1024**2, BASE
    entries = {BASE: whole(size)}
    for number in range(2000):
        entries[f"{number:040x}"] = delta(last, size, [size // 8] * 8)
        last = f"{number:040x}"
    put_pack(scene.git_dir, {**entries, SMALL: delta(last, size, [100])})
    scene.commit_with(f"100644 blob {SMALL}\tvictim.py")


def pack_of_billions(scene: Scene) -> None:
    put_pack(scene.git_dir, {SMALL: whole(0)})
    file = scene.git_dir / "objects/pack/pack-1.idx"
    told = file.read_bytes()
    file.write_bytes(told[:8] + b"\xff" * 1024 + told[1032:])


def cut_short_by_nul(scene: Scene) -> None:
    scene.git_dir.rename(scene.root / "folder/real")
    scene.write(".git", b"gitdir: folder/real\0/../../../outside\n")


COSTLY = {
    "config that is a pipe": Gitted(piped(".git/config"), (3, 3)),
    "HEAD that is a pipe": Gitted(piped(".git/HEAD"), (3, 3)),
    "index that is a pipe": Gitted(piped(".git/index"), (3, 0)),
    "branch that is a pipe": Gitted(piped(".git/refs/heads/main"), (3, 3)),
    "packed refs that are a pipe": Gitted(piped(".git/packed-refs"), (3, 3)),
    "shallow file that is a pipe": Gitted(piped(".git/shallow"), (3, 3)),
    "commondir that is a pipe": Gitted(piped(".git/commondir"), (3, 3)),
    "alternates that are a pipe": Gitted(piped(".git/objects/info/alternates"), (3, 3)),
    "exclude file that is a pipe": Gitted(piped(".git/info/exclude")),
    "core.excludesFile that is a pipe": Gitted(excludes_from_a_pipe),
    "blob that is a pipe": Gitted(lambda scene: pipe(scene, object_file(scene, "victim.py")), (0, 3)),
    "tree that is a pipe": Gitted(lambda scene: pipe(scene, object_file(scene, "folder")), (0, 3)),
    "branch that links to endless zeros": Gitted(linked(".git/refs/heads/main", "/dev/zero"), (3, 3)),
    "shallow file that links to endless zeros": Gitted(linked(".git/shallow", "/dev/zero"), (3, 3)),
    "commondir that links to endless zeros": Gitted(linked(".git/commondir", "/dev/zero"), (3, 3)),
    "alternates that link to endless zeros": Gitted(linked(".git/objects/info/alternates", "/dev/zero"), (3, 3)),
    "HEAD of a terabyte": Gitted(holed(".git/HEAD"), (3, 3)),
    "index of a terabyte": Gitted(holed(".git/index"), (3, 0)),
    "packed refs of a terabyte": Gitted(holed(".git/packed-refs"), (3, 3)),
    "commondir of a terabyte": Gitted(holed(".git/commondir"), (3, 3)),
    "alternates of a terabyte": Gitted(holed(".git/objects/info/alternates"), (3, 3)),
    "exclude file of a terabyte": Gitted(holed(".git/info/exclude")),
    "commit graph of a terabyte": Gitted(holed(".git/objects/info/commit-graph")),
    "index of all packs of a terabyte": Gitted(holed(".git/objects/pack/multi-pack-index"), (3, 3)),
    "blob of 10 GB": Gitted(blob_bomb(10 * GIGABYTES, 10 * GIGABYTES)),
    "blob of 10 GB that says 100 bytes": Gitted(blob_bomb(100, 10 * GIGABYTES)),
    "blob that says more bytes than there are disks": Gitted(blob_bomb(1 << 62, 0)),
    "tree of 10 GB": Gitted(tree_bomb, (0, 3)),
    "commit of 10 GB": Gitted(commit_bomb, (3, 3)),
    "tree of ten billion files": Gitted(ten_billion_files, (0, 3)),
    "30,000 trees, one in the other": Gitted(deep_trees, (0, 3)),
    "delta of a blob of 10 GB": Gitted(delta_of_a_bomb),
    "2,000 deltas of 64 MB in a chain": Gitted(deltas_in_a_chain),
    "pack of four billion objects": Gitted(pack_of_billions),
    ".git file with NUL": Gitted(cut_short_by_nul),
    "commondir with NUL": Gitted(written(".git/commondir", b".\0/../../../outside\n")),
    "limits that the repository sets": Gitted(
        lambda scene: scene.configure(
            "[index]\n\tthreads = 100000\n[core]\n\tpackedGitWindowSize = 1\n\tdeltaBaseCacheLimit = 100g\n"
        )
    ),
}


@pytest.mark.parametrize("gitted", COSTLY.values(), ids=COSTLY)
def test_a_git_directory_that_would_cost_much_is_given_up_or_costs_a_file(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, gitted: Gitted
) -> None:
    gitted.build(scene)
    # The limits are the same for each, so a fraction of them tells as much.
    monkeypatch.setattr(git, "QUICK", 1)
    monkeypatch.setattr(git, "PATIENT", 1)
    monkeypatch.setattr(gitcalls, "MEMORY", 256 * 1024**2)
    monkeypatch.setattr(gitcalls, "MOST", 1024**2)

    for rev, code in zip((None, "HEAD"), gitted.codes, strict=True):
        scene.scan(rev, code, here=True)


@pytest.mark.parametrize(
    "name",
    [
        "config that is a pipe",
        "shallow file that links to endless zeros",
        "HEAD of a terabyte",
        "tree of ten billion files",
        "commit of 10 GB",
    ],
)
def test_the_command_ends_on_a_git_directory_that_would_cost_much(scene: Scene, name: str) -> None:
    COSTLY[name].build(scene)

    scene.scan(None, COSTLY[name].codes[0])


@pytest.mark.parametrize("name", ["blob of 10 GB", "blob of 10 GB that says 100 bytes", "delta of a blob of 10 GB"])
def test_the_command_reads_the_rest_of_a_commit_with_a_blob_that_would_cost_much(scene: Scene, name: str) -> None:
    COSTLY[name].build(scene)

    scene.scan("HEAD", COSTLY[name].codes[1])


# Files that are none, and files under odd names


def link_chain(scene: Scene) -> None:
    instead(scene, "one", "two")
    instead(scene, "two", "folder/three")
    instead(scene, "folder/three", "../../outside/secret.py")
    instead(scene, "victim.py", "one")


def link_loop(scene: Scene) -> None:
    instead(scene, "victim.py", "other.py")
    instead(scene, "other.py", "victim.py")
    instead(scene, "self.py", "self.py")


def listening(scene: Scene) -> None:
    (scene.root / "victim.py").unlink()
    here = os.getcwd()
    os.chdir(scene.root)  # the name of a socket has at most 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("victim.py")
    finally:
        os.chdir(here)


def device(scene: Scene, kind: int, major: int, minor: int) -> None:
    (scene.root / "victim.py").unlink()
    try:
        os.mknod(scene.root / "victim.py", 0o666 | kind, os.makedev(major, minor))
    except OSError:
        pytest.skip("this user may not make devices")


def hard_link(scene: Scene) -> None:
    """It cannot be told from any other file: what counts is that nothing is done to it."""
    shared = scene.outside / "shared.py"
    shared.write_text(CALL)
    (scene.root / "victim.py").unlink()
    os.link(shared, scene.root / "victim.py")


def folder_instead(scene: Scene) -> None:
    (scene.root / "victim.py").unlink()
    scene.write("victim.py/inner.py", CALL)


def closed(scene: Scene) -> None:
    if not os.geteuid():
        pytest.skip("root may read every folder")
    (scene.root / "folder").chmod(0)


def nested(scene: Scene) -> None:
    put_deep(scene.root, [b"d"] * 1200, {b"deep.py": CALL.encode()})


def crowded(scene: Scene) -> None:
    (scene.root / "crowd").mkdir()
    for number in range(5000):
        os.mknod(scene.root / f"crowd/{number}.txt")


IRREGULAR = {
    "link, absolute": linked("victim.py", "{outside}/secret.py"),
    "link, relative": linked("victim.py", "../outside/secret.py"),
    "links in a chain": link_chain,
    "links in a loop": link_loop,
    "link to nothing": linked("victim.py", "nowhere"),
    "link to endless zeros": linked("victim.py", "/dev/zero"),
    "link to a terminal": linked("victim.py", "/dev/tty"),
    "link to standard input": linked("victim.py", "/dev/stdin"),
    "link to the memory of the process": linked("victim.py", "/proc/self/mem"),
    "link to the environment of the process": linked("victim.py", "/proc/self/environ"),
    "link to a folder outside": linked("folder", "{outside}/folder"),
    "link to a folder outside, relative": linked("folder", "../outside/folder"),
    "link to the root of the disk": linked("folder", "/"),
    "link to the folder that holds it": linked("folder", "."),
    "link to the git directory": linked("folder", ".git"),
    "hard link": hard_link,
    "pipe": piped("victim.py"),
    "socket": listening,
    "device of endless zeros": lambda scene: device(scene, 0o020000, 1, 5),
    "device of a disk": lambda scene: device(scene, 0o060000, 7, 250),
    "folder in the place of a file": folder_instead,
    "folder without permission": closed,
    "1,200 folders, one in the other": nested,
    "5,000 files in one folder": crowded,
}


@pytest.mark.parametrize("build", IRREGULAR.values(), ids=IRREGULAR)
def test_what_is_no_file_of_the_tree_is_not_read(scene: Scene, build: Build) -> None:
    build(scene)

    scene.scan(here=True)
    shutil.rmtree(scene.git_dir)
    scene.scan(here=True)


@pytest.mark.parametrize("name", ["link, absolute", "link to endless zeros", "link to a folder outside", "pipe"])
def test_what_is_no_file_does_not_hold_up_the_command(scene: Scene, name: str) -> None:
    IRREGULAR[name](scene)

    scene.scan()


@pytest.mark.parametrize("name", [name for name in IRREGULAR if name.startswith("link")])
def test_links_that_are_committed_are_no_files(scene: Scene, name: str) -> None:
    IRREGULAR[name](scene)
    scene.commit()

    scene.scan(here=True)
    scene.scan("HEAD", here=True)


ODD_NAMES = {
    "line break": b"a\nb.py",
    "carriage return": b"a\rerror: x.py",
    "quotes": b"a'b\"c`d.py",
    "escape of a terminal": b"a\x1b[31m\x1b]0;x\x07.py",
    "control of eight bits": "a\x9b31m.py".encode(),
    "text turned around": "a\u202eyp.exe.py".encode(),
    "nothing to see": "a\u200b\u2060\ufeff.py".encode(),
    "separators of lines": "a\u2028b\u2029c\x85.py".encode(),
    "no UTF-8": b"a\xff\xfe\xe9.py",
    "half of a pair": b"a\xed\xa0\x80.py",
    "255 bytes": b"x" * 252 + b".py",
    "option of rm": b"-rf",
    "option of git": b"--upload-pack=x.py",
    "end of options": b"--",
    "pathspec": b":(exclude)x.py",
    "pathspec of the top": b":",
    "space at the end": b"x.py ",
    "space alone": b" ",
    "command for a shell": b"$(echo ran >canary)`echo ran >canary`;echo ran >canary|.py",
    "format": b"%s%n{0.__class__}{path}.py",
    "template": b"{{ 7*7 }}{% raw %}[[place:x]].py",
    "markup": b"<script>alert(1)<!--.py",
    "way up on another system": b"..\\..\\outside\\secret.py",
    "stream of another system": b"x.py::$DATA",
    "device of another system": b"con.py",
    "home": b"~",
    "three dots": b"...",
    "git directory of another system": b"GIT~1.py",
    "shown name of another file": b"agent\\x2epy",
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_a_name_is_a_name_and_nothing_else(scene: Scene, name: bytes) -> None:
    for folder in ("", "folder"):
        with open(os.path.join(os.fsencode(scene.root / folder), name), "wb") as file:
            file.write(CALL.encode())
    scene.commit()

    scene.scan("HEAD", here=True)
    shutil.rmtree(scene.git_dir)
    scene.scan(here=True)


def test_odd_names_all_together_do_not_steer_the_real_command(scene: Scene) -> None:
    for name in ODD_NAMES.values():
        with open(os.path.join(os.fsencode(scene.root), name), "wb") as file:
            file.write(CALL.encode())
    scene.commit()

    scene.scan()
    scene.scan("HEAD")


COLLISIONS = {
    "case of letters": ("Agent.py", "AGENT.PY", "agent.PY"),
    "way to write an accent": ("caf\u00e9.py", "cafe\u0301.py"),
    "letters that look alike": ("\u0430gent.py", "\uff41gent.py"),
    "letters that fold": ("stra\u00dfe.py", "strasse.py", "\ufb01le.py", "file.py"),
    "folder and file": ("Folder/inner.py", "FOLDER/inner.py"),
    "name with and without an invisible sign": ("agent\u200d.py", "agent.py\u200e"),
}


@pytest.mark.parametrize("names", COLLISIONS.values(), ids=COLLISIONS)
def test_names_that_collide_elsewhere_are_files_of_their_own(scene: Scene, names: tuple[str, ...]) -> None:
    for name in names:
        scene.write(name, CALL)
    scene.commit()

    for rev in (None, "HEAD"):
        scene.scan(rev, here=True)


def test_a_path_longer_than_the_system_takes_is_passed_over(scene: Scene) -> None:
    put_deep(scene.root, [b"p" * 250] * 17, {b"deep.py": CALL.encode()})
    shutil.rmtree(scene.git_dir)

    scene.scan(here=True)


# Files that change between being listed and being read


def swap_for_link(scene: Scene) -> None:
    instead(scene, "victim.py", "{outside}/secret.py")


def swap_folder_for_link(scene: Scene) -> None:
    instead(scene, "folder", "{outside}/folder")


def swap_for_folder(scene: Scene) -> None:
    folder_instead(scene)


RACES: dict[str, Build] = {
    "vanishes": lambda scene: (scene.root / "victim.py").unlink(),
    "vanishes with its folder": lambda scene: shutil.rmtree(scene.root / "folder"),
    "becomes a link": swap_for_link,
    "has its folder become a link": swap_folder_for_link,
    "becomes a pipe": piped("victim.py"),
    "becomes a folder": swap_for_folder,
    "becomes a device": lambda scene: device(scene, 0o020000, 1, 5),
    "becomes empty": written("victim.py", ""),
    "grows past all limits": written("victim.py", b"a = 1\n" * 2_000_000),
    "becomes another": written("victim.py", CALL),
}


@pytest.mark.parametrize("change", RACES.values(), ids=RACES)
def test_a_file_that_is_not_what_was_listed_costs_itself_only(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, change: Build
) -> None:
    read, todo = Reader.read, [change]

    def late(reader: Reader, entry: Entry, limit: int) -> bytes | Unreadable:
        while todo:
            todo.pop()(scene)
        return read(reader, entry, limit)

    monkeypatch.setattr(Reader, "read", late)
    monkeypatch.setenv("SCANNER_CACHE_DIR", "")
    # The tree does change here, by other hands.
    monkeypatch.setattr(Scene, "_everything", lambda scene: {})

    scene.scan(here=True)
    assert not todo


# Settings and ignore files


TOML_EXCLUDE = 'exclude = ["{pattern}"]\n'
SETTINGS: dict[str, tuple[Build, int]] = {
    "link to the secret": (linked("scanner.toml", "{outside}/secret.py"), 0),
    "link to endless zeros": (linked("scanner.toml", "/dev/zero"), 0),
    "link to itself": (linked("scanner.toml", "scanner.toml"), 0),
    "10 MB": (written("scanner.toml", b"# x\n" * 2_500_000), 2),
    "no UTF-8": (written("scanner.toml", b"\xff\xfe\x00"), 2),
    "text that steers a terminal": (written("scanner.toml", '"\x1b[31m\u202e" = 1\n'), 2),
    "60,000 brackets": (written("scanner.toml", "x = " + "[\n" * 60_000), 2),
    "pattern of many stars": (written("scanner.toml", TOML_EXCLUDE.replace("{pattern}", "*a" * 60 + "*b")), 0),
    "pattern that leads out": (written("scanner.toml", TOML_EXCLUDE.replace("{pattern}", "../outside/**")), 0),
    "rules above": (written("scanner.toml", 'rules = ["../outside/rules.yaml"]\n'), 2),
    "rules by an absolute path": (written("scanner.toml", 'rules = ["{outside}/rules.yaml"]\n'), 2),
    "rules that link to the secret": (
        lambda scene: (
            instead(scene, "own.yaml", "{outside}/secret.py"),
            scene.write("scanner.toml", 'rules = ["own.yaml"]\n'),
        ),
        2,
    ),
    "rules that multiply": (
        lambda scene: (
            scene.write(
                "own.yaml", "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
            ),
            scene.write("scanner.toml", 'rules = ["own.yaml"]\n'),
        ),
        2,
    ),
    "rules that make objects": (
        lambda scene: (
            scene.write("own.yaml", "- !!python/object/apply:os.system ['{payload}']\n"),
            scene.write("scanner.toml", 'rules = ["own.yaml"]\n'),
        ),
        2,
    ),
}


@pytest.mark.parametrize(("build", "code"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_mean_harm_are_refused_in_one_line_or_left_out(scene: Scene, build: Build, code: int) -> None:
    build(scene)
    scene.commit()

    scene.scan(None, code, here=True)


def test_settings_that_are_a_pipe_do_not_hold_up_the_command(scene: Scene) -> None:
    scene.write("scanner.toml", "")
    scene.commit()
    pipe(scene, "scanner.toml")

    scene.scan()


IGNORES = {
    "many stars": "*a" * 400 + "*b",
    "two stars again and again": "**/" * 300 + "x",
    "classes that are never closed": "[" * 900,
    "class of everything": "[\x01-\U0010ffff]" * 50 + "x",
    "backslashes": "\\" * 999,
    "30,000 patterns": "\n".join(f"/x{number}*y" for number in range(30_000)),
    "a line of 5 MB": "x" * 5_000_000,
    "way up": "../outside\n/../../*\n",
    "zeros": "\x00" * 10_000,
}


@pytest.mark.parametrize("text", IGNORES.values(), ids=IGNORES)
def test_ignore_files_that_mean_harm_neither_hang_nor_hide(scene: Scene, text: str) -> None:
    shutil.rmtree(scene.git_dir)
    scene.write(".gitignore", text)
    scene.write("a" * 200 + ".py", CALL)

    scene.scan(here=True)


# What other tools would open, load or import


def tar_of(name: str, link: str = "") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
        member.size = 0 if link else len(STOLEN)
        archive.addfile(member, io.BytesIO(STOLEN.encode()))
    return made.getvalue()


def zip_of(name: str, content: bytes = STOLEN.encode()) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


PACKED: dict[str, Callable[[], dict[str, bytes]]] = {
    "gz of 50 MB": lambda: {
        "bomb.py.gz": gzip.compress(bytes(50_000_000), 1),
        "bomb.json.gz": gzip.compress(b"[" * 10**7, 1),
    },
    "gz under the name of code": lambda: {"bomb.py": gzip.compress(STOLEN.encode())},
    "zip of 50 MB": lambda: {"bomb.zip": zip_of("bomb.py", bytes(50_000_000))},
    "zip with code": lambda: {
        "a.zip": zip_of("a.py"),
        "a.whl": zip_of("a.py"),
        "a.egg": zip_of("a.py"),
        "a.jar": zip_of("a.py"),
    },
    "zip under the name of a notebook": lambda: {"a.ipynb": zip_of("a.py"), "b.py": zip_of("a.py")},
    "zip that leads out": lambda: {"a.zip": zip_of("../../outside/new.py")},
    "tar with code": lambda: {"a.tar.gz": tar_of("a.py"), "a.tgz": tar_of("a.py")},
    "tar that leads out": lambda: {"a.tar.gz": tar_of("../../outside/new.py"), "b.tar.gz": tar_of("x", "/etc")},
}


@pytest.mark.parametrize("files", PACKED.values(), ids=PACKED)
def test_what_is_packed_is_not_opened(scene: Scene, files: Callable[[], dict[str, bytes]]) -> None:
    for name, content in files().items():
        scene.write(name, content)
    scene.commit()

    scene.scan(here=True)
    scene.scan("HEAD", here=True)


RUNS = "import subprocess\nsubprocess.run(['{payload}'])\n"
LOADED = (
    "setup.py conftest.py sitecustomize.py usercustomize.py scanner.py scanner/__init__.py click.py json.py msgspec.py "
    "tree_sitter.py yaml.py re2.py __init__.py __main__.py manage.py noxfile.py setup.cfg"
).split()


@pytest.mark.parametrize("large", [False, True], ids=["in one process", "with workers"])
def test_modules_of_the_tree_are_not_imported_where_the_command_runs_in_it(scene: Scene, large: bool) -> None:
    for name in LOADED:
        scene.write(name, RUNS)
    scene.write("x.pth", f"import os; os.system('{scene.payload}')\n")
    scene.write("model.pkl", b"cposix\nsystem\n(V" + os.fsencode(scene.payload) + b"\ntR.")
    if large:
        for number in range(4):
            scene.write(f"large{number}.py", "x = 1\n" * 15_000)
    scene.commit()

    scene.scan(cwd=scene.root)


@pytest.mark.parametrize(("path", "code"), [(".:", 3), ("", 0)], ids=["named first", "not named"])
def test_a_git_of_the_tree_is_not_run(scene: Scene, path: str, code: int) -> None:
    for name in ("git", "sh", "python", "ssh"):
        scene.script(f"tree/{name}")

    scene.scan(None, code, cwd=scene.root, PATH=path + os.environ["PATH"])
