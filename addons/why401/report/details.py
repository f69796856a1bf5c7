"""What a request carries and what was signed, decoded, one fact a line: the end of a story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from why401.knowledge.rule import Text
from why401.knowledge.words import Language, moment, printable, say
from why401.later import regex
from why401.model import Plain, Shown, SignatureCheck
from why401.report.plain import clean

MAX_SIGNED_LINES = 60

_DIGEST = regex(r"[0-9a-f]{40,128}")
_UNCLEAR = frozenset(" \"'")
_TIMES = frozenset(("exp", "iat", "nbf", "auth_time", "updated_at", "timestamp", "created"))
_SECONDS = range(10**8, 10**11)
"""Numbers that are a moment in seconds; the others are written wrongly and say so themselves."""

FACTS: Final = {
    "length": Text("长度", "length"),
    "placeholder": Text("隐去后写作", "shown as"),
    "header": Text("头部", "header"),
    "claims": Text("声明", "claims"),
    "parameters": Text("参数", "parameters"),
    "token_kind": Text("种类", "kind"),
    "token_kind_signs": Text("种类的依据", "kind told by"),
    "signature_bytes": Text("签名字节数", "signature bytes"),
    "problems": Text("毛病", "problems"),
    "scheme": Text("方案", "scheme"),
    "encoding": Text("编码", "encoding"),
    "user": Text("用户名", "user"),
    "password_length": Text("密码长度", "password length"),
    "sent": Text("发送的值", "sent"),
    "prefix": Text("开头", "prefix"),
    "issuer": Text("由此看是", "by its prefix"),
    "line": Text("第几行", "line"),
    "token68_length": Text("token68 长度", "token68 length"),
    "ntlm_message": Text("NTLM 消息", "NTLM message"),
}
FORMS: Final = {
    "opaque": Text("不透明", "opaque"),
    "parameters": Text("参数", "parameters"),
}
SUBJECTS: Final = {
    "request": Text("请求", "request"),
    "response": Text("应答", "response"),
    "callback": Text("回调", "callback"),
    "invocation": Text("调起参数", "invocation"),
    "token": Text("令牌", "token"),
}
STATUSES: Final = {
    "valid": Text("正确", "right"),
    "mismatch": Text("不符", "wrong"),
    "unverifiable": Text("无法核对", "cannot be checked"),
}
_NEEDS = Text(
    "在 mitm_config.yaml 里填上 {need} 即可核对", "set {need} in mitm_config.yaml to check it"
)
_EXPLAINED = Text("原因：{rule}", "explained by {rule}")


def credential_lines(credential: Shown, language: Language) -> Iterator[str]:
    """Yield what a credential or challenge says, one fact a line."""
    form = credential.format
    words = _said(FORMS, form, language) if form and form != credential.scheme else ""
    yield f"{credential.scheme}{f' ({words})' if words else ''}  {credential.where}"
    for name, value in (credential.decoded or {}).items():
        if isinstance(value, dict):
            yield f"  {_said(FACTS, name, language)}"
            for key, item in value.items():
                yield f"    {printable(str(key))}: {shown(item)}{_moment(str(key), item)}"
        else:
            yield f"  {fact(name, value, language)}"


def fact(name: str, value: Plain, language: Language) -> str:
    """Return one thing that a credential says, by what it is called."""
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    text = ", ".join(map(shown, value)) if isinstance(value, list) and is_list else shown(value)
    colon = "：" if language == "zh" else ": "
    return f"{_said(FACTS, name, language)}{colon}{text}"


def signature_lines(check: SignatureCheck, language: Language) -> Iterator[str]:
    """Yield how a signature fared, without the text that was signed."""
    subject = _said(SUBJECTS, check.subject, language)
    yield f"{check.scheme} · {subject} · {_said(STATUSES, check.status, language)}"
    if check.explained_by:
        yield f"  {say(_EXPLAINED, language, {'rule': check.explained_by})}"
    for need in check.needs:
        yield f"  {say(_NEEDS, language, {'need': need})}"


def signed_lines(check: SignatureCheck) -> Iterator[str]:
    """Yield the lines of the text that was signed, each with the mark of its end."""
    if check.string_to_sign:
        for line in check.string_to_sign.split("\n")[:MAX_SIGNED_LINES]:
            yield f"  {printable(line)}⏎"


def shown(value: Plain) -> str:
    """Return a value of evidence on one line: text as it is, several facts as `name value`, a dash
    where nothing stands."""
    value = clean(value)
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " · ".join(
            f"{name} {_quoted(item)}" for name, item in value.items() if item is not None
        )
    return json.dumps(value, ensure_ascii=False)


def _quoted(value: Plain) -> str:
    """Return one of several facts: in quotes where its ends could not be seen otherwise, and a
    long digest by its ends."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if _DIGEST.fullmatch(value):
        return f"{value[:8]}…{value[-4:]}"
    is_clear = value and value.isascii() and value.isprintable() and not set(value) & _UNCLEAR
    return value if is_clear else f"“{value}”"


def _moment(name: str, value: Plain) -> str:
    """Return what time a claim means, behind its number."""
    is_time = name in _TIMES and isinstance(value, int) and value in _SECONDS
    return f"  ({moment(value)})" if is_time and isinstance(value, int) else ""


def _said(table: dict[str, Text], name: str, language: Language) -> str:
    words = table.get(name)
    return say(words, language, {}) if words else printable(name)
