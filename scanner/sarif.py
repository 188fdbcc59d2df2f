"""Packets as SARIF 2.1.0, the format of static analysis that forges and editors show: one run a pack.

What is a problem has the kind `fail` and a level: a requirement that is a gap, a side effect that no gate covers
(`warning`), a requirement that is partial, a way past a chokepoint (`note`). All else is told and is no problem: what
is ready, what does not apply, and the seams themselves. Some forges take every result for a problem and know no
suppressions, so a log can be made of the problems alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scanner.jsonpage import json_page
from scanner.packet import BlindSpot, Packet
from scanner.phrases import plural
from scanner.sarifresults import Results
from scanner.sarifrules import rules_of
from scanner.sariftext import ROOT, Addresses, plain

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: Forges refuse a run with more.
MOST_RESULTS: Final = 25_000

_SEMANTIC = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")

#: What notifications are about.
_NOTIFICATIONS: Final = {
    "completeness": "How complete the look was.",
    "blind-spot": "Something that the scanner could not see.",
    "held-back": "Results that are not in this log.",
    "settings": "What the repository's own scanner.toml took out.",
}


def to_sarif(packets: Sequence[Packet], alerts_only: bool = False) -> bytes:
    """Packets as a SARIF log, the same bytes for the same packets: no clock, no absolute path, no random id.

    Args:
        packets: one a run.
        alerts_only: leave out what is no problem, and what is accepted.
    """
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(each, alerts_only) for each in packets]}
    return json_page(log)


def _run(packet: Packet, alerts_only: bool) -> dict[str, Any]:
    addresses = Addresses(packet)
    made = Results(packet, addresses)
    problems = list(made.problems())
    results = [each for each in problems if _is_alert(each)] if alerts_only else [*problems, *made.seams()]
    kept = results[:MOST_RESULTS]
    rules = rules_of(packet, frozenset() if alerts_only else _kinds(packet))
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    return {
        # Its name stands near the head of the file, where it tells that scanner wrote it.
        "tool": {"driver": {**_driver(packet), "rules": rules, "notifications": _descriptors()}},
        "automationDetails": {
            # A forge takes all up to the last slash for the category, and keeps the runs of categories side by side.
            "id": f"scanner/{packet.pack.id}/",
            "description": {"text": plain(f"{packet.pack.title} of {packet.repository.name or 'a repository'}.")},
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": list(_notifications(packet, addresses, alerts_only, len(results))),
            }
        ],
        **_provenance(packet),
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [{**each, "ruleIndex": numbers[each["ruleId"]]} for each in kept],
        "artifacts": addresses.artifacts(),
        "properties": _summary(packet),
    }


def _is_alert(result: dict[str, Any]) -> bool:
    return result["kind"] == "fail" and "suppressions" not in result


def _kinds(packet: Packet) -> frozenset[str]:
    suppressed = (each.kind for each in packet.settings.suppressions if each.path)
    return frozenset([*(each.kind for each in packet.seams), *suppressed])


def _driver(packet: Packet) -> dict[str, Any]:
    version = packet.scanner_version
    return {
        "name": "seam-scanner",
        "version": version,
        **({"semanticVersion": version} if _SEMANTIC.fullmatch(version) else {}),
    }


def _descriptors() -> list[dict[str, Any]]:
    # GitHub asks for all three.
    return [
        {"id": name, "shortDescription": {"text": text}, "fullDescription": {"text": text}, "help": {"text": text}}
        for name, text in _NOTIFICATIONS.items()
    ]


def _notifications(packet: Packet, addresses: Addresses, alerts_only: bool, made: int) -> Iterator[dict[str, Any]]:
    """How complete the look was, first; then what was not seen, and what is not shown."""
    # An error is how SARIF says that results cannot be taken for all that there is (its appendix I).
    level = "note" if packet.completeness.status == "complete" else "error"
    reasons = "; ".join(packet.completeness.reasons)
    yield _notification(
        "completeness", level, f"The look was {packet.completeness.status}{f': {reasons}' if reasons else ''}."
    )
    for spot in packet.blind_spots:
        text = f"{spot.reason}{f' ({spot.count} in all)' if spot.count > 1 else ''}: {spot.detail}"
        yield {**_notification("blind-spot", "warning", text.removesuffix(": ")), **_at(spot, addresses)}
    held_back = packet.coverage.held_back
    if held_back:
        text = f"{plural(held_back, 'touchpoint')} of low confidence {'is' if held_back == 1 else 'are'} held back."
        yield _notification("held-back", "note", text)
    if alerts_only:
        yield _notification("held-back", "note", "Left out: what is ready, not applicable or accepted, and seams.")
    if made > MOST_RESULTS:
        text = f"{made - MOST_RESULTS} of {made} results are left out: forges take {MOST_RESULTS} a run."
        yield _notification("held-back", "warning", text)
    taken = sum(each.touchpoints for each in packet.settings.suppressions)
    if taken:
        yield _notification("settings", "note", f"scanner.toml took out {plural(taken, 'touchpoint')}.")
    excluded = sum(each.files for each in packet.settings.exclude)
    if excluded:
        yield _notification("settings", "note", f"scanner.toml excludes {plural(excluded, 'file')}.")


def _notification(about: str, level: str, text: str) -> dict[str, Any]:
    number = list(_NOTIFICATIONS).index(about)
    return {"descriptor": {"id": about, "index": number}, "level": level, "message": {"text": plain(text)}}


def _at(spot: BlindSpot, addresses: Addresses) -> dict[str, Any]:
    return {"locations": [{"physicalLocation": addresses.physical(spot.path, spot.line)}]} if spot.path else {}


def _provenance(packet: Packet) -> dict[str, Any]:
    """Where the code comes from, as far as that is known."""
    if not packet.repository.remote:
        return {}
    commit = packet.repository.commit
    details = {
        "repositoryUri": packet.repository.remote,
        **({"revisionId": commit} if commit else {}),
        "mappedTo": {"uriBaseId": ROOT},
    }
    return {"versionControlProvenance": [details]}


def _summary(packet: Packet) -> dict[str, Any]:
    """The packet in short, with the digests that tell whether two files belong together."""
    ready, partial, gap, apart = packet.verdict.counts
    return {
        "schemaVersion": packet.schema_version,
        "completeness": {"status": packet.completeness.status, "reasons": list(packet.completeness.reasons)},
        "verdict": {
            "word": packet.verdict.word,
            "headline": packet.verdict.headline,
            "counts": {"ready": ready, "partial": partial, "gap": gap, "n/a": apart},
        },
        "score": {"value": packet.score.value, "words": packet.score.words},
        "pack": {"id": packet.pack.id, "title": packet.pack.title, "digest": packet.pack.digest},
        "repository": {
            "name": packet.repository.name,
            "commit": packet.repository.commit,
            "digest": packet.repository.digest,
            "changed": len(packet.repository.changed),
        },
        "rulesDigest": packet.rules_digest,
        "heldBack": packet.coverage.held_back,
        "reproduce": list(packet.reproduce),
    }
