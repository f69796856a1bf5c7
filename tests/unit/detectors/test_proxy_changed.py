"""Stories of requests that the proxy itself changed after they were signed."""

from __future__ import annotations

import msgspec
import pytest
from tests.exchanges import exchange
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Alteration, Certainty, Exchange

WECHATPAY = (
    'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="a",signature="YQ==",'
    'timestamp="1795132800",serial_no="A"'
)
API = "https://api.example.com"
SIGV4 = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/s3/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-trace, Signature=" + "a" * 64
)
SIGNED = {"Authorization": SIGV4, "X-Amz-Date": "20261120T000000Z", "X-Trace": "1"}
MISMATCH = "<Error><Code>SignatureDoesNotMatch</Code></Error>"
RFC9421 = {
    "Signature-Input": 'sig1=("@method" "@path" "content-digest" "x-tenant");created=1',
    "Signature": "sig1=:YQ==:",
}
OAUTH1 = {"Authorization": 'OAuth oauth_consumer_key="k", oauth_signature="YQ=="'}


def altered(made: Exchange, where: str, by: str = "option modify_headers") -> Exchange:
    return msgspec.structs.replace(made, altered=(Alteration(where, by, "replaced"),))


def signed(sent: dict[str, str], text: str = MISMATCH, status: int = 403) -> Exchange:
    return Traffic()(f"PUT {API}/bucket/a", status, sent=sent, answer=text)


CASES = [
    pytest.param(SIGNED, "request.header.x-trace", True, id="a header that SigV4 names"),
    pytest.param(SIGNED, "request.header.x-other", False, id="one that it does not name"),
    pytest.param(SIGNED, "request.body", True, id="the body"),
    pytest.param(SIGNED, "request.host", True, id="the host"),
    pytest.param(RFC9421, "request.header.x-tenant", True, id="a covered component"),
    pytest.param(RFC9421, "request.target", True, id="the path"),
    pytest.param(RFC9421, "request.header.accept", False, id="no covered component"),
    pytest.param(RFC9421, "request.host", False, id="the authority is not covered"),
    pytest.param(OAUTH1, "request.target", True, id="the URL of OAuth 1.0"),
    pytest.param(OAUTH1, "request.header.accept", False, id="OAuth 1.0 signs no headers"),
]


@pytest.mark.parametrize(("sent", "where", "expected"), CASES)
def test_what_a_signature_covers(sent: dict[str, str], where: str, expected: bool) -> None:
    told = tell([altered(signed(sent, "invalid signature"), where)])
    if not expected:
        assert "transport/proxy-modified-signed" not in told.rules("#1")
        return
    assert told.verdicts() == {"#1": "transport/proxy-modified-signed#option"}
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        pytest.param("DPoP proof: htu mismatch", Certainty.PROVEN, id="the proof's"),
        pytest.param("token signature is invalid", Certainty.LIKELY, id="perhaps the token's"),
    ],
)
def test_whose_signature_is_refused(text: str, certainty: Certainty) -> None:
    sent = {"Authorization": "DPoP opaque-token-1", "DPoP": "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}
    told = tell([altered(signed(sent, text, 401), "request.target")])
    found = next(
        each
        for each in told.diagnoses["#1"].findings
        if each.rule == "transport/proxy-modified-signed"
    )
    assert found.causes[0].certainty is certainty


def test_a_refusal_that_does_not_speak_of_the_signature_proves_nothing() -> None:
    told = tell([altered(signed(SIGNED, "Access Denied"), "request.body", "script a.py")])
    found = next(
        each
        for each in told.diagnoses["#1"].findings
        if each.rule == "transport/proxy-modified-signed"
    )
    assert [(each.id, each.certainty) for each in found.causes] == [("script", Certainty.LIKELY)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi", True, id="v3"),
        pytest.param("https://api.example.com/v3/pay", False, id="another host"),
    ],
)
def test_wechat_pay(url: str, expected: bool) -> None:
    made = exchange(
        url,
        method="POST",
        headers=[("Authorization", WECHATPAY)],
        status=401,
        json={"code": "SIGN_ERROR", "message": "错误的签名，验签失败"},
    )
    told = tell([altered(made, "request.body", "option modify_body")])
    assert ("transport/proxy-modified-signed" in told.rules(made.id)) is expected


