"""Limits for hostile input: how large, deep, many or odd it may be without cost or harm."""

import base64
import io
import json
import time
import unicodedata
import zlib
from typing import Any

import pytest
from rich.console import Console
from tests.exchanges import AT_S, b64url, exchange
from tests.unit.detectors.diagnosed import jwt, knowledge, refused, rules

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.rule import Text
from why401.masking import Masker
from why401.model import Diagnosis, Exchange
from why401.report.html import Frame, report
from why401.report.html_groups import Row
from why401.report.plain import worded
from why401.report.story import story
from why401.report.terminal import Page

BUDGET_S = 0.25
"""Far above what any of these needs: a machine shared by many is not to fail them."""


def judged(sent: Exchange) -> Diagnosis:
    """Return the diagnosis, made within the budget of processor time; nothing may fail."""
    knowledge()
    diagnoser = Diagnoser(knowledge(), NO_KEYS, Masker(b"k" * 32))
    started = time.process_time()
    diagnosis = diagnoser.diagnose(sent).diagnosis
    assert time.process_time() - started < BUDGET_S
    assert diagnosis.faults == ()
    return diagnosis


def raw(header: bytes, claims: bytes = b'{"sub":"1"}') -> str:
    return f"{b64url(header)}.{b64url(claims)}.{b64url(b'x' * 32)}"


