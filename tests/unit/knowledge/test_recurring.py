"""What follows from an answer is worked out once, and again for whatever differs in it."""

import msgspec
import pytest

from why401.case import MAX_HEAD, MAX_REFUSAL, Case
from why401.knowledge.recurring import MAX_KNOWN, MAX_KNOWN_BYTES, Recurring
from why401.model import Body, Exchange, Headers, Request, Response

BODY = b'{"error": "invalid_token"}'


def case(
    body: bytes | Body = BODY,
    *fields: tuple[bytes, bytes],
    status: int = 401,
    host: str = "api.test",
    target: bytes = b"/a",
) -> Case:
    request = Request("GET", "https", host, 443, target)
    content = body if isinstance(body, Body) else Body(body)
    return Case(Exchange("x", request, Response(status, headers=Headers(fields), body=content)))


class Counted:
    def __init__(self) -> None:
        self.cases: list[Case] = []

    def __call__(self, case: Case) -> int:
        self.cases.append(case)
        return len(self.cases)


SAME = [
    pytest.param(case(), id="all the same"),
    pytest.param(case(target=b"/b?token=1"), id="another path and query"),
    pytest.param(case(BODY, (b"date", b"Fri, 20 Nov 2026")), id="a field that nobody asks for"),
]
OTHER = [
    pytest.param(case(BODY + b" "), id="body"),
    pytest.param(case(Body(BODY, is_decoded=True)), id="body already decoded"),
    pytest.param(case(status=403), id="status"),
    pytest.param(case(host="other.test"), id="host"),
    pytest.param(case(BODY, (b"X-Reason", b"expired")), id="a field that is asked for"),
    pytest.param(case(BODY, (b"WWW-Authenticate", b"Bearer")), id="challenge"),
    pytest.param(case(BODY, (b"Content-Type", b"text/html; charset=gbk")), id="charset"),
    pytest.param(case(BODY, (b"Content-Encoding", b"gzip")), id="encoding"),
    pytest.param(case(BODY, (b"Request-ID", b"08F1-268435456")), id="request id"),
]


@pytest.mark.parametrize("later", SAME)
def test_the_same_answer_is_worked_out_once(later: Case) -> None:
    counted = Counted()
    recurring = Recurring(["x-reason"], counted)
    assert [recurring.of(case()), recurring.of(later)] == [1, 1]


@pytest.mark.parametrize("later", OTHER)
def test_whatever_differs_is_worked_out_again(later: Case) -> None:
    counted = Counted()
    recurring = Recurring(["x-reason"], counted)
    assert [recurring.of(case()), recurring.of(later), recurring.of(case())] == [1, 2, 1]
    assert counted.cases[1] is later


PAGE = b"<html>Session over" + b"." * MAX_REFUSAL


@pytest.mark.parametrize(
    ("status", "later", "is_same"),
    [
        pytest.param(401, PAGE + b"another end", True, id="another end"),
        pytest.param(401, PAGE.replace(b"over", b"gone"), False, id="another head"),
        pytest.param(401, PAGE[:MAX_HEAD], False, id="nothing but the head"),
        pytest.param(200, PAGE + b"another end", False, id="no refusal"),
    ],
)
def test_of_a_page_that_refuses_the_head_alone_counts(
    status: int, later: bytes, *, is_same: bool
) -> None:
    recurring = Recurring([], Counted())
    first, second = case(PAGE, status=status), case(later, status=status)
    assert (recurring.of(first) == recurring.of(second)) is is_same


def test_one_host_may_be_of_several_families() -> None:
    counted = Counted()
    recurring = Recurring([], counted)
    pay = case(host="api.mch.weixin.qq.com", target=b"/v3/pay/transactions/jsapi")
    assert recurring.of(pay) != recurring.of(
        case(host="api.mch.weixin.qq.com", target=b"/pay/unifiedorder")
    )


def test_what_is_long_is_not_kept() -> None:
    counted = Counted()
    recurring = Recurring(["x-reason"], counted)
    for long in (
        case(b"x" * (MAX_KNOWN_BYTES + 1)),
        case(b"", (b"x-reason", b"x" * MAX_KNOWN_BYTES), (b"x-reason", b"x")),
    ):
        assert recurring.of(long) != recurring.of(long)


def test_an_exchange_without_an_answer_is_worked_out_each_time() -> None:
    counted = Counted()
    recurring = Recurring([], counted)
    silent = Case(msgspec.structs.replace(case().exchange, response=None))
    assert recurring.of(silent) != recurring.of(silent)


def test_the_oldest_is_forgotten() -> None:
    counted = Counted()
    recurring = Recurring([], counted)
    for number in range(MAX_KNOWN + 1):
        recurring.of(case(b"%d" % number))
    assert recurring.of(case(b"1")) == 2
    assert recurring.of(case(b"0")) == MAX_KNOWN + 2


def grpc(message: bytes, status: bytes = b"16") -> Case:
    said = Headers(((b"grpc-status", status), (b"grpc-message", message)))
    head = Headers(((b"content-type", b"application/grpc"),))
    request = Request("POST", "https", "api.test", 443, b"/shop.Orders/Get")
    return Case(Exchange("x", request, Response(200, headers=head, trailers=said)))


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(grpc(b"Jwt is missing"), id="message"),
        pytest.param(grpc(b"Jwt is expired", b"7"), id="status"),
    ],
)
def test_what_grpc_says_in_its_trailers_tells_answers_apart(later: Case) -> None:
    recurring = Recurring([], Counted())
    assert recurring.of(grpc(b"Jwt is expired")) == recurring.of(grpc(b"Jwt is expired"))
    assert recurring.of(grpc(b"Jwt is expired")) != recurring.of(later)
