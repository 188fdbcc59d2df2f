"""Work on one file of strangers in a process of its own, under the limits that workers have."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

import msgspec

from scanner.leaving import only_deaf_to_interrupts, undisturbed
from scanner.limits import PATIENCE, SECONDS, limit_file, limit_worker, why_ended

_Made = TypeVar("_Made")


class Ended(msgspec.Struct, frozen=True):
    """Why there is no result."""

    reason: str
    detail: str


def aside(work: Callable[[], _Made], shape: type[_Made]) -> _Made | Ended:
    """What some work yields that may take no more than a file may; where no process can be forked, it is done here.

    Args:
        work: may read all that this process has, and changes nothing in it.
        shape: the type of what it yields, of records alone.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(here, there, work), daemon=True)
    try:
        with undisturbed():
            process.start()
        there.close()
        if not here.poll(PATIENCE):
            return Ended("over budget", f"took more than {PATIENCE} seconds")
        try:
            made = here.recv_bytes()
        except (EOFError, OSError):  # it ended before it had said all
            process.join(1)
            return Ended(*why_ended(process.exitcode, SECONDS))
        if not made:
            return Ended("crashed", "an internal error")
        return msgspec.msgpack.decode(made, type=shape)
    finally:
        here.close()
        there.close()
        if process.pid is not None:
            process.kill()
            process.join()


def _work(here: Connection, there: Connection, work: Callable[[], object]) -> None:
    """Do it and tell; nothing is told of work that failed."""
    only_deaf_to_interrupts()
    here.close()
    limit_worker()
    limit_file(SECONDS)
    made = b""
    with suppress(Exception):
        made = msgspec.msgpack.encode(work())
    there.send_bytes(made)
