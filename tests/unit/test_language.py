import pytest

from why401.config import Language
from why401.language import counted, spoken


@pytest.mark.parametrize(
    ("configured", "environment", "expected"),
    [
        pytest.param(Language.ZH, {"LANG": "en_US.UTF-8"}, "zh", id="configured wins"),
        pytest.param(Language.EN, {"LANG": "zh_CN.UTF-8"}, "en", id="configured wins, the other"),
        pytest.param(Language.AUTO, {"LANG": "zh_CN.UTF-8"}, "zh", id="LANG"),
        pytest.param(
            Language.AUTO, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en", id="LC_ALL first"
        ),
        pytest.param(
            Language.AUTO, {"LC_MESSAGES": "zh_TW", "LANG": "en_US"}, "zh", id="LC_MESSAGES second"
        ),
        pytest.param(Language.AUTO, {"LC_ALL": "", "LANG": "zh"}, "zh", id="empty does not count"),
    ],
)
def test_the_language_is_the_configured_or_the_locale_s(
    configured: Language, environment: dict[str, str], expected: str
) -> None:
    assert spoken(configured, environment) == expected


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 exchanges"), (1, "1 exchange"), (2, "2 exchanges")]
)
def test_one_is_singular(count: int, text: str) -> None:
    assert counted(count, "exchange") == text
