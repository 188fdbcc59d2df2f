"""What templates of packs may be made of: packs come from strangers, and a text must be as long as what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.yamlfile import printable

if TYPE_CHECKING:
    from jinja2 import nodes

#: A longer template is no sentence.
LONGEST = 2_000
#: Nodes in each other; Python's own compiler gives up at some hundreds.
_DEEPEST = 30
#: Nothing that repeats, assigns or multiplies.
_IN_SENTENCES = frozenset(
    "Template Output TemplateData Const Name Call Keyword Getattr Getitem List Tuple CondExpr If Compare Operand Test "
    "And Or Not Add Sub Neg Pos Concat Filter".split()
)
#: Those that make nothing larger.
_FILTERS = frozenset({"length", "count", "join", "lower", "upper", "first", "last", "default", "trim"})
#: Characters of what `join` puts between any two: a longer one multiplies.
_LONGEST_SEPARATOR = 10
#: What can be asked of `seam(...)` and of its places; no method of a text or list is among them.
_ATTRIBUTES = frozenset("best names count files functions surfaces places path line end_line symbol kind id".split())
_HINT = "a sentence asks for counts and names, in `{{ ... }}` and `{% if %}`"


def wrong_template(source: str) -> str:
    """What is wrong with a template, as the end of a sentence; empty for nothing.

    Whether its names exist, only filling it tells.

    Args:
        source: the template.
    """
    if len(source) > LONGEST:
        return f"has {len(source):,} characters; write at most {LONGEST:,}"
    if "{" not in source:
        return ""
    from jinja2 import TemplateSyntaxError  # here, since loading rules alone needs no templates
    from jinja2.sandbox import SandboxedEnvironment

    try:
        return _wrong_node(SandboxedEnvironment().parse(source), 0)
    except TemplateSyntaxError as error:
        reason = printable((error.message or "unreadable").rstrip("."))
        return f"cannot be read: {reason}; write `{{{{ ... }}}}` around one expression"
    except RecursionError:
        return "is nested too deeply; write it flatter"
    except ValueError:  # a number of thousands of digits
        return "holds a number that is too long; write less"


def _wrong_node(node: nodes.Node, depth: int) -> str:
    if depth > _DEEPEST:
        return "is nested too deeply; write it flatter"
    what = _foreign(node)
    if what:
        return f"uses {what}; {_HINT}"
    return next(filter(None, (_wrong_node(child, depth + 1) for child in node.iter_child_nodes())), "")


def _foreign(node: nodes.Node) -> str:
    """What of a node does not belong into a sentence; empty for nothing."""
    from jinja2 import nodes

    if type(node).__name__ not in _IN_SENTENCES:
        return f"`{type(node).__name__.lower()}`"
    if isinstance(node, nodes.Filter):
        if node.name not in _FILTERS:
            return f"the filter `{printable(node.name)}`"
        wrong = _wrong_join(node) if node.name == "join" else ""
        return f"the filter `join` with {wrong}" if wrong else ""
    if isinstance(node, nodes.Getattr) and node.attr not in _ATTRIBUTES:
        return f"`.{printable(node.attr)}`"
    if isinstance(node, nodes.Getitem) and not (isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int)):
        return "`[...]` without a number"
    if isinstance(node, nodes.Call):
        by_name = isinstance(node.node, nodes.Name) or (
            isinstance(node.node, nodes.Getattr) and node.node.attr == "names"
        )
        return "" if by_name else "a call of what has no name"
    return ""


def _wrong_join(node: nodes.Filter) -> str:
    """What of a `join` does not belong into a sentence; empty for nothing."""
    from jinja2 import nodes

    if node.dyn_args is not None or node.dyn_kwargs is not None or len(node.args) > 2:
        return "arguments that are not written out"
    given: list[tuple[str, nodes.Expr]] = list(zip(("d", "attribute"), node.args, strict=False))
    given += [(str(each.key), each.value) for each in node.kwargs]
    for name, value in given:
        if name not in ("d", "attribute"):
            return f"an argument `{printable(name)}`"
        if not isinstance(value, nodes.Const):
            return f"{'a separator' if name == 'd' else 'an attribute'} that is not written out"
        if name == "d" and len(str(value.value)) > _LONGEST_SEPARATOR:
            return f"a separator of more than {_LONGEST_SEPARATOR} characters"
        if name == "attribute" and not _is_plain(value.value):
            return f"the attribute `{printable(str(value.value))}`"
    return ""


def _is_plain(attribute: object) -> bool:
    """Whether what `join` takes of each item could be written behind a name as well: attributes and numbers."""
    if isinstance(attribute, str):
        return all(part in _ATTRIBUTES or (part.isascii() and part.isdigit()) for part in attribute.split("."))
    return attribute is None or isinstance(attribute, int)
