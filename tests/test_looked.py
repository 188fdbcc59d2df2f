"""What was read of a file before holds as long as nothing changed that it rests on, and not longer."""

from __future__ import annotations

import json
import os
import random
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from commandline import environment
from conftest import Repo

from scanner.cache import Cache
from scanner.contents import Contents
from scanner.installed import builtin_rules
from scanner.limits import MOST_OVER, PATIENCE, seconds_for
from scanner.look import Looker, failed
from scanner.reading import Reader
from scanner.repository import Entry, Unreadable, open_repository
from scanner.scan import Scan, scan


class Broken(Reader):
    """Reads nothing, as from a disk with errors."""

    def read(self, entry: Entry, limit: int) -> Unreadable:
        return Unreadable("unreadable", "an error of the disk")


class Watched:
    """A repository that is scanned with a cache, with the files that each scan looked at."""

    def __init__(self, repo: Repo, folder: Path, looks: list[tuple[str, bool]]) -> None:
        self.repo = repo
        self._folder = folder
        self._looks = looks

    def scan(self, rev: str | None = None) -> Scan:
        repository = open_repository(self.repo.root, rev)
        contents = Contents(repository, Cache(self._folder))
        return scan(repository, self.repo.rulebook(), builtin_rules() / "vocabulary.yaml", contents=contents)

    def looks(self, rev: str | None = None) -> list[str]:
        """The files that a scan looks at itself; second looks have a `+`."""
        self._looks.clear()
        found = self.scan(rev)
        assert found.reports == self.anew(rev).reports
        return sorted(f"{path}{'+' if told else ''}" for path, told in self._looks[: self._watched])

    def anew(self, rev: str | None = None) -> Scan:
        """The same scan without anything that was kept."""
        self._watched = len(self._looks)
        return scan(open_repository(self.repo.root, rev), self.repo.rulebook(), builtin_rules() / "vocabulary.yaml")

    def commit(self) -> None:
        person = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
            variables = environment(self._folder / "home", **person)
            subprocess.run(["git", *words], cwd=self.repo.root, env=variables, check=True, capture_output=True)


