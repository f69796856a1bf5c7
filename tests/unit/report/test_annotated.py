"""What stands beside an exchange in a HAR: our words whole, the traffic's secrets nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import basic, exchange
from tests.unit.detectors.diagnosed import diagnosed, jwt, knowledge, refused

from why401.knowledge.load import rules_folder
from why401.knowledge.read import read_folder
from why401.knowledge.rule import Rule, Text
from why401.masking import Masker
from why401.model import Diagnosis, Exchange
from why401.report.annotated import About, Diagnosed, annotation, receipt_line, write_annotated
from why401.report.annotation import Annotation
from why401.report.har import Page
from why401.report.redaction import Receipt, Redactor

MASKER = Masker(b"k" * 32)
PASSWORD = "correct-horse-7"
HEALTHY = exchange("https://api.example.com/health")
BAD_BASIC = refused(basic(f"alice:{PASSWORD}"), challenge='Basic realm="r"')


def annotated(
    item: Exchange, comment: str = "", *, redact: bool = True, language: Any = "en"
) -> Annotation | None:
    redactor = Redactor(MASKER) if redact else None
    if redactor:
        redactor.learn(item)
    return annotation(Diagnosed(item, diagnosed(item), comment), knowledge(), language, redactor)


def test_a_healthy_exchange_has_nothing_beside_it() -> None:
    assert annotated(HEALTHY) is None


def test_what_the_user_wrote_beside_a_healthy_exchange_stays() -> None:
    assert annotated(HEALTHY, "look here") == Annotation(comment="look here")


def test_a_page_is_called_the_same_and_without_its_secret_at_both_places(tmp_path: Path) -> None:
    page = f"https://a.example/?password={PASSWORD}"
    out = tmp_path / "o.har"
    write_annotated(
        out,
        lambda: [Diagnosed(HEALTHY, diagnosed(HEALTHY), page=page)],
        knowledge(),
        "en",
        Redactor(MASKER),
        About(pages=[Page(page, "A page")]),
    )
    log = json.loads(out.read_bytes())["log"]
    assert log["pages"][0]["id"] == log["entries"][0]["pageref"]
    assert PASSWORD not in out.read_text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_summary_is_a_line_of_its_own_and_the_user_s_words_end_it(language: Any) -> None:
    found = annotated(BAD_BASIC, "mine", language=language)
    assert found is not None
    assert found.diagnosis is not None
    first, blank, *_, last = found.comment.split("\n")
    assert (first, blank, last) == (found.diagnosis["summary"][language], "", "mine")  # type: ignore[index, call-overload]


def test_each_side_says_what_it_shows() -> None:
    found = annotated(BAD_BASIC)
    assert found is not None
    assert found.request_comment.startswith("Carries: basic request.header.authorization  ")
    assert found.response_comment.startswith("Asks for: basic response.header.www-authenticate")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("zh", ("凭证：basic ", "密码长度："), id="zh"),
        pytest.param("en", ("Carries: basic ", "password length: "), id="en"),
    ],
)
def test_what_a_side_shows_is_said_in_the_language_asked_for(
    language: Any, said: tuple[str, ...]
) -> None:
    found = annotated(BAD_BASIC, language=language)
    assert found is not None
    assert [words for words in said if words not in found.request_comment] == []
    assert "password_length" not in found.request_comment


def test_a_password_is_in_no_part_of_it_typed_or_not() -> None:
    found = annotated(BAD_BASIC, f"the password is {PASSWORD}, password={PASSWORD}")
    assert PASSWORD not in repr(found)
    assert "[redacted:password:" in repr(found)


def test_unredacted_is_what_was_asked_for() -> None:
    found = annotated(BAD_BASIC, f"password={PASSWORD}", redact=False)
    assert found is not None
    assert found.comment.endswith(f"password={PASSWORD}")


def texts(rule: Rule) -> Iterator[Text]:
    yield from (rule.title, *rule.why.values(), *([rule.decide] if rule.decide else ()))
    for cause in rule.causes:
        yield from (cause.text, cause.fix, *([cause.hint] if cause.hint else ()))


RULES = sorted(read_folder(rules_folder()).rules, key=lambda rule: rule.id)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_words_of_a_rule_are_not_taken_for_secrets(rule: Rule) -> None:
    """`&key=KEY` and `Bearer <token>` in a fix are samples: redacted, the fix would be none."""
    redactor = Redactor(MASKER)
    redactor.learn(BAD_BASIC)
    for text in texts(rule):
        plain = {"fix": {"zh": text.zh, "en": text.en}}
        assert redactor.plain(plain) == plain
        assert redactor.words(text.zh) == text.zh


@pytest.mark.parametrize(
    ("language", "comment"),
    [
        pytest.param("zh", "1 个请求，0 个有问题；已隐去 0 处敏感值", id="zh"),
        pytest.param("en", "1 exchange, 0 flagged; 0 secrets replaced", id="en"),
    ],
)
def test_the_file_says_so_with_the_punctuation_of_the_language(
    tmp_path: Path, language: Any, comment: str
) -> None:
    items = [Diagnosed(HEALTHY, diagnosed(HEALTHY))]
    out = tmp_path / "o.har"
    write_annotated(out, lambda: items, knowledge(), language, Redactor(MASKER), About("9"))
    assert json.loads(out.read_bytes())["log"]["comment"] == comment


def test_the_file_counts_what_was_flagged_and_redacted(tmp_path: Path) -> None:
    token = jwt({"exp": 1})
    items = [
        Diagnosed(item, diagnosed(item)) for item in (HEALTHY, refused(f"Bearer {token}", id="t#1"))
    ]
    out = tmp_path / "o.har"
    receipt = write_annotated(out, lambda: items, knowledge(), "en", Redactor(MASKER), About("9"))
    log = json.loads(out.read_bytes())["log"]
    assert log["creator"] == {"name": "why401", "version": "9"}
    assert log["comment"].startswith("2 exchanges, 1 flagged; ")
    assert f"{receipt.total} secrets replaced" in log["comment"]
    assert [entry.get("_pinned") for entry in log["entries"]] == [None, "true"]
    assert token.rpartition(".")[2] not in out.read_text(encoding="utf-8")


def test_what_was_redacted_before_is_still_said(tmp_path: Path) -> None:
    token = MASKER.placeholder("token", "abcdef")
    item = refused(f"Bearer {token}")
    out = tmp_path / "o.har"
    items = [Diagnosed(item, diagnosed(HEALTHY))]
    write_annotated(out, lambda: items, knowledge(), "en", Redactor(MASKER))
    assert json.loads(out.read_bytes())["log"]["comment"].endswith("1 secret replaced (token 1)")


@pytest.mark.parametrize(
    ("receipt", "language", "line"),
    [
        pytest.param(
            None, "en", "NOT redacted: holds passwords, tokens and keys, do not share it", id="off"
        ),
        pytest.param(Receipt(), "zh", "已隐去 0 处敏感值", id="nothing to redact"),
        pytest.param(
            Receipt({"token": 2, "cookie": 1}),
            "en",
            "3 secrets replaced (cookie 1, token 2)",
            id="by kind",
        ),
        pytest.param(
            Receipt({"token": 1}, ("a body",)),
            "zh",
            "已隐去 1 处敏感值（token 1）；无法解析：a body",
            id="and what could not be parsed",
        ),
    ],
)
def test_receipt_line(receipt: Receipt | None, language: Any, line: str) -> None:
    assert receipt_line(receipt, language) == line


def test_a_fault_of_ours_alone_is_no_finding() -> None:
    item = Diagnosed(HEALTHY, Diagnosis(faults=("x",)))
    assert annotation(item, knowledge(), "en", None) is None
