"""How long Chromium takes to open the page for a design review.

    python benchmarks/page.py [FILE] [--runs 7]

opens the page in headless Chromium, each time in a fresh profile, and prints medians from the start of navigation:
until something is seen, until the page is loaded, and until a search over its touchpoints has answered. Without a file
it is the page of a made-up packet of 5,000 touchpoints; that one has limits, and going past one is exit code 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

#: What Debian and others call it.
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "there is no browser: install Debian's package `chromium`, or run `make browser`"

#: What is measured, and the most that it may take, in milliseconds.
LIMITS: Final = {"first paint": 1_000, "loaded": 1_000, "search answers": 1_000}
#: The most that the file may have, in bytes.
LARGEST: Final = 3_000_000

# It asks in every frame until the answer is there, as a reader who types early would.
_ASK: Final = """
addEventListener("load", () => {
  const search = document.querySelector("input.seam-search");
  const count = document.querySelector(".seam-count");
  if (search === null || count === null) return;
  const before = count.textContent;
  const ask = () => {
    if (count.textContent !== before) { window.answered = performance.now(); return; }
    search.value = "resolve";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(ask);
  };
  ask();
});
"""
_TIMES: Final = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return paint && window.answered && navigation.loadEventEnd
    ? [paint.startTime, navigation.loadEventEnd, window.answered] : null;
}"""


def browser_path() -> str | None:
    """The browser that is on the PATH, if one is."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def launched(playwright: Playwright, path: str) -> Browser:
    """A headless browser; root has no sandbox to put it into."""
    return playwright.chromium.launch(
        executable_path=path, headless=True, args=["--no-sandbox"] if os.geteuid() == 0 else []
    )


def measured(page: Path, runs: int, path: str) -> list[list[float]]:
    """The times of each run, in the order of `LIMITS`, in milliseconds."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched(playwright, path) as browser:
        # The first one starts processes that serve the others.
        return [_opened(browser, page) for _ in range(runs + 1)][1:]


def _opened(browser: Browser, page: Path) -> list[float]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        context.add_init_script(_ASK)
        tab = context.new_page()
        tab.goto(page.resolve().as_uri())
        times: list[float] = tab.wait_for_function(_TIMES).json_value()
        return times


def main(words: Sequence[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, nargs="?", metavar="FILE")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args(words)
    path = browser_path()
    if path is None:
        print(f"error: {MISSING}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        page = given.page or _large(Path(folder))
        size = page.stat().st_size
        runs = measured(page, given.runs, path)
    medians = dict(zip(LIMITS, map(statistics.median, zip(*runs, strict=True)), strict=True))
    print(f"{size / 1e6:.2f} MB; " + "; ".join(f"{name} {round(time)} ms" for name, time in medians.items()))
    if given.page is not None:
        return 0
    past = [f"{name}: {limit} ms" for name, limit in LIMITS.items() if medians[name] > limit]
    past += [f"size: {LARGEST / 1e6:g} MB"] if size > LARGEST else []
    print("past the limits of " + ", ".join(past) if past else "within the limits", file=sys.stderr)
    return 1 if past else 0


def _large(folder: Path) -> Path:
    from large_packet import large_page

    page = folder / "large.html"
    page.write_bytes(large_page())
    return page


if __name__ == "__main__":
    raise SystemExit(main())
