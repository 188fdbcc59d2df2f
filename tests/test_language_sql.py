"""What SQL of several dialects says, and what is left of broken SQL."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of

from scanner.facts import FileFacts


def sql(text: str) -> FileFacts:
    return facts_of("schema.sql", text)


def definitions(text: str) -> list[tuple[str, str]]:
    return [(item.kind, item.symbol) for item in sql(text).definitions]


def columns(text: str, kind: str = "field") -> list[tuple[str, str, str]]:
    facts = sql(text)
    return [(facts.symbol(key.scope), key.name, key.value) for key in facts.keys if key.kind == kind]


def test_a_table_is_a_class_and_its_columns_are_fields_with_their_types() -> None:
    text = """
        CREATE TABLE IF NOT EXISTS public."sessions" (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- why
          status TEXT NOT NULL CHECK (status IN ('open', 'it''s')),
          price DECIMAL(10, 2),
          CONSTRAINT one UNIQUE (id, status), PRIMARY KEY (id), UNIQUE (status)
        );
    """

    assert definitions(text) == [("class", "public.sessions")]
    assert columns(text) == [
        ("public.sessions", "id", "uuid PRIMARY KEY DEFAULT gen_random_uuid()"),
        ("public.sessions", "status", "TEXT NOT NULL CHECK (status IN ('open', 'it''s'))"),
        ("public.sessions", "price", "DECIMAL(10, 2)"),
    ]
    assert [(item.text, item.line) for item in sql(text).strings] == [("open", 3), ("it's", 3)]
    assert [(item.line, sql(text).text(item.start, item.end)) for item in sql(text).prose] == [(2, "-- why")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE `a` (`b c` int, KEY idx (`b c`), UNIQUE KEY u (x)) ENGINE=InnoDB;", ["b c"]),
        ('CREATE TABLE a (key varchar(20), "index" int, values text)', ["key", "index", "values"]),
        ("CREATE TABLE [dbo].[a] ([b] INT NOT NULL)", ["b"]),
        ("CREATE TABLE a (b Array(String), INDEX i b TYPE bloom_filter(0.1)) ENGINE = MergeTree", ["b"]),
        ("CREATE TABLE a (ev Nested (at DateTime, name String))", ["ev", "at", "name"]),
        ("CREATE TEMP TABLE a AS (SELECT b, c FROM d)", []),
        ("CREATE TABLE a PARTITION OF b FOR VALUES IN ('x')", []),
        ("create unlogged table a (b int)", ["b"]),
    ],
)
def test_every_dialect_has_its_own_way_to_write_columns(text: str, expected: list[str]) -> None:
    assert [name for _, name, _ in columns(text)] == expected


def test_views_types_functions_triggers_and_indexes_are_definitions() -> None:
    text = """
        CREATE MATERIALIZED VIEW totals (a, b) AS SELECT 1, 2;
        CREATE TYPE mood AS ENUM ('sad');
        CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_id ON sessions (id);
        CREATE INDEX ON sessions (id);
        CREATE DEFINER=`root`@`localhost` PROCEDURE tidy() BEGIN SELECT 1; END;
        CREATE POLICY own_rows ON sessions FOR UPDATE USING (true);
    """

    assert definitions(text) == [
        ("class", "totals"),
        ("class", "mood"),
        ("function", "by_id"),
        ("function", "tidy"),
        ("function", "own_rows"),
    ]
    assert columns(text) == [("totals", "a", ""), ("totals", "b", "")]


def test_a_body_between_dollars_belongs_to_its_function() -> None:
    text = """
        CREATE OR REPLACE FUNCTION touch(who int, OUT b text, int) RETURNS trigger AS $body$
        BEGIN
          IF true THEN UPDATE runs SET state = 'x', n = coalesce(n, 1) WHERE id = 1; END IF;
          INSERT INTO audit (who, what) VALUES (1, 2);
        END;
        $body$ LANGUAGE plpgsql;
        SELECT 1;
    """
    facts = sql(text)

    assert [(item.symbol, item.parameters, item.line, item.end_line) for item in facts.definitions] == [
        ("touch", ("who", "b"), 1, 6)
    ]
    assert [(facts.symbol(call.scope), call.target, call.line) for call in facts.calls] == [
        ("touch", "runs.update", 3),
        ("touch", "audit.insert", 4),
    ]
    assert columns(text, "keyword") == [
        ("touch", "state", "x"),
        ("touch", "n", "coalesce(n, 1)"),
        ("touch", "who", ""),
        ("touch", "what", ""),
    ]


def test_a_trigger_ends_with_its_block_and_names_no_statement_in_its_header() -> None:
    facts = sql("""
        CREATE TRIGGER log AFTER INSERT OR UPDATE ON runs FOR EACH ROW BEGIN
          DELETE FROM old WHERE x = CASE WHEN 1 THEN 2 END; SELECT 1;
        END;
        DELETE FROM other;
    """)

    assert [(item.name, item.end_line) for item in facts.definitions] == [("log", 3)]
    assert [(facts.symbol(call.scope), call.target) for call in facts.calls] == [
        ("log", "old.delete"),
        ("", "other.delete"),
    ]


def test_added_and_renamed_columns_belong_to_the_table_that_is_altered() -> None:
    text = """
        ALTER TABLE ONLY app.runs ADD COLUMN IF NOT EXISTS a text DEFAULT 'x, y', ADD CONSTRAINT c CHECK (1), ADD b int;
        ALTER TABLE runs ADD (d int, e int);
        ALTER TABLE runs RENAME COLUMN a TO f;
        ALTER TABLE runs RENAME TO jobs;
        DO $$ BEGIN ALTER TABLE runs ADD COLUMN g int; END $$;
    """

    assert columns(text) == [
        ("app.runs", "a", "text DEFAULT 'x, y'"),
        ("app.runs", "b", "int"),
        ("runs", "d", "int"),
        ("runs", "e", "int"),
        ("runs", "f", ""),
        ("runs", "g", "int"),
    ]


def test_rows_of_a_dump_are_no_statements() -> None:
    text = "COPY a (b) FROM stdin;\nit's CREATE TABLE no (x int)\n\\.\nCREATE TABLE yes (x int);\n"

    assert [(item.name, item.line) for item in sql(text).definitions] == [("yes", 4)]


def test_a_quote_that_is_never_closed_in_a_body_does_no_harm_behind_it() -> None:
    facts = sql("DO $$ don't $$;\nCREATE TABLE a (b int);\n")

    assert [item.name for item in facts.definitions] == ["a"]
    assert (facts.report.lost, facts.report.line) == (1, 1)


def test_a_statement_at_the_start_of_a_line_ends_one_that_was_never_ended() -> None:
    text = "CREATE TABLE a (b int\nCREATE TABLE c (d int)\nCREATE TABLE e (f int);\n"

    assert [symbol for _, symbol in definitions(text)] == ["a", "c", "e"]
    assert [name for _, name, _ in columns(text)] == ["b", "d", "f"]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (b int " * 1500,
        "CREATE FUNCTION f() BEGIN " * 3000,
        "UPDATE a SET b = UPDATE a SET b, " * 3000,
        "INSERT INTO a " * 3000,
        "".join(f"$a{number}$ " for number in range(3000)),
        "'" * 5001,
        "/*" * 5000,
        "CREATE " * 5000,
    ],
)
def test_text_that_is_no_sql_is_read_to_its_end(text: str) -> None:
    assert sql(text).report.failure == ""


def test_a_column_is_found_as_part_of_a_contract(repo: Repo) -> None:
    repo.write("db/1.sql", "CREATE TABLE runs (\n  id int\n);\nALTER TABLE runs ADD COLUMN assignment_key text;\n")
    repo.rule('{key: "assignment key"}')

    found = repo.touchpoints()[0]

    assert (found.role, found.symbol, found.line) == ("contract", "runs.assignment_key", 4)
