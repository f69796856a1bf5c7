from __future__ import annotations

import pytest

from why401.sandbox import Sandbox
from why401.sandbox.client import Sent
from why401.sandbox.tour import STEPS, Step, run_tour


@pytest.fixture(scope="module")
def toured() -> list[tuple[Step, tuple[Sent, ...]]]:
    made: list[tuple[Step, tuple[Sent, ...]]] = []
    # The sandbox takes absolute targets, so it can be its own proxy for plain http.
    with Sandbox() as sandbox:
        proxy = f"http://127.0.0.1:{sandbox.http_port}"
        run_tour(proxy, None, sandbox, lambda step, sent: made.append((step, sent)))
    return made


def test_every_step_is_made_in_order(toured: list[tuple[Step, tuple[Sent, ...]]]) -> None:
    assert tuple(step for step, _ in toured) == STEPS
    assert all(sent for _, sent in toured)


def test_steps_have_names_of_their_own() -> None:
    names = [step.name for step in STEPS]
    assert len(set(names)) == len(names) >= 15


def test_good_steps_end_well(toured: list[tuple[Step, tuple[Sent, ...]]]) -> None:
    ends = {step.name: sent[-1].status for step, sent in toured if step.expect is None}
    assert set(ends.values()) == {200}


def test_bad_steps_outside_wechat_are_refused(
    toured: list[tuple[Step, tuple[Sent, ...]]],
) -> None:
    bad = [sent[-1] for step, sent in toured if step.expect and "wechat" not in step.expect]
    assert {sent.status for sent in bad} == {401, 403}


def test_what_is_refused_is_asked_by_one_step_only(
    toured: list[tuple[Step, tuple[Sent, ...]]],
) -> None:
    asked = [{each.url for each in sent} for _, sent in toured]
    refused = {each.url for _, sent in toured for each in sent if each.status in (401, 403)}
    counts = {url: sum(url in urls for urls in asked) for url in refused if "weixin" not in url}
    assert set(counts.values()) == {1}
