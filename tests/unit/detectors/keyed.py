"""A diagnosis with configured keys, and keys and tokens made for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from tests.exchanges import AT_S
from tests.unit.detectors.diagnosed import knowledge

from why401.config import Config
from why401.configuration import keys_from
from why401.diagnose import Diagnoser
from why401.keys import Keys
from why401.masking import Masker
from why401.model import Diagnosis, Exchange
from why401.report.plain import worded

NOW = int(AT_S)
HOST = "api.example.com"


def configured(**credentials: Any) -> Keys:
    """Return the keys of `credentials`, written as in the configuration file."""
    import msgspec

    return keys_from(msgspec.convert({"credentials": credentials}, Config))


def diagnosed(exchange: Exchange, keys: Keys, *before: Exchange, hide: tuple[str, ...] = ()) -> Any:
    """Return the diagnosis of `exchange` after those of `before`; none of `hide`, and no
    configured secret, may stand in its words."""
    diagnoser = Diagnoser(knowledge(), keys, Masker(b"k" * 32))
    for each in before:
        assert diagnoser.diagnose(each).diagnosis.faults == ()
    diagnosis = diagnoser.diagnose(exchange).diagnosis
    assert diagnosis.faults == ()
    said = json.dumps(worded(diagnosis, knowledge()), ensure_ascii=False)
    secrets = [*hide, *(each.password.value for each in keys.basic)]
    secrets += [each.secret.value for each in keys.jwt if each.secret]
    assert [secret for secret in secrets if secret.strip() and secret in said] == []
    return diagnosis


def status(diagnosis: Diagnosis) -> str:
    """Return the status of the one signature check."""
    (check,) = diagnosis.signatures
    return check.status


@cache
def rsa_key(name: str = "own") -> rsa.RSAPrivateKey:
    """Return an RSA key of this run; the same for the same name."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(name: str = "own") -> ec.EllipticCurvePrivateKey:
    """Return a P-256 key of this run."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key(name: str = "own") -> ed25519.Ed25519PrivateKey:
    """Return an Ed25519 key of this run."""
    return ed25519.Ed25519PrivateKey.generate()


def pem(key: Any) -> str:
    """Return the public half of a key in PEM."""
    spki = PublicFormat.SubjectPublicKeyInfo
    data: bytes = key.public_key().public_bytes(Encoding.PEM, spki)
    return data.decode()


def jwk(key: Any, **members: str) -> dict[str, Any]:
    """Return the public half of a key as JWK."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), **members}


def token(
    key: Any,
    alg: str = "RS256",
    claims: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Return a token signed by PyJWT, valid for an hour where nothing is said; a claim that is
    None is left out."""
    usual = {"sub": "u1", "iat": NOW - 600, "exp": NOW + 3600, **(claims or {})}
    given = {name: value for name, value in usual.items() if value is not None}
    return pyjwt.encode(given, key, algorithm=alg, headers=dict(header or {}))
