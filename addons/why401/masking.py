"""Placeholders that stand for secrets wherever something is shown, stored or written out."""

from __future__ import annotations

import hmac

import msgspec

from why401.later import regex

PLACEHOLDER = regex(r"\[redacted:[a-z0-9-]{1,40}:[0-9a-f]{8}\]")
"""What a placeholder looks like; text of this shape is never masked a second time."""


def is_redacted(text: str) -> bool:
    """Return whether the writer of a capture put this in place of a secret: then neither its shape
    nor that it equals another means anything."""
    return "redacted" in text[:200].lower()


def origin(fault: BaseException) -> str:
    """Return where `fault` arose, and its type, for a log: its message may quote the traffic."""
    import traceback

    return "".join([*traceback.format_tb(fault.__traceback__), type(fault).__name__])


class Unshown(msgspec.Struct, frozen=True):
    """Base of values that hold secrets: what may be logged or raised with them shows no more than
    their name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Masker(Unshown, frozen=True):
    """Turns a secret into `[redacted:KIND:8-hex]`, the same value always into the same text.

    The fingerprint is an HMAC under `key`, which lives as long as the session: without it a weak
    password could be guessed from its eight hex digits.
    """

    key: bytes

    def placeholder(self, kind: str, secret: str | bytes) -> str:
        """Return the placeholder of `secret`; `kind` is lower-case kebab: `token`, `password`."""
        if isinstance(secret, str):
            if PLACEHOLDER.fullmatch(secret):
                return secret
            secret = secret.encode("utf-8", "surrogatepass")
        fingerprint = hmac.digest(self.key, secret, "sha256")[:4]
        return f"[redacted:{kind}:{fingerprint.hex()}]"
