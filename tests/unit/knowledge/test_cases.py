"""The cases of a rule file as exchanges."""

import msgspec
import pytest

from why401.knowledge.cases import CaseError, exchange_of
from why401.knowledge.rule import CaseRequest, CaseResponse, Expect, RuleCase


def case(request: dict, response: dict) -> RuleCase:
    return RuleCase(
        name="x",
        request=msgspec.convert({"url": "https://api.test/a?b=c", **request}, CaseRequest),
        response=msgspec.convert({"status": 401, **response}, CaseResponse),
        expect=Expect.MATCH,
        at=1_700_000_000,
    )


BODIES = [
    pytest.param({"json": {"a": "中"}}, '{"a":"中"}', "application/json", id="JSON"),
    pytest.param({"json": None}, "null", "application/json", id="JSON null"),
    pytest.param({"xml": {"a": "<&"}}, "<xml><a>&lt;&amp;</a></xml>", "text/xml", id="XML"),
    pytest.param({"text": "x"}, "x", None, id="text"),
    pytest.param({}, "", None, id="none"),
]


@pytest.mark.parametrize(("given", "body", "content_type"), BODIES)
def test_bodies(given: dict, body: str, content_type: str | None) -> None:
    response = exchange_of(case({}, given)).response
    assert response is not None
    assert response.body is not None
    assert response.body.data.decode() == body
    assert response.headers.text("content-type") == content_type


def test_a_request_is_what_its_url_and_headers_say() -> None:
    headers = {"X-Two": ["a", "b"], "content-type": "text/csv"}
    exchange = exchange_of(case({"method": "POST", "headers": headers, "form": {"k": "v w"}}, {}))
    request = exchange.request
    assert (request.scheme, request.host, request.port) == ("https", "api.test", 443)
    assert (request.target, request.method) == (b"/a?b=c", "POST")
    assert request.headers.texts("x-two") == ("a", "b")
    assert request.headers.texts("content-type") == ("text/csv",)
    assert request.body is not None
    assert request.body.data == b"k=v+w"
    assert exchange.at_s == 1_700_000_000


def test_status_0_is_no_answer() -> None:
    assert exchange_of(case({}, {"status": 0})).response is None


FAULTS = [
    pytest.param({"url": "/a"}, "absolute", id="relative URL"),
    pytest.param({"url": "ftp://a.test/"}, "absolute", id="other scheme"),
    pytest.param({"url": "https://a.test:99999/"}, "absolute", id="port out of range"),
    pytest.param({"text": "a", "form": {"b": "c"}}, "several bodies", id="two bodies"),
]


@pytest.mark.parametrize(("request_", "said"), FAULTS)
def test_what_is_no_exchange_is_a_fault(request_: dict, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        exchange_of(case(request_, {}))
