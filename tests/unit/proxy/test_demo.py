from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from mitmproxy import http, options
from mitmproxy.addons import default_addons
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.connection import Client, Server
from mitmproxy.master import Master
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from why401.proxy.demo import SandboxRoutes, demo_options
from why401.sandbox import Sandbox
from why401.sandbox.client import Sent
from why401.sandbox.tour import run_tour


class Watcher:
    """Keeps the flows, and says when the proxy listens."""

    def __init__(self) -> None:
        self.running_now = asyncio.Event()
        self.flows: list[http.HTTPFlow] = []

    def running(self) -> None:
        self.running_now.set()

    def response(self, flow: http.HTTPFlow) -> None:
        self.flows.append(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        self.flows.append(flow)


async def through_proxy(
    sandbox: Sandbox, folder: Path, strategy: str, drive: Callable[[str, Path], object]
) -> list[http.HTTPFlow]:
    """Run `drive(proxy_url, ca_path)` in a thread while a real mitmproxy is up."""
    settings = options.Options(listen_host="127.0.0.1", listen_port=0, confdir=str(folder))
    master = Master(settings)
    watcher, server = Watcher(), Proxyserver()
    others = [addon for addon in default_addons() if not isinstance(addon, Proxyserver)]
    master.addons.add(server, *others, SandboxRoutes(sandbox), watcher)
    settings.update(connection_strategy=strategy, **demo_options(sandbox))
    task = asyncio.create_task(master.run())
    try:
        await watcher.running_now.wait()
        port = server.listen_addrs()[0][1]
        ca = folder / "mitmproxy-ca-cert.pem"
        await asyncio.to_thread(drive, f"http://127.0.0.1:{port}", ca)
    finally:
        # The proxy leaves its sockets to the end of the process; these tests live on.
        await server.servers.update([])
        master.shutdown()
        await task
    return watcher.flows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("confdir")


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
@pytest.mark.parametrize("tls", [pytest.param(True, id="https"), pytest.param(False, id="http")])
def test_tour(folder: Path, strategy: str, tls: bool) -> None:
    sent: list[Sent] = []
    with Sandbox() as sandbox:

        def drive(proxy: str, ca: Path) -> None:
            run_tour(proxy, ca if tls else None, sandbox, lambda _, made: sent.extend(made))

        flows = asyncio.run(through_proxy(sandbox, folder, strategy, drive))
    seen = [
        Sent(flow.request.method, flow.request.url, flow.response.status_code)
        for flow in flows
        if flow.response
    ]
    assert seen == sent
    asked = {urlsplit(each.url) for each in sent}
    origins = {(str(url.hostname), 443 if url.scheme == "https" else 80) for url in asked}
    assert {flow.server_conn.address for flow in flows} == origins
    # One connection an origin: the proxy finds the ones it has, although they lead elsewhere.
    assert len({flow.server_conn.id for flow in flows}) == len(origins)


def test_a_client_of_http_2_passes_through(sandbox: Sandbox, folder: Path) -> None:
    def drive(proxy: str, ca: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        with httpx.Client(proxy=proxy, verify=context, http2=True, trust_env=False) as client:
            for path in ("/health", "/orders"):
                client.get(f"https://api.shop.example{path}")

    flows = asyncio.run(through_proxy(sandbox, folder, "lazy", drive))
    assert [flow.response.status_code for flow in flows if flow.response] == [200, 401]
    assert {flow.request.host for flow in flows} == {"api.shop.example"}


def connecting(address: tuple[str, int] | None, *, tls: bool = False) -> ServerConnectionHookData:
    client = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), timestamp_start=0)
    return ServerConnectionHookData(server=Server(address=address, tls=tls), client=client)


@pytest.mark.parametrize(
    ("address", "tls", "port"),
    [
        pytest.param(("api.weixin.qq.com", 443), False, "https", id="tunnel opened eagerly"),
        pytest.param(("api.weixin.qq.com", 80), False, "http", id="plain"),
        pytest.param(("other.example", 8443), True, "https", id="TLS on another port"),
    ],
)
def test_route(sandbox: Sandbox, address: tuple[str, int], tls: bool, port: str) -> None:
    routes, data = SandboxRoutes(sandbox), connecting(address, tls=tls)
    routes.server_connect(data)
    expected = sandbox.https_port if port == "https" else sandbox.http_port
    assert data.server.address == ("127.0.0.1", expected)
    routes.server_connect_error(data)
    assert data.server.address == address


@pytest.mark.parametrize("address", [None, ("example.com", 443), ("127.0.0.1", 80)])
def test_the_rest_of_the_world(sandbox: Sandbox, address: tuple[str, int] | None) -> None:
    routes, data = SandboxRoutes(sandbox), connecting(address)
    routes.server_connect(data)
    routes.server_connected(data)
    assert data.server.address == address


def test_public_authorities_stay_trusted(sandbox: Sandbox) -> None:
    path = demo_options(sandbox)["ssl_verify_upstream_trusted_ca"]
    context = ssl.create_default_context(cafile=path)
    assert len(context.get_ca_certs()) > 50
    names = [dict(pair[0] for pair in ca["subject"]) for ca in context.get_ca_certs()]
    assert {"commonName": "why401 sandbox"} in names
