"""Does the credential stand under a name that the server looks at?"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.authorization import is_credential, parse_authorization
from why401.credentials.keys import API_KEY_HEADERS, key_kind
from why401.credentials.schemes import KNOWN_SCHEMES, edit_distance
from why401.credentials.sketch import sketch
from why401.detectors.refusal import certainty_by_words, words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text

REPORTS = (
    "auth/header-misspelt",
    "auth/header-wrong-name",
    "auth/header-underscore",
    "auth/header-in-body",
    "transport/header-invalid-dropped",
)
NEEDS = frozenset({Trait.REFUSED, Trait.NO_AUTHORIZATION})

_STANDARD = frozenset({"bearer", "basic", "digest", "dpop", "jwt", "token", "apikey"})
_WRONG_NAMES = frozenset(
    {"authentication", "auth", "x-auth", "x-authorization", "x-authentication", "bearer", "token"}
    | {"access-token", "x-access-token", "jwt", "x-jwt", "http_authorization", "x-bearer-token"}
    | {"http-authorization", "proxy-authorization", "bearer-token", "x-token", "x-jwt-token"}
    | {"authorization-token", "auth-token", "authtoken", "access_token", "auth_token"}
)
_NAMES_OF_OTHERS = API_KEY_HEADERS | {"authentication", "authority"}
_UNDERSCORED = regex(
    r"(?:x_|http_)?(?:api|auth|access|id|app|user|session)_?(?:key|token|secret)|"
    r"x_authorization|http_authorization"
)
_PLAIN = regex(r"[a-z0-9_-]*")
_TELLING = regex(r"auth|token|key|secret|jwt")
_MAX_FIELDS = 300
_MAX_NAME = 24


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield one finding for a credential under another name than Authorization, where that is
    absent; the name alone is no defect unless its value has the shape of a credential."""
    for key, value in case.request.headers.fields[:_MAX_FIELDS]:
        name = _telling(key[:100])
        if name is None:
            continue
        text = header_text(value[:65536])
        if case.status == 407 and name == "proxy-authorization":
            return
        found = (
            _misspelt(case, name, text)
            or _wrong_name(case, name, text)
            or _underscore(case, name, text)
            or _invalid(case, name, text)
        )
        if found is None:
            continue
        rule, cause, certainty = found
        yield Finding(
            rule,
            # That a proxy drops such a name, nobody sees.
            certainty if rule == "transport/header-invalid-dropped" else Certainty.PROVEN,
            (
                Evidence(f"request.header.{name}", sketch(value, context.masker)),
                *words_evidence(case, context.masker, Topic.MISSING),
            ),
            causes=(CauseFound(cause, certainty),),
            values={"name": header_text(key[:60]), "hyphens": name.replace("_", "-")[:60]},
        )
        return
    yield from _in_body(case, context)


@functools.lru_cache(512)
def _telling(key: bytes) -> str | None:
    """Return the name of a field, small, where it may be a wrong one for Authorization; None for
    all others, which are few and come again and again."""
    name = header_text(key).strip().lower()
    is_odd = name[:2] == "au" or "_" in name or not _PLAIN.fullmatch(name)
    return name if is_odd or name in _WRONG_NAMES else None


def _misspelt(case: Case, name: str, text: str) -> tuple[str, str, Certainty] | None:
    """Proven where the server challenges without an error: it saw no credential, and here is one
    that no server looks for."""
    if len(name) > _MAX_NAME or name[:2] != "au" or name in _NAMES_OF_OTHERS:
        return None
    distance = edit_distance(name.rstrip(": "), "authorization")
    if distance > 2 or not text.strip():
        return None
    if not _is_like_credential(text):
        return "auth/header-misspelt", "misspelt", Certainty.LIKELY
    challenged = case.status == 401 and bool(case.challenges)
    if challenged and not any(challenge.param("error") for challenge in case.challenges):
        return "auth/header-misspelt", "misspelt", Certainty.PROVEN
    return "auth/header-misspelt", "misspelt", certainty_by_words(case, Topic.MISSING)


def _wrong_name(case: Case, name: str, text: str) -> tuple[str, str, Certainty] | None:
    if name not in _WRONG_NAMES or not (case.offered & _STANDARD or _says_missing(case)):
        return None
    if not _is_like_credential(text) and not (len(text.strip()) >= 16 and "bearer" in case.offered):
        return None
    if "_" in name:
        return "auth/header-underscore", "dropped", _certainty_of_place(case)
    return "auth/header-wrong-name", "wrong-name", _certainty_of_place(case)


def _certainty_of_place(case: Case) -> Certainty:
    """Return how sure it is that the server looks for the credential in Authorization: it asks for
    a scheme that stands there, or names it, and says that none came."""
    stated = said(case, Topic.ABSENT)
    names_it = stated is not None and "authorization" in folded(stated[1])
    is_sure = stated is not None and (names_it or bool(case.offered & _STANDARD))
    return Certainty.PROVEN if is_sure else Certainty.LIKELY


def _underscore(case: Case, name: str, text: str) -> tuple[str, str, Certainty] | None:
    if "_" not in name or not _UNDERSCORED.fullmatch(name) or not text.strip():
        return None
    is_nginx = "nginx" in (case.response.headers.text("server") or "").lower()
    likely = is_nginx or _says_missing(case)
    return "auth/header-underscore", "dropped", Certainty.LIKELY if likely else Certainty.POSSIBLE


def _invalid(case: Case, name: str, text: str) -> tuple[str, str, Certainty] | None:
    """A name with a dot or the like: valid by RFC 9110 section 5.1, dropped by nginx."""
    if _PLAIN.fullmatch(name) or name.startswith(":") or not _is_like_credential(text):
        return None
    if not _TELLING.search(name):
        return None
    likely = "nginx" in (case.response.headers.text("server") or "").lower() or _says_missing(case)
    certainty = Certainty.LIKELY if likely else Certainty.POSSIBLE
    return "transport/header-invalid-dropped", "dropped", certainty


def _in_body(case: Case, context: Context) -> Iterator[Finding]:
    """A token in the body, a challenge that speaks of a header, and no token elsewhere. Refresh
    and login requests carry theirs in the body on purpose."""
    if not (case.offered & _STANDARD or _says_missing(case)):
        return
    sent = [c for c in case.credentials if c.scheme != "cookie"]
    if not sent or any(not c.where.startswith(("request.json.", "request.form.")) for c in sent):
        return
    names = {c.where.rpartition(".")[2].lower() for c in sent}
    is_header = any(name in ("authorization", "bearer") for name in names)
    if not is_header and not names & {"token", "access_token", "accesstoken", "jwt", "auth_token"}:
        return
    certainty = _certainty_of_place(case) if is_header else Certainty.LIKELY
    first = sent[0]
    yield Finding(
        "auth/header-in-body",
        Certainty.PROVEN if is_header else Certainty.LIKELY,
        (
            Evidence(first.where, sketch(first.value, context.masker)),
            Evidence("request.header.authorization", None),
            *words_evidence(case, context.masker, Topic.MISSING),
        ),
        causes=(CauseFound("in-body", certainty),),
    )


def _says_missing(case: Case) -> bool:
    return said(case, Topic.MISSING) is not None


def _is_like_credential(text: str) -> bool:
    sent = parse_authorization(text.encode("utf-8", "surrogateescape"))
    if sent.scheme:
        return sent.name in KNOWN_SCHEMES
    return is_credential(sent.token) or key_kind(sent.token) is not None
