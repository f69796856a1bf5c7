"""Requests signed the way of clouds, rightly: what each signs is written down in its manual.

A signer is given the method and the target (path and query) of a request to the scene's host, and
returns the header fields that it adds.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import quote

from tests.negatives.world import Pairs, World

KEY_ID = "AKIAGENERATED0000001"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _moment(world: World) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(world.now_s + 1, datetime.UTC)


def sigv4(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """AWS Signature Version 4; also what MinIO and many others speak."""
    at, key = _moment(world), world.hex(40).encode()
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    region, service = world.pick("eu-central-1", "us-east-1"), world.pick("s3", "execute-api")
    payload = hashlib.sha256(body).hexdigest()
    path, _, query = target.partition("?")
    names = "host;x-amz-content-sha256;x-amz-date"
    fields = f"host:{world.host}\nx-amz-content-sha256:{payload}\nx-amz-date:{stamp}\n"
    canonical = "\n".join((method, path, query, fields, names, payload))
    scope = f"{day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    for part in (day, region, service, "aws4_request"):
        key = _mac(key if part != day else b"AWS4" + key, part)
    signature = _mac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}").hex()
    value = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, "
    value += f"Signature={signature}"
    return (("X-Amz-Date", stamp), ("X-Amz-Content-Sha256", payload), ("Authorization", value))


def tc3(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """Tencent Cloud API v3."""
    day = _moment(world).strftime("%Y-%m-%d")
    value = f"TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3/{day}/cvm/tc3_request, "
    value += f"SignedHeaders=content-type;host, Signature={world.hex(64)}"
    return (
        ("Authorization", value),
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-TC-Action", "DescribeInstances"),
        ("X-TC-Version", "2017-03-12"),
        ("X-TC-Timestamp", str(int(world.now_s + 1))),
    )


def acs3(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """Alibaba Cloud, version 3."""
    payload = hashlib.sha256(body).hexdigest()
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    value = f"ACS3-HMAC-SHA256 Credential=LTAI5tGENERATED,SignedHeaders={names},"
    value += f"Signature={world.hex(64)}"
    return (
        ("x-acs-action", "DescribeRegions"),
        ("x-acs-version", "2014-05-26"),
        ("x-acs-date", _moment(world).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("x-acs-signature-nonce", world.hex(32)),
        ("x-acs-content-sha256", payload),
        ("Authorization", value),
    )


def sdk_hmac(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """Huawei Cloud."""
    stamp = _moment(world).strftime("%Y%m%dT%H%M%SZ")
    value = "SDK-HMAC-SHA256 Access=GENERATED0000001, SignedHeaders=host;x-sdk-date, "
    return (("X-Sdk-Date", stamp), ("Authorization", value + f"Signature={world.hex(64)}"))


def oss(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """Alibaba's object store, version 1: a short HMAC over a few lines."""
    signature = base64.b64encode(world.random.randbytes(20)).decode()
    date = _moment(world).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return (("Date", date), ("Authorization", f"OSS LTAI5tGENERATED:{signature}"))


def shared_key(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """Azure Storage."""
    signature = base64.b64encode(world.random.randbytes(32)).decode()
    date = _moment(world).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return (
        ("x-ms-date", date),
        ("x-ms-version", "2024-11-04"),
        ("Authorization", f"SharedKey shopaccount:{signature}"),
    )


def oauth1(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """OAuth 1.0a with HMAC-SHA1."""
    signature = base64.b64encode(world.random.randbytes(20)).decode()
    fields = {
        "oauth_consumer_key": world.text(25),
        "oauth_token": world.text(50),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(world.now_s + 1)),
        "oauth_nonce": world.hex(32),
        "oauth_version": "1.0",
        "oauth_signature": quote(signature, safe=""),
    }
    value = ", ".join(f'{name}="{each}"' for name, each in fields.items())
    return (("Authorization", f"OAuth {value}"),)


def message_signature(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """HTTP Message Signatures (RFC 9421), over the method and the whole URI."""
    label = f'("@method" "@target-uri");created={int(world.now_s + 1)};keyid="k1"'
    signature = base64.b64encode(world.random.randbytes(64)).decode()
    return (
        ("Signature-Input", f'sig1={label};alg="ecdsa-p256-sha256"'),
        ("Signature", f"sig1=:{signature}:"),
    )


def hmac_headers(world: World, method: str, target: str, body: bytes = b"") -> Pairs:
    """The home-made kind: a key, a time, a nonce, a signature."""
    return (
        ("X-App-Key", world.text(16)),
        ("X-Timestamp", str(int(world.now_s * world.pick(1, 1000)))),
        ("X-Nonce", world.hex(16)),
        ("X-Signature", world.hex(64)),
    )


type Signer = Callable[[World, str, str], Pairs]
SIGNERS: tuple[Signer, ...] = (
    *(sigv4, tc3, acs3, sdk_hmac, oss, shared_key, oauth1, message_signature, hmac_headers),
)
