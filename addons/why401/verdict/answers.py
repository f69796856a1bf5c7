"""What the server says about its refusal, weighed against what the request shows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from why401.case import Case
from why401.credentials.claims import numeric_date
from why401.credentials.jwt import Jwt
from why401.credentials.schemes import KNOWN_SCHEMES
from why401.credentials.token_kind import token_kind
from why401.detectors.credentials_missing import carries_login
from why401.detectors.server_words import Topic, said
from why401.knowledge.base import Knowledge
from why401.knowledge.fingerprints import Answer
from why401.model import CauseFound, Certainty, Evidence, Finding, Severity

_LOGIN_REFUSED = "auth/login-refused"
_NOT_ACCEPTED = "session/not-accepted"
MAX_LEEWAY_S = 300
"""Servers allow for clocks that differ, up to five minutes."""


class Weighed(msgspec.Struct, frozen=True):
    """`findings` with the server's words in them; `stated` are the rules for which the server's
    words and the request's bytes agree; `answered_by` is who wrote the answer, where known."""

    findings: tuple[Finding, ...]
    stated: frozenset[str]
    answered_by: str | None


def weighed(
    found: Sequence[Finding], answers: Sequence[Answer], knowledge: Knowledge, case: Case
) -> Weighed:
    """Return `found` in the light of `answers`, the most specific of which comes first.

    Where the server names the defect that a detector saw in the bytes, the defect is proven to be
    what was refused. Where nothing else explains the refusal, the server's words alone are a
    finding, never more than likely: servers reuse their messages.
    """
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for answer in answers:
        if answer.certainty is not Certainty.POSSIBLE:
            for rule_id in answer.means:
                evidence.setdefault(rule_id, answer.evidence)
    findings = []
    stated = set()
    for finding in found:
        rule = knowledge.compiled(finding.rule)
        # A detector that names causes has read the words itself.
        if finding.rule in evidence and rule and rule.rule.reported_by and not finding.causes:
            stated.add(finding.rule)
            finding = _with_words(finding, evidence[finding.rule])
        findings.append(finding)
    errors = [finding for finding in findings if _is_error(finding, knowledge)]
    if all(_is_guess(finding) for finding in errors):
        taken = {finding.rule for finding in findings}
        # What a server is known to say comes before a guess; a guess does not.
        known = [answer for answer in answers if answer.certainty is not Certainty.POSSIBLE]
        findings += _by_words_alone(known if errors else answers, knowledge, taken, case)
    server = next((answer.server for answer in answers if answer.server), None)
    return Weighed(tuple(findings), frozenset(stated), server)


def _with_words(finding: Finding, words: tuple[Evidence, ...]) -> Finding:
    places = {evidence.where for evidence in finding.evidence}
    more = tuple(evidence for evidence in words if evidence.where not in places)
    return msgspec.structs.replace(
        finding, certainty=Certainty.PROVEN, evidence=finding.evidence + more
    )


def _is_guess(finding: Finding) -> bool:
    causes = finding.causes
    return bool(causes) and all(cause.certainty is Certainty.POSSIBLE for cause in causes)


def _is_error(finding: Finding, knowledge: Knowledge) -> bool:
    rule = knowledge.rule(finding.rule)
    severity = finding.severity or (rule.severity if rule else Severity.INFO)
    return severity is Severity.ERROR


def _by_words_alone(
    answers: Sequence[Answer], knowledge: Knowledge, taken: set[str], case: Case
) -> list[Finding]:
    """Return the finding of the most specific answer whose meaning has words and is not ruled out
    by what was sent. What is not its first meaning is no more than possible, and none where that
    is found already."""
    for answer in answers:
        if answer.means and answer.means[0] in taken:
            return []
        for number, meant in enumerate(answer.means):
            rule_id = _of_session(meant, case)
            if (
                rule_id not in taken
                and knowledge.rule(rule_id) is not None
                and not _is_ruled_out(rule_id, case)
            ):
                is_said = number == 0 and rule_id == meant
                certainty = answer.certainty if is_said else Certainty.POSSIBLE
                if rule_id == _LOGIN_REFUSED and said(case, Topic.PASSWORD):
                    certainty = Certainty.LIKELY
                values = _values(rule_id, case)
                causes = tuple(
                    CauseFound(cause, certainty)
                    for cause in _CAUSES.get(rule_id, ())[not values :][:1]
                )
                return [Finding(rule_id, certainty, answer.evidence, causes, values)]
    return []


def _of_session(rule_id: str, case: Case) -> str:
    """Return `rule_id`, or that of a session that is not accepted where a session cookie was sent
    to a server that asks for no credential in particular: then none is missing."""
    has_cookie = any(credential.scheme == "cookie" for credential in case.credentials)
    is_missing = rule_id == "auth/missing" and not case.challenges
    return _NOT_ACCEPTED if has_cookie and is_missing else rule_id


