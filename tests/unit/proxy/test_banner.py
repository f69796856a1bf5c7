from pathlib import Path

import pytest

from why401.knowledge.words import Language
from why401.proxy.banner import banner


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_banner_says_proxy_page_certificate_and_how_to_stop(language: Language) -> None:
    lines = banner(language, [("127.0.0.1", 8080)], "http://127.0.0.1:8081/", Path("/home/u/.m"))
    text = "\n".join(lines)
    for part in (
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8081/",
        "mitmproxy-ca-cert.pem",
        "Ctrl-C",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (("0.0.0.0", 8080), "http://127.0.0.1:8080"),
        (("::", 8080, 0, 0), "http://127.0.0.1:8080"),
        (("::1", 8080, 0, 0), "http://[::1]:8080"),
        (("192.168.1.5", 80), "http://192.168.1.5:80"),
    ],
)
def test_the_address_is_one_that_a_client_can_use(address: tuple[str, int], shown: str) -> None:
    assert shown in "\n".join(banner("en", [address], None, Path()))


@pytest.mark.parametrize(
    ("port", "command"),
    [
        pytest.param(8080, "why401 exec -- ", id="where it is looked for"),
        pytest.param(9090, "why401 exec --proxy 127.0.0.1:9090 -- ", id="elsewhere"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_exec_finds_the_proxy(language: Language, port: int, command: str) -> None:
    assert command in "\n".join(banner(language, [("127.0.0.1", port)], None, Path()))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_in_place_of_a_server_nobody_sets_a_proxy(language: Language) -> None:
    text = "\n".join(banner(language, [("127.0.0.1", 9)], None, Path(), "https://api.example.com"))
    assert "https://api.example.com" in text
    assert "curl http://127.0.0.1:9/" in text
    assert "curl -x" not in text
