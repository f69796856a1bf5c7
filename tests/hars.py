"""HAR files for tests, as a browser writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DATE = "2026-11-20T10:00:{:02d}.000Z"
EXPIRED = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJzdWIiOiJhbGljZSIsImlhdCI6MTc5NTA4MDAwMCwiZXhwIjoxNzk1MDgzNjAwfQ"
    ".c2lnbmF0dXJlLW9mLWV4YWN0bHktMzItYnl0ZXMtb2s"
)
"""A JWT that expired on 2026-11-19, signed with nothing."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="shop", error="invalid_token"'}


def entry(
    url: str = "https://api.example.com/orders",
    *,
    second: int = 0,
    method: str = "GET",
    status: int = 200,
    sent: Mapping[str, str] = {},
    received: Mapping[str, str] = {},
    text: str = '{"ok": true}',
    body: str | None = None,
) -> dict[str, Any]:
    """Return one entry; `second` is when it began."""
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "headers": _fields(sent),
    }
    if body is not None:
        request["postData"] = {"mimeType": "application/x-www-form-urlencoded", "text": body}
    return {
        "startedDateTime": DATE.format(second),
        "time": 10,
        "request": request,
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "headers": [*_fields({"Content-Type": "application/json"}), *_fields(received)],
            "content": {"size": len(text.encode()), "mimeType": "application/json", "text": text},
            "bodySize": len(text.encode()),
        },
        "timings": {"send": 1, "wait": 8, "receive": 1},
    }


def refused(url: str = "https://api.example.com/orders", **more: Any) -> dict[str, Any]:
    """Return an entry that was refused for its expired token."""
    sent = {"Authorization": f"Bearer {EXPIRED}"}
    given = {"status": 401, "sent": sent, "received": CHALLENGE, "text": "{}"}
    return entry(url, **given | more)


def har(*entries: Any) -> bytes:
    """Return a HAR of `entries`."""
    log = {"version": "1.2", "creator": {"name": "Browser", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False).encode()


def _fields(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]
