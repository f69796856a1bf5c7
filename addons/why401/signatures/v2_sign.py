"""The `sign` of WeChat Pay v2 as it was sent: the digest, and what is unusual about its form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import msgspec

from why401.later import regex

_HEX = regex(r"[0-9a-fA-F]{16,128}")
_ALGORITHMS = {16: "MD5", 20: "SHA1", 32: "HMAC-SHA256"}


class V2Sign(msgspec.Struct, frozen=True):
    """`fits` says whether a raw digest gives the text that was sent; None where no digest can.
    `algorithm` is that of its length; `forms` are the last parts of the rules that it breaks."""

    text: str
    algorithm: str | None
    fits: Callable[[bytes], bool] | None
    forms: tuple[str, ...] = ()


def read_v2_sign(text: str) -> V2Sign:
    """Return what `text` is; never raises."""
    bare = text.strip()
    if _HEX.fullmatch(bare):
        size = len(bare) // 2
        if len(bare) % 2 == 0 and size in _ALGORITHMS:
            digest = bytes.fromhex(bare)
            forms = ("lower-hex",) if bare != bare.upper() else ()
            return V2Sign(text, _ALGORITHMS[size], digest.__eq__, forms)
        lower = bare.lower()
        if len(bare) == 16:
            half = bytes.fromhex(bare)
            return V2Sign(text, "MD5", lambda found: found[4:12] == half, ("md5-16",))
        # Java's Integer.toHexString leaves the zero of a byte below 16 away.
        algorithm = "MD5" if len(bare) < 32 else "HMAC-SHA256"
        return V2Sign(
            text,
            algorithm,
            lambda found: "".join(f"{byte:x}" for byte in found) == lower,
            ("md5-16",),
        )
    try:
        data = base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        return V2Sign(text, None, None)
    if len(data) in _ALGORITHMS:
        return V2Sign(text, _ALGORITHMS[len(data)], data.__eq__, ("digest-base64",))
    return V2Sign(text, None, None)
