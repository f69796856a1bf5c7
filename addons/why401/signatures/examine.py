"""Examines every signature of one exchange: single mistakes at once, the rest on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from why401.case import Case
from why401.context import Context
from why401.hosts import Family
from why401.later import later
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.engine import MAX_CANDIDATES
from why401.signatures.examination import Examination, GoOn, Report, proven
from why401.signatures.learn import learn
from why401.signatures.markers import hands_parameters, is_pushed
from why401.signatures.refusal import Refusal, refusal

# A capture without WeChat's signatures needs none of these.
if TYPE_CHECKING:
    from why401.signatures import (
        callback,
        encrypted_fields,
        jssdk,
        mini_program,
        notification,
        other_signers,
        paysign,
        push,
        v2_structure,
        v3_answer,
        v3_claim,
        v3_sm2,
        v3_structure,
        virtual_payment,
        wechatpay_v2,
        wechatpay_v3,
    )
else:
    callback = later("why401.signatures.callback")
    encrypted_fields = later("why401.signatures.encrypted_fields")
    jssdk = later("why401.signatures.jssdk")
    mini_program = later("why401.signatures.mini_program")
    notification = later("why401.signatures.notification")
    other_signers = later("why401.signatures.other_signers")
    paysign = later("why401.signatures.paysign")
    push = later("why401.signatures.push")
    v2_structure = later("why401.signatures.v2_structure")
    v3_answer = later("why401.signatures.v3_answer")
    v3_claim = later("why401.signatures.v3_claim")
    v3_sm2 = later("why401.signatures.v3_sm2")
    v3_structure = later("why401.signatures.v3_structure")
    virtual_payment = later("why401.signatures.virtual_payment")
    wechatpay_v2 = later("why401.signatures.wechatpay_v2")
    wechatpay_v3 = later("why401.signatures.wechatpay_v3")

NOTHING = Examination()

type _Found = list[tuple[Report, GoOn | None]]


def examine(case: Case, context: Context) -> Examination:
    """Return what the signatures of `case` show, single mistakes included, and learn from them.

    Bounded work: less than half a millisecond for a failing signature, microseconds where there
    is none."""
    match case.family:
        case Family.WECHATPAY_V3:
            found = [*_v3_request(case, context), *_v3_response(case, context)]
        case Family.WECHATPAY_V2 if any(each.wechatpay for each in case.credentials):
            # A v3 request under an unusual path, as gateways make them.
            found = _v3_request(case, context)
        case Family.WECHATPAY_V2:
            found = _v2_request(case, context)
        case Family.WECHAT:
            found = [(report, None) for report in virtual_payment.examine(case, context)]
        case _:
            found = _elsewhere(case, context)
    learn(case, context)
    if not found:
        return NOTHING
    return Examination(tuple(report for report, _ in found), tuple(open_ for _, open_ in found))


def search_deeper(examination: Examination, budget: int = MAX_CANDIDATES) -> Examination:
    """Return `examination` with every explanation as good as the one found, and with two mistakes
    at once searched for where one explained nothing.

    Touches nothing but its argument: meant for another thread. `budget` counts candidates, so the
    result never depends on the machine."""
    reports: list[Report] = []
    for report, go_on in zip(examination.reports, examination.open_, strict=True):
        reports.append(report if go_on is None else go_on(budget))
    return Examination(tuple(reports), (None,) * len(reports))


def _v3_request(case: Case, context: Context) -> _Found:
    refused = refusal(case)
    early = list(encrypted_fields.examine(case, context))
    if refused is None and case.status == 400:
        early += v3_structure.upload(case)
    claim = None
    if refused is not None or (context.keys.verify_accepted and case.status < 400):
        claim = v3_claim.claim_of(case, context)
    if claim is None:
        return [_facts(early)] if early else []
    examined = v3_sm2.examine(claim) if claim.is_sm2 else wechatpay_v3.examine(claim)
    if refused is None:
        return _unless_valid(examined)
    early += v3_structure.structural(case, claim, context)
    if refused is Refusal.SERIAL and examined[0].check.status != "mismatch":
        # The server looked at the certificate's number: that the text is right says nothing new.
        return [(_with(examined[0], early, drop=_SAYS_NOTHING), None)] if early else []
    return [_enriched(examined, early)]


_SAYS_NOTHING = frozenset(
    {
        "wechatpay/v3-consistent-rejected",
        "wechatpay/v3-sign-unverifiable",
        "wechatpay/v3-sm2-unverifiable",
    }
)


def _v3_response(case: Case, context: Context) -> _Found:
    """Judge the platform's signature: always told is only the one made wrong on purpose."""
    headers = case.response.headers
    if headers.text("wechatpay-signature") is None:
        return _unsigned(case) if context.keys.verify_accepted else []
    signed = v3_answer.signed_message(case.response, "response")
    if signed is None:
        return []
    if signed.is_probe:
        verdict = v3_answer.Verdict("unverifiable")
        evidence = v3_answer.evidence_of(signed, verdict)
        check = v3_answer.check_of(signed, verdict, "response", "")
        return [(Report(check, proven(["wechatpay/cb-probe"], evidence)), None)]
    if not context.keys.verify_accepted:
        return []
    verdict = v3_answer.judge(signed, context)
    check = v3_answer.check_of(signed, verdict, "response", callback.needs_of(context))
    evidence = v3_answer.evidence_of(signed, verdict)
    is_by_certificate = not signed.serial.startswith(v3_answer.PUBLIC_KEY_ID)
    asks = case.request.headers.text(encrypted_fields.HEADER) is not None
    if verdict.rule == "cb-pubkey-migration" and is_by_certificate and not asks:
        # Which key signs the answer is what the request asks for.
        asked = (Evidence(f"request.header.{encrypted_fields.HEADER}", "missing"), *evidence)
        return [(Report(check, proven(["wechatpay/cb-request-serial-missing"], asked)), None)]
    if verdict.status != "mismatch":
        return []
    values: dict[str, str | int | float] = {
        "serial": signed.serial[:80],
        "needs": callback.needs_of(context),
    }
    return [(Report(check, proven([f"wechatpay/{verdict.rule}"], evidence, values)), None)]


