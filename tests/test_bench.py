"""The benchmark says plainly what holds, what does not and what was not measured, and asks its rivals for every kind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from commandline import PROJECT

from scanner.api import load_rules
from scanner.kinds import FAMILIES

BENCHMARKS = PROJECT / "benchmarks"
KINDS = {kind for kinds in FAMILIES.values() for kind in kinds}
MB = 2**20


@pytest.fixture
def bench(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("bench")


@pytest.fixture
def pages(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("bench_page")


@pytest.fixture
def rules(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("bench_rules")


@pytest.fixture
def tools(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("bench_tools")


@pytest.fixture
def measured(pages: ModuleType, tools: ModuleType):
    run = tools.Run
    turns = (
        {"ripgrep": run(0.1, 0.1), "ast-grep": run(4.0, 7.0), "Semgrep": run(40.0, 70.0), "cold": run(3.0, 5.0),
         "warm": run(1.0, 1.0), pages.FUNCTION: run(1.1, 1.2)},
        {"ripgrep": run(0.1, 0.1), "ast-grep": run(2.0, 7.0), "cold": run(4.0, 5.0), "warm": run(1.0, 1.0),
         pages.FUNCTION: run(1.2, 1.2)},
        {"ripgrep": run(0.2, 0.1), "ast-grep": run(2.0, 8.0), "cold": run(2.2, 6.0), "warm": run(1.0, 1.1),
         pages.FUNCTION: run(2.0, 1.2)},
    )  # fmt: skip
    return pages.Measured("alpha", "0123456789abcdef", 12, 3_400_000, turns, {"cold": 150 * MB, "ast-grep": 90 * MB})


@pytest.fixture
def report(pages: ModuleType, measured):
    return pages.Report(
        "2 cores of a machine",
        {"scanner": "1.0", "ast-grep": "0.5"},
        [measured],
        {"Semgrep": "which is neither here nor there"},
        {"scanner --help": [0.1, 0.11, 0.3], "scanner rules list": [0.3], "python -c pass": [0.02]},
    )


# --- the page ---


def test_a_ratio_is_the_median_of_the_ratios_within_turns(measured) -> None:
    assert measured.ratio("cold", "ast-grep") == pytest.approx(1.1)
    assert measured.ratio("cold", "Semgrep") == pytest.approx(0.075)
    assert measured.ratio("warm", "ast-grep") == pytest.approx(0.5)


def test_there_is_no_ratio_to_what_never_ran(measured, pages: ModuleType) -> None:
    assert measured.ratio("cold", "another") is None
    assert measured.ratio(pages.REMARK, "warm") is None


def test_every_figure_stands_beside_its_target_and_whether_it_holds(report, pages: ModuleType) -> None:
    lines = pages.page(report).splitlines()

    assert "| cold, to ast-grep | 1× | 1.10× **misses** |" in lines
    assert "| cold, to Semgrep | 0.15× | 0.075× holds |" in lines
    assert "| warm, to ast-grep | 0.35× | 0.50× **misses** |" in lines
    assert "| a function added, to warm | 1.15× | 1.20× **misses** |" in lines
    assert "| a remark added, to warm | 1.15× | not measured |" in lines
    assert "| peak memory, cold | 200 MB | 150 MB holds |" in lines
    assert "| `scanner --help` | 120 ms | 110 ms holds | 100 to 300 ms |" in lines
    assert "| `scanner rules list` | 250 ms | 300 ms **misses** | 300 to 300 ms |" in lines
    assert "| `python -c pass` |  | 20 ms | 20 to 20 ms |" in lines


def test_what_is_rounded_to_its_target_but_above_it_misses(pages: ModuleType) -> None:
    assert pages.Target("cold", 1.0, "×", 2, ()).said(1.004) == "1.00× **misses**"
    assert pages.Target("cold", 1.0, "×", 2, ()).said(1.0) == "1.00× holds"


def test_each_program_has_its_row_with_medians_and_ratios(report, pages: ModuleType) -> None:
    page = pages.page(report)

    assert "## alpha at `0123456789`" in page
    assert "12 files of code, 3.4 MB." in page
    assert "| ast-grep | 3 | 2.00 s | 2.00 to 4.00 s | 7.00 s | 90 MB | 1.00× | 0.10× |" in page
    assert "| Semgrep | 1 | 40.00 s | 40.00 to 40.00 s | 70.00 s | – | 10.00× | 1.00× |" in page
    assert "| scanner, cold | 3 | 3.00 s | 2.20 to 4.00 s | 5.00 s | 150 MB | 1.10× | 0.075× |" in page


def test_machine_and_versions_and_what_is_missing_are_said_first(report, pages: ModuleType) -> None:
    lines = pages.page(report).splitlines()

    assert lines[0] == "2 cores of a machine; scanner 1.0, ast-grep 0.5."
    assert lines[2] == "Not measured: Semgrep, which is neither here nor there."


def test_only_what_lies_between_the_marks_is_replaced(pages: ModuleType) -> None:
    assert (
        pages.replace("before\n<!>\nold\n</!>\nafter\n", "<!>", "</!>", "new\n")
        == "before\n<!>\n\nnew\n\n</!>\nafter\n"
    )


def test_the_page_of_the_project_has_both_marks(bench: ModuleType) -> None:
    text = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8")

    assert text.count(bench.START) == text.count(bench.END) == 1


# --- rules of the rivals ---


def test_kept_rules_are_those_that_are_made(rules: ModuleType) -> None:
    different = [path.name for path, text in rules.files().items() if path.read_text(encoding="utf-8") != text]

    assert different == [], "after a change that is meant, run: python benchmarks/bench_rules.py"


def test_ast_grep_has_one_rule_for_every_kind_of_seam_in_every_language(rules: ModuleType) -> None:
    for language in rules.AST_GREP:
        text = (BENCHMARKS / "ast-grep" / language / "rules.yml").read_text(encoding="utf-8")
        messages = [rule["message"] for rule in yaml.safe_load_all(text)]
        assert sorted(messages) == sorted(KINDS)


def test_semgrep_has_one_rule_for_every_kind_of_seam_in_every_language(rules: ModuleType) -> None:
    for language in rules.SEMGREP:
        text = (BENCHMARKS / "semgrep" / f"{language}.yml").read_text(encoding="utf-8")
        assert sorted(rule["message"] for rule in yaml.safe_load(text)["rules"]) == sorted(KINDS)


def test_the_kinds_are_those_that_the_rulebook_has_rules_for() -> None:
    _, book = load_rules(["tensorzero"])

    assert {rule.kind for rule in book.rules if not rule.kind.endswith("_entry")} == KINDS


def test_both_rivals_read_the_same_files(rules: ModuleType) -> None:
    ends = [sorted(end for each in table.values() for end in each) for table in (rules.AST_GREP, rules.SEMGREP)]

    assert ends[0] == ends[1]


def test_ripgrep_looks_for_single_words_of_the_rules(rules: ModuleType) -> None:
    words = rules.vocabulary(load_rules(["tensorzero"])[1])

    assert {"fallback", "retry", "approval", "subagent"} <= set(words)
    assert not [word for word in words if " " in word or not word]


# --- programs ---


@pytest.fixture
def program(tmp_path: Path):
    def make(text: str) -> tuple[str, ...]:
        file = tmp_path / "program.py"
        file.write_text(text)
        return (sys.executable, str(file))

    return make


def test_a_run_tells_wall_clock_and_processor_time(tools: ModuleType, program) -> None:
    run = tools.run(tools.Tool("program", program("print(sum(range(10)))")))

    assert run.wall > 0
    assert run.cpu > 0
    assert run.memory == 0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell")
def test_memory_is_sampled_when_asked_for(tools: ModuleType, program) -> None:
    run = tools.run(tools.Tool("program", program("import decimal, json\nx = bytearray(30_000_000)\n")), 0.001)

    assert run.memory > MB


def test_a_program_that_fails_is_an_error_of_one_line(tools: ModuleType, program) -> None:
    tool = tools.Tool("program", program("import sys\nsys.exit('first\\nno such rule')"))

    with pytest.raises(tools.ToolError, match=r"^program ended with 1: no such rule$"):
        tools.run(tool)


def test_a_program_that_is_not_there_is_an_error_of_one_line(tools: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(tools.ToolError, match="cannot be started: No such file"):
        tools.run(tools.Tool("program", (str(tmp_path / "nothing"),)))


def test_the_rivals_of_the_project_come_before_those_on_the_path(
    tools: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("own", "path"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rg").write_text("#!/bin/sh\necho ripgrep 1.2.3\n")
        (tmp_path / folder / "rg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path") + os.pathsep + os.environ["PATH"])

    assert tools.find_program("ripgrep", tmp_path / "own") == tmp_path / "own" / "rg"
    assert tools.find_program("ripgrep", tmp_path / "none") == tmp_path / "path" / "rg"
    assert tools.version(tmp_path / "own" / "rg") == "1.2.3"


def test_a_rival_that_is_nowhere_is_none(tools: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert tools.find_program("Semgrep", tmp_path) is None


def test_rules_are_given_for_languages_that_have_files_only(tools: ModuleType, tmp_path: Path) -> None:
    _, book = load_rules(["tensorzero"])
    programs = {name: tmp_path / name for name in tools.PROGRAMS}

    made = {tool.name: tool for tool in tools.rivals(programs, tmp_path, {".py", ".tsx"}, book, tmp_path)}

    config = yaml.safe_load((tmp_path / "sgconfig.yml").read_text(encoding="utf-8"))
    assert [Path(place).name for place in config["ruleDirs"]] == ["python", "tsx"]
    configs = [Path(word).name for word in made["Semgrep"].command if word.endswith(".yml")]
    assert configs == ["python.yml", "typescript.yml"]


# --- the whole ---


def test_a_copy_holds_the_code_and_no_vendored_files(bench: ModuleType, tmp_path: Path) -> None:
    for path in ("app/run.py", "node_modules/x/index.js", "readme.md"):
        (tmp_path / "from" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / path).write_text("x = 1\n")
    (tmp_path / "to").mkdir()

    copy = bench.Copy(bench.Place(tmp_path / "from", None), tmp_path / "to")

    assert copy.sizes == {"app/run.py": 6}
    assert copy.suffixes == {".py"}


def test_a_changed_file_is_afterwards_as_it_was(
    bench: ModuleType, tools: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "from" / "run.py").write_text("x = 1\n")
    copy = bench.Copy(bench.Place(tmp_path / "from", None), tmp_path / "to")
    seen: list[str] = []

    def look(tool: object, sample: float | None = None) -> object:
        seen.append((copy.tree / "run.py").read_text())
        return tools.Run(1.0, 1.0)

    monkeypatch.setattr(bench, "run", look)
    monkeypatch.setattr(bench.time, "sleep", lambda seconds: None)
    copy.changed(1, remark=False)
    copy.changed(2, remark=False)
    copy.changed(3, remark=True)

    assert seen[0::2] == ["x = 1\n"] * 3  # the cache is told of the tree as it is
    assert len(set(seen[1::2])) == 3
    assert (copy.tree / "run.py").read_text() == "x = 1\n"


def test_a_corpus_that_cannot_be_had_leaves_the_page_alone(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("as it was")

    code = bench.main(["--corpora", str(tmp_path), "--corpus", "nothing", "--page", str(page)])

    assert code == 1
    assert capsys.readouterr().err == "error: no corpus can be had; page.md is as it was\n"
    assert page.read_text() == "as it was"
