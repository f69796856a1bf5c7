"""Refusals that are part of a handshake, never a failure of their own."""

from __future__ import annotations

from why401.case import Case

_REGISTRY = frozenset({"/v2/", "/v2"})
_CONNECTION_BOUND = frozenset({"ntlm", "negotiate"})
_TYPE_1 = "TlRMTVNTUAAB"
"""Base64 of `NTLMSSP`, a zero byte and message type 1."""


def is_handshake_leg(case: Case) -> bool:
    """Return whether a 401 or 407 carries the next token of an NTLM or Negotiate handshake
    (RFC 4559 section 5; MS-NLMP 2.2.1), or tells where a registry's tokens are: the client is
    expected to go on from there."""
    if case.status not in (401, 407):
        return False
    if _is_registry_probe(case):
        return True
    if case.offered.isdisjoint(_CONNECTION_BOUND):
        return False
    connection_bound = [c for c in case.credentials if c.scheme in _CONNECTION_BOUND]
    offered = {challenge.name: challenge for challenge in case.challenges}
    for credential in connection_bound:
        challenge = offered.get(credential.scheme)
        if challenge is not None and challenge.token68:
            return True
        # A type 1 message asks for the challenge; some servers repeat the bare scheme once. Under
        # Negotiate it is what a client sends that has no Kerberos ticket, and no token is a no.
        is_first = credential.scheme == "ntlm" and credential.value.startswith(_TYPE_1)
        if challenge is not None and is_first and not challenge.params:
            return True
    return False


def is_polling(case: Case) -> bool:
    """Return whether the client asks again and again for a token that somebody has yet to allow,
    at another screen (RFC 8628 section 3.5, CIBA Core section 11): under 400 nobody minds such an
    answer, and Google's comes under 403."""
    if case.status != 403 or case.exchange.request.method != "POST":
        return False
    body = case.response.json
    return isinstance(body, dict) and body.get("error") in ("authorization_pending", "slow_down")


def _is_registry_probe(case: Case) -> bool:
    """Return whether the client of an image registry asked where tokens are to be had, which is
    how it begins, and was told (distribution.github.io/distribution/spec/auth/token)."""
    if case.status != 401 or case.exchange.request.path not in _REGISTRY or case.has_credentials:
        return False
    return any(
        challenge.name == "bearer" and challenge.param("service") and challenge.param("realm")
        for challenge in case.challenges
    )
