"""A folder of results is written as one, and tells whether it still is one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commandline import Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeup import PACK, rich_packet

from scanner import bundle as folders
from scanner import output
from scanner.errors import UsageError
from scanner.manifestfile import LARGEST, is_name, read_manifest
from scanner.ownoutput import is_packet, may_be_replaced
from scanner.packet import Packet
from scanner.reviewpage import Review
from scanner.verify import read_bundle

PACKET = rich_packet()
FILES = ["manifest.json", "packet.html", "packet.json", "packet.md", "packet.sarif"]
RULES = ("packet", "--rules", "tensorzero")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def write_bundle(folder: Path, packets: Sequence[Packet], **given: bool) -> tuple[str, ...]:
    return folders.write_bundle(folder, [Review(each) for each in packets], **given)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def problems(folder: Path) -> list[str]:
    return [str(each) for each in read_bundle(folder).problems]


def changed(packet: Packet = PACKET, commit: str = "f" * 40) -> Packet:
    return msgspec.structs.replace(packet, repository=msgspec.structs.replace(packet.repository, commit=commit))


def of_pack(name: str) -> Packet:
    return msgspec.structs.replace(PACKET, pack=msgspec.structs.replace(PACKET.pack, id=name))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest by hand."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    change(manifest)
    file.write_text(json.dumps(manifest))


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Change a file by hand, with its line in the manifest."""
    (folder / name).write_bytes(content)

    def change(manifest: dict[str, Any]) -> None:
        (line,) = [each for each in manifest["files"] if each["name"] == name]
        line |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    edit(folder, change)


# --- writing ---


def test_a_bundle_has_every_format_and_a_manifest_that_holds(tmp_path: Path) -> None:
    assert write_bundle(tmp_path / "new/review", [PACKET]) == ()

    folder = tmp_path / "new/review"
    assert names(folder) == FILES
    assert problems(folder) == []
    manifest = read_manifest(folder)
    assert manifest.repository.commit == PACKET.repository.commit
    assert manifest.repository.digest == PACKET.repository.digest
    assert [(each.id, each.digest) for each in manifest.packs] == [("gateway", PACK.digest)]
    assert [each.size for each in manifest.files] == [(folder / each.name).stat().st_size for each in manifest.files]


def test_the_same_packets_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_bundle(tmp_path / name, [PACKET])

    assert [(tmp_path / "a" / name).read_bytes() for name in FILES] == [
        (tmp_path / "b" / name).read_bytes() for name in FILES
    ]


def test_files_of_several_packs_are_called_after_them_and_none_takes_the_manifests_place(tmp_path: Path) -> None:
    write_bundle(tmp_path, [of_pack("one"), of_pack("manifest")])

    assert names(tmp_path) == [
        "manifest-pack.html",
        "manifest-pack.json",
        "manifest-pack.md",
        "manifest-pack.sarif",
        "manifest.json",
        "one.html",
        "one.json",
        "one.md",
        "one.sarif",
    ]
    assert problems(tmp_path) == []


def test_a_manifest_is_known_as_scanners_own_and_is_no_packet(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])

    content = (tmp_path / "manifest.json").read_bytes()
    assert may_be_replaced(content)
    assert not is_packet(content)


def test_a_newer_run_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])

    assert write_bundle(tmp_path, [changed()]) == ()

    assert names(tmp_path) == FILES
    assert problems(tmp_path) == []
    assert read_manifest(tmp_path).repository.commit == "f" * 40


