"""The steps of one signature, and the verdict on one that was given."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from why401.keys import Secret
from why401.knowledge.rule import Text
from why401.model import Plain, SignatureCheck
from why401.signatures.engine import Mistake, Parts, deeper, singles
from why401.signatures.examination import first_difference

FIELDS = Text("参与签名的字段，按顺序", "fields that are signed, in order")
LEFT_OUT = Text("不参与签名的字段", "fields that are left out")
STRING = Text("待签名串", "string to sign")
LENGTH = Text("长度（字节）", "length in bytes")
SHA256 = Text("待签名串的 SHA-256", "SHA-256 of the string")
SM3 = Text("待签名串的 SM3", "SM3 of the string")
ALGORITHM = Text("算法", "algorithm")
SIGNATURE = Text("签名", "signature")
SIGNED_DIGEST = Text("给出的签名里的摘要", "digest inside the given signature")
DIFFERENCE = Text("从哪里开始不同", "where they part")
WHY_EMPTY = Text("值为空", "empty")
WHY_SIGN = Text("签名本身", "the signature itself")


class Step(msgspec.Struct, frozen=True):
    """One step, in the order in which it is made."""

    name: Text
    value: Plain


class Signing(msgspec.Struct, frozen=True):
    """What came of it. `check` is the element for JSON; its status is `valid` where a given
    signature is right, or where it was computed here; `signature` is None without a key."""

    check: SignatureCheck
    steps: tuple[Step, ...]
    signature: str | None = None


class UnusableKeyError(ValueError):
    """A key that cannot be used; the message says why, never what."""


def checked(
    scheme: str,
    subject: str,
    claim: object,
    right: Parts,
    fits: Callable[[Parts], bool],
    mistakes: tuple[Mistake, ...],
    forms: list[str],
    shown: str,
    given: str,
    steps: list[Step],
    *,
    message: Callable[[Parts], bytes],
    is_known: bool,
    computed: str | None,
    needs: tuple[str, ...] = (),
    folder: str = "wechatpay",
    secret: Secret | None = None,
) -> Signing:
    """Return the outcome of checking a given signature: right, or which mistakes made it."""
    explained: list[str] = list(forms)
    tried = None
    is_right = is_known and fits(right)
    if not is_right:
        search = singles(mistakes, claim, right, fits)
        if is_known:
            search = deeper(mistakes, claim, right, fits, search)
        tried = search.tried
        explained = [f"{folder}/{rule}" for match in search.matches for rule in match.rules] + forms
        if search.matches:
            signed, wanted = message(search.matches[0].parts), message(right)
            if secret is not None:
                signed, wanted = (_without(each, secret) for each in (signed, wanted))
            if signed != wanted:
                steps.append(Step(DIFFERENCE, first_difference(wanted, signed)))
    status = (
        "valid"
        if is_right and not forms
        else "mismatch"
        if is_known or explained
        else "unverifiable"
    )
    told = list(dict.fromkeys(explained))
    check = SignatureCheck(
        scheme,
        subject,
        status,
        needs if status == "unverifiable" else (),
        shown,
        given,
        computed,
        told[0] if told else None,
        tuple(told[1:]),
        tried,
    )
    return Signing(check, tuple(steps), computed)


def _without(text: bytes, secret: Secret) -> bytes:
    return text.replace(secret.data, f"<{secret.label}>".encode()) if secret.value else text
