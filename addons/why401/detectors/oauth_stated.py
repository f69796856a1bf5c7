"""Which OAuth error did a server state, where nothing in the request explains it further?

RFC 6749 section 5.2, RFC 8628 section 3.5, RFC 8707 section 2. The codes come from token endpoints,
and from back ends that pass on what theirs said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from why401.case import Case
from why401.context import Context
from why401.credentials.sketch import quoted_from
from why401.detectors.traits import Trait
from why401.history.issued import request_fields
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.verdict.evidence import carried_secrets

REPORTS = ("oauth/invalid-grant", "oauth/request-not-allowed")
NEEDS = frozenset({Trait.OTHER_SERVER})

_STATUSES = frozenset({400, 401, 403})
_GRANTS: Mapping[str, str] = {
    "refresh_token": "refresh-ended",
    "authorization_code": "code-not-valid",
    "password": "wrong-password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "assertion-refused",
    "urn:ietf:params:oauth:grant-type:saml2-bearer": "assertion-refused",
}
# code: cause, and the parameter that it speaks of
_CODES: Mapping[str, tuple[str, str]] = {
    "unauthorized_client": ("grant-not-enabled", ""),
    "unsupported_grant_type": ("grant-unknown", "grant_type"),
    "invalid_scope": ("scope-unknown", "scope"),
    "invalid_target": ("resource-unknown", "resource"),
    "invalid_request": ("parameter", ""),
    "access_denied": ("denied", ""),
    "expired_token": ("device-code-expired", "device_code"),
    "login_required": ("login-required", ""),
}
_SECRETS = (
    *("code", "code_verifier", "refresh_token", "client_secret", "client_assertion", "password"),
    *("assertion", "device_code", "subject_token"),
)
_SAYS_OTHERWISE = {
    True: regex(
        r"(?:account|user)\b.{0,20}"
        r"(?:disabled|locked|blocked|inactive|not fully set up|not confirmed)"
        r"|pkce|code[ _](?:verifier|challenge)",
        re.IGNORECASE,
    ),
    False: regex(
        r"invalid client\b.{0,20}credentials|client secret|AADSTS(?:90002|700016)\b",
        re.IGNORECASE,
    ),
}
"""Descriptions that name another cause than their code: what is wrong is told by the rows of the
servers that write so (Keycloak's `unauthorized_client` for a wrong secret)."""
_OF_ENTRA = regex(r"AADSTS(\d{5,8})")
_OF_PARAMETERS = frozenset({"900144", "9002313", "90014", "900561", "70002"})
_PATHS = (
    ("refresh", "refresh-ended"),
    ("callback", "code-not-valid"),
    ("login", "wrong-password"),
    ("signin", "wrong-password"),
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield the error that the answer states. Polling for a device is no failure."""
    if case.status not in _STATUSES:
        return
    body = case.response.json
    code = body.get("error") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(code, str):
        return
    code = code.lower()[:80]
    if code != "invalid_grant" and code not in _CODES:
        return
    description = body.get("error_description")
    if isinstance(description, str) and _SAYS_OTHERWISE[code == "invalid_grant"].search(
        description[:300]
    ):
        return
    fields = request_fields(case)
    grant = fields.get("grant_type")
    stated = stated_error(case, context)
    if code == "invalid_grant":
        cause = _grant_cause(case, grant)
        certainty = Certainty.LIKELY if grant in _GRANTS else Certainty.POSSIBLE
        yield Finding(
            "oauth/invalid-grant",
            Certainty.PROVEN,
            stated,
            causes=(CauseFound(cause or "passed-on", certainty),),
        )
        return
    if grant is None:
        return
    if code == "access_denied" and (case.status, grant) == (401, "client_credentials"):
        # Auth0 says so of a client that it does not accept: `oauth_refused`.
        return
    cause, parameter = _CODES[code]
    sent = fields.get(parameter) if parameter else None
    shown = sent[:80] if sent and parameter != "device_code" else None
    yield Finding(
        "oauth/request-not-allowed",
        Certainty.PROVEN,
        (*((Evidence(f"request.form.{parameter}", shown),) if shown else ()), *stated),
        causes=(CauseFound(cause, _certainty(sent, description)),),
        values={"code": code, "grant": grant[:60], "sent": shown or "-"},
    )


def _certainty(sent: str | None, description: object) -> Certainty:
    """Entra ID calls all sorts of things an invalid request, and says which by a number."""
    if sent:
        return Certainty.PROVEN
    number = _OF_ENTRA.search(description[:300]) if isinstance(description, str) else None
    is_other = number is not None and number[1] not in _OF_PARAMETERS
    return Certainty.POSSIBLE if is_other else Certainty.LIKELY


def _grant_cause(case: Case, grant: str | None) -> str | None:
    if grant is not None:
        return _GRANTS.get(grant)
    path = case.exchange.request.path.lower()[:200]
    return next((cause for word, cause in _PATHS if word in path), None)


def stated_error(case: Case, context: Context) -> tuple[Evidence, ...]:
    """Return the OAuth error of the answer and its description as evidence, whatever they echo of
    the request's secrets masked."""
    body, fields = case.response.json, request_fields(case)
    if not isinstance(body, Mapping):
        return ()
    secrets = (*carried_secrets(case), *(fields[name] for name in _SECRETS if fields.get(name)))
    return tuple(
        Evidence(f"response.json.{name}", quoted_from(value[:300], secrets, context.masker))
        for name in ("error", "error_description")
        if isinstance(value := body.get(name), str)
    )
