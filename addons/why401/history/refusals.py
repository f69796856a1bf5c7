"""Refusals that a later exchange may show in another light: handshakes and refreshed tokens."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.history.requests import RequestKey as RequestPath
from why401.history.requests import request_key
from why401.history.sighting import Client, Fingerprints, client_of, seen_in
from why401.model import Diagnosis, Exchange, Request, Value

WINDOW_S = 30.0
MAX_REQUESTS = 300
MAX_EACH = 8
MAX_DIAGNOSES = 600
_OF_EACH = frozenset(
    {b"date", b"x-request-id", b"x-correlation-id", b"traceparent", b"tracestate", b"baggage"}
    | {b"sentry-trace", b"if-none-match", b"if-modified-since", b"connection"}
)
"""Fields that differ from request to request and decide nothing."""

type RequestKey = tuple[Client, str, int, int]
"""Client, host, port, and the mark (see `request_mark`): "the same request again"."""


class Refused(Value, frozen=True):
    """A refusal, what was said about it, and the credential that it was about."""

    exchange: str
    at_s: float
    diagnosis: Diagnosis
    token: bytes | None
    is_probe: bool
    """Whether it is what a handshake begins with."""
    written: int = 0
    """How its credential was written, see `written_as`."""
    where: str = ""
    """The place of its first credential; empty where it had none."""
    version: str = ""
    started_s: float | None = None
    says_absent: bool = False
    """Whether the server said that it saw no credential."""
    status: int = 401
    """What the answer means, see `Case.stated_status`."""
    has_session: bool = False
    """Whether a session cookie went along."""
    sent: int = 0
    """Stands for all that was sent, see `sent_as`."""
    offered: frozenset[str] = frozenset()
    """Schemes that the answer asks for."""


class _Pending(msgspec.Struct):
    refused: list[Refused] = msgspec.field(default_factory=list)
    offered: set[str] = msgspec.field(default_factory=set)
    at_s: float = 0.0
    path: int = 0


class Refusals:
    """The last refusals of each request, until the same request is answered otherwise."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._pending: OrderedDict[RequestKey, _Pending] = OrderedDict()
        self._hosts: dict[str, int] = {}
        self._marks: dict[int, int] = {}
        self._held = 0

    def awaits_answer_from(self, host: str) -> bool:
        """Return whether a request to `host` was refused and may be repeated."""
        return host in self._hosts

    def awaits(self, method: bytes, host: str, target: bytes) -> bool:
        """Return whether this very request was refused, by whichever client; for every healthy
        exchange of such a host, so it costs next to nothing."""
        return host in self._hosts and request_mark(method, host, target) in self._marks

    def awaits_mark(self, mark: int) -> bool:
        """As `awaits`, of the request that `mark` (see `request_mark`) stands for."""
        return mark in self._marks

    def learn(
        self,
        case: Case,
        diagnosis: Diagnosis,
        token: bytes | None,
        where: str = "",
        *,
        is_probe: bool,
    ) -> None:
        """Remember that `case` was refused, what was said about it, which token it bore and
        where."""
        key = _key_of(case)
        entry = self._pending.get(key)
        if entry is None:
            _, host, _, mark = key
            request = case.exchange.request
            path = request_key(request.method, host, request.target)
            entry = self._pending[key] = _Pending(path=path)
            self._marks[mark] = self._marks.get(mark, 0) + 1
            self._hosts[host] = self._hosts.get(host, 0) + 1
        at_s = case.exchange.at_s or 0.0
        entry.refused.append(
            Refused(
                case.exchange.id,
                at_s,
                diagnosis,
                token,
                is_probe,
                written_as(case),
                where,
                case.exchange.request.http_version,
                # Of a capture that leaves out what was sent nobody knows what it awaited.
                None if case.exchange.is_sanitised else case.exchange.times.started,
                any(not each.param("error") for each in case.challenges),
                case.stated_status,
                any(each.scheme == "cookie" for each in case.credentials),
                sent_as(case),
                case.offered,
            )
        )
        self._held += 1
        if len(entry.refused) > MAX_EACH:
            del entry.refused[0]
            self._held -= 1
        entry.offered.update([challenge.name for challenge in case.challenges])
        if is_probe and case.status == 400:
            # The one probe under this status: for the nonce of a proof (RFC 9449 section 8).
            entry.offered.add("dpop")
        entry.at_s = at_s
        self._pending.move_to_end(key)
        while len(self._pending) > MAX_REQUESTS or self._held > MAX_DIAGNOSES:
            self._forget(next(iter(self._pending)))

    def is_pending(self, case: Case) -> bool:
        """Return whether this same request of this same client was refused."""
        return _key_of(case) in self._pending

    def answered(self, case: Case, schemes: frozenset[str]) -> tuple[tuple[Refused, bool], ...]:
        """Return the refusals of this same request that `case` ends, each with whether one of
        `schemes`, those it carries, was offered then; empty where they are older than WINDOW_S.

        Without any credential, it ends nothing: the refused client may yet answer. Where it is
        refused itself, it still shows that the client had only asked before: what is wrong is
        wrong with this one; and it ends none that was refused in the same way.
        """
        if case.status == 0 or not schemes:
            return ()
        key = _key_of(case)
        entry = self._pending.get(key)
        if entry is None:
            return ()
        if case.stated_status in (401, 407):
            return self._asked_before(entry, case, schemes)
        refused = tuple(each for each in entry.refused if each.status != case.stated_status)
        self._drop(key, refused)
        if (case.exchange.at_s or 0.0) - entry.at_s > WINDOW_S:
            return ()
        is_offered = bool(schemes & entry.offered)
        return tuple((each, is_offered) for each in refused)

    def _asked_before(
        self, entry: _Pending, case: Case, schemes: frozenset[str]
    ) -> tuple[tuple[Refused, bool], ...]:
        if (case.exchange.at_s or 0.0) - entry.at_s > WINDOW_S or not schemes & entry.offered:
            return ()
        probes = tuple(each for each in entry.refused if each.is_probe)
        entry.refused = [each for each in entry.refused if not each.is_probe]
        self._held -= len(probes)
        return tuple((each, True) for each in probes)

    def settle(self, exchange: str) -> None:
        """Forget the refusal of `exchange`: what is said about it now stands."""
        for key, entry in self._pending.items():
            refused = tuple(each for each in entry.refused if each.exchange == exchange)
            if refused:
                self._drop(key, refused)
                return

    def _drop(self, key: RequestKey, refused: tuple[Refused, ...]) -> None:
        entry = self._pending[key]
        left = [each for each in entry.refused if each not in refused]
        if not left:
            self._forget(key)
            return
        self._held -= len(entry.refused) - len(left)
        entry.refused = left

    def of_client(self, client: Client, at_s: float) -> Iterator[tuple[str, Refused]]:
        """Yield the refusals of `client` of the last WINDOW_S, each with its host."""
        for key, entry in self._pending.items():
            if key[0] == client and at_s - entry.at_s <= WINDOW_S:
                yield from ((key[1], each) for each in entry.refused)

    def of_token(self, case: Case, token: bytes, path: RequestPath) -> Iterator[Refused]:
        """Yield the refusals of the last WINDOW_S that bore `token`, from whichever client, at the
        method, host and path that `path` (see `request_key`) stands for."""
        at_s = case.exchange.at_s or 0.0
        for entry in self._pending.values():
            if entry.path == path and at_s - entry.at_s <= WINDOW_S:
                yield from (each for each in entry.refused if each.token == token)

    def fingerprint(self, text: str) -> bytes:
        """Return what stands for a credential in `Refused.token`."""
        return self._fingerprints.of(text)

    def may_be_revised(self, exchange: Exchange) -> bool:
        """Return whether what was said about `exchange` may still change."""
        if not self._pending:
            return False
        request = exchange.request
        key = (client_of(exchange), request.host, request.port, _mark(request))
        entry = self._pending.get(key)
        return entry is not None and any(each.exchange == exchange.id for each in entry.refused)

    def revisable(self, now_s: float | None) -> frozenset[str]:
        """Return the ids of all exchanges about which may be said something else after `now_s`."""
        return frozenset(
            each.exchange
            for entry in self._pending.values()
            if now_s is None or now_s - entry.at_s <= WINDOW_S
            for each in entry.refused
        )

    def _forget(self, key: RequestKey) -> None:
        entry = self._pending.pop(key)
        self._held -= len(entry.refused)
        _, host, _, mark = key
        _one_less(self._marks, mark)
        _one_less(self._hosts, host)


