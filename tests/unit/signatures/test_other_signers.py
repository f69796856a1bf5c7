"""Signatures of clouds and shops recomputed: published examples, and one mistake at a time."""

import base64
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import finding, knowledge, rules
from tests.unit.detectors.keyed import configured, diagnosed, pem, rsa_key, status

from why401.credentials.signed_headers import SignedHeaders
from why401.keys import Keys, Secret
from why401.model import Exchange
from why401.signatures import alipay as alipay_signer
from why401.signatures import aliyun, canonical_signers, oauth1
from why401.signatures.engine import Match, Mistake
from why401.signatures.sent_request import SentRequest
from why401.signatures.virtual_payment import VirtualPayment

VECTORS: list[Any] = json.loads(Path("tests/vectors/other_signers.json").read_text())["vectors"]
# The timestamp of RFC 5849 is of 1974: what is said of that comes first.
JUDGED = [vector for vector in VECTORS if "5849" not in vector["name"]]
MISMATCH = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"


def refused(request: dict[str, Any], body: bytes = MISMATCH, code: int = 403) -> Exchange:
    sent = {**request, "body": request["body"].encode()}
    # Without a time, for the examples are of years long past.
    return exchange(sent.pop("url"), status=code, response_body=body, at_s=None, **sent)


def telling(*secrets: str) -> tuple[str, ...]:
    """Return those that stand in no sentence by chance: the secret of OSS's example is `sk`."""
    return tuple(secret for secret in secrets if len(secret) > 8)


def keys_of(vector: dict[str, Any], **changed: str) -> Keys:
    return configured(signing=[{"host": "*", **vector["key"], **changed}])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_published_examples_are_right(vector: dict[str, Any]) -> None:
    keys = keys_of(vector)
    secrets = telling(*tuple(vector["key"].values())[1:])
    diagnosis = diagnosed(refused(vector["request"], b""), keys, hide=secrets)
    assert status(diagnosis) == "valid"
    assert not [each for each in rules(diagnosis) if each.endswith("-mismatch")]


@pytest.mark.parametrize("vector", JUDGED, ids=lambda vector: vector["name"])
def test_a_right_signature_that_is_refused(vector: dict[str, Any]) -> None:
    diagnosis = diagnosed(refused(vector["request"]), keys_of(vector))
    found = next(each for each in diagnosis.findings if each.rule.endswith("-mismatch"))
    assert (found.causes[0].id, found.causes[0].certainty) == ("server-has-another", "likely")


@pytest.mark.parametrize("vector", JUDGED, ids=lambda vector: vector["name"])
def test_a_spoilt_secret_is_proven(vector: dict[str, Any]) -> None:
    """The published signature is what a client makes that reads the configured secret spoilt."""
    secret = vector["key"]["secret"]
    keys = keys_of(vector, secret=f"{secret} ")
    diagnosis = diagnosed(refused(vector["request"]), keys, hide=telling(secret))
    found = next(each for each in diagnosis.findings if each.rule.endswith("-mismatch"))
    assert (found.causes[0].id, found.causes[0].certainty) == ("secret-spoilt", "proven")
    assert status(diagnosis) == "mismatch"


@pytest.mark.parametrize("vector", JUDGED, ids=lambda vector: vector["name"])
def test_another_secret_is_likely(vector: dict[str, Any]) -> None:
    keys = keys_of(vector, secret="another-secret-altogether")
    diagnosis = diagnosed(refused(vector["request"]), keys)
    found = next(each for each in diagnosis.findings if each.rule.endswith("-mismatch"))
    assert (found.causes[0].id, found.causes[0].certainty) == ("not-this-key", "likely")


@pytest.mark.parametrize("vector", JUDGED, ids=lambda vector: vector["name"])
def test_without_the_key_the_one_needed_is_named(vector: dict[str, Any]) -> None:
    diagnosis = diagnosed(refused(vector["request"]), configured())
    (check,) = diagnosis.signatures
    assert (check.status, check.needs) == ("unverifiable", ("credentials.signing[0].secret",))
    other = configured(signing=[{"host": "*", "key_id": "another", "secret": "x"}])
    assert status(diagnosed(refused(vector["request"]), other)) == "unverifiable"


