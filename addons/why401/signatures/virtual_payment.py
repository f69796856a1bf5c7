"""Virtual payment of mini programs: `pay_sig` under the app key, over the API's path and the body.

`pay_sig = hex(HMAC-SHA256(app_key, uri + "&" + body))`; production and sandbox have keys of their
own.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from why401.case import Case
from why401.context import Context
from why401.keys import Secret
from why401.model import Evidence, SignatureCheck
from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.engine import Mistake, Parts, Scheme, Told, singles
from why401.signatures.examination import Report, proven
from why401.signatures.json_text import JsonText

NAME = "wechat-virtual-payment"
KEY, URI, BODY = range(3)


@dataclass(frozen=True)
class VirtualPayment:
    """A server call of virtual payment; `others` are the keys of the other environment."""

    uri: str
    target: str
    body: str
    key: Secret
    others: tuple[Secret, ...] = ()

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
    return f"{parts[URI]}&{parts[BODY]}".encode("utf-8", "surrogatepass")


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
    sent = case.request.json
    is_sandbox = isinstance(sent, dict) and sent.get("env") == 1
    for account in context.keys.wechat:
        pair = (account.app_key, account.sandbox_app_key)
        key, other = pair[::-1] if is_sandbox else pair
        if key:
            target = f"{request.path}?{request.query}"
            yield VirtualPayment(request.path, target, body, key, (other,) if other else ())


def examine(case: Case, context: Context) -> list[Report]:
    """Return what is wrong with the `pay_sig` of a call; nothing where it is right or unknown."""
    sent = dict(case.query).get("pay_sig", "")
    try:
        wanted = bytes.fromhex(sent)
    except ValueError:
        return []
    if len(wanted) != 32:
        return []

    def fits(parts: Parts) -> bool:
        return digest(parts) == wanted

    for claim in claims_of(case, context):
        if fits(claim.parts):
            return []
        search = singles(VP_MISTAKES, claim, claim.parts, fits)
        if search.matches:
            rules = [f"wechat-js/{rule}" for rule in search.matches[0].rules]
            evidence = (
                Evidence("request.query.pay_sig", sent[:8] + "…"),
                Evidence("config." + claim.key.label, "[HMAC-SHA256]"),
            )
            check = SignatureCheck(
                NAME,
                "request",
                "mismatch",
                string_to_sign=message(claim.parts)[:4_096].decode("utf-8", "replace"),
                sent=sent[:8] + "…",
                explained_by=rules[0],
                tried=search.tried,
            )
            return [Report(check, proven(rules, evidence))]
    return []


def _uris(claim: VirtualPayment, uri: str) -> Iterator[str]:
    yield uri.removeprefix("/")
    yield claim.target
    yield "requestVirtualPayment"
    yield uri.rpartition("/")[2]
    yield f"https://api.weixin.qq.com{uri}"


def _keys(claim: VirtualPayment, _: bytes) -> Iterator[bytes]:
    for key in claim.others:
        yield key.data


def _bodies(claim: VirtualPayment, body: str) -> Iterator[str]:
    for _name, variants in BODY_MISTAKES[:9]:
        for variant in variants(body, claim.json):
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


def _parts(claim: VirtualPayment) -> Parts:
    return claim.parts


SCHEME = Scheme(NAME, claims_of, _parts, message, VP_MISTAKES)
