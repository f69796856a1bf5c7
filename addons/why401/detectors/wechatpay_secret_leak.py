"""Does an exchange with WeChat Pay carry a secret that must never leave the merchant?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.hosts import Family
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("wechatpay/biz-secret-leak",)
NEEDS = frozenset({Trait.WECHAT_PAY})

_PRIVATE_KEYS = ("-----BEGIN PRIVATE KEY", "-----BEGIN RSA PRIVATE KEY")
MIN_CHARS = 16
"""A configured secret shorter than this could be any word."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the request holds a private key, or a secret that is configured."""
    if case.family not in (Family.WECHATPAY_V2, Family.WECHATPAY_V3):
        return
    for place, text in (
        ("request.query", case.exchange.request.query),
        ("request.text", case.request.text),
    ):
        if not text:
            continue
        if any(mark in text for mark in _PRIVATE_KEYS):
            yield _finding(case, place, "private-key", context.masker.placeholder("key", text))
            continue
        for label, value in _secrets(context):
            if value in text:
                yield _finding(case, place, label, context.masker.placeholder("key", value))


def _secrets(context: Context) -> Iterator[tuple[str, str]]:
    for merchant in context.keys.wechatpay:
        for cause, secret in (("v2-key", merchant.api_v2_key), ("v3-key", merchant.api_v3_key)):
            if secret is not None and len(secret.value) >= MIN_CHARS:
                yield cause, secret.value
    for account in context.keys.wechat:
        if account.secret is not None and len(account.secret.value) >= MIN_CHARS:
            yield "app-secret", account.secret.value


def _finding(case: Case, place: str, cause: str, shown: str) -> Finding:
    return Finding(
        REPORTS[0],
        Certainty.PROVEN,
        (Evidence(place, shown), Evidence("request.host", case.exchange.request.host)),
        (CauseFound(cause, Certainty.PROVEN),),
    )
