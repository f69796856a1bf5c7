"""How a server refuses on a WebSocket whose handshake it accepted: by the code with which it closes
the connection, or in one of its first messages.

A page's WebSocket cannot show the status of a refused handshake, so many servers answer 101 first.
Sources: the IANA registry of WebSocket close codes (3000 Unauthorized, 3003 Forbidden); RFC 6455
sections 5.5.1 and 7.4; github.com/enisdenjo/graphql-ws, PROTOCOL.md (4401, 4403);
github.com/apollographql/subscriptions-transport-ws, PROTOCOL.md (connection_error);
socket.io/docs/v4/socket-io-protocol (44, CONNECT_ERROR);
developers.home-assistant.io/docs/api/websocket (auth_invalid).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import msgspec

from why401.later import regex
from why401.model import WebSocketMessage

CLOSE = 8
"""The opcode of a frame that closes; its data are the code, two bytes, and the reason."""
MAX_FIRST = 3
"""Messages of the server in which a refusal may stand: Socket.IO and graphql-ws say hello first."""
MAX_MESSAGE = 2048
MAX_REASON = 123
"""Bytes of a reason (RFC 6455 section 5.5)."""
MAX_SENT = 5
_TEXT = 1
_REGISTERED = {3000: 401, 3003: 403}
_USUAL = {4401: 401, 4403: 403}
"""Private codes that graphql-ws made known and others took over."""
_POLICY = 1008

_REFUSES = regex(
    rb'^44(?:/[^,{}]{0,80},)?(?:[{"])|"type":\s{0,3}"(?:connection_|auth_)?(?:error|invalid)"'
)
_AUTH = regex(
    r"unauthori[sz]ed|unauthenticated|not[ _](?:authori[sz]ed|authenticated|logged in)"
    r"|authentication (?:is )?(?:failed|failure|required|error|timed? ?out)"
    r"|auth_?(?:invalid|failed)|(?:invalid|expired|missing|malformed|bad|wrong|incorrect|no) "
    r"(?:auth |access |bearer |session )?"
    r"(?:token|credentials?|api[ _-]?key|jwt|authori[sz]ation)\b"
    r"|\b(?:token|jwt|session|credentials?|api[ _-]?key)(?: is| has| was| been| not){0,2} "
    r"(?:invalid|expired|missing|required|revoked|malformed|provided|valid)\b"
    r"|could not verify jwt|jwtexpired|jwt expired|invalid_(?:token|api_key)|token_expired"
    r"|未登[录陆]|(?:令牌|token|凭证|登[录陆]).{0,4}(?:无效|过期|失效|错误|缺失)|鉴权失败|认证失败",
    re.IGNORECASE,
)
_FORBIDDEN = regex(
    r"\bforbidden\b|permission denied|access denied|no permission|无权限|没有权限", re.IGNORECASE
)
_ELSE = regex(r"\bjson\b|rate limit|too many", re.IGNORECASE)
"""A token may also be one of a parser, or of a bucket."""
_TELLING_WORD = regex(r"[^\s\"',:;=<>(){}\[\]]{8,}")


class Closing(msgspec.Struct, frozen=True):
    """How the server refused: `status` is the HTTP status that it means, 401 or 403; `code` the
    code of the close, 0 where a message says it; `text` the reason or the message, without what it
    repeats of the client's. `at_s` as `WebSocketMessage.at_s`."""

    status: int
    code: int
    text: str
    at_s: float
    is_said: bool = True
    """Whether words say so, or a code that is registered for it."""


def closing_of(messages: Sequence[WebSocketMessage]) -> Closing | None:
    """Return how the server refused the client on a WebSocket; None where it did not."""
    last = messages[-1] if messages else None
    if last is None:
        return None
    if last.opcode == CLOSE and not last.from_client and len(last.data) >= 2:
        refused = _by_code(last)
        if refused is not None:
            return _without_echo(refused, messages)
    received = (each for each in messages if not each.from_client and each.opcode == _TEXT)
    for message in islice(received, MAX_FIRST):
        head = message.data[:MAX_MESSAGE]
        if _REFUSES.search(head):
            text = head.decode("utf-8", "replace")
            status = _by_words(text)
            if status:
                return _without_echo(Closing(status, 0, text, message.at_s), messages)
    return None


def _by_code(last: WebSocketMessage) -> Closing | None:
    code = int.from_bytes(last.data[:2])
    text = last.data[2 : 2 + MAX_REASON].decode("utf-8", "replace")
    said = _by_words(text) if code == _POLICY or 3000 <= code < 5000 else None
    registered = _REGISTERED.get(code)
    status = registered or _USUAL.get(code) or said
    if status is None:
        return None
    return Closing(status, code, text, last.at_s, is_said=bool(registered or said))


def _by_words(text: str) -> int | None:
    if not text or _ELSE.search(text):
        return None
    if _AUTH.search(text):
        return 401
    return 403 if _FORBIDDEN.search(text) else None


def _without_echo(refused: Closing, messages: Sequence[WebSocketMessage]) -> Closing:
    """Return `refused` without the words that the client had sent, a token among them perhaps."""
    sent = [each.data[: 4 * MAX_MESSAGE] for each in messages[:MAX_SENT] if each.from_client]
    text = refused.text
    for word in _TELLING_WORD.findall(text) if sent else ():
        is_plain = word.isalpha() and len(word) < 20
        if not is_plain and any(word.encode("utf-8", "replace") in each for each in sent):
            text = text.replace(word, "…")
    return msgspec.structs.replace(refused, text=text)
