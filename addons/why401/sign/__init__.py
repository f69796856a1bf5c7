"""Computes or checks one signature and keeps every step: the work of `why401 sign`.

Nothing here reads a clock or a file: time, random text and keys are arguments. What a secret is
appended to is shown with the secret's label in its place.
"""

from __future__ import annotations

from why401.sign.digests import sign_jssdk, sign_paysign_v2, sign_v2
from why401.sign.given import SignInput, read_input
from why401.sign.rsa import paysign_v3_request, sign_v3, v3_request
from why401.sign.sm2 import check_v3_sm2
from why401.sign.steps import Signing, Step, UnusableKeyError

__all__ = [
    "SignInput",
    "Signing",
    "Step",
    "UnusableKeyError",
    "check_v3_sm2",
    "paysign_v3_request",
    "read_input",
    "sign_jssdk",
    "sign_paysign_v2",
    "sign_v2",
    "sign_v3",
    "v3_request",
]
