"""Readiness over commits: which commits are looked at, what is told of them, and the chart."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import msgspec
import pytest
from commandline import Shell
from hypothesis import given
from hypothesis import strategies as st
from pages import as_read

from scanner.commits import Commit, Every, choose, in_step, line_of, moment
from scanner.errors import UsageError
from scanner.history import History, Row, Series, Standing, compared, schema
from scanner.historychart import drawn, history_svg
from scanner.historypage import cells, changed, history_json, history_markdown, history_table
from scanner.jsonpage import json_page
from scanner.ownoutput import is_own
from scanner.packet import PackRef
from scanner.packs import Status
from scanner.repository import open_store

PUBLISHED = Path(__file__).parent.parent / "docs" / "history.schema.json"
SVG = "{http://www.w3.org/2000/svg}"

SEND = (
    "import openai\n\ndef ask(text):\n    return openai.OpenAI().chat.completions.create(model='m', messages=[text])\n"
)
PACK = """\
id: small
title: Small pack
migration: Replace this by that.
requirements:
  - id: one_file
    title: One file
    weight: 1
    asks: Every call of a model stands in one file.
    claim: It does or does not.
    ready: {all: [{has: model_call}, {files: model_call, at_most: 1, say: one file}]}
    partial: {has: model_call}
    next: [Move them.]
    evidence: [model_call]
    slice: One file
  - id: gateway
    title: Gateway
    weight: 2
    asks: A feature flag is there.
    applies: {files: model_call, at_most: 1}
    otherwise: calls stand in several files
    claim: There is or is not.
    ready: {has: feature_flag, say: a flag}
    partial: {count: feature_flag, at_least: 1}
    next: [Add one.]
    evidence: [feature_flag]
    slice: A gateway
recommendations:
  - {headline: Go, text: Go.}
"""
DAY = 86_400
START = 1_767_225_600  # 2026-01-01


class Made:
    """A repository that is made commit by commit, one a day."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        shell.write("small.yaml", PACK)
        (shell.here / "agent").mkdir()
        shell.git("agent", "init", "-q")

    def write(self, path: str, text: str) -> None:
        self.shell.write(f"agent/{path}", text)

    def commit(self, day: int, *words: str) -> str:
        self.shell.git("agent", "add", "-A")
        self.git_at(day, "commit", "-q", "--allow-empty", "-m", f"day {day}", *words)
        return self.shell.git("agent", "rev-parse", "HEAD")

    def git_at(self, day: int, *words: str) -> None:
        when = f"{START + day * DAY} +0000"
        self.shell.git("agent", *words, GIT_COMMITTER_DATE=when, GIT_AUTHOR_DATE=when)

    def history(self, *words: str) -> dict:
        done = self.shell.run("history", "--rules", "small.yaml", "--repo", "agent", "--format", "json", *words)
        assert (done.code, done.err) == (0, ""), done
        return json.loads(done.out)

    def rows(self, *words: str) -> list[dict]:
        return self.history(*words)["series"][0]["rows"]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(Shell(tmp_path))


@pytest.fixture
def five(made: Made) -> list[str]:
    """Five commits, the newest first: nothing to judge, one file, two files, a broken file, a merge that mends all."""
    made.write("README.md", "Soon.\n")
    ids = [made.commit(0)]
    made.write("agent.py", SEND)
    ids.append(made.commit(7))
    made.write("more.py", SEND)
    ids.append(made.commit(14))
    made.write("broken.py", "def (:\n" * 400)
    ids.append(made.commit(15))
    made.git_at(16, "switch", "-q", "-c", "mend")
    (made.shell.here / "agent/broken.py").unlink()
    made.commit(17)
    (made.shell.here / "agent/more.py").unlink()
    made.commit(18)
    made.git_at(20, "switch", "-q", "main")
    made.git_at(21, "merge", "-q", "--no-ff", "-m", "mended", "mend")
    made.git_at(21, "tag", "-a", "-m", "x", "v1")
    ids.append(made.shell.git("agent", "rev-parse", "HEAD"))
    return ids[::-1]


