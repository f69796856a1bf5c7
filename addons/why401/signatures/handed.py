"""What a backend hands to its app for a payment, joined with what is known of the order."""

from __future__ import annotations

import msgspec

from why401.case import Case
from why401.context import Context
from why401.history.learnt import Prepay
from why401.keys import WechatPayKeys
from why401.signatures.invocation import Invocation, find_invocations


class Handed(msgspec.Struct, frozen=True):
    """Parameters handed to an app, with all that is known about their order."""

    given: Invocation
    prepay_id: str
    prepay: Prepay | None
    merchant: WechatPayKeys | None
    is_certain: bool
    """Whether `merchant` is the one whose order this is, as far as the appid tells: several may
    share one."""
    appids: tuple[str, ...]
    nonces: tuple[str, ...]
    is_named: bool = False
    """Whether the order or the parameters name `merchant` by its number."""

    @property
    def appid(self) -> str:
        """The appid handed over, else that of the order: a mini program need not be told it."""
        return self.given.value("appid") or (self.prepay.appid if self.prepay else "")


def claims_of(case: Case, context: Context) -> tuple[Handed, ...]:
    """Return the payment parameters in the answer of `case`."""
    found = []
    for given in find_invocations(case.response.json):
        if given.scene == "jssdk":
            continue
        package = given.value("package")
        prepay_id = given.value("prepayid") or package.partition("prepay_id=")[2].partition("&")[0]
        prepay = context.learnt.prepays.get(prepay_id)
        merchant, is_certain = _merchant(given, prepay, context)
        known = [each for entry in context.keys.wechatpay for each in entry.appids]
        known += [account.appid for account in context.keys.wechat]
        found.append(
            Handed(
                given,
                prepay_id,
                prepay,
                merchant,
                is_certain,
                tuple(dict.fromkeys(known))[:20],
                tuple(context.learnt.nonces)[-16:],
                is_named=bool(_mchid(given, prepay)),
            )
        )
    return tuple(found)


def _mchid(given: Invocation, prepay: Prepay | None) -> str:
    return (prepay.mchid if prepay else "") or given.value("partnerid", "sendcouponmerchant")


def _merchant(
    given: Invocation, prepay: Prepay | None, context: Context
) -> tuple[WechatPayKeys | None, bool]:
    mchid = _mchid(given, prepay)
    if mchid:
        return context.keys.merchant(mchid), True
    appid = given.value("appid")
    for entry in context.keys.wechatpay:
        if appid and appid in entry.appids:
            return entry, True
    return (context.keys.wechatpay[0] if len(context.keys.wechatpay) == 1 else None), False


def looks_rsa(sign: str) -> bool:
    """Return whether a signature is as long as RSA makes them."""
    return len(sign) >= 300
