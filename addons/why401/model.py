"""The values that travel through the program: an exchange goes in, a diagnosis comes out.

Everything here is frozen and knows no proxy, no file format and no language. Facts only: the
words that users read live in `rules/` and are joined to these facts by `knowledge.words`.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from why401.later import once


class Value(msgspec.Struct, frozen=True, gc=False):
    """Base of the values of one exchange. Each is made of others that were there before, so none
    is ever part of a circle, and Python's collector, which a refusal sets off now and then, need
    not visit them."""


class Certainty(enum.StrEnum):
    """How sure a statement is; the order of the members is the order of strength."""

    PROVEN = "proven"
    LIKELY = "likely"
    POSSIBLE = "possible"

    def at_most(self, other: Certainty) -> Certainty:
        """Return the weaker of the two."""
        return self if self is other else max(self, other, key=_CERTAINTIES.index)


_CERTAINTIES = tuple(Certainty)


class Severity(enum.StrEnum):
    """How bad a finding is; the order of the members is the order of weight."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_BY_WEIGHT = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in the order and the bytes in which they were sent (RFC 9110 section 5)."""

    fields: tuple[tuple[bytes, bytes], ...] = ()
    _by_name: dict[str, tuple[bytes, ...]] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    """Filled by the first question: a refused request is asked for some fifty names."""

    def values(self, name: str) -> tuple[bytes, ...]:
        """Return the raw value of every field called `name`, in order; names ignore case."""
        return (self._by_name or self.by_name()).get(name.lower(), ())

    def by_name(self) -> Mapping[str, tuple[bytes, ...]]:
        """Return the raw values of every name in small letters, in the order of the names."""
        if self._by_name is not None:
            return self._by_name
        by_name: dict[str, tuple[bytes, ...]]
        by_name = {_small(key): (value,) for key, value in self.fields}
        if len(by_name) < len(self.fields):
            found: dict[str, list[bytes]] = {}
            for key, value in self.fields:
                found.setdefault(_small(key), []).append(value)
            by_name = {name: tuple(values) for name, values in found.items()}
        object.__setattr__(self, "_by_name", by_name)
        return by_name

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the values of `name` as text, see `header_text`."""
        values = self.values(name)
        return tuple(map(header_text, values)) if values else ()

    def text(self, name: str) -> str | None:
        """Return the first value of `name` as text, or None where there is no such field."""
        values = self.values(name)
        return header_text(values[0]) if values else None

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(self.fields)


@functools.lru_cache(1024)
def _small(name: bytes) -> str:
    """Return the name of a field in small letters; there are few, and they come again."""
    return name.lower().decode("utf-8", "surrogateescape")


def header_text(value: bytes) -> str:
    """Return a field value as text: UTF-8 where it is that, else Latin-1; never raises."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Body(Value, frozen=True):
    """A message body as far as the capture holds it.

    `data` is what was sent over the wire, Content-Encoding included, unless `is_decoded` says
    that the capture (a HAR) holds it with the encoding already removed. `is_exact` is False
    where the capture may have altered bytes: no signature over such a body can be judged.
    `is_complete` is False where only a part was kept. `sent_bytes` is the length on the wire where
    `data` is something else; None where it is `data` that was sent, or where nobody knows.
    """

    data: bytes
    is_decoded: bool = False
    is_exact: bool = True
    is_complete: bool = True
    sent_bytes: int | None = None


EMPTY_BODY = Body(b"")


class Request(msgspec.Struct, frozen=True, dict=True):
    """A request as it left the client. `target` is the raw request target, query included."""

    method: str
    scheme: str
    host: str
    port: int
    target: bytes
    headers: Headers = Headers()
    body: Body | None = EMPTY_BODY
    http_version: str = "HTTP/1.1"

    @once
    def path(self) -> str:
        """The path as sent, still percent-encoded, without the query."""
        return header_text(self.target).partition("?")[0]

    @once
    def query(self) -> str:
        """The query as sent, still percent-encoded, without the question mark."""
        return header_text(self.target).partition("?")[2]

    @property
    def url(self) -> str:
        """The absolute URL, for showing and for HAR; the default port is left out."""
        target = header_text(self.target)
        if not target.startswith("/") and "://" in target.partition("?")[0]:
            return target
        default = {"http": 80, "https": 443}.get(self.scheme)
        port = "" if self.port in (default, 0) else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{port}{target}"


class Response(Value, frozen=True):
    """A response as it reached the proxy."""

    status: int
    reason: str = ""
    headers: Headers = Headers()
    body: Body | None = EMPTY_BODY
    http_version: str = "HTTP/1.1"
    trailers: Headers = Headers()


class WebSocketMessage(Value, frozen=True):
    """One WebSocket message; `at_s` is Unix seconds, `opcode` that of RFC 6455 section 5.2. The
    frame that closes the connection (opcode 8: its code in two bytes, then the reason) is the last,
    where the capture has it."""

    from_client: bool
    opcode: int
    data: bytes
    at_s: float


class Times(Value, frozen=True):
    """When things happened, Unix seconds; None where the capture does not say."""

    started: float | None = None
    request_sent: float | None = None
    response_started: float | None = None
    ended: float | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None


