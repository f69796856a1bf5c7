"""What the bytes of a refused v3 request show without any key, or with a look at configured
certificates' numbers only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from why401.case import Case, json_at
from why401.context import Context
from why401.model import Certainty, Evidence, Finding, Request
from why401.signatures.examination import proven
from why401.signatures.lost_text import TEXT_FIELDS, lost
from why401.signatures.multipart import parse_multipart
from why401.signatures.v3_answer import PUBLIC_KEY_ID, platform_keys
from why401.signatures.v3_claim import WHERE, Claim, is_number_of, same_serial

_OWNERS = ("mchid", "sp_mchid", "combine_mchid")
_BRINGING = (b"POST", b"PUT", b"PATCH")
_PLACEHOLDERS = (b"%7B", b"%7b", b"{", b"/:")


def structural(case: Case, claim: Claim, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with identity, URL and upload of a refused request."""
    yield from _serial(claim, context)
    yield from _merchant_number(case, claim)
    yield from _stale(case, claim, context)
    yield from upload(case)
    yield from _nothing_sent(claim)
    yield from _text_lost(case)
    path = claim.said.url.partition(b"?")[0]
    if any(mark in path for mark in _PLACEHOLDERS):
        evidence = (Evidence("request.path", path[:200].decode("utf-8", "replace")),)
        yield from proven(["wechatpay/v3-url-placeholder"], evidence)


def _serial(claim: Claim, context: Context) -> Iterator[Finding]:
    sent = claim.serial_no
    if sent.startswith(PUBLIC_KEY_ID):
        yield from _serial_is_platform(claim)
        return
    own = claim.merchant.certificate if claim.merchant else None
    for key in platform_keys(context):
        if same_serial(key.serial, sent) and not (own and same_serial(own.serial, sent)):
            yield from _serial_is_platform(claim)
            return
    if own and own.serial and sent != own.serial and is_number_of(own, sent):
        evidence = (Evidence(WHERE, {"serial_no": sent[:80], "certificate": own.serial}),)
        yield from proven(["wechatpay/v3-serial-format"], evidence, {"key": own.label})


def _serial_is_platform(claim: Claim) -> Iterator[Finding]:
    evidence = (Evidence(WHERE, {"serial_no": claim.serial_no[:80]}),)
    yield from proven(["wechatpay/v3-serial-is-platform"], evidence)


def _merchant_number(case: Case, claim: Claim) -> Iterator[Finding]:
    header = claim.sent.mchid or ""
    body = case.request.json
    named = dict(case.query) | (
        {key: item for key, item in body.items() if isinstance(item, str)}
        if isinstance(body, Mapping)
        else {}
    )
    if not header:
        return
    place = "request.json" if isinstance(body, Mapping) else "request.query"
    owners = {name: named[name] for name in _OWNERS if named.get(name)}
    if header == named.get("sub_mchid") and header not in owners.values():
        evidence = (Evidence(WHERE, {"mchid": header}), Evidence(f"{place}.sub_mchid", header))
        yield from proven(["wechatpay/v3-mchid-is-sub"], evidence)
    elif owners and header not in owners.values():
        name, value = next(iter(owners.items()))
        evidence = (Evidence(WHERE, {"mchid": header}), Evidence(f"{place}.{name}", value[:40]))
        yield from proven(["wechatpay/v3-mchid-body-mismatch"], evidence)


def _stale(case: Case, claim: Claim, context: Context) -> Iterator[Finding]:
    signature = claim.sent.param("signature") or ""
    seen = context.learnt.signatures.get(signature)
    if seen is None or seen.exchange == case.exchange.id or seen.scheme != "v3":
        return
    # The same request sent twice with one signature is a retry; that alone is not refused.
    if request_hash(case.exchange.request) != seen.what:
        evidence = (Evidence("history.signature", seen.where),)
        yield from proven(["wechatpay/v3-sig-stale"], evidence, related=(seen.exchange,))


def request_hash(request: Request) -> bytes:
    """Return a hash by which what two requests send is compared."""
    body = request.body.data if request.body else b""
    method = request.method.encode("utf-8", "replace")
    return hashlib.sha256(b"\n".join((method, request.target, body))).digest()


def _nothing_sent(claim: Claim) -> Iterator[Finding]:
    """Yield a finding where a request that brings data came without a body, as the server saw."""
    saw = claim.saw
    if claim.said.method in _BRINGING and not claim.said.body and saw and saw.body_length == 0:
        place = Evidence("response.json.detail.sign_information", saw.plain())
        yield Finding("wechatpay/v3-body-not-sent", Certainty.LIKELY, (place,))


def _text_lost(case: Case) -> Iterator[Finding]:
    """Yield the first text of the body that was lost before it was sent."""
    body = case.request.json
    for name, value in body.items() if isinstance(body, Mapping) else ():
        certainty = lost(value[:4_096]) if name in TEXT_FIELDS and isinstance(value, str) else None
        if certainty is not None:
            place = Evidence(f"request.json.{name}", value[:80])
            yield Finding("wechatpay/v3-wire-lossy", certainty, (place,))
            return


def upload(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the parts of an upload; nothing for other requests."""
    request = case.exchange.request
    data = request.body.data if request.body and request.body.is_exact else b""
    parts = parse_multipart(request.headers.text("content-type") or "", data)
    meta = next((part for part in parts or () if part.name == "meta"), None)
    if meta is None or parts is None:
        return
    if meta.has_filename:
        evidence = (Evidence("request.text", 'name="meta"; filename='),)
        yield from proven(["wechatpay/v3-upload-meta-part"], evidence)
    declared = _declared_digest(meta.data)
    file = next((part for part in parts if part is not meta), None)
    if declared and file is not None:
        found = hashlib.sha256(file.data).hexdigest()
        if declared != found:
            seen = {"meta": declared[:80], "file": found, "bytes": len(file.data)}
            # The documents show small letters; whether capitals are refused they do not say.
            is_same = declared.lower() == found
            certainty = Certainty.LIKELY if is_same else Certainty.PROVEN
            place = Evidence("request.text", seen)
            yield Finding("wechatpay/v3-upload-sha256", certainty, (place,))


def _declared_digest(meta: bytes) -> str | None:
    try:
        value = msgspec.json.decode(meta)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    for name in ("sha256", "file_digest"):
        found = next((item for item in json_at(value, (name,)) if isinstance(item, str)), None)
        if found:
            return found
    return None
