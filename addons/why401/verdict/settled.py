"""What is said about an earlier refusal once a later exchange shows it in another light."""

from __future__ import annotations

import msgspec

from why401.case import Case
from why401.detectors.earlier import earlier, login_in_flight
from why401.history.settling import OF_CODE, Settled, Settlement
from why401.history.sighting import sighting
from why401.knowledge.base import Knowledge
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding
from why401.verdict.counterfactual import proven_by_success
from why401.verdict.rank import ranked

_CHARSET = "basic/charset"
_EXPLAINED = frozenset(
    {"auth/unknown", "auth/missing", "session/credential-never-sent", "session/retry-loop"}
    | {"oauth/refresh-expired-or-revoked", "oauth/invalid-grant"}
)
"""What says no more than that it was refused, now that there is a reason."""
_GUESSED = frozenset({"auth/unknown", "session/no-longer-accepted", "bearer/invalid-token-opaque"})
"""What says that a credential is over or wrong, and rests on nothing in its bytes."""


def settled_diagnosis(case: Case, settled: Settled, knowledge: Knowledge) -> Diagnosis:
    """Return the diagnosis of the refusal that `case` settles; it replaces the earlier one."""
    before, worked = settled.refused.diagnosis, case.exchange.id
    match settled.settlement:
        case Settlement.HANDSHAKE:
            return msgspec.structs.replace(before, findings=(), timeline=())
        case Settlement.REWRITTEN:
            return proven_by_success(before, worked, knowledge)
        case Settlement.REENCODED:
            return _reencoded(before, worked)
        case Settlement.FLAPPED:
            return _flapped(case, settled, knowledge)
        case Settlement.REFRESHED:
            finding = Finding(
                "session/refreshed-ok",
                Certainty.PROVEN if settled.is_sure else Certainty.LIKELY,
                (Evidence("history.token-worked", worked),),
                related=(worked,),
            )
            return msgspec.structs.replace(before, findings=ranked([finding], case, knowledge))
        case Settlement.LOGIN_IN_FLIGHT:
            finding = login_in_flight(
                settled.now_at or "request.header.authorization",
                sighting(case.exchange),
                settled.refused.started_s,
                says_absent=settled.refused.says_absent and settled.is_sure,
            )
        case Settlement.CONCURRENT:
            finding = _concurrent(case, settled)
        case Settlement.MOVED:
            finding = _moved(case, settled)
        case Settlement.OTHER_VERSION:
            finding = _other_version(case, settled)
    kept = tuple(each for each in before.findings if each.rule not in {*_EXPLAINED, finding.rule})
    found = ranked([finding], case, knowledge)
    return msgspec.structs.replace(before, findings=(*found, *kept))


def _reencoded(before: Diagnosis, worked: str) -> Diagnosis:
    """The same user and password worked, encoded otherwise: the encoding is what was refused."""
    finding = next((each for each in before.findings if each.rule == _CHARSET), None)
    if finding is None or not finding.causes:
        return before
    cause = msgspec.structs.replace(finding.causes[0], certainty=Certainty.PROVEN)
    proven = msgspec.structs.replace(
        finding,
        certainty=Certainty.PROVEN,
        causes=(cause, *finding.causes[1:]),
        evidence=(*finding.evidence, Evidence("history.request-worked", worked)),
        related=(*finding.related, worked),
    )
    kept = (each for each in before.findings if each.rule not in (_CHARSET, "basic/wrong-password"))
    return msgspec.structs.replace(before, findings=(proven, *kept))


def _flapped(case: Case, settled: Settled, knowledge: Knowledge) -> Diagnosis:
    """The very same credential opened the very same request: what was said about it being over was
    no more than a guess. Why, one such pair does not tell."""
    before, worked = settled.refused.diagnosis, case.exchange.id
    if not before.findings or before.findings[0].rule not in _GUESSED:
        return before
    finding = Finding(
        "session/flapping",
        Certainty.PROVEN,
        (
            *before.findings[0].evidence[:1],
            Evidence(
                "history.outcomes",
                [f"{settled.refused.exchange} {settled.refused.status}", f"{worked} {case.status}"],
            ),
        ),
        (CauseFound("one-replica", Certainty.POSSIBLE),),
        related=(worked,),
    )
    kept = tuple(each for each in before.findings if each.rule not in {*_GUESSED, finding.rule})
    return msgspec.structs.replace(before, findings=(*ranked([finding], case, knowledge), *kept))


def _concurrent(case: Case, settled: Settled) -> Finding:
    """The same refresh token or code was taken from a request that was under way at the time."""
    if settled.refused.where == OF_CODE:
        return Finding(
            "oauth/code-reused",
            Certainty.PROVEN,
            (earlier("code-exchanged", sighting(case.exchange)),),
            (CauseFound("same-code", Certainty.LIKELY),),
            {"age_s": 0, "exchange": case.exchange.id},
            (case.exchange.id,),
        )
    return Finding(
        "session/concurrent-refresh",
        Certainty.LIKELY,
        (earlier("token-refreshed", sighting(case.exchange)),),
        (CauseFound("not-single-flight", Certainty.LIKELY),),
        {"exchange": case.exchange.id},
        (case.exchange.id,),
    )


def _moved(case: Case, settled: Settled) -> Finding:
    """The same key, refused at one place of the request, opened it from another."""
    return Finding(
        "auth/key-wrong-place",
        Certainty.PROVEN,
        (
            Evidence(settled.refused.where, "refused"),
            Evidence("history.key-worked", {"exchange": case.exchange.id, "place": settled.now_at}),
        ),
        (CauseFound("other-place", Certainty.PROVEN),),
        {"sent": settled.refused.where, "works": settled.now_at},
        (case.exchange.id,),
    )


def _other_version(case: Case, settled: Settled) -> Finding:
    """The same bytes worked over HTTP/1, where names of fields keep their capitals. Which version
    the server itself was spoken to in, a proxy's client does not show: it is likely at most."""
    return Finding(
        "transport/h2-uppercase-assumption",
        Certainty.LIKELY,
        (
            Evidence("request.http-version", settled.refused.version),
            Evidence("history.request-worked", case.exchange.id),
        ),
        (CauseFound("literal-name", Certainty.LIKELY),),
        {"refused": settled.refused.version, "works": case.exchange.request.http_version},
        (case.exchange.id,),
    )
