"""Is Alipay's `timestamp`, which it reads as China's time, hours from the time of its answer?"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("signature/alipay-timestamp",)
NEEDS = frozenset({Trait.ACCEPTED})

CODE = "isv.invalid-timestamp"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
ZONE_S = 8 * 3600.0
SLACK_S = 600.0
"""How far from Alipay's a local clock may be, and its zone still be what is wrong."""
_LENGTH = len("2026-11-21 05:36:08")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding where Alipay refuses the time, with both times: eight hours before its own is
    UTC, another distance a clock or a request that was kept."""
    if not case.exchange.request.host.startswith("openapi"):
        return
    if case.date_s is None or CODE not in case.response.text[:4096]:
        return
    for place, fields in (("query", case.query), ("form", case.request.form)):
        text = next((value for name, value in fields if name == "timestamp"), None)
        sent_s = _china_s(text) if text else None
        if text is None or sent_s is None:
            continue
        offset_s = sent_s - case.date_s
        if abs(offset_s) <= SLACK_S:
            return
        is_zone = abs(offset_s + ZONE_S) <= SLACK_S
        yield Finding(
            "signature/alipay-timestamp",
            Certainty.LIKELY,
            (
                Evidence(f"request.{place}.timestamp", text),
                Evidence("response.header.date", case.response.headers.text("date")),
            ),
            (CauseFound("utc" if is_zone else "clock", Certainty.LIKELY),),
        )
        return


def _china_s(text: str) -> float | None:
    """Return the moment that `yyyy-MM-dd HH:mm:ss` is in China, Unix seconds."""
    if len(text) != _LENGTH or not text.isascii() or text[10] != " ":
        return None
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp()
    except (ValueError, OverflowError):
        return None
