"""Starting git, so that nothing configured inside the scanned repository can run, nothing is fetched, and git ends.

Who made the `.git` decides what git meets there: a pipe that nobody writes to, an object that unpacks to gigabytes, a
tree that holds itself ten times over. So each process of git has limits of the kernel, time by the clock, and a most
that it may say. The limits are set from here right after it was started, and what it took before is looked at: code
that ran in the child before git would make Python copy this process, and does not get on with threads.
"""

from __future__ import annotations

import math
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from scanner.limits import MEMORY

if sys.platform != "win32":
    import resource

#: Seconds for what reads a few small files: it takes milliseconds, and what hangs does so on a pipe.
QUICK: Final = 10
#: Seconds for what opens packs or walks the work tree, and for the next part of a list.
PATIENT: Final = 30
#: Seconds for what walks histories and trees, or compares their files.
LONG: Final = 120
#: Seconds of processor time for a git that answers one question after the other; each has its own time by the clock.
_ALL_ANSWERS: Final = 3600
#: Bytes that one answer may have: a million files with paths of 70 characters. The largest public repositories have
#: half as many, while a tree of a few hundred bytes can name files without end.
MOST: Final = 128 * 1024**2
#: Bytes of complaints that are kept.
_COMPLAINTS: Final = 64 * 1024
_PART: Final = 64 * 1024

#: Variables of git that stay, as they name the user's own configuration (with `safe.directory`) and installation.
#: All others go: inside a hook `GIT_DIR`, `GIT_INDEX_FILE` and the like point at another repository than the one asked
#: for, and `GIT_EXTERNAL_DIFF`, `GIT_SSH_COMMAND`, `GIT_TRACE` and their kin run programs or write files.
_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES")
#: The user's own settings by environment, numbered.
_KEPT_PREFIXES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")

_FIXED = {
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would start the transport that the repository names
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git too old for the line above; stronger than any configuration
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace would show other content than the commit's
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",  # messages are recognised by their English text
}

#: Command-line settings win over those of the scanned repository.
_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.pager=cat",
    "core.askPass=",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "safe.bareRepository=all",  # the user named the folder, and its configuration runs nothing here
)


class GitError(Exception):
    """Git said no; `message` is the first line of what it said, without `fatal:`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class GitMissing(GitError):
    """There is no git to ask."""


class GitOverrun(GitError):
    """Git gave no answer within its limits, so it is not known what the answer is."""


def environment() -> dict[str, str]:
    """Give the environment in which git is called."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    kept.pop("LANGUAGE", None)  # it would win over LC_ALL
    return {**kept, **_FIXED}


