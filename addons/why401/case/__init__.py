"""One exchange with everything decoded at most once, shared by all rules and detectors."""

from __future__ import annotations

import email.utils
import functools
from collections.abc import Mapping
from typing import Any

import msgspec

from why401.case.bodies import (
    MAX_PARSED,
    MAX_SEARCHED,
    Content,
    decoded_content,
    parse_form,
    parse_json,
    parse_xml,
    text_of,
)
from why401.case.broken_answers import broken_json, broken_xml
from why401.case.errors import PlatformError, platform_error
from why401.case.stated import stated_status
from why401.credentials.challenge import Challenge, parse_challenges
from why401.credentials.cookies import parse_cookie_header
from why401.credentials.find import Credential, find_credentials
from why401.hosts import Family, family_of
from why401.later import once
from why401.model import Body, Exchange, Headers, Response
from why401.triage.closing import Closing, closing_of
from why401.triage.grpc import GrpcRefusal, grpc_refusal

type Fields = tuple[tuple[str, str], ...]

MAX_REFUSAL = 128 << 10
"""Bytes of a refusal that are parsed: no server needs more to say why."""
MAX_HEAD = 2 << 10
"""Bytes that are read as text of a refusal too long to be searched whole (`MAX_SEARCHED`): that is
a page, or data, and what it says about the refusal stands at its head."""
AT_ONCE_S = 15.0
"""How long a server may take to judge what came with the handshake of a WebSocket, or right after
it."""

_NO_RESPONSE = Response(status=0, body=None)
_NO_CONTENT = Content(b"", is_complete=False)


class Message(msgspec.Struct, frozen=True, dict=True, eq=False):
    """One side of an exchange, its body in every reading that fits."""

    headers: Headers
    body: Body | None
    is_refusal: bool = False

    @once
    def content(self) -> Content:
        """The body without Content-Encoding; empty where the capture holds none."""
        return decoded_content(self.body, self.headers) or _NO_CONTENT

    @once
    def is_page(self) -> bool:
        """Whether it is a refusal too long to be parsed: nothing but its `head` is read."""
        return self.is_refusal and len(self.content.data) > MAX_REFUSAL

    @once
    def head(self) -> bytes:
        """The start of the body, as far as it is searched for text."""
        data = self.content.data
        is_long = self.is_refusal and len(data) > MAX_SEARCHED
        return data[: MAX_HEAD if is_long else MAX_SEARCHED]

    @once
    def text(self) -> str:
        """The start of the body as text; empty for what is evidently binary."""
        return "" if self.head.find(b"\0", 0, 512) >= 0 else text_of(self.head, self.headers)

    @once
    def json(self) -> Any:
        """The body as JSON, or None."""
        data = self.content.data
        return parse_json(data) if data and len(data) <= self._max_parsed else None

    @once
    def xml(self) -> Fields | None:
        """The root's child elements of an XML body, or None."""
        data = self.content.data
        return parse_xml(data) if data and len(data) <= self._max_parsed else None

    @property
    def _max_parsed(self) -> int:
        return MAX_REFUSAL if self.is_refusal else MAX_PARSED

    @once
    def form(self) -> Fields:
        """The fields of a form body; empty where the Content-Type says otherwise."""
        if not self.content.data:
            return ()
        content_type = (self.headers.text("content-type") or "").lower()
        if not content_type.startswith("application/x-www-form-urlencoded"):
            return ()
        return parse_form(self.content.data)


