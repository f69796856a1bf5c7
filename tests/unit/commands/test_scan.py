"""`why401 scan` as users and scripts meet it: a process with files, pipes and exit codes."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.hars import EXPIRED, entry, har, refused

from why401.commands import scan as command
from why401.commands.scan_files import Event, scan_all
from why401.commands.scan_state import ScanOptions
from why401.configuration import DEFAULTS

WHY401 = Path(sys.executable).parent / "why401"


def run(
    folder: Path, *arguments: str, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [WHY401, "scan", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", **environment},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bad.har").write_bytes(har(entry(), refused()))
    (tmp_path / "good.har").write_bytes(har(entry()))
    (tmp_path / "text.har").write_bytes(b"hello")
    return tmp_path


def lines(output: bytes) -> list[Any]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["good.har"], 0, id="nothing found"),
        pytest.param(["bad.har"], 1, id="something found"),
        pytest.param(["bad.har", "--fail-on", "never"], 0, id="found, but never fail"),
        pytest.param(["text.har"], 2, id="no capture"),
        pytest.param(["missing.har"], 2, id="no file"),
        pytest.param(["bad.har", "missing.har"], 2, id="one file missing"),
        pytest.param(["--nonsense"], 2, id="wrong usage"),
        pytest.param(["bad.har", "--html", "none/out.html"], 2, id="no folder for the report"),
        pytest.param(["bad.har", "--har", "./bad.har"], 2, id="the capture itself replaced"),
        pytest.param(["good.har", "--har", "o", "--html", "o"], 2, id="one file for two outputs"),
    ],
)
def test_exit_status(folder: Path, arguments: list[str], status: int) -> None:
    done = run(folder, *arguments)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


def test_an_unreadable_file_is_one_line_and_the_others_are_diagnosed(folder: Path) -> None:
    done = run(folder, "--json", "text.har", "missing.har", "bad.har")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    document = json.loads(done.stdout)
    assert [source["path"] for source in document["sources"]] == ["bad.har"]
    assert [item["id"] for item in document["diagnoses"]] == ["bad.har#1"]


def test_json_lines_end_with_the_sources(folder: Path) -> None:
    done = run(folder, "--jsonl", "bad.har", "good.har")
    first, last = lines(done.stdout)
    assert first["diagnosis"]["verdict"] == "jwt/expired#expired"
    assert [source["entries"] for source in last["sources"]] == [2, 1]


@pytest.mark.parametrize("arguments", [["--jsonl"], ["--jsonl", "--all"], ["--json"], []])
def test_a_secret_that_a_later_exchange_names_is_in_no_earlier_line(
    folder: Path, arguments: list[str]
) -> None:
    opaque = "q7Zr2mK9xW4tB8vN"
    early = refused(f"https://api.example.com/files/{opaque}/orders")
    late = entry(second=9, text=json.dumps({"access_token": opaque}))
    path = folder / f"{opaque}.har"
    path.write_bytes(har(early, late))
    done = run(folder, *arguments, path.name)
    assert b"[redacted:" in done.stdout
    assert opaque.encode() not in done.stdout + done.stderr


MANY = 5
LATE = "q7Zr2mK9xW4tB8vN"


def many(folder: Path) -> bytes:
    early = [refused(f"https://api.example.com/files/{LATE}/{number}") for number in range(MANY)]
    late = entry(second=9, text=json.dumps({"access_token": LATE}))
    (folder / "many.har").write_bytes(har(*early, late))
    return (folder / "many.har").read_bytes()


@pytest.mark.parametrize("path", ["many.har", "-"])
def test_of_many_failures_none_names_a_later_secret(
    folder: Path,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(many(folder))))
    monkeypatch.setattr(command, "_MAX_HELD", 2)
    options = ScanOptions(language="en", output="jsonl")
    assert command.scan_files([path], DEFAULTS, options) == 1
    output = capsysbinary.readouterr().out
    assert LATE.encode() not in output
    assert [line.get("index") for line in lines(output)] == [*range(MANY), None]


@pytest.mark.parametrize(
    ("no_redact", "held", "at_once"),
    [
        pytest.param(True, 9, [1, 2, 3, 4, 5], id="nothing to redact"),
        pytest.param(False, 9, [0, 0, 0, 0, 0], id="the whole file is waited for"),
        pytest.param(False, 2, [0, 2, 3, 4, 5], id="read ahead for its secrets"),
    ],
)
def test_lines_come_as_soon_as_they_may(
    folder: Path,
    no_redact: bool,
    held: int,
    at_once: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    many(folder)
    printed: list[int] = []
    monkeypatch.chdir(folder)
    monkeypatch.setattr(command, "_MAX_HELD", held)

    def watched(*files: Any, **arguments: Any) -> Iterator[Event]:
        count = 0
        for event in scan_all(*files, **arguments):
            yield event
            count += capsysbinary.readouterr().out.count(b"\n")
            printed.append(count)

    monkeypatch.setattr(command, "scan_all", watched)
    options = ScanOptions(language="en", output="jsonl", no_redact=no_redact)
    command.scan_files(["many.har"], DEFAULTS, options)
    assert printed == [*at_once, MANY]


def test_a_minus_reads_standard_input(folder: Path) -> None:
    done = run(folder, "--jsonl", "-", stdin=har(refused()))
    assert lines(done.stdout)[0]["id"] == "-#0"


def test_all_shows_healthy_exchanges_too(folder: Path) -> None:
    document = json.loads(run(folder, "--json", "--all", "bad.har").stdout)
    assert [item["diagnosis"]["verdict"] for item in document["diagnoses"]] == [
        None,
        "jwt/expired#expired",
    ]


def test_several_files_on_several_cores_come_in_their_order(folder: Path) -> None:
    filler = entry("https://cdn.example.com/app.js", text="x" * 1_500_000)
    names = [f"{number}.har" for number in range(5)]
    for number, name in enumerate(names):
        many = [filler] * (3 - number % 3)
        url = f"https://api.example.com/{number}"
        (folder / name).write_bytes(har(*many, refused(url)))
    for output in ("--json", "--jsonl"):
        done = run(folder, output, *names, "missing.har")
        found = lines(done.stdout)
        items = found[0]["diagnoses"] if output == "--json" else found[:-1]
        assert [item["source"] for item in items] == names
        assert [source["path"] for source in found[-1]["sources"]] == names
        assert done.returncode == 2
    people = run(folder, *names).stdout.decode()
    assert people.index("0.har#3") < people.index("4.har#2")


def test_together_is_one_history(folder: Path) -> None:
    digest = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
    answer = {
        "Authorization": 'Digest username="a", realm="r", nonce="n", uri="/orders", '
        'response="0", qop=auth, nc=00000001, cnonce="c"'
    }
    (folder / "one.har").write_bytes(har(entry(second=1, status=401, received=digest, text="")))
    (folder / "two.har").write_bytes(har(entry(second=2, sent=answer)))
    assert run(folder, "one.har", "two.har").returncode == 1
    assert run(folder, "--together", "two.har", "one.har").returncode == 0


def test_secrets_stay_inside(folder: Path) -> None:
    for arguments in (["--json"], ["--jsonl"], [], ["--lang", "zh"], ["--html", "o.html"]):
        done = run(folder, *arguments, "--all", "bad.har")
        written = done.stdout + done.stderr
        if "o.html" in arguments:
            written += (folder / "o.html").read_bytes()
        assert EXPIRED.encode() not in written
        assert EXPIRED.rpartition(".")[2].encode() not in written


def test_a_secret_in_the_name_of_a_file_is_masked(folder: Path) -> None:
    name = f"{EXPIRED}.har"
    (folder / name).write_bytes(har(refused()))
    for arguments in (["--json"], ["--jsonl"], []):
        done = run(folder, *arguments, name, f"missing-{name}")
        assert EXPIRED.encode() not in done.stdout + done.stderr


def test_no_redact_warns_in_words(folder: Path) -> None:
    done = run(folder, "--no-redact", "--json", "bad.har")
    assert b"do not share" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--jsonl"]])
def test_closed_standard_output(folder: Path, arguments: list[str]) -> None:
    command = shlex.join([str(WHY401), "scan", "bad.har", *arguments])
    done = subprocess.run(["sh", "-c", f"{command} >&-"], cwd=folder, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_locale_without_chinese(folder: Path) -> None:
    done = run(
        folder, "bad.har", "--lang", "zh", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"\u5df2\u8bc1\u5b9e" in done.stdout


@pytest.mark.parametrize("arguments", [["--json"], ["--jsonl"], ["--html", "o.html"], []])
def test_a_name_that_is_no_text(folder: Path, arguments: list[str]) -> None:
    name = os.fsdecode("中.har".encode("gbk"))
    (folder / name).write_bytes(har(refused()))
    done = run(folder, name, *arguments)
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"\\udcd6\\udcd0.har" in done.stdout or rb"\udcd6\udcd0.har" in done.stdout


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    (folder / "many.har").write_bytes(har(*(refused(f"https://a.example/{n}") for n in range(300))))
    command = f'"{WHY401}" scan many.har | head -1'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True)
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--jsonl"], ["--jsonl", "--no-redact"]])
def test_reports_are_written_though_the_reader_has_gone(folder: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [WHY401, "scan", "bad.har", "good.har", "--har", "o.har", "--html", "o.html", *arguments],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == arguments.count("--no-redact")
    assert len(json.loads((folder / "o.har").read_bytes())["log"]["entries"]) == 3
    assert "good.har" in (folder / "o.html").read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [[], ["--har", "o.har"]], ids=["alone", "and a report"])
def test_a_full_disk_is_one_line(folder: Path, arguments: list[str]) -> None:
    command = [WHY401, "scan", "--json", "bad.har", *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert (folder / "o.har").exists() == bool(arguments)


def test_ctrl_c_leaves_no_half_file(folder: Path) -> None:
    os.mkfifo(folder / "slow.har")
    arguments = [WHY401, "scan", "bad.har", "slow.har", "--html", "out.html", "--jsonl"]
    with (
        subprocess.Popen(
            arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
        # The pipe is opened when the first file is done: now it is being waited for.
        (folder / "slow.har").open("wb"),
    ):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert not [path for path in folder.iterdir() if "out.html" in path.name]


def test_an_older_report_survives_what_cannot_be_written(folder: Path) -> None:
    (folder / "out.html").write_text("old")
    run(folder, "text.har", "--html", "out.html")
    assert (folder / "out.html").read_text() == "old"


def test_a_har_needs_no_mitmproxy(folder: Path) -> None:
    script = (
        "import sys; from why401.cli import cli; "
        "cli(['scan', 'bad.har', '--html', 'o.html', '--har', 'o.har'], standalone_mode=False)"
    )
    check = f"try:\n {script}\nexcept SystemExit:\n sys.exit('mitmproxy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (folder / "o.har").stat().st_mode & 0o777 == 0o600


def test_comments_and_pages_survive_the_annotation(folder: Path) -> None:
    document = json.loads(har(entry() | {"pageref": "p", "comment": "healthy"}, refused()))
    document["log"]["entries"][1] |= {"pageref": "p", "comment": "mine"}
    document["log"]["pages"] = [
        {"id": "p", "title": "Orders", "startedDateTime": "2026-11-20T10:00:00Z"}
    ]
    (folder / "paged.har").write_text(json.dumps(document))
    run(folder, "paged.har", "--har", "one.har", "--lang", "zh")
    run(folder, "one.har", "--har", "two.har", "--lang", "zh")
    one, two = (json.loads((folder / name).read_bytes())["log"] for name in ("one.har", "two.har"))
    assert [each["pageref"] for each in one["entries"]] == ["p", "p"]
    assert one["pages"][0]["comment"] == "1 个有问题"
    assert one["entries"][0]["comment"] == "healthy"
    comment = one["entries"][1]["comment"]
    assert comment.splitlines()[0] == one["entries"][1]["_why401"]["summary"]["zh"]
    assert comment.endswith("mine")
    assert two["pages"] == one["pages"]
    assert two["entries"] == one["entries"]


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--jsonl"], ["--lang", "zh"]])
def test_a_diagnosis_in_somebodys_file_steers_no_terminal(
    folder: Path, arguments: list[str]
) -> None:
    run(folder, "bad.har", "--har", "own.har")
    steering = "x\x1b[31m\x9b\u202e"
    own = json.loads((folder / "own.har").read_bytes())
    told = own["log"]["entries"][1]["_why401"]
    found = told["findings"][0]
    told["summary"] = found["title"] = {"zh": steering, "en": steering}
    told["answered_by"] = found["rule"] = steering
    found["related"] = [steering]
    found["evidence"] = [{"where": steering, "seen": {steering: [steering]}}]
    found["causes"][0] |= {"id": steering, "text": {"zh": steering, "en": steering}}
    told["credentials"] = [
        {"kind": "credential", "scheme": steering, "where": steering, "decoded": {steering: "x"}}
    ]
    told["timeline"] = [{"event": steering, "exchange": steering, "at_s": 1, "subject": steering}]
    (folder / "crafted.har").write_text(json.dumps(own), encoding="utf-8")
    output = run(folder, "crafted.har", *arguments).stdout.decode()
    assert "x\\x1b[31m" in output.replace("\\\\", "\\")
    assert not set("\x1b\x9b\u202e") & set(output)
