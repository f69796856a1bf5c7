"""Are the client_id and client_secret of a refused token request the configured ones?

No detector of its own: `oauth_refused` asks it for why the server does not know the client.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import unquote_plus

import msgspec

from why401.case import Case
from why401.context import Context
from why401.history.grants import client_pair
from why401.keys import OauthClient
from why401.masking import is_redacted
from why401.model import Certainty

MAX_CLIENTS = 50


class Compared(msgspec.Struct, frozen=True):
    """What the comparison shows: a cause of `oauth/invalid-client`, and where it was configured."""

    cause: str
    certainty: Certainty
    where: str


def compared(case: Case, context: Context, *, is_basic: bool) -> Compared | None:
    """Return what the configured clients of this host tell about the pair that was refused; None
    where none is configured, or no secret was sent or is known.

    That another secret was sent than the configured one is proven to be why where the
    configuration names this host, and the host never took what was sent: the server says that it
    does not accept the client.
    """
    client_id, secret = client_pair(case)
    host = case.exchange.request.host.lower()
    clients = [
        each for each in context.keys.oauth[:MAX_CLIENTS] if fnmatchcase(host, each.host.lower())
    ]
    if not clients or secret is None or is_redacted(secret):
        return None
    # What worked here before is not wrong, whatever the configuration says.
    is_bound = not context.history.grants.has_accepted(case)
    meant = {secret, unquote_plus(secret)} if is_basic else {secret}
    own = next((each for each in clients if each.client_id == client_id), None)
    owner = next((each for each in clients if _secret(each) in meant), None)
    if own is None:
        if owner is None:
            return None
        return Compared(
            "other-id", _certainty(owner, is_bound=is_bound), f"config.{owner.label}.client_id"
        )
    where = f"config.{own.label}.client_secret"
    known = _secret(own)
    if known is None:
        return None
    if known in meant:
        return Compared("server-has-another", Certainty.LIKELY, where)
    if known.strip() in {each.strip() for each in meant}:
        return Compared("blanks", _certainty(own, is_bound=is_bound), where)
    if owner is not None:
        return Compared("of-another-client", _certainty(own, is_bound=is_bound), where)
    return Compared("not-this-secret", _certainty(own, is_bound=is_bound), where)


def _secret(client: OauthClient) -> str | None:
    return client.client_secret.value if client.client_secret else None


def _certainty(client: OauthClient, *, is_bound: bool) -> Certainty:
    return Certainty.PROVEN if is_bound and client.host != "*" else Certainty.LIKELY
