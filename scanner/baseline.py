"""The packets that a gate compares with: a file of them, or a folder as `scanner packet --output-dir` writes it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanner.committed import committed, home, is_committed
from scanner.errors import UsageError
from scanner.ownoutput import ENDS, is_packet
from scanner.packet import Packet
from scanner.packetfile import packets_in
from scanner.places import printable


class Kept(msgspec.Struct, frozen=True):
    """One file of a baseline."""

    path: Path
    content: bytes
    #: Never empty, each pack once.
    packets: tuple[Packet, ...]


class Baseline(msgspec.Struct, frozen=True):
    """The packets to compare with."""

    #: As the user named it, printable.
    shown: str
    files: tuple[Kept, ...]

    @property
    def packets(self) -> tuple[Packet, ...]:
        """All of them, each pack once."""
        return tuple(packet for file in self.files for packet in file.packets)

    def of(self, pack: str) -> Packet:
        """The packet of a pack.

        Raises:
            UsageError: when there is none.
        """
        found = next((packet for packet in self.packets if packet.pack.id == pack), None)
        if found is None:
            held = ", ".join(f"`{printable(each.pack.id)}`" for each in self.packets)
            raise UsageError(f"{self.shown} has no packet of the pack `{printable(pack)}`; it has {held}")
        return found


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Args:
        path: the JSON of packets, or a folder that holds such files.

    Raises:
        UsageError: when there is no packet, with how to mend it in one line.
    """
    shown = printable(os.fspath(path))
    try:
        names = sorted(path.glob("*.json")) if path.is_dir() else [path]
        contents = [(name, name.read_bytes()) for name in names if not path.is_dir() or name.is_file()]
    except FileNotFoundError:
        raise UsageError(
            f"there is no baseline {shown}; write one, such as: "
            "scanner packet --rules tensorzero --committed --output-dir docs/migration"
        ) from None
    except OSError as error:
        raise UsageError(f"the baseline {shown} cannot be read: {error.strerror}; name another file") from None
    if path.is_dir():
        contents = [(name, content) for name, content in contents if is_packet(content[:ENDS])]
    if not contents:
        raise UsageError(f"{shown} holds no JSON of a packet; name a file of one, or a folder that --output-dir wrote")
    files = tuple(Kept(name, content, packets_in(content, printable(os.fspath(name)))) for name, content in contents)
    found: set[str] = set()
    for packet in (packet for file in files for packet in file.packets):
        if packet.pack.id in found:
            raise UsageError(
                f"{shown} holds two packets of the pack `{printable(packet.pack.id)}`; name the file of one"
            )
        found.add(packet.pack.id)
    return Baseline(shown, files)


def stale(baseline: Baseline, packets: Sequence[Packet], repo: Path) -> tuple[tuple[str, str], ...]:
    """The committed packets of a baseline that a scan would write otherwise now: pack and why, in one line.

    Args:
        baseline: of committed packets.
        packets: of today, made without a date.
        repo: what was scanned.

    Raises:
        UsageError: when a packet of the baseline is none that was made to be committed.
        RepositoryError: when the repository is none of git's.
    """
    from scanner.render import rendered

    today = {each.pack.id: each for each in packets}
    found: list[tuple[str, str]] = []
    for file in baseline.files:
        if not all(each.pack.id in today for each in file.packets):
            continue
        if not all(map(is_committed, file.packets)):
            raise UsageError(
                f"{printable(os.fspath(file.path))} is no committed packet, so it is never stale; write one with "
                "scanner packet --committed"
            )
        links = home(repo, file.path.parent).links
        # How it was asked for is its author's to say.
        fresh = [committed(today[old.pack.id], links, "".join(old.reproduce[:1])) for old in file.packets]
        page = file.path.with_suffix(".md")
        wanted = {file.path: (rendered(fresh, "json"), file.content)}
        if page.is_file():
            wanted[page] = rendered(fresh, "markdown"), page.read_bytes()
        for path, (now, old) in wanted.items():
            if now != old:
                found.append((fresh[0].pack.id, f"{printable(os.fspath(path))} {_why(file.packets, fresh)}"))
                break
    return tuple(found)


def _why(old: Sequence[Packet], new: Sequence[Packet]) -> str:
    if old[0].repository.digest != new[0].repository.digest:
        return "tells of other files than these: the code changed since it was written"
    if (old[0].rules_digest, old[0].scanner_version) != (new[0].rules_digest, new[0].scanner_version):
        return "was written by another scanner or by other rules"
    return "is not what a scan of the same code gives: it was edited, or pages that it tells of changed"
