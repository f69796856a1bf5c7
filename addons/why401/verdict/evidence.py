"""The last look at evidence before it leaves the core: nothing in it may be replayed.

Detectors mask what they know to be secret. Rules quote places, and servers echo what they were
sent; both pass here, so that a new rule cannot show a token by naming its place.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Sequence

import msgspec

from why401.case import Case
from why401.credentials.placeholders import placeholder
from why401.credentials.remembered import MAX_CHARS, MAX_KEPT
from why401.credentials.schemes import TOKEN_SCHEMES
from why401.credentials.secret_names import header_kind, parameter_kind
from why401.credentials.sketch import quoted_from, sketch
from why401.later import regex
from why401.masking import PLACEHOLDER, Masker
from why401.model import Evidence, Finding, Plain

_SIDES = ("request.", "response.")
_HOLDS_TEXT = (str, dict, list)
_NAMED = ("query", "form", "json", "xml", "cookie")
_CREDENTIAL = "credential"
"""The kind of what a header field holds, scheme and all."""
_SAID = frozenset(("present", "sent", "differs", "former value"))
"""What detectors say in place of a value: masked, it would look like another secret."""
_IN_URL = regex(r"(?<=[?&#])([A-Za-z_-]{2,40})=([^&#\s\"'<>]{1,8192})")
_USERINFO = regex(r"(?<=://)([^/?#@:\s]{0,256}):([^/?#@\s]{1,256})@")


def without_secrets(findings: Sequence[Finding], case: Case, masker: Masker) -> tuple[Finding, ...]:
    """Return `findings` with every secret masked in their evidence, and in the values that fill
    their sentences: what stands at a place that names one, and what the request carries wherever
    it is quoted."""
    secrets = carried_secrets(case)
    return tuple([_without_secrets(finding, secrets, masker) for finding in findings])


def _without_secrets(finding: Finding, secrets: tuple[str, ...], masker: Masker) -> Finding:
    evidence = tuple([_masked(item, secrets, masker) for item in finding.evidence])
    values = {
        name: _words(value, secrets, masker) if isinstance(value, str) else value
        for name, value in finding.values.items()
    }
    if evidence == finding.evidence and values == finding.values:
        return finding
    return msgspec.structs.replace(finding, evidence=evidence, values=values)


def carried_secrets(case: Case) -> tuple[str, ...]:
    """Return what of this request must not be shown again where a server echoes it."""
    known: tuple[str, ...] | None = case.memo.get("evidence.secrets")
    if known is None:
        found: dict[str, None] = {}
        for credential in case.credentials:
            found[credential.value] = None
            if credential.authorization:
                found[credential.authorization.token] = None
            if credential.basic:
                found[credential.basic.password or ""] = None
        texts = map(_without_scheme, found)
        known = tuple([text for text in texts if text and not placeholder(text)])
        case.memo["evidence.secrets"] = known
    return known


def _without_scheme(text: str) -> str:
    """Return a credential without a scheme that stands in it once more: that is no secret."""
    first, blank, _ = text[:40].partition(" ")
    return text[len(first) + 1 :].lstrip() if blank and first.lower() in TOKEN_SCHEMES else text


def _masked(evidence: Evidence, secrets: tuple[str, ...], masker: Masker) -> Evidence:
    if not isinstance(evidence.seen, _HOLDS_TEXT) or not evidence.where.startswith(_SIDES):
        return evidence
    seen = _plain(evidence.seen, evidence.where, secrets, masker)
    return evidence if seen is evidence.seen else msgspec.structs.replace(evidence, seen=seen)


def _plain(value: Plain, where: str, secrets: tuple[str, ...], masker: Masker) -> Plain:
    if isinstance(value, dict):
        members = {
            name: _plain(item, f"{where}.{name}", secrets, masker)
            if isinstance(item, _HOLDS_TEXT)
            else item
            for name, item in value.items()
        }
        return value if all(map(operator.is_, members.values(), value.values())) else members
    if isinstance(value, list):
        items = [_plain(item, where, secrets, masker) for item in value]
        return value if all(map(operator.is_, items, value)) else items
    if not isinstance(value, str) or value in _SAID:
        return value
    if "[redacted:" in value and PLACEHOLDER.search(value):
        return value
    kind = _kind_at(where)
    if kind is None:
        quoted = _words(value, secrets, masker)
        return value if quoted == value else quoted
    if kind == _CREDENTIAL:
        return sketch(value, masker)
    return value if placeholder(value.strip()) else masker.placeholder(kind, value)


@functools.lru_cache(256)
def _kind_at(where: str) -> str | None:
    """Return the kind of secret that `where` names, None where it names none."""
    side, _, rest = where.partition(".")
    place, _, name = rest.partition(".")
    if place == "header" and header_kind(name):
        return _CREDENTIAL
    kind = parameter_kind(name.rpartition(".")[2]) if place in _NAMED else None
    # A server's own `code` is an error, not an authorization code.
    return None if side == "response" and kind == "code" else kind


def _words(text: str, secrets: tuple[str, ...], masker: Masker) -> str:
    """Return words of the traffic with what they quote of `secrets`, or of a URL's, masked."""
    is_short = len(text) + sum(map(len, secrets)) <= MAX_CHARS
    return (_known_words if is_short else _masked_words)(text, secrets, masker)


def _masked_words(text: str, secrets: tuple[str, ...], masker: Masker) -> str:
    quoted = quoted_from(text, secrets, masker)
    if "=" in quoted:
        quoted = _IN_URL.sub(lambda found: _parameter(found, masker), quoted)
    if "@" in quoted:
        quoted = _USERINFO.sub(lambda found: _userinfo(found, masker), quoted)
    return quoted


_known_words = functools.lru_cache(MAX_KEPT)(_masked_words)
"""Servers refuse the same token in the same words over and over."""


def _parameter(found: re.Match[str], masker: Masker) -> str:
    """Return a parameter of a URL that is quoted, as in Referer and Location."""
    kind = parameter_kind(found[1])
    if kind is None or placeholder(found[2]) or PLACEHOLDER.search(found[2]):
        return found[0]
    return f"{found[1]}={masker.placeholder(kind, found[2])}"


def _userinfo(found: re.Match[str], masker: Masker) -> str:
    """Return user and password of a URL that is quoted (RFC 3986 section 3.2.1)."""
    if placeholder(found[2]) or PLACEHOLDER.search(found[2]):
        return found[0]
    return f"{found[1]}:{masker.placeholder('password', found[2])}@"
