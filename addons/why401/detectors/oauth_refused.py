"""Why did the token endpoint refuse? (RFC 6749 section 5.2)"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import earlier, since_s
from why401.detectors.oauth_client import refused_client
from why401.detectors.oauth_refresh import own_refresh, refused_refresh
from why401.detectors.oauth_stated import stated_error
from why401.detectors.traits import Trait
from why401.history.grants import Authorize, Code, sent_code
from why401.history.issued import request_fields
from why401.history.sighting import seconds_between
from why401.hosts import Family
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, Severity

REPORTS = (
    "oauth/invalid-client",
    "oauth/client-auth-method",
    "oauth/client-secret-expired",
    "oauth/client-secret-missing",
    "oauth/client-credentials-not-urlencoded",
    "oauth/wrong-content-type",
    "oauth/refresh-reuse",
    "oauth/refresh-expired-or-revoked",
    "session/concurrent-refresh",
    "oauth/code-reused",
    "oauth/code-expired",
    "oauth/redirect-uri-mismatch",
    "oauth/pkce-mismatch",
    "oauth/consent-required",
)
NEEDS = frozenset({Trait.GRANT})

CODE_LIFETIME_S = 600.0
"""The longest that a code should live (RFC 6749 section 4.1.2)."""
_OF_GRANTS = frozenset(
    {"invalid_grant", "refresh_token_already_used", "bad_refresh_token", "token_inactive"}
    | {"refresh_token_reused", "refresh_token_invalidated", "refresh_token_expired"}
)
"""Besides the standard's: Supabase's, GitHub's, Ory Hydra's, and OpenAI's below `error`."""
_REDIRECT_URI = regex(r"redirect[_ ]?ur[il]", re.I)
_OTHER_STEP = regex(r"AADSTS5(?:007[469]|0097|0158|300[0-3])")
"""What Entra ID calls interaction as well: a second factor, Conditional Access."""
_WECHAT_CODE_USED = frozenset({"40163", "40029"})


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield findings for a refused token request: how the client authenticated, what it exchanged,
    and what history knows of that."""
    if case.family is Family.WECHAT:
        yield from _wechat_code(case, context)
        return
    if case.family is not None or case.stated_status not in (400, 401, 403, 415):
        return
    fields = request_fields(case)
    if "grant_type" not in fields:
        if (sure := own_refresh(case)) is not None:
            yield from refused_refresh(case, context, _stated(case, context), sure)
        return
    error = _error(case)
    stated = _stated(case, context)
    if error == "invalid_client" or (case.status == 401 and _is_of_client(error, fields, case)):
        yield from refused_client(case, context, fields, stated)
    yield from _consent(case, error, stated)
    yield from _content_type(case, error, stated)
    if _is_of_grant(error, fields, case):
        if fields["grant_type"] == "refresh_token":
            yield from refused_refresh(case, context, stated)
        elif fields["grant_type"] == "authorization_code":
            yield from _code(case, context, fields, stated)


def _consent(case: Case, error: str, stated: tuple[Evidence, ...]) -> Iterator[Finding]:
    says_consent = error == "consent_required" or "AADSTS65001" in _text(case)
    if says_consent or (error == "interaction_required" and not _OTHER_STEP.search(_text(case))):
        # There may be other reasons to ask someone to act.
        certainty = Certainty.PROVEN if says_consent else Certainty.POSSIBLE
        yield _finding("oauth/consent-required", "consent", certainty, stated, defect=certainty)


def _content_type(case: Case, error: str, stated: tuple[Evidence, ...]) -> Iterator[Finding]:
    if error in ("invalid_request", "unsupported_grant_type", "") and not case.request.form:
        # That code is said of a grant in JSON that was read, too.
        missing = error != "unsupported_grant_type" and "grant_type" in _text(case)
        yield _finding(
            "oauth/wrong-content-type",
            "json",
            Certainty.PROVEN if missing else Certainty.LIKELY,
            (
                Evidence("request.header.content-type", case.request.headers.text("content-type")),
                *stated,
            ),
        )


def _is_of_grant(error: str, fields: dict[str, str], case: Case) -> bool:
    """Return whether an error speaks of what was exchanged. league/oauth2-server calls a refresh
    token that is over an invalid request, Entra ID so another redirect URI."""
    if error in _OF_GRANTS:
        return True
    text = _text(case)
    if fields["grant_type"] == "refresh_token":
        return error == "invalid_request" and "refresh token is invalid" in text
    return error == "invalid_request" and "AADSTS50011" in text


def _is_of_client(error: str, fields: dict[str, str], case: Case) -> bool:
    """Return whether an error under 401 speaks of the client; "denied" is Auth0's word, where no
    person could have denied anything."""
    if error == "access_denied":
        return fields.get("grant_type") == "client_credentials"
    return error in ("", "unauthorized") and "authorization code" not in _text(case).lower()


def _error(case: Case) -> str:
    body = case.response.json
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body.get("error_code", ""))
    if isinstance(error, dict):
        error = error.get("code")
    return error.lower()[:80] if isinstance(error, str) else ""


def _text(case: Case) -> str:
    return case.response.text[:4000]


def _stated(case: Case, context: Context) -> tuple[Evidence, ...]:
    return stated_error(case, context) or (Evidence("response.status", case.status),)


def _finding(
    rule: str,
    cause: str,
    certainty: Certainty,
    evidence: tuple[Evidence, ...],
    related: tuple[str, ...] = (),
    values: dict[str, str | int | float] | None = None,
    defect: Certainty = Certainty.PROVEN,
) -> Finding:
    return Finding(rule, defect, evidence, (CauseFound(cause, certainty),), values or {}, related)


def _code(
    case: Case, context: Context, fields: dict[str, str], stated: tuple[Evidence, ...]
) -> Iterator[Finding]:
    text = sent_code(case)
    code = context.history.grants.code(text) if text else None
    if text and (code is None or code.authorize is None) and _REDIRECT_URI.search(_text(case)):
        yield _redirect_uri(fields, Certainty.LIKELY, stated)
    if code is None:
        return
    yield from _reused(case, code, stated)
    if code.authorize is not None:
        yield from _asked_otherwise(case, code.authorize, fields, stated)
    yield from _too_late(case, code, stated)


def _asked_otherwise(
    case: Case, asked: Authorize, fields: dict[str, str], stated: tuple[Evidence, ...]
) -> Iterator[Finding]:
    """Compare the exchange with the authorization request that its code answers."""
    verifier = fields.get("code_verifier", "")
    wrong = asked.challenge and _pkce_mistake(verifier, asked.challenge, asked.challenge_method)
    if wrong:
        yield _finding(
            "oauth/pkce-mismatch",
            wrong,
            Certainty.PROVEN,
            (
                Evidence("request.form.code_verifier", len(verifier) or None),
                earlier("authorization-request", asked.seen),
                *stated,
            ),
            (asked.seen.exchange,),
        )
    if asked.redirect_uri and fields.get("redirect_uri", "") != asked.redirect_uri:
        is_said = "redirect" in _text(case).lower()
        before = Evidence("history.authorization-request", asked.redirect_uri[:200])
        yield _redirect_uri(
            fields,
            Certainty.PROVEN if is_said else Certainty.LIKELY,
            (before, *stated),
            (asked.seen.exchange,),
        )


def _redirect_uri(
    fields: dict[str, str],
    certainty: Certainty,
    evidence: tuple[Evidence, ...],
    related: tuple[str, ...] = (),
) -> Finding:
    sent = fields.get("redirect_uri", "")
    return _finding(
        "oauth/redirect-uri-mismatch",
        "differs" if sent else "missing",
        certainty,
        (Evidence("request.form.redirect_uri", sent[:200] or None), *evidence),
        related,
    )


def _too_late(case: Case, code: Code, stated: tuple[Evidence, ...]) -> Iterator[Finding]:
    given = code.given
    if given is None:
        return
    age_s = seconds_between(given.at_s, case.exchange.times.started or case.exchange.at_s)
    if age_s > CODE_LIFETIME_S:
        yield _finding(
            "oauth/code-expired",
            "too-late",
            Certainty.LIKELY,
            (earlier("code-given", given), *stated),
            (given.exchange,),
            {"age_s": round(age_s)},
        )


def _reused(case: Case, code: Code, stated: tuple[Evidence, ...]) -> Iterator[Finding]:
    first = next((seen for seen, ok in code.exchanged if ok), None)
    if first is None:
        return
    yield _finding(
        "oauth/code-reused",
        "same-code",
        Certainty.PROVEN,
        (earlier("code-exchanged", first), *stated),
        (first.exchange,),
        {"age_s": round(since_s(case, first)), "exchange": first.exchange},
    )


def _pkce_mistake(verifier: str, challenge: str, method: str) -> str | None:
    """Return what is wrong with the verifier; None where it fits (RFC 7636 section 4.6)."""
    if not verifier:
        return "missing"
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    hashed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if method.upper() == "S256":
        if challenge == hashed:
            return None
        return "not-hashed" if challenge == verifier else "other-verifier"
    if challenge == verifier:
        return None
    return "method-missing" if challenge == hashed else "other-verifier"


def _wechat_code(case: Case, context: Context) -> Iterator[Finding]:
    """The same for the codes that WeChat hands out: 40163 says that one was used."""
    if case.error is None or case.error.code not in _WECHAT_CODE_USED:
        return
    text = sent_code(case)
    code = context.history.grants.code(text) if text else None
    if code is None:
        return
    # The code of WeChat's own is the verdict, and this what proves it.
    for finding in _reused(case, code, (Evidence("response.json.errcode", case.error.code),)):
        yield msgspec.structs.replace(finding, severity=Severity.WARNING)