class Alteration(Value, frozen=True):
    """What the proxy itself changed about a request before it left. `where` is a place as in rules
    (`request.header.x-date`, `request.body`); `by` is `option NAME`, `script FILE`, `mode NAME`, or
    `hand`."""

    where: str
    by: str
    change: str
    """`added`, `removed`, `replaced`, or `set` where nobody knows what stood there."""


class Exchange(Value, frozen=True):
    """One request with its answer, as they were on the wire.

    `id` names it for the user (`a.har#4`, a flow's id); `client` tells client connections apart,
    `client_address` machines or processes; `error` is the proxy's word where no answer came.
    """

    id: str
    request: Request
    response: Response | None = None
    error: str | None = None
    times: Times = Times()
    client: str = ""
    client_address: str = ""
    server: str = ""
    server_address: str = ""
    websocket: tuple[WebSocketMessage, ...] = ()
    is_sanitised: bool = False
    """Whether the program that wrote the capture may have left out Authorization and cookies: then
    nothing can be concluded from their absence."""
    altered: tuple[Alteration, ...] = ()
    """What the proxy that recorded this changed about the request; empty where nobody watched."""

    @property
    def at_s(self) -> float | None:
        """The moment at which times in this exchange are judged: when the answer began, or
        failing that when the request was sent; Unix seconds."""
        return self.times.response_started or self.times.request_sent or self.times.started


type Plain = bool | int | float | str | list[Plain] | dict[str, Plain] | None
"""What JSON and flow files can hold."""


class Evidence(Value, frozen=True):
    """A place and what stood there, secrets already masked.

    `where` is written as in rules: `request.header.authorization`, `response.json.errcode`,
    `history.token-issued`, `config.credentials.jwt[0]`. What follows from it is said by the
    rule, under `why`, keyed by the same place. `seen` is a Plain; it is declared wider because
    msgspec, which reads diagnoses back from files, does not follow recursive types.
    """

    where: str
    seen: Any


class CauseFound(Value, frozen=True):
    """One explanation of a finding; the words are the rule's cause of the same `id`."""

    id: str
    certainty: Certainty


class Finding(Value, frozen=True):
    """Something wrong, stated as facts.

    `certainty` says how sure it is *that* this is wrong, a cause's how sure *why*. `causes` may be
    left empty by a detector: then those of the rule are taken, as the rule ranks them.
    `values` fill the placeholders of the rule's wording; a name that ends in `_s` is a number of
    seconds and is put into words, everything else is shown as it is.
    """

    rule: str
    certainty: Certainty
    evidence: tuple[Evidence, ...]
    causes: tuple[CauseFound, ...] = ()
    values: Mapping[str, str | int | float] = msgspec.field(default_factory=dict)
    related: tuple[str, ...] = ()
    severity: Severity | None = None
    """None: as the rule says. Filled in when the finding is ranked."""


class Shown(Value, frozen=True):
    """A credential or challenge, decoded as far as it may be shown (element of `credentials`)."""

    kind: str
    scheme: str
    where: str
    format: str | None = None
    decoded: Mapping[str, Any] | None = None


class SignatureCheck(Value, frozen=True):
    """The outcome of recomputing one signature (element of `signatures` in the schema)."""

    scheme: str
    subject: str
    status: str
    needs: tuple[str, ...] = ()
    string_to_sign: str | None = None
    sent: str | None = None
    expected: str | None = None
    explained_by: str | None = None
    also_explained_by: tuple[str, ...] = ()
    tried: int | None = None
    server_saw: Mapping[str, Any] | None = None


class TimelineEvent(Value, frozen=True):
    """One moment in the life of a token or session on which the diagnosis rests.

    `event` is `issued`, `used`, `refused`, `refreshed`, `superseded`, `revoked` or `set` (a
    cookie); `subject` the placeholder of the credential, `via` the request without its query,
    `client` the client's address and program.
    """

    event: str
    exchange: str
    at_s: float | None
    subject: str
    via: str = ""
    client: str = ""


class Diagnosis(Value, frozen=True):
    """All that was found out about one exchange, best explanation first."""

    findings: tuple[Finding, ...] = ()
    credentials: tuple[Shown, ...] = ()
    signatures: tuple[SignatureCheck, ...] = ()
    answered_by: str | None = None
    clock_skew_s: float | None = None
    timeline: tuple[TimelineEvent, ...] = ()
    """What happened before to the credentials of this exchange, in order of time."""
    faults: tuple[str, ...] = ()
    """Detectors of ours that failed on this exchange."""

    @property
    def verdict(self) -> str | None:
        """`RULE#CAUSE` of the best explanation; None where nothing is wrong."""
        if not self.findings:
            return None
        best = self.findings[0]
        return f"{best.rule}#{best.causes[0].id}" if best.causes else best.rule

    @property
    def certainty(self) -> Certainty | None:
        """How sure the verdict is: that of the cause which it names."""
        if not self.findings:
            return None
        best = self.findings[0]
        return best.causes[0].certainty if best.causes else best.certainty

    @property
    def severity(self) -> Severity | None:
        """The highest severity among the findings; None where there is none."""
        found = [finding.severity for finding in self.findings]
        for severity in _BY_WEIGHT:
            if severity in found:
                return severity
        return None
