"""What an answer of WeChat's still says where no parser takes it: cut off, in another charset, or
with a DOCTYPE, which is never read. The code stands at the head, and a code is what is wanted.
"""

from __future__ import annotations

from why401.later import regex

MAX_HEAD = 16 << 10

_ERRCODE = regex(r'\s{0,20}\{[^{}]{0,200}?"errcode"\s{0,8}:\s{0,8}"?(-?[0-9]{1,10})\b')
_CODE = regex(r'\s{0,20}\{[^{}]{0,200}?"code"\s{0,8}:\s{0,8}"([A-Z_]{3,60})"')
_MESSAGE = regex(r'"(?:errmsg|message)"\s{0,8}:\s{0,8}"([^"\\]{0,500})')
_FIELD = regex(
    r"<([a-z_]{2,40})>\s{0,20}(?:<!\[CDATA\[([^\]]{0,2000})\]\]>|([^<&]{0,2000}))(?=\s{0,20}<)"
)


def broken_json(text: str) -> dict[str, object] | None:
    """Return code and message at the head of a JSON answer that is cut off; None without a code."""
    head = text[:MAX_HEAD]
    said = _MESSAGE.search(head)
    message = said[1] if said else ""
    if found := _ERRCODE.match(head):
        return {"errcode": int(found[1]), "errmsg": message}
    if found := _CODE.match(head):
        return {"code": found[1], "message": message}
    return None


def broken_xml(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return the whole fields of a v2 answer that no parser takes; None without a return_code."""
    head = text[:MAX_HEAD]
    if "<return_code>" not in head:
        return None
    # An entity is not expanded: its field is left out.
    fields = ((name, cdata or plain) for name, cdata, plain in _FIELD.findall(head))
    return tuple((name, value) for name, value in fields if value.strip())[:100]
