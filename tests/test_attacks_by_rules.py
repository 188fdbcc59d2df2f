"""Rules and packs that mean harm: each is refused with its place, or costs no more than it is long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import Shell
from madeup import SEAMS, TITLES

from scanner.errors import RuleError, UserError
from scanner.languages import by_name, grammars
from scanner.languages.grammars import Cursor, TooManyMatches, grammar_of
from scanner.languages.outline import outline
from scanner.languages.treequeries import Asked, check
from scanner.lines import expression
from scanner.matching import _path_matches
from scanner.modules import Layout
from scanner.named import load_named
from scanner.packfile import load_pack
from scanner.plan import Plan
from scanner.readiness import judge
from scanner.rulebook import load_rulebook
from scanner.rulelimits import MOST_NESTED
from scanner.rules import Rulebook, RuleSource
from scanner.vocabulary import vocabulary
from scanner.yamlfile import MAX_BYTES, MAX_NODES, MOST_PROBLEMS

#: Seconds of processor time that no file of rules may take to be refused or prepared, on a slow machine; what these
#: limits are against takes minutes to for ever.
CEILING = 20


@pytest.fixture(autouse=True)
def within_a_ceiling() -> object:
    began = time.process_time()
    yield None
    assert time.process_time() - began < CEILING


def rule(find: str, id: str = "x", kind: str = "model_call", title: str = "A title") -> str:
    """A rule on one line."""
    examples = "{finds: {python: a}, ignores: {python: b}}"
    return f"- {{id: {id}, kind: {kind}, title: {title}, why: A reason, find: {find}, examples: {examples}}}\n"


def read(text: str) -> Rulebook:
    """The rulebook of one file, made ready to match."""
    rulebook = load_rulebook([], [RuleSource("own.yaml", text.encode())])
    Plan(rulebook, Layout()).expressions.possible(b"x = 1\n")
    return rulebook


def refusal(text: str) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(RuleError) as caught:
        read(text)
    assert len(caught.value.problems) <= MOST_PROBLEMS + 1
    assert all(problem.isprintable() and len(problem) < 1_000 for problem in caught.value.problems)
    return str(caught.value)


def nested(clause: str, inner: str, times: int) -> str:
    for _ in range(times):
        inner = clause.replace("@", inner)
    return inner


TOO_MUCH = {
    "braces that multiply": (rule("{call: '{" + ",".join("a" * 1_000) + "}.{" + ",".join("b" * 1_000) + "}'}"), "200 names"),
    "braces of a megabyte": (rule("{call: '" + "{a}." * 200_000 + "a'}"), "`call` has 800,001 characters"),
    "alternatives without end": (rule("{call: '{" + ",".join(["ab"] * 300_000) + "}'}"), "write at most 5,000"),
    "a regular expression that repeats repetitions": (rule("{text: '(((a{1000}){1000}){1000})'}"), "own.yaml:1:"),
    "a regular expression as large as RE2 allows": (rule(r"{text: 'x(?i)\pL{900}'}"), "bad regular expression"),
    "a class of all letters, repeated within bounds": (
        rule(r"{text: 'x\pL{1,30}'}"),
        r"and 10,000 are most; classes such as `\pL` with bounded repetition are large: use `\w`, or repeat without bounds",
    ),
    "a regular expression of a megabyte": (rule("{text: '" + "|".join(map(str, range(100_000))) + "'}"), "`text` has"),
    "large regular expressions by the hundred": (
        "".join(rule(f"{{text: 'x{number}[a-z]{{900}}'}}", f"a{number}") for number in range(1_000)),
        "too large together",
    ),
    "queries by the hundred": (
        "".join(rule(f"{{query: {{python: '(call) @match ;{'x' * 900}{number}'}}}}", f"a{number}") for number in range(90)),
        "the patterns and queries for python of all rules up to here are too long together: 20,",
    ),
    "choices of choices": (rule(nested("{at_least: 3, of: [@" + ", {call: b}" * 6 + "]}", "{call: a}", 4)), "more than 1,000"),
    "clauses in clauses": (rule(nested("{all: [@, {call: b}]}", "{call: a}", 14)), f"deeper than {MOST_NESTED} levels"),
    "conditions in conditions": (rule(nested("{call: a, inside: @}", "{call: a}", 14)), f"deeper than {MOST_NESTED} levels"),
    "brackets": ("[" * MAX_BYTES, "nested deeper than 40 levels"),
    "50,000 rules": ("".join(rule("{call: a}", f"a{number}") for number in range(50_000))[:MAX_BYTES], "50,000 values"),
    "nothing but dashes": ("- \n" * (MAX_BYTES // 3), f"more than {MAX_NODES:,} values"),
    "100,000 words": (rule("{mentions: [" + "a, " * 100_000 + "]}"), f"more than {MAX_NODES:,} values"),
    "mistakes without end": ("".join(rule("{cal: a}", f"a{number}") for number in range(2_000)), f"{MOST_PROBLEMS} problems"),
    "unknown names without end": (
        "".join(rule("{call: a, inside: {seam: model_cals}}", f"a{number}") for number in range(1_500)),
        f"{MOST_PROBLEMS} problems",
    ),
    "a circle of a thousand rules": (
        "".join(rule(f"{{call: a, inside: {{seam: a{(number + 1) % 1_500}}}}}", f"a{number}") for number in range(1_500)),
        "rest on each other in a circle",
    ),
    "an id without end": (rule("{call: a}", "a" * 4_000), "write at most 100"),
    "a title without end": (rule("{call: a}", title="a" * 900_000), "`title` has 900,000 characters"),
    "an anchor without end": ("- &" + "a" * 900_000 + " b\n", "anchors and aliases"),
    "a tag that steers a terminal": ("- !<tag:%1b%5b31m%0a> b\n", "tags (`tag: [31m `) are refused"),
    "an id that steers a terminal": (rule("{cal: a}", r'"a\n\e[31mb"'), "is not kebab-case"),
    "a file of no language in a snippet": (
        rule("{call: a}").replace("python: a}", 'python: "# file: a.nothing\\nx"}'),
        "of no language that is read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_rule_file_that_asks_for_too_much_is_refused_at_its_place(what: str) -> None:
    text, said = TOO_MUCH[what]

    assert said in refusal(text)


def test_patterns_and_queries_are_counted_by_language() -> None:
    each = {"python": "(call) @match", "go": "(call_expression) @match", "rust": "(call_expression) @match"}
    rules = "".join(
        rule(f"{{query: {{{language}: '{query} ;{'x' * 1_900}'}}}}", f"{language}{number}")
        for language, query in each.items()
        for number in range(9)
    )

    assert len(read(rules).rules) == 27


def test_a_rule_file_as_large_as_it_may_be_loads() -> None:
    rules = "".join(rule(f"{{call: [a{number}, '{{b, c}} * d']}}", f"a{number}") for number in range(1_900))
    filled = rules + "#" * (MAX_BYTES - len(rules))

    assert len(read(filled).rules) == 1_900


def test_thousands_of_rules_that_each_name_a_kind_of_thousands_are_put_in_order() -> None:
    named = "".join(rule("{call: a}", f"a{number}") for number in range(2_000))
    naming = "".join(
        rule("{call: a, contains: {seam: model_call}}", f"b{number}", "agent_loop") for number in range(1_500)
    )

    strata = load_rulebook([], [RuleSource("a.yaml", named.encode()), RuleSource("b.yaml", naming.encode())]).strata

    assert [len(stratum) for stratum in strata] == [2_000, 1_500]


def test_rules_of_which_each_names_the_next_are_put_in_order() -> None:
    chain = "".join(
        rule(f"{{call: a, inside: {{seam: a{number + 1:04}}}}}", f"a{number:04}") for number in range(1_500)
    )

    strata = load_rulebook([], [RuleSource("a.yaml", (chain + rule("{call: a}", "a1500")).encode())]).strata

    assert strata[0] == ("a1500",)
    assert strata[-1] == ("a0000",)
    assert len(strata) == 1_501


def test_all_rule_files_together_have_a_limit() -> None:
    files = [RuleSource(f"f{number}.yaml", f"# {number}\n".encode() + b"#" * 999_000) for number in range(11)]

    with pytest.raises(RuleError, match="all rule files together are longer than 10 MB"):
        load_rulebook([], files)


@pytest.mark.parametrize(
    ("expression_of_a_rule", "hostile"),
    [("(a+)+$", "a"), ("(a|aa)+$", "a"), ("(.*a){12}x", "a"), (r"(\w+\s?)*!", "w "), ("x*x*x*x*x*x*y", "x")],
)
def test_every_regular_expression_of_a_rule_runs_in_an_engine_that_never_backtracks(
    expression_of_a_rule: str, hostile: str
) -> None:
    import re2

    read(rule(f"{{text: '{expression_of_a_rule}b'}}"))
    query = f'((identifier) @match (#match? @match "{expression_of_a_rule.replace(chr(92), chr(92) * 2)}"))'
    text = hostile * (1_000_000 // len(hostile)) + "?"

    assert check(by_name("python"), Asked("query", query)) == ""
    for compiled in (expression(expression_of_a_rule + "b"), re2.compile(expression_of_a_rule + "b")):
        assert type(compiled) is type(re2.compile("a"))
        assert compiled.search(text) is None
    outline(by_name("python"), f"{hostile.strip() * 50_000}\n".encode(), (Asked("query", query),))


def test_a_glob_of_a_rule_takes_time_in_proportion_to_its_length() -> None:
    assert not _path_matches("a" * 4_000, "*a" * 400 + "b")
    assert not _path_matches("a/" * 2_000, "**/" * 400 + "b")


WIDE = b"x = [" + b", ".join(b"%d" % number for number in range(3_000)) + b"]\n"
OPEN = "(list (integer) @a (integer) @b (integer) @c (integer) @d) @match"


def test_a_query_that_can_match_in_too_many_ways_says_so_instead_of_leaving_some_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tree_sitter import Parser, Query

    monkeypatch.setattr(grammars, "MATCH_LIMIT", 200)
    query = Query(grammar_of("python"), OPEN)
    few = Parser(grammar_of("python")).parse(b"x = [1, 2, 3, 4]\n").root_node
    many = Parser(grammar_of("python")).parse(b"x = [" + b"1, " * 30 + b"1]\n").root_node

    assert len(Cursor(query).matches(few)) == 1
    with pytest.raises(TooManyMatches):
        Cursor(query).matches(many)


def test_a_query_that_explodes_costs_its_file_and_the_scan_goes_on(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "wide.py").write_bytes(WIDE)
    (tree / "fine.py").write_text("x = [1, 2, 3, 4]\n")
    (tmp_path / "own.yaml").write_text(rule(f"{{query: {{python: '{OPEN}'}}}}"))

    done = scanned(tmp_path, "tree")

    assert done == {"wide.py": ("too much", "over budget"), "fine.py": ("",)}


def scanned(folder: Path, tree: str) -> dict[str, tuple[str, ...]]:
    """What became of each file, with a budget of a second for each."""
    code = (
        "import sys; from pathlib import Path; from scanner import limits; limits.SECONDS = 1\n"
        "from scanner.repository import open_repository; from scanner.rulebook import load\n"
        "from scanner.scan import scan; from scanner.installed import builtin_rules\n"
        "found = scan(open_repository(Path(sys.argv[1])), load([Path(sys.argv[2])]), builtin_rules() / 'vocabulary.yaml')\n"
        "for each in found.reports: print(each.path, each.failure[0], sep='\\t')\n"
    )
    command = [sys.executable, "-c", code, str(folder / tree), str(folder / "own.yaml")]
    said = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "SCANNER_CACHE_DIR": ""}
    )
    became = dict(line.split("\t") for line in said.stdout.splitlines())
    ends = ("too much", "over budget")
    return {path: ends if reason in ends else (reason,) for path, reason in became.items()}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (r'((identifier) @match (#match? @match "[\\r-\\t]"))', "bad regular expression"),
        (r'((identifier) @match (#match? @match "[\r-\t]"))', "bad regular expression"),
        ('((identifier) @match (#match? ; words\n @match "("))', "bad regular expression"),
        ('((identifier) @match (#match? @match "(((a{1000}){1000}){1000})"))', "bad regular expression"),
        (r'((identifier) @match (#match? @match "\\pL{900}"))', "too large"),
        ("(identifier) @match " * 200, "write at most 2,000"),
        ("[" * 1_500 + "(_)", "Unexpected EOF"),
        ("(" * 300 + "(_)" + ")*" * 300 + " @match", "repeats more than 20 parts"),
        ("(list " + "(_)? " * 300 + ") @match", "repeats more than 20 parts"),
        ("(list " + "((integer)+ (integer)*)+ " * 60 + ") @match", "repeats more than 20 parts"),
        ("(list " + "[(integer)? (string)?]? " * 7 + ") @match", "repeats more than 20 parts"),
        ("(list " + "(_)? " * 20 + ") @match", ""),
        ("(identifier) @match\0", "Invalid"),
    ],
)
def test_a_query_that_means_harm_is_refused_or_prepared_before_any_file_is_read(query: str, said: str) -> None:
    found = check(by_name("python"), Asked("query", query))

    assert found.isprintable()
    assert said in found


def test_an_expression_that_passes_the_check_of_its_query_can_be_asked() -> None:
    query = r'((identifier) @match (#match? @match "^[a-z\n\t]+$"))'

    assert check(by_name("python"), Asked("query", query)) == ""
    assert [start for _, start, _ in outline(by_name("python"), b"run = B\n", (Asked("query", query),)).found] == [0]


PACK = """\
id: some-move
title: A move
migration: From here to there
{top}requirements:
{requirements}recommendations:
  - headline: Wait
    text: {text}
