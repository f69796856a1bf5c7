"""Which request follows which redirect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.traffic import Traffic, bearer

from why401.case import Case
from why401.history.redirects import MAX_HOPS, MAX_REDIRECTS, Redirects, origin_of
from why401.history.sighting import Fingerprints

API = "https://api.example.com/a/b?c=d"


def redirects(location: str, status: int = 302) -> tuple[Redirects, Traffic]:
    traffic, found = Traffic(), Redirects(Fingerprints(b"k"))
    found.learn(Case(traffic(f"GET {API}", status, got={"Location": location}, sent=bearer("t"))))
    return found, traffic


@pytest.mark.parametrize(
    ("location", "url"),
    [
        pytest.param("/x", "https://api.example.com/x", id="path"),
        pytest.param("x", "https://api.example.com/a/x", id="relative"),
        pytest.param("?q=1", "https://api.example.com/a/b?q=1", id="query"),
        pytest.param("//cdn.example.com/x", "https://cdn.example.com/x", id="no scheme"),
        pytest.param("https://cdn.example.com", "https://cdn.example.com/", id="no path"),
        pytest.param("https://cdn.example.com:443/x#top", "https://cdn.example.com/x", id="port"),
        pytest.param("https://CDN.example.com/x", "https://cdn.example.com/x", id="case"),
    ],
)
def test_the_request_that_follows_is_known(location: str, url: str) -> None:
    found, traffic = redirects(location)
    redirect = found.to(Case(traffic(f"GET {url}")))
    assert redirect is not None
    assert redirect.hops == ("#1",)
    assert redirect.authorization is not None


@pytest.mark.parametrize(
    ("location", "status"),
    [
        pytest.param("mailto:a@example.com", 302, id="another scheme"),
        pytest.param("https://[broken/", 302, id="no URL"),
        pytest.param("/x", 304, id="not modified"),
        pytest.param("", 302, id="empty"),
    ],
)
def test_what_is_no_redirect(location: str, status: int) -> None:
    found, traffic = redirects(location, status)
    assert found.to(Case(traffic("GET https://api.example.com/x"))) is None
    assert not found.leads_to("api.example.com")


def test_an_earlier_hop_s_credential_is_remembered() -> None:
    found, traffic = redirects("/x")
    found.learn(Case(traffic("GET https://api.example.com/x", 302, got={"Location": "/y"})))
    redirect = found.to(Case(traffic("GET https://api.example.com/y")))
    assert redirect is not None
    assert redirect.authorization is not None
    assert redirect.hops == ("#1", "#2")


def test_a_circle_ends() -> None:
    found, traffic = redirects("/x")
    for _ in range(3 * MAX_HOPS):
        found.learn(Case(traffic("GET https://api.example.com/x", 302, got={"Location": "/x"})))
    redirect = found.to(Case(traffic("GET https://api.example.com/x")))
    assert redirect is not None
    assert len(redirect.hops) == MAX_HOPS


def test_they_are_bounded_and_hosts_forgotten_with_them() -> None:
    found, traffic = redirects("https://first.example.net/")
    for number in range(MAX_REDIRECTS):
        got = {"Location": f"https://cdn.example.com/{number}"}
        found.learn(Case(traffic(f"GET {API}", 302, got=got)))
    assert not found.leads_to("first.example.net")
    assert found.leads_to("cdn.example.com")


@pytest.mark.parametrize(
    ("scheme", "port", "expected"), [("https", 443, 0), ("http", 80, 0), ("https", 8443, 8443)]
)
def test_origins(scheme: str, port: int, expected: int) -> None:
    assert origin_of(scheme, "A.example.", port) == (scheme, "a.example", expected)


@given(st.text(max_size=60).filter(lambda text: "\n" not in text and "\r" not in text))
def test_no_location_is_too_odd(text: str) -> None:
    redirects(text.encode("utf-8", "replace").decode())
