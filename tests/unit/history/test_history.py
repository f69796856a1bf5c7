"""The memory as a whole: bounded, without secrets, and not confused by many clients at once."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.any_exchange import exchanges
from tests.traffic import BEARER, Traffic, bearer, diagnoser, tell

from why401.case import Case
from why401.diagnose import HEALTHY
from why401.history import History
from why401.model import Body, Certainty, Exchange

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
        return [
            msgspec.structs.replace(exchange, id=f"{self.number}.{index}")
            for index, exchange in enumerate(exchanges)
        ]

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


def test_a_refusal_under_200_is_no_success() -> None:
    by, traffic = diagnoser(), Traffic()
    url = "GET https://shop.example.com/orders"
    for answer, worked in (({"code": 401, "msg": "登录已过期"}, False), ({"items": []}, True)):
        exchange = traffic(url, 200, sent=bearer("opaque-token-1"), answer=answer)
        by.diagnose(exchange)
        key = by.history.key(Case(exchange))
        assert (by.history.requests.last_success(key) is not None) is worked


def test_memory_is_bounded() -> None:
    """By then all is full but the refusals; 200,000 exchanges came to 5.8 MB when this was
    written."""
    history = History()
    for exchange in _busy(9_000):
        _learn(history, exchange)
    assert sum(sys.getsizeof(item) for item in _reachable(history)) <= 10_000_000


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
    """Return every text that can be reached from `root`."""
    found = []
    for item in _reachable(root):
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, bytes):
            found.append(item.decode("latin-1"))
    return found


def _reachable(root: object) -> Iterator[object]:
    """Yield every object that can be reached from `root`, classes and functions left out."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type) or callable(item):
            continue
        seen.add(id(item))
        yield item
        waiting.extend(gc.get_referents(item))


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


class _Honest:
    """A client that makes no mistake that history could know of: its tokens are its newest, its
    cookies go along, and what is refused is refused for reasons of the server."""

    def __init__(self, number: int, chooser: random.Random) -> None:
        agent = chooser.choice(["Mozilla/5.0", "python-requests/2.32", "curl/8.5"])
        address = f"10.0.{number % 20}.1:{chooser.randrange(60_000)}"
        self.traffic = Traffic(agent=agent, address=address)
        self.number, self.chooser, self.steps = number, chooser, 0
        self.access = self.refresh = self.cookie = ""

    def step(self) -> Exchange:
        self.steps += 1
        name = f"{self.number}.{self.steps}"
        return msgspec.structs.replace(self._exchange(name, self.chooser.random()), id=name)

    def _exchange(self, name: str, kind: float) -> Exchange:
        traffic, chooser, host = (
            self.traffic,
            self.chooser,
            f"https://api{self.number % 5}.example.com",
        )
        path = f"{host}/r/{chooser.randrange(9)}"
        after_s = chooser.expovariate(0.05)
        if not self.access or kind < 0.2:
            form = {"grant_type": "password"}
            if self.refresh:
                form = {"grant_type": "refresh_token", "refresh_token": self.refresh}
            self.access, self.refresh = f"access-of-{name}", f"refresh-of-{name}"
            answer = {"access_token": self.access, "refresh_token": self.refresh}
            return traffic(f"POST {host}/token", form=form, answer=answer, after_s=after_s)
        if kind < 0.5:
            return traffic(f"GET {path}", sent=bearer(self.access), after_s=after_s)
        if kind < 0.6:
            status, got = chooser.choice([401, 403]), chooser.choice([{}, BEARER])
            answer = chooser.choice(["", {"error": "access denied"}])
            sent = bearer(self.access)
            return traffic(
                f"GET {path}", status, sent=sent, got=got, answer=answer, after_s=after_s
            )
        if kind < 0.7 or not self.cookie:
            self.cookie = f"value-of-{name}"
            got = {"Set-Cookie": f"session={self.cookie}; Path=/; HttpOnly"}
            form = {"username": "a", "password": "b"}
            return traffic(f"POST {host}/login", form=form, got=got, after_s=after_s)
        if kind < 0.85:
            sent = {"Cookie": f"session={self.cookie}"}
            return traffic(f"GET {host}/me", chooser.choice([200, 403]), sent=sent, after_s=after_s)
        got = {"Location": path}
        return traffic(f"GET {host}/go", 302, sent=bearer(self.access), got=got, after_s=after_s)


def test_no_mistake_is_proven_where_there_is_none() -> None:
    chooser = random.Random(11)
    clients = [_Honest(number, chooser) for number in range(50)]
    told = tell([chooser.choice(clients).step() for _ in range(3000)])
    wrong = [
        (key, verdict)
        for key, verdict in told.verdicts().items()
        if verdict.startswith(("session/", "oauth/", "cookie/", "transport/"))
        and told.diagnoses[key].certainty is Certainty.PROVEN
        and not verdict.startswith(("session/retry-loop", "session/refreshed-ok"))
    ]
    assert wrong == []


STATUSES = st.sampled_from([200, 302, 400, 401, 403, 407, 419, 431])
TARGETS = st.sampled_from([b"/a", b"/a?code=1&state=2", b"/login", b"/oauth/token", b"/logout"])
ANSWERS = st.sampled_from(
    [b"", b'{"access_token":"abcdefghijk","refresh_token":"zz"}', b'{"error":"invalid_grant"}']
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(exchanges(), STATUSES, TARGETS, ANSWERS), min_size=2, max_size=6))
def test_no_traffic_is_too_odd(items: list[tuple[Exchange, int, bytes, bytes]]) -> None:
    by = diagnoser()
    for number, (exchange, status, target, answer) in enumerate(items):
        request = msgspec.structs.replace(exchange.request, target=target)
        response = exchange.response and msgspec.structs.replace(
            exchange.response, status=status, body=Body(answer)
        )
        odd = msgspec.structs.replace(exchange, id=str(number), request=request, response=response)
        assert by.diagnose(odd).diagnosis.faults == ()


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


@pytest.mark.parametrize(
    ("path", "worked"),
    [
        pytest.param("/oauth/introspect", False, id="asked about"),
        pytest.param("/oauth/revoke", False, id="given back"),
        pytest.param("/graphql", True, id="shown"),
    ],
)
def test_a_token_that_is_asked_about_opens_nothing(path: str, worked: bool) -> None:
    form = {"token": "opaque-token-0123456789"}
    exchange = Traffic()(f"POST {API}{path}", form=form, answer={"active": False})
    history = History()
    history.learn(Case(exchange), HEALTHY)
    token = history.fingerprints.of(form["token"])
    assert (history.tokens.success(token) is not None) is worked