"""
REQUIREMENT = """\
  - {{id: {id}, title: {title}, weight: 2, asks: A, claim: {claim}, ready: {ready}, partial: model_call, next: {next},
     evidence: {evidence}, slice: canary}}
"""


def pack(times: int = 1, top: str = "", text: str = "Wait.", **parts: str) -> str:
    """A pack in which parts of its requirements are others."""
    given = {"title": "T", "claim": "C", "ready": "model_call", "next": "[a]", "evidence": "[model_call]", **parts}
    requirements = "".join(REQUIREMENT.format(id=f"r{number}", **given) for number in range(times))
    return PACK.format(top=top, requirements=requirements, text=text)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """What is said of a pack that is refused when it is loaded."""
    monkeypatch.chdir(tmp_path)

    def refused(text: str) -> str:
        Path("p.yaml").write_text(text)
        with pytest.raises(RuleError) as caught:
            load_pack(Path("p.yaml"))
        assert len(caught.value.problems) <= MOST_PROBLEMS + 1
        assert all(problem.isprintable() and len(problem) < 1_000 for problem in caught.value.problems)
        return str(caught.value)

    return refused


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('"%1000000000d"|format(1)', "the filter `format`"),
        ("'a' * 10 ** 9", "`mul`"),
        ("'%1000000000d' % 1", "`mod`"),
        ("'{:>1000000000}'.format(1)", "a call of what has no name"),
        ("'a'.center(1000000000)", "a call of what has no name"),
        ("'a'.zfill(1000000000)", "a call of what has no name"),
        ("'\\t'.expandtabs(1000000000)", "a call of what has no name"),
        ("'aaaaaaaaaa'" + ".replace('a', 'aaaaaaaaaa')" * 9, "a call of what has no name"),
        ("'a'['center'](1000000000)", "a call of what has no name"),
        ("'a'|center(1000000000)", "the filter `center`"),
        ("'a'|indent(1000000000)", "the filter `indent`"),
        ("'a b'|wordwrap(1, wrapstring='b')", "the filter `wordwrap`"),
        ("'aaaa'|replace('a', 'aaaa')", "the filter `replace`"),
        ("[1, 1, 1]|join('" + "a" * 500 + "')", "the filter `join` with a separator of more than 10 characters"),
        ("[1, 1, 1]|join(d='" + "a" * 500 + "')", "the filter `join` with a separator of more than 10 characters"),
        ("[1, 1, 1]|join(*['" + "a" * 500 + "'])", "the filter `join` with arguments that are not written out"),
        ("[1, 1, 1]|join(**seam)", "the filter `join` with arguments that are not written out"),
        ("('a' * 9)|join(count('model_call'))", "the filter `join` with a separator that is not written out"),
        ("[seam]|join('', attribute='__globals__')", "the filter `join` with the attribute `__globals__`"),
        ("[seam]|join('', 'path.__class__')", "the filter `join` with the attribute `path.__class__`"),
        ("[seam]|join(attribute=seam)", "the filter `join` with an attribute that is not written out"),
        ("[seam]|join(key='a')", "the filter `join` with an argument `key`"),
        ("[1, 1]|join(d=', ')", ""),
        ("seam('model_call').places|join(', ', attribute='path')", ""),
        ("seam('model_call').places|join(', ', 'path.0')", ""),
        ("range(10)|list", "the filter `list`"),
        ("9" * 4_400, "has 4,406 characters"),
        ("0x" + "f" * 4, ""),
        ("not " * 400 + "1", "nested too deeply"),
        ("1" + "+1" * 400, "nested too deeply"),
        ("(" * 200 + "1" + ")" * 200, "nested too deeply"),
        ("seam.__globals__", "`.__globals__`"),
        ("seam('model_call').best.format", "`.format`"),
        ("''.join", "`.join`"),
    ],
)
def test_no_template_is_longer_than_what_it_tells(refused: Callable[[str], str], template: str, said: str) -> None:
    quoted = '"{{ ' + template.replace("\\", "\\\\").replace('"', '\\"') + ' }}"'
    if not said:
        Path("p.yaml").write_text(pack(claim=quoted))
        assert load_pack(Path("p.yaml")).requirements[0].claim
        return

    assert said in refused(pack(claim=quoted))
    assert said in refused(pack(text=quoted))
    assert said in refused(pack(next=f"[{quoted}]"))


def test_a_join_may_name_its_separator_and_a_plain_attribute(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        pack(claim="\"{{ ['a', 'b']|join(d='+') }} {{ seam('model_call').places|join('; ', attribute='kind') }}\"")
    )

    assert "a+b" in str(judge(load_pack(path), SEAMS, TITLES))


def test_chains_of_parts_are_as_long_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(pack(claim='"{{ ' + " ~ ".join(["'ab'"] * 200) + ' }}"'))

    (result,) = judge(load_pack(path), SEAMS, TITLES)

    assert result.claim == "ab" * 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lambda: pack(1_000), "`requirements` has 1,000 items; write at most 100"),
        (lambda: pack(100_000)[:MAX_BYTES], f"more than {MAX_NODES:,} values"),
        (lambda: pack(next="[" + "'{{ 1 }}', " * 10_000 + "]"), "`next` has 10,000 steps; write at most 20"),
        (lambda: pack(claim="'" + "a{{ 1 }}" * 100_000 + "'"), "`claim` has 800,000 characters"),
        (lambda: pack(ready="{all: [" + "model_call, " * 20_000 + "]}"), "more than 2,000 conditions"),
        (lambda: pack(ready="{has: [" + ", ".join(f"a{n}" for n in range(9_000)) + "]}"), "more than 200 rules and kinds"),
        (
            lambda: pack(90, "groups: {g: [" + ", ".join(f"a{n}" for n in range(9_000)) + "]}\n", evidence="[" + "g, " * 99 + "]"),
            "names more than 200 rules and kinds",
        ),
        (lambda: pack(ready="{documents: {" + ", ".join(f"a{n}: b" for n in range(9_000)) + "}}"), "more than 100 names"),
        (lambda: pack(ready="{documents: {a: [" + ("'" + "a * " * 1_000 + "b', ") * 9 + "]}}"), "longer than 10,000 characters"),
        (lambda: pack(top="examples: [" + "{title: A}, " * 5_000 + "]\n"), "`examples` has 5,000"),
        (lambda: pack(top="examples: [{files: {" + ", ".join(f"f{n}: x" for n in range(20_000)) + "}}]\n"), "at most 40 files"),
        (lambda: pack(top="examples: [{files: {? " + "a/" * 100_000 + "b : x}}]\n"), "which is too long"),
        (lambda: pack(2, title=r'"\e[31m"', ready="{not: a}"), "lacks `say`"),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_pack_that_asks_for_too_much_is_refused_at_its_place(
    refused: Callable[[str], str], text: Callable[[], str], said: str
) -> None:
    assert said in refused(text())


def test_the_largest_patterns_that_a_pack_may_look_for_in_documents_can_be_looked_for() -> None:
    from scanner.documents import naming, page_of

    pages = [page_of("docs/a.md", b"the a of b\n" * 1_000)]
    gaps, words = ("a * " * 1_249 + "b",), ("{" + ", ".join(f"w{number}" for number in range(700)) + "}",) * 2

    assert naming(pages, (("gaps", gaps), ("words", words), ("a", ("of b",))))[0].named == ("a",)


def test_a_problem_of_a_template_steers_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(pack(claim=r'''"{{ count('\e[31m' ~ 'a') }}"'''))

    with pytest.raises(RuleError) as caught:
        judge(load_pack(path), SEAMS, TITLES)

    assert all(map(str.isprintable, caught.value.problems))


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is none of the stranger's."""
    file = tmp_path_factory.mktemp("outside") / "credentials.yaml"
    file.write_text("canary_of_the_user = hunter2\nanother = line\n")
    return file


