"""Traffic in which nothing is wrong: the proxy has nothing to say about any of it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import msgspec
from tests.exchanges import http_date
from tests.negatives.credentials import GOOD, USERS, Sent, digest_answer, digest_challenge, dpop
from tests.negatives.signers import SIGNERS
from tests.negatives.tokens import good_jwt, opaque
from tests.negatives.world import Pairs, Scene, Step, World, form_type, json_type

from why401.model import Exchange, WebSocketMessage

ANSWERS = (
    {"items": [], "total": 0},
    {"id": 42, "name": "张三", "token_count": 7, "code": 0, "msg": "ok"},
    {"code": 200, "message": "操作成功", "data": {"authorized": True}},
    {"data": {"me": {"name": "a"}}},
    {"ok": True, "error": None},
    {"errors": [], "warnings": ["expired coupons were skipped"]},
    {"status": "forbidden_words_checked", "result": "invalid signature removed from the e-mail"},
    [{"level": "ERROR", "message": "jwt expired", "code": 401}],
    {"code": 401001, "text": "area code"},
)


def fine(exchange: Exchange) -> Step:
    """Return a step that there is nothing to say about."""
    return Step(exchange, is_quiet=True)


def called(world: World, sent: Sent, path: str | None = None) -> tuple[str, Pairs]:
    """Return the target and the fields of a call that carries `sent`."""
    target = path or world.path()
    if sent.query:
        target += ("&" if "?" in target else "?") + sent.query
    return target, sent.headers


def answered(world: World) -> Scene:
    """A credential of any kind, taken."""
    sent = world.pick(*GOOD)(world)
    steps = []
    for _ in range(world.random.randrange(1, 4)):
        target, fields = called(world, sent)
        status = world.pick(200, 200, 201, 204, 206, 304)
        steps.append(fine(world.call(target, status, sent=fields, answer=world.pick(*ANSWERS))))
    return steps


def signed(world: World) -> Scene:
    """A signed request, taken."""
    target = world.pick("/", "/bucket/key?uploads=", "/v1/instances")
    fields = world.pick(*SIGNERS)(world, "GET", target)
    return [fine(world.call(target, sent=fields, answer={"RequestId": world.hex(32)}))]


def digest(world: World) -> Scene:
    """A Digest handshake, and a second request with the nonce that is there."""
    asked, path, (user, password) = (
        digest_challenge(world),
        "/digest/" + world.hex(6),
        world.pick(*USERS),
    )
    first = world.call(path, 401, got=(("WWW-Authenticate", asked.text),))
    steps = [fine(first)]
    for count in range(1, world.random.randrange(2, 5)):
        value = digest_answer(world, asked, "GET", path, user, password, count)
        got = world.pick((), (("Authentication-Info", f'qop=auth, nc={count:08x}, cnonce="x"'),))
        sent = (("Authorization", value),)
        steps.append(fine(world.call(path, sent=sent, got=got, text=b"ok")))
    return steps


def digest_stale(world: World) -> Scene:
    """A nonce that aged, and the request again with the next one."""
    asked, path, (user, password) = digest_challenge(world), "/digest/" + world.hex(6), USERS[0]
    value = digest_answer(world, asked, "GET", path, user, password)
    steps = [fine(world.call(path, sent=(("Authorization", value),), text=b"ok"))]
    value = digest_answer(world, asked, "GET", path, user, password, 2)
    fresh = digest_challenge(world)
    challenge = fresh.text + ", stale=true"
    old = world.call(
        path, 401, sent=(("Authorization", value),), got=(("WWW-Authenticate", challenge),)
    )
    steps.append(fine(old))
    value = digest_answer(world, fresh, "GET", path, user, password)
    steps.append(fine(world.call(path, sent=(("Authorization", value),), text=b"ok")))
    return steps


def basic_probe(world: World) -> Scene:
    """Asked first without, then with: git, curl, pip, Maven, browsers."""
    sent = world.pick(*GOOD[:6])(world)
    path = "/repo/" + world.hex(6)
    challenge = (("WWW-Authenticate", sent.challenge or "Bearer"),)
    probe = world.call(path, 401, got=challenge)
    return [fine(probe), fine(world.call(path, sent=sent.headers, text=b"ok"))]


def ntlm(world: World) -> Scene:
    """Three legs, two of them 401."""
    path = "/sharepoint/" + world.hex(6)
    kinds = (
        "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==",
        "TlRMTVNTUAADAAAAGAAYAIQAAAA=",
    )
    offered = (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM"))
    second = (("WWW-Authenticate", "NTLM TlRMTVNTUAACAAAAEAAQADgAAAAFgomi"),)
    return [
        fine(world.call(path, 401, got=offered)),
        fine(world.call(path, 401, sent=(("Authorization", f"NTLM {kinds[0]}"),), got=second)),
        fine(world.call(path, sent=(("Authorization", f"NTLM {kinds[1]}"),), text=b"ok")),
    ]


def bound(world: World) -> Scene:
    """DPoP, with the nonce that the server asks for at first."""
    world.keep_time()
    token, path = good_jwt(world).text, "/resource/" + world.hex(6)
    url = f"{world.scheme}://{world.host}{path}"
    ask = (
        ("WWW-Authenticate", 'DPoP error="use_dpop_nonce"'),
        ("DPoP-Nonce", nonce := world.hex(16)),
    )
    return [
        fine(world.call(path, 401, sent=dpop(world, "GET", url, token), got=ask)),
        fine(world.call(path, sent=dpop(world, "GET", url, token, nonce), answer={})),
    ]


def refresh(world: World) -> Scene:
    """Log in, use, refresh in good time, use the new token."""
    pairs = [(good_jwt(world).text, opaque(world)) for _ in range(2)]
    form = urlencode({"grant_type": "password", "username": "a", "password": world.text(12)})
    host = f"id.{world.host}"

    def token_call(body: str, number: int) -> Step:
        issued = {"access_token": pairs[number][0], "refresh_token": pairs[number][1]}
        issued |= {
            "expires_in": world.pick(300, 3600),
            "token_type": world.pick("Bearer", "bearer"),
        }
        asked = world.call(
            "/oauth2/token",
            method="POST",
            sent=form_type(),
            body=body.encode(),
            answer=issued,
            host=host,
        )
        return fine(asked)

    def use(number: int) -> Step:
        sent = (("Authorization", f"Bearer {pairs[number][0]}"),)
        return fine(world.call(world.path(), sent=sent, answer=world.pick(*ANSWERS)))

    again = urlencode(
        {"grant_type": "refresh_token", "refresh_token": pairs[0][1], "client_id": "c"}
    )
    return [token_call(form, 0), use(0), use(0), token_call(again, 1), use(1)]


def login_cookie(world: World) -> Scene:
    """A form, a cookie, pages that have it, a page of another path that needs none."""
    name, value = world.pick("sid", "session", "JSESSIONID"), world.hex(32)
    flags = world.pick(
        "; Path=/; HttpOnly", "; Path=/; Secure; SameSite=Lax", "; Path=/; Max-Age=3600"
    )
    set_cookie = (("Set-Cookie", f"{name}={value}{flags}"),)
    form = urlencode(
        {"username": "a", "password": world.text(12), "_token": world.hex(40)}
    ).encode()
    home = (*set_cookie, ("Location", "/home"))
    steps = [world.call("/login", 302, method="POST", sent=form_type(), body=form, got=home)]
    cookie = (("Cookie", f"{name}={value}"),)
    if world.scheme == "http" and "Secure" in flags:
        cookie = ()
    steps += [
        world.call(world.prefix + path, sent=cookie, text=b"<html>")
        for path in ("/home", "/orders")
    ]
    return [fine(step) for step in steps]


def redirect(world: World) -> Scene:
    """A redirect that keeps the credential, or leaves it out where none is needed."""
    sent, path = world.pick(*GOOD[:6])(world), "/download/" + world.hex(6)
    there = f"https://cdn-{world.hex(4)}.example.net/{world.hex(8)}"
    place = world.pick(there, path + "/", f"{world.scheme}://{world.host}{path}/v2")
    first = world.call(
        path, world.pick(301, 302, 307, 308), sent=sent.headers, got=(("Location", place),)
    )
    fields = () if place == there else sent.headers
    return [fine(first), fine(world.call(place, sent=fields, text=b"file"))]


def other_trouble(world: World) -> Scene:
    """Refused for what has nothing to do with who asks, whatever words it uses."""
    sent = world.pick(*GOOD)(world)
    target, fields = called(world, sent)
    status, answer = world.pick(
        (400, {"message": "name is required"}),
        (400, {"error": "Unexpected token < in JSON at position 0"}),
        (404, {"detail": "Not Found"}),
        (404, {"message": "No such coupon, or it has expired"}),
        (405, {"message": "Method not allowed"}),
        (409, {"message": "order was signed already"}),
        (413, {"message": "Payload Too Large"}),
        (422, {"detail": [{"loc": ["body", "token_count"], "msg": "field required"}]}),
        (422, {"errors": {"card": ["has expired"]}}),
        (429, {"message": "API rate limit exceeded"}),
        (500, {"message": "Internal Server Error"}),
        (502, {"message": "An invalid response was received from the upstream server"}),
        (503, {"message": "Service Unavailable"}),
        (200, {"code": 400, "msg": "参数错误"}),
        (200, {"code": 500, "msg": "系统繁忙"}),
    )
    return [fine(world.call(target, status, sent=fields, answer=answer))]


def preflight(world: World) -> Scene:
    """A browser asks before it calls across origins."""
    token, path = good_jwt(world).text, world.path()
    origin = ("Origin", "https://spa.example.com")
    asks = (
        origin,
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization"),
    )
    cors = (
        ("Access-Control-Allow-Origin", origin[1]),
        (
            "Access-Control-Allow-Headers",
            world.pick("authorization", "Content-Type, Authorization"),
        ),
        ("Access-Control-Allow-Methods", world.pick("PUT", "GET, PUT", "*")),
    )
    sent = (origin, ("Authorization", f"Bearer {token}"), *json_type())
    return [
        fine(world.call(path, 204, method="OPTIONS", sent=asks, got=cors)),
        fine(world.call(path, method="PUT", sent=sent, got=cors, body=b"{}", answer={})),
    ]


def csrf(world: World) -> Scene:
    """A cookie and the same value in a header, a form and its token."""
    value, session = world.hex(32), world.hex(32)
    cookies = (
        ("Set-Cookie", f"XSRF-TOKEN={value}; Path=/"),
        ("Set-Cookie", f"sid={session}; Path=/; HttpOnly"),
    )
    page = world.call("/form", got=cookies, text=b"<form>")
    sent = (("Cookie", f"XSRF-TOKEN={value}; sid={session}"), ("X-XSRF-TOKEN", value), *json_type())
    return [
        fine(page),
        fine(world.call("/save", method="POST", sent=sent, body=b"{}", answer={"ok": True})),
    ]


def static(world: World) -> Scene:
    """Files, cached answers, pages of a CDN."""
    got = (
        ("Age", "86400"),
        ("X-Cache", "HIT"),
        ("Cache-Control", "public"),
        ("Server", "cloudflare"),
    )
    dated = (*got, ("Date", http_date(world.now_s - 86400)))
    name = world.pick("/app.js", "/logo.png", "/login.css", "/auth.js", "/token.svg")
    return [fine(world.call(name, world.pick(200, 304), got=dated, text=b"x", dated=False))]


def websocket(world: World) -> Scene:
    sent = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    )
    made = world.call(f"/ws?token={opaque(world)[:20].replace('+', '-')}", 101, sent=sent)
    said = world.pick(b'{"type":"connection_ack"}', b'40{"sid":"a"}', b'{"type":"error","code":7}')
    end = world.pick(b"\x03\xe8", b"\x03\xe9", b"\x03\xf0Message too big", b"\x0f\xa0bye")
    messages = (
        WebSocketMessage(False, 1, said, world.now_s),
        WebSocketMessage(False, 8, end, world.now_s + 1.0),
    )
    return [fine(msgspec.structs.replace(made, websocket=messages))]


def token_document(world: World) -> Scene:
    """Discovery and keys, and JSON about tokens that is none."""
    known = {"issuer": f"https://{world.host}", "token_endpoint": f"https://{world.host}/token"}
    return [
        fine(world.call("/.well-known/openid-configuration", answer=known)),
        fine(world.call("/jwks", answer={"keys": []})),
        fine(
            world.call(
                "/introspect",
                method="POST",
                sent=form_type(),
                body=b"token=abc",
                answer={"active": False},
            )
        ),
    ]


def grpc(world: World) -> Scene:
    sent = (
        ("Content-Type", "application/grpc-web+proto"),
        ("Authorization", f"Bearer {good_jwt(world).text}"),
    )
    got = (
        ("Content-Type", "application/grpc-web+proto"),
        ("grpc-status", world.pick("0", "5", "13")),
    )
    return [
        fine(world.call("/shop.Orders/List", method="POST", sent=sent, got=got, body=b"\0\0\0\0\0"))
    ]


type Player = Callable[[World], Scene]
HEALTHY: tuple[Player, ...] = (
    *(
        answered,
        answered,
        answered,
        signed,
        digest,
        digest_stale,
        basic_probe,
        ntlm,
        bound,
        refresh,
    ),
    *(login_cookie, redirect, other_trouble, other_trouble, preflight, csrf, static, websocket),
    *(token_document, grpc),
)
