"""Names in one file, resolved: imports, aliases, constructors, annotations and what functions give back.

A name that stands for an object is resolved to its type, so that after `client = openai.OpenAI()` the call
`client.chat.completions.create` is `openai.OpenAI.chat.completions.create`. A class and its instances share a prefix.
What other files say comes in as `Surroundings.external`: dotted names of this repository mapped to what they stand for.
"""

from __future__ import annotations

import msgspec

from scanner.languages import CodeTraits
from scanner.languages.bindings import HEADS, OWN_OBJECT, Bindings, Scope, Surroundings, bare, is_below
from scanner.languages.raw import Outline

#: Chains of aliases longer than this are cycles or not worth following.
_DEPTH = 12
#: Marks the last segment of what is called: a field and a method of one object may have the same name.
_CALLEE = "("


class Resolution(msgspec.Struct, frozen=True, gc=False):
    """What a written name stands for."""

    qualified: str
    #: Whether an import, an alias or a constructor said so.
    known: bool
    #: The class of this file whose object, or which itself, it is; -1 where it is none.
    owner: int = -1


class Resolver:
    """Resolves written names of one file."""

    def __init__(self, outline: Outline, traits: CodeTraits, is_package: bool, around: Surroundings) -> None:
        self._outline = outline
        self._traits = traits
        self._module = around.module
        self._around = around
        self._external = around.external
        self._bindings = Bindings(outline, traits, is_package, around)
        self._scopes = self._bindings.scopes
        self._paths = frozenset(
            name.decode("utf-8", "replace") for name in (traits.paths.findall(outline.source) if traits.paths else ())
        )
        self._memo: dict[tuple[str, int], Resolution] = {}
        #: The same of what is called, by its name as written.
        self._called: dict[tuple[str, int], Resolution] = {}
        self._bound = self._bindings.names() | traits.receivers
        #: Attributes (owner, name and value) that are being looked up, and those whose value leads back to themselves.
        self._open: set[tuple[int, str, str]] = set()
        self._circular: set[tuple[int, str, str]] = set()
        self.imports = self._bindings.imports

    def resolve_at(self, target: str, offset: int) -> Resolution:
        """What `target`, written at that byte offset, stands for; a header is read by the scope around it."""
        return self.resolve_in(target, offset, self._outline.scope(offset))

    def resolve_in(self, target: str, offset: int, scope: int) -> Resolution:
        """The same, where the innermost definition around the offset is known."""
        if scope >= 0:
            definitions = self._outline.definitions
            if offset < definitions[scope].body:
                scope = definitions[scope].scope
            first = HEADS[target]
            if first not in self._bound:  # the same in every scope
                scope = -1 if self._traits.anchored is None else scope
            else:
                while scope >= 0 and self._is_outer(first, offset, self._scopes[scope]):
                    scope = definitions[scope].scope
        found = self._called.get((target, scope))
        if found is None:
            found = self._called[(target, scope)] = self.resolve(target + _CALLEE, scope)
        return found

    def resolve(self, target: str, scope: int) -> Resolution:
        """What `target`, written in that scope, stands for; a name about which nothing is known stays as written."""
        memo = self._memo.get((target, scope))
        if memo is None:
            found = self._resolve(target, scope, 0)
            name = _clean(self._respelled(found.qualified))
            memo = self._memo[(target, scope)] = Resolution(name, found.known, found.owner)
        return memo

    def exports(self) -> dict[str, str]:
        """What this file's dotted names stand for, where that is something else: for the resolvers of other files.

        `module.client` maps to the type of `client`, `module.make()` to what `make` gives back, and `module.*` to the
        modules whose names are all names of this one, one a line.
        """
        if not self._module:
            return {}
        found: dict[str, str] = {}
        if self._bindings.stars:
            found[f"{self._module}.*"] = "\n".join(self._bindings.stars)
        for name in (*self._scopes[-1].names, *self._scopes[-1].imports):
            self._export(found, f"{self._module}.{name}", self._resolve(name, -1, 0))
        for (owner, name), method in self._bindings.children.items():
            imported = self._bindings.imported(owner)
            if "." in imported:  # a class of another file, by whose name the method is known
                found[f"{imported}.{name}"] = self._own(method).qualified
        for index, scope in self._scopes.items():
            if index == -1 or not (scope.returns or scope.attributes):
                continue
            symbol = f"{self._module}.{self._bindings.symbol(index)}"
            if scope.returns:
                self._export(found, f"{symbol}()", self._resolve(scope.returns, index, 0))
            for attribute in scope.attributes:
                self._export(found, f"{symbol}.{attribute}", self._attribute(index, attribute, 0))
        return found

    def _export(self, found: dict[str, str], name: str, resolution: Resolution) -> None:
        if resolution.known and resolution.qualified != name:
            found[name] = self._respelled(resolution.qualified)

    def _is_outer(self, name: str, offset: int, scope: Scope) -> bool:
        """Whether a name that a scope binds is, at that offset, still the one of the scope around."""
        if offset < scope.since.get(name, 0):
            return True
        return offset in self._bindings.rebound and scope.names.get(name, "").startswith(f"{name}.")

    def _respelled(self, name: str) -> str:
        own = not self._traits.respells_own and is_below(name, self._around.roots)
        return name if own else self._traits.respell(name)

    def _resolve(self, target: str, scope: int, depth: int) -> Resolution:
        if target.startswith("\1"):
            return Resolution(target[1:], True)
        segments = target.split(".")
        if depth > _DEPTH or not segments[0]:
            return Resolution(target, False)
        current, rest = self._head(segments, scope, depth)
        if current is None:
            return Resolution(target, False)
        if not rest:
            return Resolution(self._outside(current.qualified), current.known, current.owner)
        if not self._external and not self._traits.passing and current.owner == -1 and current.qualified:
            return Resolution(".".join([current.qualified, *rest]), current.known)
        for at, segment in enumerate(rest):
            if self._passes(current.owner, segment):
                continue
            if current.owner != -1 and depth + at < _DEPTH:
                current = self._attribute(current.owner, segment, depth + 1 + at)
            else:
                name = f"{current.qualified}.{segment}" if current.qualified else segment
                current = Resolution(self._outside(name), current.known)
        return Resolution(self._outside(current.qualified), current.known, current.owner)

    def _head(self, segments: list[str], scope: int, depth: int) -> tuple[Resolution | None, list[str]]:
        """The first segment (or `self.attribute`) resolved, and the segments after it."""
        first, called, at = bare(segments[0]), segments[0].endswith("()"), scope
        if first not in self._bound:  # the same in every scope
            at = -1
        elif scope >= 0 and (first in self._traits.receivers or self._names_own_object(first, scope)):
            owner = self._bindings.class_of(scope)
            if owner is not None:
                if len(segments) == 1 or self._passes(owner, segments[1]):
                    return self._own(owner), segments[2:]
                return self._attribute(owner, segments[1], depth + 1), segments[2:]
        # `message.Kind` is of the module `message`, also where a variable has its name.
        of_module = len(segments) > 1 and first in self._paths and segments[1][:1].isupper()
        while True:
            names = self._scopes[at]
            child = self._bindings.children.get((at, first))
            value = names.names.get(first) if not of_module else None
            if value is not None and (value or first not in names.imports):
                found = self._meaning(value, self._definer(at, first, value), depth)
                # What holds functions of its own may be made by an unknown call: `const tool = make({run() {}})`.
                if found.known or child is None or (value and child < -1):
                    return (found if found.known else None), segments[1:]
            if first in names.imports:
                name = self._outside(names.imports[first] + ("()" if called else ""))
                return Resolution(name, True), segments[1:]
            if child is not None:
                return self._child(child, called, depth), segments[1:]
            if at == -1:
                path = self._anchored(segments, scope)
                if path:
                    return self._within(path, depth)
                return self._unbound(first, called, len(segments)), segments[1:]
            at = self._outline.definitions[at].scope
            while at >= 0 and self._bindings.is_class(at):
                at = self._outline.definitions[at].scope

    def _meaning(self, value: str, scope: int, depth: int) -> Resolution:
        """What a value stands for that a name was given; a type of the platform's own needs no import."""
        found = self._resolve(value, scope, depth + 1)
        return found if found.known or value not in self._traits.globals else Resolution(value, True)

    def _passes(self, owner: int, segment: str) -> bool:
        """Whether a segment is a call that gives back its own object, as far as names go."""
        passing = self._traits.passing
        if not passing or not segment.endswith("()") or bare(segment) not in passing:
            return False
        return owner == -1 or (owner, bare(segment)) not in self._bindings.children

    def _anchored(self, segments: list[str], scope: int) -> str:
        """The absolute name of a path whose first word stands for a module; empty of any other."""
        if self._traits.anchored is None:
            return ""
        while scope >= 0 and self._outline.definitions[scope].kind != "module":
            scope = self._outline.definitions[scope].scope
        here = ".".join(part for part in (self._module, self._bindings.symbol(scope) if scope >= 0 else "") if part)
        written = ".".join(segments)
        path = self._traits.anchored(written, here)
        return path if path != written else ""

    def _within(self, path: str, depth: int) -> tuple[Resolution, list[str]]:
        """An absolute path, resolved by this file where it leads into it, and the segments after it."""
        inner = path.removeprefix(f"{self._module}.")
        if inner != path:
            found = self._resolve(inner, -1, depth + 1)
            if found.known and not inner.startswith(found.qualified):
                return found, []
        head, *rest = path.split(".")
        return Resolution(self._outside(head), True), rest

    def _unbound(self, name: str, called: bool, segments: int) -> Resolution | None:
        """A name that nothing in this file binds: the platform's own, or of another file of the same module."""
        names_module = called and name in self._traits.importers  # one that only running the code tells
        if (segments > 1 or called) and name in self._traits.globals and not names_module:
            return Resolution(name, True)
        if segments > 1 and not called and name in self._paths:
            return Resolution(self._bindings.unaliased(name), True)
        predeclared = self._traits.predeclared
        if predeclared is None or not self._module or not name or name in predeclared:
            return None
        if self._traits.paths is not None:
            return self._starred(name + ("()" if called else "")) if segments == 1 or name[:1].isupper() else None
        return Resolution(self._outside(f"{self._module}.{name}" + ("()" if called else "")), True)

    def _starred(self, name: str) -> Resolution | None:
        """A name of a file in which nothing but a `*` can bind it."""
        stars = self._bindings.stars
        if stars and all(is_below(star, self._around.roots) for star in stars):
            return Resolution(self._outside(f"{self._module}.{name}"), True)
        return Resolution(self._outside(f"{stars[0]}.{name}"), True) if len(stars) == 1 else None

    def _names_own_object(self, name: str, scope: int) -> bool:
        while scope >= 0:
            value = self._scopes[scope].names.get(name)
            if value is not None:
                return value == OWN_OBJECT
            scope = self._outline.definitions[scope].scope
        return False

    def _definer(self, at: int, name: str, value: str) -> int:
        # `client = client or make()` and the like would resolve the name by itself: look around it instead.
        if bare(value.split(".", maxsplit=1)[0]) != name or at == -1:
            return at
        return self._outline.definitions[at].scope

    def _child(self, index: int, called: bool, depth: int) -> Resolution:
        returns = self._scopes[index].returns
        if called and returns:
            found = self._resolve(returns, index, depth + 1)
            if found.known:
                return found
        return self._own(index)

    def _is_accessor(self, index: int) -> bool:
        if index < 0:
            return False
        item = self._outline.definitions[index]
        return item.accessor or any(name.rpartition(".")[2] in self._traits.accessors for name in item.decorators)

    def _own(self, index: int, suffix: str = "") -> Resolution:
        own = self._bindings.imported(index)
        name = own or ".".join(part for part in (self._module, self._bindings.symbol(index)) if part)
        name = f"{name}.{suffix}" if suffix else name
        return Resolution(name, True, index if not suffix and self._bindings.is_class(index) else -1)

    def _attribute(self, owner: int, attribute: str, depth: int) -> Resolution:
        name, called = bare(attribute), attribute.endswith("()")
        value = self._scopes[owner].attributes.get(name)
        is_method = attribute.endswith((_CALLEE, "()")) and (owner, name) in self._bindings.children
        for told in (value, self._scopes[owner].declared.get(name)):
            if not told or depth > _DEPTH or is_method:
                continue
            key = (owner, name, told)
            if key in self._open:
                self._circular.add(key)
            expression, _, scope = told.partition("\0")
            head, _, rest = expression.partition(".")
            if key not in self._circular and (rest != name or head not in self._traits.receivers):
                self._open.add(key)
                found = self._meaning(expression, int(scope) if scope else owner, depth)
                self._open.discard(key)
                # What it is made of itself, as in `self.state = self.state.next()`, says nothing of it.
                if found.known and key not in self._circular:
                    return found
        child = self._bindings.children.get((owner, name))
        if child is not None:
            called = called or self._is_accessor(child)
            return self._child(child, called, depth)
        for base in self._bindings.bases(owner) if value is None else ():
            inherited = self._base_attribute(owner, base, attribute, depth)
            if inherited is not None:
                return inherited
        return self._from_outside(self._own(owner, attribute))

    def _from_outside(self, found: Resolution) -> Resolution:
        name = self._outside(found.qualified)
        return found if name == found.qualified else Resolution(name, True)

    def _base_attribute(self, owner: int, base: str, attribute: str, depth: int) -> Resolution | None:
        if depth > _DEPTH:
            return None
        around = self._bindings.around(owner)
        local = self._bindings.children.get((around, base))
        if local is not None and local != owner:
            name = bare(attribute)
            if name in self._scopes[local].attributes or (local, name) in self._bindings.children:
                return self._attribute(local, attribute, depth + 1)
            return None
        found = self._resolve(base, around, depth + 1)
        if not found.known:
            return None
        name = f"{found.qualified}.{attribute}"
        resolved = self._outside(name)
        only = len(self._bindings.bases(owner)) == 1  # of several bases of this repository, any may be the one
        inherited = only or resolved != name or not is_below(found.qualified, self._around.roots)
        return Resolution(resolved, True) if inherited else None

    def _outside(self, name: str) -> str:
        """What other files say a dotted name stands for; a call gives what its function gives, else its own type."""
        if not self._external:
            return name
        for _ in range(_DEPTH):
            called, cleaned = name.endswith("()"), _clean(name)
            better = self._external.get(f"{cleaned}()") if called else None
            if better is None:
                better = self._external.get(cleaned)
            if better is None or better == cleaned:
                return name
            name = better
        return name


def _clean(name: str) -> str:
    """A dotted name without call and subscript marks."""
    return name.removesuffix(_CALLEE).replace("()", "").replace("[]", "").replace("{}", "").strip(".")
