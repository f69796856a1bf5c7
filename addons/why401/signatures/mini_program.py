"""What a mini program brings to its backend: signed raw data and encrypted data.

`signature = sha1(rawData + session_key)`, the key as text; `encryptedData` is AES-128-CBC under
the decoded key. The keys are those that `jscode2session` gave in this session.
Source: https://developers.weixin.qq.com/minigame/dev/guide/open-ability/signature.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from why401.case import Case
from why401.context import Context
from why401.keys import Secret
from why401.later import regex
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.decrypt import aes_cbc
from why401.signatures.engine import Told
from why401.signatures.examination import Report, proven
from why401.signatures.json_text import JsonText

NAME = "wechat-mini-program"
MAX_DATA = 64 << 10
KEY_CHARS = 24


def examine(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with the data that a mini program brings in the request of `case`."""
    sent = _fields(case)
    reports = []
    if sent.get("encryptedData") and sent.get("iv"):
        reports += _encrypted(case, sent, context)
    if sent.get("rawData") and len(sent.get("signature", "")) == 40:
        reports += _raw(sent, context)
    return reports


def _fields(case: Case) -> dict[str, str]:
    """Return the text members of the JSON body, its inner objects included, or of the form."""
    found = dict(case.request.form[:100])
    body = case.request.json
    waiting = [body] if isinstance(body, Mapping) else []
    while waiting and len(found) < 200:
        node = waiting.pop()
        for key, item in list(node.items())[:100]:
            if isinstance(item, str):
                found.setdefault(str(key), item[:MAX_DATA])
            elif isinstance(item, Mapping) and len(waiting) < 10:
                waiting.append(item)
    return found


def _sessions(context: Context) -> list[tuple[str, Secret]]:
    """Return the session keys learnt, newest first, with whom they belong to."""
    return list(reversed(context.learnt.session_keys.values()))[:64]


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _raw(sent: Mapping[str, str], context: Context) -> list[Report]:
    raw, signature = sent["rawData"], sent["signature"].lower()
    sessions = _sessions(context)
    evidence = (Evidence("request.json.signature", signature[:8] + "…"),)
    tried = 0
    newest: dict[str, Secret] = {}
    for user, key in sessions:
        newest.setdefault(user, key)
        tried += 1
        if _sha1(raw + key.value) == signature:
            rules = [] if newest[user] is key else ["wechat-js/mp-session-stale"]
            return _raw_report(rules, evidence, tried)
    for rule, text in _raw_mistakes(raw):
        for _user, key in sessions[:16]:
            tried += 1
            if _sha1(text + key.value) == signature:
                return _raw_report([f"wechat-js/{rule}"], evidence, tried)
    for _user, key in sessions:
        decoded = decoded_key(key)
        tried += 1
        data = raw.encode("utf-8", "surrogatepass") + (decoded or b"")
        if decoded and hashlib.sha1(data, usedforsecurity=False).hexdigest() == signature:
            return _raw_report(["wechat-js/mp-session-decoded"], evidence, tried)
    return []


def _raw_report(rules: list[str], evidence: tuple[Evidence, ...], tried: int) -> list[Report]:
    check = SignatureCheck(
        NAME,
        "request",
        "mismatch" if rules else "valid",
        string_to_sign="rawData + <history.session-key>",
        explained_by=rules[0] if rules else None,
        tried=tried,
    )
    return [Report(check, proven(rules, evidence))] if rules else []


def _raw_mistakes(raw: str) -> Iterator[tuple[str, str]]:
    body = JsonText(raw)
    for _name, variants in BODY_MISTAKES[:9]:
        for variant in variants(raw, body):
            value = variant.value if isinstance(variant, Told) else variant
            if isinstance(value, str) and value and value != raw:
                yield "mp-rawdata-redumped", value
    decoded = unquote(raw)
    if decoded != raw:
        yield "mp-rawdata-redumped", decoded


def decoded_key(session_key: Secret) -> bytes | None:
    """Return the AES key that a session_key is in base64; None where it is none."""
    return _decoded(session_key.value)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# -- encrypted data -----------------------------------------------------------------------------


