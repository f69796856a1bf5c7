"""Answers and callbacks of WeChat Pay v3: three lines, signed with the platform's key.

Timestamp, nonce and body as received, each ended by a newline. `Wechatpay-Serial` names the key:
a platform certificate, or a public key by its `PUB_KEY_ID_…`. RSA, unless
`Wechatpay-Signature-Type` says SM2.
Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-yan-zheng
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from why401 import sm2
from why401.case import Message
from why401.context import Context
from why401.keys import PublicKey
from why401.model import Evidence, SignatureCheck
from why401.signatures.body_mistakes import BODY_MISTAKES, BodyVariants
from why401.signatures.engine import Fits, Mistake, Parts, Scheme, Told, singles
from why401.signatures.json_text import JsonBody
from why401.signatures.markers import PROBE
from why401.signatures.rsa_block import Block, Kind, read_block
from why401.signatures.sent_signature import read_rsa_signature, shortened
from why401.signatures.v3_claim import same_serial
from why401.sm2 import Sm2Key

HEADERS = ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial")
TIMESTAMP, NONCE, BODY = range(3)
PUBLIC_KEY_ID = "PUB_KEY_ID_"


@dataclass(frozen=True)
class Signed(JsonBody):
    """A message that WeChat Pay signed, or that claims so. `body` is as it was received."""

    timestamp: str
    nonce: str
    signature: str
    serial: str
    body: bytes
    place: str
    type: str = ""

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (self.timestamp.encode(), self.nonce.encode(), self.body)

    @property
    def is_sm2(self) -> bool:
        """Whether the signature is one of SM2, as its type says."""
        return "SM2" in self.type.upper()

    @property
    def is_probe(self) -> bool:
        """Whether WeChat Pay made this signature wrong on purpose, to see that it is checked."""
        return self.signature.startswith(PROBE)


def signed_message(side: Message, place: str) -> Signed | None:
    """Return the signed message in `side` of an exchange, or None where headers are missing."""
    values = [side.headers.text(name) for name in HEADERS]
    if any(value is None for value in values):
        return None
    # White space around a value is none of it (RFC 9110 section 5.5).
    timestamp, nonce, signature, serial = ((value or "").strip() for value in values)
    kind = side.headers.text("wechatpay-signature-type") or ""
    data = side.content.data
    return Signed(timestamp, nonce, signature, serial, data, place, kind)


def message(parts: Parts) -> bytes:
    """Return the bytes that `parts` give."""
    return b"%b\n%b\n%b\n" % parts


def platform_keys(context: Context) -> tuple[PublicKey, ...]:
    """Return the platform's RSA keys that are configured, then those learnt."""
    configured = [key for each in context.keys.wechatpay for key in each.platform_keys]
    return (*configured, *context.learnt.platform_keys.values())


def sm2_platform_keys(context: Context) -> tuple[Sm2Key, ...]:
    """Return the platform's SM2 keys that are configured, then those learnt."""
    configured = [key for each in context.keys.wechatpay for key in each.sm2_platform_keys]
    return (*configured, *context.learnt.sm2_platform_keys.values())


class Verdict(msgspec.Struct, frozen=True):
    """`status` is that of the check; `rule` the mistake found, `key` the one that decided. `needs`
    is what has to be installed to decide."""

    status: str
    rule: str = ""
    key: PublicKey | Sm2Key | None = None
    tried: int | None = None
    text: bytes = b""
    needs: str = ""


def judge(signed: Signed, context: Context) -> Verdict:
    """Return whether WeChat Pay signed this message, and what is wrong where it did not."""
    if signed.is_sm2:
        return _judge_sm2(signed, sm2_platform_keys(context))
    keys = platform_keys(context)
    if not keys:
        return Verdict("unverifiable")
    judged = _by_the_key_named(signed, keys, _judge_rsa)
    return judged or _wrongly_spelt(signed, keys) or _not_named(signed, keys)


def _by_the_key_named[K: (PublicKey, Sm2Key)](
    signed: Signed, keys: Sequence[K], judged: Callable[[Signed, K], Verdict]
) -> Verdict | None:
    """Return the verdict by the key that the message names, None where that is not known.

    A key without an id may be the one named. It may as well be another merchant's, or the public
    key where the certificate signed: so it can tell what was signed, and never that WeChat Pay did
    not sign."""
    for key in keys:
        if key.serial is not None and same_serial(key.serial, signed.serial):
            return judged(signed, key)
    unnamed = (judged(signed, key) for key in keys if key.serial is None)
    return next((verdict for verdict in unnamed if verdict.rule not in _NOT_BY_THIS_KEY), None)


_NOT_BY_THIS_KEY = frozenset({"cb-forged", "cb-sm2-invalid"})


def _judge_rsa(signed: Signed, key: PublicKey) -> Verdict:
    data = read_rsa_signature(signed.signature).data
    block = read_block(key, data) if data is not None else Block(Kind.NOISE)
    if block.kind is not Kind.DIGEST or block.hash_name != "sha256":
        return Verdict("mismatch", "cb-forged", key)
    digest = block.data

    def fits(parts: Parts) -> bool:
        return hashlib.sha256(message(parts)).digest() == digest

    return _compared(signed, key, fits, otherwise="cb-body-altered-upstream")


