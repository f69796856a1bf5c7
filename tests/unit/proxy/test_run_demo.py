from why401.config import Config
from why401.configuration import keys_from
from why401.proxy.run_demo import _merchant_keys
from why401.sandbox import Sandbox


def test_the_demo_knows_the_keys_of_its_own_merchant(sandbox: Sandbox) -> None:
    """So that signatures are proven there, not guessed."""
    (merchant,) = keys_from(Config(credentials=_merchant_keys(sandbox))).wechatpay
    assert merchant.mchid == sandbox.merchant.mchid
    assert sandbox.merchant.api_v2_key not in repr(merchant)
