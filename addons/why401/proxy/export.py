"""Flows as an annotated HAR, for the command `why401.export`: a few at once, many in slices between
which traffic goes on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from mitmproxy import http

from why401.diagnose import HEALTHY
from why401.masking import origin
from why401.proxy.annotate import diagnosis_of, own_comment
from why401.proxy.exchange import exchange_from_flow
from why401.proxy.session import Session
from why401.report.annotated import About, Diagnosed, Pace, receipt_line, writing_annotated
from why401.report.atomic import OutputError
from why401.report.redaction import Redactor
from why401.report.related import Rename, by_entry, flows_by_entry

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Up to so many flows are written before the command returns: some 50 ms at most."""
_SLICE_S = 0.003


class Exports:
    """Writes flows as annotated HARs."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def export(
        self,
        flows: Sequence[http.HTTPFlow],
        path: Path,
        session: Session,
        told: Callable[[str], None],
        *,
        redact: bool,
    ) -> None:
        """Write `flows` and tell what was redacted, in words: before this returns where they are
        few, else while traffic goes on. Raises atomic.OutputError where the file cannot be
        written; what fails later is logged."""
        language = session.language
        redactor = Redactor(session.masker) if redact else None
        rename = flows_by_entry({flow.id: index for index, flow in enumerate(flows)})
        steps = writing_annotated(
            path,
            lambda: _diagnosed(flows, rename),
            session.knowledge,
            language,
            redactor,
            About(rename=rename),
        )
        # What cannot be written is said at once.
        next(steps)

        def tell() -> None:
            told(receipt_line(redactor.receipt() if redactor else None, language))

        if len(flows) <= AT_ONCE:
            for _ in steps:
                pass
            tell()
            return
        task = asyncio.get_running_loop().create_task(_written(steps, tell), name=str(path))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def done(self) -> None:
        """Return when nothing is being written any more."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let go of an export; a fault of ours is told, for nobody waits for its result."""
        self._running.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            logger.error(
                "%s was not written: a fault of why401\n%s", task.get_name(), origin(fault)
            )


async def _written(steps: Generator[Pace], tell: Callable[[], None]) -> None:
    try:
        # Closed, an unfinished file is removed.
        with closing(steps):
            await in_slices(steps)
    except OutputError as error:
        logger.error(str(error))  # noqa: TRY400, a full disk is nobody's mistake
    else:
        tell()


async def in_slices(steps: Iterator[Pace]) -> None:
    """Take all steps, a few milliseconds of them at a time, heavy ones in a thread. Raises
    atomic.OutputError."""
    pace: Pace | None = Pace.LIGHT
    while pace is not None:
        if pace is Pace.HEAVY:
            step = asyncio.create_task(asyncio.to_thread(next, steps, None))
            try:
                pace = await asyncio.shield(step)
            except asyncio.CancelledError:
                # The file is given up where nobody else works on it.
                await asyncio.wait((step,))
                raise
            continue
        until = time.perf_counter() + _SLICE_S
        while pace is Pace.LIGHT and time.perf_counter() < until:
            pace = next(steps, None)
        await asyncio.sleep(0)


def _diagnosed(flows: Sequence[http.HTTPFlow], rename: Rename) -> Iterator[Diagnosed]:
    for flow in flows:
        diagnosis = by_entry(diagnosis_of(flow) or HEALTHY, rename)
        yield Diagnosed(exchange_from_flow(flow), diagnosis, own_comment(flow))
