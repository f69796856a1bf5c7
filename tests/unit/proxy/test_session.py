"""One session of the proxy: rules that change under it, and searches beside the event loop."""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mitmproxy import flow as flows
from mitmproxy.http import Headers, HTTPFlow, Request, Response
from mitmproxy.test import taddons, tflow
from tests.exchanges import exchange
from tests.unit.knowledge.rule_text import SOUND
from tests.unit.signatures.example_keys import all_keys
from tests.unit.signatures.messages import BODY, JSAPI, five_lines, v3_request

from why401.config import Config
from why401.configuration import DEFAULTS, Configuration
from why401.knowledge import load
from why401.model import Exchange
from why401.proxy.metadata import METADATA
from why401.proxy.session import Session


class Updates:
    """Notes the flows that the page was told to show anew."""

    def __init__(self) -> None:
        self.flows: list[flows.Flow] = []

    def update(self, flows: Sequence[flows.Flow]) -> None:
        self.flows += flows


@pytest.fixture
def updates() -> Iterator[Updates]:
    updates = Updates()
    with taddons.context(updates):
        yield updates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine" / "shop"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def session(folder: Path, updates: Updates, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session that looks at the user's folder at each exchange."""
    monkeypatch.setattr(load, "LOOK_EVERY_S", 0.0)
    section = {"why401": {"rules": [str(folder.parent)]}}
    return Session(Configuration(msgspec.convert(section, Config), DEFAULTS.keys), "en")


def flow_of(exchange: Exchange) -> HTTPFlow:
    """Return `exchange` as mitmproxy would hold it."""
    sent, got = exchange.request, exchange.response
    assert got is not None
    flow = tflow.tflow(resp=True)
    body = sent.body.data if sent.body else b""
    flow.request = Request.make(sent.method, sent.url, body, Headers(sent.headers.fields))
    answer = got.body.data if got.body else b""
    flow.response = Response.make(got.status, answer, Headers(got.headers.fields))
    flow.request.timestamp_start = flow.request.timestamp_end = exchange.times.started or 0.0
    flow.response.timestamp_start = flow.response.timestamp_end = exchange.times.started or 0.0
    return flow


def withdrawn() -> HTTPFlow:
    """Return a refusal that only the user's own rule knows."""
    flow = tflow.tflow(resp=True)
    flow.request = Request.make("GET", "https://api.rules.test/orders", b"")
    flow.request.headers["X-Api-Key"] = "k1"
    flow.response = Response.make(401, b'{"code":"key_withdrawn"}')
    flow.response.headers["Content-Type"] = "application/json"
    return flow


def verdict(flow: HTTPFlow) -> str:
    return str(flow.metadata.get(METADATA, {}).get("verdict"))


def test_a_rule_written_while_the_proxy_runs_works_at_the_next_flow(
    session: Session, folder: Path
) -> None:
    before, after, without = withdrawn(), withdrawn(), withdrawn()
    session.response(before)
    (folder / "key-withdrawn.yaml").write_text(SOUND, encoding="utf-8")
    session.response(after)
    (folder / "key-withdrawn.yaml").unlink()
    session.response(without)
    assert verdict(after) == "shop/key-withdrawn#withdrawn"
    assert "shop/" not in verdict(before) + verdict(without)


def test_a_broken_rule_is_said_once_and_traffic_goes_on(
    session: Session, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "key-withdrawn.yaml").write_text(SOUND, encoding="utf-8")
    (folder / "other.yaml").write_text("id: [", encoding="utf-8")
    seen = [withdrawn() for _ in range(3)]
    with caplog.at_level(logging.WARNING):
        for flow in seen:
            session.response(flow)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "rule left out" in said[0]
    assert "other.yaml" in said[0]
    assert {verdict(flow) for flow in seen} == {"shop/key-withdrawn#withdrawn"}


