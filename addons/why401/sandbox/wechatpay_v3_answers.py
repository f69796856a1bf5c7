"""How WeChat Pay's API v3 words an answer: JSON, and a number of its own in Request-ID."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from why401.sandbox.calls import Answer, json_answer

# Internal codes at the end of Request-ID, as far as they are publicly known; a message whose own
# code is not known carries that of its nearest relative.
OK = 0
BAD_FORMAT = 270924346
BAD_AUTHORIZATION = 270924332
BAD_IDENTITY = 270924360
NO_CERTIFICATE = 269546518
BAD_SIGNATURE = 268443699
BAD_PARAMETER = 268435461
APPID_MISMATCH = 268445527
REENTRY = 268498688
NO_ORDER = 268512771
SUB_IS_OWN = 268443705


def sign_error(message: str, internal: int, detail: Mapping[str, Any] | None = None) -> Answer:
    """Return the refusal of a request whose signature, or whose header, is not right."""
    return error(401, "SIGN_ERROR", message, internal, detail)


def parameter_error(message: str, field: str, location: str = "body") -> Answer:
    """Return the refusal of one field; `location` is "body" or "query"."""
    detail = {"field": field, "location": location, "value": None}
    return error(400, "PARAM_ERROR", message, BAD_PARAMETER, detail)


def error(
    status: int, code: str, message: str, internal: int, detail: Mapping[str, Any] | None = None
) -> Answer:
    """Return a refusal with its code and words; `internal` ends the Request-ID."""
    value: dict[str, Any] = {"code": code, "message": message}
    if detail is not None:
        value = {"code": code, "detail": detail, "message": message}
    return answer(status, value, internal)


def answer(status: int, value: Mapping[str, Any], internal: int) -> Answer:
    """Return JSON with the headers that each answer has."""
    plain = json_answer(status, value, content_type="application/json; charset=utf-8")
    return plain.plus(
        ("Cache-Control", "no-cache, must-revalidate"),
        ("Content-Language", "zh-CN"),
        ("Request-ID", request_id(internal)),
        ("X-Content-Type-Options", "nosniff"),
    )


def request_id(internal: int) -> str:
    """Return a fresh Request-ID; support reads the number at its end."""
    return f"08{secrets.token_hex(10).upper()}-{internal}"
