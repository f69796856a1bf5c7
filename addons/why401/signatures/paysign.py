"""Invocation parameters in a backend's answer to its app: would the WeChat client accept them?

The client's refusal never crosses the wire, so they are judged when they are handed out. What was
seen of the order (`learnt.prepays`) proves several mistakes without any key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.keys import PublicKey
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures import paysign_v3
from why401.signatures.encrypted_for import encrypted_instead
from why401.signatures.engine import Fits, Mistake, Parts, Scheme, Search
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
    fits = sealed_fits(sent.fits)
    forms = [_form_rule(form) for form in sent.forms]
    return _judge(
        handed, claim, PAYSIGN_V2_MISTAKES, claim.parts, fits, forms, early,
        is_known=key is not None, context=context,
    )  # fmt: skip


def _form_rule(form: str) -> str:
    return f"wechatpay/v2-{form}"


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
        return _judge(
            handed, claim, PAYSIGN_V3_MISTAKES, claim.parts, fits, rules, early,
            is_known=True, context=context, maker=key,
        )  # fmt: skip
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


def _judge(
    handed: Handed,
    claim: PaySignV2 | PaySignV3,
    mistakes: tuple[Mistake, ...],
    right: Parts,
    fits: Fits,
    rules: list[str],
    early: list[Finding],
    *,
    is_known: bool,
    context: Context,
    maker: PublicKey | None = None,
) -> tuple[Report, GoOn | None] | None:
    render = paysign_v3.message if isinstance(claim, PaySignV3) else v2_text
    early_rules = [finding.rule for finding in early]
    shown = Evidence(handed.given.where, shortened(handed.given.sign))
    key_label = maker.label if maker else _v2_label(claim)
    values: dict[str, str | int | float] = {"key": key_label, "needs": _needs(handed, context)[0]}
    string = _string(render(right), claim)
    if is_known and fits(right):
        told = [*rules, *early_rules]
        status = "mismatch" if rules else "valid"
        return (
            Report(
                _check(handed, status, string, told),
                (
                    *early,
                    *proven(rules, (shown, Evidence("config." + key_label, "[used]")), values),
                ),
            ),
            None,
        )

    def report(search: Search) -> Report:
        if not search.matches:
            if not is_known or not handed.is_certain:
                check = _check(handed, "unverifiable", string, early_rules, _needs(handed, context))
                return Report(check, tuple(early))
            # Whose key made it is known; or else whose order it is.
            is_sure = maker is not None or handed.is_named
            unexplained = Finding(
                "wechatpay/ps-unexplained",
                Certainty.PROVEN if is_sure else Certainty.LIKELY,
                (shown, Evidence("config." + key_label, "[used]")),
                values={**values, "tried": search.tried},
            )
            check = _check(handed, "mismatch", string, [*early_rules, *rules], tried=search.tried)
            return Report(check, (*early, *proven(rules, (shown,), values), unexplained))
        best = search.matches[0]
        told = [f"wechatpay/{rule}" for rule in best.rules]
        others = [f"wechatpay/{rule}" for match in search.matches[1:] for rule in match.rules]
        right_text, signed_text = render(right), render(best.parts)
        differs = (
            (Evidence("signature.first-difference", first_difference(right_text, signed_text)),)
            if right_text != signed_text
            else ()
        )
        evidence = (*differs, shown, Evidence("config." + key_label, "[used]"))
        merged = [finding for finding in early if finding.rule not in told]
        check = _check(
            handed, "mismatch", string, [*told, *rules, *early_rules, *others], tried=search.tried
        )
        return Report(check, (*proven([*told, *rules], evidence, values), *merged))

    result, go_on = searched(mistakes, claim, right, fits, report)
    is_unknown = result.check.status == "unverifiable"
    if is_unknown and not result.findings:
        return None
    return result, None if is_unknown else go_on


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
    rules: list[str],
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


SCHEME_V2 = Scheme("paysign-v2", v2_text, PAYSIGN_V2_MISTAKES)
SCHEME_V3 = Scheme("paysign-v3", paysign_v3.message, PAYSIGN_V3_MISTAKES)

__all__ = ["SCHEME_V2", "SCHEME_V3", "claims_of", "examine"]