CAUSES: list[Any] = [
    pytest.param(canonical_signers.MISTAKES, "sigv4-mismatch", id="AWS"),
    pytest.param(canonical_signers.MISTAKES, "tc3-mismatch", id="TC3"),
    pytest.param(canonical_signers.MISTAKES, "aliyun-mismatch", id="ACS3"),
    pytest.param(aliyun.MISTAKES, "aliyun-mismatch", id="Alibaba"),
    pytest.param(oauth1.MISTAKES, "oauth1-mismatch", id="OAuth 1.0a"),
    pytest.param(alipay_signer.MISTAKES, "alipay-mismatch", id="Alipay"),
]


@pytest.mark.parametrize(("mistakes", "name"), CAUSES)
def test_every_mistake_is_a_cause_with_words(mistakes: tuple[Mistake, ...], name: str) -> None:
    rule = knowledge().rule(f"signature/{name}")
    assert rule is not None
    named = {*(each.rule for each in mistakes), "not-this-key", "server-has-another"}
    assert named <= {cause.id for cause in rule.causes}


# -- one mistake at a time -----------------------------------------------------------------------

SECRET = "a-secret-of-this-test"
KEYS = configured(
    signing=[{"host": "*", "key_id": "AKID", "secret": SECRET, "token_secret": "t-secret"}]
)
BODY = b'{"a": 1}'
DATE = "20261120T000000Z"


def hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sigv4(
    *,
    method: str = "POST",
    path: str = "/a%20b",
    signed_path: str = "/a%2520b",
    query: str = "b=2&a=1",
    signed_query: str = "a=1&b=2",
    host: str = "api.example.com",
    signed_body: bytes = BODY,
    scope: tuple[str, ...] = ("20261120", "eu-west-1", "execute-api", "aws4_request"),
    key_scope: tuple[str, ...] | None = None,
    content_type: str = "application/json",
) -> Exchange:
    """Return a request signed by the words of the specification, apart from the program's own."""
    lines = [
        method,
        signed_path,
        signed_query,
        f"content-type:{content_type}",
        f"host:{host}",
        f"x-amz-date:{DATE}",
        "",
        "content-type;host;x-amz-date",
        hashed(signed_body),
    ]
    text = "\n".join(["AWS4-HMAC-SHA256", DATE, "/".join(scope), hashed("\n".join(lines).encode())])
    key = b"AWS4" + SECRET.encode()
    for step in key_scope or scope:
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return exchange(
        f"https://api.example.com{path}?{query}",
        method="POST",
        headers={
            "Host": "api.example.com",
            "Content-Type": "application/json",
            "X-Amz-Date": DATE,
            "Authorization": f"AWS4-HMAC-SHA256 Credential=AKID/{'/'.join(scope)}, "
            f"SignedHeaders=content-type;host;x-amz-date, Signature={signature}",
        },
        body=BODY,
        status=403,
        response_body=MISMATCH,
    )


SIGV4: list[Any] = [
    pytest.param({"method": "GET"}, "method", id="method"),
    pytest.param({"signed_path": "/a%20b"}, "path-encoding", id="path encoded once"),
    pytest.param({"signed_query": "b=2&a=1"}, "query", id="unsorted"),
    pytest.param({"signed_query": ""}, "query", id="query left out"),
    pytest.param({"host": "api.example.com:443"}, "header-value", id="host with port"),
    pytest.param({"content_type": "application/json; charset=utf-8"}, "header-value", id="type"),
    pytest.param({"signed_body": b""}, "payload", id="empty body"),
    pytest.param(
        {"key_scope": ("20261120", "us-east-1", "execute-api", "aws4_request")},
        "scope",
        id="key of another region",
    ),
]


@pytest.mark.parametrize(("mistake", "cause"), SIGV4)
def test_a_mistake_of_sigv4_is_proven(mistake: dict[str, Any], cause: str) -> None:
    diagnosis = diagnosed(sigv4(**mistake), KEYS, hide=(SECRET,))
    assert diagnosis.verdict == f"signature/sigv4-mismatch#{cause}"
    assert (diagnosis.certainty, status(diagnosis)) == ("proven", "mismatch")


def test_sigv4_cured() -> None:
    assert status(diagnosed(sigv4(), KEYS)) == "valid"


