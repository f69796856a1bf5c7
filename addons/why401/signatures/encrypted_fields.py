"""Sensitive fields of v3 requests: encrypted for WeChat Pay, with a header that names the key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from why401.case import Case
from why401.context import Context
from why401.knowledge.folding import folded
from why401.model import Certainty, Evidence, Finding
from why401.signatures.encrypted_for import opened_oaep
from why401.signatures.examination import proven
from why401.signatures.v3_answer import platform_keys
from why401.signatures.v3_claim import same_serial

HEADER = "wechatpay-serial"
_NO_HEADER = folded("缺少微信支付平台证书序列号")
_WRONG_HEADER = folded("Wechatpay-Serial错误")
_NOT_CIPHERTEXT = folded("是否为加密后的密文")
_NOT_OPENED = tuple(map(folded, ("解密失败", "the field you encrypt is error")))
_ID_CARD = ("id_card_name", "id_card_number", "id_card_address")
_APPLICANT = (
    *_ID_CARD,
    *("id_doc_name", "id_doc_number", "id_doc_address", "account_name", "account_number"),
    *("ubo_id_doc_name", "ubo_id_doc_number", "ubo_id_doc_address"),
    *("contact_name", "contact_id_number", "contact_id_card_number"),
    *("mobile_phone", "contact_email"),
)
_DOCUMENTED: tuple[tuple[str, frozenset[str]], ...] = (
    ("/v3/applyment4sub/applyment", frozenset(_APPLICANT)),
    ("/v3/ecommerce/applyments", frozenset(_APPLICANT)),
    ("/v3/apply4sub/", frozenset({"account_name", "account_number"})),
    (
        "/v3/apply4subject/applyment",
        frozenset(
            (
                *("name", "mobile", "id_card_number"),
                *("identification_name", "identification_number", "identification_address"),
                *("ubo_id_doc_name", "ubo_id_doc_number", "ubo_id_doc_address"),
            )
        ),
    ),
    ("/v3/profitsharing/", frozenset({"name"})),
    ("/v3/brand/profitsharing/", frozenset({"name"})),
    ("/v3/ecommerce/profitsharing/", frozenset({"receiver_name", "encrypted_name"})),
    ("/v3/ecommerce/refunds/", frozenset({"bank_account", "real_name"})),
    ("/v3/payroll-card/", frozenset({"user_name", "id_card_number"})),
    ("/v3/transfer/batches", frozenset({"user_name"})),
    ("/v3/partner-transfer/batches", frozenset({"user_name", "user_id_card"})),
    ("/v3/fund-app/", frozenset({"user_name"})),
)
"""How paths begin, and the fields that are encrypted in requests to them. Source: the fields that
WeChat Pay's own client libraries for Java and Go encrypt, and the documents of those products."""
_USUAL = frozenset(
    {*_APPLICANT, "user_name", "name", "real_name", "email", "payer_phone", "user_id_card"}
)
"""What is often encrypted, for paths that are not listed."""


def examine(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with encrypted fields and their header, where the server complains."""
    error = case.error
    if error is None or case.status != 400:
        return
    said = folded(error.message)
    serial = (case.request.headers.text(HEADER) or "").strip()
    words = Evidence(error.message_place, error.message[:200])
    is_not_opened = any(wording in said for wording in _NOT_OPENED)
    if _NO_HEADER in said and not serial:
        place = Evidence(f"request.header.{HEADER}", "missing")
        yield from proven(["wechatpay/enc-serial-missing"], (place, words))
    if serial and (_WRONG_HEADER in said or _NOT_CIPHERTEXT in said or is_not_opened):
        yield from _serial(case, context, serial, words)
    if _NOT_CIPHERTEXT in said:
        yield from _plaintext(case, words)
    if is_not_opened:
        yield from _not_opened(case, context, words)


def _plaintext(case: Case, words: Evidence) -> Iterator[Finding]:
    """Yield the first field that is no ciphertext: surely one complained of where the documents of
    its path want it encrypted; elsewhere `name` may also be that of a thing."""
    if any(each.wechatpay and "SM2" in each.wechatpay.scheme.upper() for each in case.credentials):
        # A ciphertext of SM2 is of no certain length.
        return
    fields, certainty = _fields_of(case)
    for where, value in fields:
        if not _is_ciphertext(value):
            yield Finding(
                "wechatpay/enc-plaintext", certainty, (Evidence(where, f"({len(value)})"), words)
            )
            return


def _fields_of(case: Case) -> tuple[Iterator[tuple[str, str]], Certainty]:
    """Return the fields that should be encrypted, and how surely they should."""
    path = case.exchange.request.path
    for begin, names in _DOCUMENTED:
        if path.startswith(begin):
            return _named(case.request.json, names), Certainty.PROVEN
    return _named(case.request.json, _USUAL), Certainty.LIKELY


def _not_opened(case: Case, context: Context, words: Evidence) -> Iterator[Finding]:
    """Yield why WeChat Pay could not open a field: the merchant's private key, where it is known,
    tells whether the field was encrypted for the merchant; else both reasons are open."""
    found = next(((at, value) for at, value in _fields_of(case)[0] if _is_ciphertext(value)), None)
    if found is None:
        return
    where, value = found
    seen = Evidence(where, f"({len(value)})")
    private = [entry.private_key for entry in context.keys.wechatpay if entry.private_key]
    for key in private:
        padding = opened_oaep(key, base64.b64decode(value))
        if padding:
            opened = (seen, Evidence("config." + key.label, "[opens it]"), words)
            rules = ["wechatpay/enc-merchant-key"]
            yield from proven(rules, opened)
            return
    if not private:
        yield Finding("wechatpay/enc-merchant-key", Certainty.POSSIBLE, (seen, words))
    certainty = Certainty.LIKELY if private else Certainty.POSSIBLE
    yield Finding("wechatpay/enc-padding", certainty, (seen, words))


def _serial(case: Case, context: Context, serial: str, words: Evidence) -> Iterator[Finding]:
    sent = next((each.wechatpay for each in case.credentials if each.wechatpay), None)
    own = [
        key.serial
        for entry in context.keys.wechatpay
        for key in (entry.certificate, *entry.previous_certificates)
        if key
    ]
    place = Evidence(f"request.header.{HEADER}", serial[:80])
    if (sent and same_serial(sent.serial_no, serial)) or any(
        same_serial(one, serial) for one in own
    ):
        yield from proven(["wechatpay/enc-serial-merchant"], (place, words))
        return
    bare = serial.replace(":", "").lower().lstrip("0")
    for key in platform_keys(context):
        number = (key.serial or "").lower().lstrip("0")
        is_decimal = serial.isdecimal() and number and len(serial) < 60
        same = bare == number or (
            is_decimal and all(c in "0123456789abcdef" for c in number)
            and int(serial) == int(number, 16)
        )  # fmt: skip
        if key.serial and serial != key.serial and same:
            yield from proven(["wechatpay/enc-serial-format"], (place, words))
            return


def _named(
    value: Any, names: frozenset[str], place: str = "request.json", depth: int = 0
) -> Iterator[tuple[str, str]]:
    if depth > 4:
        return
    if isinstance(value, Mapping):
        for key, item in list(value.items())[:100]:
            where = f"{place}.{str(key)[:60]}"
            if key in names and isinstance(item, str) and item:
                yield where, item
            else:
                yield from _named(item, names, where, depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value[:20]):
            yield from _named(item, names, f"{place}.{index}", depth + 1)


def _is_ciphertext(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 256
    except (binascii.Error, ValueError):
        return False
