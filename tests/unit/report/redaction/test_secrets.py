"""Secrets found again in any text."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.masking import PLACEHOLDER, Masker
from why401.report.redaction.encodings import MAX_CHARS
from why401.report.redaction.secrets import Secrets

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


LONG = "".join(f'{number:x}"/é' for number in range(9_000))
FORMS = {
    "plain": LONG,
    "JSON": json.dumps(LONG)[1:-1],
    "JSON in JSON": json.dumps(json.dumps(LONG)[1:-1])[1:-1],
    "percent": quote(LONG, safe=""),
    "hex": LONG.encode().hex(),
    "base64": base64.b64encode(LONG.encode()).decode(),
    "base64 amidst": base64.b64encode(b"x" + LONG.encode() + b"y").decode(),
    "escaped without need": "".join(f"\\u{ord(char):04x}" for char in LONG),
}


@pytest.mark.parametrize("form", [pytest.param(text, id=name) for name, text in FORMS.items()])
def test_a_very_long_secret_is_replaced_to_its_end(form: str) -> None:
    assert len(LONG) > 2 * MAX_CHARS
    replaced = learnt(key=LONG).replaced(f"before {form} behind")
    # The ends of what stands in base64 hold bits of its neighbours.
    assert re.fullmatch(r"before .{0,2}\[\].{0,4} behind", PLACEHOLDER.sub("[]", replaced))
    assert MASKER.placeholder("key", LONG) in replaced


def test_two_very_long_secrets_that_begin_alike() -> None:
    other = LONG + "other"
    secrets = learnt(key=LONG, token=other)
    assert secrets.replaced(f"{LONG} {other}") == " ".join(
        (MASKER.placeholder("key", LONG), MASKER.placeholder("token", other))
    )


def test_of_a_text_that_only_begins_like_a_very_long_secret_the_rest_stays() -> None:
    replaced = learnt(key=LONG).replaced(LONG[:-5] + "-other")
    assert PLACEHOLDER.sub("-", replaced) == "-" + LONG[MAX_CHARS:-5] + "-other"


def test_a_number_that_is_secret_is_replaced_whole() -> None:
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
