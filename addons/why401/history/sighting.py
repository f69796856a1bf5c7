"""Who did what when: an earlier exchange as far as it must be named later, without any secret."""

from __future__ import annotations

import hmac

from why401.case import Case
from why401.model import Exchange, Value, header_text

MAX_PATH = 80
MAX_AGENT = 60
MAX_RECENT = 1000
MAX_BETWEEN_S = 1e11

type Client = tuple[str, str]
"""Machine and User-Agent: as close to a process as a proxy can tell."""


class _Recent(dict[int, bytes]):
    """The last fingerprints: the same credential comes with request after request. Each is found
    under Python's hash of what it is of, which is keyed with a secret of the process, so that
    nothing lies open in memory."""

    def remember(self, number: int, fingerprint: bytes) -> None:
        """Keep `fingerprint`, and forget all others where there are too many."""
        if len(self) >= MAX_RECENT:
            self.clear()
        self[number] = fingerprint


class Fingerprints:
    """Turns secrets into eight bytes that tell whether two are equal, and nothing else.

    HMAC-SHA-256 under the session's key: the first four bytes are the eight hex digits that
    `Masker.placeholder` shows, so that what is remembered can be named without being kept.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._of_secrets = _Recent()
        self._of_fields = _Recent()

    def of(self, secret: bytes | str) -> bytes:
        """Return the fingerprint of `secret`."""
        if isinstance(secret, str):
            secret = secret.encode("utf-8", "surrogatepass")
        found = self._of_secrets.get(hash(secret))
        if found is None:
            found = hmac.digest(self._key, secret, "sha256")[:8]
            self._of_secrets.remember(hash(secret), found)
        return found

    def of_authorization(self, value: bytes) -> bytes:
        """Return the fingerprint of the credential in a field value: what stands behind the
        scheme."""
        found = self._of_fields.get(hash(value))
        if found is None:
            scheme, _, token = value.partition(b" ")
            found = self.of(token.strip() or scheme)
            self._of_fields.remember(hash(value), found)
        return found


def placeholder(kind: str, fingerprint: bytes) -> str:
    """Return the placeholder that `Masker` gives for the secret of `fingerprint`."""
    return f"[redacted:{kind}:{fingerprint.hex()[:8]}]"


class Sighting(Value, frozen=True):
    """An earlier exchange. `at_s` is when its answer began, `started_s` when it was sent, `ended_s`
    when the answer was in; Unix seconds, None where the capture does not say."""

    exchange: str
    at_s: float | None
    started_s: float | None
    ended_s: float | None
    via: str
    """`GET /cgi-bin/token`; never a query."""
    host: str
    client: Client
    address: str

    @property
    def client_text(self) -> str:
        """The client in one line: `127.0.0.1:51022 python-requests/2.31`."""
        return f"{self.address} {self.client[1].partition(' ')[0]}".strip()


def sighting(exchange: Exchange) -> Sighting:
    """Return what is remembered of `exchange`."""
    request, times = exchange.request, exchange.times
    return Sighting(
        exchange.id,
        exchange.at_s,
        times.started or times.request_sent or exchange.at_s,
        times.ended or exchange.at_s,
        f"{request.method[:12]} {request.path[:MAX_PATH]}",
        request.host,
        client_of(exchange),
        exchange.client_address[:MAX_AGENT],
    )


def seen_in(case: Case) -> Sighting:
    """Return what is remembered of `case`, worked out once."""
    found: Sighting | None = case.memo.get("history.sighting")
    if found is None:
        found = case.memo["history.sighting"] = sighting(case.exchange)
    return found


def machine_of(exchange: Exchange) -> str:
    """Return the client's address without its port; a HAR has none, so it is one machine."""
    address = exchange.client_address
    return (address.rpartition(":")[0] or address)[:MAX_AGENT]


def client_of(exchange: Exchange) -> Client:
    """Return the machine and the User-Agent."""
    agent = exchange.request.headers.values("user-agent")
    return machine_of(exchange), header_text(agent[0][:MAX_AGENT]) if agent else ""


def seconds_between(earlier: float | None, later: float | None) -> float:
    """Return how long after `earlier` the moment `later` is; 0 where one of them is unknown, or no
    time that a clock could show."""
    if earlier is None or later is None:
        return 0.0
    between_s = later - earlier
    return between_s if -MAX_BETWEEN_S < between_s < MAX_BETWEEN_S else 0.0