S3 = ("20261120", "eu-west-1", "s3", "aws4_request")
DOTS: list[Any] = [
    pytest.param("/a/../b", "/b", {}, "valid", id="two dots"),
    pytest.param("/./a//b/", "/a/b/", {}, "valid", id="a dot and an empty segment"),
    pytest.param("/a/b/../..", "/", {}, "valid", id="up to the root"),
    pytest.param("/a//b", "/a//b", {}, "mismatch", id="left as it was"),
    pytest.param("/a//../b", "/a//../b", {"scope": S3}, "valid", id="S3 leaves it as it is"),
]


@pytest.mark.parametrize(("path", "signed", "more", "outcome"), DOTS)
def test_sigv4_signs_a_path_without_dots(
    path: str, signed: str, more: dict[str, Any], outcome: str
) -> None:
    made = sigv4(path=path, signed_path=signed, **more)
    assert status(diagnosed(made, KEYS)) == outcome


VOLCENGINE = ("20261120", "cn-north-1", "iam", "request")


def scheme_of_this_shape(
    scheme: str,
    *,
    path: str = "/a%20b",
    signed_path: str,
    query: str = "b=c+d&a=1",
    signed_query: str,
    key: bytes = SECRET.encode(),
    scope: tuple[str, ...] = (),
    date: str,
    named: str,
    answer: str,
) -> Exchange:
    """Return a request signed as Volcengine's and Huawei's documents say."""
    lines = ["POST", signed_path, signed_query, f"{date}:{DATE}", "", date, hashed(BODY)]
    head = [scheme, DATE, *(["/".join(scope)] if scope else [])]
    for step in scope:
        key = hmac.digest(key, step.encode(), "sha256")
    text = "\n".join([*head, hashed("\n".join(lines).encode())])
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return exchange(
        f"https://api.example.com{path}?{query}",
        method="POST",
        headers={
            date: DATE,
            "Authorization": f"{scheme} {named}={'/'.join(('AKID', *scope))}, "
            f"SignedHeaders={date}, Signature={signature}",
        },
        body=BODY,
        status=403,
        response_body=answer.encode(),
    )


def volcengine(**change: Any) -> Exchange:
    right: dict[str, Any] = {
        "signed_path": "/a%20b",
        "signed_query": "a=1&b=c%20d",
        "scope": VOLCENGINE,
        "date": "x-date",
        "named": "Credential",
        "answer": '{"ResponseMetadata":{"Error":{"Code":"SignatureDoesNotMatch"}}}',
    }
    return scheme_of_this_shape("HMAC-SHA256", **{**right, **change})


def huawei(**change: Any) -> Exchange:
    right: dict[str, Any] = {
        "signed_path": "/a%20b/",
        "query": "b=c%20d&a=1",
        "signed_query": "a=1&b=c%20d",
        "date": "x-sdk-date",
        "named": "Access",
        "answer": '{"error_code":"APIG.0301","error_msg":"verify aksk signature fail"}',
    }
    return scheme_of_this_shape("SDK-HMAC-SHA256", **{**right, **change})


RELATIVES: list[Any] = [
    pytest.param(volcengine(), "sigv4-mismatch", "server-has-another", id="Volcengine, right"),
    pytest.param(
        volcengine(key=f"{SECRET}\n".encode()), "sigv4-mismatch", "secret-spoilt", id="secret"
    ),
    pytest.param(volcengine(signed_query="b=c%20d&a=1"), "sigv4-mismatch", "query", id="query"),
    pytest.param(
        volcengine(signed_path="/a%2520b"), "sigv4-mismatch", "path-encoding", id="encoded twice"
    ),
    pytest.param(huawei(), "sdk-hmac-mismatch", "server-has-another", id="Huawei, right"),
    pytest.param(huawei(signed_path="/a%20b"), "sdk-hmac-mismatch", "path-encoding", id="no slash"),
    pytest.param(huawei(key=b"x"), "sdk-hmac-mismatch", "not-this-key", id="another key"),
]


@pytest.mark.parametrize(("made", "rule", "cause"), RELATIVES)
def test_volcengine_and_huawei(made: Exchange, rule: str, cause: str) -> None:
    diagnosis = diagnosed(made, KEYS, hide=(SECRET,))
    assert diagnosis.verdict == f"signature/{rule}#{cause}"
    is_found = cause not in ("server-has-another", "not-this-key")
    assert diagnosis.certainty == ("proven" if is_found else "likely")
    right = "valid" if cause == "server-has-another" else "mismatch"
    assert status(diagnosis) == right


