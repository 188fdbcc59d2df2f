"""Who looks at files: worker processes under limits, or this process; a worker that dies costs the file it was at."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import msgspec

from scanner.candidates import FileReport
from scanner.collector import without_collector
from scanner.errors import RepositoryError
from scanner.languages import Language, language_of, languages_of
from scanner.leaving import only_deaf_to_interrupts, undisturbed
from scanner.limits import PATIENCE, limit_file, limit_worker, seconds_for, why_ended
from scanner.look import Looker, Task, failed
from scanner.packed import PackedReport, pack
from scanner.repository import Entry

#: So many records more than at the last time, and a worker looks for those that only cycles keep: a few dozen MB.
_MOST_UNCOLLECTED = 100_000
#: Seconds after which this process looks whether a worker waits without end.
_TICK = 5.0

#: Below this many bytes, starting more workers costs more than it saves.
_FOR_ONE = 250_000
#: More only take memory.
_MOST_WORKERS = 8

#: Files, and what names of other files stand for.
Share = tuple[list[Entry], Mapping[str, str]]


def workers_for(size: int) -> int:
    """How many workers look at files of so many bytes in all; at least one, since only workers have limits."""
    return 1 if size < _FOR_ONE else min(os.cpu_count() or 1, _MOST_WORKERS)


class _Worker:
    """A process that looks, and the share that it is at."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self.left: deque[Entry] = deque()
        self.external: Mapping[str, str] = {}
        self.over = 0
        self.since = 0.0
        self.is_late = False

    def take(self, share: Share, over: int) -> None:
        """Hand it a share, and say how many files were over their budget."""
        self.left, self.external, self.over = deque(share[0]), share[1], over
        self.since = time.monotonic()
        with suppress(OSError):  # it died meanwhile, which reading from it tells
            self.connection.send((*share, over))

    def end(self) -> None:
        """End it, whatever it is at."""
        self.connection.close()
        self.process.kill()
        self.process.join()


class Crew:
    """Looks at files in worker processes, or without any here; a context manager."""

    def __init__(self, task: Task, workers: int) -> None:
        """Prepare.

        Args:
            task: what all looks have in common.
            workers: how many processes; 0 to look here, where nothing limits what a file costs.
        """
        self._task = task
        self._most = workers
        self._looker: Looker | None = None
        self._workers: list[_Worker] = []
        #: Files at which a worker died once, as it may for want of memory that another took.
        self._died: set[str] = set()
        #: How many files were over their budget.
        self._over = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        _release()

    def look(self, shares: Sequence[Share]) -> Iterator[PackedReport]:
        """Reports in any order."""
        if self._most:
            yield from self._spread(deque(shares))
            return
        self._looker = self._looker or Looker(self._task)
        for entries, external in shares:
            for entry in entries:
                with without_collector():
                    report = pack(self._looker.look(entry, external))
                yield report

    def _spread(self, pending: deque[Share]) -> Iterator[PackedReport]:
        if pending and not self._workers:
            entries = (entry for share in pending for entry in share[0])
            _prepare(self._task, languages_of(entry.path for entry in entries) if len(pending) > 1 else ())
        while True:
            self._hand_out(pending)
            busy = [worker for worker in self._workers if worker.left]
            if not busy:
                return
            begun = time.monotonic()
            ready = wait([worker.connection for worker in busy], _TICK)
            stood = time.monotonic() - begun - _TICK
            if stood > _TICK:  # all of this was suspended, which is no file's fault
                for worker in busy:
                    worker.since += stood
            for worker in busy:
                if worker.connection in ready:
                    yield from self._heard(worker, pending)
            for worker in busy:
                if worker.left and time.monotonic() - worker.since > PATIENCE:
                    worker.is_late = True
                    worker.process.kill()

    def _hand_out(self, pending: deque[Share]) -> None:
        for worker in self._workers:
            if pending and not worker.left:
                worker.take(pending.popleft(), self._over)
        while pending and len(self._workers) < self._most:
            try:
                worker = self._start()
            except OSError as error:
                if not self._workers:
                    raise RepositoryError(f"no process can be started to read files ({error.strerror})") from None
                self._most = len(self._workers)  # fewer do as well
                return
            self._workers.append(worker)
            worker.take(pending.popleft(), self._over)

    def _heard(self, worker: _Worker, pending: deque[Share]) -> Iterator[PackedReport]:
        """The reports that a worker has sent; where it died, the file that it was at is tried once more, by itself."""
        try:
            while worker.left:
                report = msgspec.msgpack.decode(worker.connection.recv_bytes(), type=PackedReport)
                worker.left.popleft()
                worker.since = time.monotonic()
                yield report
                if not worker.connection.poll():
                    return
        except (EOFError, OSError, msgspec.MsgspecError):
            entry, *rest = worker.left
            self._workers.remove(worker)
            worker.process.join(1)
            reason, detail = why_ended(worker.process.exitcode, seconds_for(entry.size, worker.over))
            worker.end()
            self._over += worker.is_late or reason == "over budget"
            if rest:
                pending.appendleft((rest, worker.external))
            _prepare_more(entry)
            if worker.is_late:
                yield pack(failed(entry, "over budget", f"took more than {PATIENCE} seconds"))
            elif reason == "over budget" or entry.path in self._died:
                yield pack(failed(entry, reason, detail))
            else:
                self._died.add(entry.path)
                pending.appendleft(([entry], worker.external))

    def _start(self) -> _Worker:
        here, there = multiprocessing.Pipe()
        held = [here, *(worker.connection for worker in self._workers)]
        if _worker is None:
            spawn = multiprocessing.get_context("spawn")
            process: BaseProcess = spawn.Process(target=_work, args=(there, (), self._task))
        else:
            process = multiprocessing.get_context("fork").Process(target=_work, args=(there, held, None))
        process.daemon = True
        try:
            with undisturbed():
                process.start()
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        return _Worker(process, here)


