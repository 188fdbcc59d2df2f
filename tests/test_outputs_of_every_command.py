"""Every command in every format, over a repository that means harm in every text that it can fill.

`hostiletree` makes it. Commands run in this process: a process each would take minutes.
"""

from __future__ import annotations

import html
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from commandline import Shell
from hostiletree import FIXED, LINES, MARK, PASSWORD, SECRETS, build, marked
from inprocess import run
from markdown_it import MarkdownIt

from scanner.cli import cli

#: As `-o` names it, or nothing for a command that has no format.
Form = str
PACKS = ("--rules", "tensorzero", "--rules", "human-confirmation", "--rules", "own-pack.yaml")
REPO = ("--repo", "tree")
HTML = ("html", "--baseline", "before.json", "--history", "odd-history.json")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
#: As runners of GitHub, Azure and TeamCity read a line of a log.
COMMAND = re.compile(r"(?:\A|[\n\r\x0b\x0c\x85\u2028\u2029])\s*::|##\w*\[")

#: Words of a command, and its formats; an empty format is the only one that it has.
ASKED: dict[str, tuple[tuple[str, ...], tuple[Form, ...]]] = {
    "packet": ((*PACKS, *REPO), ("markdown", "html", "terminal", "json", "sarif")),
    "packet with what was before": (
        (*PACKS, *REPO, "--baseline", "odd.json", "--history", "odd-history.json"),
        ("html",),
    ),
    "packet of alerts": ((*PACKS, *REPO, "--alerts-only"), ("sarif",)),
    "seams": (REPO, ("table", "json")),
    "seams of somebody": ((*REPO, "--rules", "own-rules.yaml"), ("table",)),
    "graph": (REPO, ("text", "mermaid", "dot", "json")),
    "graph to": ((*REPO, "--to", "model_call", "--guesses"), ("text", "mermaid", "dot", "json")),
    "graph from": ((*REPO, "--from", "file:agent/plain.py"), ("text", "mermaid", "dot", "json")),
    "diff of revisions": ((*PACKS, *REPO, "--base", "HEAD~1"), ("text", "markdown", "json")),
    "diff of files": (("before.json", "odd.json"), ("text", "markdown", "json")),
    "diff back": (("odd.json", "before.json"), ("text", "markdown", "json")),
    "check": (
        (*PACKS, *REPO, "--baseline", "odd.json", "--min-score", "100", "--min-status", "ready"),
        ("text", "json", "github"),
    ),
    "check of revisions": ((*PACKS, *REPO, "--base", "HEAD~1", "--fail-on", "new-bypass"), ("text", "json", "github")),
    "history": ((*PACKS, *REPO, "--every", "1"), ("table", "markdown", "json", "svg")),
    "rules lint": (("own-rules.yaml", "own-pack.yaml", *REPO, "--min-score", "100"), ("table", "json")),
    "rules test": (("own-rules.yaml", "own-pack.yaml"), ("",)),
    "rules score": (("--labels", "labels.jsonl", *REPO, "--explain"), ("table", "json")),
    "rules compare": (
        ("--labels", "labels.jsonl", *REPO, "--a", "builtin", "--b", "own-rules.yaml"),
        ("table", "json"),
    ),
    "rules list": ((), ("",)),
    "rules show": (("fallback-step",), ("",)),
    "rules new": (("rule", "house-client"), ("",)),
    "rules schema": (("pack",), ("",)),
    "conform": (("--contract", "codeact", "records.jsonl"), ("text", "json")),
    "comment": (
        ("--provider", "github", "--repo-slug", "a/b", "--pr", "7", "--file", "written/odd.md", "--dry-run"),
        ("",),
    ),
    "verify": (("written", *REPO), ("text", "json")),
    "cache info": ((), ("text", "json")),
    **{
        f"explain {place}": (REPO, ("text", "json"))
        for place in ("agent/plain.py:18", "config.yaml:3", "notes.ipynb:18")
    },
}
CASES = [(name, form) for name, (_, forms) in ASKED.items() for form in forms]
#: As the user's own path; a path has no two slashes, by which a password in an address is known.
PATH = LINES.replace(f"me:{PASSWORD}@", "")
#: What has a form that none of these takes.
APART = {"cache clear"}


