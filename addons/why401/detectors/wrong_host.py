"""Was the credential meant for this host?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from why401.case import Case
from why401.context import Context
from why401.credentials.jwt import Jwt
from why401.detectors.earlier import earlier, judged, sent_authorization
from why401.detectors.refusal import judged_credentials
from why401.detectors.traits import Trait
from why401.history.settling import Carried
from why401.history.sighting import placeholder, seconds_between
from why401.history.sites import is_loopback, site_of
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("transport/credentials-to-third-party", "transport/host-mismatch")
NEEDS = frozenset({Trait.REFUSED, Trait.CREDENTIALS})

RECENT_S = 3600.0
_SCHEMES = frozenset({"bearer", "api-key", "basic", "token", "apikey", "dpop"})
MAX_AUDIENCES = 20


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a credential that belongs to another site, and for a token whose
    audience is this API under another name."""
    for carried in judged(case, context)[:1]:
        if carried.credential.scheme in _SCHEMES:
            yield from _third_party(case, context, carried)
    yield from _mismatch(case)


def _third_party(case: Case, context: Context, carried: Carried) -> Iterator[Finding]:
    """One that was opened by another site, comes from neither this one nor for it, and was refused
    here. That it came by a redirect is certain to be no wish of its owner."""
    tokens = context.history.tokens
    opened = tokens.success(carried.fingerprint)
    if opened is None:
        return
    credential, host = carried.credential, case.exchange.request.host.lower()
    if not credential.where.startswith("request.header.") or _is_private(host):
        return
    if _is_private(opened.host) or site_of(opened.host) == site_of(host):
        return
    if not 0.0 <= seconds_between(opened.at_s, case.exchange.at_s) <= RECENT_S:
        return
    record = tokens.record(carried.fingerprint)
    if record is not None and record.issued and site_of(record.issued.host) == site_of(host):
        return
    if site_of(host) in {site_of(each) for each in _named_hosts(credential.jwt)}:
        return
    redirect, sent = context.history.redirects.to(case), sent_authorization(case)
    is_redirected = (
        redirect is not None
        and sent is not None
        and redirect.authorization == context.history.fingerprints.of(sent)
        and site_of(redirect.authorization_origin[1]) != site_of(host)
    )
    certainty = Certainty.PROVEN if is_redirected else Certainty.LIKELY
    yield Finding(
        "transport/credentials-to-third-party",
        certainty,
        (
            Evidence(credential.where, placeholder("token", carried.fingerprint)),
            Evidence("history.token-worked", {"exchange": opened.exchange, "host": opened.host}),
            *((earlier("redirected", redirect.seen),) if redirect and is_redirected else ()),
        ),
        (
            CauseFound(
                "by-redirect" if is_redirected else "sent-everywhere",
                Certainty.LIKELY if is_redirected else Certainty.POSSIBLE,
            ),
        ),
        {"owner": opened.host, "host": host},
        (opened.exchange,),
    )


def _mismatch(case: Case) -> Iterator[Finding]:
    """An audience that is a URL of this site, or any where the host is an address: the API may be
    the right one under the wrong name."""
    host = case.exchange.request.host.lower()
    for credential in judged_credentials(case)[:1]:
        if credential.jwt is None or "aud" not in (credential.jwt.claims or ()):
            return
        audiences = list(_audience_hosts(credential.jwt))
        if not audiences or host in audiences:
            return
        meant = [
            each
            for each in audiences
            if not _is_private(each) and (_is_private(host) or site_of(each) == site_of(host))
        ]
        if meant:
            yield Finding(
                "transport/host-mismatch",
                Certainty.POSSIBLE,
                (Evidence(credential.where, {"aud": meant[0]}), Evidence("request.host", host)),
                (CauseFound("other-name", Certainty.POSSIBLE),),
                {"host": host, "audience": meant[0]},
            )


def _named_hosts(jwt: Jwt | None) -> Iterator[str]:
    yield from _audience_hosts(jwt)
    claims = (jwt.claims if jwt else None) or {}
    if host := _host_of(claims.get("iss")):
        yield host


def _audience_hosts(jwt: Jwt | None) -> Iterator[str]:
    claims = (jwt.claims if jwt else None) or {}
    audience = claims.get("aud")
    for each in (audience if isinstance(audience, list) else [audience])[:MAX_AUDIENCES]:
        if host := _host_of(each):
            yield host


def _host_of(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return ""
    try:
        return (urlsplit(value[:2000]).hostname or "").lower()
    except ValueError:
        return ""


def _is_private(host: str) -> bool:
    """Return whether `host` is this machine, an address, or a name without a site."""
    if is_loopback(host) or "." not in host or host.endswith((".local", ".test", ".internal")):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
