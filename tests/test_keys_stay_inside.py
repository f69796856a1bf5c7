"""A key of every kind is configured and used rightly and wrongly in traffic; none of them stands in
anything that is written, in any form."""

from __future__ import annotations

import base64
import contextlib
import hmac
import io
import json
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import quote

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.certificates import certificate_pem, private_pem, public_pem
from tests.exchanges import AT_S, b64url, basic, exchange
from tests.secret_forms import found_in
from tests.sm2_keys import sm2_certificate_pem, sm2_sign
from tests.unit.signatures import callbacks, sm2_requests
from tests.unit.signatures.example_keys import (
    APPID,
    MCHID,
    MERCHANT,
    PLATFORM,
    PLATFORM_SERIAL,
    SERIAL,
    private_key,
)
from tests.unit.signatures.messages import (
    ORDER,
    five_lines,
    v2_request,
    v2_sign,
    v2_text,
    v3_request,
)
from tests.unit.signatures.virtual_payments import pay_sig

from why401 import config
from why401.cli import cli
from why401.configuration import read_configuration
from why401.diagnose import Diagnoser
from why401.documents import DocumentError
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Exchange
from why401.report.har import dump_har
from why401.signatures.push import push_signature

WECHATPAY, WECHAT, OLD = "credentials.wechatpay[0]", "credentials.wechat[0]", ".previous[0]"
TEXTS = {
    f"{WECHATPAY}.api_v2_key": "Kv2q8ZxW3nTj5RbLm7YcDs9PfGhAe4Uo",
    f"{WECHATPAY}.api_v3_key": "Kv3m2HsX9pQw6TbNz4LcRy8JfDgVe5Ka",
    f"{WECHATPAY}{OLD}.api_v2_key": "Old2t7BnM4xGk9WqPz3RsLd6YhJfCv8E",
    f"{WECHATPAY}{OLD}.api_v3_key": "Old3w5ZcH8yTj2KvQm6XbRn4PgSfDa9L",
    "credentials.basic[0].password": 'correct/horse+battery=staple "quoted" 马',
    "credentials.oauth[0].client_secret": "oauth-secret/Zq8+Lw3=Xk7",
    "credentials.jwt[0].secret": "jwt-secret-4Hq9Zt2Wx7Lm5Nc8Rb3Vy6Kd1Pg0Sf",
    "credentials.jwt[1].jwks": "oct-secret-9Xk2Lq7Wz4Mn8Tc5Rb1Vy3Hd6Pg0Jf",
    "credentials.signing[0].secret": "consumer-secret/Nq4+Vt7=Zx2",
    "credentials.signing[0].token_secret": "token-secret-Hw9Km3Rb6Yd1",
    f"{WECHAT}.secret": "5f8c1e7a9b3d2f4c6e8a0b1d3c5e7f90",
    f"{WECHAT}.token": "pushTokenQ7xZ3mW9",
    f"{WECHAT}.encoding_aes_key": "U8KgH61lqDbZsf8z5LEv+JzgFe2CW2H9mo0oaBpXuBw",
    f"{WECHAT}{OLD}.encoding_aes_key": "Q3MzT94rkXvNc7y2BWpL/HsdAj6FG8Ue1xRioKqYtZE",
    f"{WECHAT}.app_key": "appKey/Vp7Qz+2Xw9Lm4Tn",
    f"{WECHAT}.sandbox_app_key": "sandboxKey/Rb5Yc8Zd1Kf3",
}
PEMS = {
    f"{WECHATPAY}.private_key": private_pem(private_key(MERCHANT)),
    f"{WECHATPAY}{OLD}.private_key": private_pem(private_key("old")),
}
SECRETS = TEXTS | PEMS
PUBLIC = {
    "name", "host", "issuer", "audience", "algorithms", "scopes", "key", "username", "client_id",
    "appid", "id", "key_id", "public_key", "mchid", "appids", "certificate", "sm2_certificate",
    "platform_keys", "previous",
}  # fmt: skip
"""What of the configuration is nobody's secret; `key` is a public one."""
ACCOUNTS = {
    "credentials.basic": {"host": "*", "username": "alice"},
    "credentials.oauth": {"host": "*", "client_id": "shop"},
    "credentials.wechat": {"appid": APPID},
    "credentials.signing": {"host": "api.example.com", "key_id": "consumer-1"},
}


