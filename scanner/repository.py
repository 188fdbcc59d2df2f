"""Which files belong to the tree, at a work tree, in a plain folder or at a revision, and what they say.

`open_repository` lists; a `Reader` (`scanner.reading`), made in each process, reads. Nothing here runs, fetches or
follows anything that the scanned repository names.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from scanner import codelinks, git, gitindex
from scanner.errors import RepositoryError
from scanner.folders import Folders, look
from scanner.places import printable
from scanner.remotes import permalink_template, web_address

Kind = Literal["work tree", "folder", "revision"]

#: What git does not track is no part of the tree, but code is worth a word; only its suffixes are looked at.
_UNTRACKED_SUFFIXES = (b".py", b".ts", b".tsx", b".js", b".rs", b".go")
UNTRACKED_SHOWN = 1000

_LINK = "120000"
_SUBMODULE = "160000"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One file of the tree."""

    #: Relative to the scanned root, with forward slashes; printable, with odd bytes escaped.
    path: str
    #: Bytes; -1 where unknown, as of a blob that is not there.
    size: int
    #: Of the blob at the commit; empty in a plain folder, and for a file that the commit does not hold.
    oid: str
    #: The path as the file system or git has it.
    raw: bytes


class Problem(msgspec.Struct, frozen=True):
    """Something in the tree that is not read."""

    #: Empty where it speaks of many files.
    path: str
    #: `submodule`, `not a regular file`, `unreadable`, `sparse checkout`, `commit unreadable`, `untracked unknown`.
    reason: str
    detail: str
    #: How many files it stands for.
    count: int = 1


class Unreadable(msgspec.Struct, frozen=True):
    """Why a file could not be read."""

    #: `too large`, `missing object`, `unreadable`, `not a regular file`, `behind a link`.
    reason: str
    detail: str


class Repository(msgspec.Struct, frozen=True):
    """A tree of files, with where it comes from; goes to other processes as it is."""

    name: str
    #: Full id; empty where unknown.
    commit: str
    #: Web address without credentials; empty where unknown.
    remote: str
    #: Template of a link to lines, with `{path}`, `{line}` and `{end_line}`; empty where none can be made.
    permalink_template: str
    kind: Kind
    #: The scanned folder, absolute.
    root: str
    #: None for a plain folder.
    store: git.Store | None
    #: Sorted by path.
    files: tuple[Entry, ...]
    #: Sorted by path.
    problems: tuple[Problem, ...] = ()
    #: Code that git neither tracks nor ignores, sorted, at most `UNTRACKED_SHOWN`.
    untracked: tuple[str, ...] = ()
    #: How many such files there are in all.
    untracked_count: int = 0
    #: Files of the commit that the work tree lost, sorted; a sparse checkout's do not count.
    deleted: tuple[str, ...] = ()

    def changed(self, entry: Entry, data: bytes) -> bool:
        """Whether a file's whole content differs from the commit's; line ends of Windows alone are no difference."""
        if self.kind == "revision":
            return False
        if self.store is None or not entry.oid:
            return self.store is not None
        if git.blob_id(data, self.store.algorithm) == entry.oid:
            return False
        unix = data.replace(b"\r\n", b"\n")
        return unix == data or git.blob_id(unix, self.store.algorithm) != entry.oid


def open_repository(path: Path, rev: str | None = None) -> Repository:
    """List the files of a tree.

    Args:
        path: A work tree or a folder in one, a bare repository, or a plain folder. A folder in a work tree that holds
            nothing that git tracks is taken as a plain folder.
        rev: A revision to read from git's object store instead of the files on disk.

    Returns:
        The repository.

    Raises:
        RepositoryError: When there is nothing to read, or git cannot or will not read it; one line with the mend.
    """
    shown = printable(os.fspath(path))
    root = _folder(path, shown)
    store = _store(root, shown, rev)
    if store is None:
        return _plain(root, shown)
    try:
        if rev is not None:
            return _revision(root, store, rev, shown)
        if not store.work_tree:
            raise RepositoryError(f"{shown} is a bare repository without files; name a revision, such as --rev HEAD")
        return _work_tree(root, store, shown)
    except git.GitError as error:
        raise _corrupt(shown, error) from None


def open_store(path: Path) -> git.Store:
    """Find the git repository of a folder, whatever is checked out there.

    Args:
        path: A work tree or a folder in one, or a bare repository.

    Raises:
        RepositoryError: When there is none, or git cannot or will not read it; one line with the mend.
    """
    shown = printable(os.fspath(path))
    store = _store(_folder(path, shown), shown, None)
    if store is None:
        raise RepositoryError(f"{shown} is not in a git repository, so it has no history; name a clone")
    return store


def _folder(path: Path, shown: str) -> Path:
    try:
        root = path.resolve(strict=True)
        if not root.is_dir():
            raise RepositoryError(f"{shown} is not a folder; give the folder that holds the code")
        os.scandir(root).close()
    except FileNotFoundError:
        raise RepositoryError(f"{shown} does not exist; give the folder that holds the code") from None
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name with NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise RepositoryError(f"{shown} cannot be read: {reason}; give a folder that you may read") from None
    return root


