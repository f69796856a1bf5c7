"""Which Digest credentials are judged, whose they are, and what they say was hashed."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.detectors.diagnosed import refused
from tests.unit.detectors.digests import RIGHT, header
from tests.unit.detectors.keyed import HOST, configured

from why401.case import Case
from why401.credentials.digest_hash import user_hash
from why401.detectors.digest_claim import (
    MAX_URI,
    claimed_parts,
    is_for,
    is_stale,
    is_user,
    sent_digest,
)
from why401.keys import BasicAccount

SENT = header(RIGHT, RIGHT.response())


def account(host: str = HOST, username: str = "alice") -> BasicAccount:
    entry = {"host": host, "username": username, "password": RIGHT.password}
    return configured(basic=[entry]).basic[0]


def case_of(authorization: str | None = SENT, **parts: Any) -> Case:
    parts.setdefault("url", f"https://{HOST}/orders?page=2")
    return Case(refused(authorization, **parts))


JUDGED = [
    pytest.param(case_of(), True, id="Authorization after 401"),
    pytest.param(case_of(None, headers={"Proxy-Authorization": SENT}), False, id="proxy's, 401"),
    pytest.param(
        case_of(None, headers={"Proxy-Authorization": SENT}, status=407), True, id="proxy's, 407"
    ),
    pytest.param(case_of(status=407), False, id="the server's, 407"),
    pytest.param(case_of("Bearer abcdefgh"), False, id="another scheme"),
    pytest.param(case_of(header(RIGHT, "[redacted:signature:0badcafe]")), False, id="masked"),
    pytest.param(case_of(None), False, id="none"),
]


@pytest.mark.parametrize(("case", "is_judged"), JUDGED)
def test_the_answer_is_about_one_of_the_fields(case: Case, is_judged: bool) -> None:
    assert (sent_digest(case) is not None) is is_judged


STALE = [
    pytest.param('Digest realm="r", nonce="n", stale=true', True, id="true"),
    pytest.param('Digest realm="r", nonce="n", stale="TRUE"', True, id="quoted, in capitals"),
    pytest.param('Digest realm="r", nonce="n", stale=false', False, id="false"),
    pytest.param('Digest realm="r", nonce="n"', False, id="not said"),
    pytest.param('Bearer realm="r", stale=true', False, id="of another scheme"),
]


@pytest.mark.parametrize(("challenge", "expected"), STALE)
def test_stale_is_said_by_the_digest_challenge(challenge: str, expected: bool) -> None:
    assert is_stale(case_of(challenge=challenge)) is expected


HOSTS = [
    pytest.param(HOST, True, id="same"),
    pytest.param(HOST.upper(), True, id="in capitals"),
    pytest.param("*.example.com", True, id="pattern"),
    pytest.param("*", True, id="any"),
    pytest.param("other.example.com", False, id="another"),
]


@pytest.mark.parametrize(("host", "expected"), HOSTS)
def test_an_account_is_for_its_host(host: str, expected: bool) -> None:
    assert is_for(account(host), case_of()) is expected


def hashed(name: str) -> str:
    return header(replace(RIGHT, user=name), "00", userhash="true")


USERS = [
    pytest.param(SENT, "alice", True, id="in clear"),
    pytest.param(SENT, "bob", False, id="another"),
    pytest.param(hashed(user_hash("SHA-256", "alice", "Archive") or ""), "alice", True, id="hash"),
    pytest.param(hashed(user_hash("MD5", "alice", "Archive") or ""), "alice", False, id="MD5"),
]


@pytest.mark.parametrize(("authorization", "username", "expected"), USERS)
def test_a_user_is_known_by_name_or_hash(authorization: str, username: str, expected: bool) -> None:
    found = sent_digest(case_of(authorization))
    assert found is not None
    assert is_user(account(username=username), found[1]) is expected


def test_the_claim_has_the_configured_password_and_what_was_sent() -> None:
    case = case_of(body=b"x=1")
    found = sent_digest(case)
    assert found is not None
    parts = claimed_parts(case, found[1], account())
    assert parts is not None
    assert (parts.user, parts.password, parts.body) == ("alice", RIGHT.password, b"x=1")
    assert parts.response() == RIGHT.response()


NO_CLAIM = [
    pytest.param('Digest username="alice", realm="r", nonce="n", response="0"', id="no uri"),
    pytest.param('Digest username="alice", realm="r", uri="/", response="0"', id="no nonce"),
    pytest.param('Digest username="alice", nonce="n", uri="/", response="0"', id="no realm"),
    pytest.param(SENT.replace("SHA-256", "CRC-32"), id="unknown algorithm"),
    pytest.param(SENT.replace("/orders", "/" + "a" * MAX_URI), id="too long"),
]


@pytest.mark.parametrize("authorization", NO_CLAIM)
def test_where_a_part_is_missing_nothing_is_claimed(authorization: str) -> None:
    case = case_of(authorization)
    found = sent_digest(case)
    assert found is None or claimed_parts(case, found[1], account()) is None
