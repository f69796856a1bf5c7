"""`why401 doctor`: is everything in place? Each line says so, or what to do."""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import certifi
from cryptography import x509

from why401 import __version__
from why401.commands.doctor_check import ADVICE, FAULT, OK, Check
from why401.commands.doctor_keys import key_checks
from why401.commands.exec import CA_NAME
from why401.configuration import Configuration
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language
from why401.language import said
from why401.ports import refusal_to_listen
from why401.proxy.option_faults import option_faults


def doctor(configuration: Configuration, language: Language) -> int:
    """Print every check and return the exit status: 1 where one is a fault."""
    worst = 0
    for check in checks(configuration, language, time.time()):
        print(f"{check.mark}  {check.text}")
        worst = max(worst, 1 if check.mark == FAULT else 0)
    return worst


def checks(configuration: Configuration, language: Language, now_s: float) -> Iterator[Check]:
    """Yield the checks: versions, configuration, knowledge, ports, certificate, keys."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check(OK, f"why401 {__version__}, Python {python}, mitmproxy {version('mitmproxy')}")
    options = configuration.config.mitmproxy or {}
    faults = list(option_faults(options, language))
    if not faults:
        yield _configuration(configuration, language)
    yield from (Check(FAULT, f"{configuration.path}: {fault}") for fault in faults)
    yield from _knowledge(configuration, language)
    host = str(options.get("listen_host") or "127.0.0.1")
    yield _port(host, "listen_port", options.get("listen_port") or 8080, language)
    yield _port("127.0.0.1", "web_port", options.get("web_port") or 8081, language)
    confdir = Path(str(options.get("confdir", "~/.mitmproxy"))).expanduser()
    yield from _certificate(confdir / CA_NAME, language, now_s)
    yield from _environment(language)
    yield from _clock(language, now_s)
    yield from key_checks(configuration.keys, language, now_s)


def _configuration(configuration: Configuration, language: Language) -> Check:
    if configuration.path is None:
        return Check(
            ADVICE,
            said(
                language,
                "没有配置文件（可选）：配上密钥，“可能”才能变成“已证实”",
                "no configuration file (optional): keys in it turn a guess into a proof",
            ),
        )
    path = configuration.path
    return Check(OK, said(language, f"配置 {path} 正确", f"configuration {path} is valid"))


def _knowledge(configuration: Configuration, language: Language) -> Iterator[Check]:
    loaded = load_knowledge(configuration.rule_folders)
    rules, codes = len(loaded.knowledge.rules), len(loaded.knowledge.codes.by_id)
    yield Check(
        OK, said(language, f"{rules} 条规则，{codes} 个错误码", f"{rules} rules, {codes} codes")
    )
    for error in loaded.errors:
        yield Check(FAULT, str(error))


def _port(host: str, name: str, port: object, language: Language) -> Check:
    if not isinstance(port, int) or port not in range(65_536):
        return Check(
            FAULT,
            said(
                language,
                f"mitmproxy.{name} 应是 1 到 65535 的数字，不是 {port}",
                f"mitmproxy.{name} must be a number from 1 to 65535, not {port}",
            ),
        )
    flag = f"--{name.replace('_', '-')}"
    refused = refusal_to_listen(host, port)
    if refused is not None:
        reason = refused.strerror or ""
        return Check(
            ADVICE,
            said(
                language,
                f"端口 {port} 不可用（{reason}）：可能 why401 已在运行；"
                f"要换端口：why401 run -- {flag} …",
                f"port {port} cannot be taken ({reason}): why401 may be running already; "
                f"another one: why401 run -- {flag} …",
            ),
        )
    return Check(OK, said(language, f"端口 {port} 空闲", f"port {port} is free"))


def _certificate(path: Path, language: Language, now_s: float) -> Iterator[Check]:
    if not path.is_file():
        yield Check(
            ADVICE,
            said(
                language,
                f"还没有证书 {path}：首次运行 why401 run 时生成",
                f"no certificate at {path} yet: the first `why401 run` makes it",
            ),
        )
        return
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        yield Check(
            FAULT,
            said(
                language,
                f"证书 {path} 读不出：删除整个文件夹后重新运行 why401 run",
                f"certificate {path} cannot be read: delete its folder and start why401 run again",
            ),
        )
        return
    left_s = certificate.not_valid_after_utc.timestamp() - now_s
    if left_s < 0:
        yield Check(FAULT, said(language, f"证书 {path} 已过期", f"certificate {path} has expired"))
    else:
        yield Check(
            OK,
            said(
                language,
                f"证书 {path}；客户端须信任它：经代理打开 http://mitm.it，或用 why401 exec",
                f"certificate {path}; clients must trust it: open http://mitm.it through the "
                "proxy, or use why401 exec",
            ),
        )


def _environment(language: Language) -> Iterator[Check]:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        if value := os.environ.get(name):
            address = value.rpartition("@")[2]  # before it stand name and password
            yield Check(
                ADVICE,
                said(
                    language,
                    f"环境变量 {name} 指向 {address}：mitmproxy 自己不经过它；"
                    "需要时用 --mode upstream:…",
                    f"{name} points to {address}: mitmproxy itself does not go through it; "
                    "use --mode upstream:… where it must",
                ),
            )
            return
    if not Path(certifi.where()).is_file():
        yield Check(
            FAULT, said(language, "缺少根证书（certifi）", "certifi's authorities are missing")
        )


def _clock(language: Language, now_s: float) -> Iterator[Check]:
    """Without a network nobody says the right time; an impossible one is seen all the same."""
    now = datetime.datetime.fromtimestamp(now_s, datetime.UTC)
    if now.year < 2026:
        yield Check(
            FAULT,
            said(
                language,
                f"本机时钟是 {now:%Y-%m-%d}：请校时，否则签名与令牌都会被判过期",
                f"this machine's clock says {now:%Y-%m-%d}: set it, or every signature is stale",
            ),
        )
    else:
        yield Check(OK, said(language, f"本机时间 {now:%F %T} UTC", f"clock {now:%F %T} UTC"))