_UNSIGNED = ("/v3/billdownload/file", "/v3/merchant-service/images/")
"""Paths, or how they begin, of answers that are not signed."""


def _unsigned(case: Case) -> _Found:
    """Report an answer that nobody can verify, where its path is one of those."""
    request = case.exchange.request
    is_download = request.method == "GET" and request.path.startswith(_UNSIGNED)
    if not is_download or not 200 <= case.status < 300:
        return []
    check = SignatureCheck("wechatpay-v3", "response", "unverifiable")
    evidence = (
        Evidence("request.path", request.path[:80]),
        Evidence("response.header.wechatpay-signature", "missing"),
    )
    return [(Report(check, proven(["wechatpay/cb-resp-unsigned-endpoint"], evidence)), None)]


def _v2_request(case: Case, context: Context) -> _Found:
    refused = refusal(case)
    if refused is None and not context.keys.verify_accepted:
        return []
    claim = wechatpay_v2.claim_of(case, context)
    if claim is None:
        return []
    if refused is None:
        return _unless_valid(wechatpay_v2.examine(claim))
    early = list(v2_structure.structural(case, claim, context))
    return [_enriched(wechatpay_v2.examine(claim), early)]


def _elsewhere(case: Case, context: Context) -> _Found:
    """Examine an exchange with a server that is not WeChat's: parameters that a backend hands to
    its app, callbacks and pushed messages that arrive, data that a mini program brings."""
    found: _Found = []
    request = case.exchange.request
    found += [(report, None) for report in other_signers.examine(case, context)]
    if hands_parameters(case.response.content.data):
        for handed in paysign.claims_of(case, context):
            examined = paysign.examine(handed, case, context)
            if examined is not None:
                found.append(examined)
        found += [(report, None) for report in virtual_payment.examine_handed(case, context)]
        page = jssdk.examine(case, context)
        if page is not None:
            found.append((page, None))
    if is_pushed(request.target, request.body.data if request.body else b""):
        found += [(report, None) for report in _pushed(case, context)]
    return found


def _pushed(case: Case, context: Context) -> list[Report]:
    if callback.is_v3_callback(case):
        return callback.examine_v3(case, context)
    notified = notification.notification_of(case, context)
    if notified is not None:
        return notification.examine_v2(case, notified)
    reports = [*push.examine(case, context), *mini_program.examine(case, context)]
    notice = notification.examine_refund_notice(case, context)
    return [*reports, _facts(notice)[0]] if notice else reports


def _unless_valid(examined: tuple[Report, GoOn | None]) -> _Found:
    """Return what was found of an accepted message: only that its signature does not fit what is
    configured, without a finding, for the server was content with it."""
    report, _ = examined
    return [(Report(report.check), None)]


def _facts(findings: list[Finding]) -> tuple[Report, GoOn | None]:
    check = SignatureCheck("wechatpay-v3", "request", "unverifiable")
    return Report(check, tuple(findings)), None


def _enriched(
    examined: tuple[Report, GoOn | None], early: list[Finding]
) -> tuple[Report, GoOn | None]:
    """Return a report with what the structure showed before it, the search's later one too."""
    if not early:
        return examined
    report, go_on = examined
    if go_on is None:
        return _with(report, early), None
    return _with(report, early), lambda budget: _with(go_on(budget), early)


_WEAK = frozenset(
    {
        "wechatpay/v3-sign-unverifiable",
        "wechatpay/v3-sign-unexplained",
        "wechatpay/v3-sm2-unverifiable",
        "wechatpay/v3-sm2-unexplained",
        "wechatpay/v3-consistent-rejected",
        "wechatpay/v2-sign-unverifiable",
        "wechatpay/v2-sign-unexplained",
        "wechatpay/v2-consistent-key-not-registered",
    }
)


_BESIDES = frozenset({"wechatpay/v2-wire-lossy", "wechatpay/v3-wire-lossy"})
"""Proven, but not the reason of a refused signature."""


def _with(report: Report, early: list[Finding], drop: frozenset[str] = _WEAK) -> Report:
    """Return `report` with `early` in front; what only says that nothing is known gives way."""
    named = {finding.rule for finding in early}
    says_why = any(
        finding.certainty is Certainty.PROVEN and finding.rule not in _BESIDES for finding in early
    )
    gone = named | drop if says_why else named
    rest = [each for each in report.findings if each.rule not in gone]
    return Report(report.check, (*early, *rest))
