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


def asked(signed: str, query: str = "", referer: str = "", body: str = "") -> tuple[str, ...]:
    """Return what is found of a configuration signed over `signed`, asked for like this."""
    value = {
        "appId": APPID,
        "timestamp": 1795132800,
        "nonceStr": "JsNonce01",
        "signature": sha1(TEXT.format(t=TICKET, u=signed)),
    }
    made = exchange(
        f"https://api.shop.example/config?{query}",
        method="POST" if body else "GET",
        headers={"Referer": referer, "Content-Type": "application/json"},
        body=body.encode(),
        json=value,
    )
    return rules_of(examined(made, with_ticket(TICKET)))


TWICE = quote(quote(URL, safe=""), safe="")
PAGES = [
    pytest.param({"query": f"url={TWICE}"}, (), id="encoded once more"),
    pytest.param({"body": f'{{"url":"{quote(URL, safe="")}"}}'}, (), id="encoded in JSON"),
    pytest.param({"query": f"pageUrl={quote(URL, safe='')}"}, (), id="another name"),
    pytest.param({"query": f"p={quote(URL, safe='')}"}, (), id="a name of its own"),
    pytest.param({"referer": URL}, (), id="the Referer"),
    pytest.param({"referer": URL.replace("https", "http")}, ("js-url-scheme",), id="of http"),
    pytest.param({"query": "back=http%3A%2F%2Fshop.example%2Fpay%3Foid%3D1"}, (), id="a way back"),
]


@pytest.mark.parametrize(("change", "rules"), PAGES)
def test_the_page_is_what_the_app_says_it_is(
    change: dict[str, str], rules: tuple[str, ...]
) -> None:
    assert asked(URL, **change) == rules


def test_a_referer_cut_to_its_origin_is_not_the_page() -> None:
    index = "https://shop.example/index.html"
    assert asked(index, referer="https://shop.example/") == ()
    assert asked(index, referer="https://api.shop.example/") == ()
    same = asked("https://api.shop.example/index.html", referer="https://api.shop.example/")
    assert same == ("js-url-slash",)


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
