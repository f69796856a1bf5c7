"""Do the claims of the refused JWT say what the configuration, or the server, wants of them?"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.credentials.sketch import quoted_from
from why401.credentials.token_kind import token_kind
from why401.detectors.jwt_judged import is_sent_as_token, judged_jwt
from why401.detectors.recomputed import certainty_of_recomputed, was_accepted
from why401.detectors.refusal import words_evidence
from why401.detectors.server_texts import Texts, mentions, reading
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.jose.expected import expected_keys
from why401.keys import JwtKeys
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain
from why401.verdict.evidence import carried_secrets

REPORTS = (
    "jwt/iss-missing",
    "jwt/iss-trailing-slash",
    "jwt/iss-mismatch",
    "jwt/aud-missing",
    "jwt/aud-shape",
    "jwt/aud-mismatch",
    "jwt/aud-is-client-id",
    "jwt/sub-missing",
    "jwt/typ-wrong",
    "bearer/insufficient-scope",
)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

MAX_SHOWN = 120
MAX_TEXT = 1000
_LACKS = regex(
    r"(?:missing|lacks?|required?|requires|without|absent|no)\b[^.]{0,40}?"
    r"['\"“`]?\b(iss|aud|sub|issuer|audience|subject)\b"
    r"|['\"“`]?\b(iss|aud|sub|issuer|audience|subject)\b['\"”`]?[^.]{0,30}?"
    r"(?:is missing|missing|is required|required|not present|缺失|缺少)",
    re.IGNORECASE,
)
_TYPE = regex(
    r"\btyp\b[^.]{0,60}(?:not allowed|unexpected|invalid|parameter is missing|must be|one of)"
    r"|unexpected [\"'“]?typ\b|at\+jwt|idx1025[67]|token type validation failed",
    re.IGNORECASE,
)
_NAMES = {"issuer": "iss", "audience": "aud", "subject": "sub"}
_SCOPE_CLAIMS = ("scope", "scp", "scopes", "permissions", "roles")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what does not agree with the expected issuer, audience, subject, type and scopes
    (RFC 7519 section 4.1, RFC 8725 section 3). Only claims are compared, no signature."""
    credential = judged_jwt(case)
    jwt = credential.jwt if credential else None
    if credential is None or jwt is None or jwt.claims is None:
        return
    claims = jwt.claims
    entries = _entries(case, context, jwt)
    has_audience = claims.get("aud") is not None
    if (entries or has_audience) and not was_accepted(case, context, credential):
        if entries:
            yield from _issuer(case, context, credential, claims, entries)
        yield from _audience(case, context, credential, jwt, claims, entries)
    if entries:
        yield from _scopes(case, credential, claims, entries)
    for name, (where, text) in _stated_missing(case).items():
        if name not in claims:
            yield _missing(case, context, credential, name, where, text)
    if stated := _stated_type(case):
        yield _type(case, context, credential, jwt, *stated)


def _entries(case: Case, context: Context, jwt: Jwt) -> tuple[JwtKeys, ...]:
    """The entries of the configuration that name this host; those for any host say nothing about
    what this one expects, unless the token is of their issuer."""
    if not context.keys.jwt:
        return ()
    claims, header = jwt.claims or {}, jwt.header or {}
    parsed = context.learnt.jwt.parsed(context.keys.jwt)
    host = case.exchange.request.host
    expected = expected_keys(parsed, host, claims.get("iss"), header.get("kid"))
    return tuple(each.entry for each in expected.entries) if expected.is_bound else ()


# -- issuer -------------------------------------------------------------------------------------


