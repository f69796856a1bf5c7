import asyncio

from mitmproxy import options
from mitmproxy.tools.dump import DumpMaster

from why401.proxy.webpage import open_page


def test_a_ui_without_a_page_is_left_alone() -> None:
    async def opened() -> None:
        open_page(DumpMaster(options.Options(), with_termlog=False, with_dumper=False))

    asyncio.run(opened())
