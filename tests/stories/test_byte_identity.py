"""Traffic passes byte for byte: with why401 in the proxy both ends receive exactly what they
receive without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from mitmproxy import http, io
from tests.corpus import exchanges
from tests.raw_exchange import RawExchange
from tests.raw_traffic import BARE, WITH_WHY401, RecordingServer, running_proxy, send_all

CORPUS = exchanges()
STREAMED_FROM = "80k"
"""Larger bodies pass mitmproxy in pieces. Only those with a length are that large here: the pieces
of others would be cut as they happen to arrive."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What came out at both ends, by the exchange's name, and what the proxy recorded."""

    requests: dict[str, list[bytes]]
    answers: dict[str, bytes]
    unknown: list[bytes]
    flows: list[http.HTTPFlow]
    log: str


def _pass_all(program: str, folder: Path) -> Passed:
    server = RecordingServer(CORPUS)
    recorded = folder / "recorded.mitm"
    options = ("-w", str(recorded), "--set", f"stream_large_bodies={STREAMED_FROM}")
    with server.serving(), running_proxy(program, server.port, folder, *options) as ports:
        answers = send_all(CORPUS, ports)
    with recorded.open("rb") as file:
        flows = [flow for flow in io.FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]
    log = (folder / "proxy.log").read_text("utf-8", "replace")
    return Passed(dict(server.requests), answers, server.unknown, flows, log)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Passed:
    return _pass_all(BARE, tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Passed:
    return _pass_all(WITH_WHY401, tmp_path_factory.mktemp("why401"))


@pytest.mark.parametrize("exchange", CORPUS, ids=lambda exchange: exchange.name)
def test_both_ends_receive_the_same_bytes(
    exchange: RawExchange, bare: Passed, diagnosed: Passed
) -> None:
    assert diagnosed.requests.get(exchange.name) == bare.requests.get(exchange.name)
    assert diagnosed.answers[exchange.name] == bare.answers[exchange.name]


def test_nothing_is_sent_that_no_client_sent(bare: Passed, diagnosed: Passed) -> None:
    assert (bare.unknown, diagnosed.unknown) == ([], [])


def test_the_corpus_gets_through(bare: Passed) -> None:
    """Else the comparison would be between two silences."""
    assert len(CORPUS) >= 200
    assert sum(exchange.name in bare.requests for exchange in CORPUS) > len(CORPUS) * 0.9
    assert [each.name for each in CORPUS if not (bare.answers[each.name] or each.client_ends)] == []


def test_refused_exchanges_were_diagnosed_on_the_way(bare: Passed, diagnosed: Passed) -> None:
    """Else the comparison would be between two bare proxies."""
    assert not any("why401" in flow.metadata for flow in bare.flows)
    refused = [flow for flow in diagnosed.flows if flow.response and _status(flow) == 401]
    assert len(refused) > 200
    assert [_case(flow) for flow in refused if "why401" not in flow.metadata] == []


def test_no_detector_failed(diagnosed: Passed) -> None:
    failed = {
        _case(flow): faults
        for flow in diagnosed.flows
        if (faults := flow.metadata.get("why401", {}).get("faults"))
    }
    assert failed == {}
    assert "Traceback" not in diagnosed.log


def _status(flow: http.HTTPFlow) -> int:
    return flow.response.status_code if flow.response else 0


def _case(flow: http.HTTPFlow) -> str:
    return flow.request.headers.get("x-case", flow.request.path)
