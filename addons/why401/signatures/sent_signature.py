"""A signature as it was sent, mended as far as its form can be: what it is, and what was wrong
with its form. Structural, no key is needed."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

import msgspec

from why401.later import regex

MAX_CHARS = 4_096

_BLANKS = regex(r"[ \t\r\n]+")
_HEX = regex(r"[0-9a-fA-F]+")
_BASE64 = regex(r"[A-Za-z0-9+/]+={0,2}")
_RSA_BYTES = frozenset({128, 256, 384, 512})


class RsaSignature(msgspec.Struct, frozen=True):
    """`data` is None where no signature can be made of the text. `forms` name what was mended, in
    order, by the last part of a rule: `sig-hex`, `sig-base64url`, `sig-wrapped`, `sig-urlencoded`,
    `sig-plus-lost`, `sig-trailing`, `sig-double-base64`; or what it is instead of an RSA
    signature: `v2-sign-used`, `hmac-used`, `sm2`."""

    data: bytes | None
    forms: tuple[str, ...] = ()


def read_rsa_signature(text: str) -> RsaSignature:
    """Return the bytes of an RSA signature that stands in a header or a field; never raises."""
    if len(text) > MAX_CHARS:
        return RsaSignature(None)
    forms: list[str] = []
    if "%" in text and unquote(text) != text:
        forms.append("sig-urlencoded")
        text = unquote(text)
    bare = text.strip(" \t\r\n")
    if " " in bare and "\n" not in bare and _would_be_right(bare.replace(" ", "+")):
        forms.append("sig-plus-lost")
        bare = bare.replace(" ", "+")
    elif _BLANKS.search(bare) or "\\n" in bare:
        forms.append("sig-wrapped")
        bare = _BLANKS.sub("", bare.replace("\\r", "").replace("\\n", ""))
    if _HEX.fullmatch(bare):
        instead = {32: "v2-sign-used", 40: "sha1-used", 64: "hmac-used"}.get(len(bare))
        if instead:
            return RsaSignature(None, (*forms, instead))
        if len(bare) // 2 in _RSA_BYTES and len(bare) % 2 == 0:
            return RsaSignature(bytes.fromhex(bare), (*forms, "sig-hex"))
    if ("-" in bare or "_" in bare) and "+" not in bare and "/" not in bare:
        forms.append("sig-base64url")
        bare = bare.replace("-", "+").replace("_", "/")
    found = _BASE64.match(bare)
    if found and found.end() < len(bare) and _length(found[0]) in _RSA_BYTES:
        forms.append("sig-trailing")
        bare = found[0]
    data = _decoded(bare)
    if data is None:
        return RsaSignature(None, tuple(forms))
    if len(bare) % 4 and "sig-base64url" not in forms:
        # The alphabet does not tell, but no standard encoder leaves the padding away.
        forms.append("sig-base64url")
    if len(data) in _RSA_BYTES:
        return RsaSignature(data, tuple(forms))
    if len(data) == 32:
        return RsaSignature(None, (*forms, "hmac-used"))
    if 68 <= len(data) <= 72 and data[:1] == b"0" and data[1] == len(data) - 2:
        return RsaSignature(None, (*forms, "sm2"))
    inner = data.decode("ascii", "replace")
    if _BASE64.fullmatch(inner) and _length(inner) in _RSA_BYTES:
        return RsaSignature(_decoded(inner), (*forms, "sig-double-base64"))
    return RsaSignature(None, tuple(forms))


def _would_be_right(text: str) -> bool:
    return bool(_BASE64.fullmatch(text)) and len(text) % 4 == 0 and _length(text) in _RSA_BYTES


def _length(text: str) -> int:
    """Return the number of bytes that a base64 text of this length holds."""
    return len(text.rstrip("=")) * 3 // 4


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def shortened(signature: str) -> str:
    """Return a signature as it may be shown: enough to recognise it, too little to replay it."""
    text = _BLANKS.sub(" ", signature)
    return text if len(text) <= 8 else f"{text[:8]}… ({len(signature)})"
