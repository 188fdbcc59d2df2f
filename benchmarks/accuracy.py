"""Score the rules on labelled repositories and write the tables of `docs/accuracy.md`.

    python benchmarks/accuracy.py [--corpora DIR] [--truth DIR]
    python benchmarks/accuracy.py --floors

DIR of `--corpora` holds one folder or git repository for each name in `truth/corpora.json`; one that is not there is
fetched, at its commit, into `.cache/corpora`, and one that cannot be fetched is named in the page with the reason. The
text between the two marks of the page is replaced; the rest, judged by hand, stays. `--floors` scores the samples of
this folder instead, and writes what the rules must at least find in them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from accuracy_page import Measured, page
from corpora import Corpus, Missing, obtain, read_corpora
from floors import FLOORS, TRUTH, write_floors

from scanner.agreement import compare_statuses
from scanner.api import load_rules, read_repository
from scanner.errors import RepositoryError, UserError
from scanner.labels import Distractor, Label, StatusLabel, read_lines
from scanner.making import make_packets
from scanner.named import EVERY_PACK
from scanner.packs import Pack
from scanner.rules import Rulebook
from scanner.score import score

PROJECT = Path(__file__).resolve().parent.parent
START, END = "<!-- generated: start -->", "<!-- generated: end -->"


def main(words: Sequence[str] | None = None) -> int:
    """Write the page, or the floors; 1 when no repository could be had, 2 for an error in the labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--truth", type=Path, default=TRUTH)
    parser.add_argument("--cache", type=Path, default=PROJECT / ".cache" / "corpora")
    parser.add_argument("--page", type=Path, default=PROJECT / "docs" / "accuracy.md")
    parser.add_argument("--floors", action="store_true")
    given = parser.parse_args(words)
    try:
        if given.floors:
            write_floors()
            print(f"wrote {FLOORS.relative_to(PROJECT)}")
            return 0
        return _write_page(given.page, given.truth, given.corpora, given.cache)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _write_page(file: Path, truth: Path, corpora: Path | None, cache: Path) -> int:
    packs, rulebook = load_rules([EVERY_PACK])
    measured: list[Measured] = []
    missing: list[tuple[Corpus, Missing]] = []
    for corpus in read_corpora(truth):
        made = _measure(corpus, truth, corpora, cache, packs, rulebook)
        if isinstance(made, Missing):
            print(f"{corpus.name} cannot be had: {made.reason}", file=sys.stderr)
            missing.append((corpus, made))
        else:
            row = made.result.rows[0]
            print(f"{corpus.name}: {row.recall.hits} of {row.recall.total} labels found, {row.places} places")
            measured.append(made)
    if not measured:
        print(f"error: none of the labelled repositories can be had; {file.name} is as it was", file=sys.stderr)
        return 1
    before, rest = file.read_text(encoding="utf-8").split(START)
    ruled = {rule.kind for rule in rulebook.rules}
    lines = "\n".join(page(measured, missing, ruled))
    file.write_text(f"{before}{START}\n\n{lines}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


def _measure(
    corpus: Corpus, truth: Path, corpora: Path | None, cache: Path, packs: Sequence[Pack], rulebook: Rulebook
) -> Measured | Missing:
    place = obtain(corpus, corpora, cache)
    if isinstance(place, Missing):
        return place
    labels = read_lines(truth / f"{corpus.name}.labels.jsonl", Label)
    tempting, given = (truth / f"{corpus.name}.{name}.jsonl" for name in ("distractors", "statuses"))
    distractors = read_lines(tempting, Distractor) if tempting.is_file() else ()
    statuses = read_lines(given, StatusLabel) if given.is_file() else ()
    try:
        found = read_repository(place.path, place.rev, rulebook)
    except RepositoryError as error:
        return Missing(str(error))
    made = make_packets(found, packs) if statuses else ()
    return Measured(
        corpus,
        found,
        score(found.touchpoints, found.seams, labels, distractors),
        tuple(pair for each in made for pair in compare_statuses(each, statuses)),
    )


if __name__ == "__main__":
    sys.exit(main())
