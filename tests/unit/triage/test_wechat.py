"""Answers of WeChat's platform that leave at once: none of them may hold a finding."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from tests.exchanges import exchange
from tests.traffic import diagnoser

from why401 import diagnose, triage
from why401.knowledge.cases import exchange_of
from why401.knowledge.load import rules_folder
from why401.knowledge.read import read_rule, rule_files
from why401.model import Exchange
from why401.triage.wechat import is_evidently_fine, sent_access_token

HOST = "api.weixin.qq.com"
JSON = ((b"Content-Type", b"application/json"),)
FINE = exchange(f"https://{HOST}/", json={"errcode": 0, "errmsg": "ok"}).response


@pytest.mark.parametrize(
    ("content", "is_fine"),
    [
        pytest.param(b'{"total":2}', True, id="no code"),
        pytest.param(b'{"errcode":0,"errmsg":"ok"}', True, id="zero"),
        pytest.param(b'{"errcode" : "0" ,"errmsg":"ok"}', True, id="zero as text"),
        pytest.param(b'{"errcode":0,"list":[{"errcode":0}]}', True, id="each is zero"),
        pytest.param(b'{"errcode":40001}', False, id="a code"),
        pytest.param(b'{"errcode":0,"list":[{"errcode":40003}]}', False, id="one of a batch"),
        pytest.param(b'{"errcode":00}', False, id="no number"),
        pytest.param(b'{"errcod\\u0065":1}', False, id="escaped name"),
        pytest.param(b'{"code":-41003}', False, id="a code of the sample library"),
        pytest.param(b'{"code":401,"msg":"token"}', False, id="an error of a backend"),
        pytest.param(b'{"access_token":"T"}', False, id="hands out a token"),
        pytest.param(b'{"session_key":"K"}', False, id="hands out a key"),
        pytest.param(b'{"a":"' + b"x" * 100_000 + b'","errcode":1}', False, id="code at the end"),
        pytest.param(b'{"a":"' + b"x" * 100_000 + b'"}', True, id="long and fine"),
        pytest.param(b'[{"errcode":1}]', False, id="no object"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(None, False, id="not kept"),
    ],
)
def test_body(content: bytes | None, *, is_fine: bool) -> None:
    assert is_evidently_fine(200, HOST, b"/x", JSON, content, b"") is is_fine


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"status": 500}, id="status"),
        pytest.param({"host": "api.mch.weixin.qq.com"}, id="WeChat Pay"),
        pytest.param({"host": "api.example.com"}, id="another server"),
        pytest.param({"target": b"/xpay/x?pay_sig=1"}, id="signed call"),
        pytest.param({"received": (*JSON, (b"Content-Encoding", b"gzip"))}, id="compressed"),
        pytest.param({"received": ((b"WWW-Authenticate", b"Bearer"),)}, id="challenge"),
        pytest.param({"sent_content": b'{"encryptedData":"x"}'}, id="encrypted data"),
    ],
)
def test_everything_else_is_judged(changed: dict[str, object]) -> None:
    asked: dict[str, object] = {
        "status": 200,
        "host": HOST,
        "target": b"/x",
        "received": JSON,
        "content": b'{"errcode":0}',
        "sent_content": b"",
    }
    assert is_evidently_fine(**asked)  # type: ignore[arg-type]
    assert not is_evidently_fine(**(asked | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "token"),
    [
        pytest.param(b"/a?access_token=T&x=1", b"T", id="first"),
        pytest.param(b"/a?x=1&access_token=T", b"T", id="later"),
        pytest.param(b"/a?component_access_token=T", b"T", id="component"),
        pytest.param(b"/a?my_access_token=T", None, id="another name"),
        pytest.param(b"/a?access_token=", None, id="empty"),
        pytest.param(b"/a", None, id="none"),
    ],
)
def test_sent_access_token(target: bytes, token: bytes | None) -> None:
    assert sent_access_token(target) == token


def _platform_exchanges() -> Iterator[tuple[str, Exchange]]:
    """Every exchange of the rules' own tests, sent to the platform; and as if that accepted it."""
    folder = rules_folder()
    for path in rule_files(folder):
        rule = read_rule(path, folder)
        for case in rule.tests:
            seen = exchange_of(case)
            moved = msgspec.structs.replace(seen.request, host=HOST)
            seen = msgspec.structs.replace(seen, request=moved)
            yield f"{rule.id}: {case.name}", seen
            yield f"{rule.id}: {case.name}, accepted", msgspec.structs.replace(seen, response=FINE)


def _is_passed_by(seen: Exchange) -> bool:
    request, response = seen.request, seen.response
    if response is None:
        return False
    content = response.body.data if response.body else None
    sent = request.body.data if request.body else None
    return is_evidently_fine(
        response.status, request.host, request.target, response.headers.fields, content, sent
    )


def test_what_is_passed_by_would_have_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [(name, seen) for name, seen in _platform_exchanges() if _is_passed_by(seen)]
    assert len(passed) >= 300
    monkeypatch.setattr(diagnose, "is_evidently_fine", lambda *_: False)
    flagged = {
        name: outcome.diagnosis.verdict
        for name, seen in passed
        if (outcome := diagnoser().diagnose(seen)).diagnosis.findings
    }
    assert not flagged


def test_a_token_that_was_seen_to_be_issued_is_learnt_from() -> None:
    by = diagnoser()
    token = {"access_token": "TOKEN_FOR_TESTS_1", "expires_in": 7200}
    by.diagnose(exchange(f"https://{HOST}/cgi-bin/token?appid=wx1&secret=S", json=token))
    used = (200, HOST, b"GET", b"/x?access_token=TOKEN_FOR_TESTS_1", JSON, b'{"errcode":0}', b"")
    other = (200, HOST, b"GET", b"/x?access_token=TOKEN_FOR_TESTS_2", JSON, b'{"errcode":0}', b"")
    assert by.look(*used) is triage.Look.LEARN
    assert by.look(*other) is triage.Look.NOTHING
