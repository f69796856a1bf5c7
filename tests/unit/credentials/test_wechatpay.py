import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.wechatpay import parse_wechatpay

SCHEME = "WECHATPAY2-SHA256-RSA2048"
GOOD = (
    'mchid="1900000001",nonce_str="5D1F4E0C9A8B47E3A1B2C3D4E5F60718",signature="RdKb+/Ad8TBRQw==",'
    'timestamp="1795132800",serial_no="3775B6A45ACD588826D15E583A95F5DD"'
)


def test_good() -> None:
    found = parse_wechatpay(SCHEME, GOOD)
    assert found.problems == ()
    assert (found.mchid, found.timestamp_s) == ("1900000001", 1795132800)
    assert found.serial_no == "3775B6A45ACD588826D15E583A95F5DD"


CASES = [
    pytest.param(GOOD.replace(",", ", "), set(), id="blanks behind commas"),
    pytest.param(GOOD.replace('"', ""), {"unquoted"}, id="no quotes"),
    pytest.param(GOOD.replace('"', "'"), {"unquoted", "single-quotes"}, id="single quotes"),
    pytest.param(GOOD.replace(",", " "), {"missing-comma"}, id="no commas"),
    pytest.param(GOOD.replace("mchid", "mch_id"), {"missing-mchid", "unknown-parameter"}, id="v2"),
    pytest.param(GOOD.replace("mchid", "MchId"), {"missing-mchid", "name-case"}, id="case"),
    pytest.param(GOOD.replace("1795132800", ""), {"empty-timestamp"}, id="empty timestamp"),
    pytest.param(
        GOOD.replace("1795132800", "1795132800123"), {"timestamp-in-milliseconds"}, id="ms"
    ),
    pytest.param(GOOD.replace("1795132800", "now"), {"timestamp-format"}, id="no number"),
    pytest.param(GOOD.replace("3775B6A4", "3775b6a4"), {"serial-no-format"}, id="lower-case"),
    pytest.param(
        GOOD.replace("3775B6A45ACD", "PUB_KEY_ID_01"), {"serial-no-is-platform"}, id="platform"
    ),
    pytest.param(GOOD.replace("1900000001", "wx1"), {"mchid-format"}, id="appid as mchid"),
    pytest.param(GOOD.replace("RdKb+", "RdKb "), {"signature-base64"}, id="plus lost"),
    pytest.param(GOOD + ',timestamp="1"', {"duplicate-parameter"}, id="repeated"),
    pytest.param(GOOD[:-1], {"unterminated-quote"}, id="open quote"),
]


@pytest.mark.parametrize(("credential", "problems"), CASES)
def test_problems(credential: str, problems: set[str]) -> None:
    assert set(parse_wechatpay(SCHEME, credential).problems) == problems


def test_brand_has_its_own_owner() -> None:
    credential = GOOD.replace("mchid", "brand_id")
    found = parse_wechatpay("WECHATPAY-BRAND-SHA256-RSA2048", credential)
    assert (found.problems, found.param("brand_id")) == ((), "1900000001")


def test_scheme_is_upper_case() -> None:
    assert parse_wechatpay(SCHEME.lower(), GOOD).problems == ("scheme-case",)


@given(st.text(), st.integers(0, len(GOOD)))
def test_any_text(text: str, cut: int) -> None:
    parse_wechatpay(SCHEME, text)
    parse_wechatpay(text, GOOD[:cut] + text)
