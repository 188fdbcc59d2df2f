"""Rust: what its query cannot say of imports and names."""

from __future__ import annotations

import re

from scanner.languages import CodeTraits, Language
from scanner.languages.rust.crates import module_names
from scanner.languages.rust.paths import absolute, imported_names

#: Slices, arrays and tuples, which are not what they are made of; lifetimes, which are no types.
_GROUP = re.compile(r"\[[^][]*\]|(?<![\w)])\([^()]*\)")
_MOST_GROUPS = 4
_LIFETIME = re.compile(r"'\w+")
#: A builder gives back what it is named after, or the type that it was asked of.
_BUILT = re.compile(r"((?:^|\.)[A-Z]\w*)\.builder\(\)(?:\.\w+\(\))*?\.build\(\)")
_BUILDER = re.compile(r"((?:^|\.)[A-Z]\w*?)Builder(?:\.\w+\(\))+?\.build\(\)")
#: Functions of a type that give an object of it.
_CONSTRUCTOR = re.compile(
    r"((?:^|\.)[A-Z]\w*)"
    r"(?:\.(?:new|new_in|new_with_\w+|from|from_\w+|try_from|try_new|default|builder|with_\w+|open)\(\))+"
)

#: Types and traits that wrap the type which matters, words of types that are no names, common lifetimes.
_CONTAINERS = frozenset(
    {"Arc", "Rc", "Box", "Weak", "Pin", "Cow", "Option", "Result", "Mutex", "RwLock", "RefCell", "Cell", "UnsafeCell"}
    | {"OnceCell", "OnceLock", "LazyLock", "LazyCell", "Lazy", "MutexGuard", "RwLockReadGuard", "RwLockWriteGuard"}
    | {"OwnedMutexGuard", "Ref", "RefMut", "Future", "BoxFuture", "LocalBoxFuture", "IntoFuture", "Output", "Poll"}
    | {"ArcSwap", "Send", "Sync", "Unpin", "Sized", "Clone", "Copy", "Debug"}
    | {"impl", "dyn", "mut", "ref", "const", "static", "for", "_"}
)
#: Types and traits, functions and macros that every file knows without importing them.
_PRELUDE = frozenset(
    {"Vec", "String", "Box", "Option", "Result", "Some", "None", "Ok", "Err", "Default", "From", "Into", "Iterator"}
    | {"IntoIterator", "ToString", "ToOwned", "Clone", "Drop", "TryFrom", "TryInto", "AsRef", "AsMut", "FromIterator"}
    | {"Extend", "PartialEq", "Eq", "PartialOrd", "Ord", "Fn", "FnMut", "FnOnce", "Send", "Sync", "Sized", "Copy"}
)
_STANDARD = frozenset(
    "drop assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne format format_args print println "
    "eprint eprintln write writeln vec matches panic todo dbg unreachable unimplemented env option_env concat "
    "stringify include include_str include_bytes cfg line file column module_path compile_error thread_local "
    "crate super self Self u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str derive allow test "
    "ignore inline must_use doc deprecated".split()
)
#: Macros whose arguments are expressions, and those whose brackets hold a block or an array of their own.
_EXPRESSIONS = re.compile(
    rb"\b((?:debug_)?assert(?:_eq|_ne)?|format|e?print(?:ln)?|write(?:ln)?|join|try_join|dbg|queue|execute)!"
    rb"(?=[ \t]*\()"
)
_BLOCKS = re.compile(rb"\b(?:async_stream::)?(?:(?:try_)?stream!(?=\s*\{)|vec!(?=\s*\[))")
#: What a lock guards is told by the lock's type.
_GUARDED = re.compile(r"((?:^|\.)[A-Z]\w*)\.(?:read|write)\(\)(?=\.)")
#: A variant of an enumeration, which is an object of it.
_VARIANT = re.compile(r"((?:^|\.)[A-Z]\w*)\.[A-Z]\w*[a-z]\w*(?:\(\)(?=\.|$)|(?=\.))")


def without_macros(source: bytes) -> bytes:
    """The source with common macros as the calls, blocks and arrays that they look like, each byte in its place.

    The grammar leaves what stands in a macro unread, and with it every sixth call of real code.
    """
    if b"!" not in source:
        return source
    return _BLOCKS.sub(lambda match: b" " * len(match.group()), _EXPRESSIONS.sub(rb"\1 ", source))


def annotated(annotation: str) -> str:
    """A type without lifetimes, and with slices and tuples as types of their own."""
    for _ in range(_MOST_GROUPS if "[" in annotation or "(" in annotation else 0):
        annotation, count = _GROUP.subn("_group", annotation)
        if not count:
            break
    return _LIFETIME.sub("", annotation) if "'" in annotation else annotation


def respell(name: str) -> str:
    """Calls that make an object as the type of that object: `Client.new()` and `Client.builder().….build()`."""
    if "()" in name:
        if ".build()" in name:
            name = _BUILDER.sub(r"\1", _BUILT.sub(r"\1", name))
        name = _GUARDED.sub(r"\1", _CONSTRUCTOR.sub(r"\1", name))
    return _VARIANT.sub(r"\1", name)


LANGUAGE = Language(
    name="rust",
    title="Rust",
    suffixes=(".rs",),
    interpreters=("rust-script",),
    grammar="tree_sitter_rust",
    prepare=without_macros,
    traits=CodeTraits(
        imports=imported_names,
        modules=module_names,
        manifests=frozenset({"Cargo.toml"}),
        receivers=frozenset({"self", "Self"}),
        environment=frozenset(
            {"std.env.var", "std.env.var_os", "std.env", "env", "option_env", "dotenvy.var", "dotenv.var"}
            | {"std.env.set_var", "std.env.remove_var", "std.option_env", "dotenvy_macro.dotenv"}
        ),
        holders=frozenset(
            {f"{name}.new" for name in ("Arc", "Rc", "Box", "Mutex", "RwLock", "RefCell", "Cell", "ArcSwap")}
            | {"Some", "Ok", "Box.pin", "Pin.new", "Arc.from", "Box.from", "Arc.clone", "Rc.clone"}
            | {"OnceCell.from", "Cow.Borrowed", "Cow.Owned"}
        ),
        passing=frozenset(
            {"clone", "cloned", "copied", "unwrap", "expect", "unwrap_or_default", "unwrap_or_else", "unwrap_or"}
            | {"as_ref", "as_mut", "as_deref", "as_deref_mut", "to_owned", "borrow", "borrow_mut", "by_ref", "take"}
            | {"lock", "map_err", "context", "with_context", "wrap_err", "wrap_err_with", "ok", "ok_or", "ok_or_else"}
            | {"or_else", "inspect_err", "instrument", "boxed", "get_or_init", "get_or_try_init", "into_inner"}
        ),
        containers=_CONTAINERS,
        typed_fields=True,
        annotated=annotated,
        transparent={
            "await_expression": 0,
            "try_expression": 0,
            "reference_expression": "value",
            "parenthesized_expression": 0,
            "type_cast_expression": "value",
            "unary_expression": 0,
            "struct_expression": "name",
        },
        respell=respell,
        globals=_PRELUDE,
        predeclared=_PRELUDE | _STANDARD,
        paths=re.compile(rb"(?<!:)\b([a-z_]\w*+)::"),
        anchored=absolute,
    ),
)
