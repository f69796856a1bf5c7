"""A WeChat Pay v3 request that was refused with 401, and what is said about it."""

from __future__ import annotations

import base64
import datetime
import json
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import knowledge

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS, Keys, PublicKey, WechatPayKeys
from why401.keys import certificate as parsed_certificate
from why401.masking import Masker
from why401.model import Diagnosis, Exchange

SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
OLD_SERIAL = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
SIGNATURE = "QUJD" * 85 + "QQ=="
SCHEME = "WECHATPAY2-SHA256-RSA2048"
MALFORMED = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"


def header(scheme: str = SCHEME, **changed: str | None) -> str:
    """Return a good header with `changed` parameters; None leaves one out."""
    values: dict[str, str | None] = {
        "mchid": "1900000001",
        "nonce_str": "5D1F4E0C9A8B47E3A1B2C3D4E5F60718",
        "signature": SIGNATURE,
        "timestamp": str(int(AT_S)),
        "serial_no": SERIAL,
        **changed,
    }
    return f"{scheme} " + ",".join(f'{k}="{v}"' for k, v in values.items() if v is not None)


def signed_header(body: dict[str, str]) -> str:
    """Return a good header whose signature verifies with the certificates of `keys`."""
    sent = header(signature="?")
    nonce, stamp = (sent.partition(f'{name}="')[2].partition('"')[0] for name in _SIGNED)
    text = f"POST\n/v3/pay/transactions/jsapi\n{stamp}\n{nonce}\n{json.dumps(body)}\n"
    made = _key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return header(signature=base64.b64encode(made).decode())


_SIGNED = ("nonce_str", "timestamp")


def refused(authorization: str | None, message: str, **parts: Any) -> Exchange:
    """Return a v3 order that was refused with SIGN_ERROR and `message`."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return exchange(
        parts.pop("url", "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi"),
        status=parts.pop("status", 401),
        method=parts.pop("method", "POST"),
        headers=headers,
        body=json.dumps(parts.pop("sent", {"mchid": "1900000001"})).encode(),
        response_headers={"Date": http_date(parts.pop("date_s", AT_S)), "Request-ID": "08-0"},
        json={"code": parts.pop("code", "SIGN_ERROR"), "message": message},
        **parts,
    )


def diagnosis(seen: Exchange, keys: Keys = NO_KEYS) -> Diagnosis:
    """Return the diagnosis of `seen`; no signature may stand in its evidence."""
    found = Diagnoser(knowledge(), keys, Masker(b"k" * 32)).diagnose(seen).diagnosis
    assert found.faults == ()
    for finding in found.findings:
        rule = knowledge().rule(finding.rule)
        assert rule is not None, finding.rule
        assert all(rule.cause(cause.id) for cause in finding.causes), finding
        assert not any(SIGNATURE in str(each.seen) for each in finding.evidence)
    return found


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(
    serial: str, label: str, owner: str = "1900000001", days_left: int = 100
) -> PublicKey:
    """Return a real certificate's key as the configuration would give it."""
    until = datetime.datetime.fromtimestamp(AT_S, datetime.UTC) + datetime.timedelta(days=days_left)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(int(serial, 16))
        .not_valid_before(until - datetime.timedelta(days=1000))
        .not_valid_after(until)
        .sign(_key(), hashes.SHA256())
    )
    return parsed_certificate(label, made.public_bytes(Encoding.PEM))


def keys(
    current: str = SERIAL,
    previous: tuple[str, ...] = (),
    mchid: str = "1900000001",
    owner: str = "1900000001",
    days_left: int = 100,
) -> Keys:
    """Return the keys of a configuration with one merchant."""
    label = "credentials.wechatpay[0]"
    return Keys(
        wechatpay=(
            WechatPayKeys(
                label,
                mchid,
                certificate=certificate(current, f"{label}.certificate", owner, days_left),
                previous_certificates=tuple(
                    certificate(serial, f"{label}.previous[{number}].certificate", owner)
                    for number, serial in enumerate(previous)
                ),
            ),
        )
    )
