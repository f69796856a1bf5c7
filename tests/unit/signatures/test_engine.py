"""Every mistake breaks messages of every shape, and the engine names it; nothing else is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.signatures import shapes

from why401.signatures import jssdk, paysign_v3, v2_message, v3_message, virtual_payment
from why401.signatures.engine import Mistake, Parts, Told, deeper, pairs, singles
from why401.signatures.jssdk import JS_MISTAKES
from why401.signatures.paysign_v2 import PAYSIGN_V2_MISTAKES
from why401.signatures.paysign_v3 import PAYSIGN_V3_MISTAKES
from why401.signatures.v2_mistakes import V2_MISTAKES
from why401.signatures.v3_mistakes import V3_MISTAKES
from why401.signatures.virtual_payment import VP_MISTAKES

type Seal = Callable[[Parts], bytes]

SCHEMES = [
    pytest.param(shapes.v3_messages(), V3_MISTAKES, v3_message.message, id="v3"),
    pytest.param(shapes.v2_messages(), V2_MISTAKES, v2_message.sealed, id="v2"),
    pytest.param(shapes.paysigns_v3(), PAYSIGN_V3_MISTAKES, paysign_v3.message, id="paysign-v3"),
    pytest.param(shapes.paysigns_v2(), PAYSIGN_V2_MISTAKES, v2_message.sealed, id="paysign-v2"),
    pytest.param(shapes.js_configs(), JS_MISTAKES, jssdk.digest, id="js-sdk"),
    pytest.param(shapes.virtual_payments(), VP_MISTAKES, virtual_payment.digest, id="virtual"),
]


def variants_of(mistake: Mistake, claim: Any) -> list[tuple[tuple[str, ...], Parts]]:
    right = claim.parts
    found = []
    for variant in mistake.variants(claim, right[mistake.part]):
        rules = variant.rules if isinstance(variant, Told) else (mistake.rule, *mistake.also)
        value = variant.value if isinstance(variant, Told) else variant
        parts = (*right[: mistake.part], value, *right[mistake.part + 1 :])
        found.append((rules, parts))
    return found


def signer(sealed: bytes, seal: Seal) -> Callable[[Parts], bool]:
    return lambda parts: seal(parts) == sealed


@pytest.mark.parametrize(("claims", "mistakes", "seal"), SCHEMES)
def test_every_mistake_is_named_when_it_was_made(
    claims: st.SearchStrategy[Any], mistakes: tuple[Mistake, ...], seal: Seal
) -> None:
    @settings(max_examples=60, deadline=None)
    @given(claims, st.data())
    def named(claim: Any, data: st.DataObject) -> None:
        mistake = data.draw(st.sampled_from(mistakes))
        variants = variants_of(mistake, claim)
        if not variants:
            return
        rules, parts = data.draw(st.sampled_from(variants))
        signed = seal(parts)
        if signed == seal(claim.parts):
            return
        fits = signer(signed, seal)
        first = singles(mistakes, claim, claim.parts, fits)
        found = deeper(mistakes, claim, claim.parts, fits, first)
        told = {rule for match in found.matches for rule in match.rules}
        # A wide mistake need not be looked for where a usual one gives the same bytes.
        assert set(rules) <= told or (mistake.is_wide and told)
        assert found.matches[: len(first.matches)] == first.matches
        assert all(seal(match.parts) == signed for match in found.matches)

    named()


@pytest.mark.parametrize(("claims", "mistakes", "seal"), SCHEMES)
def test_no_other_text_is_explained(
    claims: st.SearchStrategy[Any], mistakes: tuple[Mistake, ...], seal: Seal
) -> None:
    @settings(max_examples=12, deadline=None)
    @given(claims, st.binary(min_size=32, max_size=32))
    def silent(claim: Any, other: bytes) -> None:
        fits = signer(hashlib.sha256(other).digest(), seal)
        assert not singles(mistakes, claim, claim.parts, fits).matches
        assert not pairs(mistakes, claim, claim.parts, fits, 2_000).matches

    silent()


@pytest.mark.parametrize(("claims", "mistakes", "seal"), SCHEMES)
def test_the_search_is_bounded_and_repeatable(
    claims: st.SearchStrategy[Any], mistakes: tuple[Mistake, ...], seal: Seal
) -> None:
    @settings(max_examples=3, deadline=None)
    @given(claims)
    def bounded(claim: Any) -> None:
        fits = signer(b"nothing", seal)
        one = pairs(mistakes, claim, claim.parts, fits, 500)
        other = pairs(mistakes, claim, claim.parts, fits, 500)
        assert one.tried == other.tried <= 500

    bounded()


SIZES = [pytest.param(100, id="as usual"), pytest.param(20_000, id="two hundred times as long")]


@pytest.mark.parametrize("size", SIZES)
def test_a_long_text_is_searched_for_less(size: int) -> None:
    fields = tuple((f"f{n}", "测 &" * (size // 100)) for n in range(25))
    claim = v2_message.V2Message(fields, "MD5", shapes.KEYS[0][1])
    fits = signer(b"nothing", v2_message.sealed)
    first = singles(V2_MISTAKES, claim, claim.parts, fits)
    found = deeper(V2_MISTAKES, claim, claim.parts, fits, first)
    assert (found.tried > 5_000) is (size == 100)
    assert found.tried < 25_000
