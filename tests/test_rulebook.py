"""Rule files: what loads, and the whole line for everything that does not."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner import rulebook
from scanner.errors import RuleError
from scanner.kinds import FAMILIES, KINDS, family_of
from scanner.rulebook import load, load_rulebook
from scanner.rulefile import FileReader
from scanner.rules import AllOf, AnyOf, ArgumentTest, Clause
from scanner.touchpoints import Confidence, Role
from scanner.yamlfile import MAX_BYTES, Problem, YamlMapping, YamlText, parse

Write = Callable[..., Path]
Problems = Callable[[str], list[str]]

CATALOG = """
- library: acme
  language: python
  source: https://acme.example/docs
  means:
    model_call:
      - "acme.{Client, AsyncClient}.send"
      - "**.completions.create"
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file, and stand beside it so that problems show its bare name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "r.yaml") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write


@pytest.fixture
def problems(write: Write) -> Problems:
    """Problems of one rule file, loaded beside a small catalogue."""

    def problems(text: str) -> list[str]:
        with pytest.raises(RuleError) as caught:
            load_rulebook([write(CATALOG, "catalog.yaml"), write(text)])
        return list(caught.value.problems)

    return problems


def rule(find: str, *, id: str = "x", kind: str = "model_call", more: str = "") -> str:
    """A rule in block style; `find` and `more` are written at their own columns."""
    head = f"- id: {id}\n  kind: {kind}\n  title: A title\n  why: A reason\n"
    examples = "  examples: {finds: {python: a}, ignores: {python: b}}\n"
    return f"{head}  find: {find}\n{more}{examples}"


def found_by(write: Write, find: str) -> Clause:
    """The clause that `find` of a lone rule becomes."""
    node = load_rulebook([write(CATALOG, "catalog.yaml"), write(rule(find))]).rules[0].find
    assert isinstance(node, Clause)
    return node


def test_a_rule_is_read_with_all_its_parts(write: Write) -> None:
    path = write("""
        - id: provider-fallback
          kind: fallback_chain
          title: Provider fallback chain
          why: >
            An agent that can swap its provider
            names the act in one place.
          confidence: low
          role: definition
          languages: [python]
          find:
            any:
              - definition: "{try, load next} * fallback"
                mentions: ["{model, provider}", client]
                confidence: high
              - all:
                  - call: "acme.**.{send, post}"
                    with: {retries: any, 0: "=exact", stream: true, n: 3, t: 0.5, model: "gpt *"}
                  - not: {mentions: dns}
          reject: {inside: {definition: test}, paths: "tests/**"}
          examples:
            finds:
              python: |
                def load_next_fallback(model): ...
            ignores:
              python: [a, "b"]
    """)

    book = load_rulebook([path])

    (read,) = book.rules
    assert (read.id, read.kind, read.title) == ("provider-fallback", "fallback_chain", "Provider fallback chain")
    assert read.why == "An agent that can swap its provider names the act in one place."
    assert (read.confidence, read.role, read.languages) == (Confidence.LOW, Role.DEFINITION, ("python",))
    assert (read.path, read.line) == ("r.yaml", 1)
    assert [(e.language, e.code, e.finds, e.line) for e in read.examples] == [
        ("python", "def load_next_fallback(model): ...\n", True, 23),
        ("python", "a", False, 25),
        ("python", "b", False, 25),
    ]
    assert isinstance(read.find, AnyOf)
    by_name, both = read.find.members
    assert isinstance(by_name, Clause)
    assert isinstance(both, AllOf)
    assert (by_name.line, by_name.column, by_name.confidence) == (12, 9, Confidence.HIGH)
    assert [pattern.source for pattern in by_name.mentions] == ["{model, provider}", "client"]
    call, negated = both.members
    assert isinstance(call, Clause)
    assert isinstance(negated, Clause)
    ((atom, patterns),) = call.atoms
    assert atom == "call"
    assert [pattern.qualified for pattern in patterns] == [("acme", "**", "send"), ("acme", "**", "post")]
    assert call.arguments[:5] == (
        ArgumentTest("retries", "any"),
        ArgumentTest("0", "literal", "exact"),
        ArgumentTest("stream", "literal", "true"),
        ArgumentTest("n", "literal", "3"),
        ArgumentTest("t", "literal", "0.5"),
    )
    assert (call.arguments[5].test, call.arguments[5].value) == ("words", "gpt *")
    assert isinstance(read.reject, Clause)
    assert read.reject.paths == ("tests/**",)


