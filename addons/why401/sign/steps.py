"""The steps of one signature, and the verdict on one that was given."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from why401.keys import Secret
from why401.knowledge.rule import Text
from why401.model import Plain, SignatureCheck
from why401.signatures.engine import Claim, Fits, Scheme, deeper, singles
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


class Asked(msgspec.Struct, frozen=True):
    """What should be signed: `claim` of `scheme`, `shown` with the label in place of a `secret`.

    `subject` is that of the check; the rules that mistakes break stand in `folder`.
    """

    scheme: Scheme
    subject: str
    claim: Claim
    shown: str
    folder: str = "wechatpay"
    secret: Secret | None = None

    def signing(
        self,
        status: str,
        steps: list[Step],
        *,
        computed: str | None = None,
        given: Given | None = None,
        rules: Sequence[str] = (),
        needs: tuple[str, ...] = (),
        tried: int | None = None,
    ) -> Signing:
        """Return the outcome: `rules` are the broken ones, the most telling first; `needs` what
        would decide where nothing else does."""
        told = list(dict.fromkeys(rules))
        check = SignatureCheck(
            self.scheme.name,
            self.subject,
            status,
            needs,
            self.shown,
            given.shown if given else None,
            computed,
            told[0] if told else None,
            tuple(told[1:]),
            tried,
        )
        return Signing(check, tuple(steps), computed)


class Given(msgspec.Struct, frozen=True):
    """A signature to check, as it may be `shown`; `forms` are the rules that its form breaks."""

    shown: str
    forms: tuple[str, ...] = ()


def checked(
    asked: Asked,
    given: Given,
    fits: Fits,
    steps: list[Step],
    *,
    computed: str | None = None,
    needs: tuple[str, ...] = (),
) -> Signing:
    """Return the outcome of checking `given`, which parts make where they fit: right, or which
    mistakes made it. `needs` names the key where it is not known; then only a mistake can fit."""
    scheme, claim, is_known = asked.scheme, asked.claim, not needs
    right = claim.parts
    if is_known and fits(right):
        status = "mismatch" if given.forms else "valid"
        return asked.signing(status, steps, computed=computed, given=given, rules=given.forms)
    search = singles(scheme.mistakes, claim, right, fits)
    if is_known:
        search = deeper(scheme.mistakes, claim, right, fits, search)
    if search.matches:
        signed, wanted = scheme.message(search.matches[0].parts), scheme.message(right)
        if asked.secret is not None:
            signed, wanted = (_without(each, asked.secret) for each in (signed, wanted))
        if signed != wanted:
            steps = [*steps, Step(DIFFERENCE, first_difference(wanted, signed))]
    broken = [f"{asked.folder}/{rule}" for match in search.matches for rule in match.rules]
    rules = (*broken, *given.forms)
    is_wrong = is_known or bool(rules)
    return asked.signing(
        "mismatch" if is_wrong else "unverifiable",
        steps,
        computed=computed,
        given=given,
        rules=rules,
        needs=() if is_wrong else needs,
        tried=search.tried,
    )


def _without(text: bytes, secret: Secret) -> bytes:
    return text.replace(secret.data, f"<{secret.label}>".encode()) if secret.value else text
