"""Whatever a repository is called and says, its page for a design review runs nothing of it, and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from browser import NARROW, Visit, Visiting, none
from reviewed import PACK, gated_review, hostile_reviews, written

from scanner.graphpacket import SeamGraph
from scanner.packet import Inventory, SurfaceMatrix
from scanner.reviewpage import Review, to_html

PERMALINKS = (
    "javascript:window.owned=1//{path}#{line}-{end_line}",
    'https://forge.example/"><script>window.owned=1</script>/{path}#L{line}" onmouseover="window.owned=1',
    "data:text/html,<script>window.owned=1</script>{path}{line}{end_line}",
)
#: Characters that reorder or hide what is around them, end lines, or steer a terminal.
HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u061c\u2028\u2029\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
#: Texts of the page itself: what it runs and how it looks.
OURS = ("script", "style")


class Markup(HTMLParser):
    """What a page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        #: Scripts and styles, each with its attributes.
        self.texts: list[tuple[str, dict[str, str], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in OURS:
            self.texts.append((*self.tags[-1], ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in OURS and self.texts and not self.texts[-1][2]:
            self.texts[-1] = (*self.texts[-1][:2], data)

    @classmethod
    def of(cls, page: str) -> Markup:
        made = cls()
        made.feed(page)
        made.close()
        return made

    def policy(self) -> dict[str, list[str]]:
        """The directives of the page's policy, each with its sources."""
        (content,) = (
            attributes["content"]
            for tag, attributes in self.tags
            if tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy"
        )
        parts = [each.split() for each in content.split(";") if each.strip()]
        assert len({name for name, *_ in parts}) == len(parts), "of two directives the second one is not heard"
        return {name: sources for name, *sources in parts}


@pytest.fixture(scope="module")
def sample(reviews: tuple[Review, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(reviews, tmp_path_factory.mktemp("page"), "sample")


@pytest.fixture(scope="module", params=range(len(PERMALINKS)), ids=["script", "quotes", "data"])
def hostile(
    reviews: tuple[Review, ...], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A page whose every text is an attack, in each turn others."""
    attacked = hostile_reviews((*reviews, gated_review()), request.param, PERMALINKS[request.param])
    return written(attacked, tmp_path_factory.mktemp("page"), "hostile")


# The policy.


def test_the_policy_allows_the_pages_own_script_and_style_and_nothing_else(sample: Path) -> None:
    found = Markup.of(sample.read_text(encoding="utf-8"))
    policy = found.policy()
    assert policy.pop("default-src") == ["'none'"]
    for name in ("base-uri", "form-action"):
        assert policy.pop(name) == ["'none'"], name
    assert policy.pop("require-trusted-types-for") == ["'script'"]
    assert policy.pop("trusted-types", ["'none'"]) == ["'none'"]
    assert policy.pop("img-src", ["data:"]) == ["data:"]
    digests = {
        tag: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, attributes, text in found.texts
        if attributes.get("type", "text/javascript") == "text/javascript"
    }
    assert policy.pop("script-src") == [digests["script"]]
    assert policy.pop("style-src") == [digests["style"]]
    assert policy == {}


def test_the_policy_comes_before_all_that_it_speaks_of(sample: Path) -> None:
    tags = Markup.of(sample.read_text(encoding="utf-8")).tags
    names = [tag if tag != "meta" else attributes.get("http-equiv", "meta").lower() for tag, attributes in tags]
    assert names.index("content-security-policy") < min(names.index(each) for each in (*OURS, "title", "body"))


@pytest.mark.parametrize(
    "added",
    [
        "<script>window.owned = 1</script>",
        "<img src=x onerror='window.owned = 1'>",
        "<svg onload='window.owned = 1'></svg>",
        "<style>body { display: none }</style>",
        "<h1 style='color: red'>x</h1>",
        "<script src='https://evil.example/x.js'></script>",
        "<img src='https://evil.example/x.png'>",
        "<iframe srcdoc='<script>parent.owned = 1</script>'></iframe>",
        "<link rel=stylesheet href='https://evil.example/x.css'>",
        "<object data='https://evil.example/x'></object>",
    ],
)
def test_what_somebody_adds_to_the_file_neither_runs_nor_loads(
    visit: Visiting, sample: Path, tmp_path: Path, added: str
) -> None:
    changed = tmp_path / "changed.html"
    text = sample.read_text(encoding="utf-8")
    changed.write_text(text.replace("<main>", f"<main>{added}", 1), encoding="utf-8")
    opened = visit(changed)
    assert opened.page.evaluate("window.owned") is None
    # What a frame may not do is said to the frame alone.
    assert opened.kept_away() or opened.seen.said
    assert opened.seen.requests == []
    assert opened.page.locator("h1").first.is_visible()


def test_the_page_itself_makes_no_markup_of_texts(visit: Visiting, sample: Path) -> None:
    """Trusted types stop whoever tries, and the page has no policy that would let it."""
    opened = visit(sample)
    stopped = opened.page.evaluate(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; } catch (error) { return error.name; } return ''; })()"
    )
    assert stopped == "TypeError"


def test_a_page_asks_for_nothing_and_every_link_out_tells_nobody_where_it_was(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    opened.unfold_all()
    assert opened.is_quiet()
    assert opened.page.evaluate("document.querySelector('meta[name=referrer]').content") == "no-referrer"
    kept: list[int] = opened.page.evaluate("[document.cookie.length, localStorage.length, sessionStorage.length]")
    assert kept == [0, 0, 0]


# A hostile repository.


def test_a_hostile_page_is_text_to_a_parser(hostile: Path, sample: Path) -> None:
    kinds = ({tag for tag, _ in Markup.of(page.read_text(encoding="utf-8")).tags} for page in (hostile, sample))
    attacked, own = kinds
    assert attacked - own == set()
    found = Markup.of(hostile.read_text(encoding="utf-8"))
    assert [name for _, attributes in found.tags for name in attributes if name.startswith("on")] == []
    assert [
        name for _, attributes in found.tags for name in attributes if name in ("style", "srcdoc", "autofocus")
    ] == []
    assert len([1 for tag, attributes, _ in found.texts if tag == "script" and "type" not in attributes]) == 1


def test_data_of_a_hostile_page_are_data(hostile: Path) -> None:
    found = Markup.of(hostile.read_text(encoding="utf-8"))
    data = [text for tag, attributes, text in found.texts if attributes.get("type") == "application/json"]
    assert data
    for text in data:
        assert "<" not in text
        json.loads(text)


def test_every_address_of_a_hostile_page_is_one_of_the_web_or_of_the_page(hostile: Path) -> None:
    found = Markup.of(hostile.read_text(encoding="utf-8"))
    for _, attributes in found.tags:
        for name in ("href", "src", "action", "xlink:href", "data", "formaction"):
            if name in attributes:
                assert re.match(r"#|https://forge\.example/[^\"'<>\s]*$", attributes[name]), attributes[name][:200]


def test_nothing_hides_on_a_hostile_page(hostile: Path) -> None:
    found = HIDDEN.search(text := hostile.read_text(encoding="utf-8"))
    assert found is None, text[max(0, found.start() - 80) : found.end() + 20].encode("unicode_escape")


_STATE = """() => ({
  owned: window.owned ?? null,
  scripts: [...document.scripts].filter(each => each.type !== "application/json").length,
  text: document.documentElement.outerHTML,
  title: document.title,
  widths: [document.documentElement.scrollWidth, document.body.scrollWidth],
  links: [...document.querySelectorAll("a, area, use, image")].map(each =>
    each.getAttribute("href") ?? each.getAttribute("xlink:href") ?? ""),
  handlers: [...document.querySelectorAll("*")].filter(each =>
    each.getAttributeNames().some(name => name.startsWith("on"))).length,
  frames: document.querySelectorAll("iframe, object, embed, base, form, link, meta[http-equiv=refresh]").length,
})"""


def test_a_hostile_page_runs_nothing_whatever_a_reader_does_and_fits_its_window(visit: Visiting, hostile: Path) -> None:
    opened = visit(hostile, size=NARROW)
    _use(opened)
    state = opened.page.evaluate(_STATE)
    assert state["owned"] is None
    assert (state["scripts"], state["handlers"], state["frames"]) == (1, 0, 0)
    assert none([each for each in state["links"] if not re.match(r"#|https://forge\.example/", each)])
    assert HIDDEN.search(state["text"]) is None
    assert HIDDEN.search(state["title"]) is None
    assert opened.page.locator("article.packet").count() == 3
    assert max(state["widths"]) <= NARROW[0]
    assert opened.is_quiet()


def test_names_without_end_do_not_make_a_page_without_end(hostile: Path) -> None:
    page = hostile.read_text(encoding="utf-8")
    assert len(page) < 3_000_000
    # Each is told where it is looked for, and cut wherever else it is named.
    whole = len(re.findall("A{5000}", page))
    assert whole < 20


def test_an_empty_packet_and_one_without_evidence_make_pages(
    visit: Visiting, reviews: tuple[Review, ...], tmp_path: Path
) -> None:
    bare = msgspec.structs.replace(
        reviews[0].packet,
        seams=(),
        touchpoints=(),
        inventory=Inventory(),
        surfaces=SurfaceMatrix((), ()),
        slices=(),
        graph=SeamGraph(),
        blind_spots=(),
    )
    file = tmp_path / "bare.html"
    file.write_bytes(to_html([Review(bare)]).encode())
    opened = visit(file)
    opened.unfold_all()
    assert opened.is_quiet()


def _use(visit: Visit) -> None:
    """Do what a reader does: unfold, search, filter, follow links, switch, hover."""
    page = visit.page
    visit.unfold_all()
    article = page.locator(f'article.packet[data-pack="{PACK}"]')
    article.locator("input.seam-search").fill("script")
    article.locator("input.seam-search").fill("<")
    article.locator("input.seam-search").fill("")
    for button in article.locator(".filters button").all():
        button.click()
    page.locator("button.theme").click()
    links: list[str] = article.locator('a[href^="#"]').evaluate_all(
        "links => [...new Set(links.map(each => each.hash))]"
    )
    for each in links[::25]:
        page.evaluate("hash => { location.hash = hash; }", each)
    page.locator("svg [tabindex], svg a").evaluate_all(
        "nodes => nodes.slice(0, 12).forEach(each => { each.focus(); each.dispatchEvent(new PointerEvent('pointerover', {bubbles: true})); })"
    )
    page.locator("summary, button").evaluate_all("parts => parts.slice(0, 40).forEach(each => { each.focus(); })")