def _judge_sm2(signed: Signed, keys: Sequence[Sm2Key]) -> Verdict:
    if not sm2.is_ready():
        return Verdict("unverifiable", needs=sm2.EXTRA)
    if not keys:
        return Verdict("unverifiable")
    return _by_the_key_named(signed, keys, _judge_sm2_key) or _not_named(signed, keys)


def _judge_sm2_key(signed: Signed, key: Sm2Key) -> Verdict:
    """Judge an SM2 signature: a foreign key and another text look the same."""
    try:
        numbers = sm2.signature_numbers(base64.b64decode(signed.signature, validate=True))
    except (binascii.Error, ValueError):
        numbers = None
    digest = sm2.signed_digest(key, *numbers) if numbers else None
    if digest is None:
        return Verdict("mismatch", "cb-sm2-invalid", key)
    signer = sm2.signer_digest(key)

    def fits(parts: Parts) -> bool:
        return sm2.text_digest(signer, message(parts)) == digest

    return _compared(signed, key, fits, otherwise="cb-sm2-invalid")


def _compared(signed: Signed, key: PublicKey | Sm2Key, fits: Fits, otherwise: str) -> Verdict:
    if fits(signed.parts):
        return Verdict("valid", key=key)
    search = singles(ANSWER_MISTAKES, signed, signed.parts, fits)
    if not search.matches:
        return Verdict("mismatch", otherwise, key, search.tried)
    best = search.matches[0]
    return Verdict("mismatch", best.rules[0], key, search.tried, message(best.parts))


def _wrongly_spelt(signed: Signed, keys: Sequence[PublicKey]) -> Verdict | None:
    """Return the verdict where the number of the key that signed stands in other letters."""
    bare = "".join(signed.serial.split()).upper()
    for key in keys:
        if same_serial((key.serial or "").upper(), bare):
            verdict = _judge_rsa(signed, key)
            if verdict.status == "valid":
                return Verdict("valid", "cb-header-trim", key)
    return None


def _not_named(signed: Signed, keys: Sequence[PublicKey | Sm2Key]) -> Verdict:
    """Return the verdict where none of the known keys is the one that the message names."""
    # A certificate brings its number: a key without one is a public key.
    kinds = {key.serial is None or key.serial.startswith(PUBLIC_KEY_ID) for key in keys}
    is_id = signed.serial.startswith(PUBLIC_KEY_ID)
    rule = "cb-serial-unknown" if is_id in kinds else "cb-pubkey-migration"
    return Verdict("unverifiable", rule)


def check_of(signed: Signed, verdict: Verdict, subject: str, needs: str) -> SignatureCheck:
    """Return the record of this signature."""
    rule = f"wechatpay/{verdict.rule}" if verdict.rule else None
    return SignatureCheck(
        scheme="wechatpay-v3",
        subject=subject,
        status=verdict.status,
        needs=(verdict.needs or needs,) if verdict.status == "unverifiable" else (),
        string_to_sign=message(signed.parts)[:4_096].decode("utf-8", "replace"),
        sent=shortened(signed.signature),
        explained_by=rule if verdict.status == "mismatch" else None,
        tried=verdict.tried,
    )


def evidence_of(signed: Signed, verdict: Verdict) -> tuple[Evidence, ...]:
    """Return what was seen of the signature, and the key that judged it."""
    shown = [
        Evidence(f"{signed.place}.header.wechatpay-serial", signed.serial[:80]),
        Evidence(f"{signed.place}.header.wechatpay-signature", shortened(signed.signature)),
    ]
    if verdict.key is not None:
        label = verdict.key.label
        place = f"config.{label}" if label.startswith("credentials") else label
        shown.append(Evidence(place, verdict.key.serial or "public key"))
    return tuple(shown)


def _variants(variants: BodyVariants) -> Callable[[Signed, bytes], Iterator[bytes]]:
    def of(claim: Signed, _: bytes) -> Iterator[bytes]:
        if not claim.text:
            return
        for variant in variants(claim.text, claim.json):
            value = variant.value if isinstance(variant, Told) else variant
            if value:
                yield value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value

    return of


def _stripped(_: Signed, value: bytes) -> Iterator[bytes]:
    yield value.strip()
    yield value.strip(b" \t\"'")


def _recased(_: Signed, value: bytes) -> Iterator[bytes]:
    yield value.strip()
    yield value.upper()
    yield value.lower()


ANSWER_MISTAKES: tuple[Mistake, ...] = (
    *(
        Mistake("cb-body-altered-upstream", BODY, _variants(variants))
        for _, variants in BODY_MISTAKES
    ),
    Mistake("cb-header-trim", TIMESTAMP, _stripped),
    Mistake("cb-header-trim", NONCE, _recased),
)


SCHEME = Scheme("wechatpay-v3-answer", message, ANSWER_MISTAKES)
