"""The detectors, in the order in which a chain of authentication breaks.

A detector answers one question that data in `rules/` cannot: it is a module with `REPORTS`, the
ids of the rules it may report, and `detect(case, context)`. Adding one means adding a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from why401.case import Case
from why401.context import Context
from why401.model import Finding

from . import (
    basic_credentials,
    basic_pair,
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
    jwt_refused,
    jwt_signature,
    jwt_structure,
    jwt_times,
    message_signature,
    oauth_refused,
    oauth_scope,
    on_the_way,
    redirect_lost,
    repeated_refusal,
    scheme_offered,
    server_advice,
    signature_refused,
    signed_request,
    stale_token,
    token_cut,
    token_superseded,
    token_unsent,
    wechatpay_business,
    wechatpay_clock,
    wechatpay_header,
    wechatpay_identity,
    wechatpay_secret_leak,
)


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: its module's name, what it may report, and the function itself."""

    name: str
    reports: tuple[str, ...]
    detect: Callable[[Case, Context], Iterator[Finding]]


DETECTORS: tuple[Detector, ...] = (
    Detector("wechatpay_header", wechatpay_header.REPORTS, wechatpay_header.detect),
    Detector("wechatpay_clock", wechatpay_clock.REPORTS, wechatpay_clock.detect),
    Detector("wechatpay_identity", wechatpay_identity.REPORTS, wechatpay_identity.detect),
    Detector("wechatpay_business", wechatpay_business.REPORTS, wechatpay_business.detect),
    Detector(
        "wechatpay_secret_leak", wechatpay_secret_leak.REPORTS, wechatpay_secret_leak.detect
    ),
    Detector("token_superseded", token_superseded.REPORTS, token_superseded.detect),
    Detector("redirect_lost", redirect_lost.REPORTS, redirect_lost.detect),
    Detector("stale_token", stale_token.REPORTS, stale_token.detect),
    Detector("oauth_refused", oauth_refused.REPORTS, oauth_refused.detect),
    Detector("cookie_kept_back", cookie_kept_back.REPORTS, cookie_kept_back.detect),
    Detector("token_unsent", token_unsent.REPORTS, token_unsent.detect),
    Detector("cookie_mistakes", cookie_mistakes.REPORTS, cookie_mistakes.detect),
    Detector("credentials_missing", credentials_missing.REPORTS, credentials_missing.detect),
    Detector("header_name", header_name.REPORTS, header_name.detect),
    Detector("header_shape", header_shape.REPORTS, header_shape.detect),
    Detector("credential_twice", credential_twice.REPORTS, credential_twice.detect),
    Detector("scheme_offered", scheme_offered.REPORTS, scheme_offered.detect),
    Detector("credential_in_url", credential_in_url.REPORTS, credential_in_url.detect),
    Detector("basic_pair", basic_pair.REPORTS, basic_pair.detect),
    Detector("basic_credentials", basic_credentials.REPORTS, basic_credentials.detect),
    Detector("digest_response", digest_response.REPORTS, digest_response.detect),
    Detector("digest_history", digest_history.REPORTS, digest_history.detect),
    Detector("digest_parameters", digest_parameters.REPORTS, digest_parameters.detect),
    Detector("signed_request", signed_request.REPORTS, signed_request.detect),
    Detector("message_signature", message_signature.REPORTS, message_signature.detect),
    Detector("signature_refused", signature_refused.REPORTS, signature_refused.detect),
    Detector("token_cut", token_cut.REPORTS, token_cut.detect),
    Detector("jwt_structure", jwt_structure.REPORTS, jwt_structure.detect),
    Detector("jwt_signature", jwt_signature.REPORTS, jwt_signature.detect),
    Detector("dpop_proof", dpop_proof.REPORTS, dpop_proof.detect),
    Detector("jwt_times", jwt_times.REPORTS, jwt_times.detect),
    Detector("jwt_claims", jwt_claims.REPORTS, jwt_claims.detect),
    Detector("bearer_token", bearer_token.REPORTS, bearer_token.detect),
    Detector("bearer_scope", bearer_scope.REPORTS, bearer_scope.detect),
    Detector("jwt_refused", jwt_refused.REPORTS, jwt_refused.detect),
    Detector("clear_text", clear_text.REPORTS, clear_text.detect),
    Detector("challenge_flaws", challenge_flaws.REPORTS, challenge_flaws.detect),
    Detector("oauth_scope", oauth_scope.REPORTS, oauth_scope.detect),
    Detector("on_the_way", on_the_way.REPORTS, on_the_way.detect),
    Detector("repeated_refusal", repeated_refusal.REPORTS, repeated_refusal.detect),
    Detector("server_advice", server_advice.REPORTS, server_advice.detect),
)