def _store(root: Path, shown: str, rev: str | None) -> git.Store | None:
    try:
        store = git.locate(root)
    except git.GitMissing:
        if rev is None and not any(os.path.lexists(folder / ".git") for folder in (root, *root.parents)):
            return None
        raise RepositoryError(f"git is not installed, and {shown} needs it; install git") from None
    except git.GitError as error:
        owner = re.search(r"dubious ownership in repository at '(.*)'", error.message)
        if owner:
            raise RepositoryError(
                f"{shown} belongs to another user, so git does not read it; if you trust it, run: "
                f"git config --global --add safe.directory {_quoted(owner[1])}"
            ) from None
        raise _corrupt(shown, error) from None
    if store is None and rev is not None:
        raise RepositoryError(f"{shown} is not in a git repository; leave out --rev to read it as a plain folder")
    return store


def _quoted(path: str) -> str:
    return "'" + printable(path).replace("'", "'\\''") + "'"


def _corrupt(shown: str, error: git.GitError) -> RepositoryError:
    return RepositoryError(
        f"git cannot read {shown}: {printable(error.message)}; "
        "mend it (see git fsck), or scan a copy without .git as a plain folder"
    )


def _plain(root: Path, shown: str) -> Repository:
    from scanner.ignores import walk

    files: list[Entry] = []
    problems: list[Problem] = []
    links: dict[bytes, bytes | None] = {}
    for found in walk(root):
        path = printable(found.path)
        if found.problem:
            irregular = found.problem == "not a regular file"
            reason, detail = (found.problem, "") if irregular else ("unreadable", found.problem)
            problems.append(Problem(path=path, reason=reason, detail=detail))
        elif found.target is not None:
            links[found.path] = found.target
        else:
            files.append(Entry(path=path, size=found.size, oid="", raw=found.path))
    problems += _unread(links, files)
    if not files:
        raise RepositoryError(f"{shown} holds no files to read; give the folder that holds the code")
    return Repository(
        name=printable(root.name),
        commit="",
        remote="",
        permalink_template="",
        kind="folder",
        root=str(root),
        store=None,
        files=_sorted_files(files),
        problems=_sorted_problems(problems),
    )


def _sorted_files(files: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(files, key=lambda entry: entry.path))


def _sorted_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.reason)))


def _prefix(root: Path, store: git.Store) -> str:
    """The scanned folder below the top of its work tree; empty, or with a slash at its end."""
    if not store.work_tree or str(root) == store.work_tree:
        return ""
    return root.relative_to(store.work_tree).as_posix() + "/"


def _leads_out(raw: bytes) -> bool:
    """Whether a name in a forged index or tree points somewhere else than below the root."""
    return any(part in (b"", b".", b"..") or part.lower() == b".git" for part in raw.split(b"/"))


def _described(root: Path, store: git.Store, commit: str) -> tuple[str, str, str]:
    """Name, remote and template of links."""
    remote = next(filter(None, map(web_address, git.remote_addresses(store))), "")
    top = Path(store.work_tree or store.git_dir.removesuffix("/.git"))
    name = remote.rpartition("/")[2] or printable(top.name).removesuffix(".git")
    return name, remote, permalink_template(remote, commit, _prefix(root, store))


def _revision(root: Path, store: git.Store, rev: str, shown: str) -> Repository:
    try:
        commit = git.resolve(store, rev)
    except git.GitOverrun:
        raise
    except git.GitError:
        known = f"--rev {printable(rev)} names no commit in {shown}"
        if store.shallow:
            mend = f"the clone is shallow, so it may be missing; run: git -C {_quoted(str(root))} fetch --unshallow"
            raise RepositoryError(f"{known}; {mend}") from None
        raise RepositoryError(f"{known}; see its branches and tags with git branch -a and git tag") from None
    prefix = _prefix(root, store)
    files: list[Entry] = []
    problems: list[Problem] = []
    blobs: dict[bytes, git.Listed] = {}
    tree = list(git.list_tree(store, commit, os.fspath(prefix), sizes=True))
    named = Counter(listed.path for listed in tree)
    for listed in tree:
        raw = listed.path[len(os.fsencode(prefix)) :]
        problem = _apart(listed.mode, raw) if named[listed.path] == 1 else _twice(raw)
        if problem:
            problems.append(problem)
        elif listed.mode != _LINK:
            files.append(Entry(path=printable(raw), size=listed.size, oid=listed.oid, raw=raw))
        elif codelinks.is_code(raw):
            blobs[raw] = listed
    problems += _unread(codelinks.targets_at(store, blobs), files)
    if not files:
        raise RepositoryError(f"--rev {printable(rev)} holds no files under {shown}; name another revision or folder")
    name, remote, template = _described(root, store, commit)
    return Repository(
        name=name,
        commit=commit,
        remote=remote,
        permalink_template=template,
        kind="revision",
        root=str(root),
        store=store,
        files=_sorted_files(files),
        problems=_sorted_problems(list(dict.fromkeys(problems))),
    )


