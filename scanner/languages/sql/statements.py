"""SQL statements: what is created, altered and written to."""

from __future__ import annotations

from scanner.facts import DefinitionKind, FileFacts, KeyKind
from scanner.languages.sheet import Sheet, Token
from scanner.languages.spelling import literal
from scanner.languages.sql.lexer import lex

_CREATED: dict[str, DefinitionKind] = {
    "TABLE": "class",
    "VIEW": "class",
    "TYPE": "class",
    "FUNCTION": "function",
    "PROCEDURE": "function",
    "TRIGGER": "function",
    "INDEX": "function",
    "POLICY": "function",
}
#: What may stand between CREATE and what is created.
_MODIFIERS = frozenset(
    "OR REPLACE ALTER TEMP TEMPORARY GLOBAL LOCAL UNLOGGED EXTERNAL FOREIGN VIRTUAL MATERIALIZED LIVE RECURSIVE UNIQUE "
    "FULLTEXT SPATIAL CLUSTERED NONCLUSTERED COLUMNSTORE CONSTRAINT TRANSIENT HYBRID DYNAMIC AGGREGATE EVENT SECURE "
    "DEFINER SQL SECURITY INVOKER ALGORITHM MERGE UNDEFINED TEMPTABLE STREAMING REFRESH COLUMN SET MULTISET "
    "EDITIONABLE NONEDITIONABLE ICEBERG ROW CURRENT_USER".split()
)
_BEFORE_NAMES = frozenset("IF NOT EXISTS CONCURRENTLY ONLY".split())
#: First words of what stands between columns and is none.
_NO_COLUMN = frozenset(
    "CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK EXCLUDE LIKE INDEX KEY FULLTEXT SPATIAL PERIOD PROJECTION TABLE SELECT "
    "ALL WITH AS VALUES".split()
)
#: Of these a column may bear the name, where a type follows instead of what the word introduces.
_MAYBE_COLUMN = frozenset({"KEY", "INDEX", "PERIOD", "PROJECTION", "CHECK", "LIKE", "TABLE", "VALUES", "ALL"})
_MODES = frozenset({"IN", "OUT", "INOUT", "VARIADIC"})
_WRITE_MODES = frozenset("OR IGNORE REPLACE ABORT ROLLBACK FAIL OVERWRITE LOW_PRIORITY".split())
_AFTER_VALUES = frozenset({",", "WHERE", "FROM", "RETURNING", ")"})
_BLOCK_ENDS = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})
#: Before these words UPDATE and DELETE begin no statement: `ON UPDATE CASCADE`, `AFTER INSERT OR UPDATE`, `FOR UPDATE`.
_NO_STATEMENT = frozenset("ON OR FOR AFTER BEFORE OF DO GRANT REVOKE NO KEY".split())
#: First words of statements that end the one before them, if they begin a line; what follows them, where it matters.
_STATEMENTS = dict.fromkeys("CREATE ALTER DROP GRANT COMMIT GO".split(), "") | {"INSERT": "INTO", "COMMENT": "ON"}
#: How many tokens are looked at for something that may never come.
_FAR = 400
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Statements:
    """Reads one file."""

    def __init__(self, path: str, source: bytes) -> None:
        self._sheet = Sheet(path, "sql", source)
        self._source = source
        self._tokens: list[Token] = []
        for token in lex(source):
            if token.kind == "comment":
                self._sheet.prose(token)
            elif token.kind == "odd":
                self._sheet.lose(token.start, token.end)
            else:
                self._tokens.append(token)
                if token.kind == "string":
                    self._sheet.string(token, literal(token.text).replace("''", "'"))
        #: The words in capitals; of anything else its text, of strings and quoted names nothing.
        self._words = [
            token.text.upper() if token.kind == "word" else token.text if token.kind in ("sign", "body") else ""
            for token in self._tokens
        ]
        self._partners = self._paired()
        #: Where the last statement ended, by whether it may hold blocks.
        self._ends: dict[bool, int] = {}

    def read(self) -> FileFacts:
        """Every statement, wherever it begins: also behind THEN, in bodies and after broken ones."""
        readers = {
            "CREATE": self._create,
            "ALTER": self._alter,
            "INSERT": self._write,
            "REPLACE": self._write,
            "MERGE": self._write,
            "UPDATE": self._update,
            "DELETE": self._write,
        }
        at = 0
        while at < len(self._tokens):
            reader = readers.get(self._words[at])
            at = max(reader(at) if reader is not None else 0, at + 1)
        return self._sheet.facts()

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _name(self, at: int) -> tuple[str, int]:
        """A dotted name and the index behind it; empty where none stands."""
        parts: list[str] = []
        index = at
        while index < len(self._tokens) and self._tokens[index].kind in ("word", "name"):
            token = self._tokens[index]
            parts.append(token.text.strip('"`[]') if token.kind == "name" else token.text)
            index += 1
            if self._word(index) != ".":
                break
            index += 1
        return ".".join(parts), index

    def _past(self, at: int, words: frozenset[str]) -> int:
        while self._word(at) in words:
            at += 1
        return at

    def _end(self, at: int, blocks: bool = False) -> int:
        """Index of the `;` that ends a statement, or of the next statement where that was forgotten.

        What begins inside of an unfinished statement ends with it, so that no token is looked at again and again.
        """
        known = self._ends.get(blocks, 0)
        if at >= known:
            known = self._ends[blocks] = self._find_end(at, blocks)
        return known

    def _find_end(self, at: int, blocks: bool) -> int:
        index, inner = at, 0
        while index < len(self._tokens):
            word = self._words[index]
            partner = self._partners.get(index)
            if partner is not None and partner < at:
                return index
            if index > at and not inner and self._begins_statement(index):
                return index
            if blocks and word in ("BEGIN", "CASE") and self._word(index - 1) != "END":
                inner += 1
            elif blocks and word == "END" and inner and self._word(index + 1) not in _BLOCK_ENDS:
                inner -= 1
            elif word == ";" and not inner:
                return index
            index = max(partner or 0, index) + 1
        return len(self._tokens)

    def _begins_statement(self, at: int) -> bool:
        following = _STATEMENTS.get(self._words[at])
        if following is None or (following and self._word(at + 1) != following):
            return False
        return self._begins_line(self._tokens[at])

    def _paired(self) -> dict[int, int]:
        """Brackets and marks of bodies with their partners, both ways. A statement at the start of a line, outside of
        bodies, begins anew.
        """
        found: dict[int, int] = {}
        open_: list[int] = []
        bodies: list[int] = []
        for index, word in enumerate(self._words):
            if self._tokens[index].kind == "body":
                if bodies and self._words[bodies[-1]] == word:
                    first = bodies.pop()
                    found[first], found[index] = index, first
                else:
                    bodies.append(index)
            elif word in _OPENING:
                open_.append(index)
            elif word in _CLOSING and open_:
                first = open_.pop()
                found[first], found[index] = index, first
            elif open_ and not bodies and self._begins_statement(index):
                open_.clear()
        return found

    def _begins_line(self, token: Token) -> bool:
        return token.start == 0 or self._source[token.start - 1 : token.start] == b"\n"

    def _offset(self, at: int) -> int:
        """Where the token before an index ends."""
        return self._tokens[min(at, len(self._tokens)) - 1].end

    def _closing(self, at: int, end: int) -> int:
        """Index of the bracket that closes the one at an index; not far behind it where none does."""
        return min(self._partners.get(at, at + _FAR), end)

    def _create(self, at: int) -> int:
        first = at + 1
        while self._word(first) in _MODIFIERS or self._word(first) in ("=", "@") or self._is_definer(first):
            first += 1
        kind = _CREATED.get(self._word(first))
        if kind is None:
            return at + 1
        named = self._past(first + 1, _BEFORE_NAMES)
        name, after = self._name(named)
        blocks = kind == "function" and self._word(first) != "INDEX"
        end = self._end(at, blocks)
        if not name or self._words[named] == "ON":
            return after
        body = after if after < end else end - 1
        header = self._tokens[body].start if body > named else self._tokens[named].end
        parameters: list[str] = []
        behind = after
        if kind == "class":
            last = min(behind + _FAR, end)
            while behind < last and self._words[behind] not in ("(", "AS", "SELECT", "CREATE"):
                behind += 1
            behind += self._word(behind) == "AS" and self._word(behind + 1) == "("
            if self._word(behind) == "(" and not self._holds_no_columns(behind):
                behind = self._columns(behind, end, "field")
        elif self._words[first] in ("FUNCTION", "PROCEDURE"):
            if self._word(after) == "(":
                parameters = self._listed(after, end)
                behind = self._columns(after, end, "parameter")
            header = self._header_end(behind, min(behind + _FAR, end), header)
        extent = (self._tokens[at].start, self._offset(end))
        self._sheet.define(kind, name, extent, self._tokens[named].start, header, tuple(parameters))
        return behind

    def _is_definer(self, at: int) -> bool:
        """A part of `DEFINER = 'root'@'localhost'`."""
        return self._word(at - 1) in ("=", "@") or self._word(at + 1) == "@"

    def _holds_no_columns(self, at: int) -> bool:
        """Whether the bracket at an index opens the labels of an enum, or a query."""
        return self._word(at - 1) == "ENUM" or self._word(at + 1) in ("SELECT", "WITH", "VALUES")

    def _header_end(self, at: int, end: int, default: int) -> int:
        for index in range(at, end):
            if self._tokens[index].kind == "body" or self._words[index] in ("AS", "BEGIN", "CREATE"):
                return self._tokens[index].start
        return default

    def _items(self, opening: int, end: int) -> tuple[list[tuple[int, int]], int]:
        """What stands between the commas of a list in brackets, and the index behind it."""
        closing = self._closing(opening, end)
        found: list[tuple[int, int]] = []
        depth, start = 0, opening + 1
        for index in range(opening + 1, closing + 1):
            word = self._words[index] if index < closing else ","
            depth += (word in _OPENING) - (word in _CLOSING)
            if word == "," and (not depth or index == closing):
                if start < index:
                    found.append((start, index))
                start = index + 1
        return found, min(closing + 1, end)

    def _columns(self, opening: int, end: int, kind: KeyKind) -> int:
        """The columns or parameters of a list in brackets; gives the index behind it."""
        items, behind = self._items(opening, end)
        for start, stop in items:
            self._column(start, stop, kind)
        return behind

    def _listed(self, opening: int, end: int) -> list[str]:
        items, _ = self._items(opening, end)
        starts = [self._past(start, _MODES) if stop - start > 1 else stop for start, stop in items]
        return [self._name(start)[0] for start, (_, stop) in zip(starts, items, strict=True) if start + 1 < stop]

    def _column(self, start: int, stop: int, kind: KeyKind) -> None:
        if kind == "parameter":
            start = self._past(start, _MODES)
            if start + 1 >= stop:
                return
        word = self._words[start] if start < stop else ""
        if start >= stop or self._tokens[start].kind not in ("word", "name"):
            return
        if word in _NO_COLUMN and not (word in _MAYBE_COLUMN and self._is_type(start + 1, stop)):
            return
        token = self._tokens[start]
        name = self._name(start)[0]
        extent = (token.start, self._tokens[stop - 1].end)
        value = self._sheet.brief(self._tokens[start + 1].start, extent[1]) if start + 1 < stop else ""
        self._sheet.key(kind, name, extent, token.start, value)
        if self._word(start + 1) == "NESTED" and self._word(start + 2) == "(":
            self._columns(start + 2, stop, kind)

    def _is_type(self, at: int, stop: int) -> bool:
        """Whether a bare word follows that no bracket follows, unless a number stands in it: `key VARCHAR(20)`."""
        if at >= stop or self._tokens[at].kind != "word" or self._words[at] in ("KEY", "INDEX", "FOR"):
            return False
        if "TYPE" in self._words[at:stop]:
            return False
        return at + 1 >= stop or self._words[at + 1] != "(" or self._is_number(at + 2)

    def _is_number(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "number"

    def _alter(self, at: int) -> int:
        first = self._past(at + 1, frozenset({"FOREIGN", "EXTERNAL"}))
        if self._word(first) not in ("TABLE", "TYPE"):
            return at + 1
        named = self._past(first + 1, _BEFORE_NAMES)
        name, index = self._name(named)
        if not name:
            return at + 1
        end = self._end(at)
        extent = (self._tokens[at].start, self._offset(end))
        self._sheet.define("extension", name, extent, self._tokens[named].start, self._offset(index))
        depth = 0
        while index < end:
            word = self._words[index]
            depth += (word in _OPENING) - (word in _CLOSING)
            if not depth and word in ("ADD", "RENAME"):
                index = self._added(index, end) if word == "ADD" else self._renamed(index, end)
            else:
                index += 1
        return end

    def _added(self, at: int, end: int) -> int:
        start = at + 1
        explicit = self._word(start) in ("COLUMN", "COLUMNS", "ATTRIBUTE")
        start = self._past(start + explicit, _BEFORE_NAMES)
        if self._word(start) == "(":
            return self._columns(start, end, "field")
        depth, stop = 0, start
        while stop < end:
            word = self._words[stop]
            depth += (word in _OPENING) - (word in _CLOSING)
            if not depth and word == ",":
                break
            stop += 1
        if self._word(start) not in ("VALUE", "PARTITION") or explicit:
            self._column(start, stop, "field")
        return stop

    def _renamed(self, at: int, end: int) -> int:
        """`RENAME [COLUMN] a TO b` makes the field b; `RENAME TO t` none."""
        start = at + 1 + (self._word(at + 1) in ("COLUMN", "ATTRIBUTE"))
        _, behind = self._name(start)
        if self._word(start) != "TO" and self._word(behind) == "TO" and behind + 1 < end:
            self._column(behind + 1, behind + 2, "field")
            return behind + 2
        return start

    def _write(self, at: int) -> int:
        """INSERT INTO, REPLACE INTO, MERGE INTO and DELETE FROM."""
        verb = self._words[at]
        index = at + 1
        index = self._past(index, _WRITE_MODES)
        if self._word(index) != ("FROM" if verb == "DELETE" else "INTO"):
            return at + 1
        named = self._past(index + 1, frozenset({"ONLY", "TABLE"}))
        name, behind = self._name(named)
        if not name:
            return at + 1
        end = self._end(at)
        self._called(at, name, named, behind, end)
        if self._word(behind) == "(" and self._word(behind + 1) != "SELECT":
            items, after = self._items(behind, end)
            for start, stop in items:
                if stop - start == 1:
                    self._column(start, stop, "keyword")
            return after
        return behind

    def _called(self, at: int, name: str, named: int, behind: int, end: int) -> None:
        extent = (self._tokens[at].start, self._offset(end))
        target = f"{name}.{self._words[at].lower()}"
        arguments = self._tokens[behind].start if behind < end else extent[1]
        self._sheet.call(target, extent, self._tokens[named].start, arguments)

    def _update(self, at: int) -> int:
        if self._word(at - 1) in _NO_STATEMENT:
            return at + 1
        named = self._past(at + 1, frozenset({"ONLY"}))
        name, behind = self._name(named)
        setting = behind + next((step for step in range(4) if self._word(behind + step) == "SET"), -behind)
        if not name or not setting:
            return at + 1
        end = self._end(at)
        self._called(at, name, named, behind, end)
        index = setting + 1
        while index < end and self._tokens[index].kind in ("word", "name"):
            column, behind = self._name(index)
            if self._word(behind) != "=":
                break
            stop, depth = behind + 1, 0
            while stop < min(end, behind + _FAR) and (depth or self._words[stop] not in _AFTER_VALUES):
                depth += (self._words[stop] in _OPENING) - (self._words[stop] in _CLOSING)
                stop += 1
            extent = (self._tokens[index].start, self._offset(stop))
            value = self._sheet.brief(self._tokens[behind + 1].start, extent[1]) if behind + 1 < end else ""
            self._sheet.key("keyword", column.rpartition(".")[2], extent, extent[0], value)
            index = stop + 1
            if self._word(stop) != ",":
                break
        return min(index, end)
