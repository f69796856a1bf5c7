"""Walks over texts: which secrets they hand over, and what they leave as it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.masking import Masker
from why401.report.redaction.secrets import Secrets
from why401.report.redaction.walk import ReplacingWalker, Walker

SECRET = "s3cretAbc9defGh1"

MET = [
    pytest.param(json.dumps({"user": "a", "password": SECRET}), False, [SECRET], id="JSON"),
    pytest.param(json.dumps({"a": json.dumps({"token": SECRET})}), False, [SECRET], id="nested"),
    pytest.param(f"user=a&password={SECRET}", True, [SECRET], id="form"),
    pytest.param(f"https://h/p?access_token={SECRET}&x=1", False, [SECRET], id="query"),
    pytest.param(f"<xml><secret>{SECRET}</secret></xml>", False, [SECRET], id="XML"),
    pytest.param(f"https://alice:{SECRET}@h/", False, [SECRET], id="URL with password"),
    pytest.param(json.dumps({"user": "a", "page": 2}), False, [], id="nothing secret"),
    pytest.param("", False, [], id="nothing"),
]


@pytest.mark.parametrize(("text", "is_form", "expected"), MET)
def test_every_secret_is_handed_over(text: str, is_form: bool, expected: list[str]) -> None:
    met: list[str] = []

    def note(kind: str, value: str) -> str:
        met.append(value)
        return value

    assert Walker(note).text(text, is_form=is_form) == text
    assert set(met) == set(expected)


@pytest.mark.parametrize(("text", "is_form", "expected"), MET)
def test_what_the_function_gives_back_is_put_in(
    text: str, is_form: bool, expected: list[str]
) -> None:
    masker = Masker(b"k" * 32)
    secrets = Secrets(masker)
    walker = ReplacingWalker(secrets.placeholder, secrets)
    once = walker.text(text, is_form=is_form)
    assert (SECRET in once, once == text) == (False, not expected)
    assert walker.text(once, is_form=is_form) == once


def test_what_was_learnt_is_replaced_wherever_it_stands() -> None:
    secrets = Secrets(Masker(b"k" * 32))
    walker = ReplacingWalker(secrets.placeholder, secrets)
    sentence = f"the server saw {SECRET}!"
    assert walker.words(sentence) == sentence
    secrets.learn("password", SECRET)
    assert SECRET not in walker.words(sentence)


def test_a_field_is_rewritten_once_and_again_when_more_is_known() -> None:
    secrets = Secrets(Masker(b"k" * 32))
    walker = ReplacingWalker(secrets.placeholder, secrets)
    asked: list[bytes] = []

    def rewrite(field: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        asked.append(field[1])
        return field[0], secrets.placeholder("token", field[1].decode()).encode()

    once = walker.field((b"x-trace", b"abc"), rewrite)
    assert walker.field((b"x-trace", b"abc"), rewrite) == once
    assert asked == [b"abc"]
    secrets.learn("password", SECRET)
    walker.field((b"x-trace", b"abc"), rewrite)
    assert len(asked) == 2


@given(st.text(max_size=200))
def test_any_text_is_left_alone_while_learning(text: str) -> None:
    assert Walker(lambda _, value: value).text(text) == text
