"""`why401 sign`: its subcommands and their options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from why401.commands.options import config_option, configuration_at, language_of, language_option

if TYPE_CHECKING:
    from why401.commands.sign import SignOptions
    from why401.knowledge.words import Language


@click.group()
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

    configuration = configuration_at(config_name)
    return SignOptions(
        configuration=configuration, language=language_of(lang, configuration), **options
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
@config_option
@language_option
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
@config_option
@language_option
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
@config_option
@language_option
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
@config_option
@language_option
def sign_jssdk(url: str, timestamp: str, nonce: str, **options: Any) -> None:
    """The signature of wx.config."""
    from why401.commands.sign import run_jssdk

    sys.exit(run_jssdk(_sign_options(**options), url, timestamp, nonce))
