"""Invocation parameters in a backend's answer to its app: would the WeChat client accept them?

The client's refusal never crosses the wire, so they are judged when they are handed out. What was
seen of the order (`learnt.prepays`) proves several mistakes without any key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from why401.case import Case
from why401.context import Context
from why401.keys import PublicKey
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures import paysign_v3
from why401.signatures.encrypted_for import encrypted_instead
from why401.signatures.engine import Fits, Scheme, Search
from why401.signatures.examination import GoOn, Report, first_difference, proven, searched
from why401.signatures.handed import Handed, claims_of, looks_rsa
from why401.signatures.paysign_structure import structural
from why401.signatures.paysign_v2 import PAYSIGN_V2_MISTAKES, PaySignV2
from why401.signatures.paysign_v3 import PAYSIGN_V3_MISTAKES, PaySignV3
from why401.signatures.rsa_block import (
    Kind,
    block_fits,
    padded_block,
    routine_rules,
    unpadded_block,
)
from why401.signatures.sent_signature import RsaSignature, read_rsa_signature, shortened
from why401.signatures.v2_message import message as v2_text
from why401.signatures.v2_message import sealed_fits, utf8
from why401.signatures.v2_sign import read_v2_sign
from why401.signatures.wechatpay_v2 import keys_for

SCHEME_V2 = Scheme("paysign-v2", v2_text, PAYSIGN_V2_MISTAKES)
SCHEME_V3 = Scheme("paysign-v3", paysign_v3.message, PAYSIGN_V3_MISTAKES)


class _Signed(msgspec.Struct, frozen=True):
    """Handed parameters with what is needed to judge their signature.

    `fits` tells whether parts give it; `rules` are broken by its form alone, `early` is wrong
    whatever the key, `needs` names the key that decides. `maker` is the certificate that opened it;
    without one and without `is_known`, only another key than the right one can fit.
    """

    handed: Handed
    claim: PaySignV2 | PaySignV3
    fits: Fits
    rules: tuple[str, ...]
    early: tuple[Finding, ...]
    needs: tuple[str, ...]
    is_known: bool = True
    maker: PublicKey | None = None

    @property
    def scheme(self) -> Scheme:
        """How it is signed."""
        return SCHEME_V3 if isinstance(self.claim, PaySignV3) else SCHEME_V2

    @property
    def key(self) -> str:
        """The label of the key that counts."""
        return self.maker.label if self.maker else _v2_label(self.claim)

    @property
    def shown(self) -> tuple[Evidence, Evidence]:
        """The signature, and the key it was judged with."""
        sign = Evidence(self.handed.given.where, shortened(self.handed.given.sign))
        return sign, Evidence("config." + self.key, "[used]")

    @property
    def values(self) -> dict[str, str | int | float]:
        """What the sentences of a rule may hold."""
        return {"key": self.key, "needs": self.needs[0]}

    def check(
        self, status: str, rules: Sequence[str], tried: int | None = None, *, needs: bool = False
    ) -> SignatureCheck:
        """Return the record of it; the first of `rules` stands for it."""
        text = _string(self.scheme.message(self.claim.parts), self.claim)
        return _check(self.handed, status, text, rules, self.needs if needs else (), tried)


def examine(handed: Handed, case: Case, context: Context) -> tuple[Report, GoOn | None] | None:
    """Return what is wrong with the parameters in `handed`; None where nothing can be said."""
    early = list(structural(handed, case, context))
    sign = handed.given.sign
    judged = (
        _judge_rsa(handed, context, early) if looks_rsa(sign) else _judge_v2(handed, context, early)
    )
    if judged is not None:
        return judged
    if not early:
        return None
    rules = [finding.rule for finding in early]
    needs = _needs(handed, context)
    unknown = Finding(
        "wechatpay/ps-unverifiable",
        Certainty.PROVEN,
        (Evidence(handed.given.where, shortened(sign)),),
        values={"needs": needs[0]},
    )
    return Report(_check(handed, "unverifiable", "", rules, needs), (*early, unknown)), None


def _needs(handed: Handed, context: Context) -> tuple[str, ...]:
    number = len(context.keys.wechatpay)
    label = handed.merchant.label if handed.merchant else f"credentials.wechatpay[{number}]"
    setting = "certificate" if looks_rsa(handed.given.sign) else "api_v2_key"
    return (f"{label}.{setting}",)


def _judge_v2(
    handed: Handed, context: Context, early: list[Finding]
) -> tuple[Report, GoOn | None] | None:
    sent = read_v2_sign(handed.given.sign)
    if sent.fits is None or sent.algorithm is None:
        return None
    # What was ordered in the sandbox is signed with its key all the way.
    mchid, path = (handed.prepay.mchid, handed.prepay.path) if handed.prepay else ("", "")
    key, others = keys_for(context, handed.merchant, mchid, path)
    claim = PaySignV2(
        fields=_fields_v2(handed),
        algorithm=sent.algorithm,
        key=key,
        others=others[:64],
        neighbours=handed.nonces,
        scene=handed.given.scene,
        appids=handed.appids,
        order_nonce=handed.prepay.response_nonce if handed.prepay else "",
        prepay_id=handed.prepay_id,
        names=tuple((utf8(old), utf8(new)) for old, new in handed.given.names.items()),
        partnerid=handed.given.value("partnerid")
        or (handed.merchant.mchid if handed.merchant else ""),
    )
    return _judge(
        _Signed(
            handed,
            claim,
            sealed_fits(sent.fits),
            tuple(f"wechatpay/v2-{form}" for form in sent.forms),
            tuple(early),
            _needs(handed, context),
            is_known=key is not None,
        )
    )


def _fields_v2(handed: Handed) -> tuple[tuple[str, str], ...]:
    """Return the fields that this call signs, under the names that it signs them."""
    given = handed.given
    time, nonce, package = given.value("timestamp"), given.value("noncestr"), given.value("package")
    match given.scene:
        case "app":
            return (
                ("appid", handed.appid), ("noncestr", nonce), ("package", package or "Sign=WXPay"),
                ("partnerid", given.value("partnerid")), ("prepayid", given.value("prepayid")),
                ("timestamp", time),
            )  # fmt: skip
        case "payscore" | "payscore-detail" | "coupon":
            return tuple(
                (given.names[name], value)
                for name, value in given.fields.items()
                if name not in ("sign", "businesstype", "appid")
            )
        case "redpack":
            return (
                ("appId", handed.appid), ("nonceStr", nonce), ("package", package),
                ("timeStamp", time),
            )  # fmt: skip
    algorithm = read_v2_sign(given.sign).algorithm or "MD5"
    return (
        ("appId", handed.appid), ("nonceStr", nonce), ("package", package),
        ("signType", given.value("signtype") or algorithm), ("timeStamp", time),
    )  # fmt: skip


def _judge_rsa(
    handed: Handed, context: Context, early: list[Finding]
) -> tuple[Report, GoOn | None] | None:
    signature = read_rsa_signature(handed.given.sign)
    if signature.data is None or handed.given.scene not in ("jsapi", "app"):
        return None
    given = handed.given
    is_app = given.scene == "app"
    package = given.value("package")
    if not is_app and "prepayid" in given.fields and not package:
        package = given.value("prepayid")
    claim = PaySignV3(
        is_app=is_app,
        appid=handed.appid.encode("utf-8", "replace"),
        timestamp=given.value("timestamp").encode("utf-8", "replace"),
        nonce=given.value("noncestr").encode("utf-8", "replace"),
        fourth=(given.value("prepayid") if is_app else package).encode("utf-8", "replace"),
        package=package.encode("utf-8", "replace"),
        appids=handed.appids,
        nonces=handed.nonces,
    )
    for key, is_own in _keys(handed, context):
        block = padded_block(key, signature.data)
        if block.kind is Kind.NOISE and is_own:
            block = unpadded_block(key, signature.data)
        fits = block_fits(block, paysign_v3.message)
        if block.kind is Kind.NOISE or not (block.is_certain or fits(claim.parts)):
            continue
        rules = [] if is_own or not handed.is_certain else ["wechatpay/ps-key-other-merchant"]
        rules += routine_rules(block)
        needs = _needs(handed, context)
        return _judge(_Signed(handed, claim, fits, tuple(rules), tuple(early), needs, maker=key))
    return _unexplained_key(handed, signature, claim, early, context)


def _keys(handed: Handed, context: Context) -> Iterator[tuple[PublicKey, bool]]:
    own = handed.merchant
    if own and own.certificate:
        yield own.certificate, True
    for entry in context.keys.wechatpay:
        for key in (entry.certificate, *entry.previous_certificates):
            if key and not (entry is own and key is entry.certificate):
                yield key, entry is own


def _unexplained_key(
    handed: Handed,
    signature: RsaSignature,
    claim: PaySignV3,
    early: list[Finding],
    context: Context,
) -> tuple[Report, GoOn | None] | None:
    """Report a signature that no known certificate opens: likely, not proven, to be wrong, for the
    merchant may have a certificate that was never configured. What its private key opens was
    encrypted."""
    private = handed.merchant.private_key if handed.merchant else None
    if private is not None and signature.data is not None:
        right = paysign_v3.message(claim.parts)
        texts = (right, hashlib.sha256(right).digest())
        padding = encrypted_instead(private, signature.data, texts)
        if padding:
            shown = Evidence(handed.given.where, padding)
            evidence = (shown, Evidence("config." + private.label, "[opens it]"))
            check = _check(handed, "mismatch", _string(right, claim), ["wechatpay/ps-oaep"])
            return Report(check, (*early, *proven(["wechatpay/ps-oaep"], evidence))), None
    own = handed.merchant.certificate if handed.merchant else None
    if own is None or not handed.is_certain:
        return None
    finding = Finding(
        "wechatpay/ps-unexplained",
        Certainty.LIKELY,
        (
            Evidence(handed.given.where, shortened(handed.given.sign)),
            Evidence("config." + own.label, own.serial),
        ),
        values={"key": own.label, "tried": 0},
    )
    check = _check(handed, "unverifiable", "", [], _needs(handed, context))
    return Report(check, (*early, finding)), None


def _judge(signed: _Signed) -> tuple[Report, GoOn | None] | None:
    right = signed.claim.parts
    if signed.is_known and signed.fits(right):
        rules = signed.rules
        check = signed.check("mismatch" if rules else "valid", [*rules, *_named(signed)])
        return Report(check, (*signed.early, *proven(rules, signed.shown, signed.values))), None

    def report(search: Search) -> Report:
        return _explained(signed, search) if search.matches else _unexplained(signed, search)

    result, go_on = searched(signed.scheme.mistakes, signed.claim, right, signed.fits, report)
    is_unknown = result.check.status == "unverifiable"
    if is_unknown and not result.findings:
        return None
    return result, None if is_unknown else go_on


def _named(signed: _Signed) -> list[str]:
    return [finding.rule for finding in signed.early]


def _unexplained(signed: _Signed, search: Search) -> Report:
    """Report a signature that no known mistake makes."""
    early, rules = signed.early, signed.rules
    if not signed.is_known or not signed.handed.is_certain:
        return Report(signed.check("unverifiable", _named(signed), needs=True), early)
    # Whose key made it is known; or else whose order it is.
    is_sure = signed.maker is not None or signed.handed.is_named
    unexplained = Finding(
        "wechatpay/ps-unexplained",
        Certainty.PROVEN if is_sure else Certainty.LIKELY,
        signed.shown,
        values={**signed.values, "tried": search.tried},
    )
    check = signed.check("mismatch", [*_named(signed), *rules], search.tried)
    return Report(check, (*early, *proven(rules, signed.shown[:1], signed.values), unexplained))


def _explained(signed: _Signed, search: Search) -> Report:
    """Report a signature that a known mistake makes."""
    best = search.matches[0]
    told = [f"wechatpay/{rule}" for rule in best.rules]
    others = [f"wechatpay/{rule}" for match in search.matches[1:] for rule in match.rules]
    message = signed.scheme.message
    right_text, signed_text = message(signed.claim.parts), message(best.parts)
    differs = (
        (Evidence("signature.first-difference", first_difference(right_text, signed_text)),)
        if right_text != signed_text
        else ()
    )
    rest = [finding for finding in signed.early if finding.rule not in told]
    rules = [*told, *signed.rules]
    check = signed.check("mismatch", [*rules, *_named(signed), *others], search.tried)
    return Report(check, (*proven(rules, (*differs, *signed.shown), signed.values), *rest))


def _v2_label(claim: object) -> str:
    if isinstance(claim, PaySignV2) and claim.key is not None:
        return claim.key.label
    return "credentials.wechatpay[].api_v2_key"


def _string(text: bytes, claim: object) -> str:
    shown = text[:4_096].decode("utf-8", "replace")
    return f"{shown}&key=<{_v2_label(claim)}>" if isinstance(claim, PaySignV2) else shown


def _check(
    handed: Handed,
    status: str,
    string: str,
    rules: Sequence[str],
    needs: tuple[str, ...] = (),
    tried: int | None = None,
) -> SignatureCheck:
    told = list(dict.fromkeys(rules))
    return SignatureCheck(
        scheme="paysign-v3" if looks_rsa(handed.given.sign) else "paysign-v2",
        subject="invocation",
        status=status,
        needs=needs,
        string_to_sign=string or None,
        sent=shortened(handed.given.sign),
        explained_by=told[0] if told else None,
        also_explained_by=tuple(told[1:]),
        tried=tried,
    )


__all__ = ["SCHEME_V2", "SCHEME_V3", "claims_of", "examine"]
