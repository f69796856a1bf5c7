"""Which findings the rules give on an exchange."""

from why401.case import Case
from why401.knowledge.base import Knowledge, names
from why401.knowledge.codes import CodeTable, code_table
from why401.knowledge.rule import Cause, Conditions, Rule, Status, Text
from why401.model import Body, Exchange, Headers, Request, Response

TEXT = Text("一", "one")
NO_CODES: CodeTable = code_table((), {})


def rule(name: str, match: Conditions | list[Conditions] | None, **more: object) -> Rule:
    cause = Cause(id="one", zh="一", en="one", fix=TEXT)
    return Rule(id=name, title=TEXT, causes=[cause], match=match, **more)  # type: ignore[arg-type]


def case(body: bytes = b'{"code": "a"}', host: str = "api.test", status: int = 401) -> Case:
    request = Request("GET", "https", host, 443, b"/cgi-bin/x", Headers())
    return Case(Exchange("x", request, Response(status, body=Body(body))))


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


def test_globs_name_ids() -> None:
    assert names(["jwt/*"], "jwt/expired")
    assert not names(["jwt/*"], "auth/missing")
