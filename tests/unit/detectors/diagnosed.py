"""A whole diagnosis of one exchange, with the rules as shipped, and a JWT signed for it."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import cache
from typing import Any

from tests.exchanges import AT_S, b64url, exchange, http_date

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.base import Knowledge
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Diagnosis, Exchange, Finding
from why401.report.plain import worded

SECRET = b"a-test-secret-of-32-bytes-or-more"


@cache
def knowledge() -> Knowledge:
    """Return the shipped rules, loaded once."""
    return load_knowledge().knowledge


def diagnosed(exchange: Exchange, *secrets: str) -> Diagnosis:
    """Return the diagnosis of `exchange`; none of `secrets` may stand in its words."""
    diagnoser = Diagnoser(knowledge(), NO_KEYS, Masker(b"k" * 32))
    diagnosis = diagnoser.diagnose(exchange).diagnosis
    assert diagnosis.faults == ()
    for found in diagnosis.findings:
        rule = knowledge().rule(found.rule)
        assert rule is not None
        assert all(rule.cause(cause.id) for cause in found.causes)
    said = json.dumps(worded(diagnosis, knowledge()), ensure_ascii=False)
    assert [secret for secret in secrets if secret in said] == []
    return diagnosis


def rules(diagnosis: Diagnosis) -> set[str]:
    """Return the ids of all rules that reported."""
    return {finding.rule for finding in diagnosis.findings}


def finding(diagnosis: Diagnosis, rule: str) -> Finding:
    """Return the finding of `rule`."""
    return next(found for found in diagnosis.findings if found.rule == rule)


def outcome(diagnosis: Diagnosis) -> tuple[str | None, str | None]:
    """Return verdict and certainty."""
    return diagnosis.verdict, diagnosis.certainty and diagnosis.certainty.value


def jwt(
    claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, key: bytes = SECRET
) -> str:
    """Return a token really signed with HMAC-SHA-256, valid for an hour where nothing is said."""
    usual = {"sub": "u1", "iat": int(AT_S) - 600, "exp": int(AT_S) + 3600}
    if claims is not None:
        usual = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    signed = f"{b64url(header or {'alg': 'HS256', 'typ': 'JWT'})}.{b64url(usual)}"
    return f"{signed}.{b64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def refused(authorization: str | None = None, *, says: str = "", **parts: Any) -> Exchange:
    """Return a request that got a 401 with a Bearer challenge and a Date, unless `parts` say
    otherwise; `says` is the message of the body, `challenge` the WWW-Authenticate."""
    headers = list(dict(parts.pop("headers", ())).items())
    if authorization is not None:
        headers.append(("Authorization", authorization))
    challenge = parts.pop("challenge", 'Bearer realm="api"')
    response_headers = [("Date", http_date(parts.pop("date_s", AT_S)))]
    response_headers += [("WWW-Authenticate", challenge)] if challenge else []
    response_headers += list(dict(parts.pop("response_headers", ())).items())
    if says:
        parts["json"] = {"message": says}
    return exchange(
        parts.pop("url", "https://api.example.com/orders"),
        headers=headers,
        status=parts.pop("status", 401),
        response_headers=response_headers,
        **parts,
    )
