"""Secrets that stand in a URL without a name of their own: before the host, and in the path."""

from __future__ import annotations

import re
from urllib.parse import unquote

from why401.later import regex
from why401.masking import PLACEHOLDER
from why401.report.redaction.jwt import Mask

_USER_INFO = regex(
    rf"(://(?:{PLACEHOLDER.pattern}|[^\s/?#:@\"'<>]){{0,200}}+:)([^\s/?#@\"'<>]{{1,500}}+)(?=@)"
)
_USER = regex(r"(://)([^\s/?#:@\"'<>\[\]]{16,200}+)(?=(?::[^\s/?#@\"'<>]{0,500}+)?@)")
"""A token in the place of the user, with nothing or a dummy for a password: GitHub, Stripe."""

IN_PATH = (
    "token|tokens|secret|passwords?|passwd|(?:forgot|reset|change|set|new)[-_.]?passwords?|reset"
    "|verify|verification|confirm|confirmation|activate|activation|invite|invitation|invitations"
    "|magic|magic[-_.]?link|unsubscribe|hooks?|webhooks?|session|sessions|share|signed|otp"
)
"""What the segment is called that stands before a secret one, in small letters."""
MIN_OPAQUE = 16
_PATH = regex(
    rf"(?<![\w.-])(?:(?:{IN_PATH})(?:/v[0-9]|/[0-9]{{6,24}}|/[0-9]{{1,20}})?|services/T\w{{1,20}}/B\w{{1,20}})"
    rf"/(?=[A-Za-z_.~-]*[0-9])([A-Za-z0-9_.~-]{{{MIN_OPAQUE},}}+)",
    re.IGNORECASE,
)
_BOT = regex(r"/bot([0-9]{5,15}(?::|%3[aA])[A-Za-z0-9_-]{30,}+)")
"""Telegram: core.telegram.org/bots/api, "Authorizing your bot"."""


def url_secrets(text: str, mask: Mask) -> str:
    """Return `text` with the secrets masked that stand in its URLs, or that is the path of one."""
    if "://" in text and "@" in text:
        text = _USER.sub(lambda found: found[1] + _user(found[2], mask), text)
        text = _USER_INFO.sub(lambda found: found[1] + mask("password", unquote(found[2])), text)
    if "/" in text:
        text = _PATH.sub(lambda found: _end_masked(found, "token", mask), text)
        text = _BOT.sub(lambda found: _end_masked(found, "token", mask), text)
    return text


def _user(user: str, mask: Mask) -> str:
    is_name = not any(map(str.isdigit, user)) or "%40" in user
    return user if is_name else mask("token", unquote(user))


def _end_masked(found: re.Match[str], kind: str, mask: Mask) -> str:
    return found[0][: found.start(1) - found.start()] + mask(kind, found[1])
