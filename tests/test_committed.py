"""A committed packet has the same bytes before its commit, after it and in a fresh clone; own results are not scanned."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from commandline import PROJECT, SAMPLE, Shell, environment
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scanner.cli import cli
from scanner.committed import committed, home
from scanner.escape import address
from scanner.gitindex import staged
from scanner.languages import all_languages
from scanner.ownoutput import ENDS, SUFFIXES, is_own, is_told_by_tail, may_be_replaced
from scanner.packet import BlindSpot, Completeness, Packet
from scanner.packetfile import read_packets
from scanner.repository import open_store

FOLDER = "docs/migration"
WRITE = ("packet", "--rules", "tensorzero", "--committed", "--output-dir", FOLDER)
FILES = (f"{FOLDER}/packet.json", f"{FOLDER}/packet.md")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def repo(shell: Shell) -> Path:
    """The sample agent as a repository with a remote, whose name is not that of its folder."""
    shell.sample("errand")
    shell.commit("errand")
    shell.git("errand", "remote", "add", "origin", "https://github.com/owner/errands.git")
    return shell.here / "errand"


def bytes_of(repo: Path) -> tuple[bytes, ...]:
    return tuple((repo / name).read_bytes() for name in FILES)


def write(shell: Shell, repo: Path, *words: str) -> tuple[bytes, ...]:
    done = shell.run(*WRITE, *words, cwd=repo)
    assert done == (0, "", "")
    return bytes_of(repo)


def save(shell: Shell, repo: Path, message: str = "more") -> None:
    shell.git(repo, "add", "-A")
    shell.git(repo, "commit", "-q", "-m", message)


# The same bytes


def test_before_the_commit_after_it_and_in_a_fresh_clone_the_bytes_are_the_same(shell: Shell, repo: Path) -> None:
    (repo / "errand/more.py").write_text("def more():\n    return 1\n")
    (repo / "errand/tools.py").open("a").write("MORE = 1\n")
    shell.git(repo, "add", "errand")
    (repo / "scratch.py").write_text("import openai\n")  # untracked, so no part of the commit
    before = write(shell, repo)
    again = write(shell, repo)
    shell.git(repo, "add", FOLDER)
    staged_too = write(shell, repo)
    shell.git(repo, "commit", "-q", "-m", "second")
    after = write(shell, repo)
    shell.git(shell.here, "clone", "-q", repo, "elsewhere")
    clone = shell.here / "elsewhere"

    assert before == again == staged_too == after == bytes_of(clone) == write(shell, clone)
    assert shell.git(clone, "status", "--short") == ""


def test_it_names_what_was_scanned_and_neither_commit_nor_remote_nor_date(shell: Shell, repo: Path) -> None:
    write(shell, repo)
    (found,) = read_packets(repo / FILES[0])
    page = (repo / FILES[1]).read_text()

    assert found.repository.digest
    assert (found.repository.name, found.repository.commit, found.repository.remote) == ("", "", "")
    assert found.reproduce == (f"scanner packet --rules tensorzero --committed --output-dir {FOLDER}",)
    for odd in ("errands", "github.com", shell.git(repo, "rev-parse", "HEAD")[:7], str(repo), "work tree differs"):
        assert odd not in page
        assert odd not in (repo / FILES[0]).read_text()
    assert page.startswith("# TensorZero readiness\n")
    assert f"files `{found.repository.digest[:12]}`" in page


def test_an_attestation_with_a_last_day_counts_whatever_the_day_of_the_commit(shell: Shell, repo: Path) -> None:
    (repo / "scanner.toml").write_text(
        '[[override]]\nrequirement = "canary_rollout"\nstatus = "ready"\nreason = "Split outside."\nby = "A"\n'
        "until = 2001-01-01\n"
    )
    shell.git(repo, "add", ".")
    write(shell, repo)
    (found,) = read_packets(repo / FILES[0])

    assert [each.state for each in found.settings.overrides] == ["counts"]
    assert found.settings.as_of == ""
    assert "`scanner check` holds them against that of the commit" in (repo / FILES[1]).read_text()
    assert "expired" in shell.run("packet", "--rules", "tensorzero", cwd=repo).out


def test_settings_that_git_does_not_track_leave_no_trace(shell: Shell, repo: Path) -> None:
    clean = write(shell, repo)
    (repo / "scanner.toml").write_text('exclude = ["errand/"]\n')

    assert write(shell, repo) == clean


def test_edits_of_tests_and_pages_leave_it_alone_and_edits_of_code_do_not(shell: Shell, repo: Path) -> None:
    before = write(shell, repo)
    for name in ("README.md", "docs/design.md", "tests/test_tools.py"):
        (repo / name).open("a").write("\n# One more line\n")

    assert write(shell, repo) == before

    (repo / "errand/tools.py").open("a").write("MORE = 1\n")
    digests = [re.search(rb"files `(\w+)`", page)[1] for _, page in (before, write(shell, repo))]  # type: ignore[index]

    assert digests[0] != digests[1]


def test_a_merge_that_left_its_marks_in_it_is_mended_by_writing_it_again(shell: Shell, repo: Path) -> None:
    write(shell, repo)
    save(shell, repo)
    for branch, line in (("other", "THERE = 1\n"), ("main", "HERE = 1\n")):
        shell.git(repo, "checkout", "-q", *(["-b", "other"] if branch == "other" else ["main"]))
        (repo / f"errand/{branch}.py").write_text(line)
        shell.git(repo, "add", ".")
        write(shell, repo)
        save(shell, repo, branch)
    with pytest.raises(subprocess.CalledProcessError):
        shell.git(repo, "merge", "-q", "other")
    assert b"<<<<<<<" in (repo / FILES[0]).read_bytes()
    assert b"<<<<<<<" in (repo / FILES[1]).read_bytes()

    merged = write(shell, repo)
    save(shell, repo, "merged")

    assert b"<<<<<<<" not in merged[0] + merged[1]
    assert write(shell, repo) == merged


def test_several_packs_are_written_side_by_side(shell: Shell, repo: Path) -> None:
    words = ("packet", "--rules", "tensorzero", "--rules", "human-confirmation", "--committed", "--output-dir", FOLDER)
    assert shell.run(*words, cwd=repo) == (0, "", "")

    names = sorted(path.name for path in (repo / FOLDER).iterdir())
    assert names == ["human-confirmation.json", "human-confirmation.md", "tensorzero.json", "tensorzero.md"]
    (command,) = read_packets(repo / FOLDER / "tensorzero.json")[0].reproduce
    assert command == f"scanner packet --rules tensorzero --rules human-confirmation --committed --output-dir {FOLDER}"


# Links


def links_of(page: str) -> set[str]:
    tokens = [child for token in MarkdownIt().enable("table").parse(page) for child in token.children or ()]
    return {str(token.attrs["href"]) for token in tokens if token.type == "link_open"}


@pytest.mark.parametrize(
    ("output", "start"),
    [("packet.md", "./errand/"), ("docs/packet.md", "../errand/"), ("docs/a b/packet.md", "../../errand/")],
)
def test_links_lead_from_the_page_to_the_files(shell: Shell, repo: Path, output: str, start: str) -> None:
    (repo / output).parent.mkdir(exist_ok=True)
    done = shell.run("packet", "--rules", "tensorzero", "--committed", "-o", output, cwd=repo)
    assert done == (0, "", "")
    links = links_of((repo / output).read_text())

    assert any(link.startswith(start) for link in links)
    for link in links:
        assert ((repo / output).parent / link.partition("#")[0].partition("?")[0]).is_file()


def test_of_a_scanned_folder_links_and_command_hold_from_elsewhere_in_its_repository(shell: Shell, repo: Path) -> None:
    shell.git(repo, "mv", "-k", "errand", "services")
    words = ("packet", "--rules", "tensorzero", "--repo", "services", "--committed", "-o", "docs/packet.md")
    assert shell.run(*words, cwd=repo) == (0, "", "")
    page = (repo / "docs/packet.md").read_text()

    assert "(../services/tools.py#L" in page
    assert "scanner packet --rules tensorzero --repo services --committed -o docs/packet.md" in page


def test_own_pack_files_are_named_from_the_top_of_the_repository(shell: Shell, repo: Path) -> None:
    pack = repo / "tools/own pack.yaml"
    pack.parent.mkdir()
    text = (PROJECT / "rules/packs/tensorzero.yaml").read_text()
    pack.write_text(re.sub(r"^examples:.*\n", "", text, flags=re.MULTILINE))
    shell.git(repo, "add", ".")
    words = ("packet", "--rules", "own pack.yaml", "--repo", "..", "--committed", "-o", "../docs/packet.md")
    assert shell.run(*words, cwd=pack.parent) == (0, "", "")

    assert (
        "scanner packet --rules 'tools/own pack.yaml' --committed -o docs/packet.md"
        in (repo / "docs/packet.md").read_text()
    )


@given(st.text(min_size=1, max_size=30), st.sampled_from(["./", "../", "../../a%20b/"]))
def test_no_name_of_a_file_leads_a_relative_link_elsewhere(path: str, up: str) -> None:
    link = address(f"{up}{{path}}#L{{line}}-L{{end_line}}", path, 3, 4)

    assert re.fullmatch(re.escape(up) + r"[A-Za-z0-9_.~%/-]*(\?plain=1)?#L3-L4", link)


@pytest.mark.parametrize("template", ["javascript:{path}", "//host/{path}", "/{path}", "{path}", "data:./{path}"])
def test_any_other_template_gives_no_link(template: str) -> None:
    assert address(template, "a.py", 1, 2) == ""


# Where it may be written


def test_a_place_outside_the_work_tree_is_refused(shell: Shell, repo: Path) -> None:
    for place in (("-o", "../packet.md"), ("--output-dir", ".."), ("--output-dir", ".git/packets")):
        said = shell.fails("packet", "--rules", "tensorzero", "--committed", *place, code=2, cwd=repo)
        assert "is not in the work tree of" in said
        assert said.count("\n") == 0


def test_a_link_out_of_the_work_tree_is_outside(shell: Shell, repo: Path) -> None:
    (repo / "out").symlink_to(shell.home)

    said = shell.fails("packet", "--rules", "tensorzero", "--committed", "--output-dir", "out", code=2, cwd=repo)
    assert "is not in the work tree of" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--committed",), "name it with -o or --output-dir"),
        (("--committed", "-o", "p.md", "--rev", "HEAD"), "leave out --rev and other forms"),
        (("--committed", "-o", "p.sarif", "--format", "sarif"), "leave out --rev and other forms"),
        (("--committed", "-o", "PACKET"), "must end in .md or .markdown"),
        (("--committed", "-o", "packet.md", "--format", "json"), "must end in .json"),
        (("--fail-if-changed", "-o", "p.md"), "write --committed beside it"),
        (("--committed", "-o", "p.md", "--as-of", "2026-01-01"), "--as-of says nothing with --committed"),
    ],
)
def test_what_does_not_go_together_is_said(shell: Shell, repo: Path, words: tuple[str, ...], said: str) -> None:
    assert said in shell.fails("packet", "--rules", "tensorzero", *words, code=2, cwd=repo)


def test_a_folder_that_is_no_repository_of_git_has_no_committed_packet(shell: Shell) -> None:
    folder = shell.sample("plain")

    assert "is not in a git repository" in shell.fails(*WRITE, code=3, cwd=folder)


def test_a_sparse_checkout_has_no_committed_packet(shell: Shell, repo: Path) -> None:
    shell.git(repo, "sparse-checkout", "set", "errand")

    assert "this checkout is sparse" in shell.fails(*WRITE, code=3, cwd=repo)


def test_somebody_elses_file_is_not_replaced(shell: Shell, repo: Path) -> None:
    words = ("packet", "--rules", "tensorzero", "--committed", "-o", "README.md")

    assert "was not written by scanner" in shell.fails(*words, code=2, cwd=repo)


# What git would commit


def test_fail_if_changed_holds_what_is_written_against_gits_index(shell: Shell, repo: Path) -> None:
    words = (*WRITE, "--fail-if-changed")
    first, second = shell.run(*words, cwd=repo), shell.run(*words, cwd=repo)

    assert first == second
    assert (first.code, first.err, first.out.count("\n")) == (1, "", 1)
    mend = first.out.strip().partition("then: git ")[2]
    assert mend == f"add {FILES[0]} {FILES[1]}"

    shell.git(repo, *mend.split())
    assert shell.run(*words, cwd=repo) == (0, "", "")
    save(shell, repo)
    assert shell.run(*words, cwd=repo) == (0, "", "")


@pytest.mark.parametrize("index", ["index.other", "../elsewhere"])
def test_the_index_of_a_commit_in_progress_counts_if_it_is_the_repositorys_own(
    shell: Shell, repo: Path, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "late.py").write_text("late = 1\n")
    other = repo / ".git" / index
    subprocess.run(
        ["git", "add", "late.py"], cwd=repo, env=environment(shell.home, GIT_INDEX_FILE=str(other)), check=True
    )
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))

    assert bool(staged(open_store(repo), b"late.py")) is (index == "index.other")


def test_what_a_partial_clone_or_a_work_tree_alone_tells_is_left_out() -> None:
    packet = read_sample()
    spots = (
        BlindSpot("untracked", "a.py", 0, "code that git does not track yet", 3),
        BlindSpot("commit unreadable", "", 0, "every file counts as changed"),
        BlindSpot("parse errors", "b.py", 1, "some"),
    )
    packet = msgspec.structs.replace(
        packet,
        blind_spots=spots,
        completeness=Completeness("partial", ("1 file not read: commit unreadable",)),
    )

    found = committed(packet, "./{path}", "again")

    assert found.blind_spots == spots[2:]
    assert found.completeness == Completeness("complete")


def read_sample() -> Packet:
    from scanner.api import load_rules, packets_at

    packs, rulebook = load_rules(["tensorzero"])
    return packets_at(SAMPLE, None, packs, rulebook)[0]


# Own results are neither scanned nor counted


def scanned(shell: Shell, repo: Path, *words: str) -> dict[str, Any]:
    """The packet without what names the commit."""
    done = shell.run("packet", "--rules", "tensorzero", "--format", "json", *words, cwd=repo)
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    for name in ("commit", "permalink", "changed"):
        del found["repository"][name]
    del found["reproduce"]
    return found


def test_no_result_of_scanner_is_scanned_or_counted_whatever_it_is_called(
    shell: Shell, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scanned(shell, repo)
    made = {
        "packet.json": ("packet", "--rules", "tensorzero", "--format", "json"),
        "notes/readiness.md": ("packet", "--rules", "tensorzero"),
        "both.json": ("packet", "--rules", "tensorzero", "--rules", "codeact-export", "--format", "json"),
        "prompts/both.md": ("packet", "--rules", "tensorzero", "--rules", "codeact-export"),
        "src/config.sarif": ("packet", "--rules", "tensorzero", "--format", "sarif"),
        "seams.json": ("seams", "--format", "json"),
        "graph.json": ("graph", "--to", "model_call", "--format", "json"),
        "readiness.svg": ("history", "--rules", "tensorzero", "--format", "svg"),
        "history.json": ("history", "--rules", "tensorzero", "--format", "json"),
        "history.md": ("history", "--rules", "tensorzero", "--format", "markdown"),
        "difference.json": ("diff", "--rules", "tensorzero", "--base", "HEAD", "--format", "json"),
        "check.json": ("check", "--rules", "tensorzero", "--base", "HEAD", "--format", "json"),
    }
    monkeypatch.chdir(repo)
    monkeypatch.setenv("SCANNER_CACHE_DIR", environment(shell.home)["SCANNER_CACHE_DIR"])
    contents = {name: CliRunner().invoke(cli, words, catch_exceptions=False) for name, words in made.items()}
    folder = CliRunner().invoke(
        cli, ["packet", "--rules", "tensorzero", "--output-dir", "review"], catch_exceptions=False
    )
    for name, done in contents.items():
        assert (done.exit_code, folder.exit_code) == (0, 0), name
        shell.write(f"errand/{name}", done.stdout)
    save(shell, repo)

    assert scanned(shell, repo) == before
    assert scanned(shell, repo, "--rev", "HEAD") == before
    said = shell.run("explain", "errand/../packet.json:3", cwd=repo)
    assert said.out == "packet.json:3: not read: scanner wrote it, and its own results are not scanned\n"


def test_a_result_with_line_ends_of_windows_is_one_too(shell: Shell, repo: Path) -> None:
    for content, name in zip(write(shell, repo), FILES, strict=True):
        windows = content.replace(b"\n", b"\r\n")
        assert is_own(name, windows[-ENDS:] if is_told_by_tail(name) else windows[:ENDS])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", "Scanner darkly\n" * 20),
        ("notes.md", "Scanner 0.1.0 · schema 1.0 · pack `a`\n\nThat is what its pages end with, says this one.\n"),
        ("data.json", '{"schema_version": "1.0", "models": ["gpt-4o"]}'),
        ("icon.svg", "<svg><!-- scanner of a shop --></svg>"),
    ],
)
def test_files_that_only_speak_of_scanner_are_read(name: str, content: str) -> None:
    data = content.encode()

    assert not is_own(name, data[-ENDS:] if is_told_by_tail(name) else data[:ENDS]) or name == "icon.svg"


def test_code_that_looks_like_a_result_is_read_all_the_same() -> None:
    page = "\nScanner 0.1.0 · schema 1.0 · pack `a` · rules `b`\n".encode()
    head = b'{"schema_version": "1.0", "scanner_version": "0.1.0", "completeness": {}}'
    suffixes = {suffix for language in all_languages() if language.kind == "code" for suffix in language.suffixes}

    assert suffixes
    assert suffixes.isdisjoint(SUFFIXES)
    for suffix in (*suffixes, ".yaml", ".toml", ".env", ".jsonl", ""):
        assert not is_own(f"agent{suffix}", page)
        assert not is_own(f"agent{suffix}", head)


@given(st.binary(max_size=600))
def test_whatever_the_bytes_an_answer_is_given(data: bytes) -> None:
    for suffix in SUFFIXES:
        is_own(f"a{suffix}", data)
    may_be_replaced(data)


def test_results_of_older_versions_may_be_replaced() -> None:
    assert may_be_replaced(b"# Gateway readiness\n\ntext\n\nScanner 0.0.9 and no more\n")
    assert may_be_replaced(b'{\n  "pack": "x", "schema_version": "0.9", "scanner_version": "0.0.9"}')
    assert not may_be_replaced(b"# My notes\n\nThe Scanner is good.\n")


def test_links_and_folders_are_passed_over(shell: Shell, repo: Path) -> None:
    write(shell, repo)
    (repo / "linked.md").symlink_to(FILES[1])
    (repo / "folder.json").mkdir()
    (repo / "folder.json/a.py").write_text("a = 1\n")
    save(shell, repo)

    assert home(repo, repo / FOLDER).links.startswith("../../{path}")
    assert shell.run(*WRITE, cwd=repo).code == 0
