"""The catalogue: what its entries say, what they must not say, and the page that lists them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.catalog import builtin_page, catalog_page
from scanner.catalogcheck import catalog_problems, check_catalog
from scanner.errors import RuleError
from scanner.installed import builtin_rules
from scanner.nameindex import segments_match
from scanner.rulebook import load_rulebook
from scanner.rules import CatalogEntry

PUBLISHED = Path(__file__).parent.parent / "docs" / "catalogue.md"

Load = Callable[..., tuple[CatalogEntry, ...]]


def entry(means: str, more: str = "", library: str = "acme", language: str = "python") -> str:
    """An entry with meanings as a YAML mapping in one line."""
    head = f"- library: {library}\n  language: {language}\n  source: https://acme.example/docs\n"
    return f"{head}{more}  means: {means}\n"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Entries of catalogue files `a.yaml`, `b.yaml` and so on."""
    monkeypatch.chdir(tmp_path)

    def loaded(*texts: str) -> tuple[CatalogEntry, ...]:
        paths = [Path(f"{name}.yaml") for name in "abcdef"[: len(texts)]]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return load_rulebook(paths).catalog

    return loaded


@pytest.fixture
def problems(load: Load) -> Callable[..., list[str]]:
    """What is wrong with catalogue files."""

    def found(*texts: str) -> list[str]:
        with pytest.raises(RuleError) as caught:
            check_catalog(load(*texts))
        return list(caught.value.problems)

    return found


def test_an_entry_keeps_the_release_it_was_checked_against_and_the_pattern_as_written(load: Load) -> None:
    first, second, third = load(
        entry('{retry: "acme.{retry, again}"}', '  checked: "6.9.0"\n') + entry("{retry: acme.older}")
    )

    assert (first.name, first.checked, first.written) == (("acme", "retry"), "6.9.0", "acme.{retry, again}")
    assert (first.path, first.line, first.column) == ("a.yaml", 5, 18)
    assert second.written == first.written
    assert (third.library, third.checked) == ("acme", "")


def test_a_release_that_yaml_reads_as_a_number_is_to_be_quoted(problems: Callable[..., list[str]]) -> None:
    assert problems(entry("{retry: acme.retry}", "  checked: 3\n")) == [
        'a.yaml:4:12: `checked` is a whole number (`3`); write "3" in quotes'
    ]


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        (
            "{retry: [acme.retry, acme.retry]}",
            "4:31: `acme.retry` means `retry` already at a.yaml:4:19; write it once",
        ),
        (
            '{retry: ["acme.{retry, again, more}", "acme.{again, more, other}"]}',
            "4:48: `acme.again` and 1 more mean `retry` already at a.yaml:4:19; write it once",
        ),
        (
            '{retry: ["**.client.retry", "**.client.retry"]}',
            "4:38: `**.client.retry` means `retry` already at a.yaml:4:19; write it once",
        ),
        (
            '{retry: "acme.{Client, Other}.retry", pause: "**.retry"}',
            "4:18: `acme.Client.retry` and 1 more mean `retry` here and `pause` at a.yaml:4:55; "
            "keep one, or write `also: pause`",
        ),
        (
            '{retry: "acme.*.retry", pause: acme.client.retry}',
            "4:41: `acme.client.retry` means `pause` here and `retry` at a.yaml:4:18; keep one, or write `also: retry`",
        ),
        (
            '{retry: "acme.**", pause: acme.client.retry}',
            "4:36: `acme.client.retry` means `pause` here and `retry` at a.yaml:4:18; keep one, or write `also: retry`",
        ),
        (
            '{retry: "**.client.retry", pause: "**.retry"}',
            "4:18: `**.client.retry` means `retry` here and `pause` at a.yaml:4:44; keep one, or write `also: pause`",
        ),
        (
            "{retry: acme.call, pause: acme.call}",
            "4:36: `acme.call` means `pause` here and `retry` at a.yaml:4:18; keep one, or write `also: retry`",
        ),
        (
            '{retry: acme.call, pause: "**.call"}',
            "4:18: `acme.call` means `retry` here and `pause` at a.yaml:4:36; keep one, or write `also: pause`",
        ),
    ],
)
def test_what_is_said_twice_or_against_itself_is_refused(
    problems: Callable[..., list[str]], means: str, expected: str
) -> None:
    assert problems(entry(means)) == [f"a.yaml:{expected}"]


def test_the_other_place_is_named_across_files_and_libraries(problems: Callable[..., list[str]]) -> None:
    assert problems(entry("{retry: acme.call}"), entry("{retry: acme.call}", library="other")) == [
        "b.yaml:4:18: `acme.call` means `retry` already at a.yaml:4:18; write it once"
    ]


