"""Which hosts belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.history.sites import SUFFIXES, is_loopback, is_public_suffix, site_of


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("a.b.example.com", "example.com"),
        ("www.example.co.uk", "example.co.uk"),
        ("www.example.com.cn", "example.com.cn"),
        ("WWW.Example.Com.", "example.com"),
        ("example.com", "example.com"),
        ("alice.github.io", "alice.github.io"),
        ("x.shop.vercel.app", "shop.vercel.app"),
        ("github.io", "github.io"),
        ("up.railway.app", "up.railway.app"),
        ("bucket.s3.amazonaws.com", "bucket.s3.amazonaws.com"),
        ("www.example.co.zw", "example.co.zw"),
        ("www.example.io", "example.io"),
        ("127.0.0.1", "localhost"),
        ("app.localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("intranet", "intranet"),
        ("", ""),
    ],
)
def test_sites(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("co.uk", True),
        ("com.cn", True),
        ("vercel.app", True),
        ("com", True),
        ("example.com", False),
        ("co.de", False),
        ("localhost", False),
    ],
)
def test_suffixes_under_which_anyone_may_register(domain: str, expected: bool) -> None:
    assert is_public_suffix(domain) is expected


def test_no_suffix_is_longer_than_what_is_looked_for() -> None:
    assert {suffix.count(".") for suffix in SUFFIXES} == {1, 2}


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.2", True), ("a.localhost", True), ("10.0.0.1", False)]
)
def test_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@given(st.text(max_size=60))
def test_every_host_has_a_site(host: str) -> None:
    assert site_of(site_of(host)) == site_of(host)
