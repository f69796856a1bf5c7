"""How a v2 text becomes a digest: key, suffix and algorithm, right and wrong.

MD5: the text, `&key=` and the key, hashed. HMAC-SHA256: the same text, under the key once more.
Source: https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=4_3
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator

from why401.keys import Secret
from why401.signatures.engine import Told

type Seal = Callable[[bytes], bytes]
"""Turns the joined fields into a raw digest."""

_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_MD5 = hashlib.md5(usedforsecurity=False)
_SHA1 = hashlib.sha1(usedforsecurity=False)
_SHA256 = hashlib.sha256()


def seal(algorithm: str, key: bytes, suffix: bytes = b"&key=") -> Seal:
    """Return the seal of `algorithm` (`MD5`, `HMAC-SHA256`, or `SHA1` as API v1 had it)."""
    if algorithm == "HMAC-SHA256":
        return hmac_sha256(key, suffix)
    return _hashed("sha1" if algorithm == "SHA1" else "md5", suffix + key)


def hmac_sha256(key: bytes, suffix: bytes = b"&key=", hmac_key: bytes | None = None) -> Seal:
    """Return the HMAC-SHA256 seal; `hmac_key` is `key` unless a client mixed them up."""
    tail = suffix + key
    secret = key if hmac_key is None else hmac_key
    # RFC 2104: the two keyed beginnings are the same for every text.
    short = secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()
    padded = short.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(padded.translate(_INNER))
    outer = hashlib.sha256(padded.translate(_OUTER))

    def sealed(text: bytes) -> bytes:
        first = inner.copy()
        first.update(text + tail)
        last = outer.copy()
        last.update(first.digest())
        return last.digest()

    return sealed


def _hashed(name: str, tail: bytes) -> Seal:
    # Copying an empty hash is quicker than asking for one by its name.
    empty = {"md5": _MD5, "sha1": _SHA1, "sha256": _SHA256}[name]

    def sealed(text: bytes) -> bytes:
        found = empty.copy()
        found.update(text + tail)
        return found.digest()

    return sealed


def keyless(algorithm: str) -> Iterator[Told]:
    """Yield what comes out where no key was used at all: provable without one."""
    if algorithm == "HMAC-SHA256":
        yield Told(("v2-key-missing", "v2-sha256-plain"), _hashed("sha256", b""))
        for text in (b"", b"null", b"None", b"undefined"):
            yield Told(("v2-key-empty",), hmac_sha256(text))
        return
    name = "sha1" if algorithm == "SHA1" else "md5"
    yield Told(("v2-key-missing",), _hashed(name, b""))
    for tail in (b"&key=", b"&key=null", b"&key=None", b"&key=undefined", b"&key=nil"):
        yield Told(("v2-key-empty",), _hashed(name, tail))


def carelessly_used(algorithm: str, key: bytes) -> Iterator[Told]:
    """Yield what comes out where the right key was used with a common slip."""
    if algorithm == "HMAC-SHA256":
        yield Told(("v2-hmac-no-suffix",), hmac_sha256(b"", b"", hmac_key=key))
    yield Told(("v2-key-whitespace",), seal(algorithm, key + b"\n"))
    for suffix in (b"&", b""):
        yield Told(("v2-key-label",), seal(algorithm, key, suffix))
    for mutated in (key + b"\r\n", key + b" ", b" " + key):
        yield Told(("v2-key-whitespace",), seal(algorithm, mutated))


def wrongly_used(algorithm: str, key: bytes) -> Iterator[Told]:
    """Yield what comes out where the right key was used in a rarer wrong way."""
    is_hmac = algorithm == "HMAC-SHA256"
    if is_hmac:
        for other in _disguised(key):
            yield Told(("v2-hmac-key-wrong",), hmac_sha256(key, hmac_key=other))
        yield Told(("v2-hmac-key-wrong",), hmac_sha256(key, hmac_key=b""))
        yield Told(("v2-sha256-plain",), _hashed("sha256", b"&key=" + key))
    elif algorithm == "SHA1":
        yield Told(("v2-sha1-plain",), _hashed("sha1", b"&key=" + key))
    for suffix in _LABELS:
        yield Told(("v2-key-label",), seal(algorithm, key, suffix))
    yield Told(("v2-key-sorted-in",), _sorted_in(algorithm, key))
    for mutated in _with_blanks(key):
        yield Told(("v2-key-whitespace",), seal(algorithm, mutated))
    if len(key) != 32:
        yield Told(("v2-key-overlong",), seal(algorithm, key[:32]))
        for filler in (b"0", b" ", b"\0"):
            yield Told(("v2-key-overlong",), seal(algorithm, key.ljust(32, filler)))
    for mutated in (key.lower(), key.upper()):
        if mutated != key:
            yield Told(("v2-key-case",), seal(algorithm, mutated))
    for mutated in _disguised(key):
        yield Told(("v2-key-hashed",), seal(algorithm, mutated))


def other_keys(algorithm: str, keys: tuple[tuple[str, Secret], ...]) -> Iterator[Told]:
    """Yield the seals under other keys; `keys` are (rule, key)."""
    for rule, key in keys:
        yield Told((rule,), seal(algorithm, key.data))


_LABELS = (b"&", b"", b"&KEY=", b"&Key=", b"&apikey=", b"&api_key=", b"&secret=", b"key=", b"=",
           b"&key", b"&key= ", b"&mch_key=", b"&partnerKey=")  # fmt: skip


def _sorted_in(algorithm: str, key: bytes) -> Seal:
    """The key as one more field: sorted in, nothing behind."""
    item = b"key=" + key
    last = (
        hmac_sha256(b"", b"", hmac_key=key)
        if algorithm == "HMAC-SHA256"
        else seal(algorithm, b"", b"")
    )
    return lambda text: last(b"&".join(sorted([*text.split(b"&"), item])))


def _with_blanks(key: bytes) -> Iterator[bytes]:
    for blank in (b"\n", b"\r\n", b" ", b"\t", b"\xc2\xa0", b"\xef\xbb\xbf"):
        yield key + blank
        yield blank + key
    stripped = key.strip(b" \t\r\n")
    if stripped != key:
        yield stripped


def _disguised(key: bytes) -> Iterator[bytes]:
    digest = hashlib.md5(key, usedforsecurity=False)
    yield digest.hexdigest().encode()
    yield digest.hexdigest().upper().encode()
    yield b64encode(key)
    try:
        yield bytes.fromhex(key.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return
