"""A folder with all that a run says, in every format, and a manifest of what belongs together in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from scanner import manifestfile
from scanner.errors import UsageError
from scanner.manifestfile import BundleFile, BundlePack, BundleRepository, Format, Manifest
from scanner.output import alone, make_folder, write_together, written_by_scanner
from scanner.packet import SCHEMA_VERSION, Packet
from scanner.render import to_json, to_markdown
from scanner.reviewpage import Review, to_html
from scanner.sarif import to_sarif

#: Format to suffix, in the order in which files are written.
SUFFIXES: Final[Mapping[Format, str]] = {"markdown": ".md", "json": ".json", "sarif": ".sarif", "html": ".html"}


def write_bundle(
    folder: Path, reviews: Sequence[Review], force: bool = False, alerts_only: bool = False
) -> tuple[str, ...]:
    """Write packets into a folder: `packet.*` of one, `PACK.*` of several, and `manifest.json`.

    Nothing is written unless all can be. The manifest comes last, so that a folder that a crash left half done is one
    that `scanner verify` calls broken. Files of an earlier run that this one does not write go, if nobody changed them.

    Args:
        folder: made where it is missing.
        reviews: packets of one repository with what their pages show, at least one.
        force: replace files that scanner did not write.
        alerts_only: as for `to_sarif`.

    Returns:
        What became of files of an earlier run, one line each.

    Raises:
        UsageError: when a file cannot be written, or is somebody else's.
    """
    files = [*_files(reviews, alerts_only)]
    packets = [review.packet for review in reviews]
    manifest = manifestfile.to_bytes(_manifest(packets, [each for each, _ in files]))
    make_folder(folder)
    contents = [*((each.name, content) for each, content in files), (manifestfile.NAME, manifest)]
    with alone(folder):
        before = _earlier(folder)
        write_together([(folder / name, content) for name, content in contents], force, written_by_scanner)
        return tuple(_cleared(folder, before, frozenset(each.name for each, _ in files)))


def _files(reviews: Sequence[Review], alerts_only: bool) -> Iterator[tuple[BundleFile, bytes]]:
    for review in reviews:
        for form in SUFFIXES:
            yield file_of(review, form, len(reviews) == 1, alerts_only)


def file_of(review: Review, form: Format, alone: bool, alerts_only: bool = False) -> tuple[BundleFile, bytes]:
    """One file of a bundle: its line in the manifest, and its content.

    Args:
        review: what it shows.
        form: as what.
        alone: whether the bundle has no other pack.
        alerts_only: as for `to_sarif`.
    """
    packet = review.packet
    content = _content(review, form, alerts_only)
    name = _stem(packet, alone) + SUFFIXES[form]
    return BundleFile(name, packet.pack.id, form, len(content), hashlib.sha256(content).hexdigest()), content


def _content(review: Review, form: Format, alerts_only: bool) -> bytes:
    match form:
        case "markdown":
            return to_markdown(review.packet).encode()
        case "json":
            return to_json(review.packet)
        case "sarif":
            return to_sarif([review.packet], alerts_only)
        case "html":
            return to_html([review]).encode()


def _stem(packet: Packet, alone: bool) -> str:
    if alone:
        return "packet"
    # A pack of this name would take the manifest's place.
    taken = f"{packet.pack.id}.json".casefold() == manifestfile.NAME
    return f"{packet.pack.id}-pack" if taken else packet.pack.id


def _manifest(packets: Sequence[Packet], files: Sequence[BundleFile]) -> Manifest:
    one = packets[0]
    return Manifest(
        schema_version=manifestfile.SCHEMA_VERSION,
        scanner_version=one.scanner_version,
        packet_schema_version=SCHEMA_VERSION,
        repository=described(one),
        rules_digest=one.rules_digest,
        packs=tuple(BundlePack(each.pack.id, each.pack.digest) for each in packets),
        files=tuple(files),
    )


def described(packet: Packet) -> BundleRepository:
    """What a packet says of the repository, as a manifest has it."""
    of = packet.repository
    return BundleRepository(of.name, of.commit, of.remote, of.digest, len(of.changed))


def _earlier(folder: Path) -> tuple[BundleFile, ...]:
    """What a run before this one wrote here; nothing where that cannot be told."""
    try:
        return manifestfile.read_manifest(folder).files
    except UsageError:
        return ()


def _cleared(folder: Path, before: Sequence[BundleFile], written: frozenset[str]) -> Iterator[str]:
    """Remove what an earlier run wrote and this one did not: it would speak of another run."""
    for each in before:
        if each.name in written or not manifestfile.is_name(each.name):
            continue
        path = folder / each.name
        try:
            if manifestfile.digest_of(path, each.size) == each.sha256:
                os.unlink(path)
                yield f"removed {path.name}, which an earlier run wrote and this one does not"
            else:
                yield f"kept {path.name} of an earlier run, since it was changed; it is no part of this bundle"
        except FileNotFoundError:
            continue
        except OSError as error:
            yield f"kept {path.name} of an earlier run ({error.strerror}); it is no part of this bundle"