_COMPLAINT = regex(
    r"-4100[1-4]\b|Illegal(?:AesKey|Iv|Buffer)|decrypt|cipher|padding|解密", re.IGNORECASE
)
"""The codes of WeChat's own samples, and what programs say whose decryption fails."""
_IV_REFUSED = regex(r"-41002\b|IllegalIv", re.IGNORECASE)


def _encrypted(case: Case, sent: Mapping[str, str], context: Context) -> list[Report]:
    data, iv = sent["encryptedData"], sent["iv"]
    repaired = _repaired(data, iv)
    if repaired is None:
        return _watermark(data, iv, context)
    rule, mended = repaired
    seen: tuple[Evidence, ...] = (
        Evidence("request.json.encryptedData", f"({len(data)})"),
        Evidence("request.json.iv", f"({len(iv)})"),
    )
    said = case.response.text[:4_096]
    complaint = _COMPLAINT.search(said)
    if _owner(*mended, context) is not None:
        certainty = Certainty.PROVEN
        seen = (*seen, Evidence("history.session-key", "[opens it]"))
    elif complaint:
        # Whose data it is nobody knows here: only the words tell that it did not open.
        is_told = rule == "mp-iv-length" and _IV_REFUSED.search(said)
        certainty = Certainty.PROVEN if is_told else Certainty.LIKELY
        seen = (*seen, Evidence("response.text", complaint[0]))
    else:
        return []
    check = SignatureCheck(NAME, "request", "mismatch", explained_by=f"wechat-js/{rule}")
    return [Report(check, (Finding(f"wechat-js/{rule}", certainty, seen),))]


def _repaired(data: str, iv: str) -> tuple[str, tuple[str, str]] | None:
    """Return what the form of the two says is wrong, and both put right; None where the form is as
    it should be."""
    if " " in data.strip() or " " in iv.strip():
        return "mp-plus-lost", (data.strip().replace(" ", "+"), iv.strip().replace(" ", "+"))
    if len(data) == KEY_CHARS and len(iv) > KEY_CHARS:
        return "mp-params-swapped", (iv, data)
    if len(iv) != KEY_CHARS:
        bare = unquote(iv.strip()).rstrip("=")
        return "mp-iv-length", (unquote(data), bare + "=" * (-len(bare) % 4))
    return None


def _owner(data: str, iv: str, context: Context) -> tuple[str, bool, Mapping[str, Any]] | None:
    """Return whose session key opens the data, whether it is the newest of this user, and the
    plaintext; None where none does."""
    raw, vector = _decoded(data), _decoded(iv)
    if raw is None or vector is None:
        return None
    users: set[str] = set()
    for user, key in _sessions(context):
        plain = _opened(key, vector, raw)
        if plain is not None:
            return user, user not in users, plain
        users.add(user)
    return None


def _watermark(data: str, iv: str, context: Context) -> list[Report]:
    """Open the data with the keys learnt: whose it is, and with which key it opens."""
    owner = _owner(data, iv, context)
    if owner is None:
        return []
    user, is_newest, plain = owner
    findings: list[Finding] = []
    if not is_newest:
        evidence = (Evidence("request.json.encryptedData", f"({len(data)})"),)
        findings += proven(["wechat-js/mp-session-stale"], evidence)
    appid = user.partition(" ")[0]
    watermark = plain.get("watermark")
    named = watermark.get("appid") if isinstance(watermark, Mapping) else None
    if appid and isinstance(named, str) and named != appid:
        seen = Evidence("request.json.encryptedData", {"watermark_appid": named[:40]})
        findings += proven(["wechat-js/mp-watermark"], (seen,))
    if not findings:
        return []
    check = SignatureCheck(NAME, "request", "mismatch", explained_by=findings[0].rule)
    return [Report(check, tuple(findings))]


def _opened(key: Secret, iv: bytes, data: bytes) -> Mapping[str, Any] | None:
    raw = decoded_key(key)
    plain = aes_cbc(raw, iv, data) if raw else None
    if plain is None:
        return None
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Mapping) else None
