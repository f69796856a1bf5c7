"""Is the timestamp of a refused WeChat Pay v3 request too far from the server's clock?

The service allows five minutes. The server's clock is that of its Date header; failing that, the
proxy's own, which is why nothing is proven without a Date.
"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.wechatpay import WechatPay
from why401.detectors.traits import Trait
from why401.detectors.wechatpay_refusal import Stage, stage
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("wechatpay/v3-timestamp-skew",)
NEEDS = frozenset({Trait.WECHAT_PAY})

TOLERANCE_S = 300.0
ZONE_S = 1800.0
"""Every time zone is a multiple of half an hour away from UTC, but for a few quarters."""
ZONE_SLACK_S = 150.0
MAX_ZONE_S = 14 * 3600.0

WHERE = "request.header.authorization.timestamp"


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield one finding if the timestamp is over 300 s off, or the server says that it is."""
    at = stage(case)
    if at not in (Stage.CLOCK, Stage.FORMAT, Stage.UNSAID):
        return
    sent = next((found.wechatpay for found in case.credentials if found.wechatpay), None)
    text = sent.param("timestamp") if sent else None
    if sent is None or not text:
        if at is Stage.CLOCK:
            yield _finding(case, (), CauseFound("unseen", Certainty.POSSIBLE), 0.0)
        return
    certainty = Certainty.PROVEN if at is Stage.CLOCK else Certainty.LIKELY
    shown = (Evidence(WHERE, text[:40]),)
    if sent.timestamp_s is None:
        cause = "milliseconds" if "timestamp-in-milliseconds" in sent.problems else "not-seconds"
        yield _finding(case, shown, CauseFound(cause, certainty), 0.0)
        return
    if at is Stage.FORMAT:
        return
    yield from _judged(case, sent, at, shown)


def _judged(
    case: Case, sent: WechatPay, at: Stage, shown: tuple[Evidence, ...]
) -> Iterator[Finding]:
    server_s = case.date_s if case.date_s is not None else case.server_now_s
    timestamp_s = sent.timestamp_s
    if server_s is None or timestamp_s is None:
        if at is Stage.CLOCK:
            yield _finding(case, shown, CauseFound("unseen", Certainty.POSSIBLE), 0.0)
        return
    offset_s = timestamp_s - server_s
    if case.date_s is not None:
        shown += (Evidence("response.header.date", case.response.headers.text("date")),)
    if abs(offset_s) <= TOLERANCE_S:
        if at is Stage.CLOCK:
            yield _finding(case, shown, CauseFound("unseen", Certainty.POSSIBLE), offset_s)
        return
    if at is Stage.UNSAID and case.date_s is None:
        return
    yield _finding(case, shown, _cause(case, offset_s), offset_s)


def _cause(case: Case, offset_s: float) -> CauseFound:
    """Tell a wrong clock, a wrong time zone and a header that was kept apart by the amount."""
    skew_s = case.skew_s if case.date_s is not None else None
    # Where the clock beside the client is off by just as much, it is the clock.
    if skew_s is not None and abs(skew_s) > TOLERANCE_S / 2 and abs(skew_s - offset_s) < 60:
        return CauseFound("clock", Certainty.PROVEN)
    zones = round(offset_s / ZONE_S)
    if (
        zones
        and abs(offset_s) <= MAX_ZONE_S + ZONE_SLACK_S
        and abs(offset_s - zones * ZONE_S) <= ZONE_SLACK_S
        and zones % 2 == 0
    ):
        return CauseFound("time-zone", Certainty.LIKELY)
    if offset_s < 0:
        return CauseFound("reused", Certainty.LIKELY)
    return CauseFound("clock", Certainty.LIKELY)


def _finding(
    case: Case, shown: tuple[Evidence, ...], cause: CauseFound, offset_s: float
) -> Finding:
    if case.error:
        shown += (Evidence(case.error.message_place, case.error.message[:240]),)
    return Finding(
        REPORTS[0],
        Certainty.PROVEN,
        shown or (Evidence("response.status", case.status),),
        (cause,),
        {"offset_s": abs(round(offset_s))},
    )
