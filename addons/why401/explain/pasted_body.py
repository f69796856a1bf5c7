"""A body that was pasted whole: whose answer it must be, told from its shape.

`errcode` stands in answers of the platform and of WeCom, `code` in letters beside `message` in
those of WeChat Pay v3, `return_code` in the XML of v2. Read as an answer of that server, the rules
say of it what they would say in traffic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from why401.case import Case
from why401.case.bodies import parse_json, parse_xml
from why401.explain.explanation import Explanation, of_rule
from why401.hosts import Family
from why401.knowledge.base import Knowledge
from why401.later import regex
from why401.model import Body, Exchange, Headers, Request, Response, Times
from why401.verdict.rank import ranked

_HOSTS = {
    Family.WECHAT: "api.weixin.qq.com",
    Family.WECOM: "qyapi.weixin.qq.com",
    Family.WECHATPAY_V2: "api.mch.weixin.qq.com",
    Family.WECHATPAY_V3: "api.mch.weixin.qq.com",
}
_NAME = regex(r"[A-Z][A-Z_]{2,59}")


def explained_as_answer(text: str, knowledge: Knowledge, now_s: float) -> list[Explanation]:
    """Return what the rules say of `text` as an answer of the server that writes such bodies;
    empty where it is none."""
    found: list[Explanation] = []
    for case in _answers(text, now_s):
        if case.error is None:
            continue
        for finding in ranked(tuple(knowledge.findings(case)), case, knowledge):
            rule = knowledge.rule(finding.rule)
            if rule is None or finding.rule.endswith("unknown-code"):
                continue
            first = rule.cause(finding.causes[0].id) if finding.causes else None
            family, code = case.error.family.value, case.error.code
            found.append(of_rule(rule, knowledge, family, code, first))
    return found


def _answers(text: str, now_s: float) -> Iterator[Case]:
    """Yield `text` as the answer of each server that writes such a body, the most probable first;
    nothing where it is no such body. `now_s` is the time at which it is judged."""
    data = text.encode("utf-8", "surrogatepass")
    for family in _families(text, data):
        path = b"/v3/" if family is Family.WECHATPAY_V3 else b"/"
        status = 200 if family is not Family.WECHATPAY_V3 else 401 if "SIGN_ERROR" in text else 400
        yield Case(
            Exchange(
                id="explain",
                request=Request("POST", "https", _HOSTS[family], 443, path, Headers()),
                response=Response(status, body=Body(data)),
                times=Times(started=now_s, request_sent=now_s, response_started=now_s),
            )
        )


def _families(text: str, data: bytes) -> tuple[Family, ...]:
    if text.startswith("<"):
        fields = dict(parse_xml(data) or ())
        return (Family.WECHATPAY_V2,) if "return_code" in fields else ()
    body: Any = parse_json(data) if text.startswith("{") else None
    if not isinstance(body, dict):
        return ()
    if "errcode" in body or "base_resp" in body:
        # Only WeCom's messages end in this link.
        is_wecom = "open.work.weixin.qq.com" in text
        both = (Family.WECHAT, Family.WECOM)
        return both[::-1] if is_wecom else both
    code = body.get("code")
    is_v3 = isinstance(code, str) and _NAME.fullmatch(code) and "message" in body
    return (Family.WECHATPAY_V3,) if is_v3 else ()
