"""Who needs a closer look: decided in microseconds, before anything is decoded.

Of a hundred exchanges ninety-nine leave here. The arguments are plain, so that a live flow and an
entry of a file are asked the same question without being turned into an Exchange first.
"""

from __future__ import annotations

from why401.hosts import is_wechat_host

REFUSALS = frozenset({400, 401, 403, 407, 419, 422, 431, 440, 498, 499})
"""Statuses with which servers refuse a credential, or a request for want of one. 400 is OAuth's,
419 Laravel's, 422 Flask-JWT-Extended's, 431 and 400 those of an oversized header, 440 IIS's, 498
and 499 those of token services."""


def needs_look(status: int, host: str) -> bool:
    """Return whether an exchange with `host` (a name without port) that ended in `status` may
    hold a finding, whatever its body says."""
    return status in REFUSALS or is_wechat_host(host)
