"""A made-up packet as large as the review page must open at once: the same in every run, with texts of real lengths.

    python benchmarks/large_packet.py FILE

writes it as the page, or as JSON where the file is called so.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scanner.conditionwords import Line
from scanner.excerpts import Excerpt
from scanner.exhibits import OPEN_EVIDENCE, OPEN_WAYS, Exhibits, Levels
from scanner.graphpacket import (
    Carrier,
    Door,
    Function,
    GateCoverage,
    GateVerdict,
    GraphSize,
    MapEdge,
    MapNode,
    Passages,
    PassedBy,
    SeamGraph,
    SeamMap,
    Step,
)
from scanner.kinds import KINDS
from scanner.packet import (
    SCHEMA_VERSION,
    BlindSpot,
    Completeness,
    Coverage,
    EvidenceGroup,
    FieldRow,
    Inventory,
    InventoryItem,
    Packet,
    PacketSeam,
    PacketTouchpoint,
    PackRef,
    Place,
    Repository,
    RequirementResult,
    Score,
    Slice,
    SurfaceMatrix,
    SurfaceRow,
    Term,
    Verdict,
    Version,
)
from scanner.packs import Status
from scanner.render import to_json
from scanner.reviewpage import Review, to_html
from scanner.seamweb import MOST_SEAMS, SeamWeb, WebEdge, WebNode
from scanner.touchpoints import Confidence, Role

TOUCHPOINTS: Final = 5_000
SEAMS: Final = 1_500
REQUIREMENTS: Final = 25
FUNCTIONS: Final = 200
PACK: Final = "large"
COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"

_SURFACES: Final = (
    *("command line", "gateway and server", "scheduler", "desktop app", "web app", "bots", "plugins", "core"),
    *("auxiliary", "evaluation", "training", "scripts"),
)
_WORDS: Final = (
    "resolve provider model session fallback retry approve gate tool call dispatch stream usage cost trace span record "
    "export redact prompt build schema store memory message route client budget compact schedule job worker handler "
    "request response policy config load save event emit run agent loop step result error classify"
).split()
_FOLDERS: Final = (
    "agent",
    "agent/providers",
    "gateway/platforms",
    "tools",
    "cli/commands",
    "packages/core/src",
    "cron",
)
_STATUSES: Final[tuple[Status, ...]] = ("gap", "partial", "partial", "ready", "partial")
_LINES: Final = (
    "async def {}(self, request, *, timeout: float = 30.0):",
    "response = await self.{}(request)",
    "{} = settings.get(name)",
    "raise {}(provider)",
)
_CLAIM: Final = "{count} places in {files} files send requests to a model, on 9 surfaces (core, cron, gateway)."
_MISSING: Final = "one policy for the requests of all surfaces: missing at {count} of 90 places, [[place:{place}]]"
_NEXT: Final = "Put the gateway's base URL behind [[place:{place}]]."
#: As long as code around a place is on the whole.
_CODE: Final = (
    '    """Send a request, and fall back on overload."""',
    "    client = self._clients.resolve(request.model)",
    "    async with self._limits.slot() as slot:",
    "        reply = await client.create(**arguments)",
    "        slot.count(reply.usage.total_tokens)",
    '    return Reply(reply.text or "", cost=0.25)',
)


class _Maker:
    """Makes parts, with the same numbers in every run."""

    def __init__(self, seams: int, touchpoints: int) -> None:
        self._random = random.Random(5_000)
        self._sizes = [1] * seams
        for _ in range(touchpoints - seams):
            # Few seams have most places.
            self._sizes[int(seams * self._random.random() ** 3)] += 1
        self._symbols = [self._symbol() for _ in range(700)]
        self.paths = [self._path(number) for number in range(420)]
        self.seams, self.touchpoints = self._found()
        self.functions = tuple(self._function(number) for number in range(FUNCTIONS))

    def _id(self, *words: object) -> str:
        return hashlib.sha256(repr(words).encode()).hexdigest()[:16]

    def _name(self, words: int) -> str:
        return "_".join(self._random.choices(_WORDS, k=words))

    def _path(self, number: int) -> str:
        suffix = ("py", "py", "ts", "tsx", "go")[number % 5]
        return f"{_FOLDERS[number % len(_FOLDERS)]}/{self._name(2)}_{number}.{suffix}"

    def _symbol(self) -> str:
        owner = "".join(word.title() for word in self._random.choices(_WORDS, k=2))
        return f"{owner}.{self._name(3)}" if self._random.random() < 0.6 else self._name(3)

    def _found(self) -> tuple[tuple[PacketSeam, ...], tuple[PacketTouchpoint, ...]]:
        seams, touchpoints = [], []
        for number, size in enumerate(self._sizes):
            places = self._places(number, size)
            seams.append(self._seam(places))
            touchpoints += places
        return tuple(seams), tuple(touchpoints)

    def _places(self, number: int, size: int) -> list[PacketTouchpoint]:
        kind = KINDS[int(len(KINDS) * self._random.random() ** 2)]
        confidence = self._random.choice((Confidence.HIGH, Confidence.MEDIUM, Confidence.MEDIUM))
        symbol, best = self._symbol(), self._id("touchpoint", number, 0)
        return [
            PacketTouchpoint(
                id=self._id("touchpoint", number, at),
                rule=f"{kind.replace('_', '-')}-by-call",
                kind=kind,
                role=Role.USE if at else Role.DEFINITION,
                confidence=confidence,
                path=self._random.choice(self.paths),
                line=(line := self._random.randrange(1, 4_000)),
                end_line=line + self._random.randrange(0, 60),
                symbol=self._random.choice(self._symbols) if at else symbol,
                text=self._random.choice(_LINES).format(symbol.rpartition(".")[2]),
                name=symbol.rpartition(".")[2],
                rules=(f"{kind.replace('_', '-')}-by-call",),
                seam=best if at else "",
            )
            for at in range(size)
        ]

    def _seam(self, places: Sequence[PacketTouchpoint]) -> PacketSeam:
        best = places[0]
        return PacketSeam(
            id=best.id,
            kind=best.kind,
            name=best.symbol,
            path=best.path,
            line=best.line,
            confidence=best.confidence,
            role=best.role,
            surface=self._random.choice(_SURFACES),
            unwired=False,
            touchpoints=tuple(each.id for each in places),
            uses=len(places) - 1,
        )

    def _function(self, number: int) -> Function:
        line = self._random.randrange(1, 3_000)
        return Function(self._id("function", number), self._random.choice(self.paths), line, line + 40, self._symbol())

    def requirement(self, number: int) -> RequirementResult:
        """A requirement with evidence, sentences and a table of fields."""
        status = _STATUSES[number % len(_STATUSES)]
        shown = self._random.sample(self.seams, 40)
        evidence = tuple(place for seam in shown for place in seam.touchpoints)
        return RequirementResult(
            id=f"requirement_{number}",
            title=f"{self._name(3).replace('_', ' ').capitalize()} {number}",
            status=status,
            weight=1 + number % 3,
            score={"ready": 1.0, "partial": 0.5, "gap": 0.0}[status],
            asks="Every request to a model passes one resolver whose base URL, credential and client can be swapped.",
            claim=self._said(_CLAIM),
            evidence=evidence,
            places=tuple(EvidenceGroup(seam.id, seam.uses, "Function that resolves a provider") for seam in shown),
            missing=tuple(self._said(_MISSING) for _ in range(3)),
            not_judged=("whether the key survives a restart",),
            looked_for=("function that resolves a provider", "percentage or weight", "kill switch in configuration")
            * 2,
            next=(self._said(_NEXT), self._said(_NEXT)),
            fields=tuple(self._field(name) for name in ("session id", "model", "cost")) if number % 4 == 0 else (),
            exceptions=evidence[:12],
        )

    def _field(self, name: str) -> FieldRow:
        places = tuple(Place(self._random.choice(self.paths), self._random.randrange(1, 900)) for _ in range(3))
        return FieldRow(name, True, (name.replace(" ", "_"),), places, (f"^{{{name}}}$", "{run, episode} id$"))

    def _said(self, words: str) -> str:
        place = self._random.choice(self.touchpoints).id
        return words.format(count=self._random.randrange(2, 90), files=self._random.randrange(2, 40), place=place)

    def slice(self, number: int) -> Slice:
        """A slice of work."""
        start = self._random.choice(self.seams).id
        return Slice(f"Slice {number}", (f"requirement_{number}",), ("requirement_1",), 9, 4, start, self._said(_NEXT))

    def inventory(self) -> Inventory:
        """Values of every sort."""
        return Inventory(*(self._items(sort) for sort in ("model", "provider", "sdk", "https://api.example/v1", "KEY")))

    def _items(self, sort: str) -> tuple[InventoryItem, ...]:
        return tuple(
            InventoryItem(
                f"{sort}-{self._name(2)}",
                tuple(Place(self._random.choice(self.paths), 1 + number) for number in range(9)),
                (Version(f"{sort}-client", ">=1.2,<3", False, "pyproject.toml", 12),) if sort == "sdk" else (),
                tuple(seam.id for seam in self._random.sample(self.seams, 4)),
            )
            for _ in range(30)
        )

    def graph(self) -> SeamGraph:
        """Doors, what passes them by, side effects with their gates, and a drawing."""
        effects = tuple(self._effect(each) for each in self._random.sample(self.touchpoints, 90))
        verdicts = [each.verdict for each in effects]
        places = tuple(each.id for each in self.seams if each.kind == "model_call")
        return SeamGraph(
            size=GraphSize(21_000, (("direct", 30_000), ("imported", 18_000), ("method", 9_000)), 4_100, 8_000),
            passages=Passages(
                ("model_call",),
                places,
                tuple(
                    Door(self.functions[number].id, places[number * 4 : number * 4 + 4], _SURFACES[:3])
                    for number in range(8)
                ),
                tuple(PassedBy(each, _SURFACES[:2], self._way()) for each in places[-20:]),
            ),
            gates=GateCoverage(
                (verdicts.count("covered"), 0, verdicts.count("uncovered"), 0),
                effects,
                (self.touchpoints[3].id,),
                tuple(Carrier(self.functions[number].id, bool(number % 2), 3, 1, 0, 4) for number in range(12)),
            ),
            map=self._map(),
            functions=tuple(sorted(self.functions, key=lambda each: (each.path, each.line))),
        )

    def _effect(self, place: PacketTouchpoint) -> GateVerdict:
        covered = self._random.random() < 0.4
        gates = (self._random.choice(self.touchpoints).id,) if covered else ()
        return GateVerdict(place.id, "covered" if covered else "uncovered", False, gates, self._way())

    def _way(self) -> tuple[Step, ...]:
        return tuple(Step(each.id, each.line + 3) for each in self._random.sample(self.functions, 6))

    def _map(self) -> SeamMap:
        surfaces = tuple(MapNode(f"s{at}", name, "surface") for at, name in enumerate(_SURFACES[:5]))
        doors = tuple(MapNode(f"d{at}", self.functions[at].symbol, "door", _SURFACES[at % 5]) for at in range(8))
        seams = tuple(MapNode(f"m{at}", self.seams[at].name, "seam", _SURFACES[at % 5]) for at in range(12))
        ways = [(f"s{at % 5}", f"d{at}") for at in range(8)] + [(f"d{at % 8}", f"m{at}") for at in range(12)]
        return SeamMap((*surfaces, *doors, *seams), tuple(MapEdge(*way) for way in ways))

    def surfaces(self) -> SurfaceMatrix:
        """Surfaces × kinds."""
        rows = (SurfaceRow(name, tuple(self._random.randrange(0, 40) for _ in KINDS)) for name in _SURFACES)
        return SurfaceMatrix(KINDS, tuple(rows))


def large_packet(seams: int = SEAMS, touchpoints: int = TOUCHPOINTS) -> Packet:
    """The packet; with fewer seams, but not fewer than 100, a smaller one of the same shape."""
    made = _Maker(seams, touchpoints)
    requirements = tuple(made.requirement(number) for number in range(REQUIREMENTS))
    terms = tuple(Term(each.id, each.status, each.weight, each.score or 0.0) for each in requirements)
    earned, judged = sum(each.weight * each.value for each in terms), sum(each.weight for each in terms)
    statuses = [each.status for each in requirements]
    return Packet(
        schema_version=SCHEMA_VERSION,
        scanner_version="0.0.0",
        completeness=Completeness("partial", ("3 files of the agent could not be read",)),
        verdict=Verdict(
            "Partial",
            "Shadow traffic first",
            "Routing is spread over twelve surfaces, and no share of traffic can be split off yet.",
            (statuses.count("ready"), statuses.count("partial"), statuses.count("gap"), 0),
        ),
        score=Score(round(100 * earned / judged), earned, judged, judged, f"{earned:g} of {judged} by weight", terms),
        repository=Repository(
            name="large-agent",
            commit=COMMIT,
            remote="https://forge.example/owner/large-agent",
            permalink=f"https://forge.example/owner/large-agent/blob/{COMMIT}/{{path}}#L{{line}}-L{{end_line}}",
            digest="cd" * 32,
        ),
        pack=PackRef(PACK, "Gateway readiness", "Replaces provider routing in the agent by one gateway.", "ab" * 32),
        requirements=requirements,
        slices=tuple(made.slice(number) for number in range(5)),
        inventory=made.inventory(),
        surfaces=made.surfaces(),
        graph=made.graph(),
        coverage=Coverage(
            (("Python", 3_100), ("TypeScript", 900), ("Go", 240)),
            4_240,
            61_000_000,
            (("test", 1_900),),
            ((".png", 90),),
        ),
        blind_spots=tuple(
            BlindSpot("dynamic dispatch", path, 12, "a name that is made at run time") for path in made.paths[:60]
        ),
        reproduce=("scanner packet --rules large --repo .",),
        rules_digest="ef" * 32,
        seams=made.seams,
        touchpoints=made.touchpoints,
    )


def large_review(seams: int = SEAMS, touchpoints: int = TOUCHPOINTS) -> Review:
    """The packet with code wherever its page shows some."""
    packet = large_packet(seams, touchpoints)
    places = {each.id: each for each in packet.touchpoints}
    shown = {each: places[each] for each in _shown(packet) if each in places}
    condition = "at least 2 seams of any model call, “provider fallback chain” or “retry decorator”, in the same file"
    lines = tuple(Line(at % 3, condition) for at in range(8))
    levels = {each.id: Levels(lines, lines[:5]) for each in packet.requirements}
    return Review(packet, Exhibits({name: _excerpt(place) for name, place in shown.items()}, _web(packet), levels))


def large_page() -> bytes:
    """Its page."""
    return to_html([large_review()]).encode()


def _shown(packet: Packet) -> Iterator[str]:
    for requirement in packet.requirements:
        yield from (group.id for group in requirement.places[:OPEN_EVIDENCE])
        yield from requirement.exceptions
    if packet.graph.passages is not None:
        yield from (each.id for each in packet.graph.passages.passed_by[:OPEN_WAYS])
    if packet.graph.gates is not None:
        for verdict in ("covered", "uncovered"):
            yield from [each.id for each in packet.graph.gates.effects if each.verdict == verdict][:OPEN_WAYS]


def _web(packet: Packet) -> SeamWeb:
    """As many boxes as a picture may have: surfaces, then what ways share, then seams."""
    places = packet.graph.functions
    surfaces = [WebNode(f"s{at}", "surface", name) for at, name in enumerate(_SURFACES)]
    shared = [WebNode(f"f{at}", "shared", each.symbol, each.path, each.line) for at, each in enumerate(places[:40])]
    verdicts = {each.id: each.verdict for each in packet.graph.gates.effects} if packet.graph.gates is not None else {}
    seams = [
        WebNode(
            f"m{at}",
            "seam",
            each.name,
            each.path,
            each.line,
            each.id,
            each.kind,
            verdicts.get(each.id, ""),
            tuple(step.symbol for step in places[at : at + 5]),
            (_SURFACES[at % len(_SURFACES)],),
        )
        for at, each in enumerate(packet.seams[:MOST_SEAMS])
    ]
    edges = [(f"s{at % len(surfaces)}", f"f{at}") for at in range(20)]
    edges += [(f"f{at}", f"f{20 + at}") for at in range(20)]
    edges += [(f"f{at % len(shared)}", each.id) for at, each in enumerate(seams)]
    return SeamWeb((*surfaces, *shared, *seams), tuple(WebEdge(*edge, 2, 12) for edge in edges), (("tracing", 9),), 3)


def _excerpt(place: PacketTouchpoint) -> Excerpt:
    return Excerpt(place.path, max(1, place.line - 1), ("@traced", place.text, *_CODE))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/large_packet.py FILE")
    file = Path(sys.argv[1])
    file.write_bytes(to_json(large_packet()) if file.suffix == ".json" else large_page())