def _issuer(
    case: Case,
    context: Context,
    credential: Credential,
    claims: Mapping[str, Any],
    entries: tuple[JwtKeys, ...],
) -> Iterator[Finding]:
    wanted = [each for each in entries if each.issuer is not None]
    if not wanted or len(wanted) < len(entries):
        return
    sent = claims.get("iss")
    if any(each.issuer == sent for each in wanted):
        return
    entry = wanted[0]
    rule, cause = "jwt/iss-mismatch", "not-configured"
    if "iss" not in claims:
        rule, cause = "jwt/iss-missing", "missing"
    elif isinstance(sent, str):
        alike = next(
            (each for each in wanted if plain_issuer(each.issuer or "") == plain_issuer(sent)), None
        )
        if alike is not None:
            entry, rule, cause = alike, "jwt/iss-trailing-slash", "spelt-otherwise"
    yield _finding(
        case,
        context,
        rule,
        cause,
        certainty_of_recomputed(case, Topic.ISSUER, is_bound=is_sent_as_token(credential)),
        (
            Evidence(credential.where, {"iss": _shown(sent)}),
            Evidence(f"config.{entry.label}.issuer", (entry.issuer or "")[:MAX_SHOWN]),
        ),
        Topic.ISSUER,
        iss=_text(sent),
        wanted=(entry.issuer or "")[:MAX_SHOWN],
    )


def plain_issuer(issuer: str) -> str:
    """Return an issuer without what is often spelt otherwise: slash, case, scheme, port, www."""
    text = issuer.strip().lower().rstrip("/")
    scheme, separator, rest = text.partition("://")
    if not separator:
        rest = scheme
    host, slash, path = rest.partition("/")
    host = host.removeprefix("www.").removesuffix(":443").removesuffix(":80")
    return f"{host}{slash}{path}"


# -- audience -----------------------------------------------------------------------------------


def _audience(
    case: Case,
    context: Context,
    credential: Credential,
    jwt: Jwt,
    claims: Mapping[str, Any],
    entries: tuple[JwtKeys, ...],
) -> Iterator[Finding]:
    sent = claims.get("aud")
    named = [each for each in (sent if isinstance(sent, list) else [sent]) if isinstance(each, str)]
    wanted = {audience for each in entries for audience in each.audience}
    if wanted & set(named):
        return
    is_known = bool(wanted) and all(each.audience for each in entries)
    if is_known:
        yield _other_audience(case, context, credential, claims, named, entries, wanted)
    client = claims.get("azp") or claims.get("client_id")
    if isinstance(client, str) and client and client in named:
        is_id_token = token_kind(jwt)[0] == "id"
        is_said = said(case, Topic.AUDIENCE) is not None
        if is_said or (is_known and is_id_token):
            yield _finding(
                case,
                context,
                "jwt/aud-is-client-id",
                "id-token" if is_id_token else "no-audience-asked",
                Certainty.LIKELY if is_said else Certainty.POSSIBLE,
                (Evidence(credential.where, {"aud": _shown(sent), "azp": client[:MAX_SHOWN]}),),
                Topic.AUDIENCE,
                aud=client[:MAX_SHOWN],
            )


def _other_audience(
    case: Case,
    context: Context,
    credential: Credential,
    claims: Mapping[str, Any],
    named: Sequence[str],
    entries: tuple[JwtKeys, ...],
    wanted: set[str],
) -> Finding:
    """Return what sets the audience apart from those that are configured: its absence, the way it
    is written, or all of it."""
    sent = claims.get("aud")
    shape = next((shape for one in named if (shape := audience_shape(one, wanted))), None)
    rule, cause = "jwt/aud-mismatch", "not-configured"
    if "aud" not in claims:
        rule, cause = "jwt/aud-missing", "missing"
    elif shape is not None:
        rule, cause = "jwt/aud-shape", shape
    return _finding(
        case,
        context,
        rule,
        cause,
        certainty_of_recomputed(case, Topic.AUDIENCE, is_bound=is_sent_as_token(credential)),
        (
            Evidence(credential.where, {"aud": _shown(sent)}),
            Evidence(f"config.{entries[0].label}.audience", sorted(wanted)[:10]),
        ),
        Topic.AUDIENCE,
        aud=_text(sent),
        wanted=", ".join(sorted(wanted))[:MAX_SHOWN],
    )


def audience_shape(sent: str, wanted: set[str]) -> str | None:
    """Return how `sent` is one of `wanted`, written otherwise."""
    if {part.strip() for part in re.split(r"[,; ]", sent[:2000])} & wanted and sent not in wanted:
        return "joined"
    if any(_bare(sent) == _bare(each) for each in wanted):
        return "spelt-otherwise"
    return None


