"""Question marks where text should stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.signatures.messages import BODY, examined, five_lines, rules_of, v3_request

from why401.model import Certainty
from why401.signatures.lost_text import lost

LOST: list[Any] = [
    pytest.param("测\ufffd\ufffd", Certainty.PROVEN, id="the mark of decoders"),
    pytest.param("????", Certainty.LIKELY, id="nothing but question marks"),
    pytest.param("?????-VIP", Certainty.LIKELY, id="mostly question marks"),
    pytest.param("What???", None, id="asked"),
    pytest.param("真的吗???", None, id="asked in Chinese"),
    pytest.param("??", None, id="two"),
    pytest.param("", None, id="nothing"),
]


@pytest.mark.parametrize(("value", "certainty"), LOST)
def test_lost_text_is_seen(value: str, certainty: Certainty | None) -> None:
    assert lost(value) is certainty


def v3_with(description: str) -> str:
    return json.dumps(json.loads(BODY) | {"description": description}, ensure_ascii=False)


def test_a_v3_body_that_lost_its_text_is_named_beside_the_unknown_text() -> None:
    signed = five_lines(body=v3_with("测试商品"))
    found = examined(v3_request(signed, body=v3_with("????")))
    assert rules_of(found) == ("v3-wire-lossy", "v3-sign-unexplained")
    assert found.findings[0].certainty is Certainty.LIKELY
    asked = examined(v3_request(signed, body=v3_with("真的吗???")))
    assert rules_of(asked) == ("v3-sign-unexplained",)
