"""What the commands share: the configuration and language that they were asked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from why401.config import missing_config
from why401.configuration import DEFAULTS, Configuration, read_configuration
from why401.documents import DocumentError
from why401.language import spoken

if TYPE_CHECKING:
    from why401.knowledge.words import Language

DEFAULT_CONFIG = Path("mitm_config.yaml")
WRONG_USAGE = 2

config_option = click.option(
    "-c",
    "--config",
    "config_name",
    metavar="FILE",
    help="Configuration file; default: ./mitm_config.yaml where there is one.",
)
language_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language; default: the locale's."
)


def language_of(chosen: Language | None, configuration: Configuration) -> Language:
    """Return the language that was asked for, else the configured one, else the locale's."""
    return chosen or spoken(configuration.settings.language, os.environ)


def configuration_at(name: str | None) -> Configuration:
    """Return the configuration in force; ends the program with one line where it is wrong."""
    path = Path(name).expanduser() if name else DEFAULT_CONFIG
    if not path.is_file():
        if name:
            fail(str(missing_config(path)))
        return DEFAULTS
    try:
        return read_configuration(path, os.environ)
    except DocumentError as error:
        fail(str(error))


def fail(line: str) -> NoReturn:
    """Print one line on standard error and end with the status for wrong usage."""
    click.echo(f"why401: {line}", err=True)
    sys.exit(WRONG_USAGE)
