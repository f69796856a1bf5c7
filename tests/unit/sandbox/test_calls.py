from __future__ import annotations

import pytest

from why401.model import Headers
from why401.sandbox.calls import MAX_KEPT, Answer, Call, json_answer, keep, pairs, text_answer


def call(target: bytes = b"/a?b=1", body: bytes = b"") -> Call:
    return Call("POST", "http", "h", target, Headers(((b"X-Key", b"v"),)), body, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a=1&b=%20+", {"a": "1", "b": "  "}, id="decoded"),
        pytest.param("a=&a=2", {"a": "2"}, id="last counts"),
        pytest.param("&".join(["a=1"] * 201), {}, id="too many"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_pairs(text: str, expected: dict[str, str]) -> None:
    assert pairs(text) == expected


def test_target_is_split() -> None:
    asked = call(b"/a%20b?c=%E6%B5%8B")
    assert (asked.path, asked.query) == ("/a%20b", {"c": "测"})
    assert (asked.text("x-key"), asked.text("y")) == ("v", "")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"a":1}', {"a": 1}, id="object"),
        pytest.param(b"[1]", {}, id="list"),
        pytest.param(b"\xff{", {}, id="no JSON"),
        pytest.param(b"[" * 100_000, {}, id="deep"),
    ],
)
def test_json(body: bytes, expected: dict[str, object]) -> None:
    assert call(body=body).json == expected


def test_answers_say_what_they_are() -> None:
    answer = json_answer(200, {"a": "测"}, ("X", "1"))
    assert answer.body == '{"a":"测"}'.encode()
    assert answer.headers == (("Content-Type", "application/json"), ("X", "1"))
    assert text_answer(404, "no").plus(("Y", "2")) == Answer(
        404, b"no", (("Content-Type", "text/plain"), ("Y", "2"))
    )


def test_the_oldest_is_forgotten() -> None:
    kept: dict[str, int] = {}
    for number in range(MAX_KEPT + 1):
        keep(kept, str(number), number)
    keep(kept, "1", 0)
    assert (len(kept), "0" in kept, kept["1"]) == (MAX_KEPT, False, 0)
