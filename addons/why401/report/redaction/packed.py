"""Secrets in text that stands packed in text: base64 and hex of JSON or XML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from why401.later import regex
from why401.report.redaction.jwt import Mask

MAX_CHARS = 64 * 1024
BEGINNINGS = "eyJ|eyAi|ewog|ewoi|ewoJ|W3si|PD94|PHNh|PFJl|PHht"
"""Base64 of `{"`, `[{"`, `<?x`, `<sa`, `<Re`, `<xm` and of `{` with white space behind it."""
HEX_BEGINNINGS = "7[bB](?:22|20|0[aA])|5[bB]7[bB]|3[cC]3[fF]"
_BASE64 = regex(
    rf"(?<![\w.+/-])(?:{BEGINNINGS})[A-Za-z0-9+/_-]{{20,}}+(?:={{0,2}}|(?:%3[dD]){{0,2}})(?![\w.+/=-])"
)
_HEX = regex(rf"(?<![\w.-])(?:{HEX_BEGINNINGS})[0-9a-fA-F]{{24,}}+(?![\w.-])")


def packed(text: str, mask: Mask, inside: Callable[[str], str]) -> str:
    """Return `text` with every packed text masked in which `inside` finds a secret."""
    text = _BASE64.sub(lambda found: _masked(found, _from_base64, mask, inside), text)
    return _HEX.sub(lambda found: _masked(found, _from_hex, mask, inside), text)


def _masked(
    found: re.Match[str],
    unpacked: Callable[[str], bytes],
    mask: Mask,
    inside: Callable[[str], str],
) -> str:
    word = found[0][:MAX_CHARS]
    try:
        plain = unpacked(word).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return found[0]
    return found[0] if inside(plain) == plain else mask("token", found[0])


def _from_base64(word: str) -> bytes:
    word = word.partition("%")[0].rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(word[: len(word) - (len(word) % 4 == 1)] + "=" * (-len(word) % 4))


def _from_hex(word: str) -> bytes:
    return bytes.fromhex(word[: len(word) - len(word) % 2])
