"""The canonical request and the string to sign, as AWS prints them; mistakes of its relatives."""

import hashlib
import hmac
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.keyed import diagnosed, status
from tests.unit.signatures.clouds import KEYS, MISMATCH, SECRET

from why401.credentials.signed_headers import SignedHeaders
from why401.model import Exchange
from why401.signatures.canonical_signers import (
    MISTAKES,
    CanonicalClaim,
    canonical_path,
    canonical_request,
    string_to_sign,
)
from why401.signatures.sent_request import SentRequest, decoded_pairs

SIGNED = SignedHeaders(
    "AWS4",
    "request.header.authorization",
    "AKIDEXAMPLE",
    ("20150830", "us-east-1", "iam", "aws4_request"),
    ("content-type", "host", "x-amz-date"),
    "20150830T123600Z",
    None,
    900.0,
)
HEADERS = (
    ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
    ("host", "iam.amazonaws.com"),
    ("x-amz-date", "20150830T123600Z"),
)


def claim(path: str = "/", service: str = "iam", style: str = "AWS4") -> CanonicalClaim:
    query = decoded_pairs("Version=2010-05-08&Action=ListUsers")
    sent = SentRequest("GET", "https", "iam.amazonaws.com", path, query, HEADERS, b"")
    scope = (*SIGNED.scope[:2], service, SIGNED.scope[3])
    signed = SignedHeaders(
        style, SIGNED.where, SIGNED.key_id, scope, SIGNED.headers, SIGNED.date, None, 900.0
    )
    return CanonicalClaim(style, sent, signed, "secret", "")


def test_canonical_request_of_the_documentation() -> None:
    text = canonical_request(claim().parts)
    hashed = hashlib.sha256(text.encode()).hexdigest()
    assert hashed == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    assert string_to_sign("AWS4", claim().parts).split("\n") == [
        "AWS4-HMAC-SHA256",
        "20150830T123600Z",
        "20150830/us-east-1/iam/aws4_request",
        hashed,
    ]


@pytest.mark.parametrize(
    ("service", "style", "path"),
    [
        ("iam", "AWS4", "/a%2520b"),
        ("s3", "AWS4", "/a%20b"),
        ("cvm", "TC3", "/"),
        ("ecs", "ACS3", "/a%20b"),
    ],
)
def test_each_service_writes_the_path_its_own_way(service: str, style: str, path: str) -> None:
    assert canonical_path(claim("/a%20b", service, style)) == path


def test_variants_are_few() -> None:
    made = claim("/a/b")
    tried = [list(each.variants(made, made.parts[each.part])) for each in MISTAKES]
    assert sum(map(len, tried)) < 150


BODY = b'{"a": 1}'
DATE = "20261120T000000Z"


def hex_hash(data: bytes) -> str:
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
        hex_hash(signed_body),
    ]
    request_hash = hex_hash("\n".join(lines).encode())
    text = "\n".join(["AWS4-HMAC-SHA256", DATE, "/".join(scope), request_hash])
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
    lines = ["POST", signed_path, signed_query, f"{date}:{DATE}", "", date, hex_hash(BODY)]
    head = [scheme, DATE, *(["/".join(scope)] if scope else [])]
    for step in scope:
        key = hmac.digest(key, step.encode(), "sha256")
    text = "\n".join([*head, hex_hash("\n".join(lines).encode())])
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
