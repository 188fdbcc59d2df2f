"""Reports as processes hand them over, as the cache keeps them and as a scan holds them: packed, part by part.

Unpacked, the report on a file of two hundred lines is some hundred records in thirty kilobytes, most of them names that
other files say too; packed it takes a tenth of that. Each stage of a scan asks for a part of all reports and lets go of
it, so that a large repository is never in memory as a whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Literal, TypeVar, overload

import msgspec

from scanner.candidates import CallReference, Candidate, FileHead, FileReport, Run
from scanner.decisions import Decision
from scanner.flows import Flows
from scanner.sites import FileSites, Site, SiteNode

#: The quickest: most of a report is what it said before, however hard it is looked for.
_LEVEL = 1
#: No part of a report on a file of the size that is read comes near; an entry that somebody made up might.
_MOST_BYTES = 128 * 1024 * 1024
#: So many files are in the hands of who asks for one after the other: some hundred megabytes.
_MOST_AT_HAND = 5_000

#: `names`: definitions, exports and bases; `claims`: candidates and calls; `mentions`: names; `nodes`, `sites` and
#: `flows`: of what it adds to the graph the functions, the calls and imports, and the rest; `excerpts`: lines of it.
Part = Literal["names", "claims", "mentions", "nodes", "sites", "flows", "excerpts"]
PARTS: tuple[Part, ...] = ("names", "claims", "mentions", "nodes", "sites", "flows", "excerpts")

_Kind = TypeVar("_Kind")


class _Names(msgspec.Struct, frozen=True, array_like=True):
    definitions: tuple[tuple[str, bool], ...] = ()
    exports: dict[str, str] = {}
    bases: tuple[str, ...] = ()


class _Claims(msgspec.Struct, frozen=True, array_like=True):
    candidates: tuple[Candidate, ...] = ()
    calls: tuple[CallReference, ...] = ()


class _Sites(msgspec.Struct, frozen=True, array_like=True):
    sites: tuple[Site, ...] = ()
    imports: tuple[str, ...] = ()


class _Flows(msgspec.Struct, frozen=True, array_like=True):
    decisions: tuple[Decision, ...] = ()
    statements: tuple[tuple[int, int, int], ...] = ()
    raising: frozenset[int] = frozenset()
    flows: Flows = Flows()


class PackedReport(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A report whose head can be read at once, and the rest of it part by part."""

    head: FileHead
    names: bytes
    claims: bytes
    mentions: bytes
    nodes: bytes
    sites: bytes
    flows: bytes
    excerpts: bytes


def pack(report: FileReport) -> PackedReport:
    """A report as it is handed over and kept."""
    sites = report.sites
    return PackedReport(
        head=FileHead(*(getattr(report, name) for name in FileHead.__struct_fields__)),
        names=_deflated(_Names(report.definitions, report.exports, report.bases)),
        claims=_deflated(_Claims(report.candidates, report.calls)),
        mentions=_deflated(report.mentioned),
        nodes=_deflated(sites.nodes),
        sites=_deflated(_Sites(sites.sites, sites.imports)),
        flows=_deflated(_Flows(sites.decisions, sites.statements, sites.raising, sites.flows)),
        excerpts=_deflated(report.excerpts),
    )


class _NotAsked:
    """In place of what was not asked for, so that who needs it hears of it rather than see nothing."""

    def _refuse(self, *_: object) -> Any:
        raise LookupError("a part of a report that was not unpacked")

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __getattr__ = _refuse


_NOT_ASKED: Any = _NotAsked()
_NO_NAMES = _Names(_NOT_ASKED, _NOT_ASKED, _NOT_ASKED)
_NO_CLAIMS = _Claims(_NOT_ASKED, _NOT_ASKED)
_NO_SITES = _Sites(_NOT_ASKED, _NOT_ASKED)
_NO_FLOWS = _Flows(_NOT_ASKED, _NOT_ASKED, _NOT_ASKED, _NOT_ASKED)


