"""`why401 sign`: one WeChat signature computed or checked, every step shown.

Secrets come from the configuration, from the environment or from a prompt, never from arguments:
those stand in the shell's history and in every list of processes.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from why401.commands.file_words import in_words
from why401.configuration import Configuration
from why401.credentials.wechatpay import parse_wechatpay
from why401.keys import Secret, WechatPayKeys
from why401.knowledge.load import load_knowledge
from why401.knowledge.rule import Text
from why401.knowledge.words import Language, printable
from why401.language import said
from why401.report.plain import signature_plain
from why401.sign import (
    Signing,
    SignInput,
    Step,
    UnusableKeyError,
    check_v3_sm2,
    paysign_v3_request,
    read_input,
    sign_jssdk,
    sign_paysign_v2,
    sign_v2,
    sign_v3,
    v3_request,
)
from why401.signatures.paysign_v3 import PaySignV3
from why401.signatures.v3_message import V3Message
from why401.signatures.wechatpay_v2 import other_keys

WRONG = 2
STATUS = {"valid": 0, "mismatch": 1, "unverifiable": WRONG}
ENVIRONMENT = {
    "api_v2_key": "WHY401_API_V2_KEY",
    "private_key": "WHY401_PRIVATE_KEY",
    "jsapi_ticket": "WHY401_JSAPI_TICKET",
}
"""Where a secret may stand that is not in the configuration."""

_STATUSES = {
    "valid": Text("签名正确", "the signature is right"),
    "computed": Text("已计算", "computed"),
    "mismatch": Text("签名不对", "the signature is wrong"),
    "unverifiable": Text("缺少密钥，无法判断", "cannot be judged without the key"),
}


class SignOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What all schemes share: where the message is, the signature to check, how to answer."""

    configuration: Configuration
    language: Language
    source: Sequence[str] = ()
    given: str | None = None
    as_json: bool = False


def run_v2(options: SignOptions, algorithm: str) -> int:
    """Compute or check the `sign` of an API v2 message."""
    sent = _input(options)
    fields = sent.fields or _pairs(options.source)
    if not fields:
        _fail(
            options,
            "没有字段：给出 XML、请求，或 名=值",
            "no fields: give XML, a request, or NAME=VALUE",
        )
    merchant = _merchant(options, dict(fields).get("mch_id") or dict(fields).get("mchid"))
    key = merchant.api_v2_key if merchant else None
    return _tell(
        sign_v2(
            fields,
            key or _secret(options, "api_v2_key"),
            algorithm=algorithm,
            given=options.given,
            others=_other_keys(options, merchant),
        ),
        options,
    )


def run_v3(
    options: SignOptions, method: str, url: str, body: bytes | None, timestamp: str, nonce: str
) -> int:
    """Compute or check the Authorization of an API v3 request."""
    sent = _input(options)
    scheme, _, rest = sent.header("authorization").partition(" ")
    claimed = parse_wechatpay(scheme, rest) if rest else None
    given = options.given or (claimed and claimed.param("signature")) or None
    merchant = _merchant(options, claimed.mchid if claimed else None)
    method = (method or sent.method or "GET").upper()
    url = url or sent.url
    body = sent.body if body is None else body
    timestamp = timestamp or (claimed and claimed.param("timestamp")) or ""
    nonce = nonce or (claimed and claimed.param("nonce_str")) or ""
    host = sent.host or "api.mch.weixin.qq.com"
    claim = v3_request(method, url, body, timestamp, nonce, host)
    if given and "SM2" in scheme.upper():
        return _tell(
            check_v3_sm2(claim, given, merchant.sm2_certificate if merchant else None), options
        )
    return _tell_rsa(claim, merchant, given, options)


