"""The jar, by the letter of RFC 6265bis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.traffic import BROWSER, Traffic

from why401.case import Case
from why401.history.cookies import (
    MAX_COOKIES,
    MAX_EACH,
    MAX_ENDED,
    Cookie,
    Jars,
    is_session_name,
    kept_back,
)
from why401.history.sighting import Fingerprints, client_of, sighting
from why401.model import Exchange

FINGERPRINTS = Fingerprints(b"a key of the tests")


def held(*exchanges: Exchange, host: str = "www.example.com") -> list[Cookie]:
    jars = Jars(FINGERPRINTS)
    for exchange in exchanges:
        jars.learn(Case(exchange), sighting(exchange))
    return list(jars.held(client_of(exchanges[0]), host))


def set_by(url: str, *cookies: str, agent: str = BROWSER) -> Exchange:
    sent = {"Cookie": "x=before; sid=before"}
    return Traffic(agent=agent)(f"GET {url}", sent=sent, got={"Set-Cookie": list(cookies)})


SENT = [
    pytest.param("https://www.example.com/a/b", "x=1", "https://www.example.com/a/c", None,
                 id="path"),
    pytest.param("https://www.example.com/a/b", "x=1", "https://www.example.com/", "path",
                 id="default path is that of the folder"),
    pytest.param("https://www.example.com/", "x=1; Path=/a", "https://www.example.com/ab", "path",
                 id="a path is no prefix of a word"),
    pytest.param("https://www.example.com/", "x=1; Path=/a", "https://www.example.com/a/b", None,
                 id="below the path"),
    pytest.param("https://www.example.com/", "x=1; Path=a", "https://www.example.com/z", None,
                 id="a path without slash is the default"),
    pytest.param("https://www.example.com/", "x=1", "https://example.com/", "domain",
                 id="host only"),
    pytest.param("https://www.example.com/", "x=1; Domain=.Example.com", "https://example.com/",
                 None, id="a leading dot is nothing"),
    pytest.param("https://www.example.com/", "x=1; Domain=example.com",
                 "https://badexample.com/", "domain", id="another domain that ends alike"),
    pytest.param("https://www.example.com/", "x=1; secure", "http://www.example.com/", "secure",
                 id="secure"),
    pytest.param("http://localhost/", "x=1; Secure", "http://localhost/", None,
                 id="localhost is trusted"),
    pytest.param("https://www.example.com/", "x=1; Max-Age=0", "https://www.example.com/",
                 "deleted", id="deleted"),
    pytest.param("https://www.example.com/", "x=1; Max-Age=nonsense", "https://www.example.com/",
                 None, id="an age that is no number is ignored"),
    pytest.param("https://www.example.com/",
                 "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",
                 "https://www.example.com/", None, id="Max-Age goes before Expires"),
    pytest.param("https://www.example.com/", "__Host-x=1; Secure; Path=/; Domain=example.com",
                 "https://www.example.com/", "rejected", id="__Host- with a domain"),
    pytest.param("https://www.example.com/", "__Host-x=1; Secure; Path=/",
                 "https://www.example.com/", None, id="__Host-"),
    pytest.param("https://www.example.com/", "__Secure-x=1", "https://www.example.com/",
                 "rejected", id="__Secure-"),
    pytest.param("https://www.example.com/", "x=" + "1" * 5000, "https://www.example.com/",
                 "rejected", id="too large"),
]  # fmt: skip


@pytest.mark.parametrize(("setter", "cookie", "url", "expected"), SENT)
def test_what_goes_along(setter: str, cookie: str, url: str, expected: str | None) -> None:
    exchange = set_by(setter, cookie)
    jars = Jars(FINGERPRINTS)
    jars.learn(Case(exchange), sighting(exchange))
    found = next(jars.held(client_of(exchange), exchange.request.host))
    assert kept_back(found, Traffic(agent=BROWSER)(f"GET {url}", after_s=5)) == expected


SITE = "https://www.example.com/"
CROSSING = [
    pytest.param("", "cors", "GET", "samesite", id="nothing is lax"),
    pytest.param("; SameSite=Lax", "navigate", "GET", None, id="lax, a link"),
    pytest.param("; SameSite=Lax", "navigate", "POST", "samesite", id="lax, a form"),
    pytest.param("; SameSite=Strict", "navigate", "GET", "samesite", id="strict, a link"),
    pytest.param("; SameSite=None; Secure", "cors", "POST", None, id="none"),
]


@pytest.mark.parametrize(
    ("dest", "expected"),
    [pytest.param("document", None, id="a page"), pytest.param("iframe", "samesite", id="a frame")],
)
def test_a_frame_is_no_link(dest: str, expected: str | None) -> None:
    (cookie,) = held(set_by(SITE, "x=1; SameSite=Lax"))
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": dest}
    assert kept_back(cookie, Traffic(agent=BROWSER)(f"GET {SITE}", sent=sent)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("sid=; Path=/", "deleted", id="a session without a value"),
        pytest.param("theme=; Path=/", None, id="any other"),
    ],
)
def test_an_empty_session_is_none(text: str, reason: str | None) -> None:
    (cookie,) = held(set_by(SITE, text))
    assert kept_back(cookie, Traffic(agent=BROWSER)(f"GET {SITE}", after_s=5)) == reason


@pytest.mark.parametrize(("attributes", "mode", "method", "expected"), CROSSING)
def test_what_crosses_sites(attributes: str, mode: str, method: str, expected: str | None) -> None:
    (cookie,) = held(set_by(SITE, f"x=1{attributes}"))
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
    assert kept_back(cookie, Traffic(agent=BROWSER)(f"{method} {SITE}", sent=sent)) == expected


def test_a_program_knows_no_sites() -> None:
    (cookie,) = held(set_by(SITE, "x=1; SameSite=Strict"))
    sent = {"Sec-Fetch-Site": "cross-site"}
    assert kept_back(cookie, Traffic()(f"GET {SITE}", sent=sent)) is None


@pytest.mark.parametrize(
    ("sent", "former"),
    [
        pytest.param({"Cookie": "x=1"}, FINGERPRINTS.of("1"), id="by the client that had it"),
        pytest.param({}, None, id="perhaps by another that looks alike"),
    ],
)
def test_a_later_value_takes_the_place_of_an_earlier_one(
    sent: dict[str, str], former: bytes | None
) -> None:
    second = Traffic(agent=BROWSER)(f"GET {SITE}", sent=sent, got={"Set-Cookie": "x=2"})
    (cookie,) = held(set_by(SITE, "x=1"), second)
    assert cookie.value == FINGERPRINTS.of("2")
    assert cookie.former == former


@pytest.mark.parametrize(
    ("name", "expected"),
    [("session", True), ("JSESSIONID", True), ("csrf_session", False), ("theme", False)],
)
def test_names_of_sessions(name: str, expected: bool) -> None:
    assert is_session_name(name) is expected


SUFFIXES = [
    pytest.param("https://a.github.io", "github.io", "public-suffix", id="github.io"),
    pytest.param("https://a.vercel.app", "vercel.app", "public-suffix", id="vercel.app"),
    pytest.param("https://www.example.co.uk", "co.uk", "public-suffix", id="co.uk"),
    pytest.param("https://www.example.com.cn", "com.cn", "public-suffix", id="com.cn"),
    pytest.param("https://www.example.com.cn", "example.com.cn", None, id="the site itself"),
    pytest.param("https://x.a.vercel.app", "a.vercel.app", None, id="one's own application"),
]


@pytest.mark.parametrize(("site", "domain", "problem"), SUFFIXES)
def test_no_cookie_for_all_that_is_under_a_suffix(
    site: str, domain: str, problem: str | None
) -> None:
    exchange = set_by(site, f"session=abc; Domain={domain}")
    (cookie,) = held(exchange, host=exchange.request.host)
    assert cookie.problem == problem


def test_jars_are_bounded() -> None:
    jars = Jars(FINGERPRINTS)
    for number in range(200):
        cookies = [f"c{each}-{number}=1" for each in range(20)]
        traffic = Traffic(address=f"10.0.0.{number % 100}:1")
        exchange = traffic(f"GET {SITE}", got={"Set-Cookie": cookies})
        jars.learn(Case(exchange), sighting(exchange))
    assert jars._count <= MAX_COOKIES
    assert max(len(jar) for jar in jars._jars.values()) <= MAX_EACH


def test_ended_sessions_are_bounded() -> None:
    jars, traffic = Jars(FINGERPRINTS), Traffic()
    for number in range(MAX_ENDED + 1):
        exchange = traffic(f"POST {SITE}/logout", sent={"Cookie": f"sid={number}"})
        jars.learn(Case(exchange), sighting(exchange))
    assert jars.ended("0") is None
    assert jars.ended("1") is not None
    assert len(jars._ended) == MAX_ENDED


def test_the_first_logout_counts() -> None:
    jars, traffic = Jars(FINGERPRINTS), Traffic()
    first, again = (traffic(f"POST {SITE}/logout", sent={"Cookie": "sid=abc"}) for _ in range(2))
    for exchange in (first, again):
        jars.learn(Case(exchange), sighting(exchange))
    assert jars.ended("abc") == sighting(first)


def test_what_a_writer_of_captures_hid_is_no_session() -> None:
    jars = Jars(FINGERPRINTS)
    exchange = Traffic()(f"POST {SITE}/logout", sent={"Cookie": "sid=[redacted]"})
    jars.learn(Case(exchange), sighting(exchange))
    assert jars.ended("[redacted]") is None


@given(st.text(max_size=80).filter(lambda text: "\n" not in text and "\r" not in text))
def test_no_text_is_too_odd(text: str) -> None:
    exchange = set_by(SITE, text.encode("utf-8", "replace").decode())
    jars = Jars(FINGERPRINTS)
    jars.learn(Case(exchange), sighting(exchange))
    for cookie in jars.held(client_of(exchange), "www.example.com"):
        kept_back(cookie, exchange)
