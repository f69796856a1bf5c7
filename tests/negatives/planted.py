"""Exchanges with exactly one mistake in them: nothing but that one may be called proven."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from tests.exchanges import b64url, basic
from tests.negatives.credentials import USERS, digest_answer, digest_challenge, dpop
from tests.negatives.healthy import Player
from tests.negatives.refused import VAGUE, said_by_servers
from tests.negatives.signers import sigv4
from tests.negatives.tokens import SECRET, good_claims, good_jwt, opaque
from tests.negatives.world import Pairs, Scene, Step, World, form_type


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is sent, the rules that name what is wrong with it, and what a server says of it."""

    headers: Pairs
    rules: frozenset[str]
    words: tuple[str, ...] = ()
    query: str = ""
    status: int = 401


NO_BASIC = ("auth/scheme-mismatch", "basic/token-expected")
"""Holds as well where the server that is given Basic wants Bearer."""

type Made = Callable[[World], Mistake]


def _sent(value: str) -> Pairs:
    return (("Authorization", value),)


def _told(value: str, *rules: str, words: tuple[str, ...] = ()) -> Mistake:
    return Mistake(_sent(value), frozenset(rules), words)


def _coded(world: World, **changed: Any) -> str:
    claims = {**good_claims(world), **changed}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, SECRET, "HS256")


def expired(world: World) -> Mistake:
    end = int(world.now_s) - world.random.randrange(400, 10**6)
    token = _coded(world, exp=end, iat=end - 3600, nbf=None)
    words = ("jwt expired", "Token has expired", "Signature has expired.", "登录已过期")
    return _told(f"Bearer {token}", "jwt/expired", words=words)


def not_yet(world: World) -> Mistake:
    token = _coded(world, nbf=int(world.now_s) + 4000)
    return _told(f"Bearer {token}", "jwt/not-yet-valid", words=("jwt not active",))


def no_algorithm(world: World) -> Mistake:
    token = f"{b64url({'alg': 'none', 'typ': 'JWT'})}.{b64url(good_claims(world))}."
    rules = ("jwt/alg-none", "jwt/empty-signature")
    return _told(f"Bearer {token}", *rules, words=("jwt signature is required",))


def milliseconds(world: World) -> Mistake:
    token = _coded(world, exp=int(world.now_s * 1000) + 3_600_000, iat=None, nbf=None)
    return _told(f"Bearer {token}", "jwt/time-in-milliseconds")


def text_time(world: World) -> Mistake:
    claims = good_claims(world)
    text = f"{b64url({'alg': 'HS256'})}.{b64url(claims | {'exp': str(claims['exp'])})}"
    token = f"{text}.{b64url(hmac.digest(SECRET.encode(), text.encode(), 'sha256'))}"
    return _told(
        f"Bearer {token}", "jwt/time-is-string", "jwt/claim-type", words=("invalid exp value",)
    )


def cut(world: World) -> Mistake:
    token = good_jwt(world).text
    short = token[: token.rindex(".") - world.random.randrange(1, 9)]
    rules = ("jwt/two-segments", "auth/truncated", "jwt/malformed", "jwt/truncated")
    return _told(f"Bearer {short}", *rules, words=("jwt malformed", "Not enough segments"))


def doubled(world: World) -> Mistake:
    return _told(
        f"Bearer Bearer {good_jwt(world).text}", "auth/scheme-doubled", words=("jwt malformed",)
    )


def bare(world: World) -> Mistake:
    return _told(good_jwt(world).text, "auth/missing-scheme", words=("Bad Authorization header",))


def colon(world: World) -> Mistake:
    return _told(f"Bearer: {good_jwt(world).text}", "auth/scheme-colon")


def glued(world: World) -> Mistake:
    return _told(f"Bearer{good_jwt(world).text}", "auth/scheme-no-space")


def quoted(world: World) -> Mistake:
    token = good_jwt(world).text
    return _told(
        world.pick(f'Bearer "{token}"', f"Bearer '{token}'"),
        "auth/quoted",
        words=("jwt malformed",),
    )


