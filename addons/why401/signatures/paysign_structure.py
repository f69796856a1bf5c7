"""What is wrong with payment parameters whatever the key: reuse, versions, times, the order."""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.history.learnt import Prepay
from why401.model import Certainty, Evidence, Finding
from why401.signatures.examination import proven
from why401.signatures.handed import Handed, looks_rsa
from why401.signatures.invocation import Invocation
from why401.signatures.sent_signature import read_rsa_signature, shortened
from why401.signatures.v2_sign import read_v2_sign

PREPAY_LIFETIME_S = 7_200
_HMAC_SCENES = ("payscore", "payscore-detail", "coupon")
_TRADE_TYPES = frozenset({"JSAPI", "APP", "NATIVE", "H5", "MWEB"})
_NOTHING = ("", "null", "undefined", "None", "nil")


def structural(handed: Handed, case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong whatever the key: reuse, mixed versions, times, an empty or old order."""
    given = handed.given
    shown = Evidence(given.where, shortened(given.sign))
    names_order = "prepay_id" in given.value("package") or "prepayid" in given.fields
    is_empty = names_order and handed.prepay_id.strip() in _NOTHING
    if given.scene in ("jsapi", "app") and is_empty:
        place = _place(given, "package" if given.scene == "jsapi" else "prepayid")
        empty = Evidence(place, handed.prepay_id[:80])
        yield from proven(["wechatpay/ps-prepay-empty"], (empty,))
    seen = context.learnt.signatures.get(given.sign)
    if seen is not None and seen.exchange != case.exchange.id:
        yield from proven(
            ["wechatpay/ps-reused-order-sign"],
            (shown, Evidence("history.signature", seen.where)),
            related=(seen.exchange,),
        )
    yield from _time_findings(given)
    yield from _label_findings(given, shown)
    if handed.prepay is not None:
        yield from _version_findings(given, handed.prepay, shown)
        yield from _order_findings(given, handed.prepay, shown, case)


def _time_findings(given: Invocation) -> Iterator[Finding]:
    """Yield what is wrong with the form of the timestamp."""
    time, place = given.value("timestamp"), _place(given, "timestamp")
    if len(time) == 13 and time.isdecimal():
        yield from proven(["wechatpay/ps-ts-millis"], (Evidence(place, time),))
    if given.scene == "jsapi" and "timestamp" in given.is_number:
        # The text of a number has forty digits at most (`invocation`).
        number = Evidence(place, int(time))
        yield Finding("wechatpay/ps-ts-number", Certainty.POSSIBLE, (number,))


def _version_findings(given: Invocation, prepay: Prepay, shown: Evidence) -> Iterator[Finding]:
    """Yield that the order was made by another version of the API, or for another algorithm."""
    related, is_rsa = (prepay.exchange,), looks_rsa(given.sign)
    versions = {"v2": not is_rsa, "v3": is_rsa}
    if given.scene in ("jsapi", "app") and not versions[prepay.api] and _is_signature(given.sign):
        order = Evidence("history.prepay-id", {"api": prepay.api, "sign_type": prepay.sign_type})
        yield from proven(["wechatpay/ps-version-mix"], (shown, order), related=related)
    elif prepay.api == "v2" and not is_rsa:
        sent = read_v2_sign(given.sign)
        if sent.algorithm and sent.algorithm != prepay.sign_type.upper():
            order = Evidence("history.prepay-id", {"sign_type": prepay.sign_type})
            yield from proven(
                ["wechatpay/ps-alg-mismatch"],
                (shown, order),
                {"declared": prepay.sign_type[:40], "algorithm": sent.algorithm},
                related,
            )


def _order_findings(
    given: Invocation, prepay: Prepay, shown: Evidence, case: Case
) -> Iterator[Finding]:
    """Yield that the order is too old, of another kind, or of another app."""
    related = (prepay.exchange,)
    age_s = (case.exchange.at_s or 0) - prepay.at_s if prepay.at_s is not None else 0
    if age_s > PREPAY_LIFETIME_S:
        yield from proven(
            ["wechatpay/ps-prepay-expired"],
            (Evidence("history.prepay-id", {"age_s": round(age_s)}),),
            {"age_s": round(age_s)},
            related,
        )
    sent_appid = given.value("appid")
    own = {"jsapi": "JSAPI", "app": "APP"}.get(given.scene)
    # Of v3 it is the end of the order's path, which need not name a trade type.
    is_foreign = own is not None and prepay.trade_type in _TRADE_TYPES - {own}
    if is_foreign or (sent_appid and prepay.appid and sent_appid != prepay.appid):
        order = Evidence(
            "history.prepay-id", {"appid": prepay.appid, "trade_type": prepay.trade_type}
        )
        yield from proven(["wechatpay/ps-prepay-foreign"], (shown, order), related=related)


def _label_findings(given: Invocation, shown: Evidence) -> Iterator[Finding]:
    """Yield what is wrong with signType beside the signature."""
    label = given.value("signtype")
    is_rsa = looks_rsa(given.sign)
    where = Evidence(_place(given, "signtype"), label[:40])
    if given.scene in _HMAC_SCENES and is_rsa:
        yield from proven(["wechatpay/ps-payscore-rsa"], (shown,))
        return
    if is_rsa:
        signature = read_rsa_signature(given.sign)
        if signature.forms and signature.data:
            yield from proven(["wechatpay/ps-sign-damaged"], (shown,))
        if given.scene == "jsapi" and label != "RSA":
            # Where none is handed out, the app may write its own.
            certainty = Certainty.PROVEN if label else Certainty.POSSIBLE
            yield Finding("wechatpay/ps-signtype-label", certainty, (where, shown))
        return
    algorithm = read_v2_sign(given.sign).algorithm
    if label and algorithm and given.scene == "jsapi":
        declared = "HMAC-SHA256" if label.upper().startswith("HMAC") else label.upper()
        if declared != algorithm:
            values: dict[str, str | int | float] = {
                "declared": label[:40],
                "algorithm": algorithm,
            }
            yield from proven(["wechatpay/ps-alg-mismatch"], (where, shown), values)


def _is_signature(sign: str) -> bool:
    return looks_rsa(sign) or read_v2_sign(sign).algorithm is not None


def _place(given: Invocation, name: str) -> str:
    return f"{given.where.rpartition('.')[0]}.{given.names.get(name, name)}"
