"""The index leaves nothing out: what trying every rule finds, it finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from why401.case import Case
from why401.knowledge.index import Index, Shelves, shelve
from why401.knowledge.match import compile_match
from why401.model import Body, Exchange, Headers, Request, Response

VALUES = st.sampled_from(["a", "b", "ab", "bearer", 1, 401, True, None, "api.test"])
PLACES = st.sampled_from(
    [
        "response.status", "request.host", "response.header.X-A", "response.json.a",
        "response.json.b.c", "response.json.*", "response.text", "response.said",
        "request.query.a", "response.xml.a", "request.cookie.a", "error.code", "request.method",
    ]
)  # fmt: skip
TEXTS = st.text(alphabet="ab ", min_size=1, max_size=3).filter(str.strip)
LINES = st.one_of(
    st.tuples(PLACES, VALUES | st.lists(VALUES, min_size=1, max_size=3)),
    st.tuples(PLACES.map(lambda p: p + "|contains"), TEXTS | st.lists(TEXTS, min_size=1)),
    st.tuples(PLACES.map(lambda p: p + "|startswith"), TEXTS),
    st.tuples(PLACES.map(lambda p: p + "|endswith"), TEXTS),
    st.tuples(PLACES.map(lambda p: p + "|re"), st.sampled_from(["a+", "^b", "."])),
    st.tuples(PLACES.map(lambda p: p + "|exists"), st.booleans()),
)
MATCHES = st.lists(LINES, min_size=1, max_size=3).map(dict)
RULES = st.lists(MATCHES | st.lists(MATCHES, min_size=1, max_size=3), max_size=12)
BODIES = st.sampled_from(
    [
        b'{"a": "ab", "b": {"c": 1}}', b'{"a": 401}', b'[{"a": "b"}, "a b"]', b"A B", b"",
        b"<xml><a>ab</a></xml>", b'{"errcode": 40001}', b'{"a": [null, true, "b"]}', b'{"*": "a"}',
    ]
)  # fmt: skip


def candidates(index: Index, case: Case) -> list[int]:
    """Return all that something in `case`, on either side, speaks for."""
    return sorted(index.of_request(case) | index.of_answer(case))


def case_of(host: str, status: int, header: str, body: bytes, error: str = "ab") -> Case:
    request = Request("GET", "https", host, 443, b"/?a=ab", Headers(((b"cookie", b"a=b"),)))
    challenge = f'Bearer error="{error}"'.encode()
    headers = Headers(((b"x-a", header.encode()), (b"www-authenticate", challenge)))
    return Case(Exchange("x", request, Response(status, headers=headers, body=Body(body))))


def grpc_case(message: str) -> Case:
    """A refusal that is nothing but a head and trailers."""
    said = Headers(((b"grpc-status", b"16"), (b"grpc-message", message.encode())))
    head = Headers(((b"content-type", b"application/grpc"),))
    request = Request("POST", "https", "api.test", 443, b"/a.B/C")
    return Case(Exchange("x", request, Response(200, headers=head, trailers=said)))


CASES = st.builds(
    case_of,
    st.sampled_from(["api.test", "api.weixin.qq.com"]),
    st.sampled_from([200, 401]),
    st.sampled_from(["a", "ab", "b"]),
    BODIES,
    st.sampled_from(["a", "ab"]),
) | st.builds(grpc_case, st.sampled_from(["a", "ab", "b"]))


@settings(max_examples=300)
@given(RULES, CASES)
def test_whatever_matches_is_a_candidate(rules: list, case: Case) -> None:
    matching = [n for n, rule in enumerate(rules) if compile_match(rule).seen(case) is not None]
    assert set(matching) <= set(candidates(Index(shelve(rules)), case))


@given(RULES, st.lists(CASES, min_size=2, max_size=5))
def test_what_came_before_changes_nothing(rules: list, cases: list[Case]) -> None:
    shelves = shelve(rules)
    index = Index(shelves)
    for case in cases:
        assert candidates(index, case) == candidates(Index(shelves), case)


def test_what_grpc_says_without_a_body_is_looked_at() -> None:
    index = Index(shelve([{"response.said|contains": "expired"}]))
    assert candidates(index, grpc_case("Jwt is expired")) == [0]


def codes(count: int) -> list:
    return [
        {"error.family": "wechat", "error.code": str(40000 + number)} for number in range(count)
    ]


def test_a_code_is_looked_up_under_its_family() -> None:
    index = Index(shelve([*codes(50), {"error.family": "wecom", "error.code": "40001"}]))
    case = case_of("api.weixin.qq.com", 200, "a", b'{"errcode": 40001}')
    assert candidates(index, case) == [1]


def test_rules_are_filed_under_the_line_that_few_share() -> None:
    shared = {"response.status": 401, "request.method": "GET"}
    rules = [{**shared, "response.said|contains": f"message {n:03}"} for n in range(100)]
    case = case_of("api.test", 401, "a", b'{"a": "this is MESSAGE  042."}')
    assert candidates(Index(shelve(rules)), case) == [42]


def test_one_of_many_texts_is_enough() -> None:
    rules = [{"response.said|contains": word} for word in ("needle 7", "needle 90", "nothing")]
    index = Index(shelve(rules))
    for count, found in ((5, []), (8, [0]), (12, [0]), (60, [0]), (99, [0, 1])):
        body = ", ".join(f'"a {n}": "NEEDLE  {n}"' for n in range(count))
        case = case_of("api.test", 401, "a", b"{%s}" % body.encode())
        assert candidates(index, case) == found


def test_nothing_is_filed_for_rules_that_detectors_report() -> None:
    assert shelve([None, None]) == Shelves()
