"""What a page for a terminal says of a packet: text in runs of one style, each perhaps a link. Nothing is judged here.

What comes from a repository passes `escape.visible` on its way into a run, so no run steers a terminal or hides text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from scanner import escape, packetwords
from scanner.graphpacket import Function
from scanner.inwords import name_of, places_of
from scanner.links import Links
from scanner.packet import Packet, PacketTouchpoint, RequirementResult, Slice
from scanner.packetwords import SHAPES
from scanner.packs import Status
from scanner.phrases import joined, plural

#: Longest path and name; longer ones lose their middle.
_LONGEST_PATH: Final = 80
_LONGEST_NAME: Final = 60
#: Longer addresses are cut by terminals, and lead elsewhere.
_LONGEST_ADDRESS: Final = 2000

#: Where a name is broken that is wider than its column.
_IN_PATH: Final = re.compile(r"(?<=/)")
_IN_NAME: Final = re.compile(r"(?<=[._])")

_STATUSES: Final[tuple[Status, ...]] = ("ready", "partial", "gap", "n/a")


class Run(msgspec.Struct, frozen=True):
    """Some text in one style."""

    text: str
    #: `head`, `name`, `place`, `quiet`, a status, or empty.
    style: str = ""
    #: Where it leads; empty for nowhere.
    url: str = ""


class Words:
    """What a packet says, as runs of text.

    Args:
        packet: what to speak of.
        width: columns of running text, in which no name is broken but where its parts begin.
        links: whether places lead to the forge.
    """

    def __init__(self, packet: Packet, width: int, links: bool) -> None:
        self.packet = packet
        # Slices are indented, and places stand in brackets.
        self._width = width - 8
        repository = packet.repository
        self._links = Links(repository.permalink, repository.changed, web=True) if links else None
        self._touchpoints = {each.id: each for each in packet.touchpoints}
        self._named = places_of(packet)
        self._numbers = {each.id: number for number, each in enumerate(packet.requirements, 1)}

    def title(self) -> list[Run]:
        """Pack, repository and commit."""
        repository = self.packet.repository
        parts = [self.packet.pack.title, *([repository.name] if repository.name else [])]
        commit = f" @ {repository.commit[:7]}" if repository.commit else ""
        return [Run(escape.visible(" · ".join(parts) + commit), "head")]

    def completeness(self) -> list[Run]:
        """How complete the look was, and why it was not."""
        look = self.packet.completeness
        read = f"{plural(self.packet.coverage.files, 'file')} read"
        excluded = sum(each.files for each in self.packet.settings.exclude)
        if look.status == "complete":
            but = f", but for {plural(excluded, 'file')} that its scanner.toml excludes" if excluded else ""
            return [Run("Complete look:", "head"), Run(f" {read}; nothing of the agent's own code was left out{but}.")]
        reasons = self.prose("; ".join(look.reasons))
        but = f"; {plural(excluded, 'file')} excluded by its scanner.toml" if excluded else ""
        return [Run("Partial look:", "head"), Run(f" {read}; "), *reasons, Run(f"{but}.")]

    def score(self) -> list[Run]:
        """The verdict in a word, its score, and how many requirements have each status."""
        score, verdict = self.packet.score, self.packet.verdict
        words = escape.visible(score.words)
        if score.value is None:
            runs = [Run(f"{words[:1].upper()}{words[1:]}.", "head")]
        else:
            runs = [Run(f"{escape.visible(verdict.word)}: {score.value} of 100", "head"), Run(f" ({words}).")]
        counts = [
            Run(f"{SHAPES[status]} {count} {status}", status)
            for status, count in zip(_STATUSES, verdict.counts, strict=True)
            if count or status != "n/a"
        ]
        return [*runs, *(part for at, each in enumerate(counts) for part in (Run("  " if at else "\n"), each))]

    def notes(self) -> list[list[Run]]:
        """What to know before reading the matrix."""
        notes = []
        if headline := self.packet.verdict.headline:
            notes.append([Run(f"{escape.visible(headline)}:", "head"), Run(" "), *self.prose(self.packet.verdict.text)])
        if count := self.packet.score.attested:
            do = "is attested, and counts" if count == 1 else "are attested, and count"
            notes.append([Run(f"{plural(count, 'status', 'statuses')} {do} in place of what the scanner found.")])
        if self._links is not None and self.packet.repository.changed:
            files = plural(len(self.packet.repository.changed), "file")
            notes.append([Run(f"The work tree differs from the commit in {files}; places there have no link.")])
        return notes

    def status(self, result: RequirementResult) -> list[Run]:
        """By shape and word, one below the other where it is somebody's word."""
        runs = [Run(f"{SHAPES[result.status]} {result.status}", result.status)]
        if result.attested:
            found = result.attested.found
            runs += [Run("\nattested"), Run(f"\nfound {SHAPES[found]} {found}", "quiet")]
        return runs

    def evidence(self, result: RequirementResult, width: int) -> list[Run]:
        """The strongest place, and how many more there are."""
        place = self._touchpoints.get(result.places[0].id) if result.places else None
        if place is None:
            return [Run("no evidence", "quiet")]
        name = self._name(place, width)
        runs = [self._place(place, width), *([Run(f" {name}")] if name else [])]
        more = len(result.places) - 1
        return [*runs, Run(f" and {more} more", "quiet")] if more else runs

    def missing(self, result: RequirementResult, label: str = "") -> list[Run]:
        """What keeps it from ready, without the places, which the whole packet has.

        Args:
            result: the requirement.
            label: what to call it, where no heading does.
        """
        if result.missing:
            return [Run(label, "quiet"), *self._first(result.missing, 3)]
        if result.not_judged:
            return [Run("not yet judged: "), *self._first(result.not_judged, 1)]
        if result.status == "n/a":
            return self._brief(result.claim)
        return [Run(f"{label}nothing", "quiet")]

    def slice(self, each: Slice) -> list[Run]:
        """A slice: what it closes, how large it is, how and where it starts."""
        numbers = self._requirements(each.closes)
        runs = [Run(escape.visible(each.title), "head"), Run(f" · closes {numbers}" if numbers else "")]
        runs += [Run(f", helps {self._requirements(each.helps)}")] if each.helps else []
        size = [plural(each.functions, "function")] if each.functions else []
        size += [plural(each.files, "file")] if each.files else []
        runs += [Run(f" · {' in '.join(size)}", "quiet")] if size else []
        runs += [Run("\n"), *self.prose(each.step)] if each.step else []
        start = self._named.get(each.start)
        # The step mostly says so itself: by its marker or, of a packet read back from its JSON, in words.
        if start is not None and each.start not in each.step and f"{start.path}:{start.line}" not in each.step:
            runs += [Run(" Start at " if each.step else "\nStart at "), *self._called(start), Run(".")]
        return runs

    def graph(self) -> list[list[Run]]:
        """Chokepoints and gate coverage, a line each."""
        return [line for line in (self._chokepoints(), self._gates()) if line]

    def _chokepoints(self) -> list[Run]:
        passages = self.packet.graph.passages
        if passages is None or not passages.places:
            return []
        runs = [Run("Chokepoints:", "head"), Run(f" {packetwords.asked_of(self.packet, passages, counted=True)}")]
        if not passages.doors:
            return [*runs, Run(", reached from no entry point that is known.")]
        runs.append(Run(f", reached through {len(passages.doors)}"))
        first = self._named.get(passages.doors[0].function)
        if first is not None:
            runs += [Run("; "), *self._called(first), Run(f" holds {len(passages.doors[0].holds)}")]
        return [*runs, Run(".")]

    def _gates(self) -> list[Run]:
        gates = self.packet.graph.gates
        if gates is None or not sum(gates.counts):
            return []
        covered, policy, uncovered, unknown = gates.counts
        conditional = packetwords.conditional_in(gates)
        only = f" ({conditional} only where a condition asks)" if conditional else ""
        parts = [f"{covered} behind a gate at which a person can be asked{only}"]
        parts += [f"{policy} behind rules that ask nobody"] if policy else []
        parts += [f"{uncovered} past every gate"] if uncovered else []
        parts += [f"{unknown} to which no sure way is known"] if unknown else []
        effects = f"{plural(sum(gates.counts), 'side effect')} that a model's decision can set off"
        return [Run("Gate coverage:", "head"), Run(f" {effects}: {joined(parts, 'and')}.")]

    def prose(self, text: str) -> list[Run]:
        """Running text in which `code` and the markers of places mean something."""
        runs: list[Run] = []
        for at, piece in enumerate(escape.pieces_of(escape.visible(text))):
            place = self._named.get(piece) if at % 2 else None
            if place is not None:
                runs += self._called(place)
            else:
                runs += _coded(escape.marker(piece) if at % 2 else piece)
        return runs

    def _first(self, texts: Sequence[str], limit: int) -> list[Run]:
        runs = [run for text in texts[:limit] for run in (Run("; "), *self._brief(text))][1:]
        return [*runs, Run(f"; {len(texts) - limit} more", "quiet")] if len(texts) > limit else runs

    def _brief(self, text: str) -> list[Run]:
        """A sentence without the places at its end."""
        return self.prose(packetwords.without_places(escape.visible(text)))

    def _requirements(self, ids: Sequence[str]) -> str:
        return joined([str(self._numbers[each]) for each in ids if each in self._numbers], "and")

    def _called(self, place: PacketTouchpoint | Function) -> list[Run]:
        """A place in a sentence: its name, then where it is."""
        name, where = self._name(place, self._width), self._place(place, self._width)
        return [Run(name, "name"), Run(" ("), where, Run(")")] if name else [where]

    def _name(self, place: PacketTouchpoint | Function, width: int) -> str:
        return _broken(escape.shorten(escape.visible(name_of(place)), _LONGEST_NAME), _IN_NAME, width)

    def _place(self, place: PacketTouchpoint | Function, width: int) -> Run:
        label = f"{escape.shorten(escape.visible(place.path), _LONGEST_PATH)}:{place.line}"
        return Run(_broken(label, _IN_PATH, width), "place", self._url(place))

    def _url(self, place: PacketTouchpoint | Function) -> str:
        """Where the forge shows these very lines, in an address that a terminal takes."""
        url = self._links.of(place) if self._links is not None else ""
        return url if len(url) <= _LONGEST_ADDRESS else ""


def _coded(text: str) -> list[Run]:
    """Text without hidden characters; what stands between backticks is a name."""
    return [
        Run(escape.shorten(piece), "name") if at % 2 else Run(piece)
        for at, piece in enumerate(escape.code_in(text))
        if piece
    ]


def _broken(name: str, where: re.Pattern[str], width: int) -> str:
    """A name that is wider than its column in lines, broken where its parts begin."""
    from rich.cells import cell_len

    lines = [""]
    for part in where.split(name) if cell_len(name) > width else (name,):
        if lines[-1] and cell_len(lines[-1] + part) > width:
            lines.append(part)
        else:
            lines[-1] += part
    return "\n".join(lines)
