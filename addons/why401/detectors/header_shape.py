"""Is the Authorization value written as its scheme wants it: scheme, one blank, credential?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.placeholders import placeholder
from why401.credentials.shape import Defect, shape_defects
from why401.credentials.sketch import sketch
from why401.detectors.refusal import (
    certainty_by_words,
    certainty_of_fatal,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.knowledge.folding import folded
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text

_TOPICS = (Topic.ABSENT, Topic.MALFORMED)
# A server that reads the scheme has seen a credential: then "missing" speaks of something else.
_BEHIND_THE_SCHEME = frozenset(
    {"quoted", "newline", "whitespace", "invisible-char", "non-ascii", "percent-encoded"}
    | {"scheme-doubled", "json-blob", "double-base64"}
)

# What no server can accept as it stands. A mask is not of them: whoever shared the capture may
# have put it there.
_FATAL = frozenset({"empty-credential"})
_READ = (
    *(Topic.EXPIRED, Topic.NOT_YET_VALID, Topic.SIGNATURE, Topic.AUDIENCE, Topic.ISSUER),
    *(Topic.REVOKED, Topic.KEY_ID),
)
"""Words that only one who read the token can say."""
_OF_SCHEME = regex(r"authorization|bearer|scheme")
_NAMES = (
    "empty-credential",
    "placeholder",
    "masked-copy",
    "missing-scheme",
    "scheme-colon",
    "scheme-no-space",
    "scheme-whitespace",
    "scheme-doubled",
    "scheme-misspelt",
    "quoted",
    "json-blob",
    "newline",
    "whitespace",
    "invisible-char",
    "non-ascii",
    "percent-encoded",
    "double-base64",
)
REPORTS = tuple(f"auth/{name}" for name in _NAMES)
NEEDS = (
    frozenset({Trait.REFUSED, Trait.SENT}),
    frozenset({Trait.REFUSED, Trait.AUTHORIZATION}),
)

# Words that people do use as a token, if only on a server of their own.
_USABLE = frozenset(
    {"test", "true", "false", "token", "jwt", "changeme", "change-me", "change_me", "apikey"}
    | {"api-key", "api_key", "access_token", "jwt_token", "placeholder", "nan"}
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for each defect in the shape of what a refused request carried."""
    name = "proxy-authorization" if case.status == 407 else "authorization"
    values = case.request.headers.values(name)
    if not values:
        yield from _placeholder_elsewhere(case, context)
        return
    raw = values[0][:65536]
    if is_redacted(header_text(raw)):
        return
    for defect in shape_defects(raw):
        if defect.id not in _NAMES:
            continue
        yield Finding(
            f"auth/{defect.id}",
            Certainty.PROVEN,
            (
                Evidence(f"request.header.{name}", sketch(raw, context.masker)),
                *words_evidence(case, context.masker, *_TOPICS),
            ),
            causes=(CauseFound(_cause(defect), _certainty(case, defect)),),
            values={"detail": _detail(defect), "name": name},
        )


def _detail(defect: Defect) -> str:
    if defect.id == "scheme-misspelt":
        return defect.detail.capitalize()
    return defect.detail[:60]


def _cause(defect: Defect) -> str:
    if defect.id == "placeholder":
        word = defect.detail.strip().lower()
        if _is_mask(defect):
            return "masked"
        is_variable = word in ("null", "undefined", "none", "nil", "nan") or word.startswith(
            ("[object", "promise", "function")
        )
        return "empty-variable" if is_variable else "not-replaced"
    return _CAUSES.get(defect.id, defect.id)


def _is_mask(defect: Defect) -> bool:
    """Whether this is what tools write over a secret, in a capture as on a page."""
    return defect.id == "placeholder" and not defect.detail.strip("*•… ")


_CAUSES = {"scheme-whitespace": "blanks", "double-base64": "encoded-twice"}


def _certainty(case: Case, defect: Defect) -> Certainty:
    if _is_mask(defect):
        return Certainty.POSSIBLE
    if defect.id in _FATAL or (
        defect.id == "placeholder" and defect.detail.strip().lower() not in _USABLE
    ):
        # Whoever shares a capture writes crosses and dots over a secret, too.
        is_crossed = defect.id == "placeholder" and not defect.detail.strip("xX. ")
        return Certainty.LIKELY if is_crossed else certainty_of_fatal(case, *_TOPICS)
    if defect.id == "json-blob" and defect.detail == "json":
        return certainty_of_fatal(case, *_TOPICS)
    if defect.id == "scheme-whitespace" and set(defect.detail.split()) == {"space"}:
        # Go and ASP.NET accept several blanks, Spring does not.
        found = certainty_by_words(case, *_TOPICS)
        return found if found is Certainty.PROVEN else Certainty.POSSIBLE
    if defect.id in _BEHIND_THE_SCHEME:
        return certainty_by_words(case, Topic.MALFORMED)
    if defect.id == "missing-scheme" and (_is_of_api_gateway(case) or said(case, *_READ)):
        # Its authorizers take the bare token of a user pool; others looked at the token, too.
        return Certainty.POSSIBLE
    if defect.id == "missing-scheme" and not said(case, Topic.ABSENT):
        # A server that takes tokens without a scheme speaks of what it cannot read, too.
        stated = said(case, Topic.MALFORMED)
        names_it = stated is not None and _OF_SCHEME.search(folded(stated[1])) is not None
        if names_it:
            return Certainty.PROVEN
        # Many take a key without a scheme; a JWT is another matter, and so is a challenge.
        return Certainty.LIKELY if case.offered or _is_jwt(case) else Certainty.POSSIBLE
    return certainty_by_words(case, *_TOPICS)


def _is_jwt(case: Case) -> bool:
    return any(credential.jwt is not None for credential in judged_credentials(case))


def _is_of_api_gateway(case: Case) -> bool:
    headers = case.response.headers
    return bool(headers.values("x-amzn-errortype") or headers.values("x-amz-apigw-id"))


def _placeholder_elsewhere(case: Case, context: Context) -> Iterator[Finding]:
    """Key headers, query and body may hold `undefined` just as well."""
    for credential in judged_credentials(case):
        seen = placeholder(credential.value.strip())
        if seen is None or seen.lower() in _USABLE:
            continue
        defect = Defect("placeholder", seen)
        yield Finding(
            "auth/placeholder",
            Certainty.PROVEN,
            (
                Evidence(credential.where, sketch(credential.value, context.masker)),
                *words_evidence(case, context.masker, *_TOPICS),
            ),
            causes=(CauseFound(_cause(defect), _elsewhere_certainty(case, credential, defect)),),
            values={"detail": seen[:60], "name": credential.where.rpartition(".")[2][:60]},
        )
        return


def _elsewhere_certainty(case: Case, credential: Credential, defect: Defect) -> Certainty:
    if _is_mask(defect):
        return Certainty.POSSIBLE
    is_usual = credential.scheme in ("bearer", "api-key") and defect.detail.strip("xX. ")
    return certainty_of_fatal(case, *_TOPICS) if is_usual else Certainty.LIKELY
