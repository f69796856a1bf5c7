"""WeChat Pay v2 messages: the `sign` that was sent, against the fields that were sent.

The merchant's APIv2 key decides; that no key was used at all is seen without one.
Source: https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=4_3
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from why401.case import Case, Fields
from why401.case.bodies import parse_xml
from why401.context import Context
from why401.keys import Keys, Secret, WechatPayKeys
from why401.model import Certainty, Evidence, Finding, SignatureCheck
from why401.signatures.engine import Scheme, Search
from why401.signatures.examination import GoOn, Report, first_difference, proven, searched
from why401.signatures.sent_signature import shortened
from why401.signatures.v2_message import V2Message, message, sealed, sealed_fits
from why401.signatures.v2_mistakes import V2_MISTAKES
from why401.signatures.v2_sign import V2Sign, read_v2_sign

NAME = "wechatpay-v2"
MAX_KEYS = 64
_NAMES = ("mch_id", "mchid", "partnerid", "partner", "mch__id")
"""What merchants are called; the last by XStream, which doubles underscores."""
SANDBOX_PATHS = ("/sandboxnew/", "/xdc/apiv2sandbox/")
_HMAC_ONLY = (
    "/deposit/", "/secapi/pay/profitsharing", "/secapi/pay/multiprofitsharing",
    "/pay/profitsharing", "/pay/downloadfundflow",
)  # fmt: skip
_NO_NONCE = (
    "/cgi-bin/mch/customs/", "/cgi-bin/mch/newcustoms/", "/papay/deletecontract",
    "/papay/querycontract", "/papay/preentrustweb", "/papay/h5entrustweb", "/papay/partner/",
    "/pay/queryexchagerate",
)  # fmt: skip


_NO_SUCH_FIELD = (
    *((path, "nonce_str") for path in _NO_NONCE),
    ("/mmpaymkttransfers/promotion/transfers", "appid"),
    ("/mmpaymkttransfers/promotion/transfers", "sign_type"),
    ("/mmpaymkttransfers/sendredpack", "sign_type"),
)
"""Paths, or how they begin, with a field that clients send and sign there in vain. Sources:
https://github.com/liyiorg/weixin-popular/issues/125, https://github.com/jasl/wx_pay/issues/82 and
https://github.com/binarywang/WxJava/issues/726."""


class Claim(msgspec.Struct, frozen=True):
    """A signed v2 message. `where` is the place of its sign, `needs` the setting that decides."""

    subject: str
    where: str
    path: str
    sent: V2Sign
    said: V2Message
    declared: str
    mchid: str
    needs: str
    is_exact: bool
    wire_rules: tuple[str, ...] = ()


