"""`why401 rules`: list what is known, show one rule, check a folder of rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import click

from why401.configuration import Configuration
from why401.knowledge.base import Knowledge
from why401.knowledge.check import check_rules
from why401.knowledge.load import load_knowledge, rules_folder
from why401.knowledge.rule import Rule
from why401.knowledge.words import Language, template
from why401.language import counted, said
from why401.report import labels
from why401.report.text import wrapped

WIDTH = 96
INDENT = "    "


def list_rules(configuration: Configuration, language: Language) -> None:
    """Print every rule's id and title, and how many codes the tables add."""
    knowledge = load_knowledge(configuration.rule_folders).knowledge
    for rule_id in sorted(knowledge.rules):
        rule = knowledge.rule(rule_id)
        if rule is not None:
            click.echo(f"{rule_id:44} {template(rule.title, language)}")
    count, codes = len(knowledge.rules), len(knowledge.codes.by_id)
    click.echo(
        said(language, f"{count} 条规则，{codes} 个错误码", f"{count} rules, {codes} codes"),
        err=True,
    )


def show_rule(rule_id: str, configuration: Configuration, language: Language) -> bool:
    """Print one rule in words; return whether there is such a rule."""
    knowledge = load_knowledge(configuration.rule_folders).knowledge
    rule = knowledge.rule(rule_id)
    if rule is None:
        click.echo(f"why401: {_unknown(rule_id, knowledge, language)}", err=True)
        return False
    click.echo("\n".join(_rule_lines(rule, language)))
    return True


def _unknown(rule_id: str, knowledge: Knowledge, language: Language) -> str:
    known = [*knowledge.rules, *knowledge.codes.by_id]
    nearest = difflib.get_close_matches(rule_id, known, 3, 0.5)
    hint = said(language, "；相近的有：", "; nearest: ") + ", ".join(nearest)
    if not nearest:
        hint = said(language, "；why401 rules list 列出全部", "; `why401 rules list` names all")
    return said(language, f"没有规则 {rule_id}", f"there is no rule {rule_id}") + hint


def _rule_lines(rule: Rule, language: Language) -> Iterator[str]:
    yield template(rule.title, language)
    severity = labels.SEVERITY[rule.severity]
    yield f"{rule.id}  [{said(language, severity.zh, severity.en)}]"
    for number, cause in enumerate(rule.causes, 1):
        yield ""
        yield from wrapped(f"{number}. {template(cause.text, language)}", WIDTH)
        fix = said(language, f"{labels.FIX.zh}：", f"{labels.FIX.en}: ")
        for part in template(cause.fix, language).splitlines():
            yield from wrapped(f"{INDENT}{fix}{part}", WIDTH)
            fix = ""
    if rule.decide:
        yield ""
        heading = said(language, f"{labels.DECIDE.zh}：", f"{labels.DECIDE.en}: ")
        yield from wrapped(f"{heading}{template(rule.decide, language)}", WIDTH)
    if rule.references:
        yield ""
        for reference in rule.references:
            yield f"{reference.url}  ({reference.read})"


def check(folder: str | None, language: Language) -> int:
    """Check the rules in `folder`, or those that why401 brings. Return the status to exit with: 0
    where all is well, 1 where a rule is at fault, 2 where there is nothing to check."""
    path = Path(folder).expanduser() if folder else rules_folder()
    checked = check_rules(path)
    if not checked.files:
        none = said(
            language,
            f"{path}：这里没有规则；规则是以 .yaml 结尾、不以 _ 或 . 开头的文件",
            str(checked.errors[0]),
        )
        click.echo(f"why401: {none}", err=True)
        return 2
    for warning in checked.warnings:
        click.echo(said(language, f"{warning} （建议）", f"{warning} (advice)"), err=True)
    for error in checked.errors:
        click.echo(str(error), err=True)
    folders = ", ".join(f"{name} {count}" for name, count in checked.folders.items())
    click.echo(
        said(
            language,
            f"{checked.rules} 条规则（{folders}），{checked.cases} 个用例，"
            f"{checked.fingerprints} 个服务器特征，{len(checked.errors)} 处错误",
            f"{counted(checked.rules, 'rule')} ({folders}), {counted(checked.cases, 'case')}, "
            f"{counted(checked.fingerprints, 'server fingerprint')}, "
            f"{counted(len(checked.errors), 'fault')}",
        )
    )
    return 1 if checked.errors else 0
