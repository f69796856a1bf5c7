"""v3 requests signed with SM2 and SM3 (`WECHATPAY2-SM2-WITH-SM3`): the same five lines.

The signature gives back the signed digest under the certificate's key, but a foreign key gives one
too: only a text that fits tells the maker. What explains nothing may be another key or another
text. One computation on the curve is dear, so all of this is for the search beside the traffic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from functools import cached_property

from why401 import sm2
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.signatures.engine import Parts, Search, deeper
from why401.signatures.examination import GoOn, Report, proven
from why401.signatures.sent_signature import shortened
from why401.signatures.v3_claim import WHERE, Claim, is_number_of
from why401.signatures.v3_message import message
from why401.signatures.v3_mistakes import V3_MISTAKES
from why401.signatures.v3_report import (
    check_of,
    digest_and_length,
    explained,
    right_text,
    saw_evidence,
    values_of,
)
from why401.sm2 import Sm2Key

MAX_HASHES = 8_000
"""SM3 takes some 3 µs a text, several times as long as SHA-256."""
_OTHER_NAMES = (b"", b"ALICE123@YAHOO.COM")
"""User ids of defaults and examples; the second is the standard's own."""


class Signed:
    """An SM2 signature; `digests` are what was signed, one for each key that may have made it."""

    def __init__(self, keys: tuple[Sm2Key, ...], numbers: tuple[int, int]) -> None:
        self._keys = keys
        self._numbers = numbers

    @cached_property
    def digests(self) -> tuple[tuple[Sm2Key, bytes, int], ...]:
        """Each key with the digest of its signer and the number that was signed."""
        found = ((key, sm2.signed_digest(key, *self._numbers)) for key in self._keys)
        return tuple((key, sm2.signer_digest(key), number) for key, number in found if number)

    def maker(self, text: bytes) -> Sm2Key | None:
        """Return the key that signed `text`, None where none did."""
        for key, signer, number in self.digests:
            if sm2.text_digest(signer, text) == number:
                return key
        return None

    def wrongly_named(self, text: bytes, mchid: bytes) -> Sm2Key | None:
        """Return the key that signed `text` for another user id, without any, or as another
        hash."""
        for key, _, number in self.digests:
            if number in _misnamed(key, text, mchid):
                return key
        return None


def _misnamed(key: Sm2Key, text: bytes, mchid: bytes) -> Iterator[int]:
    yield sm2.number_of(sm2.sm3(text))
    yield sm2.number_of(text)
    yield sm2.number_of(hashlib.sha256(text).digest())
    for name in (*_OTHER_NAMES, mchid):
        yield sm2.text_digest(sm2.signer_digest(key, name), text)


def examine(claim: Claim) -> tuple[Report, GoOn | None]:
    """Return what is wrong with the SM2 signature of `claim`; what needs the curve is left to the
    search."""
    if claim.signature.data is not None or "hmac-used" in claim.signature.forms:
        rules = ["wechatpay/v3-sm-rsa-mixed"]
        check = check_of(claim, "mismatch", explained_by=rules)
        return Report(check, proven(rules, _sent(claim), values_of(claim, None))), None
    numbers, is_raw = _numbers(claim)
    if numbers is None or not claim.sm2_keys or not sm2.is_ready():
        return _unverifiable(claim), None
    signed = Signed(claim.sm2_keys, numbers)
    right = claim.said.parts
    forms = ["wechatpay/v3-sm2-raw"] if is_raw else []

    def fits(parts: Parts) -> bool:
        return signed.maker(message(parts)) is not None

    def go_on(budget: int) -> Report:
        if fits(right):
            return _judged(claim, signed, forms, Search(tried=1))
        least = min(budget, MAX_HASHES // len(claim.sm2_keys))
        found = deeper(V3_MISTAKES, claim.said, right, fits, Search(), least)
        return _judged(claim, signed, forms, found)

    # Until the search is done there is nothing to say but that the server refused.
    waiting = Report(check_of(claim, "unverifiable", explained_by=[]))
    return waiting, go_on


def _numbers(claim: Claim) -> tuple[tuple[int, int] | None, bool]:
    """Return `r` and `s`, and whether they stand side by side instead of in DER."""
    text = (claim.sent.param("signature") or "").strip()
    try:
        data = bytes.fromhex(text) if len(text) == 2 * sm2.POINT_BYTES else b""
    except ValueError:
        data = b""
    if not data:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None, False
    return sm2.signature_numbers(data), len(data) == sm2.POINT_BYTES


def _judged(claim: Claim, signed: Signed, forms: list[str], search: Search) -> Report:
    right = message(claim.said.parts)
    key = signed.maker(right)
    if key is not None:
        return right_text(claim, key, [*forms, *_identity(claim, key)], _recovered(signed, key))
    if search.matches:
        key = signed.maker(message(search.matches[0].parts))
        if key is not None:
            rules = [*forms, *_identity(claim, key)]
            return explained(claim, key, rules, _recovered(signed, key), search)
    key = signed.wrongly_named(right, (claim.sent.mchid or "").encode("utf-8", "replace"))
    if key is not None:
        rules = ["wechatpay/v3-sm2-user-id", *forms, *_identity(claim, key)]
        evidence = (_recovered(signed, key), *_sent(claim))
        check = check_of(claim, "mismatch", explained_by=rules, tried=search.tried)
        return Report(check, proven(rules, evidence, values_of(claim, key)))
    if not claim.is_exact:
        return _unverifiable(claim)
    rules = ["wechatpay/v3-sm2-unexplained"]
    values = {**values_of(claim, claim.sm2_keys[0]), "tried": search.tried}
    check = check_of(claim, "mismatch", explained_by=forms, tried=search.tried)
    return Report(check, proven([*forms, *rules], _sent(claim), values))


def _identity(claim: Claim, key: Sm2Key) -> list[str]:
    if is_number_of(key, claim.serial_no):
        return []
    is_own = claim.merchant is not None and key is claim.merchant.sm2_certificate
    return ["wechatpay/v3-serial-mismatch" if is_own else "wechatpay/v3-key-other-known"]


def _recovered(signed: Signed, key: Sm2Key) -> Evidence:
    number = next(number for each, _, number in signed.digests if each is key)
    return Evidence(WHERE, {"signed_digest": f"{number:064x}", "by": "config." + key.label})


def _sent(claim: Claim) -> tuple[Evidence, ...]:
    signature = shortened(claim.sent.param("signature") or "")
    return (
        Evidence(WHERE, {"scheme": claim.sent.scheme, "signature": signature}),
        Evidence("signature.should-be", digest_and_length(message(claim.said.parts))),
        *saw_evidence(claim.saw),
    )


def _unverifiable(claim: Claim) -> Report:
    """Report an SM2 signature that cannot be judged here, with what would decide: the extra is
    asked for first, the certificate is of no use without it."""
    needs = claim.needs if sm2.is_ready() else sm2.EXTRA
    check = check_of(claim, "unverifiable", needs=(needs,), explained_by=[])
    return Report(check, (unverifiable(_sent(claim), needs),))


def unverifiable(evidence: tuple[Evidence, ...], needs: str) -> Finding:
    """Return the finding that `needs`, the extra or a setting, would decide about a signature."""
    cause = "extra-missing" if needs == sm2.EXTRA else "certificate-missing"
    return Finding(
        "wechatpay/v3-sm2-unverifiable",
        Certainty.PROVEN,
        evidence,
        (CauseFound(cause, Certainty.POSSIBLE),),
        {"needs": needs},
    )
