"""Questions to git, asked so that nothing configured inside the scanned repository can run and nothing is fetched.

Only plumbing that never touches a filter is called: no `status`, no `diff`, no `log`. Whether a file differs from its
commit is told by hashing its bytes (`blob_id`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from scanner import gitfiles
from scanner.gitcalls import (
    LONG,
    PATIENT,
    QUICK,
    GitError,
    GitMissing,
    GitOverrun,
    Talk,
    command,
    environment,
    run,
)
from scanner.leaving import undisturbed

__all__ = [
    "LARGEST",
    "LONG",
    "PATIENT",
    "QUICK",
    "Algorithm",
    "GitError",
    "GitMissing",
    "GitOverrun",
    "Listed",
    "Objects",
    "Store",
    "blob_id",
    "bystander",
    "command",
    "environment",
    "head",
    "list_index",
    "list_tree",
    "list_untracked",
    "locate",
    "remote_addresses",
    "resolve",
    "run",
]

Algorithm = Literal["sha1", "sha256"]

#: Bytes; a larger blob is not read, as no room asks for so much.
LARGEST: Final = 64 * 1024 * 1024


class Listed(msgspec.Struct, frozen=True, gc=False):
    """One name in the index or in a tree."""

    #: Relative to the top of the work tree.
    path: bytes
    mode: str
    oid: str
    #: Bytes; -1 where unknown.
    size: int = -1
    #: Whether a sparse checkout leaves it out of the work tree.
    skipped: bool = False


class Store(msgspec.Struct, frozen=True):
    """A git directory, with the work tree that was found beside it."""

    git_dir: str
    #: Where `.git` stands, whatever `core.worktree` says; empty for a bare repository.
    work_tree: str
    #: Folder of the object store; linked work trees share one.
    objects: str
    algorithm: Algorithm
    shallow: bool

    def command(self, *arguments: str) -> list[str]:
        """Spell a git command about this store; to be run with `environment()`."""
        top = self.work_tree or self.git_dir
        return command("-C", top, f"--git-dir={self.git_dir}", f"--work-tree={top}", *arguments)

    def ask(self, *arguments: str, timeout: float = LONG) -> bytes:
        """Run git on this store; see `run`."""
        return run(self.command(*arguments), timeout)


def locate(path: Path) -> Store | None:
    """Find the repository that a folder belongs to, as git does, ownership checked.

    Args:
        path: An absolute folder without links in it.

    Returns:
        The store, or None where there is none.

    Raises:
        GitMissing: When git is not installed.
        GitError: When git finds a repository and refuses it, or cannot read it.
    """
    try:
        # `--work-tree` keeps a `core.worktree` of the repository from being followed.
        said = run(
            command(
                "-C", str(path), f"--work-tree={path}", "rev-parse",
                "--absolute-git-dir", "--is-shallow-repository", "--show-object-format",
            ),
            timeout=QUICK,
        )  # fmt: skip
    except GitMissing:
        raise
    except GitError as error:
        if error.message.startswith("not a git repository") and not os.path.lexists(path / ".git"):
            return None
        raise
    # From the right: the folder's name may hold a line break.
    git_dir, shallow, algorithm = os.fsdecode(said.removesuffix(b"\n")).rsplit("\n", 2)
    top = gitfiles.work_tree(path, git_dir)
    if top != str(path) and os.path.lexists(path / ".git"):  # git passed it over, maybe for one further up
        raise GitError("its .git is no git repository")
    return Store(
        git_dir=git_dir,
        work_tree=top or "",
        objects=gitfiles.object_folder(git_dir),
        algorithm="sha256" if algorithm == "sha256" else "sha1",
        shallow=shallow == "true",
    )


@contextmanager
def bystander(store: Store, *arguments: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Spell a command that reads the object store through an empty git directory, and its environment.

    So no configuration of the repository is read at all. Without its promisor remotes, an object that a partial clone
    lacks is just missing, where git would else end the command (or, before 2.45, start the remote's transport).

    Raises:
        GitError: When no such directory can be made.
    """
    extension = "[extensions]\n\tobjectFormat = sha256\n" if store.algorithm == "sha256" else ""
    version = 1 if extension else 0
    with ExitStack() as around:
        try:
            with undisturbed():
                # It goes at the end of the run, too, where nobody closes what needs it.
                temporary = tempfile.TemporaryDirectory(prefix="scanner-", ignore_cleanup_errors=True)
                around.callback(_remove, temporary)
            folder = temporary.name
            Path(folder, "refs").mkdir()
            Path(folder, "HEAD").write_text("ref: refs/heads/main\n")
            Path(folder, "config").write_text(
                f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{extension}"
            )
        except OSError as error:
            said = error.strerror or str(error)
            raise GitError(f"no temporary folder can be made ({said}); name one with TMPDIR") from None
        yield command(f"--git-dir={folder}", *arguments), {**environment(), "GIT_OBJECT_DIRECTORY": store.objects}


def _remove(folder: tempfile.TemporaryDirectory[str]) -> None:
    with undisturbed():
        folder.cleanup()


