"""What triage asks of an entry, told from its parts without building the exchange.

Wherever the exchange might have other values than can be told here at little cost, nothing is
told, and the exchange is built.
"""

from __future__ import annotations

from why401.capture.entry import Glimpse
from why401.capture.har_parts import Glance
from why401.capture.har_text import body_from_base64, header_bytes, text_bytes
from why401.capture.har_urls import url_parts
from why401.triage import NAME_LENGTHS

_HEAD = 8 << 10
"""Characters of a body that are looked at: as many bytes as triage looks at, or more."""
_BASE64_HEAD = 12 << 10


def glimpse_of(found: Glance) -> Glimpse | None:
    """Return what triage asks of the entry that begins as `found`; None where only the exchange
    can tell: raw bytes are kept beside the text, the URL is relative, a form has no text."""
    request, response = found.request, found.response
    body = request.body
    if request.raw is not None:
        return None
    if body is not None and (body.text is None or body.encoding or body.encoding_plain):
        return None
    scheme, host, _, target = url_parts(request.url)
    if not scheme:
        return None
    authorization = None
    for item in request.headers:
        if item.raw is not None:
            return None
        name = item.name
        if name == ":path":
            target = item.value if item.value[:1] == "/" else target
        elif len(name) == 13 and authorization is None and name.lower() == "authorization":
            authorization = header_bytes(item.value)
    content, received, status = None, [], 0
    if response is not None and response.status > 0:
        status = response.status
        for item in response.headers:
            if item.raw is not None:
                return None
            if len(item.name) in NAME_LENGTHS:
                received.append((header_bytes(item.name), header_bytes(item.value)))
        held = response.content
        if held is not None and held.text:
            if not held.encoding:
                content = _head(held.text)
            elif held.encoding.lower() == "base64":
                content = body_from_base64(held.text[:_BASE64_HEAD])[0]
            else:
                return None
    return Glimpse(
        status,
        host,
        request.method.encode("utf-8", "surrogatepass"),
        text_bytes(target),
        authorization,
        tuple(received),
        content,
        _head(body.text) if body is not None and body.text else None,
    )


def _head(text: str) -> bytes:
    """Return the beginning of a body: its ASCII characters no later than in the bytes sent, in
    whatever charset these were."""
    return text[:_HEAD].encode("ascii", "replace")