def run_paysign(options: SignOptions, scene: str) -> int:
    """Compute or check the paySign that starts a payment; RSA or not is told by signType or by
    the length of the given signature."""
    sent = _input(options)
    found = dict(_pairs(options.source))
    if isinstance(sent.json, dict):
        found |= {str(name): str(value) for name, value in _flat(sent.json)}
    if not found:
        _fail(
            options,
            "没有字段：给出 JSON，或 appId=… timeStamp=… nonceStr=… package=…",
            "no fields: give JSON, or appId=… timeStamp=… nonceStr=… package=…",
        )
    given = options.given or found.pop("paySign", None) or found.pop("sign", None)
    appid = found.get("appId") or found.get("appid") or ""
    merchant = _merchant(options, found.get("partnerid"), appid)
    is_rsa = found.get("signType") == "RSA" or len(given or "") > 100
    if not is_rsa:
        key = (merchant.api_v2_key if merchant else None) or _secret(options, "api_v2_key")
        signing = sign_paysign_v2(
            scene,
            tuple(found.items()),
            key,
            given=given,
            others=_other_keys(options, merchant),
            appids=merchant.appids if merchant else (),
        )
        return _tell(signing, options)
    is_app = scene == "app"
    claim = paysign_v3_request(
        appid,
        found.get("timeStamp") or found.get("timestamp") or "",
        found.get("nonceStr") or found.get("noncestr") or "",
        (found.get("prepayid") if is_app else found.get("package")) or "",
        is_app=is_app,
        appids=merchant.appids if merchant else (),
    )
    return _tell_rsa(claim, merchant, given, options)


def run_jssdk(options: SignOptions, url: str, timestamp: str, nonce: str) -> int:
    """Compute or check the signature of `wx.config` for a page."""
    ticket = _secret(options, "jsapi_ticket")
    if ticket is None:
        _fail(
            options,
            f"需要 jsapi_ticket：设置环境变量 {ENVIRONMENT['jsapi_ticket']}",
            f"needs the jsapi_ticket: set the environment variable {ENVIRONMENT['jsapi_ticket']}",
        )
    return _tell(sign_jssdk(url, ticket, nonce, timestamp, given=options.given), options)


# -- where the message and the keys come from ---------------------------------------------------


def _input(options: SignOptions) -> SignInput:
    """Return the message: of a file, of standard input, or empty where fields are arguments."""
    if len(options.source) != 1 or "=" in options.source[0]:
        return SignInput()
    name = options.source[0]
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return read_input(data)
    except OSError as error:
        _unreadable(options, name, f"cannot be read: {error.strerror}")
    except ValueError as error:
        _unreadable(options, name, str(error))


