"""Every fingerprint is found in what it describes, and says no more than it knows."""

import json
import re

import pytest

from why401.case import Case
from why401.knowledge.fingerprints import Mark, Row, conditions_of, listed, listed_hosts
from why401.knowledge.load import load_knowledge
from why401.model import Body, Certainty, Exchange, Headers, Request, Response

KNOWLEDGE = load_knowledge().knowledge
ROWS = KNOWLEDGE.fingerprints.rows


def case_of(status: int, body: bytes, *headers: tuple[str, str], host: str = "api.test") -> Case:
    fields = tuple((name.encode(), value.encode()) for name, value in headers)
    request = Request("GET", "https", host, 443, b"/orders", Headers())
    return Case(Exchange("x", request, Response(status, headers=Headers(fields), body=Body(body))))


def first(literals: str | list[str]) -> str:
    return literals if isinstance(literals, str) else literals[0]


def example(row: Row) -> Case:
    """Return an answer that holds what `row` looks for, and nothing else."""
    conditions = conditions_of(row)
    statuses = conditions["response.stated_status"]
    body: dict[str, object] = {}
    for path, value in row.json.items():
        put(body, path.split("."), value[0] if isinstance(value, list) else value)
    for number, literals in enumerate((row.says, row.exactly)):
        if literals:
            body[f"text{number}"] = re.sub(r"\{[^{}]*\}", "something", first(literals))
    headers = [(name, text or "yes") for name, text in row.header.items()]
    if row.challenge:
        headers.append(("www-authenticate", first(row.challenge)))
    status = statuses[0] if isinstance(statuses, list) else statuses
    host = next(iter(listed_hosts(row)), "api.test")
    body_text = json.dumps(body, ensure_ascii=False).encode()
    return case_of(
        int(str(status)), body_text, *headers, host=f"x{host}" if host[0] == "." else host
    )


def put(body: dict[str, object], path: list[str], value: object) -> None:
    if len(path) == 1:
        body[path[0]] = value
    elif path[1] in ("0", "*"):
        items = body.setdefault(path[0], [{}])
        if len(path) == 2:
            body[path[0]] = [value]
        else:
            put(items[0], path[2:], value)  # type: ignore[index]
    else:
        put(body.setdefault(path[0], {}), path[1:], value)  # type: ignore[arg-type]


def name_of(row: Row) -> str:
    literals = first(row.says or row.exactly or row.challenge or [""])
    return f"{row.server}: {literals or row.json or row.header}"[:60]


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_row_is_found_in_what_it_describes(row: Row) -> None:
    answers = KNOWLEDGE.fingerprints.answers(example(row))
    expected = row.server if row.names_server else None
    same = [answer for answer in answers if answer.server == expected]
    assert any(answer.means == listed(row) for answer in same)
    assert all(answer.evidence for answer in answers)
    if row.mark is Mark.UNVERIFIED:
        assert Certainty.PROVEN not in {answer.certainty for answer in answers}


def test_rows_are_many_and_mostly_known_from_sources() -> None:
    sure = [row for row in ROWS if row.mark is not Mark.UNVERIFIED]
    assert len(sure) >= 150


NODE = "jsonwebtoken (Node)"
SPRING = (
    'Bearer error="invalid_token", error_description="Bearer token is malformed",'
    ' error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
)
ANSWERED = [
    pytest.param(401, b"Jwt is expired", (), "Envoy / Istio", "jwt/expired", id="Envoy"),
    pytest.param(401, b'{"exp":"token expired"}', (), "Kong", "jwt/expired", id="Kong"),
    pytest.param(
        401, b'{"detail":"Not authenticated"}', (), "FastAPI", "auth/missing", id="FastAPI"
    ),
    pytest.param(
        401, b"", (("WWW-Authenticate", SPRING),),
        "Spring Security", "auth/whitespace", id="Spring",
    ),
    pytest.param(
        401, '{"msg":"请求访问:/a, 认证失败,无法访问系统资源"}'.encode(), (), "RuoYi",
        "auth/missing", id="RuoYi with other punctuation",
    ),
    pytest.param(401, b"<h1>nothing known</h1>", (), None, None, id="unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers", "server", "means"), ANSWERED)
