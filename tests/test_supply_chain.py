"""What is installed with the scanner is pinned, licensed and listed, and anybody who builds a release gets the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from commandline import PROJECT
from jsonschema import Draft7Validator
from license_expression import get_spdx_licensing
from referencing import Registry, Resource
from reviewed import of_benchmarks_folder

supply = of_benchmarks_folder("supply")
reproducible = of_benchmarks_folder("reproducible")

RUNTIME = supply.locked((PROJECT / "requirements.lock").read_text())
DEVELOPMENT = supply.locked((PROJECT / "requirements-dev.lock").read_text())
ROWS = supply.rows_of((PROJECT / "docs/licences.md").read_text())
DAY = "1767225600"
PIN = "wheel-of-fortune==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n"


# The locks.


def test_every_locked_package_has_a_hash() -> None:
    assert len(RUNTIME) > 20
    assert [package.name for package in (*RUNTIME, *DEVELOPMENT) if not package.hashes] == []


def test_what_users_install_is_what_was_tested() -> None:
    assert {(one.name, one.version) for one in RUNTIME} <= {(one.name, one.version) for one in DEVELOPMENT}


def test_all_that_the_project_asks_for_is_locked() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    for wanted, lock in [
        (settings["project"]["dependencies"], RUNTIME),
        (settings["dependency-groups"]["dev"], DEVELOPMENT),
        (settings["build-system"]["requires"], DEVELOPMENT),
    ]:
        names = {re.split(r"[^a-z0-9-]", one)[0] for one in wanted}
        assert names <= {package.name for package in lock}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_no_place_to_download_from(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.M)


@pytest.mark.parametrize(
    "line",
    [
        "wheel-of-fortune>=1.0",
        "wheel-of-fortune @ https://localhost/wheel.whl",
        "--extra-index-url https://localhost/simple",
        "-e .",
        "    --hash=md5:" + "a" * 32,
    ],
)
def test_a_lock_with_anything_but_pins_and_hashes_is_refused(line: str) -> None:
    with pytest.raises(supply.Problem) as problem:
        supply.locked(PIN + line + "\n")
    assert str(problem.value) == f"line 3 of the lock is neither a pin nor a SHA-256: {line!r}"


# Licences.


def test_the_page_of_licences_lists_exactly_what_is_locked() -> None:
    shipped = {package.name for package in RUNTIME}
    wanted = {(one.name, one.version, "runtime" if one.name in shipped else "development") for one in DEVELOPMENT}
    assert {(row.name, row.version, row.use) for row in ROWS} == wanted, "run `make licences`"
    assert supply.page(ROWS) == (PROJECT / "docs/licences.md").read_text()


def test_what_users_install_is_under_allowed_licences() -> None:
    runtime = {row.name: row.licence for row in ROWS if row.use == "runtime"}
    assert set(runtime) == {package.name for package in RUNTIME}
    assert {name: licence for name, licence in runtime.items() if not supply.allowed(licence)} == {}


def test_every_licence_is_an_spdx_expression() -> None:
    licensing = get_spdx_licensing()
    assert {
        row.licence: licensing.validate(row.licence).errors for row in ROWS if licensing.validate(row.licence).errors
    } == {}


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT AND SSPL-1.0", False),
        ("LGPL-2.1-or-later", False),
    ],
)
def test_a_licence_is_allowed_when_users_can_choose_allowed_ones_alone(licence: str, good: bool) -> None:
    assert supply.allowed(licence) is good


def test_a_package_that_names_no_licence_is_not_given_one() -> None:
    metadata = supply.HeaderParser().parsestr("Name: odd\nClassifier: License :: OSI Approved :: BSD License\n")
    with pytest.raises(supply.Problem) as problem:
        supply.expression("odd", metadata)
    words = "the metadata of odd names no licence that is known here; read its licence file and add to READ"
    assert str(problem.value) == words


# The bill of materials.


def bill(epoch: str | None = DAY) -> str:
    return str(supply.bill(RUNTIME, ROWS, supply.this_project(), epoch))


def problems(content: object) -> Iterator[str]:
    folder = files("cyclonedx.schema") / "_res"
    names = [f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.6", "spdx", "jsf-0.82")]
    schemas = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}
    whole = schemas[names[0]]
    # They refer to each other by these file names, beside the address that the first one states as its own.
    known = Registry().with_resources(
        (urljoin(whole["$id"], name), Resource.from_contents(one)) for name, one in schemas.items()
    )
    for error in Draft7Validator(whole, registry=known).iter_errors(content):
        yield f"{error.json_path}: {error.message}"


def test_the_bill_is_valid_by_the_schema_of_cyclonedx() -> None:
    assert list(problems(json.loads(bill()))) == []


def test_that_schema_does_refuse() -> None:
    wrong = json.loads(bill())
    del wrong["components"][0]["name"]
    wrong["components"][1]["licenses"] = [{"license": {"id": "no such licence"}}]
    assert len(list(problems(wrong))) == 2


def test_the_bill_lists_exactly_what_users_install() -> None:
    content = json.loads(bill())
    parts = {(one["name"], one["version"], one["purl"]): one for one in content["components"]}
    assert len(parts) == len(content["components"])
    assert set(parts) == {(one.name, one.version, f"pkg:pypi/{one.name}@{one.version}") for one in RUNTIME}
    for package in RUNTIME:
        part = parts[package.name, package.version, f"pkg:pypi/{package.name}@{package.version}"]
        assert [one["content"] for one in part["hashes"]] == list(package.hashes)
        assert (part.get("scope") == "optional") == bool(package.marker)


def test_the_bill_says_what_the_project_itself_asks_for() -> None:
    content = json.loads(bill())
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    [needed] = content["dependencies"]
    assert needed["ref"] == content["metadata"]["component"]["bom-ref"]
    assert len(needed["dependsOn"]) == len(settings["dependencies"])
    assert set(needed["dependsOn"]) <= {one["bom-ref"] for one in content["components"]}


def test_the_same_locks_give_the_same_bill() -> None:
    assert bill() == bill()
    assert bill() != bill(str(int(DAY) + 1))


def test_a_bill_is_dated_by_what_it_is_told_and_by_nothing_else() -> None:
    assert json.loads(bill())["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"
    assert "timestamp" not in json.loads(bill(None))["metadata"]
    with pytest.raises(supply.Problem) as problem:
        bill("today")
    assert str(problem.value) == "SOURCE_DATE_EPOCH is 'today', not a number of seconds since 1970"


def test_a_bill_without_a_licence_is_not_written() -> None:
    with pytest.raises(supply.Problem) as problem:
        supply.bill(RUNTIME, ROWS[1:], supply.this_project(), DAY)
    assert str(problem.value) == f"docs/licences.md does not have {ROWS[0].name} as locked; run `make licences`"


# Known vulnerabilities: what the answers of the service mean. No test asks it.

KNOWN = {"name": "click", "version": "8.5.1", "vulns": []}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found"}
HIT = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.7"]}]}


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_nothing_found_is_said_of_what_was_asked_about_alone() -> None:
    assert supply.judged(0, answer(KNOWN), "") == (0, "packages audited: 1; known vulnerabilities: 0")
    words = "not audited, no data: rich\npackages audited: 1; known vulnerabilities: 0"
    assert supply.judged(0, answer(KNOWN, SKIPPED), "") == (0, words)


def test_a_service_that_knows_no_package_has_audited_nothing() -> None:
    words = "not audited: no data on known vulnerabilities of any of 1 packages can be had here"
    assert supply.judged(0, answer(SKIPPED), "No known vulnerabilities found") == (0, words)


def test_a_known_vulnerability_fails() -> None:
    words = "jinja2 3.1.6: PYSEC-1, fixed in 3.1.7\npackages audited: 2; known vulnerabilities: 1"
    assert supply.judged(1, answer(KNOWN, HIT), "") == (1, words)


def test_a_service_that_is_not_there_is_said_and_does_not_fail() -> None:
    last = "ERROR: Could not connect to the vulnerability feed"
    words = f"not audited: data on known vulnerabilities cannot be had here ({last})"
    assert supply.judged(1, "", last) == (0, words)


def test_an_audit_that_broke_is_no_audit_without_data() -> None:
    words = "error: pip-audit ended with code 1: invalid specifier at line 4"
    assert supply.judged(1, "", "invalid specifier at line 4") == (2, words)


# Releases.


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Sdist and wheel, built from two trees."""
    pair: tuple[tuple[Path, Path], tuple[Path, Path]] = reproducible.twice(PROJECT, tmp_path_factory.mktemp("releases"))
    return pair