def test_a_scheme_of_the_same_name_is_not_volcengines() -> None:
    made = exchange(
        "https://x.azconfig.io/kv",
        headers={
            "Authorization": "HMAC-SHA256 Credential=AKID&SignedHeaders=x-ms-date;host"
            f"&Signature={'A' * 43}="
        },
        status=401,
    )
    assert diagnosed(made, KEYS).signatures == ()


def oauth1_request(url: str, parameters: str, *, key: str = f"{SECRET}&t-secret") -> Exchange:
    text = f"GET&{urllib.parse.quote(url, safe='')}&{urllib.parse.quote(parameters, safe='')}"
    made = base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()
    return exchange(
        "https://api.example.com/a?b=c%20d",
        headers={
            "Authorization": 'OAuth oauth_consumer_key="AKID", oauth_nonce="n", '
            'oauth_signature_method="HMAC-SHA1", oauth_timestamp="1795132800", '
            f'oauth_token="t", oauth_signature="{urllib.parse.quote(made, safe="")}"'
        },
        status=401,
        json={"error": "signature_invalid"},
    )


URL = "https://api.example.com/a"
OWN = (
    "oauth_consumer_key=AKID&oauth_nonce=n&oauth_signature_method=HMAC-SHA1"
    "&oauth_timestamp=1795132800&oauth_token=t"
)
OAUTH1: list[Any] = [
    pytest.param(URL, f"b=c%2520d&{OWN}", {}, "parameters", id="encoded twice"),
    pytest.param(URL, OWN, {}, "parameters", id="query left out"),
    pytest.param("http://api.example.com/a", f"b=c%20d&{OWN}", {}, "url", id="http"),
    pytest.param(f"{URL}/", f"b=c%20d&{OWN}", {}, "url", id="slash"),
    pytest.param(
        URL, f"b=c%20d&{OWN}", {"key": f"{SECRET}&"}, "token-secret", id="no token secret"
    ),
]


@pytest.mark.parametrize(("url", "parameters", "more", "cause"), OAUTH1)
def test_a_mistake_of_oauth1_is_proven(
    url: str, parameters: str, more: dict[str, str], cause: str
) -> None:
    diagnosis = diagnosed(oauth1_request(url, parameters, **more), KEYS, hide=(SECRET, "t-secret"))
    assert diagnosis.verdict == f"signature/oauth1-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_oauth1_cured() -> None:
    assert status(diagnosed(oauth1_request(URL, f"b=c%20d&{OWN}"), KEYS)) == "valid"


def rpc(text: str, secret: str = f"{SECRET}&") -> Exchange:
    made = base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
    query = {"AccessKeyId": "AKID", "SignatureMethod": "HMAC-SHA1", "Action": "A b"}
    sent = urllib.parse.urlencode({**query, "Signature": made}, quote_via=urllib.parse.quote)
    return exchange(
        f"https://ecs.aliyuncs.com/?{sent}",
        status=400,
        json={"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched"},
    )


RIGHT_RPC = "GET&%2F&AccessKeyId%3DAKID%26Action%3DA%2520b%26SignatureMethod%3DHMAC-SHA1"
RPC: list[Any] = [
    pytest.param(RIGHT_RPC, SECRET, "secret-spoilt", id="no ampersand behind the key"),
    pytest.param(
        "GET&%2F&AccessKeyId%3DAKID%26SignatureMethod%3DHMAC-SHA1%26Action%3DA%2520b",
        f"{SECRET}&",
        "text",
        id="unsorted",
    ),
    pytest.param(RIGHT_RPC.replace("GET", "POST"), f"{SECRET}&", "method", id="method"),
]


@pytest.mark.parametrize(("text", "secret", "cause"), RPC)
def test_a_mistake_of_alibaba_is_proven(text: str, secret: str, cause: str) -> None:
    diagnosis = diagnosed(rpc(text, secret), KEYS, hide=(SECRET,))
    assert diagnosis.verdict == f"signature/aliyun-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_alibaba_cured() -> None:
    assert status(diagnosed(rpc(RIGHT_RPC), KEYS)) == "valid"


