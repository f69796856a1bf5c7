"""Whatever is on the wire: no exchange breaks the diagnosis, and what is said about it is sound.

Two kinds of rubbish: exchanges that are odd in every part, and the cases of all rules (so that
every detector is reached) with bytes put in, taken out or doubled somewhere.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.any_exchange import exchanges

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.cases import exchange_of
from why401.knowledge.load import load_knowledge, rules_folder
from why401.knowledge.read import read_folder
from why401.masking import Masker
from why401.model import Body, Diagnosis, Exchange, Headers, Request, Response
from why401.report.plain import worded

KNOWLEDGE = load_knowledge().knowledge
MASKER = Masker(b"k" * 32)
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parent / "diagnosis.schema.json").read_text(encoding="utf-8"))
)
SEEDS = tuple(
    exchange_of(case)
    for rule in sorted(read_folder(rules_folder()).rules, key=lambda rule: rule.id)
    for case in rule.tests
)
HOSTS = ("api.example.com", "api.weixin.qq.com", "api.mch.weixin.qq.com", "qyapi.weixin.qq.com")
INSERTED = st.one_of(
    st.binary(max_size=6),
    st.sampled_from((b"\0", b"\x1b[31m", b"\xff\xfe", b"\r\n", b"\xe2\x80\xae", b"\xed\xa0\x80")),
    st.sampled_from((b'"', b"\\", b",", b"=", b" ", b"%", b"{", b"[" * 200, b"<![CDATA[")),
    st.sampled_from((b"9" * 400, b"-1", b"NaN", b"1e999")),
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` with one stretch of it replaced, left out or repeated."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    match draw(st.sampled_from(["replace", "cut", "double"])):
        case "replace":
            return data[:start] + draw(INSERTED) + data[end:]
        case "cut":
            return data[:start]
        case _:
            return data[:end] + data[start:]


def _headers(draw: st.DrawFn, headers: Headers) -> Headers:
    fields = list(headers.fields)
    if fields and draw(st.booleans()):
        at = draw(st.integers(0, len(fields) - 1))
        name, value = fields[at]
        fields[at] = (name, draw(damaged(value)))
        if draw(st.booleans()):
            fields.append(fields[at])
    return Headers(tuple(fields))


def _body(draw: st.DrawFn, body: Body | None) -> Body | None:
    match draw(st.sampled_from(["same", "same", "damaged", "missing"])):
        case "damaged":
            return Body(
                draw(damaged(body.data if body else b"")),
                is_exact=draw(st.booleans()),
                is_complete=draw(st.booleans()),
            )
        case "missing":
            return None
    return body


@st.composite
def damaged_cases(draw: st.DrawFn) -> Exchange:
    """The exchange of a rule's case, damaged on the wire."""
    seed = draw(st.sampled_from(SEEDS))
    request, response = seed.request, seed.response
    request = msgspec.structs.replace(
        request,
        target=draw(damaged(request.target)) if draw(st.booleans()) else request.target,
        headers=_headers(draw, request.headers),
        body=_body(draw, request.body),
    )
    if response is not None:
        response = msgspec.structs.replace(
            response, headers=_headers(draw, response.headers), body=_body(draw, response.body)
        )
    return msgspec.structs.replace(seed, request=request, response=response)


@st.composite
def odd_exchanges(draw: st.DrawFn) -> Exchange:
    """Any exchange, refused more often than not and often with a host that has rules of its own."""
    exchange = draw(exchanges())
    request, response = exchange.request, exchange.response
    name = draw(st.sampled_from([b"Authorization", b"authorization ", b"Cookie", b"X-Api-Key"]))
    scheme = draw(st.sampled_from([b"", b"Basic ", b"Bearer ", b"Digest ", b"WECHATPAY2-X "]))
    sent = Headers(((name, scheme + draw(st.binary(max_size=30))), *request.headers.fields))
    request = msgspec.structs.replace(request, host=draw(st.sampled_from(HOSTS)), headers=sent)
    if response is not None:
        challenge = (b"WWW-Authenticate", draw(st.binary(max_size=30)))
        response = msgspec.structs.replace(
            response,
            status=draw(st.sampled_from([200, 400, 401, 403, 407])),
            headers=Headers((challenge, *response.headers.fields)),
        )
    return msgspec.structs.replace(exchange, request=request, response=response)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def controls(text: str, allowed: str) -> str:
    """Return what could steer a terminal, break a line or reorder it."""
    return "".join(
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and character not in allowed
    )


def check(diagnosis: Diagnosis) -> None:
    assert diagnosis.faults == ()
    said = worded(diagnosis, KNOWLEDGE)
    SCHEMA.validate(json.loads(json.dumps(said)))
    # A fix may be several lines, and so is what a signature was computed over.
    assert {text for text in texts(said) if controls(text, "\n\t")} == set()
    for language in ("zh", "en"):
        assert controls(said["summary"][language], "") == ""


def judged(exchange: Exchange) -> Diagnosis:
    outcome = Diagnoser(KNOWLEDGE, NO_KEYS, MASKER).diagnose(exchange)
    return outcome.deeper() if outcome.deeper else outcome.diagnosis


@settings(max_examples=300, deadline=None)
@given(st.one_of(exchanges(), odd_exchanges()))
def test_an_exchange_odd_in_every_part(exchange: Exchange) -> None:
    check(judged(exchange))


@settings(max_examples=400, deadline=None)
@given(damaged_cases())
def test_a_known_mistake_damaged_on_the_wire(exchange: Exchange) -> None:
    check(judged(exchange))


@settings(max_examples=100, deadline=None)
@given(st.lists(damaged_cases(), min_size=2, max_size=6))
def test_one_after_the_other_in_one_session(several: list[Exchange]) -> None:
    diagnoser = Diagnoser(KNOWLEDGE, NO_KEYS, MASKER)
    for number, exchange in enumerate(several):
        outcome = diagnoser.diagnose(msgspec.structs.replace(exchange, id=f"x#{number}"))
        check(outcome.diagnosis)
        for _, diagnosis in outcome.revised:
            check(diagnosis)


@settings(max_examples=100, deadline=None)
@given(damaged_cases())
def test_the_same_exchange_gets_the_same_diagnosis(exchange: Exchange) -> None:
    assert judged(exchange) == judged(exchange)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(b"/" + b"a" * 200_000, id="long"),
        pytest.param(b"/?" + b"a=b&" * 50_000, id="many"),
    ],
)
def test_an_oversized_request_is_judged_in_bounds(target: bytes) -> None:
    token = b"Bearer " + b"eyJ." * 60_000
    request = Request(
        "GET", "https", "api.example.com", 443, target, Headers(((b"Authorization", token),))
    )
    response = Response(401, headers=Headers(((b"WWW-Authenticate", b"Bearer " * 20_000),)))
    diagnosis = judged(Exchange("x", request, response))
    check(diagnosis)
    assert len(json.dumps(worded(diagnosis, KNOWLEDGE))) < 60_000
