"""SM2 signatures of API v3 requests: checked, for to make one takes a key that nobody should hand
to a tool beside his program."""

from __future__ import annotations

import base64
import binascii

from why401 import sm2
from why401.sign.steps import (
    ALGORITHM,
    LENGTH,
    SIGNED_DIGEST,
    SM3,
    STRING,
    Asked,
    Given,
    Signing,
    Step,
    checked,
)
from why401.signatures import wechatpay_v3
from why401.signatures.engine import Parts
from why401.signatures.v3_message import V3Message, message
from why401.sm2 import Sm2Key

KEY = "credentials.wechatpay[].sm2_certificate"


def check_v3_sm2(claim: V3Message, given: str, certificate: Sm2Key | None) -> Signing:
    """Check the SM2 signature of a v3 request with the merchant's SM2 certificate."""
    text = message(claim.parts)
    shown = text.decode("utf-8", "replace")
    asked = Asked(wechatpay_v3.SCHEME, "request", claim, shown)
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(text)),
        Step(ALGORITHM, "SM2 with SM3, user id 1234567812345678"),
    ]
    found = Given(given[:16] + "…")
    if certificate is None or not sm2.is_ready():
        needs = (KEY,) if sm2.is_ready() else (sm2.EXTRA,)
        return asked.signing("unverifiable", steps, given=found, needs=needs)
    steps.append(Step(SM3, sm2.sm3(text).hex()))
    try:
        data = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    numbers = sm2.signature_numbers(data)
    digest = sm2.signed_digest(certificate, *numbers) if numbers else None
    if digest is None:
        return asked.signing("mismatch", steps, given=found)
    steps.append(Step(SIGNED_DIGEST, f"{digest:064x}"))
    signer = sm2.signer_digest(certificate)

    def fits(parts: Parts) -> bool:
        return sm2.text_digest(signer, message(parts)) == digest

    if len(data) == sm2.POINT_BYTES:
        found = Given(found.shown, ("wechatpay/v3-sm2-raw",))
    return checked(asked, found, fits, steps)
