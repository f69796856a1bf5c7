"""`why401 rules`: its subcommands and their options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from why401.commands.options import (
    WRONG_USAGE,
    config_option,
    configuration_at,
    language_of,
    language_option,
)
from why401.configuration import DEFAULTS

if TYPE_CHECKING:
    from why401.knowledge.words import Language


@click.group()
def rules() -> None:
    """The knowledge base: what why401 knows."""


@rules.command("list")
@config_option
@language_option
def rules_list(config_name: str | None, lang: Language | None) -> None:
    """Every rule's id and title."""
    configuration = configuration_at(config_name)
    from why401.commands.rules import list_rules

    list_rules(configuration, language_of(lang, configuration))


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@config_option
@language_option
def rules_show(rule_id: str, config_name: str | None, lang: Language | None) -> None:
    """One rule in words: wechat/40001, jwt/expired."""
    configuration = configuration_at(config_name)
    from why401.commands.rules import show_rule

    if not show_rule(rule_id, configuration, language_of(lang, configuration)):
        sys.exit(WRONG_USAGE)


@rules.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@language_option
def rules_check(folder: str | None, lang: Language | None) -> None:
    """Check the rules in DIR (default: those of why401): every fault as file:line: what."""
    from why401.commands.rules import check

    sys.exit(check(folder, language_of(lang, DEFAULTS)))
