from __future__ import annotations

from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, outcome

from why401.model import Exchange

LOG = "https://log.example.com/collect"
PAGE = {"Referer": "https://shop.example.com/pay?order=1"}


def report(body: str, *, url: str = LOG, headers: Any = PAGE, status: int = 200) -> Exchange:
    """Return what a page posts to its log server, which takes it."""
    method = "POST" if body else "GET"
    answer = b'{"ok":true}' if status == 200 else b""
    return exchange(
        url,
        method=method,
        headers=headers,
        body=body.encode(),
        status=status,
        response_body=answer,
    )


SIGNATURE, DOMAIN = "js-config-invalid-signature", "js-config-invalid-url-domain"
FORM = {"Content-Type": "application/x-www-form-urlencoded", **PAGE}

FIRING = [
    pytest.param(report('{"errMsg":"config:invalid signature"}'), f"{SIGNATURE}#url", id="S23"),
    pytest.param(
        report('{"errMsg": "config:fail,invalid signature"}'), f"{SIGNATURE}#url", id="WeCom"
    ),
    pytest.param(
        report('{"level":"error","log":"{\\"errMsg\\":\\"config:invalid signature\\"}"}'),
        f"{SIGNATURE}#url",
        id="JSON in JSON",
    ),
    pytest.param(
        report("type=js&errMsg=config%3Ainvalid+signature", headers=FORM),
        f"{SIGNATURE}#url",
        id="form",
    ),
    pytest.param(
        report("", url=f"{LOG}?m=config%3Ainvalid%20signature"), f"{SIGNATURE}#url", id="beacon"
    ),
    pytest.param(report('{"errMsg":"config:invalid signature"}', status=204), f"{SIGNATURE}#url",
                 id="an empty answer"),
    pytest.param(
        report('{"errMsg":"config:invalid url domain"}'), f"{DOMAIN}#not-registered", id="domain"
    ),
    pytest.param(
        report('{"errMsg":"config:invalid url domain"}', headers={"Referer": "http://10.0.0.5/x"}),
        f"{DOMAIN}#test-address",
        id="domain, opened by address",
    ),
    pytest.param(
        report('{"errMsg":"chooseImage:permission denied"}'),
        "js-permission-denied#not-listed",
        id="permission",
    ),
    pytest.param(
        report('{"errMsg":"chooseImage:the permission value is offline verifying"}'),
        "js-permission-denied#config-failed",
        id="offline verifying",
    ),
    pytest.param(
        report('{"err_msg":"get_brand_wcpay_request:fail_invalid signature"}'),
        "js-choosewxpay-fail#pay-sign",
        id="paySign",
    ),
    pytest.param(report('{"errMsg":"config:fail,Error: 错误码：63002,invalid signature [2026]"}'),
                 f"{SIGNATURE}#url", id="a number before the words"),
    pytest.param(report('{"errMsg":"agentConfig:fail, 40093"}'),
                 f"{SIGNATURE}#url", id="agentConfig"),
    pytest.param(report('{"errMsg":"config:fail,Error: 错误码：40048,invalid url domain"}'),
                 f"{DOMAIN}#not-registered", id="a number before the domain"),
    pytest.param(report('{"errMsg":"requestPayment:fail no permission"}'),
                 "js-choosewxpay-fail#not-linked", id="a merchant that is not linked"),
    pytest.param(report('{"errMsg":"getPhoneNumber:fail no permission"}'),
                 "js-permission-denied#mini-program", id="an ability"),
    pytest.param(report('{"errMsg":"request:fail url not in domain list"}'),
                 "js-domain-not-listed#not-listed", id="a request"),
    pytest.param(report('{"errMsg":"config:fail"}'), "js-config-fail#signature", id="no reason"),
    pytest.param(report("errMsg=config%3Afail", headers=FORM), "js-config-fail#signature",
                 id="no reason, in a form"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "verdict"), FIRING)
def test_what_a_page_reports(seen: Exchange, verdict: str) -> None:
    found = diagnosed(seen)
    assert found.verdict == f"wechat-js/{verdict}"
    assert found.findings[0].certainty == "likely"
    assert found.severity == "warning"


SILENT = [
    pytest.param(report('{"errMsg":"config:ok"}'), id="cured: config succeeded"),
    pytest.param(report('{"errMsg":"readConfig:fail"}'), id="another call that ends in config"),
    pytest.param(report('{"errMsg":"chooseWXPay:fail cancel"}'), id="the user cancelled"),
    pytest.param(report('{"errMsg":"requestPayment:fail cancel"}'), id="cancelled in the app"),
    pytest.param(report('{"errMsg":"getPhoneNumber:fail user deny"}'), id="the user said no"),
    pytest.param(report('{"text":"how to mend config:invalid signature"}'), id="an article"),
    pytest.param(report('{"errMsg":"request:fail timeout"}'), id="another failure"),
    pytest.param(report('{"error":"permission denied"}'), id="another program's words"),
    pytest.param(report("", url=f"{LOG}?page=/config"), id="another query"),
]


@pytest.mark.parametrize("seen", SILENT)
def test_what_is_no_report(seen: Exchange) -> None:
    assert outcome(diagnosed(seen)) == (None, None)
