"""Callbacks of WeChat Pay on their way to a merchant's server, and what the server answers.

A callback that is genuine here and refused there has its cause in the shop's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from why401.case import Case
from why401.context import Context
from why401.keys import Secret, WechatPayKeys
from why401.later import later, regex
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.decrypt import TAG_BYTES, UnknownSealError, unsealed
from why401.signatures.examination import Report, proven
from why401.signatures.v3_answer import (
    HEADERS,
    Signed,
    Verdict,
    check_of,
    evidence_of,
    judge,
    signed_message,
)
from why401.signatures.v3_sm2 import unverifiable

if TYPE_CHECKING:
    from cryptography import exceptions
else:
    exceptions = later("cryptography.exceptions")

FRESH_S = 300
MAX_ID = 80
ANSWER_WITHIN_S = 5.0
_DECRYPT_WORDS = ("decrypt", "cipher", "aead", "解密", "gcm")
_EMPTY_WORDS = ("empty body", "body is empty", "body is missing", "no content to map", ": eof",
                "stream closed", "notreadable", "end of json", "end-of-input", "请求体为空",
                "报文为空", "body为空", "body 为空")  # fmt: skip
"""What handlers say whose body somebody else has read before them."""
_SIGNATURE = regex(
    r"签名|验签|(?<!as)(?<!de)sign(?!al|if|(?:ed)?[ _-]?(?:in|on|up|out|off)\b)", re.IGNORECASE
)
_OTHER_SIGNATURE = regex(
    r"\b(?:jw[ts]|token|cookie|session|csrf|xsrf|method|request we|saml)\b.{0,24}sign"
    r"|sign(?:ature|ed)?.{0,24}\b(?:jw[ts]|token|cookie|session|csrf|xsrf)\b|signaturedoesnotmatch",
    re.IGNORECASE,
)
"""A signature all right, but of a token, of a method, or that of a call which the shop makes."""
_CHECKING = ("签", "verif", "certificate", "serial", "证书")
"""What is said of a signature, but also by a page that checks people, or of serialising."""


def needs_of(context: Context) -> str:
    """Return the setting that would let callbacks be verified."""
    label = (
        context.keys.wechatpay[0].label if context.keys.wechatpay else "credentials.wechatpay[0]"
    )
    return f"{label}.platform_keys"


def is_v3_callback(case: Case) -> bool:
    """Return whether the request is a v3 callback by its body."""
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
    # An error page is XML as well: only the receipt of v2 tells what answered.
    says_v2 = "return_code" in dict(case.response.xml or ())
    handler_is_v2 = case.status >= 400 and says_v2 and len(missing) == len(HEADERS)
    rule = "cb-v2-to-v3-handler" if handler_is_v2 else "cb-headers-stripped"
    where = f"request.header.{missing[0]}"
    evidence = (Evidence(where, "missing"), Evidence("response.status", case.status))
    return Report(check, proven([f"wechatpay/{rule}"], evidence, {"missing": ", ".join(missing)}))


def _signature_findings(
    case: Case, signed: Signed, verdict: Verdict, context: Context
) -> Iterator[Finding]:
    evidence = evidence_of(signed, verdict)
    if verdict.status != "valid":
        yield from _wrong_platform_key(case, context)
    if verdict.needs and case.status >= 400:
        yield unverifiable(evidence, verdict.needs)
    if verdict.rule and (verdict.status == "mismatch" or case.status >= 400):
        values: dict[str, str | int | float] = {
            "serial": signed.serial[:80],
            "needs": needs_of(context),
        }
        yield from proven([f"wechatpay/{verdict.rule}"], evidence, values)


def _wrong_platform_key(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the certificate of the merchant whom this callback is for is configured
    as the platform's: the only one there is, or the one whose APIv3 key opens what is sealed."""
    entries = context.keys.wechatpay
    for entry in entries:
        own = entry.certificate
        wrong = [
            key
            for key in entry.platform_keys
            if own and key.key.public_numbers() == own.key.public_numbers()
        ]
        if wrong and (len(entries) == 1 or _opened_by(entry, case) is not None):
            place = Evidence(f"config.{wrong[0].label}", wrong[0].serial or "")
            yield from proven(["wechatpay/cb-wrong-key-merchant-cert"], (place,))


def _stale(case: Case, signed: Signed) -> Iterator[Finding]:
    now_s = case.exchange.times.request_sent or case.exchange.times.started
    if now_s is None or not signed.timestamp.isdecimal() or len(signed.timestamp) > 12:
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
    try:
        if not right or any(_opens(key.data, resource) for key in right):
            return
    except UnknownSealError:
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
        unsealed(key, resource)
    except UnknownSealError:
        raise
    except (exceptions.InvalidTag, ValueError):
        return False
    return True


