"""JS-SDK `wx.config`: SHA-1 over ticket, nonce, time and the page's URL.

`jsapi_ticket=T&noncestr=N&timestamp=TS&url=U` in this order and in lower case, the URL without
`#…`, values as they are. The page's URL is what the app sent as `url`, or its Referer.
Source: https://developer.work.weixin.qq.com/document/path/96909
"""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from why401.case import Case
from why401.context import Context
from why401.model import Evidence, SignatureCheck
from why401.signatures.engine import Mistake, Parts, Scheme, Told, singles
from why401.signatures.examination import Report, proven
from why401.signatures.frames import always
from why401.signatures.invocation import Invocation, find_invocations, folded
from why401.signatures.timestamps import near

TICKET, NONCE, TIMESTAMP, URL, FRAME = range(5)
MAX_URL = 2_048
MAX_URLS = 6
NAME = "wechat-jssdk"

type Frame = Callable[[str, str, str, str], bytes]


def right_digest(ticket: str, nonce: str, timestamp: str, url: str) -> bytes:
    """Return the SHA-1 as it should be."""
    return hashlib.sha1(
        text(ticket, nonce, timestamp, url).encode(), usedforsecurity=False
    ).digest()


def text(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """Return what is hashed."""
    return f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"


@dataclass(frozen=True)
class JsConfig:
    """What a page is given for `wx.config`. `url` is the page's, surely so with `is_page`; `others`
    are (rule, ticket)."""

    given: Invocation
    url: str
    ticket: str = field(repr=False)
    others: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    nonces: tuple[str, ...] = ()
    api_url: str = ""
    is_page: bool = True

    @property
    def page(self) -> str:
        """The URL as it is signed: what follows `#` never reaches a server."""
        return self.url.partition("#")[0]

    @property
    def parts(self) -> Parts:
        """The right parts."""
        given = self.given
        return (
            self.ticket,
            given.value("noncestr"),
            given.value("timestamp"),
            self.page,
            right_digest,
        )


def digest(parts: Parts) -> bytes:
    """Return the digest that `parts` give."""
    found: bytes = parts[FRAME](*parts[:FRAME])
    return found


def message(parts: Parts) -> bytes:
    """Return the text that `parts` give, in the right frame."""
    return text(*parts[:FRAME]).encode()


def claims_of(case: Case, context: Context) -> Iterator[JsConfig]:
    """Yield the page configurations in the answer of `case`, one for each URL the page may have."""
    for given in find_invocations(case.response.json):
        if given.scene != "jssdk":
            continue
        appid = given.value("appid")
        tickets = list(reversed(context.learnt.tickets.values()))
        mine = [
            secret.value
            for owner, kind, secret in tickets
            if kind == "jsapi" and (not appid or not owner or owner == appid)
        ]
        others = [("js-ticket-stale", ticket) for ticket in mine[1:8]]
        for owner, kind, secret in tickets:
            if kind != "jsapi":
                others.append(("js-ticket-access-token", secret.value))
            elif secret.value not in mine:
                others.append(("js-ticket-other-appid", secret.value))
            del owner
        others += [
            ("js-ticket-access-token", secret.value)
            for _, secret in list(context.learnt.access_tokens.values())[-8:]
        ]
        others += [("js-ticket-empty", ticket) for ticket in ("", "undefined", "null", "None")]
        for url, is_page in _page_urls(case):
            yield JsConfig(
                given,
                url,
                mine[0] if mine else "",
                tuple(others[:32]),
                tuple(context.learnt.nonces)[-8:],
                case.exchange.request.url,
                is_page,
            )


_PAGE_NAMES = frozenset({"url", "pageurl", "currenturl", "signurl", "href"})


def _page_urls(case: Case) -> Iterator[tuple[str, bool]]:
    """Yield the URLs that the page may have, and whether it is that of the page: what the app sends
    as such, else its Referer, which to another host is mostly cut to the origin. Any other URL that
    is sent may be the page's, under a name of its own."""
    sent = case.request.json
    given = [(*pair,) for pair in (*case.query[:100], *case.request.form[:100])]
    if isinstance(sent, dict):
        given += [(name, value) for name, value in sent.items() if isinstance(value, str)][:100]
    urls = [
        # Many encode it once more than the query needs.
        (unquote(value) if "://" not in value[:9] else value, folded(name) in _PAGE_NAMES)
        for name, value in given
        if value[:4].lower() == "http"
    ]
    referer = case.request.headers.text("referer")
    if referer:
        parts = urlsplit(referer)
        is_cut = parts.path in ("", "/") and parts.hostname != case.exchange.request.host
        urls.append((referer, not is_cut))
    seen: set[str] = set()
    for url, is_page in sorted(urls, key=lambda each: not each[1])[:MAX_URLS]:
        if url.startswith("http") and len(url) <= MAX_URL and url not in seen:
            seen.add(url)
            yield url, is_page


def examine(case: Case, context: Context) -> Report | None:
    """Return what is wrong with a page configuration; None where it is right or cannot be told."""
    wrong: Report | None = None
    for claim in claims_of(case, context):
        sign = claim.given.sign
        try:
            wanted = bytes.fromhex(sign)
        except ValueError:
            continue
        if len(wanted) not in (16, 20, 32):
            continue
        right = claim.parts
        if claim.ticket and digest(right) == wanted:
            if sign == sign.lower():
                return None
            return _report(claim, ["js-hash"], [], 0)
        if not claim.is_page:
            continue

        def fits(parts: Parts, wanted: bytes = wanted) -> bool:
            return digest(parts) == wanted

        search = singles(JS_MISTAKES, claim, right, fits)
        if search.matches and wrong is None:
            told = list(search.matches[0].rules)
            others = [rule for match in search.matches[1:] for rule in match.rules]
            wrong = _report(claim, told, others, search.tried, str(search.matches[0].parts[URL]))
    return wrong


def _report(
    claim: JsConfig, told: list[str], others: list[str], tried: int, signed_url: str = ""
) -> Report:
    rules = [f"wechat-js/{rule}" for rule in told]
    page = claim.page
    evidence: tuple[Evidence, ...] = (
        Evidence(claim.given.where, claim.given.sign[:8] + "…"),
        Evidence("signature.url", {"page": page[:200], "signed": (signed_url or page)[:200]}),
    )
    check = SignatureCheck(
        NAME,
        "invocation",
        "mismatch",
        string_to_sign=text(
            "<history.jsapi-ticket>", claim.parts[NONCE], claim.parts[TIMESTAMP], page
        ),
        sent=claim.given.sign[:8] + "…",
        explained_by=rules[0],
        also_explained_by=tuple(
            dict.fromkeys(f"wechat-js/{rule}" for rule in others if rule not in told)
        ),
        tried=tried,
    )
    return Report(check, proven(rules, evidence))


# -- mistakes -----------------------------------------------------------------------------------


def _fragment(claim: JsConfig, url: str) -> Iterator[str]:
    yield claim.url
    yield url + "#"
    yield url + "#/"


def _encoded(_: JsConfig, url: str) -> Iterator[str]:
    yield quote(url, safe="-_.!~*'()")
    yield quote(url, safe=":/?&=%#")
    yield quote(url, safe=":/?&=#")


def _decoded(_: JsConfig, url: str) -> Iterator[str]:
    yield unquote(url)


def _escaped(_: JsConfig, url: str) -> Iterator[str]:
    yield html.escape(url)
    yield html.unescape(url)


def _scheme(_: JsConfig, url: str) -> Iterator[str]:
    head, sign, rest = url.partition("://")
    yield ("http" if head == "https" else "https") + sign + rest


def _port(_: JsConfig, url: str) -> Iterator[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    rest = url.partition("://")[2].partition("/")
    for port in ("", ":80", ":443", ":8080", ":3000", ":8000"):
        yield f"{parts.scheme}://{host}{port}{rest[1]}{rest[2]}"
        yield f"http://{host}{port}{rest[1]}{rest[2]}"


def _slash(_: JsConfig, url: str) -> Iterator[str]:
    path, sign, query = url.partition("?")
    yield (path[:-1] if path.endswith("/") else path + "/") + sign + query
    for name in ("index.html", "index.php", "index.htm"):
        yield path.removesuffix(name) + sign + query
        yield path.rstrip("/") + "/" + name + sign + query


_SHARED = ("from", "isappinstalled", "code", "state", "nsukey", "scene", "clicktime", "enterid")


def _query_lost(_: JsConfig, url: str) -> Iterator[str]:
    path, _sign, query = url.partition("?")
    yield path
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] not in _SHARED]
    yield path + ("?" + "&".join(kept) if kept else "")


