"""Templates of claims, next steps and recommendations: sentences of a pack, filled with counts and places.

What a template can call:

| call | gives |
| --- | --- |
| `seam(name, ...)` | the seams of these rules or kinds, false where there are none; below |
| `count(name, ...)` | how many seams |
| `files(name, ...)` | how many files they stand in |
| `surfaces(name, ...)` | the names of their surfaces: `cli, cron, gateway` |
| `aside(name, ...)` | `; 3 more in examples, not counted`, or nothing: what stands beside the running agent |
| `plural(n, 'word')` | `1 word`, `2 words`; a third argument for an irregular plural |
| `status(id)` | the status of a requirement (recommendations only) |
| `requirements(status, ...)` | titles of the requirements with these statuses (recommendations only) |

Of `seam(...)`: `.best` is the first place of the first name that has any, and can be linked, `.names(3)` are the first
three and how many more there are, `.count`, `.files`, `.functions` and `.surfaces` are numbers, `.places` are
touchpoints. A step that speaks of the `.best` of seams that are not there is left out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.conditions import spread_over
from scanner.counting import Index, serving, standing
from scanner.errors import RuleError
from scanner.escape import marker
from scanner.kinds import KINDS
from scanner.packet import RequirementResult
from scanner.packs import Pack
from scanner.phrases import joined, places, plural
from scanner.seams import Seam
from scanner.touchpoints import Touchpoint

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment


#: Characters of a problem: it quotes what the pack says, which is on the way to a terminal.
_LONGEST_PROBLEM = 500


class NoPlaceError(Exception):
    """A template speaks of a place that is not there."""


class Group:
    """What `seam(name)` gives to a template."""

    def __init__(self, seams: tuple[Seam, ...], best: Seam | None = None) -> None:
        """Prepare.

        Args:
            seams: of all names.
            best: that of the first name that has any; None for the first of all.
        """
        self._seams = seams
        self._best = best or next(iter(seams), None)

    def __bool__(self) -> bool:
        return bool(self._seams)

    @property
    def count(self) -> int:
        """How many seams."""
        return len(self._seams)

    @property
    def best(self) -> str:
        """Marker of the first place of the first name that has any.

        Raises:
            NoPlaceError: when there is none.
        """
        if self._best is None:
            raise NoPlaceError
        return marker(self._best.best.id)

    @property
    def places(self) -> tuple[Touchpoint, ...]:
        """All places that count, those of the best seam first."""
        return tuple(place for seam in self._seams for place in serving(seam))

    @property
    def files(self) -> int:
        """In how many files the seams stand."""
        return len(spread_over(self._seams, "files"))

    @property
    def surfaces(self) -> int:
        """On how many surfaces they are."""
        return len(spread_over(self._seams, "surfaces"))

    @property
    def functions(self) -> int:
        """In how many functions or other definitions they stand."""
        return len({(place.path, place.symbol) for seam in self._seams for place in standing(seam) if place.symbol})

    def names(self, limit: int = 3) -> str:
        """The first seams by name and place, and how many more there are."""
        return places([seam.best for seam in self._seams], limit)


class Templates:
    """Fills the templates of one pack over one set of seams, and collects what is wrong with them."""

    def __init__(self, index: Index, titles: Mapping[str, str], pack: Pack) -> None:
        """Prepare.

        Args:
            index: the seams.
            titles: known rules; a template that names neither one of them nor a kind is refused. Empty: not checked.
            pack: whose groups templates may name, and whose file problems name.
        """
        self._index = index
        self._titles = titles
        self._path = pack.path
        self._groups = dict(pack.groups)
        self._problems: list[str] = []
        self._environment = _environment()
        self._environment.globals.update(
            seam=self._group,
            count=lambda *names: self._group(*names).count,
            files=lambda *names: self._group(*names).files,
            aside=self._aside,
            # Surfaces such as "gateway and server" read badly with one more `and` between them.
            surfaces=lambda *names: ", ".join(sorted(spread_over(self._seams(names), "surfaces"))),
            plural=plural,
        )

    def fill(self, source: str, line: int, what: str, results: Sequence[RequirementResult] = ()) -> str | None:
        """Fill one template.

        Args:
            source: the template.
            line: where it is in the pack, 0 where unknown.
            what: what it is called in a problem, such as ``claim of `canary_rollout` ``.
            results: what recommendations can speak of.

        Returns:
            One line of text with markers; None where it names a place that is not there, or cannot be filled (which
            `check` then reports).
        """
        try:
            text = self._environment.from_string(source, globals=_about(results)).render()
        except NoPlaceError:
            return None
        except Exception as error:  # noqa: BLE001 - a sandboxed template can raise whatever its own expressions raise
            where = f"{self._path}:{line}" if line else self._path
            said = " ".join(f"{where}: {what} cannot be filled: {error}".split())
            self._problems.append("".join(char if char.isprintable() else " " for char in said[:_LONGEST_PROBLEM]))
            return None
        return " ".join(text.split())

    def check(self) -> None:
        """Report what went wrong so far.

        Raises:
            RuleError: with one line for each template that could not be filled.
        """
        if self._problems:
            raise RuleError(tuple(self._problems))

    def _seams(self, given: Sequence[str]) -> tuple[Seam, ...]:
        names = tuple(name for each in given for name in self._groups.get(each, (each,)))
        for name in names:
            if self._titles and name not in self._titles and name not in KINDS:
                near = difflib.get_close_matches(name, [*self._titles, *KINDS], 1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                raise ValueError(f"there is no rule or kind `{name}`{hint}")
        return self._index.running(names)

    def _aside(self, *given: str) -> str:
        """What stands beside the running agent, for the end of a sentence; nothing where nothing does."""
        names = tuple(name for each in given for name in self._groups.get(each, (each,)))
        found = self._index.find(names)
        beside = [seam for seam in found if seam.aside]
        if len(beside) == len(found):
            return ""
        beside += self._index.examples(names)
        if not beside:
            return ""
        return f"; {len(beside)} more in {joined(sorted({seam.surface for seam in beside}), 'and')}, not counted"

    def _group(self, *names: str) -> Group:
        return Group(self._seams(names), next((found[0] for name in names if (found := self._seams((name,)))), None))


def _about(results: Sequence[RequirementResult]) -> dict[str, Callable[..., str]]:
    """What templates of recommendations can ask in addition."""
    if not results:
        return {}
    statuses = {result.id: result.status for result in results}
    return {
        "status": lambda requirement: statuses[requirement],
        "requirements": lambda *wanted: joined([each.title for each in results if each.status in wanted], "and"),
    }


def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Not autoescaped: the text goes to several formats, and each escapes it in its own way.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    # Jinja's own `range`, `lipsum` and the like are of no use in a sentence.
    environment.globals.clear()
    return environment