@pytest.mark.parametrize(
    "means",
    [
        '{retry: ["acme.*.retry", acme.client.retry], pause: acme.retry}',
        '{retry: "acme.*.retry", pause: "acme.mail.**"}',
        '{retry: "acme.*", pause: "acme.**.again"}',
        '{retry: ["**.retry", "**.client.retry", acme.retry], pause: acme.client}',
        '{retry: "acme.**.x.retry", pause: acme.x.y.retry}',
    ],
)
def test_names_that_no_pattern_of_another_meaning_covers_are_sound(load: Load, means: str) -> None:
    check_catalog(load(entry(means)))


def test_a_name_may_mean_two_things_where_an_entry_says_so(load: Load) -> None:
    spoken = entry("{pause: acme.call}", "  also: retry\n")

    entries = load(entry('{retry: "**.call"}'), spoken)
    check_catalog(entries)

    assert [(each.means, each.also) for each in entries] == [("retry", ()), ("pause", ("retry",))]
    check_catalog(load(spoken, entry("{retry: acme.call}")))
    check_catalog(load(entry("{retry: acme.call, pause: acme.call}", "  also: [pause, retry]\n")))


def test_a_permission_holds_for_the_meaning_that_it_names(problems: Callable[..., list[str]]) -> None:
    spoken = entry("{pause: acme.call}", "  also: retry\n")

    assert problems(entry("{retry: acme.call}"), spoken, entry("{tracing: acme.call}")) == [
        "c.yaml:4:20: `acme.call` means `tracing` here and `retry` at a.yaml:4:18; keep one, or write `also: retry`"
    ]
    assert problems(entry("{retry: acme.call}", "  also: retyr\n")) == [
        "a.yaml:4:9: no catalogue entry means `retyr`; write `retry`"
    ]


def test_the_same_name_in_two_languages_is_two_names(load: Load) -> None:
    check_catalog(load(entry("{retry: acme.call}") + entry("{pause: acme.call}", language="json")))


def test_a_dialect_has_the_catalogue_of_its_family(problems: Callable[..., list[str]]) -> None:
    assert problems(entry("{retry: acme.call}", language="tsx")) == [
        "a.yaml:2:13: `tsx` has the catalogue of another language; write `typescript`"
    ]


def written(name: tuple[str, ...], means: str, line: int) -> CatalogEntry:
    """An entry as it is read from a line of a file."""
    return CatalogEntry(name, means, "python", "acme", "https://acme.example", "a.yaml", line, 1, ".".join(name))


SEGMENTS = st.sampled_from(["a", "b", "*", "**"])
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map(tuple)


@given(st.lists(st.tuples(NAMES, st.sampled_from(["retry", "pause"])), max_size=6))
def test_a_name_is_blamed_when_it_is_said_again_or_a_lookup_would_find_another_meaning(
    said: list[tuple[tuple[str, ...], str]],
) -> None:
    entries = [written(name, means, line) for line, (name, means) in enumerate(said, 1)]

    blamed = {problem.line for problem in catalog_problems(entries)}

    for one in entries:
        if {"*", "**"} & set(one.name):
            continue
        others = [other for other in entries if other is not one and segments_match(other.name, one.name)]
        again = any(other.name == one.name and other.line < one.line for other in others)
        if again or {other.means for other in others} - {one.means}:
            assert blamed & {other.line for other in entries if other.name == one.name}
        else:
            assert one.line not in blamed


def test_thousands_of_names_with_one_ending_are_sound() -> None:
    leads: list[tuple[str, ...]] = [("**",), ("acme", "*"), ("acme",)]
    entries = [
        written((*lead, f"module{number}", "create"), "retry", number) for number in range(5_000) for lead in leads
    ]

    assert list(catalog_problems(entries)) == []


def test_the_page_has_a_row_for_each_library_release_and_meaning(load: Load) -> None:
    page = catalog_page(
        load(
            entry('{retry: ["acme.{retry, again}", acme.more], pause: acme.wait}', '  checked: "6.9.0"\n')
            + entry("{retry: acme.older}")
        )
    )

    assert "| Python | 1 | 5 | 4 | 2 |\n" in page
    assert page.endswith(
        "\n## Python\n\n### A\n\n"
        "| Library | Meaning | Names | Checked |\n| --- | --- | --- | --- |\n"
        "| [acme](https://acme.example/docs) | `retry` | `acme.{retry, again}` `acme.more` | 6.9.0 |\n"
        "| [acme](https://acme.example/docs) | `pause` | `acme.wait` | 6.9.0 |\n"
        "| [acme](https://acme.example/docs) | `retry` | `acme.older` |  |\n"
    )


def test_the_published_page_is_the_one_of_the_built_in_catalogue() -> None:
    message = "run: python -m scanner.catalog docs/catalogue.md"

    assert PUBLISHED.read_text(encoding="utf-8") == builtin_page(), message


def test_each_built_in_file_lies_in_the_folder_of_its_language() -> None:
    entries = load_rulebook([builtin_rules() / "catalog"]).catalog

    assert {(Path(each.path).parent.name, each.language) for each in entries} <= {
        (language, language) for language in {each.language for each in entries}
    }
