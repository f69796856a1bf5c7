"""Other timestamps than the one that was sent: another moment, another unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def near(value: bytes, distances: Iterable[int]) -> Iterator[bytes]:
    """Yield the timestamps at these distances before and behind `value`, in its own unit; nothing
    where it is neither Unix seconds nor milliseconds."""
    if value.isdigit() and len(value) in (10, 13):
        moment = int(value)
        for distance in distances:
            yield b"%d" % (moment - distance)
            yield b"%d" % (moment + distance)


def milliseconds(value: bytes) -> Iterator[bytes]:
    """Yield every millisecond but the first of the second that `value` names."""
    if len(value) == 10 and value.isdigit():
        for millis in range(1, 1000):
            yield b"%b%03d" % (value, millis)
