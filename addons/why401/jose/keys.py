"""Keys that verify JWTs, out of PEM, secrets and JWKS (RFC 7517), parsed once.

What an algorithm may be used with follows from the key, never from the token (RFC 8725 section
3.1). Limits for JWKS: 100 keys, RSA moduli of 1024 to 8192 bits, exponents of at most 32 bits.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from why401.credentials.base64_text import decode_base64
from why401.jose.variants import Variant, secret_variants
from why401.keys import JwtKeys
from why401.later import later
from why401.masking import Unshown

if TYPE_CHECKING:
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
else:
    exceptions = later("cryptography.exceptions")
    ec = later("cryptography.hazmat.primitives.asymmetric.ec")
    ed25519 = later("cryptography.hazmat.primitives.asymmetric.ed25519")
    ed448 = later("cryptography.hazmat.primitives.asymmetric.ed448")
    rsa = later("cryptography.hazmat.primitives.asymmetric.rsa")
    serialization = later("cryptography.hazmat.primitives.serialization")
    x509 = later("cryptography.x509")

MAX_JWKS_KEYS = 100
MAX_MEMBER_CHARS = 2048
MIN_RSA_BITS, MAX_RSA_BITS = 1024, 8192
MAX_RSA_EXPONENT = 1 << 32

HMAC = ("HS256", "HS384", "HS512")
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512", "secp256k1": "ES256K"}
_EDDSA = {"Ed25519": ("EdDSA", "Ed25519"), "Ed448": ("EdDSA", "Ed448")}
_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y", "kid", "alg", "use")

type AnyPublicKey = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
)


class VerifyingKey(Unshown, frozen=True):
    """A key and where it is from.

    `place` is written as in evidence (`config.credentials.jwt[0].key`), `kind` as people say it
    (`secret`, `RSA 2048`, `EC secp256r1`). `key` is bytes for a secret. `alg` is what the JWK
    itself says; `exchange` the observed document that it stood in, None for a configured key.
    """

    place: str
    kind: str
    algorithms: tuple[str, ...]
    key: bytes | AnyPublicKey
    kid: str | None = None
    alg: str | None = None
    exchange: str | None = None

    @property
    def is_secret(self) -> bool:
        """Whether the key is shared by both sides."""
        return isinstance(self.key, bytes)


class ParsedEntry(Unshown, frozen=True):
    """The keys of one entry of the configuration. `problem` says what could not be read;
    `pem` is the text of a public key as configured, `variants` are the mistaken forms of a
    secret."""

    entry: JwtKeys
    keys: tuple[VerifyingKey, ...] = ()
    problem: str | None = None
    pem: str | None = None
    variants: tuple[Variant, ...] = ()


def parse_entry(entry: JwtKeys) -> ParsedEntry:
    """Return the keys of `entry`; never raises."""
    place = f"config.{entry.label}"
    if entry.secret is not None:
        secret = VerifyingKey(f"config.{entry.secret.label}", "secret", HMAC, entry.secret.data)
        return ParsedEntry(entry, (secret,), variants=secret_variants(entry.secret.value))
    if entry.jwks is not None:
        return ParsedEntry(entry, parse_jwks(entry.jwks, f"{place}.jwks"))
    if entry.key is None:
        return ParsedEntry(entry)
    try:
        key = public_key_of(entry.key)
    except ValueError as error:
        return ParsedEntry(entry, problem=str(error))
    is_public = "PRIVATE KEY-----" not in entry.key
    made = _verifying(key, f"{place}.key")
    return ParsedEntry(entry, (made,), pem=entry.key if is_public else None)


def public_key_of(pem: str) -> AnyPublicKey:
    """Return the public key in PEM, of a certificate, a public or an unencrypted private key;
    raises ValueError saying what it is instead."""
    data = pem.strip().encode("utf-8", "surrogatepass")
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            key: object = x509.load_pem_x509_certificate(data).public_key()
        elif b"PRIVATE KEY-----" in data:
            key = serialization.load_pem_private_key(data, None).public_key()
        else:
            key = serialization.load_pem_public_key(data)
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm):
        # TypeError: a private key under a password.
        raise ValueError("is no key in PEM that can be read") from None
    if not isinstance(
        key,
        rsa.RSAPublicKey
        | ec.EllipticCurvePublicKey
        | ed25519.Ed25519PublicKey
        | ed448.Ed448PublicKey,
    ):
        raise ValueError("is a key of a kind that signs no JWT")  # noqa: TRY004  (its content)
    return key


def public_members(jwks: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Return the keys of a JWKS document with nothing but their public members; `oct` keys,
    private members and oversized values are left out, and whatever cannot verify."""
    keys = jwks.get("keys")
    found = []
    for each in keys[:MAX_JWKS_KEYS] if isinstance(keys, list) else ():
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        operations = each.get("key_ops")
        if isinstance(operations, list) and "verify" not in operations:
            continue
        members = {
            name: value
            for name in _PUBLIC_MEMBERS
            if isinstance(value := each.get(name), str) and len(value) <= MAX_MEMBER_CHARS
        }
        if members.get("kty") in ("RSA", "EC", "OKP"):
            found.append(members)
    return tuple(found)


