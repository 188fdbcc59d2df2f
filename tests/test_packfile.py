"""Pack files: what loads, and the whole line for everything that does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import packfile
from scanner.errors import RuleError, UsageError
from scanner.packfile import builtin_packs, check_pack, load_pack, resolve_pack
from scanner.packs import (
    AtLeast,
    Beside,
    Chokepoints,
    Condition,
    Conforms,
    Documents,
    Every,
    Fields,
    Gated,
    Has,
    Negated,
    PackFile,
    Reaches,
    Some,
    Spread,
    StatusIs,
    Unwired,
)
from scanner.rulebook import load_rulebook

Write = Callable[..., Path]

PACK = """\
id: some-move
title: A move
migration: From here to there
requirements:
  - id: traffic_canary
    title: Traffic canary
    weight: 2
    asks: A split of live traffic.
    claim: "{{ count('traffic_split') }} splits"
    ready: traffic_split
    partial: feature_flag
    next:
      - Split the traffic.
    evidence: [traffic_split, feature_flag]
    slice: canary
recommendations:
  - when: {status: traffic_canary, is: [ready, partial]}
    headline: Start
    text: Start here.
  - headline: Wait
    text: Wait for it.
"""

RULE = """
- id: percentage-split
  kind: traffic_split
  title: Split
  why: Why
  find: {call: split}
  examples: {finds: {python: split()}, ignores: {python: a()}}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file, and stand beside it so that problems show its bare name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "p.yaml") -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return write


def ready(write: Write, condition: str) -> Condition:
    """The condition that `ready` of an otherwise plain pack becomes."""
    return load_pack(write(PACK.replace("ready: traffic_split", f"ready: {condition}"))).requirements[0].ready


def problems(write: Write, text: str) -> list[str]:
    """What is wrong with a pack."""
    with pytest.raises(RuleError) as caught:
        load_pack(write(text))
    return list(caught.value.problems)


def test_a_pack_is_read_with_all_its_parts(write: Write) -> None:
    text = PACK.replace("    slice:", "    applies: model_call\n    otherwise: No model is called.\n    slice:")

    pack = load_pack(write(text))

    assert (pack.id, pack.title, pack.migration) == ("some-move", "A move", "From here to there")
    assert (pack.path, len(pack.digest)) == ("p.yaml", 64)
    (requirement,) = pack.requirements
    assert (requirement.id, requirement.title, requirement.weight) == ("traffic_canary", "Traffic canary", 2)
    assert (requirement.asks, requirement.line) == ("A split of live traffic.", 5)
    assert requirement.claim == "{{ count('traffic_split') }} splits"
    assert (requirement.ready, requirement.partial) == (Has(("traffic_split",)), Has(("feature_flag",)))
    assert (requirement.applies, requirement.otherwise) == (Has(("model_call",)), "No model is called.")
    assert (requirement.next, requirement.slice) == (("Split the traffic.",), "canary")
    assert requirement.evidence == ("traffic_split", "feature_flag")
    first, last = pack.recommendations
    assert (first.headline, first.text) == ("Start", "Start here.")
    assert first.when == StatusIs("traffic_canary", ("ready", "partial"))
    assert (last.headline, last.when) == ("Wait", None)


