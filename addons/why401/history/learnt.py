"""What the traffic itself gave away and signatures need: keys, tickets, and what was signed before.

Kept in memory only and bounded; the oldest go first. Everything here is used at once by
`signatures`, and what rests on it says that it was learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.history.digest_nonces import DigestNonces
from why401.jose.keyring import JwtKeyring
from why401.keys import PublicKey, Secret
from why401.sm2 import Sm2Key

MAX_EACH = 500
MAX_SIGNATURES = 4000
MAX_NONCES = 64


class SeenSignature(msgspec.Struct, frozen=True):
    """A signature that an earlier message carried: `what` is the hash of what it stood beside,
    nothing for an answer's."""

    exchange: str
    where: str
    scheme: str
    what: bytes


class Prepay(msgspec.Struct, frozen=True):
    """An order that gave a prepay_id: by which API (`v2`, `v3`), trade type, sign type and appid,
    of which merchant, when (Unix seconds), and at which path."""

    exchange: str
    api: str
    mchid: str
    appid: str
    trade_type: str
    sign_type: str
    at_s: float | None
    response_nonce: str
    path: str = ""


def proof_id(claims: Mapping[str, Any]) -> bytes:
    """Return what stands for the `jti` of a DPoP proof."""
    return hashlib.sha256(str(claims.get("jti")).encode("utf-8", "surrogatepass")).digest()[:16]


class Learnt:
    """Keys and signatures that earlier exchanges of this session gave away."""

    def __init__(self) -> None:
        self.sandbox_keys: Bounded[str, Secret] = Bounded(MAX_EACH)
        """By merchant number: what `getsignkey` gave."""
        self.platform_keys: Bounded[str, PublicKey] = Bounded(MAX_EACH)
        """By serial number: what `/v3/certificates` gave."""
        self.sm2_platform_keys: Bounded[str, Sm2Key] = Bounded(MAX_EACH)
        """By serial number: what `/v3/certificates?algorithm_type=SM2` gave."""
        self.tickets: Bounded[str, tuple[str, str, Secret]] = Bounded(MAX_EACH)
        """jsapi_ticket by its value: the appid it was fetched for, its type, and the ticket."""
        self.session_keys: Bounded[str, tuple[str, Secret]] = Bounded(MAX_EACH)
        """session_key by its value, with `appid openid` that it belongs to."""
        self.access_tokens: Bounded[str, tuple[str, Secret]] = Bounded(MAX_EACH)
        """access_token by its value, with the appid that it was issued to."""
        self.signatures: Bounded[str, SeenSignature] = Bounded(MAX_SIGNATURES)
        self.prepays: Bounded[str, Prepay] = Bounded(MAX_EACH)
        self.nonces: Bounded[str, str] = Bounded(MAX_NONCES)
        """Random texts of the last messages, to find one that was signed and not sent."""
        self.callbacks: Bounded[str, str] = Bounded(MAX_EACH)
        """Callback id to the exchange in which the merchant's server took it with a 2xx."""
        self.jwt = JwtKeyring()
        """Keys for JWTs: the configured ones parsed once, and the JWKS that passed through."""
        self.digests = DigestNonces()
        self.proof_ids: Bounded[bytes, str] = Bounded(MAX_EACH)
        """Hash of a DPoP proof's jti to the exchange that carried it."""

    def keep_platform_key(self, key: PublicKey | Sm2Key) -> None:
        """Remember a certificate of the platform under its serial number."""
        if isinstance(key, Sm2Key):
            self.sm2_platform_keys.remember(key.serial or "", key)
        else:
            self.platform_keys.remember(key.serial or "", key)

    def learn(self, case: Case) -> None:
        """Remember what `case` gives away."""
        self.jwt.learn(case)
        self.digests.learn(case)
        for proof in case.credentials:
            if proof.where == "request.header.dpop" and proof.jwt and proof.jwt.claims:
                self.proof_ids.remember(proof_id(proof.jwt.claims), case.exchange.id)
