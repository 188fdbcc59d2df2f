"""TOML configuration."""

from scanner.languages import Language

LANGUAGE = Language(name="toml", title="TOML", suffixes=(".toml",), kind="config", grammar="tree_sitter_toml")
