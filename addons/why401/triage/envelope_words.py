"""How back ends with codes of their own say under HTTP 200 that they refuse.

What the code is differs from one to the next, the words hardly do. Only a message that begins
with them counts: in the middle of a sentence they may be advice.
Sources: the messages of dromara/Sa-Token, flipped-aurora/gin-vue-admin, linlinjava/litemall,
crmeb/CRMEB, casdoor/casdoor and YunaiV/ruoyi-vue-pro; PanJiaChen/vue-admin-template for "Illegal
token".
"""

from __future__ import annotations

import re

from why401.later import regex

MAX_MESSAGE = 100
"""Characters of a message that are read."""
_NAMES = (b'sg":', b'ssage":')
"""What the names end with under which messages stand: `msg`, `errmsg`, `message`."""
_SUCCEEDED = (b'{"code":0,', b'{"code":200,', b'{"code":1,', b'{"status":200,', b'{"code":"0')
"""How most envelopes begin: what they say besides is no refusal."""
_FINE = frozenset(
    {b"", b"ok", b"OK", b"success", b"Success", b"SUCCESS"}
    | {text.encode() for text in ("成功", "操作成功", "请求成功", "查询成功", "登录成功")}
)
_LOG_IN = regex(
    r"^(?:当前|您|你)?(?:用户|账号|账户)?(?:还|尚|暂)?(?:没有|未)登[录陆]"
    r"|(?:^|[,，。!！ ])请您?(?:先|重新)登[录陆]\s?(?=$|[!！。.,，~]|后(?!台))"
    r"|^请您?登[录陆]\s?(?=$|[!！。.,，~]|后(?!台))"
    r"|登[录陆](?:状态|信息|态|身份)?已?经?(?:过期|失效|有误)"
    r"|^(?:用户|访问|登录|认证)?(?:令牌|凭证)(?: [\w-]{1,20} ?)?"
    r"已?经?(?:过期|失效|无效|不存在|不能为空|非法|验证失败)"
    r"|^(?:无效|非法|过期)的?(?:访问)?令牌|^鉴权(?:失败|已?过期)|^授权已?过期$"
    r"|^身份(?:认证|验证)?已?(?:失败|失效|过期)[。.!！]?$|异地登[录陆]"
    r"|^(?:access_?)?token ?(?:无效|非法|错误|缺失|为空|不存在|不合法|不能为空|不正确|已?经?过期"
    r"|已?失效|已被|(?:校验|验证|认证|解析)失败)"
    r"|^(?:无效|非法|缺少|缺失|未提供|未携带)的? ?(?:access_?)?token"
    r"|未能读取到有效 token|未按照指定前缀提交 token"
    r"|^(?:the )?(?:access )?token (?:is |has |was )?(?:been )?"
    r"(?:invalid|expired|missing|wrong|revoked|required)\b"
    r"|^(?:illegal|invalid|missing|expired) (?:access )?token[.!]?$"
    r"|^illegal token|^(?:please |must |you must )(?:be )?(?:logged in|log ?in|re-?login|sign ?in)"
    r"(?: first| again)?[.!]?$|^(?:user |you are )?not log(?:in|ged in)[.!]?$",
    re.I,
)
_NO_PERMISSION = regex(
    r"^(?:您|你|用户)?(?:没有|暂?无)(?:此|该|操作|访问|相关|接口){0,2}(?:权限|角色)(?:$|[,，。!！：:])"
    r"|^(?:no permission|permission denied|access denied)[.!]?$",
    re.I,
)


def status_by_words(message: str) -> int | None:
    """Return 401 where a message says that nobody is logged in, 403 where it says that somebody
    may not, None for every other."""
    message = message[:MAX_MESSAGE].strip()
    if _LOG_IN.search(message):
        return 401
    return 403 if _NO_PERMISSION.search(message) else None


def may_refuse_in_words(content: bytes) -> bool:
    """Return whether the first or the last message in short JSON says so; for all traffic. Of an
    envelope one of the two is its own."""
    if content.startswith(_SUCCEEDED):
        return False
    for name in _NAMES:
        first = content.find(name)
        if first < 0:
            continue
        last = content.rfind(name)
        if _refuses(content, first + len(name)):
            return True
        if last != first and _refuses(content, last + len(name)):
            return True
    return False


def _refuses(content: bytes, start: int) -> bool:
    # No more of it is looked at than a message has bytes.
    part = content[start : start + 3 * MAX_MESSAGE].lstrip()
    if part[:1] != b'"':
        return False
    message = part[1:].partition(b'"')[0]
    if message in _FINE:
        return False
    return status_by_words(message.decode("utf-8", "replace")) is not None
