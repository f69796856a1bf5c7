"""The ten rows of the 401 table: each in several wordings, with and without configuration."""

from __future__ import annotations

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.wechatpay_refused import diagnosis, header, keys, refused, signed_header

from why401.case import Case
from why401.detectors.wechatpay_refusal import Stage, stage

ROWS: list[tuple[Stage, str, tuple[str, ...]]] = [
    (
        Stage.NO_KEY,
        "v3-no-apiv3-key",
        (
            "商户未设置加密的密钥，请登录商户平台操作！请参考http://kf.qq.com/faq/180830E36vyQ180830AZFZvu.html",
            "商户未设置APIv3密钥",
            "商户未设置 ＡＰＩｖ３ 密钥。",
        ),
    ),
    (
        Stage.NO_CERTIFICATE,
        "v3-no-cert",
        (
            "商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。",
            "商户未申请过证书",
            "商户未申请过证书，请到商户平台申请",
        ),
    ),
    (
        Stage.SERIAL,
        "v3-serial-refused",
        (
            "商户证书序列号有误。请使用签名私钥匹配的证书序列号",
            "商户证书序列号有误",
            "商户证书序列号错误",
        ),
    ),
    (Stage.EXPIRED, "v3-cert-expired", ("商户证书已过期", "商户证书已过期。", "证书已过期")),
    (Stage.REVOKED, "v3-cert-revoked", ("商户证书已作废", "商户证书已作废！", "证书已作废")),
    (
        Stage.SIGNATURE,
        "v3-sign",
        (
            "错误的签名，验签失败",
            "签名错误,请检查后再试",
            "签名错误",
            "签名信息错误，验签失败",
            "错误的签名，导致验签失败",
        ),
    ),
    (
        Stage.FORMAT,
        "v3-auth-format",
        (
            "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》",
            "http头 authorization值格式错误",
            "Ｈｔｔｐ头Authorization值格式错误。",
        ),
    ),
    (
        Stage.TYPE,
        "v3-auth-scheme",
        (
            "Http头Authorization认证类型不正确",
            "http头authorization认证类型不正确。",
            "Authorization认证类型不正确",
        ),
    ),
    (
        Stage.CLOCK,
        "v3-timestamp-skew",
        (
            "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
            "timestamp与发起请求的时间不得超过５分钟。",
            "Http头Authorization中的 timestamp 与发起请求的时间 不得超过5分钟",
        ),
    ),
    (
        Stage.REPLACED,
        "v3-cert-replaced",
        ("已更换证书，请使用新证书", "已更换证书,请使用新证书。", "商户已更换证书"),
    ),
]
WORDINGS = [
    pytest.param(found, rule, text, id=f"{rule} {number}")
    for found, rule, texts in ROWS
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize(("found", "rule", "text"), WORDINGS)
def test_row_is_recognised_however_it_is_worded(found: Stage, rule: str, text: str) -> None:
    seen = refused(header(), text)
    assert stage(Case(seen)) is found
    verdict = diagnosis(seen).verdict
    assert verdict is not None
    assert verdict.startswith(f"wechatpay/{rule}")


@pytest.mark.parametrize(("found", "rule", "text"), WORDINGS)
def test_row_is_told_beside_a_signature_that_verifies(found: Stage, rule: str, text: str) -> None:
    body = {"mchid": "1900000001"}
    seen = diagnosis(refused(signed_header(body), text, sent=body), keys())
    said = [finding.rule for finding in seen.findings]
    assert found is Stage.SIGNATURE or f"wechatpay/{rule}" in said
    assert not any("key-foreign" in each for each in said)


def test_words_about_the_platform_certificate_are_another_matter() -> None:
    seen = refused(header(), "平台证书序列号Wechatpay-Serial错误", code="PARAM_ERROR")
    assert stage(Case(seen)) is Stage.UNSAID


def test_refusal_for_another_reason_has_no_stage() -> None:
    assert stage(Case(refused(header(), "参数错误", code="PARAM_ERROR", status=400))) is None
    assert stage(Case(exchange("https://api.example.com/v3/x", status=401))) is None
