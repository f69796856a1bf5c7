"""Is the Authorization of a refused WeChat Pay v3 request made the way the service wants it?

Everything here is read off the bytes and needs no key. Source: pay.weixin.qq.com, the signature
guide of API v3; the wordings of the 401 answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.authorization import Authorization, parse_authorization
from why401.credentials.base64_text import decode_base64
from why401.credentials.placeholders import placeholder
from why401.credentials.schemes import WECHATPAY_SCHEMES
from why401.credentials.sketch import sketch
from why401.credentials.wechatpay import WechatPay, parse_wechatpay
from why401.detectors.traits import Trait
from why401.detectors.wechatpay_refusal import Stage, stage
from why401.later import regex
from why401.masking import Masker
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text

REPORTS = (
    "wechatpay/v3-auth-missing",
    "wechatpay/v3-auth-in-body",
    "wechatpay/v3-auth-placeholder",
    "wechatpay/v3-auth-basic-digest",
    "wechatpay/v3-auth-bare-signature",
    "wechatpay/v3-auth-scheme",
    "wechatpay/v3-brand-scheme",
    "wechatpay/v3-auth-newline",
    "wechatpay/v3-auth-quotes",
    "wechatpay/v3-auth-param",
    "wechatpay/v3-auth-format",
)
NEEDS = frozenset({Trait.WECHAT_PAY})

WHERE = "request.header.authorization"
MAX_CHARS = 8192

_PARAMETER = regex(r"(?:mchid|nonce_str|signature|serial_no|brand_id)\s{0,3}=", re.I)
_MEANT = {
    "mchid": "mchid",
    "merchantid": "mchid",
    "mch": "mchid",
    "spmchid": "mchid",
    "serial": "serial_no",
    "serialno": "serial_no",
    "serialnumber": "serial_no",
    "certserialno": "serial_no",
    "nonce": "nonce_str",
    "noncestr": "nonce_str",
    "timestamp": "timestamp",
    "time": "timestamp",
    "sign": "signature",
    "signature": "signature",
    "brandid": "brand_id",
}
_STRUCTURE = ("missing-comma", "unexpected-text", "duplicate-parameter", "unterminated-quote")
_ONLY_CAUSE = {
    "wechatpay/v3-auth-missing": ("not-sent",),
    "wechatpay/v3-auth-in-body": ("misplaced",),
    "wechatpay/v3-auth-placeholder": ("not-filled",),
    "wechatpay/v3-auth-basic-digest": ("overwritten",),
    "wechatpay/v3-auth-bare-signature": ("no-scheme",),
    "wechatpay/v3-auth-newline": ("line-break",),
}
_AFTER_TYPE = frozenset(
    {"wechatpay/v3-auth-newline", "wechatpay/v3-auth-quotes", "wechatpay/v3-auth-param"}
)
"""What is wrong behind a type that is right: words about the type are not about it."""
_FIXED = {
    "basic": "wechatpay/v3-auth-basic-digest",
    "digest": "wechatpay/v3-auth-basic-digest",
}


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the form of the header, the first broken link alone: what follows
    from it says nothing new. A message about a later stage says that the form was accepted."""
    at = stage(case)
    if at not in (Stage.FORMAT, Stage.TYPE, Stage.UNSAID):
        return
    values = case.request.headers.values("authorization")
    forms = (_form(header_text(value[:MAX_CHARS]), case, context.masker) for value in values[:4])
    is_sent = values and values[0].strip()
    # Of two headers, one may have come from elsewhere.
    found = next(filter(None, forms), None) if is_sent else _missing(case)
    if found is None and at is not Stage.UNSAID:
        found = _said_only(at, values[0] if values else b"", context.masker)
    if found is not None:
        yield _with_words(found, case, at)


def _missing(case: Case) -> Finding:
    """The header is not there; it may stand in the body or the query instead."""
    for place, text in (("request.query", case.exchange.request.query), _body_text(case)):
        if "WECHATPAY2-" in text.upper() or ("signature" in text and "serial_no" in text):
            return Finding(
                "wechatpay/v3-auth-in-body", Certainty.PROVEN, (Evidence(place, "WECHATPAY2-…"),)
            )
    return Finding(
        "wechatpay/v3-auth-missing",
        Certainty.PROVEN,
        (Evidence("request.header.authorization", None),),
    )


def _body_text(case: Case) -> tuple[str, str]:
    return "request.text", case.request.text[:MAX_CHARS]


def _form(raw: str, case: Case, masker: Masker) -> Finding | None:
    sent = parse_authorization(raw.encode("utf-8", "surrogateescape"))
    if placeholder(raw.strip()) or placeholder(sent.token) or "[object " in raw:
        return _finding("placeholder", raw, masker)
    if sent.name in _FIXED:
        seen = Evidence(WHERE, sent.scheme)
        return Finding(_FIXED[sent.name], Certainty.PROVEN, (seen,))
    if sent.name not in WECHATPAY_SCHEMES or sent.scheme != sent.scheme.upper():
        return _scheme(sent, raw, masker)
    is_brand = case.exchange.request.path.startswith("/brand/")
    if is_brand != ("-BRAND-" in sent.scheme):
        return Finding(
            "wechatpay/v3-brand-scheme",
            Certainty.PROVEN,
            (Evidence(WHERE, sent.scheme), Evidence("request.path", case.exchange.request.path)),
            (CauseFound("merchant-on-brand" if is_brand else "brand-on-v3", Certainty.LIKELY),),
        )
    if re.search(r"[\r\n]", raw) or "\\n" in raw:
        return _finding("newline", raw, masker)
    return _parameters(parse_wechatpay(sent.scheme, sent.credential), masker)


