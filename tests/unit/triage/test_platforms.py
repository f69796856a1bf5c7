"""Answers under HTTP 200 of platforms that never refuse otherwise."""

from __future__ import annotations

import gzip

import pytest

from why401.knowledge.fingerprints import Row, listed_hosts
from why401.knowledge.load import load_knowledge
from why401.triage.platforms import platform_refuses, refuses_under_200, unpacked

HOSTS = [
    pytest.param("slack.com", True, id="exact"),
    pytest.param("CVM.tencentcloudapi.com.", True, id="below, in capitals, with the root's dot"),
    pytest.param("notslack.com", False, id="ends alike"),
    pytest.param("api.weixin.qq.com", False, id="WeChat has a triage of its own"),
    pytest.param("shop.example.com", False, id="any other"),
]


@pytest.mark.parametrize(("host", "expected"), HOSTS)
def test_whose_host_it_is(host: str, expected: bool) -> None:
    assert refuses_under_200(host) is expected


ANSWERS = [
    pytest.param(b'{"ok":false,"error":"invalid_auth"}', True, id="Slack"),
    pytest.param(b'{"ok":true,"url":"https://x.slack.com/","error":null}', False, id="Slack fine"),
    pytest.param(b'{"code":99991663,"msg":"x"}', True, id="Feishu"),
    pytest.param(b'{"code": 0, "msg": "ok", "data": {}}', False, id="Feishu fine"),
    pytest.param(b'{"errcode":88,"sub_code":"60011"}', True, id="DingTalk"),
    pytest.param(b'{"errcode":0,"errmsg":"ok"}', False, id="DingTalk fine"),
    pytest.param(b'{"x_response":{"code":"40002","sub_code":"isv.x"}}', True, id="Alipay"),
    pytest.param(b'{"x_response":{"code":"10000","msg":"Success"}}', False, id="Alipay fine"),
    pytest.param(b'{"Response":{"Error":{"Code":"AuthFailure.X"}}}', True, id="Tencent Cloud"),
    pytest.param(b'{"Response":{"RequestId":"1","TotalCount":0}}', False, id="Tencent Cloud fine"),
    pytest.param(b'callback( {"error":100016,"error_description":"x"} );', True, id="JSONP"),
    pytest.param(b'callback( {"client_id":"1","openid":"2"} );', False, id="JSONP fine"),
    pytest.param(b'{"status":"0","info":"X","infocode":"10001"}', True, id="Amap"),
    pytest.param(b'{"status":"1","info":"OK","infocode":"10000"}', False, id="Amap fine"),
    pytest.param(gzip.compress(b'{"ok":false,"error":"invalid_auth"}'), True, id="gzip"),
    pytest.param(gzip.compress(b'{"ok":true}'), False, id="gzip, fine"),
    pytest.param(b"\x1b\x20\x00\xf8\x25", True, id="short and in another coding"),
    pytest.param(b"\x89PNG" + bytes(1000), False, id="picture"),
    pytest.param(b'{"items":["' + b"a" * 5000 + b'"],"code":7}', False, id="behind the head"),
]


@pytest.mark.parametrize(("content", "expected"), ANSWERS)
def test_what_refuses(content: bytes, expected: bool) -> None:
    assert platform_refuses(content) is expected


def test_gzip_gives_no_more_than_a_head() -> None:
    assert len(unpacked(gzip.compress(bytes(10_000_000)))) == 2048
    assert unpacked(b"\x1f\x8bnonsense") == b""


ROWS = [
    row
    for row in load_knowledge().knowledge.fingerprints.rows
    if listed_hosts(row) and 200 in (row.status if isinstance(row.status, list) else [row.status])
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.server} {row.json or row.says}"[:60])
def test_every_host_that_has_rows_is_known(row: Row) -> None:
    for host in listed_hosts(row):
        # GitHub speaks GraphQL, which is told from its shape.
        assert host == "api.github.com" or refuses_under_200(f"x{host}" if host[0] == "." else host)
