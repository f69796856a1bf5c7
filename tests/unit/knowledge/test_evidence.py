"""What a rule saw, as it may be shown."""

import pytest

from why401.case import Case
from why401.case.places import reader
from why401.knowledge.evidence import evidence_of
from why401.model import Body, Evidence, Exchange, Headers, Request, Response

WECHAT = b'{"errcode": 40001, "errmsg": "invalid credential"}'


def case(body: bytes = WECHAT, host: str = "api.weixin.qq.com") -> Case:
    request = Request("GET", "https", host, 443, b"/cgi-bin/x", Headers())
    return Case(Exchange("x", request, Response(401, body=Body(body))))


SEEN = [
    pytest.param("error.code", "40001", "response.json.errcode", "40001", id="code"),
    pytest.param(
        "error.message", "gone", "response.json.errmsg", "gone", id="message of the platform"
    ),
    pytest.param(
        "response.said", "invalid credential", "response.json.errmsg", "invalid credential",
        id="what is said, where it stands",
    ),
    pytest.param("request.text", "<xml>secret</xml>", "request.text", "… (17)", id="whole body"),
    pytest.param("response.header.x", None, "response.header.x", None, id="absent"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "where", "shown"), SEEN)
def test_evidence_names_the_real_place(
    place: str, value: object, where: str, shown: object
) -> None:
    assert evidence_of(((place, value),), (), case()) == (Evidence(where, shown),)


def test_each_place_is_shown_once_and_the_host_never() -> None:
    seen = (("request.host", "api.weixin.qq.com"), ("response.status", 401))
    further = (("response.status", reader("response.status")),)
    assert evidence_of(seen, further, case()) == (Evidence("response.status", 401),)


def test_there_is_always_something_to_show() -> None:
    shown = evidence_of((("request.host", "api.test"),), (), case(b"", "api.test"))
    assert shown == (Evidence("response.status", 401),)
