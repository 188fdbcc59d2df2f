"""What the names of one file are bound to, scope by scope: expressions as they are written, not yet resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from scanner.languages import LONGEST_NAME, CodeTraits, ImportedName
from scanner.languages.raw import Outline, RawDefinition, RawName
from scanner.languages.spelling import dotted
from scanner.memory import Memory

_ANNOTATED = re.compile(r"[A-Za-z_$][\w.$]*")
_NAME = re.compile(r"[A-Za-z_$][\w.$]*(?:\(\)|\[\w+\])?")
_WRITTEN = re.compile(r"[A-Za-z_$](?:[\w.$]|\(\))*")
_CONSTANTS = frozenset({"None", "True", "False", "null", "undefined", "nil", "true", "false"})
_CLASSES = ("class", "extension")
#: Stands for the object of the method around it.
OWN_OBJECT = "\2"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the repository around a file."""

    #: The name by which other files import it; empty where it has none.
    module: str = ""
    #: Dotted names of other files → what they stand for.
    external: Mapping[str, str] = field(default_factory=dict)
    #: Leading parts of names that belong to the repository.
    roots: frozenset[str] = frozenset()
    #: Leading parts of imported names → what they stand for.
    aliases: Mapping[str, str] = field(default_factory=dict)


#: A file of which nothing is known but what it says itself.
ALONE = Surroundings()


def is_below(qualified: str, roots: frozenset[str]) -> bool:
    """Whether a dotted name is one of `roots`, or begins with one and a dot."""
    if not roots:
        return False
    at = qualified.find(".")
    while at >= 0:
        if qualified[:at] in roots:
            return True
        at = qualified.find(".", at + 1)
    return qualified in roots


def leading_parts(name: str) -> Iterator[str]:
    """A name and its leading parts, cut at dots and slashes, longest first."""
    at = len(name)
    while at > 0:
        yield name[:at]
        at = max(name.rfind("/", 0, at), name.rfind(".", 0, at))


def _cut(name: str) -> str:
    """As much of a name as counts."""
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rstrip("./")


class Scope(msgspec.Struct):
    """What the names of one definition (or of the file) are bound to: expressions, not yet resolved."""

    names: dict[str, str] = {}
    #: Where each name is bound first: in `url := url.Parse(text)` the second `url` is still that of the scope around.
    since: dict[str, int] = {}
    imports: dict[str, str] = {}
    #: Attributes of a class's objects.
    attributes: dict[str, str] = {}
    #: Their declared types, where what is assigned to them may say more.
    declared: dict[str, str] = {}
    #: What a function gives back, as a written name.
    returns: str = ""


