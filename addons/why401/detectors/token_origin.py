"""Does the refused token come from where this host's tokens come from?"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.detectors.refusal import judged_credentials, words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.shapes import Origin
from why401.history.sites import site_of
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "bearer/token-of-other-env",
    "jwt/wrong-tenant",
    "bearer/jwt-where-opaque",
    "bearer/wrong-resource",
    "jwt/aud-mismatch",
)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

_TOPICS = (Topic.ISSUER, Topic.AUDIENCE, Topic.KEY_ID, Topic.SIGNATURE)
_READ = (Topic.EXPIRED, Topic.NOT_YET_VALID, Topic.REVOKED, Topic.SCOPE)
"""What a server says of a token whose issuer it knows."""
_ENVIRONMENTS = {
    "dev": "dev",
    "develop": "dev",
    "development": "dev",
    "test": "test",
    "testing": "test",
    "qa": "test",
    "uat": "uat",
    "stg": "staging",
    "stage": "staging",
    "staging": "staging",
    "sandbox": "sandbox",
    "pre": "staging",
    "preprod": "staging",
    "prod": "prod",
    "production": "prod",
}
_WORD = regex(r"[a-z]+")
# Keycloak's realm, Entra ID's tenant, Firebase's project: what follows the part that is alike.
_TENANTS = (
    regex(r"(?P<base>https?://[^\s?#]{1,200}?/realms/)(?P<tenant>[^/?#]{1,100})"),
    regex(r"(?P<base>https://(?:login\.microsoftonline\.com|sts\.windows\.net)/)"
               r"(?P<tenant>[0-9a-fA-F-]{36})"),
    regex(r"(?P<base>https://securetoken\.google\.com/)(?P<tenant>[^/?#]{1,100})"),
    regex(r"(?P<base>https://)(?P<tenant>[a-z0-9-]{1,80})(?:\.[a-z]{2})?\.auth0\.com/?"),
)  # fmt: skip


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where issuer, tenant or kind of the token are not those of the tokens that
    the host accepted before, or its names speak of another environment than the host's."""
    credential = next((c for c in judged_credentials(case) if c.jwt and c.jwt.claims), None)
    if credential is None or credential.jwt is None or is_redacted(credential.value):
        return
    if credential.scheme not in ("bearer", "dpop") or said(case, *_READ):
        return
    host = case.exchange.request.host
    yield from _resource(case, context, credential, credential.jwt)
    issuer = (credential.jwt.claims or {}).get("iss")
    if not isinstance(issuer, str):
        issuer = None
    accepted = context.history.shapes.accepted_jwt(host, issuer)
    tenant = list(_tenant(case, context, credential, accepted, issuer))
    yield from tenant
    if not tenant:
        yield from _environment(case, context, credential, accepted, issuer)
    if accepted is not None and accepted.issuer == issuer and case.stated_status == 401:
        yield from _audience(case, credential, credential.jwt, accepted)
    opaque = context.history.shapes.accepted_opaque(host)
    if opaque is not None and accepted is None:
        yield Finding(
            "bearer/jwt-where-opaque",
            Certainty.LIKELY,
            (
                Evidence(credential.where, {"format": "jwt"}),
                Evidence("history.request-worked", {"exchange": opaque.exchange}),
            ),
            causes=(CauseFound("other-kind", Certainty.POSSIBLE),),
            values={"exchange": opaque.exchange},
            related=(opaque.exchange,),
        )


# -- tenant and environment ---------------------------------------------------------------------


def tenant_of(issuer: str) -> tuple[str, str] | None:
    """Return what an issuer of several tenants has in common, and which tenant it names."""
    for pattern in _TENANTS:
        if found := pattern.match(issuer[:400]):
            return found["base"], found["tenant"].lower()
    return None


def _tenant(
    case: Case,
    context: Context,
    credential: Credential,
    accepted: Origin | None,
    issuer: str | None,
) -> Iterator[Finding]:
    if accepted is None or issuer is None or accepted.issuer is None:
        return
    own, usual = tenant_of(issuer), tenant_of(accepted.issuer)
    sent_tid = (credential.jwt.claims or {}).get("tid") if credential.jwt else None
    by_tid = isinstance(sent_tid, str) and accepted.tenant not in (None, sent_tid)
    if own is not None and usual is not None and own[0] == usual[0] and own[1] != usual[1]:
        sent, wanted = own[1], usual[1]
    elif by_tid and isinstance(sent_tid, str) and accepted.tenant:
        sent, wanted = sent_tid[:80], accepted.tenant
    else:
        return
    yield _finding(
        case, context, credential, "jwt/wrong-tenant", "other-tenant", accepted, sent, wanted
    )


def environment_of(name: str) -> str | None:
    """Return the environment that a host name or URL names as a word of its own, None without."""
    text = name[:300].lower()
    if "://" in text:
        try:
            parts = urllib.parse.urlsplit(text)
            text = f"{parts.hostname or ''}{parts.path}"
        except ValueError:
            return None
    found = {_ENVIRONMENTS[word] for word in _WORD.findall(text) if word in _ENVIRONMENTS}
    return found.pop() if len(found) == 1 else None


def _is_one_site(issuer: str, other: str) -> bool:
    """Whether two issuers are of one house: then what they differ in is the environment."""
    try:
        hosts = [urllib.parse.urlsplit(each[:300]).hostname for each in (issuer, other)]
    except ValueError:
        return False
    return None not in hosts and len({site_of(host or "") for host in hosts}) == 1