def _twice(raw: bytes) -> Problem:
    """What a tree that nobody made with git names more than once: which of them a checkout has is git's to choose."""
    return Problem(path=printable(raw), reason="unreadable", detail="the tree names it twice")


def _unread(links: dict[bytes, bytes | None], files: list[Entry]) -> Iterable[Problem]:
    for raw in codelinks.unread(links, lambda: (entry.raw for entry in files)):
        yield Problem(path=printable(raw), reason="not a regular file", detail="a link")


def _apart(mode: str, raw: bytes) -> Problem | None:
    """What git lists and is no file to read; of links, those to code alone are told (`_unread`)."""
    if _leads_out(raw):
        return Problem(path=printable(raw), reason="unreadable", detail="the path leads out of the tree")
    if mode == _SUBMODULE:
        return Problem(path=printable(raw), reason="submodule", detail="a repository of its own; scan it by itself")
    return None


def _work_tree(root: Path, store: git.Store, shown: str) -> Repository:
    prefix = _prefix(root, store)
    tracked = list(git.list_index(store, prefix, gitindex.environment(store)))
    commit = git.head(store)
    if not tracked:
        if prefix:  # an ignored folder, say a download, is code that somebody asked about
            return _plain(root, shown)
        missing = "no files that git tracks" if commit else "neither commits nor files that git tracks"
        raise RepositoryError(f"{shown} holds {missing}; add them with git add, or scan a copy without .git")
    oids, problems = _commit_oids(store, commit, prefix)
    files, deleted, more = _on_disk(root, tracked, len(os.fsencode(prefix)), oids)
    if not files:
        raise RepositoryError(f"{shown} holds none of the files that git tracks; check them out, or name --rev HEAD")
    untracked, unknown = _untracked(store, prefix)
    name, remote, template = _described(root, store, commit)
    return Repository(
        name=name,
        commit=commit,
        remote=remote,
        permalink_template=template,
        kind="work tree",
        root=str(root),
        store=store,
        files=_sorted_files(files),
        problems=_sorted_problems([*problems, *more, *unknown]),
        untracked=tuple(untracked[:UNTRACKED_SHOWN]),
        untracked_count=len(untracked),
        deleted=tuple(sorted(deleted)),
    )


def _commit_oids(store: git.Store, commit: str, prefix: str) -> tuple[dict[bytes, str], list[Problem]]:
    """Ids by path from the top; what the commit holds tells which files changed."""
    if not commit:
        return {}, []
    try:
        return {listed.path: listed.oid for listed in git.list_tree(store, commit, prefix, sizes=False)}, []
    except git.GitError as error:  # as where a partial clone leaves out trees
        detail = f"every file counts as changed: {printable(error.message)}"
        return {}, [Problem(path="", reason="commit unreadable", detail=detail)]


def _on_disk(
    root: Path, tracked: list[git.Listed], skip: int, oids: dict[bytes, str]
) -> tuple[list[Entry], list[str], list[Problem]]:
    """Files that are there, paths that are gone, and problems; `skip` is the length of the prefix in bytes."""
    files: list[Entry] = []
    deleted: list[str] = []
    problems: list[Problem] = []
    folders, top, sparse = Folders(str(root)), os.fsencode(root), 0
    links: dict[bytes, bytes | None] = {}
    for listed in tracked:
        raw = listed.path[skip:]
        path = printable(raw)
        problem = _apart(listed.mode, raw)
        if problem:
            problems.append(problem)
        elif listed.mode != _LINK:
            found = look(os.path.join(top, raw)) if folders.hold(raw) else "gone"
            if isinstance(found, int):
                files.append(Entry(path=path, size=found, oid=oids.get(listed.path, ""), raw=raw))
            elif found == "gone":
                sparse += listed.skipped
                deleted += [] if listed.skipped else [path]
            else:
                reason = found if found == "not a regular file" else "unreadable"
                problems.append(Problem(path=path, reason=reason, detail="" if reason == found else found))
        elif codelinks.is_code(raw) and folders.hold(raw):
            links[raw] = codelinks.target_of(os.path.join(top, raw))
    problems += _unread(links, files)
    if sparse:
        detail = "files that git tracks are not checked out; --rev HEAD reads them all"
        problems.append(Problem(path="", reason="sparse checkout", detail=detail, count=sparse))
    return files, deleted, problems


def _untracked(store: git.Store, prefix: str) -> tuple[list[str], list[Problem]]:
    try:
        found = git.list_untracked(store, prefix)
    except git.GitError as error:
        return [], [Problem(path="", reason="untracked unknown", detail=printable(error.message))]
    skip = len(os.fsencode(prefix))
    return sorted(printable(raw[skip:]) for raw in found if raw.endswith(_UNTRACKED_SUFFIXES)), []