def resolve(store: Store, rev: str) -> str:
    """Give the full id of a commit.

    Raises:
        GitOverrun: When git cannot tell within its limits.
        GitError: When the revision names no commit that is there.
    """
    words = ("rev-parse", "--verify", "--end-of-options", rev + "^{commit}")
    return store.ask(*words, timeout=PATIENT).decode().strip()


def head(store: Store) -> str:
    """Give the full id of the commit that is checked out; empty where there is none yet.

    Raises:
        GitError: When HEAD names a commit that is not there, or git cannot tell within its limits.
    """
    try:
        return resolve(store, "HEAD")
    except GitOverrun:
        raise
    except GitError as error:
        try:
            store.ask("rev-parse", "--verify", "--quiet", "HEAD", timeout=PATIENT)
        except GitError:
            return ""
        raise error from None


def list_index(store: Store, prefix: str, variables: dict[str, str] | None = None) -> Iterator[Listed]:
    """List the index, below `prefix` (empty, or a folder with a slash at its end); unmerged names once.

    Raises:
        GitError: When the index cannot be read.
    """
    words = store.command("ls-files", "-z", "-t", "--stage", "--full-name", *(["--", prefix] if prefix else []))
    said = run(words, PATIENT, variables)
    last = b""
    for record in said.split(b"\0")[:-1]:
        meta, path = record.split(b"\t", 1)
        tag, mode, oid, _ = meta.decode().split(" ")
        if path != last:
            yield Listed(path=path, mode=mode, oid=oid, skipped=tag == "S")
        last = path


def list_tree(store: Store, commit: str, prefix: str, sizes: bool) -> Iterator[Listed]:
    """List the tree of a commit, below `prefix` (empty, or a folder with a slash at its end).

    Raises:
        GitError: When a tree is missing or broken.
    """
    flags = ["-r", "-z", "--full-tree", *(["-l"] if sizes else [])]
    with bystander(store, "ls-tree", *flags, commit, *([prefix] if prefix else [])) as (words, variables):
        said = run(words, LONG, variables, silence=PATIENT)
    for record in said.split(b"\0")[:-1]:
        meta, path = record.split(b"\t", 1)
        mode, _, oid, *size = meta.decode().split()
        yield Listed(path=path, mode=mode, oid=oid, size=int(size[0]) if size and size[0].isdigit() else -1)


def list_untracked(store: Store, prefix: str) -> list[bytes]:
    """List files that git neither tracks nor ignores, below `prefix`, relative to the top.

    Raises:
        GitError: When git fails, or needs more than half a minute.
    """
    pathspec = ["--", prefix] if prefix else []
    arguments = ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", *pathspec]
    return store.ask(*arguments, timeout=PATIENT).split(b"\0")[:-1]


def remote_addresses(store: Store) -> list[str]:
    """Give the addresses of all remotes as configured, that of `origin` first."""
    try:
        said = store.ask("config", "-z", "--get-regexp", r"^remote\..*\.url$", timeout=QUICK)
    except GitError:  # there is none
        return []
    pairs = [record.partition("\n") for record in said.decode("utf-8", "replace").split("\0") if record]
    return [address for _, _, address in sorted(pairs, key=lambda pair: (pair[0] != "remote.origin.url", pair[0]))]


def blob_id(data: bytes, algorithm: Algorithm) -> str:
    """Give the id that git has for a file with this content.

    Args:
        data: The whole content.
        algorithm: The object format of the repository.

    Returns:
        The id, hexadecimal.
    """
    digest = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


class Objects:
    """One `git cat-file --batch`, from which blobs are read; started when first asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._talk: Talk | None = None
        #: What the process needs around it.
        self._around = ExitStack()

    def read(self, oid: str) -> bytes | None:
        """Give a blob's content.

        Args:
            oid: A full id, hexadecimal.

        Returns:
            The content, or None where the object is missing, broken, no blob, larger than `LARGEST`, or costs git more
            than it may.

        Raises:
            GitMissing: When git is not installed.
            OSError: When git cannot be started.
        """
        talk = self._talk = self._talk or self._start()
        header = talk.ask(oid.encode("ascii"), seconds=PATIENT).split()
        if header:  # who answers has read what it needs of its folder, which a worker that is ended would leave behind
            self._around.close()
        if len(header) == 3 and int(header[2]) <= LARGEST:
            data = talk.rest(int(header[2]) + 1)  # a line feed follows
            if data is not None:
                # Git does not check it here, and what is read counts for all that holds the same id.
                sound = header[1] == b"blob" and blob_id(data[:-1], self._store.algorithm) == oid
                return data[:-1] if sound else None
        elif len(header) == 2:  # `<oid> missing`
            return None
        self.close()  # git ends at a broken object, or is ended; the next one gets a new process
        return None

    def _start(self) -> Talk:
        return Talk(*self._around.enter_context(bystander(self._store, "cat-file", "--batch")))

    def close(self) -> None:
        """End the process; a later `read` starts another."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()
        self._around.close()