@cache
def configured() -> dict[str, Any]:
    merchant = {
        "mchid": MCHID,
        "appids": [APPID],
        "certificate": certificate_pem(private_key(MERCHANT), MCHID, serial=SERIAL),
        "sm2_certificate": sm2_certificate_pem("merchant", sm2_requests.SERIAL),
        "platform_keys": [
            certificate_pem(private_key(PLATFORM), "Tenpay.com sign", serial=PLATFORM_SERIAL),
            {"id": "PUB_KEY_ID_1", "key": public_pem(private_key(PLATFORM))},
        ],
    }
    octets = base64.urlsafe_b64encode(TEXTS["credentials.jwt[1].jwks"].encode()).decode()
    value: dict[str, Any] = {
        "wechatpay": [merchant],
        "jwt": [
            {"host": "api.example.com", "secret": TEXTS["credentials.jwt[0].secret"]},
            {
                "host": "other.example.com",
                "jwks": {"keys": [{"kty": "oct", "kid": "1", "k": octets.rstrip("=")}]},
            },
        ],
        **{path.partition(".")[2]: [dict(given)] for path, given in ACCOUNTS.items()},
    }
    for path, secret in SECRETS.items():
        section, _, name = path.removeprefix("credentials.").partition("[0].")
        if section in ("wechatpay", "wechat", "basic", "oauth", "signing"):
            entry = value[section][0]
            if name.startswith("previous[0]."):
                entry = entry.setdefault("previous", [{}])[0]
            entry[name.rpartition(".")[2]] = secret
    return {"why401": {"verify": "all"}, "credentials": value}


def fields_below(section: type) -> Iterator[str]:
    """Yield the names of all settings below a section of the configuration."""
    for name, hint in get_type_hints(section).items():
        inner = [each for each in _parts(hint) if issubclass(each, config.Section)]
        if section is not config.Credentials:
            yield name
        for each in inner:
            yield from fields_below(each)


def _parts(hint: Any) -> Iterator[type]:
    if get_args(hint):
        for each in get_args(hint):
            yield from _parts(each)
    elif isinstance(hint, type):
        yield hint


def test_every_kind_of_secret_is_planted() -> None:
    """A new setting is either named as public or has a value here."""
    fields = set(fields_below(config.Credentials))
    assert fields - PUBLIC == {path.rpartition(".")[2] for path in SECRETS}


# -- traffic in which they are used --------------------------------------------------------------


def bearer(secret: str, host: str, **claims: Any) -> Exchange:
    text = f"{b64url({'alg': 'HS256', 'kid': '1'})}.{b64url({'sub': 'a', **claims})}"
    token = f"{text}.{b64url(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"
    url, fields = f"https://{host}/orders", {"Authorization": f"Bearer {token}"}
    return exchange(url, headers=fields, status=401, json={"message": "invalid signature"})


def oauth(secret: str, *, in_header: bool) -> Exchange:
    form = "grant_type=client_credentials"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if in_header:
        headers["Authorization"] = basic(f"shop:{secret}")
    else:
        form += f"&client_id=shop&client_secret={secret}"
    url, said = "https://id.example.com/token", {"error": "invalid_client"}
    return exchange(url, method="POST", headers=headers, body=form.encode(), status=401, json=said)


def oauth1(secret: str, token_secret: str, method: str) -> Exchange:
    key = f"{quote(secret, safe='')}&{quote(token_secret, safe='')}"
    digest = hmac.digest(key.encode(), b"GET&another&text", "sha1")
    signature = key if method == "PLAINTEXT" else base64.b64encode(digest).decode()
    fields = {
        "oauth_consumer_key": "consumer-1",
        "oauth_token": "token-1",
        "oauth_signature_method": method,
        "oauth_timestamp": "1795132800",
        "oauth_nonce": "n",
        "oauth_signature": signature,
    }
    named = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in fields.items())
    return exchange(
        "https://api.example.com/1/x",
        headers={"Authorization": f"OAuth {named}"},
        status=401,
        json={"message": "invalid signature"},
    )


