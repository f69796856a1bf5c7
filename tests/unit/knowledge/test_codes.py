from __future__ import annotations

import pytest

from why401.case.errors import PlatformError
from why401.hosts import Family
from why401.knowledge.codes import Category, Code, Retry, code_id, code_table, parse_codes
from why401.knowledge.rule import Text
from why401.model import Certainty

HEAD = "family,code,product,category,retry,errmsg,zh,en,notes\n"
TEXT = Text("话", "words")
CATEGORIES = {
    name: Category("因", "why", TEXT, TEXT, TEXT) for name in ("quota", "quota-retry", "state")
}


def row(family: Family, code: str, **more: object) -> Code:
    values: dict[str, object] = {"zh": "义", "en": "meaning", "category": "state", **more}
    return Code(family, code, **values)  # type: ignore[arg-type]


def error(family: Family, code: str, request_id: str = "") -> PlatformError:
    return PlatformError(family, code, "said", "response.x", "response.y", request_id)


@pytest.mark.parametrize(
    ("family", "code", "wanted"),
    [
        pytest.param(Family.WECHAT, "40029", "wechat/40029", id="a number"),
        pytest.param(Family.WECHAT, "-1", "wechat/-1", id="negative"),
        pytest.param(Family.WECOM, "60020", "wecom/60020", id="WeCom"),
        pytest.param(Family.WECHATPAY_V2, "SIGNERROR", "wechatpay/v2-signerror", id="v2"),
        pytest.param(Family.WECHATPAY_V2, "No Bill Exist", "wechatpay/v2-no-bill-exist", id="text"),
        pytest.param(Family.WECHATPAY_V3, "SIGN_ERROR", "wechatpay/v3-sign-error", id="v3"),
        pytest.param(Family.CRYPT, "-41003", "wechat/crypt-41003", id="not a server's"),
        pytest.param(
            Family.JSSDK, "config:invalid signature", "wechat-js/js-config-invalid-signature",
            id="a page's",
        ),
        pytest.param(Family.WECHAT, "", "wechat/unknown-code", id="nothing"),
    ],
)  # fmt: skip
def test_id_of_a_code(family: Family, code: str, wanted: str) -> None:
    assert code_id(family, code) == wanted


def test_same_number_is_kept_apart_by_family() -> None:
    wechat, wecom = row(Family.WECHAT, "40056"), row(Family.WECOM, "40056")
    table = code_table([wechat, wecom], CATEGORIES)
    assert table.find(Family.WECHAT, "40056") is wechat
    assert table.find(Family.WECOM, "40056") is wecom
    assert table.find(Family.WECHATPAY_V3, "40056") is None


def test_letter_codes_are_found_however_they_are_spelt() -> None:
    table = code_table([row(Family.WECHATPAY_V3, "ORDER_NOT_EXIST")], CATEGORIES)
    assert table.find(Family.WECHATPAY_V3, "ORDERNOTEXIST") is not None
    assert table.finding(error(Family.WECHATPAY_V3, "ORDERNOTEXIST")).rule == (
        "wechatpay/v3-order-not-exist"
    )


def test_code_in_no_table_is_told_as_unlisted() -> None:
    found = code_table([], CATEGORIES).finding(error(Family.WECOM, "1" * 100))
    assert found.rule == "wecom/unknown-code"
    assert found.values == {"code": "1" * 40}


def test_number_behind_request_id_tells_what_an_unlisted_code_means() -> None:
    table = code_table([row(Family.WECHATPAY_V3, "268443704")], CATEGORIES)
    found = table.finding(error(Family.WECHATPAY_V3, "NEW_CODE", "08AA-268443704"))
    assert found.rule == "wechatpay/v3-268443704"
    assert "response.header.request-id" in {each.where for each in found.evidence}


@pytest.mark.parametrize("retry", [Retry.YES, Retry.NO])
def test_code_that_passes_by_waiting_says_so(retry: Retry) -> None:
    table = code_table([row(Family.WECHAT, "45011", category="quota", retry=retry)], CATEGORIES)
    rule = table.rule("wechat/45011")
    assert rule is not None
    assert rule.causes[0].id == "quota"
    assert rule.title.en == "45011: meaning"


def test_title_that_would_be_too_long_leaves_the_code_out() -> None:
    table = code_table([row(Family.WECHATPAY_V3, "A" * 50, en="meaning of it")], CATEGORIES)
    rule = table.rule("wechatpay/v3-" + "a" * 50)
    assert rule is not None
    assert rule.title.en == "meaning of it"


def test_row_without_category_has_no_rule() -> None:
    assert code_table([row(Family.WECHAT, "1", category="?")], {}).rule("wechat/1") is None
    assert code_table([], {}).rule("wechat/1") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(HEAD + "wechat,1,,state,no,,义,meaning,\n", None, id="good"),
        pytest.param("family,code,zh\nwechat,1,义\n", "missing required", id="a column missing"),
        pytest.param("family,code,colour\nwechat,1,x\n", "columns must be", id="unknown column"),
        pytest.param(HEAD + "qq,1,,state,no,,义,meaning,\n", "Invalid enum", id="no such family"),
        pytest.param(HEAD + "wechat,1,,state,no,,义,a, b,\n", "more fields", id="a bare comma"),
        pytest.param(HEAD + "wechat,1,,state,maybe,,义,m,\n", "Invalid enum", id="retry"),
        pytest.param("", "", id="empty"),
    ],
)
def test_table_says_what_is_wrong_with_it(text: str, fault: str | None) -> None:
    parsed = list(parse_codes(text))
    if not fault:
        assert all(isinstance(found, Code) for _, found in parsed)
        return
    line, found = parsed[0]
    assert line == 2
    assert isinstance(found, str)
    assert fault in found


@pytest.mark.parametrize(
    ("notes", "certainty"),
    [
        pytest.param("", Certainty.LIKELY, id="known"),
        pytest.param("Spelt so.", Certainty.LIKELY, id="a note on something else"),
        pytest.param("weak: one source", Certainty.POSSIBLE, id="one weak source"),
        pytest.param("disputed: two readings", Certainty.POSSIBLE, id="sources disagree"),
    ],
)
def test_what_is_doubtful_is_never_above_possible(notes: str, certainty: Certainty) -> None:
    table = code_table([row(Family.WECHAT, "40029", notes=notes)], CATEGORIES)
    rule = table.rule("wechat/40029")
    assert rule is not None
    assert [cause.certainty for cause in rule.causes] == [certainty]
