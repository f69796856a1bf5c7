"""Is the scheme that was sent one that the server offers?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.schemes import KNOWN_SCHEMES, meant_scheme
from why401.credentials.sketch import sketch
from why401.detectors.refusal import says_failed, words_evidence
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("basic/token-expected", "auth/scheme-mismatch", "auth/scheme-case")
NEEDS = frozenset({Trait.REFUSED, Trait.AUTHORIZATION})

_CANONICAL = {"bearer": "Bearer", "basic": "Basic", "digest": "Digest", "dpop": "DPoP"}
# Each of these answers a challenge of another name in wide use: nothing follows from the names.
_ALSO_ANSWERS = {
    "negotiate": frozenset({"negotiate", "ntlm", "kerberos"}),
    "ntlm": frozenset({"ntlm", "negotiate"}),
    "dpop": frozenset({"dpop", "bearer"}),
}
_WANTED = regex(r"(?i)authorization: {0,2}['\"<]?(bearer|basic|token)\b|missing ['\"](bearer)['\"]")
"""express-jwt, fastify-jwt, Flask-JWT-Extended and league/oauth2-server name it in words."""
_OTHER_TYPE = regex(r"(?i)missing ['\"]bearer['\"]|\bformat is\b")
# Words after which the scheme was understood: its name is not the problem.
_UNDERSTOOD = (Topic.EXPIRED, Topic.SIGNATURE, Topic.AUDIENCE, Topic.ISSUER, Topic.REVOKED)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where a challenge, or without one the server's words, offers schemes and the
    request used none of them; and one for a scheme in unusual case, which RFC 9110 section 11.1
    allows and some servers refuse."""
    name = "proxy-authorization" if case.status == 407 else "authorization"
    where = f"request.header.{name}"
    sent = next((c for c in case.credentials if c.where == where), None)
    if sent is None or sent.authorization is None or not sent.authorization.scheme:
        return
    raw = case.request.headers.values(name)[0]
    scheme = sent.authorization.name
    schemes = [each.scheme[:40] for each in case.challenges if each.scheme] or _named(case)
    accepted = frozenset(each.lower() for each in schemes)
    known_offer = accepted & KNOWN_SCHEMES
    if (
        case.status in (401, 407)
        and known_offer
        and scheme not in accepted
        and not _ALSO_ANSWERS.get(scheme, frozenset()) & accepted
        and not meant_scheme(sent.authorization.scheme)
        and not said(case, *_UNDERSTOOD)
        and not says_failed(case, scheme)
    ):
        is_basic = scheme == "basic" and known_offer <= {"bearer", "dpop", "token"}
        # A server that names a scheme and saw no field at all may have got none.
        is_read = bool(case.challenges) or any(_OTHER_TYPE.search(text) for _, text in texts(case))
        missing = is_read and said(case, Topic.ABSENT) is not None
        yield Finding(
            "basic/token-expected" if is_basic else "auth/scheme-mismatch",
            Certainty.PROVEN,
            (
                Evidence(where, sketch(raw, context.masker)),
                *(Evidence(c.where, c.scheme) for c in case.challenges[:4]),
                *words_evidence(case, context.masker, Topic.MISSING),
            ),
            causes=(
                CauseFound(
                    "token-expected" if is_basic else "not-offered",
                    Certainty.PROVEN if missing else Certainty.LIKELY,
                ),
            ),
            values={
                "sent": sent.authorization.scheme[:40] if scheme in KNOWN_SCHEMES else "?",
                "offered": ", ".join(dict.fromkeys(schemes))[:120],
            },
        )
        return
    usual = _CANONICAL.get(scheme)
    if usual and sent.authorization.scheme != usual:
        # The defect is slight: only words that the header was not understood make it likely.
        doubted = said(case, Topic.MISSING, Topic.MALFORMED) is not None
        yield Finding(
            "auth/scheme-case",
            Certainty.LIKELY if doubted else Certainty.POSSIBLE,
            (
                Evidence(where, sketch(raw, context.masker)),
                *words_evidence(case, context.masker, Topic.MISSING, Topic.MALFORMED),
            ),
            values={"sent": sent.authorization.scheme[:40], "usual": usual},
        )


def _named(case: Case) -> list[str]:
    """Return the scheme that the server's words ask for where they miss a credential."""
    if said(case, Topic.ABSENT) is None:
        return []
    found = (_WANTED.search(text[:300]) for _, text in texts(case))
    return next(([(each[1] or each[2]).capitalize()] for each in found if each), [])
