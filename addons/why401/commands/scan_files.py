"""The files of one `why401 scan`, read one after the other or on all cores, told as events.

Whoever reads the events sees them file by file in the order of the command line, whichever core
was faster.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from why401.capture.entry import Capture
from why401.capture.errors import CaptureError
from why401.capture.read import read_capture
from why401.commands.scan_progress import Progress
from why401.diagnose import Diagnoser
from why401.keys import Keys
from why401.knowledge.base import Knowledge
from why401.knowledge.words import printable
from why401.later import later
from why401.masking import Masker
from why401.model import Exchange
from why401.report.redaction.looks import may_name_secret
from why401.scan import Scanned, Scanner, SourceCount, all_exchanges

if TYPE_CHECKING:
    import signal
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess
else:
    signal = later("signal")

WORTH_CORES = 2_000_000
"""Bytes in all files together from which on several processes are worth starting."""

MAX_BATCH = 32
"""Events that are sent together."""


class Found(msgspec.Struct, frozen=True):
    """An entry that is settled."""

    item: Scanned


class Finished(msgspec.Struct, frozen=True):
    """A file that was read to its end, or to where it breaks off (`error`)."""

    count: SourceCount
    seconds: float
    capture: Capture | None
    error: str | None


class Failed(msgspec.Struct, frozen=True):
    """A file that could not be read, and why."""

    path: str
    message: str


type Event = Found | Finished | Failed


class _Told(msgspec.Struct, frozen=True):
    """An exchange that another process tells of."""

    exchange: Exchange


type _Sent = Event | _Told | None
"""What one process sends to another; None: that file is done."""


def scan_all(files: Sequence[str], work: Work, *, together: bool) -> Generator[Event]:
    """Yield what is found in `files`, with one history for all of them where they are taken
    `together`; closing it ends every process that it started."""
    if together:
        yield from work.on(tuple(dict.fromkeys(files)))
        return
    cores = min(_cores(), len(files)) if len(files) > 1 else 1
    if cores > 1 and not work.wants_all and _is_worth_cores(files):
        yield from _on_cores(work, files, cores)
        return
    for path in files:
        yield from work.on((path,))


def _cores() -> int:
    import multiprocessing

    if "fork" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        # What a process knows (rules, keys) would have to be read again in each.
        return 1
    return os.process_cpu_count() or 1 if hasattr(os, "process_cpu_count") else os.cpu_count() or 1


def _is_worth_cores(files: Sequence[str]) -> bool:
    if "-" in files:
        return False
    try:
        return sum(Path(path).stat().st_size for path in files) >= WORTH_CORES
    except (OSError, ValueError):
        return False


def _nobody(_: Exchange) -> None:
    """Who is told where nothing is shown that could hold a secret."""


class Work(msgspec.Struct):
    """What is done with files; the same in every process.

    `name` gives the name of a file as it may be shown; `tell` is told at once of every exchange
    that may hold a secret which others repeat. With `wants_all` healthy entries are told of too,
    and the captures stay open.
    """

    knowledge: Knowledge
    keys: Keys
    masker: Masker
    name: Callable[[str], str] = str
    tell: Callable[[Exchange], None] = _nobody
    rediagnose: bool = False
    wants_all: bool = False

    def on(self, files: Sequence[str], *, is_quiet: bool = False) -> Iterator[Event]:
        """Yield what is found in `files`, as if they were one."""
        started = time.perf_counter()
        diagnoser = Diagnoser(self.knowledge, self.keys, self.masker)
        captures: list[Capture] = []
        title = printable(self.name(files[0])) if len(files) == 1 else ""
        with Progress(title, is_quiet=is_quiet) as progress:
            for path in files:
                try:
                    captures.append(read_capture(path, diagnoser.look, progress.reading()))
                except CaptureError as error:
                    yield Failed(path, error.message)
            scanner = Scanner(
                diagnoser,
                rediagnose=self.rediagnose,
                wants_healthy=self.wants_all,
                on_entry=progress.judging(sum(map(len, captures))),
                on_telling=self.tell,
            )
            yield from map(Found, scanner.scan(captures))
        for capture in captures:
            if not self.wants_all and may_name_secret(Path(capture.path).name):
                # The name is shown, and may hold what the exchanges know to be secret.
                for exchange in all_exchanges([capture]):
                    self.tell(exchange)
            if not self.wants_all:
                capture.close()
            yield Finished(
                scanner.counts[capture.path],
                time.perf_counter() - started,
                capture if self.wants_all else None,
                capture.error.message if capture.error else None,
            )


def _on_cores(work: Work, files: Sequence[str], cores: int) -> Iterator[Event]:
    """Yield what is found in `files`, in their order, read by `cores` processes."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    shares = _shares(files, cores)
    events: list[deque[_Sent]] = [deque() for _ in files]
    processes: list[ForkProcess] = []
    readers: list[Connection] = []
    try:
        for share in shares:
            reader, writer = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(work, files, share, writer), daemon=True)
            process.start()
            writer.close()
            processes.append(process)
            readers.append(reader)
        for number, path in enumerate(files):
            told = 0
            while True:
                while events[number]:
                    event = events[number].popleft()
                    if event is None:
                        break
                    if isinstance(event, _Told):
                        work.tell(event.exchange)
                    else:
                        told += 1
                        yield event
                else:
                    if _receive(readers, events):
                        continue
                    # The process that had this file is gone (killed for its memory, say).
                    yield from islice(work.on((path,)), told, None)
                break
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
        for reader in readers:
            reader.close()


def _shares(files: Sequence[str], cores: int) -> list[list[int]]:
    """Return which process reads which files: the largest first, each to the least burdened; a
    process reads its own in the order in which they are shown."""
    sizes = [Path(path).stat().st_size for path in files]
    burdens = [0] * cores
    shares: list[list[int]] = [[] for _ in range(cores)]
    for number in sorted(range(len(files)), key=lambda each: -sizes[each]):
        least = burdens.index(min(burdens))
        burdens[least] += sizes[number]
        shares[least].append(number)
    return [sorted(share) for share in shares if share]


def _serve(work: Work, files: Sequence[str], share: Sequence[int], writer: Connection) -> None:
    """Read the files of one process and send what is found; Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in share:
        batch: list[_Sent] = []

        def send(
            event: _Sent, number: int = number, batch: list[_Sent] = batch, most: int = MAX_BATCH
        ) -> None:
            batch.append(event)
            if len(batch) >= most:
                writer.send((number, batch))
                batch.clear()

        work.tell = lambda exchange, send=send: send(_Told(exchange))  # type: ignore[misc]
        for event in work.on((files[number],), is_quiet=True):
            send(event)
        send(None, most=1)
    writer.close()


def _receive(readers: list[Connection], events: list[deque[_Sent]]) -> bool:
    """Wait for the next events of any process; False where none is left."""
    from multiprocessing.connection import Connection, wait

    if not readers:
        return False
    for reader in wait(readers):
        if not isinstance(reader, Connection):
            continue
        try:
            number, batch = reader.recv()
        except (EOFError, OSError):  # it ended; the latter amidst what it was sending
            readers.remove(reader)
            reader.close()
            continue
        events[number].extend(batch)
    return True
