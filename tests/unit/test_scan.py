"""Captures diagnosed entry by entry: order, revision, what is passed by."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hars import EXPIRED, entry, har, refused

from why401.capture.entry import Capture
from why401.capture.read import capture_from_bytes
from why401.config import Config
from why401.configuration import keys_from
from why401.diagnose import Diagnoser
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Diagnosis, Exchange, Severity
from why401.report.redaction import Redactor
from why401.scan import Scanned, Scanner, SourceCount, all_exchanges, is_at_least, plain_item

KNOWLEDGE = load_knowledge(()).knowledge
NO_KEYS = keys_from(Config())


FETCH = "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=wx0&secret=s"
ONE, OTHER = "71_" + "a" * 100, "71_" + "b" * 100
USE = f"https://api.weixin.qq.com/cgi-bin/menu/get?access_token={ONE}"
INVALID = '{"errcode": 40001, "errmsg": "invalid credential"}'


def fetched(token: str, second: int) -> dict[str, Any]:
    """Return an entry that hands out a WeChat access_token."""
    answer = json.dumps({"access_token": token, "expires_in": 7200})
    return entry(FETCH, second=second, text=answer)


def read(*entries: Any, path: str = "a.har") -> Capture:
    return capture_from_bytes(har(*entries), path, diagnoser().look)


def diagnoser() -> Diagnoser:
    return Diagnoser(KNOWLEDGE, NO_KEYS, Masker(b"test"))


def scanned(capture: Capture) -> tuple[list[Scanned], SourceCount]:
    """Return every entry that could be read, in the order of the file, and the count."""
    scanner = Scanner(diagnoser())
    items = sorted(scanner.scan([capture]), key=lambda item: item.index)
    return items, scanner.counts[capture.path]


def verdicts(capture: Capture) -> list[str | None]:
    items, _ = scanned(capture)
    return [item.diagnosis.verdict for item in items]


def test_a_refusal_is_found_and_counted() -> None:
    items, count = scanned(read(entry(), refused()))
    assert [item.diagnosis.verdict for item in items] == [None, "jwt/expired#expired"]
    assert count.plain() == {"path": "a.har", "entries": 2, "flagged": 1, "skipped": 0}
    assert items[1].id == "a.har#1"
    assert items[1].at_s == 1795168800.0


def test_one_bad_entry_never_costs_the_others() -> None:
    items, count = scanned(read({"odd": 1}, refused()))
    assert [item.index for item in items] == [1]
    assert count.skipped == 1
    assert count.skips[0].index == 0


def test_entries_are_given_in_the_order_of_the_file_and_judged_in_that_of_time() -> None:
    capture = read(entry(USE, second=9, text=INVALID), fetched(OTHER, 5), fetched(ONE, 1))
    assert verdicts(capture) == ["wechat/40001#superseded", None, None]


BASIC = {"Authorization": "Basic YTpi"}
DIGEST = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
ANSWERED = {
    "Authorization": 'Digest username="a", realm="r", nonce="n", uri="/orders", response="0", '
    'qop=auth, nc=00000001, cnonce="c"'
}


def streamed(capture: Capture) -> list[tuple[int, int]]:
    """Return, for each item in the order of its settlement, how many entries were read by then."""
    seen = 0

    def on_entry(_: str) -> None:
        nonlocal seen
        seen += 1

    scanner = Scanner(diagnoser(), wants_healthy=False, on_entry=on_entry)
    return [(item.index, seen) for item in scanner.scan([capture])]


def test_what_may_be_revised_waits() -> None:
    first_leg = entry(second=1, status=401, received=DIGEST, text="")
    assert verdicts(read(first_leg))[0] is not None
    handshake = read(first_leg, entry(second=2, sent=ANSWERED))
    assert streamed(handshake) == []


def test_what_is_settled_does_not_wait_for_the_end() -> None:
    late = [entry(f"https://api.example.com/{number}", second=50) for number in range(300)]
    assert streamed(read(refused(second=1), *late))[0][1] < 300


def test_a_refusal_other_than_401_is_settled_at_once() -> None:
    wechat = '{"errcode": 40013, "errmsg": "invalid appid"}'
    url = "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=x&secret=y"
    assert streamed(read(entry(url, text=wechat), entry(), entry())) == [(0, 1)]


def test_several_captures_share_one_history_in_order_of_time() -> None:
    first = read(fetched(ONE, 1), entry(USE, second=9, text=INVALID))
    second = read(fetched(OTHER, 5), path="b.har")
    scanner = Scanner(diagnoser(), wants_healthy=False)
    (item,) = scanner.scan([first, second])
    assert item.diagnosis.verdict == "wechat/40001#superseded"
    assert [count.plain()["flagged"] for count in scanner.counts.values()] == [1, 0]


def test_what_hands_out_tokens_is_told_for_redaction() -> None:
    told: list[Exchange] = []
    capture = read(
        entry("https://id.example.com/token", text='{"access_token": "abc", "token_type": "x"}'),
        entry(),
        refused(),
    )
    list(Scanner(diagnoser(), on_telling=told.append).scan([capture]))
    assert [each.id for each in told] == ["a.har#0", "a.har#2"]


def test_healthy_entries_are_never_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    capture = read(*(entry(f"https://h{number}.example.com/") for number in range(50)), refused())
    original = type(next(iter(capture))).exchange

    def exchange(self: Any) -> Exchange:
        built.append(self.index)
        return original(self)

    monkeypatch.setattr(type(next(iter(capture))), "exchange", exchange)
    assert verdicts(capture)[-1] == "jwt/expired#expired"
    assert built == [50]


@st.composite
def odd(draw: st.DrawFn, found: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as other producers write it."""
    found = json.loads(json.dumps(found))
    request, response = found["request"], found["response"]
    match draw(st.integers(0, 11)):
        case 0:
            for each in (request, response):
                each["headers"] = {field["name"]: field["value"] for field in each["headers"]}
        case 1:
            for each in (request, response):
                each["headers"] = [f"{it['name']}: {it['value']}" for it in each["headers"]]
        case 2:
            text = response["content"]["text"].encode()
            response["content"] |= {
                "text": base64.b64encode(text).decode(),
                "encoding": "base64",
            }
        case 3:
            response["status"] = str(response["status"])
        case 4:
            del found["startedDateTime"]
        case 5:
            found["timings"] = None
    return found


