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
import msgspec
from cryptography import x509

from why401 import __version__, sm2
from why401.commands.exec import CA_NAME
from why401.configuration import Configuration
from why401.keys import PublicKey, Secret
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language
from why401.language import counted, said
from why401.ports import refusal_to_listen
from why401.sm2 import Sm2Key

OK, ADVICE, FAULT = "ok", "--", "!!"
SOON_S = 30 * 86_400


class Check(msgspec.Struct, frozen=True):
    """One line: `mark` is OK, ADVICE (works, but) or FAULT."""

    mark: str
    text: str


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
    yield _configuration(configuration, language)
    yield from _knowledge(configuration, language)
    options = configuration.config.mitmproxy or {}
    host = str(options.get("listen_host") or "127.0.0.1")
    yield _port(host, int(options.get("listen_port") or 8080), "--listen-port", language)
    yield _port("127.0.0.1", int(options.get("web_port") or 8081), "--web-port", language)
    confdir = Path(str(options.get("confdir", "~/.mitmproxy"))).expanduser()
    yield from _certificate(confdir / CA_NAME, language, now_s)
    yield from _environment(language)
    yield from _clock(language, now_s)
    yield from _keys(configuration, language, now_s)


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


def _port(host: str, port: int, flag: str, language: Language) -> Check:
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


def _keys(configuration: Configuration, language: Language, now_s: float) -> Iterator[Check]:
    merchants = configuration.keys.wechatpay
    for merchant in merchants:
        own = (merchant.certificate, merchant.sm2_certificate)
        for key in (*own, *merchant.platform_keys, *merchant.sm2_platform_keys):
            if key is not None:
                yield _key(key, language, now_s)
        for certificate in own:
            if certificate is not None and certificate.owner not in (None, merchant.mchid):
                yield Check(
                    FAULT,
                    said(
                        language,
                        f"{certificate.label} 属于商户 {certificate.owner}，不是 {merchant.mchid}",
                        f"{certificate.label} belongs to {certificate.owner}, not {merchant.mchid}",
                    ),
                )
        for secret in (merchant.api_v2_key, merchant.api_v3_key):
            yield from _length(secret, 32, language)
    for account in configuration.keys.wechat:
        for secret in (account.encoding_aes_key, *account.previous_aes_keys):
            yield from _length(secret, 43, language)
    if any(each.sm2_certificate or each.sm2_platform_keys for each in merchants):
        yield from _sm2_extra(language)


def _length(secret: Secret | None, expected: int, language: Language) -> Iterator[Check]:
    if secret is not None and len(secret.data) != expected:
        yield Check(
            ADVICE,
            said(
                language,
                f"{secret.label} 长 {len(secret.data)} 字节，应为 {expected}",
                f"{secret.label} has {counted(len(secret.data), 'byte')}, {expected} are expected",
            ),
        )


def _sm2_extra(language: Language) -> Iterator[Check]:
    if not sm2.is_ready():
        yield Check(
            ADVICE,
            said(
                language,
                f"配置了国密证书，但还不能验 SM2 签名：pip install '{sm2.EXTRA}'",
                f"SM2 keys are configured but cannot verify yet: pip install '{sm2.EXTRA}'",
            ),
        )


def _key(key: PublicKey | Sm2Key, language: Language, now_s: float) -> Check:
    if key.not_after_s is None:
        return Check(OK, f"{key.label} {key.serial or ''}".strip())
    until = datetime.datetime.fromtimestamp(key.not_after_s, datetime.UTC).strftime("%Y-%m-%d")
    if key.not_after_s < now_s:
        return Check(
            FAULT,
            said(language, f"{key.label} 已于 {until} 过期", f"{key.label} expired on {until}"),
        )
    mark = ADVICE if key.not_after_s - now_s < SOON_S else OK
    return Check(
        mark,
        said(
            language,
            f"{key.label} 序列号 {key.serial}，有效至 {until}",
            f"{key.label} serial {key.serial}, valid until {until}",
        ),
    )
