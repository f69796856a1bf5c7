"""A credential as it may stand in evidence: its wrapping visible, its secret parts masked."""

from __future__ import annotations

import functools
import re

from why401.credentials.authorization import INVISIBLE, Authorization, parse_authorization
from why401.credentials.basic import decode_basic
from why401.credentials.jwt import is_probably_jwt
from why401.credentials.keys import key_kind
from why401.credentials.placeholders import placeholder
from why401.credentials.remembered import MAX_CHARS as MAX_CHARS_REMEMBERED
from why401.credentials.remembered import MAX_KEPT, remembered
from why401.credentials.schemes import KNOWN_SCHEMES, TOKEN_SCHEMES, meant_scheme
from why401.later import regex
from why401.masking import PLACEHOLDER, Masker
from why401.model import header_text

MAX_CHARS = 64 * 1024
MAX_PIECES = 12

_WRAPPING = regex(
    rf"([\s\"'`“”‘’,:{{}}\[\]…•{INVISIBLE}]+|\*{{3,}}|\.{{3}}|%22|%20|\\[nr]|%0[AaDd])"
)
_UNSEEN = regex(rf"[{INVISIBLE}\x00-\x08\x0b-\x1f\x7f]")
_WORD = regex(r"[A-Za-z0-9+/_=.~%-]{8,}+")
_MIN_SECRET = 6


def sketch(value: bytes | str, masker: Masker) -> str:
    """Return a field value with scheme words, quotes and blanks as sent and all else masked:
    `Bearer "[redacted:token:1a2b3c4d]"`. A placeholder that was typed is no secret and stays."""
    raw = header_text(value[:MAX_CHARS]) if isinstance(value, bytes) else value[:MAX_CHARS]
    return _known_sketch(raw, masker) if len(raw) <= MAX_CHARS_REMEMBERED else _sketch(raw, masker)


def _sketch(raw: str, masker: Masker) -> str:
    if placeholder(raw.strip()):
        return raw
    sent = parse_authorization(raw.encode("utf-8", "surrogateescape"))
    if placeholder(sent.token):
        return _visible(raw)
    start = len(raw) - len(sent.credential) if sent.credential else len(raw)
    at = raw.rfind(sent.credential, 0) if sent.credential else start
    head, tail = (raw[:at], raw[at + len(sent.credential) :]) if at >= 0 else ("", "")
    # What stands before the credential is only shown where it is nothing but known words.
    if any(not _is_public(word) for word in _WRAPPING.split(head) if _is_word(word)):
        return masker.placeholder("token", raw)
    return _visible(head) + _masked(sent, masker) + _visible(tail)


_known_sketch = functools.lru_cache(MAX_KEPT)(_sketch)


def _masked(sent: Authorization, masker: Masker) -> str:
    """Return the credential with every part masked that is no wrapping."""
    text = sent.credential
    kind = "password" if sent.name == "basic" else "token"
    if not text:
        return ""
    if sent.name == "basic" or (sent.scheme and sent.name not in TOKEN_SCHEMES):
        head, blank, rest = text.partition(" ")
        if rest and head.lower() in TOKEN_SCHEMES:
            return f"{head}{blank}{masker.placeholder(kind, _secret(rest.strip(), kind))}"
        return masker.placeholder(kind, _secret(text.strip(), kind))
    pieces = _WRAPPING.split(text)
    if len(pieces) > 2 * MAX_PIECES:
        return masker.placeholder(kind, text.strip())
    return "".join(
        masker.placeholder(kind, piece) if _is_word(piece) and not _is_public(piece) else piece
        for piece in (_visible(each) for each in pieces)
    )


def _secret(text: str, kind: str) -> str:
    """Return what a placeholder is to be of: of a Basic credential its password, which may stand
    in clear elsewhere."""
    return (decode_basic(text).password or text) if kind == "password" else text


def _is_word(piece: str) -> bool:
    return bool(piece) and not _WRAPPING.fullmatch(piece) and not piece.startswith("⟨")


def _is_public(word: str) -> bool:
    return word.lower() in KNOWN_SCHEMES or meant_scheme(word) is not None


def _visible(text: str) -> str:
    """Return `text` with every character that leaves no trace on a screen named."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


@remembered
def _names_secret(text: str) -> bool:
    """Return whether a word of `text` is to be masked: servers say the same over and over."""
    return any(_is_secret(word) for word in _WORD.findall(text))


def _is_secret(word: str) -> bool:
    is_secret = is_probably_jwt(word) or key_kind(word) is not None
    return is_secret and not PLACEHOLDER.search(word)


def quoted_from(text: str, secrets: tuple[str, ...], masker: Masker) -> str:
    """Return words of the server, cut to a line, with whatever it echoes of `secrets` masked,
    and every word that is a JWT or begins like a vendor's key."""
    for secret in sorted(secrets, key=len, reverse=True) if len(secrets) > 1 else secrets:
        if len(secret) < _MIN_SECRET:
            continue
        if secret in text:
            text = text.replace(secret, masker.placeholder("token", secret))
        # Where the words were cut, what is left of a secret at their end.
        at = text.rfind(secret[:_MIN_SECRET])
        if at >= 0 and secret.startswith(text[at:]):
            text = text[:at] + masker.placeholder("token", secret)

    def mask(found: re.Match[str]) -> str:
        return masker.placeholder("token", found[0]) if _is_secret(found[0]) else found[0]

    text = text[:2048]
    if _names_secret(text):
        text = _WORD.sub(mask, text)
    return text if len(text) <= 240 else f"{text[:230]}…"
