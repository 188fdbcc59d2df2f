"""The corpus that growth is measured on has the size that was asked for, and each copy in it is a program of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def scale(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("scale")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An agent of two Python modules, and a package in TypeScript."""
    files = {
        "agent/__init__.py": "",
        "agent/run.py": "import os\nimport agent.tools\nfrom agent.tools import search\n\nsearch(os.name)\n",
        "agent/tools.py": "def search(name):\n    return name\n",
        "web/package.json": '{\n  "name": "@x/web"\n}\n',
        "web/src/index.ts": "import { a } from '@x/web/a';\nimport b from 'b';\na();\nb();\n",
    }
    for name, text in files.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "source"


def test_there_are_as_many_files_and_lines_as_asked_for(scale: ModuleType, folder: Path, tmp_path: Path) -> None:
    scale.write_corpus([scale.read_source(folder)], tmp_path / "made", 21, 40)
    files = [path for path in (tmp_path / "made").rglob("*") if path.suffix in (".py", ".ts")]
    code = [path for path in files if path.read_bytes()]
    assert len(files) >= 21
    assert 30 <= sum(path.read_text().count("\n") for path in code) <= 50


def test_a_copy_imports_from_itself_alone(scale: ModuleType, folder: Path, tmp_path: Path) -> None:
    scale.write_corpus([scale.read_source(folder)], tmp_path / "made", 8, 800)
    second = tmp_path / "made" / "copy_2"
    assert (second / "agent" / "run.py").read_text().splitlines()[:3] == [
        "import os",
        "from copy_2 import agent ",
        "from copy_2.agent.tools import search",
    ]
    assert (second / "web" / "package.json").read_text() == '{\n  "name": "copy_2/@x/web"\n}\n'
    assert "'copy_2/@x/web/a'" in (second / "web" / "src" / "index.ts").read_text()
    assert "'b'" in (second / "web" / "src" / "index.ts").read_text()


def test_a_straight_line_is_told_from_another(scale: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench_tools import Run

    def measured(size: int, seconds: float) -> object:
        return scale.Measured(
            size, size * 200, size * 1_000_000, Run(seconds, 2 * seconds, 2**30), Run(1, 1, 2**20), 5, 9
        )

    straight = scale.report([measured(size, 3 + size / 2) for size in (1, 2, 4, 8)])
    assert "CPU of a cold scan: 1.00 s a megabyte + 6.0 s, R² = 1.0000." in straight
    assert "Wall clock of a cold scan: 0.50 s a megabyte + 3.0 s, R² = 1.0000." in straight
    assert "| 8 | 1,600 | 8 MB | 7.0 s | 14.0 s | 1024 MB | 1.0 s | 1.0 s | 1 MB |" in straight
    bent = scale.report([measured(size, size**2) for size in (1, 2, 4, 8)])
    assert "R² = 0.9" in bent
    assert "R² = 1.0" not in bent


def test_the_page_has_a_place_for_it(scale: ModuleType) -> None:
    text = scale.PAGE.read_text(encoding="utf-8")
    assert text.count(scale.START) == text.count(scale.END) == 1