def test_who_answered_and_what_it_means(
    status: int, body: bytes, headers: tuple, server: str | None, means: str | None
) -> None:
    answers = KNOWLEDGE.fingerprints.answers(case_of(status, body, *headers))
    assert (answers[0].server if answers else None) == server
    assert next((answer.means[0] for answer in answers if answer.means), None) == means


WHO = [
    pytest.param({"errors": [{"code": "ACCESS_TOKEN_EXPIRED"}]}, "connect.squareup.com", "Square",
                 id="on a host that is known"),
    pytest.param({"errors": [{"code": "ACCESS_TOKEN_EXPIRED"}]}, "api.test", None,
                 id="a code that several write"),
    pytest.param({"oops": 1}, "api.stripe.com", "Stripe", id="nothing but the host"),
    pytest.param({"oops": 1}, "api.stripe.com.evil.test", None, id="a host that begins so"),
    pytest.param({"message": "jwt malformed"}, "api.stripe.com", NODE, id="more than the host"),
    pytest.param({"statusCode": 401, "message": "Unauthorized"}, "api.test", "NestJS", id="Nest"),
    pytest.param({"statusCode": 401, "message": "Unauthorized", "error": "Unauthorized"},
                 "api.test", None, id="Nest's words in the form of others"),
    pytest.param({"message": "Invalid signature"}, "api.test", None, id="as Kong, and others"),
    pytest.param({"error": "invalid_grant", "error_description": "Invalid refresh token"},
                 "api.test", None, id="as Keycloak, and others"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "host", "server"), WHO)
def test_only_what_one_server_writes_or_its_host_names_it(
    body: dict, host: str, server: str | None
) -> None:
    answers = KNOWLEDGE.fingerprints.answers(case_of(401, json.dumps(body).encode(), host=host))
    assert next((answer.server for answer in answers if answer.server), None) == server


EXPIRED = [
    pytest.param({"message": "jwt expired"}, None, True, id="as Node writes it, who may be any"),
    pytest.param({"error": "TokenExpiredError: jwt expired"}, NODE, True, id="with its class"),
    pytest.param({"error": {"text": "JWT expired"}}, None, False, id="in other letters"),
    pytest.param({"message": "Jwt expired at 2026-11-20T00:00:00Z"}, None, False, id="Java"),
    pytest.param({"message": "your jwt expired, log in"}, None, False, id="within a sentence"),
]


@pytest.mark.parametrize(("body", "server", "is_known"), EXPIRED)
def test_only_the_whole_message_is_that_of_node(
    body: dict, server: str | None, is_known: bool
) -> None:
    answers = KNOWLEDGE.fingerprints.answers(case_of(401, json.dumps(body).encode()))
    assert next((answer.server for answer in answers if answer.server), None) == server
    assert any(answer.means == ("jwt/expired",) for answer in answers) is is_known


def test_evidence_says_where_the_words_stand() -> None:
    answers = KNOWLEDGE.fingerprints.answers(case_of(401, b'{"error":{"text":"jwt expired"}}'))
    assert "response.json.error.text" in {found.where for found in answers[0].evidence}


def test_wechat_servers_have_codes_instead() -> None:
    case = case_of(401, b'{"message":"jwt expired"}', host="api.mch.weixin.qq.com")
    assert KNOWLEDGE.fingerprints.answers(case) == ()


def test_row_about_a_host_is_silent_elsewhere() -> None:
    body = b'{"code":99991663,"msg":"Invalid access token for authorization."}'
    answers = KNOWLEDGE.fingerprints.answers
    assert answers(case_of(200, body, host="open.feishu.cn"))[0].server == "Feishu"
    assert answers(case_of(200, body, host="Open.Feishu.CN"))
    assert answers(case_of(200, body, host="open.feishu.cn.shop.example")) == ()
    assert answers(case_of(200, body, host="shop.example")) == ()


def test_the_sentence_beside_a_code_is_shown() -> None:
    body = b'{"errors":[{"message":"log in first","extensions":{"code":"UNAUTHENTICATED"}}]}'
    [answer] = KNOWLEDGE.fingerprints.answers(case_of(200, body))
    shown = {each.where: each.seen for each in answer.evidence}
    assert shown["response.json.errors.*.message"] == "log in first"
