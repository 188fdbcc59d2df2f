"""The results of a SARIF run: requirements, what passes gates and chokepoints by, seams, and what was suppressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from scanner import escape
from scanner.fingerprints import digest
from scanner.graphpacket import Function, GateVerdict, PassedBy, Step
from scanner.inwords import places_of
from scanner.packet import Packet, PacketSeam, PacketTouchpoint, Place, RequirementResult
from scanner.packs import Status
from scanner.phrases import joined, plural
from scanner.sarifrules import BYPASS, UNGATED, kind_rule, requirement_rule
from scanner.sariftext import Addresses, Related, Somewhere, brief, called, plain, settled, where
from scanner.settings import NAME
from scanner.settingspacket import SuppressionNote

#: Kind and level of each status. A level is for problems alone; all other kinds have `none`.
_GRADES: Final[dict[Status, tuple[str, str]]] = {
    "gap": ("fail", "warning"),
    "partial": ("fail", "note"),
    "ready": ("pass", "none"),
    "n/a": ("notApplicable", "none"),
}
_SAYS: Final[dict[Status, str]] = {
    "gap": "gap",
    "partial": "partial",
    "ready": "ready",
    "n/a": "not applicable",
}
#: A first sentence names so many of the missing parts and of the uses of a seam.
_NAMED: Final = 3
#: Longest heading of one missing part.
_HEADING: Final = 160
#: A longer way loses its middle in the message; the flow has all of it.
_LONGEST_WAY: Final = 7
#: Where what concerns a whole repository is shown, unless a manifest is known.
_README: Final = "README.md"


class Results:
    """What one packet says, result by result."""

    def __init__(self, packet: Packet, addresses: Addresses) -> None:
        self._packet = packet
        self._addresses = addresses
        self._functions = {each.id: each for each in packet.graph.functions}
        self._known = places_of(packet)
        self._evidence = [(plain(each.title), frozenset(each.evidence)) for each in packet.requirements]

    def problems(self) -> Iterator[dict[str, Any]]:
        """Requirements, whatever their status, and what passes gates and chokepoints by."""
        packet = self._packet
        yield from map(self._requirement, packet.requirements)
        if packet.graph.gates is not None:
            effects = (each for each in packet.graph.gates.effects if each.verdict == "uncovered")
            yield from (self._ungated(each) for each in effects if each.id in self._known)
        if packet.graph.passages is not None and packet.graph.passages.doors:
            door = packet.graph.passages.doors[0].function
            passed = (each for each in packet.graph.passages.passed_by if each.id in self._known)
            yield from (self._bypass(each, door) for each in passed)

    def seams(self) -> Iterator[dict[str, Any]]:
        """Seams, and touchpoints that the settings took out."""
        yield from map(self._seam, self._packet.seams)
        yield from (self._suppressed(each) for each in self._packet.settings.suppressions if each.path)

    def _requirement(self, each: RequirementResult) -> dict[str, Any]:
        related = Related(self._addresses, self._known)
        place = self._home(each)
        lines = [self._headline(each), *_attested(each)]
        lines.append(f"Found: {related.prose(each.claim)}")
        if len(each.missing) > _NAMED or any(_heading(text) != text for text in each.missing):
            lines += ["Missing:", *(f"- {related.prose(text)}" for text in each.missing)]
        if each.not_judged:
            lines += ["Not judged:", *(f"- {related.prose(text)}" for text in each.not_judged)]
        lines += [f"Next: {related.prose(each.next[0])}"] if each.next else []
        if place is None:
            lines.append("It concerns the repository as a whole, so it is shown here.")
        notes = {group.id: group.note for group in each.places}
        related.add(each.exceptions, lambda _: "keeps it from ready")
        related.add(notes, lambda fingerprint: plain(notes[fingerprint]) or "evidence")
        return {
            "ruleId": requirement_rule(self._packet, each),
            **_grade(each),
            "message": {"text": "\n".join(lines)},
            "locations": [self._addresses.location(place or self._whole())],
            **related.fields(),
            **_identity("requirementFingerprint/v1", f"{self._packet.pack.id}/{each.id}", problem=True),
            "properties": {
                "status": each.status,
                "score": each.score,
                "weight": each.weight,
                "evidence": len(each.evidence),
                "exceptions": len(each.exceptions),
                "relatedLocationsLeftOut": related.left_out,
                "wholeRepository": place is None,
                **({"attested": True, "found": each.attested.found} if each.attested else {}),
            },
        }

    def _headline(self, each: RequirementResult) -> str:
        """The first sentence, which is all that a forge shows in a list."""
        title = plain(each.title)
        if _is_open(each):
            return f"{title}: not judged."
        says = f"{title}: {_SAYS[each.status]}{', as attested' if each.attested else ''}"
        wanting = each.status in ("gap", "partial") and each.missing
        if not wanting:
            return f"{says}."
        named = [brief(settled(_words(_heading(text))), _HEADING) for text in each.missing[:_NAMED]]
        more = [f"{len(each.missing) - _NAMED} more"] if len(each.missing) > _NAMED else []
        return f"{says}; missing: {'; '.join([*named, *more])}."

    def _home(self, each: RequirementResult) -> Somewhere | None:
        """Where a requirement is shown: a forge shows no result without a place.

        That is where the work starts (what the next step names, what keeps it from ready, the slice that closes it),
        else the strongest evidence. None where it speaks of the repository as a whole.
        """
        starts = [part.start for part in self._packet.slices if each.id in part.closes]
        named = [fingerprint for text in each.next for fingerprint in escape.places_named(text)]
        evidence = [group.id for group in each.places]
        order = (*named, *each.exceptions, *starts, *evidence)
        return next((self._known[fingerprint] for fingerprint in order if fingerprint in self._known), None)

    def _whole(self) -> Place:
        """The top of a manifest, of several of the one nearest to the root; a README, which most repositories have."""
        manifests = {
            version.path for item in self._packet.inventory.sdks for version in item.versions if not version.pinned
        }
        return Place(min(manifests, key=lambda path: (path.count("/"), path), default=_README), 1)

    def _ungated(self, each: GateVerdict) -> dict[str, Any]:
        related = Related(self._addresses, self._known)
        place = self._known[each.id]
        first = f"{settled(called(place))} can be reached past every gate: a model's decision can set it off"
        lines = [f"{first}, and nobody is asked.", *self._way(each.way, related)]
        return {
            "ruleId": UNGATED,
            "kind": "fail",
            "level": "warning",
            **self._on_a_way(place, lines, each.way, related, "the side effect"),
        }

    def _bypass(self, each: PassedBy, door: str) -> dict[str, Any]:
        related = Related(self._addresses, self._known)
        place = self._known[each.id]
        past = related.link(door) if door in self._known else "the chokepoint"
        kind = f" ({place.kind.replace('_', ' ')})" if isinstance(place, PacketTouchpoint) else ""
        surfaces = f" (reached from: {', '.join(map(plain, each.surfaces))})" if each.surfaces else ""
        lines = [
            f"{settled(called(place))}{kind} is reached without passing {past}{surfaces}.",
            *self._way(each.way, related),
        ]
        return {
            "ruleId": BYPASS,
            "kind": "fail",
            "level": "note",
            **self._on_a_way(place, lines, each.way, related, "what is reached"),
        }

    def _on_a_way(
        self, place: PacketTouchpoint | Function, lines: Sequence[str], way: Sequence[Step], related: Related, end: str
    ) -> dict[str, Any]:
        steps = [self._step(step, last=step is way[-1]) for step in way if step.function in self._functions]
        # A place that is the last function itself would stand there twice.
        ends = bool(steps) and (way[-1].line, self._path(way[-1])) == (place.line, place.path)
        flow = steps if ends else [*steps, {"location": self._addresses.location(place, end)}]
        return {
            "message": {"text": "\n".join(lines)},
            "locations": [self._addresses.location(place)],
            **related.fields(),
            **({"codeFlows": [{"threadFlows": [{"locations": flow}]}]} if steps else {}),
            **_identity("seamFingerprint/v1", place.id, problem=True),
        }

    def _path(self, step: Step) -> str:
        return self._functions[step.function].path if step.function in self._functions else ""

    def _step(self, step: Step, last: bool) -> dict[str, Any]:
        here = self._functions[step.function]
        note = f"{settled(called(here))} {'is where it happens' if last else 'calls the next from here'}"
        # The line of the call, inside the function that makes it.
        place = Function(here.id, here.path, step.line, step.line, here.symbol)
        return {"location": self._addresses.location(place, note)}

    def _way(self, way: Sequence[Step], related: Related) -> list[str]:
        known = [step.function for step in way if step.function in self._functions]
        if not known:
            return []
        if len(known) == 1:
            return [f"{related.link(known[0])} is an entry point itself."]
        cut = len(known) - _LONGEST_WAY + 1 if len(known) > _LONGEST_WAY else 0
        half = (_LONGEST_WAY - 1) // 2
        shown = [related.link(each) for each in known]
        if cut:
            shown = [*shown[:half], plural(cut, "more call"), *shown[half + cut :]]
        return [f"One way: {' → '.join(shown)}."]

    def _seam(self, each: PacketSeam) -> dict[str, Any]:
        related = Related(self._addresses, self._known)
        best = self._known.get(each.id)
        others = [fingerprint for fingerprint in each.touchpoints if fingerprint != each.id]
        rule = best.rule if isinstance(best, PacketTouchpoint) else ""
        found = f", found by the rule `{rule}`" if rule else ""
        serves = [title for title, evidence in self._evidence if not evidence.isdisjoint(each.touchpoints)]
        name = settled(called(best) if best is not None else escape.code(each.name))
        kind = each.kind.replace("_", " ").capitalize()
        lines = [f"{kind} seam {name} ({each.confidence.value} confidence{found})."]
        if others:
            lines.append(self._also(best, others, related))
        if each.unwired:
            lines.append("Nothing in the scanned code calls or reads it.")
        if serves:
            lines.append(f"Evidence of: {', '.join(serves)}.")
        related.add(others, self._role)
        return {
            "ruleId": kind_rule(each.kind),
            "kind": "informational",
            "level": "none",
            "message": {"text": "\n".join(lines)},
            "locations": [self._addresses.location(best or Place(each.path, each.line))],
            **related.fields(),
            **_identity("seamFingerprint/v1", each.id),
            "properties": {
                "confidence": each.confidence.value,
                "role": each.role.value,
                "surface": each.surface,
                "rule": rule,
                "uses": each.uses,
                "unwired": each.unwired,
                "relatedLocationsLeftOut": related.left_out,
            },
        }

    def _also(self, best: Somewhere | None, others: Sequence[str], related: Related) -> str:
        """Some of the other places of a seam, those of different names."""
        names = {called(self._known[each]): each for each in reversed(others) if each in self._known}
        names.pop(called(best) if isinstance(best, PacketTouchpoint) else "", None)
        named = [related.link(each) for each in others if each in names.values()][:_NAMED]
        rest = len(others) - len(named)
        more = [plural(rest, "more place" if named else "other place")] if rest else []
        return f"Also at {joined([*named, *more], 'and')}."

    def _role(self, fingerprint: str) -> str:
        place = self._known[fingerprint]
        return place.role.value if isinstance(place, PacketTouchpoint) else "place"

    def _suppressed(self, each: SuppressionNote) -> dict[str, Any]:
        place = Place(each.path, each.line)
        lines = [
            f"{settled(where(place))} is no seam of {each.kind.replace('_', ' ')}, says {NAME}: {plain(each.reason)}"
        ]
        return {
            "ruleId": kind_rule(each.kind),
            "kind": "informational",
            "level": "none",
            "message": {"text": "\n".join(lines)},
            "locations": [self._addresses.location(place)],
            **_identity("seamFingerprint/v1", each.fingerprint),
            "suppressions": [
                {
                    "kind": "external",
                    "status": "accepted",
                    "location": {"physicalLocation": self._addresses.physical(NAME, each.written)},
                    "justification": escape.visible(each.reason),
                }
            ],
        }


def _grade(each: RequirementResult) -> dict[str, Any]:
    """Kind and level; what somebody's word makes good stays the problem that the scanner found, suppressed."""
    if _is_open(each):
        return {"kind": "open", "level": "none"}
    kind, level = _GRADES[each.status]
    word = each.attested
    if word is None or kind == "fail" or _GRADES[word.found][0] != "fail":
        return {"kind": kind, "level": level}
    said = f"{word.reason} ({_word_of(each)})"
    kind, level = _GRADES[word.found]
    suppression = {"kind": "external", "status": "accepted", "justification": escape.visible(said)}
    return {"kind": kind, "level": level, "suppressions": [suppression]}


