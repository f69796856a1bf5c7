"""The geometry of the picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.report.html_picture import MAX_LANES, Life, Moment, Scale, clock, draw

TIMES = st.lists(st.one_of(st.none(), st.floats(0, 4e9)), min_size=1, max_size=40)


def moments(*times: float | None, host: str = "a", group: int = 0) -> list[Moment]:
    return [Moment(f"x#{number}", host, at, group) for number, at in enumerate(times)]


def test_a_long_pause_is_drawn_short_and_said() -> None:
    scale = Scale([0, 1, 2, 3, 4, 10_000, 10_001])
    assert scale.x(10_000) - scale.x(4) < 60
    (pause,) = scale.breaks()
    assert pause.label.en == "2 hours 46 minutes"


def test_time_goes_from_left_to_right_over_the_whole_width() -> None:
    scale = Scale([10, 20, 21])
    places = [scale.x(at) for at in (10, 20, 21)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (2.0, 98.0)


def test_one_moment_stands_in_the_middle() -> None:
    assert Scale([5.0]).x(5.0) == 50.0


def test_failures_of_one_cause_side_by_side_are_one_mark() -> None:
    crowd = [Moment(f"x#{number}", "a", 1.0 + number / 1e6, 1) for number in range(200)]
    (lane,) = draw([Moment("y", "a", 0.0), *crowd, Moment("z", "a", 100.0)], (), ()).lanes
    assert lane.failures == 200
    assert sum(len(mark.ids) for mark in lane.marks) == 200
    assert len(lane.marks) < 60


def test_different_causes_are_stacked() -> None:
    mixed = [Moment(f"x#{number}", "a", 1.0, number + 1) for number in range(3)]
    (lane,) = draw(mixed, (), ()).lanes
    assert [mark.level for mark in lane.marks] == [0, 1, 2]
    assert len({mark.y for mark in lane.marks}) == 3


def test_a_token_lives_on_the_lane_that_issued_it() -> None:
    picture = draw(moments(1, 2, 3), [Life("t", "x#0", "x#1", "superseded")], [("x#1", "x#2")])
    (bar,) = picture.lanes[0].bars
    assert bar.x < bar.end
    assert len(picture.curves) == 1


def test_hosts_beyond_the_lanes_share_one() -> None:
    many = [Moment(f"x#{number}", f"h{number}", number, number % 2) for number in range(60)]
    picture = draw(many, (), ())
    assert len(picture.lanes) == MAX_LANES
    assert picture.hidden_hosts == 60 - MAX_LANES + 1
    assert sum(lane.exchanges for lane in picture.lanes) == 60


@given(TIMES)
def test_whatever_the_times_everything_stands_inside(times: list[float | None]) -> None:
    ordered = sorted(times, key=lambda at: at or 0.0)
    picture = draw(
        [Moment(f"x#{n}", f"h{n % 3}", at, n % 4) for n, at in enumerate(ordered)],
        [Life("t", "x#0", "x#1", "refused")],
        [("x#0", "x#1"), ("x#9", "nowhere")],
    )
    for lane in picture.lanes:
        for thing in (*lane.dots, *lane.marks):
            assert 0 <= thing.x <= 100
            assert 0 < thing.y < picture.height


@pytest.mark.parametrize(
    ("span_s", "text"),
    [(2, "10:00:00.500"), (600, "10:00:00"), (200_000, "11-20 10:00")],
)
def test_times_are_as_fine_as_needed(span_s: float, text: str) -> None:
    assert clock(1795168800.5, span_s) == text
