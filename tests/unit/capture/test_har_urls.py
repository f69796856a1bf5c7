"""URLs taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.har_urls import authority_parts, default_port, url_parts


@pytest.mark.parametrize(
    ("authority", "parts"),
    [
        pytest.param("h", ("h", 0), id="name"),
        pytest.param("h:81", ("h", 81), id="port"),
        pytest.param("h:", ("h", 0), id="empty port"),
        pytest.param("[::1]:81", ("::1", 81), id="IPv6 with port"),
        pytest.param("::1", ("::1", 0), id="IPv6 without brackets"),
        pytest.param("h:99999", ("h", 0), id="no such port"),
        pytest.param("h:x", ("h:x", 0), id="no number"),
    ],
)
def test_authority(authority: str, parts: tuple[str, int]) -> None:
    assert authority_parts(authority) == parts


def test_each_scheme_has_its_default_port() -> None:
    assert [default_port(scheme) for scheme in ("http", "wss", "ftp")] == [80, 443, 0]


@given(st.text(max_size=40))
def test_any_text_has_parts(url: str) -> None:
    _, _, port, target = url_parts(url)
    assert 0 <= port < 65536
    assert target
