"""What a repository's own `scanner.toml` says, and that whatever is in it ends in one clear line at most."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Repo
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.errors import SettingsError, UsageError
from scanner.repository import open_repository
from scanner.settings import HINT, Honour, Settings, read_settings
from scanner.settingsfile import SettingsReader
from scanner.tomlfile import MAX_BYTES, parse_toml
from scanner.yamlfile import Problem

OVERRIDE = '[[override]]\nrequirement = "parity"\nstatus = "ready"\nreason = "Seen."\nby = "Ada"\n'
FINGERPRINT = "0123456789abcdef"


def kept(repo: Repo, text: str | bytes, as_of: str = "") -> Settings:
    repo.write("agent.py", "a = 1\n")
    repo.write("scanner.toml", text if isinstance(text, bytes) else text.encode())
    return read_settings(open_repository(repo.root), Honour(as_of=as_of))


def problems(repo: Repo, text: str | bytes) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        kept(repo, text)
    assert caught.value.exit_code == 2
    *lines, last = str(caught.value).splitlines()
    assert last == f"scanner.toml: {HINT}"
    return lines


def test_all_that_a_file_may_say_is_read(repo: Repo) -> None:
    repo.write("tools/rules/more.yaml", "[]\n")
    repo.write("tools/rules/notes.txt", "x\n")
    repo.write("own.yaml", "[]\n")

    found = kept(
        repo,
        'exclude = ["legacy/"]\nrules = ["tools/rules/", "own.yaml"]\n'
        f'[surfaces]\n"jobs/" = "scheduler"\n"{{billing, invoices}}" = "back office"\n{OVERRIDE}until = 2026-12-31\npack = "p"\n'
        f'[[suppress]]\nfingerprint = "{FINGERPRINT}"\nreason = "A\\n  test."\n',
    )

    assert found.state == "honoured"
    assert found.exclude == ("legacy/",)
    assert [(each.path, each.named) for each in found.rules] == [("own.yaml", True), ("tools/rules/more.yaml", False)]
    assert [(each.pattern, each.surface) for each in found.surfaces] == [
        ("jobs/", "scheduler"),
        ("{billing, invoices}", "back office"),
    ]
    (override,) = found.overrides
    assert (override.requirement, override.status, override.by) == ("parity", "ready", "Ada")
    assert (override.until, override.pack, override.line) == ("2026-12-31", "p", 6)
    assert [(each.fingerprint, each.reason, each.line) for each in found.suppressions] == [(FINGERPRINT, "A test.", 13)]
    assert [path for path, _ in found.digests] == ["scanner.toml", "own.yaml", "tools/rules/more.yaml"]


def test_a_repository_without_the_file_keeps_nothing(repo: Repo) -> None:
    repo.write("agent.py", "a = 1\n")

    assert read_settings(open_repository(repo.root), Honour()) == Settings()


def test_a_file_below_the_root_is_none(repo: Repo) -> None:
    repo.write("sub/scanner.toml", "what = 1\n")

    assert kept(repo, "").state == "honoured"
    (repo.root / "scanner.toml").unlink()
    assert read_settings(open_repository(repo.root), Honour()).state == "none"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("exclud = []", "1:1: scanner.toml has no key `exclud`; write `exclude`"),
        ("\n[[overide]]\n", "2:3: scanner.toml has no key `overide`; write `override`"),
        (OVERRIDE + 'untill = "x"\n', "6:1: `[[override]]` has no key `untill`; write `until`"),
        (OVERRIDE + "a.b = 1\n", "6:1: `[[override]]` has no key `a`; write one of"),
        (OVERRIDE.replace('by = "Ada"\n', ""), "1:3: `[[override]]` lacks `by`; write `by = ` and who says so"),
        (OVERRIDE.replace("ready", "redy"), "3:1: `status` cannot be `redy`; write `ready`"),
        (OVERRIDE.replace('"Seen."', "7"), "4:1: `reason` is a number; write text in quotes"),
        (OVERRIDE.replace("Seen.", " \\t "), "4:1: `reason` is empty; write why, in a sentence"),
        (OVERRIDE.replace("Seen.", "x" * 501), "4:1: `reason` has 501 characters; write at most 500"),
        (OVERRIDE + 'until = "2026-02-30"\n', "6:1: `until` is `2026-02-30`; write a day, such as 2026-12-31"),
        (OVERRIDE + 'until = "20261231"\n', "6:1: `until` is `20261231`; write a day, such as 2026-12-31"),
        (
            OVERRIDE + "until = 2026-12-31T00:00:00Z\n",
            "6:1: `until` is a date or a time; write a day, such as 2026-12-31",
        ),
        (OVERRIDE + "until = true\n", "6:1: `until` is a boolean (`true`); write a day, such as 2026-12-31"),
        (OVERRIDE + OVERRIDE, "6:3: `parity` is already overridden in line 1; keep one of them"),
        ("override = 1", "1:1: `override` is a number; write `[[override]]`"),
        ("override = [1]", "1:13: `override` holds a number; write `[[override]]`"),
        (
            '[[suppress]]\nfingerprint = "xyz"\nreason = "x"',
            "2:1: `xyz` is no fingerprint; `scanner seams --format json`",
        ),
        ("[[suppress]]\nreason = 'x'", "1:3: `[[suppress]]` lacks `fingerprint`"),
        (
            f"[[suppress]]\nfingerprint = '{FINGERPRINT}'\nreason = 'x'\n" * 2,
            f"4:3: `{FINGERPRINT}` is already suppressed in line 1; keep one of them",
        ),
        ("exclude = 'x'", "1:1: `exclude` is text (`x`); write a list of texts"),
        ("exclude = [\n 'a',\n 1]", "3:2: `exclude` holds a number; write text in quotes"),
        ("exclude = ['!a']", "1:12: `!a` takes nothing back in; write what to leave out"),
        ("exclude = ['a[z-a]']", "1:12: `a[z-a]` is no pattern of paths"),
        ("exclude = ['']", "1:12: `` is no pattern of paths"),
        ("exclude = ['# x']", "1:12: `# x` is no pattern of paths"),
        ("surfaces = ['x']", "1:1: `surfaces` is a list; write `[surfaces]`"),
        ("[surfaces]\n'a' = 1", "2:1: the surface of `a` is a number; write its name"),
        ("[surfaces]\n'a' = '[[x]]'", "2:1: `[[x]]` is no name of a surface"),
        ("[surfaces]\n'{a' = 'x'", "2:1: `{a` cannot be read: "),
        ("[surfaces]\n'a/[z-a]' = 'x'", "2:1: `a/[z-a]` is no pattern of paths"),
        ("rules = ['none.yaml']", "1:10: no file or folder of rules in the scanned tree is called `none.yaml`"),
        ("rules = ['../x.yaml']", "1:10: `../x.yaml` is no path inside the repository"),
        ("rules = ['/etc/passwd']", "1:10: `/etc/passwd` is no path inside the repository"),
        ("a = ", "1:5: this is no TOML: invalid value"),
        ("a = 'x", '1:7: this is no TOML: expected "\'"'),
        ("[a]\n[a]", "2:3: this is no TOML: cannot declare ('a',) twice"),
        (b"a = '\xff'", "1:6: this is not UTF-8; save the file as UTF-8"),
        (b"\xc3\xa9 = 1\n", "1:1: this is no TOML: "),
        ("x = " + "[" * 1900, "1:1: nested too deeply; write it flatter"),
        ("a." * 1001 + "a = 1", "1:2001: longer than 2,000 characters; write a long list on several lines"),
        ("exclude = ['a'" + "\n,'b'" * 200 + "]", "1:1: `exclude` has 201 entries; write at most 200"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(repo: Repo, text: str | bytes, line: str) -> None:
    (said,) = problems(repo, text)

    assert said.startswith(f"scanner.toml:{line}")


def test_every_mistake_is_told_in_order_of_the_file(repo: Repo) -> None:
    said = problems(repo, "exclud = 1\n[[override]]\nstatus = 'x'\n")

    assert [line.split(": ")[0] for line in said] == ["scanner.toml:1:1"] + ["scanner.toml:2:3"] * 3 + [
        "scanner.toml:3:1"
    ]


def test_patterns_that_are_too_long_together_are_refused(repo: Repo) -> None:
    patterns = ",\n".join(f'"{"?" * 190}{number}"' for number in range(200))

    assert problems(repo, f"exclude = [{patterns}]") == [
        "scanner.toml:1:1: the patterns of `exclude` are too long together; write fewer, or folders"
    ]


def test_a_file_of_more_bytes_than_a_hand_writes_is_refused(repo: Repo) -> None:
    assert problems(repo, b"#\n" * (MAX_BYTES // 2 + 1)) == [
        f"scanner.toml: cannot be read: more than {MAX_BYTES:,} bytes"
    ]


def test_a_rule_file_that_is_too_long_is_refused(repo: Repo) -> None:
    repo.write("own.yaml", b"#" * 1_000_001)

    assert problems(repo, "rules = ['own.yaml']") == ["own.yaml: cannot be read: more than 1,000,000 bytes"]


def test_a_link_in_its_place_is_not_followed(repo: Repo, tmp_path: Path) -> None:
    repo.write("agent.py", "a = 1\n")
    (tmp_path / "elsewhere.toml").write_text("exclud = 1\n")
    (repo.root / "scanner.toml").symlink_to(tmp_path / "elsewhere.toml")

    assert read_settings(open_repository(repo.root), Honour()).state == "outside"


def test_byte_order_marks_and_line_ends_of_windows_move_no_place(repo: Repo) -> None:
    assert problems(repo, b"\xef\xbb\xbfexclude = []\r\nruels = []\r\n") == [
        "scanner.toml:2:1: scanner.toml has no key `ruels`; write `rules`"
    ]


def test_a_date_on_the_command_line_is_a_day() -> None:
    assert Honour.of(False, "2026-12-31") == Honour(True, "2026-12-31")
    for wrong in ("today", "2026-13-01", "20261231", "2026-W01-1", "２０２６-12-31", ""):
        with pytest.raises(UsageError, match="is no day; write one such as 2026-12-31"):
            Honour.of(False, wrong)
    with pytest.raises(UsageError, match="says nothing with --no-settings"):
        Honour.of(True, "2026-12-31")


NAMES = st.sampled_from(
    ["override", "suppress", "exclude", "surfaces", "rules", "status", "until", "reason", "x", '"é"']
)
VALUES = st.recursive(
    st.sampled_from(["1", "1.5", "true", '"x"', "'''\nx'''", "2026-12-31", "07:00:00", "inf", '"ready"']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(NAMES, inner), max_size=2, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=5,
)
LINES = st.one_of(
    NAMES.map(lambda name: f"[[{name}]]"),
    NAMES.map(lambda name: f"[{name}]"),
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{}.{} = {}".format, NAMES, NAMES, VALUES),
    st.text(max_size=10),
)


@given(st.one_of(st.lists(LINES, max_size=8).map("\n".join).map(str.encode), st.binary(max_size=60)))
@example(b"a." * 900 + b"a = 1")
@example(b"x = " + b"9" * 1900)
@example(b"x = " + b"{a = " * 300)
@example(b'"\\u0041" = 1')
@settings(max_examples=300, deadline=None)
def test_whatever_is_in_a_file_every_problem_is_one_line_with_a_place_in_it(data: bytes) -> None:
    found: list[Problem] = []
    toml = parse_toml(data, "scanner.toml", found)
    if toml is not None:
        SettingsReader(toml, "scanner.toml", found).read()

    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    for problem in found:
        assert str(problem).isprintable()
        assert re.match(r"scanner\.toml:\d+:\d+: ", str(problem))
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 2
