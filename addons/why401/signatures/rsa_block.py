"""What an RSA signature holds, read with the public key alone.

An RSA PKCS#1 v1.5 signature gives back the digest that was signed (RFC 8017 sections 8.2 and
9.2): `signature ** e mod n` is 00 01 FF…FF 00 followed by the hash's name and the hash. What else
may stand there tells which wrong routine made it. A block that is noise was made by another key.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from why401.keys import PublicKey
from why401.later import later
from why401.signatures.engine import Fits, Parts

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives.asymmetric import padding
else:
    exceptions = later("cryptography.exceptions")
    padding = later("cryptography.hazmat.primitives.asymmetric.padding")


class Kind(enum.Enum):
    """What the block turned out to be."""

    DIGEST = enum.auto()
    """A hash with its name, as it should be; which hash is another question."""
    BARE = enum.auto()
    """PKCS#1 padding around something else: a hash without its name, or the text itself."""
    PSS = enum.auto()
    NOISE = enum.auto()


class Block(msgspec.Struct, frozen=True):
    """`data` is the digest, or what stands in its place; `hash_name` as hashlib calls it. For PSS
    `salt` is the random part, without which nothing can be compared. `is_certain` is False where
    only a matching text can tell the block from chance."""

    kind: Kind
    data: bytes = b""
    hash_name: str = ""
    salt: bytes = b""
    is_certain: bool = True


_PREFIXES = {
    bytes.fromhex("3031300d060960864801650304020105000420"): "sha256",
    bytes.fromhex("3021300906052b0e03021a05000414"): "sha1",
    bytes.fromhex("3020300c06082a864886f70d020505000410"): "md5",
    bytes.fromhex("3051300d060960864801650304020305000440"): "sha512",
    bytes.fromhex("3041300d060960864801650304020205000430"): "sha384",
    bytes.fromhex("302d300d06096086480165030402040500041c"): "sha224",
}
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
_NOISE = Block(Kind.NOISE)


def read_block(key: PublicKey, signature: bytes) -> Block:
    """Return what `signature` holds under `key`; never raises."""
    block = padded_block(key, signature)
    return unpadded_block(key, signature) if block.kind is Kind.NOISE else block


def padded_block(key: PublicKey, signature: bytes) -> Block:
    """Return what a signature with the right padding holds, noise where it has none."""
    if len(signature) != key.size_bytes:
        return _NOISE
    try:
        content = key.key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except (exceptions.InvalidSignature, ValueError):
        return _NOISE
    for prefix, name in _PREFIXES.items():
        if content.startswith(prefix) and len(content) == len(prefix) + prefix[-1]:
            return Block(Kind.DIGEST, content[len(prefix) :], name)
    return Block(Kind.BARE, content)


def unpadded_block(key: PublicKey, signature: bytes) -> Block:
    """Return what a signature with another padding or none holds, noise where it is not that; ten
    times as dear as `padded_block`."""
    if len(signature) != key.size_bytes:
        return _NOISE
    numbers = key.key.public_numbers()
    value = int.from_bytes(signature, "big")
    if value >= numbers.n:
        return _NOISE
    block = pow(value, numbers.e, numbers.n).to_bytes(key.size_bytes, "big")
    if block[-1:] == b"\xbc":
        for name in ("sha256", "sha1", "sha512"):
            found = _pss(block, name)
            if found:
                return found
    # Other padding in front of a hash: 00 02 random 00 (made by an encryption routine), or zeros
    # alone (no padding). Chance leaves 16 such bytes once in 2^128.
    if block.startswith(b"\0\x02"):
        content = block[2:].partition(b"\0")[2]
        for prefix, name in _PREFIXES.items():
            if content.startswith(prefix):
                return Block(Kind.BARE, content[len(prefix) :], name)
        return Block(Kind.BARE, content) if is_text(content) else _NOISE
    content = block.lstrip(b"\0")
    # 0 and 1 are their own powers: such a signature was made without any key.
    if block.startswith(bytes(16)) and len(content) >= 16:
        return Block(Kind.BARE, content)
    return _NOISE


def is_text(data: bytes) -> bool:
    """Return whether a block's content reads as text rather than as a hash."""
    return len(data) >= 16 and all(byte >= 0x20 or byte in b"\r\n\t" for byte in data)


def _pss(block: bytes, hash_name: str) -> Block | None:
    """Return the PSS encoding of RFC 8017 section 9.1.2 in `block`, mask function with the same
    hash; the block of a foreign key passes once in 2^64, so shorter paddings are left out."""
    size = hashlib.new(hash_name).digest_size
    masked, digest = block[: -size - 1], block[-size - 1 : -1]
    mask = _mask(digest, len(masked), lambda data: hashlib.new(hash_name, data).digest())
    plain = bytes(one ^ other for one, other in zip(masked, mask, strict=True))
    plain = bytes([plain[0] & 0x7F]) + plain[1:]
    zeros, _, salt = plain.partition(b"\1")
    if any(zeros) or len(zeros) < 8:
        # The longest possible salt leaves no zeros to recognise: only the text can prove it.
        if plain[0] != 1:
            return None
        return Block(Kind.PSS, digest, hash_name, plain[1:], is_certain=False)
    return Block(Kind.PSS, digest, hash_name, salt)


def _mask(seed: bytes, length: int, digest: Callable[[bytes], bytes]) -> bytes:
    """MGF1 of RFC 8017 appendix B.2.1."""
    found = b""
    counter = 0
    while len(found) < length:
        found += digest(seed + counter.to_bytes(4, "big"))
        counter += 1
    return found[:length]


def pss_digest(block: Block, message: bytes) -> bytes:
    """Return what a PSS block over `message` would hold, given that block's salt."""
    inner = hashlib.new(block.hash_name, message).digest()
    return hashlib.new(block.hash_name, bytes(8) + inner + block.salt).digest()


def block_fits(block: Block, render: Callable[[Parts], bytes]) -> Fits:
    """Return the test whether the text that `render` makes of parts is the one in `block`."""
    wanted = block.data
    if block.kind is Kind.PSS:
        return lambda parts: pss_digest(block, render(parts)) == wanted
    if block.kind is Kind.DIGEST or block.hash_name:
        if block.hash_name == "sha256":
            return lambda parts: hashlib.sha256(render(parts)).digest() == wanted
        return lambda parts: hashlib.new(block.hash_name, render(parts)).digest() == wanted
    if len(wanted) == 32:
        return lambda parts: hashlib.sha256(render(parts)).digest() == wanted
    if len(wanted) == 64:
        return lambda parts: hashlib.sha256(render(parts)).hexdigest().encode() == wanted.lower()
    return lambda parts: len(wanted) >= 16 and render(parts).startswith(wanted)


def routine_rules(block: Block) -> list[str]:
    """Return the rules that a block breaks, whatever text it was made over: another padding,
    another hash, none at all."""
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
