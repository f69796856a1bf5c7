from __future__ import annotations

import time

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed

from why401.case.broken_answers import broken_json, broken_xml

HALF = "<xml><return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[签名错误]]></return"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"errcode":42001,"errmsg":"access_token exp', 42001, id="cut in the message"),
        pytest.param('{"errmsg":"x","errcode": "40014"', 40014, id="turned round"),
        pytest.param('{"errcode":0,"errmsg":"o', 0, id="success"),
        pytest.param('{"data":{"errcode":40001,', None, id="not at the head"),
        pytest.param("<xml>", None, id="XML"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_code_of_a_cut_answer(text: str, expected: int | None) -> None:
    found = broken_json(text)
    assert (found and found["errcode"]) == expected


def test_v3_code_of_a_cut_answer() -> None:
    found = broken_json('{"code":"SIGN_ERROR","message":"错误的签名')
    assert found == {"code": "SIGN_ERROR", "message": "错误的签名"}


def test_fields_of_a_cut_answer() -> None:
    fields = broken_xml(HALF)
    assert fields is not None
    assert dict(fields)["return_code"] == "FAIL"


def test_entities_are_never_expanded() -> None:
    text = (
        '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<xml><return_code>FAIL</return_code><return_msg>&x;</return_msg></xml>"
    )
    assert broken_xml(text) == (("return_code", "FAIL"),)
    assert broken_xml("<html><p>x</p></html>") is None


@pytest.mark.parametrize(
    "text", ['{"' * 20_000, "<a>" * 20_000, '{"errcode":' + " " * 50_000, "<![CDATA[" * 9_000]
)
def test_hostile_text_costs_little(text: str) -> None:
    started = time.process_time()
    broken_json(text)
    broken_xml(f"<return_code>{text}")
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize(
    ("path", "body", "verdict"),
    [
        pytest.param(
            "api.weixin.qq.com/cgi-bin/user/get?access_token=T",
            '{"errcode":42001,"errmsg":"access_token exp',
            "wechat/42001#expired",
            id="half a JSON",
        ),
        pytest.param(
            "api.mch.weixin.qq.com/pay/unifiedorder",
            HALF,
            "wechatpay/v2-signerror",
            id="half an XML",
        ),
    ],
)
def test_half_an_answer_is_flagged(path: str, body: str, verdict: str) -> None:
    found = diagnosed(exchange(f"https://{path}", method="POST", response_body=body.encode()))
    assert (found.verdict or "").startswith(verdict) or any(
        each.rule.startswith("wechatpay/v2-sign") for each in found.findings
    )
