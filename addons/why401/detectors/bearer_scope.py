"""Does the token grant what this request needs?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from why401.case import Case
from why401.context import Context
from why401.detectors.refusal import judged_credentials, speaks_of_rate, words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = ("bearer/scope-claim-shape", "bearer/insufficient-scope")
NEEDS = frozenset({Trait.REFUSED, Trait.CREDENTIALS})

MAX_SCOPES = 60
REPOSITORY = "repository:"
"""How what a container registry asks for begins."""
_SHAPES = ("scp", "scopes", "permissions")
_CLAIMS = ("scope", *_SHAPES)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the server says that scope is lacking, with the scopes that it asks
    for and the token does not name. Where the token names them all, in another claim or shape
    than `scope`, that is a finding of its own."""
    error = any(c.param("error") == "insufficient_scope" for c in case.challenges)
    words = error or said(case, Topic.SCOPE) is not None
    if not words and case.status != 403:
        return
    required = _required(case)
    accepted = _listed(case, "x-accepted-oauth-scopes")
    granted, where, claim = _granted(case, required)
    # GitHub lists what it would accept beside what the token has, and calls it 403 or 404; the
    # lists stand on every answer, on one about too many requests as well.
    header_says = bool(accepted) and case.status == 403 and not set(accepted) & set(granted or ())
    if not words and (not header_says or speaks_of_rate(case)):
        return
    required = required or accepted
    missing = tuple(scope for scope in required if scope not in (granted or ()))
    evidence = [
        Evidence("response.challenge.error", "insufficient_scope") if error else None,
        Evidence("response.challenge.scope", " ".join(required)) if _required(case) else None,
        Evidence("response.header.x-accepted-oauth-scopes", " ".join(accepted))
        if accepted
        else None,
        Evidence(where, _shown(claim, granted)) if granted is not None else None,
        *words_evidence(case, context.masker, Topic.SCOPE),
    ]
    shown = tuple({each.where: each for each in evidence if each is not None}.values())
    is_other_shape = bool(required) and granted is not None and not missing and claim in _SHAPES
    if is_other_shape:
        yield Finding(
            "bearer/scope-claim-shape",
            Certainty.PROVEN,
            shown,
            causes=(CauseFound("claim-not-read", Certainty.LIKELY),),
            values={"claim": claim, "scope": " ".join(required)[:120]},
        )
        return
    is_shown = words and missing and granted is not None
    certainty = Certainty.PROVEN if is_shown else Certainty.LIKELY
    yield Finding(
        "bearer/insufficient-scope",
        Certainty.PROVEN if words else Certainty.LIKELY,
        shown or (Evidence("response.status", case.status),),
        causes=(CauseFound(_cause(required), certainty),),
        values={"missing": " ".join(missing)[:120] or " ".join(required)[:120]},
    )


def _cause(required: tuple[str, ...]) -> str:
    if not required:
        return "not-named"
    return "of-registry" if required[0].startswith(REPOSITORY) else "not-granted"


def _required(case: Case) -> tuple[str, ...]:
    """Return the scopes that a challenge or the body names as required (RFC 6750 section 3)."""
    for challenge in case.challenges:
        if value := challenge.param("scope"):
            scopes = value[:2000].split()[:MAX_SCOPES]
            return tuple(islice((one for each in scopes for one in _single(each)), MAX_SCOPES))
    body = case.response.json
    value = body.get("scope") if isinstance(body, Mapping) else None
    return tuple(value[:2000].split()[:MAX_SCOPES]) if isinstance(value, str) else ()


def _listed(case: Case, header: str) -> tuple[str, ...]:
    value = case.response.headers.text(header) or ""
    return tuple(each.strip() for each in value[:2000].split(",")[:MAX_SCOPES] if each.strip())


def _granted(case: Case, required: tuple[str, ...]) -> tuple[tuple[str, ...] | None, str, str]:
    """Return the scopes of the token, the place and the claim; None where nobody says."""
    for credential in judged_credentials(case):
        claims = credential.jwt.claims if credential.jwt else None
        of_registry = _cause(required) == "of-registry"
        if of_registry and claims is not None and isinstance(claims.get("access"), list):
            return tuple(_of_access(claims["access"])), credential.where, "access"
        for name in _CLAIMS:
            if claims is not None and name in claims:
                return _as_scopes(claims[name]), credential.where, name
    if case.response.headers.values("x-oauth-scopes"):
        return _listed(case, "x-oauth-scopes"), "response.header.x-oauth-scopes", "scope"
    return None, "", ""


def _single(scope: str) -> Iterator[str]:
    """Yield each action of a registry's scope by itself, `repository:a:pull,push` as two."""
    start, _, actions = scope.rpartition(":")
    if not scope.startswith(REPOSITORY):
        yield scope
        return
    for action in actions.split(","):
        yield f"{start}:{action}"


def _of_access(access: list[Any]) -> Iterator[str]:
    """Yield what a registry's token grants in the same form."""
    for each in access[:MAX_SCOPES]:
        actions = each.get("actions") if isinstance(each, dict) else None
        for action in actions[:MAX_SCOPES] if isinstance(actions, list) else ():
            yield f"{each.get('type')}:{each.get('name')}:{action}"[:200]


def _as_scopes(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value[:4000].replace(",", " ").split()[:MAX_SCOPES])
    if isinstance(value, list):
        return tuple(str(each)[:200] for each in islice(value, MAX_SCOPES))
    return ()


def _shown(claim: str, granted: tuple[str, ...] | None) -> Plain:
    return f"{claim}: {' '.join(granted or ())[:200] or '-'}"
