"""API keys and secret fields by name and by public prefix; also what redaction goes by.

A kind is the word that stands in a placeholder: `[redacted:KIND:…]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

API_KEY_HEADERS = frozenset(
    {
        "access-token",
        "api-key",
        "apikey",
        "authori-zation",
        "blade-auth",
        "ocp-apim-subscription-key",
        "private-token",
        "satoken",
        "token",
        "x-access-token",
        "x-acs-dingtalk-access-token",
        "x-api-key",
        "x-api-token",
        "x-apikey",
        "x-auth-key",
        "x-auth-token",
        "x-clickhouse-key",
        "x-consul-token",
        "x-functions-key",
        "x-gitlab-token",
        "x-goog-api-key",
        "x-gravitee-api-key",
        "x-hasura-admin-secret",
        "x-jfrog-art-api",
        "x-litemall-token",
        "x-nomad-token",
        "x-parse-rest-api-key",
        "x-parse-session-token",
        "x-shopify-access-token",
        "x-token",
        "x-vault-token",
    }
)
"""Header names under which API keys are sent, lower case. `authori-zation` is CRMEB's own."""

API_KEY_PARAMETERS = frozenset(
    {"api-key", "api_key", "apikey", "apitoken", "api_token", "appkey", "app_key", "key"}
    | {"subscription-key"}
)
"""Query and form names under which API keys are sent, lower case."""

_HEADER_KINDS = {
    "auth-token": "token",
    "authentication": "authorization",
    "authorization": "authorization",
    "cookie": "cookie",
    "csrf-token": "token",
    "dpop": "token",
    "proxy-authorization": "authorization",
    "sec-websocket-protocol": "token",
    "securitytoken": "token",
    "session-token": "token",
    "set-cookie": "cookie",
    "signature": "signature",
    "wechatpay-signature": "signature",
    "x-amz-security-token": "token",
    "x-authorization": "authorization",
    "x-csrf-token": "token",
    "x-csrftoken": "token",
    "x-forwarded-access-token": "token",
    "x-hub-signature": "signature",
    "x-hub-signature-256": "signature",
    "x-id-token": "token",
    "x-refresh-token": "token",
    "x-security-token": "token",
    "x-session-id": "session",
    "x-session-token": "token",
    "x-signature": "signature",
    "x-user-token": "token",
    "x-wx-code": "code",
    "x-wx-openid": "openid",
    "x-wx-unionid": "unionid",
    "x-xsrf-token": "token",
    "xsrf-token": "token",
}

SECRET_HEADERS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(API_KEY_HEADERS, "api-key") | _HEADER_KINDS
)
"""Header names (lower case) whose value is secret, and of which kind."""

_FIELD_KINDS: dict[str, tuple[str, ...]] = {
    "password": (
        *("password", "passwd", "pwd", "pass", "passphrase", "old_password", "new_password"),
        *("oldpassword", "newpassword", "password_confirmation", "user_password", "pin"),
    ),
    "secret": (
        *("secret", "credential", "client_secret", "clientsecret", "appsecret"),
        *("app_secret", "corpsecret"),
        *("consumer_secret", "secret_key", "secretkey", "api_secret", "apisecret", "private_key"),
        *("api_v2_key", "api_v3_key", "apiv3key", "component_appsecret", "provider_secret"),
        *("encoding_aes_key", "encodingaeskey", "suite_secret", "sandbox_signkey", "otp", "totp"),
    ),
    "token": (
        *("token", "access_token", "accesstoken", "refresh_token", "refreshtoken", "id_token"),
        *("idtoken", "jwt", "bearer", "auth_token", "authtoken", "authorization", "assertion"),
        *("client_assertion", "oauth_token", "device_code", "subject_token", "actor_token"),
        *("logout_token", "id_token_hint", "session_token", "csrf_token", "_csrf", "_token"),
        *("csrfmiddlewaretoken", "x-amz-security-token", "component_access_token"),
        *("csrftoken", "csrf-token", "_xsrf", "xsrftoken", "xsrf_token", "xsrf-token"),
        *("authenticity_token", "authenticitytoken", "__requestverificationtoken"),
        *("security_token", "securitytoken", "sessiontoken", "user_token", "usertoken"),
        *("login_token", "logintoken", "reset_token", "resettoken", "device_token"),
        *("authorizer_access_token", "authorizer_refresh_token", "suite_access_token"),
        *("component_verify_ticket", "suite_ticket", "pre_auth_code", "saml_response"),
        *("samlresponse", "provider_access_token", "web_access_token", "oauth_verifier"),
    ),
    "code": ("js_code", "auth_code", "authorization_code", "code_verifier", "sms_code"),
    "ticket": ("ticket", "jsapi_ticket", "card_ticket", "api_ticket"),
    "session": ("session_key", "sessionkey", "sessionid", "session_id", "jsessionid", "phpsessid"),
    "signature": (
        *("sign", "signature", "paysign", "pay_sign", "sig", "oauth_signature", "signature2"),
        *("x-amz-signature", "msg_signature", "x-goog-signature", "addrsign", "cardsign"),
    ),
    "openid": ("openid", "sub_openid", "open_id", "sp_openid", "openids", "touser"),
    "unionid": ("unionid", "union_id"),
    "phone": (
        *("phone", "phonenumber", "phone_number", "purephonenumber", "mobile", "mobile_phone"),
        *("telephone", "contact_phone", "user_phone"),
    ),
    "name": ("real_name", "realname", "re_user_name", "id_card_name", "contact_name"),
    "id-number": (
        *("id_card_number", "id_card", "idcard", "id_number", "id_no", "idno", "cert_no"),
        *("id_doc_number", "identity_card", "bank_card_no", "account_number"),
    ),
}

