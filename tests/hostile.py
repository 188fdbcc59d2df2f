"""Packets with something in every part of them, and of a repository that means harm wherever it can have its say."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st
from madeup import REPOSITORY, pack_of, place, requirement, rich_packet, seam

from scanner.escape import marker
from scanner.graphpacket import (
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
from scanner.packet import (
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    InventoryItem,
    Packet,
    Place,
    SurfaceMatrix,
    SurfaceRow,
    Version,
)
from scanner.packs import Has
from scanner.touchpoints import Role

#: Texts with what Markdown, forges, mermaid and our own templates would read as something else than text.
NASTY = st.text(max_size=30) | st.lists(
    st.sampled_from(
        [
            "`",
            "``",
            "|",
            "\\",
            "\\|",
            "\n",
            "\r",
            "[x](http://x)",
            "<b>",
            "<!--",
            "-->",
            "![",
            "](",
            ")",
            "&lt;",
            "*",
            "__",
            "~~",
            "# ",
            "- ",
            "1. ",
            "> ",
            "---",
            "@someone",
            "www.x.org",
            "https://x.org",
            "#12",
            "\u202e",
            "\x00",
            "\x1b[31m",
            "\ud800",
            "\u2028",
            "[[place:",
            "]]",
            "{path}",
            "{{ 1 }}",
            "</details>",
            "name",
            " ",
            "  ",
            "\t",
            "$x$",
            "%0A",
            '"',
            "end",
            "subgraph x",
            "click n0 href",
            "%%{init: {}}%%",
            "%%",
            "-->",
            "])",
            "}}",
            ";",
            "style:",
            "classDef",
            ":::door",
            "#35;",
            "fa:fa-car",
            "!12",
            "&3",
            "%v1.0",
            "~bug",
            ":key:",
            "\ufb02\u00b0",
            "[^1]",
            "[^1]: x",
            "> [!NOTE]",
            "$$y$$",
            "$`z`$",
            "```mermaid",
            "GH-15",
            "owner/name#12",
            "a/b@01234567",
            "0123456789ab",
            "#{issue}",
            "==x==",
            "::add-mask::x",
            "##[error]",
            "##vso[x]",
            "<details>",
            "- [ ] ",
        ]
    ),
    max_size=8,
).map("".join)


def graph_of(functions: tuple[Function, ...], places: tuple[str, ...], say: str = "") -> SeamGraph:
    """A graph with something in every part of it, `say` wherever a repository has its say."""
    way = tuple(Step(each.id, each.line + 3) for each in functions)
    surfaces = ("command line", f"gateway{say}", "scheduler")
    return SeamGraph(
        size=GraphSize(40, (("direct", 30), ("imported", 12)), 3, 2, (("command line", 2), ("scheduler", 1))),
        passages=Passages(
            of=("model_call",),
            places=places,
            doors=(
                Door(functions[0].id, places[:1], surfaces),
                Door(functions[1].id, places[1:], ("command line",)),
                Door(functions[2].id, (), ()),
            ),
            passed_by=tuple(PassedBy(each, ("command line",), way) for each in places[1:]),
        ),
        gates=GateCoverage(
            counts=(1, 1, 1, 1),
            effects=(
                GateVerdict(places[0], "covered", True, places[1:2], way[:1]),
                GateVerdict(places[0], "policy", False, places[:2], way[:1]),
                GateVerdict(places[1], "uncovered", False, (), way),
                GateVerdict(places[1], "unknown", False, (), ()),
            ),
            modes=places[:1],
        ),
        map=SeamMap(
            (
                MapNode("s0", f"command line{say}", "surface"),
                MapNode("d0", functions[0].symbol, "door", f"core{say}"),
                MapNode("p1", functions[1].symbol, "seam", f"core{say}"),
                MapNode("more", "7 more", "more"),
            ),
            (MapEdge("s0", "d0"), MapEdge("d0", "p1")),
        ),
        functions=functions,
    )


GRAPH = graph_of(
    (
        Function("f1", "cli/main.py", 300, 320, "main"),
        Function("f2", "agent/loop.py", 200, 240, "Agent.send"),
        Function("f3", "agent/loop.py", 230, 231, "Agent.send:230"),
        Function("f4", "agent/side.py", 40, 60, "summarize"),
    ),
    ("model_call-agent-loop.py-210", "model_call-agent-side.py-41", "model_call-agent-side.py-77"),
)


def hostile(text: str) -> Packet:
    """A packet of a repository that has `text` wherever it can have its say."""
    path, symbol = f"agent/{text}.py", f"Agent.{text}"
    chain = seam(
        msgspec.structs.replace(
            place("provider-fallback", "a.py:3", symbol, kind="fallback_chain", role=Role.DEFINITION),
            path=path,
            text=text,
            name=text,
        ),
        msgspec.structs.replace(
            place("provider-fallback", "a.py:9", kind="fallback_chain"), path=path, name=f"x{text}"
        ),
        surface=f"on {text}",
    )
    pack = pack_of(
        requirement(
            Has(("fallback_chain",), at_most=0, say="no chain"),
            claim="{{ seam('fallback_chain').best }} on {{ surfaces('fallback_chain') }} through " + marker("f0"),
            next=("Move {{ seam('fallback_chain').best }}.",),
            slice="Move it",
        )
    )
    return rich_packet(
        (chain,),
        pack,
        msgspec.structs.replace(REPOSITORY, name=f"n{text}", changed=(), digest="", commit=f"c{text}"),
        completeness=Completeness("partial", (f"could not read {text}",)),
        inventory=Inventory(
            models=(InventoryItem(text, (Place(path, 1),), seams=(chain.id,)),),
            sdks=(InventoryItem(text, (Place(path, 1),), (Version(f"p{text}", f"v{text}", False, path, 1),)),),
        ),
        blind_spots=(BlindSpot("too large", path, 0, f"d{text}"), BlindSpot("parse errors", path, 2, f"d{text}")),
        surfaces=SurfaceMatrix(("model_call",), (SurfaceRow(f"s{text}", (1,)),)),
        reproduce=(f"scanner packet --repo {text}",),
        graph=graph_of(
            tuple(Function(f"f{at}", path, at + 1, at + 2, f"{symbol}.f{at}") for at in range(9)),
            tuple(each.id for each in chain.touchpoints),
            text,
        ),
        coverage=Coverage(((f"l{text}", 1),), 1, 1, ((f"t{text}", 1),), ((f".{text}", 2),), 0),
    )
