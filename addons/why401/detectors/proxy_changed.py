"""Did this very proxy change what was signed, or the credential itself, on the way?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.keys import SECRET_HEADERS
from why401.detectors.refusal import is_refused, judged_credentials
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.hosts import Family
from why401.later import regex
from why401.model import Alteration, CauseFound, Certainty, Evidence, Finding
from why401.signatures.refusal import Refusal, refusal
from why401.signatures.sent_request import signed_claim

REPORTS = ("transport/proxy-modified-signed", "transport/proxy-changed-credential")
NEEDS = frozenset({Trait.ALTERED})

_LINE = frozenset({"request.method", "request.host", "request.header.host", "request.target"})
_CREDENTIAL_FIELDS = frozenset(f"request.header.{name}" for name in SECRET_HEADERS)
_COVERED = regex(r'"([^"]{1,100})"')
_SIGNATURE_WORDS = regex(r"signature|hmac|digest|\bsign\b|签名|验签")
_REQUEST_WORDS = regex(r"dpop|\bht[mu]\b|\bproof\b|(?:request|message|http) signature")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding where the proxy's own record shows that it changed a part which the client
    had signed, or put another credential in place of the client's."""
    covered = _covered(case)
    signed = [each for each in case.exchange.altered if each.where in covered]
    changed = [each for each in case.exchange.altered if _is_of_credential(each)]
    # With another credential the signature is no longer the client's: it was signed anew.
    if signed and not changed and (refusal(case) is Refusal.SIGNATURE or is_refused(case)):
        certainty = _certainty_of_signature(case, signed)
        yield _finding("transport/proxy-modified-signed", signed, certainty)
    if changed and is_refused(case):
        certainty = _certainty_of_credential(case, changed)
        yield _finding("transport/proxy-changed-credential", changed, certainty)


def _is_of_credential(altered: Alteration) -> bool:
    return altered.where in _CREDENTIAL_FIELDS or altered.where.startswith("request.query.")


def _finding(rule: str, altered: list[Alteration], certainty: Certainty) -> Finding:
    by = altered[0].by
    kind, _, name = by.partition(" ")
    is_seen = any(each.change != "set" for each in altered)
    return Finding(
        rule,
        Certainty.PROVEN if is_seen else Certainty.LIKELY,
        tuple(
            Evidence("proxy.changed", {"place": each.where, "change": each.change, "by": each.by})
            for each in altered[:4]
        ),
        (CauseFound(kind, certainty),),
        {"place": altered[0].where.removeprefix("request."), "by": name or kind},
    )


def _covered(case: Case) -> frozenset[str]:
    """Return the places that the signature of the request covers, by the rules of its scheme."""
    if case.family in (Family.WECHATPAY_V2, Family.WECHATPAY_V3):
        is_v3 = case.family is Family.WECHATPAY_V3
        line = {"request.method", "request.target"} if is_v3 else set()
        return frozenset({"request.body"} | line)
    schemes = {credential.scheme for credential in case.credentials}
    claim = signed_claim(case)
    if claim is not None:
        # A payload hash of its own says whether the body counts; without one it does.
        return (
            _LINE | {"request.body"} | {f"request.header.{each.lower()}" for each in claim.headers}
        )
    fields = case.request.headers.texts("signature-input")
    if fields:
        return frozenset(_of_message_signature(fields[0][:4000]))
    if "oauth1" in schemes:
        is_form = bool(case.request.form)
        return _LINE | ({"request.body"} if is_form else frozenset())
    if "digest" in schemes:
        return frozenset({"request.method", "request.target"})
    return _LINE if "dpop" in schemes else frozenset()


def _of_message_signature(text: str) -> Iterator[str]:
    """Yield the places of the covered components (RFC 9421 section 2)."""
    for name in _COVERED.findall(text):
        if name in ("@target-uri", "@authority"):
            yield "request.host"
        if name in ("@target-uri", "@request-target", "@path", "@query"):
            yield "request.target"
        elif name == "@method":
            yield "request.method"
        elif name in ("content-digest", "digest"):
            yield "request.body"
        if not name.startswith("@"):
            yield f"request.header.{name.lower()}"


def _certainty_of_signature(case: Case, signed: list[Alteration]) -> Certainty:
    """Proven where the server says that the signature is what it refuses: with a part changed, no
    signature over the former text can be right. What was written into a body that holds its own
    signature may hold a new one, and what was set may be what stood there."""
    is_within = case.family is Family.WECHATPAY_V2
    if all(each.change == "set" for each in signed) or (is_within and not _by_option(signed)):
        return Certainty.LIKELY
    if case.family is not None:
        return Certainty.PROVEN if refusal(case) is Refusal.SIGNATURE else Certainty.LIKELY
    if any(each.jwt or each.scheme == "dpop" for each in case.credentials):
        # The token has a signature of its own, of which the server may speak.
        is_of_request = _REQUEST_WORDS.search(case.response.text[:4096].lower()) is not None
        return Certainty.PROVEN if is_of_request else Certainty.LIKELY
    if said(case, Topic.SIGNATURE) or _SIGNATURE_WORDS.search(case.response.text[:4096].lower()):
        return Certainty.PROVEN
    return Certainty.LIKELY


def _by_option(altered: list[Alteration]) -> bool:
    return all(each.by.startswith("option ") for each in altered)


def _certainty_of_credential(case: Case, changed: list[Alteration]) -> Certainty:
    """Proven where the answer is a 401 and about the very field that the proxy wrote or took away:
    what the client sent never reached the server."""
    if case.status != 401:
        return Certainty.LIKELY
    judged = {credential.where for credential in judged_credentials(case)}
    if any(each.where in judged for each in changed):
        return Certainty.PROVEN
    is_gone = not case.has_credentials and any(each.change == "removed" for each in changed)
    return Certainty.PROVEN if is_gone else Certainty.LIKELY
