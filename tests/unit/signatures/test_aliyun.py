"""What Alibaba Cloud's older signers sign."""

from why401.signatures.aliyun import oss_text, rpc_text
from why401.signatures.sent_request import SentRequest, decoded_pairs


def test_parameters_are_encoded_twice() -> None:
    assert rpc_text((("b", "x y"), ("a", "*"))) == "&%2F&a%3D%252A%26b%3Dx%2520y"


def test_sub_resources_count_and_the_rest_of_the_query_does_not() -> None:
    query = decoded_pairs("prefix=a&uploads&acl")
    host = "box.oss-cn-hangzhou.aliyuncs.com"
    sent = SentRequest("GET", "https", host, "/key", query, (("date", "now"),), b"")
    assert oss_text(sent) == "\n\n\nnow\n/box/key?acl&uploads"