IDS = (("ids", ("session id",)), ("redaction", ("redacted",)))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("model_call", Has(("model_call",))),
        ("{has: [a, b], at_least: 2, at_most: 3, say: some words}", Has(("a", "b"), 2, 3, "some words")),
        ("{has: a, at_most: 2}", Has(("a",), 1, 2)),
        ("{count: a, at_most: 2}", Has(("a",), 0, 2)),
        ("{files: a, at_most: 2, say: w}", Spread("files", ("a",), 0, 2, "w")),
        ("{surfaces: [a, b], at_least: 3}", Spread("surfaces", ("a", "b"), 3)),
        ("{beside: a, of: [b], within: file, say: w}", Beside(("b",), ("a",), "file", "w")),
        ("{at_least: 2, of: [a, b, {has: c}], say: w}", AtLeast(2, (Has(("a",)), Has(("b",)), Has(("c",))), "w")),
        ("{all: [a, {any: [b, c], say: w}]}", Every((Has(("a",)), Some((Has(("b",)), Has(("c",))), "w")))),
        ("{not: a, say: w}", Negated(Has(("a",)), "w")),
        ("{beside: a, of: b, within: way, at_least: 2}", Beside(("b",), ("a",), "way", at_least=2)),
        ("{chokepoints: a, at_most: 2}", Chokepoints(("a",), 2)),
        ("{chokepoints: [a, b], at_most: 2, share: 80, say: w}", Chokepoints(("a", "b"), 2, 80, "w")),
        ("{gated: a}", Gated(("a",), ("approval_gate",))),
        ("{gated: [a, b], by: c, share: 60, say: w}", Gated(("a", "b"), ("c",), 60, "w")),
        ("{reaches: session, to: a}", Reaches(("session",), ("a",))),
        ("{reaches: [session, run], to: [a, b], share: 80, say: w}", Reaches(("session", "run"), ("a", "b"), 80, "w")),
        ("{fields: {model: model}, of: a}", Fields((("model", ("model",)),), ("a",))),
        (
            "{fields: {cost: cost, outcome: [outcome, '{success, failure}']}, of: [a], at_least: 1, say: w}",
            Fields((("cost", ("cost",)), ("outcome", ("outcome", "{success, failure}"))), ("a",), 1, "w"),
        ),
        ("{unwired: a}", Unwired(("a",))),
        ("{unwired: [a, b], at_most: 2, say: w}", Unwired(("a", "b"), 2, "w")),
        ("{contract: codeact}", Conforms("codeact")),
        ("{contract: chat-messages, at_least: 90, say: w}", Conforms("chat-messages", 90, "w")),
        ("{documents: {ids: [session id], redaction: redacted}}", Documents(IDS)),
        (
            "{documents: {ids: [session id], redaction: redacted}, about: [training data], at_least: 1, say: w}",
            Documents(IDS, ("training data",), 1, "w"),
        ),
    ],
)
def test_a_condition_reads_as_what_it_says(write: Write, text: str, condition: Condition) -> None:
    assert ready(write, text) == condition


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{contract: codeac}", "10:23: `contract` cannot be `codeac`; write `codeact`"),
        ("{contract: codeact, at_least: 101}", "10:42: `at_least` is 101; write a whole number from 1 to 100"),
        ("{documents: {a: 'x|y'}}", "10:28: `x|y` is no word pattern: `|` means nothing here"),
        ("{documents: {a: x}, about: '{y'}", "10:39: `{y` is no word pattern: `{` is not closed, or holds another `{`"),
        ("{documents: {a: x}, at_least: 2}", "10:42: `at_least` is 2; write a whole number from 1 to 1"),
        (
            "{hass: a}",
            "10:13: no condition is called `hass`; write `has`",
        ),
        ("[a]", "10:12: `ready` is a list; write the name of a rule or kind, or a mapping such as `{has: model_call}`"),
        (
            "true",
            "10:12: `ready` is a boolean (`true`); write the name of a rule or kind, or a mapping such as "
            "`{has: model_call}`",
        ),
        ("{has: a, files: b}", "10:21: `files` stands beside `has`; write each as its own condition under `all`"),
        ("{has: a, atleast: 2}", "10:21: condition `has` has no key `atleast`; write `at_least`"),
        ("{has: []}", "10:18: `has` is an empty list; write a rule or kind or a list of them"),
        ("{has: a, at_least: 0}", "10:31: `at_least` is 0; write a whole number, 1 or more"),
        ("{has: a, at_least: some}", "10:31: `at_least` is text (`some`); write a whole number, 1 or more"),
        (
            "{has: a, at_most: 0}",
            "10:12: never holds: at least 1 and at most 0; write `not` to ask that there is none",
        ),
        ("{count: a}", "10:12: condition `count` has no bound; write `at_least` or `at_most`"),
        ("{files: a}", "10:12: condition `files` has no bound; write `at_least` or `at_most`"),
        (
            "{beside: a, of: b}",
            "10:12: condition `beside` lacks `within`; write `within:` and `function`, `way` or `file`",
        ),
        (
            "{beside: a, within: file}",
            "10:12: condition `beside` lacks `of`; write `of:` and the rules or kinds that each need one beside them",
        ),
        (
            "{beside: a, of: b, within: class}",
            "10:39: `within` cannot be `class`; write one of `function`, `way`, `file`",
        ),
        ("{at_least: 3, of: [a, b]}", "10:23: `at_least` is 3; write a whole number from 1 to 2"),
        ("{at_least: 1}", "10:12: condition `at_least` lacks `of`; write `of:` and a list of conditions"),
        ("{all: []}", "10:18: `all` is an empty list; write a list of conditions"),
        ("{any: a}", "10:18: `any` is text (`a`); write a list of conditions"),
        ("{not: a}", "10:12: condition `not` lacks `say`; write what is looked for, in words"),
        ("{chokepoints: a}", "10:12: condition `chokepoints` lacks `at_most`; write `at_most:` and a number"),
        ("{chokepoints: a, at_most: 0}", "10:38: `at_most` is 0; write a whole number, 1 or more"),
        ("{chokepoints: a, at_most: 1, share: 101}", "10:48: `share` is 101; write a whole number from 1 to 100"),
        (
            "{chokepoints: a, at_most: 1, gated: b}",
            "10:41: `gated` stands beside `chokepoints`; write each as its own condition under `all`",
        ),
        ("{gated: a, by: []}", "10:27: `by` is an empty list; write a rule or kind or a list of them"),
        ("{gated: a, share: 0}", "10:30: `share` is 0; write a whole number from 1 to 100"),
        (
            "{gated: a, at_most: 1}",
            "10:23: condition `gated` has no key `at_most`; write one of `gated`, `by`, `share`, `say`",
        ),
        ("{reaches: session}", "10:12: condition `reaches` lacks `to`; write `to:` and a rule or kind"),
        ("{reaches: sesion, to: a}", "10:22: `reaches` cannot be `sesion`; write `session`"),
        ("{fields: {model: model}}", "10:12: condition `fields` lacks `of`; write `of:` and a rule or kind"),
        ("{fields: [model], of: a}", "10:21: `fields` is a list; write names with their word patterns"),
        ("{fields: {model: []}, of: a}", "10:29: `model` is an empty list; write a word pattern or a list of them"),
        (
            "{fields: {model: '{a'}, of: a}",
            "10:29: `{a` is no word pattern: `{` is not closed, or holds another `{`",
        ),
        ("{fields: {model: model}, of: a, at_least: 2}", "10:54: `at_least` is 2; write a whole number from 1 to 1"),
        ("{unwired: a, at_most: -1}", "10:34: `at_most` is -1; write a whole number, 0 or more"),
        (
            "{status: traffic_canary, is: ready}",
            "10:12: `status` asks for a verdict, known in `recommendations` only; write a condition on seams",
        ),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(write: Write, condition: str, expected: str) -> None:
    assert problems(write, PACK.replace("ready: traffic_split", f"ready: {condition}")) == [f"p.yaml:{expected}"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "id: some-move",
            "id: some_move",
            "1:5: pack id `some_move` is not kebab-case; write lower-case words joined by `-`",
        ),
        ("title: A move\n", "", "1:1: the pack lacks `title`; write `title:` and one line"),
        (
            "title: A move\n",
            "title: A move\nauthor: me\n",
            "3:1: the pack has no key `author`; write one of `id`, "
            "`title`, `migration`, `requirements`, `recommendations`, `groups`, `examples`",
        ),
        (
            "id: traffic_canary",
            "id: Traffic_canary",
            "5:9: requirement id `Traffic_canary` is not snake_case; write lower-case words joined by `_`",
        ),
        ("weight: 2", "weight: 6", "7:13: `weight` is 6; write a whole number from 1 to 5"),
        ("weight: 2", "weight: 0.5", "7:13: `weight` is text (`0.5`); write a whole number from 1 to 5"),
        ("asks:", "ask:", "8:5: requirement `traffic_canary` has no key `ask`; write `asks`"),
        (
            "count('traffic_split') }}",
            "count('traffic_split' }}",
            "9:12: template of `claim` cannot be read: "
            "unexpected '}', expected ')'; write `{{ ... }}` around one expression",
        ),
        (
            "- Split the traffic.",
            "- Split {% for %}.",
            "13:9: template of `next` cannot be read: Expected an expression, "
            "got 'end of statement block'; write `{{ ... }}` around one expression",
        ),
        *(
            (
                "- Split the traffic.",
                f"- Split {endless}.",
                f"13:9: template of `next` uses {what}; a sentence asks for counts and names, in `{{{{ ... }}}}` and "
                "`{% if %}`",
            )
            for endless, what in (
                ("{% for a in 'aaaa' %}x{% endfor %}", "`for`"),
                ("{{ 9 ** 9 ** 9 }}", "`pow`"),
                ("{{ 'x' * 999999999 }}", "`mul`"),
                ("{{ '%999999999d' % 1 }}", "`mod`"),
                ("{{ 'x' | center(999999999) }}", "the filter `center`"),
                ("{% set a = 'x' %}{{ a }}", "`assign`"),
                ("{% macro a() %}{{ a() }}{% endmacro %}", "`macro`"),
            )
        ),
        (
            "    slice:",
            "    applies: model_call\n    slice:",
            "5:5: requirement `traffic_canary` has `applies` without "
            "`otherwise`; write `otherwise:` and why it does not apply, in words",
        ),
        (
            "    slice:",
            "    otherwise: None.\n    slice:",
            "5:5: requirement `traffic_canary` has `otherwise` without `applies`; write `applies:` and when it does",
        ),
        (
            "  - when: {status: traffic_canary, is: [ready, partial]}\n    headline",
            "  - headline",
            "17:5: this recommendation hides those after it; write `when:` and a condition, or put it last",
        ),
        (
            "  - headline: Wait",
            "  - when: model_call\n    headline: Wait",
            "20:11: the last recommendation has a `when`; write one more without it, for when none holds",
        ),
        (
            "status: traffic_canary",
            "status: trafic_canary",
            "17:20: no requirement is called `trafic_canary`; write `traffic_canary`",
        ),
        (
            "[ready, partial]",
            "[ready, maybe]",
            "17:48: `is` cannot be `maybe`; write one of `ready`, `partial`, `gap`, `n/a`",
        ),
        (", is: [ready, partial]", "", "17:11: condition `status` lacks `is`; write `is:` and statuses"),
        ("weight: 2", "weight: 2\n    weight: 3", "8:5: key `weight` is already written in line 7; keep one of them"),
    ],
)
def test_a_pack_that_cannot_be_meant_is_refused(write: Write, before: str, after: str, expected: str) -> None:
    assert before in PACK
    told = problems(write, PACK.replace(before, after, 1))

    assert f"p.yaml:{expected}" in told
    # What lacks a misspelt key, or names a misspelt id, is told too.
    assert len(told) == (2 if after in ("ask:", "id: Traffic_canary") else 1)


