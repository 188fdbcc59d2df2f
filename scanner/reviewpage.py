"""The page for a design review: packets as one HTML file that fetches nothing and runs nothing but its own script.

Every value passes jinja's escaping and `htmltext.inert`; what is marked up is made in `htmltext` and `highlight`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from markupsafe import Markup

from scanner import packetwords
from scanner.diffpacket import PacketDiff
from scanner.exhibits import OPEN_EVIDENCE, OPEN_WAYS, Exhibits
from scanner.history import History
from scanner.htmltext import code
from scanner.jsonpage import encodable
from scanner.packet import SCHEMA_VERSION, Packet
from scanner.packetwords import SHAPES
from scanner.pages import environment, templates_folder
from scanner.phrases import plural
from scanner.reviewchanges import review_changes
from scanner.reviewhistory import review_history
from scanner.reviewplaces import Places
from scanner.riskiest import MOST, riskiest
from scanner.seamlist import seam_list
from scanner.webdrawing import draw

if TYPE_CHECKING:
    from jinja2 import Environment

_STYLES: Final = ("page.css", "graph.css", "changes.css")
_SCRIPTS: Final = ("page.js", "seams.js", "graph.js")
#: Longer lists are cut, and say so: a page must stay one that opens.
_MOST: Final = 400
#: Shades of the heat table.
_SHADES: Final = 5


class Review(msgspec.Struct, frozen=True):
    """One packet with all that its page shows."""

    packet: Packet
    exhibits: Exhibits = Exhibits()
    #: Since a baseline.
    changes: PacketDiff | None = None
    history: History | None = None


def to_html(reviews: Sequence[Review]) -> str:
    """The page of some packets of one repository, at least one.

    Raises:
        UserError: when the installation has no templates.
    """
    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    packets = [review.packet for review in reviews]
    text = (
        _environment()
        .get_template("review/page.html.j2")
        .render(
            packets=packets,
            articles=[_article(review) for review in reviews],
            style=Markup(style),  # noqa: S704  # ours, and no part of it is filled in
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
            schema_version=SCHEMA_VERSION,
        )
    )
    return encodable(text)


def _policy(style: str, script: str) -> str:
    """What browsers hold the page to: its own style and script, known by their digests, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _joined(names: tuple[str, ...]) -> str:
    """Files of ours in a row, as they stand between the tags of their element."""
    folder: Path = templates_folder() / "review"
    return "\n" + "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _environment() -> Environment:
    made = environment(markup=True)
    made.filters.update(
        code=code,
        decimal=lambda value: f"{value:g}",
        shape=lambda status: SHAPES[status],
        size=packetwords.size,
        unsuffixed=packetwords.no_suffix,
        spaced=lambda name: name.replace("_", " "),
    )
    made.globals.update(plural=plural)
    return made


def _article(review: Review) -> Markup:
    """One packet's part of the page."""
    packet, exhibits = review.packet, review.exhibits
    made = _environment()
    places = Places(packet, exhibits.excerpts)
    made.filters.update(
        at=places.at,
        named=places.named,
        prose=places.prose,
        brief=places.brief,
        way=places.way,
        holds=places.holds,
        reached_from=places.reached_from,
        excerpt=places.excerpt,
        versions=packetwords.versions_of,
        version=places.version,
        explained=packetwords.no_surface,
    )
    made.globals.update(
        touchpoint=places.touchpoint,
        function=places.function,
        requirement=places.requirement,
        apart=packetwords.set_apart,
        open_evidence=OPEN_EVIDENCE,
        open_ways=OPEN_WAYS,
    )
    return Markup(made.get_template("review/packet.html.j2").render(**_context(review, places)))  # noqa: S704  # escaped there


def _context(review: Review, places: Places) -> dict[str, Any]:
    """What the template of a packet is filled with."""
    packet = review.packet
    risks = riskiest(packet)
    passages, gates = packet.graph.passages, packet.graph.gates
    most = max((count for row in packet.surfaces.rows for count in row.counts), default=0)
    return {
        "packet": packet,
        "pack": packet.pack.id,
        "risks": risks[:MOST],
        "equals": [each for each in risks[MOST:] if each.lost == risks[MOST - 1].lost],
        "most": _MOST,
        "read": packetwords.read_of(packet),
        "unanswered": packetwords.unanswered(packet.requirements),
        "all_surfaces": places.all_surfaces(),
        "counted": packetwords.asked_of(packet, passages, counted=True),
        "verdicts": packetwords.verdicts_of(packet, gates) if gates is not None else "",
        "columns": packetwords.columns_of(packet),
        "heat": lambda count: -(-count * _SHADES // most) if most else 0,
        "levels": review.exhibits.levels,
        "web": review.exhibits.web,
        "drawing": draw(review.exhibits.web),
        "changes": review_changes(review.changes, packet) if review.changes is not None else None,
        "history": review_history(review.history, packet) if review.history is not None else None,
        "seams": Markup(seam_list(packet)),  # noqa: S704  # JSON without a character of markup
    }
