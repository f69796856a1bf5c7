"""What Alibaba Cloud's older signers sign, and mistakes in it."""

import base64
import hmac
import urllib.parse
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.keyed import diagnosed, status
from tests.unit.signatures.clouds import KEYS, SECRET

from why401.model import Exchange
from why401.signatures.aliyun import oss_text, rpc_text
from why401.signatures.sent_request import SentRequest, decoded_pairs


def test_parameters_are_encoded_twice() -> None:
    assert rpc_text((("b", "x y"), ("a", "*"))) == "&%2F&a%3D%252A%26b%3Dx%2520y"


def test_sub_resources_count_and_the_rest_of_the_query_does_not() -> None:
    query = decoded_pairs("prefix=a&uploads&acl")
    host = "box.oss-cn-hangzhou.aliyuncs.com"
    sent = SentRequest("GET", "https", host, "/key", query, (("date", "now"),), b"")
    assert oss_text(sent) == "\n\n\nnow\n/box/key?acl&uploads"


def rpc(text: str, secret: str = f"{SECRET}&") -> Exchange:
    made = base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
    query = {"AccessKeyId": "AKID", "SignatureMethod": "HMAC-SHA1", "Action": "A b"}
    sent = urllib.parse.urlencode({**query, "Signature": made}, quote_via=urllib.parse.quote)
    return exchange(
        f"https://ecs.aliyuncs.com/?{sent}",
        status=400,
        json={"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched"},
    )


RIGHT_RPC = "GET&%2F&AccessKeyId%3DAKID%26Action%3DA%2520b%26SignatureMethod%3DHMAC-SHA1"
MISTAKES: list[Any] = [
    pytest.param(RIGHT_RPC, SECRET, "secret-spoilt", id="no ampersand behind the key"),
    pytest.param(
        "GET&%2F&AccessKeyId%3DAKID%26SignatureMethod%3DHMAC-SHA1%26Action%3DA%2520b",
        f"{SECRET}&",
        "text",
        id="unsorted",
    ),
    pytest.param(RIGHT_RPC.replace("GET", "POST"), f"{SECRET}&", "method", id="method"),
]


@pytest.mark.parametrize(("text", "secret", "cause"), MISTAKES)
def test_a_mistake_of_alibaba_is_proven(text: str, secret: str, cause: str) -> None:
    diagnosis = diagnosed(rpc(text, secret), KEYS, hide=(SECRET,))
    assert diagnosis.verdict == f"signature/aliyun-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_alibaba_cured() -> None:
    assert status(diagnosed(rpc(RIGHT_RPC), KEYS)) == "valid"