def test_a_link_in_a_folder_of_rules_is_not_followed_and_is_told(tmp_path: Path, outside: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "good.yaml").write_text(rule("{call: a}"))
    (folder / "own.yaml").symlink_to(outside)
    (folder / "below").symlink_to(outside.parent)

    with pytest.raises(RuleError) as caught:
        load_rulebook([folder])

    (problem,) = caught.value.problems
    assert problem.endswith(
        "rules/own.yaml: a link that leads out of a folder of rules is not followed; name the file that it leads to"
    )
    assert "canary" not in problem


def test_a_link_that_leads_out_through_one_that_stays_inside_is_not_followed(tmp_path: Path, outside: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "good.yaml").write_text(rule("{call: a}"))
    (folder / "..data").symlink_to(outside.parent)
    (folder / "own.yaml").symlink_to(f"..data/{outside.name}")
    (folder / "up.yaml").symlink_to(f"../rules/../../{outside.parent.name}/{outside.name}")
    (tmp_path / "rules2").mkdir()
    (tmp_path / "rules2/near.yaml").write_text(rule("{call: b}", "near"))
    (folder / "near.yaml").symlink_to("../rules2/near.yaml")

    with pytest.raises(RuleError) as caught:
        load_rulebook([folder])

    assert [problem.split(": ")[0].rpartition("/")[2] for problem in caught.value.problems] == [
        "near.yaml",
        "own.yaml",
        "up.yaml",
    ]
    assert all("a link that leads out of a folder of rules" in problem for problem in caught.value.problems)


