"""YAML configuration."""

from scanner.languages import Language
from scanner.languages.yaml.anchors import with_aliases

LANGUAGE = Language(
    name="yaml",
    title="YAML",
    suffixes=(".yaml", ".yml"),
    kind="config",
    grammar="tree_sitter_yaml",
    finish=with_aliases,
)
