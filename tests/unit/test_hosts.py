from __future__ import annotations

import pytest

from why401.hosts import Family, family_of, is_wechat_host


@pytest.mark.parametrize(
    ("host", "path", "family"),
    [
        pytest.param("api.weixin.qq.com", "/cgi-bin/token", Family.WECHAT, id="the usual one"),
        pytest.param("sh.api.weixin.qq.com", "/sns/userinfo", Family.WECHAT, id="a region"),
        pytest.param("API.WEIXIN.QQ.COM.", "/cgi-bin/token", Family.WECHAT, id="case and dot"),
        pytest.param("qyapi.weixin.qq.com", "/cgi-bin/gettoken", Family.WECOM, id="WeCom"),
        pytest.param("api.mch.weixin.qq.com", "/pay/orderquery", Family.WECHATPAY_V2, id="v2"),
        pytest.param("api.mch.weixin.qq.com", "/v3/certificates", Family.WECHATPAY_V3, id="v3"),
        pytest.param("apihk.mch.weixin.qq.com", "/hk/v3/x", Family.WECHATPAY_V3, id="Hong Kong"),
        pytest.param("apihk.mch.weixin.qq.com", "/global/v3/x", Family.WECHATPAY_V3, id="global"),
        pytest.param("api.wechatpay.cn", "/brand/x", Family.WECHATPAY_V3, id="brand"),
        pytest.param("api.mch.weixin.qq.com", "/v3x/y", Family.WECHATPAY_V2, id="no v3 path"),
        pytest.param("oapi.dingtalk.com", "/gettoken", None, id="another vendor"),
        pytest.param("weixin.qq.com.example.com", "/v3/x", None, id="a lookalike"),
        pytest.param("", "", None, id="nothing"),
    ],
)
def test_family_is_told_by_host_and_path(host: str, path: str, family: Family | None) -> None:
    assert family_of(host, path) is family
    assert is_wechat_host(host) is (family is not None)
