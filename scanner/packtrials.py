"""The examples of packs, run as tests: each tree is scanned and judged as a repository of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from scanner.api import read_repository
from scanner.inwords import in_words
from scanner.making import make_packet
from scanner.packet import RequirementResult
from scanner.packs import Expected, PackExample, PackFile, Status
from scanner.rules import Rulebook
from scanner.yamlfile import Problem


class Surprise(msgspec.Struct, frozen=True):
    """A requirement that came out otherwise than its example says."""

    expected: Expected
    came: Status
    #: What the packet says is missing, in words.
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """What was expected and what came, with the missing words."""
        lacks = "; ".join(self.missing) or "nothing"
        name, wanted = self.expected.requirement, self.expected.status
        if self.came != wanted:
            return f"`{name}` is expected to be `{wanted}` and came out `{self.came}`; missing: {lacks}"
        words = " and ".join(f"`{each}`" for each in _unsaid(self.expected, self.missing))
        return f"`{name}` is expected to miss {words}; missing: {lacks}"


class Trial(msgspec.Struct, frozen=True):
    """One example, tried."""

    pack: str
    example: PackExample
    #: Every requirement of the pack with the status that it came out with.
    statuses: tuple[tuple[str, Status], ...]
    surprises: tuple[Surprise, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for each surprise, with where it was expected."""
        return tuple(
            str(Problem(self.example.path, each.expected.line, each.expected.column, f"{self._called()}: {each}"))
            for each in self.surprises
        )

    def _called(self) -> str:
        return f"example `{self.example.title}` of pack `{self.pack}`"


def try_examples(pack: PackFile, rulebook: Rulebook) -> Iterator[Trial]:
    """Scan and judge the tree of every example of a pack.

    Args:
        pack: whose examples.
        rulebook: what to look for.

    Raises:
        RuleError: when a template of the pack cannot be filled.
    """
    for example in pack.examples:
        yield try_example(pack, example, rulebook)


def try_example(pack: PackFile, example: PackExample, rulebook: Rulebook) -> Trial:
    """Scan and judge the tree of one example; see `try_examples`."""
    with tempfile.TemporaryDirectory(prefix="scanner-example-") as folder:
        root = Path(folder) / "tree"
        for path, source in example.files:
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8", newline="")
        packet = in_words(make_packet(read_repository(root, None, rulebook), pack))
    results = {each.id: each for each in packet.requirements}
    return Trial(
        pack=pack.id,
        example=example,
        statuses=tuple((each.id, each.status) for each in packet.requirements),
        surprises=tuple(
            Surprise(expected, results[expected.requirement].status, results[expected.requirement].missing)
            for expected in example.expects
            if not _holds(expected, results[expected.requirement])
        ),
    )


def _holds(expected: Expected, result: RequirementResult) -> bool:
    return result.status == expected.status and not _unsaid(expected, result.missing)


def _unsaid(expected: Expected, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Words that were to be said of what is missing, and were not."""
    return tuple(words for words in expected.missing if not any(words in said for said in missing))
