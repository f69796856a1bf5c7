"""Signatures that are digests under a shared secret: API v2, its paySign, and JS-SDK."""

from __future__ import annotations

from collections.abc import Sequence

from why401.keys import Secret
from why401.model import Plain
from why401.sign.steps import (
    ALGORITHM,
    FIELDS,
    LEFT_OUT,
    LENGTH,
    SIGNATURE,
    STRING,
    WHY_EMPTY,
    WHY_SIGN,
    Asked,
    Given,
    Signing,
    Step,
    checked,
)
from why401.signatures import jssdk, paysign, wechatpay_v2
from why401.signatures.engine import Parts, Scheme
from why401.signatures.invocation import Invocation
from why401.signatures.jssdk import JsConfig
from why401.signatures.paysign_v2 import PaySignV2
from why401.signatures.v2_message import V2Message, sealed, sealed_fits
from why401.signatures.v2_sign import read_v2_sign


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
    keys to try, each with the last part of the rule that its use breaks.
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
    says = found.get("sign_type", "")
    misspelt = says.upper().startswith("HMAC") and says != "HMAC-SHA256"
    forms = ("wechatpay/v2-sign-type",) if misspelt else ()
    return _symmetric(wechatpay_v2.SCHEME, "request", claim, given, left_out, forms)


def sign_paysign_v2(
    scene: str,
    values: Sequence[tuple[str, str]],
    key: Secret | None,
    *,
    given: str | None = None,
    others: Sequence[tuple[str, Secret]] = (),
    appids: Sequence[str] = (),
) -> Signing:
    """Compute or check a v2 paySign; `values` hold the fields of the scene (`jsapi`: appId,
    nonceStr, package, signType, timeStamp; `app`: six lower-case ones)."""
    found = dict(values)
    sent = read_v2_sign(given) if given else None
    used = sent.algorithm if sent and sent.algorithm else found.get("signType") or "MD5"
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
    return _symmetric(paysign.SCHEME_V2, "invocation", claim, given, [])


def _symmetric(
    scheme: Scheme,
    subject: str,
    claim: V2Message,
    given: str | None,
    left_out: list[Plain],
    forms: tuple[str, ...] = (),
) -> Signing:
    """Return the outcome; `forms` are rules that the message breaks whatever its signature."""
    text = scheme.message(claim.parts)
    label = claim.key.label if claim.key else "api_v2_key"
    asked = Asked(scheme, subject, claim, f"{text.decode('utf-8', 'replace')}&key=<{label}>")
    computed = sealed(claim.parts).hex().upper() if claim.key else None
    steps = [Step(FIELDS, [item.decode("utf-8", "replace") for item in claim.items])]
    if left_out:
        steps.append(Step(LEFT_OUT, left_out))
    whole = text + b"&key=" + (claim.key.data if claim.key else b"")
    steps += [
        Step(STRING, asked.shown),
        Step(LENGTH, len(whole)),
        Step(ALGORITHM, claim.algorithm),
    ]
    if computed:
        steps.append(Step(SIGNATURE, computed))
    needs = () if claim.key else ("credentials.wechatpay[].api_v2_key",)
    if given is None:
        status = "valid" if computed else "unverifiable"
        return asked.signing(status, steps, computed=computed, needs=needs)
    sent = read_v2_sign(given)
    if sent.fits is None:
        odd = Given(given[:80])
        return asked.signing("mismatch", steps, computed=computed, given=odd, needs=needs)
    found = Given(given, (*(f"wechatpay/v2-{form}" for form in sent.forms), *forms))
    return checked(asked, found, sealed_fits(sent.fits), steps, computed=computed, needs=needs)


def sign_jssdk(
    url: str, ticket: Secret, nonce: str, timestamp: str, *, given: str | None = None
) -> Signing:
    """Compute or check the signature of `wx.config` for the page at `url`."""
    values = {"noncestr": nonce, "timestamp": timestamp, "signature": given or ""}
    invocation = Invocation("jssdk", "signature", values, {}, frozenset(), given or "")
    claim = JsConfig(invocation, url, ticket.value)
    shown = jssdk.text(f"<{ticket.label}>", nonce, timestamp, claim.page)
    asked = Asked(jssdk.SCHEME, "invocation", claim, shown, "wechat-js", ticket)
    computed = jssdk.digest(claim.parts).hex()
    steps = [
        Step(STRING, shown),
        Step(LENGTH, len(jssdk.message(claim.parts))),
        Step(ALGORITHM, "SHA-1"),
        Step(SIGNATURE, computed),
    ]
    if given is None:
        return asked.signing("valid", steps, computed=computed)
    try:
        wanted = bytes.fromhex(given)
    except ValueError:
        wanted = b""

    def fits(parts: Parts) -> bool:
        return jssdk.digest(parts) == wanted

    forms = ("wechat-js/js-hash",) if wanted and given != given.lower() else ()
    return checked(asked, Given(given, forms), fits, steps, computed=computed)