def _one_less[K](counts: dict[K, int], key: K) -> None:
    if counts[key] > 1:
        counts[key] -= 1
    else:
        del counts[key]


def _key_of(case: Case) -> RequestKey:
    request = case.exchange.request
    return seen_in(case).client, request.host, request.port, mark_of(case)


def mark_of(case: Case) -> int:
    """Return the mark of the request of `case`, worked out once."""
    mark: int | None = case.memo.get("refusals.mark")
    if mark is None:
        mark = case.memo["refusals.mark"] = _mark(case.exchange.request)
    return mark


def _mark(request: Request) -> int:
    method = request.method.encode("utf-8", "surrogatepass")
    return request_mark(method, request.host, request.target)


def written_as(case: Case) -> int:
    """Return what tells whether two Authorization fields are the same to the byte, 0 where there is
    none. Python's hash of bytes is keyed with a secret of the process."""
    sent = next(iter(case.request.headers.values("authorization")), None)
    return 0 if sent is None else hash(sent)


def sent_as(case: Case) -> int:
    """Return what tells whether two requests are the same to the byte, but for what every one has
    of its own. Python's hash of bytes is keyed."""
    request = case.exchange.request
    fields = [(key.lower(), value) for key, value in request.headers.fields]
    kept = tuple(field for field in fields if field[0] not in _OF_EACH)
    return hash((kept, request.body.data if request.body else None))


def request_mark(method: bytes, host: str, target: bytes) -> int:
    """Return what stands for a request whoever sends it, in this process alone; Python's hash of
    bytes is keyed."""
    return hash((method, host, target))
