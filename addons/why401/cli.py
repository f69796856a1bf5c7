"""The command `why401`. Each subcommand imports what it needs, so that all start at once."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import click

from why401 import __version__
from why401.config import missing_config
from why401.configuration import DEFAULTS, Configuration, read_configuration
from why401.documents import DocumentError
from why401.language import spoken

if TYPE_CHECKING:
    from why401.commands.sign import SignOptions
    from why401.knowledge.words import Language

DEFAULT_CONFIG = Path("mitm_config.yaml")
WRONG_USAGE = 2
_NOT_WRITTEN = frozenset(
    (errno.EPIPE, errno.EINVAL, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
)
"""Faults of standard output; others are of the network: an address that is not this machine's."""
INTERRUPTED = 130


class _Commands(click.Group):
    """The commands; Ctrl-C ends each without a word."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            _write_nowhere()
            sys.exit(0)  # a reader (head, less) that has gone has what it wanted


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="why401")
def cli() -> None:
    """Why was this request refused? A local debugging proxy that says the cause, the evidence and
    the fix. 本地调试代理：请求为什么被拒绝，证据是什么，怎么改。"""


_config_option = click.option(
    "-c",
    "--config",
    "config_name",
    metavar="FILE",
    help="Configuration file; default: ./mitm_config.yaml where there is one.",
)
_language_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language; default: the locale's."
)
_ui_option = click.option(
    "--ui",
    type=click.Choice(["web", "tui", "none"]),
    default="web",
    show_default=True,
    help="mitmweb, mitmproxy in the terminal, or mitmdump.",
)
_mitmproxy_arguments = click.argument("arguments", metavar="[-- MITMPROXY-ARGS]", nargs=-1)


@cli.command(context_settings={"ignore_unknown_options": False})
@_config_option
@_ui_option
@_mitmproxy_arguments
def run(config_name: str | None, ui: str, arguments: tuple[str, ...]) -> None:
    """Start the proxy and the page on which failed exchanges explain themselves.

    What follows -- goes to mitmproxy untouched and wins over the configuration file:
    why401 run -- --listen-port 9090 --set web_open_browser=false
    """
    configuration = _configuration(config_name)
    from why401.proxy.run import StartError, run_proxy

    try:
        run_proxy(configuration, ui, arguments)
    except StartError as error:
        _fail(str(error))


@cli.command()
@_ui_option
@_mitmproxy_arguments
def demo(ui: str, arguments: tuple[str, ...]) -> None:
    """As run, with a sandbox in place of WeChat's servers and a tour of traffic. Offline."""
    from why401.proxy.run import StartError
    from why401.proxy.run_demo import run_demo

    try:
        run_demo(ui, arguments)
    except StartError as error:
        _fail(str(error))


@cli.command("exec", context_settings={"ignore_unknown_options": True})
@click.option("--proxy", metavar="HOST:PORT", help="Default: the configured listen port.")
@_config_option
@_language_option
@click.argument("command", metavar="-- COMMAND…", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    proxy: str | None, config_name: str | None, lang: Language | None, command: tuple[str, ...]
) -> None:
    """Run one command through the running proxy: a server, a script, curl.

    Proxy and CA variables are set for that process alone. Two runtimes do not follow all of them:
    fetch and http of Node before 22.21 use no proxy (axios does), and Java trusts the certificate
    only once keytool has put it into its trust store.
    """
    configuration = _configuration(config_name)
    from why401.commands.exec import exec_command

    sys.exit(exec_command(command, configuration, proxy, _language(lang, configuration)))


@cli.command()
@_config_option
@_language_option
def doctor(config_name: str | None, lang: Language | None) -> None:
    """Ports, certificate, clock, configuration, keys: each line says what to do."""
    configuration = _configuration(config_name)
    from why401.commands.doctor import doctor as run_doctor

    sys.exit(run_doctor(configuration, _language(lang, configuration)))


