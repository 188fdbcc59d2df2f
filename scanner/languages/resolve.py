"""Names in one file, resolved: imports, aliases, constructors, annotations and what functions give back.

A name that stands for an object is resolved to its type, so that after `client = openai.OpenAI()` the call
`client.chat.completions.create` is `openai.OpenAI.chat.completions.create`. A class and its instances share a prefix.
What other files say comes in as `external`: dotted names of this repository mapped to what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.languages import CodeTraits, ImportedName
from scanner.languages.outline import Outline, RawName, dotted

_ANNOTATED = re.compile(r"[A-Za-z_][\w.]*")
#: Chains of aliases longer than this are cycles or not worth following.
_DEPTH = 12
_COMPOUND = re.compile(r"^\(|^await\b|\b(?:or|if)\b")
_WORDS = re.compile(r"""[([{}\])]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\w+|.""", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w.]*(?:\(\)|\[\w+\])?")
_CONSTANTS = frozenset({"None", "True", "False", "null", "undefined", "nil"})


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a written name stands for."""

    qualified: str
    #: Whether an import, an alias or a constructor said so.
    known: bool


@dataclass(slots=True)
class _Scope:
    """What the names of one definition (or of the file) are bound to: expressions, not yet resolved."""

    names: dict[str, str] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    #: Attributes of a class's objects.
    attributes: dict[str, str] = field(default_factory=dict)
    #: What a function gives back, as a written name.
    returns: str = ""


