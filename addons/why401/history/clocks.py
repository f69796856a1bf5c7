"""How far this machine's clock is from each server's, learnt from Date headers."""

from __future__ import annotations

import statistics
from collections import OrderedDict, deque

from why401.case import Case

MAX_HOSTS = 500
MAX_SAMPLES = 9
MIN_SAMPLES = 3


class Clocks:
    """The clocks of the servers seen, the last to be heard from kept."""

    def __init__(self) -> None:
        self._skews: OrderedDict[str, deque[float]] = OrderedDict()

    def learn(self, case: Case) -> None:
        """Remember how far the local clock was from the server's Date, which is cut to seconds."""
        at_s = case.exchange.at_s
        if at_s is None or case.date_s is None:
            return
        host = case.exchange.request.host
        samples = self._skews.setdefault(host, deque(maxlen=MAX_SAMPLES))
        samples.append(at_s - (case.date_s + 0.5))
        self._skews.move_to_end(host)
        if len(self._skews) > MAX_HOSTS:
            self._skews.popitem(last=False)

    def skew_s(self, host: str) -> float | None:
        """Return the local clock minus that of `host`, seconds: the median of the last answers,
        or the last one while there are fewer than three. None before the first."""
        samples = self._skews.get(host)
        if not samples:
            return None
        if len(samples) < MIN_SAMPLES:
            return samples[-1]
        return statistics.median(samples)
