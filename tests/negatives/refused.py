"""Refusals whose reason does not lie in the bytes: right credentials that a server did not take.

Nobody who sees the exchange can know why, whatever the server says: it may have been revoked, the
server may be set up wrongly, its words may be those of another mistake.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlencode

import jwt
import yaml
from tests.negatives.credentials import GOOD, USERS, digest_answer, digest_challenge, dpop
from tests.negatives.healthy import Player, called
from tests.negatives.signers import SIGNERS
from tests.negatives.tokens import good_claims, good_jwt, opaque, private_key
from tests.negatives.world import Pairs, Scene, Step, World, form_type

from why401.knowledge.load import rules_folder

VAGUE = (
    "Unauthorized",
    "Forbidden",
    "Access Denied",
    "Authentication failed",
    "认证失败",
    "未授权",
)
VAGUE += (
    "请重新登录",
    "invalid credentials",
    "Not allowed",
    "You do not have access",
    "denied",
    "",
)
VAGUE += ("token无效", "鉴权失败", "No permission", "权限不足", "Invalid token", "Request refused")


@functools.cache
def said_by_servers() -> tuple[tuple[str, int, tuple[tuple[str, str], ...], bool], ...]:
    """Return what the known servers say: text, status, fields, whether it is a challenge."""
    found = []
    for path in sorted((rules_folder() / "servers").glob("*.yaml")):
        for row in yaml.safe_load(path.read_text("utf-8"))["rows"]:
            statuses = _listed(row.get("status", 401))
            fields = tuple((name, text or "1") for name, text in row.get("header", {}).items())
            for place in ("says", "exactly", "challenge"):
                is_challenge = place == "challenge"
                for text in _listed(row.get(place, [])):
                    found += [(text, status, fields, is_challenge) for status in statuses]
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def vague(world: World) -> Scene:
    """A good credential, refused without a reason."""
    sent = world.pick(*GOOD)(world)
    target, fields = called(world, sent)
    status = world.pick(401, 401, 401, 403, 403)
    text = world.pick(*VAGUE)
    answer = world.pick(
        {"message": text}, {"error": text, "status": status}, {"detail": text}, text
    )
    got: Pairs = (("WWW-Authenticate", sent.challenge),) if sent.challenge and status == 401 else ()
    if world.random.random() < 0.1:
        return [Step(world.call(target, 200, sent=fields, answer={"code": status, "msg": text}))]
    return [Step(world.call(target, status, sent=fields, got=got, answer=answer))]


def mistaken_words(world: World) -> Scene:
    """A good credential, refused in the words that some server has for something else."""
    sent = world.pick(*GOOD)(world)
    target, fields = called(world, sent)
    text, status, got, is_challenge = world.pick(*said_by_servers())
    text = text.replace("{", "").replace("}", "")
    true = frozenset[str]()
    if sent.kind in ("opaque", "query", "key"):
        # Of these it is true, should the words be that.
        true = frozenset({"bearer/opaque-where-jwt", "jwt/jwe-not-jws"})
    if any(word in text.lower() for word in ("csrf", "xsrf", "crumb", "forgery", "page expired")):
        true |= {"cookie/csrf-missing"}
    if any(words in text.lower() for words in ("missing 'bearer' type", "format is authorization")):
        # These words are about the scheme that was sent, whatever else was wrong.
        true |= {"auth/scheme-mismatch", "basic/token-expected"}
    if is_challenge:
        got = (*got, ("WWW-Authenticate", text if " " in text else f'Bearer error="{text}"'))
        return [Step(world.call(target, status, sent=fields, got=got), true)]
    if sent.challenge and world.random.random() < 0.5:
        got = (*got, ("WWW-Authenticate", sent.challenge))
    answer = world.pick({"message": text}, {"error": text}, {"code": status, "msg": text})
    if world.random.random() < 0.1:
        page = f"<html><title>Error</title><body>{text}".encode()
        return [Step(world.call(target, status, sent=fields, got=got, text=page), true)]
    return [Step(world.call(target, status, sent=fields, got=got, answer=answer), true)]


def signed_refused(world: World) -> Scene:
    """A request signed as the manual says, with a key that nobody knows here."""
    target = world.pick("/", "/bucket/key?uploads=", "/v1/instances")
    fields = world.pick(*SIGNERS)(world, "GET", target)
    text = world.pick(
        "SignatureDoesNotMatch", "InvalidAccessKeyId", "签名错误", "AccessDenied", "Forbidden"
    )
    body = f"<Error><Code>{text}</Code><Message>refused</Message></Error>".encode()
    status = world.pick(401, 403)
    if world.random.random() < 0.5:
        return [Step(world.call(target, status, sent=fields, text=body))]
    return [Step(world.call(target, status, sent=fields, answer={"code": text}))]


def digest_refused(world: World) -> Scene:
    """A Digest answer that is right for a password that the server does not have."""
    asked, path = digest_challenge(world), "/digest/" + world.hex(6)
    user, password = world.pick(*USERS)
    challenge = (("WWW-Authenticate", asked.text),)
    value = digest_answer(world, asked, "GET", path, user, password)
    again = (("WWW-Authenticate", digest_challenge(world).text),)
    return [
        Step(world.call(path, 401, got=challenge)),
        Step(world.call(path, 401, sent=(("Authorization", value),), got=again)),
    ]


def bound_refused(world: World) -> Scene:
    """A DPoP proof that fits its request."""
    world.keep_time()
    token, path = good_jwt(world).text, "/resource"
    url = f"{world.scheme}://{world.host}{path}"
    error = world.pick("invalid_token", "invalid_dpop_proof")
    got = (("WWW-Authenticate", f'DPoP error="{error}", algs="ES256"'),)
    return [Step(world.call(path, 401, sent=dpop(world, "GET", url, token), got=got))]


def grant_refused(world: World) -> Scene:
    """A token endpoint that does not say more than an error code."""
    error = world.pick(
        "invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_scope"
    )
    form = world.pick(
        {"grant_type": "refresh_token", "refresh_token": opaque(world), "client_id": "shop"},
        {
            "grant_type": "authorization_code",
            "code": world.hex(32),
            "client_id": "shop",
            "redirect_uri": "https://shop.example.com/cb",
            "code_verifier": world.text(43),
        },
        {"grant_type": "client_credentials", "client_id": "shop", "client_secret": world.text(32)},
        {"grant_type": "password", "username": "a", "password": "b", "client_id": "shop"},
    )
    answer = world.pick({"error": error}, {"error": error, "error_description": world.pick(*VAGUE)})
    status = 401 if error == "invalid_client" else 400
    asked = world.call(
        "/oauth2/token",
        status,
        method="POST",
        sent=form_type(),
        body=urlencode(form).encode(),
        answer=answer,
    )
    return [Step(asked)]


def login_refused(world: World) -> Scene:
    body = f'{{"username":"alice","password":"{world.text(10)}"}}'.encode()
    text = world.pick(
        "Invalid username or password", "用户名或密码错误", "Bad credentials", "Account locked"
    )
    sent = (("Content-Type", "application/json"),)
    return [
        Step(
            world.call(
                "/api/login",
                world.pick(400, 401, 403),
                method="POST",
                sent=sent,
                body=body,
                answer={"message": text},
            )
        )
    ]


def role_lacks(world: World) -> Scene:
    """The token works, but not for this."""
    token = good_jwt(world).text
    sent = (("Authorization", f"Bearer {token}"),)
    return [
        Step(world.call(f"{world.prefix}/orders/{world.hex(4)}", sent=sent, answer={})),
        Step(
            world.call(
                "/admin/" + world.hex(4), 403, sent=sent, answer={"message": world.pick(*VAGUE)}
            )
        ),
        Step(world.call(f"{world.prefix}/orders/{world.hex(4)}", sent=sent, answer={})),
    ]


def two_logins(world: World) -> Scene:
    """Two users of one server; the second's token is refused, the first's goes on working."""
    tokens = [good_jwt(world, sub=name).text for name in ("alice", "bob")]
    steps = []
    for token in tokens:
        body = urlencode({"username": "u", "password": world.text(9)}).encode()
        issued = {"access_token": token, "refresh_token": opaque(world), "expires_in": 3600}
        steps.append(
            Step(world.call("/login", method="POST", sent=form_type(), body=body, answer=issued))
        )
    for number in world.pick((0, 1), (1, 0), (0, 0, 1)):
        status = world.pick(200, 401, 403)
        sent = (("Authorization", f"Bearer {tokens[number]}"),)
        steps.append(Step(world.call(world.path(), status, sent=sent, answer={"message": "x"})))
    return steps


def two_tokens_of_a_second(world: World) -> Scene:
    """The same claims signed twice: both are good, and with ES and PS they differ."""
    claims = good_claims(world)
    algorithm = world.pick("ES256", "ES384", "PS256", "PS512")
    tokens = [jwt.encode(claims, private_key(algorithm), algorithm) for _ in range(2)]
    return [
        Step(
            world.call(
                f"{world.prefix}/orders",
                200,
                sent=(("Authorization", f"Bearer {tokens[0]}"),),
                answer={},
            )
        ),
        Step(
            world.call(
                f"{world.prefix}/orders",
                world.pick(401, 403),
                sent=(("Authorization", f"Bearer {tokens[1]}"),),
                answer={"message": world.pick(*VAGUE)},
            )
        ),
    ]


def many_tenants(world: World) -> Scene:
    """A host that takes tokens of several issuers; one of them is refused for itself."""
    steps = []
    for _ in range(world.random.randrange(2, 5)):
        issuer = f"https://keycloak.example.com/realms/{world.pick('dev', 'shop', 'prod', 'uat')}"
        sent = (("Authorization", f"Bearer {good_jwt(world, iss=issuer).text}"),)
        status = world.pick(200, 200, 401, 403)
        answer = {} if status == 200 else {"message": world.pick(*VAGUE)}
        steps.append(Step(world.call(world.path(), status, sent=sent, answer=answer)))
    return steps


def cookies_refused(world: World) -> Scene:
    """A session that was good a moment ago, another cookie that changed, and a refusal."""
    value = world.hex(32)
    got = (("Set-Cookie", f"sid={value}; Path=/; HttpOnly"), ("Set-Cookie", "lang=zh; Path=/shop"))
    cookie = (("Cookie", f"sid={value}; theme={world.hex(4)}"),)
    refused = world.call(
        "/account", world.pick(401, 403), sent=cookie, answer={"message": world.pick(*VAGUE)}
    )
    return [
        Step(world.call("/login", method="POST", got=got, body=b"u=a", sent=form_type())),
        Step(world.call("/account", sent=cookie, text=b"<html>")),
        Step(refused),
    ]


def retried(world: World) -> Scene:
    """The same good token again and again, now taken, now not: a replica that is behind."""
    sent = (("Authorization", f"Bearer {good_jwt(world).text}"),)
    path = f"{world.prefix}/orders/{world.hex(4)}"
    return [
        Step(
            world.call(
                path,
                world.pick(200, 401, 403),
                sent=sent,
                got=(("X-Served-By", f"node-{world.random.randrange(3)}"),),
                answer={"message": world.pick(*VAGUE)},
            ),
            frozenset({"session/retry-loop"}),
        )
        for _ in range(world.random.randrange(2, 6))
    ]


def redirected_refused(world: World) -> Scene:
    """The credential went along the redirect, and is refused where it led."""
    sent = world.pick(*GOOD[:6])(world)
    place = f"https://files-{world.hex(4)}.example.net/{world.hex(8)}"
    first = world.call("/download", 302, sent=sent.headers, got=(("Location", place),))
    return [
        Step(first),
        Step(world.call(place, 401, sent=sent.headers, answer={"message": world.pick(*VAGUE)})),
    ]


def blocked(world: World) -> Scene:
    """What stands in between."""
    sent = world.pick(*GOOD)(world)
    target, fields = called(world, sent)
    got, page = world.pick(
        (
            (("Server", "cloudflare"), ("cf-mitigated", "challenge")),
            b"<title>Just a moment...</title>",
        ),
        (
            (("Server", "nginx"),),
            b"<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>",
        ),
        ((("Server", "AkamaiGHost"),), b"<TITLE>Access Denied</TITLE> Reference #18.2d351ab8"),
        ((("Retry-After", "30"), ("X-RateLimit-Remaining", "0")), b"slow down"),
        ((("Server", "openresty"),), "<html><h1>请完成安全验证</h1>".encode()),
    )
    return [Step(world.call(target, 403, sent=fields, got=got, text=page))]


REFUSED: tuple[Player, ...] = (
    *(vague, vague, mistaken_words, mistaken_words, mistaken_words, signed_refused, digest_refused),
    *(bound_refused, grant_refused, login_refused, role_lacks, two_logins, blocked),
    *(two_tokens_of_a_second, many_tenants, cookies_refused, retried, redirected_refused),
)
