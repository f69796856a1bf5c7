"""The command `why401`. Each subcommand imports what it needs, so that all start at once."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from why401 import __version__
from why401.commands.options import (
    config_option,
    configuration_at,
    fail,
    language_of,
    language_option,
)
from why401.commands.rules_group import rules
from why401.commands.sign_group import sign
from why401.configuration import DEFAULTS
from why401.language import spoken

if TYPE_CHECKING:
    from why401.knowledge.words import Language

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


_ui_option = click.option(
    "--ui",
    type=click.Choice(["web", "tui", "none"]),
    default="web",
    show_default=True,
    help="mitmweb, mitmproxy in the terminal, or mitmdump.",
)
_mitmproxy_arguments = click.argument("arguments", metavar="[-- MITMPROXY-ARGS]", nargs=-1)


@cli.command(context_settings={"ignore_unknown_options": False})
@config_option
@_ui_option
@_mitmproxy_arguments
def run(config_name: str | None, ui: str, arguments: tuple[str, ...]) -> None:
    """Start the proxy and the page on which failed exchanges explain themselves.

    What follows -- goes to mitmproxy untouched and wins over the configuration file:
    why401 run -- --listen-port 9090 --set web_open_browser=false
    """
    configuration = configuration_at(config_name)
    from why401.proxy.run import StartError, run_proxy

    try:
        run_proxy(configuration, ui, arguments)
    except StartError as error:
        fail(str(error))


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
        fail(str(error))


@cli.command("exec", context_settings={"ignore_unknown_options": True})
@click.option("--proxy", metavar="HOST:PORT", help="Default: the configured listen port.")
@config_option
@language_option
@click.argument("command", metavar="-- COMMAND…", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    proxy: str | None, config_name: str | None, lang: Language | None, command: tuple[str, ...]
) -> None:
    """Run one command through the running proxy: a server, a script, curl.

    Proxy and CA variables are set for that process alone. Two runtimes do not follow all of them:
    fetch and http of Node before 22.21 use no proxy (axios does), and Java trusts the certificate
    only once keytool has put it into its trust store.
    """
    configuration = configuration_at(config_name)
    from why401.commands.exec import exec_command

    sys.exit(exec_command(command, configuration, proxy, language_of(lang, configuration)))


@cli.command()
@config_option
@language_option
def doctor(config_name: str | None, lang: Language | None) -> None:
    """Ports, certificate, clock, configuration, keys: each line says what to do."""
    configuration = configuration_at(config_name)
    from why401.commands.doctor import doctor as run_doctor

    sys.exit(run_doctor(configuration, language_of(lang, configuration)))


@cli.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@config_option
@click.option("--json", "output", flag_value="json", help="One JSON document on standard output.")
@click.option(
    "--jsonl", "output", flag_value="jsonl", help="One JSON line per exchange, file by file."
)
@click.option("--all", "show_all", is_flag=True, help="Healthy exchanges too.")
@click.option("--har", "har", metavar="OUT", help="Write an annotated, redacted HAR.")
@click.option("--html", "html", metavar="OUT", help="Write a report: one file, no server needed.")
@language_option
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
    configuration = configuration_at(config_name)
    # Nothing of what is loaded here is garbage: to look for some takes a tenth of the time.
    gc.disable()
    from why401.commands.scan import scan_files
    from why401.commands.scan_state import ScanOptions

    gc.freeze()
    gc.enable()
    language = language_of(lang, configuration)
    sys.exit(
        scan_files(files, configuration, ScanOptions(output=output, language=language, **options))
    )


@cli.command()
@click.argument("words", metavar="WHAT…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="A list on standard output.")
@config_option
@language_option
def explain(
    words: tuple[str, ...], as_json: bool, config_name: str | None, lang: Language | None
) -> None:
    """What a code, an error message, a token or an Authorization value means.

    why401 explain 40001 · explain -- -41003 · explain SIGN_ERROR · explain '商户证书序列号有误' ·
    explain - (standard input)
    """
    configuration = configuration_at(config_name)
    from why401.commands.explain import explain_words

    language = language_of(lang, configuration)
    sys.exit(explain_words(words, configuration, language, as_json=as_json))


cli.add_command(sign)
cli.add_command(rules)


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
            fail(error.strerror or str(error))
        _write_nowhere()
        if not isinstance(error, BrokenPipeError):
            from why401.commands.file_words import unwritable_output

            fail(unwritable_output(error, spoken(DEFAULTS.settings.language, os.environ)))


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
