"""RSA signatures: API v3 requests and paySign of v3."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from why401.keys import PublicKey
from why401.sign.steps import (
    ALGORITHM,
    LENGTH,
    SHA256,
    SIGNATURE,
    SIGNED_DIGEST,
    STRING,
    Asked,
    Given,
    Signing,
    Step,
    UnusableKeyError,
    checked,
)
from why401.signatures import paysign, wechatpay_v3
from why401.signatures.engine import Parts
from why401.signatures.paysign_v3 import PaySignV3
from why401.signatures.rsa_block import Block, Kind, read_block
from why401.signatures.sent_signature import read_rsa_signature
from why401.signatures.v3_message import V3Message


def v3_request(
    method: str, url: str, body: bytes, timestamp: str, nonce: str, host: str
) -> V3Message:
    """Return what a v3 request signs, from its pieces as text."""
    return V3Message(
        method.encode(), url.encode(), timestamp.encode(), nonce.encode(), body, host=host
    )


def paysign_v3_request(
    appid: str,
    timestamp: str,
    nonce: str,
    package: str,
    *,
    is_app: bool = False,
    appids: Sequence[str] = (),
) -> PaySignV3:
    """Return what a v3 paySign signs, from its pieces as text; for an APP `package` is the bare
    prepayid. `appids` are those that may have stood in place of `appid`."""
    fourth = package.encode()
    return PaySignV3(
        is_app, appid.encode(), timestamp.encode(), nonce.encode(), fourth,
        b"Sign=WXPay" if is_app else fourth, appids=tuple(appids),
    )  # fmt: skip


def sign_v3(
    claim: V3Message | PaySignV3,
    *,
    private_key: str | None = None,
    certificate: PublicKey | None = None,
    given: str | None = None,
) -> Signing:
    """Compute the signature of a v3 request or paySign with `private_key` (PEM), or check `given`
    with the certificate or the private key's public half. Raises UnusableKeyError."""
    is_request = isinstance(claim, V3Message)
    scheme = wechatpay_v3.SCHEME if is_request else paysign.SCHEME_V3
    text = scheme.message(claim.parts)
    shown = text.decode("utf-8", "replace")
    asked = Asked(scheme, "request" if is_request else "invocation", claim, shown)
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(text)),
        Step(SHA256, hashlib.sha256(text).hexdigest()),
        Step(ALGORITHM, "SHA256 with RSA, PKCS#1 v1.5"),
    ]
    key, computed = certificate, None
    if private_key:
        private = _private_key(private_key)
        raw = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        computed = base64.b64encode(raw).decode()
        steps.append(Step(SIGNATURE, computed))
        key = key or PublicKey("credentials.wechatpay[].private_key", private.public_key())
    if given is not None:
        return _checked(asked, given, key, steps, computed)
    needs = () if computed else ("credentials.wechatpay[].private_key",)
    return asked.signing(
        "valid" if computed else "unverifiable", steps, computed=computed, needs=needs
    )


def _checked(
    asked: Asked, given: str, key: PublicKey | None, steps: list[Step], computed: str | None
) -> Signing:
    sent = read_rsa_signature(given)
    forms = [f"wechatpay/v3-{form}" for form in sent.forms if form.startswith("sig-")]
    found = Given(given[:16] + "…", tuple(forms))
    if key is None or sent.data is None:
        return asked.signing(
            "mismatch" if key else "unverifiable",
            steps,
            computed=computed,
            given=found,
            rules=forms[:1],
            needs=() if key else ("credentials.wechatpay[].certificate",),
        )
    block = read_block(key, sent.data)
    if block.kind is not Kind.DIGEST or block.hash_name != "sha256":
        rules = [f"wechatpay/{_foreign(block)}"]
        return asked.signing("mismatch", steps, computed=computed, given=found, rules=rules)
    digest, message = block.data, asked.scheme.message

    def fits(parts: Parts) -> bool:
        return hashlib.sha256(message(parts)).digest() == digest

    steps = [*steps, Step(SIGNED_DIGEST, digest.hex())]
    return checked(asked, found, fits, steps, computed=computed)


def _foreign(block: Block) -> str:
    """Return the last part of the rule that a signature breaks which holds no SHA-256 of anything
    under the known key."""
    if block.kind is Kind.DIGEST:
        name = block.hash_name if block.hash_name in ("sha1", "md5") else "sha512"
        return f"v3-hash-{name}"
    return "v3-pss" if block.kind is Kind.PSS and block.is_certain else "v3-key-foreign"


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    try:
        key: Any = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKeyError("is not a private key in PEM without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnusableKeyError("is not an RSA key")
    return key
