"""Takes from an exchange what later signatures may need: keys, tickets, prepay ids, and the
signatures and random texts that were used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from why401.case import Case
from why401.context import Context
from why401.history.learnt import Prepay, SeenSignature
from why401.hosts import Family
from why401.keys import PublicKey, Secret, certificate
from why401.later import later
from why401.sm2 import Sm2Key, holds_sm2, sm2_key

if TYPE_CHECKING:
    from cryptography import exceptions

    from why401.signatures import decrypt, v2_structure, v3_structure
else:
    exceptions = later("cryptography.exceptions")
    decrypt = later("why401.signatures.decrypt")
    v2_structure = later("why401.signatures.v2_structure")
    v3_structure = later("why401.signatures.v3_structure")

MAX_CERTIFICATES = 8
MAX_SECRET = 1_024


def learn(case: Case, context: Context) -> None:
    """Remember what `case` gives away; cheap where it gives nothing away."""
    family = case.family
    if family is Family.WECHATPAY_V3:
        _v3(case, context)
    elif family is Family.WECHATPAY_V2:
        _v2(case, context)
    elif family is Family.WECHAT or family is Family.WECOM:
        _weixin(case, context)


def _v3(case: Case, context: Context) -> None:
    learnt = context.learnt
    found = next((each.wechatpay for each in case.credentials if each.wechatpay), None)
    if found is None:
        return
    signature, nonce = found.param("signature") or "", found.param("nonce_str") or ""
    request = case.exchange.request
    if signature and signature not in learnt.signatures:
        what = v3_structure.request_hash(request)
        seen = SeenSignature(case.exchange.id, "request.header.authorization", "v3", what)
        learnt.signatures.remember(signature[:MAX_SECRET], seen)
    if nonce:
        learnt.nonces.remember(nonce[:200], case.exchange.id)
    answer = case.response.json if case.status == 200 else None
    if not isinstance(answer, Mapping):
        return
    if request.path.endswith("/certificates"):
        _certificates(answer, found.mchid or "", context)
    prepay_id = answer.get("prepay_id")
    sent = case.request.json
    if isinstance(prepay_id, str) and prepay_id and isinstance(sent, Mapping):
        learnt.prepays.remember(
            prepay_id[:200],
            Prepay(
                case.exchange.id,
                "v3",
                found.mchid or "",
                _appid_v3(sent)[:100],
                request.path.rpartition("/")[2].upper()[:20],
                "RSA",
                case.exchange.at_s,
                "",
            ),
        )


def _appid_v3(order: Mapping[str, Any]) -> str:
    """Return the appid that pays: a service provider's own where the order names its user."""
    payer = order.get("payer")
    is_own = isinstance(payer, Mapping) and payer.get("sp_openid") and not payer.get("sub_openid")
    names = ("sp_appid",) if is_own else ("sub_appid", "appid", "sp_appid")
    return str(next((order[name] for name in names if order.get(name)), ""))


def _certificates(answer: Mapping[str, Any], mchid: str, context: Context) -> None:
    """Load the platform certificates that `/v3/certificates` gives, opened with the APIv3 key."""
    merchant = context.keys.merchant(mchid)
    items = answer.get("data")
    if merchant is None or not isinstance(items, list):
        return
    keys = [key for key in (merchant.api_v3_key, *merchant.previous_v3_keys) if key]
    for item in items[:MAX_CERTIFICATES]:
        sealed = item.get("encrypt_certificate") if isinstance(item, Mapping) else None
        if not isinstance(sealed, Mapping):
            continue
        for key in keys:
            try:
                pem = decrypt.unsealed(key.data, sealed)
                found: PublicKey | Sm2Key = (sm2_key if holds_sm2(pem) else certificate)(
                    "history.platform-certificate", pem
                )
            except (exceptions.InvalidTag, ValueError):
                continue
            context.learnt.keep_platform_key(found)
            break


def _v2(case: Case, context: Context) -> None:
    learnt = context.learnt
    sent = dict((case.request.xml or ())[:200])
    got = dict((case.response.xml or ())[:200])
    mchid = sent.get("mch_id") or sent.get("mchid") or ""
    sign, nonce = sent.get("sign", ""), sent.get("nonce_str", "")
    if sign and len(sign) <= 128 and sign not in learnt.signatures:
        what = v2_structure.fields_hash(
            pair for pair in case.request.xml or () if pair[0] != "sign"
        )
        seen = SeenSignature(case.exchange.id, "request.xml.sign", "v2", what)
        learnt.signatures.remember(sign, seen)
    if nonce:
        learnt.nonces.remember(nonce[:200], case.exchange.id)
    answer_sign, answer_nonce = got.get("sign", ""), got.get("nonce_str", "")
    if answer_sign and len(answer_sign) <= 128 and answer_sign not in learnt.signatures:
        seen = SeenSignature(case.exchange.id, "response.xml.sign", "v2-response", b"")
        learnt.signatures.remember(answer_sign, seen)
    if answer_nonce:
        learnt.nonces.remember(answer_nonce[:200], case.exchange.id)
    sandbox_key = got.get("sandbox_signkey", "")
    if sandbox_key and mchid:
        secret = Secret("history.sandbox-key", sandbox_key[:MAX_SECRET])
        learnt.sandbox_keys.remember(mchid, secret)
    prepay_id = got.get("prepay_id", "")
    if prepay_id:
        learnt.prepays.remember(
            prepay_id[:200],
            Prepay(
                case.exchange.id,
                "v2",
                mchid,
                _appid_v2(sent)[:100],
                sent.get("trade_type", "")[:20],
                sent.get("sign_type", "") or "MD5",
                case.exchange.at_s,
                answer_nonce[:200],
                case.exchange.request.path[:100],
            ),
        )


def _appid_v2(order: Mapping[str, str]) -> str:
    is_own = order.get("openid") and not order.get("sub_openid")
    names = ("appid",) if is_own else ("sub_appid", "appid")
    return next((order[name] for name in names if order.get(name)), "")


def _weixin(case: Case, context: Context) -> None:
    learnt = context.learnt
    answer = case.response.json
    if not isinstance(answer, Mapping):
        return
    query = dict(case.query)
    ticket = answer.get("ticket")
    if isinstance(ticket, str) and 0 < len(ticket) <= MAX_SECRET:
        kind = query.get("type", "jsapi")[:20]
        appid = learnt.access_tokens.get(query.get("access_token", ""), ("", None))[0]
        secret = Secret(f"history.{kind}-ticket", ticket)
        learnt.tickets.remember(ticket, (appid, kind, secret))
    appid = query.get("appid", "")[:100]
    session_key = answer.get("session_key")
    if isinstance(session_key, str) and 0 < len(session_key) <= MAX_SECRET:
        openid = answer.get("openid")
        user = f"{appid} {openid[:100] if isinstance(openid, str) else ''}"
        secret = Secret("history.session-key", session_key)
        learnt.session_keys.remember(session_key, (user, secret))
    token = answer.get("access_token")
    if isinstance(token, str) and 0 < len(token) <= MAX_SECRET:
        sent = case.request.json
        if not appid and isinstance(sent, Mapping):
            appid = str(sent.get("appid", ""))[:100]
        secret = Secret("history.access-token", token)
        learnt.access_tokens.remember(token, (appid, secret))
