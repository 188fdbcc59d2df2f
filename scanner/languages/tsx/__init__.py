"""TypeScript with markup."""

from dataclasses import replace

from scanner.languages.typescript import LANGUAGE as TYPESCRIPT

LANGUAGE = replace(
    TYPESCRIPT,
    name="tsx",
    title="TSX",
    suffixes=(".tsx",),
    interpreters=(),
    grammar="tree_sitter_typescript:language_tsx",
    dialect_of="typescript",
)
