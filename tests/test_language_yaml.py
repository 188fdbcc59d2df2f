"""What YAML says once aliases are followed, and the settings before Markdown pages."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of

from scanner.languages.yaml.anchors import MOST_ADDED


def settings(text: str, name: str = "a.yaml") -> dict[str, tuple[str, int]]:
    """Value and line of each key."""
    return {key.path: (key.value, key.line) for key in facts_of(name, text).keys}


BASE = """
    base: &base
      model: &model gpt
      retry: {max: 3}
"""


def test_a_key_whose_value_is_an_alias_has_the_aliased_keys() -> None:
    found = settings(BASE + "    live: *base\n    other: *model\n")

    assert (found["live.model"], found["live.retry.max"]) == (("gpt", 4), ("3", 4))
    assert (found["other"], found["base.model"]) == (("gpt", 5), ("gpt", 2))


def test_a_merge_gives_what_the_mapping_has_not() -> None:
    found = settings(BASE + "    live:\n      <<: *base\n      model: own\n")

    assert found["live.retry.max"] == ("3", 5)
    assert found["live.model"] == ("own", 6)
    assert "live.<<" not in found


def test_the_first_of_several_merged_mappings_wins() -> None:
    found = settings("a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc:\n  <<: [*a, *b]\n")

    assert (found["c.x"][0], found["c.y"][0]) == ("1", "3")


def test_what_another_item_of_a_list_has_is_merged_all_the_same() -> None:
    facts = facts_of("a.yaml", "a: &a {x: 1, y: 2}\nb:\n  - x: 5\n  - <<: *a\n    y: 6\n  - x: 7\n")

    assert [(key.path, key.value) for key in facts.keys if key.line == 4] == [("b.x", "1")]


def test_an_item_of_a_list_can_be_what_an_alias_stands_for() -> None:
    found = settings("list:\n  - &one\n    x: 1\n    y: {z: 2}\n  - other: 3\nb: *one\n")

    assert (found["b.x"], found["b.y.z"], "b.other" in found) == (("1", 6), ("2", 6), False)


def test_aliases_of_aliases_are_followed() -> None:
    assert settings("a: &a {x: 1}\nb: &b\n  c: *a\nd: *b\n")["d.c.x"] == ("1", 4)


def test_an_anchor_holds_in_its_own_document_until_another_takes_its_name() -> None:
    found = settings("a: &a {x: 1}\na2: &a {y: 2}\nb: *a\n---\nc: *a\n")

    assert "b.y" in found
    assert not {"b.x", "c.x", "c.y"} & set(found)


@pytest.mark.parametrize("text", ["a: &a\n  b: *a\n", "a: *nowhere\n", "a: &a\nb: *a\n", "<<: *a\n", "a: &a [*a]\n"])
def test_an_alias_that_stands_for_nothing_adds_nothing(text: str) -> None:
    assert len(facts_of("a.yaml", text).keys) == text.count(":")


def test_a_few_lines_that_stand_for_billions_stay_a_few_thousand_keys() -> None:
    rows = [f"a{row}: &a{row}\n" + "".join(f"  k{key}: *a{row - 1}\n" for key in range(9)) for row in range(1, 12)]

    assert len(facts_of("a.yaml", "a0: &a0 {x: 1}\n" + "".join(rows)).keys) <= MOST_ADDED + 200


def test_settings_before_a_page_are_read_and_nothing_else_of_it() -> None:
    page = "---\nname: reviewer\ntools: [read, edit]\nmodel: &m gpt\n---\n# Title\nkey: value\n"

    assert settings(page, "a.md") == {"name": ("reviewer", 2), "tools": ("[read, edit]", 3), "model": ("gpt", 4)}
    assert facts_of("a.md", page).source.count(b"\n") == page.count("\n")


@pytest.mark.parametrize(
    "page", ["# Title\nkey: value\n---\na: b\n---\n", "---\nkey: value\n", "", "----\na: b\n----\n"]
)
def test_a_page_without_settings_says_nothing(page: str) -> None:
    assert settings(page, "a.mdx") == {}


def test_settings_that_would_break_the_parser_are_not_parsed(repo: Repo) -> None:
    deep = "".join(" " * depth + "a:\n" for depth in range(300))
    repo.write("agents/a.md", f"---\n{deep}---\n")
    repo.write("agents/b.md", f"---\na: b\n---\n{deep}{'(' * 5000}")

    assert repo.report("agents/a.md").failure[0] == "nested too deeply"
    assert repo.report("agents/b.md").failure[0] == ""


def test_the_settings_of_an_agents_page_are_configuration(repo: Repo) -> None:
    for name in (".claude/agents/a.md", "README.md"):
        repo.write(name, "---\nfallback_model: gpt\n---\n")
    repo.rule('{key: "fallback model"}')

    assert [(item.path, item.role, item.confidence) for item in repo.touchpoints()] == [
        (".claude/agents/a.md", "config", "medium"),
        ("README.md", "docs", "low"),
    ]
