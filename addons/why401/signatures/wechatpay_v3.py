"""WeChat Pay v3 requests: what the Authorization says was signed, against what was sent.

The merchant's certificate alone decides: it gives back the digest that was signed, so that every
guess at the text costs one hash. Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-sheng-cheng
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode

from why401.keys import PublicKey, Secret
from why401.model import Certainty, Evidence, Finding, Plain, SignatureCheck
from why401.signatures.engine import Fits, Parts, Scheme, Search, singles
from why401.signatures.examination import Problem, Report, first_difference, proven
from why401.signatures.rsa_block import Block, Kind, is_text, pss_digest, read_block
from why401.signatures.sent_signature import shortened
from why401.signatures.server_saw import ServerSaw
from why401.signatures.v3_claim import NAME, WHERE, Claim, claim_of, same_serial
from why401.signatures.v3_message import V3Message, message
from why401.signatures.v3_mistakes import V3_MISTAKES

_SAID = "config."


def examine(claim: Claim) -> tuple[Report, Problem | None]:
    """Return what is wrong with the signature of `claim`, as far as single mistakes go."""
    signature = claim.signature
    forms = tuple(f"wechatpay/v3-{form}" for form in signature.forms if form in _FORM_RULES)
    if signature.data is None:
        return _not_rsa(claim, forms), None
    for key in claim.keys:
        block = read_block(key, signature.data)
        if block.kind is Kind.NOISE:
            continue
        if block.kind is Kind.PSS and not block.is_certain and not _fits(block)(claim.said.parts):
            continue
        return _made_by(claim, key, block, forms)
    named = next((key for key in claim.keys if same_serial(key.serial, claim.serial_no)), None)
    if named is None:
        return _unverifiable(claim, forms), None
    return _foreign(claim, named, forms), None


def _made_by(
    claim: Claim, key: PublicKey, block: Block, forms: tuple[str, ...]
) -> tuple[Report, Problem | None]:
    """Judge a signature whose maker is known: what is left is hash, padding and text."""
    rules = [*forms, *_identity_rules(claim, key), *_routine_rules(block)]
    fits = _fits(block)
    right = claim.said.parts
    recovered = Evidence(WHERE, {"signed_digest": block.data[:64].hex(), "by": _place(key)})

    def report(search: Search) -> Report:
        return _explained(claim, key, rules, recovered, search)

    if fits(right):
        return _right_text(claim, key, rules, recovered), None
    problem = Problem(V3_MISTAKES, claim.said, right, fits, report)
    search = singles(V3_MISTAKES, claim.said, right, fits)
    return report(search), None if search.matches else problem


def _fits(block: Block) -> Fits:
    """Return the test whether parts give the text that `block` was made over."""
    wanted = block.data
    if block.kind is Kind.PSS:
        return lambda parts: pss_digest(block, message(parts)) == wanted
    if block.kind is Kind.DIGEST or block.hash_name:
        if block.hash_name == "sha256":
            return lambda parts: hashlib.sha256(message(parts)).digest() == wanted
        return lambda parts: hashlib.new(block.hash_name, message(parts)).digest() == wanted
    if len(wanted) == 32:
        return lambda parts: hashlib.sha256(message(parts)).digest() == wanted
    if len(wanted) == 64:
        return lambda parts: hashlib.sha256(message(parts)).hexdigest().encode() == wanted.lower()
    return lambda parts: len(wanted) >= 16 and message(parts).startswith(wanted)


def _routine_rules(block: Block) -> list[str]:
    if block.kind is Kind.PSS:
        return ["wechatpay/v3-pss"]
    if block.kind is Kind.DIGEST:
        name = {"sha256": "", "sha224": "sha512", "sha384": "sha512"}.get(
            block.hash_name, block.hash_name
        )
        return [f"wechatpay/v3-hash-{name}"] if name else []
    if block.hash_name or len(block.data) in (20, 32, 64):
        return ["wechatpay/v3-raw-hash"]
    return ["wechatpay/v3-raw-message"] if is_text(block.data) else []


def _identity_rules(claim: Claim, key: PublicKey) -> list[str]:
    """Return what is wrong with who signed, the text aside."""
    if same_serial(key.serial, claim.serial_no):
        return []
    own = claim.merchant.certificate if claim.merchant else None
    if key is own:
        return ["wechatpay/v3-serial-mismatch"]
    named = any(same_serial(each.serial, claim.serial_no) for each in claim.keys)
    is_ours = claim.merchant is not None and key in claim.merchant.previous_certificates
    if is_ours and not named:
        return ["wechatpay/v3-serial-mismatch"]
    return ["wechatpay/v3-key-other-known"]


def _right_text(claim: Claim, key: PublicKey, rules: list[str], recovered: Evidence) -> Report:
    """Report a signature over just what was sent: right, but for what `rules` name."""
    saw = claim.saw
    evidence: tuple[Evidence, ...] = (recovered, *_identity_evidence(claim, key), *_saw(saw))
    if saw and claim.is_exact and saw.differs in _REWRITTEN:
        rules = [*rules, "wechatpay/v3-rewritten-in-transit"]
    status = "mismatch" if rules else "valid"
    if not rules:
        rules = ["wechatpay/v3-consistent-rejected"]
    check = _check(claim, status, explained_by=rules if status == "mismatch" else [])
    return Report(check, proven(rules, evidence, _values(claim, key)))


_REWRITTEN = frozenset({"method", "url", "body-empty", "body-length", "body-start"})


def _explained(
    claim: Claim, key: PublicKey, rules: list[str], recovered: Evidence, search: Search
) -> Report:
    right = message(claim.said.parts)
    identity = _identity_evidence(claim, key)
    if not search.matches:
        wanted = Evidence("signature.should-be", _digest_and_length(right))
        evidence = (recovered, wanted, *identity, *_saw(claim.saw))
        if not claim.is_exact:
            return _unverifiable(claim, tuple(rules), (recovered, *identity))
        unexplained = Finding(
            "wechatpay/v3-sign-unexplained",
            Certainty.PROVEN,
            evidence,
            values={**_values(claim, key), "tried": search.tried},
        )
        return Report(
            _check(claim, "mismatch", explained_by=rules, tried=search.tried),
            (*proven(rules, evidence, _values(claim, key)), unexplained),
        )
    best = search.matches[0]
    signed = message(best.parts)
    evidence = (
        Evidence("signature.first-difference", first_difference(right, signed)),
        Evidence("signature.sent", _digest_and_length(right)),
        Evidence("signature.signed", _digest_and_length(signed)),
        recovered,
        *identity,
        *_saw(claim.saw),
    )
    told = [f"wechatpay/{rule}" for rule in best.rules]
    others = [f"wechatpay/{rule}" for match in search.matches[1:] for rule in match.rules]
    values = _values(claim, key) | {"sent_bytes": len(right), "signed_bytes": len(signed)}
    return Report(
        _check(claim, "mismatch", explained_by=[*told, *rules, *others], tried=search.tried),
        proven([*told, *rules], evidence, values),
    )


def _not_rsa(claim: Claim, forms: tuple[str, ...]) -> Report:
    """Report what stands where an RSA signature should be."""
    text = (claim.sent.param("signature") or "").strip()
    evidence: tuple[Evidence, ...] = (Evidence(WHERE, {"signature": shortened(text)}),)
    if "hmac-used" in claim.signature.forms:
        key = _hmac_key(claim, text)
        if key is None:
            # 32 bytes are no RSA signature, whatever made them.
            forms = (*forms, "wechatpay/v3-hmac-used")
        else:
            evidence += (Evidence(_SAID + key.label, "[HMAC-SHA256]"),)
            forms = (*forms, "wechatpay/v3-hmac-used")
    if "sm2" in claim.signature.forms:
        is_sm2 = "SM2" in claim.sent.scheme.upper()
        if is_sm2:
            return _unverifiable(claim, forms)
        forms = (*forms, "wechatpay/v3-sm-rsa-mixed")
    if not forms:
        return _unverifiable(claim, ())
    check = _check(claim, "mismatch", explained_by=list(forms))
    return Report(check, proven(forms, (*evidence, *_saw(claim.saw)), _values(claim, None)))


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


def _foreign(claim: Claim, named: PublicKey, forms: tuple[str, ...]) -> Report:
    """Report a block that is noise under the certificate which the header names."""
    evidence = (
        Evidence(WHERE, {"serial_no": claim.serial_no, "signature": "noise"}),
        Evidence(_place(named), {"serial": named.serial or "", "owner": named.owner or ""}),
        *_saw(claim.saw),
    )
    rules = ["wechatpay/v3-key-foreign", *forms]
    check = _check(claim, "mismatch", explained_by=rules)
    return Report(check, proven(rules, evidence, _values(claim, named)))


def _unverifiable(claim: Claim, rules: tuple[str, ...], known: tuple[Evidence, ...] = ()) -> Report:
    """Report a refused signature that no known key can judge, with what would decide."""
    right = message(claim.said.parts)
    evidence = (
        *known,
        *_saw(claim.saw),
        Evidence("signature.should-be", _digest_and_length(right)),
    )
    saw = claim.saw
    found = list(proven(rules, evidence, _values(claim, None)))
    if saw and claim.is_exact and saw.differs in _REWRITTEN:
        found += proven(["wechatpay/v3-rewritten-in-transit"], evidence, _values(claim, None))
    found.append(
        Finding(
            "wechatpay/v3-sign-unverifiable",
            Certainty.PROVEN,
            evidence,
            values=_values(claim, None),
        )
    )
    check = _check(claim, "unverifiable", needs=(claim.needs,), explained_by=list(rules))
    return Report(check, tuple(found))


# -- showing ------------------------------------------------------------------------------------


def _check(
    claim: Claim,
    status: str,
    *,
    explained_by: list[str],
    needs: tuple[str, ...] = (),
    tried: int | None = None,
) -> SignatureCheck:
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


def _place(key: PublicKey) -> str:
    return _SAID + key.label if key.label.startswith("credentials") else key.label


def _identity_evidence(claim: Claim, key: PublicKey) -> tuple[Evidence, ...]:
    return (
        Evidence(
            _place(key),
            {
                "serial": key.serial or "",
                "owner": key.owner or "",
                "serial_no_sent": claim.serial_no[:80],
            },
        ),
    )


def _saw(saw: ServerSaw | None) -> tuple[Evidence, ...]:
    if saw is None:
        return ()
    return (Evidence("response.json.detail.sign_information", saw.plain()),)


def _digest_and_length(text: bytes) -> Plain:
    return {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def _values(claim: Claim, key: PublicKey | None) -> dict[str, str | int | float]:
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


_FORM_RULES = frozenset(
    {
        "sig-hex", "sig-base64url", "sig-wrapped", "sig-urlencoded", "sig-plus-lost",
        "sig-trailing", "sig-double-base64", "v2-sign-used",
    }
)  # fmt: skip


def parts_of(claim: V3Message) -> Parts:
    """Return the right parts of a v3 request."""
    return claim.parts


SCHEME = Scheme(NAME, claim_of, parts_of, message, V3_MISTAKES)
