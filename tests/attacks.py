"""A tree that means harm, built by script, and what must hold once it was scanned: see `Scene.scan`."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from commandline import COMMAND, Done, Shell, environment

from scanner.api import load_packs, packets_at
from scanner.errors import UserError
from scanner.packs import PackFile
from scanner.render import rendered
from scanner.rules import Rulebook
from scanner.settings import Honour

#: A model that only files outside of the tree name; a packet shows each model that it reads of.
SECRET = "model-of-another-folder"
#: Seconds; what takes so long hangs.
PATIENCE = 100

#: A call that a packet shows, with the file that it stands in.
CALL = 'import openai\n\nopenai.OpenAI().chat.completions.create(model="gpt-4o", messages=[])\n'
STOLEN = CALL.replace("gpt-4o", SECRET)
#: What the tree holds before anything is done to it.
TREE = {"agent.py": CALL, "victim.py": "a = 1\n", "folder/inner.py": "b = 2\n"}

HOOKS = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg "
    "post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update "
    "reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman "
    "p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit post-index-change"
).split()

#: What breaks a line, steers a terminal or turns text around; JSON pages end in the one line break they may have.
_STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def make_base(folder: Path) -> Path:
    """A repository with one commit, to be copied; without the sample hooks of git's templates."""
    shell = Shell(folder)
    for name, text in TREE.items():
        shell.write(f"tree/{name}", text)
    shell.git("tree", "init", "-q", "--template=")
    shell.git("tree", "add", ".")
    shell.git("tree", "commit", "-q", "-m", "first")
    return folder / "tree"


