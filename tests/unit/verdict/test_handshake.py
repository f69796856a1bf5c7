"""Handshakes are no failures: refused first legs that the client then answers."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Exchange

URL = "GET https://api.example.com/files"
DIGEST = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'}
ANSWER = {
    "Authorization": 'Digest username="u", realm="r", nonce="n", uri="/files", qop=auth,'
    ' nc=00000001, cnonce="c", response="0123456789abcdef0123456789abcdef"'
}
BASIC = {"WWW-Authenticate": 'Basic realm="r"'}
TYPE_1 = "NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
TYPE_2 = "NTLM TlRMTVNTUAACAAAADAAMADgAAAAFgomi"
TYPE_3 = "NTLM TlRMTVNTUAADAAAAGAAYAHIAAAA="


def digest(traffic: Traffic) -> list[Exchange]:
    return [traffic(URL, 401, got=DIGEST), traffic(URL, sent=ANSWER)]


def stale(traffic: Traffic) -> list[Exchange]:
    again = {"WWW-Authenticate": DIGEST["WWW-Authenticate"] + ", stale=true"}
    return [
        traffic(URL, 401, got=DIGEST),
        traffic(URL, 401, sent=ANSWER, got=again),
        traffic(URL, sent=ANSWER),
    ]


def basic(traffic: Traffic) -> list[Exchange]:
    sent = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
    return [traffic(URL, 401, got=BASIC), traffic(URL, sent=sent)]


def ntlm(traffic: Traffic) -> list[Exchange]:
    return [
        traffic(URL, 401, got={"WWW-Authenticate": "NTLM"}),
        traffic(URL, 401, sent={"Authorization": TYPE_1}, got={"WWW-Authenticate": TYPE_2}),
        traffic(URL, sent={"Authorization": TYPE_3}),
    ]


def negotiate(traffic: Traffic) -> list[Exchange]:
    return [
        traffic(URL, 401, got={"WWW-Authenticate": "Negotiate"}),
        traffic(URL, sent={"Authorization": "Negotiate YIIFzwYGKwYBBQUCoIIFwzCCBb+gDTALBgkq"}),
    ]


def docker(traffic: Traffic) -> list[Exchange]:
    realm = 'Bearer realm="https://auth.example.com/token",service="registry"'
    return [
        traffic("GET https://registry.example.com/v2/", 401, got={"WWW-Authenticate": realm}),
        traffic(
            "GET https://auth.example.com/token?service=registry", answer={"token": "registry-t"}
        ),
        traffic("GET https://registry.example.com/v2/", sent=bearer("registry-t")),
    ]


def docker_elsewhere(traffic: Traffic) -> list[Exchange]:
    """As the client goes on: with the token it asks for an image, never for /v2/ again."""
    probe, fetched, _ = docker(traffic)
    image = "GET https://registry.example.com/v2/library/a/manifests/latest"
    return [probe, fetched, traffic(image, sent=bearer("registry-t"))]


def proxy(traffic: Traffic) -> list[Exchange]:
    return [
        traffic(URL, 407, got={"Proxy-Authenticate": 'Basic realm="p"'}),
        traffic(URL, sent={"Proxy-Authorization": "Basic dXNlcjpwYXNzd29yZA=="}),
    ]


HANDSHAKES = [digest, stale, basic, ntlm, negotiate, docker, docker_elsewhere, proxy]


@pytest.mark.parametrize("handshake", HANDSHAKES, ids=lambda each: each.__name__)
def test_a_handshake_that_succeeds_is_silent(handshake) -> None:  # type: ignore[no-untyped-def]
    assert tell(handshake(Traffic())).verdicts() == {}


@pytest.mark.parametrize("handshake", [digest, basic, proxy], ids=lambda each: each.__name__)
def test_the_first_leg_alone_is_told(handshake) -> None:  # type: ignore[no-untyped-def]
    assert set(tell(handshake(Traffic())[:1]).verdicts()) == {"#1"}


@pytest.mark.parametrize("name", ["Authorizaton", "X-Authorization", "access_token"])
def test_a_misspelt_header_that_is_put_right_was_no_first_leg(name: str) -> None:
    traffic = Traffic()
    value = bearer("opaque-token-0123456789")["Authorization"]
    refused = traffic(URL, 401, sent={name: value}, got=BEARER)
    told = tell([refused, traffic(URL, sent={"Authorization": value})])
    assert told.rules("#1")[0].startswith("auth/header-")


@pytest.mark.parametrize(
    ("error", "told_of"),
    [
        pytest.param("authorization_pending", set(), id="not yet"),
        pytest.param("slow_down", set(), id="asked too often"),
        pytest.param("access_denied", {"#1"}, id="denied"),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_polling_for_a_device_is_no_failure(status: int, error: str, told_of: set[str]) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "d-12345"}
    url = "POST https://oauth2.example.com/token"
    told = tell([Traffic()(url, status, form=form, answer={"error": error})])
    assert set(told.verdicts()) == told_of


def test_a_registry_refuses_what_is_no_probe() -> None:
    realm = 'Bearer realm="https://auth.example.com/token",service="registry"'
    traffic, got = Traffic(), {"WWW-Authenticate": realm}
    told = tell(
        [
            traffic("GET https://registry.example.com/v2/", 401, sent=bearer("t"), got=got),
            traffic("GET https://registry.example.com/v2/a/tags/list", 401, got=got),
            traffic("GET https://api.example.com/v2/", 401, got=BEARER),
        ]
    )
    assert set(told.verdicts()) == {"#1", "#2", "#3"}


def test_the_verdict_on_a_handshake_that_fails_is_that_of_its_last_leg() -> None:
    traffic = Traffic()
    told = tell([traffic(URL, 401, got=DIGEST), traffic(URL, 401, sent=ANSWER, got=DIGEST)])
    assert set(told.verdicts()) == {"#2"}


@pytest.mark.parametrize(
    ("scheme", "told_of"),
    [
        pytest.param("NTLM", set(), id="asks for the challenge"),
        pytest.param("Negotiate", {"#1"}, id="has no ticket, and is told no"),
    ],
)
def test_a_first_message_that_gets_no_token(scheme: str, told_of: set[str]) -> None:
    sent = {"Authorization": f"{scheme} {TYPE_1.removeprefix('NTLM ')}"}
    refused = Traffic()(URL, 401, sent=sent, got={"WWW-Authenticate": scheme})
    assert set(tell([refused]).verdicts()) == told_of


def test_a_second_machine_does_not_answer_for_the_first() -> None:
    traffic = Traffic()
    first, second = basic(traffic)
    other = traffic(URL, sent={"Authorization": "Basic b3RoZXI6cGFzcw=="}, address="10.0.0.9:7")
    assert set(tell([first, other]).verdicts()) == {"#1"}
    assert tell([first, other, second]).verdicts() == {}


def test_an_answer_that_comes_too_late_is_no_answer() -> None:
    traffic = Traffic()
    told = tell([traffic(URL, 401, got=BEARER), traffic(URL, sent=bearer("opaque"), after_s=60)])
    assert set(told.verdicts()) == {"#1"}
