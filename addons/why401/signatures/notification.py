"""Notifications of WeChat Pay v2 on their way to a merchant's server, refund notices among them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

import msgspec

from why401.case import Case
from why401.context import Context
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.decrypt import refund_key, refund_notice
from why401.signatures.engine import singles
from why401.signatures.examination import Report, proven
from why401.signatures.v2_message import sealed_fits
from why401.signatures.v2_mistakes import V2_MISTAKES
from why401.signatures.wechatpay_v2 import Claim, claim_from, key_used, verifies

type Values = dict[str, str | int | float]

_MANGLED = frozenset(
    {"v2-html-escaped", "v2-wire-encoded-only", "v2-charset-mojibake", "v2-newlines"}
    | {"v2-charset-gbk", "v2-charset-latin1", "v2-trimmed"}
)
"""What is done to a notification on its way to the check, not before it was signed."""


def notification_of(case: Case, context: Context) -> Claim | None:
    """Return the signed v2 notification that the request is, or None."""
    fields = case.request.xml
    if not fields or "return_code" not in dict(fields):
        return None
    body = case.exchange.request.body
    is_exact = body is None or (body.is_exact and body.is_complete)
    where = "request.xml.sign"
    return claim_from(fields, context, subject="callback", where=where, path="", is_exact=is_exact)


def examine_v2(case: Case, claim: Claim) -> list[Report]:
    """Return what is wrong with a v2 notification and with the answer to it."""
    answer = _answer(case)
    evidence = (
        Evidence(claim.where, claim.said.algorithm),
        Evidence("response.status", case.status),
    )
    values: Values = {"needs": claim.needs, "mchid": claim.mchid[:40], "missing": ""}
    judged = _Judged("unverifiable")
    found: list[Finding] = []
    if claim.said.key is not None and verifies(claim):
        judged = _Judged("valid")
        if answer is _Answer.REFUSES:
            found.append(_app_refuses(claim, evidence, values))
        elif answer is _Answer.OTHER:
            found += _unacknowledged(case)
    elif claim.is_exact and claim.said.key is not None and claim.sent.fits is not None:
        judged = _searched(claim, claim.sent.fits, answer)
    rules = (*(("cb-v2-to-v3-handler",) if answer is _Answer.WANTS_V3 else ()), *judged.rules)
    if judged.key:
        values["key"] = judged.key
    found += proven([f"wechatpay/{rule}" for rule in rules], evidence, values)
    check = SignatureCheck(
        "wechatpay-v2",
        "callback",
        judged.status,
        needs=(claim.needs,) if judged.status == "unverifiable" else (),
        explained_by=f"wechatpay/{rules[0]}" if rules and judged.status == "mismatch" else None,
        tried=judged.tried,
    )
    return [Report(check, tuple(found))]


class _Answer(enum.Enum):
    """What the merchant's server answered."""

    REFUSES = enum.auto()
    WANTS_V3 = enum.auto()
    OTHER = enum.auto()


def _answer(case: Case) -> _Answer:
    text = case.response.text[:4_096]
    if case.status < 400 and "FAIL" not in text:
        return _Answer.OTHER
    return _Answer.WANTS_V3 if "wechatpay-" in text.lower() else _Answer.REFUSES


class _Judged(msgspec.Struct, frozen=True):
    """What became of the signature; `rules` what is wrong, `key` the label of the one that fits."""

    status: str
    rules: tuple[str, ...] = ()
    tried: int | None = None
    key: str = ""


def _searched(claim: Claim, fits: Callable[[bytes], bool], answer: _Answer) -> _Judged:
    """Return what explains a signature that does not fit the notification as it came."""
    said = claim.said
    search = singles(V2_MISTAKES, said, said.parts, sealed_fits(fits), late=True)
    told = tuple(rule for match in search.matches for rule in match.rules)
    if "v2-key-sandbox-mixed" in told:
        # The sandbox signs with its own key, and nothing of a notification says whose it is.
        rules = ("v2-key-sandbox-mixed",) if answer is _Answer.REFUSES else ()
        return _Judged("valid", rules, search.tried)
    key = key_used(claim, told)
    if key is not None:
        rule = next(rule for rule, each in said.others if each is key)
        return _Judged("mismatch", (rule,), search.tried, key.label)
    is_mangled = not _MANGLED.isdisjoint(told)
    rule = "v2-notify-mangled" if is_mangled else "v2-notify-sign-invalid"
    return _Judged("mismatch", (rule,), search.tried)


def _unacknowledged(case: Case) -> list[Finding]:
    """Return a finding where a genuine notification got another answer than the one that counts:
    XML with `return_code` SUCCESS."""
    fields = dict(case.response.xml or ())
    is_accepted = 200 <= case.status < 300
    if is_accepted and fields.get("return_code", "").strip().upper() == "SUCCESS":
        return []
    evidence: tuple[Evidence, ...] = (Evidence("response.status", case.status),)
    if case.response.text:
        evidence += (Evidence("response.text", case.response.text[:200]),)
    certainty = Certainty.LIKELY if is_accepted else Certainty.PROVEN
    return [Finding("wechatpay/cb-ack", certainty, evidence, values={"status": case.status})]


def _app_refuses(claim: Claim, evidence: tuple[Evidence, ...], values: Values) -> Finding:
    """Return the likeliest reason why an app refuses a genuine notification."""
    names = {name for name, _ in claim.said.fields}
    if claim.said.algorithm == "HMAC-SHA256":
        rule = "v2-notify-alg-default"
    elif "sign_type" in names:
        rule = "v2-notify-signtype-dropped"
    else:
        rule = "v2-notify-unknown-dropped"
    return Finding(f"wechatpay/{rule}", Certainty.LIKELY, evidence, values=values)


def examine_refund_notice(case: Case, context: Context) -> list[Finding]:
    """Return what is wrong with the encrypted part of a v2 refund notice."""
    sealed_text = dict(case.request.xml or ()).get("req_info", "")
    keys = [each.api_v2_key for each in context.keys.wechatpay if each.api_v2_key]
    if not sealed_text or not keys:
        return []
    if any(refund_notice(refund_key(key.data), sealed_text) for key in keys):
        return _unacknowledged(case)
    for rule, raw, label in _refund_keys(context):
        if refund_notice(raw, sealed_text):
            evidence = (
                Evidence("request.xml.req_info", f"({len(sealed_text)})"),
                Evidence(label, "[opens it]"),
            )
            return list(proven([f"wechatpay/{rule}"], evidence))
    return []


def _refund_keys(context: Context) -> Iterator[tuple[str, bytes, str]]:
    for entry in context.keys.wechatpay:
        key = entry.api_v2_key
        if key:
            where = f"config.{key.label}"
            hexed = refund_key(key.data)
            yield "v2-reqinfo-key-raw", key.data, where
            yield "v2-reqinfo-key-hexdecoded", bytes.fromhex(hexed.decode()), where
            yield "v2-reqinfo-key-upper", hexed.upper(), where
        if entry.api_v3_key:
            yield (
                "v2-reqinfo-key-v3",
                refund_key(entry.api_v3_key.data),
                f"config.{entry.api_v3_key.label}",
            )
