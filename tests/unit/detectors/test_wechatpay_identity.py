from __future__ import annotations

from typing import Any

import pytest
from tests.unit.detectors.wechatpay_refused import (
    OLD_SERIAL,
    SERIAL,
    diagnosis,
    header,
    keys,
    refused,
)

from why401.keys import NO_KEYS, Keys
from why401.model import CauseFound, Certainty

WRONG = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
EXPIRED = "商户证书已过期"
REPLACED = "已更换证书，请使用新证书"
NEVER = "商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。"

FIRING: list[Any] = [
    pytest.param({"serial_no": SERIAL.lower()}, WRONG, "serial-refused#lower-case", id="lower"),
    pytest.param({"serial_no": str(int(SERIAL, 16))}, WRONG, "serial-refused#decimal", id="ten"),
    pytest.param({"serial_no": SERIAL[1:]}, WRONG, "serial-refused#length", id="a digit lost"),
    pytest.param({"serial_no": f"{SERIAL} "}, WRONG, "serial-refused#blanks", id="a blank"),
    pytest.param({"serial_no": f"0x{SERIAL}"}, WRONG, "serial-refused#prefix", id="a prefix"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "message", "verdict"), FIRING)
def test_serial_that_is_written_wrong(changed: dict[str, str], message: str, verdict: str) -> None:
    found = diagnosis(refused(header(**changed), message))
    assert (found.verdict, found.certainty) == (f"wechatpay/v3-{verdict}", "proven")


CONFIGURED: list[Any] = [
    pytest.param(SERIAL, EXPIRED, NO_KEYS, "cert-expired#expired", "likely", id="said"),
    pytest.param(
        SERIAL, EXPIRED, keys(days_left=-1), "cert-expired#expired", "proven", id="and dated"
    ),
    pytest.param(
        OLD_SERIAL, REPLACED, NO_KEYS, "cert-replaced#replaced", "likely", id="said replaced"
    ),
    pytest.param(
        OLD_SERIAL,
        REPLACED,
        keys(previous=(OLD_SERIAL,)),
        "cert-replaced#old-in-use",
        "proven",
        id="and both configured",
    ),
    pytest.param(OLD_SERIAL, WRONG, NO_KEYS, "serial-refused#wrong-serial", "likely", id="wrong"),
    pytest.param(
        OLD_SERIAL, WRONG, keys(), "serial-refused#not-configured", "proven", id="not the one"
    ),
]


def test_serial_of_another_merchant_s_certificate() -> None:
    found = diagnosis(refused(header(mchid="1900000002"), WRONG), keys())
    refusal = next(each for each in found.findings if each.rule == "wechatpay/v3-serial-refused")
    assert refusal.causes[0] == CauseFound("other-merchant", Certainty.PROVEN)


@pytest.mark.parametrize(("serial", "message", "known", "verdict", "certainty"), CONFIGURED)
def test_configured_certificate_turns_a_guess_into_a_proof(
    serial: str, message: str, known: Keys, verdict: str, certainty: str
) -> None:
    found = diagnosis(refused(header(serial_no=serial), message), known)
    assert (found.verdict, found.certainty) == (f"wechatpay/v3-{verdict}", certainty)


def test_merchant_number_that_is_not_in_the_certificate() -> None:
    found = diagnosis(refused(header(mchid="1900000002"), NEVER), keys())
    assert (found.verdict, found.certainty) == ("wechatpay/v3-no-cert#other-mchid", "proven")


def test_good_serial_is_not_blamed_for_a_wrong_signature() -> None:
    found = diagnosis(refused(header(), "签名错误，请检查后再试"))
    assert not any("serial-refused" in finding.rule for finding in found.findings)


def test_platform_serial_is_told_before_the_refusal() -> None:
    found = diagnosis(refused(header(serial_no="PUB_KEY_ID_0110000000"), WRONG))
    assert found.verdict is not None
    assert found.verdict.startswith("wechatpay/v3-serial-is-platform")


def test_a_serial_written_as_it_should_be_is_not_blamed_for_its_spelling() -> None:
    found = diagnosis(refused(header(serial_no=OLD_SERIAL), WRONG))
    refusal = next(each for each in found.findings if each.rule == "wechatpay/v3-serial-refused")
    causes = ["wrong-serial", "not-configured", "old-in-use", "other-merchant"]
    assert [cause.id for cause in refusal.causes] == causes
