"""One section of the page for a design review, and what a browser would make of it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from scanner.pages import environment


class Read(HTMLParser):
    """What a browser would make of a piece of HTML: its elements, its links and its text."""

    _VOID = frozenset({"br", "wbr", "input"})
    #: These stand apart from what follows them.
    _APART = frozenset({"br", "p", "li", "td", "th", "dt", "dd", "summary", "caption", "h2", "h3"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        #: Text of each link by its address.
        self.links: dict[str, str] = {}
        self.text = ""
        self._open: list[str] = []
        self._href = ""
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag not in self._VOID:
            self._open.append(tag)
        elif tag in self._APART:
            self.text += "\n"
        if tag == "a":
            self._href = found["href"]
            self.links.setdefault(self._href, "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += "\n" if tag in self._APART else ""
        self._href = "" if tag == "a" else self._href

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._href:
            self.links[self._href] += data

    @property
    def line(self) -> str:
        """All text in one line."""
        return " ".join(self.text.split())

    def having(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements with that tag."""
        return [attributes for name, attributes in self.elements if name == tag]


def shown(template: str, *values: Any) -> Read:
    """The section that a template makes, as it stands on the page."""
    made = environment(markup=True)
    text = f'{{% import "review/{template}.html.j2" as it with context %}}{{{{ it.section(*values) }}}}'
    return Read(made.from_string(text).render(values=values))
