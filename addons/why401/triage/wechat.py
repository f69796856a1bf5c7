"""Which answers of WeChat's platform hosts are evidently fine, told from their bytes.

The platform says success with 200 and a body without `errcode`, or with `"errcode":0`. Almost all
traffic with it is of that kind, and must not cost what a refusal costs. Whatever is not evidently
fine is judged. WeChat Pay is always judged: of its orders even accepted ones may hold a mistake.
"""

from __future__ import annotations

from why401.hosts import is_platform_host
from why401.later import regex
from why401.signatures.markers import is_pushed

WHOLE_BYTES = 64 << 10
"""Up to this size all of a body is searched; of a longer one only the ends, where the platform
puts its `errcode`."""
END_BYTES = 2048

_ZERO = regex(rb'"errcode"\s{0,8}:\s{0,8}(?:0|"0")\s{0,8}[,}]')
_ACCESS_TOKEN = regex(rb"[?&](?:component_)?access_token=([^&#]{1,4096})")


def is_evidently_fine(
    status: int,
    host: str,
    target: bytes,
    received: tuple[tuple[bytes, bytes], ...],
    content: bytes | None,
    sent_content: bytes | None,
) -> bool:
    """Return whether an answer of the platform says success and gives nothing away: no token, no
    key, nothing signed, with which later refusals are explained."""
    if status != 200 or not content or not is_platform_host(host):
        return False
    if (
        content[:1] != b"{"
        or target.find(b"pay_sig") >= 0
        or is_pushed(target, sent_content or b"")
    ):
        return False
    if len(content) <= WHOLE_BYTES:
        text = content
    else:
        text = content[:END_BYTES] + content[-END_BYTES:]
    # What backends say in a body of their own (`triage.says_refused`) is judged here as well.
    if text.find(b"code") >= 0 and (
        text.find(b'"code"') >= 0 or text.count(b"errcode") != len(_ZERO.findall(text))
    ):
        return False
    if (
        text.find(b"oken") >= 0
        or text.find(b"icket") >= 0  # a ticket signs what a page does
        or text.find(b"session_key") >= 0
        or text.find(b"ign") >= 0
        or text.find(b"rrors") >= 0
        or text.find(b'"ok":false') >= 0
        or text.find(b"\\u00") >= 0  # a name may be written in escapes
        or (text.find(b"-4") >= 0 and _CRYPT.search(text))
    ):
        return False
    return _FIELDS.isdisjoint([key.lower() for key, _ in received])


_CRYPT = regex(rb'[":\s]-4[01]00[0-9]')
_FIELDS = frozenset({b"content-encoding", b"www-authenticate"})


def sent_access_token(target: bytes) -> bytes | None:
    """Return the access token in the query of `target`, as it was sent; None without one."""
    if b"access_token=" not in target:
        return None
    found = _ACCESS_TOKEN.search(target)
    return found[1] if found else None