def test_a_call_without_a_dot_is_words_and_a_meaning_is_kept_as_it_is(write: Write) -> None:
    by_words = found_by(write, "{call: [record usage, a.b]}")
    by_meaning = found_by(write, "{means: model_call}")

    words, qualified = by_words.atoms[0][1]
    assert words.words is not None
    assert words.qualified == ()
    assert qualified.words is None
    assert qualified.qualified == ("a", "b")
    ((_, (meaning,)),) = by_meaning.atoms
    assert (meaning.source, meaning.words, meaning.qualified) == ("model_call", None, ())


def test_definition_decorator_and_base_may_stand_in_one_clause(write: Write) -> None:
    clause = found_by(write, "{decorator: app.tool, definition: run, extends: Tool}")

    assert [atom for atom, _ in clause.atoms] == ["definition", "decorator", "extends"]


def test_arguments_may_be_asked_for_in_a_negation_that_speaks_of_the_call(write: Write) -> None:
    clause = found_by(write, "{call: send, not: {with: {dry_run: true}}}")

    assert isinstance(clause.negated, Clause)
    assert clause.negated.arguments == (ArgumentTest("dry_run", "literal", "true"),)


def test_the_catalogue_is_read_with_braces_expanded(write: Write) -> None:
    entries = load_rulebook([write(CATALOG, "catalog.yaml")]).catalog

    assert [entry.name for entry in entries] == [
        ("acme", "Client", "send"),
        ("acme", "AsyncClient", "send"),
        ("**", "completions", "create"),
    ]
    first = entries[0]
    assert (first.means, first.language, first.library) == ("model_call", "python", "acme")
    assert (first.source, first.path, first.line) == ("https://acme.example/docs", "catalog.yaml", 6)


def test_words_that_other_readers_take_for_booleans_stay_text() -> None:
    read: list[Problem] = []
    root = parse(b"{a: no, b: on, c: 'true', d: true, e: 12, f: 0x1f, g: 1.5, h: ~}", "f.yaml", read)

    assert isinstance(root, YamlMapping)
    values = [value.value for _, value in root.entries if isinstance(value, YamlText)]
    assert (values, read) == (["no", "on", "true", True, 12, "0x1f", "1.5", "~"], [])


def test_rules_run_after_the_rules_and_kinds_that_they_name(write: Write) -> None:
    path = write(
        rule("{call: a}", id="send")
        + rule("{call: b, contains: {seam: model_call}}", id="loop", kind="agent_loop")
        + rule("{call: c, not: {any: [{seam: [loop, send]}]}}", id="job", kind="scheduler")
        + rule("{call: d}", id="ask", kind="approval_gate")
    )

    assert load_rulebook([path]).strata == (("ask", "send"), ("loop",), ("job",))


def test_the_digest_follows_contents_and_not_places_or_order(write: Write) -> None:
    one, two = write(rule("{call: a}", id="one"), "here/one.yaml"), write(rule("{call: a}", id="two"), "two.yaml")
    moved = write(rule("{call: a}", id="one"), "there/one.yaml")
    before = load_rulebook([one, two]).digest

    assert load_rulebook([two, moved]).digest == before
    assert load_rulebook([two]).digest != before


def test_a_folder_is_searched_to_any_depth_and_a_file_counts_once(write: Write) -> None:
    deep = write(rule("{call: a}", id="deep"), "mine/a/b/deep.yml")
    write("id: some-pack\nrequirements: []\n", "mine/pack.yaml")

    assert [rule.id for rule in load_rulebook([Path("mine"), deep]).rules] == ["deep"]


def test_a_rule_in_a_folder_without_its_dash_is_not_passed_over(write: Write) -> None:
    write("id: lone\nkind: model_call\n", "mine/lone.yaml")

    with pytest.raises(RuleError) as caught:
        load_rulebook([Path("mine")])

    expected = "the file is a mapping; write a list of rules or of catalogue entries"
    assert caught.value.problems == (f"mine/lone.yaml:1:1: {expected}",)


