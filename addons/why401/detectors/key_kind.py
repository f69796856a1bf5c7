"""Is this another vendor's key, or another kind of key than the call takes?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.keys import key_kind
from why401.detectors.refusal import judged_credentials
from why401.detectors.server_texts import texts
from why401.detectors.traits import Trait
from why401.knowledge.folding import folded
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("auth/key-wrong-kind",)
NEEDS = frozenset({Trait.REFUSED, Trait.CREDENTIALS})

_HOSTS = {
    "anthropic": ("api.anthropic.com",),
    "docker": ("auth.docker.io", "registry-1.docker.io", "hub.docker.com"),
    "github": ("api.github.com", "github.com", "ghcr.io", "raw.githubusercontent.com"),
    "gitlab": ("gitlab.com", "registry.gitlab.com"),
    "huggingface": ("huggingface.co", "api-inference.huggingface.co"),
    "npm": ("registry.npmjs.org",),
    "openai": ("api.openai.com",),
    "pypi": ("pypi.org", "upload.pypi.org", "test.pypi.org"),
    "sendgrid": ("api.sendgrid.com",),
    "slack": ("slack.com", "www.slack.com"),
    "stripe": ("api.stripe.com",),
}
"""Hosts that take the keys of one vendor alone; kinds of keys begin with the vendor's name."""
_OWNERS = {host: vendor for vendor, hosts in _HOSTS.items() for host in hosts}
_NEVER = {
    "stripe-publishable-key": "stripe",
    "stripe-publishable-test-key": "stripe",
    "stripe-webhook-secret": "stripe",
    "slack-app-token": "slack",
}
"""Kinds that the vendor's own API refuses for most calls."""
_SAYS_KIND = ("publishable", "secret key", "test mode", "live mode", "token type", "app-level")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding for a key whose public prefix says that it is of another vendor than the
    host, or of a kind that most calls do not take."""
    vendor = _OWNERS.get(case.exchange.request.host.lower())
    if vendor is None:
        return
    for credential in judged_credentials(case)[:1]:
        sent = credential.authorization.token if credential.authorization else credential.value
        if credential.basic is not None:
            sent = credential.basic.user or ""
        kind = key_kind(sent)
        if kind is None or kind in ("jwt", "openai-style-key"):
            return
        owner = kind.partition("-")[0]
        is_foreign = owner in _HOSTS and owner != vendor
        if not is_foreign and _NEVER.get(kind) != vendor:
            return
        says = any(word in folded(text) for _, text in texts(case) for word in _SAYS_KIND)
        # Some calls do take the other kind, so that the prefix alone is a hint.
        certainty = Certainty.LIKELY if says or is_foreign else Certainty.POSSIBLE
        yield Finding(
            "auth/key-wrong-kind",
            Certainty.LIKELY,
            (Evidence(credential.where, {"kind": kind}),),
            (CauseFound("other-kind", certainty),),
        )
