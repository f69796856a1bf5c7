"""Tokens with nothing wrong in them: JWTs of every algorithm and issuer, and opaque ones."""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.exchanges import b64url
from tests.negatives.world import World

from why401.keys import JwtKeys, Secret

HMAC = ("HS256", "HS384", "HS512")
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
ALGORITHMS = (*HMAC, *RSA, *CURVES, "EdDSA")
SECRET = "a secret of the generated exchanges, long enough for every HMAC there is, really"
ISSUERS = (
    "https://id.example.com/",
    "https://id.example.com",
    "https://keycloak.example.com/realms/shop",
    "https://example.eu.auth0.com/",
    "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
    "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0",
    "https://sts.windows.net/00000000-0000-4000-8000-000000000000/",
    "https://securetoken.google.com/shop-123",
    "https://dev-1.okta.com/oauth2/default",
    "shop",
)


@functools.cache
def private_key(algorithm: str) -> Any:
    """Return the key with which this algorithm signs here."""
    if algorithm in HMAC:
        return SECRET
    if algorithm in RSA:
        return rsa_key()
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[algorithm]())


@functools.cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public_pem(algorithm: str) -> str:
    """Return the public half, as a configuration holds it."""
    key = private_key(algorithm).public_key()
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@dataclass(frozen=True, slots=True)
class Issued:
    """A good token, and what it says."""

    text: str
    claims: dict[str, Any]
    algorithm: str


def good_claims(world: World) -> dict[str, Any]:
    """Return claims as issuers write them, in force at the moment of the scene."""
    now = int(world.now_s)
    life = world.pick(600, 3600, 86400, 30 * 86400)
    claims: dict[str, Any] = {"iat": now - world.random.randrange(400), "exp": now + 7400 + life}
    # A host takes tokens of one issuer.
    claims["iss"] = ISSUERS[sum(map(ord, world.host)) % len(ISSUERS)]
    claims["sub"] = world.pick(
        "alice", "auth0|5f7c8ec7c33c6c004bbafe82", "42", "张三", world.hex(32)
    )
    extras: list[dict[str, Any]] = [
        {"aud": "api"},
        {
            "aud": ["api", "https://example.com/userinfo"],
            "azp": "shop",
            "scope": "openid orders.read",
        },
        {"aud": "account", "azp": "spa", "realm_access": {"roles": ["user"]}, "typ": "Bearer"},
        {"client_id": "4h57kdh5", "token_use": "access", "scope": "aws.cognito.signin.user.admin"},
        {"aud": "api://orders", "scp": "Orders.Read", "tid": "0" * 32, "ver": "2.0"},
        {"aud": "shop-123", "auth_time": now - 30, "firebase": {"sign_in_provider": "wechat"}},
        {"scp": ["orders.read"], "cid": "0oa1", "uid": "00u1", "jti": world.hex(20)},
        {"role": "authenticated", "aal": "aal1", "aud": "authenticated", "is_anonymous": False},
        {"user_id": 42, "username": "admin", "authorities": ["ROLE_ADMIN"]},
        {"login_user_key": world.hex(32)},
        {"nbf": now - 500, "jti": world.hex(32), "fresh": False, "type": "access"},
        {},
    ]
    claims |= world.pick(*extras)
    for name in ("iss", "sub", "iat"):
        if world.random.random() < 0.2:
            del claims[name]
    return claims


def good_jwt(world: World, **changed: Any) -> Issued:
    """Return a token that every server ought to take, as far as its bytes tell."""
    algorithm = world.pick(*ALGORITHMS, *HMAC, "RS256")
    claims = good_claims(world) | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = world.pick({}, {"kid": world.hex(8)}, {"typ": "at+jwt", "kid": "2026-11"})
    text = jwt.encode(claims, private_key(algorithm), algorithm, headers)
    return Issued(text, claims, algorithm)


def opaque(world: World) -> str:
    """Return a token that only its server can read."""
    raw = world.random.randbytes(world.pick(16, 20, 24, 32, 48, 64))
    makers = (
        raw.hex,
        lambda: b64url(raw),
        lambda: base64.b64encode(raw).decode(),
        lambda: "-".join(map(world.hex, (8, 4, 4, 4, 12))),
        lambda: f"gh{world.pick('p', 'o', 's')}_{world.text(36)}",
        lambda: f"glpat-{world.text(20)}",
        lambda: f"sk_live_{world.text(24)}",
        lambda: f"xoxb-{world.hex(11)}-{world.text(24)}",
        lambda: f"ya29.a0{world.text(150)}",
        lambda: f"{world.random.randrange(1, 99)}|{world.text(40)}",
        lambda: f"v4.public.{b64url(raw * 3)}",
        lambda: f"gAAAAAB{b64url(raw * 2)}==",
        lambda: f"{b64url(b'{}')}.{world.text(6)}.{b64url(raw)}",
        lambda: f"70_{world.text(120)}",
        lambda: f"{world.text(22)}.{world.text(43)}",
        lambda: ".".join(
            (
                b64url({"alg": "dir", "enc": "A256GCM"}),
                "",
                b64url(raw[:12]),
                "YWJj",
                b64url(raw[:16]),
            )
        ),
    )
    return str(world.pick(*makers)())


def configured() -> tuple[JwtKeys, ...]:
    """Return the keys of all good tokens, as a careful user configures them."""
    found = []
    for number, algorithm in enumerate(ALGORITHMS):
        label = f"credentials.jwt[{number}]"
        if algorithm in HMAC:
            secret = Secret(f"{label}.secret", SECRET)
            found.append(JwtKeys(label, algorithms=(algorithm,), secret=secret))
        else:
            found.append(JwtKeys(label, algorithms=(algorithm,), key=public_pem(algorithm)))
    return tuple(found)
