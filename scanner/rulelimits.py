"""What a rule may cost: rules come from strangers, and some texts of a few bytes take hours to match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.rules import Clause, Node

if TYPE_CHECKING:
    import re2

#: Nodes in each other, and clauses of one rule with all choices written out: both multiply what a match costs.
MOST_NESTED = 10
MOST_CLAUSES = 1_000
#: Instructions of one regular expression, and of those of all rules: the time to match is so many times the length of a
#: text, and each has an automaton that stays in memory.
MOST_INSTRUCTIONS = 10_000
MOST_TOGETHER = 200_000
#: Characters of a pattern or query, and of those of all rules for one language, which are one query: to prepare a
#: longer one takes more than proportionally longer.
LONGEST_SYNTAX = 2_000
SYNTAX_TOGETHER = 20_000
#: Signs of repetition in a query; beside each other, what it takes to prepare them grows with their square or more.
MOST_REPEATED = 20


class TooManyInstructions(ValueError):
    """A regular expression is one, but too large."""


def size(node: Node, known: dict[int, int] | None = None) -> int:
    """How many clauses a node has when all choices are written out.

    Args:
        node: of one rule.
        known: sizes by identity, since members of several choices are one object.
    """
    known = {} if known is None else known
    found = known.get(id(node))
    if found is None:
        if isinstance(node, Clause):
            parts = (node.inside, node.contains, node.guards, node.negated)
            found = 1 + sum(size(part, known) for part in parts if part is not None)
        else:
            found = sum(size(member, known) for member in node.members)
        known[id(node)] = found
    return found


def expression(source: str) -> re2._Regexp[str]:
    """A regular expression as `scanner.lines` reads it.

    Raises:
        TooManyInstructions: when it is too large; the text says how large.
        ValueError: when it is none; the text says why.
    """
    import re2  # here, since few rules need it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(source, options)  # by itself, so that an error tells of what is written
        options.never_nl = options.never_capture = True
        made = re2.compile(f"(?m){source}", options)
    except re2.error as error:
        reason = error.args[0]
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(error)
        raise (TooManyInstructions if said.startswith("pattern too large") else ValueError)(said) from None
    if made.programsize > MOST_INSTRUCTIONS:
        raise TooManyInstructions(f"it has {made.programsize:,} instructions, and {MOST_INSTRUCTIONS:,} are most")
    return made


def advice(error: ValueError) -> str:
    """What to write instead of a regular expression that `expression` refused."""
    if isinstance(error, TooManyInstructions):
        return r"classes such as `\pL` with bounded repetition are large: use `\w`, or repeat without bounds"
    return "write a regular expression of RE2, without lookaround and backreferences"
