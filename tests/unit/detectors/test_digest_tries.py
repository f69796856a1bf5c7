"""The mistakes that are tried: none is the claim itself, each is tried once."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.detectors.diagnosed import refused
from tests.unit.detectors.digests import KEYS, RIGHT, header
from tests.unit.detectors.keyed import HOST, configured

from why401.case import Case
from why401.context import Context
from why401.credentials.digest_hash import DigestParts
from why401.detectors.digest_claim import sent_digest
from why401.detectors.digest_response import REPORTS
from why401.detectors.digest_tries import SentDigest, tries
from why401.history import History
from why401.masking import Masker


def sent(claim: DigestParts = RIGHT) -> SentDigest:
    url = f"https://{HOST}/orders?page=2"
    case = Case(refused(header(claim, "00"), url=url, challenge='Digest realm="New", nonce="n2"'))
    found = sent_digest(case)
    assert found is not None
    accounts = KEYS.basic[:2]
    context = Context(History(), configured(), Masker(b"k" * 32))
    return SentDigest(case, context, found[1], accounts, accounts[0], claim)


CLAIMS = [
    pytest.param(RIGHT, id="auth"),
    pytest.param(replace(RIGHT, qop="auth-int", body=b"x"), id="auth-int"),
    pytest.param(replace(RIGHT, qop=None, nc="", cnonce=""), id="RFC 2069"),
    pytest.param(replace(RIGHT, algorithm="MD5-sess"), id="session"),
    pytest.param(replace(RIGHT, method="POST", uri="/%E4%B8%AD?a b"), id="odd target"),
    pytest.param(replace(RIGHT, nc="zz"), id="nc that is no number"),
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_try_is_a_mistake_with_a_rule(claim: DigestParts) -> None:
    tried = list(tries(sent(claim)))
    assert claim not in [each.parts for each in tried]
    assert {each.rule for each in tried} <= set(REPORTS)
    assert len(tried) < 100


HASHED: list[Any] = [
    pytest.param({"method": "POST"}, "digest/method-mismatch", "other-method", id="method"),
    pytest.param({"uri": "/orders"}, "digest/uri-mismatch", "hashed-another", id="no query"),
    pytest.param({"realm": "New"}, "digest/realm-mismatch", "hashed-another", id="realm"),
    pytest.param({"nonce": "n2"}, "digest/nonce-mismatch", "hashed-another", id="nonce"),
    pytest.param({"qop": None}, "digest/variant-mismatch", "no-qop", id="RFC 2069"),
    pytest.param({"nc": "1"}, "digest/nc-format", "hashed-another", id="nc without zeros"),
    pytest.param({"user": '"alice"'}, "digest/variant-mismatch", "quotes", id="quotes"),
    pytest.param({"algorithm": "MD5"}, "digest/algorithm-mismatch", "hashed-another", id="MD5"),
    pytest.param({"password": ""}, "digest/wrong-password", "empty", id="no password"),
    pytest.param(
        {"password": "b0b's own"}, "digest/wrong-password", "of-another-account", id="another's"
    ),
    pytest.param({"user": "ALICE"}, "digest/wrong-password", "user-spelt-otherwise", id="capitals"),
]


@pytest.mark.parametrize(("hashed", "rule", "cause"), HASHED)
def test_what_a_client_hashed_instead_is_among_the_tries(
    hashed: dict[str, Any], rule: str, cause: str
) -> None:
    wanted = replace(RIGHT, **hashed)
    found = [(each.rule, each.cause) for each in tries(sent()) if each.parts == wanted]
    assert (rule, cause) in found


def test_no_password_is_shown_by_a_try() -> None:
    shown = str([each.shown for each in tries(sent())])
    assert not [each for each in KEYS.basic if each.password.value in shown]