def test_a_history_tells_of_each_commit_on_the_line_and_what_changed(made: Made, five: list[str]) -> None:
    merge, broken, two, one, nothing = made.rows("--every", "1")

    assert [each["commit"] for each in (merge, broken, two, one, nothing)] == five
    assert [each["date"] for each in (merge, one)] == ["2026-01-22T00:00:00Z", "2026-01-08T00:00:00Z"]
    assert [each["standing"]["score"] for each in (merge, two, one, nothing)] == [33, None, 33, None]
    assert one["standing"]["statuses"] == {"one_file": "ready", "gateway": "gap"}
    assert one["standing"]["counts"] == [1, 0, 1, 0]
    assert (two["lowered"], two["raised"], two["other"]) == (["one_file"], [], ["gateway"])
    assert (merge["raised"], merge["other"], merge["tags"]) == (["one_file"], ["gateway"], ["v1"])
    assert (two["standing"]["look"], broken["standing"]["look"]) == ("complete", "partial")
    assert nothing["unjudged"] == "there is no source code in a language that can be read yet"
    assert one["raised"] == [], "what could not be judged is nothing to compare with"


def test_the_table_shows_statuses_as_signs_and_says_below_what_changed(made: Made, five: list[str]) -> None:
    done = made.shell.run("history", "--rules", "small.yaml", "--repo", "agent", "--every", "1")

    short = [each[:10] for each in five]
    assert done.out.splitlines() == [
        "agent: 5 commits of 5",
        "",
        "Small pack",
        "commit      date        tag  score       ready  partial  gap  n/a  requirements  seams  ungated  look      changed",
        f"{short[0]}  2026-01-22  v1   33          1      0        1    0    ●○            1      –        complete  +1 ~1",
        f"{short[1]}  2026-01-16       not scored  0      1        0    1    ◐–            2      –        partial   none",
        f"{short[2]}  2026-01-15       not scored  0      1        0    1    ◐–            2      –        complete  -1 ~1",
        f"{short[3]}  2026-01-08       33          1      0        1    0    ●○            1      –        complete",
        f"{short[4]}  2026-01-01       not judged  –      –        –    –    –             –      –        partial",
        "",
        f"{short[0]}  raised one_file; no longer n/a: gateway",
        f"{short[2]}  lowered one_file; now n/a: gateway",
        f"{short[4]}  not judged: there is no source code in a language that can be read yet",
        "● ready, ◐ partial, ○ gap, – n/a; + raised, - lowered, ~ to or from n/a; requirements in order:",
        "  one_file and gateway",
    ]


def test_commits_are_far_enough_apart_and_begin_after_a_tag_or_with_a_day(made: Made, five: list[str]) -> None:
    made.shell.git("agent", "tag", "start", five[3])

    def chosen(*words: str) -> list[int]:
        return [five.index(each["commit"]) for each in made.rows(*words)]

    assert chosen() == [0, 2, 3, 4]
    assert chosen("--every", "2") == [0, 2, 4]
    assert chosen("--every", "tag") == [0, 3]
    assert chosen("--every", "1", "--since", "start") == [0, 1, 2]
    assert chosen("--every", "1", "--since", "2026-01-15") == [0, 1, 2]
    assert chosen("--every", "1", "--until", "main~1", "--since", five[4]) == [1, 2, 3]
    assert chosen("--every", "1", "--since", "mend") == [0], "a branch that is merged comes before its merge"


def test_too_many_commits_are_left_out_with_a_word(made: Made, five: list[str]) -> None:
    found = made.history("--every", "1", "--most", "2")

    assert [each["commit"] for each in found["series"][0]["rows"]] == five[:2]
    assert found["left_out"] == 3
    assert found["notes"] == ["Of 5 commits that --every 1 chooses, the newest 2 are shown; --most 5 shows all."]


