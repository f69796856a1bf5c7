"""Did the same request work on a way that leads round the CDN?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import judged
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.requests import request_key
from why401.history.sighting import placeholder, seconds_between
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("transport/service-worker-or-cdn-stripped",)
NEEDS = frozenset({Trait.REFUSED, Trait.AUTHORIZATION, Trait.REMEMBERED})

RECENT_S = 3600.0
_CDN = {
    "x-amz-cf-id": "",
    "cf-ray": "",
    "x-azure-ref": "",
    "x-akamai-request-id": "",
    "x-fastly-request-id": "",
    "eagleid": "",
    "x-cache": "cloudfront",
    "via": "cloudfront",
    "x-served-by": "cache-",
    "server": "cdn",
}
"""Fields that a CDN adds, and what their value holds where others add such a field too."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where a host behind a CDN saw no credential, and the same method and path of
    another host, without a CDN, worked with it."""
    if case.status != 401 or not _says_absent(case):
        return
    cdn = _cdn_of(case)
    if cdn is None:
        return
    history, request = context.history, case.exchange.request
    for carried in judged(case, context)[:1]:
        opened = history.tokens.success(carried.fingerprint)
        if opened is None or opened.host == request.host:
            return
        there = history.requests.last_success(
            request_key(request.method, opened.host, request.target)
        )
        if there is None or there.token != carried.fingerprint:
            return
        if not 0.0 <= seconds_between(there.at_s, case.exchange.at_s) <= RECENT_S:
            return
        yield Finding(
            "transport/service-worker-or-cdn-stripped",
            Certainty.LIKELY,
            (
                Evidence(carried.credential.where, placeholder("token", carried.fingerprint)),
                Evidence(f"response.header.{cdn}", "present"),
                Evidence(
                    "history.request-worked", {"exchange": there.exchange, "host": opened.host}
                ),
            ),
            (CauseFound("not-forwarded", Certainty.LIKELY),),
            {"direct": opened.host, "host": request.host},
            (there.exchange,),
        )


def _says_absent(case: Case) -> bool:
    if any(each.param("error") for each in case.challenges):
        return False
    return bool(case.challenges) or said(case, Topic.MISSING) is not None


def _cdn_of(case: Case) -> str | None:
    headers = case.response.headers
    for name, part in _CDN.items():
        if any(part in text[:500].lower() for text in headers.texts(name)):
            return name
    return None
