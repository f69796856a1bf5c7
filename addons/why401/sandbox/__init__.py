"""The embedded server that stands in for WeChat's hosts and for an ordinary API."""

from why401.sandbox.merchant import Merchant
from why401.sandbox.server import Sandbox

__all__ = ["Merchant", "Sandbox"]
