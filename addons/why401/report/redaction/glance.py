"""A glance at bytes that tells whether redaction need look closer: most need not.

One pass of a linear automaton (RE2) over UTF-8 or any other superset of ASCII finds whatever could
make a walker hand over a secret: a secret name before what could be its value, in JSON, XML, a
form, a URL or program text, however deep in one another and escaped for it; and what is a secret
by its looks. It may find too much, never too little: where it finds nothing, `Walker.text` would
change and learn nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import re2

from why401.credentials.keys import (
    PUBLIC_PREFIXES,
    SECRET_FIELDS,
    SECRET_HEADERS,
    SECRET_PARAMETERS,
)
from why401.credentials.secret_names import ENDS, HEADER_ENDS, LIKE_AUTHORIZATION, WORDS
from why401.report.redaction.packed import BEGINNINGS, HEX_BEGINNINGS
from why401.report.redaction.urls import IN_PATH

_HEX = "[0-9a-fA-F]"
_PERCENT = "%(?:25)*"
_BACKSLASH = rf"(?:\\|{_PERCENT}5[cC]|\\+u005[cC])"
_ESCAPED = rf"{_BACKSLASH}+u"
_NOT_ASCII = r"\x00-\x1f\x7f-\xff"
"""Blanks of Unicode among them: to the walkers they are blanks as well."""


def _any(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names))


def _char(char: str) -> str:
    """Return a pattern for one character of ASCII, plain or escaped for a URL or for JSON."""
    code = f"{ord(char):02x}"
    digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
    return rf"(?:{re.escape(char)}|{_PERCENT}{digits}|{_ESCAPED}00{digits})"


_START = rf"(?:^|[^A-Za-z0-9_.-]|{_PERCENT}{_HEX}{{2}}|{_BACKSLASH}[bfnrt]|{_ESCAPED}{_HEX}{{4}})"
"""What stands before a name or a key: the end of another escape is no part of it."""
_GAP = rf"(?:[ +\"'{_NOT_ASCII}]|{_BACKSLASH}+[bfnrt]?)*"
_BLANK = rf"(?:[ +]|{_PERCENT}20|{_ESCAPED}0020)"
_SLASH = rf"{_BACKSLASH}*{_char('/')}"
_COLON_OR_EQUALS = rf"(?:{_char(':')}|{_char('=')})"
_IN_AUTHORITY = r"[^\s/?#@\"'<>]*"
_WORD_CHAR = "(?:2[deDE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])"
_WORDS = "|".join(WORDS)
_HUMPS = "|".join(f"{word.title()}|{word.upper()}" for word in WORDS)
_TOLD = (
    rf"(?:(?i:{'|'.join(ENDS.values()).replace('~', '[-_.]*')})"
    rf"|(?:{_START}|[-_.0-9])(?i:{_WORDS})|[a-z](?:{_HUMPS}))[-_.0-9]*"
)
"""The end of a name that tells of a secret, whatever stands in front."""
_ONLY_IN_QUERIES = SECRET_PARAMETERS.keys() - SECRET_FIELDS.keys()
_LOOKS = (
    # A name before a colon or an equals sign, quoted or not; what they may be escaped as.
    rf"{_START}(?i:{_any(SECRET_FIELDS)}){_GAP}(?:[:=%]|{_ESCAPED})",
    rf"{_TOLD}{_GAP}(?:[]:=%[]|{_ESCAPED})",
    # As a value, before what is called by it.
    rf"(?:{_START}(?i:{_any(SECRET_FIELDS)})|{_TOLD})[\"'<\\]",
    # At the beginning of a line, blanks around the colon or not.
    rf"(?i:{'|'.join(HEADER_ENDS)}|{LIKE_AUTHORIZATION})(?:{_BLANK}|\t)*{_COLON_OR_EQUALS}",
    r"(?:-u|--user)(?:[ =+%\\])",
    rf"{_START}(?i:{_any(_ONLY_IN_QUERIES)}){_char('=')}",
    # The name of an element.
    rf"(?:{_char('<')}|{_char(':')})(?i:{_any(SECRET_FIELDS)})[ +>\\%{_NOT_ASCII}]",
    rf"{_char('<')}[A-Za-z0-9_:.-]*{_TOLD}[ +>\\%{_NOT_ASCII}]",
    # An authority with a colon before an at sign.
    rf"{_char(':')}{_SLASH}{_SLASH}{_IN_AUTHORITY}{_char(':')}{_IN_AUTHORITY}{_char('@')}",
    # A token before an at sign, and one behind a segment of a path that speaks of it.
    rf"{_char(':')}{_SLASH}{_SLASH}{_IN_AUTHORITY.removesuffix('*')}{{16,}}{_char('@')}",
    rf"(?i:{IN_PATH})(?:{_SLASH}[A-Za-z0-9]+)?{_SLASH}[A-Za-z0-9_.~%\\-]{{16,}}",
    rf"services{_SLASH}T\w+{_SLASH}B\w+{_SLASH}|{_SLASH}bot[0-9]{{5,}}",
    # Packed text, and a key as JSON (RFC 7517).
    rf"(?:{BEGINNINGS})[A-Za-z0-9+/_-]{{4}}|(?:{HEX_BEGINNINGS})[0-9a-fA-F]{{24}}|kty",
    # JWTs, private keys, keys with a vendor's prefix, and what follows the name of a scheme.
    r"eyJ[A-Za-z0-9_-]+\.",
    rf"PRIVATE{_BLANK}KEY",
    rf"{_START}(?:{_any(PUBLIC_PREFIXES.keys() - {'eyJ'})})[A-Za-z_.-]*[0-9]",
    rf"(?i:bearer|basic|token){_BLANK}+[A-Za-z._~+/-]*[0-9]",
    # Letters, digits, hyphen, dot and underscore that are escaped without need may spell anything.
    rf"(?:{_PERCENT}|{_ESCAPED}00){_WORD_CHAR}",
    # So may a percent sign.
    rf"{_ESCAPED}0025",
    # The Kelvin sign and the long s are a k and an s to whoever ignores case.
    rf"\xe2\x84\xaa|\xc5\xbf|{_ESCAPED}212[aA]|{_ESCAPED}017[fF]",
    rf"{_PERCENT}[eE]2{_PERCENT}84{_PERCENT}[aA]{{2}}|{_PERCENT}[cC]5{_PERCENT}[bB][fF]",
)
_SECRET_HEADER = rf"(?:^|\n)[ {_NOT_ASCII}]*(?i:{_any(SECRET_HEADERS)})[ {_NOT_ASCII}]*: "
_BYTES_OF_STATES = 64 << 20
"""Short of them RE2 would go on without its automaton, twenty times slower."""


def linear(pattern: bytes) -> Any:
    """Return `pattern` compiled to be searched for in bytes of any kind, in linear time."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _BYTES_OF_STATES + 64 * len(pattern)
    return re2.compile(pattern, options)


_IN_TEXT = linear("|".join(_LOOKS).encode("latin-1"))
IN_MESSAGE = "|".join((_SECRET_HEADER, *_LOOKS)).encode("latin-1")
"""The pattern of `message_may_hold_secret`."""
_IN_MESSAGE = linear(IN_MESSAGE)


def may_hold_secret(text: bytes) -> bool:
    """Whether a text may hold what is a secret by its name or by its looks."""
    return _IN_TEXT.search(text) is not None


def message_may_hold_secret(message: bytes) -> bool:
    """As `may_hold_secret`, for a message whose header fields stand in lines of `name: value`."""
    return _IN_MESSAGE.search(message) is not None
