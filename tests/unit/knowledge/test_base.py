"""Which findings the rules give on an exchange."""

from hypothesis import given
from hypothesis import strategies as st

from why401.case import Case
from why401.knowledge.base import Knowledge, names
from why401.knowledge.cases import exchange_of
from why401.knowledge.codes import CodeTable, code_table
from why401.knowledge.load import rules_folder
from why401.knowledge.read import read_folder
from why401.knowledge.rule import Cause, Conditions, Rule, Status, Text
from why401.model import Body, Certainty, Evidence, Exchange, Headers, Request, Response

TEXT = Text("一", "one")
NO_CODES: CodeTable = code_table((), {})


def rule(name: str, match: Conditions | list[Conditions] | None, **more: object) -> Rule:
    cause = Cause(id="one", zh="一", en="one", fix=TEXT)
    return Rule(id=name, title=TEXT, causes=[cause], match=match, **more)  # type: ignore[arg-type]


def case(
    body: bytes = b'{"code": "a"}',
    host: str = "api.test",
    status: int = 401,
    target: bytes = b"/cgi-bin/x",
    header: bytes = b"",
) -> Case:
    request = Request("GET", "https", host, 443, target, Headers())
    headers = Headers(((b"x-a", header),) if header else ())
    return Case(Exchange("x", request, Response(status, headers=headers, body=Body(body))))


def found(rules: list[Rule], subject: Case) -> list[str]:
    return [finding.rule for finding in Knowledge(rules, NO_CODES).findings(subject)]


def test_a_rule_fires_where_match_holds_and_except_does_not() -> None:
    rules = [
        rule("a/fires", {"response.json.code": "a"}),
        rule("a/excepted", {"response.json.code": "a"}, except_={"response.status": 401}),
        rule("a/other", {"response.json.code": "b"}),
        rule("a/reported", None, reported_by="x"),
    ]
    assert found(rules, case()) == ["a/fires"]


def test_a_retired_rule_never_fires() -> None:
    assert found([rule("a/old", {"response.status": 401}, status=Status.RETIRED)], case()) == []


def test_a_rule_with_several_alternatives_fires_once() -> None:
    both: list[Conditions] = [{"response.json.code": "a"}, {"response.status": 401}]
    assert found([rule("a/both", both)], case()) == ["a/both"]


def test_a_code_that_a_rule_names_is_not_taken_from_the_table_as_well() -> None:
    subject = case(b'{"errcode": 40001}', "api.weixin.qq.com", 200)
    by_code = rule("wechat/40001", {"error.family": "wechat", "error.code": "40001"})
    by_place = rule("wechat/40001", {"response.json.errcode": 40001})
    assert found([by_code], subject) == ["wechat/40001"]
    assert found([by_place], subject) == ["wechat/40001"]
    assert found([], subject) == ["wechat/unknown-code"]


def test_what_a_rule_knows_by_its_message_is_not_taken_from_the_table_as_well() -> None:
    subject = case(b'{"errcode": 9999, "errmsg": "gone away"}', "api.weixin.qq.com", 200)
    by_message = rule("a/gone", {"error.message|contains": "gone"})
    assert found([by_message], subject) == ["a/gone"]
    by_host = rule("a/here", {"request.host": "api.weixin.qq.com"})
    assert found([by_host], subject) == ["a/here", "wechat/unknown-code"]


def test_the_same_code_on_a_foreign_host_is_no_code() -> None:
    by_code = rule("wechat/40001", {"error.family": "wechat", "error.code": "40001"})
    assert found([by_code], case(b'{"errcode": 40001}', "api.test", 401)) == []


RULES_OF_BOTH_SIDES = [
    rule("a/answer", {"response.json.code": "a"}),
    rule("a/both", {"response.json.code": "a", "request.path": "/b"}),
    rule("a/request", {"request.path": "/b"}, certainty=Certainty.LIKELY),
    rule("a/excepted", {"response.json.code": "a"}, except_={"request.path": "/b"}),
    rule("a/shown", {"response.json.code": "a"}, evidence=["request.query.n"]),
    rule("a/header", {"response.json.code": "a", "response.header.x-a|exists": True}),
]


def test_of_an_answer_that_comes_again_the_request_is_judged_anew() -> None:
    knowledge = Knowledge(RULES_OF_BOTH_SIDES, NO_CODES)
    for target, header, expected in (
        (b"/a?n=1", b"", ["a/answer", "a/excepted", "a/shown"]),
        (b"/b?n=2", b"", ["a/answer", "a/both", "a/request", "a/shown"]),
        (b"/a?n=3", b"x", ["a/answer", "a/excepted", "a/shown", "a/header"]),
        (b"/a?n=4", b"", ["a/answer", "a/excepted", "a/shown"]),
    ):
        findings = [*knowledge.findings(case(target=target, header=header))]
        assert [finding.rule for finding in findings] == expected
        shown = next(finding for finding in findings if finding.rule == "a/shown")
        assert shown.evidence[-1] == Evidence("request.query.n", target.decode()[-1:])


LINES = st.sampled_from(
    [
        ("response.status", 401), ("response.json.code", "a"), ("response.json.code|exists", True),
        ("response.header.x-a", "a"), ("response.header.x-a|exists", False),
        ("response.text|contains", "code"), ("request.host", "api.test"), ("error.code", "40001"),
        ("request.family|exists", True), ("request.path", "/b"), ("request.query.n|exists", True),
    ]
)  # fmt: skip
CONDITIONS = st.lists(LINES, min_size=1, max_size=3).map(dict)
EXCEPTIONS = st.none() | CONDITIONS
RULES = st.lists(st.tuples(CONDITIONS, EXCEPTIONS), min_size=1, max_size=6)
CASES = st.builds(
    case,
    st.sampled_from([b'{"code": "a"}', b'{"errcode": 40001}', b"code"]),
    st.sampled_from(["api.test", "api.weixin.qq.com"]),
    st.sampled_from([200, 401]),
    st.sampled_from([b"/a", b"/b", b"/a?n=1"]),
    st.sampled_from([b"", b"a", b"b"]),
)


@given(RULES, st.lists(CASES, min_size=2, max_size=6))
def test_what_came_before_changes_no_finding(
    conditions: list[tuple[Conditions, Conditions | None]], cases: list[Case]
) -> None:
    rules = [
        rule(f"a/{number}", match, except_=exception)
        for number, (match, exception) in enumerate(conditions)
    ]
    knowledge = Knowledge(rules, NO_CODES)
    for subject in cases:
        fresh = Knowledge(rules, NO_CODES).findings(subject)
        assert [*knowledge.findings(subject)] == [*fresh]


def test_the_cases_of_all_rules_get_the_same_a_second_time() -> None:
    rules = read_folder(rules_folder()).rules
    knowledge = Knowledge(rules, NO_CODES)
    exchanges = [exchange_of(each) for rule in rules for each in rule.tests]
    first = [[*knowledge.findings(Case(each))] for each in exchanges]
    assert len(exchanges) > 500
    assert [[*knowledge.findings(Case(each))] for each in exchanges[::-1]] == first[::-1]


def test_globs_name_ids() -> None:
    assert names(["jwt/*"], "jwt/expired")
    assert not names(["jwt/*"], "auth/missing")
