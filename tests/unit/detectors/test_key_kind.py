"""Keys of another vendor, or of another kind."""

from __future__ import annotations

import pytest
from tests.exchanges import basic
from tests.traffic import Traffic, bearer, tell

from why401.model import Certainty

X = "x" * 24
CASES = [
    pytest.param("https://api.stripe.com", f"pk_live_{X}", True, id="publishable"),
    pytest.param("https://api.stripe.com", f"sk_live_{X}", False, id="cured: secret"),
    pytest.param("https://api.github.com", f"glpat-{X}", True, id="GitLab's at GitHub"),
    pytest.param("https://gitlab.com", f"glpat-{X}", False, id="cured: GitLab's at GitLab"),
    pytest.param("https://api.openai.com", f"sk-ant-{X}", True, id="Anthropic's at OpenAI"),
    pytest.param("https://api.openai.com", f"sk-{X}", False, id="of many vendors"),
    pytest.param("https://api.example.com", f"ghp_{X}", False, id="nobody knows whose API"),
    pytest.param("https://api.github.com", "an-opaque-token-of-36-characters", False, id="none"),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "key", "expected"), CASES)
def test_keys_by_their_prefix(origin: str, key: str, expected: bool) -> None:
    told = tell([Traffic()(f"GET {origin}/v1/x", 401, sent=bearer(key))])
    assert ("auth/key-wrong-kind" in told.rules("#1")) is expected
    if expected:
        assert told.verdicts() == {"#1": "auth/key-wrong-kind#other-kind"}
        assert told.diagnoses["#1"].certainty in (Certainty.LIKELY, Certainty.POSSIBLE)


def test_the_servers_words_make_it_likely() -> None:
    answer = {"error": {"message": "This API call cannot be made with a publishable API key."}}
    sent = {"Authorization": basic(f"pk_live_{X}:")}
    told = tell([Traffic()("GET https://api.stripe.com/v1/x", 401, sent=sent, answer=answer)])
    assert told.verdicts() == {"#1": "auth/key-wrong-kind#other-kind"}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY
