"""A capture as a sequence of entries, each readable or skipped on its own account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator, Sequence

import msgspec

from why401.capture.errors import CaptureError
from why401.model import Exchange, Plain
from why401.report.annotation import Annotation
from why401.report.har_extras import Extras


class Skipped(msgspec.Struct, frozen=True):
    """An entry that could not be read, and why."""

    index: int
    reason: str


class UnreadableEntryError(ValueError):
    """Raised while one entry is read; its text is the reason for skipping it."""


class Worked(msgspec.Struct, frozen=True):
    """What is remembered of a request that worked with an Authorization; `at_s` is the exchange's
    `at_s`, `exchange` its id."""

    method: bytes
    host: str
    target: bytes
    authorization: bytes
    exchange: str
    at_s: float | None


class Entry(ABC):
    """One exchange of a capture; the cheap facts at once, the exchange when it is asked for.

    `index` is the position in the file from 0. `method`, `url` and `status` (0: no answer came)
    are as the file has them; `started_s` is Unix seconds or None.
    """

    __slots__ = ("index", "method", "started_s", "status", "url")

    def __init__(
        self, index: int, method: str, url: str, status: int, started_s: float | None
    ) -> None:
        self.index = index
        self.method = method
        self.url = url
        self.status = status
        self.started_s = started_s

    @abstractmethod
    def exchange(self) -> Exchange:
        """Return the whole exchange. Raises UnreadableEntryError where its parts make no sense."""

    @property
    @abstractmethod
    def annotation(self) -> Annotation | None:
        """The comments, and the diagnosis of an earlier run, that the entry carries."""

    def extras(self) -> Extras:
        """What the entry says besides its exchange, for when it is written again."""
        return Extras()

    @property
    def diagnosis(self) -> dict[str, Plain] | None:
        """The diagnosis (`_why401`) of an earlier run, or None."""
        annotation = self.annotation
        return annotation.diagnosis if annotation else None


class Capture(ABC):
    """A file of exchanges. Iterating gives every entry in the order of the file.

    `is_annotated` says that why401 wrote it, so that what has no diagnosis in it was healthy.
    `error` is set where the file ends too early: the entries before that point are given all the
    same.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.is_annotated = False
        self.error: CaptureError | None = None

    @abstractmethod
    def __len__(self) -> int:
        """How many entries there are, the unreadable ones included."""

    @abstractmethod
    def entry(self, index: int) -> Entry | Skipped:
        """Return entry `index`."""

    @abstractmethod
    def started_s(self, index: int) -> float | None:
        """Return when entry `index` began, Unix seconds, at less cost than `entry`."""

    def mark(self, index: int) -> int | None:  # noqa: ARG002
        """Return the mark of the request of entry `index` (see `history.refusals`) where reading
        the file has shown that the entry needs no look unless its answer is awaited; else None."""
        return None

    def worked(self, index: int) -> Worked | None:  # noqa: ARG002
        """Return what is to be remembered of entry `index` although it has a mark. Raises
        UnreadableEntryError."""
        return None

    def order(self) -> Sequence[int]:
        """Return every index in order of time; one without a time stays behind its neighbour."""
        last, is_sorted = 0.0, True
        times = array("d")
        for index in range(len(self)):
            started = self.started_s(index)
            if started is not None:
                is_sorted = is_sorted and started >= last
                last = started
            times.append(last)
        if is_sorted:
            return range(len(times))
        return sorted(range(len(times)), key=times.__getitem__)

    def __iter__(self) -> Iterator[Entry | Skipped]:
        return map(self.entry, range(len(self)))

    def close(self) -> None:  # noqa: B027
        """Let go of the file; no entry can be read any more."""
