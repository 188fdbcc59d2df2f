"""Fetch a pinned release of a public agent to be scanned; the bundled sample agent where no index can be reached.

    python benchmarks/sample.py 'gptme==0.35.1' DEST

The release is a wheel from the package index that pip is configured for. It is checked against the digest below, kept
in `.cache/`, and unpacked; nothing of it is installed or run.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parent.parent
BUNDLED = PROJECT / "benchmarks" / "sample-agent"
CACHE = PROJECT / ".cache" / "releases"

#: Release → SHA-256 of its wheel.
DIGESTS = {"gptme==0.35.1": "7b527b2513bb097c20c6f2fbb0fbd352be86b1607c9274561e80b9c46e976923"}

#: More than any wheel of an agent holds once it is unpacked.
LARGEST = 200_000_000

#: What pip says when it got no answer, rather than one that it did not like.
_UNREACHED = re.compile(
    r"connection broken by|ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Could not fetch URL"
)


class Unreachable(Exception):
    """The package index did not answer."""


class Refused(Exception):
    """The release is not what was pinned, or the destination is somebody's; `str()` is the line for the user."""


def fetch(release: str, cache: Path = CACHE) -> Path:
    """Give the wheel of a pinned release, from the cache or the package index.

    Raises:
        Unreachable: When it is not in the cache and the index did not answer.
        Refused: When no digest is pinned for it, or what was downloaded has another.

    """
    if release not in DIGESTS:
        raise Refused(f"no digest is pinned for {release}; use one of {', '.join(DIGESTS)}")
    folder = cache / release.replace("==", "-")
    for wheel in sorted(folder.glob("*.whl")):
        if digest(wheel) == DIGESTS[release]:
            return wheel
    shutil.rmtree(folder, ignore_errors=True)
    _download(release, folder)
    wheels = sorted(folder.glob("*.whl"))
    if not wheels or digest(wheels[0]) != DIGESTS[release]:
        shutil.rmtree(folder)
        raise Refused(f"the wheel of {release} has another digest than the pinned one; it was thrown away")
    return wheels[0]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download(release: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--retries=1", "--timeout=20"]
    words = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), release]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    shutil.rmtree(folder)
    if _UNREACHED.search(done.stderr):
        raise Unreachable
    last = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
    raise Refused(f"pip did not download {release}: {last[0]}")


def unpack(wheel: Path, destination: Path) -> None:
    """Unpack a wheel; names that lead out of the destination, links and floods are refused before anything is written.

    Raises:
        Refused: When the wheel holds such a member.

    """
    with zipfile.ZipFile(wheel) as archive:
        members = archive.infolist()
        for member in members:
            name = PurePosixPath(member.filename)
            linked = stat.S_ISLNK(member.external_attr >> 16)
            if linked or name.is_absolute() or ".." in name.parts or "\\" in member.filename or ":" in member.filename:
                raise Refused(f"{wheel.name} holds {member.filename!r}, which leads out of it; nothing was unpacked")
        if sum(member.file_size for member in members) > LARGEST:
            raise Refused(f"{wheel.name} holds more than {LARGEST:,} bytes; nothing was unpacked")
        archive.extractall(destination)


def place(release: str, destination: Path, only_real: bool = False) -> str:
    """Put a release, or the bundled agent in its stead, at a destination; gives a line that says which.

    A destination that an earlier call made is replaced; a note beside it (`NAME.sample`) tells.

    Raises:
        Unreachable: When the index did not answer and `only_real` holds.
        Refused: See `fetch` and `unpack`; and when the destination is somebody's.

    """
    note = destination.with_name(f"{destination.name}.sample")
    if destination.exists() and not note.is_file():
        raise Refused(f"{destination} exists and was not made here; remove it, or name another folder")
    try:
        wheel = fetch(release)
    except Unreachable:
        if only_real:
            raise
        wheel = None
    shutil.rmtree(destination, ignore_errors=True)
    destination.parent.mkdir(parents=True, exist_ok=True)
    if wheel is None:
        note.write_text("bundled\n", encoding="utf-8")
        shutil.copytree(BUNDLED, destination, ignore=shutil.ignore_patterns("__pycache__"))
        return f"the package index cannot be reached, so {destination} is the bundled sample agent instead of {release}"
    note.write_text(f"{release}\n", encoding="utf-8")
    unpack(wheel, destination)
    return f"{destination} is {release}, as pinned"


def main() -> int:
    """Run from the command line: 0 done, 2 refused, 3 the index cannot be reached."""
    parser = argparse.ArgumentParser(description="Fetch a pinned release of a public agent to be scanned.")
    parser.add_argument("release", help="such as gptme==0.35.1; its digest is pinned in this file")
    parser.add_argument("destination", type=Path)
    parser.add_argument("--only-real", action="store_true", help="fail rather than use the bundled agent")
    given = parser.parse_args()
    try:
        print(place(given.release, given.destination, given.only_real))
    except Unreachable:
        print(f"error: the package index cannot be reached, and {given.release} is not in the cache", file=sys.stderr)
        return 3
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
