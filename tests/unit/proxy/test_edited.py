"""What a mode or a hand changed about a request."""

from __future__ import annotations

import pytest
from mitmproxy.http import HTTPFlow
from mitmproxy.options import Options
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow, tutils

from why401.model import Alteration
from why401.proxy.edited import altered_otherwise

UPSTREAM = "api.example.com"
PAGE = {b"Origin": b"http://localhost:8080", b"Sec-Fetch-Site": b"same-origin"}


def options(*, keep_host_header: bool = False) -> Options:
    made = Options()
    made.add_option("keep_host_header", bool, keep_host_header, "")
    return made


def sent(fields: dict[bytes, bytes], mode: str = "reverse:https://api.example.com") -> HTTPFlow:
    headers = ((b"Host", UPSTREAM.encode()), *fields.items())
    flow = tflow.tflow(req=tutils.treq(host=UPSTREAM, content=b"amount=1"))
    flow.request.data.headers.fields = headers
    flow.client_conn.proxy_mode = ProxyMode.parse(mode)
    flow.client_conn.sni = None
    return flow


HOSTS = [
    pytest.param({}, "set", id="nobody knows what stood there"),
    pytest.param(PAGE, "replaced", id="the page's origin tells"),
    pytest.param(PAGE | {b"Sec-Fetch-Site": b"cross-site"}, "set", id="a page of another site"),
    pytest.param(PAGE | {b"Origin": b"https://api.example.com"}, None, id="the server's own page"),
]


@pytest.mark.parametrize(("fields", "change"), HOSTS)
def test_host_before_a_server_of_ones_own(fields: dict[bytes, bytes], change: str | None) -> None:
    expected = (Alteration("request.header.host", "mode reverse", change),) if change else ()
    assert altered_otherwise(sent(fields), options()) == expected


def test_cured_host_stays() -> None:
    assert altered_otherwise(sent(PAGE), options(keep_host_header=True)) == ()
    assert altered_otherwise(sent(PAGE, "regular"), options()) == ()
    by_name = sent({})
    by_name.client_conn.sni = UPSTREAM
    assert altered_otherwise(by_name, options()) == ()


def replayed(flow: HTTPFlow) -> HTTPFlow:
    flow.is_replay = "request"
    return flow


def test_what_was_edited_before_it_was_sent_again() -> None:
    flow = sent({b"Authorization": b"Bearer opaque-token-1"})
    flow.backup()
    flow.request.content = b"amount=2"
    flow.request.path = "/other"
    assert altered_otherwise(replayed(flow), options()) == (
        Alteration("request.target", "hand", "replaced"),
        Alteration("request.body", "hand", "replaced"),
    )


@pytest.mark.parametrize(
    ("path", "is_told"),
    [
        pytest.param(b"/b?X-Amz-Signature=aa", True, id="another path"),
        pytest.param(b"/b?X-Amz-Signature=bb", False, id="cured: with a signature of its own"),
    ],
)
def test_a_presigned_url_that_was_edited(path: bytes, is_told: bool) -> None:
    flow = sent({})
    flow.request.data.path = b"/a?X-Amz-Signature=aa"
    flow.backup()
    flow.request.data.path = path
    assert bool(altered_otherwise(replayed(flow), options())) is is_told


def test_cured_sent_again_as_it_was_or_signed_anew() -> None:
    flow = sent({b"Authorization": b"Bearer opaque-token-1"})
    assert altered_otherwise(replayed(flow), options()) == ()
    flow.backup()
    assert altered_otherwise(flow, options()) == ()
    flow.request.content = b"amount=2"
    flow.request.headers["Authorization"] = "Bearer opaque-token-2"
    assert altered_otherwise(flow, options()) == ()