@pytest.fixture(scope="module", autouse=True)
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The repository, and what commands read beside it: packets, a history and a folder of results."""
    shell = Shell(tmp_path_factory.mktemp("hostile"))
    tree = build(shell)
    before = Path.cwd()
    cache = os.environ.get("SCANNER_CACHE_DIR")
    os.environ["SCANNER_CACHE_DIR"] = str(shell.here / "cache")
    os.chdir(shell.here)
    try:
        prepare(shell)
        yield tree
    finally:
        os.chdir(before)
        os.environ.pop("SCANNER_CACHE_DIR")
        if cache is not None:
            os.environ["SCANNER_CACHE_DIR"] = cache


def prepare(shell: Shell) -> None:
    """Write what commands read, marked where it is no id."""
    assert run("packet", *PACKS, *REPO, "--rev", "HEAD~1", "--format", "json", "-o", "before.json").code == 0
    assert run("history", *PACKS, *REPO, "--every", "1", "--format", "json", "-o", "history.json").code == 0
    for name, odd in (("before.json", "odd.json"), ("history.json", "odd-history.json")):
        shell.write(odd, json.dumps(marked(json.loads((shell.here / name).read_bytes()), LINES)))
    shell.write("written/odd.md", (shell.here / "page.md").read_text())
    done = run(
        "packet", *PACKS, *REPO, "--baseline", "odd.json", "--history", "odd-history.json", "--output-dir", "written"
    )
    assert done.code == 0, done.err


def leaked(text: str) -> set[str]:
    """The secrets in a text, also where Markdown, HTML or an address writes a sign of one otherwise."""
    plain = html.unescape(text.replace("<wbr>", "")).replace("\\", "")
    return {secret for secret in SECRETS if secret in text or secret in plain}


def hidden(text: str) -> set[str]:
    """Characters that nobody sees, or that move others."""
    return {char for char in text if not char.isprintable()} - {"\n"}


@pytest.mark.parametrize(("name", "form"), CASES, ids=[f"{name} as {form or 'text'}" for name, form in CASES])
def test_no_output_leaks_obeys_or_hides_what_a_repository_says(name: str, form: Form) -> None:
    words, _ = ASKED[name]
    command = [word for word in name.split() if word in COMMANDS or "/" in word or ":" in word]

    done = run(*command, *words, *(("--format", form) if form else ()))

    assert done.code in (0, 1), done.err
    assert done.out
    assert leaked(done.out + done.err) == set()
    assert_inert(done.err, "text")
    assert_inert(done.out, form)


def assert_inert(page: str, form: Form) -> None:
    """Nothing on a page is structure that it should not have."""
    if form == "github":
        for line in page.splitlines():
            assert re.fullmatch(r"::error title=[^:,]*(?:,file=[^:,]*,line=\d+)?::.*|passed: .*", line), line
        page = "\n".join(line.removeprefix("::error ") for line in page.splitlines())
    assert COMMAND.findall(page) == []
    assert hidden(page) <= (set() if form in ("json", "sarif") else {"\t"})
    if form in ("json", "sarif"):
        json.loads(page)
    elif form == "svg":
        assert {each.tag.rpartition("}")[2] for each in ET.fromstring(page).iter()}.isdisjoint({"script", "a", "image"})
    elif form == "markdown":
        assert_plain_markdown(page)
    elif form == "mermaid":
        assert [line for line in page.splitlines() if not MERMAID.fullmatch(line)] == []
    elif form == "dot":
        assert [line for line in page.splitlines() if not DOT.fullmatch(line)] == []
    elif form == "html":
        assert page.count("<script") == page.count("</script>") < 20
        assert "<b>" not in page
        assert "alert(1)<" not in page


#: A line of a drawing: its own words, numbers of boxes, and labels in which nothing but numbers of characters is odd.
MERMAID = re.compile(
    r"flowchart LR|  end|  subgraph g\d+\[LABEL\]|  classDef \w+ [\w:,-]+|  class [\w,]+ \w+"
    r"|  (?:  )?\w+(?:\[\(|\(\[|\{\{|\[|\()LABEL(?:\)\]|\]\)|\}\}|\]|\))|  \w+ (?:-->|-\.->)(?:\|LABEL\|)? \w+".replace(
        "LABEL", r'"[^"<>\n`]*"'
    )
)
DOT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^"\\])*')


def assert_plain_markdown(page: str) -> None:
    """No HTML but folds, no picture, and no link but into the repository."""
    tokens = [each for block in MARKDOWN.parse(page) for each in (block, *(block.children or ()))]
    html_blocks = [each.content for each in tokens if each.type in ("html_block", "html_inline")]

    assert [
        each for each in html_blocks if not re.fullmatch(r"(?:<details><summary>[\w ]+</summary>|</details>)\n", each)
    ] == []
    assert {each.attrs["src"] for each in tokens if each.type == "image"} <= {"history.svg"}
    assert [
        address for each in tokens if each.type == "link_open" and "evil" in (address := str(each.attrs["href"]))
    ] == []


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """The names of all commands, those of a group after its own."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