def test_several_packs_are_a_series_each_over_the_same_commits(made: Made, five: list[str]) -> None:
    found = made.history("--rules", "tensorzero", "--every", "3")

    assert [each["pack"]["id"] for each in found["series"]] == ["small", "tensorzero"]
    assert [[row["commit"] for row in each["rows"]] for each in found["series"]] == [[five[0], five[3]]] * 2


def test_a_commit_that_cannot_be_scanned_is_a_row_with_the_reason(made: Made) -> None:
    made.write("scanner.toml", "excluded = 1\n")
    made.write("agent.py", SEND)
    made.commit(0)
    made.write("scanner.toml", "")
    made.commit(1)
    made.write("sub/x.py", SEND)
    tree = made.shell.git("agent", "rev-parse", f"{made.commit(2)}^{{tree}}")
    made.commit(3)
    made.write("sub/x.py", "")
    made.commit(4)
    # Those of days 2 and 3 share the tree that is now lost.
    (made.shell.here / "agent/.git/objects" / tree[:2] / tree[2:]).unlink()

    last, *lost, good, bad = made.rows("--every", "1")

    assert last["unjudged"] == good["unjudged"] == ""
    assert [each["standing"] for each in (*lost, bad)] == [None, None, None]
    assert lost[0]["unjudged"].startswith("git cannot read the folder: ")
    assert bad["unjudged"].startswith("scanner.toml:1:1: ")


def test_a_folder_that_came_later_has_no_files_before(made: Made) -> None:
    made.write("other.py", "a = 1\n")
    made.commit(0)
    made.write("part/agent.py", SEND)
    made.commit(1)

    done = made.shell.run(
        "history", "--rules", "small.yaml", "--repo", "agent/part", "--every", "1", "--format", "json"
    )

    new, old = json.loads(done.out)["series"][0]["rows"]
    assert new["standing"]["score"] == 33
    assert old["unjudged"] == "the commit holds no files under the folder"


def test_when_no_commit_can_be_scanned_the_newest_ones_error_is_told(made: Made) -> None:
    made.write("scanner.toml", "excluded = 1\n")
    made.commit(0)

    said = made.shell.fails("history", "--rules", "small.yaml", "--repo", "agent", code=2)

    assert said.startswith("scanner.toml:1:1: ")


def test_a_shallow_clone_says_where_its_history_ends(made: Made, five: list[str]) -> None:
    made.shell.git(".", "clone", "-q", "--depth", "2", f"file://{made.shell.here}/agent", "shallow")

    done = made.shell.run("history", "--rules", "small.yaml", "--repo", "shallow", "--every", "1", "--format", "json")
    found = json.loads(done.out)

    assert (found["end"], len(found["series"][0]["rows"])) == ("shallow", 2)
    assert found["notes"] == ["The clone is shallow, so its history ends early; git fetch --unshallow brings the rest."]
    assert made.history("--every", "1")["end"] == "root"
    assert made.history("--every", "1", "--since", five[2])["end"] == "since"