def test_nothing_is_written_when_one_file_is_somebody_elses(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    (tmp_path / "packet.sarif").write_text("mine")
    before = {name: (tmp_path / name).read_bytes() for name in FILES}

    with pytest.raises(UsageError, match=r"packet\.sarif exists and was not written by scanner; use --force"):
        write_bundle(tmp_path, [changed()])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_bundle(tmp_path, [changed()], force=True)
    assert problems(tmp_path) == []


def test_links_and_folders_in_the_way_are_refused_even_when_forced(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("mine")
    folder = tmp_path / "review"
    folder.mkdir()
    (folder / "packet.md").symlink_to(outside)
    with pytest.raises(UsageError, match="it is a link; name another folder"):
        write_bundle(folder, [PACKET], force=True)
    (folder / "packet.md").unlink()
    (folder / "manifest.json").mkdir()
    with pytest.raises(UsageError, match="it is a folder; name another folder"):
        write_bundle(folder, [PACKET], force=True)

    assert outside.read_text() == "mine"
    assert names(folder) == ["manifest.json"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bundle(tmp_path, [PACKET])
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    made = iter(range(10))
    whole = output._beside  # the third of four files meets a full disk

    def full(*words: Any) -> str:
        if next(made) == 2:
            raise OSError(28, "No space left on device")
        return whole(*words)

    monkeypatch.setattr(output, "_beside", full)
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        write_bundle(tmp_path, [changed()])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_rename_that_fails_brings_back_what_was_renamed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path, [PACKET])
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    rename = os.replace
    done = iter(range(10))

    def failing(*words: Any) -> None:
        if next(done) == 2:
            raise OSError(5, "Input/output error")
        rename(*words)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(UsageError, match=r"cannot write .*: Input/output error"):
        write_bundle(tmp_path, [changed()])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("renames", range(6))
def test_a_run_that_is_killed_between_two_files_leaves_a_folder_that_is_whole_or_called_broken(
    tmp_path: Path, renames: int
) -> None:
    write_bundle(tmp_path, [PACKET])
    child = os.fork()
    if child == 0:
        done = iter(range(10))
        rename = os.replace

        def replace(*words: Any) -> None:
            if next(done) == renames:
                os._exit(9)
            rename(*words)

        os.replace = replace  # type: ignore[assignment]  # in this process alone
        write_bundle(tmp_path, [changed()])
        os._exit(0)
    os.waitpid(child, 0)

    whole = renames in (0, 5)
    assert (problems(tmp_path) == []) is whole
    assert read_manifest(tmp_path).repository.commit == ("f" * 40 if renames == 5 else PACKET.repository.commit)


def test_files_of_an_earlier_run_go_unless_somebody_changed_them(tmp_path: Path) -> None:
    write_bundle(tmp_path, [of_pack("one"), of_pack("two")])
    (tmp_path / "two.md").write_text("with my notes")
    (tmp_path / "notes.md").write_text("mine")

    said = write_bundle(tmp_path, [PACKET])

    assert said == (
        "removed one.md, which an earlier run wrote and this one does not",
        "removed one.json, which an earlier run wrote and this one does not",
        "removed one.sarif, which an earlier run wrote and this one does not",
        "removed one.html, which an earlier run wrote and this one does not",
        "kept two.md of an earlier run, since it was changed; it is no part of this bundle",
        "removed two.json, which an earlier run wrote and this one does not",
        "removed two.sarif, which an earlier run wrote and this one does not",
        "removed two.html, which an earlier run wrote and this one does not",
    )
    assert names(tmp_path) == sorted([*FILES, "notes.md", "two.md"])


def test_a_forged_manifest_has_nothing_removed_outside_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "review"
    write_bundle(folder, [of_pack("one"), of_pack("two")])
    victim = tmp_path / "victim.md"
    victim.write_text("mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    (folder / "link.md").symlink_to(victim)
    forged = [
        {"name": name, "pack": "one", "format": "markdown", "size": 4, "sha256": digest}
        for name in ("../victim.md", str(victim), "link.md")
    ]
    edit(folder, lambda manifest: manifest["files"].extend(forged))

    write_bundle(folder, [PACKET])

    assert victim.read_text() == "mine"
    assert (folder / "link.md").is_symlink()


# --- verifying ---


def test_a_changed_missing_or_grown_file_is_named(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    page = (tmp_path / "packet.md").read_bytes()
    (tmp_path / "packet.md").write_bytes(page.replace(b"Partial", b"Perfect"))
    (tmp_path / "packet.json").unlink()
    with (tmp_path / "packet.sarif").open("ab") as file:
        file.write(b"\n")
    size = (tmp_path / "packet.sarif").stat().st_size

    assert problems(tmp_path) == [
        "packet.md: was changed: its digest is not the manifest's",
        "packet.json: is missing",
        f"packet.sarif: has {size:,} bytes, and the manifest says {size - 1:,}",
    ]


def test_a_packet_of_another_run_is_told_even_with_the_right_digest(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a", [PACKET])
    write_bundle(tmp_path / "b", [changed()])
    for name in ("packet.json", "packet.sarif"):
        rewrite(tmp_path / "a", name, (tmp_path / "b" / name).read_bytes())

    here, there = "ffffffffffffffffffffffffffffffffffffffff", PACKET.repository.commit
    assert problems(tmp_path / "a") == [
        f"packet.json: its commit is {here}, and the manifest says {there}",
        f"packet.sarif: its commit is {here}, and the manifest says {there}",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda manifest: manifest.update(rules_digest="0" * 64), "digest of the rules"),
        (lambda manifest: manifest.update(scanner_version="9.9"), "version of scanner"),
        (lambda manifest: manifest["packs"][0].update(digest="0" * 64), "digest of the pack"),
        (lambda manifest: manifest["repository"].update(digest="0" * 64), "digest of what was scanned"),
        (lambda manifest: manifest["repository"].update(changed=7), "number of changed files"),
        (lambda manifest: manifest["files"].pop(1), "the manifest names no JSON of the pack gateway"),
        (lambda manifest: manifest["packs"].clear(), "files of the pack gateway, which was not asked"),
        (lambda manifest: manifest["files"].append(manifest["files"][0]), "packet.md: is named twice in the manifest"),
    ],
)
def test_a_manifest_that_says_otherwise_than_its_files(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    write_bundle(tmp_path, [PACKET])

    edit(tmp_path, change)

    assert [line for line in problems(tmp_path) if problem in line]


def test_what_is_no_packet_or_no_sarif_is_told(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    rewrite(tmp_path, "packet.json", b"[1]")
    rewrite(tmp_path, "packet.sarif", b"{}")

    first, second = problems(tmp_path)

    assert first.startswith("packet.json is no packet")
    assert second == "packet.sarif: is no SARIF of scanner"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/hostname", "..", "a/b.md", "a\\b.md", "c:x.md", "Manifest.JSON", ""]
)
def test_names_that_lead_out_of_the_folder_are_not_read(tmp_path: Path, name: str) -> None:
    write_bundle(tmp_path, [PACKET])

    edit(tmp_path, lambda manifest: manifest["files"][0].update(name=name))

    assert [line for line in problems(tmp_path) if line.endswith("is no file of this folder, so it was not read")]


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    (tmp_path / "packet.md").rename(tmp_path / "elsewhere")
    (tmp_path / "packet.md").symlink_to("elsewhere")
    (tmp_path / "packet.json").unlink()
    os.mkfifo(tmp_path / "packet.json")
    edit(tmp_path, lambda manifest: manifest["files"][1].update(size=0))
    edit(
        tmp_path,
        lambda manifest: manifest["files"][0].update(size=(tmp_path / "packet.md").lstat().st_size),
    )

    assert problems(tmp_path) == ["packet.md: is a link, so it was not read", "packet.json: is no file"]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    size = 1 << 40
    with (tmp_path / "packet.json").open("wb") as file:
        file.truncate(size)
    edit(tmp_path, lambda manifest: manifest["files"][1].update(size=size))

    assert problems(tmp_path) == [
        "packet.json: has 1,099,511,627,776 bytes, which no file of a bundle has, so it was not read"
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=20))
def test_a_name_is_one_file_of_the_folder_or_none(tmp_path: Path, name: str) -> None:
    if is_name(name):
        assert (tmp_path / name).parent == tmp_path
        assert os.path.normpath(tmp_path / name) == str(tmp_path / name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.recursive(st.none() | st.text(), st.lists, max_leaves=5).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_a_manifest_holds_ends_in_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)

    with pytest.raises(UsageError, match=r"manifest\.json is no manifest of scanner; name a folder that"):
        read_bundle(tmp_path)


def test_a_manifest_is_no_link_not_huge_and_of_a_known_version(tmp_path: Path) -> None:
    write_bundle(tmp_path, [PACKET])
    file = tmp_path / "manifest.json"
    edit(tmp_path, lambda manifest: manifest.update(schema_version="2.0"))
    with pytest.raises(UsageError, match=r"has schema version 2\.0; install a scanner that reads it"):
        read_bundle(tmp_path)
    file.write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(UsageError, match="is no manifest of scanner"):
        read_bundle(tmp_path)
    file.unlink()
    file.symlink_to("packet.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_bundle(tmp_path)


# --- the command ---


def bundle(shell: Shell) -> str:
    """A committed agent, and the bundle of its commit; gives the commit."""
    shell.sample("agent")
    commit = shell.commit("agent")
    done = shell.run(*RULES, "--repo", "agent", "--output-dir", "review")
    assert (done.code, done.out, done.err) == (0, "", "")
    return commit


def test_a_bundle_holds_and_belongs_to_its_commit_and_is_what_a_scan_gives(shell: Shell) -> None:
    commit = bundle(shell)[:12]

    said = f"4 files of 1 pack belong together: agent, commit {commit}, by scanner 0.1.0"
    assert shell.run("verify", "review") == (0, f"{said}\n", "")
    assert shell.run("verify", "review", "--repo", "agent") == (0, f"{said}; it holds what was scanned\n", "")
    again = shell.run("verify", "review", "--repo", "agent", "--rebuild")
    assert again == (0, f"{said}; a scan of it gives the same packets\n", "")


def test_a_bundle_still_belongs_to_its_commit_when_the_repository_has_moved_on(shell: Shell) -> None:
    bundle(shell)
    shell.write("agent/more.py", "def more():\n    return 1\n")
    shell.git("agent", "add", ".")
    shell.git("agent", "commit", "-q", "-m", "second")

    assert shell.run("verify", "review", "--repo", "agent").code == 0


def test_a_bundle_does_not_belong_to_another_repository(shell: Shell) -> None:
    commit = bundle(shell)
    shell.write("other/agent.py", "def send():\n    return 1\n")
    plain = shell.run("verify", "review", "--repo", "other")
    shell.commit("other")
    other = shell.run("verify", "review", "--repo", "other", "--format", "json")

    line = f"there is no commit {commit} in that repository"
    assert (plain.code, plain.out) == (1, f"{line}\n")
    assert other.code == 1
    found = json.loads(other.out)
    assert (found["holds"], found["problems"]) == (False, [{"file": "", "problem": line}])
    assert shell.fails("verify", "review", "--repo", "nowhere", code=3).startswith("nowhere does not exist")


def test_a_bundle_of_a_changed_work_tree_is_of_no_commit(shell: Shell) -> None:
    shell.sample("agent")
    commit = shell.commit("agent")
    shell.write("agent/pyproject.toml", "[project]\nname = 'agent'\n")
    assert shell.run(*RULES, "--repo", "agent", "--output-dir", "review").code == 0

    done = shell.run("verify", "review", "--repo", "agent")

    line = f"it was made of a work tree in which 1 file differed from commit {commit[:12]}, so it is of no commit"
    assert (done.code, done.out) == (1, f"{line}\n")


def test_a_bundle_of_a_plain_folder_is_held_against_the_folder(shell: Shell) -> None:
    shell.sample("agent")
    shell.run(*RULES, "--repo", "agent", "--output-dir", "review")

    assert shell.run("verify", "review", "--repo", "agent").code == 0
    shell.write("agent/more.py", "def more():\n    return 1\n")
    done = shell.run("verify", "review", "--repo", "agent")
    assert (done.code, done.out) == (1, "what was scanned is not what the repository holds: the digests differ\n")


def test_packets_that_were_edited_with_their_manifest_are_found_by_making_them_again(shell: Shell) -> None:
    bundle(shell)
    folder = shell.here / "review"
    packet = json.loads((folder / "packet.json").read_text())
    packet["requirements"][0]["status"] = "ready"
    rewrite(folder, "packet.json", json.dumps(packet).encode())

    assert shell.run("verify", "review", "--repo", "agent").code == 0
    done = shell.run("verify", "review", "--repo", "agent", "--rebuild")
    assert (done.code, done.out) == (1, "packet.json: is not the packet that a scan gives\n")


def forge(folder: Path, name: str) -> None:
    """Append what readers do not see, and make the manifest match."""
    rewrite(folder, name, (folder / name).read_bytes() + b" \n")


@pytest.mark.parametrize("options", [(), ("--alerts-only",), ("--rules", "human-confirmation")])
def test_every_file_that_was_forged_with_its_manifest_is_found_by_making_it_again(
    shell: Shell, options: tuple[str, ...]
) -> None:
    shell.sample("agent")
    shell.commit("agent")
    shell.run(*RULES, *options, "--repo", "agent", "--output-dir", "review")
    folder = shell.here / "review"
    again = ("verify", "review", "--repo", "agent", "--rebuild")
    whole = shell.run(*again)
    assert whole.code == 0
    assert whole.out.endswith("; a scan of it gives the same packets\n")

    forged = [each.name for each in read_manifest(folder).files]
    for name in forged:
        forge(folder, name)

    assert shell.run("verify", "review", "--repo", "agent").code == 0
    called = {"md": "page", "json": "packet", "sarif": "SARIF", "html": "page"}
    lines = [f"{name}: is not the {called[name.rpartition('.')[2]]} that a scan gives" for name in forged]
    done = shell.run(*again)
    assert (done.code, done.out.splitlines()) == (1, lines)


def test_sarif_of_one_bundle_is_all_results_or_alerts_only_and_not_a_mixture(shell: Shell) -> None:
    shell.sample("agent")
    shell.commit("agent")
    words = (*RULES, "--rules", "human-confirmation", "--repo", "agent", "--output-dir")
    shell.run(*words, "review")
    shell.run(*words, "alerts", "--alerts-only")
    rewrite(shell.here / "review", "tensorzero.sarif", (shell.here / "alerts/tensorzero.sarif").read_bytes())

    done = shell.run("verify", "review", "--repo", "agent", "--rebuild")

    assert (done.code, done.out) == (1, "tensorzero.sarif: is not the SARIF that a scan gives\n")


def test_a_page_with_a_baseline_or_a_history_is_named_as_not_compared(shell: Shell) -> None:
    commit = bundle(shell)[:12]
    past = ("history", "--rules", "tensorzero", "--repo", "agent", "--format", "json", "-o", "past.json")
    assert shell.run(*past).code == 0
    shell.run(*RULES, "--repo", "agent", "--output-dir", "compared", "--baseline", "review")
    shell.run(*RULES, "--repo", "agent", "--output-dir", "charted", "--history", "past.json")

    said = f"4 files of 1 pack belong together: agent, commit {commit}, by scanner 0.1.0; a scan of it gives the same"
    line = f"{said} packets, but packet.html was not compared: it shows a baseline or a history\n"
    for folder in ("compared", "charted"):
        assert shell.run("verify", folder, "--repo", "agent", "--rebuild") == (0, line, "")
    found = json.loads(shell.run("verify", "charted", "--repo", "agent", "--rebuild", "--format", "json").out)
    assert (found["holds"], found["not_compared"]) == (True, ["packet.html"])
    forge(shell.here / "charted", "packet.md")
    done = shell.run("verify", "charted", "--repo", "agent", "--rebuild")
    assert (done.code, done.out) == (1, "packet.md: is not the page that a scan gives\n")


def test_no_forged_file_escapes_by_what_the_manifest_calls_it(shell: Shell) -> None:
    bundle(shell)
    folder = shell.here / "review"
    rewrite(folder, "packet.md", b'<section class="changes" >')
    rewrite(folder, "packet.html", b'<section class="changes" >')
    (folder / "other.sarif").write_bytes((folder / "packet.sarif").read_bytes())

    def change(manifest: dict[str, Any]) -> None:
        page, _, sarif, html = manifest["files"]
        page["format"] = "html"
        html["format"] = "markdown"
        sarif["name"] = "other.sarif"

    edit(folder, change)

    done = shell.run("verify", "review", "--repo", "agent", "--rebuild")

    assert (done.code, done.out.splitlines()) == (
        1,
        [
            "the manifest does not name packet.sarif, which a run writes",
            "packet.md: is not the page that a scan gives",
            "other.sarif: is no file that a run writes",
            "packet.html: is not the page that a scan gives",
        ],
    )


def test_a_manifest_that_names_nothing_does_not_hold(shell: Shell) -> None:
    bundle(shell)
    folder = shell.here / "review"
    edit(folder, lambda manifest: manifest.update(files=[], packs=[]))

    line = "the manifest names no file and no pack, so there is nothing that belongs together"
    assert shell.run("verify", "review") == (1, f"{line}\n", "")
    held = "no packet of it could be read, so nothing can be held against the repository"
    for more in ((), ("--rebuild",)):
        done = shell.run("verify", "review", "--repo", "agent", *more)
        assert (done.code, done.out.splitlines()) == (1, [line, held])


@pytest.mark.parametrize("left", [0, 1])
def test_packets_of_packs_that_the_manifest_does_not_name_end_in_one_clear_line(shell: Shell, left: int) -> None:
    shell.sample("agent")
    shell.commit("agent")
    shell.run(*RULES, "--rules", "human-confirmation", "--repo", "agent", "--output-dir", "review")
    edit(shell.here / "review", lambda manifest: manifest.update(packs=manifest["packs"][:left]))

    done = shell.run("verify", "review", "--repo", "agent", "--rebuild")

    assert (done.code, done.err) == (1, "")
    assert "the manifest names files of the pack human-confirmation, which was not asked" in done.out.splitlines()


def test_packets_of_other_rules_are_not_made_again_and_the_reason_is_told(shell: Shell) -> None:
    bundle(shell)
    folder = shell.here / "review"
    rules = shell.write("mine.yaml", RULE)
    assert shell.run(*RULES, "--rules", rules, "--repo", "agent", "--output-dir", "review").code == 0
    assert problems(folder) == []

    done = shell.run("verify", "review", "--repo", "agent", "--rebuild")

    line = "it cannot be made again: its rules are not those at hand; name its own with --rules"
    assert (done.code, done.out) == (1, f"{line}\n")
    words = ("--rebuild", "--rules", "tensorzero", "--rules", "mine.yaml")
    assert shell.run("verify", "review", "--repo", "agent", *words).code == 0
    assert (
        shell.fails("verify", "review", "--repo", "agent", "--rebuild", "--rules", "mine.yaml", code=2)
        == "--rules names no pack; write `--rules tensorzero` beside your own rules"
    )


RULE = """\
- id: my-send
  kind: model_call
  title: Sends of my own
  why: They go past every SDK.
  find:
    any:
      - call: "send my prompt"
  examples:
    finds:
      python: |
        send_my_prompt("hello")
    ignores:
      python: |
        send_my_mail("hello")
"""


def test_usage_errors_of_verify_are_one_clear_line(shell: Shell) -> None:
    (shell.here / "empty").mkdir()

    mend = "name a folder that `scanner packet --output-dir` wrote"
    assert shell.fails("verify", "empty", code=2) == f"empty has no manifest.json; {mend}"
    assert shell.fails("verify", "nowhere", code=2) == f"nowhere has no manifest.json; {mend}"
    assert shell.fails("verify", "empty", "--rebuild", code=2) == "--rebuild needs a repository; name it with --repo"
    assert (
        shell.fails("verify", "empty", "--rules", "x", code=2)
        == "--rules says what to make packets with; write --rebuild beside it"
    )
