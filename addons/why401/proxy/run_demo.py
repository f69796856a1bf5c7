"""`why401 demo`: the proxy, the sandbox behind it, and a tour of traffic through it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from mitmproxy import ctx

from why401.config import Config, Credentials, WechatPayMerchant
from why401.configuration import Configuration, keys_from
from why401.language import said
from why401.proxy.addon import Why401
from why401.proxy.banner import CERTIFICATE
from why401.proxy.demo import SandboxRoutes, demo_options
from why401.proxy.run import run_proxy
from why401.sandbox import Sandbox, tour


def run_demo(ui: str, arguments: Sequence[str]) -> None:
    """Run the demo until it is told to stop. Raises run.StartError."""
    with Sandbox() as sandbox:
        config = Config(credentials=_merchant_keys(sandbox))
        configuration = Configuration(config, keys_from(config))
        addons = (SandboxRoutes(sandbox), _Tour(sandbox, ui))
        run_proxy(configuration, ui, arguments, demo_options(sandbox), addons)


def _merchant_keys(sandbox: Sandbox) -> Credentials:
    """Return the configuration that a user would write for the sandbox's merchant."""
    merchant = sandbox.merchant
    return Credentials(
        wechatpay=[
            WechatPayMerchant(
                mchid=merchant.mchid,
                appids=[merchant.appid],
                api_v2_key=merchant.api_v2_key,
                api_v3_key=merchant.api_v3_key,
                certificate=merchant.certificate_pem,
            )
        ]
    )


class _Tour:
    """Sends the tour through the proxy as soon as that listens."""

    def __init__(self, sandbox: Sandbox, ui: str) -> None:
        self.sandbox = sandbox
        self.ui = ui

    def running(self) -> None:
        """Start the tour beside the event loop: it is a client like any other."""
        host, port, *_ = ctx.master.addons.get("proxyserver").listen_addrs()[0]
        address = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104
        certificate = Path(ctx.options.confdir).expanduser() / CERTIFICATE
        addon = ctx.master.addons.get("why401")
        threading.Thread(
            target=self._run,
            args=(f"http://{address}:{port}", certificate, addon),
            name="why401 tour",
            daemon=True,
        ).start()

    def _run(self, proxy: str, certificate: Path, addon: Why401) -> None:
        language = addon.spoken
        try:
            tour.run_tour(proxy, certificate, self.sandbox)
        except OSError as error:
            self._tell(said(language, f"演示没有跑完：{error}", f"the tour broke off: {error}"))
            return
        self._tell(
            said(
                language,
                "  演示请求已全部发出：带红点的就是失败的请求，点开看原因\n"
                f"  请求的代码在 {tour.__file__}",
                "  The tour is done: red dots mark what failed; click one to see why\n"
                f"  The code of the tour is in {tour.__file__}",
            )
        )

    def _tell(self, text: str) -> None:
        if self.ui != "tui":
            print(text, flush=True)  # noqa: T201  (this is the program's output)