def parse_jwks(jwks: Mapping[str, Any], place: str) -> tuple[VerifyingKey, ...]:
    """Return the keys of a configured JWKS that can verify, shared secrets (`oct`) among them,
    unusable ones left out."""
    found = [
        key for members in public_members(jwks) if (key := jwk_key(members, place)) is not None
    ]
    keys = jwks.get("keys")
    if isinstance(keys, list):
        found += [key for each in keys[:MAX_JWKS_KEYS] if (key := _oct_key(each, place))]
    return tuple(found)


def jwk_key(jwk: Mapping[str, Any], place: str, exchange: str | None = None) -> VerifyingKey | None:
    """Return the public key of one JWK, private members unread; None where it is none."""
    # PyJWT brings urllib and http.client with it: imported where a first key is read.
    from jwt import InvalidKeyError
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    members = {name: jwk[name] for name in _PUBLIC_MEMBERS if isinstance(jwk.get(name), str)}
    try:
        match members.get("kty"):
            case "RSA" if _is_sane_rsa(members):
                key: object = RSAAlgorithm.from_jwk(members)
            case "EC":
                key = ECAlgorithm.from_jwk(members)
            case "OKP":
                key = OKPAlgorithm.from_jwk(members)
            case _:
                return None
    except (InvalidKeyError, ValueError, TypeError, exceptions.UnsupportedAlgorithm):
        return None
    kid = members.get("kid")
    where = f"{place}[{kid[:80]}]" if kid and exchange is None else place
    return _verifying(key, where, kid, members.get("alg"), exchange)


_THUMBPRINT_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}


def thumbprint(jwk: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 thumbprint of a public JWK in base64url (RFC 7638 section 3)."""
    names = _THUMBPRINT_MEMBERS.get(str(jwk.get("kty")), ())
    members = {name: jwk[name] for name in names if isinstance(jwk.get(name), str)}
    if not names or len(members) < len(names):
        return None
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _is_sane_rsa(members: Mapping[str, str]) -> bool:
    modulus = decode_base64(members.get("n", "")).data
    exponent = decode_base64(members.get("e", "")).data
    if modulus is None or exponent is None:
        return False
    bits = int.from_bytes(modulus).bit_length()
    return MIN_RSA_BITS <= bits <= MAX_RSA_BITS and int.from_bytes(exponent) <= MAX_RSA_EXPONENT


def _oct_key(jwk: object, place: str) -> VerifyingKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") != "oct" or not isinstance(jwk.get("k"), str):
        return None
    data = decode_base64(jwk["k"]).data
    if not data:
        return None
    kid = jwk["kid"] if isinstance(jwk.get("kid"), str) else None
    alg = jwk["alg"] if isinstance(jwk.get("alg"), str) else None
    where = f"{place}[{kid[:80]}]" if kid else place
    return VerifyingKey(where, "secret", HMAC, data, kid, alg)


def _verifying(
    key: Any,
    place: str,
    kid: str | None = None,
    alg: str | None = None,
    exchange: str | None = None,
) -> VerifyingKey:
    algorithms: tuple[str, ...]
    if isinstance(key, rsa.RSAPublicKey):
        kind, algorithms = f"RSA {key.key_size}", RSA
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind = f"EC {key.curve.name}"
        algorithms = tuple(name for curve, name in _CURVES.items() if curve == key.curve.name)
    else:
        name = "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "Ed448"
        kind, algorithms = name, _EDDSA[name]
    return VerifyingKey(place, kind, algorithms, key, kid, alg, exchange)


def texts_of(key: VerifyingKey, pem: str | None) -> tuple[tuple[str, bytes], ...]:
    """Return (name, bytes) of every way in which a public key is mistaken for a shared secret:
    the PEM as configured and as libraries write it, with other line ends, and the DER."""
    if isinstance(key.key, bytes):
        return ()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    written = key.key.public_bytes(serialization.Encoding.PEM, spki).decode()
    pems = [("PEM", pem), ("PEM", written)]
    if isinstance(key.key, rsa.RSAPublicKey):
        pkcs1 = key.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
        ).decode()
        pems.append(("PEM (PKCS#1)", pkcs1))
    found: dict[bytes, str] = {}
    for name, text in pems:
        if text is None:
            continue
        stripped = "\n".join(text.strip().splitlines())
        for end, variant in (
            ("", text),
            ("", stripped + "\n"),
            (" without the last line break", stripped),
            (" with CRLF", stripped.replace("\n", "\r\n") + "\r\n"),
            (" with CRLF", stripped.replace("\n", "\r\n")),
            (" without its first and last line", "".join(stripped.splitlines()[1:-1])),
        ):
            found.setdefault(variant.encode("utf-8", "surrogatepass"), name + end)
    found.setdefault(key.key.public_bytes(serialization.Encoding.DER, spki), "DER")
    return tuple((name, data) for data, name in found.items())