def test_built_in_rules_load_with_the_users_own_beside_them(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(CATALOG, "base/catalog/c.yaml")
    write(rule("{means: model_call}", id="built-in"), "base/seams/s.yaml")
    write(rule("{definition: main}", id="entry", kind="command_entry"), "base/entries/e.yaml")
    own = write(rule("{call: a, contains: {seam: built-in}}", id="own"), "own.yaml")
    monkeypatch.setattr(rulebook, "builtin_rules", lambda: tmp_path / "base")

    book = load([own])

    assert [(rule.id, rule.path) for rule in book.rules] == [
        ("built-in", "rules/seams/s.yaml"),
        ("entry", "rules/entries/e.yaml"),
        ("own", "own.yaml"),
    ]
    assert book.strata == (("built-in", "entry"), ("own",))


def test_the_rulebook_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, scanner.rulebook, scanner.packfile; print(*{'yaml', 're2', 'jinja2', 'difflib'} & {*sys.modules})"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "\n"


def test_every_kind_has_one_family() -> None:
    assert len(set(KINDS)) == len(KINDS) == 36
    assert list(FAMILIES)[:4] == ["routing", "fallback", "approval", "telemetry"]
    assert family_of("usage_accounting") == "telemetry"


ATOMS = "`definition`, `call`, `means`, `key`, `assignment`, `string`, `import`, `decorator`, `extends`, `loop`, `branch`, `handler`, `exit`, `pattern`, `query`, `text`"


@pytest.mark.parametrize(
    ("find", "expected"),
    [
        ("{call: a, mention: b}", "5:19: rule `x` has no key `mention`; write `mentions`"),
        ("call", "5:9: `find` is text (`call`); write a clause, or a list under `any` or `all`"),
        ("[{call: a}]", "5:9: `find` is a list; write a clause, or a list under `any` or `all`"),
        ("{}", "5:9: `find` is an empty mapping; write a clause, or a list under `any` or `all`"),
        ("{any: []}", "5:15: `any` is an empty list; write a list of clauses"),
        ("{call: []}", "5:16: `call` is an empty list; write a pattern or a list of patterns"),
        ("{call: }", "5:16: `call` is empty; write a pattern or a list of patterns"),
        ("{call: true}", '5:16: `call` is a boolean (`true`); write "true" in quotes'),
        ("{call: [404]}", '5:17: an item of `call` is a whole number (`404`); write "404" in quotes'),
        (
            "{call: {a, b}}",
            "5:16: `call` is a mapping; write a pattern or a list of patterns, in quotes if it begins with `{`",
        ),
        ("{mentions: a}", f"5:9: a clause of `find` needs an atom; write one of {ATOMS}"),
        ("{any: [{call: a}, {paths: a}]}", f"5:27: a clause of `find` needs an atom; write one of {ATOMS}"),
        (
            "{seam: agent_loop, paths: a}",
            "5:9: `seam` alone finds nothing; write an atom with `contains: {seam: agent_loop}`",
        ),
        (
            "{not: {call: a}}",
            "5:9: `not` alone finds nothing; write an atom, such as `call` or `definition`, beside it",
        ),
        ("{call: a, key: b}", "5:19: `key` stands beside `call`; write each in its own clause under `any`"),
        (
            "{any: [{call: a}], mentions: b}",
            "5:28: `mentions` stands beside `any`; write it in each member, or use `all`",
        ),
        ("{call: a, lines: 1}", "5:26: `lines` is the least number of lines, such as `lines: 10`"),
        ("{call: a, lines: many}", "5:26: `lines` is the least number of lines, such as `lines: 10`"),
        (
            "{at_least: 3, of: [{call: a}, {call: b}]}",
            "5:9: `at_least` stands beside `of` and is a number from 1 to its 2 members",
        ),
        ("{at_least: 2}", "5:9: `at_least` stands beside `of` and is a number from 1 to its 0 members"),
        (
            "{at_least: 1, of: [{call: a}, {mentions: b}]}",
            f"5:39: a clause of `find` needs an atom; write one of {ATOMS}",
        ),
        ("{key: a, with: {b: any}}", "5:18: `with` asks a call for arguments; write it beside `call` or `means`"),
        (
            "{call: a, with: {b.c: any}}",
            "5:26: `b.c` names no argument; write its name, or its position counted from 0",
        ),
        (
            "{call: a, with: {b: [c]}}",
            '5:29: argument `b` is a list; write one value: `any`, a literal (`true`, `3`, `"=exact text"`) '
            "or a word pattern",
        ),
        (
            "{call: 'a {b'}",
            "5:16: bad word pattern: `{` is not closed, or holds another `{` (at character 3 of `a {b`); "
            "write words, `{a, b}` for one of them, `*` for any words between",
        ),
        ("{key: a.b}", "5:15: `key` reads one name, without dots; write the words of the last segment"),
        (
            "{call: a..b}",
            "5:16: bad qualified name `a..b`: an empty segment; write names joined by dots, `*` for one segment, "
            "`**` for any number, `{a, b}` for one of several",
        ),
        (
            "{call: a.get*}",
            "5:16: bad qualified name `a.get*`: segment `get*`; write names joined by dots, `*` for one segment, "
            "`**` for any number, `{a, b}` for one of several",
        ),
        ("{call: '**.*'}", "5:16: `**.*` matches every name; write at least one segment as it is"),
        (
            r"{text: '(a)\1'}",
            r"5:16: bad regular expression: invalid escape sequence: \1; "
            "write a regular expression of RE2, without lookaround and backreferences",
        ),
        (
            "{text: 'a(?=b)'}",
            "5:16: bad regular expression: invalid perl operator: (?=; "
            "write a regular expression of RE2, without lookaround and backreferences",
        ),
        ("{text: 'a*'}", "5:16: the regular expression matches an empty line; write one that needs some text"),
        ("{means: model_cal}", "5:17: no catalogue entry means `model_cal`; write `model_call`"),
        ("{means: zzz}", "5:17: no catalogue entry means `zzz`; add an entry to a catalogue file"),
        ("{call: a, inside: {seam: model_cal}}", "5:34: no rule or kind is called `model_cal`; write `model_call`"),
        (
            "{call: a, inside: {seam: zzz}}",
            "5:34: no rule or kind is called `zzz`; `scanner rules list` shows rules, with `--kinds` kinds",
        ),
        (
            "{call: a, not: {confidence: low}}",
            "5:25: `confidence` belongs to hits; write it in a clause of `find`",
        ),
        ("{call: a, confidence: hihg}", "5:31: `confidence` cannot be `hihg`; write `high`"),
        (
            "{call: a, role: test}",
            "5:25: `role` cannot be `test`; write one of `definition`, `use`, `config`, `contract`",
        ),
        ("{call: a, languages: pyhton}", "5:30: no language is called `pyhton`; write `python`"),
        ("{call: a, paths: /etc/*}", "5:26: bad glob `/etc/*`; write it relative to the root, such as `src/**/*.py`"),
    ],
)
def test_a_clause_that_cannot_be_meant_is_refused(problems: Problems, find: str, expected: str) -> None:
    assert problems(rule(find)) == [f"r.yaml:{expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            rule("{call: a}", more="  reject: {mentions: b, confidence: low}\n"),
            "6:25: `confidence` belongs to hits; write it in a clause of `find`",
        ),
        (
            rule("{call: a}", id="Provider_Fallback"),
            "1:7: rule id `Provider_Fallback` is not kebab-case; write `provider-fallback`",
        ),
        (rule("{call: a}", id="'1 é'"), "1:7: rule id `1 é` is not kebab-case; write lower-case words joined by `-`"),
        (rule("{call: a}", id="scheduler"), "1:7: rule id `scheduler` is the name of a kind; add a word"),
        (rule("{call: a}") + rule("{call: b}"), "7:7: rule id `x` is taken by r.yaml:1; write another id"),
        (rule("{call: a}", kind="fallback-chain"), "2:9: no kind is called `fallback-chain`; write `fallback_chain`"),
        (rule("{call: a}", kind="zzz"), "2:9: no kind is called `zzz`; `scanner rules list --kinds` shows all"),
        (
            rule("{call: a}", more="  severity: 3\n"),
            "6:3: rule `x` has no key `severity`; write one of `id`, `kind`, "
            "`title`, `why`, `find`, `examples`, `reject`, `confidence`, `crowded`, `role`, `languages`",
        ),
        (rule("{call: a}", more="  title: B\n"), "6:3: key `title` is already written in line 3; keep one of them"),
        (
            rule("{call: a}").replace("  why: A reason\n", ""),
            "1:3: rule `x` lacks `why`; write `why:` and why a migration must know the place",
        ),
        (rule("{call: a}").replace("A reason", "[a]"), "4:8: `why` is a list; write one value: text"),
        (
            rule("{call: a}").replace("{python: b}", "{pyhton: b}"),
            "6:44: no language is called `pyhton`; write `python`",
        ),
        (rule("{call: a}").replace("{python: b}", "b"), "6:43: `ignores` is text (`b`); write snippets by language"),
        (
            rule("{call: a}").replace(", ignores: {python: b}", ""),
            "6:13: `examples` of rule `x` lacks `ignores`; write `ignores:` and a near miss by language",
        ),
        (
            rule("{call: a}", more="  reject: {mentions: b}\n").replace(", ignores: {python: b}", ""),
            "7:13: `examples` of rule `x` lacks `ignores`; "
            "write `ignores:` and a snippet by language that only `reject` keeps out",
        ),
        (
            rule("{call: a, inside: {seam: b}}", id="a")
            + rule("{call: a, contains: {seam: c}}", id="b")
            + rule("{call: a, not: {seam: a}}", id="c"),
            "5:34: rules rest on each other in a circle: a → b → c → a; drop one of these `seam` conditions",
        ),
        (
            rule("{call: a, inside: {seam: model_call}}"),
            "5:34: rules rest on each other in a circle: x → x (a model_call); drop one of these `seam` conditions",
        ),
        ("just text\n", "1:1: the file is text; write a list of rules or of catalogue entries"),
        ("requirements: []\n", "1:1: this is a pack; name it with `--rules`, and write rules into a file of their own"),
        ("- text\n", "1:3: an item of the file is text (`text`); write a rule or a catalogue entry"),
        ("", "1:1: the file is empty; write a list of rules, or a pack"),
        ("- a: &x 1\n- *x\n", "1:6: anchors and aliases (`&x`) are refused; write the value out"),
        ("- a: *x\n", "1:6: anchors and aliases (`*x`) are refused; write the value out"),
        (
            "- a: !!python/object:x 1\n",
            "1:6: tags (`tag:yaml.org,2002:python/object:x`) are refused; write the value without one",
        ),
        (
            rule("{call: a}") + "---\n- b\n",
            "7:1: a second document starts here; write one document a file, without `---`",
        ),
        ("- " * 41 + "a\n", "1:81: nested deeper than 40 levels; write it flatter"),
        (
            "- a: b: c\n",
            "1:7: not valid YAML: mapping values are not allowed in this context; put text that holds `: ` in quotes",
        ),
        (
            "- a:\n\t- b\n",
            "2:1: not valid YAML: found character that cannot start any token while scanning for the next token; "
            "indent with spaces, and put text that begins with `@`, `%` or a backtick in quotes",
        ),
        (
            "- paths: **/a\n",
            "1:11: not valid YAML: did not find expected alphabetic or numeric character while scanning an alias; "
            "put text that begins with `*` in quotes",
        ),
        ("- a: \ufeff\n", "1:6: the control character U+FEFF is not allowed; remove it"),
        ("- a: \x07\n", "1:6: the control character U+0007 is not allowed; remove it"),
    ],
)
def test_a_rule_file_that_cannot_be_meant_is_refused(problems: Problems, text: str, expected: str) -> None:
    assert problems(text) == [f"r.yaml:{expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            CATALOG.replace("library", "libary"),
            [
                "1:3: this catalogue entry lacks `library`; write `library:` and the library's name",
                "1:3: this catalogue entry has no key `libary`; write `library`",
            ],
        ),
        (CATALOG.replace("python", "cobol"), None),
        (CATALOG.replace("https://", ""), ["3:11: `source` is no address; write one with `https://`"]),
        (
            CATALOG.replace("model_call", "ModelCall"),
            ["5:5: meaning `ModelCall` is not snake_case; write words and `_`"],
        ),
        (
            CATALOG.replace("**.completions.create", "a b.c"),
            [
                "7:9: bad qualified name `a b.c`: segment `a b`; write names joined by dots, `*` for one segment, "
                "`**` for any number, `{a, b}` for one of several"
            ],
        ),
    ],
)
def test_a_catalogue_file_that_cannot_be_meant_is_refused(write: Write, text: str, expected: list[str] | None) -> None:
    if expected is None:
        known = ", ".join(f"`{name}`" for name in rulebook.known_languages())
        expected = [f"2:13: no language is called `cobol`; write one of {known}"]

    with pytest.raises(RuleError) as caught:
        load_rulebook([write(text, "c.yaml")])

    assert sorted(caught.value.problems) == sorted(f"c.yaml:{line}" for line in expected)


