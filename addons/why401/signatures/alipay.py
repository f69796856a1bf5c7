"""Alipay's RSA2 and RSA: SHA256withRSA or SHA1withRSA over the sorted parameters of a call.

Source: opendocs.alipay.com/common/02mse7. The public half of the app's key is enough: an RSA
signature gives back the hash that was signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

from why401.case import Case
from why401.keys import PublicKey, SigningKey
from why401.signatures.engine import Mistake, Parts
from why401.signatures.rsa_block import Block, Kind, read_block
from why401.signatures.sent_request import Pairs, SentRequest, Signed

TEXT, HASH = range(2)
HASHES = {"RSA2": "sha256", "RSA": "sha1"}


@dataclass(frozen=True)
class AlipayClaim:
    """A call of the open platform; `parameters` are its own, decoded, the signature left out."""

    parameters: Pairs
    charset: str
    sign_type: str
    signature: bytes
    key: PublicKey

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (text_of(self.parameters, self.charset), HASHES.get(self.sign_type, "sha256"))

    def block(self) -> Block:
        """What the signature holds under the app's key."""
        return read_block(self.key, self.signature)


def alipay_claim(request: SentRequest, key: PublicKey) -> AlipayClaim | None:
    """Return what a call says it signed; None where it is none, or its signature is no base64."""
    query = tuple((name, value.replace("+", " ")) for name, value in request.query)
    sent = dict((*query, *request.form))
    if not {"app_id", "method", "sign"} <= sent.keys():
        return None
    # A plus that was not encoded came as a blank.
    text = sent.pop("sign").replace(" ", "+")
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    parameters = tuple(sent.items())
    return AlipayClaim(
        parameters, sent.get("charset", "utf-8"), sent.get("sign_type", "RSA2"), signature, key
    )


def text_of(parameters: Pairs, charset: str = "utf-8") -> bytes:
    """Return the text that is signed: what is not empty, sorted by name, joined as a query."""
    pairs = sorted(pair for pair in parameters if pair[1])
    return _coded("&".join(f"{name}={value}" for name, value in pairs), charset)


def _coded(text: str, charset: str) -> bytes:
    codec = "gb18030" if charset.lower().startswith("gb") else "utf-8"
    return text.encode(codec, "replace")


def fits(block: Block, parts: Parts) -> bool:
    """Return whether `parts` give the hash that the signature holds."""
    if block.kind is not Kind.DIGEST or block.hash_name != parts[HASH]:
        return False
    made = hashlib.new(parts[HASH], parts[TEXT], usedforsecurity=False)
    return made.digest() == block.data


def _texts(claim: AlipayClaim, right: bytes) -> Iterator[bytes]:
    pairs = claim.parameters
    yield text_of(tuple(pair for pair in pairs if pair[0] != "sign_type"), claim.charset)
    yield _coded("&".join(f"{name}={value}" for name, value in sorted(pairs)), claim.charset)
    yield _coded("&".join(f"{name}={value}" for name, value in pairs if value), claim.charset)
    quoted = tuple((name, urllib.parse.quote(value, "")) for name, value in pairs)
    yield text_of(quoted, claim.charset)
    plus = tuple((name, urllib.parse.quote_plus(value)) for name, value in pairs)
    yield text_of(plus, claim.charset)
    for charset in ("utf-8", "gbk"):
        yield text_of(pairs, charset)
    for left_out in pairs:
        yield text_of(tuple(pair for pair in pairs if pair is not left_out), claim.charset)
    yield right + b"\n"


def _hashes(_claim: AlipayClaim, right: str) -> Iterator[str]:
    yield from (name for name in ("sha1", "sha256", "md5") if name != right)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("text", TEXT, _texts),
    Mistake("sign-type", HASH, _hashes),
)


# -- a request under one key ---------------------------------------------------------------------


def signed(_: Case, scheme: str, request: SentRequest, key: SigningKey) -> Iterator[Signed]:
    """Yield `request` as the app whose public key is `key` should have signed it."""
    claim = alipay_claim(request, key.public_key) if key.public_key else None
    if claim is None:
        return
    block = claim.block()
    yield Signed(
        scheme,
        "alipay-mismatch",
        "request.query.sign" if any(name == "sign" for name, _ in request.query)
        else "request.form.sign",
        claim.key.label,
        claim,
        claim.parts,
        MISTAKES,
        lambda parts: fits(block, parts),
        is_other_key=block.kind is Kind.NOISE and len(claim.signature) % 64 == 0,
    )  # fmt: skip
