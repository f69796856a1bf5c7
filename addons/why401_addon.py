"""Loads why401 into a mitmproxy of your own: `mitmweb -s addons/why401_addon.py`."""

from why401.proxy.addon import Why401

addons = [Why401()]
