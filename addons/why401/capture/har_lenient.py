"""An entry with the wrong types brought into the shape that `har_parts` describes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import msgspec

from why401.capture.entry import UnreadableEntryError
from why401.capture.har_parts import (
    Content,
    Field,
    Message,
    Number,
    PostData,
    Request,
    Response,
    Target,
    Timings,
    Whole,
)

MAX_FIELDS = 10_000
"""Header fields, parameters and the like that are taken from one list."""


def lenient_entry(data: bytes | memoryview | msgspec.Raw) -> Whole:
    """Return one entry whatever its types. Raises UnreadableEntryError where it is none."""
    return _entry(lenient_json(data))


def lenient_json(data: bytes | memoryview | msgspec.Raw) -> Any:
    """Return JSON that strict decoders refuse: NaN, lone surrogates, raw control characters,
    bytes that are not UTF-8. Raises UnreadableEntryError."""
    try:
        return json.loads(bytes(data).decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "is not JSON"
        raise UnreadableEntryError(reason) from None


def _entry(value: Any) -> Whole:
    if not isinstance(value, dict):
        raise UnreadableEntryError("is not an object")
    request = value.get("request")
    if not isinstance(request, dict):
        raise UnreadableEntryError("has no request")
    if not isinstance(request.get("url"), str):
        raise UnreadableEntryError("its request has no url")
    response, timings = value.get("response"), value.get("timings")
    started = value.get("startedDateTime")
    return Whole(
        request=_request(request),
        started=started if isinstance(started, str) else str(_number(started) or ""),
        response=_response(response) if isinstance(response, dict) else None,
        timings=_timings(timings) if isinstance(timings, dict) else None,
        server_ip=_text(value.get("serverIPAddress")),
        server_port=_number(value.get("_serverPort")),
        server=_text(value.get("connection")),
        client=_text(value.get("_client")),
        client_address=_text(value.get("_clientAddress")),
        messages=[
            _message(item)
            for item in _items(value.get("_webSocketMessages"))
            if isinstance(item, dict)
        ],
        error=_text(value.get("_error")),
        page=_text(value.get("pageref")),
        sanitised=value.get("_sanitised") is True,
        comment=_text(value.get("comment")),
        diagnosis=value.get("_why401"),
    )


def _request(value: dict[str, Any]) -> Request:
    body = value.get("postData")
    raw = value.get("_raw")
    return Request(
        url=value["url"],
        method=_text(value.get("method")) or "GET",
        version=_text(value.get("httpVersion")),
        headers=_fields(value.get("headers")),
        cookies=value.get("cookies"),
        body=_post_data(body),
        body_size=_number(value.get("bodySize")),
        missing=value.get("_missing") is True,
        raw=_target(raw) if isinstance(raw, dict) else None,
        comment=_text(value.get("comment")),
    )


def _target(value: dict[str, Any]) -> Target | None:
    try:
        return msgspec.convert(value, Target)
    except msgspec.ValidationError:
        return None


def _post_data(value: Any) -> PostData | None:
    if isinstance(value, str):
        return PostData(text=value)
    if not isinstance(value, dict):
        return None
    return PostData(
        mime=_text(value.get("mimeType")),
        text=_body_text(value.get("text")),
        params=value.get("params"),
        encoding=_text(value.get("_encoding")),
        encoding_plain=_text(value.get("encoding")),
        size=_number(value.get("_size")),
        exact=_flag(value.get("_exact")),
        complete=_flag(value.get("_complete")),
        decoded=_flag(value.get("_decoded")),
    )


def _response(value: dict[str, Any]) -> Response:
    content = value.get("content")
    error = value.get("_error")
    return Response(
        status=_status(value.get("status")),
        reason=_text(value.get("statusText")),
        version=_text(value.get("httpVersion")),
        headers=_fields(value.get("headers")),
        trailers=_fields(value.get("_trailers")),
        content=_content(content) if isinstance(content, dict) else None,
        body_size=_number(value.get("bodySize")),
        error=_text(error),
        comment=_text(value.get("comment")),
    )


def _content(value: dict[str, Any]) -> Content:
    return Content(
        size=_number(value.get("size")),
        mime=_text(value.get("mimeType")),
        text=_body_text(value.get("text")),
        encoding=_text(value.get("encoding")),
        exact=_flag(value.get("_exact")),
        complete=_flag(value.get("_complete")),
        decoded=_flag(value.get("_decoded")),
        missing=value.get("_missing") is True,
    )


def _timings(value: dict[str, Any]) -> Timings:
    return Timings(**{name: _number(value.get(name)) for name in Timings.__struct_fields__})


def _message(value: dict[str, Any]) -> Message:
    opcode = _number(value.get("opcode"))
    return Message(
        kind=_text(value.get("type")) or "receive",
        time=_number(value.get("time")),
        opcode=int(opcode) if opcode is not None else 1,
        data=_text(value.get("data")) or "",
        encoding=_text(value.get("_encoding")),
    )


def _fields(value: Any) -> list[Field]:
    """Header fields as a list of name and value, of pairs, of lines, or as a mapping."""
    if isinstance(value, dict):
        return [
            Field(name, text)
            for name, item in list(value.items())[:MAX_FIELDS]
            for part in (item if isinstance(item, list) else (item,))
            if (text := _text(part)) is not None
        ]
    if isinstance(value, str):
        value = value.splitlines()
    fields = []
    pair: tuple[Any, Any, str | None]
    for item in _items(value):
        match item:
            case {"name": name, **rest}:
                raw = rest.get("_raw")
                pair = (name, rest.get("value", ""), _text(raw))
            case {"key": name, "value": text}:
                pair = (name, text, None)
            case [name, text]:
                pair = (name, text, None)
            case str() if ":" in item[1:]:
                cut = item.index(":", 1)
                pair = (item[:cut].strip(), item[cut + 1 :].strip(), None)
            case _:
                continue
        if isinstance(pair[0], str) and pair[0]:
            fields.append(Field(pair[0], _text(pair[1]) or "", pair[2]))
    return fields


def _items(value: Any) -> Iterable[Any]:
    return value[:MAX_FIELDS] if isinstance(value, list) else ()


def _status(value: Any) -> int:
    """Return a status as number: `"200"`, `200.0` and `"200 OK"` are 200, all else is 0."""
    if isinstance(value, str):
        word = value.strip()[:3]
        return int(word) if word.isdecimal() else 0
    number = _number(value)
    return int(number) if number is not None and 0 <= number < 1000 else 0


def _number(value: Any) -> Number:
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e18 and math.isfinite(value) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return json.dumps(value)


def _body_text(value: Any) -> str | None:
    """Return a body's text; JSON that a producer put there unquoted is written out again."""
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return None
