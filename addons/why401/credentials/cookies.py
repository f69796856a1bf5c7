"""Cookies in both directions (RFC 6265), split as browsers and servers do, bounded."""

from __future__ import annotations

from why401.masking import Unshown

MAX_CHARS = 64 * 1024
MAX_COOKIES = 200
MAX_ATTRIBUTES = 50


class SetCookie(Unshown, frozen=True):
    """One Set-Cookie: attribute names in lower case in the order sent, flags with empty value."""

    name: str
    value: str
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, name: str) -> str | None:
        """Return the last attribute called `name` (the last one counts), or None."""
        wanted = name.lower()
        return next((value for key, value in reversed(self.attributes) if key == wanted), None)


def parse_cookie_header(text: str) -> tuple[tuple[str, str], ...]:
    """Return the cookies of a Cookie value in order; pieces without `=` have an empty name."""
    pieces = text[:MAX_CHARS].split(";", MAX_COOKIES)[:MAX_COOKIES]
    return tuple(_pair(piece) for piece in pieces if piece.strip(" \t"))


def parse_set_cookie(text: str) -> SetCookie | None:
    """Return the cookie that a Set-Cookie value sets, None where browsers would ignore it."""
    pieces = text[:MAX_CHARS].split(";", MAX_ATTRIBUTES + 1)[: MAX_ATTRIBUTES + 1]
    name, value = _pair(pieces[0].strip(" \t"))
    if not name and not value:
        return None
    attributes: list[tuple[str, str]] = []
    for piece in pieces[1:]:
        key, _, argument = piece.partition("=")
        if key := key.strip(" \t").lower():
            attributes.append((key, argument.strip(" \t")))
    return SetCookie(name, value, tuple(attributes))


def _pair(piece: str) -> tuple[str, str]:
    name, equals, value = piece.partition("=")
    if not equals:
        return "", name.strip(" \t")
    return name.strip(" \t"), value.strip(" \t")
