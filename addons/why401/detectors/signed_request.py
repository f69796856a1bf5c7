"""What can be checked of a signed request without its secret: payload hash, clock, signed headers.

AWS Signature Version 4 and the schemes of its shape. The secret is not needed for any of it; that
the signature itself is right is never said here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.signed_headers import SignedHeaders, time_of
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text
from why401.signatures.sent_request import signed_claim
from why401.triage import REFUSALS

REPORTS = (
    "signature/sigv4-malformed",
    "signature/sigv4-payload-hash",
    "signature/sigv4-date",
    "signature/sigv4-signed-header",
    "signature/sigv4-region",
    "signature/sigv4-session-token",
)
NEEDS = frozenset({Trait.OTHER_SERVER, Trait.SIGNED})

MAX_TEXT = 8192
_SHA256 = regex(r"[0-9a-fA-F]{64}")
_REGION_IN_HOST = regex(
    r"(?:^|\.)(?:[a-z0-9-]{1,40})[.-]((?:[a-z]{2}|us-gov|us-iso)-[a-z]{3,10}-\d)\.amazonaws\.com(?:\.cn)?$"
)
_MISMATCH = ("signaturedoesnotmatch", "signature we calculated does not match", "signaturefailure")
_CLOCK = (
    *(
        "requesttimetooskewed",
        "signature expired",
        "signature not yet current",
        "request has expired",
    ),
    *("signatureexpire", "invalidtimestamp", "illegaltimestamp", "requestexpired", "expired"),
)
_HASH = ("xamzcontentsha256mismatch", "content-sha256")
"""Not a signature that does not match: for that there are many reasons."""
_LEFT_OUT = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "cookie", "expect", "keep-alive"),
        *("proxy-authorization", "te", "transfer-encoding", "user-agent"),
    }
)
"""Fields that programs which write captures, or the HTTP library below them, leave out."""
_REGION = ("authorizationheadermalformed", "region is wrong", "credential should be scoped")
_TOKEN = (
    "invalidclienttokenid",
    "security token included in the request is invalid",
    "missingsecuritytoken",
)
_SHAPE = (
    *("incompletesignature", "authorizationheadermalformed", "authorizationqueryparameterserror"),
    *("missingfields", "invalidauthorization", "must contain"),
)


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield every mismatch between what was signed and what was sent."""
    if case.status not in REFUSALS and not _is_refused_under_200(case):
        return
    claim = signed_claim(case)
    if claim is None:
        return
    yield from _shape(case, claim)
    yield from _payload(case, claim)
    yield from _date(case, claim)
    yield from _headers(case, claim)
    yield from _region(case, claim)
    yield from _session_token(case, claim)


def _is_refused_under_200(case: Case) -> bool:
    """Return whether the body of a success is an error of Tencent Cloud's about the signature."""
    return case.status == 200 and bool(says(case, ("authfailure.signature",)))


