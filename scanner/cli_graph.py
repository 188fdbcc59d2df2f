"""The command `scanner graph`: ways through the graph of calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import Progress, own_rules_option, repo_option, rev_option, settings_option, write_out

if TYPE_CHECKING:
    from scanner.chart import Chart
    from scanner.routepages import Pages
    from scanner.routes import Routes
    from scanner.scan import Scan

#: So many ways, or calls, are told unless the user says otherwise.
LIMIT = 20


@click.command()
@repo_option
@rev_option
@own_rules_option
@click.option("--from", "start", metavar="A", help="Where ways begin.  [default: all entry points]")
@click.option("--to", "goal", metavar="B", help="Where they lead.")
@click.option(
    "--format", "form", type=click.Choice(["text", "mermaid", "dot", "json"]), default="text", show_default=True
)
@click.option("--guesses", is_flag=True, help="Follow edges of low confidence, too.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="At most N ways, the first to each goal before the second to any; 0 for all.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, whole or not at all.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@settings_option
def graph(
    repo: Path,
    rev: str | None,
    rules: tuple[str, ...],
    start: str | None,
    goal: str | None,
    form: str,
    guesses: bool,
    limit: int,
    output: Path | None,
    force: bool,
    no_settings: bool,
) -> None:
    """Show the ways of calls from A to B, each call with its place, how it was found and how sure it is.

    A and B are each a symbol (`Agent.run`, its last part, or `src/agent.py:Agent.run`; a class stands for its
    methods), a kind of seam (`model_call`), a rule's id, a surface (`command line`), a kind of entry point
    (`request_entry`), or a file. Where a name is more than one of these, write which before it: `symbol:`, `kind:`,
    `rule:`, `surface:`, `entry:` or `file:`. Otherwise --from looks for a surface first, --to for a kind, and a symbol
    is what nothing else is called.

    \b
    --from and --to  up to three ways to each goal, the shortest first; later ones
                     pass by the functions between the ends of those before
    --to alone       the same from all entry points
    --from alone     what A calls, and how many seams of each kind it reaches
    neither          the graph: in text its size, entry points and chokepoints, in
                     mermaid the seam map, in dot and JSON all nodes and edges

    \b
    Examples:
      scanner graph --repo . --to model_call
      scanner graph --repo . --from "command line" --to approval_gate --format mermaid
      scanner graph --repo . --from Agent.run --format dot -o run.dot
      scanner graph --repo . --format json > graph.json
    """
    from scanner.api import load_rules, read_repository
    from scanner.making import chart_of
    from scanner.output import write_atomically
    from scanner.routepages import Pages
    from scanner.routes import Routes
    from scanner.settings import Honour

    _, rulebook = load_rules(rules)
    with Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress, Honour.of(no_settings))
    chart = chart_of(found)
    routes = Routes(found, chart, guesses)
    pages = Pages(found, chart, routes, guesses)
    if goal is not None:
        content = _ways(pages, routes, start, goal, form, limit)
    elif start is not None:
        content = _around(pages, routes, start, form, limit)
    else:
        content = _whole(pages, found, chart, form)
    if output is not None:
        write_atomically(output, content, force)
    else:
        write_out(content)


def _ways(pages: Pages, routes: Routes, start: str | None, goal: str, form: str, limit: int) -> bytes:
    from scanner.loglines import page_of
    from scanner.routepages import drawn

    answer = routes.between(routes.start(start) if start is not None else None, routes.goal(goal), limit)
    if form == "text":
        return page_of(pages.ways_text(answer))
    return pages.ways_json(answer) if form == "json" else drawn(pages.ways_drawn(answer), form)


def _around(pages: Pages, routes: Routes, start: str, form: str, limit: int) -> bytes:
    from scanner.loglines import page_of
    from scanner.routepages import drawn

    around = routes.around(routes.start(start), limit)
    if form == "text":
        return page_of(pages.around_text(around))
    return pages.around_json(around) if form == "json" else drawn(pages.around_drawn(around), form)


def _whole(pages: Pages, found: Scan, chart: Chart, form: str) -> bytes:
    from scanner.charted import seam_graph
    from scanner.drawing import seam_map
    from scanner.loglines import page_of
    from scanner.masking import without_keys
    from scanner.packs import Pack
    from scanner.routepages import drawn

    if form == "json":
        return pages.whole_json()
    if form == "dot":
        return drawn(pages.whole_drawn(), form)
    # No pack is asked: what a packet tells where its pack asks nothing of the graph.
    told = without_keys(seam_graph(chart, Pack("", "", "", (), (), "", ""), found.seams))
    text = pages.whole_text(told) if form == "text" else "\n".join((*seam_map(told.map), ""))
    return page_of(text)