def whole(capture: Capture) -> list[tuple[str, Diagnosis]]:
    """Return what is said of every exchange that is flagged."""
    scanner = Scanner(diagnoser(), wants_healthy=False)
    return sorted(
        ((item.id, item.diagnosis) for item in scanner.scan([capture])), key=lambda each: each[0]
    )


ENTRIES = st.builds(
    entry,
    st.sampled_from(
        [
            "https://api.example.com/orders",
            "https://api.example.com/orders?code=1",
            "https://api.weixin.qq.com/sns/jscode2session?js_code=a",
            "https://id.example.com/logout",
            "/relative",
            "http://a:8080/orders?state=a#b",
        ]
    ),
    second=st.integers(0, 59),
    method=st.sampled_from(["GET", "POST"]),
    status=st.sampled_from([0, 200, 200, 200, 302, 401, 403, 500]),
    sent=st.sampled_from(
        [
            {},
            {},
            BASIC,
            ANSWERED,
            {"Authorization": f"Bearer {EXPIRED}"},
            {":path": "/x?code=2"},
            {":path": "/orders"},
        ]
    ),
    received=st.sampled_from(
        [
            {},
            {},
            {"Set-Cookie": "a=b"},
            {"Location": "/login"},
            DIGEST,
            {"Content-Encoding": "gzip"},
        ]
    ),
    text=st.sampled_from(
        [
            "{}",
            "Ã©Ã©" * 300 + '{"access_token": "1"}',
            '{"access_token": "abcdefgh", "expires_in": 1}',
            '{"errcode": 40029, "errmsg": "invalid code"}',
            '{"paySign": "x", "nonceStr": "y"}',
            "",
        ]
    ),
    body=st.sampled_from([None, "grant_type=password", '{"encryptedData": "x"}']),
)


@given(st.lists(ENTRIES.flatmap(odd), max_size=8), st.booleans())
def test_what_is_passed_by_changes_no_diagnosis(
    entries: list[dict[str, Any]], escaped: bool
) -> None:
    data = json.dumps({"log": {"entries": entries}}, ensure_ascii=escaped).encode()
    judged = whole(capture_from_bytes(data, "a.har"))
    assert whole(capture_from_bytes(data, "a.har", diagnoser().look)) == judged
    healthy = scanned(capture_from_bytes(data, "a.har", diagnoser().look))[0]
    assert [item.index for item in healthy] == list(range(len(entries)))
    assert [(item.id, item.diagnosis) for item in healthy if item.is_flagged] == judged


def test_an_item_in_plain_is_redacted_and_worded() -> None:
    items, _ = scanned(read(refused()))
    redactor = Redactor(Masker(b"test"))
    redactor.learn_all(all_exchanges([read(refused())]))
    plain: Any = plain_item(items[0], KNOWLEDGE, redactor)
    assert plain["id"] == "a.har#0"
    assert plain["diagnosis"]["summary"]["zh"]
    assert EXPIRED not in str(plain)
    assert plain_item(items[0], KNOWLEDGE, None)["url"] == "https://api.example.com/orders"


@pytest.mark.parametrize(
    ("severity", "threshold", "expected"),
    [
        (Severity.ERROR, "error", True),
        (Severity.WARNING, "error", False),
        (Severity.WARNING, "warning", True),
        (Severity.INFO, "warning", False),
        (Severity.ERROR, "never", False),
        (None, "warning", False),
    ],
)
def test_the_threshold(severity: Severity | None, threshold: str, expected: bool) -> None:
    assert is_at_least(severity, threshold) is expected


def test_a_scanned_entry_names_itself() -> None:
    items, _ = scanned(read(entry()))
    assert isinstance(items[0], Scanned)
    assert not items[0].is_flagged


OPENED: list[Any] = [
    pytest.param(
        {"Host": "api.example.com"},
        "session/works-without-auth#optional",
        id="without a credential",
    ),
    pytest.param(
        {"Authorization": f"Bearer {EXPIRED}"}, "server/expired-accepted#not-checked", id="expired"
    ),
    pytest.param({"Authorization": "Basic YWxpY2U6c2VzYW1l"}, None, id="cured"),
]


@pytest.mark.parametrize(("sent", "verdict"), OPENED)
def test_a_healthy_entry_is_looked_at_where_the_same_was_refused(
    sent: dict[str, str], verdict: str | None
) -> None:
    got = {"Date": "Fri, 20 Nov 2026 10:00:09 GMT"}
    opened = entry(sent=sent, received=got, second=9)
    if verdict and "expired" in verdict:
        first = refused(sent={"Authorization": "Bearer another-opaque-token"}, received={})
    else:
        first = refused(received={})
    assert verdicts(read(first, opened))[1] == verdict
