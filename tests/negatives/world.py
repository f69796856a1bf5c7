"""Where generated exchanges take place: hosts, clients, a clock, and what is wrong in each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.exchanges import AT_S, exchange, http_date

from why401.model import Exchange

HOSTS = tuple(f"{name}.example.com" for name in ("api", "shop", "intranet", "cdn", "m", "admin"))
HOSTS += ("api.acme.io", "gateway.acme.cn", "www.acme.cn", "localhost", "10.1.2.3", "app.test")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.50",
    "curl/8.11.0",
    "python-requests/2.32.5",
    "axios/1.13.2",
    "okhttp/4.12.0",
    "Go-http-client/2.0",
    "Java/21.0.4",
    "PostmanRuntime/7.49.1",
)
PATHS = ("/", "/orders", "/v1/users/42", "/api/login-history", "/api/v2/tokens/usage", "/search")
PATHS += (
    "/files/a%20b.pdf",
    "/graphql",
    "/items?page=2&sort=-date",
    "/authors",
    "/me",
    "/sso-docs",
)
SKEWS = (0, 0, 0, 0, 1, -2, 40, -90)
"""By how many seconds the clocks of hosts are ahead; each host has one clock."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. `planted` are the rules whose mistake it truly holds; `is_quiet` says that
    there is nothing to say about it at all; `scene` is which story it is from."""

    exchange: Exchange
    planted: frozenset[str] = frozenset()
    is_quiet: bool = False
    scene: str = ""


type Scene = list[Step]
type Pairs = Sequence[tuple[str, str]]


@dataclass
class World:
    """What a scene is played in; everything drawn comes from `random`."""

    random: random.Random
    now_s: float = AT_S
    count: int = 0
    host: str = ""
    scheme: str = "https"
    client: str = ""
    agent: str = ""
    skew_s: float = 0.0
    prefix: str = ""
    """What paths begin with, where a client is to have its own."""
    is_always_dated: bool = False
    """Whether every answer tells its server's clock, so that nobody has it from another's."""

    def enter(self) -> None:
        """Go to another place: the next scene's host, client and moment."""
        draw = self.random
        self.host = f"{draw.choice(('', 'eu-', 'x'))}{draw.choice(HOSTS)}"
        self.scheme = "https" if draw.random() < 0.97 else "http"
        self.client = f"10.0.0.{draw.randrange(12)}:{draw.randrange(40000, 60000)}"
        self.agent = draw.choice(AGENTS)
        self.now_s = AT_S + draw.uniform(0, 7200)
        self.skew_s = SKEWS[sum(map(ord, self.host)) % len(SKEWS)]

    def keep_time(self) -> None:
        """Go to a host whose clock is right: a signed time must fit it."""
        self.host, self.skew_s = f"time.{self.host}", 0

    def pick(self, *choices: Any) -> Any:
        """Return one of `choices`."""
        return self.random.choice(choices)

    def hex(self, size: int) -> str:
        """Return `size` random hexadecimal digits."""
        return f"{self.random.getrandbits(size * 4):0{size}x}"

    def text(self, size: int, alphabet: str = "ABCDEFGHIJKLMNOPabcdefghijklmnopqrstuv0189") -> str:
        """Return random text without meaning."""
        return "".join(self.random.choices(alphabet, k=size))

    def path(self) -> str:
        """Return a path that says nothing, though some sound as if they did."""
        return self.prefix + str(self.pick(*PATHS))

    def call(
        self,
        target: str,
        status: int = 200,
        *,
        method: str = "GET",
        sent: Pairs = (),
        got: Pairs = (),
        body: bytes = b"",
        answer: Any = None,
        text: bytes = b"",
        after_s: float = 1.0,
        host: str | None = None,
        dated: bool | None = None,
    ) -> Exchange:
        """Return the next exchange with the scene's host."""
        self.now_s += after_s
        self.count += 1
        url = target if "://" in target else f"{self.scheme}://{host or self.host}{target}"
        fields = [("Host", urlsplit(url).netloc), ("User-Agent", self.agent), *sent]
        if all(name.lower() != "accept" for name, _ in sent):
            fields.append(("Accept", "*/*"))
        answered = list(got)
        is_dated = self.is_always_dated or self.random.random() < 0.9 if dated is None else dated
        if is_dated:
            answered.append(("Date", http_date(self.now_s + self.skew_s)))
        return exchange(
            url,
            method=method,
            headers=fields,
            body=body,
            status=status,
            response_headers=answered,
            response_body=text,
            at_s=self.now_s,
            id=f"#{self.count}",
            json=answer,
            client_address=self.client,
        )


def json_type() -> Pairs:
    """Return the header of a JSON body."""
    return (("Content-Type", "application/json"),)


def form_type() -> Pairs:
    """Return the header of a form."""
    return (("Content-Type", "application/x-www-form-urlencoded"),)
