"""The canonical request and the string to sign, as AWS's documentation prints them."""

import hashlib

import pytest

from why401.credentials.signed_headers import SignedHeaders
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
