"""Whatever is on the wire, examining it raises nothing; the whole way gives the right verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.signatures.callbacks import PROBE, callback
from tests.unit.signatures.example_keys import V3_KEY, all_keys
from tests.unit.signatures.invocations import JSAPI_TEXT, jsapi
from tests.unit.signatures.messages import (
    BODY,
    ORDER,
    PAY,
    context,
    examined,
    five_lines,
    parsed_body,
    v2_request,
    v2_sign,
    v2_text,
    v3_request,
    xml,
)

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Body, Certainty, Exchange, Headers, Request, Response
from why401.signatures import search_deeper

PIECES = st.one_of(
    st.sampled_from(
        [
            b"<xml><sign>", b"</sign></xml>", b"<return_code>FAIL</return_code>", b"{", b"}",
            b'"paySign":"', b'"package":"prepay_id=', b'"timeStamp":', b'"nonceStr":"x",',
            b'"resource_type":"encrypt-resource"', b'"encryptedData":"', b'"rawData":"',
            b'"signature":"', b'"detail":{"sign_information":', b'"code":"SIGN_ERROR"',
            "签名错误".encode(), "测试".encode("gbk"), b"\xff\xfe\x00", b"\\ud800", b"[" * 200,
            b"A" * 344, b"0" * 32, b"<![CDATA[", b"--b0\r\n", BODY.encode(),
        ]
    ),
    st.binary(max_size=20),
)  # fmt: skip
BODIES = st.lists(PIECES, max_size=12).map(b"".join)
AUTHORIZATIONS = st.one_of(
    st.just(b""),
    st.builds(
        lambda *parts: (
            b'WECHATPAY2-SHA256-RSA2048 mchid="%b",nonce_str="%b",signature="%b",'
            b'timestamp="%b",serial_no="%b"' % parts
        ),
        *(
            [
                st.one_of(
                    st.binary(max_size=12), st.sampled_from([b"A" * 344, b"0" * 64, b"1900000001"])
                )
            ]
            * 5
        ),
    ),
)
TARGETS = st.sampled_from(
    [
        b"/v3/pay/transactions/jsapi", b"/pay/unifiedorder", b"/sandboxnew/pay/getsignkey",
        b"/v3/certificates", b"/xpay/query?pay_sig=" + b"0" * 64, b"/cgi-bin/ticket/getticket",
        b"/papay/entrustweb?sign=x&mch_id=1", b"/n?nonce=1&timestamp=2&signature=" + b"0" * 40,
        b"\xff%zz?&=&&", b"http://x/y",
    ]
)  # fmt: skip
HOSTS = st.sampled_from(["api.mch.weixin.qq.com", "api.weixin.qq.com", "shop.example"])


@st.composite
def anything(draw: st.DrawFn) -> Exchange:
    headers = [(b"Authorization", draw(AUTHORIZATIONS))]
    names = draw(st.sets(st.sampled_from(["Timestamp", "Nonce", "Signature", "Serial"])))
    values = st.binary(max_size=12)
    headers += [(f"Wechatpay-{name}".encode(), draw(values)) for name in sorted(names)]
    kind = draw(st.sampled_from([b"application/json", b"multipart/form-data; boundary=b0"]))
    exact = draw(st.booleans())
    return Exchange(
        "x",
        Request(
            draw(st.sampled_from(["GET", "POST", "\udcff"])), "https", draw(HOSTS), 443,
            draw(TARGETS), Headers((*headers, (b"Content-Type", kind))),
            Body(draw(BODIES), is_exact=exact),
        ),
        Response(
            draw(st.sampled_from([200, 400, 401, 500])),
            headers=Headers(tuple(headers[1:])), body=Body(draw(BODIES)),
        ),
    )  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(anything(), min_size=1, max_size=4), st.booleans())
def test_nothing_on_the_wire_breaks_it(exchanges: list[Exchange], has_keys: bool) -> None:
    within = context(all_keys() if has_keys else NO_KEYS)
    for each in exchanges:
        found = examined(each, within)
        if found.wants_deeper:
            search_deeper(found, 200)


KNOWLEDGE = load_knowledge().knowledge
VERDICTS = [
    pytest.param(
        v3_request(five_lines(body=json.dumps(parsed_body(), ensure_ascii=False))),
        "wechatpay/v3-body-spaced#serialised-twice",
        id="body with blanks",
    ),
    pytest.param(
        v3_request(tag="stranger"),
        "wechatpay/v3-key-foreign#key-of-another-certificate",
        id="wrong private key",
    ),
    pytest.param(
        v2_request(v2_sign(v2_text(ORDER), V3_KEY)), "wechatpay/v2-key-is-v3key#v3-key", id="v2 key"
    ),
    pytest.param(
        v2_request(v2_sign("&".join(f"{n}={v}" for n, v in ORDER if v))),
        "wechatpay/v2-unsorted#unsorted",
        id="v2 order",
    ),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.replace("appId", "appid"))),
        "wechatpay/ps-appid-name#name",
        id="paySign",
    ),
    pytest.param(
        callback(signature=PROBE), "wechatpay/cb-probe-accepted#not-verified", id="probe taken"
    ),
]


@pytest.mark.parametrize(("message", "verdict"), VERDICTS)
def test_the_whole_way_gives_a_proven_verdict(message: Exchange, verdict: str) -> None:
    diagnoser = Diagnoser(KNOWLEDGE, all_keys(), Masker(b"tests"))
    outcome = diagnoser.diagnose(message)
    assert (outcome.diagnosis.verdict, outcome.diagnosis.certainty) == (verdict, Certainty.PROVEN)
    assert outcome.deeper is None or outcome.deeper().verdict == verdict
    assert outcome.diagnosis.signatures[0].status == "mismatch"


def test_a_deeper_search_replaces_the_diagnosis() -> None:
    diagnoser = Diagnoser(KNOWLEDGE, all_keys(), Masker(b"tests"))
    far = v3_request(five_lines(timestamp=1795132500))
    outcome = diagnoser.diagnose(far)
    assert outcome.diagnosis.verdict == "wechatpay/v3-sign-unexplained#unknown-text"
    assert outcome.deeper is not None
    deeper = outcome.deeper()
    assert (deeper.verdict, deeper.certainty) == (
        "wechatpay/v3-ts-off#clock-read-twice",
        Certainty.PROVEN,
    )


HEALTHY: list[Any] = [
    jsapi("B8AD002F9E022C4D377BE15143BD067D"),
    callback(),
    callback(signature=PROBE, status=401),
    v3_request(status=200),
    exchange(f"{PAY}/pay/unifiedorder", method="POST", body=xml(ORDER), response_body=xml(ORDER)),
]


@pytest.mark.parametrize("message", HEALTHY)
def test_healthy_exchanges_stay_silent(message: Exchange) -> None:
    diagnoser = Diagnoser(KNOWLEDGE, all_keys(), Masker(b"tests"))
    assert diagnoser.diagnose(message).diagnosis.findings == ()
