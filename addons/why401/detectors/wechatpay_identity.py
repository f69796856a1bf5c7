"""What a WeChat Pay v3 refusal says about the merchant's certificate, and why it may be so.

The message is taken as it stands; a configured or previous certificate and the shape of
`serial_no` then say why. Nothing here needs the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.wechatpay import WechatPay
from why401.detectors.traits import Trait
from why401.detectors.wechatpay_refusal import Stage, stage
from why401.keys import PublicKey, WechatPayKeys
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "wechatpay/v3-serial-refused",
    "wechatpay/v3-no-cert",
    "wechatpay/v3-cert-expired",
    "wechatpay/v3-cert-revoked",
    "wechatpay/v3-cert-replaced",
)
NEEDS = frozenset({Trait.WECHAT_PAY})

SERIAL = "request.header.authorization.serial_no"
MCHID = "request.header.authorization.mchid"

_HEX = regex(r"[0-9A-F]{32,40}")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield one finding where the service named the certificate; dates are judged by its time."""
    at = stage(case)
    if at not in _SAID:
        return
    sent = next((found.wechatpay for found in case.credentials if found.wechatpay), None)
    merchant = context.keys.merchant(sent.mchid) if sent else None
    yield _certificate(case, context, sent, merchant, at)


def _misspelt(serial: str) -> CauseFound | None:
    """Return why `serial` cannot be a serial number as the service wants it, 40 hex digits."""
    if _HEX.fullmatch(serial) and len(serial) == 40:
        return None
    # A byte has two digits: of an odd number one was lost. Other lengths exist, but not here.
    is_sure = not _HEX.fullmatch(serial) or len(serial) % 2 == 1
    return CauseFound(_spelling(serial), Certainty.PROVEN if is_sure else Certainty.LIKELY)


def _spelling(serial: str) -> str:
    if serial.strip() != serial:
        return "blanks"
    if ":" in serial or " " in serial:
        return "colons"
    if serial.lower().startswith(("0x", "serial=")):
        return "prefix"
    if serial != serial.upper() and _HEX.fullmatch(serial.upper()):
        return "lower-case"
    if re.fullmatch(r"[0-9]{41,60}", serial):
        return "decimal"
    return "length" if re.fullmatch(r"[0-9a-fA-F]+", serial) else "not-hex"


_SAID = {
    Stage.NO_CERTIFICATE: "wechatpay/v3-no-cert",
    Stage.SERIAL: "wechatpay/v3-serial-refused",
    Stage.EXPIRED: "wechatpay/v3-cert-expired",
    Stage.REVOKED: "wechatpay/v3-cert-revoked",
    Stage.REPLACED: "wechatpay/v3-cert-replaced",
}


def _certificate(
    case: Case,
    context: Context,
    sent: WechatPay | None,
    merchant: WechatPayKeys | None,
    at: Stage,
) -> Finding:
    """What the message says, and what the configured certificates say about why."""
    evidence: list[Evidence] = []
    causes: tuple[CauseFound, ...] = ()
    if sent is not None:
        name = MCHID if at is Stage.NO_CERTIFICATE else SERIAL
        value = sent.mchid if at is Stage.NO_CERTIFICATE else sent.serial_no
        evidence.append(Evidence(name, (value or "")[:80]))
    current = merchant.certificate if merchant else None
    used = _used(sent, merchant)
    if at is Stage.NO_CERTIFICATE:
        if sent and (other := _other_owner(sent, context)):
            evidence.append(Evidence(f"config.{other.label}", other.owner))
            causes = (CauseFound("other-mchid", Certainty.PROVEN),)
    elif at is Stage.EXPIRED and used and used.not_after_s is not None:
        now_s = case.server_now_s
        if now_s is not None and used.not_after_s < now_s:
            evidence.append(Evidence(f"config.{used.label}", round(used.not_after_s)))
            causes = (CauseFound("expired", Certainty.PROVEN),)
    elif used and current and used is not current:
        evidence.append(Evidence(f"config.{current.label}", current.serial))
        causes = (CauseFound("old-in-use", Certainty.PROVEN),)
    elif at is Stage.SERIAL and sent and (owner := _other_owner(sent, context)):
        evidence.append(Evidence(f"config.{owner.label}", owner.owner))
        causes = (CauseFound("other-merchant", Certainty.PROVEN),)
    elif at is Stage.SERIAL and sent and sent.serial_no and (odd := _misspelt(sent.serial_no)):
        causes = (odd,)
    elif at is Stage.SERIAL and sent and current and not _equal(current.serial, sent.serial_no):
        evidence.append(Evidence(f"config.{current.label}", current.serial))
        causes = (CauseFound("not-configured", Certainty.PROVEN),)
    evidence.append(Evidence("response.status", case.status))
    return _finding(case, _SAID[at], tuple(evidence), *causes)


def _other_owner(sent: WechatPay, context: Context) -> PublicKey | None:
    """Return the configured certificate that `serial_no` names, where it is another merchant's."""
    for each in context.keys.wechatpay:
        key = each.certificate
        if not key or not key.owner or not _equal(key.serial, sent.serial_no):
            continue
        # WeChat Pay's certificates bear the merchant's number.
        if key.owner.isdigit() and key.owner != sent.mchid:
            return key
    return None


def _used(sent: WechatPay | None, merchant: WechatPayKeys | None) -> PublicKey | None:
    """Return the configured certificate, current or previous, that `serial_no` names."""
    if sent is None or merchant is None:
        return None
    return next(
        (
            key
            for key in (merchant.certificate, *merchant.previous_certificates)
            if key and _equal(key.serial, sent.serial_no)
        ),
        None,
    )


def _equal(one: str | None, other: str | None) -> bool:
    return bool(one and other) and (one or "").lstrip("0") == (other or "").upper().lstrip("0")


def _finding(case: Case, rule: str, evidence: tuple[Evidence, ...], *causes: CauseFound) -> Finding:
    if case.error:
        evidence += (Evidence(case.error.message_place, case.error.message[:240]),)
    return Finding(rule, Certainty.PROVEN, evidence, causes)
