"""wx.config: which URL, which ticket and which text a backend signed for a page."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import APPID
from tests.unit.signatures.messages import context, examined, rules_of

from why401.context import Context
from why401.model import Exchange

TICKET = "EXAMPLE-jsapi_ticket-0001"
URL = "https://shop.example/pay?oid=1&x=%E6%B5%8B"
TEXT = "jsapi_ticket={t}&noncestr=JsNonce01&timestamp=1795132800&url={u}"


def with_ticket(*tickets: str) -> Context:
    within = context()
    for ticket in tickets:
        fetched = exchange(
            "https://api.weixin.qq.com/cgi-bin/ticket/getticket?access_token=A&type=jsapi",
            json={"errcode": 0, "ticket": ticket, "expires_in": 7200},
        )
        examined(fetched, within)
    return within


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def config(signature: str, page: str = URL, **change: Any) -> Exchange:
    value = {
        "appId": APPID,
        "timestamp": 1795132800,
        "nonceStr": "JsNonce01",
        "signature": signature,
        **change,
    }
    return exchange(
        f"https://api.shop.example/config?url={quote(page, safe='')}", json={"data": value}
    )


def test_the_worked_example_is_reproduced() -> None:
    value = sha1(TEXT.format(t=TICKET, u=URL))
    assert value == "c74d8ac09d708bcb70ffcba8fe09116a8924ed0e"
    assert examined(config(value), with_ticket(TICKET)).findings == ()


CASES = [
    pytest.param(URL + "#/home", TEXT.format(t=TICKET, u=URL + "#/home"), "js-url-fragment"),
    pytest.param(URL, TEXT.format(t=TICKET, u=quote(URL, safe="")), "js-url-encoded"),
    pytest.param(URL, TEXT.format(t=TICKET, u=URL.replace("%E6%B5%8B", "测")), "js-url-decoded"),
    pytest.param(URL, TEXT.format(t=TICKET, u=URL.replace("&", "&amp;")), "js-url-htmlescaped"),
    pytest.param(URL, TEXT.format(t=TICKET, u=URL.replace("https", "http")), "js-url-scheme"),
    pytest.param(
        URL,
        TEXT.format(t=TICKET, u="https://shop.example:8080/pay?oid=1&x=%E6%B5%8B"),
        "js-url-port",
    ),
    pytest.param(URL, TEXT.format(t=TICKET, u="https://shop.example/pay"), "js-url-query-lost"),
    pytest.param(
        URL, TEXT.format(t=TICKET, u=URL).replace("noncestr", "nonceStr"), "js-nonce-name"
    ),
    pytest.param(
        URL,
        f"noncestr=JsNonce01&jsapi_ticket={TICKET}&timestamp=1795132800&url={URL}",
        "js-param-order",
    ),
    pytest.param(URL, TEXT.format(t="OLDER", u=URL), "js-ticket-stale"),
    pytest.param(URL, TEXT.format(t="", u=URL), "js-ticket-empty"),
    pytest.param(
        URL, TEXT.format(t=TICKET, u=URL).replace("1795132800", "1795132801"), "js-values-differ"
    ),
]


@pytest.mark.parametrize(("page", "text", "rule"), CASES)
def test_what_was_signed_is_found(page: str, text: str, rule: str) -> None:
    found = examined(config(sha1(text), page), with_ticket("OLDER", TICKET))
    assert rules_of(found) == (rule,)


def test_upper_case_and_other_hashes_are_told() -> None:
    right = TEXT.format(t=TICKET, u=URL)
    upper = examined(config(sha1(right).upper()), with_ticket(TICKET))
    assert rules_of(upper) == ("js-hash",)
    digest = hashlib.sha256(right.encode()).hexdigest()
    assert rules_of(examined(config(digest), with_ticket(TICKET))) == ("js-hash",)


def test_an_unknown_page_or_ticket_proves_nothing() -> None:
    assert not examined(config("0" * 40), with_ticket(TICKET)).findings
    assert not examined(config(sha1(TEXT.format(t=TICKET, u=URL)))).findings


def test_an_empty_ticket_needs_no_key() -> None:
    found = examined(config(sha1(TEXT.format(t="undefined", u=URL))))
    assert rules_of(found) == ("js-ticket-empty",)
