import datetime
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import diagnosed, finding, rules

from why401.model import Diagnosis

PAYLOAD = "signature/sigv4-payload-hash"
HOST = "s3.eu-west-1.amazonaws.com"
BODY = b'{"a": 1}'
S3 = "<Error><Code>{}</Code><Message>m</Message></Error>"


def stamp(offset_s: float = 0) -> str:
    moment = datetime.datetime.fromtimestamp(AT_S + offset_s, datetime.UTC)
    return moment.strftime("%Y%m%dT%H%M%SZ")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sent(
    *,
    scope: str | None = None,
    signed: str = "host;x-amz-content-sha256;x-amz-date",
    date: str | None = None,
    payload: str | None = None,
    key: str = "AKIAEXAMPLEEXAMPLE",
    headers: dict[str, str] | None = None,
    code: str = "AccessDenied",
    body: bytes = BODY,
    host: str = HOST,
    credential: str | None = None,
) -> Diagnosis:
    """Return the diagnosis of an S3 upload that is right but for what is changed."""
    date = date or stamp()
    scope = scope if scope is not None else f"{date[:8]}/eu-west-1/s3/aws4_request"
    authorization = credential or (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={'0a' * 32}"
    )
    fields = {
        "Host": host,
        "Authorization": authorization,
        "X-Amz-Date": date,
        "X-Amz-Content-Sha256": payload or sha256(body),
        **(headers or {}),
    }
    made = exchange(
        f"https://{host}/bucket/key",
        method="PUT",
        headers=fields,
        body=body,
        status=403,
        response_headers={"Date": http_date(AT_S), "Content-Type": "application/xml"},
        response_body=S3.format(code).encode(),
    )
    return diagnosed(made, "0a" * 32)


FIRING: list[Any] = [
    pytest.param({"payload": sha256(b"x")}, "sigv4-payload-hash#other-body", id="payload"),
    pytest.param(
        {"payload": sha256(b"")}, "sigv4-payload-hash#of-an-empty-body", id="empty payload"
    ),
    pytest.param({"date": stamp(-1200)}, "sigv4-date#too-old", id="20 min old"),
    pytest.param({"date": stamp(3600)}, "sigv4-date#in-the-future", id="an hour ahead"),
    pytest.param(
        {"scope": "20200101/eu-west-1/s3/aws4_request"}, "sigv4-date#scope-day", id="scope's day"
    ),
    pytest.param(
        {"signed": "host;x-amz-date;x-amz-meta-a"},
        "sigv4-signed-header#not-sent",
        id="signed header",
    ),
    pytest.param({"signed": "x-amz-date"}, "sigv4-malformed#host-unsigned", id="host"),
    pytest.param({"scope": "20261120/s3"}, "sigv4-malformed#scope", id="scope"),
    pytest.param(
        {"credential": "AWS4-HMAC-SHA256 Credential=AKIAX/20261120/eu-west-1/s3/aws4_request"},
        "sigv4-malformed#parameter-missing",
        id="parameters",
    ),
    pytest.param(
        {"scope": f"{stamp()[:8]}/us-east-1/s3/aws4_request"},
        "sigv4-region#other-region",
        id="region",
    ),
    pytest.param({"key": "ASIAEXAMPLEEXAMPLE"}, "sigv4-session-token#not-sent", id="no token"),
]


@pytest.mark.parametrize(("changed", "verdict"), FIRING)
def test_what_was_signed_is_not_what_was_sent(changed: dict[str, Any], verdict: str) -> None:
    rule, _, cause = verdict.partition("#")
    found = finding(sent(**changed), f"signature/{rule}")
    assert (found.causes[0].id, found.causes[0].certainty) == (cause, "likely")


STATED: list[Any] = [
    pytest.param({"payload": sha256(b"x")}, "XAmzContentSHA256Mismatch", "payload-hash", id="hash"),
    pytest.param({"date": stamp(-1200)}, "RequestTimeTooSkewed", "date", id="clock"),
    pytest.param({"signed": "host;x-a"}, "SignatureDoesNotMatch", "signed-header", id="header"),
]


@pytest.mark.parametrize(("changed", "code", "rule"), STATED)
def test_words_that_agree_prove_it(changed: dict[str, Any], code: str, rule: str) -> None:
    diagnosis = sent(**changed, code=code)
    assert str(diagnosis.verdict).startswith(f"signature/sigv4-{rule}#")
    assert diagnosis.certainty == "proven"


def test_a_signature_that_does_not_match_is_no_word_for_the_payload() -> None:
    found = finding(sent(payload=sha256(b"x"), code="SignatureDoesNotMatch"), PAYLOAD)
    assert (found.certainty, found.causes[0].certainty) == ("proven", "likely")


INCOMPLETE: list[Any] = [
    pytest.param("host;x-a", "example.com", "proven", id="all fields there"),
    pytest.param("host;x-a", None, "likely", id="no Host either: not all fields were kept"),
    pytest.param("content-length;host", "example.com", "likely", id="often left out"),
    pytest.param("content-length;host;x-a", "example.com", "proven", id="one often left out"),
]


