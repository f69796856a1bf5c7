"""`why401 exec`: one command sent through the running proxy, and nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import certifi

from why401.configuration import Configuration
from why401.knowledge.words import Language
from why401.language import said

NOT_FOUND = 127
NO_PROXY = 1
DEFAULT_PORT = 8080
CA_NAME = "mitmproxy-ca-cert.pem"
BUNDLE_NAME = "why401-ca-bundle.pem"


def exec_command(
    command: Sequence[str],
    configuration: Configuration,
    proxy: str | None,
    language: Language,
) -> int:
    """Run `command` with proxy and CA variables set for it alone; return its exit status."""
    options = configuration.config.mitmproxy or {}
    confdir = Path(str(options.get("confdir", "~/.mitmproxy"))).expanduser()
    address = proxy or f"127.0.0.1:{options.get('listen_port') or DEFAULT_PORT}"
    address = address.removeprefix("http://").rstrip("/")
    if not _is_listening(address):
        _warn(
            said(
                language,
                f"{address} 上没有代理在运行；先在另一个终端执行 why401 run",
                f"no proxy listens on {address}; start `why401 run` in another terminal first",
            )
        )
        return NO_PROXY
    program = shutil.which(command[0])
    if program is None:
        _warn(said(language, f"找不到命令 {command[0]}", f"{command[0]}: command not found"))
        return NOT_FOUND
    variables = proxy_variables(f"http://{address}", _bundle(confdir), os.environ)
    return _run([program, *command[1:]], {**os.environ, **variables})


def proxy_variables(
    proxy: str, bundle: Path | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return what makes the usual runtimes use `proxy` and trust the authorities in `bundle`.

    curl, Python (requests, httpx, urllib), Node from 22.21, Go, Ruby, PHP's curl, git, pip, npm,
    the AWS tools and Deno each read one or more of these; Java is told by JAVA_TOOL_OPTIONS. What
    the user excludes from proxying stays excluded.
    """
    variables = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy)
    variables |= {name.lower(): proxy for name in variables}
    host, _, port = proxy.removeprefix("http://").rpartition(":")
    java = [
        f"-D{scheme}.proxy{what}" for scheme in ("http", "https") for what in ("Host=", "Port=")
    ]
    values = (host, port, host, port)
    options = " ".join(name + value for name, value in zip(java, values, strict=True))
    variables["JAVA_TOOL_OPTIONS"] = f"{environment.get('JAVA_TOOL_OPTIONS', '')} {options}".strip()
    # Node reads the proxy variables since 22.21 and 24, when it is asked to.
    variables["NODE_USE_ENV_PROXY"] = "1"
    if bundle is not None:
        for name in (
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "GIT_SSL_CAINFO",
            "PIP_CERT",
            "NPM_CONFIG_CAFILE",
            "AWS_CA_BUNDLE",
            "DENO_CERT",
        ):
            variables[name] = str(bundle)
    return variables


def _bundle(confdir: Path) -> Path | None:
    """Return a file with the proxy's authority and the public ones: most of the variables above
    replace what a runtime trusts otherwise."""
    own = confdir / CA_NAME
    if not own.is_file():
        return None
    bundle = confdir / BUNDLE_NAME
    text = own.read_text(encoding="ascii") + Path(certifi.where()).read_text(encoding="utf-8")
    try:
        if not bundle.is_file() or bundle.read_text(encoding="utf-8") != text:
            bundle.write_text(text, encoding="utf-8")
    except OSError:
        return own
    return bundle


def _is_listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host or "127.0.0.1", int(port)), timeout=2):
            return True
    except (OSError, ValueError, OverflowError):
        return False


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command in the foreground; Ctrl-C is the command's, and so is the exit status."""
    process = subprocess.Popen(command, env=dict(environment))
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    return 128 - status if status < 0 else status


def _warn(line: str) -> None:
    print(f"why401: {line}", file=sys.stderr)
