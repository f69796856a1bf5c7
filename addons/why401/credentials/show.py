"""What may be shown of a credential or challenge: decoded facts in plain types, never a secret."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from itertools import islice

from why401.credentials.basic import Basic
from why401.credentials.challenge import Challenge
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt, is_probably_jwt
from why401.credentials.keys import key_kind, public_prefix
from why401.credentials.parameters import Parameter
from why401.credentials.placeholders import placeholder
from why401.credentials.remembered import MAX_CHARS as MAX_CHARS_REMEMBERED
from why401.credentials.remembered import MAX_KEPT
from why401.credentials.secret_names import PRIVATE_MEMBERS, field_kind
from why401.credentials.token_kind import token_kind
from why401.later import regex
from why401.masking import Masker
from why401.model import Plain, Shown

MAX_CHARS = 200
MAX_MEMBERS = 60
MAX_ITEMS = 20
MAX_DEPTH = 5

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DIGEST_SHOWN = frozenset(
    {"username", "username*", "realm", "nonce", "uri", "qop", "nc", "cnonce", "opaque"}
    | {"algorithm", "userhash"}
)
_WECHATPAY_SHOWN = frozenset({"mchid", "brand_id", "serial_no", "timestamp", "nonce_str"})
# A lost quote makes one parameter swallow the next, the secret one included.
_SWALLOWED = regex(r"(?:response|signature|sign|password|secret|token)[ \t\"']*+[=:]", re.I)
_USERINFO = regex(r"(?<=://)[^/?#@\s]{1,512}@")
"""User and password of a URL, as a uri in its absolute form may hold them."""
_LONG_WORD = regex(r"[A-Za-z0-9+/_=.~-]{8,}+")
_MIN_OPAQUE_USER = 20


def show_credential(credential: Credential, masker: Masker) -> Shown:
    """Return the element of `credentials` for a credential.

    `decoded` always has `length` (characters) and `placeholder`; the rest depends on the scheme.
    Nothing in it can be replayed: no password, key, token, signature or Digest response.
    """
    same = _Same(credential)
    return (
        _known(same, masker)
        if len(credential.value) <= MAX_CHARS_REMEMBERED
        else _shown(same, masker)
    )


class _Same:
    """A credential as itself: what it decodes to holds dicts and has no hash."""

    __slots__ = ("credential",)

    def __init__(self, credential: Credential) -> None:
        self.credential = credential

    def __hash__(self) -> int:
        return id(self.credential)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.credential is other.credential


def _shown(same: _Same, masker: Masker) -> Shown:
    credential = same.credential
    kind, form, facts = _facts(credential, masker)
    value = credential.value.encode("utf-8", "surrogatepass")
    decoded: dict[str, Plain] = {
        "length": len(credential.value),
        "placeholder": masker.placeholder(kind, value),
    }
    decoded.update(facts)
    if credential.authorization and credential.authorization.scheme:
        decoded["scheme"] = clean(credential.authorization.scheme, 60)
    return Shown(
        "credential",
        _scheme(credential),
        clean(_mask_text(credential.where, masker)),
        form,
        decoded,
    )


_known = functools.lru_cache(MAX_KEPT)(_shown)
"""A token that comes again is the same value (`find.from_authorization`), and so is what it shows:
flows that were refused with one token share it in memory."""


def _scheme(credential: Credential) -> str:
    """Return the scheme for showing; an unheard-of one that may be a key itself is not shown."""
    scheme = clean(credential.scheme, 40)
    return scheme if scheme and not key_kind(credential.scheme) else "none"


def _facts(credential: Credential, masker: Masker) -> tuple[str, str, dict[str, Plain]]:
    """Return the placeholder's kind, the format, and what is to be shown."""
    if credential.jwt is not None:
        return "token", credential.jwt.format, _jwt(credential.jwt, masker)
    if credential.basic is not None:
        return "password", "basic", _basic(credential.basic, masker)
    if credential.digest is not None:
        facts = _parameters(credential.digest.params, _DIGEST_SHOWN, masker)
        return "digest", "parameters", _with(facts, "problems", credential.digest.flaws)
    if credential.wechatpay is not None:
        facts = _parameters(credential.wechatpay.params, _WECHATPAY_SHOWN, masker)
        return "signature", "parameters", _with(facts, "problems", credential.wechatpay.problems)
    opaque: dict[str, Plain] = {}
    sent = credential.authorization.token if credential.authorization else credential.value
    if seen := placeholder(sent):
        opaque["sent"] = clean(seen)
    elif prefix := public_prefix(sent):
        opaque["prefix"] = prefix
        opaque["issuer"] = key_kind(sent)
    if ntlm := _ntlm_type(sent):
        opaque["ntlm_message"] = ntlm
    kinds = {"api-key": "api-key", "cookie": "cookie", "aws-sigv4": "signature"}
    return kinds.get(credential.scheme, "token"), "opaque", opaque


def _jwt(jwt: Jwt, masker: Masker) -> dict[str, Plain]:
    facts: dict[str, Plain] = {}
    if jwt.header is not None:
        facts["header"] = _plain(jwt.header, masker, MAX_DEPTH)
    if jwt.claims is not None:
        facts["claims"] = _plain(jwt.claims, masker, MAX_DEPTH)
    kind, signs = token_kind(jwt)
    if kind:
        facts["token_kind"] = kind
        facts["token_kind_signs"] = list(signs)
    if jwt.signature is not None:
        facts["signature_bytes"] = len(jwt.signature)
    return _with(facts, "problems", jwt.problems)


