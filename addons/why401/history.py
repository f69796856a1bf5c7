"""What earlier exchanges taught: bounded in count, asked by named questions.

Nothing here holds a secret. Times are Unix seconds of the exchanges, never of a clock.
"""

from __future__ import annotations

import statistics
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from why401.case import Case
from why401.model import Diagnosis, Exchange, header_text

HANDSHAKE_WINDOW_S = 30.0
MAX_CHALLENGED = 500
MAX_HOSTS = 500
MIN_SKEW_SAMPLES = 3

type RequestKey = tuple[str, str, str, int, bytes, str]
"""Client machine, method, host, port, target and User-Agent: "the same request again"."""


@dataclass(slots=True)
class _Challenged:
    """Refusals of one request that the client may yet answer."""

    refused: list[tuple[str, Diagnosis]] = field(default_factory=list)
    offered: set[str] = field(default_factory=set)
    at_s: float = 0.0


class History:
    """Memory of one capture or one session of the proxy."""

    def __init__(self) -> None:
        self._challenged: OrderedDict[RequestKey, _Challenged] = OrderedDict()
        self._challenged_hosts: dict[str, int] = {}
        self._skews: OrderedDict[str, deque[float]] = OrderedDict()

    # -- clocks -----------------------------------------------------------------------------

    def learn_clock(self, case: Case) -> None:
        """Remember how far the local clock was from the server's Date, which is cut to seconds."""
        at_s = case.exchange.at_s
        if at_s is None or case.date_s is None:
            return
        host = case.exchange.request.host
        samples = self._skews.setdefault(host, deque(maxlen=9))
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
        if len(samples) < MIN_SKEW_SAMPLES:
            return samples[-1]
        return statistics.median(samples)

    # -- challenges that await an answer ----------------------------------------------------

    def awaits_answer_from(self, host: str) -> bool:
        """Return whether a request to `host` was challenged and may be repeated."""
        return host in self._challenged_hosts

    def challenged(self, case: Case, diagnosis: Diagnosis) -> None:
        """Remember that `case` was refused with a challenge, and what was said about it."""
        if not case.challenges:
            return
        key = _request_key(case.exchange)
        entry = self._challenged.get(key)
        if entry is None:
            entry = self._challenged[key] = _Challenged()
            host = case.exchange.request.host
            self._challenged_hosts[host] = self._challenged_hosts.get(host, 0) + 1
        entry.refused.append((case.exchange.id, diagnosis))
        del entry.refused[:-8]
        entry.offered.update(challenge.name for challenge in case.challenges)
        entry.at_s = case.exchange.at_s or 0.0
        self._challenged.move_to_end(key)
        if len(self._challenged) > MAX_CHALLENGED:
            self._forget(next(iter(self._challenged)))

    def answered(self, case: Case) -> tuple[tuple[str, Diagnosis], ...]:
        """Return the refusals that `case` turns into the first legs of a handshake: the same
        request, repeated in time with credentials of an offered scheme, and not refused."""
        key = _request_key(case.exchange)
        entry = self._challenged.get(key)
        if entry is None or case.status in (0, 401, 407):
            return ()
        in_time = (case.exchange.at_s or 0.0) - entry.at_s <= HANDSHAKE_WINDOW_S
        offered = any(credential.scheme in entry.offered for credential in case.credentials)
        if not offered and in_time:
            return ()
        self._forget(key)
        return tuple(entry.refused) if in_time and offered else ()

    def _forget(self, key: RequestKey) -> None:
        del self._challenged[key]
        host = key[2]
        self._challenged_hosts[host] -= 1
        if not self._challenged_hosts[host]:
            del self._challenged_hosts[host]


def _request_key(exchange: Exchange) -> RequestKey:
    request = exchange.request
    agent = next(iter(request.headers.values("user-agent")), b"")
    return (
        exchange.client_address.rpartition(":")[0] or exchange.client_address,
        request.method,
        request.host,
        request.port,
        request.target,
        header_text(agent[:200]),
    )
