"""Whether the files of a bundle still belong together, and to a repository.

A manifest is no signature: who changes a file can change the manifest. It tells apart what accidents mix: files of two
runs, an edited page, a packet of another commit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from scanner import manifestfile
from scanner.bundle import described
from scanner.errors import UsageError
from scanner.manifestfile import BundleFile, Manifest
from scanner.packet import Packet
from scanner.packetfile import packets_in
from scanner.places import printable

#: More than any file of a bundle has; larger ones are told apart by their size alone.
LARGEST: Final = 256 * 1024 * 1024


class Problem(msgspec.Struct, frozen=True):
    """One thing that does not belong."""

    #: Name of the file; empty where it is about the bundle as a whole.
    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}" if self.file else self.problem


class Bundle(msgspec.Struct, frozen=True):
    """A bundle, read back."""

    folder: Path
    manifest: Manifest
    problems: tuple[Problem, ...]
    #: Packets by the name of their file, of files that are as the manifest says.
    packets: Mapping[str, Packet]
    #: Names of all files that are as the manifest says.
    sound: frozenset[str]


def read_bundle(folder: Path) -> Bundle:
    """Hold the files of a folder against its manifest.

    Raises:
        UsageError: when the folder has no manifest that can be read.
    """
    manifest = manifestfile.read_manifest(folder)
    problems = list(_of_names(manifest))
    packets: dict[str, Packet] = {}
    sound: set[str] = set()
    for each in manifest.files:
        if not manifestfile.is_name(each.name):
            problems.append(Problem(printable(each.name), "is no file of this folder, so it was not read"))
            continue
        wrong = _of_content(folder / each.name, each)
        if wrong:
            problems.append(Problem(each.name, wrong))
            continue
        sound.add(each.name)
        if each.format == "json":
            problems += _of_packet(folder, each, manifest, packets)
        elif each.format == "sarif":
            problems += _of_sarif(folder, each, manifest)
    return Bundle(folder, manifest, tuple(problems), packets, frozenset(sound))


def _of_names(manifest: Manifest) -> Iterator[Problem]:
    """What the manifest says twice, or not at all."""
    if not manifest.files and not manifest.packs:
        yield Problem("", "the manifest names no file and no pack, so there is nothing that belongs together")
    names = [each.name for each in manifest.files]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(printable(name), "is named twice in the manifest")
    held = {(each.pack, each.format) for each in manifest.files}
    for pack in manifest.packs:
        if (pack.id, "json") not in held:
            yield Problem("", f"the manifest names no JSON of the pack {printable(pack.id)}")
    asked = {pack.id for pack in manifest.packs}
    for pack_id in sorted({pack for pack, _ in held} - asked):
        yield Problem("", f"the manifest names files of the pack {printable(pack_id)}, which was not asked")


def _of_content(path: Path, each: BundleFile) -> str:
    try:
        there = os.lstat(path).st_size
        if there != each.size:
            return f"has {there:,} bytes, and the manifest says {each.size:,}"
        if each.size > LARGEST:
            return f"has {there:,} bytes, which no file of a bundle has, so it was not read"
        digest = manifestfile.digest_of(path, each.size)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return "is a link, so it was not read" if path.is_symlink() else f"cannot be read: {error.strerror}"
    if digest is None:
        return "is no file"
    return "" if digest == each.sha256 else "was changed: its digest is not the manifest's"


def _of_packet(folder: Path, each: BundleFile, manifest: Manifest, packets: dict[str, Packet]) -> Iterator[Problem]:
    content = manifestfile.read_file(folder / each.name, LARGEST) or b""
    try:
        packet = packets_in(content, each.name)[0]
    except UsageError as error:
        yield Problem("", str(error))
        return
    packets[each.name] = packet
    here = described(packet)
    says = {
        "pack": (packet.pack.id, each.pack),
        "digest of the pack": (packet.pack.digest, _digest_of_pack(manifest, each.pack)),
        "digest of the rules": (packet.rules_digest, manifest.rules_digest),
        "version of scanner": (packet.scanner_version, manifest.scanner_version),
        "schema version": (packet.schema_version, manifest.packet_schema_version),
        "repository": (here.name, manifest.repository.name),
        "commit": (here.commit, manifest.repository.commit),
        "digest of what was scanned": (here.digest, manifest.repository.digest),
        "remote": (here.remote, manifest.repository.remote),
        "number of changed files": (str(here.changed), str(manifest.repository.changed)),
    }
    yield from _differences(each.name, says)


def _of_sarif(folder: Path, each: BundleFile, manifest: Manifest) -> Iterator[Problem]:
    content = manifestfile.read_file(folder / each.name, LARGEST) or b""
    try:
        said = msgspec.json.decode(content, type=_Log).runs[0].properties
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError):
        yield Problem(each.name, "is no SARIF of scanner")
        return
    says = {
        "pack": (said.pack.id, each.pack),
        "digest of the pack": (said.pack.digest, _digest_of_pack(manifest, each.pack)),
        "digest of the rules": (said.rulesDigest, manifest.rules_digest),
        "commit": (said.repository.commit, manifest.repository.commit),
        "digest of what was scanned": (said.repository.digest, manifest.repository.digest),
    }
    yield from _differences(each.name, says)


def _differences(file: str, says: Mapping[str, tuple[str, str]]) -> Iterator[Problem]:
    for what, (here, there) in says.items():
        if here != there:
            yield Problem(file, f"its {what} is {_short(here)}, and the manifest says {_short(there)}")


def _digest_of_pack(manifest: Manifest, pack: str) -> str:
    return next((each.digest for each in manifest.packs if each.id == pack), "")


def _short(value: str) -> str:
    return printable(value if len(value) <= 40 else f"{value[:12]}…") or "none"


class _Said(msgspec.Struct):
    commit: str
    digest: str


class _SaidOfPack(msgspec.Struct):
    id: str
    digest: str


class _Properties(msgspec.Struct):
    pack: _SaidOfPack
    repository: _Said
    rulesDigest: str  # noqa: N815  # as SARIF spells its keys


class _Run(msgspec.Struct):
    properties: _Properties


class _Log(msgspec.Struct):
    runs: list[_Run]
