"""Mistakes in what a WeChat Pay order says, visible without cryptography.

Most are judged only where the service refused the parameters: what it accepted was no mistake. Two
are told even of an accepted order, because the harm comes later: a notify_url that no callback can
reach, and a payer's address with which an H5 payment will not open.
Source: pay.weixin.qq.com, the pages of the order and refund interfaces of v2 and v3.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from why401.case import Case
from why401.case.errors import PlatformError
from why401.case.wechatpay_call import Fields, sent_fields
from why401.context import Context
from why401.detectors.traits import Trait
from why401.hosts import Family
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = (
    "wechatpay/biz-amount-not-integer",
    "wechatpay/biz-refund-amount",
    "wechatpay/biz-order-no-format",
    "wechatpay/biz-openid-missing",
    "wechatpay/biz-time-format",
    "wechatpay/biz-body-length",
    "wechatpay/biz-null-values",
    "wechatpay/biz-extra-field",
    "wechatpay/biz-appid-mchid",
    "wechatpay/biz-notify-url",
    "wechatpay/biz-client-ip",
)
NEEDS = frozenset({Trait.WECHAT_PAY})

_PARAMETERS = frozenset(
    {"PARAM_ERROR", "INVALID_REQUEST", "FAIL", "LACK_PARAMS", "REFUND_FEE_MISMATCH", "ERROR"}
)
_AMOUNTS = ("total_fee", "refund_fee", "amount.total", "amount.refund", "amount.payer_total")
_UNDOCUMENTED = regex("并非多重字段|未在API文档中定义")
_FEN = regex(r"[0-9]{1,12}")
_ORDER_NO = regex(r"[0-9A-Za-z_\-|*]{6,32}")
_V2_TIME = regex(r"20[0-9]{2}[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9][0-5][0-9]")
_V3_TIME = regex(
    r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-2][0-9]:[0-5][0-9])"
)
_LENGTHS = {"body": 127, "description": 127, "attach": 128}
_V2_NAMES = frozenset(
    {"mch_id", "total_fee", "nonce_str", "sign", "sign_type", "spbill_create_ip", "trade_type"}
)
_SAID = ("undocumented", "named", "partner-openid")
"""Causes that the answer tells itself."""
_LOCAL = (".local", ".lan", ".internal", ".localhost", ".test")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield one finding for each mistake in the fields of an order, a refund or a query."""
    if case.family not in (Family.WECHATPAY_V2, Family.WECHATPAY_V3):
        return
    fields = sent_fields(case)
    if not fields:
        return
    is_v3 = case.family is Family.WECHATPAY_V3
    error = case.error
    if error and error.code in _PARAMETERS and "签名" not in error.message:
        for found in (
            *_amounts(fields, is_v3=is_v3),
            *_order(fields, case, is_v3=is_v3),
            *_texts(fields),
            *_names(fields, case, error, is_v3=is_v3),
        ):
            finding = _named(found, case, error)
            if finding is not None:
                yield finding
    yield from _appid(fields, case, context)
    if error is None or error.code in _PARAMETERS:
        yield from _later(fields, case, is_v3=is_v3)


type Told = tuple[str, str, str]
"""Rule, cause, and the path of the field at fault."""


def _amounts(fields: Fields, *, is_v3: bool) -> Iterator[Told]:
    for path in _AMOUNTS:
        if path not in fields:
            continue
        value = fields[path]
        text = str(value).strip()
        if re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,4}", text):
            yield REPORTS[0], "yuan", path
        elif is_v3 and isinstance(value, str):
            yield REPORTS[0], "text", path
        elif not _FEN.fullmatch(text):
            yield REPORTS[0], "not-a-number", path
        elif int(text) == 0:
            yield REPORTS[0], "zero", path
    for refund, total in (("refund_fee", "total_fee"), ("amount.refund", "amount.total")):
        pair = [str(fields.get(path, "")) for path in (refund, total)]
        if all(_FEN.fullmatch(text) for text in pair) and int(pair[0]) > int(pair[1]):
            yield REPORTS[1], "more-than-paid", refund


def _order(fields: Fields, case: Case, *, is_v3: bool) -> Iterator[Told]:
    for path in ("out_trade_no", "out_refund_no"):
        number = fields.get(path)
        if isinstance(number, str) and not _ORDER_NO.fullmatch(number):
            is_long = len(number) > 32 or len(number) < 6
            yield REPORTS[2], "length" if is_long else "characters", path
    wants_openid = (
        case.exchange.request.path.endswith("/transactions/jsapi")
        if is_v3
        else fields.get("trade_type") == "JSAPI"
    )
    openids = ("openid", "sub_openid", "payer.openid", "payer.sp_openid", "payer.sub_openid")
    if wants_openid and not any(fields.get(path) for path in openids):
        yield REPORTS[3], "missing", "payer.openid" if is_v3 else "openid"
    for path in ("time_start", "time_expire"):
        time = fields.get(path)
        if isinstance(time, str) and time:
            shape = _V3_TIME if is_v3 else _V2_TIME
            if not shape.fullmatch(time):
                yield REPORTS[4], "v3-format" if is_v3 else "v2-format", path


