"""A signed v3 request: what its Authorization says was signed, with what, and who may have."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.wechatpay import WechatPay
from why401.keys import PublicKey, Secret, WechatPayKeys
from why401.later import regex
from why401.signatures.multipart import parse_multipart
from why401.signatures.sent_signature import RsaSignature, read_rsa_signature
from why401.signatures.server_saw import ServerSaw, server_saw
from why401.signatures.v3_message import V3Message
from why401.sm2 import Sm2Key

NAME = "wechatpay-v3"
WHERE = "request.header.authorization"
MAX_KEYS = 32
MAX_SM2_KEYS = 3
"""Each costs a computation on the curve."""

_HEX = regex(r"[0-9A-Fa-f]{1,64}")


class Claim(msgspec.Struct, frozen=True):
    """A signed v3 request. `keys` are every certificate's key, the likeliest first; `sm2_keys`
    those of SM2 certificates, where the request names that scheme."""

    sent: WechatPay
    signature: RsaSignature
    said: V3Message
    merchant: WechatPayKeys | None
    keys: tuple[PublicKey, ...]
    secrets: tuple[Secret, ...]
    needs: str
    saw: ServerSaw | None
    is_exact: bool
    sm2_keys: tuple[Sm2Key, ...] = ()

    @property
    def is_sm2(self) -> bool:
        """Whether the Authorization names the scheme of national cryptography."""
        return "SM2" in self.sent.scheme.upper()

    @property
    def serial_no(self) -> str:
        """The serial number that the header names."""
        return self.sent.serial_no or ""


def claim_of(case: Case, context: Context) -> Claim | None:
    """Return the signed v3 request in `case`, or None."""
    found = next((each for each in case.credentials if each.wechatpay), None)
    sent = found.wechatpay if found else None
    if sent is None or found is None or found.where != WHERE or not sent.param("signature"):
        return None
    request = case.exchange.request
    body = request.body
    data = body.data if body else b""
    parts = parse_multipart(request.headers.text("content-type") or "", data)
    meta = next((part.data for part in parts or () if part.name == "meta"), None)
    said = V3Message(
        method=request.method.encode("utf-8", "surrogateescape"),
        url=_origin_form(request.target),
        timestamp=(sent.param("timestamp") or "").encode("utf-8", "surrogateescape"),
        nonce=(sent.param("nonce_str") or "").encode("utf-8", "surrogateescape"),
        body=data if meta is None else meta,
        host=request.host,
        multipart=data if meta is not None else None,
        neighbours=tuple(context.learnt.nonces)[-16:],
    )
    merchant = context.keys.merchant(sent.mchid or sent.param("brand_id"))
    number = len(context.keys.wechatpay)
    label = merchant.label if merchant else f"credentials.wechatpay[{number}]"
    is_sm2 = "SM2" in sent.scheme.upper()
    return Claim(
        sent,
        read_rsa_signature(sent.param("signature") or ""),
        said,
        merchant,
        tuple(_certificates(context, merchant, sent.serial_no or ""))[:MAX_KEYS],
        tuple(_secrets(context, merchant))[:MAX_KEYS],
        f"{label}.sm2_certificate" if is_sm2 else f"{label}.certificate",
        server_saw(case.response.json, said),
        is_exact=body is None or (body.is_exact and body.is_complete),
        sm2_keys=_sm2_keys(context, sent.serial_no or "") if is_sm2 else (),
    )


def _origin_form(target: bytes) -> bytes:
    """Return the target from its first slash on: a proxy is sent the whole URL (RFC 9112 3.2)."""
    if target.startswith(b"http") and b"://" in target[:8]:
        rest = target.partition(b"://")[2]
        at = rest.find(b"/")
        return rest[at:] if at >= 0 else b"/"
    return target.partition(b"#")[0]


def _certificates(
    context: Context, merchant: WechatPayKeys | None, serial_no: str
) -> Iterator[PublicKey]:
    everyone = [merchant] if merchant else []
    everyone += [each for each in context.keys.wechatpay if each is not merchant]
    found = [
        key
        for each in everyone
        for key in (each.certificate, *each.previous_certificates)
        if key is not None
    ]
    # The key that the header names comes first, whoever owns it.
    found.sort(key=lambda key: not is_number_of(key, serial_no))
    return iter(found)


def _sm2_keys(context: Context, serial_no: str) -> tuple[Sm2Key, ...]:
    found = [each.sm2_certificate for each in context.keys.wechatpay if each.sm2_certificate]
    found.sort(key=lambda key: not is_number_of(key, serial_no))
    return tuple(found[:MAX_SM2_KEYS])


def _secrets(context: Context, merchant: WechatPayKeys | None) -> Iterator[Secret]:
    for each in sorted(context.keys.wechatpay, key=lambda each: each is not merchant):
        for key in (each.api_v3_key, each.api_v2_key):
            if key is not None:
                yield key


def same_serial(one: str | None, other: str | None) -> bool:
    """Return whether two serial numbers are the same number; zeros in front do not count."""
    return bool(one and other) and (one or "").lstrip("0") == (other or "").lstrip("0")


def is_number_of(key: PublicKey | Sm2Key, sent: str) -> bool:
    """Return whether `sent` is the number of a certificate, however it is spelt: WeChat Pay wants
    it in hexadecimal capitals, but another spelling names no other certificate."""
    serial = key.serial or ""
    if same_serial(serial, sent):
        return True
    if not serial or not sent:
        return False
    bare = sent.strip().replace(":", "").replace(" ", "").lower().removeprefix("0x").lstrip("0")
    if bare == serial.lower().lstrip("0"):
        return True
    is_decimal = bare.isascii() and bare.isdigit() and len(bare) < 60
    return is_decimal and _HEX.fullmatch(serial) is not None and int(bare) == int(serial, 16)
