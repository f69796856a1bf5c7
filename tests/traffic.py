"""Exchanges for stories: written down as they pass a proxy, one after the other on one clock."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from why401.diagnose import Diagnoser, Outcome
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Body, Diagnosis, Exchange, Headers, Request, Response, Times

START_S = 1_795_132_800.0
KNOWLEDGE = load_knowledge().knowledge
BEARER = {"WWW-Authenticate": 'Bearer realm="api"'}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"


def diagnoser() -> Diagnoser:
    """Return a diagnoser with all rules and no history."""
    return Diagnoser(KNOWLEDGE, NO_KEYS, Masker(b"a key of the tests"))


type Fields = Mapping[str, str | Sequence[str]]


@dataclass
class Traffic:
    """What passes: each call makes the next exchange, a second after the one before."""

    agent: str = "python-requests/2.32"
    address: str = "10.0.0.7:50001"
    now_s: float = START_S
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(
        self,
        request: str,
        status: int = 200,
        *,
        sent: Fields | None = None,
        got: Fields | None = None,
        form: Mapping[str, str] | None = None,
        data: Any = None,
        answer: Any = None,
        after_s: float = 1.0,
        took_s: float = 0.1,
        agent: str | None = None,
        address: str | None = None,
        started_s: float | None = None,
        client: str = "",
        server: str = "",
    ) -> Exchange:
        """Return the exchange of `GET https://host/path`, answered after `took_s`."""
        method, _, url = request.rpartition(" ")
        parts = urlsplit(url)
        self.now_s += after_s
        started = self.now_s if started_s is None else started_s
        answered = max(started, self.now_s) + took_s
        sent_fields = [(b"Host", parts.netloc.encode())]
        user_agent = self.agent if agent is None else agent
        sent_fields.append((b"User-Agent", user_agent.encode()))
        sent_fields += _fields(sent)
        body = b""
        if form is not None:
            body = urlencode(form).encode()
            sent_fields.append((b"Content-Type", b"application/x-www-form-urlencoded"))
        elif data is not None:
            body = json.dumps(data).encode()
            sent_fields.append((b"Content-Type", b"application/json"))
        got_fields = [(b"Date", formatdate(answered, usegmt=True).encode()), *_fields(got)]
        content = b""
        if isinstance(answer, str):
            content = answer.encode()
        elif answer is not None:
            content = json.dumps(answer).encode()
            got_fields.append((b"Content-Type", b"application/json"))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Exchange(
            id=f"#{next(self.ids)}",
            request=Request(
                method or "GET",
                parts.scheme,
                parts.hostname or "",
                parts.port or (443 if parts.scheme == "https" else 80),
                target.encode(),
                Headers(tuple(sent_fields)),
                Body(body),
            ),
            response=Response(status, "", Headers(tuple(got_fields)), Body(content)),
            times=Times(started, started, answered, answered),
            client_address=self.address if address is None else address,
            client=client,
            server=server,
        )


def started(made: Exchange, at_s: float, ended_s: float) -> Exchange:
    """Return `made` as it is where it was sent and answered at these times, Unix seconds."""
    times = msgspec.structs.replace(
        made.times, started=at_s, request_sent=at_s, response_started=ended_s, ended=ended_s
    )
    return msgspec.structs.replace(made, times=times)


def _fields(fields: Fields | None) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value.encode())
        for name, values in (fields or {}).items()
        for value in ([values] if isinstance(values, str) else values)
    ]


@dataclass(frozen=True)
class Told:
    """What was said about a story: the diagnosis of each exchange as it stood in the end."""

    diagnoses: dict[str, Diagnosis]

    def rules(self, exchange_id: str) -> tuple[str, ...]:
        """Return the ids of the findings, the best first."""
        return tuple(finding.rule for finding in self.diagnoses[exchange_id].findings)

    def verdicts(self) -> dict[str, str]:
        """Return the verdicts of the exchanges that have one."""
        return {key: each.verdict for key, each in self.diagnoses.items() if each.verdict}


def tell(exchanges: Sequence[Exchange], by: Diagnoser | None = None) -> Told:
    """Return what is said about `exchanges` in the end, revisions included."""
    by = by or diagnoser()
    told: dict[str, Diagnosis] = {}
    for exchange in exchanges:
        outcome: Outcome = by.diagnose(exchange)
        told[exchange.id] = outcome.diagnosis
        assert not outcome.diagnosis.faults
        told |= dict(outcome.revised)
    return Told(told)


def bearer(token: str) -> dict[str, str]:
    """Return the Authorization field that carries `token`."""
    return {"Authorization": f"Bearer {token}"}
