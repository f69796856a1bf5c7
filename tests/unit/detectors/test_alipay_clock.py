"""The time that a call of Alipay's states, beside that of the answer."""

import datetime

import pytest
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import diagnosed, outcome

from why401.detectors.alipay_clock import CHINA
from why401.model import Exchange

RULE = "signature/alipay-timestamp"
CODE = "isv.invalid-timestamp"


def call(hours: float, code: str = CODE, *, place: str = "query", dated: bool = True) -> Exchange:
    moment = datetime.datetime.fromtimestamp(AT_S + 3600 * hours, CHINA)
    field = f"timestamp={moment:%Y-%m-%d}%20{moment:%H:%M:%S}"
    url = "https://openapi.alipay.com/gateway.do?method=alipay.trade.query"
    body = f'{{"error_response":{{"code":"40002","sub_code":"{code}"}}}}'
    return exchange(
        f"{url}&{field}" if place == "query" else url,
        method="POST",
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=field.encode() if place == "form" else b"",
        status=200,
        response_headers=[
            ("Content-Type", "application/json"),
            *([("Date", http_date(AT_S))] if dated else []),
        ],
        response_body=body.encode(),
    )


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        pytest.param(call(-8), "utc", id="UTC in the query"),
        pytest.param(call(-8.1, place="form"), "utc", id="UTC in the form"),
        pytest.param(call(-1), "clock", id="an hour late"),
        pytest.param(call(8), "clock", id="eight hours ahead is no UTC"),
    ],
)
def test_the_time_is_off(made: Exchange, cause: str) -> None:
    assert outcome(diagnosed(made)) == (f"{RULE}#{cause}", "likely")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(call(0), id="cured"),
        pytest.param(call(-8, dated=False), id="nothing to compare with"),
    ],
)
def test_where_the_times_agree_nothing_is_sure(made: Exchange) -> None:
    assert outcome(diagnosed(made))[1] == "possible"


def test_another_refusal_says_nothing_of_the_time() -> None:
    found = diagnosed(call(-8, "isv.invalid-signature"))
    assert RULE not in {each.rule for each in found.findings}