@cli.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@_config_option
@click.option("--json", "output", flag_value="json", help="One JSON document on standard output.")
@click.option(
    "--jsonl", "output", flag_value="jsonl", help="One JSON line per exchange, file by file."
)
@click.option("--all", "show_all", is_flag=True, help="Healthy exchanges too.")
@click.option("--har", "har", metavar="OUT", help="Write an annotated, redacted HAR.")
@click.option("--html", "html", metavar="OUT", help="Write a report: one file, no server needed.")
@_language_option
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit with 1 where a finding is at or above this.",
)
@click.option("--together", is_flag=True, help="One history over all files.")
@click.option("--rediagnose", is_flag=True, help="Judge again what a HAR of why401 already says.")
@click.option("--no-redact", is_flag=True, help="Leave secrets in the output. Do not share it.")
def scan(
    files: tuple[str, ...],
    config_name: str | None,
    output: str | None,
    lang: Language | None,
    **options: Any,
) -> None:
    """Diagnose HAR files of any producer and mitmproxy flow files; - reads standard input.

    Exit status: 0 nothing at or above --fail-on, 1 something, 2 a file or the usage was wrong.
    """
    configuration = _configuration(config_name)
    # Nothing of what is loaded here is garbage: to look for some takes a tenth of the time.
    gc.disable()
    from why401.commands.scan import scan_files
    from why401.commands.scan_state import ScanOptions

    gc.freeze()
    gc.enable()
    language = _language(lang, configuration)
    sys.exit(
        scan_files(files, configuration, ScanOptions(output=output, language=language, **options))
    )


