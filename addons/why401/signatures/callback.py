"""Callbacks of WeChat Pay on their way to a merchant's server, and what the server answers.

A callback that is genuine here and refused there has its cause in the shop's own code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag

from why401.case import Case
from why401.context import Context
from why401.keys import Secret
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.decrypt import TAG_BYTES, aes_gcm, refund_key, refund_notice
from why401.signatures.engine import Parts, singles
from why401.signatures.examination import Report, proven
from why401.signatures.v2_message import sealed
from why401.signatures.v2_mistakes import V2_MISTAKES
from why401.signatures.v3_answer import (
    HEADERS,
    Signed,
    Verdict,
    check_of,
    evidence_of,
    judge,
    platform_keys,
    signed_message,
)
from why401.signatures.wechatpay_v2 import Claim, claim_from, verifies

FRESH_S = 300
ANSWER_WITHIN_S = 5.0
_SIGN_WORDS = ("sign", "签", "verif", "certificate", "serial", "证书")


def needs_of(context: Context) -> str:
    """Return the setting that would let callbacks be verified."""
    label = (
        context.keys.wechatpay[0].label if context.keys.wechatpay else "credentials.wechatpay[0]"
    )
    return f"{label}.platform_keys"


# -- v3 -----------------------------------------------------------------------------------------


def is_v3_callback(case: Case) -> bool:
    """Return whether the request is a v3 callback by its body or its headers."""
    body = case.request.json
    return isinstance(body, Mapping) and body.get("resource_type") == "encrypt-resource"


def examine_v3(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with a v3 callback and with the answer to it."""
    signed = signed_message(case.request, "request")
    if signed is None:
        return [_headers_missing(case)]
    answer = Evidence("response.status", case.status)
    accepted = 200 <= case.status < 300
    if signed.is_probe:
        # Refusing a probe is right and nothing to tell; taking one is a hole.
        if not accepted:
            return []
        evidence = (*evidence_of(signed, Verdict("unverifiable")), answer)
        check = check_of(signed, Verdict("mismatch", "cb-probe-accepted"), "callback", "")
        return [Report(check, proven(["wechatpay/cb-probe-accepted"], evidence))]
    verdict = judge(signed, context)
    body = case.exchange.request.body
    if verdict.status == "mismatch" and body and not (body.is_exact and body.is_complete):
        # A capture that altered the bytes proves nothing about who sent them.
        verdict = Verdict("unverifiable", key=verdict.key)
    findings = list(_signature_findings(case, signed, verdict, context))
    findings += _stale(case, signed)
    if verdict.status == "valid":
        findings += _sealed(case, context)
    findings += _answer_findings(case, signed, verdict, context)
    check = check_of(signed, verdict, "callback", needs_of(context))
    return [Report(check, tuple(findings))]


def _headers_missing(case: Case) -> Report:
    missing = [name for name in HEADERS if case.request.headers.text(name) is None]
    check = SignatureCheck("wechatpay-v3", "callback", "unverifiable")
    text = case.response.text[:4_096].lower()
    handler_is_v2 = case.status >= 400 and ("xml" in text) and len(missing) == len(HEADERS)
    rule = "cb-v2-to-v3-handler" if handler_is_v2 else "cb-headers-stripped"
    where = f"request.header.{missing[0]}"
    evidence = (Evidence(where, "missing"), Evidence("response.status", case.status))
    return Report(check, proven([f"wechatpay/{rule}"], evidence, {"missing": ", ".join(missing)}))


def _signature_findings(
    case: Case, signed: Signed, verdict: Verdict, context: Context
) -> Iterator[Finding]:
    evidence = evidence_of(signed, verdict)
    yield from _wrong_platform_key(context)
    if verdict.rule and (verdict.status == "mismatch" or case.status >= 400):
        values: dict[str, str | int | float] = {
            "serial": signed.serial[:80],
            "needs": needs_of(context),
        }
        yield from proven([f"wechatpay/{verdict.rule}"], evidence, values)


