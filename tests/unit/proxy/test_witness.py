"""What this mitmproxy changed about a request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mitmproxy.addons.mapremote import MapRemote
from mitmproxy.addons.modifybody import ModifyBody
from mitmproxy.addons.modifyheaders import ModifyHeaders
from mitmproxy.addons.proxyauth import ProxyAuth
from mitmproxy.addons.script import ScriptLoader
from mitmproxy.addons.stickyauth import StickyAuth
from mitmproxy.http import HTTPFlow
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import taddons, tflow, tutils

from why401.model import Alteration
from why401.proxy.witness import Fields, Witness, witness_for


@pytest.fixture
def context() -> Iterator[taddons.context]:
    addons = (ModifyHeaders(), ModifyBody(), MapRemote(), StickyAuth(), ProxyAuth(), ScriptLoader())
    with taddons.context(*addons) as context:
        yield context


def sent(
    context: taddons.context, mode: str = "regular", fields: Fields = (), **options: object
) -> tuple[HTTPFlow, Witness | None]:
    """Pass a request through all addons as mitmproxy does."""
    context.options.update(**options)
    witness = witness_for(context.master.addons, context.options)
    flow = tflow.tflow(
        req=tutils.treq(host="api.example.com", path=b"/orders?a=1", content=b"amount=1")
    )
    flow.live = True
    flow.client_conn.proxy_mode = ProxyMode.parse(mode)
    flow.request.headers.fields += fields
    for addon in context.master.addons.chain:
        if hasattr(addon, "requestheaders"):
            addon.requestheaders(flow)
    for addon in context.master.addons.chain:
        if hasattr(addon, "request"):
            addon.request(flow)
    return flow, witness


CHANGES = [
    pytest.param(
        {"modify_headers": ["/X-Trace/1"]},
        Alteration("request.header.x-trace", "option modify_headers", "added"),
        id="a header is added",
    ),
    pytest.param(
        {"modify_headers": ["/~q/header/other"]},
        Alteration("request.header.header", "option modify_headers", "replaced"),
        id="a header is replaced, with a filter",
    ),
    pytest.param(
        {"modify_headers": ["/header/"]},
        Alteration("request.header.header", "option modify_headers", "removed"),
        id="a header is taken away",
    ),
    pytest.param(
        {"modify_body": ["/amount=1/amount=100"]},
        Alteration("request.body", "option modify_body", "replaced"),
        id="the body",
    ),
    pytest.param(
        {"map_remote": ["|/orders|/v2/orders"]},
        Alteration("request.target", "option map_remote", "replaced"),
        id="the path",
    ),
    pytest.param(
        {"map_remote": ["|api.example.com|other.example"]},
        Alteration("request.host", "option map_remote", "replaced"),
        id="the host",
    ),
]


@pytest.mark.parametrize(("options", "expected"), CHANGES)
def test_what_an_option_changed(
    context: taddons.context, options: dict[str, object], expected: Alteration
) -> None:
    flow, witness = sent(context, **options)
    assert witness is not None
    assert expected in witness.altered(flow, context.options)


def test_what_stickyauth_added(context: taddons.context) -> None:
    context.options.update(stickyauth=".")
    context.master.addons.get("stickyauth").hosts["api.example.com"] = "Bearer opaque-token-1"
    flow, witness = sent(context)
    assert witness is not None
    expected = Alteration("request.header.authorization", "option stickyauth", "added")
    assert witness.altered(flow, context.options) == (expected,)


@pytest.mark.parametrize(
    ("mode", "field", "is_told"),
    [
        pytest.param("reverse:https://api.example.com", b"Authorization", True, id="a server's"),
        pytest.param("regular", b"Proxy-Authorization", False, id="cured: the proxy's own"),
    ],
)
def test_what_proxyauth_took_away(
    context: taddons.context, mode: str, field: bytes, is_told: bool
) -> None:
    credential = ((field, b"Basic YWxpY2U6c2VjcmV0"),)
    flow, witness = sent(context, mode, credential, proxyauth="alice:secret")
    assert witness is not None
    assert field.decode() not in flow.request.headers
    expected = Alteration("request.header.authorization", "option proxyauth", "removed")
    assert witness.altered(flow, context.options) == ((expected,) if is_told else ())


def test_what_was_edited_by_hand(context: taddons.context) -> None:
    flow, witness = sent(context, modify_headers=["/never@/~d nowhere/X/1"])
    assert witness is not None
    assert witness.altered(flow, context.options) == ()
    flow.request.content = b"amount=2"
    assert witness.altered(flow, context.options) == (
        Alteration("request.body", "hand", "replaced"),
    )


def test_cured_an_option_that_concerns_another_host(context: taddons.context) -> None:
    flow, witness = sent(context, modify_headers=["/~d other.example/X-Trace/1"])
    assert witness is not None
    assert witness.altered(flow, context.options) == ()


def test_nobody_stands_on_the_way_while_nothing_can_change(context: taddons.context) -> None:
    flow, witness = sent(context)
    assert witness is None
    assert [type(each) for each in context.master.addons.chain].count(Witness) == 0
    assert Witness().altered(flow, context.options) == ()


def test_the_witness_comes_first_once_and_goes(context: taddons.context) -> None:
    context.options.update(modify_headers=["/X/1"])
    first = witness_for(context.master.addons, context.options)
    assert witness_for(context.master.addons, context.options) is first
    assert context.master.addons.chain[0] is first
    context.options.update(modify_headers=[])
    assert witness_for(context.master.addons, context.options) is None
    assert first not in context.master.addons.chain