def opened_resource(case: Case, context: Context) -> bytes | None:
    """Return the plaintext of a callback's resource under a configured APIv3 key, for showing."""
    opened = (_opened_by(entry, case) for entry in context.keys.wechatpay)
    return next((plain for plain in opened if plain is not None), None)


def _opened_by(entry: WechatPayKeys, case: Case) -> bytes | None:
    """Return the plaintext of a callback's resource under an APIv3 key of one merchant."""
    body = case.request.json
    resource = body.get("resource") if isinstance(body, Mapping) else None
    if not isinstance(resource, Mapping):
        return None
    for key in (entry.api_v3_key, *entry.previous_v3_keys):
        if key is None:
            continue
        try:
            return unsealed(key.data, resource)
        except (exceptions.InvalidTag, ValueError):
            continue
    return None


def _takes_it_unknowingly(case: Case) -> bool:
    """Return whether an answer that WeChat Pay takes for a receipt says something else: a page,
    such as that of a login, or a failure."""
    body = case.response.json
    if isinstance(body, Mapping):
        return str(body.get("code")).upper() in ("FAIL", "ERROR")
    return case.response.text[:100].lstrip().lower().startswith(("<!doctype", "<html"))


def _answer_findings(
    case: Case, signed: Signed, verdict: Verdict, context: Context
) -> Iterator[Finding]:
    times = case.exchange.times
    taken_s = (times.ended or times.response_started or 0) - (times.request_sent or 0)
    is_late = bool(times.request_sent and times.response_started) and taken_s > ANSWER_WITHIN_S
    if 200 <= case.status < 300 and not is_late:
        yield from _taken(case, context)
    elif verdict.status != "mismatch" and case.status != 0:
        refused = _refused(case, signed, verdict, context)
        yield from refused or (_not_taken(case, taken_s),)


def _taken(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong although WeChat Pay takes the answer for a receipt, and remember it."""
    body = case.request.json
    callback_id = body.get("id") if isinstance(body, Mapping) else None
    if isinstance(callback_id, str) and callback_id:
        callback_id = callback_id[:MAX_ID]
        earlier = context.learnt.callbacks.get(callback_id)
        if earlier is not None and earlier != case.exchange.id:
            place = Evidence("request.json.id", callback_id)
            yield Finding("wechatpay/cb-duplicate", Certainty.PROVEN, (place,), related=(earlier,))
        else:
            context.learnt.callbacks.remember(callback_id, case.exchange.id)
    if _takes_it_unknowingly(case):
        words = Evidence("response.text", case.response.text[:200])
        yield Finding(
            "wechatpay/cb-ack",
            Certainty.LIKELY,
            (Evidence("response.status", case.status), words),
            values={"status": case.status},
        )


def _refused(case: Case, signed: Signed, verdict: Verdict, context: Context) -> tuple[Finding, ...]:
    """Return why a server refused a callback that is genuine, as far as its words tell."""
    if verdict.status != "valid" or case.status < 400:
        return ()
    said = case.response.text[:4_096]
    lower = said.lower()
    status = Evidence("response.status", case.status)
    words = Evidence("response.text", said[:200])
    speaks_of_secrets = any(word in lower for word in _DECRYPT_WORDS)
    if speaks_of_secrets and opened_resource(case, context) is not None:
        return (Finding("wechatpay/cb-gcm-aad", Certainty.LIKELY, (status, words)),)
    if signed.body and any(word in lower for word in _EMPTY_WORDS):
        size = Evidence("request.text", {"bytes": len(signed.body)})
        return (Finding("wechatpay/cb-body-consumed", Certainty.LIKELY, (size, status, words)),)
    is_other = _OTHER_SIGNATURE.search(said) is not None
    is_refused = not is_other and _SIGNATURE.search(said) is not None
    if is_other or not (is_refused or any(word in lower for word in _CHECKING)):
        return ()
    certainty = Certainty.PROVEN if is_refused else Certainty.LIKELY
    evidence = (*evidence_of(signed, verdict), status, words)
    rejected = Finding("wechatpay/cb-valid-but-rejected", certainty, evidence)
    compact = signed.json.compact
    if signed.text is None or compact == signed.text:
        return (rejected,)
    place = Evidence("request.text", {"bytes": len(signed.body), "as_redumped": len(compact)})
    changed = Finding("wechatpay/cb-body-reserialised", Certainty.LIKELY, (place, status))
    return (rejected, changed)


def _not_taken(case: Case, taken_s: float) -> Finding:
    """The answer is no receipt, or came too late to be one."""
    said = case.response.text[:200]
    status = Evidence("response.status", case.status)
    return Finding(
        "wechatpay/cb-ack",
        Certainty.PROVEN,
        (status, Evidence("response.text", said)) if said else (status,),
        values={"status": case.status, "taken_s": round(max(taken_s, 0))},
    )
