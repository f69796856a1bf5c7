"""What is wrong with mitmproxy's options in a configuration, in one line each."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from mitmproxy import options
from mitmproxy.utils import typecheck

from why401.knowledge.words import Language
from why401.language import said
from why401.later import regex

_UIS = {"web": ("web_",), "tui": ("console_",), "none": ("dumper_", "flow_detail")}
"""Starts of options that only one UI has: one configuration serves all of them."""
_WRONG_TYPE = regex(r"Expected (.+) for \w+, but got <class '\w+'>\.")
_TYPES = {
    "Sequence": "a list (- …)",
    "bool": "true or false",
    "int": "a number",
    "str": "text",
}


def option_fault(
    name: str, value: object, opts: options.Options, ui: str, language: Language
) -> str | None:
    """Return what is wrong with an option by its name or its type: mitmproxy with `ui` has those of
    `opts`. What belongs to another UI is not known, and no fault."""
    if name not in opts:
        if name.startswith(tuple(start for other in _UIS if other != ui for start in _UIS[other])):
            return None
        nearest = difflib.get_close_matches(name, list(opts.keys()), 1)
        hint = f' → "{nearest[0]}"' if nearest else ""
        return said(
            language,
            f"mitmproxy 没有选项 “{name}”{hint}",
            f'mitmproxy has no option "{name}"{hint}',
        )
    try:
        typecheck.check_option_type(name, value, dict(opts.items())[name].typespec)
    except TypeError as error:
        return f"mitmproxy.{name}: {_wrong_type(str(error))}"
    return None


def option_faults(configured: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield what is wrong with the section `mitmproxy` of a configuration; nothing is started."""
    if configured:
        opts = asyncio.run(_options_of_mitmweb())
        faults = (
            option_fault(name, configured[name], opts, "web", language) for name in configured
        )
        yield from filter(None, faults)


async def _options_of_mitmweb() -> options.Options:
    """mitmproxy's addons add their options when they are loaded, and that wants a running loop."""
    from mitmproxy.tools.web.master import WebMaster

    opts = options.Options()
    WebMaster(opts, with_termlog=False)
    return opts


def _wrong_type(message: str) -> str:
    """Return why mitmproxy refuses the value of an option, types in the words of YAML."""
    found = _WRONG_TYPE.fullmatch(message)
    if not found:
        return message
    wanted = next((words for part, words in _TYPES.items() if part in found[1]), found[1])
    return f"{wanted} is expected"
