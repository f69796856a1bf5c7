import hashlib
import urllib.parse
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, finding, rules

from why401.detectors.signature_refused import _WORDS, MARKS
from why401.model import Certainty, Exchange

SECRET_TOKEN = "a-session-token-that-nobody-may-see"


def aliyun(shift: str = "", url: str | None = None) -> Exchange:
    query = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SecurityToken": SECRET_TOKEN,
        "Version": "2014-05-26",
    }
    echoed = {**query, **({"Format": shift} if shift else {})}
    joined = "&".join(f"{k}={urllib.parse.quote(v, safe='~')}" for k, v in sorted(echoed.items()))
    text = f"GET&%2F&{urllib.parse.quote(joined, safe='~')}"
    message = (
        f"Specified signature is not matched with our calculation. server string to sign is:{text}"
    )
    sent = urllib.parse.urlencode({**query, "Signature": "c2ln"})
    return exchange(
        url or f"https://ecs.aliyuncs.com/?{sent}",
        status=400,
        json={"Code": "SignatureDoesNotMatch", "Message": message},
    )


AZURE = (
    "PUT\n\n\n\n\ntext/plain\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2020-04-08\n"
    "/account/box/file\ncomp:block"
)


def azure(date: str) -> Exchange:
    detail = AZURE.format(date=date)
    return exchange(
        "https://account.blob.core.windows.net/box/file?comp=block",
        method="PUT",
        headers={
            "Authorization": "SharedKey account:c2ln",
            "Content-Type": "text/plain",
            "x-ms-date": "today",
            "x-ms-version": "2020-04-08",
        },
        status=403,
        response_headers={"Content-Type": "application/xml"},
        response_body=(
            "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>The MAC signature "
            "found in the HTTP request 'c2ln' is not the same as any computed signature. Server "
            f"used following string to sign: '{detail}'.</AuthenticationErrorDetail></Error>"
        ).encode(),
    )


def refused_by_s3(query: str, computed: str) -> Exchange:
    return exchange(
        f"https://s3.example.com/b/k{query}",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=A/20261120/r/s3/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=00",
            "X-Amz-Date": "d",
        },
        status=403,
        response_body=f"<Error><Code>SignatureDoesNotMatch</Code>{computed}</Error>".encode(),
    )


def aws(query: str) -> Exchange:
    headers = "host:s3.example.com\nx-amz-date:d\n\nhost;x-amz-date"
    canonical = f"GET\n/b/k\n{query}\n{headers}\n{hashlib.sha256().hexdigest()}"
    return refused_by_s3("?a=1&b=2", f"<CanonicalRequest>{canonical}</CanonicalRequest>")


ECHOED: list[Any] = [
    pytest.param(aliyun(), "aliyun-mismatch", "same-text", "-", id="Alibaba, same"),
    pytest.param(aliyun("JSON"), "aliyun-mismatch", "text-differs", "Format", id="Alibaba"),
    pytest.param(azure("today"), "sharedkey-mismatch", "same-text", "-", id="Azure, same"),
    pytest.param(azure("later"), "sharedkey-mismatch", "text-differs", "x-ms-date", id="Azure"),
    pytest.param(aws("a=1&amp;b=2"), "sigv4-mismatch", "same-text", "-", id="AWS, same"),
    pytest.param(aws("a=1&amp;b=3"), "sigv4-mismatch", "text-differs", "query", id="AWS"),
]


@pytest.mark.parametrize(("sent", "rule", "cause", "part"), ECHOED)
def test_echoed_string_to_sign_is_compared(
    sent: Exchange, rule: str, cause: str, part: str
) -> None:
    diagnosis = diagnosed(sent, SECRET_TOKEN)
    found = finding(diagnosis, f"signature/{rule}")
    assert (found.causes[0].id, found.values["part"]) == (cause, part)
    assert found.causes[0].certainty == "likely"


def oss(resource: str) -> Exchange:
    text = f"GET\n\n\nThu, 20 Nov 2026 00:00:00 GMT\n{resource}"
    return exchange(
        "https://box.oss-cn-hangzhou.aliyuncs.com/key?acl",
        headers={
            "Date": "Thu, 20 Nov 2026 00:00:00 GMT",
            "Authorization": "OSS testid:c2lnc2lnc2ln",
        },
        status=403,
        response_body=(
            f"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>{text}</StringToSign></Error>"
        ).encode(),
    )