def _texts(fields: Fields) -> Iterator[Told]:
    for path, limit in _LENGTHS.items():
        text = fields.get(path)
        if not isinstance(text, str):
            continue
        if len(text.encode("utf-8", "replace")) > limit:
            yield REPORTS[5], "too-long", path
        elif any(ord(letter) > 0xFFFF or ord(letter) < 0x20 for letter in text):
            yield REPORTS[5], "characters", path
    for path, value in fields.items():
        if value is None or value in ("null", "undefined", "None", "NaN"):
            yield REPORTS[6], "empty-value", path


def _names(fields: Fields, case: Case, error: PlatformError, *, is_v3: bool) -> Iterator[Told]:
    if is_v3:
        found = sorted(_V2_NAMES & fields.keys())
        refused = _UNDOCUMENTED.search(error.message) is not None
        listed = _listed(case) if refused else ""
        if listed == "payer.openid" and "/partner/" in case.exchange.request.path:
            yield REPORTS[7], "partner-openid", listed
        elif listed and listed not in _V2_NAMES:
            yield REPORTS[7], "named", listed
        elif found:
            yield REPORTS[7], "v2-names", found[0]
        elif refused or error.request_id_code == "270924358":
            yield REPORTS[7], "undocumented", ""
    elif "mchid" in fields or "amount.total" in fields:
        yield REPORTS[7], "v3-names", "mchid" if "mchid" in fields else "amount.total"


def _listed(case: Case) -> str:
    """Return the path of the first field that the answer lists, empty where it lists none."""
    answer = case.response.json
    detail = answer.get("detail") if isinstance(answer, dict) else None
    value = detail.get("value") if isinstance(detail, dict) else None
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, str) or not first.startswith("/body/"):
        return ""
    return first.removeprefix("/body/").replace("/", ".")[:80]


def _named(told: Told, case: Case, error: PlatformError) -> Finding | None:
    """Return the finding; where the answer names the field, the mistake in it is the cause, and
    where it names another field, the mistake is none that matters here."""
    rule, cause, path = told
    answer = case.response.json
    detail = answer.get("detail") if isinstance(answer, dict) else None
    field = str(detail.get("field") or "") if isinstance(detail, dict) else ""
    last = path.rpartition(".")[2]
    is_named = bool(last) and _is_word_of(last, f"{error.message} {field}")
    if field and path and not is_named:
        return None
    sure = is_named or cause in _SAID
    return Finding(
        rule,
        Certainty.PROVEN,
        (*_seen(case, path), Evidence(error.message_place, error.message[:240])),
        (CauseFound(cause, Certainty.PROVEN if sure else Certainty.LIKELY),),
        {"field": path or "-"},
    )


def _is_word_of(name: str, text: str) -> bool:
    """Whether `text` speaks of the field `name`, not of another that has it in its name."""
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text) is not None


def _seen(case: Case, path: str) -> tuple[Evidence, ...]:
    if not path:
        return ()
    value = sent_fields(case).get(path)
    kind = "xml" if case.request.xml is not None else "json"
    shown: Plain = value if isinstance(value, bool | int | float) else None
    if isinstance(value, str):
        shown = value[:120]
    return (Evidence(f"request.{kind}.{path}", shown),)


def _appid(fields: Fields, case: Case, context: Context) -> Iterator[Finding]:
    """The appid is not one of those configured for this merchant."""
    if case.error is None or "MATCH" not in case.error.code.upper():
        return
    mchid = next((fields[name] for name in ("mchid", "mch_id", "sp_mchid") if name in fields), None)
    merchant = context.keys.merchant(str(mchid)) if mchid else None
    appid = fields.get("appid") or fields.get("sp_appid")
    if merchant is None or not merchant.appids or not appid or appid in merchant.appids:
        return
    yield Finding(
        REPORTS[8],
        Certainty.PROVEN,
        (
            *_seen(case, "appid" if fields.get("appid") else "sp_appid"),
            Evidence(f"config.{merchant.label}.appids", list(merchant.appids)),
            Evidence(case.error.place, case.error.code),
        ),
        (CauseFound("not-configured", Certainty.PROVEN),),
    )


def _later(fields: Fields, case: Case, *, is_v3: bool) -> Iterator[Finding]:
    url = fields.get("notify_url")
    cause = _unreachable(url, is_v3=is_v3) if isinstance(url, str) and url else None
    if cause:
        yield _warning(REPORTS[9], cause, case, "notify_url")
    is_h5 = case.exchange.request.path.endswith("/h5") or fields.get("trade_type") == "MWEB"
    for path in ("spbill_create_ip", "scene_info.payer_client_ip"):
        address = fields.get(path)
        if is_h5 and isinstance(address, str) and _is_private(address):
            yield _warning(REPORTS[10], "private", case, path)


def _unreachable(url: str, *, is_v3: bool) -> str | None:
    """Return why no callback will reach `url`."""
    if url != url.strip():
        return "blanks"
    if len(url) > 255:
        return "too-long"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "no-url"
    if parts.scheme not in ("http", "https") or not host:
        return "no-url"
    if host == "localhost" or host.endswith(_LOCAL) or "." not in host or _is_private(host):
        return "not-public"
    if parts.query:
        return "query"
    return "plain-http" if is_v3 and parts.scheme == "http" else None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host.strip()).is_global
    except ValueError:
        return False


def _warning(rule: str, cause: str, case: Case, path: str) -> Finding:
    sure = Certainty.PROVEN if cause in ("not-public", "no-url", "private") else Certainty.LIKELY
    return Finding(rule, Certainty.PROVEN, _seen(case, path), (CauseFound(cause, sure),))
