"""What `check_rules` says about broken rules: one line each, and the rest is still checked."""

from pathlib import Path

import pytest
from tests.unit.knowledge.rule_text import SOUND, write_rules

from why401.knowledge.check import check_rules

BROKEN = [
    pytest.param("id: shop/key-withdrawn", "id: shop/other", 1, 'its path says "shop/', id="id"),
    pytest.param("match:", "mach:", 6, 'unknown key "mach"; did you mean "match"?', id="key"),
    pytest.param("severity: error", "severity: fatal", 2, '"fatal" is not one of', id="enum"),
    pytest.param("severity: error", "severity: [", None, "", id="not YAML"),
    pytest.param("severity: error", "\tseverity: error", 2, "tabs", id="tab"),
    pytest.param("severity: error", "id: shop/x", 2, '"id" stands here twice', id="duplicate key"),
    pytest.param("id: withdrawn\n", "id: &a [*a]\n", None, "aliases", id="cyclic alias"),
    pytest.param("  zh: 这个密钥已被收回", "  zh: withdrawn", 4, "holds no Chinese", id="zh in en"),
    pytest.param("An administrator", "管理员", 12, "holds Chinese", id="en in zh"),
    pytest.param("  en: This key has", "  xx: This key has", 5, 'unknown key "xx"', id="no en"),
    pytest.param("这个密钥已被收回", "密" * 61, 4, "61 characters", id="long title"),
    pytest.param("a new key.", "a new key in {days} days.", 13, "{days} is not listed", id="value"),
    pytest.param("severity: error", "values: [age_s]", 2, "none of the sentences", id="idle value"),
    pytest.param("https://rules.test", "http://rules.test", 20, "url: expected str", id="http"),
    pytest.param("    read: 2026-11-20\n", "", 20, "missing required field read", id="read"),
    pytest.param("json.code: key", "json.code|re: (key", 8, "not valid RE2", id="regex"),
    pytest.param("json.code: key", "json.code|re: (?=key)", 8, "not valid RE2", id="lookahead"),
    pytest.param("response.json.code:", "respons.json.code:", 8, "did you mean", id="place"),
    pytest.param("json.code: key", "json.code|has: key", 8, 'no modifier "has"', id="modifier"),
    pytest.param("fix:", "proven_by: shop/none\n    fix:", 13, 'no rule "shop/none"', id="prover"),
    pytest.param("severity: error", "overlaps: [jwt2/x]", 2, 'no rule "jwt2/x"', id="overlaps"),
    pytest.param("cause: withdrawn", "cause: withdrawal", 28, 'did you mean "withdrawn"', id="c"),
    pytest.param("code: key_unknown", "code: key_withdrawn", 32, "should stay silent", id="silent"),
    pytest.param("{code: key_withdrawn}", "{code: k}", 27, "should fire, but does not", id="fires"),
    pytest.param("expect: no match", "expect: match", 32, "should fire", id="second fires not"),
    pytest.param("https://api.rules.test/orders", "/orders", 25, "no absolute", id="relative URL"),
    pytest.param("X-Api-Key: k1", "X-Api-Key: AKIAABCDEFGHIJKLMNOP", 25, "AWS", id="secret"),
    pytest.param("X-Api-Key: k1", "X-Phone: '13800138000'", 25, "mobile", id="phone number"),
]  # fmt: skip


def check(tmp_path: Path, text: str | bytes) -> list[tuple[int | None, str]]:
    checked = check_rules(write_rules(tmp_path, shop__key_withdrawn=text))
    return [(error.line, str(error)) for error in checked.errors]


def test_sound_rule_is_clean(tmp_path: Path) -> None:
    checked = check_rules(write_rules(tmp_path, shop__key_withdrawn=SOUND))
    assert (checked.errors, checked.warnings) == ((), ())
    assert (checked.rules, checked.cases, checked.folders) == (1, 2, {"shop": 1})


@pytest.mark.parametrize(("old", "new", "line", "said"), BROKEN)
def test_fault_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, said: str
) -> None:
    assert old in SOUND
    errors = check(tmp_path, SOUND.replace(old, new, 1))
    assert errors
    found = [error for error in errors if said in error[1]]
    assert found, errors
    if line is not None:
        assert found[0][0] == line, found
    assert "\n" not in found[0][1]


UNREADABLE = [
    pytest.param(SOUND.encode("gbk"), "not UTF-8", id="GBK"),
    pytest.param(b"# " + b"x" * (1 << 20), "larger than", id="huge"),
    pytest.param(b"", "holds no rule", id="empty"),
    pytest.param(b"- a\n- b\n", "holds no rule", id="list"),
    pytest.param(b"[" * 20_000, "", id="deep"),
    pytest.param(b"\xef\xbb\xbfid: \x00", "", id="control character"),
    pytest.param(b"id: !!python/object:os.system x\n", "tag", id="tag"),
]


