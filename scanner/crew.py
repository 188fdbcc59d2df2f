"""Who looks at files: this process, or workers beside it; a worker that dies costs the file it was at, no more."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from scanner.collector import without_collector
from scanner.languages import Language, language_of
from scanner.look import Looker, Task, failed
from scanner.packed import PackedReport, pack
from scanner.repository import Entry

#: So many records more than at the last time, and a worker looks for those that only cycles keep: a few dozen MB.
_MOST_UNCOLLECTED = 100_000

#: Files, and what names of other files stand for.
Share = tuple[list[Entry], Mapping[str, str]]


class Crew:
    """Looks at files here, or in worker processes; a context manager."""

    def __init__(self, task: Task, workers: int) -> None:
        self._task = task
        self._workers = workers
        self._looker: Looker | None = None
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            _release()

    def look(self, shares: Sequence[Share]) -> Iterator[PackedReport]:
        """Reports in any order."""
        if not shares:
            return
        if self._workers == 1:
            self._looker = self._looker or Looker(self._task)
            for entries, external in shares:
                for entry in entries:
                    with without_collector():
                        report = pack(self._looker.look(entry, external))
                    yield report
        else:
            if self._pool is None:
                found = (language_of(entry.path) for entries, _ in shares for entry in entries)
                self._pool = _pool(self._task, self._workers, {each.name: each for each in found if each}.values())
            yield from self._spread(self._pool, shares)

    def _spread(self, pool: ProcessPoolExecutor, shares: Sequence[Share]) -> Iterator[PackedReport]:
        with _deaf_to_interrupts():  # the first task starts the workers
            futures = {pool.submit(_look, share): share for share in shares}
        left: list[Share] = []
        for future in as_completed(futures):
            try:
                yield from future.result()
            except BrokenProcessPool:
                left.append(futures[future])
        if left:
            yield from self._one_by_one([([entry], external) for entries, external in left for entry in entries])

    def _one_by_one(self, shares: Sequence[Share]) -> Iterator[PackedReport]:
        """After a worker died: one file at a time, so that it is known at which one it dies again."""
        pool = _pool(self._task, 1)
        for share in shares:
            with _deaf_to_interrupts():
                future = pool.submit(_look, share)
            try:
                yield from future.result()
            except BrokenProcessPool:
                yield pack(failed(share[0][0], "crashed", "the parser ended its process"))
                pool = _pool(self._task, 1)
        pool.shutdown()


def _pool(task: Task, workers: int, languages: Iterable[Language] = ()) -> ProcessPoolExecutor:
    """Workers that look; the tables for these languages are made before they are forked, so that all share them."""
    global _worker  # noqa: PLW0603  # see its own words
    if "fork" not in multiprocessing.get_all_start_methods():
        return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (task,))
    if _worker is None:
        _worker = Looker(task)
        _worker.prepare(languages)
        gc.collect()
        gc.freeze()
    return ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), gc.disable)


def _release() -> None:
    """Let go of what workers shared."""
    global _worker  # noqa: PLW0603  # see its own words
    if _worker is not None:
        _worker = None
        gc.unfreeze()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started here never sees Ctrl-C: this process does, and ends its workers. It hears of it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


#: The looker of a worker process, for its whole life; in the process that forks workers, the one that they share.
_worker: Looker | None = None


def _start_worker(task: Task) -> None:
    global _worker  # noqa: PLW0603  # see its own words
    _worker = Looker(task)
    gc.freeze()
    gc.disable()  # for the reason above


def _look(share: Share) -> list[PackedReport]:
    assert _worker is not None, "the pool starts every worker with a looker"
    if gc.get_count()[0] > _MOST_UNCOLLECTED:
        gc.collect()
        gc.freeze()  # what is left are tables that stay
    return [pack(_worker.look(entry, share[1])) for entry in share[0]]
