"""What is said about what servers really answer: the right thing, no more than the evidence bears,
and nothing at all about healthy traffic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.exchanges import basic, exchange
from tests.stories.answered import (
    AGAINST_BYTES,
    API,
    BASIC,
    BEARER,
    DATE,
    GOOD,
    LIKELY,
    OLD,
    OPAQUE,
    POSSIBLE,
    PROVEN,
    WWW,
    auth,
)
from tests.stories.answered_by_weixin import OF_WEIXIN
from tests.stories.answered_well import HEALTHY

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Certainty, Diagnosis, Exchange
from why401.report.plain import worded
from why401.report.summary import summary

KNOWLEDGE = load_knowledge().knowledge


def diagnosed(*exchanges: Exchange) -> list[Diagnosis]:
    """Return what is said in the end about each of `exchanges`, revisions included."""
    diagnoser = Diagnoser(KNOWLEDGE, NO_KEYS, Masker(b"k" * 32))
    told: dict[str, Diagnosis] = {}
    for each in exchanges:
        outcome = diagnoser.diagnose(each)
        told[each.id] = outcome.diagnosis
        told |= dict(outcome.revised)
    assert not any(each.faults for each in told.values())
    return list(told.values())


@pytest.mark.parametrize(
    ("asked", "rule", "certainty"),
    [pytest.param(*rest, id=name) for name, *rest in AGAINST_BYTES + OF_WEIXIN],
)
def test_no_more_is_claimed_than_the_evidence_bears(
    asked: Exchange, rule: str | None, certainty: Certainty | None
) -> None:
    (diagnosis,) = diagnosed(asked)
    if certainty is not None:
        order = list(Certainty)
        assert order.index(diagnosis.certainty or POSSIBLE) >= order.index(certainty), diagnosis
    if certainty is PROVEN:
        assert diagnosis.certainty is PROVEN
    if rule is not None:
        assert (diagnosis.verdict or "").partition("#")[0] == rule
    told = json.dumps(worded(diagnosis, KNOWLEDGE), ensure_ascii=False)
    told += summary(diagnosis, KNOWLEDGE, "zh") + summary(diagnosis, KNOWLEDGE, "en")
    for secret in (GOOD, OLD, OPAQUE, "abcdefabcdef123456"):
        assert secret.rpartition(".")[2] not in told


@pytest.mark.parametrize("asked", [pytest.param(each, id=name) for name, each in HEALTHY])
def test_nothing_is_said_of_what_is_well(asked: Exchange) -> None:
    assert diagnosed(asked)[0].verdict is None


# -- sequences -----------------------------------------------------------------------------------


def story(*steps: tuple[int, Any, Any]) -> list[Exchange]:
    """Return the same call again and again: status, what was sent, what came with the answer."""
    return [
        exchange(API, headers=sent, status=status, response_headers=got or DATE, id=f"#{number}")
        for number, (status, sent, got) in enumerate(steps)
    ]


PROXY = {"Proxy-Authenticate": 'Basic realm="corp"'}
NONCE = {WWW: 'DPoP error="use_dpop_nonce"', "DPoP-Nonce": "n"}
STALE = {WWW: 'Digest realm="r", nonce="b", stale=true, qop="auth"'}
DIGEST = 'username="u", realm="r", nonce="{}", uri="/orders", qop=auth, nc=00000001, cnonce="c", '
DIGEST += 'response="6629fae49393a05397450978507c4ef1"'
REGISTRY = {
    WWW: 'Bearer realm="https://auth.e.com/token",service="e.com",scope="repository:a:pull"'
}
HANDSHAKES = [
    ("basic", story((401, {}, BASIC), (200, {"Authorization": basic("a:b")}, None))),
    ("proxy", story((407, {}, PROXY), (200, {"Proxy-Authorization": basic("a:b")}, None))),
    ("bearer", story((401, {}, REGISTRY), (200, auth(OPAQUE), None))),
    ("dpop nonce", story((401, auth(GOOD, "DPoP "), NONCE), (200, auth(GOOD, "DPoP "), None))),
    (
        "digest",
        story(
            (401, auth(DIGEST.format("a"), "Digest "), STALE),
            (200, auth(DIGEST.format("b"), "Digest "), None),
        ),
    ),
]


@pytest.mark.parametrize("steps", [pytest.param(each, id=name) for name, each in HANDSHAKES])
def test_a_handshake_that_succeeds_is_no_failure(steps: Sequence[Exchange]) -> None:
    assert [each.verdict for each in diagnosed(*steps)] == [None] * len(steps)


SPELT = [
    ("quoted", auth(f'"{GOOD}"')),
    ("no scheme", auth(GOOD, "")),
    ("colon", auth(GOOD, "Bearer: ")),
    ("doubled", auth(GOOD, "Bearer Bearer ")),
    ("no blank", auth(GOOD, "Bearer")),
    ("two blanks", auth(GOOD, "Bearer  ")),
    ("lower case", auth(GOOD, "bearer ")),
]


@pytest.mark.parametrize("sent", [pytest.param(each, id=name) for name, each in SPELT])
def test_only_a_difference_proves_what_it_does(sent: dict[str, str]) -> None:
    well = auth(GOOD)
    assert diagnosed(*story((401, sent, BEARER), (200, well, None)))[0].certainty is PROVEN
    assert diagnosed(*story((200, well, None), (401, sent, BEARER)))[1].certainty is PROVEN
    assert diagnosed(*story((401, sent, BEARER), (200, sent, None)))[0].certainty is not PROVEN
    assert diagnosed(*story((200, sent, None), (401, sent, BEARER)))[1].certainty is POSSIBLE


def test_a_login_page_is_not_where_a_credential_was_lost() -> None:
    api_call = exchange(
        API, headers=auth(OPAQUE), status=302, response_headers={"Location": "/login"}
    )
    page = exchange("https://api.example.com/login", status=401, response_headers=BEARER, id="#2")
    assert diagnosed(api_call, page)[1].verdict == "auth/missing#not-sent"


def test_a_cookie_kept_back_stands_before_what_follows_from_it() -> None:
    cookie = {"Set-Cookie": "sid=abcdefabcdef123456; Path=/api"}
    login = exchange("https://e.com/api/login", method="POST", status=200, response_headers=cookie)
    call = exchange("https://e.com/orders", status=401, json={"message": "not logged in"}, id="#2")
    told = diagnosed(login, call)[1]
    assert (told.verdict, told.certainty) == ("cookie/path#other-path", LIKELY)
