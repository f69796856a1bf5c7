"""paySign of API v3: the four lines that a backend signs so that its app may call the cashier.

appId, time, random text, and the package (JSAPI, mini program) or the bare prepay_id (APP), each
ended by a newline, signed with the merchant's private key.
Source: https://developers.weixin.qq.com/community/pay/article/doc/0004683a910a8867da10b2dc261413
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from why401.signatures.engine import Mistake, Parts
from why401.signatures.frames import Frame, always, double_hashed, joined
from why401.signatures.timestamps import milliseconds, near

APPID, TIMESTAMP, NONCE, FOURTH, FRAME = range(5)
PREFIX = b"prepay_id="


class PaySignV3(msgspec.Struct, frozen=True):
    """What is handed to the app. `fourth` is the fourth line as it should be; `package` what the
    app is given under that name; `appids` are all that are known, `nonces` random texts seen."""

    is_app: bool
    appid: bytes
    timestamp: bytes
    nonce: bytes
    fourth: bytes
    package: bytes = b""
    appids: tuple[str, ...] = ()
    nonces: tuple[str, ...] = ()

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (self.appid, self.timestamp, self.nonce, self.fourth, four_lines)


def four_lines(appid: bytes, timestamp: bytes, nonce: bytes, fourth: bytes) -> bytes:
    """Return the message as it should be."""
    return b"%b\n%b\n%b\n%b\n" % (appid, timestamp, nonce, fourth)


def message(parts: Parts) -> bytes:
    """Return the bytes that `parts` give."""
    signed: bytes = parts[FRAME](*parts[:FRAME])
    return signed


def _appids(claim: PaySignV3, _: bytes) -> Iterator[bytes]:
    for appid in claim.appids:
        yield appid.encode("utf-8", "replace")


def _prefix_missing(claim: PaySignV3, fourth: bytes) -> Iterator[bytes]:
    if not claim.is_app:
        yield fourth.removeprefix(PREFIX)


def _prefix_extra(claim: PaySignV3, fourth: bytes) -> Iterator[bytes]:
    if claim.is_app:
        yield PREFIX + fourth


def _package_signed(claim: PaySignV3, _: bytes) -> Iterator[bytes]:
    if claim.is_app:
        yield claim.package
        yield b"Sign=WXPay"


def _package_encoded(_: PaySignV3, fourth: bytes) -> Iterator[bytes]:
    yield quote(fourth, safe="").encode()
    yield quote(fourth, safe="=").encode()


def _ts_near(_: PaySignV3, value: bytes) -> Iterator[bytes]:
    return near(value, range(1, 11))


def _ts_far(_: PaySignV3, value: bytes) -> Iterator[bytes]:
    return near(value, range(11, 601))


def _ts_millis(_: PaySignV3, value: bytes) -> Iterator[bytes]:
    yield value + b"000" if len(value) == 10 else value[:10]


def _ts_all_millis(_: PaySignV3, value: bytes) -> Iterator[bytes]:
    return milliseconds(value)


def _nonces(claim: PaySignV3, _: bytes) -> Iterator[bytes]:
    for nonce in claim.nonces:
        yield nonce.encode("utf-8", "replace")


def _nonce_case(_: PaySignV3, value: bytes) -> Iterator[bytes]:
    yield value.upper()
    yield value.lower()
    yield value.replace(b"-", b"")


def _with_fifth(fifth: bytes) -> Frame:
    return lambda *lines: four_lines(*lines) + fifth + b"\n"


def _like_request(method: bytes, path: bytes) -> Frame:
    return lambda _, timestamp, nonce, fourth: (
        b"%b\n%b\n%b\n%b\n%b\n"
        % (
            method,
            path,
            timestamp,
            nonce,
            fourth,
        )
    )


def _named(names: tuple[bytes, ...], joiner: bytes, *more: bytes, is_sorted: bool) -> Frame:
    """Return the frame of names with values, as API v2 signs them, sorted or in their order."""

    def framed(*lines: bytes) -> bytes:
        pairs = [name + b"=" + line for name, line in zip(names, lines, strict=True)] + [*more]
        ending = b"\n" if joiner == b"\n" else b""
        return joiner.join(sorted(pairs) if is_sorted else pairs) + ending

    return framed


_NAMED = tuple(
    frame
    for names in (
        (b"appId", b"timeStamp", b"nonceStr", b"package"),
        (b"appid", b"timestamp", b"noncestr", b"prepayid"),
    )
    for frame in (
        _named(names, b"&", b"signType=RSA", is_sorted=True),
        _named(names, b"&", is_sorted=True),
        _named(names, b"&", is_sorted=False),
        _named(names, b"\n", is_sorted=False),
    )
)


_JSAPI_PATH, _APP_PATH = b"/v3/pay/transactions/jsapi", b"/v3/pay/transactions/app"

PAYSIGN_V3_MISTAKES: tuple[Mistake, ...] = (
    Mistake("ps-prefix-missing", FOURTH, _prefix_missing),
    Mistake("ps-prefix-extra", FOURTH, _prefix_extra),
    Mistake("ps-no-final-newline", FRAME, always(joined(b"\n", b""))),
    Mistake("ps-appid-value", APPID, _appids),
    Mistake("ps-ts-nonce-regenerated", TIMESTAMP, _ts_near),
    Mistake("ps-ts-nonce-regenerated", NONCE, _nonces),
    Mistake("ps-ts-millis", TIMESTAMP, _ts_millis),
    Mistake("ps-app-package-signed", FOURTH, _package_signed),
    Mistake("ps-signtype-in-rsa", FRAME, always(_with_fifth(b"RSA"), _with_fifth(b"rsa"))),
    Mistake("ps-package-encoded", FOURTH, _package_encoded),
    Mistake("ps-appid-missing", FRAME, always(joined(b"\n", b"\n", (1, 2, 3)))),
    Mistake("ps-version-mix", FRAME, always(*_NAMED), at_once=2),
    Mistake(
        "ps-five-line-style",
        FRAME,
        always(
            *(
                _like_request(method, path)
                for method in (b"GET", b"POST")
                for path in (_JSAPI_PATH, _APP_PATH)
            )
        ),
    ),
    Mistake("v3-nonce-variant", NONCE, _nonce_case),
    Mistake("v3-crlf-lines", FRAME, always(joined(b"\r\n", b"\r\n"), joined(b"\r\n", b""))),
    Mistake(
        "v3-literal-backslash-n",
        FRAME,
        always(joined(rb"\n", rb"\n"), joined(rb"\n", b""), joined(rb"\n", b"\n")),
    ),
    Mistake("v3-extra-newline", FRAME, always(joined(b"\n", b"\n\n"))),
    Mistake(
        "v3-line-order",
        FRAME,
        always(
            joined(b"\n", b"\n", (0, 2, 1, 3)),
            joined(b"\n", b"\n", (1, 2, 0, 3)),
            joined(b"\n", b"\n", (0, 1, 3, 2)),
            joined(b"\n", b"\n", (0, 3, 1, 2)),
            joined(b"\n", b"\n", (3, 0, 1, 2)),
        ),
    ),
    Mistake(
        "v3-joiner",
        FRAME,
        always(joined(b"", b""), joined(b"&", b""), joined(b" ", b""), joined(b",", b"")),
    ),
    Mistake(
        "v3-double-hash",
        FRAME,
        always(*double_hashed(four_lines)),
    ),
    Mistake("ps-ts-nonce-regenerated", TIMESTAMP, _ts_far, is_wide=True),
    Mistake("ps-ts-millis", TIMESTAMP, _ts_all_millis, is_wide=True),
)