class Resolver:
    """Resolves written names of one file."""

    def __init__(
        self,
        outline: Outline,
        traits: CodeTraits,
        module: str,
        is_package: bool,
        external: Mapping[str, str],
    ) -> None:
        self._outline = outline
        self._traits = traits
        self._module = module
        self._external = external
        self._children: dict[tuple[int, str], int] = {}
        self._scopes: dict[int, _Scope] = {-1: _Scope()}
        self._memo: dict[tuple[str, int], Resolution] = {}
        self.imports: list[tuple[ImportedName, int, int]] = []
        for index, definition in enumerate(outline.definitions):
            self._scopes[index] = _Scope()
            self._children.setdefault((definition.scope, definition.name), index)
        self._read_imports(is_package)
        self._calls = {(call.start, call.end): call for call in outline.calls}
        self._globals = {(outline.scope(start), name) for start, name in outline.globals}
        for variable in outline.variables:
            self._bind(variable, outline.scope(variable.start))
        for key in outline.keys:
            if key.kind == "parameter":
                names = self._scopes[outline.scope(key.start)].names
                names[key.name] = names.get(key.name) or self._annotated(key.annotation)
        self._read_returns()
        self._read_proxies()

    def resolve_at(self, target: str, offset: int) -> Resolution:
        """What `target`, written at that byte offset, stands for; a header is read by the scope around it."""
        scope = self._outline.scope(offset)
        if scope >= 0 and offset < self._outline.definitions[scope].body:
            scope = self._outline.definitions[scope].scope
        return self.resolve(target, scope)

    def resolve(self, target: str, scope: int) -> Resolution:
        """What `target`, written in that scope, stands for; a name about which nothing is known stays as written."""
        memo = self._memo.get((target, scope))
        if memo is None:
            found = self._resolve(target, scope, 0)
            memo = self._memo[(target, scope)] = Resolution(_clean(found.qualified), found.known)
        return memo

    def exports(self) -> dict[str, str]:
        """What this file's dotted names stand for, where that is something else: for the resolvers of other files.

        `module.client` maps to the type of `client`, `module.make()` to what `make` gives back.
        """
        if not self._module:
            return {}
        found: dict[str, str] = {}
        for name in (*self._scopes[-1].names, *self._scopes[-1].imports):
            self._export(found, f"{self._module}.{name}", self._resolve(name, -1, 0))
        for index, definition in enumerate(self._outline.definitions):
            scope = self._scopes[index]
            symbol = f"{self._module}.{definition.symbol}"
            if scope.returns:
                self._export(found, f"{symbol}()", self._resolve(scope.returns, index, 0))
            for attribute in scope.attributes:
                self._export(found, f"{symbol}.{attribute}", self._attribute(index, attribute, 0))
        return found

    @staticmethod
    def _export(found: dict[str, str], name: str, resolution: Resolution) -> None:
        if resolution.known and resolution.qualified != name:
            found[name] = resolution.qualified

    def _read_imports(self, is_package: bool) -> None:
        source = self._outline.source
        for node in self._outline.imports:
            scope = self._outline.scope(node.start_byte)
            for name in self._traits.imports(node, source, self._module, is_package):
                self.imports.append((name, node.start_byte, node.end_byte))
                if name.alias != "*" and name.alias.isidentifier():
                    self._scopes[scope].imports.setdefault(name.alias, name.qualified)
                    # A name imported inside one function often serves its siblings by the same module alias.
                    self._scopes[-1].imports.setdefault(name.alias, name.qualified)

    def _bind(self, variable: RawName, scope: int) -> None:
        value = self._value(variable.value)
        if variable.annotation and not self._is_bound(value, scope):
            value = self._annotated(variable.annotation) or value
        head, _, attribute = variable.name.partition(".")
        if not attribute:
            scope = -1 if (scope, head) in self._globals else scope
            owner = self._scopes[scope]
            # The first value that says something counts; an empty one still hides the names around it.
            owner.names[head] = owner.names.get(head) or value
            if scope >= 0 and self._outline.definitions[scope].kind == "class":
                owner.attributes[head] = owner.attributes.get(head) or value
        elif head in self._traits.receivers and "." not in attribute:
            class_index = self._class_of(scope)
            if class_index is not None:
                # The first value that says something counts; an empty one still says whose attribute it is.
                attributes = self._scopes[class_index].attributes
                if not attributes.get(attribute):
                    attributes[attribute] = f"{value}\0{scope}" if value else ""

    def _value(self, extent: tuple[int, int]) -> str:
        """A value as a written name: a call keeps its `()`, a wrapped function stands for itself."""
        start, end = extent
        if start == end or end - start > 2000:
            return ""
        call = self._calls.get((start, end))
        text = self._outline.text(start, end)
        if call is None and _COMPOUND.search(text):
            at, stop = _operand(text)
            start += len(text[:at].encode())
            text = text[at:stop]
            call = self._calls.get((start, start + len(text.encode())))
        if call is None:
            return dotted(text) if _NAME.fullmatch(text) and text not in _CONSTANTS else ""
        inner = self._outline.text(call.value[0] + 1, call.value[1] - 1).split(",")[0].strip()
        bare = call.name.rpartition(".")[2]
        if bare in {name.rpartition(".")[2] for name in self._traits.wrappers} and re.fullmatch(r"[\w.]+", inner):
            return inner
        if bare in {name.rpartition(".")[2] for name in self._traits.importers} and inner[:1] in "\"'":
            return "\1" + inner.strip("\"'")
        return f"{call.name}()"

    def _is_bound(self, value: str, scope: int) -> bool:
        """Whether anything in this file says what a value's first name is."""
        head = _bare(value.partition(".")[0])
        if not head or head in self._traits.receivers:
            return bool(head)
        return head in self._scopes[-1].imports or any((at, head) in self._children for at in (scope, -1))

    def _annotated(self, annotation: str) -> str:
        """The type that matters in an annotation: the first name that is no container."""
        for name in _ANNOTATED.findall(annotation):
            if name.rpartition(".")[2] not in self._traits.containers:
                return str(name)
        return ""

    def _read_returns(self) -> None:
        for index, definition in enumerate(self._outline.definitions):
            if definition.kind != "class" and definition.returns:
                self._scopes[index].returns = self._annotated(definition.returns)
        for given in self._outline.returns:
            index = self._outline.scope(given.start)
            if index >= 0 and not self._scopes[index].returns:
                self._scopes[index].returns = self._value(given.value)

    def _read_proxies(self) -> None:
        """A class whose `__getattr__` imports a module is a lazy stand-in for that module."""
        members: dict[int, list[int]] = {}
        for index, definition in enumerate(self._outline.definitions):
            members.setdefault(definition.scope, []).append(index)
        for index, definition in enumerate(self._outline.definitions):
            if definition.name != "__getattr__" or definition.scope < 0:
                continue
            owner = definition.scope
            inner = {owner, *members.get(owner, ()), index}
            modules = {value for at in inner for value in self._scopes[at].imports.values()}
            values = [value for at in inner for value in self._scopes[at].names.values()]
            values += self._scopes[owner].attributes.values()
            modules |= {value.split("\0")[0][1:] for value in values if value.startswith("\1")}
            modules -= self._traits.importers | {"importlib"}
            if len(modules) == 1:
                self._scopes[owner].returns = "\1" + modules.pop()

    def _class_of(self, scope: int) -> int | None:
        while scope >= 0:
            if self._outline.definitions[scope].kind == "class":
                return scope
            scope = self._outline.definitions[scope].scope
        return None

    def _resolve(self, target: str, scope: int, depth: int) -> Resolution:
        if target.startswith("\1"):
            return Resolution(target[1:], True)
        segments = target.split(".")
        if depth > _DEPTH or not segments[0]:
            return Resolution(target, False)
        current, rest = self._head(segments, scope, depth)
        if current is None:
            return Resolution(target, False)
        name, known = current.qualified, current.known
        for segment in rest:
            name = self._outside(f"{name}.{segment}" if name else segment)
        return Resolution(self._outside(name), known)

    def _head(self, segments: list[str], scope: int, depth: int) -> tuple[Resolution | None, list[str]]:
        """The first segment (or `self.attribute`) resolved, and the segments after it."""
        bare, called = _bare(segments[0]), segments[0].endswith("()")
        if bare in self._traits.receivers and scope >= 0:
            owner = self._class_of(scope)
            if owner is not None:
                if len(segments) == 1:
                    return self._own(owner, ""), []
                attribute = segments[1]
                return self._attribute(owner, attribute, depth + 1), segments[2:]
        at = scope
        while True:
            names = self._scopes[at]
            child = self._children.get((at, bare))
            value = names.names.get(bare)
            if value is not None and (value or bare not in names.imports):
                found = self._resolve(value, self._definer(at, bare, value), depth + 1)
                if found.known or child is None:
                    return (found if found.known else None), segments[1:]
            if bare in names.imports:
                name = self._outside(names.imports[bare] + ("()" if called else ""))
                return Resolution(name, True), segments[1:]
            if child is not None:
                return self._child(child, called, depth), segments[1:]
            if at == -1:
                return None, segments[1:]
            at = self._outline.definitions[at].scope
            while at >= 0 and self._outline.definitions[at].kind == "class":
                at = self._outline.definitions[at].scope

    def _definer(self, at: int, bare: str, value: str) -> int:
        # `client = client or make()` and the like would resolve the name by itself: look around it instead.
        if _bare(value.split(".", maxsplit=1)[0]) != bare or at == -1:
            return at
        return self._outline.definitions[at].scope

    def _child(self, index: int, called: bool, depth: int) -> Resolution:
        returns = self._scopes[index].returns
        if called and returns:
            found = self._resolve(returns, index, depth + 1)
            if found.known:
                return found
        return self._own(index, "")

    def _is_accessor(self, index: int) -> bool:
        decorators = self._outline.definitions[index].decorators
        return any(name.rpartition(".")[2] in self._traits.accessors for name in decorators)

    def _own(self, index: int, suffix: str) -> Resolution:
        symbol = self._outline.definitions[index].symbol
        return Resolution(".".join(part for part in (self._module, symbol, suffix) if part), True)

    def _attribute(self, owner: int, attribute: str, depth: int) -> Resolution:
        bare, called = _bare(attribute), attribute.endswith("()")
        value = self._scopes[owner].attributes.get(bare)
        if value and depth <= _DEPTH:
            expression, _, scope = value.partition("\0")
            if expression.split(".")[0:2] != ["self", bare]:
                found = self._resolve(expression, int(scope) if scope else owner, depth + 1)
                if found.known:
                    return found
        child = self._children.get((owner, bare))
        if child is not None:
            called = called or self._is_accessor(child)
            return self._child(child, called, depth)
        for base in self._outline.definitions[owner].bases if value is None else ():
            inherited = self._base_attribute(owner, base, attribute, depth)
            if inherited is not None:
                return inherited
        return self._own(owner, attribute)

    def _base_attribute(self, owner: int, base: str, attribute: str, depth: int) -> Resolution | None:
        if depth > _DEPTH:
            return None
        local = self._children.get((self._outline.definitions[owner].scope, base))
        if local is not None and local != owner:
            bare = _bare(attribute)
            if bare in self._scopes[local].attributes or (local, bare) in self._children:
                return self._attribute(local, attribute, depth + 1)
            return None
        found = self._resolve(base, self._outline.definitions[owner].scope, depth + 1)
        if not found.known:
            return None
        name = f"{found.qualified}.{attribute}"
        resolved = self._outside(name)
        inherited = resolved != name or not found.qualified.startswith(self._module.split(".")[0] + ".")
        return Resolution(resolved, True) if inherited else None

    def _outside(self, name: str) -> str:
        """What other files say a dotted name stands for; a call gives what its function gives, else its own type."""
        if not self._external:
            return name
        for _ in range(_DEPTH):
            called, bare = name.endswith("()"), _clean(name)
            better = self._external.get(f"{bare}()") if called else None
            if better is None:
                better = self._external.get(bare)
            if better is None or better == bare:
                return name
            name = better
        return name


def _operand(text: str) -> tuple[int, int]:
    """The part that matters of `await x`, `y or x`, `x if y else z` and `(x)`, as start and end."""
    start, end = 0, len(text)
    while True:
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if text.startswith("await", start) and text[start + 5 : start + 6].isspace():
            start += 5
            continue
        depth, closed_at = 0, -1
        cut = (start, end)
        for word in _WORDS.finditer(text, start, end):
            found = word.group()
            depth += (found in "([{") - (found in ")]}")
            if found in ")]}" and not depth and closed_at < 0:
                closed_at = word.end()
            if not depth and found == "or":
                cut = (word.end(), end)
            elif not depth and found == "if":
                cut = (cut[0], word.start())
                break
        if cut == (start, end):
            if text[start : start + 1] != "(" or closed_at != end:
                return start, end
            cut = (start + 1, end - 1)
        start, end = cut


def _bare(segment: str) -> str:
    return segment.split("(", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _clean(name: str) -> str:
    """A dotted name without call and subscript marks."""
    return name.replace("()", "").replace("[]", "").replace("{}", "").strip(".")
