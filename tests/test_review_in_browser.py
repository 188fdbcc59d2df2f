"""The page for a design review in a real browser: it folds, filters, searches, prints, and everybody can use it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import NARROW, PICTURES, WIDE, Visit, Visiting, none, picture, running
from commandline import PROJECT
from playwright.sync_api import Locator, expect
from pypdf import PdfReader
from reviewed import PACK, PACKS, large_review, written

from scanner.packet import Packet
from scanner.reviewpage import Review

SIZES = {"1440": WIDE, "390": NARROW}


@pytest.fixture(scope="module")
def packet(reviews: tuple[Review, ...]) -> Packet:
    """The first on the sample's page."""
    return reviews[0].packet


@pytest.fixture(scope="module")
def sample(reviews: tuple[Review, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(reviews, tmp_path_factory.mktemp("page"), "sample")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written([large_review()], tmp_path_factory.mktemp("page"), "large")


def article(visit: Visit, pack: str = PACK) -> Locator:
    return visit.page.locator(f'article.packet[data-pack="{pack}"]')


def only(visit: Visit, pack: str = PACK) -> None:
    """Leave one pack on the page, where another would only take time."""
    visit.page.evaluate(
        "pack => document.querySelectorAll('article.packet').forEach(each => { each.hidden = each.dataset.pack !== pack; })",
        pack,
    )


def by_id(visit: Visit, id: str) -> Locator:
    return visit.page.locator(f'[id="{id}"]')


def cards(visit: Visit) -> Locator:
    return article(visit).locator("details.requirement")


def is_open(card: Locator) -> bool:
    opened: bool = card.evaluate("each => each.open")
    return opened


def searched(visit: Visit, words: str, pack: str = PACK) -> list[str]:
    """Texts of the rows that a search leaves."""
    counted = article(visit, pack).locator(".seam-count")
    before = counted.inner_text()
    article(visit, pack).locator("input.seam-search").fill(words)
    expect(counted).not_to_have_text(before)
    return article(visit, pack).locator("li.seam-row").all_inner_texts()


# Folding, and the keyboard.


def test_a_card_is_folded_until_it_is_clicked_and_again_after(visit: Visiting, sample: Path) -> None:
    card = cards(opened := visit(sample)).first
    claim = card.locator(".claim")
    expect(claim).to_be_hidden()
    card.locator("summary").first.click()
    expect(claim).to_be_visible()
    card.locator("summary").first.click()
    expect(claim).to_be_hidden()
    assert opened.is_quiet()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_fold_a_card_as_a_click_does(visit: Visiting, sample: Path, key: str) -> None:
    card = cards(visit(sample)).first
    card.locator("summary").first.focus()
    card.page.keyboard.press(key)
    expect(card.locator(".claim")).to_be_visible()
    card.page.keyboard.press(key)
    expect(card.locator(".claim")).to_be_hidden()


def test_evidence_unfolds_to_the_code_with_its_own_line_marked(visit: Visiting, sample: Path) -> None:
    opened = visit(sample, f"{PACK}/requirement/gateway_replacement")
    evidence = by_id(opened, f"{PACK}/requirement/gateway_replacement").locator("details.evidence").first
    if not is_open(evidence):
        evidence.locator("summary").click()
    expect(evidence.locator("pre.excerpt")).to_be_visible()
    expect(evidence.locator("pre.excerpt .line.here")).to_have_count(1)


def test_everything_unfolds_and_folds_at_one_button(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    button = opened.page.locator("button.unfold")
    button.click()
    assert opened.page.locator("details:not([open])").count() == 0
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    assert opened.page.locator("details.requirement[open]").count() == 0


#: Numbers whatever the keyboard should reach, as a reader comes by it.
_NUMBER = """() => {
  const able = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const reached = [...document.querySelectorAll(able)].filter(each =>
    !each.disabled && each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }));
  reached.forEach((each, number) => { each.number = number; });
  return reached.map(each => each.outerHTML.slice(0, 120));
}"""
_FOCUSED = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const look = getComputedStyle(at);
  // A box of a drawing shows it by its border.
  const border = at.querySelector(":scope .shape");
  const seen = (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none"
    || (border !== null && parseFloat(getComputedStyle(border).strokeWidth) >= 3);
  return { number: at.number ?? -1, seen, what: at.outerHTML.slice(0, 120) };
}"""


def test_tab_reaches_every_control_in_the_order_of_the_page_and_focus_is_seen(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    only(opened)
    # One card is enough to come by all that cards have.
    by_id(opened, f"{PACK}/requirement/gateway_replacement").evaluate(
        "card => { card.open = true; card.querySelectorAll('details').forEach(each => { each.open = true; }); }"
    )
    able: list[str] = opened.page.evaluate(_NUMBER)
    reached = []
    for _ in range(2 * len(able) + 20):
        opened.page.keyboard.press("Tab")
        focused = opened.page.evaluate(_FOCUSED)
        if focused is None:
            break
        assert focused["seen"], f"focus cannot be seen on {focused['what']}"
        if focused["number"] >= 0:
            reached.append(focused["number"])
    assert reached == sorted(reached), "the keyboard follows the page"
    assert none([able[number] for number in range(len(able)) if number not in set(reached)])


def test_the_first_key_offers_to_skip_to_the_requirements(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    opened.page.keyboard.press("Tab")
    skip = opened.page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    opened.page.keyboard.press("Enter")
    expect(by_id(opened, f"{PACK}/requirements")).to_be_in_viewport()
    opened.page.keyboard.press("Tab")
    inside = opened.page.evaluate(
        "id => document.getElementById(id).contains(document.activeElement)", PACK + "/requirements"
    )
    assert inside


# Filters and search.


def test_a_filter_shows_the_requirements_of_one_status(visit: Visiting, sample: Path, packet: Packet) -> None:
    opened = visit(sample)
    partial = article(opened).locator('.filters button[data-filter-status="partial"]')
    expect(partial).to_have_attribute("aria-pressed", "false")
    partial.click()
    expect(partial).to_have_attribute("aria-pressed", "true")
    wanted = [each.id for each in packet.requirements if each.status == "partial"]
    assert _shown_cards(opened) == wanted
    article(opened).locator('.filters button[data-filter-status=""]').click()
    assert _shown_cards(opened) == [each.id for each in packet.requirements]


def test_a_filter_works_from_the_keyboard_and_for_its_own_pack_alone(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    others = article(opened, PACKS[1]).locator("details.requirement:visible").count()
    article(opened).locator('.filters button[data-filter-status="ready"]').focus()
    opened.page.keyboard.press("Enter")
    assert {_status(each) for each in cards(opened).all() if each.is_visible()} == {"ready"}
    assert article(opened, PACKS[1]).locator("details.requirement:visible").count() == others


def test_a_link_to_a_requirement_that_a_filter_hides_shows_it(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    article(opened).locator('.filters button[data-filter-status="ready"]').click()
    opened.go_to(f"{PACK}/requirement/gateway_replacement")
    expect(by_id(opened, f"{PACK}/requirement/gateway_replacement")).to_be_visible()


def _shown_cards(visit: Visit) -> list[str]:
    return [str(each.get_attribute("id")).rpartition("/")[2] for each in cards(visit).all() if each.is_visible()]


def _status(card: Locator) -> str:
    return card.get_attribute("data-status") or ""


def test_search_finds_by_symbol_by_path_and_by_kind_and_says_how_many(
    visit: Visiting, sample: Path, packet: Packet
) -> None:
    opened = visit(sample)
    assert any("resolve_provider" in row for row in searched(opened, "resolve_provider"))
    rows = searched(opened, "errand/fallback.py")
    assert rows
    assert all("fallback.py" in row for row in rows)
    rows = searched(opened, "session store")
    assert any("SessionStore" in row for row in rows)
    said = article(opened).locator(".seam-count").inner_text()
    assert re.search(rf"\b{len(rows)}\b", said), said
    assert re.search(rf"\b{len(packet.seams)}\b", said), said
    assert opened.is_quiet()


def test_case_does_not_matter_and_several_words_must_all_be_there(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    assert any("SessionStore" in row for row in searched(opened, "SESSIONSTORE"))
    rows = searched(opened, "sessions.py add_usage")
    assert rows
    assert all("add_usage" in row for row in rows)


def test_a_word_that_is_nowhere_is_said_to_be_nowhere(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    assert searched(opened, "xyzzy") == []
    assert re.search(r"\b(0|no|none|nothing)\b", article(opened).locator(".seam-count").inner_text(), re.IGNORECASE)


def test_a_kind_narrows_the_list_with_or_without_words(visit: Visiting, sample: Path, packet: Packet) -> None:
    opened = visit(sample)
    counted = article(opened).locator(".seam-count")
    before = counted.inner_text()
    kinds = article(opened).locator("select.seam-kind")
    kinds.select_option(label=_option(kinds, "model call"))
    expect(counted).not_to_have_text(before)
    wanted = [each for each in packet.seams if each.kind == "model_call"]
    assert article(opened).locator("li.seam-row").count() == len(wanted)
    rows = searched(opened, "titles.py")
    assert len(rows) == 1


def _option(kinds: Locator, words: str) -> str:
    """The option that begins with these words; it may go on with a count."""
    return next(each for each in kinds.locator("option").all_inner_texts() if each.startswith(words))


def test_the_list_of_a_large_packet_is_long_and_still_searched_to_its_end(visit: Visiting, large: Path) -> None:
    review = large_review()
    opened = visit(large)
    last = review.packet.seams[-1]
    assert any(last.name in row for row in searched(opened, last.name, "large"))
    assert article(opened, "large").locator("li.seam-row").count() < 400
    assert opened.is_quiet()


# Links.


def test_a_link_to_a_requirement_opens_its_card_shows_it_and_moves_the_focus(visit: Visiting, sample: Path) -> None:
    opened = visit(sample, f"{PACK}/requirement/usage_observability")
    card = by_id(opened, f"{PACK}/requirement/usage_observability")
    expect(card.locator("summary").first).to_be_in_viewport()
    expect(card.locator(".claim")).to_be_visible()
    expect(card.locator("summary").first).to_be_focused()
    assert 0 <= _top(card) < WIDE[1] / 2
    other = by_id(opened, f"{PACK}/requirement/tool_schemas")
    opened.go_to(f"{PACK}/requirement/tool_schemas")
    expect(other.locator("summary").first).to_be_focused()
    expect(other.locator(".claim")).to_be_visible()
    assert 0 <= _top(other) < WIDE[1] / 2
    assert opened.is_quiet()


def test_a_link_to_a_seam_shows_its_row_however_long_the_list_is(visit: Visiting, large: Path) -> None:
    review = large_review()
    last = review.packet.seams[-1]
    opened = visit(large, f"large/seam/{last.id}")
    row = by_id(opened, f"large/seam/{last.id}")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text(last.name)
    other = review.packet.seams[700]
    opened.go_to(f"large/seam/{other.id}")
    expect(by_id(opened, f"large/seam/{other.id}")).to_be_in_viewport()
    assert opened.is_quiet()


def test_the_list_goes_on_until_every_seam_is_there_once(visit: Visiting, large: Path) -> None:
    seams = large_review().packet.seams
    opened = visit(large, f"large/seam/{seams[-1].id}")
    more, rows = article(opened, "large").locator("button.seam-more"), article(opened, "large").locator("li.seam-row")
    assert rows.count() < len(seams)
    while more.is_visible():
        more.click()
    ids = rows.evaluate_all("rows => rows.map(each => each.id)")
    assert sorted(ids) == sorted(f"large/seam/{each.id}" for each in seams)
    assert opened.is_quiet()


def test_going_back_leads_to_where_the_page_was(visit: Visiting, sample: Path) -> None:
    opened = visit(sample, f"{PACK}/requirement/gateway_replacement")
    opened.page.evaluate("scrollTo(0, 0)")
    article(opened).locator(".risks a[href*='/requirement/']").first.click()
    opened.page.wait_for_function("scrollY > 0")
    opened.page.go_back()
    opened.page.wait_for_function("scrollY === 0")


def test_a_link_to_a_use_leads_to_the_seam_that_it_belongs_to(visit: Visiting, sample: Path, packet: Packet) -> None:
    seam = next(each for each in packet.seams if len(each.touchpoints) > 1)
    opened = visit(sample, f"{PACK}/seam/{seam.touchpoints[-1]}")
    expect(article(opened).locator("li.seam-row", has_text=seam.name).first).to_be_in_viewport()


_FOLLOW = """async step => {
  const lost = [];
  const links = [...new Set([...document.querySelectorAll('a[href^="#"]')].map(each => each.getAttribute("href")))];
  for (const link of links.filter((_, number) => number % step === 0)) {
    if (location.hash !== link) {
      const changed = new Promise(done => addEventListener("hashchange", done, { once: true }));
      location.hash = link;
      await changed;
    }
    const id = decodeURIComponent(link.slice(1));
    const there = document.getElementById(id);
    if (there === null || !there.checkVisibility()) lost.push(link);
  }
  return lost;
}"""


@pytest.mark.parametrize(("page", "step"), [("sample", 1), ("large", 100)])
def test_every_link_within_the_page_leads_somewhere(
    visit: Visiting, page: str, step: int, request: pytest.FixtureRequest
) -> None:
    opened = visit(request.getfixturevalue(page))
    assert none(opened.page.evaluate(_FOLLOW, step))
    assert opened.is_quiet()


@pytest.mark.parametrize(
    "at", ["nowhere", f"{PACK}/nothing", f"{PACK}/seam/0000", "a\"b'<c>", "%", "../../x", f"{PACK}/seam/", "__proto__"]
)
def test_an_unknown_id_does_no_harm(visit: Visiting, sample: Path, at: str) -> None:
    opened = visit(sample)
    opened.page.evaluate("id => { location.hash = id; }", at)
    cards(opened).first.locator("summary").first.click()
    expect(cards(opened).first.locator(".claim")).to_be_visible()
    assert opened.is_quiet()


def test_links_to_the_forge_name_the_commit_and_files_that_differ_from_it_have_none(
    visit: Visiting, sample: Path, packet: Packet
) -> None:
    opened = visit(sample)
    links: list[str] = opened.page.evaluate("[...document.querySelectorAll('a.at')].map(each => each.href)")
    assert links
    assert all(
        each.startswith(f"https://forge.example/owner/errand/blob/{packet.repository.commit}/") for each in links
    )
    assert not [each for each in links if "errand/prompts.py" in each]


def _top(card: Locator) -> float:
    box = card.bounding_box()
    assert box is not None
    return box["y"]


# Print, no script, light and dark, sizes.


def _bare(text: str) -> str:
    """Only what ink shows: printing breaks lines anywhere, and joins letters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def test_print_has_what_is_folded(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    only(opened)
    PICTURES.mkdir(parents=True, exist_ok=True)
    file = PICTURES / "sample.pdf"
    opened.page.pdf(path=file, format="A4")
    pages = PdfReader(file).pages
    printed = _bare("".join(page.extract_text() for page in pages))
    asked: list[str] = cards(opened).locator(".claim, .title, .missing li, .next li").all_text_contents()
    code = (
        cards(opened)
        .locator("pre.excerpt .line")
        .evaluate_all(
            "lines => lines.map(each => [...each.childNodes].filter(part => part.className !== 'number')"
            ".map(part => part.textContent).join(''))"
        )
    )
    assert len(asked) > 40
    assert len(code) > 100
    assert none([each for each in asked if _bare(each) not in printed])
    assert none([each for each in code if _bare(each)[:60] not in printed])
    assert len(pages) < 60
    # What was folded on the screen still is.
    assert opened.page.locator("details.requirement[open]").count() == 0


def test_without_script_every_requirement_can_be_read_and_folds(
    visit: Visiting, sample: Path, reviews: tuple[Review, ...]
) -> None:
    opened = visit(sample, java_script_enabled=False)
    for review in reviews:
        for each in review.packet.requirements:
            card = by_id(opened, f"{review.packet.pack.id}/requirement/{each.id}")
            expect(card.locator(".title")).to_contain_text(each.title)
            assert card.locator("details.evidence").count() >= min(len(each.places), 1)
    card = cards(opened).first
    card.locator("summary").first.click()
    expect(card.locator(".claim")).to_be_visible()
    # Controls that only a script answers are not offered.
    assert [each for each in opened.page.locator("button, input, select").all() if each.is_visible()] == []
    assert (opened.seen.said, opened.seen.requests) == ([], [])


_PAPER = "getComputedStyle(document.body).backgroundColor"


def test_light_and_dark_follow_the_system_until_the_reader_chooses(visit: Visiting, sample: Path) -> None:
    light, dark = visit(sample), visit(sample, dark=True)
    papers = light.page.evaluate(_PAPER), dark.page.evaluate(_PAPER)
    assert papers[0] != papers[1]
    light.page.locator("button.theme").click()
    assert light.page.evaluate(_PAPER) == papers[1]
    light.page.locator("button.theme").click()
    assert light.page.evaluate(_PAPER) == papers[0]
    dark.page.locator("button.theme").click()
    assert dark.page.evaluate(_PAPER) == papers[0]
    assert light.is_quiet()


def test_paper_is_white_even_in_the_dark(visit: Visiting, sample: Path) -> None:
    opened = visit(sample, dark=True)
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate(_PAPER) in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


_CUT = """() => [...document.body.querySelectorAll("*")].filter(each => {
  if (each.closest("svg") || each.clientWidth < 2 || !each.checkVisibility()) return false;
  const hides = ["hidden", "clip"].includes(getComputedStyle(each).overflowX);
  return hides && each.scrollWidth > each.clientWidth + 1 && !each.title && !each.closest("[title]");
}).map(each => each.outerHTML.slice(0, 160))"""
_WIDER = """() => {
  const most = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth > most || document.body.scrollWidth > most;
  return !wide ? [] : [...document.body.querySelectorAll("*")].filter(each =>
    each.getBoundingClientRect().right > most + 1).map(each => each.outerHTML.slice(0, 160)).concat("wider");
}"""

_SPILLED = """() => [...document.querySelectorAll("svg .node")].flatMap(node => {
  const box = node.querySelector(".shape").getBBox();
  return [...node.querySelectorAll("text")].filter(each => {
    const words = each.getBBox();
    return words.x < box.x - 1 || words.x + words.width > box.x + box.width + 1;
  }).map(each => each.textContent);
})"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_nothing_is_cut_or_wider_than_the_window(visit: Visiting, sample: Path, width: str, dark: bool) -> None:
    opened = visit(sample, size=SIZES[width], dark=dark)
    name = f"sample-{width}-{'dark' if dark else 'light'}"
    if not dark:
        picture(opened, f"{name}-folded")
    assert none(opened.page.evaluate(_WIDER))
    opened.unfold_all()
    assert none(opened.page.evaluate(_WIDER))
    assert none(opened.page.evaluate(_CUT))
    assert none(opened.page.evaluate(_SPILLED))
    only(opened)
    picture(opened, f"{name}-unfolded")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=list(SIZES))
def test_axe_has_no_complaint_about_an_unfolded_page(visit: Visiting, sample: Path, size: tuple[int, int]) -> None:
    # What looks for complaints is a script of its own, which the page's policy would keep out.
    opened = visit(sample, size=size, bypass_csp=True)
    opened.unfold_all()
    assert none(complaints(opened, {"rules": {"color-contrast": {"enabled": False}}}))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_stands_out_from_its_ground(visit: Visiting, sample: Path, dark: bool) -> None:
    opened = visit(sample, dark=dark, bypass_csp=True)
    opened.unfold_all()
    only(opened)
    # Of what has the same colours again and again a few are enough: each word takes time.
    opened.page.evaluate(
        "document.querySelectorAll('article[hidden], .evidence ~ .evidence ~ .evidence, tr:nth-child(n+12), li:nth-child(n+12)')"
        ".forEach(each => { each.remove(); })"
    )
    assert none(complaints(opened, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}))


def complaints(visit: Visit, rules: dict[str, Any]) -> list[str]:
    """The rules of axe that the page breaks, each with the first place where it does."""
    found = Axe().run(visit.page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [complaint(each) for each in found]


def complaint(violation: dict[str, Any]) -> str:
    """A rule that is broken, and the first place where it is."""
    places = violation["nodes"]
    why = [check["message"] for check in (places[0]["any"] + places[0]["all"] + places[0]["none"])[:2]]
    return f"{violation['id']} ({len(places)}): {places[0]['target']} {places[0]['html'][:160]} {why}"


# The file.


def test_a_page_of_five_thousand_touchpoints_is_smaller_than_three_megabytes(large: Path) -> None:
    assert len(large_review().packet.touchpoints) == 5_000
    assert large.stat().st_size < 3_000_000


def test_the_same_packet_makes_the_same_page(reviews: tuple[Review, ...], sample: Path, tmp_path: Path) -> None:
    assert written(reviews, tmp_path, "again").read_bytes() == sample.read_bytes()


# How it is tested.


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_browser_these_tests_are_skipped_but_never_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="make browser"), running():
        pass


@pytest.mark.usefixtures("chromium")
def test_the_benchmark_tells_when_a_page_is_seen_loaded_and_searched(sample: Path) -> None:
    command = [sys.executable, "benchmarks/page.py", str(sample), "--runs", "1"]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"\d\.\d\d MB; first paint \d+ ms; loaded \d+ ms; search answers \d+ ms\n", done.stdout)