@pytest.fixture
def watched(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    looks: list[tuple[str, bool]] = []
    look = Looker.look

    def watching(self: Looker, entry: object, external: Mapping[str, str]) -> object:
        looks.append((entry.path, bool(external)))  # type: ignore[attr-defined]
        return look(self, entry, external)  # type: ignore[arg-type]

    monkeypatch.setattr(Looker, "look", watching)
    # What is not older than two seconds is read again; these files are from long ago.
    monkeypatch.setattr("scanner.contents._LATELY", 0)
    return Watched(repo, tmp_path / "kept", looks)


def test_a_second_scan_looks_at_nothing(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\n")
    watched.repo.write("b.py", "import a\n")
    assert watched.looks() == ["a.py", "b.py"]
    assert watched.looks() == []


def test_only_a_changed_file_is_looked_at_again(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\n")
    watched.repo.write("b.py", "import acme\n")
    watched.looks()
    watched.repo.write("b.py", "import acme\n\nacme.completion()\n")
    assert watched.looks() == ["b.py"]
    assert watched.repo.places() == ["a.py:2", "b.py:3"]


def test_a_file_that_is_as_it_once_was_is_known(watched: Watched) -> None:
    watched.repo.write("a.py", "x = 1\n")
    watched.looks()
    watched.repo.write("a.py", "x = 2\n")
    watched.looks()
    watched.repo.write("a.py", "x = 1\n")
    assert watched.looks() == []


def test_the_same_content_under_another_path_is_looked_at(watched: Watched) -> None:
    watched.repo.write("a.py", "def complete():\n    return 1\n")
    watched.looks()
    watched.repo.write("sub/a.py", "def complete():\n    return 1\n")
    assert watched.looks() == ["sub/a.py"]


def test_a_revision_and_the_files_on_disk_share_what_was_read(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\n")
    watched.repo.write("b.py", "x = 1\n")
    watched.commit()
    assert watched.looks("HEAD") == ["a.py", "b.py"]
    watched.repo.write("b.py", "x = 2\n")
    assert watched.looks() == ["b.py"]


def test_a_file_that_differs_from_its_commit_says_so_whoever_read_it_first(watched: Watched) -> None:
    watched.repo.write("a.py", "x = 1\n")
    watched.commit()
    watched.repo.write("a.py", "x = 2\n")
    assert [report.changed for report in watched.scan().reports] == [True]
    watched.commit()
    assert [report.changed for report in watched.scan().reports] == [False]
    assert watched.looks() == []


def test_a_new_package_that_takes_the_name_of_a_library_is_noticed_where_it_is_imported(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\n")
    watched.repo.write("b.py", "x = 1\n")
    watched.looks()
    watched.repo.write("acme/__init__.py", "def completion():\n    return 1\n")
    assert watched.looks() == ["a.py", "acme/__init__.py"]
    (watched.repo.root / "acme" / "__init__.py").unlink()
    assert watched.looks() == ["a.py"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_name_in_another_encoding_is_noticed_too(watched: Watched, encoding: str) -> None:
    text = f"# -*- coding: {encoding} -*-\nimport café\ncafé.completion()\n"
    watched.repo.write("a.py", text.encode(encoding))
    watched.repo.write("b.py", "x = 1\n")
    watched.looks()
    watched.repo.write("café.py", "def completion():\n    return 1\n")
    assert watched.looks() == ["a.py", "café.py"]


def test_a_name_that_a_notebook_spells_with_escapes_is_noticed(watched: Watched) -> None:
    cell = {"cell_type": "code", "source": ["import café\n", "café.completion()"], "metadata": {}, "outputs": []}
    watched.repo.write("a.ipynb", json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    watched.repo.write("b.py", "x = 1\n")
    watched.looks()
    watched.repo.write("café.py", "def completion():\n    return 1\n")
    assert watched.looks() == ["a.ipynb", "café.py"]


@pytest.mark.parametrize("specifier", [".", "./", "./index", "./index.js"])
def test_the_module_of_the_top_folder_is_noticed_though_nobody_writes_its_name(
    watched: Watched, specifier: str
) -> None:
    watched.repo.write("use.ts", f"import {{ client }} from '{specifier}';\nclient.run();\n")
    watched.repo.write("b.ts", "export const x = 1;\n")
    watched.looks()
    watched.repo.write("index.ts", "export const client = { run() {} };\n")
    assert "use.ts" in watched.looks()
    (watched.repo.root / "index.ts").unlink()
    assert "use.ts" in watched.looks()


#: What manifests say, one after the other, of files that stay as they are.
MANIFESTS = {
    "tsconfig.json": (
        '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"]}}}',
        '{"compilerOptions": {"baseUrl": "./src"}}',
    ),
    "core/package.json": ('{"name": "@x/core", "main": "dist/index.js"}', '{"name": "openai"}'),
    "b/Cargo.toml": ('[package]\nname = "llm-core"\n', '[package]\nname = "async-openai"\n'),
    "go.mod": ("module example.com/x\n", "module github.com/sashabaranov/go-openai\n"),
}


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_what_a_manifest_says_of_names_counts_for_files_that_stay_as_they_are(watched: Watched, manifest: str) -> None:
    watched.repo.use_builtin_rules()
    watched.repo.write("src/use.ts", "import { a } from '@/llm';\nimport b from '@x/core';\na.run(); b.run();\n")
    watched.repo.write("src/llm/index.ts", "import OpenAI from 'openai';\nexport const a = new OpenAI();\n")
    watched.repo.write("core/src/index.ts", "import OpenAI from 'openai';\nexport default new OpenAI();\n")
    watched.repo.write("a/src/main.rs", "use llm_core::client;\nfn main() { client().chat().create(); }\n")
    watched.repo.write("b/src/lib.rs", "use async_openai::Client;\npub fn client() -> Client { Client::new() }\n")
    watched.repo.write("main.go", 'package main\nimport "example.com/x/llm"\nfunc main() { llm.New().Run() }\n')
    watched.repo.write("llm/llm.go", 'package llm\nimport o "github.com/sashabaranov/go-openai"\nvar c = o.New()\n')
    assert watched.looks()
    for content in MANIFESTS[manifest]:
        watched.repo.write(manifest, content)
        assert watched.looks()
    (watched.repo.root / manifest).unlink()
    watched.looks()  # what it sees is held against a scan without a cache


def test_data_that_could_not_be_read_is_read_once_it_can_be(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.repo.write("a.py", "x = 1\n")
    watched.repo.write("runs.jsonl", '{"model": "gpt-5"}\n')
    with monkeypatch.context() as patch:
        for room in ("look", "looked"):
            patch.setattr(f"scanner.{room}.Reader", Broken)
        watched.scan()
    assert watched.looks() == ["a.py", "runs.jsonl"]


def test_what_another_file_gives_a_name_is_part_of_the_second_look(watched: Watched) -> None:
    watched.repo.write("clients.py", "import acme\n\nclient = acme.Client()\n")
    watched.repo.write("use.py", "from clients import client\n\nclient.chat.create()\n")
    assert watched.looks() == ["clients.py", "use.py", "use.py+"]
    assert watched.looks() == []
    watched.repo.write("clients.py", "import acme\n\nclient = acme.AsyncClient()\n")
    assert watched.looks() == ["clients.py", "use.py+"]
    watched.repo.write("clients.py", "client = object()\n")
    assert watched.looks() == ["clients.py"]
    assert watched.repo.places() == []


def test_an_object_that_is_not_what_its_id_says_says_nothing_of_another_repository(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\n")
    watched.commit()
    objects = watched.repo.root / ".git" / "objects"
    name = next(entry.oid for entry in open_repository(watched.repo.root, "HEAD").files if entry.path == "a.py")
    file = objects / name[:2] / name[2:]
    original = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"blob 6\0x = 1\n"))
    assert [report.failure[0] for report in watched.scan("HEAD").reports] == ["missing object"]
    file.write_bytes(original)
    assert watched.looks("HEAD") == ["a.py"]
    assert watched.looks("HEAD") == []


def test_a_tree_with_hundreds_of_other_names_is_read_anew_rather_than_compared_name_by_name(watched: Watched) -> None:
    for number in range(300):
        watched.repo.write(f"old{number}.py", "x = 1\n")
    watched.looks()
    watched.repo.write("new.py", "x = 1\n")
    assert watched.looks() == ["new.py"], "few names differ, and no file says them"
    for number in range(300):
        watched.repo.write(f"more{number}.py", "x = 1\n")
    assert len(watched.looks()) == 601


def test_names_of_an_earlier_tree_are_read_once_and_not_for_each_file(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        watched.repo.write(f"old{number}.py", "x = 1\n")
    watched.scan()
    watched.repo.write("new.py", "x = 1\n")
    asked: list[int] = []
    get = Cache.get

    def counted(self: Cache, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        wanted = list(keys)
        asked.append(len(wanted))
        return get(self, wanted)

    monkeypatch.setattr(Cache, "get", counted)
    watched.scan()
    assert len(asked) <= 6, "identities, reports, names of the earlier tree, second looks: none for each file"


def test_other_rules_read_everything_anew(watched: Watched) -> None:
    watched.repo.write("a.py", "import acme\nacme.completion()\nother()\n")
    watched.looks()
    watched.repo.rule("{call: other}")
    assert watched.looks() == ["a.py"]


def test_a_file_that_changed_a_moment_ago_is_read_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.contents._LATELY", 3_600_000_000_000)
    path = watched.repo.root / "a.py"
    watched.repo.write("a.py", "x = 1\n")
    watched.looks()
    times = path.stat()
    watched.repo.write("a.py", "y = 1\n")

    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert watched.looks() == ["a.py"]


#: Lines that files are made of: what one file says of another is in them.
LINES = (
    "import acme",
    "import one",
    "import two",
    "from one import client",
    "from two import client",
    "client = acme.Client()",
    "client = acme.AsyncClient()",
    "client = two.client",
    "client.chat.create()",
    "acme.completion()",
    "one.client.chat.create()",
    "# a remark",
    "value = 1",
)
FILES = ("one.py", "two.py", "three.py", "pkg/__init__.py", "pkg/one.py", "acme.py", "web/one.ts", "web/acme/index.ts")


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_edited_a_scan_with_a_cache_sees_what_one_without_sees(watched: Watched, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        name = chance.choice(FILES)
        path = watched.repo.root / name
        if path.exists() and chance.random() < 0.25:
            path.unlink()
        else:
            watched.repo.write(name, "\n".join(chance.choices(LINES, k=chance.randint(1, 6))) + "\n")
        watched.repo.write("always.py", "import acme\n")
        with_cache, anew = watched.scan(), watched.anew()
        assert with_cache.reports == anew.reports
        assert with_cache.touchpoints == anew.touchpoints


@pytest.mark.parametrize(
    ("detail", "remembered"),
    [
        (f"took more than {seconds_for(6, 0)} seconds of processor time", True),
        (f"took more than {seconds_for(6, MOST_OVER)} seconds of processor time", False),
        (f"took more than {PATIENCE} seconds", False),
    ],
    ids=["all that it may take", "less, since other files took too much", "by the clock of a busy machine"],
)
def test_a_file_is_given_up_for_good_only_where_it_took_all_that_it_may(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, detail: str, remembered: bool
) -> None:
    watched.repo.write("a.py", "x = 1\n")
    told = ("over budget", detail)
    with monkeypatch.context() as patched:
        patched.setattr(Looker, "look", lambda self, entry, external: failed(entry, *told))
        watched.scan()

    (head,) = watched.scan().reports.heads

    assert head.failure == (told if remembered else ("", ""))
