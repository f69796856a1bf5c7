"""Virtual payment of mini programs: `pay_sig` under the app key, over the API's path and the body.

`pay_sig = hex(HMAC-SHA256(app_key, uri + "&" + body))` in small letters; production and sandbox
have keys of their own. What a backend hands to its mini program, `paySig` over `signData`, is made
the same way with `requestVirtualPayment` for the uri; beside it `signature`, the user's, is the
HMAC of `signData` alone under the session_key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from why401.case import Case
from why401.case.bodies import parse_json
from why401.context import Context
from why401.keys import Secret
from why401.later import regex
from why401.model import Evidence, SignatureCheck
from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.engine import Mistake, Parts, Scheme, Search, Told, singles
from why401.signatures.examination import Report, proven
from why401.signatures.json_text import MAX_CHARS, JsonText
from why401.signatures.mini_program import decoded_key

NAME = "wechat-virtual-payment"
KEY, URI, BODY = range(3)
CLIENT_CALL = "requestVirtualPayment"
MAX_WRAPPERS = 20
MAX_SESSIONS = 8
HEX_CHARS = 64
_OTHER_DIGEST = regex(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[A-Za-z0-9+/]{43}=")
"""An MD5, a SHA-1, or 32 bytes in base64."""
_CLIENT_CALLS = (
    CLIENT_CALL,
    f"/{CLIENT_CALL}",
    f"wx.{CLIENT_CALL}",
    f"/xpay/{CLIENT_CALL}",
    f"xpay/{CLIENT_CALL}",
)
"""What the client's call is written as; the first is right for it."""


@dataclass(frozen=True)
class VirtualPayment:
    """A signed call of virtual payment, without a `uri` the user's signature; `others` are further
    keys with the rule that the use of each breaks. `is_of_other_environment`: so is `key`, for that
    of this one is not configured."""

    uri: str
    target: str
    body: str
    key: Secret
    others: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    is_of_other_environment: bool = False

    @cached_property
    def json(self) -> JsonText:
        """The body taken apart."""
        return JsonText(self.body)

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (self.key.data, self.uri, self.body)


def message(parts: Parts) -> bytes:
    """Return the bytes that `parts` give."""
    text = f"{parts[URI]}&{parts[BODY]}" if parts[URI] else parts[BODY]
    return text.encode("utf-8", "surrogatepass")


def digest(parts: Parts) -> bytes:
    """Return the HMAC that `parts` give."""
    return hmac.digest(parts[KEY], message(parts), "sha256")


def claims_of(case: Case, context: Context) -> Iterator[VirtualPayment]:
    """Yield the signed call in `case`, once for each account that may have made it."""
    request = case.exchange.request
    if not request.path.startswith("/xpay/") or request.body is None:
        return
    try:
        body = request.body.data.decode("utf-8")
    except UnicodeDecodeError:
        return
    target = f"{request.path}?{request.query}"
    yield from _of_each_account(request.path, target, body, case.request.json, context)


def handed_claims(case: Case, context: Context) -> Iterator[tuple[str, str, VirtualPayment]]:
    """Yield what a backend hands to its mini program, once for each account or session: the place
    of a signature, the signature, and what should be signed."""
    request = case.exchange.request
    for place, given in _holding(case.response.json):
        body, sent, of_user = given["signData"], given["paySig"], given.get("signature")
        if not isinstance(body, str) or len(body) > MAX_CHARS:
            continue
        if isinstance(sent, str):
            value = parse_json(body.encode("utf-8", "surrogatepass"))
            for claim in _of_each_account(CLIENT_CALL, request.path, body, value, context):
                yield f"{place}.paySig", sent, claim
        if isinstance(of_user, str):
            for claim in _of_each_session(body, context):
                yield f"{place}.signature", of_user, claim


