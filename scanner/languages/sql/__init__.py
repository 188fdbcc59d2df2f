"""SQL of any dialect, read token by token: what it creates and changes, never how it asks.

Tables, views and types are classes with their columns as fields; functions, procedures, triggers, indexes and policies
are functions. `ALTER TABLE` extends its table. `INSERT INTO t (a)` is the call `t.insert` with `a` as keyword, and so
are `update` and `delete`. Bodies between `$$` are read as SQL, whatever language they are in.
"""

from __future__ import annotations

from scanner.facts import FileFacts
from scanner.languages import Language


def read_schema(path: str, source: bytes) -> FileFacts:
    """The facts of one file. A statement that is not known says nothing and costs nothing."""
    from scanner.languages.sql.statements import Statements

    return Statements(path, source).read()


LANGUAGE = Language(name="sql", title="SQL", suffixes=(".sql", ".ddl"), kind="schema", reader=read_schema)
