"""What was worked out for answers that come again: a server refuses in the same words many times.

Places under `response.` and `error.` show nothing but what is in the key: where one is added that
reads more of an exchange, `_key` must hold it too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from why401.case import Case

MAX_KNOWN = 64
MAX_KNOWN_BYTES = 4096
_READ_BY = (
    *("www-authenticate", "proxy-authenticate", "content-type", "content-encoding", "request-id"),
)
"""Fields that are read for places which do not name them: challenges, how to read the body, and
where WeChat Pay puts a code."""
_HEADER = "response.header."
_OF_HOST = ("request.host", "request.family")


def is_of_answer(place: str) -> bool:
    """Return whether what stands at `place` is the server's."""
    return place.startswith(("response.", "error."))


class Recurring[V]:
    """What `work_out` gives for an answer, remembered for the last short ones. It may look at what
    `shows` names, where `names` are header fields: nothing else is compared."""

    def __init__(self, names: Iterable[str], work_out: Callable[[Case], V]) -> None:
        self._names = frozenset((*_READ_BY, *names))
        self._work_out = work_out
        self._known: dict[Hashable, V] = {}

    def shows(self, place: str) -> bool:
        """Return whether two answers that are taken for the same have the same at `place`."""
        if place.startswith(_HEADER):
            return place.removeprefix(_HEADER).lower() in self._names
        return is_of_answer(place) or place in _OF_HOST

    def of(self, case: Case) -> V:
        """Return what follows from the answer in `case`."""
        key = self._key(case)
        if key is None:
            return self._work_out(case)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._work_out(case)
            if len(self._known) > MAX_KNOWN:
                del self._known[next(iter(self._known))]
        return known

    def _key(self, case: Case) -> Hashable | None:
        """Return all of an answer that counts; None where there is none, where others
        count as well, or where there is too much to be kept."""
        response = case.exchange.response
        if response is None or response.status == 101:
            # A WebSocket refuses in its messages.
            return None
        # An answer has fewer fields than are looked at in all.
        by_name, names = response.headers.by_name(), self._names
        fields = tuple([(name, by_name[name]) for name in by_name if name in names])
        body = response.body
        is_page = case.response.is_page
        data = case.response.head if is_page else body.data if body else b""
        size = len(data)
        for _, values in fields:
            size += sum(map(len, values))
        if size > MAX_KNOWN_BYTES:
            return None
        is_decoded = body is not None and body.is_decoded
        host = case.exchange.request.host
        # What gRPC says stands in fields and trailers that no place names.
        refused = case.grpc_refusal
        return host, case.family, response.status, is_decoded, is_page, data, fields, refused
