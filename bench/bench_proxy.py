"""Throughput through mitmdump, with why401 against without.

Three proxies run all the time: bare, bare again, and with why401. Each round measures all three
in random order, a short burst each, so that whatever else the machine does falls on all alike;
what the two bare ones differ by is the noise. The CPU time of the proxy per exchange stands beside
it: other work on the machine blurs that less.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.proxies import BARE, WITH_WHY401, Proxy, proxy
from bench.table import Figure, print_table, quartiles, spread

CONNECTIONS = 8
EXPIRED_S = 1_577_836_800


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of traffic. Each has a host name of its own: a proxy that remembers the refusals of
    one must not be slow for that on another."""

    name: str
    host: str
    path: str
    fields: str
    answer: bytes
    goal: float


@dataclass(slots=True)
class Bursts:
    """What one proxy took: seconds, and CPU seconds, per exchange, by round."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


EXPIRED = ".".join(
    (
        _part({"alg": "RS256", "typ": "JWT", "kid": "2024-01"}),
        _part({"iss": "https://id.example.com/", "sub": "alice", "aud": "shop", "exp": EXPIRED_S}),
        "A" * 342,
    )
)


def _answer(status: str, fields: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{fields}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


LOADS = (
    Load(
        "healthy, 200 B",
        "127.0.0.1",
        "/small",
        "",
        _answer("200 OK", "", b'{"order": "%s"}' % (b"x" * 187)),
        0.98,
    ),
    Load(
        "healthy, 10 KB",
        "127.0.0.1",
        "/large",
        "",
        _answer("200 OK", "", b'{"orders": "%s"}' % (b"x" * 10_200)),
        0.98,
    ),
    Load(
        "401, expired JWT",
        "localhost",
        "/refused",
        f"Authorization: Bearer {EXPIRED}\r\n",
        _answer(
            "401 Unauthorized",
            'WWW-Authenticate: Bearer realm="shop", error="invalid_token"\r\n',
            b'{"error": "invalid_token", "message": "The access token expired"}',
        ),
        0.93,
    ),
)


def main() -> None:
    quick = bool(os.environ.get("WHY401_BENCH_QUICK"))
    rounds, burst = (5, 200) if quick else (25, 400)
    with tempfile.TemporaryDirectory() as name, _three_proxies(Path(name)) as proxies:
        taken = asyncio.run(_measure(proxies, rounds, burst))
    for load in LOADS:
        print_table(
            f"proxy: {load.name} ({rounds} rounds of {burst} exchanges, interleaved)",
            list(_figures(load, taken[load.name])),
        )


@contextlib.contextmanager
def _three_proxies(folder: Path) -> Iterator[dict[str, Proxy]]:
    with (
        proxy(BARE, folder) as bare,
        proxy(BARE, folder) as again,
        proxy(WITH_WHY401, folder) as ours,
    ):
        proxies = {"bare": bare, "again": again, "why401": ours}
        if (os.cpu_count() or 1) > 1 and hasattr(os, "sched_setaffinity"):
            cores = sorted(os.sched_getaffinity(0))
            for running in proxies.values():
                running.pin(cores[-1])
            os.sched_setaffinity(0, set(cores[:-1]) or set(cores))
        yield proxies


async def _measure(
    proxies: dict[str, Proxy], rounds: int, burst: int
) -> dict[str, dict[str, Bursts]]:
    answers = {load.path.encode(): load.answer for load in LOADS}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(answers[head.split(b" ", 2)[1].partition(b"?")[0]])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    taken = {load.name: {name: Bursts() for name in proxies} for load in LOADS}
    clients = {
        (load.name, name): [await _Client.connect(running, load, port) for _ in range(CONNECTIONS)]
        for load in LOADS
        for name, running in proxies.items()
    }
    for number in range(-1, rounds):  # the first round warms up
        for load in random.sample(LOADS, len(LOADS)):
            for name in random.sample(list(proxies), len(proxies)):
                wall_s, cpu_s = await _burst(proxies[name], clients[load.name, name], burst)
                if number >= 0:
                    taken[load.name][name].wall_s.append(wall_s / burst)
                    taken[load.name][name].cpu_s.append(cpu_s / burst)
    for each in clients.values():
        for client in each:
            client.writer.close()
    server.close()
    return taken


async def _burst(running: Proxy, clients: list[_Client], count: int) -> tuple[float, float]:
    """Return the seconds, and the proxy's CPU seconds, that `count` exchanges took."""
    cpu_before, began = running.cpu_s(), time.perf_counter()
    await asyncio.gather(*(client.ask(count // len(clients)) for client in clients))
    wall_s, cpu_after = time.perf_counter() - began, running.cpu_s()
    known = cpu_before is not None and cpu_after is not None
    return wall_s, cpu_after - cpu_before if known else float("nan")


class _Client:
    """One connection through a proxy that stays open."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, load: Load, port: int
    ) -> None:
        self.reader, self.writer, self.load, self.port = reader, writer, load, port
        self.sent = 0

    @classmethod
    async def connect(cls, running: Proxy, load: Load, port: int) -> _Client:
        """Connect to the proxy for requests of one kind."""
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port, limit=1 << 20)
        return cls(reader, writer, load, port)

    async def ask(self, count: int) -> None:
        """Send `count` requests, one after the other; every target is new."""
        load, size = self.load, len(self.load.answer)
        for _ in range(count):
            self.sent += 1
            self.writer.write(
                f"GET http://{load.host}:{self.port}{load.path}?n={self.sent} HTTP/1.1\r\n"
                f"Host: {load.host}:{self.port}\r\nUser-Agent: bench\r\nAccept: */*\r\n"
                f"{load.fields}\r\n".encode()
            )
            answer = await self.reader.readexactly(size)
            if answer != load.answer:
                raise SystemExit(f"the proxy answers otherwise: {answer[:80]!r}")


def _figures(load: Load, taken: dict[str, Bursts]) -> Iterator[Figure]:
    bare, again, ours = taken["bare"], taken["again"], taken["why401"]
    ratios = _ratios(_means(bare.wall_s, again.wall_s), ours.wall_s)
    cpu = _ratios(_means(bare.cpu_s, again.cpu_s), ours.cpu_s)
    both = quartiles(bare.wall_s + again.wall_s)[1]
    more_us = [
        (mine - alone) * 1e6
        for alone, mine in zip(_means(bare.cpu_s, again.cpu_s), ours.cpu_s, strict=True)
    ]
    yield Figure("bare, exchanges/s", f"{1 / both:.0f}")
    yield Figure("bare/bare throughput (noise)", spread(_ratios(bare.wall_s, again.wall_s)))
    goal = f">= {load.goal}"
    yield Figure("why401/bare throughput", spread(ratios), goal, quartiles(ratios)[1] >= load.goal)
    if not math.isnan(cpu[0]):  # the system tells CPU times
        yield Figure("bare/bare by CPU time (noise)", spread(_ratios(bare.cpu_s, again.cpu_s)))
        yield Figure("why401/bare by CPU time", spread(cpu), goal, quartiles(cpu)[1] >= load.goal)
        yield Figure("more CPU per exchange, µs", spread(more_us, ".0f"))


def _means(first: list[float], second: list[float]) -> list[float]:
    return [(one + other) / 2 for one, other in zip(first, second, strict=True)]


def _ratios(reference: list[float], measured: list[float]) -> list[float]:
    """Return the throughput of `measured` over that of `reference`, by round."""
    return [one / other for one, other in zip(reference, measured, strict=True)]