def _values(rule_id: str, case: Case) -> dict[str, str | int | float]:
    """Return what the request tells for the title of a rule that only words point at."""
    if rule_id == "jwt/expired":
        return _expiry(case)
    sent = next((each.authorization for each in case.credentials if each.authorization), None)
    if rule_id != "auth/scheme-mismatch" or sent is None or not sent.scheme:
        return {}
    # An unknown first word may be a key with a blank in it.
    return {"sent": sent.scheme[:40] if sent.name in KNOWN_SCHEMES else "?"}


_CAUSES = {
    "jwt/expired": ("expired", "as-stated"),
    "bearer/insufficient-scope": ("not-granted", "not-named"),
    "auth/scheme-mismatch": ("not-taken", "not-taken"),
}
"""The cause with what only the request's bytes can tell in its title, and the one without."""


def _expiry(case: Case) -> dict[str, str | int | float]:
    now_s = case.server_now_s
    for credential in case.credentials:
        ends_s = numeric_date((credential.jwt.claims or {}).get("exp")) if credential.jwt else None
        if ends_s is not None and now_s is not None and ends_s <= now_s:
            return {"age_s": now_s - ends_s, "exp_time": ends_s, "now_time": now_s}
    return {}


def _is_ruled_out(rule_id: str, case: Case) -> bool:
    """Return whether the request shows that `rule_id` cannot be meant: a credential that was sent
    is not missing, what is no JWT has no claims, what can be read is not malformed, what still
    lasts has not expired, and where no password was sent none is wrong. What a header looks like is
    seen in its bytes, never told by words."""
    if rule_id == _LOGIN_REFUSED:
        return not carries_login(case)
    tokens = [credential.jwt for credential in case.credentials if credential.jwt is not None]
    folder = rule_id.partition("/")[0]
    if rule_id in _SEEN_IN_NAMES:
        return True
    if rule_id == "auth/missing-scheme" and _has_scheme(case):
        return True
    if not case.has_credentials:
        is_about_one = folder in ("jwt", "basic", "digest") or rule_id == "bearer/opaque-where-jwt"
        return is_about_one and not tokens and not case.exchange.is_sanitised
    if rule_id == "jwt/expired":
        return not any(_may_have_expired(token, case) for token in tokens)
    if rule_id == "jwt/not-yet-valid":
        return not any(_may_begin_later(token, case) for token in tokens)
    if rule_id == "auth/scheme-mismatch":
        return any(c.authorization and c.scheme in case.offered for c in case.credentials)
    if rule_id == "bearer/refresh-as-access":
        return any(token_kind(token)[0] == "access" for token in tokens)
    if rule_id in _CLAIM_MISSING:
        name = _CLAIM_MISSING[rule_id]
        return all(token.claims is not None and name in token.claims for token in tokens)
    if rule_id == "jwt/malformed":
        return all(token.claims is not None and not token.problems for token in tokens)
    if folder == "jwt":
        return not tokens
    if rule_id in ("bearer/invalid-token-opaque", "bearer/opaque-where-jwt"):
        return bool(tokens)
    if folder in ("basic", "digest"):
        return all(credential.scheme != folder for credential in case.credentials)
    if rule_id in _SEEN_IN_BYTES:
        return any(credential.scheme in ("bearer", "basic") for credential in case.credentials)
    return rule_id in ("auth/missing", "auth/empty-credential")


_SEEN_IN_NAMES = frozenset({"auth/header-wrong-name", "auth/header-misspelt"})
_CLAIM_MISSING = {
    "jwt/exp-missing": "exp",
    "jwt/iss-missing": "iss",
    "jwt/aud-missing": "aud",
    "jwt/sub-missing": "sub",
}
_SEEN_IN_BYTES = frozenset(
    {"auth/whitespace", "auth/quoted", "auth/newline", "auth/non-ascii", "auth/invisible-char"}
    | {"auth/missing-scheme", "auth/scheme-doubled", "auth/scheme-no-space", "auth/scheme-colon"}
    | {"auth/scheme-whitespace", "auth/truncated", "auth/multiple-methods", "bearer/charset"}
    | {"auth/placeholder", "auth/masked-copy", "auth/json-blob", "auth/percent-encoded"}
)


def _has_scheme(case: Case) -> bool:
    return any(each.authorization and each.authorization.scheme for each in case.credentials)


def _may_begin_later(token: Jwt, case: Case) -> bool:
    """Return whether `nbf` or `iat` is still to come, or so near that clocks decide."""
    if token.claims is None:
        return True
    begins_s = [numeric_date(token.claims.get(name)) for name in ("nbf", "iat")]
    now_s = case.server_now_s
    return any(
        each is not None and (now_s is None or each > now_s - MAX_LEEWAY_S) for each in begins_s
    )


def _may_have_expired(token: Jwt, case: Case) -> bool:
    """Return whether `exp` is over, or so near that clocks decide; a JWE does not show it."""
    if token.claims is None:
        return True
    ends_s = numeric_date(token.claims.get("exp"))
    now_s = case.server_now_s
    return ends_s is not None and (now_s is None or ends_s <= now_s + MAX_LEEWAY_S)
