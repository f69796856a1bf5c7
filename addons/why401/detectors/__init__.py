"""The detectors, in the order in which a chain of authentication breaks.

A detector answers one question that data in `rules/` cannot: it is a module with `REPORTS`, the
ids of the rules it may report, `NEEDS`, what an exchange must have for the question to arise (see
`traits`), and `detect(case, context)`, called for such exchanges alone. Adding one means importing
it here and adding it to the list. Modules that are not in the list are what several detectors
share: how a server refused (`refusal`), where it says why (`server_texts`), in which words
(`server_words`), what was recomputed (`recomputed`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Needs, Trait
from why401.model import Finding

from . import (
    alipay_clock,
    another_way,
    basic_credentials,
    basic_pair,
    bearer_place,
    bearer_scope,
    bearer_token,
    challenge_flaws,
    clear_text,
    cookie_kept_back,
    cookie_mistakes,
    credential_in_url,
    credential_twice,
    credentials_missing,
    digest_history,
    digest_parameters,
    digest_response,
    dpop_proof,
    header_name,
    header_shape,
    jwt_claims,
    jwt_lifetime,
    jwt_refused,
    jwt_signature,
    jwt_stated_claims,
    jwt_structure,
    jwt_times,
    key_kind,
    message_signature,
    oauth_refused,
    oauth_scope,
    oauth_stated,
    on_the_way,
    page_reports,
    passed_on,
    permission,
    preflight_refused,
    proxy_changed,
    query_spaces,
    redirect_lost,
    repeated_refusal,
    scheme_offered,
    server_accepts,
    server_advice,
    signature_refused,
    signed_request,
    stale_token,
    token_cut,
    token_origin,
    token_seen,
    token_superseded,
    token_unsent,
    websocket_closed,
    wechatpay_business,
    wechatpay_clock,
    wechatpay_header,
    wechatpay_identity,
    wechatpay_orders,
    wechatpay_secret_leak,
    wrong_host,
)

type Detect = Callable[[Case, Context], Iterator[Finding]]


class Detector(msgspec.Struct, frozen=True, eq=False):
    """One detector: its module's name, what it may report, the function itself, and the traits that
    an exchange must have: one of these sets."""

    name: str
    reports: tuple[str, ...]
    detect: Detect
    needs: tuple[frozenset[Trait], ...] = (frozenset(),)


class _Module(Protocol):
    """What every detector's module offers."""

    @property
    def __name__(self) -> str: ...

    @property
    def REPORTS(self) -> tuple[str, ...]: ...  # noqa: N802  (a constant of the module)

    @property
    def NEEDS(self) -> Needs: ...  # noqa: N802

    def detect(self, case: Case, context: Context) -> Iterator[Finding]: ...


def _listed(*modules: _Module) -> tuple[Detector, ...]:
    return tuple(
        Detector(
            module.__name__.rpartition(".")[2],
            module.REPORTS,
            module.detect,
            (module.NEEDS,) if isinstance(module.NEEDS, frozenset) else module.NEEDS,
        )
        for module in modules
    )


DETECTORS: tuple[Detector, ...] = _listed(
    proxy_changed,
    wechatpay_header,
    wechatpay_clock,
    wechatpay_identity,
    wechatpay_orders,
    wechatpay_business,
    wechatpay_secret_leak,
    token_superseded,
    redirect_lost,
    stale_token,
    oauth_refused,
    oauth_stated,
    cookie_kept_back,
    token_unsent,
    cookie_mistakes,
    credentials_missing,
    header_name,
    header_shape,
    query_spaces,
    credential_twice,
    scheme_offered,
    credential_in_url,
    basic_pair,
    basic_credentials,
    digest_response,
    digest_history,
    digest_parameters,
    signed_request,
    message_signature,
    alipay_clock,
    signature_refused,
    token_seen,
    token_cut,
    jwt_structure,
    jwt_signature,
    dpop_proof,
    jwt_lifetime,
    jwt_times,
    jwt_stated_claims,
    jwt_claims,
    token_origin,
    bearer_place,
    bearer_token,
    bearer_scope,
    jwt_refused,
    websocket_closed,
    permission,
    key_kind,
    clear_text,
    challenge_flaws,
    oauth_scope,
    another_way,
    on_the_way,
    repeated_refusal,
    page_reports,
    passed_on,
    wrong_host,
    server_accepts,
    preflight_refused,
    server_advice,
)


@functools.lru_cache(512)
def concerned(
    detectors: tuple[Detector, ...], traits: frozenset[Trait]
) -> tuple[tuple[str, Detect], ...]:
    """Return name and function of those of `detectors` whose question arises for an exchange with
    these traits."""
    return tuple(
        (each.name, each.detect)
        for each in detectors
        if any(needs <= traits for needs in each.needs)
    )