def test_a_link_that_is_named_is_opened_and_nothing_of_what_is_no_rule_is_shown(tmp_path: Path, outside: Path) -> None:
    link = tmp_path / "own.yaml"
    link.symlink_to(outside)

    for load in (lambda: load_rulebook([link]), lambda: load_pack(link), lambda: load_named([str(link)])):
        with pytest.raises(UserError, match="the file is text; write ") as caught:
            load()
        assert "canary" not in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_pipes_and_devices_are_no_rule_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")

    for name in ("pipe.yaml", "zero.yaml"):
        with pytest.raises(RuleError, match="no such file"):
            load_rulebook([tmp_path / name])
        with pytest.raises(UserError, match="there is no pack file"):
            load_named([str(tmp_path / name)])
    with pytest.raises(RuleError, match="holds no rule file"):
        load_rulebook([tmp_path])


def test_a_file_of_rules_that_never_ends_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room on the disk, and would take all memory

    with pytest.raises(RuleError, match="longer than 1 MB"):
        load_named([str(path)])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('rules = ["/etc/passwd"]', "is no path inside the repository"),
        ('rules = ["../own.yaml"]', "is no path inside the repository"),
        ('rules = ["link.yaml"]', "write one that git tracks"),
        ('rules = ["linked/"]', "write one that git tracks"),
    ],
)
def test_settings_of_a_repository_name_no_file_outside_of_it(
    tmp_path: Path, outside: Path, written: str, said: str
) -> None:
    shell = Shell(tmp_path)
    shell.write("agent/run.py", "x = 1\n")
    shell.write("agent/scanner.toml", written + "\n")
    (tmp_path / "agent/link.yaml").symlink_to(outside)
    (tmp_path / "agent/linked").symlink_to(outside.parent)

    code, out, problems = shell.run("seams", "--repo", "agent")

    assert (code, out) == (2, "")
    assert said in problems
    assert "canary" not in problems


def test_a_key_in_a_word_that_nobody_knows_is_masked_before_it_is_cut(tmp_path: Path) -> None:
    key = "ghp_" + "a1B2c3D4" * 5
    said = refusal(rule(f"{{call: a, {'x' * 40} {key}: b}}"))

    assert "has no key `" in said
    assert "ghp_" not in said
    assert "a1B2" not in said


def test_a_vocabulary_beside_rules_is_data(tmp_path: Path) -> None:
    laughs = "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}, *a{n}]\n" for n in range(40))
    for text, said in [
        ("a0: &a0 x\n" + laughs, "anchors and aliases"),
        ("vendors: !!python/object:os.system x\n", "tags"),
        ("vendors: []\n", "this is no vocabulary"),
        ("{vendors: [], models: ['(a'], environment: [], surfaces: []}\n", "bad regular expression"),
        ("{vendors: [], models: [], environment: ['{a'], surfaces: []}\n", "this is no vocabulary"),
    ]:
        path = tmp_path / f"{len(said)}{len(text)}.yaml"
        path.write_text(text)
        with pytest.raises(RuleError, match=said):
            vocabulary(path)
