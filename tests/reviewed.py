"""Pages for a design review that tests open: of the sample agent, of a hostile repository, and of a large one."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from commandline import PROJECT, SAMPLE
from msgspec import inspect

from scanner.api import load_packs, read_repository
from scanner.diff import compare
from scanner.diffpacket import PacketDiff
from scanner.exhibits import Exhibits
from scanner.history import SCHEMA_VERSION, History, Row, Series, compared, standing
from scanner.making import make_shown
from scanner.packet import Inventory, Packet
from scanner.reviewpage import Review, to_html
from scanner.settings import Honour

#: Packs that the sample's page tells of: one about routing, one about approval.
PACKS = ("tensorzero", "human-confirmation")
PACK = PACKS[0]
COMMIT, EARLIER = "0123456789abcdef0123456789abcdef01234567", "a" * 40

#: So that every part of the page has something to say.
_SETTINGS = """
exclude = ["deploy/", "gone/"]

[surfaces]
"/errand/scheduler.py" = "clockwork"

[[override]]
requirement = "canary_rollout"
status = "ready"
reason = "The load balancer splits by session."
by = "platform team"
until = 2026-12-31

[[override]]
requirement = "evaluation_suite"
status = "n/a"
reason = "Evaluations are held elsewhere."
by = "research"
until = 2026-01-31

