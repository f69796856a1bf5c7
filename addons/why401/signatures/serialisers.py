"""What whole serialisers write for a JSON body: several differences at once, each told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from why401.signatures.engine import Told
from why401.signatures.json_text import (
    HTML,
    HTML_AND_QUOTE,
    JsonText,
    dotnet_safe,
    escaped_non_ascii,
    html_safe,
    html_unsafe,
    slashed,
    unescaped_non_ascii,
    unslashed,
)


def serialisers(prefix: str, text: str, body: JsonText, *, all_of_them: bool) -> Iterator[Told]:
    """Yield what whole serialisers write, each told by all that they do differently here.

    First those in wide use; with `all_of_them` every combination of white space, escapes, slashes,
    HTML escapes and order.
    """
    if body.value is None:
        return
    spaces: dict[str, Callable[[], str]] = {
        "": lambda: text,
        "body-spaced": lambda: body.python,
        "body-compact": lambda: body.compact,
    }
    if all_of_them:
        ordered = body.rewritten(lambda value: value, sort_keys=True) or text
        sorted_body = JsonText(ordered)
        spaces |= {
            "body-pretty": body.pretty,
            "body-keyorder body-compact": lambda: sorted_body.compact,
            "body-keyorder body-spaced": sorted_body.spaced,
            "body-keyorder body-pretty": lambda: sorted_body.pretty("    "),
            " body-pretty": lambda: body.pretty("    "),
        }
        escapes, slashes, html = _ESCAPES, _SLASHES, _HTML
    else:
        escapes, slashes, html = _ESCAPES[:3], _SLASHES, _HTML[:1]
    for space, base in spaces.items():
        start = base()
        spacing = tuple(space.split()) if start != text else ()
        if space and not spacing:
            continue
        # Each step that changes nothing here has not been done: it is not told, nor tried again.
        for html_name, escaping in html:
            safe = escaping(start)
            if html_name and safe == start:
                continue
            for escape_name, escape in escapes:
                escaped = escape(safe)
                if escape_name and escaped == safe:
                    continue
                for slash_name, slashing in slashes:
                    value = slashing(escaped)
                    if slash_name and value == escaped:
                        continue
                    names = (*spacing, slash_name, html_name, escape_name)
                    told = tuple(prefix + name for name in names if name)
                    if len(told) > 1:
                        yield Told(told, value)


type _Step = tuple[str, Callable[[str], str]]


def _same(text: str) -> str:
    return text


_ESCAPES: tuple[_Step, ...] = (
    ("", _same),
    ("body-ascii", escaped_non_ascii),
    ("body-utf8", unescaped_non_ascii),
    ("body-ascii", lambda text: escaped_non_ascii(text, upper=True)),
)
_SLASHES: tuple[_Step, ...] = (
    ("", _same),
    ("body-slash", slashed),
    ("body-unslash", unslashed),
)
_HTML: tuple[_Step, ...] = (
    ("", _same),
    ("body-htmlsafe", lambda text: html_safe(text, HTML)),
    ("body-htmlsafe", lambda text: html_safe(text, HTML_AND_QUOTE)),
    ("body-htmlsafe", lambda text: html_safe(text, HTML, upper=True)),
    ("body-htmlsafe", dotnet_safe),
    ("body-htmlsafe", html_unsafe),
)