@pytest.mark.parametrize(("data", "said"), UNREADABLE)
def test_unreadable_file_is_one_line_and_costs_only_itself(
    tmp_path: Path, data: bytes, said: str
) -> None:
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND, shop__broken=data)
    checked = check_rules(folder)
    assert len(checked.errors) == 1
    assert said in str(checked.errors[0])
    assert "\n" not in str(checked.errors[0])
    assert checked.rules == 1


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert check(tmp_path, b"\xef\xbb\xbf" + SOUND.encode()) == []


OTHER = SOUND.replace("key-withdrawn", "key-refused").replace(
    "  response.json.code: key_withdrawn\n", "  response.json.code|startswith: key_w\n"
)


def test_quarrel_is_a_fault_of_the_rule_whose_case_it_is(tmp_path: Path) -> None:
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND, shop__key_refused=OTHER)
    said = [str(error) for error in check_rules(folder).errors]
    assert len(said) == 2
    assert any("shop/key-refused fires too" in line for line in said)


@pytest.mark.parametrize("key", ["overlaps", "gives_way_to"])
def test_quarrel_that_is_owned_up_to_is_none(tmp_path: Path, key: str) -> None:
    other = OTHER.replace("severity: error", f"{key}: [shop/key-withdrawn]")
    if key == "gives_way_to":
        other = other.replace("code: key_withdrawn", "code: key_worn")
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND, shop__key_refused=other)
    assert check_rules(folder).errors == ()


def test_part_of_a_folder_is_checked_alone(tmp_path: Path) -> None:
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND, other__broken="id: [")
    assert check_rules(folder / "shop").errors == ()
    assert check_rules(folder / "shop" / "key-withdrawn.yaml").rules == 1


def test_rule_without_a_silent_case_or_a_source_is_refused(tmp_path: Path) -> None:
    text = SOUND[: SOUND.index("  - name: another code")]
    text = text.replace(text[text.index("references:") : text.index("tests:")], "")
    said = " ".join(message for _, message in check(tmp_path, text))
    assert "`expect: no match`" in said
    assert "has no reference" in said


def test_long_hint_is_advice(tmp_path: Path) -> None:
    text = SOUND.replace("zh: 换新密钥", "zh: 换一个新的密钥并且把旧的密钥删掉别再用")
    checked = check_rules(write_rules(tmp_path, shop__key_withdrawn=text))
    assert checked.errors == ()
    assert "Comment column" in str(checked.warnings[0])


def test_fingerprint_that_points_at_no_rule_is_a_fault(tmp_path: Path) -> None:
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND)
    (folder / "servers").mkdir()
    source = '{url: "https://rules.test", read: 2026-11-20, for: its messages}'
    (folder / "servers" / "shop.yaml").write_text(
        f"server: Shop\nreferences:\n  - {source}\nrows:\n"
        "  - {status: 401, says: gone, means: shop/key-withdrawn}\n"
        "  - {status: 401, says: lost, means: shop/key-withdrwan}\n",
        encoding="utf-8",
    )
    errors = check_rules(folder).errors
    assert [error.line for error in errors] == [6]
    assert 'did you mean "shop/key-withdrawn"' in str(errors[0])


def test_title_of_a_cause_is_held_to_the_same(tmp_path: Path) -> None:
    long = "密" * 61
    text = SOUND.replace("    fix:", f"    title: {{zh: {long}, en: x}}\n    fix:", 1)
    assert [said for _, said in check(tmp_path, text) if "61 characters; at most 60" in said]


def test_missing_folder_is_one_line(tmp_path: Path) -> None:
    checked = check_rules(tmp_path / "none")
    assert [error.message for error in checked.errors] == ["is not a folder"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        pytest.param("shop/x.yaml", 1, id="rule"),
        pytest.param("servers/x.yaml", 1, id="fingerprints"),
        pytest.param("codes/x.csv", 1, id="table of codes"),
        pytest.param("codes/categories.yaml", 1, id="categories"),
        pytest.param("shop/_x.yaml", 0, id="draft"),
        pytest.param("shop/x.yml", 0, id="another ending"),
    ],
)
def test_what_there_is_to_check(name: str, files: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("", encoding="utf-8")
    checked = check_rules(tmp_path)
    assert checked.files == files
    assert files or [error.message[:14] for error in checked.errors] == ["holds no rules"]
