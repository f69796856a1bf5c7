"""A request that this very mitmproxy changes after it was signed, and the same left alone."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.stories.running import BIN, CHECKOUT, Web

SECRET = b"a secret of the tests"
SCOPE = "20261120/us-east-1/storage/aws4_request"
DATE = "20261120T000000Z"
HEADERS = "host;x-amz-date;x-trace"


def signature(method: str, path: str, host: str, trace: str, body: bytes) -> str:
    """Return the signature by AWS Signature Version 4 of a request without a query."""
    lines = [method, path, "", f"host:{host}", f"x-amz-date:{DATE}", f"x-trace:{trace}", ""]
    canonical = "\n".join([*lines, HEADERS, hashlib.sha256(body).hexdigest()])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"AWS4" + SECRET
    for part in SCOPE.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{DATE}\n{SCOPE}\n{hashed}"
    return hmac.digest(key, text.encode(), "sha256").hex()


class Storage(http.server.BaseHTTPRequestHandler):
    """Takes what is signed rightly, and refuses the rest as such servers do."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        host, trace = self.headers["Host"], self.headers["X-Trace"] or ""
        is_right = self.headers["Authorization"].endswith(
            f"Signature={signature('PUT', self.path, host, trace, body)}"
        )
        error = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        answer = b"" if is_right else error
        self.send_response(200 if is_right else 403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def storage() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Storage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


OWN = [str(BIN / "why401"), "run", "-c", "mitm_config.yaml", "--"]
PLAIN = [str(BIN / "mitmweb"), "-s", str(CHECKOUT / "addons" / "why401_addon.py")]
PLAIN += ["--set", "why401_config=mitm_config.yaml"]
SCRIPT = """
def request(flow):
    flow.request.headers["X-Trace"] = "other"
"""


@pytest.mark.parametrize(
    ("command", "options", "cause"),
    [
        pytest.param(OWN, ["--set", "modify_headers=/X-Trace/other"], "option", id="own command"),
        pytest.param(PLAIN, ["--set", "modify_headers=/X-Trace/other"], "option", id="own addon"),
        pytest.param(OWN, ["--set", "modify_body=/amount/sum"], "option", id="the body"),
        pytest.param(OWN, ["-s", "change.py"], "script", id="a script"),
        pytest.param(
            OWN, ["--set", "modify_headers=|~d other.example|X-Trace|other"], None, id="cured"
        ),
        pytest.param(OWN, [], None, id="nothing set"),
    ],
)
def test_what_was_changed_after_signing(
    command: list[str], options: list[str], cause: str | None, tmp_path: Path, storage: int
) -> None:
    (tmp_path / "mitm_config.yaml").write_text("why401: {language: en}\n", encoding="utf-8")
    (tmp_path / "change.py").write_text(SCRIPT, encoding="utf-8")
    body, host = b"amount=1", f"127.0.0.1:{storage}"
    signed = signature("PUT", "/orders/1", host, "7", body)
    credential = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{SCOPE}, SignedHeaders={HEADERS}"
    headers = {
        "Authorization": f"{credential}, Signature={signed}",
        "X-Amz-Date": DATE,
        "X-Trace": "7",
    }
    with Web([*command, *options], tmp_path) as web:
        with httpx.Client(proxy=web.proxy, trust_env=False) as client:
            answer = client.put(f"http://{host}/orders/1", content=body, headers=headers)
        (flow,) = web.flows()
        assert answer.status_code == (403 if cause else 200)
        if cause is None:
            assert flow["comment"] == ""
            return
        assert flow["comment"].startswith("This proxy changed what was signed")
        told = web.view(flow["id"])["text"]
        assert "transport/proxy-modified-signed" in told
        assert {"option": "modify_", "script": "change.py"}[cause] in told