def _prepare(task: Task, languages: Iterable[Language]) -> None:
    """Make what workers share before they are forked: the looker, with the tables of these languages."""
    global _worker  # noqa: PLW0603  # see its own words
    if _worker is None and "fork" in multiprocessing.get_all_start_methods():
        _worker = Looker(task)
        _worker.prepare(languages)
        if languages:
            gc.collect()
            gc.freeze()


def _prepare_more(entry: Entry) -> None:
    """Make what looks at such files have in common, where a worker died at one: the next would have to."""
    language = language_of(entry.path)
    if _worker is not None and language is not None:
        _worker.prepare((language,))


def _release() -> None:
    """Let go of what workers shared."""
    global _worker  # noqa: PLW0603  # see its own words
    if _worker is not None:
        _worker = None
        gc.unfreeze()


#: The looker that forked workers share, while a crew has any.
_worker: Looker | None = None


def _work(connection: Connection, held: Iterable[Connection], task: Task | None) -> None:
    """Look at one share after the other, until there is nobody to tell.

    Args:
        connection: where shares come from, and reports go.
        held: ends of connections that a fork copied; while this process has them, nobody's end is noticed.
        task: None of a forked worker, which has its looker.
    """
    only_deaf_to_interrupts()
    for each in held:
        each.close()
    looker = Looker(task) if task is not None else _worker
    assert looker is not None, "a worker has a task or is forked with a looker"
    gc.freeze()
    gc.disable()
    limit_worker()
    with suppress(EOFError, OSError):
        while True:
            entries, external, over = connection.recv()
            for entry in entries:
                limit_file(seconds_for(entry.size, over))
                if gc.get_count()[0] > _MOST_UNCOLLECTED:
                    gc.collect()
                    gc.freeze()  # what is left are tables that stay
                connection.send_bytes(msgspec.msgpack.encode(pack(_looked(looker, entry, external))))


def _looked(looker: Looker, entry: Entry, external: Mapping[str, str]) -> FileReport:
    """The report on one file; one that brings out an error of ours costs itself, as one that ends the process does."""
    try:
        return looker.look(entry, external)
    except Exception as error:  # noqa: BLE001  # told with the file
        return failed(entry, "crashed", f"an internal error: {type(error).__name__}")