@cli.command()
@click.argument("words", metavar="WHAT…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="A list on standard output.")
@_config_option
@_language_option
def explain(
    words: tuple[str, ...], as_json: bool, config_name: str | None, lang: Language | None
) -> None:
    """What a code, an error message, a token or an Authorization value means.

    why401 explain 40001 · explain -- -41003 · explain SIGN_ERROR · explain '商户证书序列号有误' ·
    explain - (standard input)
    """
    configuration = _configuration(config_name)
    from why401.commands.explain import explain_words

    language = _language(lang, configuration)
    sys.exit(explain_words(words, configuration, language, as_json=as_json))


@cli.group()
def sign() -> None:
    """Compute or check a WeChat signature and show every step.

    Keys come from mitm_config.yaml, from the environment (WHY401_API_V2_KEY, WHY401_PRIVATE_KEY,
    WHY401_JSAPI_TICKET) or from a prompt, never from arguments. SOURCE is a file or - with a curl
    command, a raw request, an XML or JSON body or a HAR entry; or NAME=VALUE fields.
    Exit status: 0 right or computed, 1 wrong, 2 cannot be judged.
    """


_source = click.argument("source", metavar="[SOURCE…]", nargs=-1)
_given = click.option("--sign", "given", metavar="VALUE", help="The signature to check.")
_as_json = click.option(
    "--json", "as_json", is_flag=True, help="The schema's `signatures` element."
)


def _sign_options(config_name: str | None, lang: Language | None, **options: Any) -> SignOptions:
    from why401.commands.sign import SignOptions

    configuration = _configuration(config_name)
    return SignOptions(
        configuration=configuration, language=_language(lang, configuration), **options
    )


@sign.command("v2")
@_source
@_given
@click.option(
    "--algorithm",
    type=click.Choice(["MD5", "HMAC-SHA256"]),
    help="Default: as sign_type says.",
)
@_as_json
@_config_option
@_language_option
def sign_v2(algorithm: str | None, **options: Any) -> None:
    """API v2: XML fields, MD5 or HMAC-SHA256."""
    from why401.commands.sign import run_v2

    sys.exit(run_v2(_sign_options(**options), algorithm or ""))


@sign.command("v3")
@_source
@_given
@click.option("--method", default="", help="Default: of the request, else GET.")
@click.option("--url", default="", help="Path with query, as sent.")
@click.option("--body", "body_file", type=click.File("rb"), help="File with the body as sent.")
@click.option("--timestamp", default="", help="Unix seconds.")
@click.option("--nonce", default="")
@_as_json
@_config_option
@_language_option
def sign_v3(
    method: str, url: str, body_file: BinaryIO | None, timestamp: str, nonce: str, **options: Any
) -> None:
    """API v3: WECHATPAY2-SHA256-RSA2048."""
    from why401.commands.sign import run_v3

    body = body_file.read() if body_file else None
    sys.exit(run_v3(_sign_options(**options), method, url, body, timestamp, nonce))


@sign.command("paysign")
@_source
@_given
@click.option("--scene", type=click.Choice(["jsapi", "app"]), default="jsapi", show_default=True)
@_as_json
@_config_option
@_language_option
def sign_paysign(scene: str, **options: Any) -> None:
    """paySign: what a back end hands to its page or app."""
    from why401.commands.sign import run_paysign

    sys.exit(run_paysign(_sign_options(**options), scene))


@sign.command("jssdk")
@click.option("--url", required=True, help="The page's URL; what follows # is not signed.")
@click.option("--timestamp", required=True)
@click.option("--nonce", required=True)
@_given
@_as_json
@_config_option
@_language_option
def sign_jssdk(url: str, timestamp: str, nonce: str, **options: Any) -> None:
    """The signature of wx.config."""
    from why401.commands.sign import run_jssdk

    sys.exit(run_jssdk(_sign_options(**options), url, timestamp, nonce))


@cli.group()
def rules() -> None:
    """The knowledge base: what why401 knows."""


@rules.command("list")
@_config_option
@_language_option
def rules_list(config_name: str | None, lang: Language | None) -> None:
    """Every rule's id and title."""
    configuration = _configuration(config_name)
    from why401.commands.rules import list_rules

    list_rules(configuration, _language(lang, configuration))


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@_config_option
@_language_option
def rules_show(rule_id: str, config_name: str | None, lang: Language | None) -> None:
    """One rule in words: wechat/40001, jwt/expired."""
    configuration = _configuration(config_name)
    from why401.commands.rules import show_rule

    if not show_rule(rule_id, configuration, _language(lang, configuration)):
        sys.exit(WRONG_USAGE)


@rules.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@_language_option
def rules_check(folder: str | None, lang: Language | None) -> None:
    """Check the rules in DIR (default: those of why401): every fault as file:line: what."""
    from why401.commands.rules import check

    sys.exit(check(folder, _language(lang, DEFAULTS)))


def _language(chosen: Language | None, configuration: Configuration) -> Language:
    return chosen or spoken(configuration.settings.language, os.environ)


def _configuration(name: str | None) -> Configuration:
    """Return the configuration in force; ends the program with one line where it is wrong."""
    path = Path(name).expanduser() if name else DEFAULT_CONFIG
    if not path.is_file():
        if name:
            _fail(str(missing_config(path)))
        return DEFAULTS
    try:
        return read_configuration(path, os.environ)
    except DocumentError as error:
        _fail(str(error))


def _fail(line: str) -> NoReturn:
    """Print one line on standard error and end with the status for wrong usage."""
    click.echo(f"why401: {line}", err=True)
    sys.exit(WRONG_USAGE)


def main() -> None:
    """The entry point: Ctrl-C, a closed pipe and a full disk end without a traceback."""
    _open_streams()
    try:
        try:
            cli()
        finally:
            # What is still held back; that the reader has gone shows here at the latest.
            sys.stdout.flush()
    except OSError as error:
        # Files are named, and told of where they are opened.
        if error.filename is not None:
            raise
        if error.errno not in _NOT_WRITTEN:
            _fail(error.strerror or str(error))
        _write_nowhere()
        if not isinstance(error, BrokenPipeError):
            from why401.commands.file_words import unwritable_output

            _fail(unwritable_output(error, spoken(DEFAULTS.settings.language, os.environ)))


def _write_nowhere() -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """Make standard output and error fit to be written to: where one was closed there is none, and
    where the locale knows no Chinese a character is escaped instead of ending the program."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
