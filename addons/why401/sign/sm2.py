"""SM2 signatures of API v3 requests: checked, for to make one takes a key that nobody should hand
to a tool beside his program."""

from __future__ import annotations

import base64
import binascii

from why401 import sm2
from why401.model import SignatureCheck
from why401.sign.steps import (
    ALGORITHM,
    LENGTH,
    SIGNED_DIGEST,
    SM3,
    STRING,
    Signing,
    Step,
    checked,
)
from why401.signatures.engine import Parts
from why401.signatures.v3_claim import NAME
from why401.signatures.v3_message import V3Message, message
from why401.signatures.v3_mistakes import V3_MISTAKES
from why401.sm2 import Sm2Key

KEY = "credentials.wechatpay[].sm2_certificate"


def check_v3_sm2(claim: V3Message, given: str, certificate: Sm2Key | None) -> Signing:
    """Check the SM2 signature of a v3 request with the merchant's SM2 certificate."""
    text = message(claim.parts)
    shown = text.decode("utf-8", "replace")
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(text)),
        Step(ALGORITHM, "SM2 with SM3, user id 1234567812345678"),
    ]
    sent = given[:16] + "…"
    if certificate is None or not sm2.is_ready():
        needs = (KEY,) if sm2.is_ready() else (sm2.EXTRA,)
        return Signing(
            SignatureCheck(NAME, "request", "unverifiable", needs, shown, sent), tuple(steps)
        )
    steps.append(Step(SM3, sm2.sm3(text).hex()))
    try:
        data = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    numbers = sm2.signature_numbers(data)
    digest = sm2.signed_digest(certificate, *numbers) if numbers else None
    if digest is None:
        return Signing(SignatureCheck(NAME, "request", "mismatch", (), shown, sent), tuple(steps))
    steps.append(Step(SIGNED_DIGEST, f"{digest:064x}"))
    signer = sm2.signer_digest(certificate)

    def fits(parts: Parts) -> bool:
        return sm2.text_digest(signer, message(parts)) == digest

    forms = ["wechatpay/v3-sm2-raw"] if len(data) == sm2.POINT_BYTES else []
    return checked(
        NAME, "request", claim, claim.parts, fits, V3_MISTAKES, forms, shown, sent, steps,
        message=message, is_known=True, computed=None,
    )  # fmt: skip
