"""Signatures that are digests under a shared secret: API v2, its paySign, and JS-SDK."""

from __future__ import annotations

from collections.abc import Sequence

from why401.keys import Secret
from why401.model import Plain, SignatureCheck
from why401.sign.steps import (
    ALGORITHM,
    FIELDS,
    LEFT_OUT,
    LENGTH,
    SIGNATURE,
    STRING,
    WHY_EMPTY,
    WHY_SIGN,
    Signing,
    Step,
    checked,
)
from why401.signatures import jssdk, v2_message
from why401.signatures.engine import Mistake, Parts
from why401.signatures.invocation import Invocation
from why401.signatures.jssdk import JS_MISTAKES, JsConfig
from why401.signatures.paysign_v2 import PAYSIGN_V2_MISTAKES, PaySignV2
from why401.signatures.v2_message import V2Message, sealed, sealed_fits
from why401.signatures.v2_mistakes import V2_MISTAKES
from why401.signatures.v2_sign import read_v2_sign
from why401.signatures.wechatpay_v2 import NAME as V2

PAYSIGN_V2 = "paysign-v2"


def sign_v2(
    fields: Sequence[tuple[str, str]],
    key: Secret | None,
    *,
    algorithm: str = "",
    given: str | None = None,
    others: Sequence[tuple[str, Secret]] = (),
) -> Signing:
    """Compute the sign of a v2 message, or check `given` (or the `sign` among the fields).

    `algorithm` is `MD5` or `HMAC-SHA256`; by default what `sign_type` says. `others` are further
    keys to try, each with the rule that its use breaks.
    """
    found = dict(fields)
    given = given or found.get("sign") or None
    named = algorithm or found.get("sign_type", "") or "MD5"
    sent = read_v2_sign(given) if given else None
    used = sent.algorithm if sent and sent.algorithm else named.upper()
    unsigned = tuple(pair for pair in fields if pair[0] != "sign")
    claim = V2Message(
        unsigned, "HMAC-SHA256" if used.startswith("HMAC") else used, key, tuple(others)
    )
    left_out: list[Plain] = [
        {"name": name, "zh": why.zh, "en": why.en}
        for name, value in fields
        for why in ((WHY_SIGN,) if name == "sign" else (WHY_EMPTY,) if value == "" else ())
    ]
    return _symmetric(V2, "request", claim, V2_MISTAKES, given, left_out)


def sign_paysign_v2(
    scene: str,
    values: Sequence[tuple[str, str]],
    key: Secret | None,
    *,
    algorithm: str = "MD5",
    given: str | None = None,
    others: Sequence[tuple[str, Secret]] = (),
    appids: Sequence[str] = (),
) -> Signing:
    """Compute or check a v2 paySign; `values` hold the fields of the scene (`jsapi`: appId,
    nonceStr, package, signType, timeStamp; `app`: six lower-case ones)."""
    found = dict(values)
    sent = read_v2_sign(given) if given else None
    used = sent.algorithm if sent and sent.algorithm else algorithm
    package = found.get("package", "")
    claim = PaySignV2(
        tuple(pair for pair in values if pair[0] not in ("paySign", "sign")),
        used,
        key,
        tuple(others),
        scene=scene,
        appids=tuple(appids),
        prepay_id=found.get("prepayid") or package.partition("prepay_id=")[2],
        partnerid=found.get("partnerid", ""),
    )
    return _symmetric(PAYSIGN_V2, "invocation", claim, PAYSIGN_V2_MISTAKES, given, [])


def _symmetric(
    scheme: str,
    subject: str,
    claim: V2Message,
    mistakes: tuple[Mistake, ...],
    given: str | None,
    left_out: list[Plain],
) -> Signing:
    right = claim.parts
    text = v2_message.message(right)
    label = claim.key.label if claim.key else "api_v2_key"
    shown = f"{text.decode('utf-8', 'replace')}&key=<{label}>"
    computed = sealed(right).hex().upper() if claim.key else None
    steps = [Step(FIELDS, [item.decode("utf-8", "replace") for item in claim.items])]
    if left_out:
        steps.append(Step(LEFT_OUT, left_out))
    whole = text + b"&key=" + (claim.key.data if claim.key else b"")
    steps += [
        Step(STRING, shown),
        Step(LENGTH, len(whole)),
        Step(ALGORITHM, claim.algorithm),
    ]
    if computed:
        steps.append(Step(SIGNATURE, computed))
    needs = () if claim.key else ("credentials.wechatpay[].api_v2_key",)
    if given is None:
        status = "valid" if computed else "unverifiable"
        check = SignatureCheck(scheme, subject, status, needs, shown, expected=computed)
        return Signing(check, tuple(steps), computed)
    sent = read_v2_sign(given)
    if sent.fits is None:
        check = SignatureCheck(scheme, subject, "mismatch", needs, shown, given[:80], computed)
        return Signing(check, tuple(steps), computed)
    fits = sealed_fits(sent.fits)
    forms = [f"wechatpay/v2-{form}" for form in sent.forms]
    return checked(
        scheme, subject, claim, right, fits, mistakes, forms, shown, given, steps,
        message=v2_message.message, is_known=claim.key is not None, computed=computed, needs=needs,
    )  # fmt: skip


def sign_jssdk(
    url: str, ticket: Secret, nonce: str, timestamp: str, *, given: str | None = None
) -> Signing:
    """Compute or check the signature of `wx.config` for the page at `url`."""
    values = {"noncestr": nonce, "timestamp": timestamp, "signature": given or ""}
    invocation = Invocation("jssdk", "signature", values, {}, frozenset(), given or "")
    claim = JsConfig(invocation, url, ticket.value)
    page = url.partition("#")[0]
    right = (ticket.value, nonce, timestamp, page, jssdk.right_digest)
    shown = jssdk.text(f"<{ticket.label}>", nonce, timestamp, page)
    computed = jssdk.digest(right).hex()
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(jssdk.message(right))),
        Step(ALGORITHM, "SHA-1"),
        Step(SIGNATURE, computed),
    ]
    if given is None:
        check = SignatureCheck(jssdk.NAME, "invocation", "valid", (), shown, expected=computed)
        return Signing(check, tuple(steps), computed)
    try:
        wanted = bytes.fromhex(given)
    except ValueError:
        wanted = b""

    def fits(parts: Parts) -> bool:
        return jssdk.digest(parts) == wanted

    forms = ["wechat-js/js-hash"] if wanted and given != given.lower() else []
    return checked(
        jssdk.NAME, "invocation", claim, right, fits, JS_MISTAKES, forms, shown, given, steps,
        message=jssdk.message, is_known=True, computed=computed, folder="wechat-js",
        secret=ticket,
    )  # fmt: skip
