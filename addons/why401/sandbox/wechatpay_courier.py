"""Brings notices to a merchant's server on this machine, as WeChat Pay does: every so often with a
wrong signature first, to see that it is refused."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

from why401.sandbox.wechatpay_notices import Notice, Notices

PROBE_EVERY = 8
TIMEOUT_S = 10
LOOPBACK = ("127.0.0.1", "localhost", "::1")

type Post = Callable[[Notice], int]
"""Sends one notice and gives the status of the answer."""


class Courier:
    """Delivers notices through `post`; a refused probe is followed by the real one at once, where
    WeChat Pay lets fifteen seconds pass."""

    def __init__(self, notices: Notices, post: Post) -> None:
        self._notices = notices
        self._post = post
        self._count = 0

    def deliver(self, notice: Notice) -> tuple[int, ...]:
        """Return the statuses of the answers: one, or two where a probe came first."""
        self._count += notice.is_signed_by_header
        if notice.is_signed_by_header and self._count % PROBE_EVERY == 0:
            return (self._post(self._notices.probe(notice)), self._post(notice))
        return (self._post(notice),)


def post_to_loopback(notice: Notice) -> int:
    """Send a notice over plain http to this machine; raises ValueError for any other, for nothing
    leaves it, and OSError where nobody listens."""
    url = urlsplit(notice.url)
    if url.scheme != "http" or url.hostname not in LOOPBACK:
        raise ValueError(f"{notice.url} is not on this machine")
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("POST", url.path or "/", notice.body, dict(notice.headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
