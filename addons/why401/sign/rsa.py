"""RSA signatures: API v3 requests and paySign of v3."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from why401.keys import PublicKey
from why401.model import SignatureCheck
from why401.sign.steps import (
    ALGORITHM,
    LENGTH,
    SHA256,
    SIGNATURE,
    SIGNED_DIGEST,
    STRING,
    Signing,
    Step,
    UnusableKeyError,
    checked,
)
from why401.signatures import paysign_v3, v3_message
from why401.signatures.engine import Mistake, Parts
from why401.signatures.paysign_v3 import PAYSIGN_V3_MISTAKES, PaySignV3
from why401.signatures.rsa_block import Kind, read_block
from why401.signatures.sent_signature import read_rsa_signature
from why401.signatures.v3_claim import NAME as V3
from why401.signatures.v3_message import V3Message
from why401.signatures.v3_mistakes import V3_MISTAKES

PAYSIGN_V3 = "paysign-v3"


def v3_request(
    method: str, url: str, body: bytes, timestamp: str, nonce: str, host: str
) -> V3Message:
    """Return what a v3 request signs, from its pieces as text."""
    return V3Message(
        method.encode(), url.encode(), timestamp.encode(), nonce.encode(), body, host=host
    )


def sign_v3(
    method: str,
    url: str,
    body: bytes,
    timestamp: str,
    nonce: str,
    *,
    host: str = "api.mch.weixin.qq.com",
    private_key: str | None = None,
    certificate: PublicKey | None = None,
    given: str | None = None,
) -> Signing:
    """Compute the signature of a v3 request with `private_key` (PEM), or check `given` with the
    certificate or the private key's public half. Raises UnusableKeyError."""
    claim = v3_request(method, url, body, timestamp, nonce, host)
    return _asymmetric(
        V3, "request", claim, claim.parts, V3_MISTAKES, v3_message.message,
        private_key, certificate, given, prefix="v3",
    )  # fmt: skip


def sign_paysign_v3(
    appid: str,
    timestamp: str,
    nonce: str,
    package: str,
    *,
    is_app: bool = False,
    private_key: str | None = None,
    certificate: PublicKey | None = None,
    given: str | None = None,
    appids: Sequence[str] = (),
) -> Signing:
    """Compute or check a v3 paySign; for an APP `package` is the bare prepayid. Raises
    UnusableKeyError."""
    claim = PaySignV3(
        is_app, appid.encode(), timestamp.encode(), nonce.encode(), package.encode(),
        b"Sign=WXPay" if is_app else package.encode(), appids=tuple(appids),
    )  # fmt: skip
    return _asymmetric(
        PAYSIGN_V3, "invocation", claim, claim.parts, PAYSIGN_V3_MISTAKES, paysign_v3.message,
        private_key, certificate, given, prefix="v3",
    )  # fmt: skip


def _asymmetric(
    scheme: str,
    subject: str,
    claim: object,
    right: Parts,
    mistakes: tuple[Mistake, ...],
    message: Callable[[Parts], bytes],
    private_pem: str | None,
    certificate: PublicKey | None,
    given: str | None,
    *,
    prefix: str,
) -> Signing:
    text = message(right)
    shown = text.decode("utf-8", "replace")
    private = _private_key(private_pem) if private_pem else None
    computed = None
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(text)),
        Step(SHA256, hashlib.sha256(text).hexdigest()),
        Step(ALGORITHM, "SHA256 with RSA, PKCS#1 v1.5"),
    ]
    if private is not None:
        raw = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        computed = base64.b64encode(raw).decode()
        steps.append(Step(SIGNATURE, computed))
    if given is None:
        status = "valid" if computed else "unverifiable"
        needs = () if computed else ("credentials.wechatpay[].private_key",)
        check = SignatureCheck(scheme, subject, status, needs, shown, expected=computed)
        return Signing(check, tuple(steps), computed)
    key = certificate
    if key is None and private is not None:
        key = PublicKey("credentials.wechatpay[].private_key", private.public_key())
    sent = read_rsa_signature(given)
    forms = [f"wechatpay/{prefix}-{form}" for form in sent.forms if form.startswith("sig-")]
    if key is None or sent.data is None:
        needs = () if key else ("credentials.wechatpay[].certificate",)
        status = "mismatch" if key else "unverifiable"
        check = SignatureCheck(
            scheme, subject, status, needs, shown, given[:16] + "…",
            explained_by=forms[0] if forms else None,
        )  # fmt: skip
        return Signing(check, tuple(steps), computed)
    block = read_block(key, sent.data)
    if block.kind is not Kind.DIGEST or block.hash_name != "sha256":
        name = block.hash_name if block.hash_name in ("sha1", "md5") else "sha512"
        rule = f"v3-hash-{name}" if block.kind is Kind.DIGEST else "v3-key-foreign"
        if block.kind is Kind.PSS and block.is_certain:
            rule = "v3-pss"
        check = SignatureCheck(
            scheme, subject, "mismatch", (), shown, given[:16] + "…",
            explained_by=f"wechatpay/{rule}",
        )  # fmt: skip
        return Signing(check, tuple(steps), computed)
    digest = block.data
    steps.append(Step(SIGNED_DIGEST, digest.hex()))

    def fits(parts: Parts) -> bool:
        return hashlib.sha256(message(parts)).digest() == digest

    return checked(
        scheme, subject, claim, right, fits, mistakes, forms, shown, given[:16] + "…", steps,
        message=message, is_known=True, computed=computed,
    )  # fmt: skip


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    try:
        key: Any = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKeyError("is not a private key in PEM without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnusableKeyError("is not an RSA key")
    return key
