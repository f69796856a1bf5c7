"""WeChat Pay v3 requests: what the Authorization says was signed, against what was sent.

The merchant's certificate alone decides: it gives back the digest that was signed, so that every
guess at the text costs one hash. Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-sheng-cheng
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Sequence

from why401.keys import PublicKey, Secret
from why401.model import Certainty, Evidence, Finding
from why401.signatures.encrypted_for import encrypted_instead
from why401.signatures.engine import Scheme, Search
from why401.signatures.examination import GoOn, Report, proven, searched
from why401.signatures.rsa_block import (
    Block,
    Kind,
    block_fits,
    padded_block,
    routine_rules,
    unpadded_block,
)
from why401.signatures.sent_signature import shortened
from why401.signatures.v3_claim import NAME, WHERE, Claim, is_number_of
from why401.signatures.v3_message import message
from why401.signatures.v3_mistakes import V3_MISTAKES
from why401.signatures.v3_report import (
    check_of,
    digest_and_length,
    explained,
    identity_evidence,
    is_rewritten,
    key_place,
    right_text,
    saw_evidence,
    values_of,
)


def examine(claim: Claim) -> tuple[Report, GoOn | None]:
    """Return what is wrong with the signature of `claim`, as far as single mistakes go."""
    signature = claim.signature
    forms = tuple(f"wechatpay/v3-{form}" for form in signature.forms if form in _FORM_RULES)
    if signature.data is None:
        return _not_rsa(claim, forms), None
    data = signature.data
    for key in claim.keys:
        block = padded_block(key, data)
        if block.kind is not Kind.NOISE:
            return _made_by(claim, key, block, forms)
    named = [key for key in claim.keys if is_number_of(key, claim.serial_no)][:1]
    found = _padded_otherwise(claim, named, data, forms)
    if found is not None:
        return found
    report = _foreign(claim, named[0], forms) if named else _unverifiable(claim, forms)

    def go_on(budget: int) -> Report:
        # Two mistakes at once, another key and another padding; or no signature at all. Both are
        # dear to find out.
        others = [key for key in claim.keys if key not in named]
        found = _padded_otherwise(claim, others, data, forms)
        if found is not None:
            return found[1](budget) if found[1] else found[0]
        padding = _encryption(claim, data)
        return _encrypted(claim, padding, forms) if padding else report

    has_private_key = claim.merchant is not None and claim.merchant.private_key is not None
    return report, go_on if has_private_key or len(claim.keys) > len(named) else None


def _padded_otherwise(
    claim: Claim, keys: Sequence[PublicKey], data: bytes, forms: tuple[str, ...]
) -> tuple[Report, GoOn | None] | None:
    """Judge a signature whose padding is not the right one but that one of `keys` made."""
    for key in keys:
        block = unpadded_block(key, data)
        if block.kind is Kind.NOISE:
            continue
        if not (block.is_certain or block_fits(block, message)(claim.said.parts)):
            continue
        return _made_by(claim, key, block, forms)
    return None


def _made_by(
    claim: Claim, key: PublicKey, block: Block, forms: tuple[str, ...]
) -> tuple[Report, GoOn | None]:
    """Judge a signature whose maker is known: what is left is hash, padding and text."""
    rules = [*forms, *_identity_rules(claim, key), *routine_rules(block)]
    fits = block_fits(block, message)
    right = claim.said.parts
    recovered = Evidence(WHERE, {"signed_digest": block.data[:64].hex(), "by": key_place(key)})

    def report(search: Search) -> Report:
        return _explained(claim, key, rules, recovered, search)

    if fits(right):
        return right_text(claim, key, rules, recovered), None
    return searched(V3_MISTAKES, claim.said, right, fits, report)


def _identity_rules(claim: Claim, key: PublicKey) -> list[str]:
    """Return what is wrong with who signed, the text aside."""
    if is_number_of(key, claim.serial_no):
        return []
    own = claim.merchant.certificate if claim.merchant else None
    if key is own:
        return ["wechatpay/v3-serial-mismatch"]
    named = any(is_number_of(each, claim.serial_no) for each in claim.keys)
    is_ours = claim.merchant is not None and key in claim.merchant.previous_certificates
    if is_ours and not named:
        return ["wechatpay/v3-serial-mismatch"]
    return ["wechatpay/v3-key-other-known"]


def _explained(
    claim: Claim, key: PublicKey, rules: list[str], recovered: Evidence, search: Search
) -> Report:
    right = message(claim.said.parts)
    identity = identity_evidence(claim, key)
    if not search.matches:
        wanted = Evidence("signature.should-be", digest_and_length(right))
        evidence = (recovered, wanted, *identity, *saw_evidence(claim.saw))
        if not claim.is_exact:
            return _unverifiable(claim, tuple(rules), (recovered, *identity))
        unexplained = Finding(
            "wechatpay/v3-sign-unexplained",
            Certainty.PROVEN,
            evidence,
            values={**values_of(claim, key), "tried": search.tried},
        )
        return Report(
            check_of(claim, "mismatch", explained_by=rules, tried=search.tried),
            (*proven(rules, evidence, values_of(claim, key)), unexplained),
        )
    return explained(claim, key, rules, recovered, search)


def _not_rsa(claim: Claim, forms: tuple[str, ...]) -> Report:
    """Report what stands where an RSA signature should be."""
    text = (claim.sent.param("signature") or "").strip()
    evidence: tuple[Evidence, ...] = (Evidence(WHERE, {"signature": shortened(text)}),)
    if "hmac-used" in claim.signature.forms:
        key = _hmac_key(claim, text)
        if key is not None:
            evidence += (Evidence(key_place(key), "[HMAC-SHA256]"),)
        # 32 bytes are no RSA signature, whatever made them.
        forms = (*forms, "wechatpay/v3-hmac-used")
    if "sm2" in claim.signature.forms:
        forms = (*forms, "wechatpay/v3-sm-rsa-mixed")
    if not forms:
        return _unverifiable(claim, ())
    check = check_of(claim, "mismatch", explained_by=list(forms))
    return Report(
        check, proven(forms, (*evidence, *saw_evidence(claim.saw)), values_of(claim, None))
    )


def _hmac_key(claim: Claim, text: str) -> Secret | None:
    try:
        wanted = bytes.fromhex(text) if len(text) == 64 else b64decode(text)
    except ValueError:
        return None
    right = message(claim.said.parts)
    return next(
        (key for key in claim.secrets if hmac.digest(key.data, right, hashlib.sha256) == wanted),
        None,
    )


def _encryption(claim: Claim, data: bytes) -> str:
    """Return with which padding the text was encrypted instead of signed; "" where it was not."""
    if claim.merchant is None or claim.merchant.private_key is None:
        return ""
    right = message(claim.said.parts)
    digest = hashlib.sha256(right)
    texts = (right, digest.digest(), digest.hexdigest().encode())
    return encrypted_instead(claim.merchant.private_key, data, texts)


def _encrypted(claim: Claim, padding: str, forms: tuple[str, ...]) -> Report:
    """Report what the merchant's private key opens: it was encrypted with the public one."""
    key = claim.merchant.private_key if claim.merchant else None
    evidence: tuple[Evidence, ...] = (Evidence(WHERE, {"signature": padding}),)
    if key is not None:
        evidence += (Evidence(key_place(key), "[opens it]"),)
    rules = ["wechatpay/v3-oaep-or-encrypt", *forms]
    check = check_of(claim, "mismatch", explained_by=rules)
    return Report(check, proven(rules, evidence, values_of(claim, None)))


