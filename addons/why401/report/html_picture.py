"""The picture at the top of the HTML report: when, on which host, what failed, what led to what.

Only geometry: one lane a host, a dot for healthy exchanges, a numbered mark for each failure, a bar
for each token's life, a curve from the exchange that caused a failure to the failure. Positions
along the time axis are per cent, down the page pixels, so that the page may have any width.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from why401.knowledge.rule import Text
from why401.knowledge.words import duration, moment

MAX_LANES = 10
MAX_HEALTHY_LANES = 4
MAX_LIVES = 24
MAX_LINKS = 80
MAX_BREAKS = 5
BINS = 160
_TOP, _LANE, _LEVEL, _LIFE, _AXIS = 8, 46, 20, 12, 30
_LEVELS = 4
_APART = 2.7
"""Per cent of the width that two marks on one level keep between them."""
_TICKS = 6
_BREAK_FROM_S = 1.0
_BREAK_RATIO = 12.0
_BREAKS_APART = 12.0


class Moment(msgspec.Struct, frozen=True):
    """One exchange as the picture needs it. `group` is the number of its cause, 0 for healthy."""

    id: str
    host: str
    at_s: float | None
    group: int = 0


class Life(msgspec.Struct, frozen=True):
    """A token: by which exchange it was issued, and how and by which it ended."""

    subject: str
    issued: str
    ended: str
    event: str


class Dot(msgspec.Struct, frozen=True):
    """Healthy exchanges close together; `size` grows with how many they are."""

    x: float
    y: int
    size: float
    count: int


class Mark(msgspec.Struct):
    """Failures of one cause close together."""

    x: float
    y: int
    group: int
    ids: list[str]
    level: int = 0


class Bar(msgspec.Struct, frozen=True):
    """The life of a token."""

    x: float
    end: float
    y: int
    life: Life


class Curve(msgspec.Struct, frozen=True):
    """From a cause to what it led to; `path` in a box of 1000 by the picture's height."""

    path: str
    group: int


class Tick(msgspec.Struct, frozen=True):
    """A time on the axis."""

    x: float
    label: str
    is_minor: bool


class Break(msgspec.Struct, frozen=True):
    """A pause that is drawn shorter than it was."""

    x: float
    label: Text


class Lane(msgspec.Struct):
    """One host."""

    name: str
    y: int = 0
    top: int = 0
    height: int = 0
    exchanges: int = 0
    failures: int = 0
    dots: list[Dot] = msgspec.field(default_factory=list)
    marks: list[Mark] = msgspec.field(default_factory=list)
    bars: list[Bar] = msgspec.field(default_factory=list)


