"""Runs of the scanner in processes that are forked from one that has imported it, since importing is most of a run."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from faulty import run

#: Seconds by which processes of a run that ended must have ended too.
LINGER = 20


class Server:
    """A process that starts runs, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(
        self, fault: str, at: int, words: Sequence[str], folder: Path, variables: Mapping[str, str]
    ) -> tuple[int, bool]:
        """Run `scanner` with a fault, see `faulty`; what it says goes into the files `said.out` and `said.err`.

        Returns:
            The exit code (of a signal negative), and whether all of its processes ended with it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"fault": fault, "at": at, "words": words, "folder": str(folder), "variables": dict(variables)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code, is_gone = json.loads(self._process.stdout.readline())
        return code, is_gone

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def serve() -> NoReturn:
    """Answer until nobody asks."""
    import scanner

    for module in pkgutil.walk_packages(scanner.__path__, "scanner."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        reading, held = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            begin(asked)
        os.close(held)
        _, status = os.waitpid(child, 0)
        is_gone = bool(select.select([reading], [], [], LINGER)[0])
        os.close(reading)
        print(json.dumps([os.waitstatus_to_exitcode(status), is_gone]), flush=True)
    sys.exit()


def begin(asked: dict[str, Any]) -> NoReturn:
    """Be the run."""
    os.setsid()
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    for descriptor, name in ((0, os.devnull), (1, "said.out"), (2, "said.err")):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    try:
        run(asked["fault"], asked["at"], asked["words"])
    except SystemExit:
        raise
    except BaseException:
        traceback.print_exc()
        raise


if __name__ == "__main__":
    serve()
