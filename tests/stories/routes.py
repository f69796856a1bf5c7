"""A mitmproxy script: leads `.example` and WeChat's hosts to the sandbox that a test runs, whose
ports are in the environment."""

from __future__ import annotations

import os
from typing import cast

from why401.proxy.demo import SandboxRoutes
from why401.sandbox import Sandbox


class _Elsewhere:
    """As much of a sandbox as the routes ask for."""

    http_port = int(os.environ["SANDBOX_HTTP_PORT"])
    https_port = int(os.environ["SANDBOX_HTTPS_PORT"])

    def serves(self, host: str) -> bool:
        return host.endswith((".example", ".weixin.qq.com"))


addons = [SandboxRoutes(cast("Sandbox", _Elsewhere()))]
