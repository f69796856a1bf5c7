"""The one addon object: mitmproxy's hooks, options and commands, each a few lines.

Every addon object costs about one per cent of throughput, and so does every hook that need not
be: there are two on the way of HTTP, `response` and `error`. What they do is in `session`,
which is loaded when the proxy already listens.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mitmproxy import addonmanager, command, contentviews, ctx, exceptions, flow, hooks, http, types

from why401.config import Language as Configured
from why401.configuration import DEFAULTS, Configuration, read_configuration
from why401.documents import DocumentError
from why401.language import counted, said, spoken
from why401.proxy.contentview import Why401View
from why401.proxy.metadata import METADATA
from why401.proxy.webpage import open_page
from why401.proxy.witness import CHANGERS, witness_for

if TYPE_CHECKING:
    from why401.knowledge.words import Language
    from why401.proxy.export import Exports
    from why401.proxy.session import Session

logger = logging.getLogger(__name__)
PRINT_WIDTH = 100


class Why401:
    """Diagnoses each exchange when its answer is in, and shows the outcome on its flow."""

    name = "why401"

    def __init__(self, configuration: Configuration = DEFAULTS) -> None:
        self.configuration = configuration
        self.spoken: Language = spoken(configuration.settings.language, os.environ)
        self._session: Session | None = None
        self._exports: Exports | None = None

    def session(self) -> Session:
        """Return what diagnoses; it is made when the proxy listens, or at the first need.

        Not a property: mitmproxy reads every attribute of an addon when it registers it.
        """
        if self._session is None:
            from why401.proxy.session import Session

            self._session = Session(self.configuration, self.spoken)
            self._session.witness = witness_for(ctx.master.addons, ctx.options)
        return self._session

    # -- mitmproxy's life cycle -------------------------------------------------------------

    def load(self, loader: addonmanager.Loader) -> None:
        """Register the options and the content view."""
        loader.add_option(
            "why401_config", str, "", "Configuration file of why401 (mitm_config.yaml)."
        )
        loader.add_option(
            "why401_lang",
            str,
            self.configuration.settings.language.value,
            "Language of why401's findings.",
            choices=["auto", "zh", "en"],
        )
        loader.add_option(
            "why401_redact",
            bool,
            self.configuration.settings.redact,
            "Replace secrets in what why401 exports.",
        )
        contentviews.add(Why401View(weakref.ref(self)))
        open_page(ctx.master)

    def configure(self, updated: set[str]) -> None:
        """Take over changed options; a wrong configuration is one line and no start."""
        if "why401_config" in updated and ctx.options.why401_config:
            path = Path(ctx.options.why401_config).expanduser()
            try:
                self.configuration = read_configuration(path, os.environ)
            except DocumentError as error:
                raise exceptions.OptionsError(str(error)) from None
            self.spoken = spoken(self.configuration.settings.language, os.environ)
            self._session = None
        if "why401_lang" in updated and ctx.options.why401_lang != "auto":
            try:
                chosen = Configured(ctx.options.why401_lang)
            except ValueError:
                # mitmproxy holds only its own command line to an option's choices, not `--set`.
                raise exceptions.OptionsError("why401_lang: expected auto, zh or en") from None
            self.spoken = spoken(chosen, os.environ)
        if not updated.isdisjoint(CHANGERS):
            witness = witness_for(ctx.master.addons, ctx.options)
            if self._session is not None:
                self._session.witness = witness
        if self._session is not None:
            self._session.language = self.spoken

    def running(self) -> None:
        """Load the core: the proxy listens by now."""
        self.session()

    async def done(self) -> None:
        """Let what is being exported be written before the proxy ends."""
        if self._exports is not None:
            await self._exports.done()

    # -- traffic ----------------------------------------------------------------------------

    def response(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange whose answer is in."""
        (self._session or self.session()).response(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange that ended without a whole answer."""
        if isinstance(flow, http.HTTPFlow):
            self.session().error(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Diagnose a WebSocket that the server closed because of its credentials."""
        self.session().websocket_end(flow)

    # -- commands ---------------------------------------------------------------------------

    @command.command("why401.diagnose")
    def diagnose(self, flows: Sequence[flow.Flow]) -> str:
        """Diagnose flows again, after a change of rules or configuration."""
        self.session().renew()
        exchanges = [item for item in flows if isinstance(item, http.HTTPFlow)]
        exchanges.sort(key=lambda item: item.request.timestamp_start)
        for item in exchanges:
            self.session().diagnose(item)
        ctx.master.addons.trigger(hooks.UpdateHook(exchanges))
        count, flagged = len(exchanges), sum(METADATA in item.metadata for item in exchanges)
        return self._told(
            f"已诊断 {count} 个请求，{flagged} 个有问题",
            f"diagnosed {counted(count, 'exchange')}, {flagged} with findings",
        )

    @command.command("why401.export")
    def export(self, flows: Sequence[flow.Flow], path: types.Path) -> str:
        """Export flows as an annotated HAR, redacted unless why401_redact is off."""
        from why401.proxy.export import Exports
        from why401.report.atomic import OutputError

        exchanges = [item for item in flows if isinstance(item, http.HTTPFlow)]
        count, target = len(exchanges), Path(path).expanduser()
        written: list[str] = []

        def told(receipt: str) -> None:
            line = self._told(
                f"已写入 {target}：{count} 个请求；{receipt}",
                f"wrote {target}: {counted(count, 'exchange')}; {receipt}",
            )
            written.append(line)

        if self._exports is None:
            self._exports = Exports()
        try:
            self._exports.export(
                exchanges, target, self.session(), told, redact=ctx.options.why401_redact
            )
        except OutputError as error:
            raise exceptions.CommandError(str(error)) from None
        if written:
            return written[0]
        return self._told(
            f"正在写入 {target}：{count} 个请求，写完会再说一声",
            f"writing {target}: {counted(count, 'exchange')}; another line says when it is done",
        )

    @command.command("why401.explain")
    def explain(self, flow: flow.Flow) -> str:
        """Say why this exchange failed."""
        if not isinstance(flow, http.HTTPFlow):
            raise exceptions.CommandError("why401.explain needs an HTTP flow")
        return self.session().told(flow, PRINT_WIDTH)

    def _told(self, zh: str, en: str) -> str:
        """Say what a command did, in the log as well: mitmweb shows no result of commands."""
        line = said(self.spoken, zh, en)
        logger.info(line)
        return line
