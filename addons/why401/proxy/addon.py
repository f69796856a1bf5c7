"""The one addon object: mitmproxy's hooks, options and commands, each a few lines.

Every addon object costs about one per cent of throughput, and so does every hook that need not
be: there are two on the way of traffic, `response` and `error`, and a healthy exchange leaves
them after a look at its status and host.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from mitmproxy import addonmanager, command, contentviews, ctx, exceptions, flow, hooks, http, types

from why401.case import Case
from why401.config import Language as Configured
from why401.configuration import DEFAULTS, Configuration, read_configuration
from why401.credentials.show import show_challenge, show_credential
from why401.diagnose import Diagnoser
from why401.documents import DocumentError
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language
from why401.language import spoken
from why401.masking import Masker
from why401.model import Diagnosis
from why401.proxy.annotate import annotate, diagnosis_of
from why401.proxy.contentview import Why401View
from why401.proxy.exchange import exchange_from_flow
from why401.proxy.export import export_flows
from why401.proxy.webpage import open_page
from why401.report.atomic import OutputError
from why401.report.redact import Redactor
from why401.report.story import story
from why401.report.text import plain_text
from why401.triage import authorization

logger = logging.getLogger(__name__)


class Why401:
    """Diagnoses each exchange when its answer is in, and shows the outcome on its flow."""

    name = "why401"

    def __init__(self, configuration: Configuration = DEFAULTS) -> None:
        self.configuration = configuration
        self.masker = Masker(secrets.token_bytes(32))
        self.spoken: Language = spoken(configuration.settings.language, os.environ)
        self._flagged: weakref.WeakValueDictionary[str, http.HTTPFlow] = (
            weakref.WeakValueDictionary()
        )
        self._searches: set[asyncio.Task[None]] = set()
        self._load_knowledge()

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
        reference = weakref.ref(self)
        contentviews.add(Why401View(reference))
        open_page(ctx.master)

    def configure(self, updated: set[str]) -> None:
        """Take over changed options; a wrong configuration is one line and no start."""
        if "why401_config" in updated and ctx.options.why401_config:
            path = Path(ctx.options.why401_config).expanduser()
            try:
                self.configuration = read_configuration(path, os.environ)
            except DocumentError as error:
                raise exceptions.OptionsError(str(error)) from None
            self._load_knowledge()
            self.spoken = spoken(self.configuration.settings.language, os.environ)
        if "why401_lang" in updated and ctx.options.why401_lang != "auto":
            self.spoken = spoken(Configured(ctx.options.why401_lang), os.environ)

    def _load_knowledge(self) -> None:
        loaded = load_knowledge(self.configuration.rule_folders)
        for error in loaded.errors:
            logger.warning("rule left out: %s", error)
        for rule_id in loaded.replaced:
            logger.info("rule %s is replaced by yours", rule_id)
        self.knowledge = loaded.knowledge
        self.diagnoser = Diagnoser(self.knowledge, self.configuration.keys, self.masker)

    # -- traffic ----------------------------------------------------------------------------

    def response(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange whose answer is in."""
        answer = flow.response
        if answer is None:
            return
        sent, got = flow.request.data, answer.data
        look = self.diagnoser.look(
            got.status_code,
            sent.host,
            sent.method,
            sent.path,
            got.headers.fields,
            got.content,
            sent.content,
        )
        if look:
            self._diagnose(flow)
        elif 200 <= got.status_code < 300 and (found := authorization(sent.headers.fields)):
            self.diagnoser.history.learn_success(
                sent.method, sent.host, sent.path, found, flow.id, got.timestamp_start
            )

    def error(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange that ended without a whole answer."""
        if not isinstance(flow, http.HTTPFlow):
            return
        # A head may have come before the answer broke off, and may already be a refusal.
        status = flow.response.data.status_code if flow.response else 0
        if self.diagnoser.needs_look(status, flow.request.data.host):
            self._diagnose(flow)

    def _diagnose(self, flow: http.HTTPFlow) -> None:
        outcome = self.diagnoser.diagnose(exchange_from_flow(flow))
        self._show(flow, outcome.diagnosis)
        if outcome.deeper is not None:
            self._search_on(flow, outcome.deeper)
        changed = []
        for flow_id, diagnosis in outcome.revised:
            earlier = self._flagged.get(flow_id)
            if earlier is not None:
                self._show(earlier, diagnosis)
                changed.append(earlier)
        if changed:
            ctx.master.addons.trigger(hooks.UpdateHook(changed))

    def _search_on(self, flow: http.HTTPFlow, deeper: Callable[[], Diagnosis]) -> None:
        """Try combined mistakes beside the event loop, and show what they explain: traffic does
        not wait for it."""

        async def search() -> None:
            self._show(flow, await asyncio.to_thread(deeper))
            ctx.master.addons.trigger(hooks.UpdateHook([flow]))

        task = asyncio.get_running_loop().create_task(search(), name="why401 signature search")
        self._searches.add(task)
        task.add_done_callback(self._searches.discard)

    def _show(self, flow: http.HTTPFlow, diagnosis: Diagnosis) -> None:
        annotate(flow, diagnosis, self.knowledge, self.spoken)
        if diagnosis.findings:
            self._flagged[flow.id] = flow

    def described(self, flow: http.HTTPFlow) -> Diagnosis:
        """Return what a healthy exchange shows when it is looked at: its credentials, decoded."""
        case = Case(exchange_from_flow(flow))
        return Diagnosis(
            credentials=(
                *(show_credential(credential, self.masker) for credential in case.credentials),
                *(show_challenge(challenge) for challenge in case.challenges),
            )
        )

    # -- commands ---------------------------------------------------------------------------

    @command.command("why401.diagnose")
    def diagnose(self, flows: Sequence[flow.Flow]) -> str:
        """Diagnose flows again, after a change of rules or configuration."""
        self._load_knowledge()
        exchanges = [item for item in flows if isinstance(item, http.HTTPFlow)]
        exchanges.sort(key=lambda item: item.request.timestamp_start)
        for item in exchanges:
            self._diagnose(item)
        ctx.master.addons.trigger(hooks.UpdateHook(exchanges))
        flagged = sum(diagnosis_of(item) is not None for item in exchanges)
        return self._told(
            f"已诊断 {len(exchanges)} 个请求，{flagged} 个有问题",
            f"diagnosed {len(exchanges)} exchanges, {flagged} with findings",
        )

    @command.command("why401.export")
    def export(self, flows: Sequence[flow.Flow], path: types.Path) -> str:
        """Export flows as an annotated HAR, redacted unless why401_redact is off."""
        exchanges = [item for item in flows if isinstance(item, http.HTTPFlow)]
        redactor = Redactor(self.masker) if ctx.options.why401_redact else None
        try:
            receipt = export_flows(
                exchanges, Path(path).expanduser(), self.knowledge, self.spoken, redactor
            )
        except OutputError as error:
            raise exceptions.CommandError(str(error)) from None
        secrets_zh = f"隐去 {receipt.total} 处敏感值" if redactor else "未脱敏，不要分享"
        secrets_en = f"{receipt.total} secrets replaced" if redactor else "NOT redacted, keep it"
        return self._told(
            f"已写入 {path}：{len(exchanges)} 个请求，{secrets_zh}",
            f"wrote {path}: {len(exchanges)} exchanges, {secrets_en}",
        )

    @command.command("why401.explain")
    def explain(self, flow: flow.Flow) -> str:
        """Say why this exchange failed."""
        if not isinstance(flow, http.HTTPFlow):
            raise exceptions.CommandError("why401.explain needs an HTTP flow")
        diagnosis = diagnosis_of(flow) or self.described(flow)
        return plain_text(story(diagnosis, self.knowledge, self.spoken), self.spoken)

    def _told(self, zh: str, en: str) -> str:
        """Say what a command did, in the log as well: mitmweb shows no result of commands."""
        line = zh if self.spoken == "zh" else en
        logger.info(line)
        return line