def says(case: Case, words: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Return the word of `words` that the server says, as evidence; the rest of its text is left
    out, for such servers echo keys and signatures."""
    text = (
        case.response.text[:MAX_TEXT].lower()
        + (case.response.headers.text("x-amzn-errortype") or "").lower()
    )
    found = next((word for word in words if word in text), None)
    return (Evidence("response.text", found),) if found else ()


def signature_finding(
    rule: str,
    cause: str,
    evidence: tuple[Evidence, ...],
    words: tuple[Evidence, ...],
    certainty: Certainty = Certainty.PROVEN,
    **values: str | float,
) -> Finding:
    """`certainty` is that of the defect; its being the reason is as sure where the server says so,
    and likely otherwise."""
    return Finding(
        f"signature/{rule}",
        certainty,
        (*evidence, *words),
        causes=(CauseFound(cause, certainty if words else Certainty.LIKELY),),
        values=values,
    )


def _shape(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    seen: dict[str, str] = {"scheme": claim.name}
    if claim.missing:
        seen["missing"] = ", ".join(claim.missing)
        cause = "parameter-missing"
    elif claim.name == "AWS4" and (len(claim.scope) != 4 or claim.scope[-1] != "aws4_request"):
        seen["scope"] = "/".join(claim.scope)[:120]
        cause = "scope"
    elif claim.name == "AWS4" and not {"host", ":authority"} & {*claim.headers}:
        seen["signed_headers"] = ";".join(claim.headers)[:120]
        cause = "host-unsigned"
    else:
        return
    evidence = (Evidence(claim.where, dict(seen)),)
    yield signature_finding(
        "sigv4-malformed",
        cause,
        evidence,
        says(case, _SHAPE),
        missing=seen.get("missing", "-"),
        scheme=claim.name,
    )


def _payload(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    """The hash in the header is that of the body as sent, or one of the words for an open one."""
    body = case.exchange.request.body
    if claim.payload_hash is None or not _SHA256.fullmatch(claim.payload_hash) or body is None:
        return
    if not body.is_exact or not body.is_complete or body.is_decoded:
        return
    own = hashlib.sha256(body.data).hexdigest()
    if own == claim.payload_hash.lower():
        return
    is_empty = claim.payload_hash.lower() == hashlib.sha256(b"").hexdigest()
    yield signature_finding(
        "sigv4-payload-hash",
        "of-an-empty-body" if is_empty else "other-body",
        (
            Evidence(claim.where, {"payload_hash": claim.payload_hash.lower()}),
            Evidence("request.body", {"sha256": own, "bytes": len(body.data)}),
        ),
        says(case, _HASH),
        scheme=claim.name,
        bytes=len(body.data),
    )


def _date(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    signed_s, now_s = claim.at_s, _server_time(case)
    if signed_s is None:
        return
    seen = Evidence(claim.where, {"signed_at": (claim.date or "")[:40]})
    words = says(case, _CLOCK)
    date = claim.date or ""
    is_compact = claim.name == "AWS4" and len(date) == 16 and bool(claim.scope)
    if is_compact and date[:8] != claim.scope[0]:
        yield signature_finding(
            "sigv4-date",
            "scope-day",
            (Evidence(claim.where, {"signed_at": date, "scope": claim.scope[0][:20]}),),
            says(case, ("credential scope", "scope")),
            signed_time=signed_s,
            scheme=claim.name,
        )
        return
    if now_s is None:
        return
    clock = date_evidence(case)
    if claim.expires_s is not None:
        over_s = now_s - signed_s - claim.expires_s
        if over_s > 0:
            yield signature_finding(
                "sigv4-date",
                "presigned-expired",
                (seen, *clock),
                words,
                age_s=over_s,
                signed_time=signed_s,
                scheme=claim.name,
            )
            return
    skew_s = now_s - signed_s
    # A presigned URL may be as old as it says.
    if abs(skew_s) <= claim.max_skew_s or (claim.expires_s is not None and skew_s > 0):
        return
    yield signature_finding(
        "sigv4-date",
        "too-old" if skew_s > 0 else "in-the-future",
        (seen, *clock),
        words,
        age_s=abs(skew_s),
        signed_time=signed_s,
        scheme=claim.name,
    )


def _server_time(case: Case) -> float | None:
    """The time that the server itself names (S3), else that of its Date."""
    stated = re.search(
        r"<ServerTime>([0-9TZ:.-]{16,30})</ServerTime>", case.response.text[:MAX_TEXT]
    )
    return (time_of(stated[1]) if stated else None) or case.server_now_s


def date_evidence(case: Case) -> tuple[Evidence, ...]:
    """Return what the server's clock showed; nothing where the answer does not say."""
    date = case.response.headers.text("date")
    return (Evidence("response.header.date", date[:40]),) if date else ()


def _headers(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    """Every header that was signed must be there, as far as the capture holds all of them; HTTP/2
    sends Host as a pseudo-header."""
    sent = {header_text(key).lower() for key, _ in case.request.headers.fields[:500]}
    missing = [
        name for name in claim.headers if name not in sent and name not in ("host", ":authority")
    ]
    if not missing:
        return
    yield signature_finding(
        "sigv4-signed-header",
        "not-sent",
        (
            Evidence(claim.where, {"signed_headers": ";".join(claim.headers)[:200]}),
            Evidence("request.headers", {"missing": ", ".join(missing)[:120]}),
        ),
        says(case, _MISMATCH),
        sureness_of_absence(case, missing),
        missing=", ".join(missing)[:120],
        scheme=claim.name,
    )


def sureness_of_absence(case: Case, missing: list[str]) -> Certainty:
    """Return how sure it is that fields which the capture lacks were not sent: a request without
    its host was not kept whole."""
    request = case.exchange.request
    is_h2 = request.http_version.upper() not in ("HTTP/1.0", "HTTP/1.1")
    names = request.headers.by_name()
    is_whole = not case.exchange.is_sanitised and (
        is_h2 or "host" in names or ":authority" in names
    )
    is_surely_gone = is_whole and not _LEFT_OUT.issuperset(missing)
    return Certainty.PROVEN if is_surely_gone else Certainty.LIKELY


def _region(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    if claim.name != "AWS4" or len(claim.scope) != 4:
        return
    found = _REGION_IN_HOST.search(case.exchange.request.host.lower()[-120:])
    stated = re.search(
        r"<Region>([a-z0-9-]{5,30})</Region>|expecting '([a-z0-9-]{5,30})'",
        case.response.text[:MAX_TEXT],
    )
    wanted = (stated[1] or stated[2]) if stated else found[1] if found else None
    if wanted is None or wanted == claim.scope[1]:
        return
    yield signature_finding(
        "sigv4-region",
        "other-region",
        (
            Evidence(claim.where, {"region": claim.scope[1][:40]}),
            Evidence("response.text" if stated else "request.host", wanted),
        ),
        says(case, _REGION) if stated else (),
        region=claim.scope[1][:40],
        wanted=wanted,
    )


def _session_token(case: Case, claim: SignedHeaders) -> Iterator[Finding]:
    """A temporary key is worth nothing without the token issued with it."""
    if claim.name != "AWS4" or not claim.key_id.startswith("ASIA"):
        return
    in_query = any(name.lower() == "x-amz-security-token" for name, _ in case.query[:200])
    if in_query or case.request.headers.values("x-amz-security-token"):
        return
    yield signature_finding(
        "sigv4-session-token",
        "not-sent",
        (Evidence(claim.where, {"key_id": "ASIA…"}),),
        says(case, _TOKEN),
    )
