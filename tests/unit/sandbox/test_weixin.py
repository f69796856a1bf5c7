from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from tests.servers import Clock, ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply
from why401.sandbox.weixin import picture

HOST = "api.weixin.qq.com"
RID = re.compile(r"rid: ([0-9a-f]{8})-[0-9a-f]{8}-[0-9a-f]{8}$")


def get(sandbox: Sandbox, path: str, **query: str) -> Reply:
    return ask(sandbox, HOST, f"{path}?{urlencode(query)}")


def credentials(sandbox: Sandbox, **changed: str) -> dict[str, str]:
    account = sandbox.account
    sent = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
        **changed,
    }
    return {name: value for name, value in sent.items() if value}


def fetch(sandbox: Sandbox) -> str:
    return str(get(sandbox, "/cgi-bin/token", **credentials(sandbox)).json()["access_token"])


def stable(sandbox: Sandbox, **changed: object) -> Reply:
    body = json.dumps({**credentials(sandbox), **changed}).encode()
    return ask(sandbox, HOST, "/cgi-bin/stable_token", method="POST", body=body)


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        pytest.param({"appid": ""}, 41002, "appid missing", id="appid missing"),
        pytest.param({"appid": "wx1234"}, 40013, "invalid appid", id="appid unknown"),
        pytest.param({"secret": ""}, 41004, "appsecret missing", id="secret missing"),
        pytest.param({"secret": "short"}, 40125, "invalid appsecret", id="secret no secret"),
        pytest.param({"secret": "0" * 32}, 40001, "invalid credential", id="secret wrong"),
        pytest.param({"grant_type": "x"}, 40002, "invalid grant_type", id="grant_type wrong"),
    ],
)
def test_token_refused(sandbox: Sandbox, changed: dict[str, str], code: int, message: str) -> None:
    reply = get(sandbox, "/cgi-bin/token", **credentials(sandbox, **changed))
    error = reply.json()
    assert (reply.status, error["errcode"]) == (200, code)
    assert error["errmsg"].startswith(message)
    assert reply.headers["content-type"] == "application/json; encoding=utf-8"


def test_rid_begins_with_the_time(clocked_sandbox: Sandbox, clock: Clock) -> None:
    match = RID.search(get(clocked_sandbox, "/cgi-bin/menu/get").json()["errmsg"])
    assert match is not None
    assert int(match[1], 16) == clock.now_s


def test_address_not_listed(sandbox: Sandbox) -> None:
    account = sandbox.account_not_ip_listed
    sent = credentials(sandbox, appid=account.appid, secret=account.secret)
    error = get(sandbox, "/cgi-bin/token", **sent).json()
    assert error["errcode"] == 40164
    assert error["errmsg"].startswith("invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in")


def test_component_uses_another_call(sandbox: Sandbox) -> None:
    account = sandbox.component
    sent = credentials(sandbox, appid=account.appid, secret=account.secret)
    assert get(sandbox, "/cgi-bin/token", **sent).json()["errcode"] == 61024


def test_second_fetch_retires_the_first_token(sandbox: Sandbox) -> None:
    first, second = fetch(sandbox), fetch(sandbox)
    old = get(sandbox, "/cgi-bin/get_api_domain_ip", access_token=first).json()
    new = get(sandbox, "/cgi-bin/get_api_domain_ip", access_token=second).json()
    assert old["errcode"] == 40001
    assert "not latest, could get access_token by getStableAccessToken" in old["errmsg"]
    assert RID.search(old["errmsg"])
    assert new["ip_list"]


def test_stable_token_stays_unless_forced(clocked_sandbox: Sandbox, clock: Clock) -> None:
    first = stable(clocked_sandbox).json()
    clock.now_s += 100
    again = stable(clocked_sandbox).json()
    forced = stable(clocked_sandbox, force_refresh=True).json()
    assert again == {"access_token": first["access_token"], "expires_in": 7100}
    assert forced["access_token"] != first["access_token"]
    old = get(clocked_sandbox, "/cgi-bin/get_api_domain_ip", access_token=first["access_token"])
    assert old.json()["errcode"] == 40001


def test_stable_token_is_independent_of_the_ordinary_one(sandbox: Sandbox) -> None:
    token = stable(sandbox).json()["access_token"]
    fetch(sandbox)
    assert get(sandbox, "/cgi-bin/get_api_domain_ip", access_token=token).json()["ip_list"]