[[suppress]]
fingerprint = "0123456789abcdef"
reason = "It is gone."
"""
_BROKEN = "def unfinished(:\n    return (\n"


@cache
def of_benchmarks_folder(name: str) -> ModuleType:
    """A module of the folder of benchmarks, which is no package."""
    spec = importlib.util.spec_from_file_location(name, PROJECT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses and records look their module up by its name.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(reviews: Sequence[Review], folder: Path, name: str) -> Path:
    """A page of these as a file."""
    file = folder / f"{name}.html"
    file.write_bytes(to_html(reviews).encode())
    return file


def sample_reviews(folder: Path) -> tuple[Review, ...]:
    """The sample agent as its reviewers see it: two packs, since a baseline, with a history.

    Args:
        folder: for a copy: in its own place, the checkout's git would answer for it.
    """
    packs, rulebook = load_packs(PACKS)
    root = folder / "errand"
    shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "scanner.toml").write_text(_SETTINGS, encoding="utf-8")
    (root / "errand" / "broken.py").write_text(_BROKEN, encoding="utf-8")
    found = read_repository(root, None, rulebook, honour=Honour(as_of="2026-03-02"))
    shown = [(_on_a_forge(packet, COMMIT), beside) for packet, beside in make_shown(found, packs)]
    now = [packet for packet, _ in shown]
    before = [_on_a_forge(_earlier(each), EARLIER) for each in now]
    history = _history(before, now)
    return tuple(
        Review(packet, beside, compare(was, packet), history)
        for was, (packet, beside) in zip(before, shown, strict=True)
    )


def _earlier(packet: Packet) -> Packet:
    """A packet from before some seams came, and others went."""
    replace = msgspec.structs.replace
    new = packet.seams[0]
    gone = [replace(each, id=f"{at:016x}", symbol=f"gone_{at}") for at, each in enumerate(packet.touchpoints[:2])]
    seams = [replace(packet.seams[1], id=each.id, name=each.symbol, touchpoints=(each.id,)) for each in gone]
    statuses = itertools.cycle(("gap", "ready", "partial"))
    return replace(
        packet,
        seams=(*seams, *packet.seams[1:]),
        touchpoints=(*gone, *(each for each in packet.touchpoints if each.id not in new.touchpoints)),
        requirements=tuple(replace(each, status=next(statuses), missing=()) for each in packet.requirements),
        score=replace(packet.score, value=(packet.score.value or 0) + 9),
        inventory=replace(packet.inventory, models=packet.inventory.models[1:]),
    )


@cache
def large_review() -> Review:
    """What is as large as a page must bear."""
    review: Review = of_benchmarks_folder("large_packet").large_review()
    return review


def gated_review() -> Review:
    """A small part of such a packet, with gates and carriers, which the sample agent lacks, and no drawing."""
    review: Review = of_benchmarks_folder("large_packet").large_review(100, 200)
    packet, replace = review.packet, msgspec.structs.replace
    packet = replace(
        packet,
        requirements=packet.requirements[:3],
        slices=packet.slices[:1],
        score=replace(packet.score, terms=packet.score.terms[:3]),
        inventory=Inventory(sdks=packet.inventory.sdks),
    )
    return Review(packet, Exhibits(review.exhibits.excerpts))


def hostile_reviews(reviews: Iterable[Review], turn: int, permalink: str) -> tuple[Review, ...]:
    """The same reviews of a repository in which every text is an attack; a baseline and a history are forged, too.

    Args:
        reviews: with something in every part.
        turn: another one gives each text another attack.
        permalink: template of links to lines.
    """
    return tuple(_Hostile(turn, permalink).review(each) for each in reviews)


def _on_a_forge(packet: Packet, commit: str) -> Packet:
    repository = msgspec.structs.replace(
        packet.repository,
        commit=commit,
        remote="https://forge.example/owner/errand",
        permalink=f"https://forge.example/owner/errand/blob/{commit}/{{path}}#L{{line}}-L{{end_line}}",
        changed=("errand/prompts.py",),
    )
    return msgspec.structs.replace(packet, repository=repository)


def _history(before: Sequence[Packet], now: Sequence[Packet]) -> History:
    def rows(was: Packet, new: Packet) -> tuple[Row, ...]:
        return compared(
            (
                Row(COMMIT, "2026-03-02T09:00:00Z", ("v2",), "", standing(new)),
                Row("b" * 40, "2026-02-02T09:00:00Z", (), "the commit cannot be read", None),
                Row(EARLIER, "2026-01-05T09:00:00Z", ("v1",), "", standing(was)),
            )
        )

    return History(
        schema_version=SCHEMA_VERSION,
        scanner_version="0.0.0",
        repository="errand",
        remote="https://forge.example/owner/errand",
        since="",
        until=COMMIT,
        every="4w",
        commits=120,
        left_out=0,
        end="root",
        notes=("Tags are not shown.",),
        rules_digest="ef" * 32,
        series=tuple(Series(new.pack, rows(was, new)) for was, new in zip(before, now, strict=True)),
    )


#: Whoever runs one of these has been taken in. Short ones: what shortens names must leave some whole.
_MARKUP = (
    "<script>window.owned=1</script>",
    '"><img src=x onerror=window.owned=1>',
    "</script><script>window.owned=1</script>",
    "</style><svg onload=window.owned=1>",
    "' autofocus onfocus='window.owned=1",
    "<!--<script>window.owned=1</script>",
    "</title></textarea><b onclick=owned=1>",
    "<a href=javascript:window.owned=1>x</a>",
    "&lt;script&gt;window.owned=1&#60;/script>",
)
#: Characters that hide, reorder or end something, and words that mean something to what writes pages.
_EXTRAS = (
    "\u202egnp.exe\u2066\u2069\u200f\u061c",
    "\x00\x1b[31mred\x1b]8;;https://evil.example\x07",
    "{{7*7}}${7*7}{% raw %}`${window.owned=1}`#{owned}",
    "A" * 10_000,
    "\udc80\ud800\ufeff\u200b",
    "\u2028\u2029\r\n\t</pre></code>",
    "[[place:nothing]] `code` **bold** [x](javascript:window.owned=1)",
    "𝒳" * 40 + "e\u0301" * 500,
)
#: Nothing of a repository: what the scanner numbers, what it knows itself, and what a pack calls its parts.
_OURS = frozenset(
    "id rule kind kinds evidence exceptions touchpoints seam seams closes helps start requirement function holds gates "
    "modes places of fingerprint crowded_out digest rules_digest schema_version scanner_version word source target "
    "rules requirements".split()
)
#: But these are names and paths.
_THEIRS = frozenset({"SettingsNote.rules", "WebNode.gates"})
#: How long a text can be: a scan cuts lines of code, and systems the names of files. Identifiers have no end.
_LENGTHS = {"Repository.name": 255, "PacketTouchpoint.text": 200, "Spot.text": 200, "Excerpt.lines": 200}
_ENDLESS = frozenset("symbol name value names".split())
_LENGTH = 300


class _Hostile:
    """Replaces texts, the same text always alike, so that what belongs together stays together."""

    def __init__(self, turn: int, permalink: str) -> None:
        self._permalink = permalink
        markup, extras = itertools.cycle(_MARKUP), itertools.cycle(_EXTRAS)
        self._attacks: Iterator[str] = (
            f"{next(markup)}{number}{next(extras)}{next(markup)}" for number in itertools.count()
        )
        for _ in range(turn):
            next(self._attacks)
        self._known: dict[str, str] = {}

    def review(self, review: Review) -> Review:
        """A whole review."""
        packet: Packet = self._any(review.packet, inspect.type_info(Packet), "packet", _OURS)
        beside = self._any(review.exhibits, inspect.type_info(type(review.exhibits)), "exhibits", _OURS)
        changes, history = review.changes, review.history
        if changes is not None:
            changes = self._any(changes, inspect.type_info(PacketDiff), "changes", frozenset())
        if history is not None:
            forged: History = self._any(history, inspect.type_info(History), "history", frozenset())
            # Its series is found by the pack.
            named = zip(forged.series, history.series, strict=True)
            series = tuple(msgspec.structs.replace(each, pack=known.pack) for each, known in named)
            history = msgspec.structs.replace(forged, series=series)
        return Review(packet, beside, changes, history)

    def _any(self, value: Any, kind: inspect.Type, name: str, kept: frozenset[str]) -> Any:
        if isinstance(kind, inspect.UnionType):
            kind = next(each for each in kind.types if _fits(value, each))
        if isinstance(kind, inspect.StructType):
            of = kind.cls.__name__
            made = {
                field.name: self._any(getattr(value, field.name), field.type, f"{of}.{field.name}", kept)
                for field in kind.fields
            }
            return kind.cls(**made)
        if isinstance(kind, inspect.TupleType):
            return tuple(self._any(*each, name, kept) for each in zip(value, kind.item_types, strict=True))
        if isinstance(kind, inspect.VarTupleType | inspect.ListType | inspect.FrozenSetType):
            return type(value)(self._any(each, kind.item_type, name, kept) for each in value)
        if isinstance(kind, inspect.DictType):
            keys = {each: each if kept else self._text(each, name) for each in value}
            return {keys[each]: self._any(part, kind.value_type, name, kept) for each, part in value.items()}
        ours = name.rpartition(".")[2] in kept and name not in _THEIRS
        return self._text(value, name) if isinstance(kind, inspect.StrType) and not ours else value

    def _text(self, text: str, name: str) -> str:
        if not text:
            return text
        if name.endswith(".permalink"):
            return self._permalink
        if name.endswith(".remote"):
            return "javascript:window.owned=1"
        if text not in self._known:
            attack = next(self._attacks)
            marks = "[[place:" + text.split("[[place:", 1)[1] if "[[place:" in text else ""
            self._known[text] = f"{attack[:_LENGTH]} {marks} {attack[:_LENGTH]}" if marks else attack
        endless = name.rpartition(".")[2] in _ENDLESS or "[[place:" in text
        return self._known[text][: _LENGTHS.get(name, None if endless else _LENGTH)]


def _fits(value: Any, kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.NoneType):
        return value is None
    if isinstance(kind, inspect.StructType):
        return isinstance(value, kind.cls)
    types: Mapping[type, type] = {inspect.StrType: str, inspect.IntType: int, inspect.FloatType: float}
    return isinstance(value, types.get(type(kind), object))
