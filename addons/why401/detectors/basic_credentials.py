"""Is what follows `Basic` the base64 of user, colon and password (RFC 7617 section 2)?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.basic import other_spellings
from why401.credentials.find import Credential
from why401.credentials.keys import key_kind
from why401.credentials.sketch import sketch
from why401.detectors.basic_pair import is_compared
from why401.detectors.earlier import worked_lately
from why401.detectors.permission import works_elsewhere
from why401.detectors.refusal import (
    certainty_by_words,
    certainty_of_fatal,
    says_failed,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.issued import request_fields
from why401.knowledge.folding import folded
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "basic/not-encoded",
    "basic/bad-base64",
    "basic/no-colon",
    "basic/trailing-newline",
    "basic/placeholder-creds",
    "basic/empty-part",
    "basic/charset",
    "basic/wrong-password",
)
NEEDS = frozenset({Trait.REFUSED, Trait.BASIC})

# problem of the decoder -> (rule, cause, whether no server can accept it)
_DEFECTS = {
    "not-encoded": ("basic/not-encoded", "not-encoded", True),
    "bad-base64": ("basic/bad-base64", "not-base64", True),
    "no-colon": ("basic/no-colon", "no-colon", True),
    "url-safe-alphabet": ("basic/bad-base64", "url-safe", False),
    "missing-padding": ("basic/bad-base64", "no-padding", False),
    "trailing-newline": ("basic/trailing-newline", "newline", False),
    "placeholder-creds": ("basic/placeholder-creds", "sample", False),
    "empty-part": ("basic/empty-part", "empty", False),
}
_TOPICS = (Topic.MALFORMED, Topic.ABSENT)
_NO_PASSWORDS = regex(
    r"(?:support for password authentication was removed|password authentication is not supported"
    r"|basic auth(?:entication)? with passwords? is (?:deprecated|not allowed))"
)
"""GitHub for git over HTTPS, Atlassian for its APIs."""
_TOKEN = regex(r"[A-Za-z0-9_=-]{20,}")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for each defect in refused Basic credentials; where there is none, that
    user or password are wrong is what remains, likely only if the server says so."""
    header = "proxy-authorization" if case.status == 407 else "authorization"
    where = f"request.header.{header}"
    sent = next((c for c in case.credentials if c.where == where and c.basic), None)
    if sent is None or sent.basic is None or not sent.value or is_redacted(sent.value):
        return
    raw = case.request.headers.values(header)[0]
    seen = Evidence(where, sketch(raw, context.masker))
    found: set[str] = set()
    for problem in sent.basic.problems:
        if problem not in _DEFECTS:
            continue
        rule, cause, is_fatal = _DEFECTS[problem]
        if rule in found or (rule == "basic/empty-part" and _is_token_as_user(sent)):
            continue
        found.add(rule)
        yield Finding(
            rule,
            Certainty.PROVEN,
            (seen, *words_evidence(case, context.masker, *_TOPICS)),
            causes=(CauseFound(cause, _certainty(case, rule, is_fatal=is_fatal)),),
        )
    if found or is_compared(case):
        return
    if sent.basic.encoding != "ascii" and case.status == 401:
        yield _charset(case, context, sent, seen)
    # At a token endpoint it is how the client authenticates: see oauth_refused.
    is_of_client = "grant_type" in request_fields(case)
    if case.status != 401 or is_of_client or _is_other_scheme(case):
        return
    if works_elsewhere(case, context) is None:
        yield _wrong_password(case, sent, seen, context)


def _certainty(case: Case, rule: str, *, is_fatal: bool) -> Certainty:
    if is_fatal:
        return certainty_of_fatal(case, *_TOPICS)
    if rule in ("basic/placeholder-creds", "basic/empty-part"):
        # admin:admin is a password like any other; that it is refused says it is not this one.
        return Certainty.LIKELY
    return certainty_by_words(case, Topic.MALFORMED)


def _is_token_as_user(sent: Credential) -> bool:
    """Whether a key stands as user with an empty password, as Stripe and GitHub want it."""
    user = sent.basic.user if sent.basic else None
    return bool(user) and len(user or "") >= 16


def _is_other_scheme(case: Case) -> bool:
    if not case.challenges or "basic" in case.offered:
        return False
    return not says_failed(case, "basic")


def _charset(case: Case, context: Context, sent: Credential, seen: Evidence) -> Finding:
    wants_utf8 = any(
        (challenge.param("charset") or "").lower() == "utf-8" for challenge in case.challenges
    )
    encoding = sent.basic.encoding if sent.basic else ""
    is_against = wants_utf8 and encoding == "latin-1"
    not_nfc = bool(sent.basic and "not-nfc" in sent.basic.problems)
    certainty = Certainty.LIKELY if is_against or not_nfc else Certainty.POSSIBLE
    worked = _worked_otherwise(case, context, sent)
    if worked is not None:
        certainty = Certainty.PROVEN
    return Finding(
        "basic/charset",
        Certainty.PROVEN if is_against else certainty,
        (seen, *((Evidence("history.request-worked", worked),) if worked else ())),
        causes=(CauseFound("decomposed" if not_nfc else "encoding", certainty),),
        values={"encoding": encoding},
        related=(worked,) if worked else (),
    )


def _worked_otherwise(case: Case, context: Context, sent: Credential) -> str | None:
    """Return the exchange in which the same request worked a moment before with the same user and
    password, written otherwise: then nothing but that is wrong."""
    worked = worked_lately(case, context)
    if worked is None or worked.token is None or sent.basic is None:
        return None
    of = context.history.fingerprints.of
    is_same = any(of(each) == worked.token for each in other_spellings(sent.basic))
    return worked.exchange if is_same else None


def _wrong_password(case: Case, sent: Credential, seen: Evidence, context: Context) -> Finding:
    if words := _NO_PASSWORDS.search(folded(case.response.text[:4096])):
        return Finding(
            "basic/wrong-password",
            Certainty.PROVEN,
            (seen, Evidence("response.text", words[0])),
            causes=(_of_no_passwords((sent.basic.password if sent.basic else None) or ""),),
        )
    stated = said(case, Topic.PASSWORD) is not None
    certainty = Certainty.LIKELY if stated else Certainty.POSSIBLE
    return Finding(
        "basic/wrong-password",
        Certainty.LIKELY,
        (seen, *words_evidence(case, context.masker, Topic.PASSWORD)),
        causes=(CauseFound("wrong", certainty), CauseFound("wrong-server", Certainty.POSSIBLE)),
    )


def _of_no_passwords(password: str) -> CauseFound:
    """Return why, where the server says that it takes no passwords: GitHub says so of a token that
    it does not accept, too."""
    if key_kind(password) is not None:
        return CauseFound("token-not-taken", Certainty.LIKELY)
    may_be_token = _TOKEN.fullmatch(password[:200]) is not None
    certainty = Certainty.LIKELY if may_be_token else Certainty.PROVEN
    return CauseFound("passwords-not-taken", certainty)
