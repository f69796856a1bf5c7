"""Secrets found again in any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from why401.masking import Masker
from why401.report.redact_secrets import Secrets

MASKER = Masker(b"k" * 32)


def learnt(**values: str) -> Secrets:
    secrets = Secrets(MASKER)
    for kind, value in values.items():
        secrets.learn(kind, value)
    return secrets


def test_the_longest_secret_wins_and_placeholders_stay() -> None:
    secrets = learnt(token="abcdefgh", password="abcdefghijkl", code="redacted")
    once = secrets.replaced("x abcdefghijkl abcdefgh abcdefg")
    assert once.count("[redacted:") == 2
    assert "[redacted:password:" in once
    assert once.endswith(" abcdefg")
    assert secrets.replaced(once) == once


def test_encoded_value_has_the_placeholder_of_the_plain_one() -> None:
    secrets = learnt(session="aHVudGVyMjI=", password="hunter22")
    assert secrets.placeholder("session", "aHVudGVyMjI=") == secrets.placeholder("x", "hunter22")


def test_number() -> None:
    secrets = learnt(phone="13800000000")
    assert secrets.has_numbers()
    assert secrets.number("13800000000") == MASKER.placeholder("phone", "13800000000")
    assert secrets.number("5") is None


@given(st.lists(st.text("abc", min_size=6, max_size=9), max_size=6), st.text("abcd", max_size=60))
def test_none_is_left(values: list[str], text: str) -> None:
    secrets = Secrets(MASKER)
    for value in values:
        secrets.learn("token", value)
    pieces = secrets.replaced(text).split("[redacted:token:")
    rest = [pieces[0], *(piece[9:] for piece in pieces[1:])]
    assert not any(value in piece for value in values for piece in rest)
