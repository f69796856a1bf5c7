"""Virtual payments as a shop signs them."""

from __future__ import annotations

import hashlib
import hmac


def pay_sig(key: str, text: str) -> str:
    """Return the `pay_sig` of `text` by an app key."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
