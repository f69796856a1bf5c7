"""Whose server a host is: the families whose answers mean something of their own.

The same number means one thing at the mini-program platform and another at WeCom, so every
code is read as (family, code). Source: the host lists of WeChat's and WeChat Pay's documents.
"""

from __future__ import annotations

import enum


class Family(enum.StrEnum):
    """A family of servers with one table of codes."""

    WECHAT = "wechat"
    """Mini program, official account, open platform: JSON `errcode`."""
    WECOM = "wecom"
    """WeCom (企业微信): JSON `errcode`, other meanings."""
    WECHATPAY_V2 = "wechatpay-v2"
    """WeChat Pay API v2: XML `return_code` and `err_code`."""
    WECHATPAY_V3 = "wechatpay-v3"
    """WeChat Pay API v3: JSON `code` and `message` with a real HTTP status."""
    CRYPT = "crypt"
    """What the sample code for decrypting and for callbacks returns: never a server's answer, met
    only in the logs and answers of developers' own programs."""
    JSSDK = "jssdk"
    """What `wx.config` and its calls report in the page: never a server's answer either."""


_WECHAT_HOSTS = frozenset(
    f"{name}.weixin.qq.com"
    for name in ("api", "api2", "sh.api", "sz.api", "hk.api", "file.api", "mp")
)
_WECOM_HOSTS = frozenset({"qyapi.weixin.qq.com"})
_PAY_HOSTS = frozenset(
    {
        f"{name}.mch.weixin.qq.com"
        for name in ("api", "api2", "apihk", "apius", "apieu", "fraud", "payapp", "apitest")
    }
    | {"api.wechatpay.cn", "api2.wechatpay.cn", "pay.wechatpay.cn", "action.weixin.qq.com"}
)
_V3_PREFIXES = ("/v3/", "/hk/v3/", "/global/v3/", "/brand/")

_PLATFORM_HOSTS = _WECHAT_HOSTS | _WECOM_HOSTS
ALL_WECHAT_HOSTS = _PLATFORM_HOSTS | _PAY_HOSTS
PAGE_HOSTS = frozenset({"open.weixin.qq.com", "wx.tenpay.com"})
"""Where a login and an H5 payment begin: pages, that tell the user under status 200 what is wrong
with the link that led there."""


def is_wechat_host(host: str) -> bool:
    """Return whether `host` is one of WeChat's own API servers; cheap, for every exchange."""
    return host in ALL_WECHAT_HOSTS or host.lower().rstrip(".") in ALL_WECHAT_HOSTS


def is_platform_host(host: str) -> bool:
    """Return whether `host` answers for WeChat's platform or for WeCom, with JSON `errcode`."""
    return host in _PLATFORM_HOSTS or host.lower().rstrip(".") in _PLATFORM_HOSTS


def family_of(host: str, path: str) -> Family | None:
    """Return the family that answers on `host` (a name without port) for `path`; None for a
    server that is not WeChat's, however its body looks."""
    host = host.lower().rstrip(".")
    if host in _WECHAT_HOSTS:
        return Family.WECHAT
    if host in _WECOM_HOSTS:
        return Family.WECOM
    if host in _PAY_HOSTS:
        return Family.WECHATPAY_V3 if path.startswith(_V3_PREFIXES) else Family.WECHATPAY_V2
    return None
