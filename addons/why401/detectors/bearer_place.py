"""Does the Bearer token stand where the server looks for one? (RFC 6750 section 2)"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import numeric_date
from why401.credentials.find import Credential
from why401.detectors.earlier import judged, worked_lately
from why401.detectors.refusal import judged_credentials, words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("bearer/in-query-unsupported", "bearer/in-body-wrong-type")
NEEDS = frozenset({Trait.REFUSED, Trait.BEARER, Trait.NO_AUTHORIZATION})

_NAMES = frozenset({"access_token", "token", "jwt", "id_token", "auth_token", "accesstoken"})


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a token in the query or the body that a server evidently did not see:
    its Bearer challenge names no error, as for a request without any (section 3)."""
    if case.status != 401:
        return
    credential = next((each for each in judged_credentials(case)), None)
    if credential is None or credential.scheme != "bearer" or is_redacted(credential.value):
        return
    place, _, name = credential.where.removeprefix("request.").partition(".")
    is_unseen = any(each.name == "bearer" for each in case.challenges) and not any(
        each.param("error") for each in case.challenges
    )
    if name.lower() not in _NAMES or not (is_unseen or said(case, Topic.MISSING)):
        return
    if said(case, Topic.EXPIRED, Topic.SIGNATURE, Topic.AUDIENCE, Topic.ISSUER, Topic.REVOKED):
        # The server did read the token.
        return
    if place == "query":
        yield _finding(case, context, credential, "bearer/in-query-unsupported", "header-only")
    elif place == "json" and name.lower() == "access_token":
        yield _finding(case, context, credential, "bearer/in-body-wrong-type", "not-a-form")
    elif place == "form" and case.exchange.request.method in ("GET", "HEAD"):
        yield _finding(case, context, credential, "bearer/in-body-wrong-type", "no-body-expected")


def _finding(
    case: Case, context: Context, credential: Credential, rule: str, cause: str
) -> Finding:
    worked = _worked_in_header(case, context, credential)
    content_type = case.request.headers.text("content-type")
    in_body = rule == "bearer/in-body-wrong-type"
    return Finding(
        rule,
        Certainty.PROVEN if worked else Certainty.LIKELY,
        (
            Evidence(credential.where, "present"),
            *((Evidence("request.header.content-type", (content_type or "-")[:80]),) * in_body),
            *((Evidence("history.request-worked", worked),) if worked else ()),
            *words_evidence(case, context.masker, Topic.MISSING),
        ),
        causes=(CauseFound(cause, Certainty.PROVEN if worked else Certainty.LIKELY),),
        values={"name": credential.where.rpartition(".")[2][:40]},
        related=(worked,) if worked else (),
    )


def _worked_in_header(case: Case, context: Context, credential: Credential) -> str | None:
    """Return the exchange in which the very same request worked a moment before, with this token
    in Authorization; None where the token has expired since."""
    worked = worked_lately(case, context)
    if worked is None or worked.scheme != "bearer":
        return None
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    expires_s, now_s = numeric_date(claims.get("exp")), case.server_now_s
    if expires_s is not None and now_s is not None and expires_s <= now_s:
        return None
    is_same = any(each.fingerprint == worked.token for each in judged(case, context))
    return worked.exchange if is_same else None