def _scheme(sent: Authorization, raw: str, masker: Masker) -> Finding:
    """The first word is none of the three schemes: absent, glued on, misspelt or another's."""
    has_parameters = _PARAMETER.search(raw) is not None
    decoded = decode_base64(raw.strip())
    if not has_parameters and decoded.data is not None and len(decoded.data) in (128, 256, 512):
        seen = Evidence(WHERE, masker.placeholder("signature", raw.strip()))
        return Finding("wechatpay/v3-auth-bare-signature", Certainty.PROVEN, (seen,))
    first = raw.strip().partition(" ")[0]
    if _PARAMETER.match(raw.strip()):
        cause, seen_scheme = "no-scheme", ""
    elif sent.scheme.upper() in map(str.upper, WECHATPAY_SCHEMES):
        cause, seen_scheme = "case", sent.scheme
    elif first.upper().startswith("WECHATPAY") and _PARAMETER.search(first):
        cause, seen_scheme = "no-blank", _PARAMETER.split(first)[0]
    elif first.upper().startswith("WECHATPAY"):
        cause, seen_scheme = "misspelt", first[:60]
    else:
        cause, seen_scheme = "other", sent.scheme
    return Finding(
        "wechatpay/v3-auth-scheme",
        Certainty.PROVEN,
        (Evidence(WHERE, seen_scheme or sketch(raw, masker)),),
        (CauseFound(cause, Certainty.LIKELY),),
    )


def _parameters(sent: WechatPay, masker: Masker) -> Finding | None:
    if {"single-quotes", "curly-quotes", "unquoted"} & set(sent.problems):
        cause = next(
            (flaw for flaw in ("single-quotes", "curly-quotes") if flaw in sent.problems),
            "unquoted",
        )
        return Finding(
            "wechatpay/v3-auth-quotes",
            Certainty.PROVEN,
            (Evidence(WHERE, _shown(sent, masker)),),
            (CauseFound(cause, Certainty.LIKELY),),
        )
    owner = "brand_id" if "-BRAND-" in sent.scheme else "mchid"
    wanted = (owner, "nonce_str", "signature", "timestamp", "serial_no")
    for name in wanted:
        value = sent.param(name)
        if value:
            continue
        misspelt = next((p.name for p in sent.params if _meant(p.name, wanted) == name), None)
        cause = "empty" if value == "" else "misspelt" if misspelt else "missing"
        return _parameter(sent, masker, cause, name, misspelt)
    for flaw in _STRUCTURE:
        if flaw in sent.problems:
            return _parameter(sent, masker, flaw, "-", None)
    return None


def _meant(name: str, wanted: tuple[str, ...]) -> str | None:
    meant = _MEANT.get(name.lower().replace("_", "").replace("-", ""))
    return meant if name not in wanted else None


def _parameter(
    sent: WechatPay, masker: Masker, cause: str, name: str, misspelt: str | None
) -> Finding:
    return Finding(
        "wechatpay/v3-auth-param",
        Certainty.PROVEN,
        (Evidence(WHERE, _shown(sent, masker)),),
        (CauseFound(cause, Certainty.LIKELY),),
        {"parameter": name, "sent": misspelt or "-"},
    )


def _said_only(at: Stage, value: bytes, masker: Masker) -> Finding:
    """The server names the form or the type, and the bytes that are here look right."""
    rule = "wechatpay/v3-auth-scheme" if at is Stage.TYPE else "wechatpay/v3-auth-format"
    causes = (CauseFound("unsupported", Certainty.POSSIBLE),) if at is Stage.TYPE else ()
    seen = (Evidence(WHERE, sketch(value[:MAX_CHARS], masker)),) if value else ()
    return Finding(rule, Certainty.PROVEN, seen, causes)


def _with_words(found: Finding, case: Case, at: Stage) -> Finding:
    """Add the server's words; where they name the form, the defect in it is the cause."""
    evidence = found.evidence
    if case.error:
        evidence += (Evidence(case.error.message_place, case.error.message[:240]),)
    causes = found.causes or tuple(
        CauseFound(cause, Certainty.LIKELY) for cause in _ONLY_CAUSE.get(found.rule, ())
    )
    if at is Stage.FORMAT or (at is Stage.TYPE and found.rule not in _AFTER_TYPE):
        causes = tuple(
            CauseFound(cause.id, Certainty.PROVEN) if cause.certainty is Certainty.LIKELY else cause
            for cause in causes
        )
    return Finding(found.rule, found.certainty, evidence, causes, found.values)


def _finding(name: str, raw: str, masker: Masker) -> Finding:
    return Finding(
        f"wechatpay/v3-auth-{name}", Certainty.PROVEN, (Evidence(WHERE, sketch(raw, masker)),)
    )


def _shown(sent: WechatPay, masker: Masker) -> str:
    """Return the parameters with their quotes as sent, the secret ones masked."""
    shown = []
    for each in sent.params[:10]:
        meant = _MEANT.get(each.name.lower().replace("_", "").replace("-", ""))
        value = each.value[:80]
        if meant not in ("mchid", "serial_no", "timestamp", "brand_id"):
            value = masker.placeholder("signature" if meant == "signature" else "nonce", each.value)
        quote = '"' if each.quoted else ""
        shown.append(f"{each.name[:40]}={quote}{value}{quote}")
    return f"{sent.scheme} {','.join(shown)}"
