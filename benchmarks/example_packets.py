"""Write the example packets of the packs' pages, `docs/packs/examples`: one real agent for each pack.

    python benchmarks/example_packets.py [--corpora DIR] [PACK...]

DIR holds one git repository for each name in `truth/corpora.json`; one that is not there is fetched, at its
commit, into `.cache/corpora`. Places are links to that commit. A page says places, names and
counts; no line of the repository's code is in it, and one that has any is refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpora import Corpus, Missing, obtain, read_corpora
from floors import TRUTH
from msgspec.structs import replace

from scanner.api import load_rules, read_repository
from scanner.errors import UserError
from scanner.making import make_packet
from scanner.packet import Packet
from scanner.remotes import permalink_template, web_address
from scanner.render import to_markdown
from scanner.scan import Scan

PROJECT = Path(__file__).resolve().parent.parent
PAGES = PROJECT / "docs" / "packs" / "examples"

#: Which repository shows a pack best: one that has something of most of what the pack asks.
SHOWN = {
    "tensorzero": "hermes-agent",
    "human-confirmation": "hermes-agent",
    "transfer-learning": "atlas-sdk",
    "evidence-admission": "trace-pipeline",
    "trajectory-export": "hermes-agent",
    "codeact-export": "agent-session-analytics",
    "otel-genai": "maestro",
}

#: Shorter lines of code are names, which a page may show.
_TELLING = 40


def main(words: Sequence[str] | None = None) -> int:
    """Write the pages; 1 when a repository could not be had, 2 for an error in a pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--cache", type=Path, default=PROJECT / ".cache" / "corpora")
    parser.add_argument("--pages", type=Path, default=PAGES)
    parser.add_argument("packs", nargs="*", choices=[[], *SHOWN], metavar="PACK")
    given = parser.parse_args(words)
    wanted = given.packs or list(SHOWN)
    known = {corpus.name: corpus for corpus in read_corpora(TRUTH)}
    given.pages.mkdir(parents=True, exist_ok=True)
    try:
        for name in dict.fromkeys(SHOWN[pack] for pack in wanted):
            packs = [pack for pack in wanted if SHOWN[pack] == name]
            for pack, page in _pages(known[name], packs, given.corpora, given.cache):
                (given.pages / f"{pack}.md").write_text(page, encoding="utf-8")
                print(f"wrote {pack}.md of {name}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _pages(corpus: Corpus, names: Sequence[str], given: Path | None, cache: Path) -> Iterator[tuple[str, str]]:
    place = obtain(corpus, given, cache)
    if isinstance(place, Missing):
        raise UserError(f"{corpus.name} cannot be had: {place.reason}")
    packs, rulebook = load_rules(names)
    found = _known(read_repository(place.path, place.rev, rulebook), corpus)
    for pack in packs:
        packet = make_packet(found, pack)
        page = to_markdown(packet)
        if shown := code_in(page, packet):
            raise UserError(f"the page of {pack.id} holds code of {corpus.name}: {shown}")
        yield pack.id, page


def _known(found: Scan, corpus: Corpus) -> Scan:
    """The scan with the name and address that `corpora.json` has, which a mirror does not know of itself."""
    tree = found.repository
    if tree.commit != corpus.commit:
        raise UserError(f"{corpus.name} is at {tree.commit or 'no commit'}; give a git repository with {corpus.commit}")
    remote = web_address(corpus.repository)
    link = permalink_template(remote, tree.commit, "")
    return replace(found, repository=replace(tree, name=corpus.name, remote=remote, permalink_template=link))


def code_in(page: str, packet: Packet) -> str:
    """The first line of the repository's code that a page repeats; empty for none."""
    lines = (line.strip() for place in packet.touchpoints for line in place.text.splitlines())
    return next((line for line in lines if len(line) >= _TELLING and line in page), "")


if __name__ == "__main__":
    sys.exit(main())
