import re

import pytest

from why401.credentials.keys import (
    SECRET_FIELDS,
    SECRET_HEADERS,
    SECRET_PARAMETERS,
    key_kind,
    public_prefix,
)

CASES = [
    pytest.param("ghp_" + "a1" * 18, "github-classic-token", "ghp_", id="GitHub"),
    pytest.param("github_pat_" + "a1" * 18, "github-fine-grained-token", "github_pat_", id="PAT"),
    pytest.param("sk_test_" + "a1" * 12, "stripe-secret-test-key", "sk_test_", id="Stripe test"),
    pytest.param("pk_live_" + "a1" * 12, "stripe-publishable-key", "pk_live_", id="Stripe pk"),
    pytest.param("AKIA" + "ABCD" * 4, "aws-access-key", "AKIA", id="AWS"),
    pytest.param("xoxb-1-2-abcdefgh", "slack-bot-token", "xoxb-", id="Slack"),
    pytest.param("sk-ant-" + "x" * 20, "anthropic-key", "sk-ant-", id="longest prefix wins"),
    pytest.param("sk-...", None, "", id="masked"),
    pytest.param("ghp_", None, "", id="prefix alone"),
    pytest.param("hello world", None, "", id="text"),
    pytest.param("", None, "", id="empty"),
]


@pytest.mark.parametrize(("value", "kind", "prefix"), CASES)
def test_key_kind(value: str, kind: str | None, prefix: str) -> None:
    assert (key_kind(value), public_prefix(value)) == (kind, prefix)


@pytest.mark.parametrize("table", [SECRET_HEADERS, SECRET_FIELDS, SECRET_PARAMETERS])
def test_tables_fit_placeholders(table: dict[str, str]) -> None:
    assert all(name == name.lower() for name in table)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", kind) for kind in table.values())


def test_error_codes_in_bodies_are_no_secrets() -> None:
    assert "code" not in SECRET_FIELDS
    assert SECRET_PARAMETERS["code"] == "code"
