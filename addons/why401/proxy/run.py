"""Starts mitmproxy with why401 in it: `why401 run` and `why401 demo`."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mitmproxy import ctx, exceptions, master, options
from mitmproxy.tools import cmdline
from mitmproxy.tools import main as mitmproxy_main

from why401.configuration import Configuration
from why401.language import said
from why401.ports import refusal_to_listen
from why401.proxy.addon import Why401
from why401.proxy.banner import banner
from why401.proxy.client_certificate import client_certificates
from why401.proxy.option_faults import option_fault

if TYPE_CHECKING:
    from why401.knowledge.words import Language

DEFAULT_OPTIONS: Mapping[str, Any] = {
    "listen_host": "127.0.0.1",
    "web_columns": ["tls", "icon", "path", "comment", "method", "status", "size", "time"],
}
"""What holds without a configuration: nobody else on the network, and the Comment column."""


CA_FILE = "mitmproxy-ca.pem"


class StartError(Exception):
    """mitmproxy cannot start; the text is the one line to show."""


def run_proxy(
    configuration: Configuration,
    ui: str,
    arguments: Sequence[str],
    extra_options: Mapping[str, Any] | None = None,
    extra_addons: Sequence[object] = (),
) -> None:
    """Run mitmproxy until it is told to stop. Options come from `configuration`, then from
    `arguments`, which are mitmproxy's own and win. Raises StartError."""
    addon = Why401(configuration)
    base, parser, filters = _ui(ui)
    with client_certificates(configuration) as certificates:
        own = {"client_certs": str(certificates)} if certificates else {}
        configured = configuration.config.mitmproxy or {}
        chosen = {**DEFAULT_OPTIONS, **own, **configured, **(extra_options or {})}
        master_class = _master_class(base, addon, extra_addons, chosen, configuration.path, ui)
        mitmproxy_main.run(master_class, _raising(parser), arguments, filters)


def _announce(language: Language) -> None:
    """Print where everything is, once it listens."""
    addresses = ctx.master.addons.get("proxyserver").listen_addrs()
    page = getattr(ctx.master, "web_url", None)
    confdir = Path(ctx.options.confdir).expanduser()
    mode, _, server = ctx.options.mode[0].partition(":")
    lines = banner(language, addresses, page, confdir, server if mode == "reverse" else "")
    print("\n".join(lines), flush=True)  # noqa: T201  (this is the program's output)


type _Ui = tuple[type[master.Master], Callable[..., Any], Callable[[Any], dict[str, Any]] | None]


def _raising(parser: Callable[..., Any]) -> Callable[..., Any]:
    """Return `parser` so that what it does not understand raises StartError: mitmproxy would end
    the program with the status for a failed start, after its usage."""

    def made(opts: options.Options) -> Any:
        found = parser(opts)

        def error(message: str) -> NoReturn:
            raise StartError(f"mitmproxy: {message}")

        found.error = error
        return found

    return made


def _ui(ui: str) -> _Ui:
    """Return mitmproxy's master, argument parser and filter handling of a UI, of which only the
    chosen one is imported: each costs 100 ms."""
    match ui:
        case "web":
            from mitmproxy.tools.web.master import WebMaster

            return WebMaster, cmdline.mitmweb, None
        case "tui":
            from mitmproxy.tools.console.master import ConsoleMaster

            return ConsoleMaster, cmdline.mitmproxy, None
        case _:
            from mitmproxy.tools.dump import DumpMaster

            return DumpMaster, cmdline.mitmdump, _dump_filters


def _dump_filters(parsed: Any) -> dict[str, Any]:
    """As mitmdump treats the filter arguments on its command line."""
    if not parsed.filter_args:
        return {}
    expression = " ".join(parsed.filter_args)
    return {
        "save_stream_filter": expression,
        "readfile_filter": expression,
        "dumper_filter": expression,
    }


def _master_class(
    base: type[master.Master],
    why401: Why401,
    others: Sequence[object],
    chosen: Mapping[str, Any],
    config_path: Path | None,
    ui: str,
) -> type[master.Master]:
    """Return `base` with our addons in it and with the configured options set."""
    language = why401.spoken

    class Why401Master(base):  # type: ignore[misc, valid-type]
        def __init__(self, opts: options.Options) -> None:
            super().__init__(opts)
            # Before the view: what we write on a flow is then part of the update that mitmproxy
            # sends to the page anyway. The others come last: they use what is ready.
            self.addons.chain.insert(0, self.addons.register(why401))
            self.addons.add(*others)
            where = config_path or "mitm_config.yaml"
            for name, value in chosen.items():
                fault = option_fault(name, value, opts, ui, language)
                if fault:
                    raise StartError(f"{where}: {fault}")
                try:
                    opts.update_known(**{name: value})
                except (exceptions.OptionsError, ValueError) as error:
                    raise StartError(f"{where}: mitmproxy.{name}: {error}") from None

        async def run(self) -> None:
            _check_ports(self.options, language)
            _check_folder(self.options, language)
            await super().run()

        async def running(self) -> None:
            await super().running()
            # Not by an addon of its own: each costs every exchange one per cent.
            if ui != "tui":
                _announce(why401.spoken)

    return Why401Master


def _check_ports(opts: options.Options, language: Language) -> None:
    """Raise StartError where a port is taken: mitmproxy would say so in several lines, among
    others, and only after half of it has started."""
    wanted = []
    if opts.server and not opts.mode[0].startswith(("wireguard", "local", "tun")):
        wanted.append(("--listen-port", opts.listen_host or "", opts.listen_port or 8080))
    if "web_port" in opts:
        wanted.append(("--web-port", opts.web_host, opts.web_port))
    for flag, host, port in wanted:
        if port not in range(65_536):
            raise StartError(
                said(
                    language,
                    f"端口 {port} 不存在：{flag} 取 1 到 65535",
                    f"there is no port {port}: {flag} takes 1 to 65535",
                )
            )
        if port and _is_taken(host, port):
            other = f"-- {flag} {port + 10 if port < 65_000 else port - 10}"
            raise StartError(
                said(
                    language,
                    f"端口 {port} 已被占用；换一个：在命令末尾加 {other}"
                    f"（用 make 则加 ARGS='{other}'）",
                    f"port {port} is in use; take another: add {other} to the command"
                    f" (with make: ARGS='{other}')",
                )
            )


def _check_folder(opts: options.Options, language: Language) -> None:
    """Raise StartError where mitmproxy cannot keep its certificate: it would tell it by a traceback
    and go on without HTTPS."""
    folder = Path(opts.confdir).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_usable = (folder / CA_FILE).is_file() or os.access(folder, os.W_OK)
    except OSError:
        is_usable = False
    if not is_usable:
        raise StartError(
            said(
                language,
                f"证书目录 {folder} 写不了；换一个：在命令末尾加 -- --set confdir=目录",
                f"the certificate's folder {folder} cannot be written; "
                "take another: add -- --set confdir=FOLDER to the command",
            )
        )


def _is_taken(host: str, port: int) -> bool:
    refused = refusal_to_listen(host, port)
    return refused is not None and refused.errno in (errno.EADDRINUSE, errno.EACCES)
