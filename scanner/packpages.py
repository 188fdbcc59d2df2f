"""Each built-in pack as a page: requirements, conditions in words, evidence, next steps, contracts.

`python -m scanner.packpages docs/packs` writes them anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanner.conditionwords import Words, contracts_in
from scanner.contracts import contract
from scanner.escape import plain
from scanner.packfile import builtin_packs, load_pack
from scanner.packs import PackFile, Requirement
from scanner.phrases import plural, title
from scanner.rulebook import load

#: Where the example packets are, beside the pages.
EXAMPLES = "examples"


def pack_page(pack: PackFile, titles: Mapping[str, str], has_example: bool) -> str:
    """The page of one pack.

    Args:
        pack: the pack, loaded from its file.
        titles: rule id or kind to title.
        has_example: whether an example packet is there to be linked.
    """
    words = Words(titles, pack.groups)
    parts = [*_head(pack, has_example), *_table(pack)]
    for number, each in enumerate(pack.requirements, 1):
        parts += _requirement(number, each, words)
    parts += _recommendations(pack, words)
    parts += _contracts(pack)
    parts += _groups(pack, titles)
    parts += _examples(pack)
    return "".join(parts)


def builtin_pages(folder: Path) -> Iterator[tuple[str, str]]:
    """File name and text of the page of every built-in pack.

    Args:
        folder: where the pages are; an example packet is linked when it is there.
    """
    rulebook = load()
    titles = {rule.id: rule.title for rule in rulebook.rules}
    for name, path in builtin_packs().items():
        has_example = (folder / EXAMPLES / f"{name}.md").is_file()
        yield f"{name}.md", pack_page(load_pack(path, rulebook), titles, has_example)


def _head(pack: PackFile, has_example: bool) -> Iterator[str]:
    yield f"# {plain(pack.title)}\n\n{plain(pack.migration)}\n\n"
    yield (
        f"This page is made from `{pack.path}` by `python -m scanner.packpages docs/packs`; [packs](../packs.md)\n"
        "says what statuses, conditions and the score mean. Run it with:\n\n"
        f"```sh\nscanner packet --rules {pack.id} --repo PATH\n```\n\n"
    )
    if has_example:
        link = f"[The packet of a real agent]({EXAMPLES}/{pack.id}.md)"
        yield f"{link} shows what comes of it: places and counts, with links to the code.\n\n"


def _table(pack: PackFile) -> Iterator[str]:
    total = sum(each.weight for each in pack.requirements)
    yield f"| | Requirement | Weight of {total} | What is asked |\n| ---: | --- | ---: | --- |\n"
    for number, each in enumerate(pack.requirements, 1):
        link = f"[{plain(each.title, table=True)}](#{_anchor(number, each)})"
        yield f"| {number} | {link} | {each.weight} | {_written(each.asks, table=True)} |\n"


def _requirement(number: int, each: Requirement, words: Words) -> Iterator[str]:
    yield f"\n## {number}. {plain(each.title)}\n\n`{each.id}`, weight {each.weight}. {_written(each.asks)}\n\n"
    if each.applies is not None:
        yield f"**n/a** unless this holds (*{_written(each.otherwise)}*):\n\n{_list(words, each.applies)}\n"
    yield f"**ready** when this holds, in code that something calls:\n\n{_list(words, each.ready)}\n"
    yield f"**partial** when it does not, and this does:\n\n{_list(words, each.partial)}\n"
    yield f"**Evidence**, strongest first: {_written('; '.join(words.listed(each.evidence)))}.\n\n"
    yield "**Next**, until it is ready:\n\n"
    yield "".join(f"- {_step(text, words)}\n" for text in each.next)


def _list(words: Words, condition: object) -> str:
    lines = words.lines(condition)  # type: ignore[arg-type]  # every condition of a pack
    return "".join(f"{'  ' * line.depth}- {_written(line.text)}\n" for line in lines)


def _recommendations(pack: PackFile, words: Words) -> Iterator[str]:
    yield "\n## Recommendations\n\nThe first one whose condition holds is the packet's.\n"
    for number, each in enumerate(pack.recommendations, 1):
        when = (
            f"when this holds:\n\n{_list(words, each.when)}\n" if each.when is not None else "in all other cases:\n\n"
        )
        yield f"\n{number}. **{plain(each.headline)}**, {_indented(when)}   > {_step(each.text, words)}\n"


def _indented(text: str) -> str:
    """A list below an item of a numbered list."""
    head, *rest = text.split("\n")
    return "\n".join([head, *(f"   {line}" if line else "" for line in rest)])


def _contracts(pack: PackFile) -> Iterator[str]:
    named: dict[str, None] = {}
    for each in pack.requirements:
        for condition in (each.applies, each.ready, each.partial):
            named.update(dict.fromkeys(contracts_in(condition)))
    if not named:
        return
    yield "\n## Contracts\n\nThe records that data files are held against; `scanner conform --contract NAME FILE`\n"
    yield "does so for a file of yours.\n\n| Contract | Record | Written from |\n| --- | --- | --- |\n"
    for name in sorted(named):
        known = contract(name)
        link = f"[`{name}`](../../rules/contracts/{name}.schema.json)"
        yield f"| {link} | {_written(known.title, table=True)} | {_written(known.source, table=True)} |\n"


def _groups(pack: PackFile, titles: Mapping[str, str]) -> Iterator[str]:
    if not pack.groups:
        return
    yield "\n## Groups\n\nNames that this pack gives to several rules or kinds.\n\n"
    yield "| Group | Rules and kinds |\n| --- | --- |\n"
    for name, members in pack.groups:
        told = "; ".join(f"{_written(title(each, titles), table=True)} (`{each}`)" for each in members)
        yield f"| *{name.replace('_', ' ')}* | {told} |\n"


def _examples(pack: PackFile) -> Iterator[str]:
    if not pack.examples:
        return
    path = pack.examples[0].path
    yield f"\n## Examples\n\nSmall trees that `scanner rules test` judges ([`{path}`](../../{path})).\n\n"
    yield "| Tree | ready | partial | gap | n/a |\n| --- | --- | --- | --- | --- |\n"
    titles = {each.id: each.title for each in pack.requirements}
    for example in pack.examples:
        cells = []
        for status in ("ready", "partial", "gap", "n/a"):
            some = [titles[each.requirement] for each in example.expects if each.status == status]
            everything = len(some) == len(pack.requirements)
            cells.append("all" if everything else "; ".join(plain(each, table=True) for each in some))
        files = plural(len(example.files), "file")
        yield f"| {plain(example.title, table=True)} ({files}) | {' | '.join(cells)} |\n"


def _written(text: str, table: bool = False) -> str:
    """Words of a pack; what it writes as code or by its name stays so."""
    parts = re.split(r"(`[^`]*`|\*[^*]+\*)", text)
    return "".join(part if at % 2 else _padded(part, table) for at, part in enumerate(parts))


def _padded(text: str, table: bool) -> str:
    """Plain words with the spaces that keep them from their neighbours."""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{plain(text, table)}{after}" if text.strip() else before


def _step(text: str, words: Words) -> str:
    """A template of a sentence for readers, with the names of what is filled in."""
    text = re.sub(r"\{%\s*if not count\(([^)]*)\)\s*%\}", lambda found: f"{_lacking(found[1], words)}: ", text)
    text = re.sub(r"\{%.*?%\}", "", text)
    text = re.sub(r"\{\{\s*seam\(([^)]*)\)\.best\s*\}\}", lambda found: _asked(found[1], words), text)
    text = re.sub(r"\{\{\s*requirements\(.*?\}\}", "(these requirements)", text)
    text = re.sub(r"\{\{.*?\}\}", "(how many)", text)
    return _written(" ".join(text.split()))


def _lacking(names: str, words: Words) -> str:
    return f"Where there is no {_asked(names, words).removeprefix('any ')}"


def _asked(names: str, words: Words) -> str:
    """What a template asks the best place or the number of: the first of its names."""
    first = names.partition(",")[0].strip(" '\"")
    return words.known(first)


def _anchor(number: int, each: Requirement) -> str:
    """The anchor that forges give to a heading."""
    words = re.sub(r"[^\w\- ]", "", f"{number}. {each.title}".lower())
    return words.replace(" ", "-")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m scanner.packpages FOLDER")
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for file, page in builtin_pages(target):
        (target / file).write_text(page, encoding="utf-8")
