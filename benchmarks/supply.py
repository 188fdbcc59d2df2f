"""What the scanner is made from: licences of the locked packages, a bill of materials, known vulnerabilities.

    python benchmarks/supply.py licences          write docs/licences.md; may download what another platform needs
    python benchmarks/supply.py sbom FILE         write a CycloneDX bill of materials from the lock and that page
    python benchmarks/supply.py audit             ask a service for known vulnerabilities of all locked packages

The bill holds nothing of the machine that wrote it, so the same locks give the same bytes; it bears a time only where
`SOURCE_DATE_EPOCH` says which.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec

PROJECT = Path(__file__).resolve().parent.parent
RUNTIME = PROJECT / "requirements.lock"
DEVELOPMENT = PROJECT / "requirements-dev.lock"
PAGE = PROJECT / "docs" / "licences.md"

#: What a package that users install may be under; development alone may add to it.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}

#: Package → expression, read from its licence file: its metadata names none, or only a family such as "BSD".
READ = {
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "google-re2": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "nodeenv": "BSD-3-Clause",
}

#: What older metadata says → the SPDX expression that is meant.
MEANT = {
    "Apache 2.0": "Apache-2.0",
    "PSFL": "PSF-2.0",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; (.*?))?(?: \\)?")
_HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_ROW = re.compile(r"\| `([^`]+)` \| (\S+) \| ([^|]+) \| (runtime|development) \|")

#: Within these seconds a service answers, or it is taken not to be there.
PATIENCE = 300


class Problem(Exception):
    """Something that keeps a command from its result; its text is the line that a user reads."""


class Locked(msgspec.Struct, frozen=True):
    """A package of a lock."""

    name: str
    version: str
    #: Where it is installed at all, as an environment marker; empty for everywhere.
    marker: str
    #: SHA-256 of every distribution that may be installed, in order.
    hashes: tuple[str, ...]


class Listed(msgspec.Struct, frozen=True):
    """A row of the page of licences."""

    name: str
    version: str
    #: An SPDX expression.
    licence: str
    #: `runtime` or `development`.
    use: str


def locked(text: str) -> tuple[Locked, ...]:
    """Packages of a lock, by name.

    Raises:
        Problem: On a line that is neither a pin nor a hash: a lock that is half understood is worse than none.

    """
    pins: list[tuple[str, str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if digest := _HASH.fullmatch(line):
            if not pins:
                raise Problem(f"line {number} of the lock is a hash of nothing")
            pins[-1][3].append(digest[1])
        elif pin := _PIN.fullmatch(line):
            pins.append((pin[1], pin[2], pin[3] or "", []))
        elif line and not line.startswith("#"):
            raise Problem(f"line {number} of the lock is neither a pin nor a SHA-256: {line!r}")
    return tuple(Locked(name, version, marker, tuple(sorted(hashes))) for name, version, marker, hashes in sorted(pins))


def expression(name: str, metadata: Message) -> str:
    """The SPDX expression that a package's metadata means.

    Raises:
        Problem: When it names no licence, or none that is known here.

    """
    if name in READ:
        return READ[name]
    said = [metadata["License-Expression"], metadata["License"], *metadata.get_all("Classifier", [])]
    for words in said:
        if words in MEANT:
            return MEANT[words]
        if words and _EXPRESSION.fullmatch(words):
            return str(words)
    raise Problem(f"the metadata of {name} names no licence that is known here; read its licence file and add to READ")


def metadata_of(package: Locked) -> Message:
    """Metadata of a locked package: of the one that is installed, else of its wheel, downloaded and not installed.

    Raises:
        Problem: When it is neither installed nor to be had.

    """
    try:
        found = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError:
        return _downloaded(package)
    if found.version != package.version:
        raise Problem(
            f"{package.name} {found.version} is installed, {package.version} is locked; install the locks first"
        )
    return HeaderParser().parsestr(found.read_text("METADATA") or "")


def _downloaded(package: Locked) -> Message:
    pin = " ".join([f"{package.name}=={package.version}", *(f"--hash=sha256:{digest}" for digest in package.hashes)])
    # Neither its marker nor the Python that it asks for keeps its metadata from being read.
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--ignore-requires-python"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(pin + "\n", encoding="utf-8")
        words = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, "--requirement", str(wanted)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            raise Problem(f"{package.name} {package.version} is not installed, and its wheel is not to be had")
        with ZipFile(wheels[0]) as archive:
            [name] = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
            return HeaderParser().parsestr(archive.read(name).decode())


def listed(runtime: Sequence[Locked], development: Sequence[Locked]) -> tuple[Listed, ...]:
    """Rows of the page: what users install first, then what only development needs; by name."""
    shipped = {package.name for package in runtime}
    others = [package for package in development if package.name not in shipped]
    uses = [*((package, "runtime") for package in runtime), *((package, "development") for package in others)]
    return tuple(Listed(one.name, one.version, expression(one.name, metadata_of(one)), use) for one, use in uses)


def page(rows: Sequence[Listed]) -> str:
    """The page of licences, as Markdown."""
    lines = [
        "# Licences of what we depend on",
        "",
        "Each package of `requirements.lock` (runtime: what users install) and of `requirements-dev.lock`",
        "(development: what only tests and tools need), under the licence that its metadata or its licence file",
        "states. None of their code is copied into ours. `make licences` writes this page, after `make lock`.",
        "",
        "| package | version | licence | used for |",
        "| --- | --- | --- | --- |",
        *(f"| `{row.name}` | {row.version} | {row.licence} | {row.use} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def rows_of(text: str) -> tuple[Listed, ...]:
    """Rows of a written page of licences."""
    return tuple(Listed(*found.groups()) for line in text.splitlines() if (found := _ROW.fullmatch(line)))


def allowed(licence: str) -> bool:
    """Whether an expression leaves users with allowed licences alone: one of several `OR`, all of several `AND`."""
    return any(all(part in ALLOWED for part in one.split(" AND ")) for one in licence.split(" OR "))


def bill(runtime: Sequence[Locked], rows: Sequence[Listed], project: Mapping[str, Any], epoch: str | None) -> str:
    """A CycloneDX bill of materials, as JSON.

    Args:
        runtime: What users install.
        rows: The page of licences.
        project: The `project` table of `pyproject.toml`, with a version.
        epoch: Seconds since 1970 that the bill is dated with, if any.

    Raises:
        Problem: When the page lacks a package, or the epoch is no number.

    """
    licences = {(row.name, row.version): row.licence for row in rows}
    direct = {_normal(re.split(r"[^A-Za-z0-9._-]", wanted)[0]) for wanted in project["dependencies"]}
    missing = [package.name for package in runtime if (package.name, package.version) not in licences]
    if missing:
        raise Problem(f"docs/licences.md does not have {', '.join(missing)} as locked; run `make licences`")
    this = _component(project["name"], project["version"], project["license"], "application")
    parts = [_part(package, licences[package.name, package.version]) for package in runtime]
    needed = {
        "ref": this["bom-ref"],
        "dependsOn": [_purl(package.name, package.version) for package in runtime if package.name in direct],
    }
    metadata = {**_dated(epoch), "component": this}
    content = {"metadata": metadata, "components": parts, "dependencies": [needed]}
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(content, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1}
    return json.dumps({**head, **content}, indent=2) + "\n"


def _part(package: Locked, licence: str) -> dict[str, Any]:
    part = _component(package.name, package.version, licence, "library")
    # Whichever of its distributions fits a machine is installed, so each of their hashes is one of this component.
    part["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in package.hashes]
    if package.marker:
        part["scope"] = "optional"
        part["properties"] = [{"name": "python:marker", "value": package.marker}]
    return part


def _component(name: str, version: str, licence: str, kind: str) -> dict[str, Any]:
    purl = _purl(name, version)
    said = [{"expression": licence}]
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "licenses": said, "purl": purl}


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{_normal(name)}@{version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _dated(epoch: str | None) -> dict[str, str]:
    if not epoch:
        return {}
    try:
        moment = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem(f"SOURCE_DATE_EPOCH is {epoch!r}, not a number of seconds since 1970") from None
    return {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


def judged(code: int, out: str, err: str) -> tuple[int, str]:
    """What pip-audit found, in words, with the exit code that follows from it.

    A package that its service does not know counts as not asked about: pip-audit itself reports "no known
    vulnerabilities" where a mirror without such data answered for every package.

    Returns:
        0 with nothing found or no data to be had, 1 with vulnerabilities, 2 when pip-audit did not run as meant.

    """
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (err.strip().splitlines() or ["it gave no reason"])[-1]
        if re.search(r"[Cc]onnect|[Tt]imed out|HTTPError|Max retries", err):
            return 0, f"not audited: data on known vulnerabilities cannot be had here ({last})"
        return 2, f"error: pip-audit {'ended with code ' + str(code) if code else 'wrote no report'}: {last}"
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return 0, f"not audited: no data on known vulnerabilities of any of {len(packages)} packages can be had here"
    hits = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'none'}"
        for package in asked
        for one in package["vulns"]
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    unknown = [f"not audited, no data: {', '.join(skipped)}"] if skipped else []
    total = f"packages audited: {len(asked)}; known vulnerabilities: {len(hits)}"
    return int(bool(hits)), "\n".join([*hits, *unknown, total])


def audit(lock: Path) -> tuple[int, str]:
    """Have pip-audit ask about the packages of a lock; see `judged`."""
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    words = [sys.executable, "-m", "pip_audit", *options, "--requirement", str(lock)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return 0, f"not audited: no answer on known vulnerabilities within {PATIENCE} seconds"
    return judged(done.returncode, done.stdout, done.stderr)


def this_project() -> dict[str, Any]:
    """The `project` table of `pyproject.toml`, with the version that the package states."""
    table: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [version] = re.findall(
        r'^__version__ = "(.+)"$', (PROJECT / "scanner/__init__.py").read_text(encoding="utf-8"), re.M
    )
    return {**table, "version": version}


def _run(given: argparse.Namespace) -> int:
    if given.command == "audit":
        code, words = audit(DEVELOPMENT)
        print(words)
        return code
    runtime = locked(RUNTIME.read_text(encoding="utf-8"))
    if given.command == "licences":
        rows = listed(runtime, locked(DEVELOPMENT.read_text(encoding="utf-8")))
        PAGE.write_text(page(rows), encoding="utf-8")
        return 0
    written = bill(
        runtime, rows_of(PAGE.read_text(encoding="utf-8")), this_project(), os.environ.get("SOURCE_DATE_EPOCH")
    )
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(written, encoding="utf-8")
    print(f"{given.file}: {len(runtime)} packages")
    return 0


def main() -> int:
    """Run from the command line: 0 done, 1 vulnerabilities found, 2 a problem."""
    parser = argparse.ArgumentParser(description="Licences, bill of materials and known vulnerabilities of the locks.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("licences", help="write docs/licences.md")
    commands.add_parser("sbom", help="write a CycloneDX bill of materials").add_argument("file", type=Path)
    commands.add_parser("audit", help="ask for known vulnerabilities")
    try:
        return _run(parser.parse_args())
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
