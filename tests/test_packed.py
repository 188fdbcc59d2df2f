"""A report that was packed says what it said, part by part, and whoever asks for too little hears of it."""

from __future__ import annotations

import zlib
from contextlib import suppress

import msgspec
import pytest
from commandline import SAMPLE
from conftest import Repo
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import load_rules
from scanner.cache import decoded
from scanner.candidates import FileReport
from scanner.installed import builtin_rules
from scanner.look import Looker
from scanner.packed import PARTS, PackedReport, Part, Reports, pack, unpack
from scanner.repository import open_repository
from scanner.scan import scan


@pytest.fixture(scope="module")
def whole() -> list[FileReport]:
    """Reports on the sample agent, never packed."""
    repository = open_repository(SAMPLE)
    _, rulebook = load_rules([])
    seen = scan(repository, rulebook, builtin_rules() / "vocabulary.yaml")
    looker = Looker(seen.task)
    return [looker.look(entry, {}) for entry in repository.files]


def test_nothing_is_lost_by_packing(whole: list[FileReport]) -> None:
    assert len(whole) > 10
    assert [unpack(pack(report)) for report in whole] == whole


def test_it_is_the_same_after_a_way_through_the_cache(whole: list[FileReport]) -> None:
    for report in whole:
        kept = msgspec.msgpack.encode(pack(report))
        assert unpack(msgspec.msgpack.decode(kept, type=PackedReport)) == report


def test_packed_reports_are_small(whole: list[FileReport]) -> None:
    plain = sum(len(msgspec.msgpack.encode(report)) for report in whole)
    packed = sum(len(msgspec.msgpack.encode(pack(report))) for report in whole)
    assert 2 * packed < plain


#: Part → what it is for.
ASKED = {
    "names": ("definitions", "exports", "bases"),
    "claims": ("candidates", "calls"),
    "mentions": ("mentioned",),
    "excerpts": ("excerpts",),
}
ASKED_OF_SITES = {
    "nodes": ("nodes",),
    "sites": ("sites", "imports"),
    "flows": ("decisions", "statements", "raising", "flows"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_there_when_asked_for_and_refuses_when_not(whole: list[FileReport], part: Part) -> None:
    for report in whole:
        got = unpack(pack(report), (part,))
        pairs = [(got, report, name, key == part) for key, names in ASKED.items() for name in names]
        pairs += [
            (got.sites, report.sites, name, key == part) for key, names in ASKED_OF_SITES.items() for name in names
        ]
        for here, there, name, is_asked in pairs:
            if is_asked:
                assert getattr(here, name) == getattr(there, name)
            else:
                for look in (bool, len, iter, lambda value: value.anything, lambda value: 1 in value):
                    with pytest.raises(LookupError):
                        look(getattr(here, name))
        assert (got.path, got.language, got.size, got.failure) == (
            report.path,
            report.language,
            report.size,
            report.failure,
        )


def test_every_field_belongs_to_the_head_or_to_a_part(whole: list[FileReport]) -> None:
    head = set(pack(whole[0]).head.__struct_fields__)
    assert head | {name for names in ASKED.values() for name in names} | {"sites"} == set(whole[0].__struct_fields__)
    assert {name for names in ASKED_OF_SITES.values() for name in names} == set(whole[0].sites.__struct_fields__)


@given(st.binary(max_size=100))
def test_what_was_never_packed_is_no_more_than_a_value_error(data: bytes) -> None:
    head = pack(FileReport("a.py", "python", "a")).head
    for made_up in (data, zlib.compress(data), zlib.compress(b"\x91" * 100_000)):
        for part in PARTS:
            with suppress(ValueError):
                unpack(PackedReport(head, *(made_up for _ in PARTS)), (part,))


@pytest.mark.parametrize("data", [b"", b"no part", zlib.compress(b"\xc1"), zlib.compress(b"\x91" * 100_000)])
@pytest.mark.parametrize("part", PARTS)
def test_what_says_nothing_is_a_value_error(data: bytes, part: Part) -> None:
    packed = PackedReport(pack(FileReport("a.py", "python", "a")).head, *(data for _ in PARTS))
    with pytest.raises(ValueError):  # noqa: PT011  # of any kind
        unpack(packed, (part,))


def test_an_entry_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.packed._MOST_BYTES", 1_000_000)
    packed = pack(FileReport("a.py", "python", "a"))
    with pytest.raises(ValueError, match="too large"):
        unpack(msgspec.structs.replace(packed, claims=zlib.compress(bytes(2_000_000))))


def test_an_entry_that_was_packed_without_one_of_the_parts_is_none() -> None:
    fields = msgspec.structs.astuple(pack(FileReport("a.py", "python", "a")))
    assert decoded(msgspec.msgpack.encode(fields), PackedReport) is not None
    for size in range(len(fields)):
        assert decoded(msgspec.msgpack.encode(fields[:size]), PackedReport) is None


def test_the_reports_of_a_scan_are_like_a_list(repo: Repo) -> None:
    repo.write("a.py", "import acme\nacme.completion()\n")
    repo.write("b.py", "import a\n")
    reports = repo.scan().reports
    assert [report.path for report in reports] == [head.path for head in reports.heads] == ["a.py", "b.py"]
    assert reports[0].candidates
    assert list(reports[1:]) == [reports[1]]
    assert reports == repo.scan().reports
    assert reports != Reports(())
    assert reports[:1] != reports[1:]


def test_what_files_add_to_the_graph_is_known_by_path(repo: Repo) -> None:
    repo.write("a.py", "def run():\n    pass\n")
    repo.write("b.py", "x = 1\n")
    reports = repo.scan().reports
    sites = reports.sites({"a.py"})
    assert dict(sites) == {"a.py": reports[0].sites}
    assert "b.py" not in sites


def test_the_lines_around_candidates_are_unpacked_for_the_files_that_are_asked_for(repo: Repo) -> None:
    repo.write("a.py", "import acme\nacme.completion()\n")
    repo.write("b.py", "import acme\nacme.completion(1)\n")
    reports = repo.scan().reports
    assert reports.excerpts({"b.py", "c.py"}) == {"b.py": reports[1].excerpts}
    assert reports.excerpts(()) == {}