@pytest.mark.parametrize(
    "body", [pytest.param(b"", id="empty"), pytest.param(b"[1]", id="list"), b'{"appid":{}}']
)
def test_stable_token_with_a_bad_body(sandbox: Sandbox, body: bytes) -> None:
    reply = ask(sandbox, HOST, "/cgi-bin/stable_token", method="POST", body=body)
    assert reply.json()["errcode"] == 41002


def test_a_token_expires_after_two_hours(clocked_sandbox: Sandbox, clock: Clock) -> None:
    token = fetch(clocked_sandbox)
    clock.now_s += 7199
    assert get(clocked_sandbox, "/cgi-bin/get_api_domain_ip", access_token=token).json()["ip_list"]
    clock.now_s += 1
    late = get(clocked_sandbox, "/cgi-bin/get_api_domain_ip", access_token=token).json()
    assert late["errcode"] == 42001


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [
        pytest.param("/cgi-bin/user/get", None, 41001, id="token missing"),
        pytest.param("/cgi-bin/user/get", "undefined", 40014, id="token no token"),
        pytest.param("/cgi-bin/user/get", "9" * 136, 40001, id="token unknown"),
        pytest.param("/cgi-bin/user/get", "good", 48001, id="call of official accounts"),
        pytest.param("/cgi-bin/nothing", "good", 40066, id="no such call"),
    ],
)
def test_call_refused(sandbox: Sandbox, path: str, token: str | None, code: int) -> None:
    sent = fetch(sandbox) if token == "good" else token
    reply = get(sandbox, path, **({"access_token": sent} if sent else {}))
    assert reply.json()["errcode"] == code


def test_the_daily_quota_ends(clocked_sandbox: Sandbox) -> None:
    token = fetch(clocked_sandbox)
    codes = [
        get(clocked_sandbox, "/wxa/generate_urllink", access_token=token).json()["errcode"]
        for _ in range(2)
    ]
    assert codes == [0, 45009]


def exchange(sandbox: Sandbox, code: str, **changed: str) -> Reply:
    sent = credentials(sandbox, grant_type="authorization_code", js_code=code, **changed)
    return get(sandbox, "/sns/jscode2session", **sent)


def test_login_code_is_good_once(sandbox: Sandbox) -> None:
    code = sandbox.weixin.login_code(sandbox.account.appid, sandbox.clock())
    first, second = exchange(sandbox, code), exchange(sandbox, code)
    assert first.json().keys() == {"session_key", "openid"}
    assert first.headers["content-type"] == "text/plain"
    assert second.json()["errcode"] == 40163
    assert second.json()["errmsg"].startswith("code been used, hints: [ req_id: ")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("undefined", 40029, id="no code"),
        pytest.param("", 41008, id="code missing"),
    ],
)
def test_login_code_refused(sandbox: Sandbox, code: str, expected: int) -> None:
    assert exchange(sandbox, code).json()["errcode"] == expected


def test_login_code_of_another_program(sandbox: Sandbox) -> None:
    code = sandbox.weixin.login_code("wx0000000000000001", sandbox.clock())
    assert exchange(sandbox, code).json()["errcode"] == 40029


def test_login_code_ages(clocked_sandbox: Sandbox, clock: Clock) -> None:
    code = clocked_sandbox.weixin.login_code(clocked_sandbox.account.appid, clock.now_s)
    clock.now_s += 301
    assert exchange(clocked_sandbox, code).json()["errcode"] == 40029


def test_login_code_with_a_wrong_secret(sandbox: Sandbox) -> None:
    assert exchange(sandbox, "x", secret="f" * 32).json()["errcode"] == 40001


def code_picture(sandbox: Sandbox, page: str) -> Reply:
    target = f"/wxa/getwxacodeunlimit?access_token={fetch(sandbox)}"
    body = json.dumps({"scene": "a=1", "page": page}).encode()
    return ask(sandbox, HOST, target, method="POST", body=body)


def test_picture_on_success(sandbox: Sandbox) -> None:
    reply = code_picture(sandbox, "pages/index")
    assert reply.headers["content-type"] == "image/png"
    assert reply.body == picture()
    assert reply.body.startswith(b"\x89PNG\r\n\x1a\n")


def test_json_where_the_picture_fails(sandbox: Sandbox) -> None:
    reply = code_picture(sandbox, "/pages/index")
    assert (reply.status, reply.json()["errcode"]) == (200, 41030)
