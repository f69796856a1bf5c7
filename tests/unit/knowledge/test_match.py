"""Conditions on places: what holds, what does not, and what it costs to ask."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.case import Case
from why401.knowledge.match import ByValue, ConditionError, compile_match, value_key
from why401.model import Body, Exchange, Headers, Request, Response

BODY = (
    '{"code": 401, "ok": false, "none": null, "ratio": 1.0, "text": "JWT  Expired",'
    ' "said": "错误的签名，导致验签失败", "list": [{"a": "x"}, {"a": "y"}], "object": {"b": 1}}'
)


def case(body: str | bytes = BODY, header: str = "application/json") -> Case:
    data = body if isinstance(body, bytes) else body.encode()
    headers = Headers(((b"Content-Type", header.encode()), (b"X-Two", b"one"), (b"X-Two", b"two")))
    request = Request("GET", "https", "api.test", 443, b"/a?b=c", Headers())
    return Case(Exchange("x", request, Response(401, headers=headers, body=Body(data))))


HOLDS = [
    pytest.param({"response.json.code": 401}, True, id="number"),
    pytest.param({"response.json.code": "401"}, False, id="number is not text"),
    pytest.param({"response.json.ratio": 1}, True, id="1.0 is 1"),
    pytest.param({"response.json.ok": False}, True, id="false"),
    pytest.param({"response.json.ok": 0}, False, id="false is not 0"),
    pytest.param({"response.json.none": None}, True, id="null"),
    pytest.param({"response.json.gone": None}, False, id="absent is not null"),
    pytest.param({"response.json.gone|exists": False}, True, id="absent"),
    pytest.param({"response.json.none|exists": True}, True, id="null is there"),
    pytest.param({"response.json.code|exists": False}, False, id="there"),
    pytest.param({"response.json.code": [400, 401]}, True, id="any of"),
    pytest.param({"response.json.code": 401, "response.status": 403}, False, id="all of"),
    pytest.param([{"response.status": 403}, {"response.status": 401}], True, id="alternatives"),
    pytest.param({"response.json.text|contains": "jwt expired"}, True, id="case and blanks"),
    pytest.param({"response.json.said|contains": "错误的签名, 导致"}, True, id="full-width comma"),
    pytest.param({"response.json.said|startswith": "错误的签名"}, True, id="startswith"),
    pytest.param({"response.json.said|endswith": "签名"}, False, id="endswith"),
    pytest.param({"response.json.text|re": "JWT +Exp"}, True, id="expression"),
    pytest.param({"response.json.object|contains": "b"}, False, id="an object is no text"),
    pytest.param({"response.json.list.*.a": "y"}, True, id="any element"),
    pytest.param({"response.json.list.1.a": "x"}, False, id="one element"),
    pytest.param({"response.header.x-two": "two"}, True, id="second field"),
    pytest.param({"request.query.b": "c"}, True, id="query"),
    pytest.param({"response.said|contains": "jwt expired"}, True, id="said"),
]


@pytest.mark.parametrize(("source", "holds"), HOLDS)
def test_conditions(source: object, holds: bool) -> None:
    assert (compile_match(source).seen(case()) is not None) is holds  # type: ignore[arg-type]


def test_seen_is_what_stood_there_and_none_for_what_did_not() -> None:
    match = compile_match({"response.json.code": 401, "response.json.gone|exists": False})
    assert match.seen(case()) == (("response.json.code", 401), ("response.json.gone", None))


FAULTS = [
    pytest.param({"response.jason.x": 1}, 'did you mean "response.json.x"', id="place"),
    pytest.param({"nowhere": 1}, "places: ", id="no place near"),
    pytest.param({"response.text|has": "x"}, 'no modifier "has"', id="modifier"),
    pytest.param({"response.text|": "x"}, 'no modifier ""', id="empty modifier"),
    pytest.param({"response.text": []}, "list is empty", id="empty list"),
    pytest.param({"response.text|contains": 3}, "takes text", id="contains a number"),
    pytest.param({"response.text|contains": " "}, "takes text", id="contains a blank"),
    pytest.param({"response.text|exists": "yes"}, "true or false", id="exists yes"),
    pytest.param({"response.text|re": "(a"}, "not valid RE2", id="expression"),
    pytest.param({"response.text|re": r"(a)\1"}, "not valid RE2", id="back reference"),
    pytest.param({"response.text|re": "a{100000}"}, "not valid RE2", id="expression too large"),
]


@pytest.mark.parametrize(("source", "said"), FAULTS)
def test_fault_names_its_line(source: dict[str, object], said: str) -> None:
    with pytest.raises(ConditionError, match=said.replace("(", r"\(")) as raised:
        compile_match(source)  # type: ignore[arg-type]
    assert raised.value.key in source


HOSTILE = [
    pytest.param({"response.text|re": "(a+)+b"}, b"a" * (64 << 10), id="nested quantifier"),
    pytest.param({"response.text|re": "(.*)*x"}, b"y" * (1 << 20), id="star of star"),
    pytest.param({"response.text|contains": "ab"}, b"a" * (8 << 20), id="long"),
    pytest.param(
        {"response.text|contains": "ab"}, "ﷺ".encode() * (1 << 20), id="grows when folded"
    ),
    pytest.param({"response.text|contains": "ab"}, b" " * (1 << 20), id="blanks"),
    pytest.param({"response.json.a|contains": "x"}, b'{"a":' + b"9" * 5000 + b"}", id="digits"),
]


@pytest.mark.parametrize(("source", "body"), HOSTILE)
def test_hostile_body_costs_little(source: dict[str, str], body: bytes) -> None:
    match = compile_match(source)  # type: ignore[arg-type]
    begun = time.process_time()
    assert match.seen(case(body, "text/plain")) is None
    assert time.process_time() - begun < 0.5


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=2)


@given(SCALARS, SCALARS)
def test_keys_are_equal_where_values_are_equal_type_included(left: object, right: object) -> None:
    kinds = {str: "text", bool: "bool", type(None): "null", int: "number", float: "number"}
    same = kinds[type(left)] == kinds[type(right)] and left == right
    assert (value_key(left) == value_key(right)) is same
    assert (ByValue({value_key(left) or "": "found"}).get(right) == "found") is same
