"""Every usual way to prove who one is, done right."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from tests.exchanges import b64url, basic
from tests.negatives.signers import SIGNERS
from tests.negatives.tokens import good_jwt, opaque
from tests.negatives.world import Pairs, World

from why401.keys import BasicAccount, Secret

USERS = (
    ("alice", "Tr0ub4dor&3"),
    ("bob@example.com", "p:w:d"),
    ("müller", "pässwörd"),
    ("ck_live_1", ""),
)
USERS += (("张三", "密码123456"), ("svc", "x" * 60), ("a", "b"), ("dev", "ends with space "))


@dataclass(frozen=True, slots=True)
class Sent:
    """A credential on its way: header fields, query, and how a server asks for it."""

    headers: Pairs = ()
    query: str = ""
    challenge: str = ""
    kind: str = ""


def bearer_jwt(world: World) -> Sent:
    token = good_jwt(world)
    return Sent((("Authorization", f"Bearer {token.text}"),), challenge="Bearer", kind="jwt")


def bearer_opaque(world: World) -> Sent:
    token = opaque(world)
    return Sent(
        (("Authorization", f"Bearer {token}"),), challenge='Bearer realm="api"', kind="opaque"
    )


def other_scheme(world: World) -> Sent:
    scheme = world.pick(
        "Token", "token", "JWT", "ApiKey", "SSWS", "GoogleLogin auth", "Key", "OAuth"
    )
    sent = (("Authorization", f"{scheme} {opaque(world)}"),)
    return Sent(sent, challenge=scheme.split()[0], kind="opaque")


def basic_pair(world: World) -> Sent:
    user, password = world.pick(*USERS)
    challenge = world.pick('Basic realm="intranet"', 'Basic realm="x", charset="UTF-8"')
    return Sent(
        (("Authorization", basic(f"{user}:{password}")),), challenge=challenge, kind="basic"
    )


def api_key(world: World) -> Sent:
    name = world.pick(
        "X-API-Key", "apikey", "Ocp-Apim-Subscription-Key", "X-Auth-Token", "PRIVATE-TOKEN"
    )
    return Sent(((name, opaque(world)),), kind="key")


def query_key(world: World) -> Sent:
    name = world.pick("api_key", "key", "access_token", "token", "sig")
    return Sent(query=f"{name}={world.text(32)}", kind="query")


def supabase(world: World) -> Sent:
    token = good_jwt(world, role="anon").text
    return Sent((("apikey", token), ("Authorization", f"Bearer {token}")), challenge="Bearer")


def session_cookie(world: World) -> Sent:
    name = world.pick("sid", "JSESSIONID", "PHPSESSID", "connect.sid", "laravel_session", "SESSION")
    return Sent((("Cookie", f"theme=dark; {name}={world.hex(32)}; _ga=GA1.2.1"),), kind="cookie")


def signed(world: World) -> Sent:
    return Sent(world.pick(*SIGNERS)(world, "GET", "/"), kind="signed")


GOOD = (bearer_jwt, bearer_jwt, bearer_jwt, bearer_opaque, other_scheme, basic_pair, api_key)
GOOD += (query_key, supabase, session_cookie)
"""Ways that depend on nothing but themselves; Digest, DPoP and signatures know the request."""


HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class DigestChallenge:
    """What a server asks for."""

    realm: str
    nonce: str
    algorithm: str
    qop: str
    opaque: str = ""

    @property
    def text(self) -> str:
        shown = f'Digest realm="{self.realm}", nonce="{self.nonce}"'
        shown += f", algorithm={self.algorithm}" if self.algorithm else ""
        shown += f', qop="{self.qop}"' if self.qop else ""
        return shown + (f', opaque="{self.opaque}"' if self.opaque else "")


def digest_challenge(world: World) -> DigestChallenge:
    return DigestChallenge(
        world.pick("intranet", "http-auth@example.org", "a, b"),
        world.hex(32),
        world.pick("", "MD5", "SHA-256", "MD5-sess", "SHA-256-sess"),
        world.pick("", "auth", "auth,auth-int"),
        world.pick("", world.hex(32)),
    )


def digest_answer(
    world: World,
    asked: DigestChallenge,
    method: str,
    uri: str,
    user: str,
    password: str,
    count: int = 1,
    body: bytes = b"",
) -> str:
    """Return the Authorization that answers `asked` (RFC 7616 section 3.4.1)."""
    base = asked.algorithm.removesuffix("-sess") or "MD5"

    def hashed(*parts: str) -> str:
        return HASHES[base](":".join(parts).encode()).hexdigest()

    cnonce, nc = world.hex(16), f"{count:08x}"
    qop = world.pick(*asked.qop.split(",")) if asked.qop else ""
    first = hashed(user, asked.realm, password)
    if asked.algorithm.endswith("-sess"):
        first = hashed(first, asked.nonce, cnonce)
    second = hashed(method, uri)
    if qop == "auth-int":
        second = hashed(method, uri, HASHES[base](body).hexdigest())
    middle = (asked.nonce, nc, cnonce, qop) if qop else (asked.nonce,)
    shown = f'Digest username="{user}", realm="{asked.realm}", nonce="{asked.nonce}", uri="{uri}"'
    shown += f', response="{hashed(first, *middle, second)}"'
    shown += f", algorithm={asked.algorithm}" if asked.algorithm else ""
    if qop or asked.algorithm.endswith("-sess"):
        shown += f', cnonce="{cnonce}"'
    shown += f", qop={qop}, nc={nc}" if qop else ""
    return shown + (f', opaque="{asked.opaque}"' if asked.opaque else "")


DPOP_KEY = ec.generate_private_key(ec.SECP256R1())


def dpop(world: World, method: str, url: str, token: str, nonce: str = "") -> Pairs:
    """Return the two fields of a request bound to its key (RFC 9449 section 4)."""
    numbers = DPOP_KEY.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256"}
    jwk |= {"x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
    claims: dict[str, Any] = {
        "jti": world.hex(24),
        "htm": method,
        "htu": url.partition("?")[0],
        "iat": int(world.now_s + 1),
        "ath": b64url(hashlib.sha256(token.encode()).digest()),
    }
    if nonce:
        claims["nonce"] = nonce
    proof = jwt.encode(claims, DPOP_KEY, "ES256", {"typ": "dpop+jwt", "jwk": jwk})
    return (("Authorization", f"DPoP {token}"), ("DPoP", proof))


def accounts() -> tuple[BasicAccount, ...]:
    """Return one of the users as the configuration gives them."""
    user, password = USERS[0]
    label = "credentials.basic[0]"
    return (BasicAccount(label, "*", user, Secret(f"{label}.password", password)),)
