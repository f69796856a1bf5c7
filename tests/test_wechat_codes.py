"""Every row of the code tables: flagged where its own family answers, silent everywhere else."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, knowledge, rules

from why401.hosts import Family
from why401.knowledge.codes import Code, code_id, parse_codes
from why401.knowledge.load import rules_folder
from why401.model import Exchange

TABLES = sorted((rules_folder() / "codes").glob("*.csv"))
ROWS: list[Code] = [
    row
    for path in TABLES
    for _, row in parse_codes(path.read_text(encoding="utf-8"))
    if isinstance(row, Code)
]
SERVED = [row for row in ROWS if row.family not in (Family.CRYPT, Family.JSSDK)]
HOSTS = {
    Family.WECHAT: "https://api.weixin.qq.com/cgi-bin/x",
    Family.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/x",
    Family.WECHATPAY_V2: "https://api.mch.weixin.qq.com/pay/x",
    Family.WECHATPAY_V3: "https://api.mch.weixin.qq.com/v3/x",
}
FOREIGN = "https://api.example.com/x"


def is_internal(row: Code) -> bool:
    """Whether the row is a number from the end of a v3 Request-ID, never in `code`."""
    return row.family is Family.WECHATPAY_V3 and row.code.isdigit()


def answer(row: Code, url: str) -> Exchange:
    """Return the answer in which a server at `url` would give the code of `row`."""
    message = row.errmsg or "x"
    if row.family in (Family.WECHAT, Family.WECOM):
        return exchange(url, json={"errcode": int(row.code), "errmsg": message})
    if row.family is Family.WECHATPAY_V2:
        body = (
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>"
            f"<err_code><![CDATA[{row.code}]]></err_code></xml>"
        )
        return exchange(url, method="POST", response_body=body.encode())
    if is_internal(row):
        return exchange(
            url,
            method="POST",
            status=400,
            json={"code": "SOMETHING_ELSE", "message": "x"},
            response_headers={"Request-ID": f"08E6C0B6-{row.code}"},
        )
    return exchange(url, method="POST", status=400, json={"code": row.code, "message": "x"})


def params(rows: list[Code]) -> list[Any]:
    return [pytest.param(row, id=f"{row.family.value} {row.code}") for row in rows]


@pytest.mark.parametrize("row", params([row for row in SERVED if row.category != "success"]))
def test_row_is_flagged_on_its_own_host(row: Code) -> None:
    found = diagnosed(answer(row, HOSTS[row.family]))
    assert found.findings
    if is_internal(row):
        assert any(
            each.where == "response.header.request-id" and str(each.seen).endswith(row.code)
            for finding in found.findings
            for each in finding.evidence
        )
        return
    folder = code_id(row.family, "x").removesuffix("x")
    assert all(rule.startswith(folder) for rule in rules(found))
    assert not any(rule.endswith("unknown-code") for rule in rules(found))


@pytest.mark.parametrize("row", params(SERVED))
def test_row_is_silent_on_a_foreign_host(row: Code) -> None:
    found = rules(diagnosed(answer(row, FOREIGN)))
    assert not any(rule.startswith(("wechat/", "wecom/", "wechatpay/")) for rule in found)


@pytest.mark.parametrize(
    "row", params([row for row in SERVED if row.family in (Family.WECHAT, Family.WECOM)])
)
def test_the_two_platforms_are_never_mixed_up(row: Code) -> None:
    other = Family.WECOM if row.family is Family.WECHAT else Family.WECHAT
    found = rules(diagnosed(answer(row, HOSTS[other])))
    assert not any(rule.startswith(f"{row.family.value}/") for rule in found)


@pytest.mark.parametrize("row", params([row for row in SERVED if row.category == "success"]))
def test_success_is_never_flagged(row: Code) -> None:
    if row.family is Family.WECHATPAY_V3:
        seen = exchange(HOSTS[row.family], json={"code": "SUCCESS", "message": "成功"})
    else:
        seen = answer(row, HOSTS[row.family])
    assert diagnosed(seen).findings == ()


@pytest.mark.parametrize("row", params(ROWS))
def test_row_has_words(row: Code) -> None:
    assert row.category in knowledge().codes.categories
    rule = knowledge().codes.rule(code_id(row.family, row.code))
    assert rule is not None
    assert len(rule.title.zh) <= 40
    assert len(rule.title.en) <= 60
    assert rule.decide is not None
    assert not row.en.isascii() or any(letter.isalpha() for letter in row.en)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in row.zh)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_code_stands_once_in_its_family(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = [row["code"] for row in rows]
    assert sorted(codes) == sorted(set(codes))
    assert {row["family"] for row in rows} == {path.stem}


def test_all_rows_are_there() -> None:
    assert len(ROWS) == 1651
