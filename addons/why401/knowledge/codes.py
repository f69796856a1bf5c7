"""The code tables: what every WeChat code means, for those without a rule of their own.

`rules/codes/*.csv`, one file a family, hold one row a code with its meaning in both languages.
`rules/codes/categories.yaml` says what a category implies and what to do about it.
"""

from __future__ import annotations

import enum
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
import msgspec.structs

from why401.case.errors import PlatformError
from why401.hosts import Family
from why401.knowledge.rule import Cause, Rule, Text
from why401.later import later, regex
from why401.model import Certainty, Evidence, Finding, Severity

if TYPE_CHECKING:
    import csv
else:
    csv = later("csv")

_MAX_ZH, _MAX_EN = 40, 60
_NOT_KEBAB = regex(r"[^a-z0-9-]")
_FOLDERS = {
    Family.WECHAT: "wechat/",
    Family.WECOM: "wecom/",
    Family.WECHATPAY_V2: "wechatpay/v2-",
    Family.WECHATPAY_V3: "wechatpay/v3-",
    Family.CRYPT: "wechat/crypt",
    Family.JSSDK: "wechat-js/js-",
}


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What codes of one kind have in common: why they come, the fix, and what would decide."""

    zh: str
    en: str
    fix: Text
    hint: Text
    decide: Text
    severity: Severity = Severity.ERROR


class Retry(enum.StrEnum):
    """Whether the same request may succeed later."""

    YES = "yes"
    AFTER_REFRESH = "after-refresh"
    """With a new token, ticket or session key only."""
    NO = "no"


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of a table. `product` is the part of the family that documents the code, `errmsg`
    the literal head of the server's message, `notes` what sources dispute or what is odd."""

    family: Family
    code: str
    zh: str
    en: str
    category: str
    product: str = ""
    retry: Retry = Retry.NO
    errmsg: str = ""
    notes: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether the meaning has one weak source only, or sources that disagree."""
        return self.notes.startswith(("weak", "disputed"))


_COLUMNS = tuple(field.name for field in msgspec.structs.fields(Code))


class CodeTable(msgspec.Struct, frozen=True):
    """All codes by (family, code) and by the id that the contract derives from them."""

    codes: Mapping[tuple[Family, str], Code]
    by_id: Mapping[str, Code]
    categories: Mapping[str, Category]

    def find(self, family: Family, code: str) -> Code | None:
        """Return the row of `code`; a code is spelt with and without underscores alike."""
        return self.codes.get((family, code)) or self.codes.get((family, _squeezed(code)))

    def finding(self, error: PlatformError) -> Finding:
        """Return the finding for a code without a rule of its own, known or not."""
        evidence = [Evidence(error.place, error.code)]
        if error.message:
            evidence.append(Evidence(error.message_place, error.message[:240]))
        number = error.request_id_code
        if number:
            evidence.append(Evidence("response.header.request-id", error.request_id[-80:]))
        row = self.find(error.family, error.code)
        if row is None and number:
            row = self.find(error.family, number)
        rule = code_id(row.family, row.code) if row else _FOLDERS[error.family] + "unknown-code"
        values = {} if row else {"code": error.code[:40]}
        return Finding(rule, Certainty.PROVEN, tuple(evidence), values=values)

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule that the table implies for `rule_id`."""
        row = self.by_id.get(rule_id)
        category = self._category(row) if row else None
        if row is None or category is None:
            return None
        return Rule(
            id=rule_id,
            severity=category.severity,
            title=_title(row),
            causes=[
                Cause(
                    id=row.category,
                    zh=category.zh,
                    en=category.en,
                    fix=category.fix,
                    hint=category.hint,
                    certainty=Certainty.POSSIBLE if row.doubtful else Certainty.LIKELY,
                )
            ],
            decide=category.decide,
        )

    def _category(self, row: Code) -> Category | None:
        """Return the category of `row`; where waiting alone may help, the one that says so."""
        waiting = self.categories.get(f"{row.category}-retry") if row.retry is Retry.YES else None
        return waiting or self.categories.get(row.category)


def _title(row: Code) -> Text:
    """Return the meaning behind its code, or alone where both would not fit the one line."""
    zh, en = f"{row.code} {row.zh}", f"{row.code}: {row.en}"
    return Text(zh if len(zh) <= _MAX_ZH else row.zh, en if len(en) <= _MAX_EN else row.en)


def code_id(family: Family, code: str) -> str:
    """Return the id of a code: `wechat/40029`, `wechat/-1`, `wechatpay/v3-sign-error`,
    `wechat/crypt-41003`."""
    text = _NOT_KEBAB.sub("-", code.strip().lower())
    return _FOLDERS[family] + (text or "unknown-code")


def code_table(rows: Iterable[Code], categories: Mapping[str, Category]) -> CodeTable:
    """Return the table of `rows`; a row that stands twice keeps its first place."""
    codes: dict[tuple[Family, str], Code] = {}
    by_id: dict[str, Code] = {}
    for row in rows:
        codes.setdefault((row.family, row.code), row)
        codes.setdefault((row.family, _squeezed(row.code)), row)
        by_id.setdefault(code_id(row.family, row.code), row)
    return CodeTable(codes, by_id, categories)


def parse_codes(text: str) -> Iterable[tuple[int, Code | str]]:
    """Yield (line, row) of a table, or (line, what is wrong with it)."""
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        line = reader.line_num
        if None in row:
            yield line, "has more fields than the first line; quote a field that holds a comma"
            continue
        if set(row) - set(_COLUMNS):
            yield line, f"columns must be {','.join(_COLUMNS)}"
            return
        try:
            # An empty field is one that was left out.
            yield line, msgspec.convert({key: text for key, text in row.items() if text}, Code)
        except msgspec.ValidationError as error:
            yield line, str(error)


def _squeezed(code: str) -> str:
    return code.strip().upper().replace("_", "").replace(" ", "")
