"""Places in an exchange, written alike in rules, evidence and redaction:
`request.header.authorization`, `response.json.errcode`, `response.challenge.error`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from why401.case import Case, Fields, json_at
from why401.case.errors import caller_ip, rid
from why401.case.said import said
from why401.model import header_text

type Reader = Callable[[Case], tuple[Any, ...]]
"""Gives every value that stands at a place, in order; empty where there is none."""


def reader(place: str) -> Reader:
    """Return the reader of `place`; raises ValueError where there is no such place."""
    if place in _SINGLE:
        return _SINGLE[place]
    for prefix, make in _NAMED.items():
        if place.startswith(prefix) and len(place) > len(prefix):
            return make(place[len(prefix) :])
    raise ValueError(f'there is no place "{place}"')


def place_names() -> tuple[str, ...]:
    """Return every place, for error messages; those that take a name end in a dot."""
    return (*_SINGLE, *_NAMED)


def _present(value: Any) -> tuple[Any, ...]:
    return () if value is None or value == "" else (value,)


def _fields(fields: Fields | None, name: str) -> tuple[str, ...]:
    return tuple(value for key, value in fields or () if key == name)


def _request_header(name: str) -> Reader:
    return lambda case: case.request.headers.texts(name)


def _response_header(name: str) -> Reader:
    return lambda case: case.response.headers.texts(name)


def _request_json(name: str) -> Reader:
    path = tuple(name.split("."))
    return lambda case: json_at(case.request.json, path)


def _response_json(name: str) -> Reader:
    path = tuple(name.split("."))
    return lambda case: json_at(case.response.json, path)


def _challenge_parameter(name: str) -> Reader:
    return lambda case: tuple(
        value for challenge in case.challenges if (value := challenge.param(name)) is not None
    )


_SINGLE: dict[str, Reader] = {
    "error.family": lambda case: (case.error.family.value,) if case.error else (),
    "error.code": lambda case: (case.error.code,) if case.error else (),
    "error.message": lambda case: _present(case.error and case.error.message),
    "error.request_id_code": lambda case: _present(case.error and case.error.request_id_code),
    "error.caller_ip": lambda case: _present(case.error and caller_ip(case.error.message)),
    "error.rid": lambda case: _present(case.error and rid(case.error.message)),
    "request.method": lambda case: (case.exchange.request.method,),
    "request.scheme": lambda case: (case.exchange.request.scheme,),
    "request.host": lambda case: (case.exchange.request.host,),
    "request.path": lambda case: (case.exchange.request.path,),
    "request.family": lambda case: _present(case.family and case.family.value),
    "request.text": lambda case: _present(case.request.text),
    "request.credential": lambda case: tuple(found.scheme for found in case.credentials),
    "response.status": lambda case: (case.status,) if case.exchange.response else (),
    "response.stated_status": lambda case: tuple(dict.fromkeys((case.status, case.stated_status))),
    "response.said": said,
    "response.text": lambda case: _present(case.response.text),
    "response.challenge": lambda case: tuple(found.name for found in case.challenges),
}

_NAMED: dict[str, Callable[[str], Reader]] = {
    "request.header.": _request_header,
    "request.query.": lambda name: lambda case: _fields(case.query, name),
    "request.form.": lambda name: lambda case: _fields(case.request.form, name),
    "request.cookie.": lambda name: lambda case: _fields(case.cookies, name),
    "request.json.": _request_json,
    "request.xml.": lambda name: lambda case: _fields(case.request.xml, name),
    "response.header.": _response_header,
    "response.json.": _response_json,
    "response.xml.": lambda name: lambda case: _fields(case.response.xml, name),
    "response.challenge.": _challenge_parameter,
}


def seen_text(value: object) -> str | int | float | bool:
    """Return a value as evidence may hold it: plain, and no longer than a line or two."""
    if isinstance(value, bool | int | float):
        return value
    text = header_text(value) if isinstance(value, bytes) else str(value)
    return text if len(text) <= 240 else f"{text[:230]}… ({len(text)})"
