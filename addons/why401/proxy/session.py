"""One session of the proxy: what it knows, what it has seen, and which flows it has marked.

Everything of the core that the proxy uses is reached through here. The addon loads this module
when mitmproxy already listens, so that the core does not delay the start.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import weakref
from collections.abc import Callable

import msgspec
from mitmproxy import ctx, hooks, http

from why401.case import Case
from why401.configuration import Configuration
from why401.credentials.show import show_challenge, show_credential
from why401.diagnose import Diagnoser
from why401.knowledge.load import KnowledgeSource, Loaded
from why401.knowledge.words import Language
from why401.masking import Masker
from why401.model import Diagnosis, Exchange
from why401.proxy.annotate import annotate, diagnosis_of
from why401.proxy.edited import altered_otherwise
from why401.proxy.exchange import exchange_from_flow, messages_of
from why401.proxy.metadata import METADATA
from why401.proxy.witness import Witness
from why401.report.story import story
from why401.report.text import plain_text
from why401.triage import Look, authorization
from why401.triage.closing import closing_of

logger = logging.getLogger(__name__)


class Session:
    """Diagnoses flows and shows the outcome on them."""

    def __init__(self, configuration: Configuration, language: Language) -> None:
        self.language: Language = language
        self.masker = Masker(secrets.token_bytes(32))
        self._configuration = configuration
        self._flagged: weakref.WeakValueDictionary[str, http.HTTPFlow] = (
            weakref.WeakValueDictionary()
        )
        self._searches: set[asyncio.Task[None]] = set()
        self.witness: Witness | None = None
        """Who saw requests before this mitmproxy changed them, while it may."""
        self.renew()

    def renew(self) -> None:
        """Read the rules again and forget what was seen."""
        self._source = KnowledgeSource(self._configuration.rule_folders)
        self.knowledge = self._source.loaded.knowledge
        self.diagnoser = Diagnoser(self.knowledge, self._configuration.keys, self.masker)
        self._tell_news(self._source.loaded)

    def _tell_news(self, loaded: Loaded) -> None:
        for error in self._source.news():
            logger.warning("rule left out: %s", error)
        for rule_id in loaded.replaced:
            logger.info("rule %s is replaced by yours", rule_id)

    # -- traffic ----------------------------------------------------------------------------

    def response(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange whose answer is in, if it needs a closer look."""
        answer = flow.response
        if answer is None:
            return
        sent, got = flow.request.data, answer.data
        look = self.diagnoser.look(
            got.status_code,
            sent.host,
            sent.method,
            sent.path,
            got.headers.fields + got.trailers.fields if got.trailers else got.headers.fields,
            got.content,
            sent.content,
            sent.headers.fields,
        )
        if look:
            self.diagnose(flow, look)
        elif 200 <= got.status_code < 300:
            found = authorization(sent.headers.fields)
            history, at_s = self.diagnoser.history, got.timestamp_start
            if history.opens_oddly(sent.method, sent.host, sent.path, found, at_s):
                self.diagnose(flow)
            elif found and found[:7].lower() == b"digest ":
                # Its nonce and count, and the next nonce in the answer, are learnt as well.
                self.diagnoser.diagnose(exchange_from_flow(flow))
            elif found:
                history.learn_success(sent.method, sent.host, sent.path, found, flow.id, at_s)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Diagnose a handshake again whose WebSocket has ended, and now tells of a refusal."""
        if closing_of(messages_of(flow.websocket)) is not None:
            self.diagnose(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Diagnose an exchange that ended without a whole answer."""
        # A head may have come before the answer broke off, and may already be a refusal.
        status = flow.response.data.status_code if flow.response else 0
        if self.diagnoser.needs_look(status, flow.request.data.host):
            self.diagnose(flow)

    def diagnose(self, flow: http.HTTPFlow, look: Look | None = None) -> None:
        """Diagnose `flow` and show the outcome on it, and on earlier flows that it revises; `look`
        is what triage said of it, where it was asked."""
        renewed = self._source.refreshed(time.monotonic())
        if renewed is not None:
            self.knowledge = self.diagnoser.knowledge = renewed.knowledge
            self._tell_news(renewed)
        outcome = self.diagnoser.diagnose(self._exchange(flow), look)
        self._show(flow, outcome.diagnosis)
        if outcome.deeper is not None:
            self._search_on(flow, outcome.diagnosis, outcome.deeper)
        changed = []
        for flow_id, diagnosis in outcome.revised:
            earlier = self._flagged.get(flow_id)
            if earlier is not None:
                self._show(earlier, diagnosis)
                changed.append(earlier)
        if changed:
            ctx.master.addons.trigger(hooks.UpdateHook(changed))

    def _exchange(self, flow: http.HTTPFlow) -> Exchange:
        exchange = exchange_from_flow(flow)
        altered = self.witness.altered(flow, ctx.options) if self.witness else ()
        altered += altered_otherwise(flow, ctx.options)
        return msgspec.structs.replace(exchange, altered=altered) if altered else exchange

    def _search_on(
        self, flow: http.HTTPFlow, shown: Diagnosis, deeper: Callable[[], Diagnosis]
    ) -> None:
        """Try combined mistakes beside the event loop, and show what they explain: traffic does
        not wait for it. Where nothing was found beyond what is `shown`, only how many were tried
        is new, and no page need hear of it."""
        standing = flow.metadata.get(METADATA)

        async def search() -> None:
            found = await asyncio.to_thread(deeper)
            if flow.metadata.get(METADATA) is not standing:
                return  # a later exchange, or a new diagnosis, has had its word since
            self._show(flow, found)
            if found.findings != shown.findings:
                ctx.master.addons.trigger(hooks.UpdateHook([flow]))

        task = asyncio.get_running_loop().create_task(search(), name="why401 signature search")
        self._searches.add(task)
        task.add_done_callback(self._searches.discard)

    def _show(self, flow: http.HTTPFlow, diagnosis: Diagnosis) -> None:
        annotate(flow, diagnosis, self.knowledge, self.language)
        if diagnosis.findings:
            self._flagged[flow.id] = flow

    # -- words ------------------------------------------------------------------------------

    def told(self, flow: http.HTTPFlow, width: int) -> str:
        """Return the story of `flow` as text; of a healthy one, its credentials decoded."""
        diagnosis = diagnosis_of(flow) or self._described(flow)
        lines = story(diagnosis, self.knowledge, self.language)
        return plain_text(lines, self.language, width)

    def _described(self, flow: http.HTTPFlow) -> Diagnosis:
        case = Case(exchange_from_flow(flow))
        return Diagnosis(
            credentials=(
                *(show_credential(credential, self.masker) for credential in case.credentials),
                *(show_challenge(challenge) for challenge in case.challenges),
            )
        )
