"""Fixed messages, each made by one mistake: it is named first, and nothing unrelated is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import sign
from tests.unit.signatures.messages import (
    PAY,
    SIGN_ERROR,
    context,
    examined,
    v2_request,
    v3_request,
    xml,
)
from tests.unit.signatures.schemes import SCHEMES

from why401.model import Exchange
from why401.signatures import search_deeper

VECTORS = Path(__file__).parents[2] / "vectors"


def vectors(name: str) -> list[Any]:
    found = json.loads((VECTORS / name).read_text("utf-8"))["vectors"]
    return [pytest.param(vector, id=vector["rule"]) for vector in found]


def told(check: Any) -> list[str]:
    return [rule.partition("/")[2] for rule in (check.explained_by, *check.also_explained_by)]


@pytest.mark.parametrize("vector", vectors("wechatpay_v3.json"))
def test_v3(vector: dict[str, Any]) -> None:
    signed = vector["signed"].encode("latin-1")
    assert sign(signed) == vector["signature"]
    within = context()
    for nonce in vector["neighbours"]:
        within.learnt.nonces.remember(nonce, "n#1")
    found = examined(v3_request(signature=vector["signature"], **vector["request"]), within)
    if found.wants_deeper:
        found = search_deeper(found)
    assert told(found.checks[0])[0] == vector["rule"]
    assert set(told(found.checks[0])) == set(vector["explained_by"])


def v2_page(query: str, sign_value: str) -> Exchange:
    """Return a refused call of a contract page."""
    answer = xml((("return_code", "FAIL"), ("return_msg", SIGN_ERROR)))
    return exchange(f"{PAY}/papay/entrustweb?{query}&sign={sign_value}", response_body=answer)


@pytest.mark.parametrize("vector", vectors("wechatpay_v2.json"))
def test_v2(vector: dict[str, Any]) -> None:
    within = context()
    for nonce in vector["neighbours"]:
        within.learnt.nonces.remember(nonce, "n#1")
    if "query" in vector:
        message = v2_page(vector["query"], vector["sign"])
    else:
        fields = tuple((name, value) for name, value in vector["fields"])
        message = v2_request(vector["sign"], fields)
    found = examined(message, within)
    if found.wants_deeper:
        found = search_deeper(found)
    assert told(found.checks[0])[0] == vector["rule"]
    assert set(told(found.checks[0])) == set(vector["explained_by"])


def test_every_mistake_of_v3_and_v2_has_its_vector() -> None:
    for scheme, name in ((SCHEMES[0], "wechatpay_v3.json"), (SCHEMES[1], "wechatpay_v2.json")):
        having = {vector.values[0]["rule"] for vector in vectors(name)}
        assert {mistake.rule for mistake in scheme.mistakes} <= having