def _landing(claim: JsConfig, url: str) -> Iterator[str]:
    yield claim.api_url
    yield claim.api_url.partition("?")[0]
    parts = urlsplit(url)
    yield f"{parts.scheme}://{parts.netloc}"
    yield f"{parts.scheme}://{parts.netloc}/"


def _framed(template: str) -> Frame:
    return lambda ticket, nonce, timestamp, url: hashlib.sha1(
        template.format(t=ticket, n=nonce, s=timestamp, u=url).encode(), usedforsecurity=False
    ).digest()


_NAMES = (
    _framed("jsapi_ticket={t}&nonceStr={n}&timestamp={s}&url={u}"),
    _framed("jsapi_ticket={t}&nonceStr={n}&timeStamp={s}&url={u}"),
    _framed("jsapi_ticket={t}&noncestr={n}&timeStamp={s}&url={u}"),
    _framed("jsapiTicket={t}&noncestr={n}&timestamp={s}&url={u}"),
    _framed("ticket={t}&noncestr={n}&timestamp={s}&url={u}"),
)
_ORDERS = (
    _framed("noncestr={n}&jsapi_ticket={t}&timestamp={s}&url={u}"),
    _framed("noncestr={n}&timestamp={s}&url={u}&jsapi_ticket={t}"),
    _framed("jsapi_ticket={t}&timestamp={s}&noncestr={n}&url={u}"),
    _framed("timestamp={s}&noncestr={n}&jsapi_ticket={t}&url={u}"),
    _framed("url={u}&timestamp={s}&noncestr={n}&jsapi_ticket={t}"),
    _framed("{t}{n}{s}{u}"),
)


