"""How a judged v3 request is reported: the check for the record, and the evidence."""

from __future__ import annotations

import hashlib

from why401.keys import PublicKey, Secret
from why401.later import regex
from why401.model import Certainty, Evidence, Finding, Plain, SignatureCheck
from why401.signatures.engine import Search
from why401.signatures.examination import Report, first_difference, proven
from why401.signatures.sent_signature import shortened
from why401.signatures.server_saw import ServerSaw
from why401.signatures.v3_claim import NAME, Claim
from why401.signatures.v3_message import message
from why401.sm2 import Sm2Key

_REWRITTEN = frozenset({"method", "url", "body-empty", "body-length", "body-start"})
"""Where the server saw something else than was sent."""
_REWRITTEN_AS_A_WHOLE = frozenset({"method", "url"})

FOUR_BYTES = regex(rb"[\xf0-\xf4][\x80-\xbf]{3}")
"""A character of four bytes in UTF-8; the API takes up to three."""


def is_rewritten(claim: Claim) -> bool:
    """Return whether the server saw another request than was sent, for it was changed on the way.

    What it takes for the body is its own doing where that is one part of an upload, or holds
    characters of four bytes: then a difference proves nothing."""
    if claim.saw is None or not claim.is_exact:
        return False
    is_own_doing = claim.said.multipart is not None or FOUR_BYTES.search(claim.said.body)
    return claim.saw.differs in (_REWRITTEN_AS_A_WHOLE if is_own_doing else _REWRITTEN)


def right_text(
    claim: Claim, key: PublicKey | Sm2Key, rules: list[str], recovered: Evidence
) -> Report:
    """Report a signature over just what was sent: right, but for what `rules` name."""
    evidence: tuple[Evidence, ...] = (
        recovered,
        *identity_evidence(claim, key),
        *saw_evidence(claim.saw),
    )
    if is_rewritten(claim):
        rules = [*rules, "wechatpay/v3-rewritten-in-transit"]
    if rules:
        check = check_of(claim, "mismatch", explained_by=rules)
        return Report(check, proven(rules, evidence, values_of(claim, key)))
    refused = proven(["wechatpay/v3-consistent-rejected"], evidence, values_of(claim, key))
    four = FOUR_BYTES.search(claim.said.body)
    if four:
        place = Evidence("request.text", {"at_byte": four.start(), "bytes": len(claim.said.body)})
        astral = Finding("wechatpay/v3-astral-char", Certainty.LIKELY, (place, *evidence))
        refused = (astral, *refused)
    return Report(check_of(claim, "valid", explained_by=[]), refused)


def explained(
    claim: Claim, key: PublicKey | Sm2Key, rules: list[str], recovered: Evidence, search: Search
) -> Report:
    """Report a signature over another text than was sent: `search` tells which."""
    right = message(claim.said.parts)
    identity = identity_evidence(claim, key)
    best = search.matches[0]
    signed = message(best.parts)
    evidence = (
        Evidence("signature.first-difference", first_difference(right, signed)),
        Evidence("signature.sent", digest_and_length(right)),
        Evidence("signature.signed", digest_and_length(signed)),
        recovered,
        *identity,
        *saw_evidence(claim.saw),
    )
    told = [f"wechatpay/{rule}" for rule in best.rules]
    others = [f"wechatpay/{rule}" for match in search.matches[1:] for rule in match.rules]
    values = values_of(claim, key) | {"sent_bytes": len(right), "signed_bytes": len(signed)}
    return Report(
        check_of(claim, "mismatch", explained_by=[*told, *rules, *others], tried=search.tried),
        proven([*told, *rules], evidence, values),
    )


def check_of(
    claim: Claim,
    status: str,
    *,
    explained_by: list[str],
    needs: tuple[str, ...] = (),
    tried: int | None = None,
) -> SignatureCheck:
    """Return the record of this signature; the first of `explained_by` stands for it."""
    told = list(dict.fromkeys(explained_by))
    text = message(claim.said.parts)[:4_096].decode("utf-8", "replace")
    return SignatureCheck(
        scheme=NAME,
        subject="request",
        status=status,
        needs=needs,
        string_to_sign=text,
        sent=shortened(claim.sent.param("signature") or ""),
        explained_by=told[0] if told else None,
        also_explained_by=tuple(told[1:]),
        tried=tried,
        server_saw=claim.saw.plain() if claim.saw else None,
    )


def key_place(key: PublicKey | Sm2Key | Secret) -> str:
    """Return the place of a key as evidence names it."""
    return "config." + key.label if key.label.startswith("credentials") else key.label


def identity_evidence(claim: Claim, key: PublicKey | Sm2Key) -> tuple[Evidence, ...]:
    """Return who signed, beside what the header says of it."""
    return (
        Evidence(
            key_place(key),
            {
                "serial": key.serial or "",
                "owner": key.owner or "",
                "serial_no_sent": claim.serial_no[:80],
            },
        ),
    )


def saw_evidence(saw: ServerSaw | None) -> tuple[Evidence, ...]:
    """Return what the server says that it verified; nothing where it does not say."""
    if saw is None:
        return ()
    return (Evidence("response.json.detail.sign_information", saw.plain()),)


def digest_and_length(text: bytes) -> Plain:
    """Return what a developer can compare with a line of their own log."""
    return {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def values_of(claim: Claim, key: PublicKey | Sm2Key | None) -> dict[str, str | int | float]:
    """Return what the rules' sentences may hold; `key` is the one that judged."""
    values: dict[str, str | int | float] = {
        "serial_no": claim.serial_no[:80],
        "mchid": (claim.sent.mchid or "")[:40],
        "needs": claim.needs,
    }
    if key is not None:
        values |= {
            "key": key.label,
            "key_serial": key.serial or "",
            "key_owner": key.owner or "",
        }
    return values
