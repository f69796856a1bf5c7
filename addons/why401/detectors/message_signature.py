"""HTTP Message Signatures (RFC 9421), the older draft, and OAuth 1.0: what needs no key.

The hash of the body (RFC 9530 and RFC 3230), the time of signing, and the fields that the
signature says it covers.
"""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from collections.abc import Iterator, Mapping

from why401.case import Case
from why401.context import Context
from why401.credentials.base64_text import decode_base64
from why401.credentials.parameters import parse_parameters
from why401.detectors.signed_request import (
    date_evidence,
    says,
    signature_finding,
    sureness_of_absence,
)
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import Evidence, Finding, Plain, header_text
from why401.triage import REFUSALS

REPORTS = (
    "signature/content-digest",
    "signature/covered-field",
    "signature/message-time",
    "signature/oauth1-timestamp",
)
NEEDS = frozenset({Trait.OTHER_SERVER, Trait.SIGNED})

MAX_FIELD = 8192
MAX_COVERED = 60
SKEW_S = 300.0
_HASHES = {"sha-256": "sha256", "sha-512": "sha512", "md5": "md5", "sha": "sha1"}
_DIGEST = regex(r"([A-Za-z0-9-]{2,12})=(:?)([A-Za-z0-9+/_-]{10,100}={0,2}):?")
_INPUT = regex(r"([a-z*][a-z0-9_.*-]{0,60})=\(([^()]{0,4000})\)([^,]{0,1000})")
_COVERED = regex(
    r'"([^"]{1,200})"((?:;[a-z*][a-z0-9_.*-]{0,40}(?:=(?:"[^"]{0,200}"|[?:A-Za-z0-9_.-]{0,60}))?)*)'
)
_ELSEWHERE = regex(r";(?:tr|req)(?![a-z0-9_.*-])")
"""A field of the trailers, or of the request that is answered (RFC 9421 sections 2.1.4, 2.4)."""
_TIME = regex(r";\s?(created|expires)=(\d{9,11})")
_MISMATCH = ("signature", "digest", "hmac")
_CLOCK = ("timestamp", "clock", "expired", "skew", "too old")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield what does not agree between a message signature and its message."""
    if case.status not in REFUSALS:
        return
    sent = next((c.authorization for c in case.credentials if c.authorization), None)
    scheme = sent.name if sent else ""
    has_input = bool(case.request.headers.values("signature-input"))
    if not has_input and scheme not in ("signature", "hmac", "oauth"):
        return
    params = _parameters(sent.credential) if sent else {}
    if scheme == "oauth" and "oauth_timestamp" in params:
        yield from _oauth1(case, params)
        yield from _body_hash(case, params)
        return
    yield from _digest(case)
    if has_input:
        yield from _input(case)
    elif scheme in ("signature", "hmac"):
        yield from _draft(case, params)


def _parameters(credential: str) -> dict[str, str]:
    params, _ = parse_parameters(credential[:MAX_FIELD])
    return {each.name.lower(): each.value for each in params}


def _digest(case: Case) -> Iterator[Finding]:
    """Compare Content-Digest or Digest with the body as sent."""
    for name in ("content-digest", "digest"):
        for algorithm, _, value in _DIGEST.findall(
            (case.request.headers.text(name) or "")[:MAX_FIELD]
        ):
            known = _HASHES.get(algorithm.lower())
            if known is None:
                continue
            seen = Evidence(f"request.header.{name}", f"{algorithm}={value[:100]}")
            found = _other_body(case, seen, algorithm, known, value)
            if found is not None:
                yield found
                return


def _body_hash(case: Case, params: Mapping[str, str]) -> Iterator[Finding]:
    """Compare what OAuth 1.0 clients add for bodies that are no form (OAuth Request Body Hash 1.0
    draft 4, section 3.2) with the body as sent."""
    value = urllib.parse.unquote(params.get("oauth_body_hash", "")[:200])
    if value and not case.request.form:
        known = "sha256" if "256" in params.get("oauth_signature_method", "") else "sha1"
        seen = Evidence("request.header.authorization", {"oauth_body_hash": value})
        found = _other_body(case, seen, "oauth_body_hash", known, value)
        if found is not None:
            yield found


def _other_body(
    case: Case, seen: Evidence, name: str, algorithm: str, value: str
) -> Finding | None:
    """Return a finding where `value`, base64, is another digest than that of the body as sent."""
    body, stated = case.exchange.request.body, decode_base64(value).data
    if body is None or not body.is_exact or not body.is_complete or body.is_decoded:
        return None
    own = hashlib.new(algorithm, body.data, usedforsecurity=False).digest()
    if stated is None or own == stated:
        return None
    sent: Plain = {name.lower(): base64.b64encode(own).decode(), "bytes": len(body.data)}
    return signature_finding(
        "content-digest",
        "other-body",
        (seen, Evidence("request.body", sent)),
        says(case, ("digest", "body hash", "body_hash")),
        algorithm=name[:20],
        bytes=len(body.data),
    )


def _input(case: Case) -> Iterator[Finding]:
    """RFC 9421 section 2: derived components begin with @, all others are fields of the message."""
    text = (case.request.headers.text("signature-input") or "")[:MAX_FIELD]
    signatures = (case.request.headers.text("signature") or "")[:MAX_FIELD]
    for label, covered, rest in _INPUT.findall(text)[:5]:
        if f"{label}=" not in signatures:
            yield signature_finding(
                "covered-field",
                "label",
                (Evidence("request.header.signature-input", label[:60]),),
                (),
                missing=label[:60],
            )
            continue
        names = [
            name.lower()
            for name, more in _COVERED.findall(covered)[:MAX_COVERED]
            if not name.startswith("@") and not _ELSEWHERE.search(more)
        ]
        yield from _fields(case, "request.header.signature-input", names)
        yield from _times(case, "request.header.signature-input", dict(_TIME.findall(rest)))


def _draft(case: Case, params: Mapping[str, str]) -> Iterator[Finding]:
    """The draft by Cavage: `headers` lists what was signed. Kong takes X-Date for Date."""
    names = params.get("headers", "").lower().split()[:MAX_COVERED]
    if case.request.headers.values("x-date"):
        names = [name for name in names if name != "date"]
    plain = [name for name in names if not name.startswith(("(", "@")) and name != "request-line"]
    yield from _fields(case, "request.header.authorization", plain)
    times = {
        name: params[name] for name in ("created", "expires") if params.get(name, "").isdecimal()
    }
    yield from _times(case, "request.header.authorization", times)


def _fields(case: Case, where: str, names: list[str]) -> Iterator[Finding]:
    sent = {header_text(key).lower() for key, _ in case.request.headers.fields[:500]}
    missing = [name for name in names if name not in sent and name != "host"]
    if missing:
        yield signature_finding(
            "covered-field",
            "not-sent",
            (
                Evidence(where, {"covers": " ".join(names)[:200]}),
                Evidence("request.headers", {"missing": ", ".join(missing)[:120]}),
            ),
            says(case, _MISMATCH),
            sureness_of_absence(case, missing),
            missing=", ".join(missing)[:120],
        )


def _times(case: Case, where: str, times: Mapping[str, str]) -> Iterator[Finding]:
    now_s = case.server_now_s
    if now_s is None:
        return
    for name, value in times.items():
        if len(value) > 11:
            continue
        distance_s = now_s - float(value)
        if name == "expires" and distance_s >= 0:
            cause = "expired"
        elif name == "created" and abs(distance_s) > SKEW_S:
            cause = "too-old" if distance_s > 0 else "in-the-future"
        else:
            continue
        yield signature_finding(
            "message-time",
            cause,
            (Evidence(where, {name: float(value)}), *date_evidence(case)),
            says(case, _CLOCK),
            age_s=abs(distance_s),
        )
        return


def _oauth1(case: Case, params: Mapping[str, str]) -> Iterator[Finding]:
    """RFC 5849 section 3.3: seconds since 1970, close to the server's clock."""
    text, now_s = params["oauth_timestamp"].strip(), case.server_now_s
    seen: Plain = {"oauth_timestamp": text[:30]}
    evidence = (Evidence("request.header.authorization", seen),)
    if not text.isdecimal() or len(text) != 10:
        cause = "milliseconds" if text.isdecimal() and len(text) == 13 else "format"
        yield signature_finding(
            "oauth1-timestamp", cause, evidence, says(case, _CLOCK), sent=text[:30]
        )
        return
    if now_s is None or abs(now_s - float(text)) <= SKEW_S:
        return
    distance_s = now_s - float(text)
    yield signature_finding(
        "oauth1-timestamp",
        "too-old" if distance_s > 0 else "in-the-future",
        (*evidence, *date_evidence(case)),
        says(case, _CLOCK),
        sent=text,
        age_s=abs(distance_s),
    )
