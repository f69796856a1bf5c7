"""What exchanges teach: keys and tickets are used at once, and named as learnt."""

from __future__ import annotations

import base64

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.exchanges import exchange
from tests.unit.signatures.callbacks import callback
from tests.unit.signatures.example_keys import (
    MCHID,
    MERCHANT,
    V3_KEY,
    all_keys,
    certificate_pem,
    sign,
)
from tests.unit.signatures.messages import PAY, context, examined, rules_of, v3_request

from why401.keys import NO_KEYS, Keys, wechatpay_keys

NEW_SERIAL = 0x2222222222222222222222222222222222222222


def certificates() -> object:
    pem = certificate_pem("new-platform", NEW_SERIAL, "Tenpay.com sign").encode()
    data = AESGCM(V3_KEY.encode()).encrypt(b"123456789012", pem, b"certificate")
    sealed = {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "123456789012",
        "associated_data": "certificate",
        "ciphertext": base64.b64encode(data).decode(),
    }
    order = v3_request(method="GET", url="/v3/certificates", body="", status=200)
    headers = tuple((name.decode(), value.decode()) for name, value in order.request.headers.fields)
    return exchange(
        f"{PAY}/v3/certificates",
        headers=headers,
        json={"data": [{"serial_no": f"{NEW_SERIAL:040X}", "encrypt_certificate": sealed}]},
    )


def test_platform_certificates_are_opened_and_used() -> None:
    within = context()
    forged = callback(tag="stranger", serial=f"{NEW_SERIAL:040X}", status=401)
    assert "cb-serial-unknown" in rules_of(examined(forged, within))
    examined(certificates(), within)  # type: ignore[arg-type]
    assert list(within.learnt.platform_keys) == [f"{NEW_SERIAL:040X}"]
    assert rules_of(examined(forged, within)) == ("cb-forged",)
    good = callback(tag="new-platform", serial=f"{NEW_SERIAL:040X}")
    assert rules_of(examined(good, within)) == ()


def test_without_the_apiv3_key_they_stay_closed() -> None:
    within = context(NO_KEYS)
    examined(certificates(), within)  # type: ignore[arg-type]
    assert not within.learnt.platform_keys
    wrong = wechatpay_keys("credentials.wechatpay[0]", MCHID, api_v3_key="x" * 32)
    within = context(Keys(wechatpay=(wrong,)))
    examined(certificates(), within)  # type: ignore[arg-type]
    assert not within.learnt.platform_keys


def test_accepted_requests_are_recomputed_only_when_asked() -> None:

    accepted = v3_request(status=200, signature=sign(b"something else", MERCHANT))
    assert not examined(accepted).reports
    within = context(msgspec.structs.replace(all_keys(), verify_accepted=True))
    (check,) = examined(accepted, within).checks
    assert check.status == "mismatch"
    assert examined(accepted, within).findings == ()
    (check,) = examined(v3_request(status=200), within).checks
    assert check.status == "valid"