HEAD = b'{"alg":"HS256"}'
DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
BOMB = base64.urlsafe_b64encode(zlib.compress(b"0" * 10_000_000)).rstrip(b"=").decode()
TOKENS: list[Any] = [
    pytest.param("eyJ" + "a" * 3_000_000, id="3 MB of a token"),
    pytest.param(raw(HEAD, b'{"a":"' + b"x" * 2_000_000 + b'"}'), id="claims of 2 MB"),
    pytest.param("eyJ" + "." * 1_000_000, id="a million dots"),
    pytest.param(raw(DEEP), id="deep header"),
    pytest.param(raw(HEAD, DEEP), id="deep claims"),
    pytest.param(raw(HEAD, b"[" * 12_000), id="open brackets"),
    pytest.param(raw(HEAD, b'{"exp":' + b"9" * 10_000 + b"}"), id="a number of 10,000 digits"),
    pytest.param(raw(HEAD, b'{"exp":1e400,"nbf":-1e400,"iat":NaN}'), id="infinite times"),
    pytest.param(raw(HEAD, b'{"exp":' + b"1" * 25 + b"}"), id="a number beyond all dates"),
    pytest.param(raw(b'{"alg":"HS256","kid":"\\ud800"}', b'{"sub":"\\udfff"}'), id="surrogates"),
    pytest.param(raw(HEAD) + "\udc80", id="a byte that is no UTF-8"),
    pytest.param(
        f"{b64url({'alg': 'dir', 'enc': 'A256GCM', 'zip': 'DEF'})}..AAAA.{BOMB}.AAAA",
        id="JWE that inflates",
    ),
    pytest.param(
        f"{b64url({'alg': 'PBES2-HS512+A256KW', 'enc': 'A256GCM', 'p2c': 2**31, 'p2s': 'AA'})}"
        ".AAAA.AAAA.AAAA.AAAA",
        id="JWE with two billion rounds",
    ),
    pytest.param(raw(b'{"alg":"HS256","jku":"http://169.254.169.254/"}'), id="a key elsewhere"),
    pytest.param(raw(b'{"alg":"HS256","kid":"../../../../etc/passwd"}'), id="a path for a kid"),
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("place", ["authorization", "cookie", "query", "body"])
def test_a_hostile_token_costs_little_and_breaks_nothing(token: str, place: str) -> None:
    headers: dict[str, str] = {}
    url, body = "https://api.example.com/a", b""
    text = token.encode("utf-8", "surrogatepass").decode("latin-1")
    if place == "authorization":
        headers["Authorization"] = f"Bearer {text}"
    elif place == "cookie":
        headers["Cookie"] = f"session={text}"
    elif place == "query":
        url = f"{url}?access_token={text[:200_000]}"
    else:
        body = json.dumps({"access_token": text}).encode()
        headers["Content-Type"] = "application/json"
    judged(refused(url=url, headers=headers, method="POST", body=body))


def test_thousands_of_challenges() -> None:
    many = ", ".join(f'Digest realm="{number}", nonce="n{number}"' for number in range(5_000))
    judged(refused(f"Bearer {jwt()}", challenge=many))
    fields = [("WWW-Authenticate", f'Basic realm="{number}"') for number in range(5_000)]
    judged(exchange("https://api.example.com/a", status=401, response_headers=fields))


CHALLENGES: list[Any] = [
    pytest.param('Bearer realm="' + "x" * 500_000, id="a quote that never ends"),
    pytest.param('Bearer realm="' + '\\"' * 200_000 + '"', id="escapes"),
    pytest.param("," * 500_000, id="commas"),
    pytest.param("=" * 500_000, id="equals"),
    pytest.param("a=b " * 100_000, id="no commas"),
    pytest.param("Bearer " * 100_000, id="schemes"),
]


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_hostile_challenge(challenge: str) -> None:
    judged(refused(f"Bearer {jwt()}", challenge=challenge))


def test_cookies_by_the_hundred() -> None:
    cookies = "; ".join(f"session{number}={jwt({'jti': str(number)})}" for number in range(600))
    received = [("Set-Cookie", f"s{number}=v; Path=/{number}") for number in range(600)]
    diagnosis = judged(
        exchange(
            "https://api.example.com/a",
            headers={"Cookie": cookies},
            status=401,
            response_headers=received,
        )
    )
    assert len(diagnosis.credentials) <= 8


def test_tokens_everywhere_are_eight() -> None:
    body = json.dumps({"access_token": jwt(), **{f"t{n}": jwt() for n in range(500)}}).encode()
    headers = [("Authorization", f"Bearer {jwt()}")] * 300
    headers.append(("Content-Type", "application/json"))
    sent = exchange(
        "https://api.example.com/a?" + "&".join(f"token{n}={jwt()}" for n in range(200)),
        method="POST",
        headers=headers,
        body=body,
        status=401,
    )
    assert len(judged(sent).credentials) <= 8


BODIES: list[Any] = [
    pytest.param(b'{"error":' * 50_000, id="deep error"),
    pytest.param(b'{"message":"' + b"token expired " * 100_000 + b'"}', id="words without end"),
    pytest.param(b'[{"message":"x"},' * 20_000, id="errors without end"),
    pytest.param(b"<html>" + b"<div>" * 200_000, id="HTML without end"),
    pytest.param(b'{"message":"' + b"missing claim: " * 20_000 + b'"}', id="claims missing"),
    pytest.param(b'{"message":"' + b"expected aud claim to be: " * 9_000 + b'"}', id="expected"),
    pytest.param(b'{"message":"jwt audience invalid. expected: ' + b"a or " * 90_000, id="or"),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_hostile_answer(body: bytes) -> None:
    made = refused(f"Bearer {jwt({'aud': 'a'})}", response_body=body)
    judged(made)


HOSTILE = "\x1b]0;pwned\x07\x1b[31m<script>alert(1)</script>\u202e\u2066\x9b31m\r\nInjected: 1"


def hostile() -> Exchange:
    """Return a refusal in which everything that is shown is markup, escapes or direction marks."""
    claims = {"sub": HOSTILE, "iss": HOSTILE, "aud": HOSTILE, "exp": int(AT_S) - 9000, "iat": 1}
    token = jwt(claims, {"alg": "HS256", "kid": HOSTILE, "typ": HOSTILE})
    says = f"The audience '{HOSTILE}' is invalid. Missing claim: {HOSTILE}"
    challenge = f'Bearer realm="{HOSTILE!r}", error="invalid_token", scope="{HOSTILE!r}"'
    return refused(f"Bearer {token}", says=says, challenge=challenge)


def is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf")


def test_no_claim_controls_a_terminal() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=False, width=120)
    Page(console).story(story(judged(hostile()), knowledge(), "en"), "en")
    shown = file.getvalue()
    assert "alert(1)" in shown
    assert not [character for character in shown if is_control(character)]


def test_summary_is_one_harmless_line() -> None:
    for text in worded(judged(hostile()), knowledge())["summary"].values():
        assert not [character for character in text if is_control(character) or character == "\n"]


def test_no_claim_is_markup() -> None:
    diagnosis = judged(hostile())
    assert rules(diagnosis)
    row = Row("a#0", "a", 0, "GET", "https://a.example/", 401, AT_S, worded(diagnosis, knowledge()))
    frame = Frame((), Text("无", "none"), "en", "1", AT_S)
    page = "".join(report([row], frame))
    assert "<script>alert(1)" not in page
    assert "alert(1)" in page
