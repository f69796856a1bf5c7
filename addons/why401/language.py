"""Which language to speak when the configuration says `auto`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from why401.config import Language
from why401.later import later

if TYPE_CHECKING:
    import locale

    from why401.knowledge.words import Language as Spoken
else:
    locale = later("locale")


def spoken(configured: Language, environment: Mapping[str, str]) -> Spoken:
    """Return "zh" or "en": what is configured, else what the locale says.

    The environment decides in the order of POSIX (LC_ALL, LC_MESSAGES, LANG); where it says
    nothing (Windows, a desktop program on macOS) the system's own setting does.
    """
    if configured is not Language.AUTO:
        return "zh" if configured is Language.ZH else "en"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    system = locale.getlocale()[0] or ""
    return "zh" if system.lower().startswith(("zh", "chinese")) else "en"


def said(language: Spoken, zh: str, en: str) -> str:
    """Return a message of the program's own in `language`."""
    return zh if language == "zh" else en


def counted(count: int, thing: str) -> str:
    """Return how many there are in English: `1 exchange`, `2 exchanges`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