class Case(msgspec.Struct, frozen=True, dict=True, eq=False):
    """An exchange under examination. `skew_s`, by how many seconds the local clock is ahead of the
    server's, is given by the history, which knows it from more than one answer."""

    exchange: Exchange
    skew_s: float | None = None

    @once
    def memo(self) -> dict[str, Any]:
        """What the rules worked out about this exchange, so that no two work it out twice."""
        return {}

    @once
    def request(self) -> Message:
        """The request's headers and body."""
        return Message(self.exchange.request.headers, self.exchange.request.body)

    @once
    def response(self) -> Message:
        """The response's headers and body; empty where no answer came."""
        response = self.exchange.response or _NO_RESPONSE
        return Message(response.headers, response.body, response.status >= 400)

    @once
    def status(self) -> int:
        """The response's status code; 0 where no answer came."""
        return self.exchange.response.status if self.exchange.response else 0

    @once
    def grpc_refusal(self) -> GrpcRefusal | None:
        """How a gRPC server refuses under HTTP 200; None where it does not."""
        response = self.exchange.response
        content_type = self.response.headers.text("content-type") or ""
        if response is None or not content_type.lower().startswith("application/grpc"):
            return None
        return grpc_refusal(
            (*response.headers.fields, *response.trailers.fields), self.response.content.data
        )

    @once
    def closing(self) -> Closing | None:
        """How the server refused on a WebSocket after its 101; None where it did not."""
        return closing_of(self.exchange.websocket) if self.status == 101 else None

    @once
    def is_closed_at_once(self) -> bool:
        """Whether that refusal is about the handshake: later on, a token may have run out that was
        good when it was sent."""
        opened_s = self.exchange.at_s
        if self.closing is None or opened_s is None:
            return False
        return 0.0 <= self.closing.at_s - opened_s <= AT_ONCE_S

    @once
    def stated_status(self) -> int:
        """The status that the answer means: 401 or 403 where gRPC, or a body, says so under 200, or
        a WebSocket whose handshake was accepted."""
        if self.closing is not None and self.closing.is_said and self.is_closed_at_once:
            return self.closing.status
        if self.status != 200 or self.family is not None or len(self.response.content.data) > 4096:
            return self.status
        if self.grpc_refusal is not None:
            return self.grpc_refusal.status
        host = self.exchange.request.host.lower().rstrip(".")
        return stated_status(host, self.response.json) or self.status

    @once
    def family(self) -> Family | None:
        """The WeChat family of the host; None for every other server."""
        return family_of(self.exchange.request.host, self.exchange.request.path)

    @once
    def error(self) -> PlatformError | None:
        """The error that a WeChat server states in its own words."""
        if self.family is None or self.exchange.response is None:
            return None
        xml = self.response.xml if self.family is Family.WECHATPAY_V2 else None
        json = self.response.json if xml is None else None
        if json is None and xml is None and self.response.text:
            json, xml = broken_json(self.response.text), broken_xml(self.response.text)
        request_id = self.response.headers.text("request-id") or ""
        return platform_error(self.family, self.status, json, xml, request_id)

    @once
    def query(self) -> Fields:
        """The fields of the query, decoded."""
        target = self.exchange.request.target
        if target.find(b"?") < 0:
            return ()
        return parse_form(
            target.partition(b"?")[2] if target.isascii() else self.exchange.request.query
        )

    @once
    def cookies(self) -> Fields:
        """The cookies sent, in order."""
        sent = self.request.headers.texts("cookie")
        return tuple(pair for value in sent for pair in parse_cookie_header(value)) if sent else ()

    @once
    def credentials(self) -> tuple[Credential, ...]:
        """Every credential that the request carries, wherever it stands."""
        sent = self.request
        return find_credentials(self.exchange.request, self.query, sent.json, sent.form)

    @once
    def challenges(self) -> tuple[Challenge, ...]:
        """Every challenge that the response makes, the proxy's included."""
        headers = self.response.headers
        return parse_challenges(headers) + (
            parse_challenges(headers, "proxy-authenticate") if self.status == 407 else ()
        )

    @once
    def offered(self) -> frozenset[str]:
        """The schemes that the server offers, lower case."""
        return frozenset(each.name for each in self.challenges if each.name)

    @once
    def date_s(self) -> float | None:
        """The server's clock, see `server_date_s`."""
        return server_date_s(self.response.headers)

    @once
    def server_now_s(self) -> float | None:
        """The server's time when it judged the request: the local time less the known skew;
        Unix seconds. None where the capture has no times at all."""
        at_s = self.exchange.at_s
        if at_s is None:
            return self.date_s
        return at_s - (self.skew_s or 0.0)

    @once
    def has_credentials(self) -> bool:
        """Whether the request carries anything that authenticates, cookies left out."""
        return any(credential.scheme != "cookie" for credential in self.credentials)


_MAX_DATE = 100


def server_date_s(headers: Headers) -> float | None:
    """Return the clock of the server whose answer has `headers`, as Date tells it (RFC 9110 section
    6.6.1), Unix seconds; None where it is missing, unreadable, or that of a cached answer."""
    date = headers.text("date")
    if (
        not date
        or (headers.text("age") or "0").strip() != "0"
        or "hit" in (headers.text("x-cache") or "").lower()
        or "hit" in (headers.text("cf-cache-status") or "").lower()
    ):
        return None
    return _date_s(date[:_MAX_DATE])


@functools.lru_cache(64)
def _date_s(text: str) -> float | None:
    """Return what a Date header says; all answers of a second say the same."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def json_at(value: Any, path: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what stands at `path` in a JSON value; `*` is any element or key (at most 50)."""
    found = [value]
    for name in path:
        deeper: list[Any] = []
        for item in found[:50]:
            if isinstance(item, Mapping):
                deeper.extend(
                    item.values() if name == "*" else [item[name]] if name in item else []
                )
            elif isinstance(item, list):
                if name == "*":
                    deeper.extend(item[:50])
                elif name.isdigit() and int(name) < len(item):
                    deeper.append(item[int(name)])
        found = deeper
    return tuple(found)