@pytest.mark.parametrize(("signed", "host", "certainty"), INCOMPLETE)
def test_a_field_that_the_capture_may_lack_is_not_surely_unsent(
    signed: str, host: str | None, certainty: str
) -> None:
    credential = f"AKIAX/{stamp()[:8]}/eu-west-1/s3/aws4_request"
    fields = {
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature=0a"
        ),
        "X-Amz-Date": stamp(),
        **({"Host": host} if host else {}),
    }
    body = S3.format("SignatureDoesNotMatch").encode()
    made = exchange("https://example.com/", headers=fields, status=403, response_body=body)
    found = finding(diagnosed(made), "signature/sigv4-signed-header")
    assert (found.certainty, found.causes[0].certainty) == (certainty, certainty)


CURED: list[Any] = [
    pytest.param({}, id="all right"),
    pytest.param({"date": stamp(-600)}, id="ten minutes old"),
    pytest.param({"payload": "UNSIGNED-PAYLOAD"}, id="open payload"),
    pytest.param({"signed": ":authority;x-amz-date"}, id="the host as HTTP/2 calls it"),
    pytest.param({"payload": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, id="chunked payload"),
    pytest.param({"host": "minio.example.com"}, id="a host without region"),
    pytest.param(
        {"key": "ASIAEXAMPLEEXAMPLE", "headers": {"X-Amz-Security-Token": "t" * 30}}, id="token"
    ),
]


@pytest.mark.parametrize("changed", CURED)
def test_sound_request(changed: dict[str, Any]) -> None:
    assert not [rule for rule in rules(sent(**changed)) if rule.startswith("signature/")]


@pytest.mark.parametrize(("age_s", "fires"), [(500, False), (700, True)])
def test_presigned_url(age_s: int, fires: bool) -> None:
    url = (
        f"https://{HOST}/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAX%2F"
        f"{stamp(-age_s)[:8]}%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date={stamp(-age_s)}"
        f"&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature={'0a' * 32}"
    )
    made = exchange(url, status=403, response_headers={"Date": http_date(AT_S)})
    assert ("signature/sigv4-date" in rules(diagnosed(made))) == fires


RELATIVES: list[Any] = [
    pytest.param("TC3-HMAC-SHA256", "X-TC-Timestamp", str(int(AT_S) - 400), id="Tencent"),
    pytest.param("ACS3-HMAC-SHA256", "x-acs-date", "2026-11-19T23:00:00Z", id="Alibaba"),
    pytest.param("SDK-HMAC-SHA256", "X-Sdk-Date", stamp(-1200), id="Huawei"),
    pytest.param("HMAC-SHA256", "X-Date", stamp(-1200), id="Volcengine"),
]


@pytest.mark.parametrize(("scheme", "name", "value"), RELATIVES)
@pytest.mark.parametrize("fires", [True, False])
def test_clock_of_schemes_of_this_shape(scheme: str, name: str, value: str, fires: bool) -> None:
    now = {"X-TC-Timestamp": str(int(AT_S)), "x-acs-date": "2026-11-20T00:00:00Z"}
    made = exchange(
        "https://api.example.com/",
        headers={
            "Authorization": f"{scheme} Credential=AK/s, SignedHeaders=host, Signature=00",
            name: value if fires else now.get(name, stamp()),
        },
        status=401,
        response_headers={"Date": http_date(AT_S)},
    )
    assert ("signature/sigv4-date" in rules(diagnosed(made))) == fires


EXPIRED = {
    "Code": "AuthFailure.SignatureExpire",
    "Message": "signature expired or local time error",
}


@pytest.mark.parametrize(
    ("response", "age_s", "fires"),
    [
        pytest.param({"Error": EXPIRED}, 1200, True, id="an error under 200"),
        pytest.param({"Error": EXPIRED}, 10, False, id="its clock and ours agree"),
        pytest.param({"TotalCount": 0}, 1200, False, id="accepted"),
        pytest.param({"Error": {"Code": "InvalidParameter"}}, 1200, False, id="another error"),
    ],
)
def test_the_clock_where_tencent_cloud_answers_with_200(
    response: Any, age_s: int, fires: bool
) -> None:
    made = exchange(
        "https://cvm.tencentcloudapi.com/",
        method="POST",
        headers={
            "Authorization": "TC3-HMAC-SHA256 Credential=AK/2026-11-20/cvm/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={'0a' * 32}",
            "X-TC-Timestamp": str(int(AT_S) - age_s),
        },
        body=b"{}",
        json={"Response": {"RequestId": "ed93f3cb", **response}},
        response_headers={"Date": http_date(AT_S)},
    )
    told = diagnosed(made)
    assert ("signature/sigv4-date" in rules(told)) == fires
    assert (told.certainty == "proven") == fires


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=60), st.integers(-800, 800), st.sampled_from(["AccessDenied", "Forbidden"])
)
def test_a_request_signed_right_is_never_proven_wrong(body: bytes, age_s: int, code: str) -> None:
    diagnosis = sent(body=body, date=stamp(-age_s), code=code)
    assert not [each for each in rules(diagnosis) if each.startswith("signature/")]
