"""How a server refused, and in which words: what the detectors judge certainty by.

A defect in the request is one thing, that it is why the server refused is another. Words of the
server that agree with the bytes prove it; so does a request that no server could have accepted.
"""

from __future__ import annotations

from why401.case import Case
from why401.credentials.find import Credential
from why401.credentials.sketch import quoted_from
from why401.detectors.server_words import Topic, said, spoken_of
from why401.knowledge.folding import folded
from why401.later import regex
from why401.masking import Masker
from why401.model import Certainty, Evidence
from why401.triage import MAX_REFUSAL_BYTES, REFUSALS, is_unhandled
from why401.verdict.evidence import carried_secrets

ALWAYS = frozenset({401, 403, 407})
"""Statuses that speak of credentials by themselves; others need a challenge or words."""


_ABOUT_CREDENTIALS = regex(
    r"token|jwt|bearer|authori[sz]ation|authentication|credential|segments|signature|unauth|"
    r"session|令牌|登录|凭证|签名|认证"
)
_RATE = regex(r"rate[ -]?limit|too many requests|quota exceeded|请求过于频繁")
_OF_PYJWT = regex(
    r"token|jwt|segments|signature|audience|issuer|padding|header|claim|algorithm|payload|csrf|"
    r"subject|issued at"
)
_OAUTH_CODES = frozenset(
    {"invalid_token", "invalid_request", "invalid_grant", "invalid_client", "use_dpop_nonce"}
    | {"invalid_dpop_proof", "insufficient_scope", "unauthorized_client"}
)


def is_refused(case: Case) -> bool:
    """Return whether a server that is not WeChat's refused this request for its credentials.

    401, 403 and 407 say so, in the status or in a body under 200; the other statuses of
    `triage.REFUSALS` only together with a challenge, an OAuth error code or words about tokens, and
    500 where it is an error about a token that nobody caught.
    WeChat's answers have rules of their own.
    """
    known: bool | None = case.memo.get("refusal.is_refused")
    if known is None:
        known = case.memo["refusal.is_refused"] = _is_refused(case)
    return known


def _is_refused(case: Case) -> bool:
    if case.family is not None:
        return False
    if case.stated_status in ALWAYS:
        return True
    if case.status not in REFUSALS:
        return case.status == 500 and is_unhandled(case.response.content.data[:MAX_REFUSAL_BYTES])
    if case.challenges or case.status in (440, 498, 499):
        return True
    body = case.response.json
    if isinstance(body, dict) and str(body.get("error")) in _OAUTH_CODES:
        return True
    if case.status == 422 and isinstance(body, dict) and body.keys() == {"msg"}:
        # Flask-JWT-Extended, with what PyJWT says of the token.
        return _OF_PYJWT.search(folded(str(body["msg"])[:500])) is not None
    # "Malformed" and "has expired" are said of much else: of a body, of a coupon.
    return any(_ABOUT_CREDENTIALS.search(folded(text)) for _, text in spoken_of(case).values())


def words_evidence(case: Case, masker: Masker, *topics: Topic) -> tuple[Evidence, ...]:
    """Return the server's words about `topics` as evidence, credentials that it echoes masked."""
    found = said(case, *topics)
    if found is None:
        return ()
    where, text = found
    return (Evidence(where, quoted_from(text, carried_secrets(case), masker)),)


def certainty_by_words(case: Case, *topics: Topic) -> Certainty:
    """Return how sure a defect seen in the bytes is the cause: proven where the server's words
    agree with it, else likely."""
    return Certainty.PROVEN if topics and said(case, *topics) else Certainty.LIKELY


def certainty_of_fatal(case: Case, *topics: Topic) -> Certainty:
    """Return how sure it is that a credential which no server can accept is the cause.

    Proven where it is the only one and the server says 401 or 407: nothing else was there to be
    accepted. A 403 or 400, and a second credential, may have reasons of their own.
    """
    only = sum(credential.scheme != "cookie" for credential in case.credentials) <= 1
    has_cookie = any(credential.scheme == "cookie" for credential in case.credentials)
    # Where the challenge does not ask for a header, the session may be what was refused.
    if has_cookie and not case.offered & {"bearer", "basic", "digest", "dpop", "token"}:
        only = False
    if only and case.status in (401, 407):
        return Certainty.PROVEN
    return certainty_by_words(case, *topics)


def judged_credentials(case: Case) -> tuple[Credential, ...]:
    """Return the credentials that this answer is about: those of the Authorization field where
    there is one, else those of other headers, else of query and body, else of cookies."""
    known: tuple[Credential, ...] | None = case.memo.get("refusal.judged")
    if known is None:
        known = case.memo["refusal.judged"] = _judged_credentials(case)
    return known


def _judged_credentials(case: Case) -> tuple[Credential, ...]:
    credentials = case.credentials
    if not credentials:
        return ()
    if len(credentials) == 1 and "proxy-authorization" not in credentials[0].where:
        return credentials
    own = (
        "request.header.proxy-authorization"
        if case.status == 407
        else ("request.header.authorization")
    )
    candidates = [
        c for c in credentials if "proxy-authorization" not in c.where or case.status == 407
    ]
    for start in (own, "request.header.", "request."):
        found = tuple(
            credential
            for credential in candidates
            if credential.where.startswith(start) and (credential.scheme != "cookie")
        )
        if found:
            return found
    return tuple(candidates)


def says_failed(case: Case, scheme: str) -> bool:
    """Return whether the server says of `scheme` that it failed: then it reads that scheme,
    whatever its challenge offers. Jira offers nothing but OAuth."""
    return f"{scheme} authentication fail" in folded(case.response.text[:4096])


def speaks_of_rate(case: Case) -> bool:
    """Return whether the answer speaks of too many requests: then the credential may be fine."""
    headers = case.response.headers
    if headers.values("retry-after") or (headers.text("x-ratelimit-remaining") or "") == "0":
        return True
    return _RATE.search(folded(case.response.text[:4096])) is not None