def _attested(each: RequirementResult) -> list[str]:
    if each.attested is None:
        return []
    found = f"The scanner itself found: {_SAYS[each.attested.found]}."
    return [f"Attested {plain(_word_of(each))}: {plain(each.attested.reason)}", found]


def _word_of(each: RequirementResult) -> str:
    word = each.attested
    assert word is not None
    return f"by {word.by}{f' until {word.until}' if word.until else ''}"


def _is_open(each: RequirementResult) -> bool:
    """Whether no level of it could be judged, which a packet counts as not applicable."""
    unseen = bool(each.not_judged) or each.claim.startswith("Not judged")
    return each.status == "n/a" and each.attested is None and unseen


def _heading(text: str) -> str:
    """What is missing, without where: that comes after a colon."""
    return text.partition(": ")[0].rstrip(".")


def _words(text: str) -> str:
    return escape.prose(text, lambda _: "a place")


def _identity(key: str, value: str, problem: bool = False) -> dict[str, Any]:
    """What a result is known by from run to run.

    GitHub goes by `primaryLocationLineHash` alone, and its upload makes one of the text of the line where there is
    none: then every edit there would close an alert and open another, and forget who dismissed it.
    """
    line = {"primaryLocationLineHash": f"{digest(f'{key}:{value}')}:1"} if problem else {}
    return {"partialFingerprints": {key: value, **line}}