def _foreign(claim: Claim, named: PublicKey, forms: tuple[str, ...]) -> Report:
    """Report a block that is noise under the certificate which the header names."""
    evidence = (
        Evidence(WHERE, {"serial_no": claim.serial_no, "signature": "noise"}),
        Evidence(key_place(named), {"serial": named.serial or "", "owner": named.owner or ""}),
        *saw_evidence(claim.saw),
    )
    rules = ["wechatpay/v3-key-foreign", *forms]
    check = check_of(claim, "mismatch", explained_by=rules)
    return Report(check, proven(rules, evidence, values_of(claim, named)))


def _unverifiable(claim: Claim, rules: tuple[str, ...], known: tuple[Evidence, ...] = ()) -> Report:
    """Report a refused signature that no known key can judge, with what would decide."""
    right = message(claim.said.parts)
    evidence = (
        *known,
        *saw_evidence(claim.saw),
        Evidence("signature.should-be", digest_and_length(right)),
    )
    found = list(proven(rules, evidence, values_of(claim, None)))
    if is_rewritten(claim):
        found += proven(["wechatpay/v3-rewritten-in-transit"], evidence, values_of(claim, None))
    found.append(
        Finding(
            "wechatpay/v3-sign-unverifiable",
            Certainty.PROVEN,
            evidence,
            values=values_of(claim, None),
        )
    )
    check = check_of(claim, "unverifiable", needs=(claim.needs,), explained_by=list(rules))
    return Report(check, tuple(found))


_FORM_RULES = frozenset(
    {
        "sig-hex", "sig-base64url", "sig-wrapped", "sig-urlencoded", "sig-plus-lost",
        "sig-trailing", "sig-double-base64", "v2-sign-used",
    }
)  # fmt: skip


SCHEME = Scheme(NAME, message, V3_MISTAKES)
