"""YAML configuration."""

from scanner.languages import Language

LANGUAGE = Language(name="yaml", title="YAML", suffixes=(".yaml", ".yml"), kind="config", grammar="tree_sitter_yaml")
