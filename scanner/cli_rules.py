"""The `scanner rules` commands: list, show, test, lint, new, schema, score and compare.

Heavy imports wait inside the commands, as in `scanner.cli`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

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
    from scanner.loglines import page_of
    from scanner.rulelist import kinds_table, packs_table, rules_table

    tables = {"kinds": kinds_table, "packs": packs_table}
    write_out(page_of(tables[topic]() if topic else rules_table(family)))


@rules_group.command("show")
@click.argument("rule_id", metavar="ID")
def rules_show(rule_id: str) -> None:
    """Show one rule: why it is, what it finds, its examples."""
    from scanner.loglines import page_of
    from scanner.rulelist import rule_page

    write_out(page_of(rule_page(rule_id)))


@rules_group.command("test")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
def rules_test(paths: tuple[Path, ...]) -> None:
    """Try the examples of all rules and packs, or of those in the PATHs; exit 1 when one does not hold."""
    from scanner.loglines import page_of
    from scanner.rulelist import tested

    text, passed = tested(paths)
    write_out(page_of(text))
    if not passed:
        raise click.exceptions.Exit(1)


@rules_group.command("lint")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--repo", type=click.Path(path_type=Path), help="Score the rules by their hits in this one, too.")
@rev_option
@click.option("--min-score", type=click.IntRange(0, 100), default=0, help="Fail rules that score less.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def rules_lint(paths: tuple[Path, ...], repo: Path | None, rev: str | None, min_score: int, form: str) -> None:
    """Check the built-in rules and packs, or the rule, catalogue and pack files in the PATHs, and score each rule.

    The score is of 100: actionability 0.4, generality 0.3, hookability 0.2, concision 0.1, by what a rule says and what
    it hits in its own examples. A rule fails that names nothing to detect, an incident, a date, an absolute path or one
    repository, or that is too long. Without PATH only rules that fail have a row; exit 1 when one does.

    \b
    Examples:
      scanner rules lint my-rules.yaml
      scanner rules lint my-pack.yaml my-rules.yaml
      scanner rules lint my-rules.yaml --repo ~/src/agent --min-score 70
      scanner rules lint --format json
    """
    from scanner.lintpage import lint, lint_json, lint_table, passes
    from scanner.loglines import page_of
    from scanner.rubric import grade_rules

    if rev and not repo:
        raise UsageError("--rev is a revision of --repo; name the repository, such as --repo .")
    linted, found = lint(paths), None
    if repo:
        from scanner.api import read_repository

        with Progress() as progress:
            found = read_repository(repo, rev, linted.rulebook, progress)
    grades = list(grade_rules(linted.rulebook, linted.own, found))
    if form == "json":
        write_out(lint_json(linted, grades, min_score))
    else:
        write_out(page_of(lint_table(linted, grades, min_score, bool(paths) or found is not None)))
    if not all(passes(grade, min_score) for grade in grades):
        raise click.exceptions.Exit(1)


@rules_group.command("new")
@click.argument("what", type=click.Choice(["rule", "pack"]))
@click.argument("name", metavar="NAME")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, whole or not at all.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def rules_new(what: Literal["rule", "pack"], name: str, output: Path | None, force: bool) -> None:
    """Start a rule or pack of your own: a file with comments that explain each key, sound as it is.

    NAME is its id, in kebab-case.

    \b
    Examples:
      scanner rules new rule house-client -o my-rules.yaml
      scanner rules new pack house-gateway -o my-pack.yaml
    """
    from scanner.scaffold import scaffold

    _put(scaffold(what, name).encode(), output, force)


@rules_group.command("schema")
@click.argument("what", type=click.Choice(["rule", "pack"]))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, whole or not at all.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def rules_schema(what: Literal["rule", "pack"], output: Path | None, force: bool) -> None:
    """Print the JSON Schema of rule files or pack files, with which an editor completes and checks them.

    \b
    Examples:
      scanner rules schema rule -o rule.schema.json
      scanner rules schema pack -o pack.schema.json
    """
    from scanner import packschema, ruleschema

    made = ruleschema.schema() if what == "rule" else packschema.schema()
    _put(ruleschema.schema_text(made), output, force)


def _put(content: bytes, output: Path | None, force: bool) -> None:
    from scanner.output import write_atomically

    if output:
        write_atomically(output, content, force)
    else:
        write_out(content)


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
    from scanner.api import load_rules, read_repository
    from scanner.explained import misses_text
    from scanner.explaining import explain_labels
    from scanner.labels import Distractor, Label, StatusLabel, read_lines
    from scanner.loglines import page_of
    from scanner.making import make_packets
    from scanner.score import score
    from scanner.scorepage import score_json, score_table

    wanted = read_lines(labels, Label)
    tempting = read_lines(distractors, Distractor) if distractors else ()
    given = read_lines(statuses, StatusLabel) if statuses else ()
    packs, rulebook = load_rules(rules)
    if statuses and not packs:
        raise UsageError("--statuses needs a pack to judge by; write `--rules tensorzero`")
    with Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress)
    result = score(found.touchpoints, found.seams, wanted, tempting)
    made = make_packets(found, packs) if statuses else ()
    judged = agreement([pair for each in made for pair in compare_statuses(each, given)]) if statuses else None
    ruled = {rule.kind for rule in rulebook.rules}
    misses = explain_labels(found, result.missed) if explain else None
    if form == "json":
        write_out(score_json(result, judged, ruled, misses))
    else:
        page = score_table(result, judged, ruled) + (misses_text(misses) if misses is not None else "")
        write_out(page_of(page))


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
    from scanner.api import read_version
    from scanner.compare import compare
    from scanner.labels import Label, read_lines
    from scanner.loglines import page_of
    from scanner.named import load_version
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
        write_out(page_of(comparison_table(result, a, b)))