def _other_hash(name: str) -> Frame:
    return lambda *values: hashlib.new(name, text(*values).encode(), usedforsecurity=False).digest()


def _extra(claim: JsConfig, _: Frame) -> Iterator[Frame]:
    appid = claim.given.value("appid").replace("{", "").replace("}", "")
    for name in ("appid", "appId"):
        yield _framed(name + "=" + appid + "&jsapi_ticket={t}&noncestr={n}&timestamp={s}&url={u}")


def _tickets(claim: JsConfig, _: str) -> Iterator[Told]:
    for rule, ticket in claim.others:
        yield Told((rule,), ticket)


def _times(_: JsConfig, value: str) -> Iterator[str]:
    for each in near(value.encode(), range(1, 6)):
        yield each.decode()


def _nonces(claim: JsConfig, _: str) -> Iterator[str]:
    yield from claim.nonces


def _millis(_: JsConfig, value: str) -> Iterator[str]:
    yield value + "000" if len(value) == 10 else value[:10]


def _base64(*values: str) -> bytes:
    return b64encode(right_digest(*values))


JS_MISTAKES: tuple[Mistake, ...] = (
    Mistake("js-url-fragment", URL, _fragment),
    Mistake("js-url-query-lost", URL, _query_lost),
    Mistake("js-url-encoded", URL, _encoded),
    Mistake("js-url-decoded", URL, _decoded),
    Mistake("js-url-scheme", URL, _scheme),
    Mistake("js-nonce-name", FRAME, always(*_NAMES)),
    Mistake("js-url-landing", URL, _landing),
    Mistake("js-url-htmlescaped", URL, _escaped),
    Mistake("js-url-slash", URL, _slash),
    Mistake("js-url-port", URL, _port),
    Mistake("js-ticket-stale", TICKET, _tickets),
    Mistake("js-values-differ", TIMESTAMP, _times),
    Mistake("js-values-differ", NONCE, _nonces),
    Mistake("js-ts-millis", TIMESTAMP, _millis),
    Mistake("js-param-order", FRAME, always(*_ORDERS)),
    Mistake("js-extra-param", FRAME, _extra),
    Mistake("js-hash", FRAME, always(_other_hash("md5"), _other_hash("sha256"), _base64)),
)


SCHEME = Scheme(NAME, message, JS_MISTAKES)
