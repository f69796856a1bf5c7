"""What an answer means for what was sent: refused, accepted, or the first leg of a handshake."""

from __future__ import annotations

from why401.case import Case
from why401.history.handshakes import CONNECTION_BOUND
from why401.hosts import Family
from why401.model import Diagnosis, Severity, header_text

WECHAT_REFUSALS = frozenset({"40001", "40014", "42001"})
"""Codes with which WeChat refuses an access_token."""
REFUSED = frozenset({400, 401, 403, 407, 419, 422, 440, 498, 499})
_REPLICA_HEADERS = frozenset(
    {"x-served-by", "x-instance", "x-backend-server", "x-pod", "x-upstream", "server-id"}
)


def outcome_of(case: Case, diagnosis: Diagnosis) -> tuple[bool, bool]:
    """Return whether the credential was refused, and whether the request succeeded: a refusal under
    HTTP 200 is no success of anything."""
    if case.family in (Family.WECHAT, Family.WECOM):
        code = case.error.code if case.error else None
        return code in WECHAT_REFUSALS, case.status == 200 and code is None
    status = case.stated_status
    is_fine = 200 <= status < 400 and diagnosis.severity is not Severity.ERROR
    return status in REFUSED, is_fine


def is_probe(case: Case) -> bool:
    """Return whether a refusal is what a handshake begins with: no credential, a nonce that is old
    (RFC 7616 section 3.3) or asked for (RFC 9449 sections 8 and 9), or a scheme of several legs."""
    if case.status == 400:
        body = case.response.json
        return isinstance(body, dict) and body.get("error") == "use_dpop_nonce"
    is_proxy = case.status == 407
    own = [
        each.scheme
        for each in case.credentials
        if each.scheme != "cookie" and each.where.endswith("proxy-authorization") == is_proxy
    ]
    if not own or not CONNECTION_BOUND.isdisjoint(own):
        return True
    return any(
        (each.param("stale") or "").lower() == "true" or each.param("error") == "use_dpop_nonce"
        for each in case.challenges
    )


def is_mistake(diagnosis: Diagnosis) -> bool:
    """Return whether a request without a credential holds one under a name that nobody reads, or
    did not await the login: that is a mistake, and stays one when it is put right."""
    return bool(diagnosis.findings) and diagnosis.findings[0].rule.startswith(
        ("auth/header-", "transport/header-invalid", "session/login-in-flight")
    )


def replica(case: Case) -> str:
    """Return which instance of the server says that it answered; empty where none does."""
    for name, values in case.response.headers.by_name().items():
        if name in _REPLICA_HEADERS:
            return header_text(values[0][:60])
    return ""
