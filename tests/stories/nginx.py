"""nginx from the distribution, with a configuration of its own, on a loopback port."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.stories.running import Running, free_port

# Debian keeps it where only root's PATH leads.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(
    NGINX is None and os.environ.get("CI") != "true", reason="nginx is not installed"
)

_CONFIGURATION = """
daemon off;
master_process off;
pid {home}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            auth_basic "intranet";
            auth_basic_user_file {home}/users;
            root {home};
            try_files /page =404;
        }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(home: Path, users: Mapping[str, str]) -> Iterator[int]:
    """Run nginx with `auth_basic` for these users and passwords; the port is returned."""
    assert NGINX is not None
    port = free_port()
    (home / "page").write_text("ok")
    lines = [f"{user}:{{PLAIN}}{password}\n" for user, password in users.items()]
    (home / "users").write_text("".join(lines), encoding="utf-8")
    file = home / "nginx.conf"
    file.write_text(_CONFIGURATION.format(home=home, port=port))
    with Running([NGINX, "-p", str(home), "-c", str(file)], home) as running:
        running.wait_for("start worker process|using the")
        yield port
        running.process.terminate()
        running.drain()
