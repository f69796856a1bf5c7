"""Starting mitmproxy: ports, options of other UIs, the arguments of each UI. That it runs is told
by the stories."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from mitmproxy import options
from mitmproxy.tools.dump import DumpMaster

from why401.configuration import DEFAULTS
from why401.proxy.run import (
    StartError,
    _check_folder,
    _check_ports,
    _dump_filters,
    _ui,
    run_proxy,
)

UIS = ("web", "tui", "none")


@pytest.mark.parametrize("ui", UIS)
def test_each_ui_is_a_master_of_its_own(ui: str) -> None:
    masters = {_ui(each)[0] for each in UIS}
    assert len(masters) == len(UIS)
    assert issubclass(_ui("none")[0], DumpMaster)
    assert (_ui(ui)[2] is not None) == (ui == "none")


def test_filter_arguments_are_mitmdump_s() -> None:
    class Parsed:
        filter_args = ("~u", "orders")

    assert set(_dump_filters(Parsed()).values()) == {"~u orders"}
    Parsed.filter_args = ()  # type: ignore[assignment]
    assert _dump_filters(Parsed()) == {}


@pytest.mark.parametrize(("language", "word"), [("zh", "已被占用"), ("en", "is in use")])
def test_a_port_in_use_is_found_before_anything_starts(language: str, word: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        wanted = options.Options(listen_host="127.0.0.1", listen_port=port)
        with pytest.raises(StartError, match=word) as error:
            _check_ports(wanted, language)  # type: ignore[arg-type]
    assert f"--listen-port {port + 10}" in str(error.value)
    _check_ports(wanted, "en")


def test_no_port_is_needed_without_a_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        _check_ports(options.Options(listen_host="127.0.0.1", listen_port=port, server=False), "en")


@pytest.mark.parametrize(
    ("ui", "arguments"),
    [
        pytest.param("web", ("nonsense",), id="an argument"),
        pytest.param("none", ("--nonsense",), id="an option"),
        pytest.param("none", ("--listen-port", "many"), id="a value"),
    ],
)
def test_arguments_that_mitmproxy_lacks_are_one_line(ui: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(StartError, match=arguments[-1]) as error:
        run_proxy(DEFAULTS, ui, arguments)
    assert "\n" not in str(error.value)


def test_an_option_that_mitmproxy_lacks_is_one_line() -> None:
    with pytest.raises(StartError, match="listen_prot") as error:
        run_proxy(DEFAULTS, "none", (), {"listen_prot": 1})
    assert "\n" not in str(error.value)


def test_a_port_that_is_none_is_one_line() -> None:
    opts = options.Options()
    opts.update(listen_port=99_999)
    with pytest.raises(StartError, match="no port 99999"):
        _check_ports(opts, "en")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    opts = options.Options()
    opts.update(confdir=str(tmp_path / "file" / "sub"))
    with pytest.raises(StartError, match="confdir=FOLDER"):
        _check_folder(opts, "en")
    opts.update(confdir=str(tmp_path / "new"))
    _check_folder(opts, "en")


def test_a_value_of_the_wrong_type_is_told_in_plain_words() -> None:
    with pytest.raises(StartError, match=r"mitmproxy\.listen_port: a number is expected"):
        run_proxy(DEFAULTS, "none", (), {"listen_port": "abc"})
