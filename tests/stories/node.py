"""Programs of Node.js that use packages of npm, where the machine has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.stories.running import CHECKOUT, Web

NODE_MODULES = os.environ.get("NODE_PATH") or str(CHECKOUT / ".npm" / "node_modules")
NODE = shutil.which("node")


def needs_npm(package: str) -> pytest.MarkDecorator:
    """Return the mark of a test that uses `package`."""
    return pytest.mark.skipif(
        NODE is None or not (Path(NODE_MODULES) / package).is_dir(),
        reason=f"npm install --prefix .npm {package} was not run",
    )


def run_through(web: Web, script: str, task: object) -> Any:
    """Hand `task` to a script beside this file, the proxy set for it, and return what it prints."""
    assert NODE is not None
    proxy = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), web.proxy)
    # Those in small letters win where the machine has them.
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [NODE, str(Path(__file__).with_name(script))],
        env={**kept, **proxy, "NODE_PATH": NODE_MODULES, "NODE_EXTRA_CA_CERTS": str(web.ca)},
        input=json.dumps(task).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)
