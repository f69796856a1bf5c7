"""How did the client of a refused token request authenticate, and what is wrong with that?

RFC 6749 section 2.3. No detector of its own: `oauth_refused` asks it where the error is of the
client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.basic import Basic
from why401.detectors.oauth_client_pair import compared
from why401.history.grants import client_pair
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

_RAW = regex(r"[+&=/ ]|%(?![0-9A-Fa-f]{2})")
_GUID = regex(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""What Entra ID calls the ID of a secret looks so; its value never does."""
_SECRET_EXPIRED = regex(
    r"(?i)secrets?(?: keys?)?(?: \S{1,60}){0,4} (?:is|are|has|have|was) expired"
)
_METHOD = r"(client_secret_(?:basic|post|jwt)|private_key_jwt|none)"
_OTHER_METHOD = regex(
    rf"supports client authentication method '{_METHOD}', but method '{_METHOD}' was requested"
)
"""Ory Hydra's words."""
_SECRET_NAMES = ("client_secret", "client_assertion")


class _Client(msgspec.Struct, frozen=True):
    """What a token request shows of its client: `basic` from its Authorization, and the fields of
    its body that prove who it is; `text` is what the server answered."""

    basic: Basic | None
    in_body: tuple[str, ...]
    text: str
    stated: tuple[Evidence, ...]


def refused_client(
    case: Case, context: Context, fields: Mapping[str, str], stated: tuple[Evidence, ...]
) -> Iterator[Finding]:
    """Yield what is wrong with the way the client authenticated, and last that it was refused."""
    client = _Client(
        next((each.basic for each in case.credentials if each.basic is not None), None),
        tuple(name for name in _SECRET_NAMES if fields.get(name)),
        case.response.text[:4000],
        stated,
    )
    if "AADSTS7000222" in client.text or _SECRET_EXPIRED.search(client.text):
        cause = CauseFound("expired", Certainty.PROVEN)
        yield Finding("oauth/client-secret-expired", Certainty.PROVEN, stated, (cause,))
    yield from _method(client)
    if client.basic is None and not client.in_body:
        yield _no_secret(client, fields)
    yield from _not_urlencoded(client)
    yield _invalid(case, context, client)


def _method(client: _Client) -> Iterator[Finding]:
    """Two methods at once (section 2.3 forbids it), or another than the one registered."""
    if client.basic is not None and client.in_body:
        yield Finding(
            "oauth/client-auth-method",
            Certainty.PROVEN,
            (
                Evidence("request.header.authorization", "Basic"),
                Evidence(f"request.form.{client.in_body[0]}", "present"),
                *client.stated,
            ),
            (CauseFound("both", Certainty.LIKELY),),
        )
    elif found := _OTHER_METHOD.search(client.text):
        used = {
            "client_secret_post": bool(client.in_body),
            "client_secret_basic": client.basic is not None,
        }
        certainty = Certainty.PROVEN if used.get(found[2]) else Certainty.LIKELY
        yield Finding(
            "oauth/client-auth-method",
            Certainty.PROVEN,
            client.stated,
            (CauseFound("other-method", certainty),),
            {"wanted": found[1], "used": found[2]},
        )


def _no_secret(client: _Client, fields: Mapping[str, str]) -> Finding:
    text = client.text
    says = "AADSTS7000218" in text or ("secret" in text and "required" in text)
    # Public clients prove themselves by PKCE, others by a certificate.
    needs_none = "code_verifier" in fields or "tls" in text.lower()
    unsaid = Certainty.POSSIBLE if needs_none else Certainty.LIKELY
    return Finding(
        "oauth/client-secret-missing",
        Certainty.PROVEN,
        (Evidence("request.form.client_secret", None), *client.stated),
        (CauseFound("no-secret", Certainty.PROVEN if says else unsaid),),
    )


def _not_urlencoded(client: _Client) -> Iterator[Finding]:
    """Section 2.3.1: both parts are encoded before Basic joins them."""
    basic = client.basic
    if basic is None or basic.password is None:
        return
    if _RAW.search(f"{basic.user or ''}{basic.password}") or ":" in basic.password:
        yield Finding(
            "oauth/client-credentials-not-urlencoded",
            Certainty.PROVEN,
            (Evidence("request.header.authorization", "Basic"), *client.stated),
            (CauseFound("raw", Certainty.LIKELY),),
        )


def _invalid(case: Case, context: Context, client: _Client) -> Finding:
    is_basic, in_body = client.basic is not None, client.in_body
    how = "client_secret_basic" if is_basic else "client_secret_post" if in_body else "none"
    client_id, secret = client_pair(case)
    told = None if is_basic and in_body else compared(case, context, is_basic=is_basic)
    causes: tuple[CauseFound, ...] = ()
    if told is not None:
        causes = (CauseFound(told.cause, told.certainty),)
    elif "AADSTS7000215" in client.text:
        is_id = _GUID.fullmatch(secret or "") is not None
        cause = CauseFound("id-of-secret", Certainty.PROVEN)
        causes = (cause if is_id else CauseFound("wrong-secret", Certainty.LIKELY),)
    return Finding(
        "oauth/invalid-client",
        Certainty.PROVEN,
        (*((Evidence(told.where, told.cause),) if told else ()), *client.stated),
        causes,
        {"method": how, "client_id": client_id[:60] or "?"},
    )
