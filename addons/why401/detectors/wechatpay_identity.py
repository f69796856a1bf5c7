"""Does the merchant that a refused WeChat Pay v3 request names fit its certificate?

What the message says is taken as it stands; a configured or previous certificate, the body and the
shape of `serial_no` then say why. Nothing here needs the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.wechatpay import WechatPay
from why401.detectors.wechatpay_refusal import IDENTITY, Stage, stage
from why401.keys import PublicKey, WechatPayKeys
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "wechatpay/v3-serial-is-platform",
    "wechatpay/v3-serial-format",
    "wechatpay/v3-serial-refused",
    "wechatpay/v3-mchid-is-sub",
    "wechatpay/v3-mchid-body-mismatch",
    "wechatpay/v3-no-cert",
    "wechatpay/v3-cert-expired",
    "wechatpay/v3-cert-revoked",
    "wechatpay/v3-cert-replaced",
)

SERIAL = "request.header.authorization.serial_no"
MCHID = "request.header.authorization.mchid"

_HEX = re.compile(r"[0-9A-F]{32,40}")
_OWNERS = ("mchid", "sp_mchid", "combine_mchid")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what contradicts itself in `serial_no` and `mchid`, and what the message says about
    the certificate; judged by the server's time."""
    at = stage(case)
    if at is None or (at not in IDENTITY and at not in (Stage.SIGNATURE, Stage.UNSAID)):
        return
    sent = next((found.wechatpay for found in case.credentials if found.wechatpay), None)
    merchant = context.keys.merchant(sent.mchid) if sent else None
    if sent is not None:
        yield from _serial_shape(case, context, sent, at)
        yield from _owner(case, sent)
    if at in _SAID:
        yield _certificate(case, context, sent, merchant, at)


def _serial_shape(case: Case, context: Context, sent: WechatPay, at: Stage) -> Iterator[Finding]:
    """The number is the platform's, or one of the right certificate in another spelling."""
    serial = sent.serial_no or ""
    sure = Certainty.PROVEN if at is Stage.SERIAL else Certainty.LIKELY
    platform = next(
        (key for each in context.keys.wechatpay for key in each.platform_keys
         if key.serial and key.serial == serial),
        None,
    )  # fmt: skip
    if serial.startswith("PUB_KEY_ID_") or platform:
        cause = "public-key-id" if serial.startswith("PUB_KEY_ID_") else "platform-certificate"
        seen = (Evidence(SERIAL, serial[:80]), *_same(platform))
        yield _finding(case, REPORTS[0], seen, CauseFound(cause, sure))
    elif serial and (not _HEX.fullmatch(serial) or (at is Stage.SERIAL and len(serial) != 40)):
        if _HEX.fullmatch(serial) and len(serial) % 2 == 0:
            sure = Certainty.LIKELY
        yield _finding(
            case, REPORTS[1], (Evidence(SERIAL, serial[:80]),), CauseFound(_spelling(serial), sure)
        )


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


def _owner(case: Case, sent: WechatPay) -> Iterator[Finding]:
    """The header must name the merchant that signs: the provider, where one acts for another."""
    body = case.request.json if isinstance(case.request.json, dict) else {}
    query = dict(case.query)
    named = {
        name: (f"request.{place}.{name}", str(fields[name]))
        for place, fields in (("query", query), ("json", body))
        for name in (*_OWNERS, "sub_mchid")
        if isinstance(fields.get(name), str | int) and fields.get(name)
    }
    if not sent.mchid:
        return
    owner = next((named[name] for name in ("sp_mchid", "combine_mchid", "mchid") if name in named), None)  # noqa: E501  # fmt: skip
    if owner is None or owner[1] == sent.mchid:
        return
    sub = named.get("sub_mchid")
    is_sub = sub is not None and sub[1] == sent.mchid
    yield _finding(
        case,
        REPORTS[3] if is_sub else REPORTS[4],
        (Evidence(MCHID, sent.mchid[:40]), Evidence(owner[0], owner[1][:40])),
        CauseFound("sub-signs" if is_sub else "differs", Certainty.LIKELY),
    )


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
        other = next(
            (key for each in context.keys.wechatpay for key in (each.certificate,)
             if key and sent and key.serial and _equal(key.serial, sent.serial_no)
             and key.owner and key.owner != sent.mchid),
            None,
        )  # fmt: skip
        if other:
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
    elif at is Stage.SERIAL and sent and current and not _equal(current.serial, sent.serial_no):
        evidence.append(Evidence(f"config.{current.label}", current.serial))
        causes = (CauseFound("not-configured", Certainty.PROVEN),)
    evidence.append(Evidence("response.status", case.status))
    return _finding(case, _SAID[at], tuple(evidence), *causes)


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


def _same(key: PublicKey | None) -> tuple[Evidence, ...]:
    return (Evidence(f"config.{key.label}", key.serial),) if key else ()


def _finding(case: Case, rule: str, evidence: tuple[Evidence, ...], *causes: CauseFound) -> Finding:
    if case.error:
        evidence += (Evidence(case.error.message_place, case.error.message[:240]),)
    return Finding(rule, Certainty.PROVEN, evidence, causes)
