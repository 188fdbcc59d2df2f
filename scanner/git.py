"""Questions to git, asked so that nothing configured inside the scanned repository can run and nothing is fetched.

Only plumbing that never touches a filter is called: no `status`, no `diff`, no `log`. Whether a file differs from its
commit is told by hashing its bytes (`blob_id`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec

Algorithm = Literal["sha1", "sha256"]

#: No question asked here takes long; what does hangs, say on a FIFO that stands where git expects a file.
TIMEOUT_SECONDS = 120

#: Variables of git that stay, as they name the user's own configuration (with `safe.directory`) and installation.
#: All others go: inside a hook `GIT_DIR`, `GIT_INDEX_FILE` and the like point at another repository than the one asked
#: for, and `GIT_EXTERNAL_DIFF`, `GIT_SSH_COMMAND`, `GIT_TRACE` and their kin run programs or write files.
_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES")
#: The user's own settings by environment, numbered.
_KEPT_PREFIXES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")

_FIXED = {
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would start the transport that the repository names
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git too old for the line above; stronger than any configuration
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace would show other content than the commit's
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",  # messages are recognised by their English text
}

#: Command-line settings win over those of the scanned repository.
_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.pager=cat",
    "core.askPass=",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "safe.bareRepository=all",  # the user named the folder, and its configuration runs nothing here
)


class GitError(Exception):
    """Git said no; `message` is the first line of what it said, without `fatal:`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class GitMissing(GitError):
    """There is no git to ask."""


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

    def ask(self, *arguments: str, timeout: float = TIMEOUT_SECONDS) -> bytes:
        """Run git on this store; see `run`."""
        return run(self.command(*arguments), timeout)


