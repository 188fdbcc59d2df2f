"""The rules find in the labelled samples what they found before, and the page says what was scored and what was not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from commandline import PROJECT, Shell

BENCHMARKS = PROJECT / "benchmarks"
TRUTH = BENCHMARKS / "truth"
SAMPLES = ("sample-agent", "sample-agent-ts")
SEND = "from litellm import completion\n\n\ndef send(messages):\n    return completion(model='m', messages=messages)\n"
FIGURES = {
    "labels": 10,
    "found": 8,
    "core": 4,
    "core_found": 4,
    "distractors": 5,
    "distractors_reported": 1,
    "places": 12,
}


@pytest.fixture
def floors(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("floors")


@pytest.fixture
def corpora(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("corpora")


@pytest.fixture
def accuracy(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("accuracy")


# --- floors ---


@pytest.mark.parametrize("name", SAMPLES)
def test_no_figure_of_a_labelled_sample_falls_below_its_floor(floors: ModuleType, name: str) -> None:
    worse = floors.fallen(floors.measure(name), floors.read_floors()[name])

    assert worse == [], "after a change that is meant, run: make floors"


def test_every_labelled_sample_has_floors(floors: ModuleType) -> None:
    assert floors.samples() == SAMPLES
    assert tuple(floors.read_floors()) == SAMPLES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"found": 9}, []),
        ({"found": 7}, ["all: found 7 for 10 labels, floor 8 for 10"]),
        ({"core_found": 3}, ["all: core found 3 for 4 core, floor 4 for 4"]),
        ({"distractors_reported": 0}, []),
        ({"distractors_reported": 2}, ["all: distractors reported 2 for 5 distractors, floor 1 for 5"]),
        ({"places": 13}, ["all: places 13 for 10 labels, floor 12 for 10"]),
        ({"labels": 20, "found": 16, "places": 24}, []),
        ({"labels": 20}, ["all: found 8 for 20 labels, floor 8 for 10"]),
    ],
)
def test_a_figure_that_is_worse_than_its_floor_is_named(
    floors: ModuleType, change: dict[str, int], said: list[str]
) -> None:
    assert floors.fallen({"all": FIGURES | change}, {"all": FIGURES}) == said


def test_a_family_that_lost_all_its_labels_has_fallen(floors: ModuleType) -> None:
    assert len(floors.fallen({}, {"routing": FIGURES})) == 4


# --- labels ---


@pytest.mark.parametrize("name", SAMPLES)
def test_labels_of_the_samples_point_at_lines_that_are_there(name: str) -> None:
    for kind in ("labels", "distractors"):
        for line in (TRUTH / f"{name}.{kind}.jsonl").read_text(encoding="utf-8").splitlines():
            each = json.loads(line)
            code = (BENCHMARKS / name / each["path"]).read_text(encoding="utf-8").splitlines()
            assert 1 <= each["line"] <= each.get("end_line", each["line"]) <= len(code), each
            last = each["symbol"].rpartition(".")[2]
            assert not last or last in "\n".join(code), each


def test_every_repository_has_a_commit_a_group_and_labels(corpora: ModuleType) -> None:
    named = corpora.read_corpora(TRUTH)

    assert named
    for each in named:
        assert each.repository.startswith("https://")
        assert len(each.commit) == 40
        assert each.group in ("named", "opened", "left out")
        assert (TRUTH / f"{each.name}.labels.jsonl").is_file()


# --- where repositories come from ---


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Labels of two repositories: one that is there, and one whose address leads nowhere."""
    shell = Shell(tmp_path)
    shell.write("upstream/agent.py", SEND)
    commit = shell.commit("upstream")
    shell.write("upstream/later.py", SEND)
    shell.git("upstream", "add", ".")
    shell.git("upstream", "commit", "-q", "-m", "second")
    label = {"path": "agent.py", "line": 5, "end_line": 5, "symbol": "send", "kind": "model_call", "importance": "core"}
    named = {
        "here": {"repository": f"file://{tmp_path}/upstream", "commit": commit, "group": "named"},
        "gone": {"repository": f"file://{tmp_path}/nowhere", "commit": "0" * 40, "group": "left out"},
    }
    shell.write("truth/corpora.json", json.dumps(named))
    for name in named:
        shell.write(f"truth/{name}.labels.jsonl", json.dumps(label) + "\n")
    shell.write("page.md", "# Before\n\n<!-- generated: start -->\nold\n<!-- generated: end -->\n\nAfter\n")
    return shell


