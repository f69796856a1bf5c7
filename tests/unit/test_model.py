import pytest

from why401.model import (
    CauseFound,
    Certainty,
    Diagnosis,
    Evidence,
    Finding,
    Headers,
    Request,
    Severity,
    header_text,
)


def request(scheme: str, host: str, port: int, target: bytes) -> Request:
    return Request("GET", scheme, host, port, target)


@pytest.mark.parametrize(
    ("sent", "url"),
    [
        pytest.param(request("https", "h", 443, b"/a?b=1"), "https://h/a?b=1", id="default port"),
        pytest.param(request("http", "h", 8080, b"/"), "http://h:8080/", id="other port"),
        pytest.param(request("http", "::1", 80, b"/"), "http://[::1]/", id="IPv6"),
        pytest.param(request("http", "h", 80, b"http://x/y"), "http://x/y", id="absolute form"),
        pytest.param(
            request("http", "h", 80, b"/://x"), "http://h/://x", id="a path like a scheme"
        ),
        pytest.param(
            request("http", "h", 80, b"/r?u=http://x"), "http://h/r?u=http://x", id="URL in query"
        ),
    ],
)
def test_the_url_is_that_of_the_request(sent: Request, url: str) -> None:
    assert sent.url == url


def test_path_and_query_stay_as_sent() -> None:
    sent = request("https", "h", 443, "/%E6?a=%2F?b测".encode())
    assert (sent.path, sent.query) == ("/%E6", "a=%2F?b测")


def test_header_names_ignore_case_and_values_keep_their_order() -> None:
    headers = Headers(((b"A", b"1"), (b"b", b"x"), (b"a", b"2")))
    assert headers.values("a") == (b"1", b"2")
    assert headers.text("B") == "x"
    assert headers.text("c") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("é".encode(), "é"), (b"\xe9", "é"), (b"\xff\xfe", "ÿþ"), (b"", "")],
)
def test_header_text_is_utf8_or_latin1(value: bytes, text: str) -> None:
    assert header_text(value) == text


def found(rule: str, severity: Severity, *causes: CauseFound) -> Finding:
    evidence = (Evidence("response.status", 401),)
    return Finding(rule, Certainty.PROVEN, evidence, causes, severity=severity)


def test_the_verdict_is_the_first_cause_of_the_first_finding_and_as_sure_as_that() -> None:
    diagnosis = Diagnosis(
        (
            found("jwt/expired", Severity.WARNING, CauseFound("expired", Certainty.LIKELY)),
            found("auth/unknown", Severity.ERROR, CauseFound("x", Certainty.PROVEN)),
        )
    )
    assert diagnosis.verdict == "jwt/expired#expired"
    assert diagnosis.certainty is Certainty.LIKELY
    assert diagnosis.severity is Severity.ERROR


def test_nothing_found_has_no_verdict() -> None:
    assert (Diagnosis().verdict, Diagnosis().certainty, Diagnosis().severity) == (None, None, None)


@pytest.mark.parametrize(
    ("one", "other", "weaker"),
    [
        pytest.param(Certainty.PROVEN, Certainty.LIKELY, Certainty.LIKELY, id="likely"),
        pytest.param(Certainty.POSSIBLE, Certainty.PROVEN, Certainty.POSSIBLE, id="possible"),
        pytest.param(Certainty.PROVEN, Certainty.PROVEN, Certainty.PROVEN, id="same"),
    ],
)
def test_the_weaker_certainty_counts(one: Certainty, other: Certainty, weaker: Certainty) -> None:
    assert one.at_most(other) is other.at_most(one) is weaker
