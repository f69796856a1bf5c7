"""The parameters of a Digest Authorization (RFC 7616 section 3.4)."""

from __future__ import annotations

import re
import urllib.parse

from why401.credentials.parameters import Parameter, parse_parameters
from why401.later import regex
from why401.masking import Unshown

_NC = regex(r"[0-9A-Fa-f]{8}")
_HEX = regex(r"[0-9A-Fa-f]+")
_EXTENDED = regex(r"(UTF-8|ISO-8859-1)'[A-Za-z0-9-]*'([A-Za-z0-9!#$&+.^_`|~%-]*)", re.I)
_UNQUOTED = frozenset({"algorithm", "qop", "nc", "userhash"})
_QUOTED = frozenset({"username", "realm", "nonce", "uri", "response", "cnonce", "opaque"})
_REQUIRED = ("realm", "nonce", "uri", "response")


class Digest(Unshown, frozen=True):
    """What a client sent behind `Digest`; `flaws` are kebab ids, see `parse_digest`."""

    params: tuple[Parameter, ...]
    flaws: tuple[str, ...] = ()

    def param(self, name: str) -> str | None:
        """Return the first parameter called `name`, names ignoring case, or None."""
        wanted = name.lower()
        return next((each.value for each in self.params if each.name.lower() == wanted), None)

    @property
    def username(self) -> str | None:
        """The user, from `username` or decoded from `username*` (RFC 8187)."""
        plain = self.param("username")
        return plain if plain is not None else decode_extended(self.param("username*") or "")


def decode_extended(value: str) -> str | None:
    """Return the text of an RFC 8187 value such as `UTF-8''J%C3%A4s`, None where it is none."""
    found = _EXTENDED.fullmatch(value)
    if found is None:
        return None
    try:
        return urllib.parse.unquote(found[2], encoding=found[1].lower(), errors="strict")
    except UnicodeDecodeError:
        return None


def parse_digest(credential: str) -> Digest:
    """Return the parameters behind `Digest`; never raises.

    Flaws are those of `parameters.parse_parameters` and `nc-format` (not eight hex digits, or
    quoted), `missing-cnonce`, `missing-nc`, `missing-NAME` of a required parameter,
    `two-usernames`, `username-format`, `response-format` (no hex), `quoted-token` and
    `unquoted-string` (harmless to most servers).
    """
    params, syntax = parse_parameters(credential)
    flaws = dict.fromkeys(syntax)
    digest = Digest(params)
    flaws.update(dict.fromkeys(_missing(digest)))
    for each in params:
        name = each.name.lower()
        if name == "nc" and (each.quoted or not _NC.fullmatch(each.value)):
            flaws["nc-format"] = None
        elif each.quoted and name in _UNQUOTED:
            flaws["quoted-token"] = None
        elif not each.quoted and name in _QUOTED:
            flaws["unquoted-string"] = None
        if name == "response" and not _HEX.fullmatch(each.value):
            flaws["response-format"] = None
        if name == "username*" and decode_extended(each.value) is None:
            flaws["username-format"] = None
    return Digest(params, tuple(flaws))


def _missing(digest: Digest) -> list[str]:
    flaws = [f"missing-{name}" for name in _REQUIRED if digest.param(name) is None]
    plain, extended = digest.param("username"), digest.param("username*")
    if plain is not None and extended is not None:
        flaws.append("two-usernames")
    if plain is None and extended is None:
        flaws.append("missing-username")
    if digest.param("qop") is not None:
        flaws += [f"missing-{name}" for name in ("cnonce", "nc") if digest.param(name) is None]
    return flaws