def claim_of(case: Case, context: Context) -> Claim | None:
    """Return the signed v2 request in `case`, or None."""
    request = case.exchange.request
    body = request.body
    fields, place = case.request.xml, "request.xml"
    rules: tuple[str, ...] = ()
    if body and body.is_exact and not _is_utf8(body.data):
        fields = _from_gbk(body.data)
        rules = ("wechatpay/v2-wire-charset",) if fields else ()
    raw_query: Fields = ()
    if not fields:
        fields, place = case.query, "request.query"
        pairs = (pair.partition("=") for pair in request.query.split("&")[:200])
        raw_query = tuple((name, value) for name, _, value in pairs if name != "sign")
    return claim_from(
        fields,
        context,
        subject="request",
        where=f"{place}.sign",
        path=request.path,
        is_exact=body is None or (body.is_exact and body.is_complete),
        wire_rules=rules,
        raw_query=raw_query,
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _from_gbk(data: bytes) -> Fields | None:
    """Return the fields of XML whose bytes are not UTF-8 but GBK."""
    # A declared charset would no longer be that of these bytes: the parser takes them for UTF-8.
    return parse_xml(data.decode("gb18030", "replace").encode())


def claim_from(
    fields: Fields,
    context: Context,
    *,
    subject: str,
    where: str,
    path: str,
    is_exact: bool = True,
    wire_rules: tuple[str, ...] = (),
    raw_query: Fields = (),
) -> Claim | None:
    """Return the signed message that `fields` are, or None where they hold no sign."""
    found = dict(fields)
    if len(found) > 200 or not found.get("sign", "").strip():
        return None
    sent = read_v2_sign(found["sign"])
    mchid = next((found[name] for name in _NAMES if found.get(name)), "")
    declared = found.get("sign_type", "")
    algorithm = _algorithm(declared, sent) if subject == "request" else sent.algorithm or "MD5"
    merchant = context.keys.merchant(mchid)
    key, others = keys_for(context, merchant, mchid, path)
    said = V2Message(
        fields=tuple(pair for pair in fields if pair[0] != "sign"),
        algorithm=algorithm,
        key=key,
        others=others[:MAX_KEYS],
        neighbours=tuple(context.learnt.nonces)[-16:],
        raw_query=raw_query,
    )
    label = merchant.label if merchant else f"credentials.wechatpay[{len(context.keys.wechatpay)}]"
    return Claim(
        subject,
        where,
        path,
        sent,
        said,
        declared,
        mchid,
        f"{label}.api_v2_key",
        is_exact,
        wire_rules,
    )


def _algorithm(declared: str, sent: V2Sign) -> str:
    """Return the algorithm that was evidently used, failing that the one declared."""
    if sent.algorithm:
        return sent.algorithm
    return "HMAC-SHA256" if declared.upper().startswith("HMAC") else "MD5"


def keys_for(
    context: Context, merchant: WechatPayKeys | None, mchid: str, path: str
) -> tuple[Secret | None, tuple[tuple[str, Secret], ...]]:
    """Return the key that counts for `path`, and every other key with the rule that its use
    breaks. Under a sandbox path the sandbox's key counts, which `getsignkey` gives."""
    production = merchant.api_v2_key if merchant else None
    sandbox = context.learnt.sandbox_keys.get(mchid)
    is_sandbox = path.startswith(SANDBOX_PATHS)
    key, mixed = (sandbox, production) if is_sandbox else (production, sandbox)
    others = [("v2-key-sandbox-mixed", mixed)] if mixed else []
    others += other_keys(context.keys, merchant)
    return key, tuple(
        (rule, other) for rule, other in others if not key or other.value != key.value
    )


def other_keys(keys: Keys, merchant: WechatPayKeys | None) -> Iterator[tuple[str, Secret]]:
    """Yield every key of the configuration that is not the APIv2 key of `merchant`, each with the
    last part of the rule that its use in its place breaks."""
    if merchant:
        for key in (merchant.api_v3_key, *merchant.previous_v3_keys):
            if key:
                yield "v2-key-is-v3key", key
        for key in merchant.previous_v2_keys:
            yield "v2-key-old", key
    for account in keys.wechat:
        if account.secret:
            yield "v2-key-is-appsecret", account.secret
    for each in keys.wechatpay:
        if each is merchant:
            continue
        for key in (each.api_v2_key, *each.previous_v2_keys, each.api_v3_key):
            if key:
                yield "v2-key-other-merchant", key


# -- judging ------------------------------------------------------------------------------------


def examine(claim: Claim) -> tuple[Report, GoOn | None]:
    """Return what is wrong with the sign of a refused message, as far as single mistakes go."""
    digest_fits = claim.sent.fits
    if digest_fits is None:
        return _unverifiable(claim, []), None
    rules = [*(f"wechatpay/v2-{form}" for form in claim.sent.forms), *claim.wire_rules]
    if _is_other_algorithm(claim):
        rules.append("wechatpay/v2-alg-mismatch")
    right = claim.said.parts
    fits = sealed_fits(digest_fits)
    if claim.said.key is not None and fits(right):
        return _right(claim, rules), None

    def report(search: Search) -> Report:
        return _explained(claim, rules, search)

    return searched(V2_MISTAKES, claim.said, right, fits, report)


def verifies(claim: Claim) -> bool:
    """Return whether the sign is right under the key that counts."""
    if claim.sent.fits is None or claim.said.key is None:
        return False
    return claim.sent.fits(sealed(claim.said.parts))


def _is_other_algorithm(claim: Claim) -> bool:
    if claim.subject != "request" or claim.sent.algorithm is None:
        return False
    declared = "HMAC-SHA256" if claim.declared.upper().startswith("HMAC") else "MD5"
    return claim.sent.algorithm != declared


def _right(claim: Claim, rules: list[str]) -> Report:
    """Report a sign that is right for what was sent under the key that is known."""
    evidence = _evidence(claim)
    if rules:
        return Report(_check(claim, "mismatch", rules), proven(rules, evidence, _values(claim)))
    found: list[Finding] = []
    extra = _undocumented(claim)
    if extra:
        evidence = (*evidence, Evidence(f"{claim.where.rpartition('.')[0]}.{extra}", "[sent]"))
        values = _values(claim) | {"field": extra}
        unwanted = Finding(
            "wechatpay/v2-undocumented-field", Certainty.LIKELY, evidence, values=values
        )
        return Report(_check(claim, "valid", []), (unwanted,))
    if claim.path.startswith(_HMAC_ONLY) and claim.sent.algorithm == "MD5":
        found.append(
            Finding("wechatpay/v2-alg-mismatch", Certainty.LIKELY, evidence, values=_values(claim))
        )
    found += proven(["wechatpay/v2-consistent-key-not-registered"], evidence, _values(claim))
    return Report(_check(claim, "valid", []), tuple(found))


def _undocumented(claim: Claim) -> str:
    """Return a field that this endpoint does not take part in signing, or nothing."""
    names = {name for name, value in claim.said.fields if value}
    extra = (name for path, name in _NO_SUCH_FIELD if claim.path.startswith(path) and name in names)
    return next(extra, "")


def _explained(claim: Claim, rules: list[str], search: Search) -> Report:
    if not search.matches:
        if claim.said.key is None or not claim.is_exact:
            return _unverifiable(claim, rules, search.tried)
        evidence = _evidence(claim)
        values = _values(claim) | {"tried": search.tried}
        unexplained = Finding(
            "wechatpay/v2-sign-unexplained", Certainty.PROVEN, evidence, values=values
        )
        return Report(
            _check(claim, "mismatch", rules, tried=search.tried),
            (*proven(rules, evidence, _values(claim)), unexplained),
        )
    best = search.matches[0]
    right, signed = message(claim.said.parts), message(best.parts)
    told = [f"wechatpay/{rule}" for rule in best.rules]
    others = [f"wechatpay/{rule}" for match in search.matches[1:] for rule in match.rules]
    differs = (
        (Evidence("signature.first-difference", first_difference(right, signed)),)
        if right != signed
        else ()
    )
    evidence = (*differs, *_evidence(claim))
    values = _values(claim) | {"sent_bytes": len(right), "signed_bytes": len(signed)}
    key = key_used(claim, best.rules)
    if key is not None:
        evidence += (Evidence("config." + key.label, "[used]"),)
        values["key"] = key.label
    return Report(
        _check(claim, "mismatch", [*told, *rules, *others], tried=search.tried),
        proven([*told, *rules], evidence, values),
    )


def key_used(claim: Claim, rules: tuple[str, ...]) -> Secret | None:
    """Return the other key that the sign was made with, where the mistake is that."""
    digest_fits = claim.sent.fits
    wrong = [key for rule, key in claim.said.others if rule in rules]
    if len(wrong) <= 1 or digest_fits is None:
        return wrong[0] if wrong else None
    for key in wrong:
        said = V2Message(claim.said.fields, claim.said.algorithm, key)
        if digest_fits(sealed(said.parts)):
            return key
    return None


def _unverifiable(claim: Claim, rules: list[str], tried: int | None = None) -> Report:
    evidence = _evidence(claim)
    found = proven(rules, evidence, _values(claim))
    unknown = Finding(
        "wechatpay/v2-sign-unverifiable", Certainty.PROVEN, evidence, values=_values(claim)
    )
    needs = (claim.needs,) if claim.said.key is None else ()
    return Report(_check(claim, "unverifiable", rules, needs=needs, tried=tried), (*found, unknown))


# -- showing ------------------------------------------------------------------------------------


def _check(
    claim: Claim,
    status: str,
    rules: list[str],
    *,
    needs: tuple[str, ...] = (),
    tried: int | None = None,
) -> SignatureCheck:
    told = list(dict.fromkeys(rules))
    label = claim.said.key.label if claim.said.key else claim.needs
    text = message(claim.said.parts)[:4_096].decode("utf-8", "replace")
    return SignatureCheck(
        scheme=NAME,
        subject=claim.subject,
        status=status,
        needs=needs,
        string_to_sign=f"{text}&key=<{label}>",
        sent=shortened(claim.sent.text),
        explained_by=told[0] if told else None,
        also_explained_by=tuple(told[1:]),
        tried=tried,
    )


def _evidence(claim: Claim) -> tuple[Evidence, ...]:
    key = claim.said.key
    named = (Evidence("config." + key.label, f"{claim.said.algorithm}"),) if key else ()
    return (Evidence(claim.where, shortened(claim.sent.text)), *named)


def _values(claim: Claim) -> dict[str, str | int | float]:
    return {
        "mchid": claim.mchid[:40],
        "needs": claim.needs,
        "algorithm": claim.sent.algorithm or "",
        "declared": claim.declared[:40] or "MD5",
    }


SCHEME = Scheme(NAME, message, V2_MISTAKES)
