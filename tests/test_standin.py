"""A packet of an earlier tree stands in for today's only where it says the same."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path

import pytest
from commandline import SAMPLE

from scanner.api import load_rules, packets_at, packets_to_judge
from scanner.diff import compare
from scanner.packet import Packet
from scanner.packs import PackFile
from scanner.rules import Rulebook
from scanner.settings import Honour


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample agent, scanned once."""
    monkeypatch.setenv("SCANNER_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr("scanner.contents._LATELY", 0)
    shutil.copytree(SAMPLE, tmp_path / "errand")
    assert judged(tmp_path / "errand")[1]
    return tmp_path / "errand"


@cache
def rules() -> tuple[tuple[PackFile, ...], Rulebook]:
    return load_rules(["tensorzero"])


def judged(folder: Path) -> tuple[Packet, bool]:
    """The packet to judge, and whether it is the tree's own."""
    packs, rulebook = rules()
    (packet,), own = packets_to_judge(folder, None, packs, rulebook, honour=Honour())
    return packet, own


def exact(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Packet:
    with monkeypatch.context() as patch:
        patch.setenv("SCANNER_CACHE_DIR", "")
        return packets_at(folder, None, *rules(), honour=Honour())[0]


def edit(file: Path, at: int, *lines: str) -> None:
    before = file.read_text().splitlines()
    file.write_text("\n".join([*before[:at], *lines, *before[at:]]) + "\n")


def test_a_remark_at_the_head_of_a_file_changes_nothing_that_is_judged(agent: Path) -> None:
    before = judged(agent)[0]
    edit(agent / "errand" / "gateway.py", 0, "# a remark", "")
    assert judged(agent) == (before, False)


def test_a_file_of_which_nothing_is_read_changes_nothing(agent: Path) -> None:
    before = judged(agent)[0]
    (agent / "pyproject.toml").touch()
    assert judged(agent) == (before, True)


@pytest.mark.parametrize(
    "line",
    ["import openai", "subprocess.run(command)", "def more():\n    return 1", "MODEL = 'gpt-5'", "if ready: stop()"],
)
def test_code_that_says_something_is_judged_anew(agent: Path, line: str) -> None:
    edit(agent / "errand" / "gateway.py", 10_000, *line.splitlines())
    assert judged(agent)[1]


def test_code_that_changes_places_is_judged_anew(agent: Path) -> None:
    file = agent / "errand" / "order.py"
    file.write_text("import openai\n\n\ndef one():\n    openai.OpenAI()\n\n\ndef two():\n    return 2\n")
    judged(agent)
    file.write_text("import openai\n\n\ndef two():\n    return 2\n\n\ndef one():\n    openai.OpenAI()\n")
    assert judged(agent)[1]


def test_a_tree_that_was_left_and_is_come_back_to_still_stands_in(agent: Path) -> None:
    file = agent / "errand" / "gateway.py"
    original = file.read_text()
    first = judged(agent)[0]
    edit(file, 10_000, "import openai")
    assert judged(agent)[1]
    file.write_text(f"# a remark\n{original}")
    assert judged(agent) == (first, False)


def test_a_manifest_a_new_file_and_a_lost_one_are_judged_anew(agent: Path) -> None:
    edit(agent / "pyproject.toml", 0, "# a remark")
    assert judged(agent)[1]
    (agent / "errand" / "more.py").write_text("# a remark\n")
    assert judged(agent)[1]
    (agent / "errand" / "more.py").unlink()
    (agent / "errand" / "titles.py").unlink()
    assert judged(agent)[1]


def test_settings_that_change_are_judged_anew(agent: Path) -> None:
    (agent / "scanner.toml").write_text('exclude = ["errand/titles.py"]\n')
    assert judged(agent)[1]
    (agent / "scanner.toml").write_text('exclude = ["errand/retry.py"]\n')
    assert judged(agent)[1]
    before = judged(agent)[0]
    edit(agent / "errand" / "retry.py", 0, "import openai")
    assert judged(agent) == (before, False)


def test_a_result_of_scanner_changes_nothing_and_what_is_none_any_more_does(agent: Path) -> None:
    from scanner.render import to_json

    before = judged(agent)[0]
    page = agent / "docs" / "packet.json"
    page.write_bytes(to_json(before))
    assert judged(agent) == (before, True)
    page.write_bytes(to_json(before).replace(b"tensorzero", b"tensorzer0"))
    assert judged(agent) == (before, True)
    page.write_text('{"provider": "openai", "model": "gpt-5"}')
    assert judged(agent)[0] != before


#: Lines that say nothing, or something, wherever they stand.
LINES = (
    "",
    "# a remark",
    "    # a remark further in",
    "pass",
    "x = 1",
    "import httpx",
    "client.chat.completions.create(model='m')",
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_edited_a_stand_in_says_what_the_packet_says(
    agent: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    files = sorted((agent / "errand").glob("*.py"))
    stood_in = 0
    for _ in range(4):
        file = chance.choice(files)
        at = chance.randrange(len(file.read_text().splitlines()))
        edit(file, at, *chance.choices(LINES, weights=(9, 9, 9, 1, 1, 1, 1), k=2))
        packet, own = judged(agent)
        stood_in += not own
        assert compare(packet, exact(agent, monkeypatch)).empty
    assert stood_in