class Picture(msgspec.Struct, frozen=True):
    """Everything that is drawn. `hidden_hosts` share the lane whose name is empty."""

    height: int
    lanes: tuple[Lane, ...]
    curves: tuple[Curve, ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[Break, ...]
    hidden_hosts: int
    axis_y: int


class Scale:
    """Where a time stands on the axis: in order of time, every exchange with room of its own, and
    long pauses shortened, since what led to what matters more than how long nothing happened."""

    def __init__(self, times: Iterable[float]) -> None:
        self.times = sorted(set(times)) or [0.0]
        gaps = [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]
        usual = sorted(gaps)[len(gaps) * 3 // 4] if gaps else 1.0
        self.usual_s = max(usual, 1e-3)
        places, place = [0.0], 0.0
        for gap in gaps:
            place += 1.0 + 2.0 * min(gap / self.usual_s, 4.0)
            places.append(place)
        whole = place or 1.0
        self.places = [each / whole for each in places]
        self.pauses = sorted(
            (
                (gap, index)
                for index, gap in enumerate(gaps)
                if gap > _BREAK_FROM_S and gap > _BREAK_RATIO * self.usual_s
            ),
            reverse=True,
        )[: 10 * MAX_BREAKS]

    def x(self, at_s: float) -> float:
        """Return where `at_s` stands, in per cent of the width."""
        index = min(bisect_left(self.times, at_s), len(self.times) - 1)
        share = self.places[index] if len(self.times) > 1 else 0.5
        return round(2.0 + 96.0 * share, 2)

    def ticks(self) -> tuple[Tick, ...]:
        """Return a few times, evenly spread over the width."""
        span_s = self.times[-1] - self.times[0]
        found: list[Tick] = []
        for number in range(_TICKS):
            index = min(bisect_left(self.places, number / (_TICKS - 1) - 1e-9), len(self.times) - 1)
            at_s = self.times[index]
            x = self.x(at_s)
            if found and x - found[-1].x < 60 / _TICKS:
                continue
            found.append(Tick(x, clock(at_s, span_s), is_minor=bool(number % 2)))
        return tuple(found)

    def breaks(self) -> tuple[Break, ...]:
        """Return the longest of the pauses that are drawn much too short, none beside another."""
        found: list[Break] = []
        for gap, index in self.pauses:
            x = round((self.x(self.times[index]) + self.x(self.times[index + 1])) / 2, 2)
            if len(found) < MAX_BREAKS and all(abs(x - other.x) > _BREAKS_APART for other in found):
                found.append(Break(x, Text(duration(gap, "zh"), duration(gap, "en"))))
        return tuple(found)


def clock(at_s: float, span_s: float) -> str:
    """Return a time as fine as a capture of `span_s` seconds needs it; UTC."""
    text = moment(at_s)
    if len(text) < 20:
        return text
    if span_s > 86_400:
        return text[5:16]
    return f"{text[11:19]}.{int(at_s % 1 * 1000):03d}" if span_s < 10 else text[11:19]


def draw(
    moments: Sequence[Moment],
    lives: Sequence[Life],
    links: Sequence[tuple[str, str]],
) -> Picture:
    """Return the picture of `moments`, given in order of time; `links` are pairs of exchange ids,
    cause and effect."""
    scale = Scale(each.at_s for each in moments if each.at_s is not None)
    last = scale.times[0]
    at: dict[str, float] = {}
    hosts = _shown_hosts(moments)
    lanes = {host: Lane(host) for host in hosts}
    hidden = {each.host for each in moments} - set(hosts)
    if hidden:
        lanes[""] = Lane("")
    wanted = {name for life in lives for name in (life.issued, life.ended)}
    wanted.update(name for link in links for name in link)
    lane_of: dict[str, Lane] = {}
    healthy: dict[str, Counter[int]] = {host: Counter() for host in lanes}
    for each in moments:
        last = each.at_s if each.at_s is not None else last
        x = scale.x(last)
        lane = lanes.get(each.host) or lanes[""]
        lane.exchanges += 1
        if each.group:
            lane.failures += 1
            _mark(lane, x, each)
        else:
            healthy[lane.name][round(x / 100 * BINS)] += 1
        if each.group or each.id in wanted:
            at[each.id], lane_of[each.id] = x, lane
    y = _TOP
    for lane in lanes.values():
        y = _lay_out(lane, y, healthy[lane.name], at, lane_of, lives)
    places = _places(lanes.values(), at, lane_of)
    curves = tuple(_curves(links, places, {each.id: each.group for each in moments if each.group}))
    return Picture(
        height=y + _AXIS,
        lanes=tuple(lanes.values()),
        curves=curves,
        ticks=scale.ticks() if any(each.at_s is not None for each in moments) else (),
        breaks=scale.breaks(),
        hidden_hosts=len(hidden),
        axis_y=y,
    )


def _shown_hosts(moments: Sequence[Moment]) -> list[str]:
    """Return the hosts that have a lane, in the order of their first exchange: those with most
    failures, and a few of the healthy ones."""
    first = list(dict.fromkeys(each.host for each in moments))
    if len(first) <= MAX_LANES:
        return first
    failures = Counter(each.host for each in moments if each.group)
    counts = Counter(each.host for each in moments)
    chosen = {host for host, _ in failures.most_common(MAX_LANES - 1)}
    for host, _ in counts.most_common():
        if len(chosen) >= min(MAX_LANES - 1, len(failures) + MAX_HEALTHY_LANES):
            break
        chosen.add(host)
    return [host for host in first if host in chosen]


def _mark(lane: Lane, x: float, each: Moment) -> None:
    """Add a failure to `lane`: to the mark beside it where that has the same cause, else above."""
    newest: dict[int, Mark] = {}
    for mark in reversed(lane.marks[-4 * _LEVELS :]):
        newest.setdefault(mark.level, mark)
    for mark in newest.values():
        if mark.group == each.group and x - mark.x < _APART:
            mark.ids.append(each.id)
            return
    free = [
        level for level in range(_LEVELS) if level not in newest or x - newest[level].x >= _APART
    ]
    if free:
        lane.marks.append(Mark(x, 0, each.group, [each.id], free[0]))
        return
    crowded = [mark for mark in newest.values() if mark.group == each.group]
    if crowded:
        crowded[0].ids.append(each.id)
    else:
        lane.marks.append(Mark(x, 0, each.group, [each.id], _LEVELS - 1))


def _lay_out(
    lane: Lane,
    top: int,
    healthy: Counter[int],
    at: Mapping[str, float],
    lane_of: Mapping[str, Lane],
    lives: Sequence[Life],
) -> int:
    """Give everything in `lane` its height, and return where the next lane begins."""
    levels = max((mark.level for mark in lane.marks), default=0)
    lane.top = top
    lane.y = top + 27 + _LEVEL * levels
    for mark in lane.marks:
        mark.y = lane.y - _LEVEL * mark.level
    for place, count in sorted(healthy.items()):
        size = round(2.2 + min(math.log2(count), 6) * 0.45, 1)
        lane.dots.append(Dot(round(place * 100 / BINS, 2), lane.y, size, count))
    ends: list[float] = []
    for life in lives[:MAX_LIVES]:
        if lane_of.get(life.issued) is not lane or life.ended not in at:
            continue
        begin, end = at[life.issued], max(at[life.ended], at[life.issued])
        row = next((row for row, busy in enumerate(ends) if busy + 1 < begin), len(ends))
        if row == len(ends):
            ends.append(end)
        ends[row] = end
        lane.bars.append(Bar(begin, end, lane.y + 13 + _LIFE * row, life))
    lane.height = _LANE + _LEVEL * levels + (_LIFE * len(ends) + 2 if ends else 0)
    return top + lane.height


def _places(
    lanes: Iterable[Lane], at: Mapping[str, float], lane_of: Mapping[str, Lane]
) -> dict[str, tuple[float, int]]:
    places = {name: (x, lane_of[name].y) for name, x in at.items()}
    for lane in lanes:
        for mark in lane.marks:
            for name in mark.ids:
                places[name] = (mark.x, mark.y)
    return places


def _curves(
    links: Sequence[tuple[str, str]],
    places: Mapping[str, tuple[float, int]],
    groups: Mapping[str, int],
) -> Iterable[Curve]:
    drawn: set[str] = set()
    for cause, effect in links:
        if cause not in places or effect not in places or len(drawn) >= MAX_LINKS:
            continue
        (x1, y1), (x2, y2) = places[cause], places[effect]
        a, b = x1 * 10, x2 * 10
        if abs(y1 - y2) < _LEVEL * _LEVELS:
            rise = 16 + min(abs(b - a) / 12, 14)
            path = f"M{a:.1f} {y1}C{a:.1f} {y1 - rise:.1f} {b:.1f} {y2 - rise - 4:.1f} {b:.1f} {y2}"
        else:
            middle = (a + b) / 2
            path = f"M{a:.1f} {y1}C{middle:.1f} {y1} {middle:.1f} {y2} {b:.1f} {y2}"
        if path not in drawn:
            drawn.add(path)
            yield Curve(path, groups.get(effect, 0))
