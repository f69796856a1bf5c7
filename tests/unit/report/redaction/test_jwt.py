"""A JWT that may be shown."""

from __future__ import annotations

import base64
import json

import pytest

from why401.report.redaction.jwt import TOKEN, redacted_jwt

MARK = "[redacted:x:00000000]"


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


SUB = segment({"sub": "a"})
HEADER = segment({"alg": "HS256"})


def redacted(text: str) -> str:
    return redacted_jwt(text, lambda kind, value: MARK, lambda text: text)


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        pytest.param(f"{HEADER}.{SUB}.c2ln", f"{HEADER}.{SUB}.{MARK}", id="registered claims"),
        pytest.param(f"{HEADER}.{SUB}.", f"{HEADER}.{SUB}.", id="no signature"),
        pytest.param(f"{HEADER}.a.b.c.d", f"{HEADER}.{MARK}", id="encrypted"),
        pytest.param(f"{HEADER}.?.c", f"{HEADER}.{MARK}", id="claims damaged"),
        pytest.param("eyJub.b.c", MARK, id="header damaged"),
    ],
)  # fmt: skip
def test_what_stays(token: str, shown: str) -> None:
    assert redacted(token) == shown
    assert redacted(shown) == shown


def test_private_claims_keep_their_names() -> None:
    text = redacted(f"{HEADER}.{segment({'x': {'y': [1, None, True]}})}.c2ln")
    assert TOKEN.fullmatch(text)
    claims = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))
    assert claims == {"x": {"y": [MARK, None, True]}}