def test_a_requirement_stands_once(write: Write) -> None:
    start, end = PACK.index("  - id:"), PACK.index("recommendations:")
    text = PACK[:end] + PACK[start:end] + PACK[end:]

    assert problems(write, text) == [
        "p.yaml:16:9: requirement id `traffic_canary` is taken in line 5; write another id",
    ]


def test_a_rule_file_is_no_pack(write: Write) -> None:
    expected = "the file is a list; write a pack: one mapping with `id`, `requirements` and the rest"

    assert problems(write, RULE) == [f"p.yaml:2:1: {expected}"]


def test_names_that_the_rulebook_does_not_know_are_told_with_the_nearest(write: Write) -> None:
    text = PACK.replace("ready: traffic_split", "ready: {any: [percentage-split, percentage-spilt]}")
    path = write(text.replace("[traffic_split, feature_flag]", "[zzz]"))
    rulebook = load_rulebook([write(RULE, "r.yaml")])
    expected = [
        "p.yaml:10:37: no rule or kind is called `percentage-spilt`; write `percentage-split`",
        "p.yaml:14:16: no rule or kind is called `zzz`; `scanner rules list` shows rules, with `--kinds` kinds",
    ]

    pack = load_pack(path)
    with pytest.raises(RuleError) as later:
        check_pack(pack, rulebook)
    with pytest.raises(RuleError) as at_once:
        load_pack(path, rulebook)

    assert [list(later.value.problems), list(at_once.value.problems)] == [expected, expected]


