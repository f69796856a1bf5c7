"""Entries in order of time."""

from __future__ import annotations

from why401.capture.entry import Capture, Entry, Skipped


class Times(Capture):
    def __init__(self, *times: float | None) -> None:
        super().__init__("a")
        self.times = times

    def __len__(self) -> int:
        return len(self.times)

    def entry(self, index: int) -> Entry | Skipped:
        return Skipped(index, "x")

    def started_s(self, index: int) -> float | None:
        return self.times[index]


def test_entries_without_a_time_stay_behind_their_neighbour() -> None:
    found = Times(None, 5.0, None, 1.0, None, 5.0).order()
    assert list(found) == [0, 3, 4, 1, 2, 5]