CREDENTIALS = [
    pytest.param(bearer("opaque-token-1"), "replaced", 401, Certainty.PROVEN, id="replaced"),
    pytest.param({}, "removed", 401, Certainty.PROVEN, id="taken away"),
    pytest.param(bearer("opaque-token-1"), "added", 403, Certainty.LIKELY, id="a 403"),
]


@pytest.mark.parametrize(("sent", "change", "status", "certainty"), CREDENTIALS)
def test_the_credential_is_the_proxys(
    sent: dict[str, str], change: str, status: int, certainty: Certainty
) -> None:
    made = Traffic()(f"GET {API}/x", status, sent=sent, got=BEARER if status == 401 else {})
    change_ = Alteration("request.header.authorization", "option stickyauth", change)
    told = tell([msgspec.structs.replace(made, altered=(change_,))])
    assert told.verdicts() == {"#1": "transport/proxy-changed-credential#option"}
    assert told.diagnoses["#1"].certainty is certainty


CURED = [
    pytest.param((), 401, id="nothing was changed"),
    pytest.param(
        (Alteration("request.header.accept", "option modify_headers", "added"),), 401, id="Accept"
    ),
    pytest.param(
        (Alteration("request.header.authorization", "option stickyauth", "added"),),
        200,
        id="it works",
    ),
]


@pytest.mark.parametrize(("altered", "status"), CURED)
def test_cured(altered: tuple[Alteration, ...], status: int) -> None:
    made = Traffic()(f"GET {API}/x", status, sent=bearer("opaque-token-1"))
    told = tell([msgspec.structs.replace(made, altered=altered)])
    assert not {rule for rule in told.rules("#1") if rule.startswith("transport/proxy-")}


@pytest.mark.parametrize(
    ("change", "certainty"),
    [
        pytest.param("replaced", Certainty.PROVEN, id="known to have been another"),
        pytest.param("set", Certainty.LIKELY, id="nobody knows what stood there"),
    ],
)
def test_host_in_reverse_mode(change: str, certainty: Certainty) -> None:
    told = tell(
        [
            msgspec.structs.replace(
                signed(SIGNED),
                altered=(Alteration("request.header.host", "mode reverse", change),),
            )
        ]
    )
    rule = "transport/proxy-modified-signed"
    finding = next(each for each in told.diagnoses["#1"].findings if each.rule == rule)
    assert [(each.id, each.certainty) for each in finding.causes] == [("mode", certainty)]
    assert finding.certainty is certainty


def test_cured_a_script_that_signs() -> None:
    """What it adds is covered by the signature, which is its own as well."""
    by = "script sign.py"
    added = ("request.header.authorization", "request.header.x-amz-date")
    alterations = tuple(Alteration(where, by, "added") for where in added)
    told = tell([msgspec.structs.replace(signed(SIGNED), altered=alterations)])
    assert "transport/proxy-modified-signed" not in told.rules("#1")


@pytest.mark.parametrize(
    ("by", "certainty"),
    [
        pytest.param("option modify_body", Certainty.PROVEN, id="which signs nothing"),
        pytest.param("hand", Certainty.LIKELY, id="who may have written a new sign"),
    ],
)
def test_a_signature_within_the_body(by: str, certainty: Certainty) -> None:
    text = "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>"
    url = "POST https://api.mch.weixin.qq.com/pay/unifiedorder"
    told = tell([altered(Traffic()(url, answer=text), "request.body", by)])
    finding = next(
        each
        for each in told.diagnoses["#1"].findings
        if each.rule == "transport/proxy-modified-signed"
    )
    assert finding.causes[0].certainty is certainty
