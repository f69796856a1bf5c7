"""Tokens that a server had better not accept: unsigned, expired, or altered after signing.

Asked for healthy traffic, but only on paths that have refused somebody before, so that a success
there means something. A token is read once; after that it costs one look-up.
"""

from __future__ import annotations

import base64
import math
from collections import OrderedDict

from why401.later import regex

MAX_READ = 1000
MAX_SIGNATURES = 2000
MAX_CHARS = 8192
LEEWAY_S = 300.0
"""How long past `exp` a server may still take a token without anybody wondering."""
_EXP = regex(rb'"exp"\s{0,3}:\s{0,3}(\d{9,10})\b')
_JWT = regex(rb"eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*")


class Accepted:
    """What was read from tokens: until when each may be accepted, and what each signature signs."""

    def __init__(self) -> None:
        self._until_s: dict[int, float] = {}
        self._signed: OrderedDict[int, int] = OrderedDict()

    def is_odd(self, authorization: bytes, at_s: float | None) -> bool:
        """Return whether a server that checks tokens would not have accepted the one in this field
        value at `at_s`."""
        number = hash(authorization)
        until_s = self._until_s.get(number)
        if until_s is None:
            if len(self._until_s) >= MAX_READ:
                self._until_s.clear()
            until_s = self._until_s[number] = self._read(authorization)
        return until_s == -math.inf or (at_s is not None and at_s > until_s)

    def learn_issued(self, token: str) -> None:
        """Remember what the signature of a token that was handed out signs."""
        value = token.encode("utf-8", "surrogatepass")
        if len(value) <= MAX_CHARS and _JWT.fullmatch(value):
            self.is_altered(value)

    def is_altered(self, token: bytes) -> bool:
        """Return whether the signature of `token` was seen before under another text: no signature
        is right for two. Python's hash of bytes is keyed with a secret of the process."""
        text, _, signature = token.rpartition(b".")
        key, signed = hash(signature), hash(text)
        known = self._signed.setdefault(key, signed)
        if len(self._signed) > MAX_SIGNATURES:
            self._signed.popitem(last=False)
        return known != signed

    def _read(self, authorization: bytes) -> float:
        """Return until when the token may be accepted: for ever where it says nothing, never where
        it is unsigned or altered."""
        _, _, token = authorization.partition(b" ")
        token = token.strip()
        if len(token) > MAX_CHARS or not _JWT.fullmatch(token):
            return math.inf
        if token.endswith(b".") or self.is_altered(token):
            return -math.inf
        payload = token.split(b".")[1]
        # With its alphabet checked, and padded, it always decodes but for a single letter too much.
        if len(payload) % 4 == 1:
            return math.inf
        found = _EXP.search(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        return int(found[1]) + LEEWAY_S if found else math.inf
