"""What WeChat Pay says that it verified, laid beside what left this machine.

A v3 SIGN_ERROR returns `sign_information`: method, URL, the length in bytes of the string that the
server put together, and that string with all but the first eight characters of the body cut away.
Live servers nest it one level deeper than the documents do. Some send garbage in it, so every
number is checked before anything is concluded. Timestamp and nonce are an echo of the
Authorization header and prove nothing about what was signed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from why401.case import json_at
from why401.signatures.v3_message import V3Message

MAX_LENGTH = 64 << 20
_PATHS = (("detail", "sign_information"), ("detail", "detail", "sign_information"))


class ServerSaw(msgspec.Struct, frozen=True):
    """The server's view: `length` and `body_length` in bytes, `body_start` at most 8 characters.

    `differs` names the first part that is not as sent: `method`, `url`, `timestamp`, `nonce`,
    `body-empty`, `body-length`, `body-start`; None where all agrees.
    """

    method: str
    url: str
    length: int
    body_length: int
    body_start: str
    sent_body_length: int
    differs: str | None

    def plain(self) -> dict[str, Any]:
        """Return it as the schema's `server_saw`."""
        return {
            "method": self.method,
            "url": self.url,
            "length": self.length,
            "body_length": self.body_length,
            "body_start": self.body_start,
            "sent_body_length": self.sent_body_length,
            "first_difference": self.differs,
        }


def server_saw(json: Any, sent: V3Message) -> ServerSaw | None:
    """Return what the answer `json` says that the server saw; None where it says nothing usable."""
    for path in _PATHS:
        for information in json_at(json, path):
            found = _read(information, sent)
            if found:
                return found
    return None


def _read(information: Any, sent: V3Message) -> ServerSaw | None:
    if not isinstance(information, dict):
        return None
    method, url = information.get("method"), information.get("url")
    length = information.get("sign_message_length")
    text = information.get("truncated_sign_message")
    if not (isinstance(method, str) and isinstance(url, str) and isinstance(text, str)):
        return None
    if not method or type(length) is not int or not 0 < length < MAX_LENGTH:
        return None
    lines = text.split("\n", 4)
    if len(lines) < 5 or lines[0] != method or lines[1] != url:
        return None
    head = sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines[:4])
    body_length = length - head - 1
    body_start = lines[4].removesuffix("\n")[:8]
    if body_length < 0 or body_length < len(body_start.rstrip("\ufffd")):
        return None
    saw = ServerSaw(method, url, length, body_length, body_start, len(sent.body), None)
    return ServerSaw(
        method, url, length, body_length, body_start, len(sent.body), _differs(saw, lines, sent)
    )


def _differs(saw: ServerSaw, lines: list[str], sent: V3Message) -> str | None:
    if saw.method.encode("utf-8", "replace") != sent.method:
        return "method"
    if saw.url.encode("utf-8", "surrogatepass") != sent.url:
        return "url"
    if lines[2].encode("utf-8", "replace") != sent.timestamp:
        return "timestamp"
    if lines[3].encode("utf-8", "surrogatepass") != sent.nonce:
        return "nonce"
    if saw.body_length == 0 and sent.body:
        return "body-empty"
    if saw.body_length != len(sent.body):
        return "body-length"
    # How a character of several bytes is cut at the eighth place is not known: compare what is
    # surely whole.
    start = saw.body_start
    if start.isascii() and not sent.body.startswith(start.encode()):
        return "body-start"
    return None
