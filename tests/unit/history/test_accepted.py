"""Tokens that a server had better not accept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import b64url

from why401.history.accepted import LEEWAY_S, MAX_READ, MAX_SIGNATURES, Accepted

NOW_S = 1_795_132_800.0


def token(claims: dict[str, object], signature: str = "c2lnbmF0dXJl") -> bytes:
    return f"Bearer {b64url({'alg': 'HS256'})}.{b64url(claims)}.{signature}".encode()


CASES = [
    pytest.param(token({"exp": int(NOW_S) + 60}), False, id="still valid"),
    pytest.param(token({"exp": int(NOW_S - LEEWAY_S) + 1}), False, id="just over"),
    pytest.param(token({"exp": int(NOW_S - LEEWAY_S) - 1}), True, id="long over"),
    pytest.param(token({"sub": "u"}), False, id="without an end"),
    pytest.param(token({"exp": int(NOW_S) * 1000}), False, id="in milliseconds"),
    pytest.param(token({"sub": "u"}, ""), True, id="unsigned"),
    pytest.param(b"Bearer opaque-token", False, id="opaque"),
    pytest.param(b"Basic YTpi", False, id="Basic"),
    pytest.param(b"", False, id="empty"),
    pytest.param(b"Bearer eyJhbGciOi.AAAAA.x", False, id="no base64"),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_what_is_odd(value: bytes, expected: bool) -> None:
    accepted = Accepted()
    assert accepted.is_odd(value, NOW_S) is expected
    assert accepted.is_odd(value, NOW_S) is expected


def test_one_signature_signs_one_text() -> None:
    accepted = Accepted()
    issued, edited = token({"sub": "user"}), token({"sub": "admin"})
    accepted.learn_issued(issued.decode().removeprefix("Bearer "))
    assert not accepted.is_odd(issued, NOW_S)
    assert accepted.is_odd(edited, NOW_S)
    assert not accepted.is_odd(token({"sub": "admin"}, "YW5vdGhlcg"), NOW_S)


def test_no_end_is_known_without_a_time() -> None:
    assert not Accepted().is_odd(token({"exp": 1_000_000_000}), None)


def test_it_is_bounded() -> None:
    accepted = Accepted()
    for number in range(MAX_SIGNATURES + 10):
        accepted.is_odd(token({"sub": number}, f"c2lnbmF0dXJl{number}"), NOW_S)
    assert len(accepted._until_s) <= MAX_READ
    assert len(accepted._signed) <= MAX_SIGNATURES


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd(value: bytes) -> None:
    accepted = Accepted()
    accepted.is_odd(b"Bearer eyJ" + value, NOW_S)
    accepted.learn_issued(value.decode("utf-8", "surrogateescape"))
