import base64
import json

import pytest

from why401.report.redaction.packed import packed

PLAIN = json.dumps({"password": "tea+milk", "a": 1})
BASE64 = base64.b64encode(PLAIN.encode()).decode()


def mask(kind: str, secret: str) -> str:
    return f"<{kind}>"


def inside(text: str) -> str:
    return text.replace("tea+milk", "***")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(BASE64, "<token>", id="base64"),
        pytest.param(BASE64.rstrip("="), "<token>", id="without its end"),
        pytest.param(f'{{"data":"{BASE64}"}}', '{"data":"<token>"}', id="in JSON"),
        pytest.param(PLAIN.encode().hex(), "<token>", id="hex"),
        pytest.param(BASE64 + ".abc.def", None, id="part of a JWT"),
        pytest.param(
            base64.b64encode(b'{"city": "Suzhou", "a": 1}').decode(), None, id="no secret"
        ),
        pytest.param("eyJ" + "A" * 30, None, id="no JSON"),
        pytest.param("7b22" + "f" * 30, None, id="no text"),
    ],
)
def test_packed_text(text: str, expected: str | None) -> None:
    assert packed(text, mask, inside) == (text if expected is None else expected)
