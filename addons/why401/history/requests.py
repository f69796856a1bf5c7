"""What became of requests: which worked with which credential, which were refused again and again.

A request is the same whoever sends it: method, host and path, the query left out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import NamedTuple

import msgspec

from why401.bounded import Bounded
from why401.model import Value

MAX_WORKED = 2000
MAX_ATTEMPTS = 1000
MAX_OUTCOMES = 12
MAX_GUARDED = 1000
MAX_LOOKS = 3
"""A success that shows nothing odd is not looked at for ever."""


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


class Attempt(Value, frozen=True):
    """One outcome of a request with one credential; `status` is what the answer means, a refusal
    under HTTP 200 a 401."""

    exchange: str
    at_s: float
    status: int
    answered_by: str


class Guarded(msgspec.Struct):
    """A request that was refused: what it opens now means something. `exchange` is the refusal,
    `is_bare` whether that had no credential; `looks` counts how often a success was looked at."""

    exchange: str
    host: str
    is_bare: bool
    mark: int
    """What stands for the whole request, its query included; see `request_mark`."""
    is_of_connection: bool
    """Whether it is the connection that the server wants authenticated (NTLM, Negotiate)."""
    looks: int = 0


type RequestKey = int
type _Tried = tuple[RequestKey, bytes, str]
"""A request, the fingerprint of its credential, and the machine that sent it."""


class Requests:
    """Outcomes by request, and by request with credential."""

    def __init__(self) -> None:
        self._worked: OrderedDict[RequestKey, Worked] = OrderedDict()
        self._attempts: Bounded[_Tried, list[Attempt]] = Bounded(MAX_ATTEMPTS)
        self._guarded: OrderedDict[RequestKey, Guarded] = OrderedDict()
        self._guarded_hosts: Counter[str] = Counter()
        self._guarded_marks: dict[int, RequestKey] = {}

    def worked(self, key: RequestKey, success: Worked) -> None:
        """Remember that a request succeeded."""
        # Bounded by hand: all healthy traffic comes by, and `Bounded.remember` takes twice as long.
        worked = self._worked
        worked[key] = success
        worked.move_to_end(key)
        if len(worked) > MAX_WORKED:
            worked.popitem(last=False)

    def attempted(self, key: RequestKey, token: bytes, machine: str, attempt: Attempt) -> None:
        """Remember how a request with a credential from one machine ended, success or refusal. What
        is healthy goes unseen until the first refusal: the success before that counts as well."""
        each = self._attempts.get((key, token, machine))
        if each is None:
            worked = self._worked.get(key)
            before = worked is not None and worked.token == token
            each = (
                [Attempt(worked.exchange, worked.at_s or 0.0, 200, "")] if worked and before else []
            )
        each.append(attempt)
        del each[:-MAX_OUTCOMES]
        self._attempts.remember((key, token, machine), each)

    def guard(self, key: RequestKey, guarded: Guarded) -> None:
        """Remember that a request was refused."""
        before = self._guarded.pop(key, None)
        if before is None:
            self._guarded_hosts[guarded.host] += 1
        else:
            guarded.looks = before.looks
            self._guarded_marks.pop(before.mark, None)
        self._guarded[key] = guarded
        self._guarded_marks[guarded.mark] = key
        if len(self._guarded) > MAX_GUARDED:
            _, oldest = self._guarded.popitem(last=False)
            self._guarded_marks.pop(oldest.mark, None)
            self._guarded_hosts[oldest.host] -= 1
            if not self._guarded_hosts[oldest.host]:
                del self._guarded_hosts[oldest.host]

    def guards(self, host: str) -> bool:
        """Return whether any request to `host` was refused; asked for all healthy traffic."""
        return host in self._guarded_hosts

    def guards_mark(self, mark: int) -> bool:
        """Return whether the very request that `mark` stands for was refused last, and is not yet
        looked at enough."""
        key = self._guarded_marks.get(mark)
        return key is not None and self.guarded(key) is not None

    def guarded(self, key: RequestKey) -> Guarded | None:
        """Return the refusal of this request, None where it never was or was looked at enough."""
        found = self._guarded.get(key)
        return found if found is not None and found.looks < MAX_LOOKS else None

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