def placeholder(world: World) -> Mistake:
    value = world.pick(
        "null", "undefined", "[object Object]", "${TOKEN}", "{{token}}", "None", "<token>"
    )
    rules = ("auth/placeholder", "bearer/charset")
    return _told(f"Bearer {value}", *rules, words=("jwt malformed", "Invalid token"))


def empty(world: World) -> Mistake:
    return _told(
        world.pick("Bearer ", "Bearer", ""),
        "auth/empty-credential",
        "auth/missing",
        words=("No token provided",),
    )


def newline(world: World) -> Mistake:
    user, password = USERS[1]
    return _told(basic(f"{user}:{password}\n"), "basic/trailing-newline", *NO_BASIC)


def clear(world: World) -> Mistake:
    return _told("Basic alice:Tr0ub4dor", "basic/not-encoded", "basic/bad-base64", *NO_BASIC)


def no_colon(world: World) -> Mistake:
    return _told(
        "Basic " + base64.b64encode(world.text(20).encode()).decode(), "basic/no-colon", *NO_BASIC
    )


def percent(world: World) -> Mistake:
    value = base64.b64encode(world.random.randbytes(32)).decode()
    return _told(f"Bearer {quote(value, safe='')}", "auth/percent-encoded", "bearer/charset")


def invisible(world: World) -> Mistake:
    rules = ("auth/invisible-char", "auth/non-ascii", "jwt/malformed")
    return _told(f"Bearer \ufeff{good_jwt(world).text}", *rules)


def missing(world: World) -> Mistake:
    words = (
        "No token provided",
        "Authentication credentials were not provided.",
        "请先登录",
        "Unauthorized",
    )
    return Mistake((), frozenset({"auth/missing"}), words)


def misspelt(world: World) -> Mistake:
    name = world.pick("Authorisation", "Authorizaton", "Authorization2", "authorizaion")
    rules = frozenset({"auth/header-misspelt", "auth/missing"})
    return Mistake(((name, f"Bearer {good_jwt(world).text}"),), rules, ("No token provided",))


def twice(world: World) -> Mistake:
    fields = tuple(("Authorization", f"Bearer {good_jwt(world).text}") for _ in range(2))
    return Mistake(fields, frozenset({"auth/duplicate-header"}), ("Multiple tokens provided",))


def other_scheme(world: World) -> Mistake:
    return Mistake(_sent(basic("a:b")), frozenset(NO_BASIC))


def hash_differs(world: World) -> Mistake:
    fields = tuple(
        (name, world.hex(64) if name == "X-Amz-Content-Sha256" else value)
        for name, value in sigv4(world, "GET", "/")
    )
    return Mistake(
        fields,
        frozenset({"signature/sigv4-payload-hash"}),
        ("XAmzContentSHA256Mismatch",),
        status=403,
    )


SAID = (expired, not_yet, no_algorithm, milliseconds, text_time, cut, doubled, bare, colon, glued)
SAID += (
    quoted,
    placeholder,
    empty,
    newline,
    clear,
    no_colon,
    percent,
    invisible,
    missing,
    misspelt,
)
SAID += (twice, other_scheme, hash_differs)


def one_mistake(world: World) -> Scene:
    """A call with one of the mistakes; the server says so, says nothing, or speaks of another."""
    made = world.pick(*SAID)(world)
    return [_refused(world, made)]


def _refused(world: World, made: Mistake) -> Step:
    text, got = "", ()
    match world.random.randrange(4):
        case 0:
            text = world.pick(*VAGUE)
        case 1 | 2 if made.words:
            text = world.pick(*made.words)
        case _:
            text, _, got, is_challenge = world.pick(*said_by_servers())
            if is_challenge:
                text, got = (
                    "",
                    (
                        (
                            "WWW-Authenticate",
                            f'Bearer error="invalid_token", error_description="{text}"',
                        ),
                    ),
                )
    if not got and world.random.random() < 0.6:
        got = (("WWW-Authenticate", 'Bearer realm="api"'),)
    asked = world.call(
        world.path(), made.status, sent=made.headers, got=got, answer={"message": text}
    )
    return Step(asked, made.rules)


