"""The seam graph of the page for a design review in a real browser: traced, filtered, linked to, touched and printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import NARROW, PICTURES, WIDE, Visit, Visiting
from playwright.sync_api import Locator, expect
from pypdf import PdfReader
from reviewed import PACK, large_review, written

from scanner.reviewpage import Review


@pytest.fixture(scope="module")
def sample(reviews: tuple[Review, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(reviews, tmp_path_factory.mktemp("graph"), "sample")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose graph is larger than any window."""
    return written([large_review()], tmp_path_factory.mktemp("graph"), "large")


def web(visit: Visit) -> Locator:
    """The first packet's graph, with its drawing at the top of the window."""
    found = visit.page.locator(".web").first
    found.locator(".web-frame").evaluate("each => each.scrollIntoView()")
    return found


def seams(graph: Locator) -> Locator:
    """The boxes of seams."""
    return graph.locator(".web-drawing a:has(> .node.seam)")


#: Of the links that are seen: id, whether all of it lies in the box of the drawing, its middle, and its size.
_SEEN = """graph => {
  const view = graph.querySelector(".web-view").getBoundingClientRect();
  return [...graph.querySelectorAll(".web-drawing a:has(> .node.seam)")].map(each => {
    const box = each.querySelector(".shape").getBoundingClientRect();
    const inside = box.width > 0 && box.top >= view.top && box.bottom <= Math.min(view.bottom, innerHeight)
      && box.left >= view.left - 1 && box.right <= view.right + 1;
    return { id: each.id, inside, x: box.x + box.width / 2, y: box.y + box.height / 2, height: box.height };
  }).filter(each => each.height > 0);
}"""


def seen(graph: Locator) -> list[dict[str, Any]]:
    """The boxes of seams that lie in view."""
    return [each for each in graph.evaluate(_SEEN) if each["inside"]]


def drawn(graph: Locator) -> list[dict[str, Any]]:
    """The boxes of seams that are not filtered out, wherever they lie."""
    return list(graph.evaluate(_SEEN))


def span(boxes: list[dict[str, Any]]) -> float:
    """How far the lowest of some boxes lies from the highest one."""
    heights: list[float] = [each["y"] for each in boxes]
    return max(heights) - min(heights)


