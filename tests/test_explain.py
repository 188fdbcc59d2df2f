"""Why a rule fires at a place, or nearly does: the same judgement as the scan's, taken apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from commandline import SAMPLE, Shell
from conftest import Repo, built_in, rule

from scanner.explain import Asked, Explainer, Explanation, Near, Unread, View
from scanner.explained import explained_text, misses_text
from scanner.facts import Definition
from scanner.installed import builtin_rules
from scanner.reading import CONFIG_LIMIT
from scanner.repository import open_repository
from scanner.scan import scan
from scanner.touchpoints import Confidence

AGENT = """
    import acme

    def ask(question):
        return acme.completion(prompt=question, stream=False)
"""


def explain(repo: Repo, path: str, line: int, kind: str = "") -> Explanation:
    found = Explainer(repo.scan()).explain(path, line, kind)
    assert isinstance(found, Explanation), found
    return found


def said(near: tuple[Near, ...]) -> list[str]:
    """Every failed condition of every near miss."""
    return [f"{failed.condition}: {failed.why}" for item in near for failed in item.failed]


def test_the_facts_of_a_line_say_how_names_resolve_and_what_the_catalogue_knows(repo: Repo) -> None:
    repo.write("agent.py", AGENT)

    found = explain(repo, "agent.py", 4)

    call = next(fact for fact in found.facts if fact.atom == "call")
    assert (found.language, found.symbol, found.text) == (
        "Python",
        "ask",
        "return acme.completion(prompt=question, stream=False)",
    )
    assert (call.name, call.means) == ("acme.completion", ("model_call",))
    assert [(fact.atom, fact.name) for fact in found.facts if fact.atom == "key"] == [
        ("key", "prompt"),
        ("key", "stream"),
    ]


def test_a_name_that_another_file_gave_its_meaning_resolves_as_in_the_scan(repo: Repo) -> None:
    repo.write("pkg/__init__.py", "")
    repo.write("pkg/clients.py", "import acme\n\nclient = acme.Client()\n")
    repo.write(
        "pkg/agent.py",
        """
        from pkg.clients import client

        def ask(question):
            return client.chat.create(question)
        """,
    )

    found = explain(repo, "pkg/agent.py", 4)

    assert [item.touchpoint.kind for item in found.matched] == ["model_call"]
    assert [fact.means for fact in found.facts if fact.atom == "call"] == [("model_call",)]


def test_a_touchpoint_names_the_clause_of_every_rule_that_found_it_and_who_raised_it(repo: Repo) -> None:
    repo.rules("\n".join([rule("known", "{means: model_call}"), rule("named", "{call: completion}")]))
    repo.write("agent.py", AGENT)

    (matched,) = explain(repo, "agent.py", 4).matched

    assert [(clause.rule, clause.line) for clause in matched.clauses] == [("known", 5), ("named", 11)]
    assert all(clause.path.endswith("rules.yaml") for clause in matched.clauses)
    assert (matched.touchpoint.confidence, matched.changed) == (Confidence.HIGH, "raised")


def test_a_use_names_the_definition_that_it_calls(repo: Repo) -> None:
    repo.rules(rule("asker", "{definition: ask model, contains: {means: model_call}}"))
    repo.write("ask.py", "import acme\n\ndef ask_model(question):\n    return acme.completion(question)\n")
    repo.write("main.py", "from ask import ask_model\n\nprint(ask_model('why'))\n")

    (matched,) = explain(repo, "main.py", 3).matched

    assert matched.clauses == ()
    assert matched.seam is not None
    assert (matched.seam.path, matched.seam.line) == ("ask.py", 3)
    assert "a use of ask.py:3 ask_model, found by asker" in explained_text(explain(repo, "main.py", 3))


NEARLY: Mapping[str, tuple[str, str, str]] = {
    "words that nothing mentions": (
        "{means: model_call, mentions: '{model, provider}'}",
        "",
        'mentions: "{model, provider}": no name in its extent holds these words',
    ),
    "an argument that is not there": (
        "{means: model_call, with: {fallbacks: any}}",
        "",
        "with: {fallbacks: any}: the call has no such argument (has: prompt, stream)",
    ),
    "an argument of another value": (
        "{means: model_call, with: {stream: true}}",
        "",
        "with: {stream: true}: the argument is `False`",
    ),
    "nothing around": (
        "{means: model_call, inside: {loop: any}}",
        "",
        "inside: {loop: any}: nothing around it (it lies in ask)",
    ),
    "nothing within": (
        "{definition: ask, contains: {handler: any}}",
        "",
        "contains: {handler: any}: nothing in lines 3–4",
    ),
    "something within that lacks a condition": (
        "{definition: ask, contains: {call: completion, with: {model: any}}}",
        "",
        "contains: {call: completion, with: {model: any}}: nothing in lines 3–4; nearest is the call `acme.completion` "
        "in line 4, which lacks `with: {model: any}`",
    ),
    "no seam here": (
        "{means: model_call, seam: retry_policy}",
        "",
        "seam: retry_policy: no touchpoint of it here",
    ),
    "no seam within": (
        "{definition: ask, contains: {seam: retry_policy}}",
        "",
        "contains: {seam: retry_policy}: no touchpoint of it in lines 3–4",
    ),
    "something that must not be": (
        "{means: model_call, not: {mentions: question}}",
        "",
        'not: {mentions: "question"}: holds by `question`',
    ),
    "another kind of key": ("{key: prompt, as: mapping}", "", "as: mapping: it is of the kind keyword"),
    "another path": ("{means: model_call, paths: 'src/*'}", "", 'paths: "src/*": the file is agent.py'),
    "another language": (
        "{means: model_call, languages: [go]}",
        "",
        "languages: go: the file is in Python",
    ),
    "no decorator": (
        "{definition: ask, decorator: tool}",
        "",
        "decorator: tool: it has none",
    ),
    "a second node at the same place": (
        "{all: [{means: model_call}, {call: stream}]}",
        "",
        "call: stream: the call `acme.completion` is none",
    ),
    "none of several nodes at the same place": (
        "{all: [{means: model_call}, {any: [{mentions: model}, {inside: {loop: any}}]}]}",
        "",
        '{any: [{mentions: "model"}, {inside: {loop: any}}]}: none holds here',
    ),
    "enough of several nodes": (
        "{all: [{means: model_call}, {at_least: 2, of: [{mentions: question}, {mentions: model}, {mentions: tools}]}]}",
        "",
        '{at_least: 2, of: [{mentions: "question"}, {mentions: "model"}, {mentions: "tools"}]}: only one holds here',
    ),
    "a name around": (
        "{means: model_call, around: provider}",
        "",
        'around: "provider": no name around it holds these words (they are ask, agent)',
    ),
    "lines": ("{definition: ask, lines: 10}", "", "lines: 10: it has 2 lines"),
    "a reject": (
        "{means: model_call}",
        "{any: [{mentions: '{dns, ip}'}, {mentions: '{quiz, question}'}]}",
        'reject: mentions: "{quiz, question}": holds by `question`',
    ),
    "a reject of what lies around": (
        "{means: model_call}",
        "{inside: {definition: ask}}",
        "reject: inside: {definition: ask}: holds by the definition `ask` in line 3",
    ),
}


@pytest.mark.parametrize("what", NEARLY)
def test_a_rule_that_nearly_fires_says_which_condition_failed_for_want_of(what: str, repo: Repo) -> None:
    find, reject, expected = NEARLY[what]
    repo.rules("\n".join([rule("nearly", find, reject), rule("retries", "{means: retry}", kind="retry_policy")]))
    repo.write("agent.py", AGENT)

    found = explain(repo, "agent.py", 4)

    assert found.matched == ()
    assert [item.clause.rule for item in found.near] == ["nearly"]
    assert said(found.near) == [expected]


def test_a_rule_for_other_languages_says_so(repo: Repo) -> None:
    repo.rule("{means: model_call}", languages="[go, rust]")
    repo.write("agent.py", AGENT)

    assert said(explain(repo, "agent.py", 4).near) == ["languages: [go, rust]: the file is in Python"]


def test_every_failed_condition_is_told_and_the_rule_that_lacks_least_comes_first(repo: Repo) -> None:
    repo.rules(
        "\n".join(
            [
                rule("lacks-two", "{means: model_call, mentions: model, with: {tools: any}}"),
                rule("lacks-one", "{means: model_call, mentions: model}"),
            ]
        )
    )
    repo.write("agent.py", AGENT)

    near = explain(repo, "agent.py", 4).near

    assert [(item.clause.rule, len(item.failed)) for item in near] == [("lacks-one", 1), ("lacks-two", 2)]


def test_a_handler_that_guards_something_else_says_which_lines_it_guards(repo: Repo) -> None:
    repo.rule("{handler: any, guards: {means: model_call}}")
    repo.write(
        "agent.py",
        """
        def ask(question):
            try:
                return guess(question)
            except ValueError:
                return None
        """,
    )

    (line,) = said(explain(repo, "agent.py", 4).near)

    assert line == "guards: {means: model_call}: nothing in line 3, which it guards"


def test_a_seam_is_asked_of_the_whole_repository(repo: Repo) -> None:
    repo.rules(
        "\n".join(
            [
                rule("asker", "{definition: ask model, contains: {means: model_call}}"),
                rule("retried", "{loop: any, contains: {seam: model_call}}", kind="retry_policy"),
            ]
        )
    )
    repo.write("ask.py", "import acme\n\ndef ask_model(question):\n    return acme.completion(question)\n")
    repo.write(
        "main.py",
        """
        from ask import ask_model

        def persist():
            for attempt in range(3):
                ask_model("why")

        def wait():
            for attempt in range(3):
                sleep(attempt)
        """,
    )

    assert [item.touchpoint.kind for item in explain(repo, "main.py", 4).matched] == ["retry_policy"]
    assert said(explain(repo, "main.py", 8).near) == ["contains: {seam: model_call}: no touchpoint of it in lines 8–9"]


def test_a_long_function_is_said_to_count_with_its_header(repo: Repo) -> None:
    repo.rule("{definition: work, mentions: provider}")
    repo.write("agent.py", "def work():\n" + "    step()\n" * 160 + "    provider()\n")

    (line,) = said(explain(repo, "agent.py", 1).near)

    assert line == 'mentions: "provider": no name in its header holds these words; over 150 lines nothing else counts'


def test_the_outer_of_two_matches_of_a_clause_says_that_the_inner_one_is_the_place(repo: Repo) -> None:
    repo.rule("{definition: ask, contains: {means: model_call}}")
    repo.write(
        "agent.py",
        """
        import acme

        def ask_outer():
            def ask_inner():
                return acme.completion()
            return ask_inner
        """,
    )

    assert said(explain(repo, "agent.py", 3).near) == [
        "the innermost match is the place: a match of this rule lies in line 4"
    ]


def test_a_decorator_says_that_the_rule_found_what_it_decorates(repo: Repo) -> None:
    repo.rule("{any: [{decorator: tool}, {call: tool}]}")
    repo.write("agent.py", "@tool(name='ask')\ndef ask():\n    pass\n")

    assert said(explain(repo, "agent.py", 1).near) == [
        "one place is told once: the rule found the definition that this decorates"
    ]


def test_lines_that_a_regular_expression_finds_are_explained_too(repo: Repo) -> None:
    repo.rule("{text: 'ask_[a-z]+', mentions: model}")
    repo.write("agent.sh", "# ask_nobody\nask_model now\nask_people now\n")

    assert [item.touchpoint.line for item in explain(repo, "agent.sh", 2).matched] == [2]
    assert [(item.fact.atom, item.fact.name) for item in explain(repo, "agent.sh", 3).near] == [
        ("text", "ask_people now")
    ]
    assert explain(repo, "agent.sh", 1).near == ()


def test_a_key_of_a_configuration_is_shown_with_its_whole_path(repo: Repo) -> None:
    repo.rule("{key: fallback, mentions: model}")
    repo.write("agent.yaml", "routing:\n  fallback: other\n")

    found = explain(repo, "agent.yaml", 2)

    assert [(fact.name, fact.detail) for fact in found.facts] == [("routing.fallback", "mapping = other")]
    assert said(found.near) == ['mentions: "model": no name in its extent holds these words']


def test_a_line_inside_a_statement_belongs_to_it_and_a_line_inside_a_block_does_not(repo: Repo) -> None:
    repo.write(
        "agent.py",
        """
        import acme

        def ask(question):
            reply = acme.completion(
                question,
                stream=True,
            )
            with acme.open():
                return reply
        """,
    )

    inside = explain(repo, "agent.py", 6)

    assert [(fact.atom, fact.line) for fact in inside.facts] == [("key", 6), ("assignment", 4), ("call", 4)]
    assert [item.line for item in inside.around] == [4]
    assert [fact.atom for fact in explain(repo, "agent.py", 9).facts] == ["exit"]


def test_a_line_where_nothing_matches_shows_the_nearest_touchpoints_of_the_file(repo: Repo) -> None:
    repo.write("agent.py", "import acme\n\nacme.completion()\n\nx = 1\n\nacme.completion()\n")

    found = explain(repo, "agent.py", 5)

    assert found.matched == ()
    assert [item.line for item in found.nearest] == [3, 7]
    assert "matched: nothing\n  the nearest touchpoints of this file:\n    line 3: model_call" in explained_text(found)


def test_a_test_says_that_its_hits_have_low_confidence(repo: Repo) -> None:
    repo.write("tests/test_agent.py", AGENT)

    found = explain(repo, "tests/test_agent.py", 4)

    assert found.apart == "test"
    assert found.matched[0].touchpoint.confidence is Confidence.LOW
    assert "set apart as test: every hit has low confidence" in explained_text(found)


def test_a_kind_leaves_out_all_others(repo: Repo) -> None:
    repo.rules(
        "\n".join(
            [
                rule("known", "{means: model_call}"),
                rule("retried", "{means: model_call, inside: {loop: any}}", kind="retry_policy"),
            ]
        )
    )
    repo.write("agent.py", AGENT)

    found = explain(repo, "agent.py", 4, "retry_policy")

    assert (found.matched, [item.clause.rule for item in found.near]) == ((), ["retried"])
    assert "matched: nothing of the kind retry_policy" in explained_text(found, "retry_policy")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("vendor/agent.py", "vendored code is not read"),
        ("agent_pb2.py", "generated code is not read"),
        ("notes.xyz", "no language here has files that end in .xyz"),
        ("NOTES", "no language here reads such files"),
        ("big.json", f"too large (more than {CONFIG_LIMIT:,} bytes)"),
    ],
)
def test_a_file_that_was_not_read_says_why(path: str, why: str, repo: Repo) -> None:
    repo.write(path, b"[" + b"1," * CONFIG_LIMIT + b"1]" if path == "big.json" else "x = 1\n")

    assert Explainer(repo.scan()).explain(path, 1) == Unread(path, 1, why)


def test_a_secret_never_shows(repo: Repo) -> None:
    repo.write("agent.py", 'import acme\n\nacme.completion(api_key="sk-proj-abcdefghij0123456789")\n')

    found = explain(repo, "agent.py", 3)

    assert "abcdefghij" not in explained_text(found) + repr(found)


def test_a_clause_holds_exactly_where_none_of_its_conditions_fails() -> None:
    """A new condition of the rule language must be taken apart too, or misses would go unexplained."""
    found = scan(open_repository(SAMPLE), built_in(), builtin_rules() / "vocabulary.yaml")
    explainer = Explainer(found)
    asked = 0
    wrong = []
    for report in found.reports:
        view = explainer.view(report.path)
        assert isinstance(view, View)
        for finder in view.trace.finders():
            for fact in view.trace.matcher.hits.of(finder.clause):
                if isinstance(fact, Definition) and fact.kind == "extension":
                    continue
                asked += 1
                if (view.trace.hit(finder, fact, False) is None) != bool(view.trace.failures(finder, fact)):
                    wrong.append((report.path, fact.line, finder.rule and finder.rule.id, finder.clause.line))

    assert asked > 500
    assert wrong == []


def test_near_misses_of_many_places_are_the_best_of_each_rule_of_the_kind(repo: Repo) -> None:
    repo.rules(
        "\n".join(
            [
                rule(
                    "known",
                    "{any: [{means: model_call, mentions: model}, {means: model_call, with: {n: any, m: any}}]}",
                ),
                rule("other", "{means: model_call, mentions: model}", kind="retry_policy"),
            ]
        )
    )
    repo.write("agent.py", AGENT)
    repo.write("vendor/agent.py", AGENT)
    asked = [
        Asked("agent.py", 3, 4, "model_call"),
        Asked("vendor/agent.py", 3, 4, "model_call"),
        Asked("agent.py", 3, 4, "retry_policy"),
        Asked("agent.py", 1, 1, "model_call"),
    ]

    found = Explainer(repo.scan()).near_misses(asked)

    assert [[item.clause.rule for item in missed.near] for missed in found] == [["known"], [], ["other"], []]
    assert said(found[0].near) == ['mentions: "model": no name in its extent holds these words']
    assert [missed.unread for missed in found] == ["", "vendored code is not read", "", ""]
    assert misses_text(found).startswith("\nnearly found: 2 of 4\nagent.py:3 model_call\n  model_call  known (medium, ")


def test_a_hit_of_low_confidence_is_a_near_miss_with_its_reason(repo: Repo) -> None:
    repo.write("tests/test_agent.py", AGENT)

    (missed,) = Explainer(repo.scan()).near_misses([Asked("tests/test_agent.py", 4, 4, "model_call")])

    assert said(missed.near) == ["confidence: low, as all of test code"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write("agent/src/ask.py", "import litellm\n\nlitellm.completion(model='m')\n")
    return shell


def test_the_command_prints_json_with_touchpoints_in_the_shape_of_a_packet(shell: Shell) -> None:
    done = shell.run("explain", "src/ask.py:3", "--repo", "agent", "--format", "json", "--kind", "model_call")

    document = json.loads(done.out)
    assert (done.code, document["read"], document["line"]) == (0, True, 3)
    assert document["matched"][0]["touchpoint"]["kind"] == "model_call"
    assert set(document["matched"][0]) == {"touchpoint", "clauses", "changed", "seam"}


def test_a_path_may_be_given_from_the_current_folder(shell: Shell) -> None:
    assert shell.run("explain", "agent/src/ask.py:3", "--repo", "agent").out.startswith("src/ask.py:3 · Python\n")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("src/ask.py", "`src/ask.py` is no place; write PATH:LINE, such as src/agent.py:120"),
        ("src/ask.py:x", "`src/ask.py:x` is no place; write PATH:LINE, such as src/agent.py:120"),
        ("src/ask.py:0", "`src/ask.py:0`: lines are counted from 1"),
        ("src/ask.py:4", "src/ask.py has 3 lines; there is no line 4"),
        ("ask.py:1", "no file of agent is called ask.py; write `src/ask.py`"),
        ("main.go:1", "no file of agent is called main.go; give a path relative to the repository"),
    ],
)
def test_a_place_that_is_none_is_one_clear_line(place: str, line: str, shell: Shell) -> None:
    assert shell.fails("explain", place, "--repo", "agent", code=2) == line


def test_a_score_says_why_each_missed_label_was_missed(shell: Shell) -> None:
    labels = [("src/ask.py", 3, "model_call"), ("src/ask.py", 3, "retry_policy"), ("src/gone.py", 1, "retry_policy")]
    lines = [
        json.dumps({"path": path, "line": line, "end_line": line, "symbol": "", "kind": kind, "importance": "core"})
        for path, line, kind in labels
    ]
    shell.write("labels.jsonl", "\n".join(lines))
    shell.write("rules.yaml", rule("persists", "{means: model_call, with: {patience: any}}", kind="retry_policy"))
    words = ("rules", "score", "--labels", "labels.jsonl", "--repo", "agent", "--rules", "rules.yaml", "--explain")

    page, document = shell.run(*words).out, json.loads(shell.run(*words, "--format", "json").out)

    assert "nearly found: 1 of 2\nsrc/ask.py:3 retry_policy\n" in page
    assert "    - with: {patience: any}: the call has no such argument (has: model)\n" in page
    assert page.endswith("src/gone.py:1 retry_policy\n  not read: the repository has no such file\n")
    assert [missed["unread"] for missed in document["near_misses"]] == ["", "the repository has no such file"]
    assert "persists" in [near["clause"]["rule"] for near in document["near_misses"][0]["near"]]


def test_an_unknown_kind_is_one_clear_line(shell: Shell) -> None:
    failure = shell.fails("explain", "src/ask.py:1", "--repo", "agent", "--kind", "model_cal", code=2)

    assert failure == "no kind of seam is called `model_cal`; write `model_call`"


def test_a_file_that_git_does_not_track_is_there_and_unread(shell: Shell) -> None:
    shell.commit("agent")
    shell.write("agent/new.py", "x = 1\n")

    done = shell.run("explain", "new.py:1", "--repo", "agent")

    assert (done.code, done.out) == (0, "new.py:1: not read: git does not track it\n")


def test_a_place_of_a_revision_is_read_from_the_object_store(shell: Shell) -> None:
    shell.commit("agent")
    shell.write("agent/src/ask.py", "\n")

    done = shell.run("explain", "src/ask.py:3", "--repo", "agent", "--rev", "HEAD", "--kind", "model_call")

    assert "litellm.completion (catalogue: model_call)" in done.out
