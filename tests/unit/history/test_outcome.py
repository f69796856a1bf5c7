"""What an answer means for the credential that was sent."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer

from why401.case import Case
from why401.diagnose import HEALTHY
from why401.history.outcome import is_mistake, is_probe, outcome_of, replica
from why401.model import Certainty, Diagnosis, Evidence, Finding

API = "https://api.example.com/a"
WECHAT = "https://api.weixin.qq.com/cgi-bin/user/get?access_token=T"
OUTCOMES = [
    pytest.param(API, 401, None, (True, False), id="refused"),
    pytest.param(API, 200, {"a": 1}, (False, True), id="accepted"),
    pytest.param(API, 404, None, (False, False), id="neither"),
    pytest.param(API, 200, {"code": 401, "msg": "token expired"}, (True, False), id="under 200"),
    pytest.param(WECHAT, 200, {"errcode": 40001, "errmsg": "x"}, (True, False), id="WeChat"),
    pytest.param(WECHAT, 200, {"errcode": 40003, "errmsg": "x"}, (False, False), id="another code"),
    pytest.param(WECHAT, 200, {"total": 1}, (False, True), id="WeChat accepts"),
]


@pytest.mark.parametrize(("url", "status", "answer", "outcome"), OUTCOMES)
def test_refused_or_accepted(
    url: str, status: int, answer: object, outcome: tuple[bool, bool]
) -> None:
    case = Case(Traffic()(f"GET {url}", status, answer=answer))
    assert outcome_of(case, HEALTHY) == outcome


STALE = {"WWW-Authenticate": 'Digest realm="a", nonce="b", stale=true'}
NTLM = {"Authorization": "NTLM TlRMTVNTUAABAAAA"}
PROBES = [
    pytest.param(401, {}, BEARER, None, True, id="no credential"),
    pytest.param(401, bearer("opaque-token-1"), BEARER, None, False, id="a credential"),
    pytest.param(407, bearer("opaque-token-1"), {}, None, True, id="none for the proxy"),
    pytest.param(401, bearer("opaque-token-1"), STALE, None, True, id="an old nonce"),
    pytest.param(401, NTLM, {}, None, True, id="several legs"),
    pytest.param(400, {}, {}, {"error": "use_dpop_nonce"}, True, id="a nonce asked for"),
    pytest.param(400, {}, {}, {"error": "invalid_grant"}, False, id="another error"),
]


@pytest.mark.parametrize(("status", "sent", "got", "answer", "expected"), PROBES)
def test_what_a_handshake_begins_with(
    status: int, sent: dict[str, str], got: dict[str, str], answer: object, expected: bool
) -> None:
    case = Case(Traffic()(f"POST {API}", status, sent=sent, got=got, answer=answer))
    assert is_probe(case) is expected


REPLICAS = [
    pytest.param({"X-Served-By": "web-2"}, "web-2", id="named"),
    pytest.param({"X-Pod": "p" * 100}, "p" * 60, id="cut"),
    pytest.param({"Server": "nginx"}, "", id="not named"),
]


@pytest.mark.parametrize(("got", "expected"), REPLICAS)
def test_which_instance_answered(got: dict[str, str], expected: str) -> None:
    assert replica(Case(Traffic()(f"GET {API}", 401, got=got))) == expected


MISTAKES = [
    pytest.param("auth/header-unread", True, id="under a name that nobody reads"),
    pytest.param("session/login-in-flight", True, id="before the login was answered"),
    pytest.param("auth/missing", False, id="none at all"),
]


@pytest.mark.parametrize(("rule", "expected"), MISTAKES)
def test_what_stays_a_mistake_when_it_is_put_right(rule: str, expected: bool) -> None:
    evidence = (Evidence("response.status", 401),)
    assert is_mistake(Diagnosis((Finding(rule, Certainty.PROVEN, evidence),))) is expected
    assert not is_mistake(HEALTHY)
