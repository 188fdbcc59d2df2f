"""Files are written whole or not at all, and never over somebody's work."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.output import write_atomically

NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def failure(path: Path, data: str = "new", force: bool = False) -> str:
    with pytest.raises(UsageError) as caught:
        write_atomically(path, data, force)
    return str(caught.value)


def test_a_new_file_is_written_with_the_permissions_of_the_users_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "packet.md", "hé\n")
    finally:
        os.umask(old)

    assert (tmp_path / "packet.md").read_bytes() == "hé\n".encode()
    assert stat.S_IMODE((tmp_path / "packet.md").stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["packet.md"]


def test_somebodys_file_is_not_replaced_unless_forced_and_keeps_its_permissions(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("mine")
    notes.chmod(0o604)

    assert failure(notes) == f"{notes} exists and was not written by scanner; use --force to replace it"
    assert notes.read_text() == "mine"
    write_atomically(notes, "new", force=True)
    assert notes.read_text() == "new"
    assert stat.S_IMODE(notes.stat().st_mode) == 0o604


def test_an_own_packet_is_replaced_without_force(tmp_path: Path) -> None:
    packet = tmp_path / "packet.md"
    packet.write_text("packet 1")

    write_atomically(packet, "packet 2", ours=lambda old: old.startswith(b"packet"))

    assert packet.read_text() == "packet 2"


def test_a_file_with_the_same_content_is_left_alone(tmp_path: Path) -> None:
    packet = tmp_path / "packet.md"
    packet.write_text("same")
    before = packet.stat().st_ino

    write_atomically(packet, "same")

    assert packet.stat().st_ino == before


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.md").symlink_to("real/packet.md")

    write_atomically(tmp_path / "link.md", "new")

    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real/packet.md").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, "new")
    reader.join()

    assert got == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none/packet.md"

    assert failure(path) == f"cannot write {path}: its folder does not exist; create it first"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert failure(tmp_path) == f"cannot write {tmp_path}: it is a folder; name a file in it"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")

    assert failure(tmp_path / "a/b") == f"cannot write {tmp_path}/a/b: Not a directory; name another file with -o"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line() -> None:
    message = failure(Path("/dev/full"))

    assert message == "cannot write /dev/full: No space left on device; name another file with -o"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packet = tmp_path / "packet.md"
    packet.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    assert "No space left on device" in failure(packet, force=True)
    assert packet.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["packet.md"]


@NOT_ROOT
def test_a_file_that_its_owner_protected_is_not_replaced(tmp_path: Path) -> None:
    packet = tmp_path / "packet.md"
    packet.write_text("old")
    packet.chmod(0o444)

    assert failure(packet, force=True) == f"cannot write {packet}: Permission denied; name another file with -o"