def written(shell: Shell, accuracy: ModuleType, *words: str) -> str:
    """The page that is written."""
    given = ["--truth", str(shell.here / "truth"), "--cache", str(shell.here / "cache")]
    assert accuracy.main([*given, "--page", str(shell.here / "page.md"), *words]) == 0
    return (shell.here / "page.md").read_text()


def test_a_repository_that_is_not_at_hand_is_fetched_at_its_commit(shell: Shell, accuracy: ModuleType) -> None:
    page = written(shell, accuracy)

    commit = json.loads((shell.here / "truth/corpora.json").read_text())["here"]["commit"]
    assert f"| here | `{commit[:10]}` | 1/1 (1.00; 0.21–1.00) | 1/1 (1.00; 0.21–1.00) | – | 1 ÷ 1 = 1.00 |" in page
    assert not (shell.here / "cache/here/later.py").exists()
    assert page.startswith("# Before\n\n<!-- generated: start -->\n\n## Labelled repositories\n")
    assert page.endswith("\n<!-- generated: end -->\n\nAfter\n")


def test_what_cannot_be_had_is_named_with_the_reason(shell: Shell, accuracy: ModuleType) -> None:
    page = written(shell, accuracy)

    assert "\n- `gone` (left out) is not in these figures: git fetch failed: " in page
    assert "nowhere" in page.split("- `gone` (left out)")[1].splitlines()[0]
    assert "| gone |" not in page


def test_a_fetched_commit_is_kept(shell: Shell, accuracy: ModuleType) -> None:
    first = written(shell, accuracy)
    (shell.here / "upstream").rename(shell.here / "moved")

    assert written(shell, accuracy) == first


def test_hooks_and_settings_of_the_user_do_not_matter(
    shell: Shell, accuracy: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = shell.write("hooks/post-checkout", f"#!/bin/sh\ntouch {shell.here}/ran\n")
    hook.chmod(0o755)
    settings = shell.write("gitconfig", f"[core]\n\thooksPath = {hook.parent}\n[init]\n\ttemplateDir = {hook.parent}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(shell.here / "upstream/.git"))

    assert "| here |" in written(shell, accuracy)
    assert not (shell.here / "ran").exists()


def test_a_folder_that_is_given_is_read_as_it_is_and_a_repository_at_its_commit(
    shell: Shell, accuracy: ModuleType
) -> None:
    shell.write("given/gone/agent.py", "# Two lines more.\n\n" + SEND)
    shell.git(".", "clone", "-q", "--bare", "upstream", "given/here")

    page = written(shell, accuracy, "--corpora", str(shell.here / "given"))

    assert not (shell.here / "cache").exists()
    assert "| here | " in page
    assert "| gone | `0000000000` | 1/1 " in page
    # The second commit has one send more; it is not read.
    assert (
        "| **named**: labels open while the rules were written | | 1/1 (1.00; 0.21–1.00) | 1/1 (1.00; 0.21–1.00) | – | 1 ÷ 1 = 1.00 |"
        in page
    )
    assert "| **left out**: scored without the authors of the rules having seen them | | 1/1 " in page
    assert "| all | 2/2 (1.00; 0.34–1.00) | 2/2 (1.00; 0.34–1.00) | – | 2 ÷ 2 = 1.00 |" in page


def test_the_page_stays_when_nothing_can_be_had(
    shell: Shell, accuracy: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (shell.here / "page.md").read_text()
    (shell.here / "upstream").rename(shell.here / "moved")
    words = ["--truth", str(shell.here / "truth"), "--cache", str(shell.here / "cache")]

    assert accuracy.main([*words, "--page", str(shell.here / "page.md")]) == 1
    assert (shell.here / "page.md").read_text() == before
    assert capsys.readouterr().err.endswith(
        "error: none of the labelled repositories can be had; page.md is as it was\n"
    )


def test_families_come_in_one_order_on_the_page_and_kinds_once() -> None:
    lines = (PROJECT / "docs/accuracy.md").read_text(encoding="utf-8").split("<!-- generated: end -->")[0].splitlines()
    names = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    order = ["routing", "fallback", "approval", "telemetry", "execution", "data", "experiment"]

    families = [name for name in names if name in order]
    assert families[: len(order)] == order
    assert families == order * (len(families) // len(order))
    assert names.count("model_call") == 1