def _bare(audience: str) -> str:
    text = audience.strip().lower().rstrip("/")
    for prefix in ("api://", "https://", "http://", "urn:"):
        text = text.removeprefix(prefix)
    return urllib.parse.unquote(text)


# -- scopes, missing claims, type ---------------------------------------------------------------


def _scopes(
    case: Case, credential: Credential, claims: Mapping[str, Any], entries: tuple[JwtKeys, ...]
) -> Iterator[Finding]:
    """Compare with the scopes that the configuration says this API needs."""
    if case.status != 403 or len(entries) != 1 or not entries[0].scopes:
        return
    entry = entries[0]
    granted: set[str] = set()
    for name in _SCOPE_CLAIMS:
        value = claims.get(name)
        if isinstance(value, str):
            granted |= set(re.split(r"[ ,]+", value[:4000]))
        elif isinstance(value, list):
            granted |= {each for each in value[:500] if isinstance(each, str)}
    missing = [scope for scope in entry.scopes if scope not in granted]
    if not missing:
        return
    stated = said(case, Topic.SCOPE) is not None
    yield Finding(
        "bearer/insufficient-scope",
        Certainty.PROVEN,
        (
            Evidence(credential.where, {"scope": sorted(granted)[:20]}),
            Evidence(f"config.{entry.label}.scopes", list(entry.scopes)[:20]),
        ),
        causes=(CauseFound("not-granted", Certainty.PROVEN if stated else Certainty.LIKELY),),
        values={"missing": " ".join(missing)[:MAX_SHOWN]},
    )


@reading
def _stated_missing(texts: Texts) -> Mapping[str, tuple[str, str]]:
    """Return the claims that the server says are missing, with where and in which words."""
    found: dict[str, tuple[str, str]] = {}
    for where, text in texts:
        start = text[:MAX_TEXT]
        for match in _LACKS.finditer(start) if mentions(start, "iss", "aud", "sub") else ():
            name = (match[1] or match[2]).lower()
            found.setdefault(_NAMES.get(name, name), (where, text))
    return found


def _missing(
    case: Case, context: Context, credential: Credential, name: str, where: str, text: str
) -> Finding:
    words = quoted_from(text, carried_secrets(case), context.masker)
    return Finding(
        f"jwt/{name}-missing",
        Certainty.PROVEN,
        (Evidence(credential.where, {name: None}), Evidence(where, words)),
        causes=(CauseFound("missing", Certainty.PROVEN),),
    )


@reading
def _stated_type(texts: Texts) -> tuple[str, str] | None:
    """Return where and in which words the server speaks of `typ`."""
    for where, text in texts:
        start = text[:MAX_TEXT]
        if mentions(start, "typ", "at+jwt", "idx1025") and _TYPE.search(start):
            return where, text
    return None


def _type(
    case: Case, context: Context, credential: Credential, jwt: Jwt, where: str, text: str
) -> Finding:
    """Judge `typ` by the server's words alone: no configuration says what it wants."""
    words = quoted_from(text, carried_secrets(case), context.masker)
    typ = (jwt.header or {}).get("typ")
    return Finding(
        "jwt/typ-wrong",
        Certainty.PROVEN,
        (Evidence(credential.where, {"typ": _shown(typ)}), Evidence(where, words)),
        causes=(CauseFound("other-type" if typ else "no-type", Certainty.LIKELY),),
        values={"typ": _text(typ)},
    )


def _finding(
    case: Case,
    context: Context,
    rule: str,
    cause: str,
    certainty: Certainty,
    evidence: tuple[Evidence, ...],
    *topics: Topic,
    **values: str,
) -> Finding:
    return Finding(
        rule,
        Certainty.PROVEN,
        (*evidence, *words_evidence(case, context.masker, *topics)),
        causes=(CauseFound(cause, certainty),),
        values=values,
    )


def _shown(value: object) -> Plain:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return [str(each)[:MAX_SHOWN] for each in value[:10]]
    return str(value)[:MAX_SHOWN]


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(str(each)[:MAX_SHOWN] for each in value[:10])[:MAX_SHOWN]
    return str(value)[:MAX_SHOWN]
