"""What a user sees first: where the proxy and the page are, and how to send traffic there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from why401.knowledge.words import Language


CERTIFICATE = "mitmproxy-ca-cert.pem"
DEFAULT_PORT = 8080


def banner(
    language: Language,
    addresses: Iterable[tuple[str, int]],
    page: str | None,
    confdir: Path,
    reversed_to: str = "",
) -> list[str]:
    """Return the lines to print once the proxy listens on `addresses` (host, port, …);
    `reversed_to` is the server in whose place it stands, where it does."""
    listening = sorted({(host, port) for host, port, *_ in addresses})
    proxies = [f"http://{_reachable(host)}:{port}" for host, port in listening]
    proxy = proxies[0] if proxies else "—"
    if reversed_to:
        return list(_in_its_place(language, proxy, page, reversed_to))
    certificate = confdir / CERTIFICATE
    if language == "zh":
        return list(_chinese(proxy, page, certificate))
    return list(_english(proxy, page, certificate))


def _in_its_place(language: Language, proxy: str, page: str | None, server: str) -> Iterator[str]:
    is_chinese = language == "zh"
    yield ""
    yield "  why401 已就绪" if is_chinese else "  why401 is ready"
    yield f"  代替      {server}" if is_chinese else f"  In place of   {server}"
    yield f"  地址      {proxy}" if is_chinese else f"  Address       {proxy}"
    if page:
        yield f"  页面      {page}" if is_chinese else f"  Page          {page}"
    yield f"  试一试    curl {proxy}/" if is_chinese else f"  Try           curl {proxy}/"
    yield "  停止      Ctrl-C" if is_chinese else "  Stop          Ctrl-C"
    yield ""


def _exec(proxy: str) -> str:
    """Return the command that finds this proxy, wherever it listens."""
    address = proxy.removeprefix("http://")
    is_default = address.endswith(f":{DEFAULT_PORT}")
    return "why401 exec --" if is_default else f"why401 exec --proxy {address} --"


def _chinese(proxy: str, page: str | None, certificate: Path) -> Iterator[str]:
    yield ""
    yield "  why401 已就绪"
    yield f"  代理      {proxy}"
    if page:
        yield f"  页面      {page}"
    yield f"  证书      {certificate}"
    yield "            （看 HTTPS 要让客户端信任它；浏览器、手机经代理打开 http://mitm.it 安装）"
    yield f"  试一试    curl -x {proxy} --cacert {certificate} https://example.com/"
    yield f"  程序      {_exec(proxy)} 命令…（只让这一个命令走代理）"
    yield "  小程序    微信开发者工具 → 设置 → 代理设置 → 手动设置代理"
    yield "  停止      Ctrl-C"
    yield ""


def _english(proxy: str, page: str | None, certificate: Path) -> Iterator[str]:
    yield ""
    yield "  why401 is ready"
    yield f"  Proxy         {proxy}"
    if page:
        yield f"  Page          {page}"
    yield f"  Certificate   {certificate}"
    yield "                (clients must trust it to show HTTPS; browsers and phones: open"
    yield "                http://mitm.it through the proxy)"
    yield f"  Try           curl -x {proxy} --cacert {certificate} https://example.com/"
    yield f"  A program     {_exec(proxy)} COMMAND…  (sends that one command through the proxy)"
    yield "  Mini program  WeChat DevTools → Settings → Proxy → manual"
    yield "  Stop          Ctrl-C"
    yield ""


def _reachable(host: str) -> str:
    """Return the host under which a local client reaches a listening address."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104  (what was bound, not a decision to bind)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
