"""What the server says about its refusal, weighed against what the request shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from why401.case import Case
from why401.credentials.claims import numeric_date
from why401.credentials.jwt import Jwt
from why401.knowledge.base import Knowledge
from why401.knowledge.fingerprints import Answer
from why401.model import Certainty, Evidence, Finding, Severity

MAX_LEEWAY_S = 300
"""Servers allow for clocks that differ, up to five minutes."""


@dataclass(frozen=True, slots=True)
class Weighed:
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
        rule = knowledge.rules.get(finding.rule)
        # A detector that names causes has read the words itself.
        if finding.rule in evidence and rule and rule.rule.reported_by and not finding.causes:
            stated.add(finding.rule)
            finding = _with_words(finding, evidence[finding.rule])
        findings.append(finding)
    if not any(_is_error(finding, knowledge) for finding in findings):
        taken = {finding.rule for finding in findings}
        findings += _by_words_alone(answers, knowledge, taken, case)
    server = next((answer.server for answer in answers if answer.server), None)
    return Weighed(tuple(findings), frozenset(stated), server)


def _with_words(finding: Finding, words: tuple[Evidence, ...]) -> Finding:
    places = {evidence.where for evidence in finding.evidence}
    more = tuple(evidence for evidence in words if evidence.where not in places)
    return dataclasses.replace(
        finding, certainty=Certainty.PROVEN, evidence=finding.evidence + more
    )


def _is_error(finding: Finding, knowledge: Knowledge) -> bool:
    rule = knowledge.rule(finding.rule)
    severity = finding.severity or (rule.severity if rule else Severity.INFO)
    return severity is Severity.ERROR


def _by_words_alone(
    answers: Sequence[Answer], knowledge: Knowledge, taken: set[str], case: Case
) -> list[Finding]:
    """Return the finding of the most specific answer whose meaning has words and is not ruled out
    by what was sent. What is not its first meaning is no more than possible."""
    for answer in answers:
        for number, rule_id in enumerate(answer.means):
            if (
                rule_id not in taken
                and knowledge.rule(rule_id) is not None
                and not _is_ruled_out(rule_id, case)
            ):
                certainty = answer.certainty if number == 0 else Certainty.POSSIBLE
                return [Finding(rule_id, certainty, answer.evidence)]
    return []


def _is_ruled_out(rule_id: str, case: Case) -> bool:
    """Return whether the request shows that `rule_id` cannot be meant: a credential that was sent
    is not missing, what is no JWT has no claims, and what still lasts has not expired."""
    if not case.has_credentials:
        return False
    tokens = [credential.jwt for credential in case.credentials if credential.jwt is not None]
    folder = rule_id.partition("/")[0]
    if rule_id == "jwt/expired":
        return not any(_may_have_expired(token, case) for token in tokens)
    if folder == "jwt":
        return not tokens
    if rule_id in ("bearer/invalid-token-opaque", "bearer/opaque-where-jwt"):
        return bool(tokens)
    if folder in ("basic", "digest"):
        return all(credential.scheme != folder for credential in case.credentials)
    return rule_id in ("auth/missing", "auth/empty-credential")


def _may_have_expired(token: Jwt, case: Case) -> bool:
    """Return whether `exp` is over, or so near that clocks decide; a JWE does not show it."""
    if token.claims is None:
        return True
    ends_s = numeric_date(token.claims.get("exp"))
    now_s = case.server_now_s
    return ends_s is not None and (now_s is None or ends_s <= now_s + MAX_LEEWAY_S)
