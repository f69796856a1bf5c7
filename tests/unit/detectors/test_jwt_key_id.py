"""Which key a `kid` leads to: proven by what was signed, judged by the server's words."""

from typing import Any

import pytest
from tests.unit.detectors.diagnosed import outcome, refused, rules
from tests.unit.detectors.keyed import HOST, configured, diagnosed, jwk, rsa_key, token

ONE, TWO = jwk(rsa_key("own"), kid="one"), jwk(rsa_key("two"), kid="two")


def judged(kid: str | None, keys: list[Any], name: str = "own", says: str = "") -> Any:
    """Return the diagnosis of a token signed by the key called `name`, against a key set."""
    header = {} if kid is None else {"kid": kid}
    sent = token(rsa_key(name), header=header)
    entry = {"host": HOST, "jwks": {"keys": keys}}
    return diagnosed(refused(f"Bearer {sent}", says=says), configured(jwt=[entry]))


FIRING: list[Any] = [
    pytest.param("two", [ONE, TWO], "own", "jwt/kid-unknown", "relabelled", id="another's kid"),
    pytest.param(None, [ONE, TWO], "own", "jwt/kid-missing", "several-keys", id="no kid"),
    pytest.param("new", [ONE, TWO], "new", "jwt/kid-unknown", "not-in-jwks", id="kid not there"),
]


@pytest.mark.parametrize(("kid", "keys", "name", "rule", "cause"), FIRING)
def test_a_kid_that_leads_nowhere_is_found(
    kid: str | None, keys: list[Any], name: str, rule: str, cause: str
) -> None:
    diagnosis = judged(kid, keys, name, says="no matching key")
    assert outcome(diagnosis) == (f"{rule}#{cause}", "proven")


SILENT: list[Any] = [
    pytest.param("one", [ONE, TWO], "own", id="the right kid"),
    pytest.param(None, [ONE], "own", id="one key needs no kid"),
    pytest.param("one", [ONE], "other", id="a known kid, but another key"),
]


@pytest.mark.parametrize(("kid", "keys", "name"), SILENT)
def test_a_kid_that_is_right_is_not_blamed(kid: str | None, keys: list[Any], name: str) -> None:
    assert not {each for each in rules(judged(kid, keys, name)) if "kid" in each}


def test_without_words_a_relabelled_key_is_only_likely() -> None:
    assert outcome(judged("two", [ONE, TWO])) == ("jwt/kid-unknown#relabelled", "likely")


def test_nothing_is_said_to_be_rotated_that_was_never_seen() -> None:
    diagnosis = judged("new", [ONE, TWO], "new")
    assert "jwt/jwks-rotated" not in rules(diagnosis)
