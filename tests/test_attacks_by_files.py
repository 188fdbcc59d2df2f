"""Files that mean harm to their readers: each is read or named with a reason, and costs no other file anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from attackfiles import GROUPS
from conftest import CATALOG, Repo, rule

from scanner.scan import Scan

CALL = "import acme\n\ndef ask():\n    acme.completion()\n"
#: Everything that may be said of a file that is not read.
REASONS = {
    "",
    "binary",
    "crashed",
    "generated",
    "nested too deeply",
    "over budget",
    "too dense",
    "too large",
    "unusual encoding",
    "too much",
    "unreadable",
}
#: Manifests that no language reads and that hold no records: they are named where they cannot be read.
UNREAD = (".lock", ".txt", ".cfg", ".mod", "Pipfile", "package-lock.json", "pnpm-lock.yaml", "README.md")
#: Those of a group in one worker, as they are scanned together.
CASES = [
    pytest.param(group, path, id=path, marks=pytest.mark.xdist_group(group))
    for group, files in GROUPS.items()
    for path in files
]

Scanned = Callable[[str], Scan]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    """Scans the files of one group beside good ones, once."""

    @cache
    def scan_of(group: str) -> Scan:
        folder = tmp_path_factory.mktemp(group)
        rules = folder / "rules"
        rules.mkdir()
        (rules / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        (rules / "rules.yaml").write_text(rule("calls-a-model", "{means: model_call}"), encoding="utf-8")
        repo = Repo(folder / "tree", rules)
        repo.write("agent.py", CALL)
        for path, build in GROUPS[group].items():
            repo.write(path, build())
            if group == "manifests":  # what says how the files around it are called
                for name in ("agent.py", "lib.rs", "index.ts"):
                    repo.write(f"{Path(path).parent}/{name}", CALL if name == "agent.py" else "")
        return repo.scan()

    yield scan_of
    scan_of.cache_clear()


@pytest.mark.parametrize(("group", "path"), CASES)
def test_a_file_is_read_or_named_with_a_reason(scanned: Scanned, group: str, path: str) -> None:
    scan = scanned(group)
    heads = [head for head in scan.reports.heads if head.path == path]
    named = [manifest for manifest in scan.manifests if manifest.path == path]
    problems = [problem for problem in scan.repository.problems if problem.path == path]

    assert heads or named or problems or path.endswith((*UNREAD, ".jsonl")), "nothing is left out without a word"
    assert all(head.failure[0] in REASONS for head in heads)


@pytest.mark.parametrize("group", [pytest.param(group, marks=pytest.mark.xdist_group(group)) for group in GROUPS])
def test_good_files_beside_bad_ones_are_read(scanned: Scanned, group: str) -> None:
    found = {item.path for item in scanned(group).touchpoints}
    agents = {f"{Path(path).parent}/agent.py" for path in GROUPS[group]} if group == "manifests" else {"agent.py"}

    assert {path.removeprefix("./") for path in agents} <= found


def test_what_files_would_run_never_runs(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "canary").touch()
    monkeypatch.chdir(here)
    repo.write("polyglot.py", GROUPS["bytes"]["polyglot_shell-and-html.py"]())
    repo.write("tags.yaml", GROUPS["settings"]["tags.yaml"]().replace(b"canary", b"ran"))
    repo.write("expansions.env", GROUPS["settings"]["expansions.env"]().replace(b"canary", b"ran"))
    repo.scan()

    assert [path.name for path in here.iterdir()] == ["canary"]
