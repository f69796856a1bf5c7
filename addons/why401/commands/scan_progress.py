"""A progress bar for long work, on a terminal alone: first for the bytes read, then for the entries
judged."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

FROM_BYTES = 10_000_000
FROM_ENTRIES = 2000
"""Work from which on a bar is worth its flicker."""
_STEP = 200


class Progress:
    """Shows how far one file is; nothing where nobody watches."""

    def __init__(self, title: str, *, is_quiet: bool) -> None:
        self._title = title
        self._is_quiet = is_quiet or not sys.stderr.isatty()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def reading(self) -> Callable[[int, int], None] | None:
        """Return what is to be told of the bytes of the next file; None where nobody watches."""
        if self._is_quiet:
            return None
        done = 0

        def read(count: int, size: int) -> None:
            nonlocal done
            done += count
            if size >= FROM_BYTES:
                self._show(done, size)

        return read

    def judging(self, total: int) -> Callable[[str], None]:
        """Return what is to be told of each of `total` entries."""
        done = 0

        def judged(_: str) -> None:
            nonlocal done
            done += 1
            if done % _STEP == 0:
                self._show(done, total)

        return _nothing if self._is_quiet or total < FROM_ENTRIES else judged

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            # rich takes as long to import as a small file to be read.
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._bar.add_task(self._title)
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)


def _nothing(_: str) -> None:
    """The progress that nobody sees."""
