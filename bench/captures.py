"""HAR files to measure with: what a browser writes of an ordinary application, some 6 KB an entry,
one entry in a hundred refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HOSTS = ("api.shop.example", "id.shop.example", "cdn.shop.example", "metrics.other.example")
FAILS_EVERY = 100
_HEAD = (
    '{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},'
    '"pages":[],"entries":['
)


def write_capture(path: Path, size_bytes: int) -> int:
    """Write a HAR of about `size_bytes` to `path`; return how many entries it has."""
    count = written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for text in _entries():
            file.write(f",{text}" if count else text)
            count += 1
            written += len(text)
            if written >= size_bytes and count % FAILS_EVERY == 0:
                break
        file.write("]}}")
    return count


def _entries() -> Iterator[str]:
    """Yield entries without end. Bodies differ, so that no cache can help."""
    rows = [_order(number) for number in range(400)]
    script = "function f(a,b){return a.map(x=>x*b).filter(Boolean)}\n" * 30
    number = 0
    while True:
        body = json.dumps({"page": number, "orders": rows[number % 380 : number % 380 + 16]})
        kind = number % 4
        if number % FAILS_EVERY == FAILS_EVERY - 1:
            yield _text(_refused(number))
        elif kind == 3:
            yield _text(
                _entry(number, "cdn.shop.example", f"/app.{number}.js", script, "text/javascript")
            )
        else:
            yield _text(
                _entry(number, HOSTS[kind], f"/v1/orders?page={number}", body, "application/json")
            )
        number += 1


def sample_entries() -> list[dict[str, Any]]:
    """Return small entries of many kinds: what is healthy, refused, handed out, odd."""
    json_type = "application/json"
    found = [_refused(1), _entry(2, "api.shop.example", "/v1/orders?page=2", '{"a":1}', json_type)]
    for number, (host, target, body) in enumerate(
        (
            ("id.shop.example", "/token", '{"access_token":"abc","expires_in":60}'),
            ("api.weixin.qq.com", "/cgi-bin/menu/get?access_token=a", '{"errcode":40001}'),
            ("api.weixin.qq.com", "/cgi-bin/menu/get?access_token=b", '{"menu":[]}'),
            ("api.mch.weixin.qq.com", "/pay/unifiedorder", "<xml><sign>A</sign></xml>"),
            ("api.shop.example", "/v1/pay", '{"paySign":"x","nonceStr":"y","package":"z"}'),
            ("api.shop.example", "/v1/me", '{"code":401,"message":"token expired 过期"}'),
        )
    ):
        found.append(_entry(10 + number, host, target, body, json_type))
    cookie, basic, http2, binary, sent = (
        _entry(20 + number, "api.shop.example", f"/v1/{number}", "{}", json_type)
        for number in range(5)
    )
    cookie["response"]["headers"].append({"name": "Set-Cookie", "value": "sid=1; Secure"})
    basic["request"]["headers"].append({"name": "authorization", "value": "Basic YTpi"})
    http2["request"]["headers"].insert(0, {"name": ":path", "value": "/v1/2"})
    binary["response"]["content"] |= {"text": "H4sIAAAAAAAA", "encoding": "base64"}
    sent["request"] |= {"method": "POST", "postData": {"mimeType": "a", "text": "grant_type=x"}}
    sent["response"]["headers"].append({"name": "content-encoding", "value": "br"})
    for entry in (*found, cookie, basic, http2, binary, sent):
        # What every entry of a browser has alike would only take the chances of the rest.
        entry["request"]["headers"] = entry["request"]["headers"][-4:]
        entry["response"]["headers"] = entry["response"]["headers"][-3:]
        del entry["_initiator"]
    return [*found, cookie, basic, http2, binary, sent]


def _text(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _order(number: int) -> dict[str, Any]:
    return {
        "id": f"T{number:012d}",
        "state": "PAID",
        "amount": {"total": number * 101, "currency": "CNY"},
        "description": "茶叶 Tea, loose, 250 g",
        "buyer": {"name": "Alice", "since": "2024-03-01T08:00:00Z"},
    }


def _jwt(number: int) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    issued = int(START.timestamp()) - 90_000 - number % 1000
    claims = {
        "iss": "https://id.shop.example/",
        "sub": "alice",
        "iat": issued,
        "exp": issued + 3600,
    }
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{'c2lnbmF0dXJl' * 4}"


def _entry(number: int, host: str, target: str, body: str, mime: str) -> dict[str, Any]:
    sent = {
        "Host": host,
        "Connection": "keep-alive",
        "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
        "sec-ch-ua-mobile": "?0",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0.0.0 Safari/537.36",
        "Accept": "application/json, text/plain, */*",
        "Origin": "https://shop.example",
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "cors",
        "Referer": "https://shop.example/orders",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "en-GB,en;q=0.9,zh-CN;q=0.8",
    }
    received = {
        "Date": "Fri, 20 Nov 2026 10:00:00 GMT",
        "Content-Type": f"{mime}; charset=utf-8",
        "Connection": "keep-alive",
        "Server": "nginx",
        "Vary": "Origin, Accept-Encoding",
        "Cache-Control": "private, max-age=0",
        "X-Request-Id": f"{number:032x}",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "Access-Control-Allow-Origin": "https://shop.example",
    }
    return {
        "startedDateTime": (START + timedelta(milliseconds=number * 7)).isoformat(),
        "time": 31.5,
        "_initiator": {
            "type": "script",
            "stack": {
                "callFrames": [
                    {"functionName": "load", "url": "https://shop.example/app.js", "lineNumber": 12}
                ]
                * 3
            },
        },
        "_priority": "High",
        "_resourceType": "fetch",
        "connection": str(number % 40),
        "request": {
            "method": "GET",
            "url": f"https://{host}{target}",
            "httpVersion": "http/1.1",
            "headers": _fields(sent),
            "queryString": [],
            "cookies": [],
            "headersSize": 640,
            "bodySize": 0,
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "http/1.1",
            "headers": _fields(received),
            "cookies": [],
            "content": {"size": len(body.encode()), "mimeType": mime, "text": body},
            "redirectURL": "",
            "headersSize": 410,
            "bodySize": len(body),
            "_transferSize": len(body) + 410,
            "_error": None,
        },
        "cache": {},
        "serverIPAddress": "203.0.113.7",
        "timings": {
            "blocked": 1.2,
            "dns": -1,
            "ssl": -1,
            "connect": -1,
            "send": 0.1,
            "wait": 28.9,
            "receive": 1.3,
        },
    }


def _refused(number: int) -> dict[str, Any]:
    body = '{"error":"invalid_token","message":"The access token expired"}'
    entry = _entry(
        number, "api.shop.example", f"/v1/refunds?page={number}", body, "application/json"
    )
    entry["request"]["headers"].append({"name": "Authorization", "value": f"Bearer {_jwt(number)}"})
    entry["response"]["status"] = 401
    entry["response"]["statusText"] = "Unauthorized"
    entry["response"]["headers"].append(
        {"name": "WWW-Authenticate", "value": 'Bearer realm="shop", error="invalid_token"'}
    )
    return entry


def _fields(named: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]
