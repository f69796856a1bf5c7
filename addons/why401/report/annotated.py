"""Exchanges and their diagnoses as an annotated HAR: the words beside each flagged entry."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

import msgspec

from why401 import __version__
from why401.knowledge.base import Knowledge
from why401.knowledge.rule import Text
from why401.knowledge.words import Language, say
from why401.language import counted, said
from why401.model import Diagnosis, Exchange, Shown
from why401.report import labels
from why401.report.annotation import Annotation
from why401.report.atomic import whole_file
from why401.report.details import fact
from why401.report.har import HarFile, Page
from why401.report.har_extras import Extras
from why401.report.plain import from_facts, worded
from why401.report.redaction import Receipt, Redactor
from why401.report.story import story
from why401.report.summary import summary
from why401.report.text import plain_text

PLAIN_WIDTH = 100
_HEAVY_BYTES = 128 * 1024
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Diagnosed(msgspec.Struct, frozen=True):
    """One exchange, what was found out about it, what its user wrote beside it, and the id of the
    page (group of entries) that it belongs to; `extras` gives what its HAR said besides."""

    exchange: Exchange
    diagnosis: Diagnosis
    comment: str = ""
    page: str = ""
    extras: Callable[[], Extras] = Extras


def annotation(
    item: Diagnosed, knowledge: Knowledge, language: Language, redactor: Redactor | None
) -> Annotation | None:
    """Return what stands beside `item` in a HAR, redacted unless `redactor` is None; None where
    there is nothing to say."""
    typed = redactor.text(item.comment) if redactor else item.comment
    page = redactor.text(item.page) if redactor else item.page
    if not item.diagnosis.findings:
        return Annotation(comment=typed, page=page) if typed or page else None
    # Facts first, words after: what a rule says is no secret, what it is filled with may be.
    diagnosis = redactor.diagnosis(item.diagnosis) if redactor else item.diagnosis
    text = plain_text(story(diagnosis, knowledge, language), language, PLAIN_WIDTH)
    told = f"{summary(diagnosis, knowledge, language)}\n\n{text.strip()}"
    if redactor:
        told = redactor.words(told)
    plain = worded(diagnosis, knowledge)
    redacted = redactor.plain(plain) if redactor else plain
    sides: dict[str, list[Shown]] = {"credential": [], "challenge": []}
    for credential in diagnosis.credentials:
        sides[credential.kind].append(credential)
    return Annotation(
        comment=f"{told}\n\n{typed}" if typed else told,
        request_comment=_side(sides["credential"], labels.REQUEST_CARRIES, language),
        response_comment=_side(sides["challenge"], labels.RESPONSE_ASKS, language),
        diagnosis=redacted if isinstance(redacted, dict) else None,
        page=page,
    )


def typed_comment(found: Annotation, exchange: Exchange, knowledge: Knowledge) -> str:
    """Return what the user typed beside an entry that carries `found`: of a comment that begins
    with our words, the rest; empty where ours are those of another version."""
    known = from_facts(found.diagnosis)
    if known is None:
        return found.comment
    for language in LANGUAGES:
        ours = annotation(Diagnosed(exchange, known), knowledge, language, None)
        if ours is not None and found.comment.startswith(ours.comment):
            return found.comment[len(ours.comment) :].strip()
    return ""


def _side(items: list[Shown], heading: Text, language: Language) -> str:
    """Return one line for each credential or challenge on one side of the exchange."""
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    lines = []
    for item in items:
        facts = (fact(name, value, language) for name, value in (item.decoded or {}).items())
        lines.append(f"{item.scheme} {item.where}  {comma.join(facts)}".rstrip())
    return f"{say(heading, language, {})}{colon}" + "\n".join(lines) if lines else ""


class About(msgspec.Struct, frozen=True):
    """What a HAR says about itself: the version of why401, its groups of entries, and what it calls
    the exchanges that the redactor names."""

    version: str = __version__
    pages: Sequence[Page] = ()
    rename: Callable[[str], str] = str


_ABOUT = About()


class Pace(enum.Enum):
    """What to expect of the next step of an export."""

    LIGHT = enum.auto()
    HEAVY = enum.auto()
    """It may take a tenth of a second and more: who has something else to do does it beside."""


def write_annotated(
    path: str | Path,
    items: Callable[[], Iterable[Diagnosed]],
    knowledge: Knowledge,
    language: Language,
    redactor: Redactor | None,
    about: About = _ABOUT,
) -> Receipt:
    """Write `items` as an annotated HAR, redacted unless `redactor` is None; return what was
    redacted. Raises atomic.OutputError; an older file at `path` then stays as it was."""
    steps = writing_annotated(path, items, knowledge, language, redactor, about)
    for _ in steps:
        pass
    return redactor.receipt() if redactor else Receipt()


def writing_annotated(
    path: str | Path,
    items: Callable[[], Iterable[Diagnosed]],
    knowledge: Knowledge,
    language: Language,
    redactor: Redactor | None,
    about: About = _ABOUT,
) -> Generator[Pace]:
    """Do what `write_annotated` does in steps of one exchange each, and yield what to expect of the
    next. The first step shows whether the file can be written at all.

    `items` is asked twice: a secret must be known before the first place where it stands is
    written, and that may be long before the field which gives it away.
    """
    entries = flagged = 0
    with whole_file(path) as file:
        yield Pace.LIGHT
        if redactor is not None:
            for item in items():
                yield _pace(item.exchange)
                redactor.learn(item.exchange)
            yield Pace.HEAVY
            redactor.index()
        pages = [_shown_page(page, redactor) for page in about.pages]
        har = HarFile(file, version=about.version, pages=pages)
        for item in items():
            yield _pace(item.exchange)
            entries += 1
            flagged += bool(item.diagnosis.findings)
            # The exchange first: what is secret in it is then known wherever else it stands.
            exchange = redactor.exchange(item.exchange) if redactor else item.exchange
            found = annotation(item, knowledge, language, redactor)
            extras = item.extras()
            data = har.add(exchange, found, redactor.extras(extras) if redactor else extras)
            if redactor is not None:
                redactor.wrote(data)
        receipt = receipt_line(redactor.receipt() if redactor else None, language)
        har.close(_log_comment(entries, flagged, about.rename(receipt), language))
        # What is left is to wait for the disk.
        yield Pace.HEAVY


def _pace(exchange: Exchange) -> Pace:
    bodies = (exchange.request.body, exchange.response.body if exchange.response else None)
    size = sum(len(body.data) for body in bodies if body is not None)
    size += sum(len(message.data) for message in exchange.websocket)
    return Pace.HEAVY if size > _HEAVY_BYTES else Pace.LIGHT


def _shown_page(page: Page, redactor: Redactor | None) -> Page:
    """Return a page as it may be shown: browsers take its URL for its title, others for its id."""
    if redactor is None:
        return page
    return msgspec.structs.replace(
        page,
        id=redactor.text(page.id),
        title=redactor.text(page.title),
        comment=redactor.text(page.comment),
    )


def _log_comment(entries: int, flagged: int, receipt: str, language: Language) -> str:
    """Return what stands in `log.comment`."""
    return said(
        language,
        f"{entries} 个请求，{flagged} 个有问题；{receipt}",
        f"{counted(entries, 'exchange')}, {flagged} flagged; {receipt}",
    )


def receipt_line(receipt: Receipt | None, language: Language) -> str:
    """Return in one line what was redacted, and what could not be looked into."""
    if receipt is None:
        return said(
            language,
            "未脱敏：含有密码、令牌和密钥，不要分享",
            "NOT redacted: holds passwords, tokens and keys, do not share it",
        )
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(receipt.kinds.items()))
    line = said(
        language,
        f"已隐去 {receipt.total} 处敏感值" + (f"（{kinds}）" if kinds else ""),
        f"{counted(receipt.total, 'secret')} replaced" + (f" ({kinds})" if kinds else ""),
    )
    if receipt.unparsed:
        names = ", ".join(receipt.unparsed[:20])
        line += said(language, f"；无法解析：{names}", f"; could not be parsed: {names}")
    return line
