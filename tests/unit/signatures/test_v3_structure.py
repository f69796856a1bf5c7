"""What the bytes of a refused v3 request show: identity, reuse, placeholders, uploads."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from tests.unit.signatures.example_keys import MCHID, PLATFORM_SERIAL, SERIAL, sign
from tests.unit.signatures.messages import (
    BODY,
    context,
    examined,
    five_lines,
    rules_of,
    sign_information,
    v3_request,
)

from why401.case import Case
from why401.keys import NO_KEYS
from why401.signatures.v3_claim import claim_of, same_serial

SERIAL_SAID = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"

IDENTITY = [
    pytest.param({"serial": f"{SERIAL:040x}", "says": SERIAL_SAID}, "v3-serial-format", id="lower"),
    pytest.param({"serial": str(SERIAL), "says": SERIAL_SAID}, "v3-serial-format", id="decimal"),
    pytest.param(
        {"serial": ":".join(f"{SERIAL:040X}"[i : i + 2] for i in range(0, 40, 2))},
        "v3-serial-format",
        id="colons",
    ),
    pytest.param({"serial": f"0x{SERIAL:X}"}, "v3-serial-format", id="0x"),
    pytest.param({"serial": PLATFORM_SERIAL}, "v3-serial-is-platform", id="platform"),
    pytest.param({"serial": "PUB_KEY_ID_0117"}, "v3-serial-is-platform", id="public key id"),
    pytest.param({"mchid": "1900000109"}, "v3-mchid-body-mismatch", id="another merchant"),
    pytest.param(
        {"mchid": "1900000109", "body": '{"sp_mchid":"1900000001","sub_mchid":"1900000109"}'},
        "v3-mchid-is-sub",
        id="sub-merchant",
    ),
    pytest.param(
        {
            "mchid": "1900000109",
            "method": "GET",
            "body": "",
            "url": "/v3/pay/transactions/out-trade-no/T1?mchid=1900000001",
        },
        "v3-mchid-body-mismatch",
        id="in the query",
    ),
    pytest.param(
        {"method": "GET", "body": "", "url": "/v3/x/%7Bout_trade_no%7D?mchid=1900000001"},
        "v3-url-placeholder",
        id="placeholder sent",
    ),
]


SPELT = [
    pytest.param(f"{SERIAL:040x}", id="lower"),
    pytest.param(str(SERIAL), id="decimal"),
    pytest.param(f"0x{SERIAL:X}", id="0x"),
]


@pytest.mark.parametrize("serial", SPELT)
def test_another_spelling_names_no_other_certificate(serial: str) -> None:
    found = examined(v3_request(serial=serial))
    assert rules_of(found) == ("v3-serial-format",)
    assert found.checks[0].status == "valid"
    wrong_text = examined(v3_request(five_lines(body=""), serial=serial))
    assert rules_of(wrong_text) == ("v3-serial-format", "v3-body-not-signed")


@pytest.mark.parametrize(("change", "rule"), IDENTITY)
def test_identity_and_url(change: dict[str, Any], rule: str) -> None:
    assert rule in rules_of(examined(v3_request(**change)))


def test_a_right_request_shows_none_of_it() -> None:
    assert rules_of(examined(v3_request())) == ("v3-consistent-rejected",)
    partner = '{"sp_mchid":"1900000001","sub_mchid":"1900000109"}'
    assert rules_of(examined(v3_request(body=partner))) == ("v3-consistent-rejected",)


def test_a_serial_refusal_with_a_right_signature_says_nothing_more() -> None:
    assert rules_of(examined(v3_request(says=SERIAL_SAID))) == ()


def test_a_signature_of_an_earlier_request_is_stale() -> None:
    within = context(NO_KEYS)
    examined(v3_request(id="first"), within)
    changed = v3_request(signature=sign(five_lines()), body=BODY.replace("101", "102"), id="second")
    found = examined(changed, within)
    assert rules_of(found) == ("v3-sig-stale",)
    assert found.findings[0].related == ("first",)


def test_the_same_request_again_is_not_stale() -> None:
    within = context(NO_KEYS)
    examined(v3_request(id="first"), within)
    assert "v3-sig-stale" not in rules_of(examined(v3_request(id="second"), within))


FILE = b"\x89PNG picture"
META = json.dumps({"filename": "a.png", "sha256": hashlib.sha256(FILE).hexdigest()})


def upload(meta: str = META, head: str = 'name="meta"') -> bytes:
    return (
        (
            f"--b0\r\nContent-Disposition: form-data; {head}\r\n"
            f"Content-Type: application/json\r\n\r\n{meta}\r\n"
            '--b0\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()
        + FILE
        + b"\r\n--b0--\r\n"
    )


UPLOAD = "/v3/merchant/media/upload"


def test_meta_that_the_server_took_for_a_file_was_not_changed_on_the_way() -> None:
    message = v3_request(
        five_lines(url=UPLOAD, body=META),
        url=UPLOAD,
        body=upload(head='name="meta"; filename="m.json"'),
        content_type="multipart/form-data; boundary=b0",
        saw=sign_information(url=UPLOAD, body=""),
    )
    assert rules_of(examined(message)) == ("v3-upload-meta-part",)


@pytest.mark.parametrize(
    ("meta", "rules"),
    [
        pytest.param(META.replace("a.png", "b.png"), (), id="right"),
        pytest.param(META[:-6] + '0000"}', ("v3-upload-sha256",), id="of another file"),
    ],
)
def test_the_digest_is_compared_where_the_upload_is_refused_for_it(
    meta: str, rules: tuple[str, ...]
) -> None:
    message = v3_request(
        url=UPLOAD,
        body=upload(meta),
        content_type="multipart/form-data; boundary=b0",
        status=400,
        code="PARAM_ERROR",
        says="参数错误",
    )
    assert rules_of(examined(message)) == rules


UPLOADS = [
    pytest.param(upload(), five_lines(url=UPLOAD, body=META), "v3-consistent-rejected", id="right"),
    pytest.param(
        upload(), five_lines(url=UPLOAD, body=upload()), "v3-upload-multipart-signed", id="whole"
    ),
    pytest.param(
        upload(),
        five_lines(url=UPLOAD, body=META.replace(": ", ":").replace(", ", ",")),
        "v3-upload-meta-reserialised",
        id="meta compact",
    ),
    pytest.param(
        upload(META.replace("a.png", "b.png").replace("sha256", "sha256", 1)),
        five_lines(url=UPLOAD, body=META.replace("a.png", "b.png")),
        "v3-consistent-rejected",
        id="another name is no fault",
    ),
    pytest.param(
        upload(META.upper().replace("SHA256", "sha256")),
        five_lines(url=UPLOAD, body=META.upper().replace("SHA256", "sha256")),
        "v3-upload-sha256",
        id="digest in upper case",
    ),
    pytest.param(
        upload(head='name="meta"; filename="m.json"'),
        five_lines(url=UPLOAD, body=META),
        "v3-upload-meta-part",
        id="meta as a file",
    ),
]


@pytest.mark.parametrize(("body", "signed", "rule"), UPLOADS)
def test_uploads(body: bytes, signed: bytes, rule: str) -> None:
    message = v3_request(
        signed, url=UPLOAD, body=body, content_type="multipart/form-data; boundary=b0"
    )
    assert rule in rules_of(examined(message))


def test_a_merchant_number_that_is_everywhere_the_same_is_right() -> None:
    url = f"/v3/pay/transactions/out-trade-no/T1?mchid={MCHID}"
    assert rules_of(examined(v3_request(method="GET", body="", url=url))) == (
        "v3-consistent-rejected",
    )


def test_serial_numbers_are_compared_as_numbers() -> None:
    assert same_serial("00AB", "AB")
    assert not same_serial("AB", "AC")
    assert not same_serial(None, None)


def test_the_body_line_of_an_upload_is_its_meta_part() -> None:
    message = v3_request(url=UPLOAD, body=upload(), content_type="multipart/form-data; boundary=b0")
    claim = claim_of(Case(message), context())
    assert claim is not None
    assert claim.said.body == META.encode()
    assert claim.said.multipart == upload()


def test_an_order_without_a_body_was_most_likely_not_sent() -> None:
    bare = v3_request(five_lines(), body="", saw=sign_information(body=""))
    assert rules_of(examined(bare, context(NO_KEYS))) == (
        "v3-body-not-sent",
        "v3-sign-unverifiable",
    )
    assert "v3-body-not-sent" not in rules_of(
        examined(v3_request(saw=sign_information()), context(NO_KEYS))
    )