def unpack(packed: PackedReport, parts: Sequence[Part] = PARTS) -> FileReport:
    """The report with some of its parts; the others refuse to be looked at.

    Raises:
        ValueError: when it was never packed, whoever made it.
    """
    names, claims, mentioned, nodes, sites, rest = _NO_NAMES, _NO_CLAIMS, _NOT_ASKED, _NOT_ASKED, _NO_SITES, _NO_FLOWS
    excerpts = _NOT_ASKED
    if "names" in parts:
        names = _inflated(packed.names, _Names)
    if "claims" in parts:
        claims = _inflated(packed.claims, _Claims)
    if "mentions" in parts:
        mentioned = frozenset(map(intern, _inflated(packed.mentions, tuple[str, ...])))
    if "nodes" in parts:
        nodes = _inflated(packed.nodes, tuple[SiteNode, ...])
        _share_names(nodes, ("symbol", "name"))
    if "sites" in parts:
        sites = _inflated(packed.sites, _Sites)
        _share_names(sites.sites, ("target", "head"))
    if "flows" in parts:
        rest = _inflated(packed.flows, _Flows)
    if "excerpts" in parts:
        excerpts = _runs(packed)
    fields: tuple[Any, ...] = (
        *msgspec.structs.astuple(packed.head),
        claims.candidates,
        claims.calls,
        FileSites(nodes, sites.sites, rest.decisions, rest.statements, rest.raising, sites.imports, rest.flows),
        names.definitions,
        mentioned,
        names.exports,
        names.bases,
        excerpts,
    )
    return FileReport(*fields)


def _runs(packed: PackedReport) -> tuple[Run, ...]:
    return _inflated(packed.excerpts, tuple[Run, ...])


def _share_names(records: Iterable[msgspec.Struct], fields: tuple[str, ...]) -> None:
    """Make equal names of records one, before anybody sees them: other records and files have most of them too."""
    for record in records:
        for name in fields:
            msgspec.structs.force_setattr(record, name, intern(getattr(record, name)))


def _deflated(part: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(part), _LEVEL)


def _inflated(part: bytes, kind: type[_Kind]) -> _Kind:
    """A part as it was.

    Raises:
        ValueError: when it is none.
    """
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(part, _MOST_BYTES)
        if not unpacking.eof:
            raise ValueError("a part of a report is cut off, or too large")
        return msgspec.msgpack.decode(data, type=kind)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from None


class Reports(Sequence[FileReport]):
    """The reports on all files of a repository; one at a time, as asked, they are unpacked."""

    def __init__(self, packed: Iterable[PackedReport]) -> None:
        """Hold reports, in order of path."""
        self._packed = tuple(packed)
        #: Of every report what needs no unpacking.
        self.heads: Sequence[FileHead] = tuple(each.head for each in self._packed)

    def having(self, *parts: Part) -> list[FileReport]:
        """All reports, each with its head and these parts; the others refuse to be looked at."""
        return [unpack(each, parts) for each in self._packed]

    def sites(self, paths: Container[str]) -> Mapping[str, FileSites]:
        """What some files add to the graph, by path; for a while it stays unpacked."""
        return _Sited({each.head.path: each for each in self._packed if each.head.path in paths})

    def excerpts(self, paths: Container[str]) -> dict[str, tuple[Run, ...]]:
        """The lines around the candidates of some files, by path; of the others nothing is unpacked."""
        return {each.head.path: _runs(each) for each in self._packed if each.head.path in paths}

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, at: int) -> FileReport: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, at: int | slice) -> FileReport | Sequence[FileReport]:
        return Reports(self._packed[at]) if isinstance(at, slice) else unpack(self._packed[at])

    def __iter__(self) -> Iterator[FileReport]:
        return map(unpack, self._packed)

    def __eq__(self, other: object) -> bool:
        # Sets are written in any order.
        return (
            isinstance(other, Reports)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]  # like a list


class _Sited(Mapping[str, FileSites]):
    """What files add to the graph."""

    def __init__(self, packed: Mapping[str, PackedReport]) -> None:
        self._packed = packed
        self._at_hand = lru_cache(_MOST_AT_HAND)(self._unpack)

    def _unpack(self, path: str) -> FileSites:
        return unpack(self._packed[path], ("nodes", "sites", "flows")).sites

    def __getitem__(self, path: str) -> FileSites:
        return self._at_hand(path)

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)
