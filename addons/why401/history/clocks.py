"""How far this machine's clock is from each server's, learnt from Date headers."""

from __future__ import annotations

import enum
from collections import deque
from itertools import islice

from why401.bounded import Bounded
from why401.case import server_date_s
from why401.history.sites import site_of
from why401.model import Exchange

MAX_HOSTS = 500
MAX_SAMPLES = 9
MIN_SAMPLES = 3
MAX_ASKED = 50
AGREE_S = 10.0
"""Two clocks that are no further apart than this show the same time."""


class Off(enum.Enum):
    """Which of two clocks that differ is wrong."""

    LOCAL = enum.auto()
    SERVER = enum.auto()
    UNKNOWN = enum.auto()


class Clocks:
    """The clocks of the servers seen, the last to be heard from kept."""

    def __init__(self) -> None:
        self._skews: Bounded[str, deque[float]] = Bounded(MAX_HOSTS)

    def learn(self, exchange: Exchange) -> None:
        """Remember how far the local clock was from the server's Date, which is cut to seconds."""
        at_s = exchange.at_s
        date_s = server_date_s(exchange.response.headers) if exchange.response else None
        if at_s is None or date_s is None:
            return
        host = exchange.request.host
        samples = self._skews.get(host) or deque(maxlen=MAX_SAMPLES)
        samples.append(at_s - (date_s + 0.5))
        self._skews.remember(host, samples)

    def skew_s(self, host: str) -> float | None:
        """Return the local clock minus that of `host`, seconds: the median of the last answers,
        or the last one while there are fewer than three. None before the first."""
        samples = self._skews.get(host)
        if not samples:
            return None
        if len(samples) < MIN_SAMPLES:
            return samples[-1]
        middle, ordered = len(samples) // 2, sorted(samples)
        return (ordered[middle] + ordered[~middle]) / 2

    def off(self, host: str) -> Off:
        """Return whose clock is off where that of `host` and the local one differ: the local one
        where servers of other sites show what `host` shows, the server's where they show what the
        local one does. With no other site, or where these disagree, nobody knows."""
        skew_s = self.skew_s(host)
        if skew_s is None or abs(skew_s) <= AGREE_S:
            return Off.UNKNOWN
        with_host = with_local = 0
        site = site_of(host)
        for other in islice(reversed(self._skews), MAX_ASKED):
            other_s = self.skew_s(other) or 0.0
            if site_of(other) == site:
                continue
            with_host += abs(other_s - skew_s) <= AGREE_S
            with_local += abs(other_s) <= AGREE_S
        if with_host and not with_local:
            return Off.LOCAL
        return Off.SERVER if with_local and not with_host else Off.UNKNOWN
