"""Two resource servers that want a bearer token, each with the wording of its framework.

Without a token the challenge carries no `error` (RFC 6750 section 3.1).
"""

from __future__ import annotations

import json
import re

from why401.later import regex
from why401.sandbox.calls import Answer, Call, json_answer
from why401.sandbox.tokens import Fault, Judged, Tokens, instant

B64TOKEN = regex(r"bearer ([A-Za-z0-9._~+/-]{1,8192}=*)", re.IGNORECASE)
SPEC = "https://tools.ietf.org/html/rfc6750#section-3.1"
PREFIX = "An error occurred while attempting to decode the Jwt: "


def spring(call: Call, tokens: Tokens, scope: str) -> Answer | None:
    """Return the refusal that Spring Security would send, or None where the token is good."""
    header = call.text("authorization")
    if not header.lower().startswith("bearer"):
        return Answer(401, b"", (("WWW-Authenticate", "Bearer"),))
    match = B64TOKEN.fullmatch(header)
    if match is None:
        return _spring(401, "invalid_token", "Bearer token is malformed")
    judged = tokens.judge(match[1], call.now_s)
    if judged.fault:
        return _spring(401, "invalid_token", _spring_words(judged))
    if scope not in judged.scopes:
        text = "The request requires higher privileges than provided by the access token."
        return _spring(403, "insufficient_scope", text, scope)
    return None


def _spring_words(judged: Judged) -> str:
    if judged.fault is Fault.REVOKED:
        # What its introspection says (RFC 7662), for the decoder cannot know.
        return "Provided token isn't active"
    return PREFIX + _decoder_words(judged)


def _decoder_words(judged: Judged) -> str:
    match judged.fault:
        case Fault.EXPIRED:
            return f"Jwt expired at {_quotable(instant(judged.claims.get('exp')))}"
        case Fault.NOT_YET:
            return f"Jwt used before {_quotable(instant(judged.claims.get('nbf')))}"
        case Fault.ALGORITHM if str(judged.header.get("alg")).lower() == "none":
            return "Unsupported algorithm of none"
        case Fault.ALGORITHM:
            return "Signed JWT rejected: Another algorithm expected, or no matching key(s) found"
        case Fault.SIGNATURE:
            return "Signed JWT rejected: Invalid signature"
        case Fault.ISSUER:
            return "The iss claim is not valid"
        case Fault.AUDIENCE:
            return "The aud claim is not valid"
    return "Malformed token"


def _spring(status: int, error: str, text: str, scope: str = "") -> Answer:
    challenge = f'Bearer error="{error}", error_description="{text}", error_uri="{SPEC}"'
    if scope:
        challenge += f', scope="{scope}"'
    return Answer(status, b"", (("WWW-Authenticate", challenge),))


def aspnet(call: Call, tokens: Tokens, scope: str) -> Answer | None:
    """Return the refusal of ASP.NET Core's JwtBearer, or None where the token is good.

    Missing rights are a bare 403 there: the challenge says nothing of scopes.
    """
    scheme, _, token = call.text("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return Answer(401, b"", (("WWW-Authenticate", "Bearer"),))
    judged = tokens.judge(token.strip(), call.now_s)
    if judged.fault:
        description = _aspnet_words(judged)
        challenge = 'Bearer error="invalid_token"'
        if description:
            challenge += f', error_description="{description}"'
        return Answer(401, b"", (("WWW-Authenticate", challenge),))
    return None if scope in judged.scopes else Answer(403)


def _aspnet_words(judged: Judged) -> str:
    match judged.fault:
        case Fault.EXPIRED:
            return f"The token expired at '{_us_time(judged.claims.get('exp'))}'"
        case Fault.NOT_YET:
            return f"The token is not valid before '{_us_time(judged.claims.get('nbf'))}'"
        case Fault.SIGNATURE:
            return "The signature is invalid"
        case Fault.ALGORITHM:
            return "The signature key was not found"
        case Fault.ISSUER:
            return f"The issuer '{_quotable(judged.claims.get('iss'))}' is invalid"
        case Fault.AUDIENCE:
            return f"The audience '{_quotable(judged.claims.get('aud'))}' is invalid"
    return ""


def _us_time(value: object) -> str:
    match = re.fullmatch(r"(\+?\d+)-(\d\d)-(\d\d)T(.{8})Z", instant(value))
    return f"{match[2]}/{match[3]}/{match[1]} {match[4]}" if match else _quotable(value)


def _quotable(value: object) -> str:
    """Return a claim fit for a quoted-string: printable ASCII without quote and backslash."""
    text = value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"[^ !#-\[\]-~]", "?", text[:200])


def fastapi_key(call: Call, key: str) -> Answer | None:
    """Return the refusal of an API that wants its key in `X-API-Key`, or None."""
    sent = call.text("x-api-key")
    challenge = ("WWW-Authenticate", "APIKey")
    if not sent:
        return json_answer(401, {"detail": "Not authenticated"}, challenge)
    return None if sent == key else json_answer(401, {"detail": "Invalid API key"}, challenge)
