"""What became of requests: which worked with which credential, which were refused again and again.

A request is the same whoever sends it: method, host and path, the query left out.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

MAX_WORKED = 2000
MAX_ATTEMPTS = 1000
MAX_OUTCOMES = 12


class Worked(NamedTuple):
    """A request that succeeded; made for healthy traffic, and a tuple is made in no time. `token`
    is None where it carried no credential, and that of Authorization as it stood there; `written`
    tells whether two fields are the same to the byte, see `written_as`."""

    exchange: str
    host: str
    at_s: float | None
    token: bytes | None
    scheme: str
    written: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One outcome of a request with one credential."""

    exchange: str
    at_s: float
    status: int
    answered_by: str


type RequestKey = int


class Requests:
    """Outcomes by request, and by request with credential."""

    def __init__(self) -> None:
        self._worked: OrderedDict[RequestKey, Worked] = OrderedDict()
        self._attempts: OrderedDict[tuple[RequestKey, bytes, str], list[Attempt]] = OrderedDict()

    def worked(self, key: RequestKey, success: Worked) -> None:
        """Remember that a request succeeded."""
        worked = self._worked
        worked[key] = success
        worked.move_to_end(key)
        if len(worked) > MAX_WORKED:
            worked.popitem(last=False)

    def attempted(self, key: RequestKey, token: bytes, machine: str, attempt: Attempt) -> None:
        """Remember how a request with a credential from one machine ended, success or refusal."""
        each = self._attempts.setdefault((key, token, machine), [])
        each.append(attempt)
        del each[:-MAX_OUTCOMES]
        self._attempts.move_to_end((key, token, machine))
        if len(self._attempts) > MAX_ATTEMPTS:
            self._attempts.popitem(last=False)

    def last_success(self, key: RequestKey) -> Worked | None:
        """Return the last success of this request, whoever sent it."""
        return self._worked.get(key)

    def attempts(self, key: RequestKey, token: bytes, machine: str) -> tuple[Attempt, ...]:
        """Return the last outcomes of this request with this credential from this machine."""
        return tuple(self._attempts.get((key, token, machine), ()))


def request_key(method: str | bytes, host: str, target: bytes) -> RequestKey:
    """Return what stands for method, host and path. Python's hash of text is keyed with a secret
    of the process, so a path that holds a secret does not lie in memory."""
    if isinstance(method, str):
        method = method.encode("utf-8", "surrogatepass")
    return hash((method, host, target.partition(b"?")[0]))
