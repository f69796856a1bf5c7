"""Bytes restored from the text that a HAR holds, and whether they are the ones sent."""

from __future__ import annotations

import binascii
import re

from why401.later import regex

_NOT_BASE64 = regex(rb"[^A-Za-z0-9+/]")
_CHARSET = regex(r"charset\s{0,4}=\s{0,4}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_FOLD = regex(r"\n[ \t]")
_NEXT_COOKIE = regex(r", (?=[!#$%&'*+.^`|~\w-]++=)")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def text_bytes(text: str) -> bytes:
    """Return `text` as UTF-8; a lone surrogate becomes U+FFFD, as a browser would send it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Escapes of two halves that stood apart in the file are one character again here.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def mended(text: str) -> bytes | None:
    """Return the bytes of text in which UTF-8 was read as Latin-1 or Windows-1252, else None."""
    if text.isascii():
        return None
    for charset in ("latin-1", "cp1252"):
        try:
            data = text.encode(charset)
            data.decode()
        except UnicodeError:
            continue
        return data
    return None


def header_bytes(text: str) -> bytes:
    """Return a header field's name or value as the bytes that were most probably sent."""
    if text.isascii():
        return text.encode()
    return mended(text) or text_bytes(text)


def field_values(name: str, value: str) -> list[str]:
    """Return the values of the fields that a producer joined: Chromium's protocol puts lines
    between them, fetch commas, also where the fields are Set-Cookie (RFC 9110 section 5.3)."""
    if "\n" in value and not _FOLD.search(value):
        return [line for line in value.replace("\r", "").split("\n") if line]
    if ", " in value and name.lower() == "set-cookie":
        return _NEXT_COOKIE.split(value)
    return [value]


def body_from_text(text: str, mime: str, sizes: frozenset[int]) -> tuple[bytes, bool]:
    """Return the bytes of a body held as text, and whether they are surely the bytes sent.

    `sizes` are the lengths in bytes that the file claims. The reading whose length is claimed is
    the one taken; where none fits, or none is claimed, the bytes are a guess: line breaks,
    charset or unreadable bytes may have been changed by whoever wrote the file.
    """
    data = text_bytes(text)
    if len(data) in sizes:
        return data, "\ufffd" not in text and not _has_surrogate(text)
    if text.isascii():
        return data, False
    named = _CHARSET.search(mime)
    candidates = [mended(text), _encoded(text, named[1]) if named else None]
    found = [candidate for candidate in candidates if candidate is not None]
    for candidate in found:
        if len(candidate) in sizes:
            return candidate, "\ufffd" not in text
    return (found[0] if found else data), False


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _encoded(text: str, charset: str) -> bytes | None:
    try:
        return text.encode(charset)
    except (UnicodeError, LookupError, ValueError):
        return None


def body_from_base64(text: str) -> tuple[bytes, bool]:
    """Return the bytes of base64 text and whether it was whole; padding and alphabet may be
    wrong, a `data:` prefix and line breaks may be there."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    data = text_bytes(text)
    try:
        return binascii.a2b_base64(data, strict_mode=True), True
    except binascii.Error:
        pass
    symbols = b"".join(data.split()).translate(_URL_SAFE).rstrip(b"=")
    whole = not _NOT_BASE64.search(symbols)
    symbols = _NOT_BASE64.sub(b"", symbols)
    if len(symbols) % 4 == 1:
        symbols, whole = symbols[:-1], False
    return binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4)), whole
