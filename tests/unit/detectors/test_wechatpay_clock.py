from __future__ import annotations

import pytest
from tests.exchanges import AT_S
from tests.unit.detectors.wechatpay_refused import MALFORMED, diagnosis, header, refused

from why401.model import Diagnosis

SAID = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
NOW = int(AT_S)


def stamped(timestamp: object, message: str = SAID, date_s: float = AT_S) -> Diagnosis:
    return diagnosis(refused(header(timestamp=str(timestamp)), message, date_s=date_s))


@pytest.mark.parametrize(
    ("timestamp", "cause", "certainty"),
    [
        pytest.param(NOW * 1000, "milliseconds", "proven", id="milliseconds"),
        pytest.param("1795132800.5", "not-seconds", "proven", id="a fraction"),
        pytest.param("2026-11-20T08:00:00+08:00", "not-seconds", "proven", id="a date"),
        pytest.param(NOW + 28800, "time-zone", "likely", id="Beijing time as UTC"),
        pytest.param(NOW - 28810, "time-zone", "likely", id="the other way, with some delay"),
        pytest.param(NOW - 1000, "reused", "likely", id="an old header"),
        pytest.param(NOW + 700, "clock", "likely", id="a clock that runs ahead"),
        pytest.param(NOW, "unseen", "possible", id="nothing to be seen"),
    ],
)
def test_reason_is_told_by_the_amount(timestamp: object, cause: str, certainty: str) -> None:
    found = stamped(timestamp)
    assert (found.verdict, found.certainty) == (f"wechatpay/v3-timestamp-skew#{cause}", certainty)


def test_clock_of_this_machine_that_is_off_by_as_much_is_the_proof() -> None:
    found = stamped(NOW, date_s=AT_S - 1000)
    assert (found.verdict, found.certainty) == ("wechatpay/v3-timestamp-skew#clock", "proven")
    assert found.findings[0].values["offset_s"] == 1000


def test_milliseconds_are_named_where_the_server_says_format() -> None:
    assert stamped(NOW * 1000, MALFORMED).verdict == "wechatpay/v3-timestamp-skew#milliseconds"


@pytest.mark.parametrize(
    ("timestamp", "message"),
    [
        pytest.param(NOW + 299, "验证不通过了吗", id="within five minutes"),
        pytest.param(NOW + 28800, "签名错误，请检查后再试", id="the server passed the time"),
    ],
)
def test_time_that_is_not_at_fault_stays_silent(timestamp: int, message: str) -> None:
    found = stamped(timestamp, message)
    assert not any(finding.rule.endswith("skew") for finding in found.findings)
