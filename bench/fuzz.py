"""`python -m bench.fuzz`: HAR files mutated a million times, read, and scanned in two ways.

Outside the test suite, for it takes minutes. Each input is made from its number alone, so a fault
can be made again: `python -m bench.fuzz --first NUMBER --inputs 1 --keep .`
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import logging
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.captures import sample_entries
from why401.capture import har_windows
from why401.capture.entry import Capture, Entry, UnreadableEntryError
from why401.capture.errors import CaptureError
from why401.capture.read import capture_from_bytes
from why401.configuration import DEFAULTS
from why401.diagnose import Diagnoser
from why401.knowledge.base import Knowledge
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.scan import Scanner

MAX_BYTES = 20_000
COMPARED_EVERY = 10
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**30, 401, "401", "", "é", "\ud800", "a" * 300, [], {}, [[]],
    {"name": "Authorization", "value": "Bearer x"}, ["Set-Cookie: a=b"], {"Set-Cookie": "a=b"},
    "base64", "eyJhIjoxfQ", "https://api.weixin.qq.com/x?access_token=y", "/", "data:,x", ":path",
    '{"errcode":40001,"errmsg":"invalid credential"}', '{"access_token":"x","expires_in":1}',
    "2026-11-20T10:00:00Z", "/Date(1795168800000)/", "1970-01-01", "content-encoding",
)  # fmt: skip
KEYS = (
    *("request", "response", "headers", "url", "status", "content", "text", "encoding", "method"),
    *("postData", "params", "startedDateTime", "timings", "_raw", "_why401", "comment", "name"),
    *("value", "entries", "log", "pages", "creator", "_webSocketMessages", "bodySize", "size"),
)
TOKENS = (
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"NaN", b"null", b'"entries":[', b'{"request":{"url":"/"}}', b"\\ud83d", b"\\u0041", b"]}"),
)


class Reader:
    """Reads an input in every way that there is, and compares them."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self.outcomes: Counter[str] = Counter()

    def check(self, data: bytes, *, is_compared: bool) -> None:
        """Raise what must never be raised, AssertionError where two ways differ."""
        diagnoser = self._diagnoser()
        try:
            capture = capture_from_bytes(data, "a.har", diagnoser.look)
        except CaptureError as error:
            self.outcomes["no capture"] += 1
            line = str(error)
        else:
            self._read(capture)
            if is_compared:
                self._compare(data, capture)
            return
        assert "\n" not in line
        if is_compared:
            assert self._flagged(data, in_small_windows=True) is None, "windows matter"

    def _read(self, capture: Capture) -> None:
        self.outcomes["in part" if capture.error else "whole"] += 1
        for entry in map(capture.entry, capture.order()):
            if not isinstance(entry, Entry):
                self.outcomes["skipped entries"] += 1
                continue
            self.outcomes["entries"] += 1
            entry.annotation  # noqa: B018
            try:
                entry.exchange()
            except UnreadableEntryError:
                self.outcomes["unreadable entries"] += 1

    def _compare(self, data: bytes, capture: Capture) -> None:
        found = self._scan(capture, self._diagnoser())
        assert found == self._flagged(data, has_look=False), "a head told something else"
        assert found == self._flagged(data, in_small_windows=True), "windows matter"
        self.outcomes["flagged entries"] += len(found)

    def _flagged(
        self, data: bytes, *, has_look: bool = True, in_small_windows: bool = False
    ) -> list[tuple[int, object]] | None:
        diagnoser = self._diagnoser()
        sizes = har_windows.WINDOW, har_windows.MAX_GUESSED
        if in_small_windows:
            har_windows.WINDOW, har_windows.MAX_GUESSED = 300, 1200
        try:
            capture = capture_from_bytes(data, "a.har", diagnoser.look if has_look else None)
        except CaptureError:
            return None
        finally:
            har_windows.WINDOW, har_windows.MAX_GUESSED = sizes
        return self._scan(capture, diagnoser)

    def _scan(self, capture: Capture, diagnoser: Diagnoser) -> list[tuple[int, object]]:
        scanner = Scanner(diagnoser, rediagnose=True, wants_healthy=False)
        found = sorted(scanner.scan([capture]), key=lambda item: item.index)
        for item in found:
            assert not item.diagnosis.faults, f"detectors failed: {item.diagnosis.faults}"
        return [(item.index, item.diagnosis) for item in found]

    def _diagnoser(self) -> Diagnoser:
        return Diagnoser(self._knowledge, DEFAULTS.keys, Masker(b"fuzz"))


