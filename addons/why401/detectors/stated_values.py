"""The audience, issuer and expiry that a server names in its refusal, compared with the token's.

Many libraries say what they expected, what they found, or both. Words that agree with the bytes
prove a mismatch; words that contradict them tell that the server looked at another token.
"""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from why401.case import Case
from why401.detectors.server_texts import Texts, reading
from why401.later import regex

MAX_TEXT = 2000
_CLAIMS = {"audience": "aud", "issuer": "iss"}
_UNSAID = frozenset({"", "null", "undefined", "none", "empty"})

# claim by name in group 1; groups `expected` and `found` where the library says them.
_PATTERNS: tuple[re.Pattern[str], ...] = tuple(
    regex(text, re.IGNORECASE)
    for text in (
        # node-jsonwebtoken
        r"jwt (audience|issuer) invalid\. expected: (?P<expected>[^\r\n]{1,300})",
        # Microsoft.IdentityModel
        (
            r"idx10214: (audience) validation failed\. audiences: '(?P<found>[^']{1,300})'"
            r"\. did not match: [\w.]{0,60}validaudience: '(?P<expected>[^']{0,300})'"
        ),
        (
            r"idx10205: (issuer) validation failed\. issuer: '(?P<found>[^']{1,300})'"
            r"\. did not match: [\w.]{0,60}validissuer: '(?P<expected>[^']{0,300})'"
        ),
        r"\bthe (audience|issuer) '(?P<found>[^']{1,300})' is invalid",
        # jjwt
        (
            r"expected (aud|iss) claim to be: (?P<expected>[^,]{1,300}), "
            r"but was: (?P<found>[^\r\n]{1,300})"
        ),
        # Firebase Admin
        (
            r"incorrect \"(aud|iss)\" \([a-z]{1,20}\) claim\. "
            r"expected \"(?P<expected>[^\"]{1,300})\" but got \"(?P<found>[^\"]{1,300})\""
        ),
        # Nimbus
        r"jwt (aud|iss) claim has value (?P<found>[^,]{1,300}), must be (?P<expected>\S{1,300})",
        # Keycloak
        (
            r"invalid token (issuer)\. expected '(?P<expected>[^']{1,300})'"
            r"(?:,? but was '(?P<found>[^']{1,300})')?"
        ),
        # ruby-jwt
        (
            r"invalid (audience|issuer)\. expected (?P<expected>[^\r\n]{1,300}?), "
            r"received (?P<found>[^\r\n]{1,300})"
        ),
        # Auth0's PHP and Java libraries
        (
            r"\((aud|iss)\) claim mismatch[^;]{0,60}; expected \"(?P<expected>[^\"]{1,300})\""
            r"(?:,? found \"(?P<found>[^\"]{1,300})\")?"
        ),
        # google-auth for Python
        r"wrong (audience) (?P<found>[^,\s]{1,300}), expected one of (?P<expected>[^\r\n]{1,300})",
    )
)
_EXPIRED_AT = regex(
    r"expired at '?(?:(\d{4})-(\d\d)-(\d\d)[T ]|(\d\d)/(\d\d)/(\d{4}) )(\d\d):(\d\d):(\d\d)"
)


class Agreement(enum.Enum):
    """What a server's words and the token's bytes are to each other."""

    AGREES = enum.auto()
    CONTRADICTS = enum.auto()


class Stated(msgspec.Struct, frozen=True):
    """What a server said about `aud` or `iss`: what it `expected` and what it `found`; empty where
    it did not say."""

    claim: str
    expected: tuple[str, ...]
    found: tuple[str, ...]

    def agreement(self, claims: Mapping[str, Any]) -> Agreement | None:
        """Return whether the claims of the token bear out what was said; None where that cannot
        be told."""
        value = claims.get(self.claim)
        named = value[:100] if isinstance(value, list) else [value]
        sent = {each for each in named if isinstance(each, str) and each}
        if self.found and (sent or value is None) and sent.isdisjoint(self.found):
            return Agreement.CONTRADICTS
        if self.expected:
            fits = not sent.isdisjoint(self.expected)
            return Agreement.CONTRADICTS if fits else Agreement.AGREES
        return Agreement.AGREES if self.found and sent else None


def stated_values(case: Case, claim: str) -> Stated | None:
    """Return what the server says about `claim` (`aud` or `iss`) with a value; None without."""
    return _first_stated(case).get(claim)


@reading
def _first_stated(texts: Texts) -> Mapping[str, Stated]:
    found: dict[str, Stated] = {}
    for each in _stated(texts):
        found.setdefault(each.claim, each)
    return found


def _stated(texts: Texts) -> Iterator[Stated]:
    for _, text in texts:
        text = text[:MAX_TEXT]
        for pattern in _PATTERNS:
            if match := pattern.search(text):
                groups = match.groupdict()
                name = match[1].lower()
                expected, found = _values(groups.get("expected")), _values(groups.get("found"))
                if expected or found:
                    yield Stated(_CLAIMS.get(name, name), expected, found)


def _values(text: str | None) -> tuple[str, ...]:
    """Return the values in a text that may be one, a list, or several joined by `or`."""
    if text is None or "[PII" in text or "hidden" in text:
        return ()
    parts = re.split(r" or |, ?", text.strip().strip("[]().").replace('"', "").replace("'", ""))
    found = (part.strip().removesuffix(".") for part in parts[:20])
    return tuple(part for part in found if part.lower() not in _UNSAID)


@reading
def stated_expiry_s(texts: Texts) -> float | None:
    """Return the moment at which the server says the token expired, Unix seconds; None where it
    names none. Spring writes it by ISO 8601, ASP.NET as month, day and year, both UTC."""
    for _, text in texts:
        if found := _EXPIRED_AT.search(text[:MAX_TEXT]):
            iso = found.group(1, 2, 3)
            year, month, day = iso if iso[0] else (found[6], found[4], found[5])
            numbers = [int(each) for each in (year, month, day, *found.group(7, 8, 9))]
            try:
                moment = datetime.datetime(*numbers, tzinfo=datetime.UTC)  # type: ignore[arg-type,misc]
            except ValueError:
                return None
            return moment.timestamp()
    return None