def pushed(token: str) -> Exchange:
    query = f"timestamp=1795132800&nonce=1&signature={push_signature(token, '1795132800', '1')}"
    url = f"https://shop.example/push?{query}"
    return exchange(url, method="POST", body=b"<xml></xml>", status=403, response_body=b"bad sign")


def virtual(key: str) -> Exchange:
    body = '{"openid":"o1","env":0}'
    sent = pay_sig(key, f"/xpay/query_user_balance&{body}")
    url = f"https://api.weixin.qq.com/xpay/query_user_balance?access_token=T&pay_sig={sent}"
    said = {"errcode": 90010, "errmsg": "pay_sig error"}
    return exchange(url, method="POST", body=body.encode(), json=said)


def traffic() -> Iterator[Exchange]:
    """Yield every key where it belongs, and where people put it by mistake."""
    for secret in TEXTS.values():
        yield v2_request(v2_sign(v2_text(ORDER), secret))
        for written in (secret, f"alice:{secret}"):
            yield exchange(
                "https://intranet.example.com/",
                headers={"Authorization": basic(f"alice:{written}")},
                status=401,
                response_headers={"WWW-Authenticate": 'Basic realm="x"'},
            )
        yield oauth(secret, in_header=False)
    for path, secret in TEXTS.items():
        if path.startswith(WECHATPAY):
            yield v2_request(v2_sign(v2_text(ORDER), secret + "\n"))
        elif path.startswith("credentials.jwt"):
            yield bearer(secret, "api.example.com")
            yield bearer(secret, "other.example.com", exp=AT_S - 1)
        elif path.startswith("credentials.signing"):
            yield oauth1(secret, TEXTS["credentials.signing[0].token_secret"], "HMAC-SHA1")
            yield oauth1(secret, TEXTS["credentials.signing[0].token_secret"], "PLAINTEXT")
        elif path.startswith("credentials.oauth"):
            yield oauth(secret, in_header=True)
        elif path.startswith(WECHAT):
            yield pushed(secret)
            yield virtual(secret)
            yield exchange(
                f"https://api.weixin.qq.com/cgi-bin/token?appid={APPID}&secret={quote(secret)}",
                json={"errcode": 40125, "errmsg": "invalid appsecret"},
            )
    for key in list(TEXTS.values())[:4]:
        sealed = callbacks.body(callbacks.resource(key))
        yield callbacks.callback(sealed)
        yield callbacks.callback(sealed, status=401, answer="bad signature")
    yield v3_request()
    yield v3_request(five_lines(body=""))
    yield v3_request(tag="old")
    scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    wrong = private_key(MERCHANT).public_key().encrypt(b"x", scheme)
    yield v3_request(signature=base64.b64encode(wrong).decode())
    yield sm2_requests.request(sm2_sign(five_lines(), "merchant"))
    yield sm2_requests.request(sm2_sign(b"?", "merchant"))


EXCHANGES = tuple(
    msgspec.structs.replace(each, id=f"t#{number}") for number, each in enumerate(traffic())
)


# -- what is written -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("keys")
    (home / "c.yaml").write_text(json.dumps(configured(), ensure_ascii=False), encoding="utf-8")
    with (home / "in.har").open("wb") as file:
        dump_har(file, [(each, None) for each in EXCHANGES], version="0")
    return home


SCANS = (
    ("--lang", "zh"),
    ("--json", "--all", "--lang", "en", "--har", "out.har", "--html", "out.html"),
)
FIELDS = tuple(f"{name}={value}" for name, value in ORDER)
SIGNS = {
    "v2": ("v2", *FIELDS),
    "v2, checked": ("v2", *FIELDS, "--sign", "0" * 32),
    "v2, another key": (
        "v2", *FIELDS, "--sign", v2_sign(v2_text(ORDER), TEXTS[f"{WECHATPAY}.api_v3_key"])
    ),
    "v3": ("v3", "--url", "/v3/certificates", "--timestamp", "1", "--nonce", "n"),
    "v3, checked": ("v3", "--url", "/v3/x", "--timestamp", "1", "--nonce", "n", "--sign", "AAAA"),
    "paysign": ("paysign", f"appId={APPID}", "timeStamp=1", "nonceStr=n", "package=prepay_id=x"),
}  # fmt: skip
COMMANDS = (
    *(("scan", "--rediagnose", "in.har", "-c", "c.yaml", *options) for options in SCANS),
    *(("sign", *options, "-c", "c.yaml") for options in SIGNS.values()),
    *(("sign", *options, "-c", "c.yaml", "--json") for options in SIGNS.values()),
    ("doctor", "-c", "c.yaml"),
)