def made(number: int, samples: list[dict[str, Any]]) -> bytes:
    """Return input `number`."""
    chance = random.Random(number)
    entries = json.loads(json.dumps(chance.choices(samples, k=chance.randint(1, 4))))
    log: dict[str, Any] = {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": []}
    document: Any = {"log": log | {"entries": entries}}
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        _change(document, chance)
    indent = chance.choice((None, None, 1, 2))
    is_ascii = chance.random() < 0.5

    def text(value: Any) -> bytes:
        return json.dumps(value, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "replace")

    form = chance.randrange(12)
    if form == 0 and isinstance(document, dict):
        indent = None
        data = b"\n".join(map(text, entries))
    else:
        data = text(entries if form == 1 else document)
    for _ in range(chance.choice((0, 0, 1, 1, 3, 10))):
        data = _damaged(data, chance)
    if form == 2:
        data = data.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-16-le")))
    elif form == 3:
        data = gzip.compress(data, 1, mtime=0)
        data = _damaged(data, chance) if chance.random() < 0.5 else data
    return data


def _change(document: Any, chance: random.Random) -> None:
    """Change one place of a document: its value, its type, its name, its neighbours."""
    at = document
    for _ in range(chance.randint(1, 6)):
        inner = [each for each in _values(at) if isinstance(each, dict | list) and each]
        if not inner:
            break
        at = chance.choice(inner)
    places: list[Any] = list(at) if isinstance(at, dict) else list(range(len(at)))
    if not places:
        return
    place = chance.choice(places)
    match chance.randrange(6):
        case 0:
            del at[place]
        case 1 if isinstance(at, dict):
            at[chance.choice(KEYS)] = at[place]
        case 2 if isinstance(at, dict):
            at[chance.choice(KEYS)] = copy.deepcopy(chance.choice(ODD))
        case 3 if isinstance(at, list):
            at.insert(place, chance.choice(at))
        case 4 if isinstance(at[place], str):
            cut = chance.randint(0, len(at[place]))
            at[place] = at[place][:cut] + str(chance.choice(ODD)) + at[place][cut:]
        case _:
            at[place] = copy.deepcopy(chance.choice(ODD))


def _values(at: Any) -> list[Any]:
    if isinstance(at, dict):
        return list(at.values())
    return at if isinstance(at, list) else []


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """Change a few bytes anywhere."""
    at = chance.randint(0, len(data))
    to = min(len(data), at + chance.choice((1, 1, 2, 8, 200)))
    match chance.randrange(6):
        case 0:
            return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + chance.choice(TOKENS) + data[at:]
        case 3:
            return data[:at] + data[at:to] * 2 + data[to:]
        case 4:
            return data[:at]
        case _:
            return data[:at] + data[to:] + data[at:to]


def main() -> int:
    """Run; the exit status is 1 where a fault was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="of CPU, at most")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that led to a fault")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    faults, count = _run(chosen, lambda line: print(line, file=sys.stderr, flush=True))
    print(f"{count} inputs, {faults} faults, {time.process_time():.0f} s of CPU")
    return 1 if faults else 0


def _run(chosen: argparse.Namespace, tell: Callable[[str], None]) -> tuple[int, int]:
    reader = Reader(load_knowledge(()).knowledge)
    samples = sample_entries()
    faults = count = 0
    for number in range(chosen.first, chosen.first + chosen.inputs):
        if time.process_time() > chosen.seconds:
            break
        count += 1
        data = made(number, samples)[:MAX_BYTES]
        began = time.process_time()
        try:
            reader.check(data, is_compared=number % COMPARED_EVERY == 0 or chosen.inputs == 1)
            slow = time.process_time() - began
            assert slow < 2, f"took {slow:.1f} s"
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            faults += 1
            tell(f"input {number}:\n{traceback.format_exc(limit=-4)}")
            if chosen.keep:
                (chosen.keep / f"fault-{number}.har").write_bytes(data)
        if count % 50_000 == 0:
            tell(f"{count} inputs, {faults} faults; {dict(reader.outcomes)}")
    tell(str(dict(reader.outcomes)))
    return faults, count


if __name__ == "__main__":
    sys.exit(main())