def _doubted(finding: Finding) -> Finding:
    """Return `finding` as no more than likely: that one of two houses is called `dev` is no proof
    that the other is its production."""
    causes = tuple(
        CauseFound(each.id, each.certainty.at_most(Certainty.LIKELY)) for each in finding.causes
    )
    return msgspec.structs.replace(finding, certainty=Certainty.LIKELY, causes=causes)


def _environment(
    case: Case,
    context: Context,
    credential: Credential,
    accepted: Origin | None,
    issuer: str | None,
) -> Iterator[Finding]:
    if issuer is None:
        return
    host = case.exchange.request.host
    if accepted is not None and accepted.issuer is not None:
        if accepted.issuer == issuer:
            return
        sent, wanted = environment_of(issuer), environment_of(accepted.issuer)
        if sent is None and wanted is None:
            return
        found = _finding(
            case,
            context,
            credential,
            "bearer/token-of-other-env",
            "other-issuer",
            accepted,
            issuer[:120],
            accepted.issuer[:120],
        )
        yield found if _is_one_site(issuer, accepted.issuer) else _doubted(found)
        return
    sent, wanted = environment_of(issuer), environment_of(host)
    if sent is None or wanted == sent or (wanted is None and sent == "prod"):
        return
    yield _finding(
        case,
        context,
        credential,
        "bearer/token-of-other-env",
        "by-its-name",
        None,
        issuer[:120],
        host[:120],
    )


def _finding(
    case: Case,
    context: Context,
    credential: Credential,
    rule: str,
    cause: str,
    accepted: Origin | None,
    sent: str,
    wanted: str,
) -> Finding:
    stated = said(case, *_TOPICS) is not None
    if accepted is None:
        certainty = Certainty.LIKELY if stated else Certainty.POSSIBLE
    else:
        certainty = Certainty.PROVEN if said(case, Topic.ISSUER) else Certainty.LIKELY
    shown = {"exchange": accepted.exchange, "iss": accepted.issuer} if accepted else None
    return Finding(
        rule,
        Certainty.PROVEN if accepted else Certainty.LIKELY,
        (
            Evidence(credential.where, {"iss": sent}),
            Evidence("history.token-worked", shown) if shown else Evidence("request.host", wanted),
            *words_evidence(case, context.masker, *_TOPICS),
        ),
        causes=(CauseFound(cause, certainty),),
        values={"sent": sent, "wanted": wanted},
        related=(accepted.exchange,) if accepted else (),
    )


# -- audience -----------------------------------------------------------------------------------


def audiences_of(jwt: Jwt) -> frozenset[str]:
    """Return the audiences that a token names, in whichever of the two forms."""
    audience = (jwt.claims or {}).get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return frozenset(each for each in named if isinstance(each, str))


def _audience(case: Case, credential: Credential, jwt: Jwt, accepted: Origin) -> Iterator[Finding]:
    """A token of the same issuer for another audience than all that the host accepted. One host may
    serve several: without words of the server it is no more than possible that this is why."""
    sent = audiences_of(jwt)
    if not sent or not accepted.audiences or sent & accepted.audiences or said(case, *_TOPICS):
        return
    shown, wanted = (", ".join(sorted(each))[:120] for each in (sent, accepted.audiences))
    yield Finding(
        "jwt/aud-mismatch",
        Certainty.LIKELY,
        (
            Evidence(credential.where, {"aud": shown}),
            Evidence("history.token-worked", {"exchange": accepted.exchange, "aud": wanted}),
        ),
        causes=(CauseFound("not-the-usual", Certainty.POSSIBLE),),
        values={"aud": shown, "wanted": wanted},
        related=(accepted.exchange,),
    )


# -- protected resource metadata ----------------------------------------------------------------


class _Mismatch(msgspec.Struct, frozen=True):
    cause: str
    member: str
    sent: str
    wanted: str


def _resource(case: Case, context: Context, credential: Credential, jwt: Jwt) -> Iterator[Finding]:
    """Compare with the metadata that the server published (RFC 9728 sections 2 and 3.3)."""
    published = context.history.resources.of(case.exchange.request.host, case.exchange.request.path)
    if published is None:
        return
    claims = jwt.claims or {}
    issuer = claims.get("iss")
    servers = {each.rstrip("/") for each in published.authorization_servers}
    audiences = {each.rstrip("/") for each in audiences_of(jwt)}
    found: _Mismatch | None = None
    if servers and isinstance(issuer, str) and issuer.rstrip("/") not in servers:
        found = _Mismatch("other-server", "iss", issuer, ", ".join(sorted(servers)))
    elif audiences and published.resource.rstrip("/") not in audiences:
        found = _Mismatch("other-resource", "aud", ", ".join(sorted(audiences)), published.resource)
    if found is None:
        return
    topic = Topic.ISSUER if found.member == "iss" else Topic.AUDIENCE
    # Servers need not use the resource's own URL as audience.
    certainty = Certainty.PROVEN if said(case, topic) else Certainty.LIKELY
    yield Finding(
        "bearer/wrong-resource",
        Certainty.PROVEN,
        (
            Evidence(credential.where, {found.member: found.sent[:120]}),
            Evidence(
                "history.resource-metadata",
                {"exchange": published.exchange, "resource": published.resource[:120]},
            ),
            *words_evidence(case, context.masker, topic),
        ),
        causes=(CauseFound(found.cause, certainty),),
        values={"sent": found.sent[:80], "wanted": found.wanted[:80]},
        related=(published.exchange,),
    )
