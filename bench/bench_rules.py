"""What asking the rules costs per exchange, with 100, 1,000 and 10,000 of them, and what loading
the knowledge base costs with and without its cache."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from why401.case import Case
from why401.knowledge.base import Knowledge
from why401.knowledge.codes import code_table
from why401.knowledge.load import load_knowledge
from why401.knowledge.rule import Cause, Rule, Text
from why401.model import Body, Exchange, Headers, Request, Response

TEXT = Text("一", "one")
CAUSES = [Cause(id="one", zh="一", en="one", fix=TEXT)]


def rules(count: int) -> list[Rule]:
    """Return rules of the four kinds that people write, a quarter each."""
    kinds: list[Callable[[int], dict]] = [
        lambda n: {"error.family": "wechat", "error.code": str(40000 + n)},
        lambda n: {"response.status": 401, "response.said|contains": f"reason number {n:05} of it"},
        lambda n: {"request.host": f"api{n}.example.com", "response.status": [401, 403]},
        lambda n: {"response.header.x-error": f"E{n}", "response.json.code": n},
    ]
    return [
        Rule(id=f"bench/{n}", title=TEXT, causes=CAUSES, match=kinds[n % 4](n))
        for n in range(count)
    ]


def exchange(host: str, status: int, body: bytes) -> Exchange:
    """Return a refused call with the headers that such calls have."""
    request = Headers(
        ((b"Host", host.encode()), (b"User-Agent", b"curl/8"), (b"Authorization", b"Bearer abc"))
    )
    headers = Headers(
        (
            (b"Content-Type", b"application/json"),
            (b"Date", b"Fri, 20 Nov 2026 10:00:00 GMT"),
            (b"WWW-Authenticate", b'Bearer realm="api", error="invalid_token"'),
            (b"X-Request-Id", b"1234"),
        )
    )
    return Exchange(
        "x",
        Request("GET", "https", host, 443, b"/orders?page=1", request),
        Response(status, headers=headers, body=Body(body)),
    )


EXCHANGES = {
    "401, a reason that one rule knows": exchange(
        "shop.test", 401, b'{"error":"invalid","message":"Reason number 00041 of it"}'
    ),
    "401, a reason that none knows": exchange("shop.test", 401, b'{"error":"unheard of"}'),
    "WeChat, a code that one rule knows": exchange(
        "api.weixin.qq.com", 200, b'{"errcode":40004,"errmsg":"invalid"}'
    ),
    "401, 64 KB of text": exchange("shop.test", 401, b"some words of a long page " * 2500),
}


def microseconds(function: Callable[[], object], budget_s: float = 0.3) -> float:
    """Return the median time of `function` over at least `budget_s`."""
    function()
    samples = []
    end = time.perf_counter() + budget_s
    while time.perf_counter() < end or len(samples) < 5:
        begun = time.perf_counter()
        function()
        samples.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(samples)


def main() -> None:
    codes = code_table((), {})
    counts = (100, 1000, 10_000)
    bases = {count: Knowledge(rules(count), codes) for count in counts}
    print(f"{'µs per exchange (a new Case each time)':45}" + "".join(f"{n:>10,}" for n in counts))
    for name, subject in EXCHANGES.items():
        row = [
            microseconds(lambda base=bases[count], subject=subject: ask(base, subject))
            for count in counts
        ]
        print(f"{name:45}" + "".join(f"{value:10.1f}" for value in row))
    own = load_knowledge().knowledge
    row_own = [microseconds(lambda s=s: ask(own, s)) for s in EXCHANGES.values()]
    print(
        f"{'the rules that come with why401':45}" + "".join(f"{value:10.1f}" for value in row_own)
    )
    loading()


def ask(base: Knowledge, subject: Exchange) -> None:
    case = Case(subject)
    list(base.findings(case))
    base.answers(case)


def loading() -> None:
    """Print what loading costs: without a cache, then with it, the indexes built both times."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        times = []
        for _ in range(6):
            begun = time.perf_counter()
            knowledge = load_knowledge().knowledge
            ask(knowledge, EXCHANGES["401, a reason that none knows"])
            times.append((time.perf_counter() - begun) * 1e3)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.bin"))
    print(
        f"loading {len(knowledge.rules)} rules: {times[0]:.0f} ms without a cache,"
        f" {statistics.median(times[1:]):.1f} ms with it"
        f" ({size >> 10} KiB), first question included"
    )


if __name__ == "__main__":
    main()
