"""What is wrong with the shape of an Authorization value, from its bytes alone.

Each defect is defined narrowly: a value that any widely used scheme sends on purpose has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from why401.credentials.authorization import (
    INVISIBLE,
    QUOTES,
    Authorization,
    has_parameters,
    is_credential,
    is_user_password,
    parse_authorization,
)
from why401.credentials.base64_text import decode_base64
from why401.credentials.jwt import is_probably_jwt
from why401.credentials.keys import key_kind
from why401.credentials.placeholders import placeholder
from why401.credentials.remembered import remembered
from why401.credentials.schemes import KNOWN_SCHEMES, TOKEN_SCHEMES, meant_scheme
from why401.later import regex

_MAX_JSON = 16 * 1024
_MAX_NAMED = 5

_INVISIBLE = regex(rf"[{INVISIBLE}]")
_CONTROL = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TOKEN68 = regex(r"[A-Za-z0-9\-._~+/]++=*+")
_PERCENT = regex(r"%(?:2[BbFfEe0]|3[Dd])")
_ENCODED_LINE = regex(r"%0[AaDd]|\\[nr]")
_PARAMETER_START = regex(r"[A-Za-z_]++[ \t]*+=[ \t]*+\"")
_WRAPPED = regex(r"(?:[A-Za-z0-9+/_=-]{64}[ \t]|[A-Za-z0-9+/_=-]{76}[ \t])[A-Za-z0-9+/_= -]+")
_OPAQUE = regex(r"(?=[^0-9]*[0-9])[A-Za-z0-9\-._~+/]{16,}+=*+")
_JOINED = regex(r",[ \t]*(?:bearer|basic|digest|token)[ \t]", re.I)  # two fields in one
_TOKEN_FIELDS = frozenset(
    {"access_token", "accessToken", "id_token", "idToken", "refresh_token", "token", "jwt"}
)
_EXPLAINED = frozenset("…•“”‘’")


class Defect(msgspec.Struct, frozen=True):
    """One defect; `detail` names what was seen, never a part of a credential."""

    id: str
    detail: str = ""


@remembered
def shape_defects(value: bytes) -> tuple[Defect, ...]:
    """Return the defects of an Authorization or Proxy-Authorization value, the gravest first.

    The ids are the names under `auth.` in the catalogue of causes, and `scheme-misspelt`.
    """
    authorization = parse_authorization(value)
    found: dict[str, Defect] = {}
    for defect in (
        *_empty(authorization),
        *_placeholder(authorization),
        *_scheme(authorization),
        *_wrapping(authorization),
        *_characters(authorization),
        *_encodings(authorization),
    ):
        found.setdefault(defect.id, defect)
    return tuple(found.values())


def _is_word(authorization: Authorization) -> bool:
    """Whether the credential is meant to be one word: only then blanks and quotes are defects."""
    return not has_parameters(authorization) and (
        not authorization.scheme or authorization.name in TOKEN_SCHEMES
    )


def _empty(authorization: Authorization) -> Iterator[Defect]:
    if not authorization.credential:
        yield Defect("empty-credential", authorization.scheme or "value")
    elif authorization.scheme and authorization.credential.strip("\"' ") == "":
        yield Defect("empty-credential", "quotes")


def _placeholder(authorization: Authorization) -> Iterator[Defect]:
    if seen := placeholder(authorization.token):
        yield Defect("placeholder", seen)
    elif _is_word(authorization):
        text = authorization.credential
        mark = next((mark for mark in ("…", "•", "***") if mark in text), None)
        if mark or text.endswith("..."):
            yield Defect("masked-copy", mark or "...")


def _scheme(authorization: Authorization) -> Iterator[Defect]:
    scheme, separator, credential = (
        authorization.scheme,
        authorization.separator,
        authorization.credential,
    )
    if not scheme:
        if kind := _bare_kind(authorization):
            yield Defect("missing-scheme", kind)
        return
    if separator.strip(" \t") in (":", "=", ",") and separator.strip(" \t"):
        yield Defect("scheme-colon", separator.strip(" \t"))
    elif not separator and credential:
        yield Defect("scheme-no-space", scheme)
    elif separator in ("%20", "+"):
        yield Defect("percent-encoded", separator)
    elif "".join(filter(str.isspace, separator)) not in ("", " "):
        # What cannot be seen but is no blank has a defect of its own.
        yield Defect("scheme-whitespace", _name_blanks(separator))
    head = credential.split(None, 1)[0] if credential.split() else ""
    second = head.rstrip(":").lower()
    if second == scheme.lower() and second in TOKEN_SCHEMES:
        yield Defect("scheme-doubled", f"{scheme} {head}")
        if not credential.split(None, 1)[1:]:
            yield Defect("empty-credential", f"{scheme} {head}")
    elif second in ("bearer", "basic", "digest") and " " in credential and _is_word(authorization):
        yield Defect("scheme-doubled", f"{scheme} {head}")
    if meant := meant_scheme(scheme):
        yield Defect("scheme-misspelt", meant)


def _bare_kind(authorization: Authorization) -> str | None:
    """Name the credential that stands there without a scheme; None where it may be anything."""
    text = authorization.token
    if is_probably_jwt(text):
        return "jwt"
    if key_kind(text):
        return "api-key"
    if _PARAMETER_START.match(text):
        return "parameters"
    if is_credential(text):
        return "basic"
    return "opaque" if _OPAQUE.fullmatch(text) else None


def _name_blanks(separator: str) -> str:
    names = {" ": "space", "\t": "tab", "\r": "CR", "\n": "LF"}
    return " ".join(names.get(each, f"U+{ord(each):04X}") for each in separator[:_MAX_NAMED])


def _wrapping(authorization: Authorization) -> Iterator[Defect]:
    raw, credential = authorization.raw.strip(" \t\r\n"), authorization.credential
    texts = (raw, credential) if _is_word(authorization) else (raw,)
    for text in texts:
        for opening, closing in QUOTES.items():
            if (
                len(text) > len(opening + closing)
                and text.startswith(opening)
                and text.endswith(closing)
            ):
                yield Defect("quoted", opening)
    if credential[:1] in ("{", "[") and not placeholder(credential) and _is_json(credential):
        yield Defect("json-blob", "json")
    elif _is_word(authorization) and "." not in credential and credential.startswith("ey"):
        data = decode_base64(credential[:_MAX_JSON]).data
        if data and (field := _token_field(data)):
            yield Defect("json-blob", f"base64 {field}")


def _is_json(text: str) -> bool:
    try:
        return len(text) <= _MAX_JSON and isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _token_field(data: bytes) -> str | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return next((name for name in value if name in _TOKEN_FIELDS), None)


def _characters(authorization: Authorization) -> Iterator[Defect]:
    raw, credential = authorization.raw, authorization.credential
    is_word = _is_word(authorization)
    inner = raw.strip(" \t")
    if "\r" in raw or "\n" in raw:
        yield Defect("newline", "CR/LF")
    elif is_word and (line := _ENCODED_LINE.search(credential)):
        yield Defect("newline", line[0])
    elif is_word and _WRAPPED.fullmatch(credential):
        yield Defect("newline", "wrapped")
    elif is_word and _has_inner_blank(authorization):
        yield Defect("whitespace", "inside")
    elif inner != raw and authorization.credential:
        yield Defect("whitespace", "outside")
    hidden = _INVISIBLE.findall(raw) + _CONTROL.findall(raw)
    if hidden:
        yield Defect("invisible-char", _name_characters(hidden))
    if not raw.isascii() and not has_parameters(authorization):
        odd = [each for each in raw if ord(each) >= 0x80 and each not in _EXPLAINED]
        odd = [each for each in odd if not _INVISIBLE.match(each)]
        if odd:
            yield Defect("non-ascii", _name_characters(odd))


def _has_inner_blank(authorization: Authorization) -> bool:
    words = authorization.credential.split()
    # A second scheme explains one blank; a placeholder such as `<your token>` explains its own.
    known = words[0].rstrip(":").lower() in KNOWN_SCHEMES if words else False
    is_json = authorization.credential[:1] in ("{", "[")
    return (
        bool(authorization.scheme)
        and not _JOINED.search(authorization.credential)
        and len(words) > 1 + known
        and not is_json
        and not placeholder(authorization.token)
    )


def _name_characters(characters: list[str]) -> str:
    names = dict.fromkeys(f"U+{ord(each):04X}" for each in characters[:1000])
    return " ".join(list(names)[:_MAX_NAMED])


def _encodings(authorization: Authorization) -> Iterator[Defect]:
    text = authorization.token
    if not _is_word(authorization):
        return
    if found := _PERCENT.search(text):
        plain = _PERCENT.sub(lambda each: chr(int(each[0][1:], 16)), text)
        if _TOKEN68.fullmatch(plain.replace(" ", "")):
            yield Defect("percent-encoded", found[0])
    if is_probably_jwt(text) or not _TOKEN68.fullmatch(text):
        return
    inner = decode_base64(text[: 32 * 1024]).data
    if not inner:
        return
    if is_probably_jwt(inner[:4096].decode("latin-1")):
        yield Defect("double-base64", "jwt")
    elif inner[:7].lower() == b"bearer " or inner[:6].lower() == b"basic ":
        yield Defect("double-base64", "authorization")
    elif authorization.name == "basic" and b":" not in inner:
        twice = decode_base64(inner.strip().decode("latin-1")).data
        if twice and is_user_password(twice):
            yield Defect("double-base64", "basic")