def environment() -> dict[str, str]:
    """Give the environment in which git is called."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    kept.pop("LANGUAGE", None)  # it would win over LC_ALL
    return {**kept, **_FIXED}


def command(*arguments: str) -> list[str]:
    """Spell a git command with the settings that keep the scanned repository from running anything.

    Raises:
        GitMissing: When git is not installed.
    """
    program = shutil.which("git")
    if program is None or not os.path.isabs(program):  # a relative one may come from the scanned folder
        raise GitMissing("git is not installed")
    return [program, "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)), *arguments]


def run(words: list[str], timeout: float = TIMEOUT_SECONDS, variables: dict[str, str] | None = None) -> bytes:
    """Run a git command to its end.

    Args:
        words: The command, from `command`.
        timeout: Seconds.
        variables: Its environment; none stands for `environment()`.

    Returns:
        What it wrote.

    Raises:
        GitError: When it fails, or does not end in time.
    """
    try:
        done = subprocess.run(
            words,
            env=environment() if variables is None else variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git did not answer within {timeout:g} seconds") from None
    except (OSError, ValueError) as error:
        raise GitError(str(error)) from None
    if done.returncode:
        raise GitError(_first_complaint(done.stderr))
    return done.stdout


def _first_complaint(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").splitlines()
    for mark in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix(mark)
    return lines[0] if lines else "git gave no reason"


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
            )
        )  # fmt: skip
    except GitMissing:
        raise
    except GitError as error:
        if error.message.startswith("not a git repository") and not os.path.lexists(path / ".git"):
            return None
        raise
    # From the right: the folder's name may hold a line break.
    git_dir, shallow, algorithm = os.fsdecode(said.removesuffix(b"\n")).rsplit("\n", 2)
    top = _top(path, git_dir)
    if top != str(path) and os.path.lexists(path / ".git"):  # git passed it over, maybe for one further up
        raise GitError("its .git is no git repository")
    return Store(
        git_dir=git_dir,
        work_tree=top or "",
        objects=_objects(git_dir),
        algorithm="sha256" if algorithm == "sha256" else "sha1",
        shallow=shallow == "true",
    )


def _objects(git_dir: str) -> str:
    try:
        common = os.fsdecode((Path(git_dir) / "commondir").read_bytes()).strip()
    except OSError:
        common = "."
    return os.path.realpath(os.path.join(git_dir, common, "objects"))


@contextmanager
def bystander(store: Store, *arguments: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Spell a command that reads the object store through an empty git directory, and its environment.

    So no configuration of the repository is read at all. Without its promisor remotes, an object that a partial clone
    lacks is just missing, where git would else end the command (or, before 2.45, start the remote's transport).
    """
    extension = "[extensions]\n\tobjectFormat = sha256\n" if store.algorithm == "sha256" else ""
    with tempfile.TemporaryDirectory(prefix="scanner-") as folder:
        Path(folder, "refs").mkdir()
        Path(folder, "HEAD").write_text("ref: refs/heads/main\n")
        version = 1 if extension else 0
        Path(folder, "config").write_text(f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{extension}")
        yield command(f"--git-dir={folder}", *arguments), {**environment(), "GIT_OBJECT_DIRECTORY": store.objects}


def _top(path: Path, git_dir: str) -> str | None:
    """The folder from `path` upwards whose `.git` is, or names, the git directory; None inside of it."""
    wanted = os.path.realpath(git_dir)
    if Path(wanted) in (path, *path.parents):
        return None
    for folder in (path, *path.parents):
        mark = folder / ".git"
        if mark.is_dir() and os.path.realpath(mark) == wanted:
            return str(folder)
        if mark.is_file():
            named = os.fsdecode(mark.read_bytes()).removeprefix("gitdir:").strip()
            if os.path.realpath(folder / named) == wanted:
                return str(folder)
    return None


def resolve(store: Store, rev: str) -> str:
    """Give the full id of a commit.

    Raises:
        GitError: When the revision names no commit that is there.
    """
    return store.ask("rev-parse", "--verify", "--end-of-options", rev + "^{commit}").decode().strip()


def head(store: Store) -> str:
    """Give the full id of the commit that is checked out; empty where there is none yet.

    Raises:
        GitError: When HEAD names a commit that is not there.
    """
    try:
        return resolve(store, "HEAD")
    except GitError as error:
        try:
            store.ask("rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            return ""
        raise error from None


def list_index(store: Store, prefix: str, variables: dict[str, str] | None = None) -> Iterator[Listed]:
    """List the index, below `prefix` (empty, or a folder with a slash at its end); unmerged names once.

    Raises:
        GitError: When the index cannot be read.
    """
    words = store.command("ls-files", "-z", "-t", "--stage", "--full-name", *(["--", prefix] if prefix else []))
    said = run(words, variables=variables)
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
        said = run(words, variables=variables)
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
    return store.ask(*arguments, timeout=30).split(b"\0")[:-1]


def remote_addresses(store: Store) -> list[str]:
    """Give the addresses of all remotes as configured, that of `origin` first."""
    try:
        said = store.ask("config", "-z", "--get-regexp", r"^remote\..*\.url$")
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
        self._process: subprocess.Popen[bytes] | None = None
        #: What the process needs around it.
        self._around = ExitStack()

    def read(self, oid: str) -> bytes | None:
        """Give a blob's content.

        Args:
            oid: A full id, hexadecimal.

        Returns:
            The content, or None where the object is missing, broken or no blob.

        Raises:
            GitMissing: When git is not installed.
            OSError: When git cannot be started.
        """
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(oid.encode("ascii") + b"\n")
            process.stdin.flush()
            header = process.stdout.readline().split()
            if len(header) == 3:
                data = process.stdout.read(int(header[2]) + 1)  # a line feed follows
                if len(data) == int(header[2]) + 1:
                    # Git does not check it here, and what is read counts for all that holds the same id.
                    sound = header[1] == b"blob" and blob_id(data[:-1], self._store.algorithm) == oid
                    return data[:-1] if sound else None
            elif header:  # `<oid> missing`
                return None
        except BrokenPipeError:
            pass
        self.close()  # git ends at a broken object; the next one gets a new process
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        words, variables = self._around.enter_context(bystander(self._store, "cat-file", "--batch"))
        return subprocess.Popen(
            words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def close(self) -> None:
        """End the process; a later `read` starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(BrokenPipeError), process:  # closes the pipes and waits
                pass
        self._around.close()
