"""Errors that a user can cause, and the exit codes they end in.

Each error is one line that says what is wrong, where, and how to mend it. `cli` prints it and leaves with `exit_code`.
"""

from __future__ import annotations

from typing import ClassVar


class UserError(Exception):
    """Base of all errors with a line for the user; `str()` is that line, without the word `error:`."""

    exit_code: ClassVar[int] = 2


class RuleError(UserError):
    """A rule, pack or catalogue file that cannot be loaded; holds every problem of the run, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SettingsError(UserError):
    """Settings of the scanned repository that cannot be used; holds every problem, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(UserError):
    """Arguments that do not fit together."""


class RepositoryError(UserError):
    """A repository that cannot be read."""

    exit_code: ClassVar[int] = 3


class ForgeError(UserError):
    """A forge that cannot be reached; one that refuses is a `UsageError`."""

    exit_code: ClassVar[int] = 3
