"""Protobuf schemas, read token by token: no grammar of them has a wheel, and theirs is small.

Messages, enums and services are classes, an rpc is a method of its service, what stands below `extend` belongs to the
message that is extended. Fields, oneofs and enum values are fields, options are mappings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.facts import DefinitionKind, FileFacts
from scanner.languages import Language
from scanner.languages.sheet import Sheet, Token, tokens

_TOKEN = re.compile(
    rb"(?P<comment>//[^\n]*|/\*(?:.*?\*/|.*))"
    rb"|(?P<string>\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?)"
    rb"|(?P<word>\.?[A-Za-z_][\w.]*)|(?P<number>[-+]?\.?[0-9][\w.]*)|(?P<sign>[{}()\[\]<>=;,:+-])|(?P<odd>[^\s])",
    re.DOTALL,
)
_BLOCKS: dict[str, DefinitionKind] = {
    "message": "class",
    "enum": "class",
    "service": "class",
    "group": "class",
    "rpc": "method",
    "extend": "extension",
}
#: Statements that say nothing of names that data has.
_SKIPPED = frozenset({"syntax", "edition", "reserved", "extensions", "package", "import"})


@dataclass(slots=True)
class _Block:
    """A block whose closing brace has not come yet. Without a name it is no definition."""

    word: str
    name: str
    start: int
    at: int
    body: int


def read_schema(path: str, source: bytes) -> FileFacts:
    """The facts of one schema. Whatever is no statement is counted as lost, and reading goes on behind it."""
    return _Reader(path, source).read()


class _Reader:
    def __init__(self, path: str, source: bytes) -> None:
        self._sheet = Sheet(path, "protobuf", source)
        self._tokens: list[Token] = []
        self._module = ""
        for token in tokens(_TOKEN, source):
            if token.kind == "comment":
                self._sheet.prose(token)
            elif token.kind == "odd":
                self._sheet.lose(token.start, token.end)
            else:
                self._tokens.append(token)
        self._blocks: list[_Block] = []

    def read(self) -> FileFacts:
        at = 0
        while at < len(self._tokens):
            at = self._statement(at)
        end = self._tokens[-1].end if self._tokens else 0
        while self._blocks:
            self._sheet.lose(self._blocks[-1].body, self._blocks[-1].body + 1)
            self._close(end)
        return self._sheet.facts(self._module)

    def _statement(self, at: int) -> int:
        """Read the statement that begins with a token; gives the index behind it."""
        first = self._tokens[at]
        if first.text == "}":
            if self._blocks:
                self._close(first.end)
            else:
                self._sheet.lose(first.start, first.end)
            return at + 1
        if first.text == ";":
            return at + 1
        end = self._head_end(at)
        head = self._tokens[at:end]
        sign = self._tokens[end].text if end < len(self._tokens) else ""
        if sign == "{":
            self._open(head, self._tokens[end])
        elif not self._simple(head):
            self._sheet.lose(first.start, head[-1].end if head else first.end)
        return end + 1 if sign in ("{", ";") else max(end, at + 1)

    def _head_end(self, at: int) -> int:
        """Index of the `;`, `{` or `}` that ends what begins at a token; braces of values belong to it."""
        open_brackets, braces, value = 0, 0, False
        for index in range(at, len(self._tokens)):
            text = self._tokens[index].text
            if text == "{" and (value or open_brackets or braces):
                braces += 1
            elif text == "}" and braces:
                braces -= 1
            elif not braces and text in ("{", "}", ";"):
                return index
            open_brackets += (text == "[") - (text == "]" and open_brackets > 0)
            value = text in ("=", ":") and (self._tokens[at].text == "option" or open_brackets > 0)
        return len(self._tokens)

    def _open(self, head: list[Token], brace: Token) -> None:
        words = [token for token in head if token.kind == "word"]
        start = head[0].start if head else brace.start
        word = words[0].text if words else ""
        if "group" in [token.text for token in words[:2]] and "=" in [token.text for token in head]:
            word, words = "group", words[-2:]
        if word == "oneof" and len(words) > 1:
            self._sheet.key("field", words[1].text, (start, brace.end), words[1].start, "oneof")
        if word in _BLOCKS and len(words) > 1:
            name = words[1].text.rpartition(".")[2]
            self._strings(head)
            self._blocks.append(_Block(word, name, start, words[1].start, brace.start))
            return
        if word != "oneof":
            self._sheet.lose(start, brace.end)
        self._blocks.append(_Block(word, "", start, start, brace.start))

    def _close(self, end: int) -> None:
        block = self._blocks.pop()
        if block.name:
            self._sheet.define(_BLOCKS[block.word], block.name, (block.start, end), block.at, block.body)

    def _simple(self, head: list[Token]) -> bool:
        """A statement without a block; False where it is none."""
        word, end = head[0].text, head[-1].end
        texts = [token.text for token in head]
        if word == "option" and "=" in texts:
            self._options(head[1:])
        elif word == "rpc" and len(head) > 1:
            self._sheet.define("method", head[1].text, (head[0].start, end), head[1].start, end)
        elif word in _SKIPPED and "=" not in texts[2:]:
            if word == "import" and head[-1].kind == "string":
                self._sheet.import_(head[-1].text.strip("\"'"), head[0].start, end)
            elif word == "package" and len(head) > 1:
                self._module = head[1].text
        elif "=" in texts and texts.index("=") > 0:
            self._field(head, texts.index("="))
        else:
            return False
        return True

    def _field(self, head: list[Token], equals: int) -> None:
        name = head[equals - 1]
        in_enum = bool(self._blocks) and self._blocks[-1].word == "enum"
        value = head[equals + 1 : equals + 2] if in_enum else head[: equals - 1]
        written = self._sheet.brief(value[0].start, value[-1].end) if value else ""
        self._sheet.key("field", name.text, (head[0].start, head[-1].end), name.start, written)
        opened = next((at for at in range(equals, len(head)) if head[at].text == "["), len(head))
        self._options(head[opened + 1 :])

    def _options(self, head: list[Token]) -> None:
        """Names with `=` or `:` and a value, of an option, a list of options, or the value of one."""
        self._strings(head)
        name: list[Token] = []
        for at, token in enumerate(head):
            if token.text in ("=", ":") and name:
                last = head[at + 1] if at + 1 < len(head) else token
                value = self._sheet.brief(last.start, last.end) if last.kind != "sign" else ""
                written = "".join(part.text for part in name if part.kind == "word")
                self._sheet.key("mapping", written, (name[0].start, last.end), name[0].start, value)
                name = []
            elif token.kind == "word" or token.text in ("(", ")"):
                # A word behind a value begins a name; brackets and what follows them with a dot continue it.
                goes_on = bool(name) and (token.text == ")" or name[-1].text == "(" or token.text.startswith("."))
                name = [*name, token] if goes_on else [token]
            else:
                name = []

    def _strings(self, head: list[Token]) -> None:
        for token in head:
            if token.kind == "string":
                self._sheet.string(token)


LANGUAGE = Language(name="protobuf", title="Protobuf", suffixes=(".proto",), kind="schema", reader=read_schema)
