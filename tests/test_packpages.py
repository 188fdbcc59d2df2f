"""Pages of packs: current, whole, and every kind of condition told in plain English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import built_in

from scanner.conditionwords import Words, contracts_in
from scanner.contracts import contract
from scanner.packfile import builtin_packs, load_pack
from scanner.packpages import builtin_pages
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
    Reaches,
    Some,
    Spread,
    StatusIs,
    Unwired,
)

PAGES = Path(__file__).parent.parent / "docs" / "packs"
TITLES = {"split": "Split of traffic", "key": "Stable key"}
SPLIT, KEY = Has(("split",)), Has(("key",), say="a key")


def told(condition: Condition) -> list[str]:
    lines = Words(TITLES, (("both", ("split", "key")),)).lines(condition)
    return [f"{'  ' * line.depth}{line.text}" for line in lines]


def test_the_published_pages_are_current() -> None:
    published = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}

    made = dict(builtin_pages(PAGES))

    assert sorted(published) == sorted(made)
    stale = [name for name, page in made.items() if published[name] != page]
    assert stale == [], "run `python -m scanner.packpages docs/packs`"


@pytest.mark.parametrize(("name", "page"), list(builtin_pages(PAGES)))
def test_a_page_tells_every_requirement_and_links_its_own_headings(name: str, page: str) -> None:
    pack = load_pack(builtin_packs()[name.removesuffix(".md")], built_in())
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]

    assert [heading.partition(". ")[2] for heading in headings[: len(pack.requirements)]] == [
        each.title for each in pack.requirements
    ]
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= set(anchors)
    assert "{{" not in page
    assert "{%" not in page


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (SPLIT, "“split of traffic”"),
        (KEY, "a key: “stable key”"),
        (Has(("model_call",)), "any model call"),
        (Has(("key", "split", "model_call")), "*both* or any model call"),
        (Has(("split",), at_least=2), "“split of traffic”, at least 2 seams"),
        (Has(("split",), at_least=0, at_most=1), "“split of traffic”, at most 1 seam"),
        (Spread("files", ("split",), at_most=2), "“split of traffic” in at most 2 files"),
        (Spread("surfaces", ("split",), 1, 3), "“split of traffic” in 1 to 3 surfaces"),
        (
            Beside(("split",), ("key",), "file"),
            "every place of “split of traffic” has “stable key” in the same file",
        ),
        (
            Beside(("split",), ("key",), "way", at_least=1),
            "at least 1 place of “split of traffic” has “stable key” in the same function, or up to two calls away",
        ),
        (Chokepoints(("model_call",), 1), "every way to all of any model call passes one function"),
        (
            Chokepoints(("split", "model_call"), 2, 90),
            "every way to at least 90% of “split of traffic” and any model call passes at most 2 functions",
        ),
        (
            Gated(("split",), ("approval_gate",), 1),
            "at least one of “split of traffic” runs only behind any approval gate at which a person can be asked",
        ),
        (Reaches(("session", "run"), ("split",)), "an id of the session or run flows into all of “split of traffic”"),
        (Fields((("cost", ("cost",)),), ("split",)), "cost as a field of the records of “split of traffic”"),
        (
            Fields((("cost", ("cost",)), ("tokens", ("tokens",))), ("split",), 1),
            "at least 1 of cost and tokens as fields of the records of “split of traffic”",
        ),
        (Unwired(("split",)), "none of “split of traffic” is called by nothing"),
        (Unwired(("split",), 2), "at most 2 of “split of traffic” is called by nothing"),
        (Documents((("fields", ("field",)),)), "a document that names fields"),
        (StatusIs("canary_rollout", ("ready", "partial")), "*canary rollout* is `ready` or `partial`"),
    ],
)
def test_a_condition_is_told_in_a_sentence(condition: Condition, words: str) -> None:
    assert told(condition) == [words]


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        (Every((SPLIT, KEY)), ["all of these", "  “split of traffic”", "  a key: “stable key”"]),
        (Some((SPLIT, KEY), say="either"), ["either (one of these)", "  “split of traffic”", "  a key: “stable key”"]),
        (Some((SPLIT,)), ["“split of traffic”"]),
        (AtLeast(1, (SPLIT, KEY)), ["at least 1 of these", "  “split of traffic”", "  a key: “stable key”"]),
        (Negated(SPLIT), ["this must not hold", "  “split of traffic”"]),
    ],
)
def test_a_condition_with_members_is_told_as_a_list(condition: Condition, lines: list[str]) -> None:
    assert told(condition) == lines


def test_a_contract_is_told_by_its_title_and_found_wherever_it_is_asked_for() -> None:
    asked = Conforms("codeact", 90)

    assert contracts_in(Every((SPLIT, Negated(Some((asked,)))))) == ("codeact",)
    assert contract("codeact").title[1:] in told(asked)[0]
    assert "90% of the records" in told(asked)[0]
