"""What a rule says, as text: the gates that no hit is needed for.

A rule must name something that a machine can detect, and must hold of agents in general: ids of incidents, dates, paths
of one machine and names of one repository tie it to the day on which it was written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator
from math import prod

from scanner.plan import clauses
from scanner.rules import AllOf, AnyOf, CatalogEntry, Clause, Node, Rule
from scanner.words import Alternatives, split

#: What a title, a reason and all patterns of a rule may hold at most, in characters.
MOST_TITLE, MOST_WHY, MOST_PATTERNS = 80, 200, 9000

_INCIDENT = re.compile(
    r"\b(?:inc|incident|ticket|issue|bug|sev|jira|pr|case)[ _-]?#?\d{2,}\b|(?<![\w&])#\d{2,}\b", re.I
)
_TICKET = re.compile(r"\b([A-Z]{2,10})-\d{2,}\b")
#: Abbreviations that stand before a number in the name of a standard or a product.
_STANDARDS = frozenset("AES CWE EIP ES GPT HTTP ISO MD OWASP PEP RFC RSA SHA UTF".split())
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATE = re.compile(
    r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\b"
    rf"|\b(?:{'|'.join(_MONTHS)})[a-z]* (?:\d{{1,2}},? )?(?:19|20)\d\d\b",
    re.I,
)
_PATH = re.compile(
    r"(?<![\w.:/~*}])/(?:home|Users|root|opt|srv|mnt|work|workspace|var|usr|tmp|data)/[\w.-]+|\b[A-Za-z]:\\\w"
)
_HOME = re.compile(r"/(?:home|Users)/\w+")
_FORGES = ("github", "gitlab", "bitbucket")
_REPOSITORY = re.compile(r"\b(?:github|gitlab|bitbucket)\.(?:com|org)/[\w.-]+/[\w.-]+", re.I)
#: A word that so many other rules use is common speech, whatever repository is called so.
_COMMON = 3


def patterns(rule: Rule) -> Iterator[str]:
    """Every pattern of a rule as it is written: atoms, `mentions`, `around`, words of arguments, globs."""
    for node in (rule.find, rule.reject):
        for clause in clauses(node):
            yield from _patterns(clause)


def _patterns(clause: Clause) -> Iterator[str]:
    for _, named in clause.atoms:
        yield from (pattern.source for pattern in named)
    for words in (*clause.mentions, *clause.around):
        yield words.source
    yield from (test.value for test in clause.arguments if test.value)
    yield from clause.paths


def wordings(rule: Rule) -> int:
    """How many ways of saying it `find` accepts: alternatives of its atoms; a meaning stands for all its names."""
    return sum(_wordings(clause) for clause in _sought(rule.find))


def _wordings(clause: Clause) -> int:
    count = 0
    for atom, named in clause.atoms:
        for pattern in named:
            if atom in ("means", "loop", "branch", "handler", "exit", "pattern", "query", "text"):
                count += 4
            elif pattern.words is None:
                count += 1
            else:
                count += prod(len(part.runs) for part in pattern.words.parts if isinstance(part, Alternatives))
    return count


def _sought(node: Node) -> Iterator[Clause]:
    """The clauses of `find` that say where to look."""
    if isinstance(node, Clause):
        if node.atoms:
            yield node
        return
    for member in node.members:
        yield from _sought(member)


def is_detectable(node: Node) -> bool:
    """Whether every hit of a node rests on something that is named: `loop: any` alone finds whatever is there."""
    if isinstance(node, AnyOf):
        return all(map(is_detectable, node.members))
    if isinstance(node, AllOf):
        return any(map(is_detectable, node.members))
    inner = (node.inside, node.contains, node.guards)
    named = any(pattern.source not in ("any", "return", "raise") for _, each in node.atoms for pattern in each)
    asked = node.mentions or node.around or node.seams or node.arguments
    return bool(named or asked) or any(part is not None and is_detectable(part) for part in inner)


def tied(rule: Rule) -> Iterator[str]:
    """What ties a rule to one day, machine or repository, each with what to write."""
    prose = f"{rule.id} {rule.title} {rule.why}"
    sought = "\n".join(patterns(rule))
    shown = "\n".join(example.code for example in rule.examples)
    for where, text in (("text", prose), ("patterns", sought), ("examples", shown)):
        if incident := _incident(text):
            yield f"an incident stands in its {where} (`{incident}`); say what happens, not when it did"
        # Examples show what code says; only the folder of a person has no place there.
        if path := (_HOME if where == "examples" else _PATH).search(text):
            yield f"an absolute path stands in its {where} (`{path.group()}`); write one relative to a repository"
    if address := _REPOSITORY.search(prose):
        yield f"one repository stands in its text (`{address.group()}`); write words that hold in any"
    if date := _DATE.search(f"{prose}\n{sought}"):
        yield f"a date stands in it (`{date.group()}`); say what is true on any day"


def _incident(text: str) -> str:
    found = _INCIDENT.search(text)
    if found:
        return found.group().strip()
    return next((ticket.group() for ticket in _TICKET.finditer(text) if ticket.group(1) not in _STANDARDS), "")


def unknown_packages(rule: Rule, catalog: tuple[CatalogEntry, ...]) -> list[str]:
    """Packages that `find` names and no catalogue entry knows: they may be one repository's own."""
    known = {_package(entry.name) for entry in catalog} | set(sys.stdlib_module_names)
    found = {
        _package(each.qualified)
        for clause in clauses(rule.find)
        for _, named in clause.atoms
        for each in named
        if each.qualified and "*" not in each.qualified[0]
    }
    return sorted(found - known)


def _package(name: tuple[str, ...]) -> str:
    """What a qualified name's package is called: its first part, of one on a forge the address."""
    if name[0] in _FORGES and len(name) > 1:
        return f"{name[0]}.{'/'.join(name[1].split('/')[:3])}"
    return name[0].split("/")[0]


def names_of(repository: str, rule: Rule, others: Collection[str]) -> str:
    """The name of a scanned repository where a rule holds it; empty where it does not, or where it is common speech.

    Args:
        repository: its name.
        rule: the rule.
        others: texts of the patterns of all other rules, one a rule.
    """
    name = " ".join(split(repository))
    if len(name) < 4 or sum(_holds(text, name) for text in others) >= _COMMON:
        return ""
    own = [" ".join(split(rule.title)), " ".join(split(rule.why)), " ".join(split(rule.id)), spoken(rule)]
    return repository if any(_holds(text, name) for text in own) else ""


def spoken(rule: Rule) -> str:
    """The words of all patterns of a rule, pattern by pattern."""
    return " | ".join(" ".join(split(each)) for each in patterns(rule))


def _holds(text: str, name: str) -> bool:
    return f" {name} " in f" {text} "