def test_nothing_that_the_repository_configures_runs(made: Made, five: list[str]) -> None:
    trap = made.shell.write("trap", f"#!/bin/sh\ntouch {made.shell.here}/ran\n")
    trap.chmod(0o755)
    for name, value in {
        "log.showSignature": "true",
        "gpg.program": str(trap),
        "gpg.ssh.program": str(trap),
        "core.pager": str(trap),
        "core.fsmonitor": str(trap),
        "core.sshCommand": str(trap),
        "format.pretty": "%G?",
        "log.showNotes": "true",
    }.items():
        made.shell.git("agent", "config", name, value)
    signed = made.shell.git("agent", "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n", 1
    )
    file = made.shell.write("signed", signed)
    made.shell.git(
        "agent", "update-ref", "HEAD", made.shell.git("agent", "hash-object", "-w", "-t", "commit", str(file))
    )

    assert len(made.rows("--every", "1")) == 5
    assert not (made.shell.here / "ran").exists()


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--every", "0"], 2, "--every 0 says no distance; write 1d, 1w or 1m for days, weeks or months, a number of commits, such as 20, or tag"),
        (["--every", "1y"], 2, "--every 1y says no distance; write 1d, 1w or 1m for days, weeks or months, a number of commits, such as 20, or tag"),
        (["--since", "v9"], 3, "--since v9 names no commit in agent, and no day such as 2026-12-31; see its branches and tags with git branch -a and git tag"),
        (["--until", "v9"], 3, "--until v9 names no commit in agent; see its branches and tags with git branch -a and git tag"),
        (["--since", "HEAD"], 2, "no commit up to HEAD comes after --since HEAD; name an older one"),
        (["--since", "2030-01-01"], 2, "no commit up to HEAD comes after --since 2030-01-01; name an older one"),
        (["-o", "a", "--output-dir", "b"], 2, "-o and --output-dir exclude each other; write one of them"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_in_one_line(made: Made, words: list[str], code: int, line: str) -> None:
    made.write("agent.py", SEND)
    made.commit(0)

    assert made.shell.fails("history", "--rules", "small.yaml", "--repo", "agent", *words, code=code) == line


def test_a_plain_folder_has_no_history(made: Made) -> None:
    made.shell.write("plain/agent.py", SEND)

    said = made.shell.fails("history", "--rules", "small.yaml", "--repo", "plain", code=3)

    assert said == "plain is not in a git repository, so it has no history; name a clone"


def test_all_files_are_written_together_replaced_later_and_told_as_scanners_own(made: Made, five: list[str]) -> None:
    words = ("history", "--rules", "small.yaml", "--repo", "agent", "--every", "1", "--output-dir", "out")
    for most in ("2", "5"):
        assert made.shell.run(*words, "--most", most).code == 0

    folder = made.shell.here / "out"
    assert sorted(each.name for each in folder.iterdir()) == ["history.json", "history.md", "history.svg"]
    assert json.loads((folder / "history.json").read_bytes()) == made.history("--every", "1", "--most", "5")
    assert "](history.svg)" in (folder / "history.md").read_text()
    assert is_own("history.json", (folder / "history.json").read_bytes()[:512])
    assert is_own("history.svg", (folder / "history.svg").read_bytes()[:512])
    assert is_own("history.md", (folder / "history.md").read_bytes()[-512:])


# Which commits are chosen


def line(days: Sequence[int]) -> list[Commit]:
    return [Commit(f"{at:040x}", START + day * DAY) for at, day in enumerate(days)]


def days(commits: Sequence[Commit]) -> list[int]:
    return [(each.when - START) // DAY for each in commits]


def test_a_wrong_clock_neither_ends_a_history_nor_gets_a_row() -> None:
    assert days(choose(line([30, 29, -9000, 20, 9000, 10, 0]), Every.of("1w"))) == [30, 20, 10, 0]


def test_a_line_begins_after_a_revision_and_with_a_day_whatever_clocks_say(made: Made) -> None:
    made.write("agent.py", SEND)
    when = [0, 1, 2, -9000, 4, 5, 9000, 7, 8, 9]
    ids = [made.commit(day) for day in when]
    store = open_store(made.shell.here / "agent")

    def kept(since: str) -> list[str]:
        return [each.id for each in line_of(store, "agent", "HEAD", since).commits][::-1]

    for at in (2, 3, 6):
        assert kept(ids[at]) == ids[at + 1 :]
    assert kept("2026-01-05") == ids[4:]
    assert kept("2026-01-08") == ids[7:]
    assert kept("1990-01-01") == ids


def test_the_newest_commit_has_a_row_even_with_a_wrong_clock() -> None:
    assert days(choose(line([-9000, 29, 20, 10]), Every.of("1w"))) == [-9000, 29, 20, 10]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.integers(1, 9), st.sampled_from(["", "d", "w", "m"]))
def test_chosen_commits_begin_with_the_newest_follow_the_line_and_keep_their_distance(
    when: list[int], count: int, unit: str
) -> None:
    commits = line(when)
    every = Every.of(f"{count}{unit}")

    chosen = choose(commits, every)

    places = [commits.index(each) for each in chosen]
    assert places[0] == 0
    assert places == sorted(set(places))
    if every.commits:
        assert all(later - earlier == count for earlier, later in pairwise(places))
        return
    trusted = [each for each in chosen if commits.index(each) in in_step(commits)]
    assert len(trusted) >= len(chosen) - 1
    assert all(a.when - b.when >= every.seconds for a, b in pairwise(trusted))
    # Nothing that is far enough from both its neighbours was passed over.
    ends = [each.when for each in trusted]
    for at in in_step(commits)[1:]:
        if commits[at] not in chosen:
            assert any(0 <= end - commits[at].when < every.seconds for end in ends)


@given(st.lists(st.integers(-20, 20), max_size=8))
def test_dates_in_step_are_the_most_that_never_rise(when: list[int]) -> None:
    commits = line(when)
    runs = {()}
    for at, each in enumerate(commits):
        runs |= {(*run, at) for run in runs if not run or commits[run[-1]].when >= each.when}

    found = in_step(commits)

    assert found in runs
    assert len(found) == max(map(len, runs))


@given(st.text())
def test_a_distance_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        every = Every.of(text)
    except UsageError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert text == "tag" or (every.commits > 0) != (every.seconds > 0)


@given(st.integers(0, 2**64))
def test_any_date_of_a_commit_can_be_told(when: int) -> None:
    assert re.fullmatch(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?", moment(when))


# Pages and the chart


def row(at: int, score: int | None, *statuses: Status, tags: Sequence[str] = (), unjudged: str = "") -> Row:
    names = dict(zip(("calls", "fallback", "gates"), statuses, strict=False))
    counts = tuple(statuses.count(each) for each in ("ready", "partial", "gap", "n/a"))
    standing = Standing(score, "so many", counts, names, "complete", 20 + at, (3, 1, 2, 0)) if not unjudged else None  # type: ignore[arg-type] # four of them
    return Row(f"{at + 10:02x}" * 20, moment(START + 7 * at * DAY), tuple(tags), unjudged, standing)


def history(*rows: Row, packs: int = 1, title: str = "Pack") -> History:
    made = compared(rows[::-1])
    series = tuple(Series(PackRef(f"p{at}", f"{title} {at + 1}", "Move.", "ab" * 32), made) for at in range(packs))
    return History(
        schema_version="1.0",
        scanner_version="1.2.3",
        repository="agent",
        remote="https://forge.example/owner/agent",
        since="v0",
        until=rows[-1].commit,
        every="1w",
        commits=99,
        left_out=0,
        end="since",
        notes=(),
        rules_digest="cd" * 32,
        series=series,
    )


def some() -> History:
    return history(
        row(0, 25, "gap", "gap", "partial", tags=["v0.1"]),
        row(1, 40, "partial", "gap", "partial"),
        row(2, None, unjudged="the commit holds no files"),
        row(3, None, "n/a", "n/a", "gap"),
        row(4, 60, "partial", "ready", "gap", tags=["v0.2", "stable"]),
        row(5, 95, "ready", "ready", "partial"),
        packs=2,
    )


def test_the_pages_of_a_made_up_history_are_those_that_somebody_read() -> None:
    for suffix, page in (("svg", history_svg(some())), ("md", history_markdown(some(), "history.svg"))):
        assert page.decode() == as_read(f"history.{suffix}", page.decode())


def test_the_published_schema_is_the_one_of_the_records_and_a_history_keeps_to_it() -> None:
    assert PUBLISHED.read_bytes() == json_page(schema()), "run: python -m scanner.history docs/history.schema.json"
    jsonschema.validate(json.loads(history_json(some())), schema(), jsonschema.Draft202012Validator)
    assert schema()["$defs"]["Row"]["properties"]["lowered"]["description"].startswith("Requirements whose status is")


def test_changes_are_told_against_the_next_older_commit_that_was_judged() -> None:
    told = [[(word, list(names)) for word, names in changed(each)] for each in some().series[0].rows]

    assert told == [
        [("raised", ["calls", "gates"])],
        [("no longer n/a:", ["calls", "fallback"])],
        [("lowered", ["gates"]), ("now n/a:", ["calls", "fallback"])],
        [],
        [("raised", ["calls"])],
        [],
    ]


def test_a_table_as_wide_as_the_terminal_is_cut_and_one_without_tags_has_no_column_for_them() -> None:
    plain = history(row(0, 10, "gap"), row(1, 50, "partial"))

    lines = history_table(plain, 40).decode().splitlines()

    assert max(map(len, lines[3:6])) == 40
    assert " tag " not in history_table(plain, None).decode()
    assert cells(plain.series[0].rows[0], plain.series[0].rows)[-3:] == ("2 of 6", "complete", "+1")


def curves(found: History) -> list[list[int]]:
    return [[len(run) for run in each.runs] for each in drawn(found).curves]


def test_a_curve_has_a_gap_where_there_is_no_score_and_a_cross_that_says_why() -> None:
    assert curves(some()) == [[2, 2], [2, 2]]
    assert [mark.tip for mark in drawn(some()).unscored] == [
        "0c0c0c0c0c, 2026-01-15\nthe commit holds no files",
        "0d0d0d0d0d, 2026-01-22\nPack 1: so many\nPack 2: so many",
    ]


@given(st.integers(1, 200), st.integers(1, 9), st.text(max_size=40))
def test_labels_stand_inside_the_picture_and_apart_from_each_other(count: int, packs: int, tag: str) -> None:
    found = history(*(row(at % 250, at % 101, "gap", tags=[tag] if tag else []) for at in range(count)), packs=packs)

    drawing = drawn(found)

    for marks, apart in ((drawing.dates, 78), (drawing.tags, 18)):
        shown = sorted(each.x for each in marks if each.text)
        assert all(b - a > apart - 0.001 for a, b in pairwise(shown))
    assert all(
        drawing.left < point.x < drawing.right for curve in drawing.curves for run in curve.runs for point in run
    )
    assert all(
        -0.01 < point.y - drawing.top < 260.01 for curve in drawing.curves for run in curve.runs for point in run
    )
    assert drawing.dates[-1].text
    assert max(each.y for each in drawing.curves) < drawing.height


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.text(), st.text(min_size=1))
def test_whatever_tags_titles_and_reasons_say_the_chart_is_a_picture_and_nothing_else(
    names: list[str], title: str, reason: str
) -> None:
    hostile = [*names, "v<script>alert(1)</script>", '"><image href="https://x.example">', "]]>&amp;", "--><b>"]
    found = history(
        *(row(at, 10, "gap", tags=[name]) for at, name in enumerate(hostile)),
        row(99, None, unjudged=reason),
        title=title,
    )

    root = ET.fromstring(history_svg(msgspec.structs.replace(found, repository=hostile[0], since=hostile[-1])))

    allowed = {"svg", "title", "desc", "style", "rect", "text", "g", "line", "polyline", "path"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_stands_out_from_the_paper_in_light_and_in_dark() -> None:
    light, dark = history_svg(some()).decode().split("@media (prefers-color-scheme: dark)")
    for style in (light, dark):
        paper = luminance(re.findall(r"\.paper \{ fill: (#\w{6})", style)[0])
        for names, least in ((r"\.[sf]\d", 3), (r"(?:text|\.faint)", 4.5)):
            colours = re.findall(rf"{names} \{{[^}}]*?(?:stroke|fill): (#\w{{6}})", style)
            assert len(colours) >= 2
            for colour in colours:
                lighter, darker = sorted((luminance(colour), paper), reverse=True)
                assert (lighter + 0.05) / (darker + 0.05) >= least, colour