@pytest.mark.parametrize(
    "condition",
    [
        "{chokepoints: zzz, at_most: 1}",
        "{gated: zzz}",
        "{gated: traffic_split, by: zzz}",
        "{reaches: session, to: zzz}",
        "{fields: {model: model}, of: zzz}",
        "{unwired: zzz}",
    ],
)
def test_a_question_about_a_name_that_the_rulebook_does_not_know_is_told(write: Write, condition: str) -> None:
    path = write(PACK.replace("ready: traffic_split", f"ready: {condition}"))

    with pytest.raises(RuleError) as caught:
        load_pack(path, load_rulebook([write(RULE, "r.yaml")]))

    (problem,) = caught.value.problems
    assert f":10:{12 + condition.index('zzz')}: no rule or kind is called `zzz`" in problem


def test_a_pack_of_known_names_passes(write: Write) -> None:
    rulebook = load_rulebook([write(RULE, "r.yaml")])
    pack = load_pack(write(PACK), rulebook)

    assert isinstance(pack, PackFile)
    check_pack(pack, rulebook)


def test_a_pack_is_named_by_its_name_or_by_a_path(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packs").mkdir()
    built_in, own = write(PACK, "packs/some-move.yaml"), write(PACK, "own-pack")
    monkeypatch.setattr(packfile, "builtin_rules", lambda: tmp_path)

    assert builtin_packs() == {"some-move": tmp_path / built_in}
    assert resolve_pack("some-move") == tmp_path / built_in
    assert resolve_pack("own-pack") == own


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("some-mov", "no pack is called `some-mov`; write `some-move` (known packs: other, some-move)"),
        (
            "zzz",
            "no pack is called `zzz`; write a known one or the path of your own file (known packs: other, some-move)",
        ),
        ("packs", "`packs` is a folder; name a pack file in it"),
        ("gone.yaml", "there is no pack file `gone.yaml`; check the path"),
        ("packs/gone", "there is no pack file `packs/gone`; check the path"),
        ("a" * 300, f"`{'a' * 59}…` cannot be read (File name too long); check the path"),
    ],
)
def test_an_unknown_pack_is_a_usage_error(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    (tmp_path / "packs").mkdir()
    write(PACK, "packs/some-move.yaml")
    write(PACK, "packs/other.yaml")
    monkeypatch.setattr(packfile, "builtin_rules", lambda: tmp_path)

    with pytest.raises(UsageError) as caught:
        resolve_pack(name)

    assert str(caught.value) == expected