def test_a_fault_that_is_made_again_is_said_again(
    session: Session, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rule = folder / "key-withdrawn.yaml"
    with caplog.at_level(logging.WARNING):
        for text in ("id: [", SOUND, "id: ["):
            rule.write_text(text, encoding="utf-8")
            session.response(withdrawn())
    assert len(caplog.records) == 2


def test_a_rule_of_the_same_id_replaces_ours_and_that_is_said(
    session: Session, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = SOUND.replace("shop/key-withdrawn", "auth/missing")
    (folder.parent / "auth").mkdir()
    (folder.parent / "auth" / "missing.yaml").write_text(own, encoding="utf-8")
    with caplog.at_level(logging.INFO):
        session.response(withdrawn())
    assert [record.getMessage() for record in caplog.records] == [
        "rule auth/missing is replaced by yours"
    ]


def test_a_deeper_search_shows_its_result_when_it_is_done(updates: Updates) -> None:
    spaced = json.dumps(json.loads(BODY), ensure_ascii=False)
    two_mistakes = five_lines(url=JSAPI[1:], body=spaced)

    async def searched() -> list[str]:
        session = Session(Configuration(Config(), all_keys()), "en")
        session.response(flow)
        seen = [verdict(flow)]
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*tasks)
        return [*seen, verdict(flow)]

    flow = flow_of(v3_request(two_mistakes))
    at_once, in_the_end = asyncio.run(searched())
    assert at_once.startswith("wechatpay/v3-sign-unexplained")
    assert in_the_end.startswith(("wechatpay/v3-url-no-slash", "wechatpay/v3-body-spaced"))
    assert updates.flows == [flow]


def test_a_deeper_search_that_finds_nothing_new_tells_nobody(updates: Updates) -> None:
    async def searched() -> None:
        session = Session(Configuration(Config(), all_keys()), "en")
        session.response(flow)
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*tasks)

    flow = flow_of(v3_request(five_lines(url=JSAPI[1:])))
    asyncio.run(searched())
    assert verdict(flow).startswith("wechatpay/v3-url-no-slash")
    assert updates.flows == []


def test_a_deeper_search_leaves_what_was_revised_since(updates: Updates) -> None:
    """The same Authorization, written with one space more, opens while the search goes on."""
    refused = flow_of(v3_request(five_lines(url=JSAPI[1:], body=json.dumps(json.loads(BODY)))))
    worked = flow_of(v3_request(five_lines(url=JSAPI[1:]), status=200))
    worked.client_conn = refused.client_conn
    sent = refused.request.headers["Authorization"]
    worked.request.headers["Authorization"] = sent.replace(" ", "  ", 1)

    async def searched() -> list[str]:
        session = Session(Configuration(Config(), all_keys()), "en")
        session.response(refused)
        session.response(worked)
        seen = [refused.comment]
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*tasks)
        return [*seen, refused.comment]

    revised, in_the_end = asyncio.run(searched())
    assert updates.flows == [refused]
    assert in_the_end == revised


def test_nothing_is_searched_where_the_right_message_was_signed(updates: Updates) -> None:
    async def left() -> set[Any]:
        session = Session(Configuration(Config(), all_keys()), "en")
        session.response(flow_of(v3_request()))
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(left()) == set()
    assert updates.flows == []


def test_a_diagnosis_stands_under_one_key_and_survives_a_flow_file(session: Session) -> None:
    flow = withdrawn()
    session.response(flow)
    copy = HTTPFlow.from_state(flow.get_state())
    assert isinstance(copy, HTTPFlow)
    assert set(copy.metadata) == {METADATA}
    assert verdict(copy) == verdict(flow) != "None"


def test_a_healthy_flow_is_told_by_its_credentials(session: Session) -> None:
    flow = tflow.tflow(resp=True)
    flow.request.headers["authorization"] = "Basic YWxpY2U6c2VjcmV0LXBhc3M="
    session.response(flow)
    told = session.told(flow, 100)
    assert METADATA not in flow.metadata
    assert "alice" in told
    assert "secret-pass" not in told


def test_a_digest_that_worked_is_remembered_from_live_traffic(session: Session) -> None:
    sent = (
        'Digest username="u", realm="r", nonce="n1", uri="/d", qop=auth, nc=00000001, cnonce="c",'
        f' response="{"0" * 32}"'
    )
    challenge = 'Digest realm="r", nonce="n1", qop="auth"'
    url = "https://api.example.com/d"
    session.response(flow_of(exchange(url, headers={"Authorization": sent}, id="a")))
    again = flow_of(
        exchange(
            url,
            headers={"Authorization": sent},
            status=401,
            response_headers={"WWW-Authenticate": challenge},
            id="b",
        )
    )
    session.response(again)
    assert "digest/nonce-reused" in str(again.metadata[METADATA])
