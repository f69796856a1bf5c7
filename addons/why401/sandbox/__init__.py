"""The embedded server that stands in for WeChat's hosts and for an ordinary API.

`server` speaks HTTP and hands each call (`calls`) to who answers for its host: `weixin`, `wecom`,
`wechatpay`, `shop`. `tour` is the traffic of the demo, good and bad, that `client` sends.
"""

from why401.sandbox.merchant import Merchant
from why401.sandbox.server import Sandbox

__all__ = ["Merchant", "Sandbox"]
