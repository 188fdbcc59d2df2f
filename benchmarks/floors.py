"""What the rules must at least find in the labelled sample agents, which lie in this folder and need no forge.

A sample is a folder here with `truth/NAME.labels.jsonl`. The floors are in `truth/floors.json`, which
`python benchmarks/accuracy.py --floors` writes from what the rules find now; a test holds the rules against them.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from scanner.agreement import agreement, compare_statuses
from scanner.api import load_rules, read_repository
from scanner.labels import Distractor, Label, StatusLabel, read_lines
from scanner.making import make_packet
from scanner.score import score

HERE = Path(__file__).resolve().parent
TRUTH = HERE / "truth"
FLOORS = TRUTH / "floors.json"
PACK = "tensorzero"


def samples(truth: Path = TRUTH) -> tuple[str, ...]:
    """Names of the labelled samples."""
    names = sorted(path.name.removesuffix(".labels.jsonl") for path in truth.glob("*.labels.jsonl"))
    return tuple(name for name in names if (HERE / name).is_dir())


def measure(name: str, truth: Path = TRUTH) -> dict[str, dict[str, int]]:
    """What the rules find in one sample now: figures for `all`, each family, and statuses where there are any."""
    (pack,), rulebook = load_rules([PACK])
    with tempfile.TemporaryDirectory() as folder:
        # A copy is a plain folder: in this repository only what git tracks would be read.
        copy = shutil.copytree(HERE / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        found = read_repository(copy, None, rulebook)
        labels = read_lines(truth / f"{name}.labels.jsonl", Label)
        distractors = read_lines(truth / f"{name}.distractors.jsonl", Distractor)
        result = score(found.touchpoints, found.seams, labels, distractors)
        figures = {
            row.name: {
                "labels": row.recall.total,
                "found": row.recall.hits,
                "core": row.core.total,
                "core_found": row.core.hits,
                "distractors": row.distractors.total,
                "distractors_reported": row.distractors.hits,
                "places": row.places,
            }
            for row in result.rows
            if row.level != "kind"
        }
        given = truth / f"{name}.statuses.jsonl"
        if given.is_file():
            judged = agreement(compare_statuses(make_packet(found, pack), read_lines(given, StatusLabel)))
            figures["statuses"] = {"judged": judged.agreed.total, "agreed": judged.agreed.hits}
    return figures


def fallen(now: dict[str, dict[str, int]], floor: dict[str, dict[str, int]]) -> list[str]:
    """A sentence for each figure that is worse than its floor; shares are compared, so that labels may be added."""
    worse: list[str] = []
    for name, low in floor.items():
        have = now.get(name, dict.fromkeys(low, 0))
        for part, whole, sign in _SHARES:
            if part not in low:
                continue
            # As products, since a share of nothing is no number.
            if sign * (have[part] * low[whole] - low[part] * have[whole]) < 0 or (not have[whole] and low[whole]):
                words = part.replace("_", " ")
                worse.append(
                    f"{name}: {words} {have[part]} for {have[whole]} {whole}, floor {low[part]} for {low[whole]}"
                )
    return worse


def read_floors(path: Path = FLOORS) -> dict[str, dict[str, dict[str, int]]]:
    """Sample → row → figures."""
    made: Any = json.loads(path.read_text(encoding="utf-8"))
    return dict(made)


def write_floors(path: Path = FLOORS) -> None:
    """Make what the rules find now the floor."""
    text = json.dumps({name: measure(name) for name in samples()}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


#: Part, whole, and whether more of it is better (1) or worse (-1).
_SHARES = (
    ("found", "labels", 1),
    ("core_found", "core", 1),
    ("distractors_reported", "distractors", -1),
    ("places", "labels", -1),
    ("agreed", "judged", 1),
)
