"""The five lines that a WeChat Pay v3 request signs, and how clients get each of them wrong.

Method, URL with query, timestamp, nonce and body, each ended by a newline, the last included.
Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-sheng-cheng
"""

from __future__ import annotations

from dataclasses import dataclass

from why401.signatures.engine import Parts
from why401.signatures.json_text import JsonBody

METHOD, URL, TIMESTAMP, NONCE, BODY, FRAME = range(6)


def five_lines(method: bytes, url: bytes, timestamp: bytes, nonce: bytes, body: bytes) -> bytes:
    """Return the message as it should be."""
    return b"%b\n%b\n%b\n%b\n%b\n" % (method, url, timestamp, nonce, body)


@dataclass(frozen=True)
class V3Message(JsonBody):
    """What a client says it signed. `body` is the body line: the `meta` part of an upload, whose
    whole payload is `multipart`. `neighbours` are random texts of messages before this one."""

    method: bytes
    url: bytes
    timestamp: bytes
    nonce: bytes
    body: bytes
    host: str = ""
    multipart: bytes | None = None
    neighbours: tuple[str, ...] = ()

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (self.method, self.url, self.timestamp, self.nonce, self.body, five_lines)


def message(parts: Parts) -> bytes:
    """Return the bytes that `parts` give."""
    signed: bytes = parts[FRAME](*parts[:FRAME])
    return signed
