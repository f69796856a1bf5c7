"""Options of mitmproxy in a configuration: misspelt, of another type, of another UI."""

from __future__ import annotations

import pytest
from mitmproxy import options

from why401.proxy.option_faults import option_fault, option_faults

SAID = [
    pytest.param(
        "listen_prot", 1, 'mitmproxy has no option "listen_prot" → "listen_port"', id="misspelt"
    ),
    pytest.param("zzzzzz", 1, 'mitmproxy has no option "zzzzzz"', id="nothing like it"),
    pytest.param("listen_port", "x", "mitmproxy.listen_port: a number is expected", id="number"),
    pytest.param("mode", "x", "mitmproxy.mode: a list (- …) is expected", id="list"),
    pytest.param("http2", 1, "mitmproxy.http2: true or false is expected", id="boolean"),
    pytest.param("listen_port", 8080, None, id="right"),
    pytest.param("web_port", 8081, None, id="of another UI"),
]


@pytest.mark.parametrize(("name", "value", "said"), SAID)
def test_an_option_is_judged_by_name_and_type(name: str, value: object, said: str | None) -> None:
    assert option_fault(name, value, options.Options(), "none", "en") == said


def test_an_option_of_the_ui_itself_is_known_to_be_misspelt() -> None:
    assert option_fault("web_prot", 1, options.Options(), "web", "zh") is not None


def test_a_configuration_is_judged_without_a_start() -> None:
    configured = {"listen_prot": 1, "web_prt": 8081, "web_open_browser": False, "flow_detail": 2}
    assert list(option_faults(configured, "zh")) == [
        'mitmproxy 没有选项 “listen_prot” → "listen_port"',
        'mitmproxy 没有选项 “web_prt” → "web_port"',
    ]


def test_without_options_nothing_is_wrong() -> None:
    assert list(option_faults({}, "en")) == []
