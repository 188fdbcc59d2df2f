"""JavaScript, with markup: TypeScript without types, read by a grammar of its own."""

from dataclasses import replace

from scanner.languages.typescript import LANGUAGE as TYPESCRIPT

LANGUAGE = replace(
    TYPESCRIPT,
    name="javascript",
    title="JavaScript",
    suffixes=(".js", ".mjs", ".cjs", ".jsx"),
    interpreters=("node",),
    grammar="tree_sitter_javascript",
    prepare=None,
    dialect_of="typescript",
)