COMMANDS = {word for name in commands(cli) for word in name.split()}


def test_every_command_is_run_in_every_format_that_it_has() -> None:
    asked: dict[str, set[str]] = {}
    for name, (_, forms) in ASKED.items():
        known = next(each for each in sorted(commands(cli), key=len, reverse=True) if f"{name} ".startswith(f"{each} "))
        asked.setdefault(known, set()).update(forms)
    assert set(commands(cli)) - APART == set(asked)
    for name, given in asked.items():
        command: click.Command = cli
        for word in name.split():
            assert isinstance(command, click.Group)
            command = command.commands[word]
        types = [each.type for each in command.params if "--format" in each.opts]
        has = {str(form) for each in types if isinstance(each, click.Choice) for form in each.choices}
        assert given == (has or {""}), name


def test_no_file_that_is_written_leaks_or_obeys_what_a_repository_says(tree: Path) -> None:
    kept = tree / "docs" / "migration"
    assert run("history", *PACKS, *REPO, "--every", "1", "--output-dir", "over-time").code == 0
    assert run("packet", *PACKS, *REPO, "--committed", "--output-dir", str(kept)).code == 0
    files = [file for folder in (Path("written"), Path("over-time"), kept) for file in folder.iterdir()]

    assert len(files) > 20
    for file in files:
        if file.name != "odd.md":
            page = file.read_text()
            assert leaked(page) == set(), file
            assert_inert(page, {".md": "markdown"}.get(file.suffix, file.suffix[1:]))


@pytest.mark.parametrize(
    "words",
    [
        ("packet", "--rules", MARK, *REPO),
        ("packet", "--rules", "tensorzero", "--repo", PATH),
        ("packet", "--rules", "tensorzero", *REPO, "--rev", LINES),
        ("packet", "--rules", "tensorzero", *REPO, "--baseline", PATH, "--format", "html"),
        ("graph", *REPO, "--to", f"{SECRETS[0]}x"),
        ("graph", *REPO, "--to", LINES),
        ("explain", f"{LINES}:3", *REPO),
        ("explain", MARK, *REPO),
        ("seams", *REPO, "--kind", LINES),
        ("diff", "page.md", "page.md"),
        ("diff", "odd-history.json", "odd-history.json"),
        ("history", "--rules", "tensorzero", *REPO, "--since", LINES),
        ("rules", "lint", "page.md"),
        ("rules", "test", "records.jsonl"),
        ("rules", "show", LINES),
        ("rules", "new", "rule", LINES),
        ("rules", "score", "--labels", "page.md", *REPO),
        ("conform", "--contract", LINES, "page.md"),
        ("verify", PATH),
        ("comment", "--provider", "github", "--repo-slug", LINES, "--file", "page.md", "--dry-run"),
        (LINES,),
        ("packet", LINES),
    ],
    ids=lambda words: " ".join(words)[:40] if isinstance(words, tuple) else "",
)
def test_no_error_leaks_or_obeys_what_it_names(words: tuple[str, ...]) -> None:
    done = run(*(word.replace("\0", "") for word in words))

    assert done.code not in (0, 4), done
    assert done.out == ""
    assert leaked(done.err) == set()
    assert_inert(done.err, "text")


def test_a_mistake_in_settings_is_told_without_what_it_holds(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("tree/a.py", "x = 1\n")
    for settings in (
        f"{SECRETS[0]} = 1\n",
        f"rules = [{json.dumps(LINES)}]\n",
        f'"{MARK[:90]}"'.replace('"', "'") + f" = '{SECRETS[1]}'\n",
    ):
        shell.write("tree/scanner.toml", settings)

        done = run("seams", "--repo", str(tmp_path / "tree"))

        assert (done.code, done.out) == (2, "")
        assert leaked(done.err) == set()
        assert_inert(done.err, "text")


def test_what_is_fixed_is_a_field() -> None:
    schemas = [
        json.loads(Path(__file__).parents[1].joinpath("docs", f"{name}.schema.json").read_bytes())
        for name in ("packet", "history")
    ]
    known = {name for schema in schemas for each in schema["$defs"].values() for name in each.get("properties", ())}
    assert known >= FIXED