class Scene:
    """A repository, a folder outside of it with a secret and a payload, and the canary that the payload would kill."""

    def __init__(self, here: Path, base: Path) -> None:
        self.shell = Shell(here)
        self.here = here
        self.root = here / "tree"
        self.git_dir = self.root / ".git"
        self.outside = here / "outside"
        self.canary = here / "canary"
        self.payload = self.outside / "payload"
        #: What is scanned.
        self.target = self.root
        shutil.copytree(base, self.root, symlinks=True)
        self.script("outside/payload")
        self.shell.write("outside/secret.py", STOLEN)
        self.shell.write("outside/folder/inner.py", STOLEN)

    def script(self, name: str) -> Path:
        """Write a program that touches the canary."""
        file = self.shell.write(name, f"#!/bin/sh\necho ran >>'{self.canary}'\n")
        file.chmod(0o755)
        return file

    def filled(self, text: str) -> str:
        """Text with the places of this scene in it."""
        for name in ("payload", "outside", "root", "here"):
            text = text.replace("{" + name + "}", str(getattr(self, name)))
        return text

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the tree; text has places of this scene filled in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else self.filled(content).encode())

    def configure(self, text: str) -> None:
        """Append to the configuration of the repository."""
        with (self.git_dir / "config").open("a") as file:
            file.write("\n" + self.filled(text))

    def git(self, *words: str) -> str:
        return self.shell.git(self.root, *words)

    def commit(self) -> None:
        """Commit all that stands in the tree now."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "more")

    def neighbour(self) -> Path:
        """Another repository outside, poisoned, with a secret that it has not committed; gives its git directory."""
        other = self.outside / "other"
        shutil.copytree(self.root, other, symlinks=True)
        (other / "agent.py").write_text(STOLEN)
        (other / "secret.py").write_text(STOLEN)
        with (other / ".git/config").open("a") as file:
            file.write(f"\n[core]\n\tfsmonitor = {self.payload}\n\tpager = {self.payload}\n")
        return other / ".git"

    def lose(self, name: str) -> None:
        """Take the blob of a committed file out of the object store."""
        oid = self.git("rev-parse", f"HEAD:{name}")
        (self.git_dir / "objects" / oid[:2] / oid[2:]).unlink()

    def tree_of(self, lines: Sequence[str]) -> str:
        """Write a tree, whether what it names is there or not; gives its id."""
        done = subprocess.run(
            ["git", "mktree", "--missing"],
            cwd=self.root,
            env=environment(self.shell.home),
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit_with(self, line: str) -> None:
        """Commit the tree of the last commit with another line, or one more, as `git ls-tree` has them."""
        name = line.partition("\t")[2]
        lines = [each for each in self.git("ls-tree", "HEAD").splitlines() if each.partition("\t")[2] != name]
        self.git("update-ref", "HEAD", self.git("commit-tree", "-m", "x", self.tree_of([*lines, line])))

    def careless(self, *words: str) -> None:
        """Do with git what a careless tool would do; whether it works does not count."""
        people = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            ["git", *map(self.filled, words)],
            cwd=self.root,
            env=environment(self.shell.home, **people, GIT_TERMINAL_PROMPT="0"),
            input=b"protocol=https\nhost=example.invalid\n\n",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

    def scan(
        self,
        rev: str | None = None,
        code: int = 0,
        here: bool = False,
        cwd: Path | None = None,
        reads: Sequence[str] = ("agent.py",),
        **variables: str,
    ) -> Done:
        """Scan, and assert what must hold of every tree.

        Args:
            rev: the revision; none for the files on disk.
            code: what the command must end with.
            here: whether to scan in this process, which is faster, instead of by the real command.
            cwd: where the command runs.
            reads: files that the packet must show to have been read, where the command succeeds.
            variables: more of the environment.

        Returns:
            What came of it.
        """
        before = self._everything()
        done = self._in_process(rev) if here else self._command(rev, cwd, variables)
        assert done.code == code, done
        assert not self.canary.exists(), "the tree ran something"
        assert self._everything() == before, "the scan changed something"
        said = done.out + done.err
        assert "Traceback" not in said, said
        assert SECRET not in said, "something outside of the tree was read"
        assert not _STEERS.search(said), said
        if code:
            lines = done.err.splitlines()
            assert lines, "a failure says why"
            assert all(line.startswith("error: ") for line in lines), done.err
            assert done.out == ""
        else:
            json.loads(done.out)
            for name in reads:
                assert f'"path": "{name}"' in done.out or f"{name}:" in done.out, (name, done.out[:3000])
        return done

    def _everything(self) -> dict[bytes, tuple[int, ...]]:
        return {**listing(self.root), **listing(self.outside), **listing(self.shell.home)}

    def _command(self, rev: str | None, cwd: Path | None, variables: dict[str, str]) -> Done:
        python, *module = COMMAND
        words = ["packet", "--rules", "tensorzero", "--format", "json", "--repo", str(self.target)]
        done = subprocess.run(
            # `-P`: as with the installed command, the folder that one stands in is no place to import from.
            [python, "-P", *module, *words, *(["--rev", rev] if rev else [])],
            cwd=cwd or self.here,
            env=environment(self.shell.home, **variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _in_process(self, rev: str | None) -> Done:
        packs, rulebook = _judges()
        try:
            packets = packets_at(self.target, rev, packs, rulebook, honour=Honour())
        except UserError as error:
            return Done(error.exit_code, "", "".join(f"error: {line}\n" for line in str(error).splitlines()))
        return Done(0, rendered(packets, "json").decode(), "")


@functools.cache
def _judges() -> tuple[tuple[PackFile, ...], Rulebook]:
    return load_packs(("tensorzero",))


def listing(top: Path) -> dict[bytes, tuple[int, ...]]:
    """All that stands below a folder, and how it is: kind, size, number, when it and its record changed."""
    found: dict[bytes, tuple[int, ...]] = {}
    waiting = [os.fsencode(top)]
    while waiting:
        path = waiting.pop()
        try:
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
            if stat.S_ISDIR(status.st_mode):
                waiting += [os.path.join(path, name) for name in os.listdir(path)]
        except OSError:  # a path too long to ask for, or a folder without permission
            found[path] = ()
    return found


def put_deep(top: Path, names: Sequence[bytes], files: dict[bytes, bytes]) -> None:
    """Write files into folders one in the other, however long their path is."""
    at = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for name in names:
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    for name, content in files.items():
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=at)
        os.write(file, content)
        os.close(file)
    os.close(at)
