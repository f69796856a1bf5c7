"""Virtual payment of mini programs: `pay_sig` under the app key, over the API's path and the body.

`pay_sig = hex(HMAC-SHA256(app_key, uri + "&" + body))`; production and sandbox have keys of their
own. What a backend hands to its mini program, `paySig` over `signData`, is made the same way with
`requestVirtualPayment` for the uri.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from why401.case import Case
from why401.case.bodies import parse_json
from why401.context import Context
from why401.keys import Secret
from why401.model import Evidence, SignatureCheck
from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.engine import Mistake, Parts, Scheme, Search, Told, singles
from why401.signatures.examination import Report, proven
from why401.signatures.json_text import MAX_CHARS, JsonText

NAME = "wechat-virtual-payment"
KEY, URI, BODY = range(3)
CLIENT_CALL = "requestVirtualPayment"
MAX_WRAPPERS = 20


@dataclass(frozen=True)
class VirtualPayment:
    """A signed call of virtual payment; `others` are the keys of the other environment.
    `is_of_other_environment`: so is `key`, for that of this one is not configured."""

    uri: str
    target: str
    body: str
    key: Secret
    others: tuple[Secret, ...] = ()
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
    target = f"{request.path}?{request.query}"
    yield from _of_each_account(request.path, target, body, case.request.json, context)


def handed_claims(case: Case, context: Context) -> Iterator[tuple[str, str, VirtualPayment]]:
    """Yield what a backend hands to its mini program, once for each account: the place of its
    signature, the signature, and what should be signed."""
    request = case.exchange.request
    for place, given in _holding(case.response.json):
        body, sent = given["signData"], given["paySig"]
        if isinstance(body, str) and isinstance(sent, str) and len(body) <= MAX_CHARS:
            value = parse_json(body.encode("utf-8", "surrogatepass"))
            for claim in _of_each_account(CLIENT_CALL, request.path, body, value, context):
                yield f"{place}.paySig", sent, claim


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
        if key:
            yield VirtualPayment(uri, target, body, key, (other,) if other else ())
        elif other:
            yield VirtualPayment(uri, target, body, other, is_of_other_environment=True)


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
    try:
        wanted = bytes.fromhex(sent)
    except ValueError:
        return []
    if len(wanted) != 32:
        return []

    def fits(parts: Parts) -> bool:
        return digest(parts) == wanted

    for claim in claims:
        is_right = fits(claim.parts)
        if is_right and not claim.is_of_other_environment:
            return []
        search = Search() if is_right else singles(VP_MISTAKES, claim, claim.parts, fits)
        if is_right or search.matches:
            found = search.matches[0].rules if search.matches else ()
            also = ("vp-appkey-env",) if claim.is_of_other_environment else ()
            rules = [f"wechat-js/{rule}" for rule in dict.fromkeys((*also, *found))]
            evidence = (
                Evidence(place, sent[:8] + "…"),
                Evidence("config." + claim.key.label, "[HMAC-SHA256]"),
            )
            check = SignatureCheck(
                NAME,
                subject,
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
    yield "/requestVirtualPayment"
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
