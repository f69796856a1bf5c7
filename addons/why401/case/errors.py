"""The error that a WeChat server states in its own words, wherever its family puts it.

Most arrive with HTTP status 200. Success values never count as errors: `errcode` 0, v2
`SUCCESS`, order states such as `trade_state`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from why401.hosts import Family
from why401.later import regex

_NUMBER = regex(r"-?[0-9]{1,10}")
_REQUEST_ID_CODE = regex(r"-([1-9][0-9]{2,11})$")
_RID = regex(r"rid: ?([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_CALLER_IP = regex(r"(?:from ip: ?|requestIP: ?|invalid ip )([0-9a-fA-F.:]{3,45})")
_BILL_CODES = frozenset(
    {
        "no bill exist",
        "bill creating",
        "invalid bill_type",
        "data format error",
        "missing parameter",
        "sign error",
        "compressgzip error",
        "uncompressgzip error",
    }
)


class PlatformError(msgspec.Struct, frozen=True):
    """`code` is text in every family (`"40001"`, `"SIGN_ERROR"`), blanks and case as sent;
    `place` and `message_place` are where code and message stand."""

    family: Family
    code: str
    message: str
    place: str
    message_place: str
    request_id: str = ""
    """v3: the Request-ID, which ends in a number that tells apart cases of one `code`."""

    @property
    def request_id_code(self) -> str | None:
        """The number at the end of `request_id`."""
        return request_id_code(self.request_id)


def platform_error(
    family: Family,
    status: int,
    json: Any,
    xml: tuple[tuple[str, str], ...] | None,
    request_id: str = "",
) -> PlatformError | None:
    """Return the error in a response of `family`, given its parsed body; None on success."""
    match family:
        case Family.WECHAT | Family.WECOM:
            return _errcode(family, json)
        case Family.WECHATPAY_V2:
            # A few historic paths outside /v3/ (payscore) speak v3 all the same.
            return _v2(xml) or _v3(status, json, request_id)
        case Family.WECHATPAY_V3:
            return _v3(status, json, request_id)
        case Family.CRYPT | Family.JSSDK:
            return None


def _errcode(family: Family, json: Any) -> PlatformError | None:
    """JSON `errcode` as a number or numeric text, at the top or (device APIs) in `base_resp`."""
    if not isinstance(json, dict):
        return None
    for holder, prefix in ((json, ""), (json.get("base_resp"), "base_resp.")):
        if isinstance(holder, dict) and "errcode" in holder:
            code = _number(holder["errcode"])
            if code is None or code == "0":
                continue
            place = f"response.json.{prefix}"
            return PlatformError(
                family, code, _text(holder.get("errmsg")), f"{place}errcode", f"{place}errmsg"
            )
    return None


def _number(value: object) -> str | None:
    """Return an errcode as text without leading zeros; a bool is not a code."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip() if not isinstance(value, int) or abs(value) < 10**12 else ""
    return str(int(text)) if _NUMBER.fullmatch(text) else None


def _v2(xml: tuple[tuple[str, str], ...] | None) -> PlatformError | None:
    """Two levels: `return_code` (transport, identity, signature), then `result_code`."""
    fields = dict(xml or ())

    def error(code_field: str, message_field: str) -> PlatformError:
        return PlatformError(
            Family.WECHATPAY_V2,
            fields.get(code_field, ""),
            fields.get(message_field, ""),
            f"response.xml.{code_field}",
            f"response.xml.{message_field}",
        )

    for failed in ("result_code", "return_code"):
        if fields.get(failed, "").strip() not in ("", "SUCCESS"):
            # The bill interfaces give a number nobody documents, and the code as the message.
            if fields.get("return_msg", "").strip().lower() in _BILL_CODES:
                return error("return_msg", "return_msg")
            for code_field, message_field in (
                ("err_code", "err_code_des"),
                ("error_code", "return_msg"),
            ):
                if fields.get(code_field):
                    return error(
                        code_field, message_field if message_field in fields else "return_msg"
                    )
            return error(failed, "return_msg")
    if fields.get("retcode", "0") not in ("0", "SUCCESS"):
        return error("retcode", "retmsg")
    return None


def _v3(status: int, json: Any, request_id: str) -> PlatformError | None:
    """`{code, message}` with a status of its own; 202 USERPAYING is told, 200 is success."""
    if not isinstance(json, dict) or not isinstance(json.get("code"), str):
        return None
    if status < 400 and status != 202:
        return None
    code = json["code"].strip()
    if not code or code == "SUCCESS":
        return None
    return PlatformError(
        Family.WECHATPAY_V3,
        code,
        _text(json.get("message")),
        "response.json.code",
        "response.json.message",
        request_id,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def request_id_code(request_id: str) -> str | None:
    """Return the internal number at the end of a v3 `Request-ID` (`08E6…-268578704`): it tells
    apart cases that share one `code`. None where there is none; 0 stands for no error."""
    found = _REQUEST_ID_CODE.search(request_id.strip()[-40:])
    return found[1] if found else None


def rid(message: str) -> str | None:
    """Return the `rid` in an errmsg, by which the platform's console finds the call for a week."""
    found = _RID.search(message[:2000])
    return found[1] if found else None


def caller_ip(message: str) -> str | None:
    """Return the address from which the server saw the call, where its errmsg tells."""
    found = _CALLER_IP.search(message[:2000])
    return found[1].rstrip(".:,") if found else None
