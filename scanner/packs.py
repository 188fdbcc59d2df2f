"""Packs as records: the requirement matrix of one migration, once its file has been checked."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Status = Literal["ready", "partial", "gap", "n/a"]
#: All of them.
STATUSES: tuple[Status, ...] = get_args(Status)


class Has(msgspec.Struct, frozen=True, tag="has"):
    """At least `at_least` (and at most `at_most`) seams of one of these rules or kinds; wired ones only."""

    #: Rule ids (`kebab-case`) or kinds (`snake_case`); one of them is enough.
    names: tuple[str, ...]
    at_least: int = 1
    at_most: int | None = None
    #: What is looked for, in words; empty for the rules' own titles.
    say: str = ""


class Spread(msgspec.Struct, frozen=True, tag="spread"):
    """How many distinct files or surfaces carry a seam."""

    over: Literal["files", "surfaces"]
    names: tuple[str, ...]
    at_least: int = 0
    at_most: int | None = None
    say: str = ""


class Beside(msgspec.Struct, frozen=True, tag="beside"):
    """Every seam of `of` has one of `companions` in the same function or file; the exceptions are named."""

    of: tuple[str, ...]
    companions: tuple[str, ...]
    #: `way`: the same function, or one that calls it or that it calls, up to two calls away.
    within: Literal["function", "file", "way"]
    say: str = ""
    #: So many functions or files are enough; None: every one.
    at_least: int | None = None


class Chokepoints(msgspec.Struct, frozen=True, tag="chokepoints"):
    """At most so many functions hold a share of all seams of these rules or kinds: every way to them passes one."""

    names: tuple[str, ...]
    at_most: int
    #: Percent of the places that they must hold.
    share: int = 100
    say: str = ""


class Gated(msgspec.Struct, frozen=True, tag="gated"):
    """A share of the places of these rules or kinds is reached only through a gate whose decision reaches them."""

    names: tuple[str, ...]
    gates: tuple[str, ...]
    #: Percent of the places that must be covered.
    share: int = 100
    say: str = ""


class Reaches(msgspec.Struct, frozen=True, tag="reaches"):
    """An identifier of one of these topics flows into a share of the places of these rules or kinds."""

    topics: tuple[str, ...]
    to: tuple[str, ...]
    #: Percent of the places that it must reach.
    share: int = 100
    say: str = ""


class Fields(msgspec.Struct, frozen=True, tag="fields"):
    """So many of these fields are carried by the records that seams of these rules or kinds make or describe."""

    #: Name of the field in words → word patterns by which it is known.
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    of: tuple[str, ...]
    #: None: all of them.
    at_least: int | None = None
    say: str = ""


class Unwired(msgspec.Struct, frozen=True, tag="unwired"):
    """At most so many seams of these rules or kinds are called by nothing here."""

    names: tuple[str, ...]
    at_most: int = 0
    say: str = ""


class AtLeast(msgspec.Struct, frozen=True, tag="at_least"):
    """At least `count` of the members hold."""

    count: int
    members: tuple[Condition, ...]
    say: str = ""


class Every(msgspec.Struct, frozen=True, tag="all"):
    """All members hold."""

    members: tuple[Condition, ...]
    say: str = ""


class Some(msgspec.Struct, frozen=True, tag="any"):
    """One member holds; when none does, `say` (or all members' words, joined by or) is what is missing."""

    members: tuple[Condition, ...]
    say: str = ""


class Negated(msgspec.Struct, frozen=True, tag="not"):
    """The member does not hold."""

    member: Condition
    say: str = ""


class Conforms(msgspec.Struct, frozen=True, tag="contract"):
    """Some data file holds records of which so many validate against a contract; fixtures of tests count."""

    contract: str
    #: Percent of the sampled records of that file.
    at_least: int = 100
    say: str = ""


class Documents(msgspec.Struct, frozen=True, tag="documents"):
    """A passage of some document names so many of these things."""

    #: A thing in words → word patterns by which it is known.
    things: tuple[tuple[str, tuple[str, ...]], ...]
    #: Word patterns of what the passage must be about; none: anything.
    about: tuple[str, ...] = ()
    #: None: all of them.
    at_least: int | None = None
    say: str = ""

    @property
    def enough(self) -> int:
        """How many things one document must name."""
        return len(self.things) if self.at_least is None else self.at_least


class StatusIs(msgspec.Struct, frozen=True, tag="status"):
    """A requirement has one of these statuses (in recommendations only)."""

    requirement: str
    statuses: tuple[Status, ...]


Condition = (
    Has
    | Spread
    | Beside
    | Chokepoints
    | Gated
    | Reaches
    | Fields
    | Unwired
    | AtLeast
    | Every
    | Some
    | Negated
    | Conforms
    | Documents
    | StatusIs
)


class Requirement(msgspec.Struct, frozen=True):
    """One row of the matrix."""

    id: str
    title: str
    weight: int
    #: What `ready` means, in a sentence.
    asks: str
    #: Template of the claim (what was found, with counts); see `readiness` for what templates can call.
    claim: str
    ready: Condition
    partial: Condition
    #: Where it does not hold the requirement is `n/a`; None: it always applies.
    applies: Condition | None
    #: Why it does not apply, in words.
    otherwise: str
    #: Templates of next steps, in order.
    next: tuple[str, ...]
    #: Rules and kinds whose seams are evidence, strongest first.
    evidence: tuple[str, ...]
    #: Short name of the slice of work that closes it, for "next slices".
    slice: str
    line: int


class Recommendation(msgspec.Struct, frozen=True):
    """The first one whose `when` holds is the packet's; the last one has none and always holds."""

    #: One or two words in front, such as `Shadow first`.
    headline: str
    text: str
    when: Condition | None = None


class Pack(msgspec.Struct, frozen=True):
    """One migration."""

    id: str
    title: str
    migration: str
    requirements: tuple[Requirement, ...]
    recommendations: tuple[Recommendation, ...]
    path: str
    #: Content digest of the pack file, hexadecimal.
    digest: str
    #: Names that the pack gives to several rules or kinds; conditions hold them spelled out, templates may use them.
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Expected(msgspec.Struct, frozen=True):
    """What one requirement must come to in a tree."""

    requirement: str
    status: Status
    #: Words that its missing parts must hold, each somewhere.
    missing: tuple[str, ...]
    line: int
    column: int


class PackExample(msgspec.Struct, frozen=True):
    """A small tree, and the statuses that a pack must give it."""

    title: str
    #: Path → content, in the order of the file.
    files: tuple[tuple[str, str], ...]
    expects: tuple[Expected, ...]
    #: The file that holds the example, as problems show it.
    path: str
    line: int


class NamePlace(msgspec.Struct, frozen=True):
    """A rule or kind named in a pack, and where."""

    name: str
    line: int
    column: int


class PackFile(Pack, frozen=True):
    """A pack as it was read from a file: with the places of the names in it, and its examples."""

    names: tuple[NamePlace, ...] = ()
    examples: tuple[PackExample, ...] = ()
