"""JSON configuration, with the comments that many tools allow."""

from scanner.languages import Language

LANGUAGE = Language(name="json", title="JSON", suffixes=(".json", ".jsonc"), kind="config", grammar="tree_sitter_json")
