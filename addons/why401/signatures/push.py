"""Messages that WeChat pushes to an account's server: signed with its token, and encrypted.

`signature` is the SHA-1 of token, timestamp and nonce, sorted and joined; in encrypted mode
`msg_signature` takes the ciphertext in as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from why401.case import Case
from why401.context import Context
from why401.keys import Secret, WechatAccount
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.decrypt import aes_cbc
from why401.signatures.examination import Report, proven

NAME = "wechat-push"
HEADER_BYTES = 20
BLOCK = 32


def push_signature(token: str, *parts: str) -> str:
    """Return the SHA-1 over the sorted parts, in lower-case hexadecimal."""
    joined = "".join(sorted((token, *parts)))
    return hashlib.sha1(joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def examine(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with a pushed message, judged by the configured accounts."""
    query = dict(case.query)
    timestamp, nonce = query.get("timestamp"), query.get("nonce")
    encrypted = dict(case.request.xml or ()).get("Encrypt", "")
    body = case.request.json
    if not encrypted and isinstance(body, dict) and isinstance(body.get("Encrypt"), str):
        encrypted = body["Encrypt"]
    name = "msg_signature" if encrypted and "msg_signature" in query else "signature"
    sent = query.get(name, "")
    accounts = [account for account in context.keys.wechat if account.token]
    if not timestamp or not nonce or len(sent) != 40 or not accounts:
        return []
    parts = (timestamp, nonce, encrypted) if name == "msg_signature" else (timestamp, nonce)
    place = Evidence(f"request.query.{name}", sent[:8] + "…")
    findings: list[Finding] = []
    owner = None
    for account in accounts:
        token = account.token
        if token and push_signature(token.value, *parts) == sent.lower():
            owner = account
            break
        if token and push_signature(token.value.strip(), *parts) == sent.lower():
            evidence = (place, Evidence("config." + token.label, "[used]"))
            findings += proven(["wechat-js/push-token"], evidence)
            owner = account
            break
    if owner is not None and encrypted:
        findings += _sealed(owner, encrypted)
    if owner is not None and not findings:
        findings += _refused(case, name, is_sealed=bool(encrypted))
    if not findings:
        return []
    status = "valid" if owner is not None and not findings else "mismatch"
    check = SignatureCheck(NAME, "callback", status, explained_by=findings[0].rule)
    return [Report(check, tuple(findings))]


def _refused(case: Case, name: str, *, is_sealed: bool) -> list[Finding]:
    """Return why an app may refuse a genuine message for its signature: in encrypted mode that is
    `msg_signature`, which takes the ciphertext in, in plain mode `signature`."""
    said = case.response.text[:4_096]
    is_refused = case.status >= 400 or _INVALID in said
    if not is_refused or not any(word in said.lower() for word in ("sign", "签", _INVALID)):
        return []
    evidence = (
        Evidence(f"request.query.{name}", "[right]"),
        Evidence("request.xml.Encrypt", "[there]" if is_sealed else "missing"),
        Evidence("response.text", said[:200]),
    )
    return [Finding("wechat-js/push-mode", Certainty.LIKELY, evidence)]


_INVALID = "-40001"
"""The code of the official sample for a signature that does not fit."""


def _sealed(account: WechatAccount, encrypted: str) -> list[Finding]:
    """Return what is wrong with the encrypted part of a genuine message."""
    key = account.encoding_aes_key
    if key is None:
        return []
    size = Evidence("request.xml.Encrypt", f"({len(encrypted)})")
    appid = opened_appid(key, encrypted)
    if appid is not None:
        if appid == account.appid:
            return []
        seen = (size, Evidence("signature.appid", appid[:40]))
        return list(proven(["wechat-js/push-appid"], seen))
    for old in account.previous_aes_keys:
        if opened_appid(old, encrypted) is not None:
            seen = (size, Evidence("config." + old.label, "[opens it]"))
            return list(proven(["wechat-js/push-aeskey-old"], seen))
    return []


def opened_appid(key: Secret, encrypted: str) -> str | None:
    """Return the appid at the end of an encrypted message, or None where `key` does not open it."""
    try:
        raw = base64.b64decode(key.value + "=", validate=True)
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        return None
    plain = aes_cbc(raw, raw[:16], data, BLOCK) if len(raw) == BLOCK else None
    if plain is None or len(plain) < HEADER_BYTES:
        return None
    length = int.from_bytes(plain[16:20])
    tail = plain[HEADER_BYTES + length :]
    try:
        return tail.decode("ascii") if 0 < len(tail) < 64 else None
    except UnicodeDecodeError:
        return None
