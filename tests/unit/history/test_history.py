"""The memory as a whole: bounded, without secrets, and not confused by many clients at once."""

from __future__ import annotations

import gc
import random
import tracemalloc
from typing import Any

from tests.traffic import BEARER, Traffic, bearer, diagnoser, tell

from why401.case import Case
from why401.diagnose import HEALTHY
from why401.history import History
from why401.model import Certainty, Exchange

API = "https://api.example.com"
WECHAT = "https://api.weixin.qq.com"
INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class _OneClient:
    """A client that refreshes its token twice; every third one goes on with the old token."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_stale = number % 3 == 0
        self.traffic = Traffic(agent=f"client/{number}", address=f"10.1.{number}.1:{5000 + number}")

    def story(self) -> list[Exchange]:
        access, refresh = f"access-{self.number}", f"refresh-{self.number}"
        used = f"{access}-1" if self.is_stale else f"{access}-2"
        status = 401 if self.is_stale else 200
        exchanges = [
            self.token(f"{access}-1", f"{refresh}-1", {"grant_type": "password"}),
            self.call(200, f"{access}-1"),
            self.call(401, f"{access}-1"),
            self.token(
                f"{access}-2",
                f"{refresh}-2",
                {"grant_type": "refresh_token", "refresh_token": f"{refresh}-1"},
            ),
            self.call(status, used),
        ]
        for index, exchange in enumerate(exchanges):
            object.__setattr__(exchange, "id", f"{self.number}.{index}")
        return exchanges

    def token(self, access: str, refresh: str, form: dict[str, str]) -> Exchange:
        answer = {"access_token": access, "refresh_token": refresh, "expires_in": 60}
        return self.traffic("POST https://id.example.com/token", form=form, answer=answer)

    def call(self, status: int, token: str) -> Exchange:
        got = INVALID if status == 401 else {}
        return self.traffic(f"GET {API}/orders", status, sent=bearer(token), got=got)


def test_fifty_clients_at_once_are_told_apart() -> None:
    clients = [_OneClient(number) for number in range(50)]
    stories = [client.story() for client in clients]
    chooser = random.Random(401)
    mixed: list[Exchange] = []
    waiting = [list(story) for story in stories]
    while any(waiting):
        mixed.append(chooser.choice([each for each in waiting if each]).pop(0))
    told = tell(mixed)
    for client in clients:
        last = told.diagnoses[f"{client.number}.4"]
        if client.is_stale:
            assert last.verdict == "session/stale-after-refresh#kept-old-token"
            assert last.certainty is Certainty.PROVEN
            assert f"{client.number}.3" in last.findings[0].related
        else:
            assert last.verdict is None
            assert told.diagnoses[f"{client.number}.2"].verdict == "session/refreshed-ok#refreshed"


def _busy(count: int) -> Any:
    """Yield exchanges of every kind that is remembered, with 20,000 tokens among them."""
    chooser, traffic = random.Random(7), Traffic()
    for number in range(count):
        token = f"token-{chooser.randrange(20_000)}-{'x' * 60}"
        other = f"token-{chooser.randrange(20_000)}-{'x' * 60}"
        who = {"address": f"10.0.{number % 60}.7:{number % 6000}", "agent": f"client/{number % 30}"}
        host = f"https://api{number % 50}.example.com"
        match number % 6:
            case 0:
                yield traffic(f"GET {host}/a/{number}", sent=bearer(token), **who)  # type: ignore[arg-type]
            case 1:
                yield traffic(f"GET {host}/a/{number}", 401, sent=bearer(token), got=BEARER, **who)  # type: ignore[arg-type]
            case 2:
                form = {"grant_type": "refresh_token", "refresh_token": token}
                answer = {"access_token": other, "refresh_token": token + "r", "expires_in": 60}
                yield traffic("POST https://id.example.com/t", form=form, answer=answer, **who)  # type: ignore[arg-type]
            case 3:
                cookies = [f"session{each}={number}; Path=/" for each in range(8)]
                got = {"Location": f"{host}/{number}", "Set-Cookie": cookies}
                yield traffic(f"GET {host}/start", 302, got=got, sent=bearer(token), **who)  # type: ignore[arg-type]
            case 4:
                query = f"response_type=code&client_id=a&state={number}&code_challenge={'c' * 43}"
                back = {"Location": f"{host}/cb?code=code-{number}&state={number}"}
                yield traffic(f"GET {host}/authorize?{query}", 302, got=back, **who)  # type: ignore[arg-type]
            case _:
                form = {"username": "a", "password": "b"}
                yield traffic(f"POST {host}/login/{number}", 401, form=form, **who)  # type: ignore[arg-type]


def _learn(history: History, exchange: Exchange) -> None:
    history.learn(Case(exchange), HEALTHY)


def test_memory_is_bounded() -> None:
    """Full by then of all but the tokens, of which at most 1500 are kept; 200,000 exchanges came to
    8 MB when this was written."""
    gc.collect()
    tracemalloc.start()
    try:
        history = History()
        before = tracemalloc.get_traced_memory()[0]
        for exchange in _busy(12_000):
            _learn(history, exchange)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert size <= 10_000_000


def test_no_secret_is_kept() -> None:
    traffic, by = Traffic(), diagnoser()
    secrets = ["access-secret-1", "refresh-secret-1", "cookie-secret-1", "code-secret-1", "pass-s"]
    form = {"grant_type": "password", "password": secrets[4], "username": "alice"}
    answer = {"access_token": secrets[0], "refresh_token": secrets[1]}
    for exchange in (
        traffic("POST https://id.example.com/token", form=form, answer=answer,
                got={"Set-Cookie": f"session={secrets[2]}; Path=/"}),
        traffic(f"GET {API}/orders?access_token={secrets[0]}", 401, sent=bearer(secrets[0])),
        traffic(f"GET {API}/a", 302, sent=bearer(secrets[0]),
                got={"Location": f"/cb?code={secrets[3]}&state=s"}),
        traffic(f"GET {API}/cb?code={secrets[3]}&state=s",
                sent={"Cookie": f"session={secrets[2]}"}),
        traffic(f"GET {API}/orders", sent=bearer(secrets[0])),
    ):  # fmt: skip
        by.diagnose(exchange)
    kept = _texts(by.history)
    assert len(kept) > 20
    assert not [text for text in kept for secret in secrets if secret in text]


def _texts(root: object) -> list[str]:
    """Return every text that can be reached from `root`, classes and modules left out."""
    seen: set[int] = set()
    found: list[str] = []
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type) or callable(item):
            continue
        seen.add(id(item))
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, bytes):
            found.append(item.decode("latin-1"))
        else:
            waiting.extend(gc.get_referents(item))
    return found


def test_a_written_wrong_credential_is_proven_by_the_success_that_follows() -> None:
    traffic = Traffic()
    url = f"GET {API}/orders"
    told = tell(
        [
            traffic(url, 401, sent={"Authorization": "Bearer  'opaque-token-1'"}, got=BEARER),
            traffic(url, sent=bearer("opaque-token-1")),
        ]
    )
    diagnosis = told.diagnoses["#1"]
    assert diagnosis.findings[0].rule.startswith("auth/")
    assert diagnosis.certainty is Certainty.PROVEN
    assert "#2" in diagnosis.findings[0].related


def test_a_credential_that_is_missing_where_one_worked_before() -> None:
    traffic = Traffic()
    url = f"GET {API}/orders"
    told = tell(
        [
            traffic(url, sent=bearer("opaque-token-1")),
            traffic(url, 401, answer={"message": "no"}),
        ]
    )
    assert told.diagnoses["#2"].findings[0].rule == "auth/missing"
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


def test_every_story_says_the_same_whatever_the_key() -> None:
    traffic = Traffic()
    exchanges = [
        traffic(
            f"GET {WECHAT}/cgi-bin/token?appid=wx1&secret=s", answer={"access_token": "first-t"}
        ),
        traffic(
            f"GET {WECHAT}/cgi-bin/token?appid=wx1&secret=s", answer={"access_token": "other-t"}
        ),
        traffic(
            f"GET {WECHAT}/cgi-bin/user/get?access_token=first-t",
            answer={"errcode": 40001, "errmsg": "invalid credential"},
        ),
    ]
    assert tell(exchanges).verdicts() == tell(exchanges).verdicts()
