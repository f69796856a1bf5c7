"""Answers in every shape WeChat's servers give them: family, code and first cause, or silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, rules

from why401.case import Case
from why401.model import Exchange

API = "https://api.weixin.qq.com"
PAY = "https://api.mch.weixin.qq.com"


def answer(
    url: str, body: str | bytes, *, method: str = "GET", status: int = 200, kind: str = ""
) -> Exchange:
    data = body.encode() if isinstance(body, str) else body
    headers = {"Content-Length": str(len(data)), "Content-Type": kind or "application/json"}
    if status >= 400:
        headers["Request-ID"] = "08AABBCC-268443699" if status == 401 else "08AABBCC-268435461"
    return exchange(url, method=method, status=status, response_headers=headers, response_body=data)


def xml(**fields: str) -> str:
    inner = "\n".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields.items())
    return f"<xml>{inner}</xml>"


LOGIN = f"{API}/sns/jscode2session?appid=wx0123456789abcdef&js_code=TESTCODE000001"
CODES = f"{API}/wxa/getwxacodeunlimit?access_token=T"
SIGNED = {
    "code": "SIGN_ERROR",
    "message": "签名错误，请检查后再试",
    "detail": {
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": "POST",
            "url": "/v3/pay/transactions/jsapi",
            "truncated_sign_message": 'POST\n/v3/pay/transactions/jsapi\n17\nN\n{"mchid"\n',
            "sign_message_length": 329,
        },
    },
}

FLAGGED: list[Any] = [
    pytest.param(
        answer(
            f"{API}/cgi-bin/menu/get?access_token=OLD",
            '{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest, '
            "could get access_token by getStableAccessToken, more details at "
            'https://mmbizurl.cn/s/XXXX rid: 6a000001-11111111-22222222"}',
        ),
        "wechat", "40001", "wechat/40001#superseded", id="S1",
    ),
    pytest.param(
        answer(
            LOGIN, '{"errcode":40163,"errmsg":"code been used, hints: [ req_id: AbCd-1 ]"}',
            kind="text/plain",
        ),
        "wechat", "40163", "wechat/40163#exchanged-twice", id="S2",
    ),
    pytest.param(
        answer(LOGIN, '{"errcode":40029,"errmsg":"invalid code, rid: 6a-1-2"}', kind="text/plain"),
        "wechat", "40029", "wechat/40029#other-appid", id="S3",
    ),
    pytest.param(
        answer(
            f"{API}/cgi-bin/token?grant_type=client_credential",
            '{"errcode":40164,"errmsg":"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in '
            'whitelist rid: 6a000003-11111111-22222222"}',
        ),
        "wechat", "40164", "wechat/40164#not-listed", id="S4",
    ),
    pytest.param(
        answer(
            f"{API}/cgi-bin/media/get?access_token=T&media_id=M",
            '{"errcode":"40007","errmsg":"invalid media_id hint: [2DlkvA0590e396]"}',
            kind="text/plain",
        ),
        "wechat", "40007", "wechat/40007#expired", id="S5",
    ),
    pytest.param(
        answer(
            f"{API}/cgi-bin/component/api_component_token",
            '{"errcode":61004,"errmsg":"access clientip is not registered hint: [ZJ6NTA0211] '
            'requestIP: 203.0.113.9"}',
            method="POST",
        ),
        "wechat", "61004", "wechat/61004#not-registered", id="S6",
    ),
    pytest.param(
        answer(
            "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=T",
            '{"errcode":60020,"errmsg":"not allow to access from your ip, hint: [17000000000], '
            "from ip: 203.0.113.9, more info at "
            'https://open.work.weixin.qq.com/devtool/query?e=60020"}',
            method="POST",
        ),
        "wecom", "60020", "wecom/60020#not-listed", id="S7",
    ),
    pytest.param(
        answer(
            f"{API}/device/getqrcode",
            '{"base_resp":{"errcode":41001,"errmsg":"access_token missing"}}',
        ),
        "wechat", "41001", "wechat/41001#missing", id="S9",
    ),
    pytest.param(
        answer(
            f"{PAY}/pay/unifiedorder",
            xml(return_code="FAIL", return_msg="签名错误，请检查后再试"),
            method="POST", kind="text/xml",
        ),
        "wechatpay-v2", "FAIL", "wechatpay/v2-signerror", id="S10",
    ),
    pytest.param(
        answer(
            f"{PAY}/pay/micropay",
            xml(
                return_code="SUCCESS", return_msg="OK", appid="wx0000000000000000", nonce_str="n",
                sign="00", result_code="FAIL", err_code="AUTH_CODE_INVALID", err_code_des="101 …",
            ),
            method="POST", kind="text/xml",
        ),
        "wechatpay-v2", "AUTH_CODE_INVALID", "wechatpay/v2-auth-code-invalid#stale", id="S11",
    ),
    pytest.param(
        answer(
            f"{PAY}/pay/downloadbill",
            xml(return_code="FAIL", return_msg="No Bill Exist", error_code="20002"),
            method="POST", kind="text/xml",
        ),
        "wechatpay-v2", "No Bill Exist", "wechatpay/v2-no-bill-exist#state", id="S12",
    ),
    pytest.param(
        answer(
            f"{PAY}/v3/pay/transactions/jsapi", json.dumps(SIGNED), method="POST", status=401
        ),
        "wechatpay-v3", "SIGN_ERROR", "wechatpay/v3-sign-error", id="S13",
    ),
    pytest.param(
        answer(
            f"{PAY}/v3/pay/transactions/jsapi",
            '{"code":"PARAM_ERROR","message":"…","detail":{"field":"/amount/total","value":0,'
            '"issue":"…","location":"body"}}',
            method="POST", status=400,
        ),
        "wechatpay-v3", "PARAM_ERROR", "wechatpay/v3-param-error#named-field", id="S14",
    ),
    pytest.param(
        answer(
            f"{PAY}/v3/pay/transactions/out-trade-no/T1?mchid=1",
            '{"code":"ORDER_NOT_EXIST","message":"…"}', status=404,
        ),
        "wechatpay-v3", "ORDER_NOT_EXIST", "wechatpay/v3-order-not-exist#wrong-number", id="S15",
    ),
    pytest.param(
        answer(
            f"{PAY}/v3/pay/transactions/out-trade-no/T1?mchid=1",
            '{"code":"FREQUENCY_LIMITED","message":"…"}', status=429,
        ),
        "wechatpay-v3", "FREQUENCY_LIMITED", "wechatpay/v3-frequency-limited#polling", id="S16",
    ),
    pytest.param(
        answer(
            f"{PAY}/v3/pay/transactions/codepay", '{"code":"USERPAYING","message":"…"}',
            method="POST", status=202,
        ),
        "wechatpay-v3", "USERPAYING", "wechatpay/v3-userpaying#in-progress", id="S18",
    ),
    pytest.param(
        answer(
            CODES,
            '{"errcode":41030,"errmsg":"invalid page rid: 6a000004-11111111-22222222"}',
            method="POST",
        ),
        "wechat", "41030", "wechat/41030#not-released", id="S22 refused",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "family", "code", "verdict"), FLAGGED)
def test_answer_is_read_for_what_it_is(
    seen: Exchange, family: str, code: str, verdict: str
) -> None:
    error = Case(seen).error
    assert error is not None
    assert (error.family.value, error.code) == (family, code)
    found = diagnosed(seen)
    if "#" in verdict:
        assert found.verdict == verdict
    else:
        assert verdict in rules(found)


@pytest.mark.parametrize("name", ["S18"])
def test_what_is_only_pending_is_a_warning(name: str) -> None:
    seen = next(each.values[0] for each in FLAGGED if each.id == name)
    assert diagnosed(seen).severity == "warning"


SILENT: list[Any] = [
    pytest.param(
        answer(
            "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=T",
            '{"errcode":0,"errmsg":"ok. Warning: wrong json format. ","invaliduser":"u1|u2",'
            '"msgid":"m1"}',
            method="POST",
        ),
        id="S8",
    ),
    pytest.param(
        answer(f"{PAY}/v3/pay/transactions/out-trade-no/T1/close", "", method="POST", status=204),
        id="S17",
    ),
    pytest.param(
        answer(f"{API}/cgi-bin/token?appid=wx0", '{"access_token":"T","expires_in":7200}'),
        id="S19 token",
    ),
    pytest.param(answer(LOGIN, '{"openid":"o1","session_key":"k=="}'), id="S19 login"),
    pytest.param(
        answer("https://oapi.dingtalk.com/gettoken", '{"errcode":40014,"errmsg":"…"}'), id="S20"
    ),
    pytest.param(
        answer(CODES, b"\xff\xd8\xff\xe0\x00\x10JFIF", method="POST", kind="image/jpeg"),
        id="S22 picture",
    ),
]


@pytest.mark.parametrize("seen", SILENT)
def test_success_and_other_vendors_are_silent(seen: Exchange) -> None:
    assert not any(
        rule.startswith(("wechat", "wecom")) and not rule.startswith("wechatpay/biz-")
        for rule in rules(diagnosed(seen))
    )


def test_what_a_page_tells_its_log_server_is_a_hint() -> None:
    """S23: `wx.config` fails in the page; only the page can tell."""
    seen = exchange(
        "https://log.example.com/collect",
        method="POST",
        body=b'{"errMsg":"config:invalid signature"}',
        response_body=b'{"ok":true}',
    )
    found = diagnosed(seen)
    assert found.verdict == "wechat-js/js-config-invalid-signature#url"
    assert (found.severity, found.findings[0].certainty) == ("warning", "likely")


def test_failed_decryption_in_a_backend_is_a_hint() -> None:
    body = '{"code":-41003,"msg":"aes decrypt fail"}'
    found = diagnosed(answer("https://shop.example.com/api/login", body, status=400))
    assert found.findings[0].rule == "wechat/crypt-41003"
    assert found.severity == "warning"
    assert found.findings[0].certainty == "likely"


def test_empty_answer_where_a_token_is_expected() -> None:
    seen = answer(f"{API}/cgi-bin/token?appid=APPID", "", kind="text/html; charset=gbk")
    assert "wechat/empty-answer" in rules(diagnosed(seen))
