"""The parameters of a WeChat Pay v3 Authorization, `WECHATPAY2-SHA256-RSA2048 mchid="…",…`."""

from __future__ import annotations

from why401.credentials.base64_text import decode_base64
from why401.credentials.parameters import Parameter, parse_parameters
from why401.later import regex
from why401.masking import Unshown

_REQUIRED = ("nonce_str", "signature", "timestamp", "serial_no")
_SECONDS = regex(r"[0-9]{10}")
_SERIAL = regex(r"[0-9A-F]{8,64}")
_MCHID = regex(r"[0-9]{6,20}")


class WechatPay(Unshown, frozen=True):
    """What a merchant sent behind the scheme; `scheme` is as sent."""

    scheme: str
    params: tuple[Parameter, ...]
    problems: tuple[str, ...] = ()

    def param(self, name: str) -> str | None:
        """Return the first parameter called `name` (case counts here), or None."""
        return next((each.value for each in self.params if each.name == name), None)

    @property
    def mchid(self) -> str | None:
        """The merchant number; of the service provider, where one signs for a merchant."""
        return self.param("mchid")

    @property
    def serial_no(self) -> str | None:
        """The serial number of the merchant's certificate, as sent."""
        return self.param("serial_no")

    @property
    def timestamp_s(self) -> int | None:
        """When the client says it signed, Unix seconds; None where that is no such number."""
        value = self.param("timestamp") or ""
        return int(value) if _SECONDS.fullmatch(value) else None


def parse_wechatpay(scheme: str, credential: str) -> WechatPay:
    """Return the parameters behind a WeChat Pay scheme; never raises.

    Problems are those of `parameters.parse_parameters` and `missing-NAME` with blanks as hyphens
    (`missing-nonce-str`), `empty-NAME`, `unquoted` (the service wants double quotes),
    `name-case`, `unknown-parameter`, `timestamp-format`, `timestamp-in-milliseconds`,
    `serial-no-format`, `serial-no-is-platform`, `mchid-format`, `signature-base64`,
    `scheme-case`.
    """
    params, syntax = parse_parameters(credential)
    found = WechatPay(scheme, params)
    # Signatures are base64: unquoted they only look like a breach of the token grammar.
    problems = dict.fromkeys(flaw for flaw in syntax if flaw != "unquoted-value")
    owner = "brand_id" if "-brand-" in scheme.lower() else "mchid"
    if scheme != scheme.upper():
        problems["scheme-case"] = None
    for name in (owner, *_REQUIRED):
        value = found.param(name)
        if value is None:
            problems["missing-" + name.replace("_", "-")] = None
        elif not value:
            problems["empty-" + name.replace("_", "-")] = None
    for each in params:
        if not each.quoted:
            problems["unquoted"] = None
        if each.name not in (owner, *_REQUIRED):
            is_known = each.name.lower() in (owner, *_REQUIRED)
            problems["name-case" if is_known else "unknown-parameter"] = None
    problems.update(dict.fromkeys(_value_problems(found)))
    return WechatPay(scheme, params, tuple(problems))


def _value_problems(found: WechatPay) -> list[str]:
    problems: list[str] = []
    timestamp = found.param("timestamp")
    if timestamp and not _SECONDS.fullmatch(timestamp):
        is_ms = len(timestamp) == 13 and timestamp.isascii() and timestamp.isdigit()
        problems.append("timestamp-in-milliseconds" if is_ms else "timestamp-format")
    serial_no = found.serial_no
    if serial_no and serial_no.startswith("PUB_KEY_ID_"):
        problems.append("serial-no-is-platform")
    elif serial_no and not _SERIAL.fullmatch(serial_no):
        problems.append("serial-no-format")
    if found.mchid and not _MCHID.fullmatch(found.mchid):
        problems.append("mchid-format")
    signature = found.param("signature")
    if signature:
        decoded = decode_base64(signature)
        if decoded.data is None or decoded.has_url_safe or not decoded.is_padded_right:
            problems.append("signature-base64")
    return problems