def _pairs(source: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = (item.partition("=") for item in source if "=" in item)
    return tuple((name, value) for name, _, value in pairs)


def _flat(json: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the fields of an object, or of the object that wraps them (`data`, `result`)."""
    for value in json.values():
        if isinstance(value, dict) and {"package", "paySign", "prepayid"} & value.keys():
            return list(value.items())
    return list(json.items())


def _merchant(
    options: SignOptions, mchid: str | None, appid: str | None = None
) -> WechatPayKeys | None:
    """Return the configured merchant: of that number, of that appid, or the only one."""
    keys = options.configuration.keys
    if mchid and (found := keys.merchant(mchid)):
        return found
    for merchant in keys.wechatpay:
        if appid and appid in merchant.appids:
            return merchant
    return keys.wechatpay[0] if len(keys.wechatpay) == 1 else None


def _other_keys(
    options: SignOptions, merchant: WechatPayKeys | None
) -> tuple[tuple[str, Secret], ...]:
    return tuple(other_keys(options.configuration.keys, merchant))


def _private_key(
    options: SignOptions, merchant: WechatPayKeys | None, given: str | None
) -> str | None:
    """Return the private key in PEM; it is asked for only where nothing else will do."""
    if merchant and merchant.private_key:
        return merchant.private_key.value
    if given and merchant and merchant.certificate:
        return None
    found = os.environ.get(ENVIRONMENT["private_key"])
    if not found:
        _explain_missing(options, "private_key")
    return found or None


def _secret(options: SignOptions, name: str) -> Secret | None:
    """Return a secret from the environment, or from a prompt where there is a terminal."""
    variable = ENVIRONMENT[name]
    if value := os.environ.get(variable):
        return Secret(f"${variable}", value)
    if sys.stdin.isatty():
        value = getpass.getpass(f"{name}: ", stream=sys.stderr)
        return Secret(name, value) if value else None
    _explain_missing(options, name)
    return None


def _explain_missing(options: SignOptions, name: str) -> None:
    variable = ENVIRONMENT[name]
    line = said(
        options.language,
        f"没有 {name}：写进 mitm_config.yaml，或设置环境变量 {variable}",
        f"no {name}: put it into mitm_config.yaml, or set the environment variable {variable}",
    )
    print(f"why401: {line}", file=sys.stderr)


# -- what is told ---------------------------------------------------------------------------------


def _tell_rsa(
    claim: V3Message | PaySignV3,
    merchant: WechatPayKeys | None,
    given: str | None,
    options: SignOptions,
) -> int:
    """Compute or check an RSA signature with the merchant's keys, and tell what came of it."""
    try:
        signing = sign_v3(
            claim,
            private_key=_private_key(options, merchant, given),
            certificate=merchant.certificate if merchant else None,
            given=given,
        )
    except UnusableKeyError as error:
        _unreadable(options, "private_key", str(error))
    return _tell(signing, options)


def _tell(signing: Signing, options: SignOptions) -> int:
    check = signing.check
    if options.as_json:
        sys.stdout.buffer.write(msgspec.json.encode(signature_plain(check)) + b"\n")
        return STATUS[check.status]
    for step in signing.steps:
        _print_step(step, options.language)
    is_computed = check.status == "valid" and options.given is None and check.sent is None
    verdict = _STATUSES["computed" if is_computed else check.status]
    print(f"\n{said(options.language, verdict.zh, verdict.en)}")
    if check.explained_by:
        _print_rules((check.explained_by, *check.also_explained_by), options)
    return STATUS[check.status]


def _print_step(step: Step, language: Language) -> None:
    name = said(language, step.name.zh, step.name.en)
    value = step.value
    if isinstance(value, list):
        print(f"{name}:")
        for item in value:
            print(f"  {_item(item, language)}")
    elif isinstance(value, dict):
        print(
            f"{name}: "
            + " · ".join(f"{key} {_item(item, language)}" for key, item in value.items())
        )
    elif isinstance(value, str) and "\n" in value:
        print(f"{name}:")
        for line in value.split("\n")[:-1] or [value]:
            print(f"  {printable(line)}⏎")
        if not value.endswith("\n"):
            print(f"  {printable(value.rpartition(chr(10))[2])}")
    else:
        print(f"{name}: {_item(value, language)}")


def _item(value: Any, language: Language) -> str:
    if isinstance(value, dict) and {"name", "zh", "en"} <= value.keys():
        return f"{printable(str(value['name']))} ({value[language]})"
    if isinstance(value, list | tuple) and len(value) == 2:
        return f"{printable(str(value[0]))}={printable(str(value[1]))}"
    return printable(value) if isinstance(value, str) else str(value)


def _print_rules(rule_ids: Sequence[str], options: SignOptions) -> None:
    knowledge = load_knowledge(options.configuration.rule_folders).knowledge
    for rule_id in rule_ids:
        rule = knowledge.rule(rule_id)
        print(f"= {rule_id}")
        if rule is not None:
            print(f"  {said(options.language, rule.title.zh, rule.title.en)}")
            fix = rule.causes[0].fix
            for line in said(options.language, fix.zh, fix.en).splitlines():
                print(f"    {line}")


def _unreadable(options: SignOptions, name: str, message: str) -> NoReturn:
    _fail(
        options,
        f"{name}：{in_words(message, 'zh', name)}",
        f"{name}: {in_words(message, 'en', name)}",
    )


def _fail(options: SignOptions, zh: str, en: str) -> NoReturn:
    print(f"why401: {said(options.language, zh, en)}", file=sys.stderr)
    sys.exit(WRONG)