def picture(visit: Visit, name: str) -> None:
    """Keep what the window shows, for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    visit.page.screenshot(path=PICTURES / f"{name}.png")


def test_pointing_along_the_boxes_moves_nothing_and_a_click_lands_in_the_list_of_seams(
    visit: Visiting, large: Path
) -> None:
    opened = visit(large)
    graph = web(opened)
    frame = graph.locator(".web-drawing")
    before = frame.bounding_box()
    boxes = seen(graph)
    assert len(boxes) > 5
    for each in boxes:
        opened.page.mouse.move(each["x"], each["y"])
        expect(graph.locator(".web-drawing.tracing")).to_have_count(1)
        assert frame.bounding_box() == before
    aim = boxes[5]
    opened.page.mouse.click(aim["x"], aim["y"])
    target = aim["id"].replace("/graph/", "/seam/")
    assert opened.page.evaluate("decodeURIComponent(location.hash)") == f"#{target}"
    expect(opened.page.locator(f'li[id="{target}"] > details')).to_have_attribute("open", "")
    assert opened.is_quiet()


def test_the_line_that_tells_the_way_lies_over_no_box(visit: Visiting, large: Path) -> None:
    for size in (WIDE, NARROW):
        graph = web(visit(large, size=size))
        said, view = graph.locator(".web-said").bounding_box(), graph.locator(".web-view").bounding_box()
        assert said is not None
        assert view is not None
        assert said["y"] + said["height"] <= view["y"] + 1
        assert said["height"] < size[1] / 8


def test_a_filter_closes_up_what_it_leaves_and_says_how_much_that_is(visit: Visiting, large: Path) -> None:
    opened = visit(large)
    graph = web(opened)
    total, before = seams(graph).count(), span(drawn(graph))
    expect(graph.get_by_role("status")).to_have_text(f"All {total} seams shown")
    graph.locator('button[data-tick="kind"][data-to="none"]').click()
    expect(graph.get_by_role("status")).to_have_text(f"0 of {total} seams shown")
    graph.locator('input[data-filter="kind"]').first.check()
    left = drawn(graph)
    expect(graph.get_by_role("status")).to_have_text(f"{len(left)} of {total} seams shown")
    assert 0 < len(left) < total
    assert min(each["height"] for each in left) >= 0.6 * 34
    assert span(left) < before / 2
    picture(opened, "graph-filtered")
    graph.locator('button[data-tick="kind"][data-to="all"]').click()
    assert len(drawn(graph)) == total
    assert opened.is_quiet()


def test_boxes_never_overlap_whatever_is_filtered(visit: Visiting, large: Path) -> None:
    opened = visit(large)
    graph = web(opened)
    overlaps = """graph => {
      const boxes = [...graph.querySelectorAll(".web-drawing .node:not(.off) .shape")].map(e => e.getBoundingClientRect());
      return boxes.flatMap((one, at) => boxes.slice(at + 1).filter(other => one.left < other.right - 1
        && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1)).length;
    }"""
    for tick in graph.locator("input[data-filter]").all():
        tick.uncheck()
        assert graph.evaluate(overlaps) == 0


def test_only_side_effects_are_left_at_one_button(visit: Visiting, sample: Path) -> None:
    opened = visit(sample)
    graph = web(opened)
    total = seams(graph).count()
    graph.get_by_role("button", name="side effects only").click()
    verdicts = graph.locator(".web-drawing a:not(.off) > .node.seam").evaluate_all(
        "nodes => nodes.map(each => each.dataset.verdict)"
    )
    assert 0 < len(verdicts) < total
    assert "" not in verdicts
    assert opened.is_quiet()


def test_a_link_to_a_box_focuses_it_brings_it_into_view_and_traces_its_way(visit: Visiting, large: Path) -> None:
    opened = visit(large)
    graph = web(opened)
    ids = [each["id"] for each in drawn(graph)]
    for name in (ids[0], ids[-1], ids[len(ids) // 2]):
        # Whatever is hidden, and however small it is shown.
        graph.locator('button[data-tick="kind"][data-to="none"]').click()
        graph.locator('button[data-view="whole"]').click()
        opened.go_to(name)
        expect(opened.page.locator(f'[id="{name}"]')).to_be_focused()
        assert name in {each["id"] for each in seen(graph)}
        assert opened.page.locator(f'[id="{name}"] > .node.lit').count() == 1
        assert "→" in graph.locator(".web-said").inner_text()
    assert opened.is_quiet()


def test_a_page_that_is_opened_at_a_box_shows_it(visit: Visiting, large: Path) -> None:
    name = drawn(web(visit(large)))[-1]["id"]

    opened = visit(large, name)

    expect(opened.page.locator(f'[id="{name}"]')).to_be_focused()
    assert name in {each["id"] for each in seen(opened.page.locator(".web").first)}


def test_the_whole_graph_fits_the_box_on_a_phone(visit: Visiting, large: Path) -> None:
    opened = visit(large, size=NARROW, has_touch=True, is_mobile=True)
    graph = web(opened)
    graph.locator(".web-view").evaluate("each => { each.scrollTop = 400; }")
    graph.locator('button[data-view="whole"]').tap()
    assert graph.locator(".web-view").evaluate("each => each.scrollTop") == 0
    web(opened)
    assert len(seen(graph)) == seams(graph).count()
    picture(opened, "graph-whole-390")
    assert opened.is_quiet()


def test_a_finger_moves_the_drawing_across_and_a_tap_follows_a_link(visit: Visiting, large: Path) -> None:
    opened = visit(large, size=NARROW, has_touch=True, is_mobile=True)
    graph = web(opened)
    touches = opened.page.context.new_cdp_session(opened.page)
    for _ in range(6):
        touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 320, "y": 500}]})
        for x in range(300, 20, -20):
            touches.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": 500}]})
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    boxes = seen(graph)
    assert len(boxes) > 3
    assert opened.page.evaluate("location.hash") == ""
    opened.page.touchscreen.tap(boxes[2]["x"], boxes[2]["y"])
    expect(opened.page.locator(f'[id="{boxes[2]["id"].replace("/graph/", "/seam/")}"]')).to_be_visible()


def test_the_graph_begins_a_page_on_paper_with_its_drawing_right_below(
    visit: Visiting, sample: Path, tmp_path: Path
) -> None:
    opened = visit(sample)
    opened.page.pdf(path=tmp_path / "page.pdf", format="A4")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "page.pdf").pages]
    (first, *_) = (text for text in pages if "From where runs start" in text)
    assert first.lstrip().startswith("Seam graph")
    assert "Runs start at" in first
    assert opened.page.locator(f'[id="{PACK}/graph"] .web-drawing').count() == 1