def s3(scope: str) -> Exchange:
    lines = "GET\n/b/k\n\nhost:s3.example.com\nx-amz-date:d\n\nhost;x-amz-date\n"
    hashed = hashlib.sha256(f"{lines}{hashlib.sha256().hexdigest()}".encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\nd\n{scope}\n{hashed}"
    return refused_by_s3("", f"<StringToSign>{text}</StringToSign>")


SCOPE = "20261120/r/s3/aws4_request"
TO_SIGN: list[Any] = [
    pytest.param(oss("/box/key?acl"), "aliyun-mismatch", "same-text", "-", id="OSS, same"),
    pytest.param(oss("/key?acl"), "aliyun-mismatch", "text-differs", "resource", id="OSS"),
    pytest.param(s3(SCOPE), "sigv4-mismatch", "same-text", "-", id="S3, same"),
    pytest.param(
        s3("20261119/r/s3/aws4_request"), "sigv4-mismatch", "text-differs", "scope", id="S3"
    ),
]


@pytest.mark.parametrize(("sent", "rule", "cause", "part"), TO_SIGN)
def test_string_to_sign_alone_is_compared(sent: Exchange, rule: str, cause: str, part: str) -> None:
    found = finding(diagnosed(sent), f"signature/{rule}")
    assert (found.causes[0].id, found.values["part"]) == (cause, part)


ACS3 = (
    "POST\n/\nA=b\nhost:ecs.aliyuncs.com\nx-acs-date:2026-11-20T00:00:00Z\n\nhost;x-acs-date\n"
    + hashlib.sha256().hexdigest()
)


@pytest.mark.parametrize(
    ("text", "cause"), [(ACS3, "same-text"), (ACS3.replace("A=b", ""), "text-differs")]
)
def test_hash_that_acs3_echoes_is_compared(text: str, cause: str) -> None:
    hashed = hashlib.sha256(text.encode()).hexdigest()
    sent = exchange(
        "https://ecs.aliyuncs.com/?A=b",
        method="POST",
        headers={
            "x-acs-date": "2026-11-20T00:00:00Z",
            "Authorization": "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-date,"
            f"Signature={'0' * 64}",
        },
        status=400,
        json={
            "Code": "SignatureDoesNotMatch",
            "Message": "Specified signature is not matched with our calculation. server string to "
            f"sign is:ACS3-HMAC-SHA256\n{hashed}",
        },
    )
    found = finding(diagnosed(sent), "signature/aliyun-mismatch")
    assert found.causes[0].id == cause


WORDS: list[Any] = [
    pytest.param('{"message":"HMAC signature does not match"}', "hmac-mismatch", id="Kong"),
    pytest.param("client request can't be validated", "hmac-mismatch", id="APISIX"),
    pytest.param('{"error_code":"APIG.0301"}', "sdk-hmac-mismatch", id="Huawei"),
    pytest.param(
        '{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure"}}}', "tc3-mismatch", id="TC3"
    ),
]


@pytest.mark.parametrize(("text", "rule"), WORDS)
@pytest.mark.parametrize("status", [401, 200])
def test_words_alone_are_likely(text: str, rule: str, status: int) -> None:
    made = exchange(
        "https://api.example.com/a",
        headers={"Authorization": "hmac username=a"},
        status=status,
        response_body=text.encode(),
    )
    diagnosis = diagnosed(made)
    assert (f"signature/{rule}" in rules(diagnosis)) == (status == 401)
    assert diagnosis.certainty in ("likely", None)


def test_words_about_a_signed_url() -> None:
    sent = exchange(
        "https://a.example/x?signature=0", status=403, response_body=b"Invalid signature."
    )
    found = finding(diagnosed(sent), "signature/url-signature")
    assert found.causes[0].certainty == "likely"


def test_tencent_cloud_refuses_under_200() -> None:
    sent = exchange(
        "https://cvm.tencentcloudapi.com/",
        method="POST",
        headers={
            "Authorization": "TC3-HMAC-SHA256 Credential=A/2026-11-20/cvm/tc3_request, "
            "SignedHeaders=content-type;host, Signature=" + "0" * 64,
            "X-TC-Timestamp": "1795132800",
            "Content-Type": "application/json",
        },
        json={"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "x"}}},
    )
    assert "signature/tc3-mismatch" in rules(diagnosed(sent))


def test_alipay_refuses_under_200() -> None:
    sent = exchange(
        "https://openapi.alipay.com/gateway.do?method=alipay.trade.query&app_id=1&sign=c2ln",
        json={"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}},
    )
    diagnosis = diagnosed(sent)
    assert (diagnosis.verdict, diagnosis.certainty) == (
        "signature/alipay-mismatch#key-pair",
        "likely",
    )


OF_OTHERS: list[Any] = [
    pytest.param({"X-Auth-Token": "MIIabcdef0123456789"}, '{"error_code":"APIG.0301"}', id="token"),
    pytest.param({"Authorization": "Bearer abc"}, '{"error_code":"APIG.0301"}', id="bearer"),
    pytest.param({"Authorization": "Bearer abc"}, "SignatureDoesNotMatch", id="AWS, not signed"),
    pytest.param(
        {"Authorization": "bce-auth-v1/a/2026-11-20T00:00:00Z/1800/host/ab"},
        '{"code":"SignatureDoesNotMatch"}',
        id="another cloud in the words of AWS",
    ),
]


@pytest.mark.parametrize(("headers", "text"), OF_OTHERS)
def test_what_carries_no_such_signature_has_none_refused(
    headers: dict[str, str], text: str
) -> None:
    sent = exchange(
        "https://api.example.com/a", headers=headers, status=401, response_body=text.encode()
    )
    proven = {each.rule for each in diagnosed(sent).findings if each.certainty == Certainty.PROVEN}
    assert not {each for each in proven if each.startswith("signature/s")}


def test_what_is_looked_for_first_is_in_every_text_of_a_server() -> None:
    texts = [text for words in _WORDS for text in words.said]
    assert [text for text in texts if not any(mark in text for mark in MARKS)] == []
