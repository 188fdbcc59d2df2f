"""How places, ways and texts of one packet look on the page for a design review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from scanner.escape import shorten, visible
from scanner.excerpts import Excerpt
from scanner.graphpacket import Door, Function, Step
from scanner.highlight import highlighted
from scanner.htmltext import code, prose
from scanner.inwords import name_of
from scanner.links import Links, Placed
from scanner.packet import Packet, PacketTouchpoint, Place, RequirementResult, Version
from scanner.packetplaces import PacketPlaces
from scanner.packetwords import without_places
from scanner.phrases import listed

#: A longer path loses its middle, and has it in its title.
_LONGEST_PATH = 80
_LINK = Markup('<a class="at" href="{}">{}</a>')
_INSIDE = Markup('<a class="to" href="#{}">{}</a>')
_EXCERPT = Markup('<pre class="excerpt"><code>{}</code></pre>')
_LINE = Markup('<span class="line{}"><span class="number">{}</span>{}\n</span>')


class Places(PacketPlaces):
    """The same as HTML; the public methods are the template's filters and functions."""

    def __init__(self, packet: Packet, excerpts: Mapping[str, Excerpt]) -> None:
        super().__init__(packet)
        self._pack = packet.pack.id
        self._links = Links(packet.repository.permalink, packet.repository.changed, web=True)
        self._requirements = {each.id: (at, each) for at, each in enumerate(packet.requirements, 1)}
        self._excerpts = excerpts
        self._marked: dict[str, Markup] = {}

    def requirement(self, name: str) -> tuple[int, RequirementResult]:
        """The number and the requirement with that id."""
        return self._requirements[name]

    def at(self, place: Placed) -> Markup:
        """`path:line`, linked to the forge where it has these very lines."""
        return self._linked(place, code(f"{place.path}:{place.line}", _LONGEST_PATH))

    def version(self, version: Version) -> Markup:
        """A version, linked to where it is written."""
        label = Markup("<code>{}</code>").format(shorten(visible(version.version), 60))
        return self._linked(version, label if version.version else Markup("any version"))

    def _linked(self, place: Placed, label: Markup) -> Markup:
        url = self._links.of(place)
        return _LINK.format(url, label) if url else label

    def named(self, place: PacketTouchpoint | Function) -> Markup:
        """What a place is called, linked to its seam on this page; its file where it has no name."""
        label = code(name_of(place) or place.path.rpartition("/")[2])
        return _INSIDE.format(f"{self._pack}/seam/{place.id}", label) if place.id in self._touchpoints else label

    def called(self, fingerprint: str) -> Markup | None:
        """A place in a sentence: its name, then where it is."""
        place = self.place(fingerprint)
        if place is None:
            return None
        return Markup("{} ({})").format(self.named(place), self.at(place)) if name_of(place) else self.at(place)

    def prose(self, text: str) -> Markup:
        """Running text with linked places."""
        return prose(text, self.called)

    def brief(self, text: str) -> Markup:
        """The same for a summary, in which nothing is linked: without the places at its end."""
        return prose(without_places(text), self._words)

    def _words(self, fingerprint: str) -> Markup | None:
        place = self.place(fingerprint)
        return code(name_of(place) or place.path) if place is not None else None

    def reached_from(self, surfaces: Sequence[str]) -> str:
        """Surfaces in a cell or line; many that are all that any door has are told by their number."""
        if self.are_all(surfaces):
            return f"all {len(surfaces)} surfaces"
        return ", ".join(surfaces) or "no known entry point"

    def all_surfaces(self) -> str:
        """The surfaces of all doors, where `reached_from` tells them by their number."""
        return ", ".join(self.surfaces)

    def holds(self, door: Door) -> Markup:
        """How many places a door holds, and the first of them."""
        held = self.held(door)
        if not held:
            return Markup("the same as the next, together with it")
        names = [
            Markup("itself") if each.is_door else _INSIDE.format(f"{self._pack}/seam/{each.place.id}", code(each.label))
            for each in held
        ]
        return Markup("{}: {}").format(len(door.holds), Markup(listed(names, 6)))  # noqa: S704  # each is escaped

    def way(self, steps: Sequence[Step]) -> Markup:
        """A way as a list of calls, each with the line on which it calls the next."""
        items: list[Markup] = []
        path = ""
        for at, step in enumerate(steps):
            here = self._functions.get(step.function)
            if here is None:
                continue
            last = at == len(steps) - 1
            line = here.line if last else step.line
            # What has no name of its own is called after its place, which the line of the call tells better.
            name = shorten(visible(here.symbol.removesuffix(f":{here.line}")), 60)
            file = here.path.rpartition("/")[2]
            label = f"{name}:{line}" if path == here.path or file == name else f"{file}:{name}:{line}"
            path = here.path
            linked = self._linked(Place(here.path, line), code(label))
            items.append(Markup("<li>{}</li>").format(linked))
        return Markup('<ol class="way">{}</ol>').format(Markup().join(items)) if items else Markup()

    def excerpt(self, fingerprint: str) -> Markup:
        """The code around a place, its own line marked; nothing where it was not kept."""
        kept, place = self._excerpts.get(fingerprint), self._touchpoints.get(fingerprint)
        if kept is None or place is None:
            return Markup()
        if fingerprint not in self._marked:
            lines = [
                _LINE.format(" here" if number == place.line else "", number, line)
                for number, line in enumerate(highlighted(kept.path, kept.lines), kept.first)
            ]
            self._marked[fingerprint] = _EXCERPT.format(Markup().join(lines))
        return self._marked[fingerprint]
