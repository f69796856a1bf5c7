"""Which answers of WeChat's platform hosts are evidently fine, told from their bytes.

The platform says success with 200 and a body without `errcode`, or with `"errcode":0`. Almost all
traffic with it is of that kind, and must not cost what a refusal costs. Whatever is not evidently
fine is judged. WeChat Pay is always judged: of its orders even accepted ones may hold a mistake.
"""

from __future__ import annotations

import re

from why401.hosts import is_platform_host
from why401.signatures.markers import is_pushed

WHOLE_BYTES = 64 << 10
"""Up to this size all of a body is searched; of a longer one only the ends, where the platform
puts its `errcode`."""
END_BYTES = 2048

_ZERO = re.compile(rb'"errcode"\s{0,8}:\s{0,8}(?:0|"0")\s{0,8}[,}]')
_TAUGHT = (b"oken", b"icket", b"session_key", b"ign")
"""Answers that give away what later signatures and refusals are explained with."""
_ACCESS_TOKEN = re.compile(rb"[?&](?:component_)?access_token=([^&#]{1,4096})")


def is_evidently_fine(
    status: int,
    host: str,
    target: bytes,
    received: tuple[tuple[bytes, bytes], ...],
    content: bytes | None,
    sent_content: bytes | None,
) -> bool:
    """Return whether an answer of the platform says success and gives nothing away."""
    if status != 200 or not content or not is_platform_host(host):
        return False
    if content[:1] != b"{" or b"pay_sig" in target or is_pushed(target, sent_content or b""):
        return False
    if len(content) <= WHOLE_BYTES:
        text = content
    else:
        text = content[:END_BYTES] + content[-END_BYTES:]
    if b"code" in text or b"rror" in text:
        is_zero = text.count(b"errcode") == len(_ZERO.findall(text))
        if not is_zero or _CRYPT.search(text):
            return False
    # A name may be written in escapes.
    if b"\\u00" in text or any(word in text for word in _TAUGHT):
        return False
    return not any(len(key) in _LENGTHS and key.lower() in _FIELDS for key, _ in received)


_CRYPT = re.compile(rb'[":\s]-4[01]00[0-9]')
_FIELDS = frozenset({b"content-encoding", b"www-authenticate"})
_LENGTHS = frozenset(map(len, _FIELDS))


def sent_access_token(target: bytes) -> bytes | None:
    """Return the access token in the query of `target`, as it was sent; None without one."""
    if b"access_token=" not in target:
        return None
    found = _ACCESS_TOKEN.search(target)
    return found[1] if found else None