class Bindings:
    """The scopes of one file. Scope -1 is the file itself; other numbers are those of its definitions.

    A class of which this file holds only methods has a number below -1.
    """

    def __init__(self, outline: Outline, traits: CodeTraits, is_package: bool, around: Surroundings) -> None:
        self._outline = outline
        self._traits = traits
        self._around = around
        self._is_package = is_package
        self.scopes: dict[int, Scope] = {-1: Scope()}
        #: Owner and name → the definition.
        self.children: dict[tuple[int, str], int] = {}
        self.imports: list[tuple[ImportedName, int, int]] = []
        #: Names of modules that are imported whole into the file.
        self.stars: list[str] = []
        #: Where a value begins that is given to a name which it begins with itself.
        self.rebound: set[int] = set()
        self._symbols: dict[int, str] = {}
        self._classes: dict[int, int] = {}
        self._calls = {(call.start, call.end): call for call in outline.calls}
        self._globals = {(outline.scope(start), name) for start, name in outline.globals}
        self._wrappers = {name.rpartition(".")[2] for name in traits.wrappers}
        self._importers = {name.rpartition(".")[2] for name in traits.importers}
        self._read_definitions()
        self._read_imports()
        for variable in outline.variables:
            self._bind(variable, variable.scope)
        self._read_keys()
        self._read_returns()
        self._read_proxies()

    def names(self) -> set[str]:
        """Every name that some scope of the file binds."""
        found = {name for _, name in self.children}
        for scope in self.scopes.values():
            found.update(scope.names, scope.imports)
        return found

    def class_of(self, scope: int) -> int | None:
        """The class around a scope, or None."""
        while scope >= 0:
            known = self._classes.get(scope)
            if known is not None:
                return known
            scope = self._outline.definitions[scope].scope
        return None

    def around(self, owner: int) -> int:
        """The scope in which a class stands."""
        return self._outline.definitions[owner].scope if owner >= 0 else -1

    def bases(self, owner: int) -> tuple[str, ...]:
        """The bases of a class, as written."""
        return self._outline.definitions[owner].bases if owner >= 0 else ()

    def imported(self, index: int) -> str:
        """The absolute name of a class of which this file holds only methods, where it imports it; else nothing."""
        if index >= -1:
            return ""
        name = self._symbols[index]
        return self.scopes[-1].imports.get(name) or (name if name in self._traits.globals else "")

    def symbol(self, index: int) -> str:
        """The dotted name of a definition inside the file."""
        return self._outline.definitions[index].symbol if index >= 0 else self._symbols[index]

    def is_class(self, index: int) -> bool:
        """Whether a definition is a class."""
        return index < -1 or self._outline.definitions[index].kind in _CLASSES

    def _read_definitions(self) -> None:
        definitions = self._outline.definitions
        for index, definition in enumerate(definitions):
            self.scopes[index] = Scope()
            if definition.kind == "class":
                self._classes[index] = index
                self.children.setdefault((definition.scope, definition.name), index)
                if definition.returns:  # an alias: what it stands for counts more than its own name
                    names = self.scopes[definition.scope].names
                    names.setdefault(definition.name, self._annotated(definition.returns))
        for index, definition in enumerate(definitions):
            if definition.kind == "extension":
                home = self._classes[index] = self._home(definition, definition.name)
                if home >= 0:
                    definitions[home].added += definition.bases
            elif definition.owner and definition.kind == "method":
                self._classes[index] = self._home(definition, definition.owner)
        for index, definition in enumerate(definitions):
            if definition.kind not in _CLASSES:
                parent = definition.scope
                is_method = parent >= 0 and definitions[parent].kind in _CLASSES
                if definition.owner:
                    owner = self._home(definition, definition.owner)
                elif is_method:
                    owner = self._classes[parent]
                elif definition.keyed:
                    continue
                else:
                    owner = parent
                self.children.setdefault((owner, definition.name), index)
            if definition.receiver:
                self.scopes[index].names[definition.receiver] = OWN_OBJECT
                self.scopes[index].since[definition.receiver] = 0

    def _home(self, definition: RawDefinition, name: str) -> int:
        """The class to which a method outside of it belongs; a stand-in where this file does not define it."""
        known = self.children.get((definition.scope, name))
        if known is None:
            known = -2 - len(self._symbols)
            around = self._outline.definitions[definition.scope].symbol if definition.scope >= 0 else ""
            self._symbols[known] = f"{around}.{name}" if around else name
            self.scopes[known] = Scope()
            self.children[(definition.scope, name)] = known
        return known

    def _read_imports(self) -> None:
        source = self._outline.source
        for node in self._outline.imports:
            scope = self._outline.scope(node.start_byte)
            for written in self._traits.imports(node, source, self._around.module, self._is_package):
                qualified = self._passed_on(self.unaliased(_cut(written.qualified)))
                # Where a name that is too long is used, it is too long as well.
                name = ImportedName(_cut(qualified), written.alias if len(written.alias) <= LONGEST_NAME else "")
                self.imports.append((name, node.start_byte, node.end_byte))
                if name.alias == "*":
                    self.stars.append(name.qualified)
                elif _NAME.fullmatch(name.alias):
                    self.scopes[scope].imports.setdefault(name.alias, name.qualified)
                    # A name imported inside one function often serves its siblings by the same module alias,
                    # but hides nothing that the file itself defines.
                    if (-1, name.alias) not in self.children:
                        self.scopes[-1].imports.setdefault(name.alias, name.qualified)

    def unaliased(self, name: str) -> str:
        """An imported name with its longest leading part that stands for something else replaced by that."""
        aliases = self._around.aliases
        known = next((part for part in leading_parts(name) if part in aliases), None) if aliases else None
        return aliases[known] + name[len(known) :] if known is not None else name

    def _passed_on(self, name: str) -> str:
        """An imported name; what a library passes on before all else is told by the library's own name."""
        main = self._traits.main_export
        if main and name.endswith(f".{main}") and not is_below(name, self._around.roots):
            return name[: -len(main) - 1]
        return name

    def _bind(self, variable: RawName, scope: int) -> None:
        value = self._value(variable)
        if variable.annotation and not self._is_bound(value, scope):
            value = self._annotated(variable.annotation) or value
        head, _, attribute = variable.name.partition(".")
        if not attribute:
            scope = -1 if (scope, head) in self._globals else scope
            owner = self.scopes[scope]
            if value.startswith(f"{head}."):
                self.rebound.add(variable.operand[0])
            owner.since[head] = min(variable.end, owner.since.get(head, variable.end))
            # The first value that says something counts; an empty one still hides the names around it.
            owner.names[head] = owner.names.get(head) or value
            if scope >= 0 and self._outline.definitions[scope].kind == "class":
                owner.attributes[head] = owner.attributes.get(head) or value
        elif "." not in attribute and (head in self._traits.receivers or self._is_receiver(head, scope)):
            class_index = self.class_of(scope)
            if class_index is not None:
                # The first value that says something counts; an empty one still says whose attribute it is.
                attributes = self.scopes[class_index].attributes
                if value.startswith(f"{variable.name}."):  # `self.state = self.state.next()` tells nothing new
                    value = ""
                if not attributes.get(attribute):
                    attributes[attribute] = f"{value}\0{scope}" if value else ""

    def _is_receiver(self, name: str, scope: int) -> bool:
        while scope >= 0:
            if self.scopes[scope].names.get(name) == OWN_OBJECT:
                return True
            scope = self._outline.definitions[scope].scope
        return False

    def _value(self, raw: RawName) -> str:
        """A value as a written name: a call keeps its `()`, a wrapped function stands for itself."""
        start, end = raw.operand if raw.operand != (0, 0) else raw.value
        if start == end or end - start > 2000:
            return ""
        call = self._calls.get((start, end))
        if call is None:
            text = self._outline.text(start, end)
            text = dotted(text.replace("::", ".").replace(".#", ".")) if "(" not in text else ""
            value = text if _NAME.fullmatch(text) and text not in _CONSTANTS else ""
        else:
            value = self._made_by(call)
        return f"{value}.{raw.member}" if value and raw.member else value

    def _made_by(self, call: RawName) -> str:
        inner = self._outline.text(call.value[0] + 1, call.value[1] - 1).split(",")[0].strip()
        last = call.name.rpartition(".")[2]
        if self._only_holds(call.name):
            return self._held(call)
        if last in self._wrappers and re.fullmatch(r"[\w.]+", wrapped := self._traits.annotated(inner)):
            return wrapped
        if last in self._importers and inner[:1] in ("'", '"'):
            name = self._traits.absolute(inner.strip("\"'"), self._around.module, self._is_package)
            return "\1" + self.unaliased(name)
        return f"{call.name}()"

    def _only_holds(self, name: str) -> bool:
        return bool(self._traits.holders) and ".".join(name.split(".")[-2:]) in self._traits.holders

    def _held(self, call: RawName) -> str:
        """What a call that only holds its first argument was given, as a written name."""
        text = self._outline.text(call.value[0] + 1, call.value[1] - 1).strip()
        while text.endswith(")"):
            name, _, rest = text.partition("(")
            if not self._only_holds(dotted(name.strip())):
                break
            text = rest[:-1].strip()
        written = dotted(text).split(",", maxsplit=1)[0].lstrip("&*").removesuffix("{}")
        written = written.replace("?", "").replace(".await", "")
        return written if _WRITTEN.fullmatch(written) and written not in _CONSTANTS else ""

    def _is_bound(self, value: str, scope: int) -> bool:
        """Whether anything in this file says what a value's first name is."""
        head = bare(value.partition(".")[0])
        if not head or head in self._traits.receivers or head in self._traits.globals:
            return bool(head)
        return head in self.scopes[-1].imports or any((at, head) in self.children for at in (scope, -1))

    def _annotated(self, annotation: str) -> str:
        """The type that matters in an annotation: the first name that is no container."""
        for name in _ANNOTATED.findall(self._traits.annotated(annotation).replace("::", ".")):
            if name.rpartition(".")[2] not in self._traits.containers:
                return _cut(name)
        return ""

    def _outer(self, name: str, names: Mapping[str, str]) -> str:
        """The type of a parameter: an import that a variable of the function hides still tells it."""
        head, dot, rest = name.partition(".")
        imported = self.scopes[-1].imports.get(head) if dot and head in names else None
        return f"\1{imported}.{rest}" if imported else name

    def _read_keys(self) -> None:
        for key in self._outline.keys:
            if key.kind == "parameter":
                owner = self.scopes[key.scope]
                owner.since[key.name] = 0
                kept, known = self._outer(self._annotated(key.annotation), owner.names), owner.names.get(key.name, "")
                if not known or (kept and known.startswith(f"{key.name}.")):
                    owner.names[key.name] = f"{kept}.{key.member}" if kept and key.member else kept
            elif key.kind == "field" and key.annotation:
                class_index = self.class_of(key.scope)
                if class_index is not None:
                    attributes, kept = self.scopes[class_index].attributes, self._annotated(key.annotation)
                    if attributes.get(key.name) and not (kept and self._traits.typed_fields):
                        self.scopes[class_index].declared.setdefault(key.name, kept)
                    else:
                        attributes[key.name] = kept

    def _read_returns(self) -> None:
        for index, definition in enumerate(self._outline.definitions):
            if definition.kind not in _CLASSES and definition.returns:
                self.scopes[index].returns = self._annotated(definition.returns)
        for given in self._outline.returns:
            index = given.scope
            if index >= 0 and not self.scopes[index].returns:
                self.scopes[index].returns = self._value(given)

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
            modules = {value for at in inner for value in self.scopes[at].imports.values()}
            values = [value for at in inner for value in self.scopes[at].names.values()]
            values += self.scopes[owner].attributes.values()
            modules |= {value.split("\0")[0][1:] for value in values if value.startswith("\1")}
            modules -= self._traits.importers | {"importlib"}
            if len(modules) == 1:
                self.scopes[owner].returns = "\1" + modules.pop()


def bare(segment: str) -> str:
    """A segment of a dotted name without the marks of calls and subscripts."""
    return segment.split("(", maxsplit=1)[0].split("[", maxsplit=1)[0]


#: The first name of a dotted one, without marks; it is asked of every call.
HEADS: Memory[str, str] = Memory(lambda target: bare(target.partition(".")[0]))
