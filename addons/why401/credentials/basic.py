"""Basic credentials (RFC 7617): user and password out of the base64, with all that is odd."""

from __future__ import annotations

import base64
import contextlib
import unicodedata

from why401.credentials.base64_text import decode_base64
from why401.later import regex
from why401.masking import Unshown

MAX_CHARS = 64 * 1024

_BLANK = regex(r"[ \t\r\n]+")
_CONTROL = regex(r"[\x00-\x1f\x7f]")
_PLACEHOLDERS = frozenset(
    {
        "username:password",
        "user:pass",
        "user:password",
        "admin:admin",
        "your_username:your_password",
        "your-username:your-password",
        ":",
    }
)


class Basic(Unshown, frozen=True):
    """User and password, None where they could not be read; `encoding` is how they were written:
    `ascii`, `utf-8` or `latin-1`."""

    user: str | None
    password: str | None
    encoding: str
    problems: tuple[str, ...] = ()


def decode_basic(token68: str) -> Basic:
    """Return what the credential behind `Basic` says; never raises.

    Problems: `not-encoded` (user:password in clear), `bad-base64`, `url-safe-alphabet`,
    `missing-padding`, `wrapped`, `no-colon`, `empty-part`, `trailing-newline`,
    `control-character`, `not-nfc`, `placeholder-creds`, `too-large`. The first colon divides,
    the password may hold more of them.
    """
    if len(token68) > MAX_CHARS:
        return Basic(None, None, "ascii", ("too-large",))
    problems: list[str] = []
    text = token68.strip(" \t\r\n")
    if ":" in text:
        return _divide(text, "ascii" if text.isascii() else "utf-8", ["not-encoded"])
    if _BLANK.search(text):
        problems.append("wrapped")
        text = _BLANK.sub("", text)
    decoded = decode_base64(text)
    if decoded.data is None or decoded.padding > 2 or not text:
        return Basic(None, None, "ascii", (*problems, "bad-base64"))
    if decoded.has_url_safe:
        problems.append("url-safe-alphabet")
    if not decoded.is_padded_right:
        problems.append("missing-padding")
    try:
        plain = decoded.data.decode("utf-8")
    except UnicodeDecodeError:
        return _divide(decoded.data.decode("latin-1"), "latin-1", problems)
    return _divide(plain, "ascii" if plain.isascii() else "utf-8", problems)


def other_spellings(basic: Basic) -> tuple[str, ...]:
    """Return what stands behind `Basic` for the same user and password in the other encoding and in
    the other Unicode normal forms; empty where all are one, as for ASCII."""
    if basic.user is None or basic.password is None or basic.encoding == "ascii":
        return ()
    pair = f"{basic.user}:{basic.password}"
    composed, decomposed = (unicodedata.normalize(form, pair) for form in ("NFC", "NFD"))
    written = [each.encode("utf-8", "surrogatepass") for each in (composed, decomposed)]
    with contextlib.suppress(UnicodeEncodeError):
        written.append(composed.encode("latin-1"))
    own = pair.encode(basic.encoding, "surrogatepass")
    others = dict.fromkeys(each for each in written if each != own)
    return tuple(base64.b64encode(each).decode() for each in others)


def _divide(plain: str, encoding: str, problems: list[str]) -> Basic:
    if plain.endswith("\n"):
        problems.append("trailing-newline")
    body = plain.rstrip("\r\n")
    if _CONTROL.search(body):
        problems.append("control-character")
    if encoding == "utf-8" and not unicodedata.is_normalized("NFC", body):
        problems.append("not-nfc")
    if ":" not in plain:
        return Basic(None, None, encoding, (*problems, "no-colon"))
    user, _, password = plain.partition(":")
    if not user or not password.rstrip("\r\n"):
        problems.append("empty-part")
    if body.lower() in _PLACEHOLDERS:
        problems.append("placeholder-creds")
    return Basic(user, password, encoding, tuple(problems))