SECRET_FIELDS: Mapping[str, str] = MappingProxyType(
    {name: kind for kind, names in _FIELD_KINDS.items() for name in names}
    | dict.fromkeys(API_KEY_PARAMETERS - {"key"}, "api-key")
)
"""JSON, XML and claim names (lower case) whose value is secret, and of which kind. Without names
such as `code` and `key` that in a body mean something harmless most of the time."""

SECRET_PARAMETERS: Mapping[str, str] = MappingProxyType(
    dict(SECRET_FIELDS)
    | {"code": "code", "key": "api-key", "auth": "token", "sid": "session"}
    | {"credentials": "secret"}
)
"""Query and form names (lower case) whose value is secret, and of which kind."""

PUBLIC_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "1//0": "google-refresh-token",
        "AGE-SECRET-KEY-1": "age-secret-key",
        "AIza": "google-api-key",
        "AKIA": "aws-access-key",
        "ASIA": "aws-temporary-key",
        "ATATT3": "atlassian-token",
        "Atza|": "amazon-login-token",
        "Atzr|": "amazon-refresh-token",
        "EAAA": "facebook-token",
        "EAAB": "facebook-token",
        "EAAC": "facebook-token",
        "EAAG": "facebook-token",
        "FLWSECK": "flutterwave-key",
        "LTAI": "aliyun-access-key",
        "NRAK-": "new-relic-key",
        "PMAK-": "postman-key",
        "SG.": "sendgrid-key",
        "amzn.mws.": "amazon-mws-token",
        "dckr_pat_": "docker-token",
        "dop_v1_": "digitalocean-token",
        "eyJ": "jwt",
        "figd_": "figma-token",
        "gho_": "github-oauth-token",
        "ghp_": "github-classic-token",
        "ghr_": "github-refresh-token",
        "ghs_": "github-app-token",
        "ghu_": "github-user-token",
        "github_pat_": "github-fine-grained-token",
        "glpat-": "gitlab-token",
        "glsa_": "grafana-token",
        "gsk_": "groq-key",
        "hf_": "huggingface-token",
        "hvs.": "vault-token",
        "lin_api_": "linear-key",
        "npm_": "npm-token",
        "ntn_": "notion-token",
        "nvapi-": "nvidia-key",
        "pat-na1-": "hubspot-token",
        "pk_live_": "stripe-publishable-key",
        "pk_test_": "stripe-publishable-test-key",
        "pplx-": "perplexity-key",
        "pypi-": "pypi-token",
        "r8_": "replicate-token",
        "rk_live_": "stripe-restricted-key",
        "rk_test_": "stripe-restricted-test-key",
        "rzp_live_": "razorpay-key",
        "sb_publishable_": "supabase-publishable-key",
        "sb_secret_": "supabase-secret-key",
        "sgp_": "sourcegraph-token",
        "shpat_": "shopify-token",
        "shpca_": "shopify-custom-app-token",
        "shppa_": "shopify-private-app-token",
        "shpss_": "shopify-shared-secret",
        "sk-": "openai-style-key",
        "sk-ant-": "anthropic-key",
        "sk-proj-": "openai-project-key",
        "sk_live_": "stripe-secret-key",
        "sk_test_": "stripe-secret-test-key",
        "sntrys_": "sentry-token",
        "sq0atp-": "square-token",
        "sq0csp-": "square-secret",
        "tskey-": "tailscale-key",
        "whsec_": "stripe-webhook-secret",
        "xai-": "xai-key",
        "xapp-": "slack-app-token",
        "xoxa-": "slack-token",
        "xoxb-": "slack-bot-token",
        "xoxc-": "slack-client-token",
        "xoxd-": "slack-client-cookie",
        "xoxe-": "slack-refresh-token",
        "xoxe.": "slack-rotated-token",
        "xoxp-": "slack-user-token",
        "xoxr-": "slack-legacy-token",
        "xoxs-": "slack-session-token",
        "ya29.": "google-access-token",
    }
)
"""Beginnings that vendors publish, so that a key tells what it is; they may be shown."""

_LONGEST_FIRST = tuple(sorted(PUBLIC_PREFIXES, key=len, reverse=True))
MIN_KEY_CHARS = 12


def public_prefix(value: str) -> str:
    """Return the published beginning of `value`, empty where it has none or nothing follows."""
    if not value.startswith(_LONGEST_FIRST):
        return ""
    found = next((each for each in _LONGEST_FIRST if value.startswith(each)), "")
    return found if len(value) >= max(MIN_KEY_CHARS, len(found) + 6) else ""


def key_kind(value: str) -> str | None:
    """Return whose key `value` is (`github-classic-token`, `jwt`), None where nothing shows it."""
    return PUBLIC_PREFIXES.get(public_prefix(value))
