"""What a preflight asks for and what it is allowed; whole answers stand with the detector."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.triage.preflight import Missing, missing_from

ASKED = (
    (b"Access-Control-Request-Headers", b"authorization, x-csrf-token"),
    (b"Access-Control-Request-Method", b"DELETE"),
)
METHODS = (b"Access-Control-Allow-Methods", b"DELETE")


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        pytest.param((), Missing("authorization"), id="nothing allowed"),
        pytest.param(
            ((b"access-control-allow-headers", b"*"), METHODS),
            Missing("authorization", has_wildcard=True),
            id="asterisk",
        ),
        pytest.param(
            ((b"access-control-allow-headers", b"Authorization"), METHODS),
            Missing("x-csrf-token"),
            id="the second field",
        ),
        pytest.param(
            ((b"access-control-allow-headers", b"Authorization, *"),),
            Missing("DELETE", is_method=True),
            id="the method",
        ),
        pytest.param(
            (
                (b"access-control-allow-headers", b"Authorization"),
                (b"access-control-allow-headers", b"X-CSRF-Token"),
                METHODS,
            ),
            None,
            id="cured, in two fields",
        ),
    ],
)
def test_what_is_missing(allowed: tuple[tuple[bytes, bytes], ...], missing: Missing | None) -> None:
    assert missing_from(ASKED, allowed) == missing


@given(st.binary(), st.binary())
def test_any_bytes_may_be_asked_for(asked: bytes, allowed: bytes) -> None:
    missing_from(((ASKED[0][0], asked),), ((METHODS[0], allowed),))
