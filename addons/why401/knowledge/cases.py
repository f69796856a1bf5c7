"""The cases of a rule file, run as exchanges through the real diagnosis."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

import msgspec

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.base import Knowledge
from why401.knowledge.rule import CaseRequest, CaseResponse, Expect, Rule, RuleCase
from why401.masking import Masker
from why401.model import Body, Diagnosis, Exchange, Headers, Request, Response, Times

_MASKER = Masker(b"rule cases hold no secrets")


class CaseError(ValueError):
    """A case that describes no exchange; `key` names the part at fault."""

    def __init__(self, key: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.key = key


def exchange_of(case: RuleCase) -> Exchange:
    """Return the exchange that `case` describes; raises CaseError where it describes none."""
    return Exchange(
        id=case.name,
        request=_request(case.request),
        response=_response(case.response),
        times=Times(started=case.at, request_sent=case.at, response_started=case.at),
    )


def diagnosis_of(case: RuleCase, knowledge: Knowledge) -> Diagnosis:
    """Return what `knowledge` says about `case`, as the first exchange that is ever seen."""
    return Diagnoser(knowledge, NO_KEYS, _MASKER).diagnose(exchange_of(case)).diagnosis


def broken_expectation(rule: Rule, case: RuleCase, diagnosis: Diagnosis) -> str | None:
    """Return in what way `diagnosis` is not what `case` of `rule` expects; None where it is."""
    finding = next((found for found in diagnosis.findings if found.rule == rule.id), None)
    others = ", ".join(found.rule for found in diagnosis.findings) or "nothing"
    if case.expect is Expect.NO_MATCH:
        return None if finding is None else "should stay silent, but the rule fires"
    if finding is None:
        return f"should fire, but does not; the diagnosis names {others}"
    first = finding.causes[0].id if finding.causes else None
    if case.cause is not None and case.cause != first:
        return f'the first cause is "{first}", not "{case.cause}"'
    return None


def _request(case: CaseRequest) -> Request:
    url = urlsplit(case.url)
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme not in ("http", "https") or not host:
        raise CaseError(("request", "url"), f'"{case.url}" is no absolute http or https URL')
    body, content_type = _body(case, ("request",))
    target = quote(url.path or "/", safe="/%:@!$&'()*+,;=~") + (
        f"?{url.query}" if url.query else ""
    )
    return Request(
        method=case.method,
        scheme=url.scheme,
        host=host,
        port=port or (443 if url.scheme == "https" else 80),
        target=target.encode(),
        headers=_headers(case.headers, content_type),
        body=Body(body),
    )


def _response(case: CaseResponse) -> Response | None:
    if case.status == 0:
        return None
    body, content_type = _body(case, ("response",))
    return Response(
        status=case.status, headers=_headers(case.headers, content_type), body=Body(body)
    )


def _headers(headers: dict[str, str | list[str]], content_type: str | None) -> Headers:
    fields = [
        (name.encode(), value.encode())
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    if content_type and not any(name.lower() == b"content-type" for name, _ in fields):
        fields.append((b"Content-Type", content_type.encode()))
    return Headers(tuple(fields))


def _body(case: CaseRequest | CaseResponse, at: tuple[str, ...]) -> tuple[bytes, str | None]:
    """Return the body and the Content-Type that goes with it unless the case gives one."""
    form = case.form if isinstance(case, CaseRequest) else None
    given = [
        name
        for name, value in (("text", case.text), ("xml", case.xml), ("form", form))
        if value is not None
    ]
    if case.json is not msgspec.UNSET:
        given.append("json")
    if len(given) > 1:
        raise CaseError((*at, given[0]), f"has several bodies ({', '.join(given)}); keep one")
    if case.text is not None:
        return case.text.encode(), None
    if case.xml is not None:
        fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in case.xml.items())
        return f"<xml>{fields}</xml>".encode(), "text/xml"
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if case.json is not msgspec.UNSET:
        text = json.dumps(case.json, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    return b"", None