def test_all_problems_of_all_files_are_told_in_order(write: Write) -> None:
    second = write(rule("{call: a, mention: b}") + rule("{kye: a}", id="y"), "b.yaml")
    first = write(rule("{call: a}", kind="agent_lop"), "a.yaml")

    with pytest.raises(RuleError) as caught:
        load_rulebook([second, first, Path("gone.yaml"), Path()])

    assert str(caught.value).splitlines() == [
        "a.yaml:1:7: rule id `x` is taken by b.yaml:1; write another id",
        "a.yaml:2:9: no kind is called `agent_lop`; write `agent_loop`",
        "b.yaml:5:19: rule `x` has no key `mention`; write `mentions`",
        "b.yaml:11:10: rule `y` has no key `kye`; write `key`",
        "gone.yaml: no such file; check the path",
    ]


def test_a_rule_that_names_a_broken_rule_is_not_blamed(problems: Problems) -> None:
    text = rule("{call: a, mention: b}", id="broken") + rule("{call: a, inside: {seam: broken}}", id="sound")

    assert problems(text) == ["r.yaml:5:19: rule `broken` has no key `mention`; write `mentions`"]


KEYS = "id kind find any all not call means with inside contains seam mentions reject examples finds python languages"
VALUES = st.recursive(
    st.sampled_from(["a", "a.b", "{", "model_call", "", True, 3, None, "x y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_any_yaml_is_rules_or_problems_that_point_into_it(value: object) -> None:
    text = yaml.safe_dump(value)
    found: list[Problem] = []
    reader = FileReader(("python",))

    root = parse(text.encode(), "f.yaml", found)
    if root is not None:
        reader.read(root, "f.yaml", found)

    assert found or any(draft.rule for draft in reader.drafts)
    assert all(1 <= problem.line <= text.count("\n") + 1 and "; " in problem.message for problem in found)


@given(st.integers(0, 10_000), st.sampled_from(["", " ", "\n", "{", "]", "'", ":", "&", "*", "\t", "é", "\0"]))
def test_a_damaged_rule_file_never_crashes_the_reader(at: int, damage: str) -> None:
    whole = rule("{any: [{call: [a, b.c], with: {n: 3}}, {text: 'a+'}]}", more="  reject: {mentions: b}\n")
    at %= len(whole)
    found: list[Problem] = []

    root = parse((whole[:at] + damage + whole[at + 1 :]).encode(), "f.yaml", found)
    if root is not None:
        FileReader(("python",)).read(root, "f.yaml", found)

    assert all("\n" not in str(problem) and problem.message.isprintable() for problem in found)


def test_a_file_of_another_encoding_an_oversized_file_and_an_empty_folder_are_refused(write: Write) -> None:
    Path("latin.yaml").write_bytes(b"- a\n- \xe9\n")
    Path("long.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    Path("empty").mkdir()

    with pytest.raises(RuleError) as caught:
        load_rulebook([Path("latin.yaml"), Path("long.yaml"), Path("empty")])

    assert list(caught.value.problems) == [
        "empty: the folder holds no rule file; write rules into a `*.yaml` file in it",
        "latin.yaml:2:1: not UTF-8; save the file in that encoding",
        "long.yaml: longer than 1 MB; split it into several files",
    ]


def test_links_that_stay_in_their_folder_of_rules_are_followed_and_each_file_counts_once(tmp_path: Path) -> None:
    mounted, version = tmp_path / "mounted", "..2026_01_02"
    (mounted / version).mkdir(parents=True)
    for name in ("one", "two"):
        (mounted / version / f"{name}.yaml").write_text(
            f"- {{id: {name}, kind: model_call, title: A title, why: A reason, find: {{call: a}}, "
            "examples: {finds: {python: a()}, ignores: {python: b()}}}\n"
        )
        (mounted / f"{name}.yaml").symlink_to(f"..data/{name}.yaml")
    (mounted / "..data").symlink_to(version)
    (tmp_path / "named").symlink_to(mounted)

    for folder in (mounted, tmp_path / "named"):
        assert [found.id for found in load_rulebook([folder]).rules] == ["one", "two"]