def members(archive: Path) -> set[str]:
    """Names inside a release, without the folder that an sdist puts them in."""
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def data_of_checkout() -> set[str]:
    ignored = re.compile(r"__pycache__|/\.")
    paths = [path for top in ("rules", "templates") for path in (PROJECT / top).rglob("*") if path.is_file()]
    return {name for path in paths if not ignored.search(name := path.relative_to(PROJECT).as_posix())}


def test_an_sdist_is_the_same_bytes_whoever_builds_it_and_when(built: Any) -> None:
    assert built[0][0].read_bytes() == built[1][0].read_bytes()


def test_a_wheel_is_the_same_bytes_whoever_builds_it_and_when(built: Any) -> None:
    assert built[0][1].read_bytes() == built[1][1].read_bytes()


def test_a_wheel_made_from_the_sdist_is_the_same_wheel(built: Any, tmp_path: Path) -> None:
    [sdist, wheel] = built[0]
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path, filter="data")
    [tree] = tmp_path.iterdir()
    environment = {**reproducible.os.environ, "SOURCE_DATE_EPOCH": reproducible.EPOCH}
    _, again = reproducible.build(tree, tmp_path / "built", environment)
    assert again.read_bytes() == wheel.read_bytes()


def test_a_release_has_the_licence_and_all_data(built: Any) -> None:
    sdist, wheel = map(members, built[0])
    data = data_of_checkout()
    assert "templates/review/page.js" in data
    assert data <= sdist
    assert {f"scanner/{name}" for name in data} <= wheel
    assert {"LICENSE", "requirements.lock", "requirements-dev.lock", "Makefile", "docs/licences.md"} <= sdist
    assert any(re.fullmatch(r"seam_scanner-[^/]+\.dist-info/licenses/LICENSE", name) for name in wheel)


def test_a_release_holds_nothing_that_a_test_run_left_behind(built: Any) -> None:
    left = re.compile(r"__pycache__|\.pyc$|_cache/|\.cache/|\.hypothesis|\.venv|^build/|^dist/|\.egg-info")
    assert [name for pair in built for one in pair for name in members(one) if left.search(name)] == []


def test_a_wheel_has_the_package_and_nothing_beside_it(built: Any) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in members(built[0][1])} == {"scanner", "seam_scanner"}


def test_a_wheel_lists_the_hash_of_all_that_is_in_it(built: Any) -> None:
    with zipfile.ZipFile(built[0][1]) as wheel:
        [record] = [name for name in wheel.namelist() if name.endswith(".dist-info/RECORD")]
        for line in wheel.read(record).decode().splitlines():
            name, digest, _ = line.rsplit(",", 2)
            if name != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest()).rstrip(b"=").decode()
                assert digest == f"sha256={found}"
        assert {line.rsplit(",", 2)[0] for line in wheel.read(record).decode().splitlines()} == set(wheel.namelist())