def _holding(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the object that holds the parameters: the answer itself, or one right below it."""
    if not isinstance(value, Mapping):
        return
    inner = ((f"response.json.{name}", each) for name, each in list(value.items())[:MAX_WRAPPERS])
    for place, each in (("response.json", value), *inner):
        if isinstance(each, Mapping) and "paySig" in each and "signData" in each:
            yield place, each


def _of_each_account(
    uri: str, target: str, body: str, value: Any, context: Context
) -> Iterator[VirtualPayment]:
    is_sandbox = isinstance(value, Mapping) and value.get("env") == 1
    for account in context.keys.wechat:
        pair = (account.app_key, account.sandbox_app_key)
        key, other = pair[::-1] if is_sandbox else pair
        others = [("vp-appkey-env", other.data)] if other else []
        others += [("vp-key-swapped", session.data) for _, session in _sessions(context)]
        if key:
            yield VirtualPayment(uri, target, body, key, tuple(others))
        elif other:
            yield VirtualPayment(
                uri, target, body, other, tuple(others[1:]), is_of_other_environment=True
            )


def _sessions(context: Context) -> list[tuple[str, Secret]]:
    """Return the session keys learnt, newest first, with whom they belong to."""
    return list(reversed(context.learnt.session_keys.values()))[:MAX_SESSIONS]


def _of_each_session(body: str, context: Context) -> Iterator[VirtualPayment]:
    """Yield what the user's signature should be over, once for each user's newest session key."""
    sessions = _sessions(context)
    app_keys = [
        ("vp-key-swapped", key.data)
        for account in context.keys.wechat
        for key in (account.app_key, account.sandbox_app_key)
        if key
    ]
    newest: dict[str, Secret] = {}
    for user, key in sessions:
        newest.setdefault(user, key)
    for user, key in newest.items():
        older = [("mp-session-stale", old.data) for each, old in sessions if each == user][1:]
        decoded = [("mp-session-decoded", raw) for raw in (decoded_key(key),) if raw]
        yield VirtualPayment("", CLIENT_CALL, body, key, (*older, *decoded, *app_keys))


def examine(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with the `pay_sig` of a call; nothing where it is right or unknown."""
    sent = dict(case.query).get("pay_sig", "")
    claims = tuple(claims_of(case, context)) if sent else ()
    return _judged(claims, sent, "request.query.pay_sig", "request")


def examine_handed(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with a `paySig` that a backend hands over; nothing where it is right
    or unknown."""
    by_signature: dict[tuple[str, str], list[VirtualPayment]] = {}
    for place, sent, claim in handed_claims(case, context):
        by_signature.setdefault((place, sent), []).append(claim)
    return [
        report
        for (place, sent), claims in by_signature.items()
        for report in _judged(claims, sent, place, "invocation")
    ]


def _judged(claims: Sequence[VirtualPayment], sent: str, place: str, subject: str) -> list[Report]:
    if not claims:
        return []
    if _OTHER_DIGEST.fullmatch(sent):
        return [_report(claims[0], ("vp-hash",), sent, place, subject)]
    try:
        wanted = bytes.fromhex(sent) if len(sent) == HEX_CHARS else b""
    except ValueError:
        return []

    def fits(parts: Parts) -> bool:
        return digest(parts) == wanted

    written = () if sent == sent.lower() else ("vp-hash",)
    for claim in claims:
        is_right = fits(claim.parts)
        if is_right and not claim.is_of_other_environment and not written:
            return []
        search = Search() if is_right else singles(VP_MISTAKES, claim, claim.parts, fits)
        if is_right or search.matches:
            found = search.matches[0].rules if search.matches else ()
            also = ("vp-appkey-env",) if claim.is_of_other_environment else ()
            rules = tuple(dict.fromkeys((*also, *found, *written)))
            return [_report(claim, rules, sent, place, subject, search.tried)]
        if _is_plain_hash(claim.parts, wanted):
            return [_report(claim, ("vp-hash",), sent, place, subject)]
    return []


def _is_plain_hash(parts: Parts, wanted: bytes) -> bool:
    """Whether the text was hashed by itself, or with the key before or after it."""
    key, text = parts[KEY], message(parts)
    return any(sha256(each).digest() == wanted for each in (text, text + key, key + text))


def _report(
    claim: VirtualPayment,
    rules: Sequence[str],
    sent: str,
    place: str,
    subject: str,
    tried: int | None = None,
) -> Report:
    ids = [f"wechat-js/{rule}" for rule in rules]
    seen = {"characters": len(sent), "begins": sent[:8] + "…"} if rules == ("vp-hash",) else ""
    evidence = [Evidence(place, seen or sent[:8] + "…")]
    if tried is not None:
        label = claim.key.label
        at = label if label.startswith("history") else "config." + label
        evidence.append(Evidence(at, "[HMAC-SHA256]"))
    check = SignatureCheck(
        NAME,
        subject,
        "mismatch",
        string_to_sign=message(claim.parts)[:4_096].decode("utf-8", "replace"),
        sent=sent[:8] + "…",
        explained_by=ids[0],
        also_explained_by=tuple(ids[1:]),
        tried=tried,
    )
    return Report(check, proven(ids, tuple(evidence)))


def _uris(claim: VirtualPayment, uri: str) -> Iterator[str]:
    if not uri:
        yield CLIENT_CALL
        return
    yield ""
    yield uri.removeprefix("/")
    yield claim.target
    yield from _CLIENT_CALLS
    yield uri.rpartition("/")[2]
    yield f"https://api.weixin.qq.com{uri}"


def _keys(claim: VirtualPayment, _: bytes) -> Iterator[Told]:
    for rule, key in claim.others:
        yield Told((rule,), key)


def _bodies(claim: VirtualPayment, body: str) -> Iterator[str]:
    for name, variants in BODY_MISTAKES:
        for variant in variants(body, claim.json) if name != "body-form" else ():
            value = variant.value if isinstance(variant, Told) else variant
            if isinstance(value, str) and value:
                yield value


def _forms(claim: VirtualPayment, body: str) -> Iterator[str]:
    form = next(variants for name, variants in BODY_MISTAKES if name == "body-form")
    for variant in form(body, claim.json):
        if isinstance(variant, str):
            yield variant


VP_MISTAKES: tuple[Mistake, ...] = (
    Mistake("vp-uri", URI, _uris),
    Mistake("vp-appkey-env", KEY, _keys),
    Mistake("vp-body-redumped", BODY, _bodies),
    Mistake("vp-sorted-kv", BODY, _forms),
)


SCHEME = Scheme(NAME, message, VP_MISTAKES)