@pytest.fixture(scope="module")
def written(folder: Path) -> dict[str, str]:
    """What each command writes, to its standard output and error and to files."""
    found: dict[str, str] = {}
    with contextlib.chdir(folder):
        for command in COMMANDS:
            done = CliRunner().invoke(cli, list(command))
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            found[" ".join(command)[:60]] = done.output + done.stderr
        for name in ("out.har", "out.html"):
            found[name] = (folder / name).read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("path", SECRETS)
def test_no_key_is_written(written: dict[str, str], path: str) -> None:
    assert sum(map(len, written.values())) > 500_000
    leaks = {name: found_in(text, SECRETS[path]) for name, text in written.items()}
    assert {name: found for name, found in leaks.items() if found} == {}


@pytest.fixture(scope="module")
def kept(folder: Path) -> str:
    """What the program holds, says and logs: configuration, findings, faults."""
    log = io.StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        configuration = read_configuration(folder / "c.yaml", {})
        diagnoser = Diagnoser(load_knowledge(()).knowledge, configuration.keys, Masker(b"k" * 32))
        said = [repr(configuration), repr(configuration.config.credentials)]
        for each in EXCHANGES:
            outcome = diagnoser.diagnose(each)
            assert outcome.diagnosis.faults == ()
            said.append(repr(outcome.diagnosis))
            if outcome.deeper is not None:
                said.append(repr(outcome.deeper()))
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    return "\n".join([*said, log.getvalue()])


@pytest.mark.parametrize("path", SECRETS)
def test_no_key_is_held_where_it_could_be_said(kept: str, path: str) -> None:
    assert found_in(kept, SECRETS[path]) == []


@pytest.mark.parametrize("path", SECRETS)
def test_the_search_would_find_them(folder: Path, path: str) -> None:
    capture = (folder / "in.har").read_text(encoding="utf-8")
    config = (folder / "c.yaml").read_text(encoding="utf-8")
    assert found_in(capture if path in TEXTS else config.replace("\\n", "\n"), SECRETS[path])


def faulty(path: str, value: Any, name: str | None = None) -> str:
    """Return the configuration with `value` where the secret of `path` stands, or under another
    name beside it."""
    copy = json.loads(json.dumps(configured()))
    parts = path.removeprefix("credentials.").replace("[", ".").replace("]", "").split(".")
    at: Any = copy["credentials"]
    for part in parts[:-1]:
        at = at[int(part) if part.isdigit() else part]
    at[name or parts[-1]] = value
    return json.dumps(copy, ensure_ascii=False)


@pytest.mark.parametrize("path", SECRETS)
def test_a_wrong_configuration_does_not_show_them(tmp_path: Path, path: str) -> None:
    secret = SECRETS[path]
    texts = [
        faulty(path, [secret]),
        faulty(path, {secret: 1}),
        faulty(path, secret, "misspelt"),
        faulty(path, f"file:{tmp_path}/nowhere"),
        faulty(f"{WECHATPAY}.certificate", secret),
        faulty(f"{WECHATPAY}.sm2_certificate", secret),
        faulty(f"{WECHATPAY}.platform_keys", [secret]),
        faulty("credentials.jwt[0].jwks", secret),
        faulty(f"{WECHATPAY}.mchid", secret),
        faulty(path, secret)[:-40],
    ]
    errors = []
    for text in texts:
        (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
        try:
            read_configuration(tmp_path / "c.yaml", {})
        except DocumentError as error:
            errors.append(f"{error}{error!r}")
    assert len(errors) >= len(texts) - 1
    assert found_in("\n".join(errors), secret) == []