def _basic(basic: Basic, masker: Masker) -> dict[str, Plain]:
    facts: dict[str, Plain] = {"encoding": basic.encoding}
    if basic.user is not None:
        is_key = bool(key_kind(basic.user)) or (
            # A token as user with no or a dummy password: Stripe, GitHub and many more.
            len(basic.user) >= _MIN_OPAQUE_USER
            and "@" not in basic.user
            and any(each.isdigit() for each in basic.user)
        )
        facts["user"] = (
            masker.placeholder("token", _bytes(basic.user))
            if is_key
            else clean(_mask_text(basic.user, masker))
        )
        facts["password_length"] = len(basic.password or "")
    return _with(facts, "problems", basic.problems)


def _parameters(
    params: tuple[Parameter, ...], shown: frozenset[str], masker: Masker
) -> dict[str, Plain]:
    members: dict[str, Plain] = {}
    secrets = {each.value for each in params if each.name.lower() not in shown and each.value}
    for each in params:
        name = each.name.lower()
        if name in shown and name not in members:
            value = _SWALLOWED.split(each.value, maxsplit=1)[0]
            is_secret = any(len(secret) >= 8 and secret in value for secret in secrets)
            if "@" in value:
                value = _USERINFO.sub("", value)
            members[name] = "…" if is_secret else clean(_mask_text(value, masker))
    return {"parameters": members}


def show_challenge(challenge: Challenge) -> Shown:
    """Return the element of `credentials` for a challenge: its parameters as the server sent them.

    Of a token68 (NTLM, Negotiate) only the length; tokens that a server echoes are cut.
    """
    size = sum(len(name) + len(value) for name, value in challenge.params)
    size += len(challenge.token68 or "")
    return _known_challenge(challenge) if size <= MAX_CHARS_REMEMBERED else _challenge(challenge)


def _challenge(challenge: Challenge) -> Shown:
    decoded: dict[str, Plain] = {"line": challenge.line} if challenge.line else {}
    if challenge.params:
        decoded["parameters"] = {
            clean(name, 60): clean(_LONG_WORD.sub(_cut_token, value[: 4 * MAX_CHARS]))
            for name, value in challenge.params[:MAX_ITEMS]
        }
    if challenge.token68 is not None:
        decoded["token68_length"] = len(challenge.token68)
        if ntlm := _ntlm_type(challenge.token68):
            decoded["ntlm_message"] = ntlm
    scheme = clean(challenge.name, 40)
    return Shown(
        "challenge",
        scheme if scheme and not key_kind(challenge.scheme) else "none",
        challenge.where,
        decoded=_with(decoded, "problems", challenge.flaws),
    )


_known_challenge = functools.lru_cache(MAX_KEPT)(_challenge)


def _cut_token(found: re.Match[str]) -> str:
    word = found[0]
    if is_probably_jwt(word) or key_kind(word):
        return f"{public_prefix(word) or word[:3]}…"
    return word


def _ntlm_type(token68: str) -> int | None:
    """Return which NTLM message this is, 1 to 3, by its fixed beginning; None for all else."""
    starts = ("TlRMTVNTUAABAAAA", "TlRMTVNTUAACAAAA", "TlRMTVNTUAADAAAA")
    return next((n for n, start in enumerate(starts, 1) if token68.startswith(start)), None)


def _with(facts: dict[str, Plain], name: str, ids: tuple[str, ...]) -> dict[str, Plain]:
    if ids:
        facts[name] = list(ids)
    return facts


def _plain(value: object, masker: Masker, depth: int) -> Plain:
    """Return a decoded JSON value cut to what may be shown; secrets become placeholders."""
    if isinstance(value, str):
        return clean(_mask_text(value, masker))
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        is_key = "kty" in value
        return {
            clean(_mask_text(str(name), masker), 60): _member(
                str(name), member, masker, depth, is_key=is_key
            )
            for name, member in islice(value.items(), MAX_MEMBERS)
        }
    if isinstance(value, list):
        return [_plain(each, masker, depth - 1) for each in value[:MAX_ITEMS]]
    return "…"


def _member(name: str, value: object, masker: Masker, depth: int, *, is_key: bool) -> Plain:
    if is_key and name in PRIVATE_MEMBERS:
        return masker.placeholder("secret", _bytes(str(value)))
    kind = field_kind(name)
    if kind and value is not None and not isinstance(value, bool):
        return masker.placeholder(kind, _bytes(str(value)))
    return _plain(value, masker, depth - 1)


def _mask_text(text: str, masker: Masker) -> str:
    """Return `text` with every word replaced that is a JWT or begins like a vendor's key."""

    def mask(found: re.Match[str]) -> str:
        word = found[0]
        if is_probably_jwt(word) or key_kind(word):
            return masker.placeholder("token", word)
        return word

    return _LONG_WORD.sub(mask, text[: 4 * 1024]) if len(text) >= 8 else text


def clean(text: str, limit: int = MAX_CHARS) -> str:
    """Return `text` without control, bidi and other invisible characters, `limit` long at most."""
    if len(text) <= limit and text.isprintable():
        return text
    head = text[: 4 * limit]
    kept = "".join(each for each in head if unicodedata.category(each) not in _HIDDEN)
    return kept if len(kept) <= limit and len(head) == len(text) else kept[: limit - 1] + "…"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
