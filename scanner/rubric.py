"""How good a rule is, by a weighted rubric over what it says and what it hits.

Four parts, each from 0 to 1, and gates that a rule passes or does not:

- *actionability*: whoever reads a hit knows what to open and why: the reason adds to the title, hits are sure, and each
  is a place with a name rather than a whole file;
- *generality*: it holds in more than one language, wording and file;
- *hookability*: its hits are definitions and calls, into which a migration can hook; half counts what it can set;
- *concision*: what it says and looks for stays short.

Hits are those on its own `finds` examples, and with a repository those in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

import msgspec

from scanner.candidates import FileReport, Ground
from scanner.examples import example_reports
from scanner.modules import Layout
from scanner.places import printable
from scanner.plan import Plan
from scanner.rules import Rule, Rulebook
from scanner.ruletext import (
    MOST_PATTERNS,
    MOST_TITLE,
    MOST_WHY,
    is_detectable,
    names_of,
    patterns,
    spoken,
    tied,
    unknown_packages,
    wordings,
)
from scanner.scan import Scan
from scanner.strata import touchpoints
from scanner.touchpoints import Confidence, Touchpoint
from scanner.words import split

#: Part → its weight; they sum to 1.
WEIGHTS = {"actionability": 0.4, "generality": 0.3, "hookability": 0.2, "concision": 0.1}
#: How far a migration can hook into what a hit stands on; what is not here it can only read.
_HOOKS: dict[Ground, float] = {
    **dict.fromkeys(("definition", "call"), 1.0),
    **dict.fromkeys(("control", "syntax", "key", "assignment", "import"), 0.5),
}
#: What has a name of its own, even at the top of a file.
_NAMED: frozenset[Ground] = frozenset({"definition", "key", "assignment", "import"})
#: A longer place is no place but a region.
_MOST_LINES = 80
#: Words that a reason adds to the title, languages, wordings and files from which on it cannot be better.
_ENOUGH_WORDS, _ENOUGH_LANGUAGES, _ENOUGH_WORDINGS, _ENOUGH_FILES = 8, 2, 6, 2
#: Characters of text and patterns up to which a rule is concise.
_CONCISE = 2000
#: A part below this is told with what would mend it.
_WEAK = 0.5


class Hit(msgspec.Struct, frozen=True):
    """One hit of a rule."""

    #: The file; empty in an example.
    path: str
    language: str
    symbol: str
    ground: Ground
    lines: int
    confidence: Confidence


class Spread(msgspec.Struct, frozen=True):
    """The hits of a rule in a repository, counted."""

    hits: int
    files: int
    #: Functions and classes, those of one name in two files twice.
    functions: int
    #: Hits on definitions and calls.
    hooks: int


class Grade(msgspec.Struct, frozen=True):
    """How good one rule is."""

    rule: str
    path: str
    line: int
    #: Of 100, rounded.
    score: int
    #: Part → from 0 to 1.
    parts: dict[str, float]
    #: Gates that it does not pass, each with what to mend.
    failed: tuple[str, ...]
    #: What would mend its weak parts.
    mend: tuple[str, ...]
    #: None where no repository was asked.
    spread: Spread | None = None


def grade_rules(rulebook: Rulebook, only: Set[str] | None = None, found: Scan | None = None) -> Iterator[Grade]:
    """Grade rules.

    Args:
        rulebook: all rules, and the catalogue.
        only: files whose rules are graded; None for all.
        found: a repository that was read with this rulebook.
    """
    plan = Plan(rulebook, Layout())
    said = {rule.id: spoken(rule) for rule in rulebook.rules}
    there = (
        hits_by_rule(found.touchpoints + found.entries, found.reports.having("claims")) if found is not None else None
    )
    for rule in rulebook.rules:
        if only is None or rule.path in only:
            others = [text for name, text in said.items() if name != rule.id]
            name = names_of(found.repository.name, rule, others) if found is not None else ""
            packages = unknown_packages(rule, rulebook.catalog)
            own = list(_own_hits(rulebook, plan, rule))
            yield grade(rule, own, None if there is None else there.get(rule.id, []), [name] if name else packages)


def grade(rule: Rule, own: Sequence[Hit], there: Sequence[Hit] | None, names: Sequence[str] = ()) -> Grade:
    """Grade one rule.

    Args:
        rule: the rule.
        own: its hits on its own `finds` examples.
        there: its hits in a repository; None where none was asked.
        names: names of one repository in it.
    """
    hits = [*own, *(there or ())]
    judged = {
        "actionability": _actionability(rule, hits),
        "generality": _generality(rule, own, there),
        "hookability": _hookability(hits),
        "concision": _concision(rule),
    }
    return Grade(
        rule=rule.id,
        path=rule.path,
        line=rule.line,
        score=round(100 * sum(WEIGHTS[part] * value for part, (value, _) in judged.items())),
        parts={part: round(value, 2) for part, (value, _) in judged.items()},
        failed=tuple(_failed(rule, own, names)),
        mend=tuple(advice for value, advice in judged.values() if value < _WEAK),
        spread=_spread(there) if there is not None else None,
    )


def hits_by_rule(found: Iterable[Touchpoint], reports: Iterable[FileReport]) -> dict[str, list[Hit]]:
    """Every hit of every rule among touchpoints; their uses elsewhere are none."""
    languages = {report.path: report.language for report in reports}
    grounds = {
        (report.path, candidate.start, candidate.rule): candidate.ground
        for report in reports
        for candidate in report.candidates
    }
    hits: dict[str, list[Hit]] = {}
    for item in found:
        for rule in item.rules:
            ground = grounds.get((item.path, item.start, rule))
            if ground is not None:
                lines = item.end_line - item.line + 1
                hit = Hit(item.path, languages[item.path], item.symbol, ground, lines, item.confidence)
                hits.setdefault(rule, []).append(hit)
    return hits


def _own_hits(rulebook: Rulebook, plan: Plan, rule: Rule) -> Iterator[Hit]:
    for example in rule.examples:
        if example.finds:
            reports = example_reports(plan, example)
            yield from hits_by_rule(touchpoints(rulebook, reports, {}), reports).get(rule.id, [])


def _failed(rule: Rule, own: Sequence[Hit], names: Sequence[str]) -> Iterator[str]:
    if not is_detectable(rule.find):
        yield "a clause of `find` names nothing to detect; say what the place is called, calls or contains"
    elif not own:
        yield "it hits none of its own `finds` examples, so nothing shows what it detects; see `scanner rules test`"
    yield from tied(rule)
    for name in names:
        hint = "write words that hold in any, or a catalogue entry that knows the library"
        yield f"`{printable(name)}` may be one repository's name; {hint}"
    sizes = (("title", len(rule.title), MOST_TITLE), ("why", len(rule.why), MOST_WHY))
    for key, size, most in sizes:
        if size > most:
            yield f"`{key}` has {size} characters; say it in {most}"
    if (size := sum(map(len, patterns(rule)))) > MOST_PATTERNS:
        yield f"its patterns have {size} characters; split it into rules of at most {MOST_PATTERNS}"


def _actionability(rule: Rule, hits: Sequence[Hit]) -> tuple[float, str]:
    added = set(split(rule.why)) - set(split(rule.title))
    why = min(1.0, len(added) / _ENOUGH_WORDS)
    named = _share(hit.lines <= _MOST_LINES and (bool(hit.symbol) or hit.ground in _NAMED) for hit in hits)
    sure = _share(hit.confidence is not Confidence.LOW for hit in hits)
    advice = {
        why: "let `why` say what a migration does there; it adds little to the title",
        named: f"find places with a name and of at most {_MOST_LINES} lines, such as a definition or a call in one",
        sure: "ask for more (`mentions`, `inside`, `contains`), so that hits need not be of low confidence",
    }
    return (why + named + sure) / 3, advice[min(why, named, sure)]


def _generality(rule: Rule, own: Sequence[Hit], there: Sequence[Hit] | None) -> tuple[float, str]:
    languages = len({hit.language for hit in own})
    asked = min(_ENOUGH_LANGUAGES, len(rule.languages)) or _ENOUGH_LANGUAGES
    speaks = min(1.0, languages / asked)
    words = min(1.0, wordings(rule) / _ENOUGH_WORDINGS)
    parts = {
        speaks: "show in `finds` that it holds in a second language, or say `languages`",
        words: "accept other wordings of the same: alternatives in braces, another clause under `any`, a meaning",
    }
    values = [speaks, words]
    if there:
        files = min(1.0, len({hit.path for hit in there}) / _ENOUGH_FILES)
        values.append(files)
        parts.setdefault(files, "all hits are in one file; check that it is not that file's own words")
    return sum(values) / len(values), parts[min(values)]


def _hookability(hits: Sequence[Hit]) -> tuple[float, str]:
    value = sum(_HOOKS.get(hit.ground, 0.0) for hit in hits) / len(hits) if hits else 0.0
    return value, "find the definition or the call behind these strings and lines: a migration can hook into those"


def _concision(rule: Rule) -> tuple[float, str]:
    size = len(rule.title) + len(rule.why) + sum(map(len, patterns(rule)))
    budget = MOST_TITLE + MOST_WHY + MOST_PATTERNS
    value = 1.0 - max(0, min(size, budget) - _CONCISE) / (budget - _CONCISE)
    return value, f"it has {size} characters of text and patterns; split it, or drop what another clause covers"


def _spread(hits: Sequence[Hit]) -> Spread:
    return Spread(
        hits=len(hits),
        files=len({hit.path for hit in hits}),
        functions=len({(hit.path, hit.symbol) for hit in hits if hit.symbol}),
        hooks=sum(_HOOKS.get(hit.ground) == 1.0 for hit in hits),
    )


def _share(values: Iterable[bool]) -> float:
    """The share that holds; none of nothing."""
    known = list(values)
    return sum(known) / len(known) if known else 0.0
