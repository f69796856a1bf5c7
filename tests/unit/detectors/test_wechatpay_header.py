from __future__ import annotations

import msgspec
import pytest
from tests.unit.detectors.wechatpay_refused import (
    MALFORMED,
    SIGNATURE,
    diagnosis,
    header,
    refused,
)

from why401.model import Headers

TYPE = "Http头Authorization认证类型不正确"
GOOD = header()

FIRING = [
    pytest.param(None, MALFORMED, "v3-auth-missing#not-sent", id="nothing"),
    pytest.param("", MALFORMED, "v3-auth-missing#not-sent", id="empty"),
    pytest.param("[object Object]", MALFORMED, "v3-auth-placeholder#not-filled", id="object"),
    pytest.param("Basic YTpi", MALFORMED, "v3-auth-basic-digest#overwritten", id="Basic"),
    pytest.param(SIGNATURE, MALFORMED, "v3-auth-bare-signature#no-scheme", id="bare signature"),
    pytest.param(header("WECHATPAY2-SHA256-RSA"), TYPE, "v3-auth-scheme#misspelt", id="misspelt"),
    pytest.param(GOOD.partition(" ")[2], MALFORMED, "v3-auth-scheme#no-scheme", id="no scheme"),
    pytest.param(header("Bearer"), TYPE, "v3-auth-scheme#other", id="Bearer"),
    pytest.param(GOOD.replace("8 m", "8m", 1), MALFORMED, "v3-auth-scheme#no-blank", id="no blank"),
    pytest.param(header("wechatpay2-sha256-rsa2048"), TYPE, "v3-auth-scheme#case", id="lower case"),
    pytest.param(
        header("WECHATPAY-BRAND-SHA256-RSA2048"), TYPE, "v3-brand-scheme#brand-on-v3", id="brand"
    ),
    pytest.param(
        GOOD.replace('"', "'"), MALFORMED, "v3-auth-quotes#single-quotes", id="single quotes"
    ),
    pytest.param(GOOD.replace('"', ""), MALFORMED, "v3-auth-quotes#unquoted", id="no quotes"),
    pytest.param(
        GOOD.replace('="', "=“").replace('",', "”,"),
        MALFORMED,
        "v3-auth-quotes#curly-quotes",
        id="typographic quotes",
    ),
    pytest.param(
        header(mchid=None, mch_id="1900000001"),
        MALFORMED,
        "v3-auth-param#misspelt",
        id="mch_id for mchid",
    ),
    pytest.param(
        header(nonce_str=None, nonceStr="N"), MALFORMED, "v3-auth-param#misspelt", id="camel case"
    ),
    pytest.param(header(serial_no=None), MALFORMED, "v3-auth-param#missing", id="no serial_no"),
    pytest.param(header(nonce_str=""), MALFORMED, "v3-auth-param#empty", id="empty nonce_str"),
    pytest.param(
        GOOD.replace('",', '" ', 1), MALFORMED, "v3-auth-param#missing-comma", id="no comma"
    ),
    pytest.param(
        header(signature="AAAA\nBBBB"), MALFORMED, "v3-auth-newline#line-break", id="line break"
    ),
]


@pytest.mark.parametrize(("sent", "message", "verdict"), FIRING)
def test_defect_that_the_server_names_is_proven(
    sent: str | None, message: str, verdict: str
) -> None:
    found = diagnosis(refused(sent, message))
    assert (found.verdict, found.certainty) == (f"wechatpay/{verdict}", "proven")


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        pytest.param(MALFORMED, "v3-auth-format#changed-on-the-way", id="format"),
        pytest.param(TYPE, "v3-auth-scheme#unsupported", id="type"),
    ],
)
def test_header_that_looks_right_is_not_blamed(message: str, verdict: str) -> None:
    found = diagnosis(refused(GOOD, message))
    assert (found.verdict, found.certainty) == (f"wechatpay/{verdict}", "possible")


def test_header_in_the_body_is_found() -> None:
    sent = {"headers": {"Authorization": GOOD}}
    assert diagnosis(refused(None, MALFORMED, sent=sent)).verdict == (
        "wechatpay/v3-auth-in-body#misplaced"
    )


@pytest.mark.parametrize("sent", [header(), header().replace('"', "'")])
def test_message_about_a_later_stage_says_that_the_form_was_accepted(sent: str) -> None:
    found = diagnosis(refused(sent, "签名错误，请检查后再试"))
    assert not any(finding.rule.startswith("wechatpay/v3-auth") for finding in found.findings)


def test_accepted_request_is_silent() -> None:
    assert diagnosis(refused(header().replace('"', "'"), "", status=200)).findings == ()


def test_same_answer_of_another_host_says_nothing_of_wechat_pay() -> None:
    seen = refused("Basic YTpi", MALFORMED, url="https://pay.example.com/v3/orders")
    found = diagnosis(seen)
    assert not any(finding.rule.startswith("wechatpay/") for finding in found.findings)


def test_words_about_the_type_do_not_prove_what_stands_behind_it() -> None:
    found = diagnosis(refused(header().replace('"', "'"), TYPE))
    assert found.verdict == "wechatpay/v3-auth-quotes#single-quotes"
    assert found.certainty == "likely"


def test_a_second_header_is_looked_at_too() -> None:
    twice = refused(GOOD, TYPE)
    fields = (*twice.request.headers.fields, (b"Authorization", b"Basic YTpi"))
    request = msgspec.structs.replace(twice.request, headers=Headers(fields))
    found = diagnosis(msgspec.structs.replace(twice, request=request))
    assert found.verdict == "wechatpay/v3-auth-basic-digest#overwritten"
