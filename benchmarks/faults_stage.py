"""A place to do faults in: a repository, what an earlier run left of it, and what an undisturbed run makes of it."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from faults_server import LINGER, Server

PROJECT: Final = Path(__file__).resolve().parent.parent
PLAIN: Final = (sys.executable, "-m", "scanner")
#: Exit codes that the scanner documents for what happens here, and signals that nobody can hear.
DOCUMENTED: Final = (0, 2, 3, 130, 143, -signal.SIGKILL)
#: What runs read beside the repository.
_READ: Final = ("base", "history.json")
#: Files in order, with what is added to one after the earlier run.
_FILES: Final = ("agent.py", "calls.py", "tools.py", "README.md", "pyproject.toml")
_CODE: Final = """
    import os
    import subprocess

    import openai

    client = openai.OpenAI(api_key=os.environ["OPENAI_API_KEY"])


    def {name}(messages, model="gpt-4o"):
        answer = client.chat.completions.create(model=model, messages=messages)
        return subprocess.run(answer.choices[0].message.content, shell=True)
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, the files that it writes, and its exit code; `{repo}` is the repository."""

    name: str
    words: tuple[str, ...]
    #: Folders of which all files belong together, and files.
    writes: tuple[str, ...]


_ASKED: Final = ("--rules", "tensorzero", "--repo", "{repo}")
_BESIDE: Final = ("--baseline", "base", "--history", "history.json")
COMMANDS: Final = (
    Command("packet --output-dir", ("packet", *_ASKED, "--output-dir", "out", *_BESIDE), ("out",)),
    Command("packet -o", ("packet", *_ASKED, "--format", "json", "-o", "packet.json"), ("packet.json",)),
    Command("history", ("history", *_ASKED, "--every", "1", "--output-dir", "past"), ("past",)),
    Command("diff", ("diff", *_ASKED, "--base", "HEAD~1", "--format", "markdown", "-o", "diff.md"), ("diff.md",)),
    Command("check", ("check", "--repo", "{repo}", "--baseline", "base", "--format", "json"), ()),
)
#: What a run says on standard output.
PRINTED: Final = Command("packet", ("packet", *_ASKED, "--format", "json"), ())


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    out: bytes
    err: str
    #: Whether all processes that it started ended with it.
    is_gone: bool


class Stage:
    """Makes folders to run in, each with what an earlier run left, and judges them afterwards."""

    def __init__(self, here: Path, jobs: int) -> None:
        self._servers: SimpleQueue[Server] = SimpleQueue()
        for _ in range(jobs):
            self._servers.put(Server())
        self._usual: dict[str, float] = {}
        #: What was left → what was wrong with the next run.
        self._next: dict[str, str] = {}
        self.here = here.resolve()
        self.home = self.here / "home"
        self.repo = self.here / "repo"
        self.before = self.here / "before"
        self._numbers = count()
        for folder in (self.home, self.before, self.before / "tmp"):
            folder.mkdir()
        self._repository()
        self._earlier()
        #: What an undisturbed run writes, by command: content by path.
        self.after = {each.name: self._undisturbed(each) for each in (*COMMANDS, PRINTED)}

    def _repository(self) -> None:
        self.write("agent.py", _CODE.format(name="ask"))
        self.write("calls.py", _CODE.format(name="call"))
        self.write("tools.py", "def shout(text):\n    return text.upper()\n")
        self.write("README.md", "# An agent\n")
        self.write("pyproject.toml", '[project]\nname = "agent"\ndependencies = ["openai>=1"]\n')
        self.git("init", "-q", "-b", "main")
        for words in ("first", "second"):
            self.write("notes.py", f"NOTE = {words!r}\n")
            self.git("add", ".")
            self.git("commit", "-q", "-m", words)

    def _earlier(self) -> None:
        """What a run on the last commit left."""
        rules = ("packet", "--rules", "tensorzero", "--repo", "{repo}", "--output-dir")
        for each in (Command("", (*rules, "base"), ()), *COMMANDS[2:4], COMMANDS[1]):
            self._sound(each, self.before)
        shutil.copy(self.before / "past" / "history.json", self.before / "history.json")
        self._sound(COMMANDS[0], self.before)
        with (self.repo / "calls.py").open("a") as file:
            file.write(textwrap.dedent(_CODE.format(name="call_again")))
        self.git("commit", "-q", "-a", "-m", "third")
        for path in self.repo.rglob("*.*"):
            os.utime(path, (1e9, 1e9))

    def write(self, name: str, text: str) -> None:
        """Write a file of the repository."""
        self.repo.mkdir(exist_ok=True)
        (self.repo / name).write_text(textwrap.dedent(text).lstrip("\n"))

    def git(self, *words: str) -> None:
        """Run git in the repository."""
        person = ["-c", "user.name=a", "-c", "user.email=a"]
        subprocess.run(["git", *person, *words], cwd=self.repo, env=self.environment(self.here), check=True)

    def environment(self, folder: Path, **more: str) -> dict[str, str]:
        """All that a run knows of the machine."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C", "TMPDIR": str(folder / "tmp"),
            "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1", "SCANNER_CACHE_DIR": str(folder / "cache"),
            "GIT_AUTHOR_DATE": "2001-09-09T01:46:40Z", "GIT_COMMITTER_DATE": "2001-09-09T01:46:40Z", **more,
        }  # fmt: skip

    def folder(self) -> Path:
        """A new folder with what the earlier run left."""
        made = self.here / f"run-{next(self._numbers)}"
        shutil.copytree(self.before, made)
        shutil.rmtree(made / "tmp")
        (made / "tmp").mkdir()
        return made

    def start(self, program: Sequence[str], command: Command, folder: Path, **more: object) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own; its words follow those of the program."""
        words = [word.format(repo=self.repo) for word in command.words]
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        given.setdefault("env", self.environment(folder))
        started: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
            [*program, *words], cwd=folder, start_new_session=True, **given
        )
        return started

    def faulty(self, fault: str, at: int, command: Command, folder: Path) -> Ended:
        """Run a command with a fault, see `faulty`."""
        words = [word.format(repo=self.repo) for word in command.words]
        server = self._servers.get()
        try:
            code, is_gone = server.run(fault, at, words, folder, self.environment(folder))
        finally:
            self._servers.put(server)
        said = [(folder / f"said.{name}").read_bytes() for name in ("out", "err")]
        return Ended(code, said[0], said[1].decode("utf-8", "replace"), is_gone)

    def run(self, program: Sequence[str], command: Command, folder: Path, **more: object) -> Ended:
        """Run a command to its end."""
        return self.end(lambda held: self.start(program, command, folder, pass_fds=(held,), **more))

    def end(self, start: Callable[[int], subprocess.Popen[bytes]]) -> Ended:
        """Wait for what is started with a file that its processes hold open, and for them."""
        reading, held = os.pipe()
        process = start(held)
        os.close(held)
        out, err = process.communicate()
        is_gone = bool(select.select([reading], [], [], LINGER)[0])
        os.close(reading)
        return Ended(process.returncode, out or b"", (err or b"").decode("utf-8", "replace"), is_gone)

    def _undisturbed(self, command: Command) -> dict[str, bytes]:
        folder = self.folder()
        shutil.rmtree(folder / "cache")
        done = self._sound(command, folder)
        return {**files_of(folder, command.writes), "": done.out}

    def _sound(self, command: Command, folder: Path) -> Ended:
        done = self.faulty("none", 0, command, folder)
        if done.code or done.err:
            raise SystemExit(f"{command.name} fails without a fault: {done}")
        return done

    def usual(self, command: Command) -> float:
        """Seconds that an undisturbed run takes in a process of its own."""
        if command.name not in self._usual:
            folder, begun = self.folder(), time.monotonic()
            self.run(PLAIN, command, folder)
            self._usual[command.name] = time.monotonic() - begun
            shutil.rmtree(folder)
        return self._usual[command.name]

    def points(self, command: Command) -> list[str]:
        """What a run passes by, see `faulty`."""
        folder = self.folder()
        self.faulty("count", 0, command, folder)
        passed = (folder / "points").read_text().split(",")
        shutil.rmtree(folder)
        return passed

    def judge(
        self,
        command: Command,
        folder: Path,
        ended: Ended,
        codes: tuple[int, ...] = DOCUMENTED,
        tells: bool = False,
    ) -> str:
        """What is wrong with how a run ended and with what it left; empty for nothing.

        Args:
            command: what ran.
            folder: where.
            ended: how.
            codes: the exit codes that are right.
            tells: whether outputs may tell of what could not be read, and so be neither the old nor the new ones.
        """
        return "; ".join(self._wrong(command, folder, ended, codes, tells))

    def _wrong(
        self, command: Command, folder: Path, ended: Ended, codes: tuple[int, ...], tells: bool
    ) -> Iterator[str]:
        killed = ended.code == -signal.SIGKILL
        if ended.code not in codes:
            yield f"exit code {ended.code} ({ended.err.strip()[:200]})"
        lines = ended.err.splitlines()
        if "Traceback" in ended.err or "internal error" in ended.err or "Exception ignored" in ended.err:
            yield f"said {ended.err.strip()[-300:]!r}"
        elif ended.code > 0 and not (lines and all(line.startswith("error: ") for line in lines)):
            yield f"said {ended.err!r}"
        if not ended.is_gone:
            yield "a process is left"
        yield from self._left(command, folder, killed, tells)
        if files_of(folder, _READ) != files_of(self.before, _READ):
            yield "a baseline or a history that was only read changed"
        if wrong := self._wrong_next(command, folder):
            yield wrong

    def _wrong_next(self, command: Command, folder: Path) -> str:
        """What is wrong with a run without a fault; of what was left alike before it is known."""
        left = hashlib.sha256(command.name.encode())
        for path, content in sorted(files_of(folder, (*command.writes, "cache")).items()):
            left.update(f"{path if '.tmp' not in path else ''} {len(content)} ".encode() + content)
        key = left.hexdigest()
        if key not in self._next:
            again = self.faulty("none", 0, command, folder)
            if again.code != 0:
                self._next[key] = f"the next run ends with {again.code}: {again.err.strip()[:200]}"
            elif {**results(folder, command.writes), "": again.out} != self.after[command.name]:
                self._next[key] = "the next run writes something else"
            else:
                self._next[key] = ""
        return self._next[key]

    def _left(self, command: Command, folder: Path, killed: bool, tells: bool) -> Iterator[str]:
        if not killed and (left := [str(path) for path in folder.rglob(".scanner-*.tmp")]):
            yield f"left {left}"
        if not killed and (left := os.listdir(folder / "tmp")):
            yield f"left {left} in the temporary folder"
        for name in command.writes:
            now = results(folder, (name,))
            old, new = files_of(self.before, (name,)), {**self.after[command.name]}
            new = {path: text for path, text in new.items() if path}
            if now in (old, new):
                continue
            is_bundle = (folder / name / "manifest.json").exists()
            verified = self.faulty("none", 0, Command("verify", ("verify", name), ()), folder).code if is_bundle else 0
            if tells:
                if verified or not all(map(is_whole, now, now.values())):
                    yield f"{name} is broken"
            elif any(text not in (old.get(path), new.get(path)) for path, text in now.items()):
                yield f"{name} holds a broken file"
            elif not killed:
                yield f"{name} holds files of two runs"
            elif is_bundle and verified != 1:
                yield f"{name} holds files of two runs, and `scanner verify` does not say so"


def is_whole(name: str, content: bytes) -> bool:
    """Whether a file can be read to its end, as far as its form tells."""
    if name.endswith((".json", ".sarif")):
        try:
            json.loads(content)
        except ValueError:
            return False
    return content.rstrip().endswith((b"</svg>", b"</html>")) or content.endswith(b"\n")


def results(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """As `files_of`, without what a killed run left half written, which later runs sweep."""
    return {path: content for path, content in files_of(folder, names).items() if ".tmp" not in path}


def files_of(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Content by path of files and of all files in folders."""
    paths = [path for name in names for path in (folder / name, *(folder / name).rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
