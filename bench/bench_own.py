"""Our own time per exchange: the addon's hook on real flows, in this process."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

from mitmproxy import http
from mitmproxy.test import taddons, tflow

from bench.bench_proxy import EXPIRED
from bench.table import Figure, print_table
from why401.proxy.addon import Why401

WEB_CHALLENGE = (b"WWW-Authenticate", b'Bearer realm="shop", error="invalid_token"')
JSON = (b"Content-Type", b"application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of exchange, and what it may cost."""

    name: str
    goal_us: float
    make: Callable[[int], http.HTTPFlow]
    flagged: bool = False


def _flow(
    number: int,
    answer: bytes,
    *,
    host: str = "healthy.example.com",
    path: str = "/orders",
    method: str = "GET",
    status: int = 200,
    sent: tuple[tuple[bytes, bytes], ...] = (),
    received: tuple[tuple[bytes, bytes], ...] = (JSON,),
    body: bytes = b"",
) -> http.HTTPFlow:
    now_s = time.time()
    fields = ((b"Host", host.encode()), (b"User-Agent", b"bench"), (b"Accept", b"*/*"), *sent)
    request = http.Request.make(method, f"https://{host}{path}?n={number}", body, fields)
    request.timestamp_start, request.timestamp_end = now_s, now_s
    length = (b"Content-Length", str(len(answer)).encode())
    response = http.Response.make(status, answer, (*received, length))
    response.timestamp_start, response.timestamp_end = now_s + 0.02, now_s + 0.03
    return tflow.tflow(req=request, resp=response)


def _refused(number: int) -> http.HTTPFlow:
    return _flow(
        number,
        b'{"error": "invalid_token", "message": "The access token expired"}',
        host="refused.example.com",
        path=f"/orders/{number}",  # one path would make a retry loop of it, a finding of its own
        status=401,
        sent=((b"Authorization", b"Bearer " + EXPIRED.encode()),),
        received=(JSON, WEB_CHALLENGE),
    )


KINDS = (
    Kind("healthy, 200 B", 6, lambda number: _flow(number, b'{"a": "%s"}' % (b"x" * 190))),
    Kind("healthy, 10 KB", 6, lambda number: _flow(number, b'{"a": "%s"}' % (b"x" * 10_200))),
    Kind("healthy, 1 MB", 50, lambda number: _flow(number, b'["%s"]' % (b"x" * 1_048_000))),
    Kind(
        "healthy, host with a 401 unanswered",
        6,
        lambda number: _flow(number, b'{"a": "b"}', host="refused.example.com", path="/other"),
    ),
    Kind(
        "healthy, WeChat host",
        6,
        lambda number: _flow(
            number,
            b'{"errcode": 0, "errmsg": "ok", "msgid": 200228332}',
            host="api.weixin.qq.com",
            path="/cgi-bin/message/template/send",
            method="POST",
            body=b'{"touser": "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "data": {}}',
        ),
    ),
    Kind(
        "WeChat login: a session_key to learn",
        150,
        lambda number: _flow(
            number,
            b'{"openid": "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "session_key": "c2Vzc2lvbi1rZXk="}',
            host="api.weixin.qq.com",
            path="/sns/jscode2session",
        ),
    ),
    Kind(
        "healthy, WeChat host, 1 MB",
        50,
        lambda number: _flow(
            number, b'{"a": "%s"}' % (b"x" * 1_048_000), host="api.weixin.qq.com", path="/x"
        ),
    ),
    Kind("401, expired JWT", 60, _refused, flagged=True),
    Kind(
        "401, no credentials",
        60,
        lambda number: _flow(
            number, b"", host="bare.example.com", status=401, received=(WEB_CHALLENGE,)
        ),
        flagged=True,
    ),
    Kind(
        "WeChat errcode 40001",
        60,
        lambda number: _flow(
            number,
            b'{"errcode": 40001, "errmsg": "invalid credential, access_token is invalid"}',
            host="api.weixin.qq.com",
            path="/cgi-bin/user/get",
        ),
        flagged=True,
    ),
    Kind(
        "401, 1 MB body",
        110,
        lambda number: _flow(
            number,
            b'{"a": "%s"}' % (b"x" * 1_048_000),
            host="large.example.com",
            status=401,
            sent=((b"Authorization", b"Bearer " + EXPIRED.encode()),),
            received=(JSON, WEB_CHALLENGE),
        ),
        flagged=True,
    ),
)


def main() -> None:
    count = 300 if os.environ.get("WHY401_BENCH_QUICK") else 1500
    asyncio.run(_measure(count))


async def _measure(count: int) -> None:
    addon = Why401()
    with taddons.context(addon):
        addon.response(_refused(0))  # now a refusal awaits its answer, and rules are loaded
        figures = [_figure(addon, kind, count) for kind in KINDS]
        figures.append(_memory(addon, 300))
    print_table(f"own time per exchange, µs: median, then 99th percentile ({count} each)", figures)


def _figure(addon: Why401, kind: Kind, count: int) -> Figure:
    # A flow is judged once, as in life; a megabyte each would not fit beside all others.
    count = min(count, 50) if len(kind.make(0).response.content) > 100_000 else count
    flows = [kind.make(number) for number in range(-20, count)]
    took_us = [_took_us(addon, flow) for flow in flows][20:]
    _check(kind, flows)
    middle, worst = statistics.median(took_us), sorted(took_us)[int(len(took_us) * 0.99)]
    goal = f"<= {kind.goal_us:.0f}"
    return Figure(kind.name, f"{middle:8.1f} {worst:9.1f}", goal, middle <= kind.goal_us)


def _took_us(addon: Why401, flow: http.HTTPFlow) -> float:
    began = time.perf_counter_ns()
    addon.response(flow)
    return (time.perf_counter_ns() - began) / 1000


def _check(kind: Kind, flows: list[http.HTTPFlow]) -> None:
    """Say so where what was measured is not what was meant."""
    flagged = sum("why401" in flow.metadata for flow in flows)
    if flagged != (len(flows) if kind.flagged else 0):
        print(f"  {kind.name}: {flagged} of {len(flows)} flows have a finding")
    faults = {
        fault for flow in flows for fault in (flow.metadata.get("why401") or {}).get("faults", ())
    }
    if faults:
        print(f"  {kind.name}: detectors failed: {', '.join(sorted(faults))}")


def _memory(addon: Why401, count: int) -> Figure:
    """Return what a diagnosed exchange holds in memory once it is judged, besides the flow. Before,
    history is filled to its bounds: what it remembers is not the flow's."""
    flows = [_refused(-1000 - number) for number in range(SATURATED + count)]
    tracemalloc.start()
    for flow in flows[:SATURATED]:
        addon.response(flow)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for flow in flows[SATURATED:]:
        addon.response(flow)
    gc.collect()
    kept_bytes = (tracemalloc.get_traced_memory()[0] - before) / count
    tracemalloc.stop()
    value = f"{kept_bytes / 1024:8.1f} KB"
    return Figure("memory kept by a 401", value, "<= 2 KB", kept_bytes <= 2048)


SATURATED = 1800
"""Refusals after which history forgets as many as it learns."""
