"""A tour of what goes wrong with credentials: some forty requests, good and bad.

Each step is what an ordinary client does, so it can be read to learn from, and each bad step
makes one mistake. The stories stand by their kind in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from why401.sandbox import tour_bearer, tour_login, tour_wechat, tour_wechatpay
from why401.sandbox.client import Sent, TourClient
from why401.sandbox.server import Sandbox


class Step(msgspec.Struct, frozen=True):
    """One stop. `expect` is the rule that its last exchange breaks, None where all is well.

    The exchanges before the last one of a step are always healthy.
    """

    name: str
    expect: str | None
    run: Callable[[TourClient], None]


def run_tour(
    proxy_url: str,
    ca_path: Path | None,
    sandbox: Sandbox,
    on_step: Callable[[Step, tuple[Sent, ...]], None] | None = None,
) -> None:
    """Send the whole tour through the proxy at `proxy_url` (`http://127.0.0.1:8080`).

    `ca_path` is the PEM of the authority that the proxy signs with; None sends plain http.
    `on_step` is told each finished step and the exchanges that it made, in order. Raises OSError
    where the proxy is not there.
    """
    with TourClient(proxy_url, ca_path, sandbox) as client:
        for step in STEPS:
            before = len(client.sent)
            step.run(client)
            if on_step is not None:
                on_step(step, tuple(client.sent[before:]))


STEPS: tuple[Step, ...] = (
    # An ordinary API with bearer tokens.
    Step("an endpoint that needs no credential", None, tour_bearer.read_health),
    Step("no credential sent", "auth/missing", tour_bearer.forget_the_token),
    Step("header misspelt", "auth/header-misspelt", tour_bearer.misspell_the_header),
    Step("scheme written twice", "auth/scheme-doubled", tour_bearer.double_the_scheme),
    Step("variable never set", "auth/placeholder", tour_bearer.send_a_placeholder),
    Step("token expired", "jwt/expired", tour_bearer.send_an_expired_token),
    Step(
        "token times in milliseconds",
        "jwt/time-in-milliseconds",
        tour_bearer.count_in_milliseconds,
    ),
    Step("token without signature", "jwt/alg-none", tour_bearer.leave_the_token_unsigned),
    Step(
        "token of an issuer whose clock is fast",
        "jwt/not-yet-valid",
        tour_bearer.trust_a_clock_that_is_fast,
    ),
    Step("token fetched and used", None, tour_bearer.log_in_for_a_token),
    Step("token without the scope", "bearer/insufficient-scope", tour_bearer.lack_a_scope),
    Step(
        "old token used after a refresh",
        "session/stale-after-refresh",
        tour_bearer.keep_the_token_of_before,
    ),
    Step(
        "token lost on a redirect",
        "transport/auth-dropped-on-redirect",
        tour_bearer.follow_a_redirect,
    ),
    # Basic, Digest, session cookie.
    Step("Basic without base64", "basic/not-encoded", tour_login.forget_to_encode),
    Step("Basic done right", None, tour_login.sign_in_with_basic),
    Step("Digest handshake", None, tour_login.shake_hands_with_digest),
    Step(
        "Digest over another URI",
        "digest/uri-mismatch",
        tour_login.hash_the_path_without_its_query,
    ),
    Step("session cookie", None, tour_login.keep_a_session),
    Step("session cookie kept back", "cookie/secure-over-http", tour_login.leave_https),
    # WeChat's own API.
    Step("WeChat token fetched and used", None, tour_wechat.fetch_an_access_token),
    Step("WeChat token superseded", "wechat/40001", tour_wechat.use_a_superseded_token),
    Step(
        "WeChat caller not on the list", "wechat/40164", tour_wechat.call_from_an_unlisted_address
    ),
    Step("WeChat login code used twice", "wechat/40163", tour_wechat.spend_a_login_code_twice),
    # WeChat Pay.
    Step("WeChat Pay v2 order", None, tour_wechatpay.place_an_order_v2),
    Step(
        "WeChat Pay v2 signed with the v3 key",
        "wechatpay/v2-key-is-v3key",
        tour_wechatpay.sign_v2_with_the_v3_key,
    ),
    Step(
        "WeChat Pay v2 signed over encoded values",
        "wechatpay/v2-value-urlencoded-pct",
        tour_wechatpay.sign_encoded_values,
    ),
    Step("WeChat Pay v3 order", None, tour_wechatpay.place_an_order_v3),
    Step(
        "WeChat Pay v3 body signed is not the body sent",
        "wechatpay/v3-body-spaced",
        tour_wechatpay.sign_other_bytes_than_are_sent,
    ),
    Step(
        "WeChat Pay v3 private key of another certificate",
        "wechatpay/v3-key-foreign",
        tour_wechatpay.sign_with_a_key_of_nobody,
    ),
    Step(
        "WeChat Pay v3 URL signed without its query",
        "wechatpay/v3-url-no-query",
        tour_wechatpay.sign_the_path_without_its_query,
    ),
    Step(
        "WeChat Pay v3 timestamp in milliseconds",
        "wechatpay/v3-timestamp-skew",
        tour_wechatpay.give_the_time_in_milliseconds,
    ),
    Step(
        "WeChat Pay v3 serial number of another certificate",
        "wechatpay/v3-serial-mismatch",
        tour_wechatpay.name_another_certificate,
    ),
    Step(
        "WeChat Pay platform certificates fetched",
        None,
        tour_wechatpay.fetch_the_platform_certificates,
    ),
    Step("WeChat Pay notice verified", None, tour_wechatpay.verify_what_was_received),
    Step(
        "WeChat Pay notice parsed before it is verified",
        "wechatpay/cb-valid-but-rejected",
        tour_wechatpay.verify_what_was_parsed,
    ),
)
"""The tour, in the order in which it is sent."""
