"""A real browser: headless Chromium, opened once a process, in which each test gets a profile of its own.

Nothing here downloads one: it is Debian's `chromium`, or whatever of its kind is on the PATH, see `make browser`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from commandline import PROJECT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, Route, sync_playwright
from reviewed import of_benchmarks_folder

#: People look at what tests leave here; git does not.
PICTURES = PROJECT / ".cache" / "screenshots"

WIDE, NARROW = (1440, 900), (390, 844)

#: Reports of what the page's policy kept away; scripts of a test itself are outside of it.
_LISTEN = """
window.kept_away = [];
document.addEventListener("securitypolicyviolation", event =>
  window.kept_away.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Seen:
    """What a visit to a page brought about that no page of ours may."""

    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)


@dataclass
class Visit:
    """A page that is open in the browser."""

    page: Page
    seen: Seen

    def kept_away(self) -> list[str]:
        """What the page's policy stopped."""
        found: list[str] = self.page.evaluate("window.kept_away")
        return found

    def is_quiet(self) -> bool:
        """Whether it asked for nothing, said nothing and tried nothing; else the assertion says what."""
        assert self.seen == Seen()
        assert self.kept_away() == []
        return True

    def unfold_all(self) -> None:
        """Open everything that folds."""
        self.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")

    def go_to(self, id: str) -> None:
        """Follow a link to an id within the page."""
        self.page.evaluate("id => { location.hash = id; }", quote(id, safe="/"))


Visiting = Callable[..., Visit]


@contextmanager
def running() -> Iterator[Browser]:
    """The browser. Where there is none, tests of pages are skipped, but never in CI."""
    benchmark = of_benchmarks_folder("page")
    path = benchmark.browser_path()
    if path is None:
        in_ci = os.environ.get("CI", "").lower() in ("1", "true")
        (pytest.fail if in_ci else pytest.skip)(benchmark.MISSING)
    with sync_playwright() as playwright, benchmark.launched(playwright, path) as browser:
        yield browser


@contextmanager
def visits(browser: Browser) -> Iterator[Visiting]:
    """Opens pages, each in a profile of its own without any network; closes them in the end."""
    with ExitStack() as stack:

        def visit(file: Path, at: str = "", size: tuple[int, int] = WIDE, dark: bool = False, **more: object) -> Visit:
            """Open a file, at an id within it; `more` is as for Playwright's `new_context`."""
            context = stack.enter_context(
                browser.new_context(
                    viewport={"width": size[0], "height": size[1]},
                    color_scheme="dark" if dark else "light",
                    reduced_motion="reduce",
                    **more,  # type: ignore[arg-type] # passed on as they are
                )
            )
            seen = Seen()
            page = _watched(context, file.as_uri(), seen)
            page.goto(file.as_uri() + (f"#{quote(at, safe='/')}" if at else ""))
            return Visit(page, seen)

        yield visit


def _watched(context: BrowserContext, address: str, seen: Seen) -> Page:
    def answer(route: Route, request: Request) -> None:
        if request.url.partition("#")[0] == address:
            route.continue_()
            return
        seen.requests.append(request.url)
        route.abort()

    def dismiss(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    def note(message: ConsoleMessage) -> None:
        seen.said.append(f"{message.type}: {message.text}")

    context.set_default_timeout(10_000)
    context.route("**/*", answer)
    context.add_init_script(_LISTEN)
    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: seen.said.append(f"exception: {error}"))
    page.on("dialog", dismiss)
    page.on("popup", lambda other: seen.windows.append(other.url))
    return page


def none(found: Sequence[str]) -> bool:
    """Whether nothing was found; else the assertion says all of it, a line each."""
    assert not found, "\n".join(("", *found))
    return True


def picture(visit: Visit, name: str, tall: int = 3_000) -> None:
    """Keep what the whole page looks like, for people to look at; a long one in several pictures, from its top down."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob(f"{name}-[0-9]*.png"):
        old.unlink(missing_ok=True)
    page = visit.page
    size = page.viewport_size
    assert size is not None
    # What sticks to the window would be in every picture.
    page.evaluate("document.querySelector('.top').style.position = 'static'")
    page.set_viewport_size({"width": size["width"], "height": tall})
    height: int = page.evaluate("document.documentElement.scrollHeight")
    for number, top in enumerate(range(0, height, tall), 1):
        page.evaluate("top => { scrollTo(0, top); }", top)
        page.screenshot(path=PICTURES / f"{name}-{number:02}.png")
    page.set_viewport_size(size)
