"""Did something between client and server take the credential away, or answer in its stead?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.sketch import quoted_from
from why401.detectors.earlier import earlier, header
from why401.detectors.refusal import is_refused, judged_credentials
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.clocks import Off
from why401.history.cookies import is_browser
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text
from why401.verdict.evidence import carried_secrets

REPORTS = (
    "transport/ntlm-connection-broken",
    "auth/ntlm-refused",
    "transport/mtls-through-proxy",
    "transport/header-too-large",
    "transport/auth-stripped-upstream",
    "transport/websocket-auth",
    "transport/cached-401",
    "transport/clock-client",
    "transport/credentials-in-url",
)
NEEDS: frozenset[Trait] = frozenset()

MIN_SKEW_S = 30.0
MAX_SKEW_S = 1e9
_OF_CERTIFICATES = frozenset({400, 401, 403, 495, 496})
_OF_SIZE = frozenset({400, 413, 431, 494})
_OF_CONNECTIONS = frozenset({"ntlm", "negotiate"})
_TYPE_3 = "TlRMTVNTUAAD"
_CACHE_HEADERS = frozenset({"age", "x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache"})
_HIT = regex(r"\bhit\b")
_TOO_LARGE = (
    *("request header or cookie too large", "header fields too large", "header too large"),
    *("header is too large", "request header too long", "headers too large", "header overflow"),
)
_OF_ANOTHER = regex(r"api[ _-]?key|format is|bad_scheme|\bvalid [\w ]{1,30} not\b")
"""Words that do not miss the field itself: another one, another form, or one that is valid."""
_SMALL_BYTES = 4096
"""No server in use refuses less than this; the least of the usual limits is 8 KB."""
_NO_CERTIFICATE = (
    *("no required ssl certificate was sent", "the ssl certificate error", "client certificate"),
    *("ssl certificate required", "certificate is required"),
)
_TLS_ALERT = regex(
    r"certificate required|bad certificate|certificate unknown|unknown ca\b|certificate expired"
    r"|certificate_required|bad_certificate|unknown_ca"
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield findings about the way of the request, whatever its credential is worth."""
    if case.exchange.response is None or case.status in _OF_CERTIFICATES:
        yield from _certificate(case)
    if case.status in _OF_SIZE and case.family is None:
        yield from _too_large(case)
    if not is_refused(case):
        return
    for credential in case.credentials:
        if credential.scheme in _OF_CONNECTIONS and credential.value.startswith(_TYPE_3):
            yield from _ntlm(case, context, credential)
            break
    yield from _stripped(case, context)
    yield from _websocket(case)
    yield from _cached(case)
    yield from _in_url(case)
    if case.skew_s is not None and case.date_s is not None:
        yield from _clock(case, context, case.skew_s)


def _certificate(case: Case) -> Iterator[Finding]:
    """A proxy ends the client's TLS, so the client's certificate stays with it (RFC 8446 section
    4.4.2) unless the proxy is given one."""
    request = case.exchange.request
    if request.scheme != "https":
        return
    error = (case.exchange.error or "")[:500].lower()
    if case.exchange.response is None:
        if found := _TLS_ALERT.search(error):
            if "client" in error and "handshake" in error:
                return
            yield _certificate_finding(Evidence("exchange.error", found[0]), Certainty.LIKELY)
        return
    start = case.response.text[:4096]
    if "ertificate" not in start:
        return
    text = folded(start)
    words = next((word for word in _NO_CERTIFICATE if word in text), None)
    if words is not None:
        sure = words in _NO_CERTIFICATE[:2]
        yield _certificate_finding(
            Evidence("response.text", words), Certainty.PROVEN if sure else Certainty.LIKELY
        )


def _certificate_finding(evidence: Evidence, certainty: Certainty) -> Finding:
    return Finding(
        "transport/mtls-through-proxy",
        certainty,
        (evidence,),
        (CauseFound("kept-by-proxy", Certainty.LIKELY),),
    )


def _too_large(case: Case) -> Iterator[Finding]:
    text = folded(case.response.text[:4096])
    words = next((word for word in _TOO_LARGE if word in text), None)
    if words is None and case.status not in (431, 494):
        return
    sizes = [(len(key) + len(value) + 4, key) for key, value in case.request.headers]
    largest = max(sizes, default=(0, b""))
    name = header_text(largest[1][:60]).lower()
    total = sum(size for size, _ in sizes)
    cause = {"cookie": "cookies", "authorization": "token"}.get(name, "other")
    certainty = Certainty.PROVEN if largest[0] >= 2048 else Certainty.LIKELY
    if total < _SMALL_BYTES:
        cause, certainty = "grown", Certainty.POSSIBLE
    yield Finding(
        "transport/header-too-large",
        Certainty.PROVEN,
        (
            Evidence("request.headers", {"bytes": total}),
            Evidence(f"request.header.{name}", {"bytes": largest[0]}),
            Evidence("response.text", words) if words else Evidence("response.status", case.status),
        ),
        (CauseFound(cause, certainty),),
        {"name": name, "size": largest[0], "total": total},
    )


