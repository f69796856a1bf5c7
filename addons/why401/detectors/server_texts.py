"""Where a server says why it refused: in the challenge, in a header, in the messages of the body,
in what a WebSocket is closed with.

Servers refuse in the same words over and over: what is read from the words alone (`reading`) is
read once, and known when they come again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec

from why401.case import Case
from why401.knowledge.recurring import Recurring
from why401.later import regex
from why401.triage.closing import Closing

MAX_TEXT = 4096
MAX_TEXTS = 40
MAX_DEPTH = 4
MAX_REMEMBERED = 64
MAX_CHARS_REMEMBERED = 3072
"""Characters of one refusal in all, the head of a page fits in; longer ones are read each time."""

type Texts = tuple[tuple[str, str], ...]
"""(place, text) of what one refusal says, the most telling first."""

_HEADERS = {
    name: f"response.header.{name}" for name in ("x-amzn-errortype", "x-error-message", "x-error")
}
_MESSAGE_NAMES = frozenset(
    {"error", "error_description", "error_code", "errorcode", "code", "message", "msg", "detail"}
    | {"title", "reason", "error_msg", "errmsg", "errormessage", "error_message", "err", "type"}
    | {"description", "__type", "info", "exception", "hint", "details", "messages", "errors"}
    | {"developermessage", "subcode", "status", "statusmessage", "non_field_errors", "cause"}
)
_TAG = regex(r"<[^<>]{0,500}>")


class _Refusal(msgspec.Struct):
    """What a refusal says, and what was read from it, by the function that did."""

    texts: Texts
    answers: dict[object, Any] = msgspec.field(default_factory=dict)


_remembered = functools.lru_cache(MAX_REMEMBERED)(_Refusal)


def texts(case: Case) -> Texts:
    """Return (place, text) of what the server says about its refusal, the most telling first."""
    return _refusal(case).texts


def reading[Answer](read: Callable[[Texts], Answer]) -> Callable[[Case], Answer]:
    """Return `read`, which looks at the texts of a refusal and nothing else, as a question about a
    case. Its answers are shared between exchanges that say the same: nobody may change them."""

    @functools.wraps(read)
    def answer(case: Case) -> Answer:
        known = _refusal(case)
        if read not in known.answers:
            known.answers[read] = read(known.texts)
        found: Answer = known.answers[read]
        return found

    return answer


def mentions(text: str, *words: str) -> bool:
    """Return whether one of `words`, in small letters, is in `text`: asked before an expression
    that needs one of them, which takes fifty times as long to find nothing."""
    lower = text.lower()
    return any(word in lower for word in words)


def _refusal(case: Case) -> _Refusal:
    known: _Refusal | None = case.memo.get("refusal.texts")
    if known is None:
        known = case.memo["refusal.texts"] = _recurring.of(case)
    return known


def _read(case: Case) -> _Refusal:
    found = _texts(case)
    is_short = sum(len(text) for _, text in found) <= MAX_CHARS_REMEMBERED
    return (_remembered if is_short else _Refusal)(found)


_recurring = Recurring(_HEADERS, _read)
"""Answers alike to the byte; of others the texts may be alike, beside a time or a path."""


def _texts(case: Case) -> Texts:
    found = [
        (f"response.challenge.{name}", value[:MAX_TEXT])
        for name in ("error_description", "error")
        for challenge in case.challenges
        if (value := challenge.param(name))
    ]
    if case.closing is not None:
        found.append((closing_place(case.closing), case.closing.text))
    headers = case.response.headers
    if not _HEADERS.keys().isdisjoint(headers.by_name()):
        found += [
            (place, value[:MAX_TEXT])
            for name, place in _HEADERS.items()
            if (value := headers.text(name))
        ]
    if case.grpc_refusal is not None:
        found.append(("response.header.grpc-message", case.grpc_refusal.message))
        return tuple(found)
    body = case.response.json
    if body is not None:
        _add_messages(body, "response.json", MAX_DEPTH, found, len(found) + MAX_TEXTS)
    elif text := case.response.text[: 4 * MAX_TEXT]:
        found.append(("response.text", " ".join(_TAG.sub(" ", text).split())[:MAX_TEXT]))
    return tuple(found)


def closing_place(closing: Closing) -> str:
    """Return where a WebSocket's refusal stands."""
    return "response.websocket.close" if closing.code else "response.websocket.message"


def _add_messages(
    value: object, where: str, depth: int, found: list[tuple[str, str]], limit: int
) -> None:
    """Add the messages in a JSON value to `found`, until it holds `limit`."""
    members: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        members = islice(value.items(), 50)
    elif isinstance(value, list):
        members = enumerate(value[:10])
    for name, member in members:
        if len(found) >= limit:
            return
        if isinstance(member, str):
            if isinstance(value, list) or _is_message(str(name)):
                found.append((f"{where}.{str(name)[:60]}", member[:MAX_TEXT]))
        elif isinstance(member, dict | list) and depth > 1:
            _add_messages(member, f"{where}.{str(name)[:60]}", depth - 1, found, limit)


def _is_message(name: str) -> bool:
    return name.lower().replace("-", "_") in _MESSAGE_NAMES
