"""Documents that were sound until something happened to them, and bytes that never were."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from commandline import PROJECT, SAMPLE
from hypothesis import strategies as st

FOUND = Path(__file__).parent / "found"
RULES = PROJECT / "rules"

_TOKEN = re.compile(rb"\w+|[ \t]+|\n|[^\w\s]|.", re.DOTALL)
#: What means something to one of the formats, or to none of them.
_SIGNS = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b":",
        b": ",
        b",",
        b"-",
        b"- ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b" ",
        b"  ",
        b"\\",
    ),
    *(
        b"'",
        b'"',
        b'"""',
        b"'''",
        b"`",
        b"#",
        b"&a",
        b"*a",
        b"!!python/object:os.system ",
        b"<<: ",
        b"|",
        b">",
        b"?",
        b"%",
    ),
    *(
        b"---\n",
        b"...\n",
        b"=",
        b"==",
        b".",
        b"..",
        b"../",
        b"/",
        b"~",
        b"null",
        b"true",
        b"0",
        b"-1",
        b"1e999",
        b"9" * 30,
    ),
    *(
        b"0x",
        b"NaN",
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        "\u202e".encode(),
        "\u2028".encode(),
        b"\x1b[31m",
    ),
    *("é".encode(), "İ".encode(), "ß".encode(), "１".encode(), b"\\u0000", b"\\ud800", b"{{ 1 }}", b"{% for x in y %}"),
    *(
        b"(a+)+$",
        b"(?=x)",
        b"\\1",
        b".*",
        b"$X",
        b"$$$",
        b"...",
        b"*",
        b"^",
        b"$",
        b"@",
        b"[[",
        b"]]",
        b"export ",
        b"any",
        b"all",
    ),
    *(
        b"not",
        b"call",
        b"means",
        b"seam",
        b"inside",
        b"with",
        b"text",
        b"code",
        b"query",
        b"string",
        b"key",
        b"name",
        b"has",
    ),
]

_Steps = Sequence[tuple[int, int, int, bytes]]


def _happened(tokens: list[bytes], step: tuple[int, int, int, bytes], other: list[bytes]) -> list[bytes]:
    """The tokens of a document after one thing happened to them."""
    what, first, second, sign = step
    if not tokens:
        return [sign]
    at, to = first % len(tokens), second % len(tokens)
    low, high = min(at, to), min(max(at, to), min(at, to) + 40)
    changes: list[Callable[[], list[bytes]]] = [
        lambda: tokens[:at] + tokens[at + 1 :],
        lambda: tokens[:low] + tokens[high + 1 :],
        lambda: tokens[: at + 1] + tokens[at:],
        lambda: tokens[:high] + tokens[low:],
        lambda: [*tokens[:low], tokens[high], *tokens[low + 1 : high], tokens[low], *tokens[high + 1 :]],
        lambda: [*tokens[:at], sign, *tokens[at + 1 :]],
        lambda: [*tokens[:at], sign, *tokens[at:]],
        lambda: [*tokens[:at], sign * (1 + second % 300), *tokens[at:]],
        lambda: [*tokens[:at], tokens[to], *tokens[at + 1 :]],
        lambda: tokens[:at],
        lambda: tokens[:at] + other[second % len(other) :][:60] + tokens[at:],
    ]
    return changes[what % len(changes)]()


def mutants(documents: Sequence[bytes], raw: int = 200) -> st.SearchStrategy[bytes]:
    """Sound documents to which up to eight things happened, lists of signs, and bytes as they come.

    Args:
        documents: sound ones; parts of one may come into another.
        raw: most bytes as they come.
    """
    tokens = [_TOKEN.findall(document) for document in documents]
    number = st.integers(0, 20_000)
    step = st.tuples(st.integers(0, 10), number, number, st.sampled_from(_SIGNS) | st.binary(max_size=3))

    def changed(start: int, other: int, steps: _Steps) -> bytes:
        now = tokens[start]
        for each in steps:
            now = _happened(now, each, tokens[other])
        return b"".join(now)

    index = st.integers(0, len(documents) - 1)
    damaged = st.builds(changed, index, index, st.lists(step, max_size=8))
    noise = st.lists(st.sampled_from(_SIGNS), max_size=40).map(b"".join)
    return damaged | damaged | noise | st.binary(max_size=raw)


@cache
def _blocks(folder: str) -> tuple[bytes, ...]:
    """The entries of all files below a folder of rules, one by one: short, so that what happens to one matters."""
    found = []
    for file in sorted((RULES / folder).rglob("*.yaml")):
        text = file.read_bytes()
        found += [block for block in re.split(rb"(?m)^(?=- )", text) if block.startswith(b"- ")][:4]
    return tuple(found)


def rule_documents() -> tuple[bytes, ...]:
    """Rules of this scanner, each by itself, and entries of its catalogues."""
    return (*_blocks("seams"), *_blocks("entries"), *_blocks("catalog"))


def pack_documents() -> tuple[bytes, ...]:
    """The built-in packs, without the files of their examples, which would have to lie beside them."""
    packs = (file.read_bytes() for file in sorted((RULES / "packs").glob("*.yaml")))
    return tuple(re.sub(rb"(?m)^examples: .*\n", b"", pack) for pack in packs)


def sample_files(*suffixes: str) -> tuple[bytes, ...]:
    """Files of the sample agent."""
    return tuple(file.read_bytes() for file in sorted(SAMPLE.rglob("*")) if file.name.endswith(suffixes))


def kept(target: str) -> list[Path]:
    """Inputs that once broke a target; each is tried again in every run."""
    return sorted((FOUND / target).glob("*"))
