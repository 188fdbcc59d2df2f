"""What standard output can show: its width, colours, and links by OSC 8.

No terminal answers whether it knows links, so programs go by the variables that it sets. What only passes output on
(tmux, screen) is asked first, since the variables of the terminal around it stay visible inside.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Final

#: Values of `TERM` whose terminals follow links.
_LINKING_TERMS: Final = frozenset(
    "alacritty alacritty-direct contour contour-latest foot foot-extra rio wezterm xterm-ghostty xterm-kitty".split()
)
#: Values of `TERM_PROGRAM`, and since which version they follow links.
_LINKING_PROGRAMS: Final[Mapping[str, tuple[int, ...]]] = {
    "Hyper": (),
    "WezTerm": (20200620,),
    "ghostty": (),
    "iTerm.app": (3, 1),
    "rio": (),
    "terminology": (),
    "tmux": (3, 4),
    "vscode": (1, 72),
    "zed": (),
}
#: 0.50.0 crashes at a link. The variable has the version without dots, two digits each.
_VTE: Final = 5001
#: The same of Konsole, which asks its user first.
_KONSOLE: Final = 201200
_OFF: Final = frozenset({"0", "false", "no", "never"})


def how_to_show() -> tuple[int | None, bool, bool]:
    """How standard output is to be written: its columns (None in a file or pipe), with colours, with links."""
    from scanner.console import width

    is_terminal = sys.stdout.isatty()
    return width(), shows_color(os.environ, is_terminal), shows_links(os.environ, is_terminal)


def shows_color(variables: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether to write colours.

    Args:
        variables: of the environment. `NO_COLOR` turns colours off; `FORCE_COLOR` on, in a pipe, too (`0`: off).
        is_terminal: whether the output is one.
    """
    if variables.get("NO_COLOR"):
        return False
    if forced := variables.get("FORCE_COLOR"):
        return forced.lower() not in _OFF
    return is_terminal and variables.get("TERM") != "dumb"


def shows_links(variables: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether to write links by OSC 8: only where the terminal is known to follow them.

    Args:
        variables: of the environment. `FORCE_HYPERLINK` decides by itself, in a pipe, too (`0`: off).
        is_terminal: whether the output is one.
    """
    if forced := variables.get("FORCE_HYPERLINK"):
        return forced.lower() not in _OFF
    # Who wants no colours wants plain text; logs of CI are pages, and show links as rubbish.
    if not is_terminal or not shows_color(variables, is_terminal) or "CI" in variables or "STY" in variables:
        return False
    if "TMUX" in variables and variables.get("TERM_PROGRAM") != "tmux":  # older than the variable, hence than links
        return False
    program = variables.get("TERM_PROGRAM", "")
    if program in _LINKING_PROGRAMS:
        there = _numbers(variables.get("TERM_PROGRAM_VERSION", ""))
        is_fork = program == "vscode" and "CURSOR_TRACE_ID" in variables  # counts its versions from 0
        return there >= _LINKING_PROGRAMS[program] or is_fork
    return (
        "WT_SESSION" in variables
        or "DOMTERM" in variables
        or variables.get("TERM", "") in _LINKING_TERMS
        or _number(variables.get("VTE_VERSION", "")) >= _VTE
        or _number(variables.get("KONSOLE_VERSION", "")) >= _KONSOLE
    )


def _numbers(version: str) -> tuple[int, ...]:
    """`3.4a` as (3, 4)."""
    return tuple(int(each) for each in re.findall(r"\d+", version[:40], re.ASCII)[:3])


def _number(version: str) -> int:
    return int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0
