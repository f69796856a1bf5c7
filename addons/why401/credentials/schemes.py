"""The names of authentication schemes: who is known, and which misspelling is meant for which."""

from __future__ import annotations

import re

from why401.later import regex

TOKEN_SCHEMES = frozenset(
    {"bearer", "basic", "token", "jwt", "dpop", "apikey", "api-key", "negotiate", "ntlm", "ssws"}
)
"""Schemes whose credential is one word without blanks, quotes or parameters."""

WECHATPAY_SCHEMES = frozenset(
    {
        "wechatpay2-sha256-rsa2048",
        "wechatpay2-sm2-with-sm3",
        "wechatpay-brand-sha256-rsa2048",
    }
)

SIGV4_LIKE = frozenset(
    {"aws4-hmac-sha256", "acs3-hmac-sha256", "tc3-hmac-sha256", "sdk-hmac-sha256", "hmac-sha256"}
)

KNOWN_SCHEMES = (
    TOKEN_SCHEMES
    | WECHATPAY_SCHEMES
    | SIGV4_LIKE
    | {
        "aws",
        "aws4-ecdsa-p256-sha256",
        "concealed",
        "digest",
        "genie-key",
        "gnap",
        "googlelogin",
        "hawk",
        "hmac",
        "hoba",
        "kerberos",
        "key",
        "klaviyo-api-key",
        "mutual",
        "oauth",
        "privatetoken",
        "scram-sha-1",
        "scram-sha-256",
        "sharedkey",
        "sharedkeylite",
        "signature",
        "splunk",
        "vapid",
        "zoho-oauthtoken",
    }
)
"""Registered with IANA, or required by a widely used API; lower case."""

_NAME = regex(r"[A-Za-z][A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)*+:?")
_NUMBERED = regex(r"(?:sha|rsa|aes|md|sm|p|v)-?[0-9]{1,4}", re.I)
_MAX_NAME_CHARS = 32


def could_be_scheme(word: str) -> bool:
    """Whether the first word of a value is a scheme and not the beginning of a credential.

    Known, or a short name of letters and hyphens with no digits but those of an algorithm
    (`SHA256`) and two more. The grammar would allow any token, a key followed by a blank as well;
    schemes are shown, so doubt is resolved towards the credential.
    """
    if word.lower() in KNOWN_SCHEMES:
        return True
    if len(word) > _MAX_NAME_CHARS or not _NAME.fullmatch(word):
        return False
    return sum(each.isdigit() for each in _NUMBERED.sub("", word)) <= 2


_OFTEN_MISSPELT = {"bearer": 2, "basic": 1, "digest": 2, "negotiate": 2}


def meant_scheme(word: str) -> str | None:
    """Return the scheme that the unknown `word` is a misspelling of, lower case, or None.

    Only letters, the same first letter, and at most two slips (one for the five letters of
    `basic`); a swap of neighbours is one slip.
    """
    word = word.lower()
    if word in KNOWN_SCHEMES or not word.isascii() or not word.isalpha() or len(word) > 12:
        return None
    for scheme, slips in _OFTEN_MISSPELT.items():
        if word[0] == scheme[0] and edit_distance(word, scheme) <= slips:
            return scheme
    return None


def edit_distance(one: str, other: str) -> int:
    """Return how many insertions, deletions, changes or swaps of neighbours lead from one to the
    other (optimal string alignment); both are expected to be short."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        line = [i]
        for j, b in enumerate(other, 1):
            cost = min(line[j - 1] + 1, row[j] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            line.append(cost)
        before, row = row, line
    return row[-1]
