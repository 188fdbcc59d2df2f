"""Tables and pages of what can be looked for: rules, kinds, packs, and how examples fared.

Heavy imports wait inside, as in `scanner.cli`: a list of rules needs no rule to be run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.api import load_rules
from scanner.errors import UsageError
from scanner.installed import builtin_rules
from scanner.kinds import FAMILIES, KINDS, family_of, kinds_of
from scanner.phrases import aligned
from scanner.places import printable
from scanner.rules import Rule
from scanner.suggestion import suggest


def rules_table(family: str | None) -> str:
    """Id, kind and title of every built-in rule, by kind."""
    kinds = kinds_of(family) if family else tuple(KINDS)
    order = list(KINDS)
    rules = sorted(
        (rule for rule in load_rules(())[1].rules if rule.kind in kinds),
        key=lambda rule: (order.index(rule.kind), rule.id),
    )
    rows = [("rule", "kind", "title"), *((rule.id, rule.kind, rule.title) for rule in rules)]
    return "\n".join(aligned(rows, None)) + "\n"


def kinds_table() -> str:
    """Every kind of seam with its family and meaning."""
    rows = [
        ("family", "kind", "it is this"),
        *((family, *item) for family in FAMILIES for item in FAMILIES[family].items()),
    ]
    return "\n".join(aligned(rows, None)) + "\n"


def packs_table() -> str:
    """Every built-in pack."""
    from scanner.named import EVERY_PACK

    packs, _ = load_rules((EVERY_PACK,))
    rows = [("pack", "requirements", "migration")]
    rows.extend((pack.id, str(len(pack.requirements)), pack.migration) for pack in packs)
    return "\n".join(aligned(rows, None)) + "\n"


def rule_page(rule_id: str) -> str:
    """One built-in rule as its file has it, under a short head.

    Raises:
        UsageError: when there is none of that id.
    """
    rules = {rule.id: rule for rule in load_rules(())[1].rules}
    rule = rules.get(rule_id)
    if rule is None:
        near = suggest(rule_id, rules, "see `scanner rules list`")
        raise UsageError(f"no rule is called `{printable(rule_id)}`; {near}")
    head = f"{rule.title}\n{rule.kind} ({family_of(rule.kind)}) · {rule.path}:{rule.line}\n\n{rule.why}\n\n"
    return head + _source(rule)


def _source(rule: Rule) -> str:
    path = builtin_rules().parent / rule.path
    lines = path.read_text(encoding="utf-8").splitlines()[rule.line - 1 :]
    end = next((at for at, line in enumerate(lines) if at and line.startswith("- ")), len(lines))
    return "\n".join(lines[:end]).rstrip() + "\n"


def tested(paths: Sequence[Path]) -> tuple[str, bool]:
    """How the examples of rules and packs fared: a line for each that does not hold, then a count.

    Args:
        paths: files or folders to try; none for everything that is built in.

    Raises:
        RuleError: when a file cannot be loaded.
    """
    from scanner.examples import run_examples
    from scanner.ownfiles import load_own
    from scanner.packtrials import try_examples

    own = load_own(paths)
    packs, rulebook = own.packs, own.rulebook
    cases = list(run_examples(rulebook, own.files))
    trials = [trial for pack in packs for trial in try_examples(pack, rulebook)]
    failed = [case for case in cases if not case.passed]
    lines = [f"{case.path}:{case.line}: {case.outcome}: rule `{case.rule}`, {case.language} example" for case in failed]
    lines += [problem for trial in trials for problem in trial.problems]
    good = len(cases) - len(failed) + sum(not trial.problems for trial in trials)
    total = len(cases) + len(trials)
    lines.append(f"{good} of {total} examples hold")
    return "\n".join(lines) + "\n", good == total