def _ntlm(case: Case, context: Context, final: Credential) -> Iterator[Finding]:
    """The third message must come on the connection of the second (RFC 4559 section 6)."""
    leg = context.history.handshakes.leg(case)
    server, version = case.exchange.server, case.exchange.request.http_version
    if leg is None or not server or not leg.server or leg.server == server:
        yield from _ntlm_refused(case, final)
        return
    # Without the client's own connections, the token may be that of another handshake beside this.
    certainty = Certainty.PROVEN if case.exchange.client else Certainty.LIKELY
    yield Finding(
        "transport/ntlm-connection-broken",
        certainty,
        (
            Evidence(final.where, {"message": "NTLM type 3"}),
            earlier("challenged", leg.seen),
            Evidence("exchange.server", "another connection"),
        ),
        (CauseFound("http2" if version.startswith("HTTP/2") else "pooled", certainty),),
        related=(leg.seen.exchange,),
    )


def _ntlm_refused(case: Case, final: Credential) -> Iterator[Finding]:
    """An answer to the challenge that is challenged anew, without a token to go on with, was
    refused."""
    again = [each for each in case.challenges if each.name in ("ntlm", "negotiate")]
    if case.status != 401 or not again or any(each.token68 for each in again):
        return
    yield Finding(
        "auth/ntlm-refused",
        Certainty.LIKELY,
        (
            Evidence(final.where, {"message": "NTLM type 3"}),
            Evidence("response.header.www-authenticate", again[0].scheme),
        ),
        (
            CauseFound("wrong-account", Certainty.LIKELY),
            CauseFound("other-connection", Certainty.POSSIBLE),
        ),
    )


def _stripped(case: Case, context: Context) -> Iterator[Finding]:
    """The server acts as if nothing had come. From one exchange this is likely at best: many use
    the same words for a token that they do not accept."""
    stated = said(case, Topic.ABSENT)
    if stated is None or case.status != 401 or _OF_ANOTHER.search(folded(stated[1][:300])):
        return
    sent = [each for each in judged_credentials(case) if each.authorization is not None]
    if not sent or sent[0].scheme not in ("bearer", "basic", "dpop"):
        return
    # "jwt-auth" is how tymon/jwt-auth calls Bearer.
    offered = {each.name for each in case.challenges} - {"jwt-auth"}
    if sent[0].authorization is None or not sent[0].authorization.token:
        return
    if offered and sent[0].scheme not in offered:
        return
    if any(each.param("error") for each in case.challenges):
        return
    where, text = stated
    quoted = quoted_from(text[:300], carried_secrets(case), context.masker)
    yield Finding(
        "transport/auth-stripped-upstream",
        Certainty.LIKELY,
        (Evidence("request.header.authorization", sent[0].scheme), Evidence(where, quoted)),
        (CauseFound("not-forwarded", Certainty.LIKELY),),
    )


def _websocket(case: Case) -> Iterator[Finding]:
    if header(case, "upgrade") != "websocket" or case.status not in (401, 403):
        return
    if not is_browser(case.exchange) or case.has_credentials:
        # A token in the query or in the subprotocol is how browsers do it.
        return
    certainty = Certainty.POSSIBLE if case.credentials else Certainty.LIKELY
    yield Finding(
        "transport/websocket-auth",
        Certainty.PROVEN,
        (Evidence("request.header.upgrade", "websocket"), Evidence("response.status", case.status)),
        (CauseFound("no-header", certainty),),
    )


def _cached(case: Case) -> Iterator[Finding]:
    headers = case.response.headers
    if _CACHE_HEADERS.isdisjoint(headers.by_name()):
        return
    found = {
        name: header_text(values[-1][:80])
        for name, values in headers.by_name().items()
        if name in _CACHE_HEADERS
    }
    age = found.pop("age", "").strip()
    hit = next((name for name, text in found.items() if _HIT.search(text.lower())), None)
    seconds = int(age) if age.isdecimal() and len(age) < 9 else 0
    if hit is None and not seconds:
        return
    evidence = (
        Evidence(f"response.header.{hit}", (headers.text(hit) or "")[:80])
        if hit
        else (Evidence("response.header.age", seconds))
    )
    yield Finding(
        "transport/cached-401",
        Certainty.PROVEN if hit or seconds > 1 else Certainty.LIKELY,
        (evidence,),
        (CauseFound("from-cache", Certainty.LIKELY),),
        {"age_s": seconds, "status": case.status},
    )


def _in_url(case: Case) -> Iterator[Finding]:
    for each in case.credentials:
        if each.where.startswith("request.query.") and each.scheme in ("bearer", "api-key"):
            yield Finding(
                "transport/credentials-in-url",
                Certainty.PROVEN,
                (Evidence(each.where, "present"),),
                (CauseFound("in-query", Certainty.PROVEN),),
                {"name": each.where.rpartition(".")[2][:40]},
            )
            return


def _clock(case: Case, context: Context, skew_s: float) -> Iterator[Finding]:
    if not MIN_SKEW_S <= abs(skew_s) < MAX_SKEW_S:
        return
    match context.history.clocks.off(case.exchange.request.host):
        case Off.LOCAL:
            cause = "fast" if skew_s > 0 else "slow"
        case Off.SERVER:
            cause = "server"
        case Off.UNKNOWN:
            cause = "differ"
    yield Finding(
        "transport/clock-client",
        Certainty.LIKELY,
        (Evidence("response.header.date", case.response.headers.text("date")),),
        (CauseFound(cause, Certainty.LIKELY),),
        {"skew_s": round(abs(skew_s))},
    )
