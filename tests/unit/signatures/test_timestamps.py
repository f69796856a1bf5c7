"""Timestamps that might have been signed in place of the one sent."""

from __future__ import annotations

import pytest

from why401.signatures.timestamps import milliseconds, near


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(b"1795132800", [b"1795132799", b"1795132801"], id="seconds"),
        pytest.param(b"1795132800000", [b"1795132799999", b"1795132800001"], id="milliseconds"),
        pytest.param(b"179513280", [], id="another number"),
        pytest.param(b"-795132800", [], id="a sign"),
        pytest.param(b"1795132800.5", [], id="a fraction"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_near(value: bytes, found: list[bytes]) -> None:
    assert list(near(value, range(1, 2))) == found


def test_every_millisecond_of_a_second() -> None:
    found = list(milliseconds(b"1795132800"))
    assert (found[0], found[-1], len(found)) == (b"1795132800001", b"1795132800999", 999)
    assert list(milliseconds(b"1795132800000")) == list(milliseconds(b"none at all")) == []
