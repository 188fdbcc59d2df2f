"""What Protobuf schemas say, and what is left of broken ones."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of

from scanner.facts import FileFacts

SCHEMA = """
    // Events of a run.
    syntax = "proto3";
    package acme.agent.v1;
    import public "google/protobuf/timestamp.proto";
    option go_package = "acme/agent;agent";
    message Event { /* one */
      reserved 2, 4 to 6;
      repeated string names = 1 [(rules.field).string = {min_len: 1, pattern: "x"}, deprecated = true];
      map<string, .acme.Value> values = 3;
      oneof kind {
        string text = 7;
      }
      enum State {
        STATE_UNKNOWN = 0;
        STATE_DONE = -1;
      }
      message Inner { int32 message = 1; }
    }
    service Agents {
      rpc Run(stream Event) returns (stream Event) {
        option (google.api.http) = { post: "/v1/run" additional { get: "/v1" } };
      }
      rpc Stop (Event) returns (Event);
    }
    extend google.protobuf.FieldOptions { string note = 50000; }
"""


@pytest.fixture(scope="module")
def schema() -> FileFacts:
    return facts_of("agent.proto", SCHEMA)


def keys(facts: FileFacts, kind: str) -> list[tuple[str, str, str]]:
    return [(facts.symbol(key.scope), key.name, key.value) for key in facts.keys if key.kind == kind]


def test_messages_enums_and_services_are_classes_and_an_rpc_is_a_method(schema: FileFacts) -> None:
    assert [(item.kind, item.symbol, item.line, item.end_line) for item in schema.definitions] == [
        ("class", "Event", 6, 18),
        ("class", "Event.State", 13, 16),
        ("class", "Event.Inner", 17, 17),
        ("class", "Agents", 19, 24),
        ("method", "Agents.Run", 20, 22),
        ("method", "Agents.Stop", 23, 23),
        ("extension", "FieldOptions", 25, 25),
    ]


def test_fields_oneofs_and_enum_values_are_fields_with_their_types(schema: FileFacts) -> None:
    assert keys(schema, "field") == [
        ("Event", "names", "repeated string"),
        ("Event", "values", "map<string, .acme.Value>"),
        ("Event", "kind", "oneof"),
        ("Event", "text", "string"),
        ("Event.State", "STATE_UNKNOWN", "0"),
        ("Event.State", "STATE_DONE", "-1"),
        ("Event.Inner", "message", "int32"),
        ("FieldOptions", "note", "string"),
    ]


def test_options_are_mappings_however_deep_their_values_go(schema: FileFacts) -> None:
    assert keys(schema, "mapping") == [
        ("", "go_package", "acme/agent;agent"),
        ("Event", "rules.field.string", ""),
        ("Event", "min_len", "1"),
        ("Event", "pattern", "x"),
        ("Event", "deprecated", "true"),
        ("Agents.Run", "google.api.http", ""),
        ("Agents.Run", "post", "/v1/run"),
        ("Agents.Run", "get", "/v1"),
    ]


def test_the_package_imports_and_comments_are_told(schema: FileFacts) -> None:
    assert schema.module == "acme.agent.v1"
    assert [(item.qualified, item.line) for item in schema.imports] == [("google/protobuf/timestamp.proto", 4)]
    assert [schema.text(item.start, item.end) for item in schema.prose] == ["// Events of a run.", "/* one */"]
    assert schema.report.lost == 0


def test_an_old_group_is_a_message_of_its_own() -> None:
    facts = facts_of("a.proto", "message A { optional group Result = 7 { required string url = 1; } }\n")

    assert [item.symbol for item in facts.definitions] == ["A", "A.Result"]
    assert keys(facts, "field") == [("A.Result", "url", "required string")]


def test_reading_goes_on_behind_a_broken_statement() -> None:
    facts = facts_of("a.proto", "message A {\n  string = ;\n  nonsense here;\n  string b = 1;\n}\n}\nmessage C {\n")

    assert [item.symbol for item in facts.definitions] == ["A", "C"]
    assert [name for _, name, _ in keys(facts, "field")][-1] == "b"
    assert (facts.report.lost > 0, facts.report.line) == (True, 3)


@pytest.mark.parametrize("text", ["{" * 5000, "message A {" * 3000, "a = [" * 5000, "/*" * 5000, '"' * 5001, "}" * 99])
def test_text_that_is_no_schema_is_read_to_its_end(text: str) -> None:
    assert facts_of("a.proto", text).report.failure == ""


def test_a_field_of_a_message_is_found_as_part_of_a_contract(repo: Repo) -> None:
    repo.write("run.proto", "message Run {\n  string assignment_key = 1;\n}\n")
    repo.rule('{key: "assignment key"}')

    found = repo.touchpoints()[0]

    assert (found.role, found.symbol, found.line) == ("contract", "Run.assignment_key", 2)