def _wrong_platform_key(context: Context) -> Iterator[Finding]:
    """Yield a finding where a merchant's own certificate is configured as the platform's."""
    for entry in context.keys.wechatpay:
        own = entry.certificate
        for key in entry.platform_keys:
            if own and key.key.public_numbers() == own.key.public_numbers():
                yield from proven(
                    ["wechatpay/cb-wrong-key-merchant-cert"],
                    (Evidence(f"config.{key.label}", key.serial or ""),),
                )


def _stale(case: Case, signed: Signed) -> Iterator[Finding]:
    now_s = case.exchange.times.request_sent or case.exchange.times.started
    if now_s is None or not signed.timestamp.isdigit() or len(signed.timestamp) > 12:
        return
    age_s = now_s - int(signed.timestamp)
    if abs(age_s) >= FRESH_S:
        evidence = (Evidence("request.header.wechatpay-timestamp", signed.timestamp),)
        yield from proven(["wechatpay/cb-stale"], evidence, {"age_s": round(abs(age_s))})


def _sealed(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the encrypted part of a genuine callback."""
    body = case.request.json
    resource = body.get("resource") if isinstance(body, Mapping) else None
    if not isinstance(resource, Mapping):
        return
    place = "request.json.resource.ciphertext"
    ciphertext = resource.get("ciphertext")
    if (
        not isinstance(ciphertext, str)
        or len(ciphertext) % 4
        or len(ciphertext) < 4 * TAG_BYTES // 3
    ):
        size = len(ciphertext) if isinstance(ciphertext, str) else 0
        yield from proven(["wechatpay/cb-gcm-truncated"], (Evidence(place, f"({size})"),))
        return
    right = [each.api_v3_key for each in context.keys.wechatpay if each.api_v3_key]
    if not right or any(_opens(key.data, resource) for key in right):
        return
    wrong = next((key for key in _other_keys(context, right) if _opens(key.data, resource)), None)
    used = wrong.label if wrong else ""
    evidence: tuple[Evidence, ...] = (
        Evidence(place, f"({len(ciphertext)})"),
        Evidence("config." + right[0].label, "[tried]"),
    )
    if wrong:
        evidence += (Evidence("config." + used, "[opens it]"),)
    yield from proven(
        ["wechatpay/cb-gcm-key"], evidence, {"key": right[0].label, "used": used or "?"}
    )


def _other_keys(context: Context, right: list[Secret]) -> Iterator[Secret]:
    for entry in context.keys.wechatpay:
        yield from entry.previous_v3_keys
        if entry.api_v2_key:
            yield entry.api_v2_key
        yield from entry.previous_v2_keys
    for key in right:
        for value in (key.value.lower(), key.value.upper(), key.value.strip()):
            if value != key.value:
                yield Secret(key.label, value)


def _opens(key: bytes, resource: Mapping[str, Any]) -> bool:
    try:
        aes_gcm(key, resource)
    except (InvalidTag, ValueError):
        return False
    return True


def opened_resource(case: Case, context: Context) -> bytes | None:
    """Return the plaintext of a callback's resource under a configured APIv3 key, for showing."""
    body = case.request.json
    resource = body.get("resource") if isinstance(body, Mapping) else None
    if not isinstance(resource, Mapping):
        return None
    for entry in context.keys.wechatpay:
        for key in (entry.api_v3_key, *entry.previous_v3_keys):
            if key is None:
                continue
            try:
                return aes_gcm(key.data, resource)
            except (InvalidTag, ValueError):
                continue
    return None


def _answer_findings(
    case: Case, signed: Signed, verdict: Verdict, context: Context
) -> Iterator[Finding]:
    body = case.request.json
    callback_id = body.get("id") if isinstance(body, Mapping) else None
    status = Evidence("response.status", case.status)
    times = case.exchange.times
    taken_s = (times.ended or times.response_started or 0) - (times.request_sent or 0)
    is_late = bool(times.request_sent and times.response_started) and taken_s > ANSWER_WITHIN_S
    if 200 <= case.status < 300 and not is_late:
        if isinstance(callback_id, str) and callback_id:
            earlier = context.learnt.callbacks.get(callback_id)
            if earlier is not None and earlier != case.exchange.id:
                place = Evidence("request.json.id", callback_id[:80])
                yield Finding(
                    "wechatpay/cb-duplicate", Certainty.PROVEN, (place,), related=(earlier,)
                )
            else:
                context.learnt.callbacks.remember(callback_id[:100], case.exchange.id)
        return
    if verdict.status == "mismatch" or case.status == 0:
        return
    said = case.response.text[:4_096]
    speaks_of_signature = any(word in said.lower() for word in _SIGN_WORDS)
    if verdict.status == "valid" and case.status >= 400 and speaks_of_signature:
        evidence = (*evidence_of(signed, verdict), status, Evidence("response.text", said[:200]))
        compact = signed.json.compact
        rules = ["wechatpay/cb-valid-but-rejected"]
        yield from proven(rules, evidence)
        if signed.text is not None and compact != signed.text:
            place = Evidence(
                "request.text", {"bytes": len(signed.body), "as_redumped": len(compact)}
            )
            yield Finding("wechatpay/cb-body-reserialised", Certainty.LIKELY, (place, status))
        return
    yield Finding(
        "wechatpay/cb-ack",
        Certainty.PROVEN,
        (status, Evidence("response.text", said[:200])) if said else (status,),
        values={"status": case.status, "taken_s": round(max(taken_s, 0))},
    )


# -- v2 -----------------------------------------------------------------------------------------


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
    text = case.response.text[:4_096]
    refused = case.status >= 400 or "FAIL" in text
    wants_v3 = refused and "wechatpay-" in text.lower()
    status = "unverifiable"
    tried = None
    rules: list[str] = ["cb-v2-to-v3-handler"] if wants_v3 else []
    found: list[Finding] = []
    evidence = (
        Evidence(claim.where, claim.said.algorithm),
        Evidence("response.status", case.status),
    )
    values: dict[str, str | int | float] = {
        "needs": claim.needs,
        "mchid": claim.mchid[:40],
        "missing": "",
    }
    if claim.said.key is not None and verifies(claim):
        status = "valid"
        if refused and not wants_v3:
            found.append(_app_refuses(claim, evidence, values))
    elif claim.is_exact and claim.said.key is not None and claim.sent.fits is not None:
        status = "mismatch"
        digest_fits = claim.sent.fits

        def fits(parts: Parts) -> bool:
            return digest_fits(sealed(parts))

        search = singles(V2_MISTAKES, claim.said, claim.said.parts, fits, late=True)
        tried = search.tried
        mangled = {"v2-html-escaped", "v2-wire-encoded-only", "v2-charset-mojibake", "v2-newlines",
                   "v2-charset-gbk", "v2-charset-latin1", "v2-trimmed"}  # fmt: skip
        is_mangled = any(rule in mangled for match in search.matches for rule in match.rules)
        rules.append("v2-notify-mangled" if is_mangled else "v2-notify-sign-invalid")
    found += proven([f"wechatpay/{rule}" for rule in rules], evidence, values)
    check = SignatureCheck(
        "wechatpay-v2",
        "callback",
        status,
        needs=(claim.needs,) if status == "unverifiable" else (),
        explained_by=f"wechatpay/{rules[0]}" if rules and status == "mismatch" else None,
        tried=tried,
    )
    return [Report(check, tuple(found))]


def _app_refuses(
    claim: Claim, evidence: tuple[Evidence, ...], values: dict[str, str | int | float]
) -> Finding:
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
        return []
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


__all__ = [
    "examine_refund_notice",
    "examine_v2",
    "examine_v3",
    "is_v3_callback",
    "notification_of",
    "opened_resource",
    "platform_keys",
]
