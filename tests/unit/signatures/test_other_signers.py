"""Signatures of clouds and shops recomputed: published examples, and what holds for every one."""

import json
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import knowledge, rules
from tests.unit.detectors.keyed import configured, diagnosed, status
from tests.unit.signatures.clouds import KEYS, MISMATCH

from why401.credentials.signed_headers import SignedHeaders
from why401.keys import Keys, Secret
from why401.model import Exchange
from why401.signatures import alipay, aliyun, canonical_signers, oauth1
from why401.signatures.engine import Match, Mistake
from why401.signatures.sent_request import SentRequest
from why401.signatures.virtual_payment import VirtualPayment

VECTORS: list[Any] = json.loads(Path("tests/vectors/other_signers.json").read_text())["vectors"]
# The timestamp of RFC 5849 is of 1974: what is said of that comes first.
JUDGED = [vector for vector in VECTORS if "5849" not in vector["name"]]


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
    pytest.param(alipay.MISTAKES, "alipay-mismatch", id="Alipay"),
]


@pytest.mark.parametrize(("mistakes", "name"), CAUSES)
def test_every_mistake_is_a_cause_with_words(mistakes: tuple[Mistake, ...], name: str) -> None:
    rule = knowledge().rule(f"signature/{name}")
    assert rule is not None
    named = {*(each.rule for each in mistakes), "not-this-key", "server-has-another"}
    assert named <= {cause.id for cause in rule.causes}


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


@given(st.text(max_size=200), st.text(max_size=100))
def test_nothing_on_the_wire_makes_it_fail(authorization: str, query: str) -> None:
    for scheme in ("AWS4-HMAC-SHA256", "TC3-HMAC-SHA256", "ACS3-HMAC-SHA256", "OSS", "OAuth"):
        sent = exchange(
            f"https://a.example/?{urllib.parse.quote(query)}&Signature=x&AccessKeyId=AKID",
            headers={"Authorization": f"{scheme} Credential=AKID/{authorization}"},
            status=403,
        )
        diagnosed(sent, KEYS)
