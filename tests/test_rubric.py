"""The rubric of rules: each gate and each part has a rule that fails it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Shell

from scanner.api import read_repository
from scanner.rubric import WEIGHTS, Grade, grade_rules
from scanner.rulebook import load_rulebook

GOOD = """
- id: send-to-brain
  kind: model_call
  title: Send to the brain
  why: A gateway takes over this request, so every place at which one leaves must be known beforehand.
  find:
    any:
      - call: "{send, post, submit} to {brain, oracle}"
      - definition: "ask * {brain, oracle}"
  examples:
    finds:
      python: |
        def think(question):
            return send_to_brain(question)
      typescript: |
        export function think(question: string) {
          return postToOracle(question);
        }
    ignores:
      python: |
        def think(question):
            return question
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder to run commands in."""
    return Shell(tmp_path)


def many_words(number: int) -> str:
    """Two clauses for one, each with so many words."""
    words = ", ".join(f"w{each}" for each in range(number))
    return f'ask {{{words}}}"\n      - definition: "asks {{{words}}}'


def grade(folder: Path, before: str = "", after: str = "", repo: Path | None = None) -> Grade:
    """The grade of the good rule with something in it put otherwise."""
    assert before in GOOD, "what is to be changed is there"
    path = folder / "rules.yaml"
    path.write_text(GOOD.replace(before, after, 1) if before else GOOD)
    rulebook = load_rulebook([path])
    (made,) = grade_rules(rulebook, None, read_repository(repo, None, rulebook) if repo else None)
    return made


def test_weights_are_those_of_the_rubric_and_sum_to_one() -> None:
    assert WEIGHTS == {"actionability": 0.4, "generality": 0.3, "hookability": 0.2, "concision": 0.1}
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_good_rule_passes_every_gate_with_a_full_score(tmp_path: Path) -> None:
    made = grade(tmp_path)

    assert (made.score, made.failed, made.mend, made.spread) == (100, (), (), None)
    assert set(made.parts.values()) == {1.0}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('call: "{send, post, submit} to {brain, oracle}"', "exit: any", "names nothing to detect"),
        ('call: "{send, post, submit} to {brain, oracle}"', "loop: any", "names nothing to detect"),
        ('"{send, post, submit} to {brain, oracle}"', '"{send, post} to nobody"', "hits none of its own"),
        ("A gateway", "Since INC-4711 a gateway", "an incident stands in its text (`INC-4711`)"),
        ("A gateway", "After ticket 4711 a gateway", "an incident stands in its text (`ticket 4711`)"),
        ("A gateway", "A gateway (#1234)", "an incident stands in its text (`#1234`)"),
        ("A gateway", "Since 2025-03-01 a gateway", "a date stands in it (`2025-03-01`)"),
        ("A gateway", "Since March 2025 a gateway", "a date stands in it (`March 2025`)"),
        ("A gateway", "As in /home/ann/agent a gateway", "an absolute path stands in its text (`/home/ann`)"),
        ("return question\n", 'return open("/Users/ann/x")\n', "an absolute path stands in its examples"),
        ("A gateway", "As in github.com/ann/agent a gateway", "one repository stands in its text"),
        ('"ask * {brain, oracle}"', 'ask\n      - call: "annkit.brain.send"', "`annkit` may be one repository's name"),
        ("Send to the brain", "Send to the brain " * 6, "`title` has 107 characters; say it in 80"),
        ("A gateway", "A gateway " * 20, "`why` has 285 characters; say it in 200"),
        ("ask * {brain, oracle}", many_words(800), "its patterns have"),
    ],
)
def test_a_rule_that_is_tied_to_one_place_or_says_nothing_fails_its_gate(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    made = grade(tmp_path, before, after)

    assert len(made.failed) >= 1
    assert any(expected in line for line in made.failed), made.failed


@pytest.mark.parametrize(
    "text", ["UTF-8 and SHA-256 stay", "GPT-41 answers", "a rate of 1.5", "HTTP 429", "the `/v1/chat` route", "top 10"]
)
def test_numbers_and_standards_are_no_incidents_dates_or_paths(tmp_path: Path, text: str) -> None:
    assert grade(tmp_path, "A gateway", f"{text}; a gateway").failed == ()


def test_a_reason_that_repeats_the_title_is_not_actionable(tmp_path: Path) -> None:
    good, why = grade(tmp_path), GOOD.split("why: ")[1].splitlines()[0]
    made = grade(tmp_path, why, "Send to the brain.")

    assert made.parts["actionability"] < good.parts["actionability"]
    assert [line for line in made.mend if "`why`" in line] == []
    assert made.parts["actionability"] == pytest.approx(0.67)


def test_hits_without_a_name_and_of_low_confidence_are_not_actionable(tmp_path: Path) -> None:
    text = GOOD.replace("  find:\n", "  confidence: low\n  find:\n").replace('call: "{send', 'string: "{send')
    text = text.replace("def think(question):\n            return send_to_brain(question)", 'print("send to brain")')
    function = "export function think(question: string) {\n          return postToOracle(question);\n        }"
    path = tmp_path / "rules.yaml"
    path.write_text(text.replace(function, 'console.log("post to oracle");'))
    (made,) = grade_rules(load_rulebook([path]))

    assert made.parts["actionability"] == pytest.approx(0.33)
    assert any("low confidence" in line for line in made.mend)


def test_one_wording_in_one_language_is_not_general(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    head, _, tail = GOOD.partition("      typescript: |")
    text = head + "    ignores:" + tail.partition("    ignores:")[2]
    text = text.replace("{send, post, submit} to {brain, oracle}", "send to brain")
    path.write_text(text.replace('      - definition: "ask * {brain, oracle}"\n', ""))
    (made,) = grade_rules(load_rulebook([path]))

    assert made.parts["generality"] == pytest.approx(0.33)
    assert any("other wordings" in line for line in made.mend)


def test_a_rule_for_one_language_need_not_speak_another(tmp_path: Path) -> None:
    head, _, tail = GOOD.partition("      typescript: |")
    path = tmp_path / "rules.yaml"
    path.write_text(
        f"{head}    ignores:{tail.partition('    ignores:')[2]}".replace("  find:\n", "  languages: python\n  find:\n")
    )
    (made,) = grade_rules(load_rulebook([path]))

    assert made.parts["generality"] == 1.0


def test_all_hits_in_one_file_of_a_repository_are_not_general(tmp_path: Path) -> None:
    repo = tmp_path / "agent"
    repo.mkdir()
    (repo / "a.py").write_text(
        "def think(q):\n    return send_to_brain(q)\n\n\ndef again(q):\n    return send_to_oracle(q)\n"
    )
    alone = grade(tmp_path, repo=repo)
    (repo / "b.py").write_text("def third(q):\n    return post_to_brain(q)\n")
    wide = grade(tmp_path, repo=repo)

    assert (alone.parts["generality"], wide.parts["generality"]) == (pytest.approx(0.83), 1.0)
    assert alone.spread is not None
    assert wide.spread is not None
    assert (alone.spread.hits, alone.spread.files, alone.spread.functions, alone.spread.hooks) == (2, 1, 2, 2)
    assert (wide.spread.hits, wide.spread.files) == (3, 2)


def test_strings_are_nothing_to_hook_into_and_keys_are_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    strings = GOOD.replace('call: "{send', 'string: "{send').replace("send_to_brain(question)", '"send to brain"')
    path.write_text(strings.replace("postToOracle(question)", '"post to oracle"'))
    (text,) = grade_rules(load_rulebook([path]))
    keys = GOOD.replace('call: "{send', 'key: "{send').replace("send_to_brain(question)", "{'send_to_brain': question}")
    path.write_text(keys.replace("postToOracle(question)", "{ postToOracle: question }"))
    (key,) = grade_rules(load_rulebook([path]))

    assert (text.parts["hookability"], key.parts["hookability"]) == (0.0, 0.5)
    assert any("hook" in line for line in text.mend)
    assert key.mend == ()


def test_a_long_rule_is_not_concise(tmp_path: Path) -> None:
    made = grade(tmp_path, "ask * {brain, oracle}", many_words(500))

    assert made.parts["concision"] < 0.5
    assert any("characters of text and patterns" in line for line in made.mend)
    assert made.failed == ()


def test_the_name_of_the_scanned_repository_fails_a_rule_unless_others_use_the_word(tmp_path: Path) -> None:
    repo = tmp_path / "oracle"
    repo.mkdir()
    (repo / "a.py").write_text("def think(q):\n    return send_to_oracle(q)\n")

    assert [line for line in grade(tmp_path, repo=repo).failed if "`oracle`" in line] != []

    path = tmp_path / "rules.yaml"
    others = [GOOD.replace("send-to-brain", f"send-to-brain-{word}") for word in ("a", "b", "c")]
    path.write_text(GOOD + "".join(others))
    rulebook = load_rulebook([path])
    grades = list(grade_rules(rulebook, None, read_repository(repo, None, rulebook)))
    assert [each.failed for each in grades] == [(), (), (), ()]


def test_lint_prints_a_table_and_what_to_mend_and_fails_below_a_score(shell: Shell) -> None:
    why = GOOD.split("why: ")[1].splitlines()[0]
    shell.write("rules.yaml", GOOD.replace(why, "Send to the brain."))

    fine = shell.run("rules", "lint", "rules.yaml")
    low = shell.run("rules", "lint", "rules.yaml", "--min-score", "99")

    assert fine.code == 0
    assert fine.out == (
        "rules.yaml is sound\n\n"
        "rule           score  actionability  generality  hookability  concision\n"
        "send-to-brain  87     0.67           1.00        1.00         1.00\n\n"
        "1 rule: score 87 of 100; none failed\n"
    )
    assert (low.code, low.err) == (1, "")
    assert "rules.yaml:2: rule `send-to-brain` fails: it scores 87, and 99 is asked\n" in low.out


def test_lint_as_json_holds_weights_parts_gates_and_the_spread(shell: Shell) -> None:
    shell.write("rules.yaml", GOOD.replace("A gateway", "Since 2025-03-01 a gateway"))
    shell.write("agent/a.py", "def think(q):\n    return send_to_brain(q)\n")

    done = shell.run("rules", "lint", "rules.yaml", "--repo", "agent", "--format", "json")

    document = json.loads(done.out)
    (rule,) = document["rules"]
    assert (done.code, document["passed"], rule["passed"]) == (1, False, False)
    assert rule["failed"] == ["a date stands in it (`2025-03-01`); say what is true on any day"]
    assert rule["spread"] == {"hits": 1, "files": 1, "functions": 1, "hooks": 1}
    assert document["weights"] == WEIGHTS


def test_a_revision_needs_a_repository(shell: Shell) -> None:
    said = shell.fails("rules", "lint", "--rev", "main", code=2)

    assert said == "--rev is a revision of --repo; name the repository, such as --repo ."


def test_every_built_in_rule_passes_the_gates(shell: Shell) -> None:
    done = shell.run("rules", "lint", "--format", "json")

    document = json.loads(done.out)
    assert [(each["rule"], each["failed"]) for each in document["rules"] if each["failed"]] == []
    assert done.code == 0
    assert min(each["score"] for each in document["rules"]) >= 60
