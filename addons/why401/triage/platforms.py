"""Platforms besides WeChat's that refuse under HTTP 200, and how their answers say so.

Slack, Feishu, DingTalk, Alipay and others put a code into the body and leave the status at 200. The
hosts are those of the rows in `rules/servers/` about that status; on every other host the same
numbers mean something else, or nothing. Most answers of theirs are fine and must not cost what a
refusal costs, so the head is looked at for a code that is not one of success.
"""

from __future__ import annotations

import functools
import zlib

from why401.later import regex

HEAD_BYTES = 2048

_HOSTS = frozenset(
    {"slack.com", "open.feishu.cn", "open.larksuite.com", "oapi.dingtalk.com", "api.dingtalk.com"}
    | {
        "github.com",
        "openapi.alipay.com",
        "openapi.alipaydev.com",
        "openapi-sandbox.dl.alipaydev.com",
    }
    | {"aip.baidubce.com", "openapi.baidu.com", "pan.baidu.com", "api.map.baidu.com"}
    | {"graph.qq.com", "apis.map.qq.com", "restapi.amap.com", "tsapi.amap.com", "api.weibo.com"}
    | {"open.douyin.com", "open.snssdk.com", "open.tiktokapis.com", "business-api.tiktok.com"}
    | {"eco.taobao.com", "gw.api.taobao.com", "gw-api.pinduoduo.com", "api.jd.com"}
    | {"waimaiopen.meituan.com", "api-open-cater.meituan.com", "api.bilibili.com"}
    | {"maps.googleapis.com", "push-api.cloud.huawei.com"}
    | {"api.minimax.chat", "api.minimaxi.com", "api.minimax.io"}
)
_BY_404 = frozenset({"api.stripe.com", "registry.npmjs.org", "npm.pkg.github.com"})
_BELOW = (".slack.com", ".tencentcloudapi.com", ".aliyuncs.com", ".api.jd.com")

_STATED = regex(
    rb'"(?:ok|[Cc]ode|err_?code|error_code|err_?no|ret|status|status_code|infocode|[Ee]rror'
    rb'|error_response)"'
    rb'\s{0,4}:\s{0,4}+(?!(?:"?(?:0|1|200|10000|OK|ok|success|null|true)"?|""|\{\}|\[\])\s{0,4}[,}])'
)


@functools.lru_cache(256)
def refuses_under_200(host: str) -> bool:
    """Return whether `host` (a name without port) is one of a platform that says with a body of
    status 200 that it refuses."""
    host = host.lower().rstrip(".")
    return host in _HOSTS or host.endswith(_BELOW)


@functools.lru_cache(256)
def refuses_under_404(host: str) -> bool:
    """Return whether `host` answers 404 to a key that it does not know, or of the other mode."""
    return host.lower().rstrip(".") in _BY_404 or refuses_under_200(host)


def platform_refuses(content: bytes) -> bool:
    """Return whether the answer of such a platform may say so: its head states a code that is not
    evidently that of success. JSONP and gzip are seen through; what else is compressed is let
    in where it is short, as refusals are."""
    head = unpacked(content)
    if head[:1] in b"{[ \n\r\t\xefcj" or b"(" in head[:64]:
        return _STATED.search(head) is not None
    return len(content) <= 400


def unpacked(content: bytes) -> bytes:
    """Return the head of `content`, out of gzip where it is that; never raises."""
    if content[:2] != b"\x1f\x8b":
        return content[:HEAD_BYTES]
    try:
        return zlib.decompressobj(31).decompress(content[:HEAD_BYTES], HEAD_BYTES)
    except zlib.error:
        return b""
