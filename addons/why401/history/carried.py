"""What a request shows of its sender: the credential by which two are the same, and the grant."""

from __future__ import annotations

from why401.case import Case
from why401.credentials.find import Credential
from why401.credentials.schemes import TOKEN_SCHEMES
from why401.history.grants import sent_code
from why401.history.issued import request_fields, sent_refresh_token
from why401.history.logins import is_login
from why401.history.settling import OF_CODE, OF_LOGIN, OF_REFRESH


def token_text(credential: Credential) -> str:
    """Return the part of a credential by which two are the same."""
    sent = credential.authorization
    return sent.token if sent and sent.name in TOKEN_SCHEMES else credential.value


def is_subject(case: Case, credential: Credential) -> bool:
    """Return whether the credential is what the request asks about or gives back (RFC 7662,
    RFC 7009), not what its sender shows."""
    if credential.where != "request.form.token":
        return False
    path = case.exchange.request.path.lower()[:200]
    return "introspect" in path or "revo" in path


def sent_grant(case: Case) -> tuple[str, str]:
    """Return the refresh token or code that the request exchanges, and which of them it is; empty
    where it exchanges none."""
    if case.exchange.request.method != "POST" or case.status == 407:
        return "", ""
    if refresh := sent_refresh_token(case):
        return refresh, OF_REFRESH
    return sent_code(case) or "", OF_CODE


def place_in_body(case: Case) -> str:
    """Return what stands for the place of a password or a grant: who sends one lacks no token."""
    return OF_LOGIN if is_login(case) or "grant_type" in request_fields(case) else ""