# -- Alipay --------------------------------------------------------------------------------------

ALIPAY = configured(
    signing=[{"host": "openapi.alipay.com", "key_id": "2014", "public_key": pem(rsa_key())}]
)
CALL = {
    "app_id": "2014",
    "biz_content": '{"out_trade_no":"1"}',
    "charset": "utf-8",
    "method": "alipay.trade.query",
    "sign_type": "RSA2",
    "version": "1.0",
}


def joined(pairs: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs.items())).encode()


def alipay(text: bytes, key: Any = None, algorithm: Any = None) -> Exchange:
    key = key or rsa_key()
    made = key.sign(text, padding.PKCS1v15(), algorithm or hashes.SHA256())
    form = urllib.parse.urlencode({**CALL, "sign": base64.b64encode(made).decode()})
    return exchange(
        "https://openapi.alipay.com/gateway.do",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
        body=form.encode(),
        json={"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}},
    )


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in CALL.items() if key != name}


ALIPAY_MISTAKES: list[Any] = [
    pytest.param(lambda: alipay(joined(without("sign_type"))), "text", id="no sign_type"),
    pytest.param(lambda: alipay(joined(CALL), algorithm=hashes.SHA1()), "sign-type", id="SHA-1"),
    pytest.param(lambda: alipay(joined(CALL), rsa_key("other")), "key-pair", id="another key"),
]


@pytest.mark.parametrize(("made", "cause"), ALIPAY_MISTAKES)
def test_a_mistake_of_alipay_is_proven(made: Callable[[], Exchange], cause: str) -> None:
    diagnosis = diagnosed(made(), ALIPAY)
    assert diagnosis.verdict == f"signature/alipay-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_of_two_keys_the_one_that_signed_is_judged() -> None:
    both = configured(
        signing=[
            {"host": "openapi.alipay.com", "public_key": pem(key)}
            for key in (rsa_key("other"), rsa_key())
        ]
    )
    diagnosis = diagnosed(alipay(b"a text that nobody knows"), both)
    found = finding(diagnosis, "signature/alipay-mismatch")
    assert found.causes[0].id == "not-this-key"
    assert diagnosis.certainty == "likely"


def test_a_damaged_signature_is_not_that_of_another_key() -> None:
    class Cutting:
        def sign(self, *given: Any) -> bytes:
            return rsa_key().sign(*given)[:-1]

    found = finding(diagnosed(alipay(joined(CALL), Cutting()), ALIPAY), "signature/alipay-mismatch")
    assert found.causes[0].id == "not-this-key"


def test_nothing_that_judges_shows_a_secret() -> None:
    request = SentRequest("GET", "https", "a.example", "/", (), (), b"")
    signed = SignedHeaders("AWS4", "request.header.x", "AKID", (), (), None, None, 300)
    claims = (
        canonical_signers.CanonicalClaim("AWS4", request, signed, "hidden", ""),
        aliyun.AliyunClaim("rpc", request, "", "hidden"),
        oauth1.Oauth1Claim(
            request, (("oauth_signature", "hidden"),), "PLAINTEXT", "hidden", "hidden", "hidden"
        ),
        VirtualPayment("/xpay/x", "/xpay/x", "", Secret("k", "hidden"), (("rule", b"hidden"),)),
        Match(("text",), ("hidden",)),
    )
    assert "hidden" not in repr(claims)


def test_alipay_cured() -> None:
    diagnosis = diagnosed(alipay(joined(CALL)), ALIPAY)
    assert status(diagnosis) == "valid"
    found = finding(diagnosis, "signature/alipay-mismatch")
    assert found.causes[0].id == "server-has-another"


@given(st.text(max_size=200), st.text(max_size=100))
def test_nothing_on_the_wire_makes_it_fail(authorization: str, query: str) -> None:
    for scheme in ("AWS4-HMAC-SHA256", "TC3-HMAC-SHA256", "ACS3-HMAC-SHA256", "OSS", "OAuth"):
        sent = exchange(
            f"https://a.example/?{urllib.parse.quote(query)}&Signature=x&AccessKeyId=AKID",
            headers={"Authorization": f"{scheme} Credential=AKID/{authorization}"},
            status=403,
        )
        diagnosed(sent, KEYS)
