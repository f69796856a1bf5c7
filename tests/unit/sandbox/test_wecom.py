from __future__ import annotations

from urllib.parse import urlencode

import pytest
from tests.servers import Clock, ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply

HOST = "qyapi.weixin.qq.com"


def get(sandbox: Sandbox, path: str, **query: str) -> Reply:
    return ask(sandbox, HOST, f"{path}?{urlencode(query)}")


def fetch(sandbox: Sandbox) -> str:
    corp = sandbox.corp
    reply = get(sandbox, "/cgi-bin/gettoken", corpid=corp.corpid, corpsecret=corp.secret)
    assert (reply.json()["errcode"], reply.json()["errmsg"]) == (0, "ok")
    return str(reply.json()["access_token"])


@pytest.mark.parametrize(
    ("corpid", "code", "message"),
    [
        pytest.param("ww1", 40013, "invalid corpid, hint: [", id="corpid unknown"),
        pytest.param("ww0000000000000000", 40001, "invalid credential, hint: [", id="secret"),
    ],
)
def test_gettoken_refused(sandbox: Sandbox, corpid: str, code: int, message: str) -> None:
    reply = get(sandbox, "/cgi-bin/gettoken", corpid=corpid, corpsecret="wrong")
    assert (reply.status, reply.json()["errcode"]) == (200, code)
    assert reply.json()["errmsg"].startswith(message)
    assert reply.headers["content-type"] == "application/json; charset=UTF-8"


def test_address_not_trusted(sandbox: Sandbox) -> None:
    error = get(sandbox, "/cgi-bin/message/send", access_token=fetch(sandbox)).json()
    assert error["errcode"] == 60020
    assert error["errmsg"].endswith(
        ", from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com/devtool/query?e=60020"
    )


@pytest.mark.parametrize(
    ("token", "code"),
    [pytest.param("", 41001, id="missing"), pytest.param("nonsense", 40014, id="unknown")],
)
def test_token_refused(sandbox: Sandbox, token: str, code: int) -> None:
    reply = get(sandbox, "/cgi-bin/get_api_domain_ip", access_token=token)
    assert reply.json()["errcode"] == code


def test_token_good_then_expired(clocked_sandbox: Sandbox, clock: Clock) -> None:
    token = fetch(clocked_sandbox)
    good = get(clocked_sandbox, "/cgi-bin/get_api_domain_ip", access_token=token).json()
    clock.now_s += 7200
    late = get(clocked_sandbox, "/cgi-bin/get_api_domain_ip", access_token=token).json()
    assert (good["errcode"], late["errcode"]) == (0, 42001)
