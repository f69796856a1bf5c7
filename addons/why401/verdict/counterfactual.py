"""The same request that worked, set beside the refused one: what differs is the cause.

The strongest evidence that a passive observer can get: same method, host and path, and only the
suspect element of the credential is another.
"""

from __future__ import annotations

import msgspec

from why401.case import Case
from why401.history import History
from why401.history.refusals import written_as
from why401.history.requests import Worked
from why401.history.sighting import seconds_between
from why401.knowledge.base import Knowledge
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding

WINDOW_S = 600.0
_ABSENT = "auth/missing"
_SCHEME_CASE = "auth/scheme-case"
"""A scheme is the same in any case (RFC 9110 section 11.1): that a server minds it is a guess,
until the same request shows it."""
_SERVER_MINDS_CASE = "server/scheme-case-sensitive"
_UNKNOWN = "auth/unknown"
_NO_LONGER = "session/no-longer-accepted"
_NOT_ABOUT_WRITING = frozenset({"auth/unknown", "auth/missing"})


def lifted_by_earlier(
    findings: tuple[Finding, ...], case: Case, history: History, knowledge: Knowledge
) -> tuple[Finding, ...]:
    """Return `findings`, the first proven where the same request worked a moment before with the
    same credential written otherwise, or with one where now there is none; no more than possible
    where the very same field worked."""
    worked = history.requests.last_success(history.key(case)) if findings else None
    if worked is None or worked.token is None or worked.exchange == case.exchange.id:
        return findings
    if abs((case.exchange.at_s or 0.0) - (worked.at_s or 0.0)) > WINDOW_S:
        return findings
    best = findings[0]
    carried = {each.fingerprint for each in history.carried(case)}
    if best.rule == _UNKNOWN and case.stated_status == 401 and worked.token in carried:
        return (_no_longer(case, best, worked, knowledge), *findings[1:])
    if best.rule == _ABSENT:
        # A session that went along may have been refused, and another scheme may be asked for.
        is_asked = not case.offered or worked.scheme in case.offered
        is_known = not case.credentials and not case.exchange.is_sanitised
        is_pair = is_known and case.status == 401 and is_asked
    else:
        is_about_writing = _is_about_writing(best)
        is_pair = is_about_writing and worked.token in carried
        if is_about_writing and worked.written and worked.written == written_as(case):
            return (_doubted(best, worked.exchange), *findings[1:])
    if not is_pair:
        return findings
    return (
        _proven(best, worked.exchange),
        *findings[1:],
        *_advice(best, worked.exchange, knowledge),
    )


def proven_by_success(diagnosis: Diagnosis, worked: str, knowledge: Knowledge) -> Diagnosis:
    """Return an earlier diagnosis with its verdict proven where that is about how the credential
    was written: `worked` is the exchange in which the same one, written otherwise, did."""
    if not diagnosis.findings or not _is_about_writing(diagnosis.findings[0]):
        return diagnosis
    best = _proven(diagnosis.findings[0], worked)
    more = _advice(best, worked, knowledge)
    return msgspec.structs.replace(diagnosis, findings=(best, *diagnosis.findings[1:], *more))


def _advice(best: Finding, worked: str, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return what the pair says about the server: one that minds the case of a scheme is wrong."""
    rule = knowledge.rule(_SERVER_MINDS_CASE) if best.rule == _SCHEME_CASE else None
    if rule is None:
        return ()
    return (
        Finding(
            rule.id,
            Certainty.PROVEN,
            (Evidence("history.request-worked", worked),),
            (CauseFound(rule.causes[0].id, Certainty.PROVEN),),
            related=(worked,),
            severity=rule.severity,
        ),
    )


def _no_longer(case: Case, best: Finding, worked: Worked, knowledge: Knowledge) -> Finding:
    """Return what stands in for `best`, which sees no reason: it was right a moment before."""
    rule = knowledge.rule(_NO_LONGER)
    if rule is None:
        return best
    return Finding(
        rule.id,
        Certainty.LIKELY,
        (*best.evidence, Evidence("history.request-worked", worked.exchange)),
        tuple(CauseFound(each.id, each.certainty or Certainty.POSSIBLE) for each in rule.causes),
        {"age_s": max(round(seconds_between(worked.at_s, case.exchange.at_s)), 1)},
        related=(worked.exchange,),
        severity=rule.severity,
    )


def _is_about_writing(finding: Finding) -> bool:
    return (
        finding.rule.startswith("auth/")
        and finding.rule not in _NOT_ABOUT_WRITING
        and (finding.certainty is Certainty.PROVEN or finding.rule == _SCHEME_CASE)
    )


def _doubted(finding: Finding, worked: str) -> Finding:
    """Return `finding` with causes no more than possible: what was written so has worked."""
    return msgspec.structs.replace(
        finding,
        causes=tuple(
            msgspec.structs.replace(cause, certainty=Certainty.POSSIBLE) for cause in finding.causes
        ),
        evidence=(*finding.evidence, Evidence("history.request-worked", worked)),
        related=tuple(dict.fromkeys((*finding.related, worked))),
    )


def _proven(finding: Finding, worked: str) -> Finding:
    if not finding.causes:
        return finding
    return msgspec.structs.replace(
        finding,
        certainty=Certainty.PROVEN,
        causes=(
            msgspec.structs.replace(finding.causes[0], certainty=Certainty.PROVEN),
            *finding.causes[1:],
        ),
        evidence=(*finding.evidence, Evidence("history.request-worked", worked)),
        related=tuple(dict.fromkeys((*finding.related, worked))),
    )