def command(*arguments: str) -> list[str]:
    """Spell a git command with the settings that keep the scanned repository from running anything.

    Raises:
        GitMissing: When git is not installed.
    """
    program = shutil.which("git")
    if program is None or not os.path.isabs(program):  # a relative one may come from the scanned folder
        raise GitMissing("git is not installed")
    return [program, "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)), *arguments]


def run(
    words: list[str],
    timeout: float = LONG,
    variables: dict[str, str] | None = None,
    silence: float = LONG,
) -> bytes:
    """Run a git command to its end.

    Args:
        words: The command, from `command`.
        timeout: Seconds.
        variables: Its environment; none stands for `environment()`.
        silence: Seconds that may pass before the next part of its answer.

    Returns:
        What it wrote.

    Raises:
        GitOverrun: When it does not end in time, takes too much memory or says too much.
        GitError: When it fails.
    """
    try:
        process = subprocess.Popen(
            words,
            env=environment() if variables is None else variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        raise GitError(str(error)) from None
    with _ending(process):
        _limit(process.pid, math.ceil(timeout))
        try:
            said, complaints = _heard(process, timeout, silence)
        except subprocess.TimeoutExpired as error:
            raise GitOverrun(f"git did not answer within {error.timeout:g} seconds") from None
    if process.returncode < 0:
        raise GitOverrun(f"git was ended by {_signal(-process.returncode)}")
    if process.returncode:
        complaint = _first_complaint(complaints)
        raise (GitOverrun if complaint.startswith(("Out of memory", "out of memory")) else GitError)(complaint)
    return said


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process at the end of a block, whatever came of it."""
    with process:  # closes the pipes and waits
        try:
            yield
        finally:
            process.kill()


def _limit(pid: int, seconds: int) -> None:
    """Limit the memory of a process, and its processor time in seconds."""
    if sys.platform != "linux":  # elsewhere no process can do so for another one
        return
    limits = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        # Not the address space: git maps packs and the index into it, which takes none of this.
        (resource.RLIMIT_DATA, MEMORY),
        # A worker's own limit would come down to git, for which a pack of some gigabytes is nothing odd.
        (resource.RLIMIT_AS, resource.RLIM_INFINITY),
    )
    for which, wanted in limits:
        hard = resource.getrlimit(which)[1]
        known = [each for each in (wanted, hard) if each != resource.RLIM_INFINITY]
        with suppress(OSError, ValueError):  # it has ended, or the kernel allows no such thing
            resource.prlimit(pid, which, (min(known, default=resource.RLIM_INFINITY), hard))
    with suppress(OSError, IndexError):
        with open(f"/proc/{pid}/statm", "rb") as file:
            taken = int(file.read().split()[5]) * resource.getpagesize()
        if taken > MEMORY:  # asked for before there was a limit; hardly any of it is in use yet
            os.kill(pid, signal.SIGKILL)


def _heard(process: subprocess.Popen[bytes], timeout: float, silence: float) -> tuple[bytes, bytes]:
    """What a process writes up to its end, to standard output and to standard error.

    Raises:
        TimeoutExpired: When it takes longer than that, or is silent for so long.
        GitOverrun: When it says too much.
    """
    if sys.platform == "win32":  # nobody can wait for one of two pipes there
        return process.communicate(timeout=timeout)
    assert process.stdout is not None
    assert process.stderr is not None
    said, complaints = process.stdout.fileno(), process.stderr.fileno()
    heard = {said: bytearray(), complaints: bytearray()}
    end = time.monotonic() + timeout
    with selectors.PollSelector() as selector:
        for pipe in heard:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(min(end - time.monotonic(), silence), 0))
            if not ready:
                raise subprocess.TimeoutExpired(process.args, timeout if time.monotonic() >= end else silence)
            for key, _ in ready:
                part = os.read(key.fd, _PART)
                heard[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
            if len(heard[said]) > MOST:
                raise GitOverrun(f"git says more than {MOST:,} bytes")
            del heard[complaints][_COMPLAINTS:]
    process.wait(max(end - time.monotonic(), 1))
    return bytes(heard[said]), bytes(heard[complaints])


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
        return f"{name}, as where memory runs out" if name == "SIGKILL" else name
    except ValueError:  # one of those without a name
        return f"signal {number}"


def _first_complaint(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").splitlines()
    for mark in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix(mark)
    return lines[0] if lines else "git gave no reason"


class Talk:
    """A git that answers one question after the other."""

    def __init__(self, words: list[str], variables: dict[str, str]) -> None:
        """Start it.

        Args:
            words: The command, from `command`.
            variables: Its environment.

        Raises:
            OSError: When it cannot be started.
        """
        self._process = subprocess.Popen(
            words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        _limit(self._process.pid, _ALL_ANSWERS)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._ask, self._answer = self._process.stdin, self._process.stdout.fileno()
        self._selector: selectors.BaseSelector | None = None
        if sys.platform != "win32":
            self._selector = selectors.PollSelector()
            self._selector.register(self._answer, selectors.EVENT_READ)
        self._heard = bytearray()
        self._until = 0.0

    def ask(self, question: bytes, seconds: float) -> bytes:
        """Put a question, to be answered whole within some seconds.

        Returns:
            The first line of the answer, without its end; empty where git ended or was silent.
        """
        self._until = time.monotonic() + seconds
        try:
            self._ask.write(question + b"\n")
        except OSError:  # it has ended
            return b""
        while b"\n" not in self._heard:
            if not self._hear():
                return b""
        line, _, rest = self._heard.partition(b"\n")
        self._heard = rest
        return bytes(line)

    def rest(self, size: int) -> bytes | None:
        """So many bytes more of the answer; None where git ended or was silent before."""
        while len(self._heard) < size:
            if not self._hear():
                return None
        data, self._heard = bytes(self._heard[:size]), self._heard[size:]
        return data

    def _hear(self) -> bool:
        if self._selector is not None and not self._selector.select(max(self._until - time.monotonic(), 0)):
            return False
        part = os.read(self._answer, _PART)
        self._heard += part
        return bool(part)

    def close(self) -> None:
        """End it."""
        if self._selector is not None:
            self._selector.close()
        with suppress(OSError), _ending(self._process):
            pass
