"""Which files a change renamed, as git tells it: by content, between two commits or a commit and the files on disk.

Only the object store is read, through an empty git directory (`git.bystander`): no attribute, filter, textconv or
external diff of the repository is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from scanner import git
from scanner.errors import RepositoryError
from scanner.places import printable
from scanner.reading import Reader
from scanner.repository import Entry, Repository

#: So many added files are held against so many that are gone; of more only those with equal content are told. Git's
#: own limit is 1,000.
_LIMIT = 3000
#: Larger files on disk are not hashed: they are not read for seams either.
_LARGEST = 4_000_000


def merge_base(store: git.Store, base: str, head: str, shown: str) -> str:
    """The commit at which two commits parted, as for `git diff BASE...HEAD`; `base` itself where it is an ancestor.

    Args:
        store: the repository.
        base: a full id.
        head: a full id.
        shown: what to call the repository in errors.

    Raises:
        RepositoryError: when they have no commit in common, or it is not there.
    """
    with suppress(git.GitError):
        return store.ask("merge-base", base, head).decode().split()[0]
    problem = f"{base[:12]} and {head[:12]} have no commit in common in {shown}"
    if store.shallow:
        raise RepositoryError(f"{problem}; the clone is shallow, run: git fetch --unshallow (in CI: fetch-depth: 0)")
    raise RepositoryError(f"{problem}; name another --base")


def renames_between(store: git.Store, base: str, head: str, prefix: str = "") -> dict[str, str]:
    """Files that git calls renamed between two commits: path before → path after.

    Args:
        store: the repository.
        base: the commit before, a full id.
        head: the commit after, a full id.
        prefix: the scanned folder (empty, or with a slash at its end); paths are below it, others are left out.

    Returns:
        The renames; those of equal content alone where git cannot compare the rest, as in a partial clone.
    """
    for similar in ("50%", "100%"):
        with suppress(git.GitError):
            return dict(_renamed(store, base, head, prefix, similar))
    return {}


def _renamed(store: git.Store, base: str, head: str, prefix: str, similar: str) -> Iterator[tuple[str, str]]:
    flags = ("-r", f"-M{similar}", f"-l{_LIMIT}", "-z", "--diff-filter=R", "--no-ext-diff", "--no-textconv")
    with git.bystander(store, "diff-tree", *flags, base, head) as (words, variables):
        said = git.run(words, variables=variables)
    fields = said.split(b"\0")[:-1]
    below = os.fsencode(prefix)
    for before, after in zip(fields[1::3], fields[2::3], strict=True):
        if before.startswith(below) and after.startswith(below):
            yield printable(before[len(below) :]), printable(after[len(below) :])


def renames_to_disk(repository: Repository, base: str) -> dict[str, str]:
    """Files that are renamed between a commit and the files on disk: path before → path after.

    Git cannot be asked, since filters that the repository configures would run. So what was committed since is told by
    git, and what is not committed by equal content.

    Args:
        repository: a work tree.
        base: the commit before, a full id.
    """
    store = repository.store
    if store is None:
        return {}
    prefix = below(repository)
    found = renames_between(store, base, repository.commit, prefix) if repository.commit else {}
    here = {each.path for each in repository.files}
    before = _tree(store, base, prefix)
    kept = {old: new for old, new in found.items() if new in here}
    # A file that was renamed in a commit and once more since.
    middle = {new: old for old, new in found.items() if new not in here}
    head = _tree(store, repository.commit, prefix) if middle and repository.commit else {}
    gone = {path: oid for path, oid in before.items() if path not in here and path not in kept}
    gone |= {middle[path]: oid for path, oid in head.items() if path in middle}
    added = [each for each in repository.files if each.path not in before and each.path not in set(kept.values())]
    with Reader(msgspec.structs.replace(repository, files=())) as reader:
        return kept | dict(_equal(gone, added, reader, store))


def below(repository: Repository) -> str:
    """The scanned folder below the top of its repository: empty, or with a slash at its end."""
    top = repository.store.work_tree if repository.store is not None else ""
    if not top or repository.root == top:
        return ""
    return Path(repository.root).relative_to(top).as_posix() + "/"


def _tree(store: git.Store, commit: str, prefix: str) -> dict[str, str]:
    """Path below the prefix → id of its content; empty where a tree is missing."""
    with suppress(git.GitError):
        skip = len(os.fsencode(prefix))
        return {printable(each.path[skip:]): each.oid for each in git.list_tree(store, commit, prefix, sizes=False)}
    return {}


def _equal(
    gone: Mapping[str, str], added: Iterable[Entry], reader: Reader, store: git.Store
) -> Iterator[tuple[str, str]]:
    """Pairs of equal content; of several the one with the same name, else the first."""
    by_oid: dict[str, list[str]] = {}
    for path, oid in sorted(gone.items()):
        by_oid.setdefault(oid, []).append(path)
    for entry in added if by_oid else ():
        paths = by_oid.get(entry.oid or _oid(entry, reader, store), [])
        if paths:
            name = entry.path.rpartition("/")[2]
            chosen = next((path for path in paths if path.rpartition("/")[2] == name), paths[0])
            paths.remove(chosen)
            yield chosen, entry.path


def _oid(entry: Entry, reader: Reader, store: git.Store) -> str:
    """The id that git has for a file on disk; empty where it cannot be read. Empty files are all equal."""
    data = reader.read(entry, _LARGEST)
    return git.blob_id(data, store.algorithm) if isinstance(data, bytes) and data else ""
