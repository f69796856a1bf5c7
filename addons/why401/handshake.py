"""Refusals that are part of a handshake, never a failure of their own."""

from __future__ import annotations

from why401.case import Case

_TYPE_1 = "TlRMTVNTUAAB"
"""Base64 of `NTLMSSP`, a zero byte and message type 1."""


def is_handshake_leg(case: Case) -> bool:
    """Return whether a 401 or 407 carries the next token of an NTLM or Negotiate handshake
    (RFC 4559 section 5; MS-NLMP 2.2.1): the client is expected to answer it."""
    if case.status not in (401, 407):
        return False
    connection_bound = [c for c in case.credentials if c.scheme in ("ntlm", "negotiate")]
    if not connection_bound:
        return False
    offered = {challenge.name: challenge for challenge in case.challenges}
    for credential in connection_bound:
        challenge = offered.get(credential.scheme)
        if challenge is not None and challenge.token68:
            return True
        # A type 1 message asks for the challenge; some servers repeat the bare scheme once.
        if challenge is not None and credential.value.startswith(_TYPE_1) and not challenge.params:
            return True
    return False
