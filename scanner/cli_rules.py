"""The `scanner rules` commands: list, show, test, lint, score and compare.

Heavy imports wait inside the commands, as in `scanner.cli`.
"""

from __future__ import annotations

from pathlib import Path

import click

from scanner.console import Progress, repo_option, rev_option, write_out
from scanner.errors import UsageError


@click.group("rules")
def rules_group() -> None:
    """Look at rules, try their examples, check files of your own.

    \b
    Examples:
      scanner rules list --family fallback
      scanner rules test my-rules.yaml
      scanner rules lint my-rules.yaml
    """


@rules_group.command("list")
@click.option("--kinds", "topic", flag_value="kinds", help="List the kinds of seam instead.")
@click.option("--packs", "topic", flag_value="packs", help="List the built-in packs instead.")
@click.option("--family", metavar="FAMILY", help="Only rules of this family.")
def rules_list(topic: str | None, family: str | None) -> None:
    """List all rules: id, kind and title."""
    from scanner.listing import kinds_table, packs_table, rules_table

    tables = {"kinds": kinds_table, "packs": packs_table}
    write_out((tables[topic]() if topic else rules_table(family)).encode())


@rules_group.command("show")
@click.argument("rule_id", metavar="ID")
def rules_show(rule_id: str) -> None:
    """Show one rule: why it is, what it finds, its examples."""
    from scanner.listing import rule_page

    write_out(rule_page(rule_id).encode())


@rules_group.command("test")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def rules_test(path: Path | None) -> None:
    """Try the examples of all rules, or of the rules in PATH; exit 1 when one does not hold."""
    from scanner.listing import tested

    text, passed = tested(path)
    write_out(text.encode())
    if not passed:
        raise click.exceptions.Exit(1)


@rules_group.command("lint")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def rules_lint(path: Path | None) -> None:
    """Check the built-in rules and packs, or the rule, catalogue or pack files in PATH."""
    from scanner.listing import linted

    write_out(linted(path).encode())


@rules_group.command("score")
@click.option("--labels", type=click.Path(path_type=Path), required=True, help="Labels, a JSON object a line.")
@click.option("--distractors", type=click.Path(path_type=Path), help="Places that tempt and are wrong.")
@click.option("--statuses", type=click.Path(path_type=Path), help="Statuses that reviewers gave.")
@click.option("--rules", "rules", multiple=True, metavar="PACK", help="A pack for --statuses, files of your own rules.")
@click.option(
    "--explain", is_flag=True, help="Say of every missed label which rules of its kind were nearest, and why."
)
@repo_option
@rev_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def rules_score(
    labels: Path,
    distractors: Path | None,
    statuses: Path | None,
    rules: tuple[str, ...],
    explain: bool,
    repo: Path,
    rev: str | None,
    form: str,
) -> None:
    """Score the rules on a labelled repository: recall, distractors, precision, places, each share with its interval.

    A touchpoint of high or medium confidence finds a label of its kind when their lines overlap or their symbols are
    equal. `places` counts the seams that a reader is shown; many places for a label are a long list to read.

    \b
    Examples:
      scanner rules score --labels agent.labels.jsonl --repo ~/src/agent
      scanner rules score --labels agent.labels.jsonl --statuses agent.statuses.jsonl --rules tensorzero
      scanner rules score --labels agent.labels.jsonl --explain
    """
    from scanner.agreement import agreement, compare_statuses
    from scanner.api import load_rules, make_packet, read_repository
    from scanner.explain import explain_labels
    from scanner.explained import misses_text
    from scanner.labels import Distractor, Label, StatusLabel, read_lines
    from scanner.score import score
    from scanner.scorepage import score_json, score_table

    wanted = read_lines(labels, Label)
    tempting = read_lines(distractors, Distractor) if distractors else ()
    given = read_lines(statuses, StatusLabel) if statuses else ()
    pack, rulebook = load_rules(rules)
    if statuses and pack is None:
        raise UsageError("--statuses needs a pack to judge by; write `--rules tensorzero`")
    with Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress)
    result = score(found.touchpoints, found.seams, wanted, tempting)
    judged = agreement(compare_statuses(make_packet(found, pack), given)) if pack and statuses else None
    ruled = {rule.kind for rule in rulebook.rules}
    misses = explain_labels(found, result.missed) if explain else None
    if form == "json":
        write_out(score_json(result, judged, ruled, misses))
    else:
        page = score_table(result, judged, ruled) + (misses_text(misses) if misses is not None else "")
        write_out(page.encode("utf-8", "replace"))


@rules_group.command("compare")
@click.option("--labels", type=click.Path(path_type=Path), required=True, help="Labels, a JSON object a line.")
@click.option("--a", "a", metavar="RULES", required=True, help="One version of the rules.")
@click.option("--b", "b", metavar="RULES", required=True, help="The other version.")
@repo_option
@rev_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def rules_compare(labels: Path, a: str, b: str, repo: Path, rev: str | None, form: str) -> None:
    """Compare two versions of the rules on a labelled repository: what both find, and what only one of them finds.

    RULES is the word `builtin`, or a file or folder that is the whole set of rules, in place of the built-in one. The
    built-in catalogue and vocabulary serve a folder that brings no `catalog/` or `vocabulary.yaml` of its own. p is
    that of McNemar's exact test, two-sided: how likely such a difference is when neither version is better.

    \b
    Examples:
      scanner rules compare --labels agent.labels.jsonl --repo ~/src/agent --a builtin --b my-rules/
      scanner rules compare --labels agent.labels.jsonl --a ../scanner-1.2/rules --b rules
    """
    from scanner.api import load_version, read_version
    from scanner.compare import compare
    from scanner.labels import Label, read_lines
    from scanner.scorepage import comparison_json, comparison_table

    wanted = read_lines(labels, Label)
    with_a, with_b = load_version(a), load_version(b)
    with Progress() as progress:
        found_a = read_version(repo, rev, with_a, progress)
    with Progress() as progress:
        found_b = read_version(repo, rev, with_b, progress)
    result = compare(found_a, found_b, wanted)
    if form == "json":
        write_out(comparison_json(result, a, b))
    else:
        write_out(comparison_table(result, a, b).encode("utf-8", "replace"))
