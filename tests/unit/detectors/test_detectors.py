"""What holds for all detectors together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, jwt, knowledge, refused, rules

from why401.detectors import DETECTORS, Detector

GENERIC = ("auth/", "basic/", "bearer/", "digest/", "jwt/", "server/", "transport/")


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_each_report_has_its_rule(detector: Detector) -> None:
    found = {report: knowledge().rule(report) for report in detector.reports}
    assert [report for report, rule in found.items() if rule is None] == []
    # Two detectors may report one rule; it names the one that does so first. A rule that matches
    # by itself may be reported too, by whoever knows its cause.
    reporters = {rule.reported_by for rule in found.values() if rule and rule.match is None}
    assert reporters <= {each.name for each in DETECTORS}


AUTHORIZATIONS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(["Bearer ", "Basic ", "Digest ", "", "Bearer Bearer ", 'Bearer "']).flatmap(
        lambda start: st.text(max_size=60).map(
            lambda rest: (start + rest).encode("utf-8", "replace")
        )
    ),
    st.text("eyJhbGciOi.=-_+/", max_size=80).map(lambda text: b"Bearer eyJ" + text.encode()),
)


@settings(max_examples=150, deadline=None)
@given(
    AUTHORIZATIONS,
    st.binary(max_size=60),
    st.binary(max_size=80),
    st.sampled_from([400, 401, 403, 407, 422, 431]),
)
def test_nothing_on_the_wire_makes_a_detector_fail(
    sent: bytes, challenge: bytes, body: bytes, status: int
) -> None:
    made = exchange(
        "https://api.example.com/a",
        headers=[("Authorization", sent.decode("latin-1"))],
        status=status,
        response_headers=[("WWW-Authenticate", challenge.decode("latin-1"))],
        response_body=body,
    )
    diagnosed(made)


WECHAT = [
    pytest.param("https://api.weixin.qq.com/cgi-bin/user/get", id="platform"),
    pytest.param("https://qyapi.weixin.qq.com/cgi-bin/user/get", id="WeCom"),
    pytest.param("https://api.mch.weixin.qq.com/v3/certificates", id="WeChat Pay v3"),
    pytest.param("https://api.mch.weixin.qq.com/pay/unifiedorder", id="WeChat Pay v2"),
]


@pytest.mark.parametrize("url", WECHAT)
@pytest.mark.parametrize("sent", ["Bearer undefined", f"Bearer {jwt({'exp': 1})}", None])
def test_wechat_hosts_have_rules_of_their_own(url: str, sent: str | None) -> None:
    diagnosis = diagnosed(refused(sent, url=url, challenge=""))
    assert {rule for rule in rules(diagnosis) if rule.startswith(GENERIC)} <= {"auth/unknown"}