def cured(world: World) -> Scene:
    """The mistake, and the same call without it a moment later."""
    made = world.pick(*SAID)(world)
    steps = [_refused(world, made)]
    path = steps[0].exchange.request.target.decode()
    sent = (("Authorization", f"Bearer {good_jwt(world).text}"),)
    fine = Step(world.call(path, sent=sent, answer={}), is_quiet=True)
    return [*steps, fine]


def stale(world: World) -> Scene:
    """The token that a refresh replaced, used once more."""
    old, new, refresh = good_jwt(world).text, good_jwt(world).text, opaque(world)
    form = urlencode({"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "c"})
    host = f"id.{world.host}"

    def issued(token: str, body: str) -> Step:
        answer = {"access_token": token, "refresh_token": refresh, "expires_in": 3600}
        return Step(
            world.call(
                "/token",
                method="POST",
                sent=form_type(),
                body=body.encode(),
                answer=answer,
                host=host,
            ),
            is_quiet=True,
        )

    first = issued(old, urlencode({"grant_type": "password", "username": "a", "password": "b"}))
    second = issued(new, form)
    used = world.call(
        f"{world.prefix}/orders",
        401,
        sent=_sent(f"Bearer {old}"),
        answer={"message": world.pick(*VAGUE)},
    )
    rules = {"session/stale-after-refresh", "session/cached-token", "session/superseded"}
    return [first, second, Step(used, frozenset(rules))]


def digest_uri(world: World) -> Scene:
    """A Digest answer for another target."""
    asked, path = digest_challenge(world), "/digest/" + world.hex(6)
    value = digest_answer(world, asked, "GET", "/other", *USERS[0])
    challenge = (("WWW-Authenticate", asked.text),)
    rules = frozenset({"digest/uri-mismatch"})
    return [
        Step(world.call(path, 401, got=challenge)),
        Step(world.call(path, 401, sent=_sent(value), got=challenge), rules),
    ]


def proof_for_another(world: World) -> Scene:
    """A DPoP proof for another method."""
    token, path = good_jwt(world).text, "/resource"
    url = f"{world.scheme}://{world.host}{path}"
    got = (("WWW-Authenticate", 'DPoP error="invalid_dpop_proof"'),)
    asked = world.call(path, 401, sent=dpop(world, "POST", url, token), got=got)
    return [Step(asked, frozenset({"bearer/dpop-proof-invalid"}))]


def dropped(world: World) -> Scene:
    """A redirect to another host that loses the credential there."""
    token, place = good_jwt(world).text, f"https://files-{world.hex(4)}.example.net/{world.hex(8)}"
    first = world.call("/download", 302, sent=_sent(f"Bearer {token}"), got=(("Location", place),))
    got = (("WWW-Authenticate", "Bearer"),)
    rules = {
        "transport/auth-dropped-on-redirect",
        "transport/auth-dropped-scheme-change",
        "auth/missing",
    }
    return [Step(first), Step(world.call(place, 401, got=got), frozenset(rules))]


def preflight_refused(world: World) -> Scene:
    sent = (("Origin", "https://spa.example.com"), ("Access-Control-Request-Method", "PUT"))
    asked = world.call(world.path(), 401, method="OPTIONS", sent=sent)
    return [Step(asked, frozenset({"server/cors-preflight-401"}))]


def logged_out(world: World) -> Scene:
    """A token after its logout."""
    token = good_jwt(world).text
    sent = _sent(f"Bearer {token}")
    return [
        Step(world.call(f"{world.prefix}/orders", sent=sent, answer={}), is_quiet=True),
        Step(world.call("/logout", method="POST", sent=sent, answer={}), is_quiet=True),
        Step(
            world.call(
                f"{world.prefix}/orders",
                401,
                sent=sent,
                answer={"message": world.pick(*VAGUE, "Token has been revoked")},
            ),
            frozenset({"session/logged-out", "bearer/revoked"}),
        ),
    ]


PLANTED: tuple[Player, ...] = (
    *(one_mistake, one_mistake, one_mistake, one_mistake, cured, stale, digest_uri),
    *(proof_for_another, dropped, preflight_refused, logged_out),
)
