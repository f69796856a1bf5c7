"""The lives of tokens."""

from __future__ import annotations

from tests.traffic import Traffic, bearer

from why401.case import Case
from why401.history.requests import Worked
from why401.history.sighting import Fingerprints, sighting
from why401.history.tokens import MAX_RECORDS, MAX_SUCCESSES, Tokens
from why401.model import Exchange

TOKEN = "POST https://id.example.com/oauth/token"
FINGERPRINTS = Fingerprints(b"a key of the tests")


def learn(tokens: Tokens, exchange: Exchange) -> None:
    tokens.learn_issued(Case(exchange), sighting(exchange))


def issued(traffic: Traffic, access: str, sent: str | None = None) -> Exchange:
    form = {"grant_type": "refresh_token", "refresh_token": sent} if sent else {"grant_type": "x"}
    return traffic(
        TOKEN, form=form, answer={"access_token": access, "refresh_token": f"r-{access}"}
    )


def test_the_life_of_a_token_is_remembered_in_order() -> None:
    traffic, tokens = Traffic(), Tokens(FINGERPRINTS)
    learn(tokens, issued(traffic, "access-1"))
    first = FINGERPRINTS.of("access-1")
    used = traffic("GET https://api.example.com/", sent=bearer("access-1"))
    tokens.learn_use(first, sighting(used), is_refused=False)
    refused = traffic("GET https://api.example.com/", 401, sent=bearer("access-1"))
    tokens.learn_use(first, sighting(refused), is_refused=True)
    learn(tokens, issued(traffic, "access-2", "r-access-1"))
    events = tokens.timeline(first)
    assert [event.event for event in events] == ["issued", "used", "refused", "superseded"]
    assert {event.subject for event in events} == {f"[redacted:token:{first.hex()[:8]}]"}
    record = tokens.record(first)
    assert record is not None
    assert record.superseded_by == FINGERPRINTS.of("access-2")
    assert not record.is_retired
    successor = tokens.record(FINGERPRINTS.of("access-2"))
    assert successor is not None
    assert successor.predecessor == first


def test_a_refresh_token_is_traded_and_replaced() -> None:
    traffic, tokens = Traffic(), Tokens(FINGERPRINTS)
    learn(tokens, issued(traffic, "access-1"))
    learn(tokens, issued(traffic, "access-2", "r-access-1"))
    record = tokens.record(FINGERPRINTS.of("r-access-1"))
    assert record is not None
    assert [ok for _, ok in record.exchanged] == [True]
    assert record.superseded_by == FINGERPRINTS.of("r-access-2")


def test_a_new_login_replaces_nothing() -> None:
    traffic, tokens = Traffic(), Tokens(FINGERPRINTS)
    learn(tokens, issued(traffic, "access-1"))
    learn(tokens, issued(traffic, "access-2"))
    record = tokens.record(FINGERPRINTS.of("access-1"))
    assert record is not None
    assert record.superseded is None


def test_placeholders_of_a_capture_are_no_tokens() -> None:
    tokens = Tokens(FINGERPRINTS)
    learn(tokens, issued(Traffic(), "[redacted:token:0123abcd]"))
    assert tokens.record(FINGERPRINTS.of("[redacted:token:0123abcd]")) is None


def test_the_same_token_again_is_no_successor() -> None:
    traffic, tokens = Traffic(), Tokens(FINGERPRINTS)
    url = "GET https://api.weixin.qq.com/cgi-bin/token?appid=wx1"
    for _ in range(2):
        learn(tokens, traffic(url, answer={"access_token": "the-same-token"}))
    record = tokens.record(FINGERPRINTS.of("the-same-token"))
    assert record is not None
    assert record.superseded is None


def test_they_are_bounded() -> None:
    traffic, tokens = Traffic(), Tokens(FINGERPRINTS)
    for number in range(MAX_RECORDS):
        learn(tokens, issued(traffic, f"access-{number}", "one-and-the-same-refresh-token"))
    for number in range(MAX_SUCCESSES + 1):
        tokens.learn_success(b"%d" % number, Worked("#", "a.example", 1.0, None, ""))
    assert len(tokens._records) <= MAX_RECORDS
    assert len(tokens._successes) == MAX_SUCCESSES
    record = tokens.record(FINGERPRINTS.of("one-and-the-same-refresh-token"))
    assert record is None or len(record.exchanged) <= 5
