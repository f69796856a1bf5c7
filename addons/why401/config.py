"""`mitm_config.yaml`: read, checked, and its references to files and the environment resolved.

Every fault is one line that names file, line, key path and what was expected. A secret stays in
the value that was asked for: it never appears in an error, and `repr` does not show it.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from why401.documents import Document, DocumentError, KeyPath, read_document
from why401.later import regex
from why401.masking import Unshown

_ENVIRONMENT = regex(r"\$\{env:([A-Za-z_][A-Za-z0-9_]{0,100})\}")
_FILE = "file:"
MAX_KEY_FILE = 256 << 10


class Section(Unshown, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every mapping in the file: a misspelt key is a fault, not ignored."""


class Language(enum.StrEnum):
    """In which language findings are shown."""

    AUTO = "auto"
    ZH = "zh"
    EN = "en"


class Verify(enum.StrEnum):
    """Whose signatures are recomputed."""

    FAILURES = "failures"
    ALL = "all"


class Settings(Section, frozen=True):
    """The section `why401`."""

    language: Language = Language.AUTO
    rules: list[str] = []
    redact: bool = True
    verify: Verify = Verify.FAILURES


class JwtKey(Section, frozen=True):
    """How tokens of one API are verified; one of `key`, `secret` and `jwks`, or claims alone."""

    name: str | None = None
    host: str | None = None
    issuer: str | None = None
    audience: str | list[str] | None = None
    algorithms: list[str] = []
    key: str | None = None
    secret: str | None = None
    jwks: str | dict[str, Any] | None = None
    scopes: list[str] = []


class BasicUser(Section, frozen=True):
    """A user name and password, for Basic and Digest."""

    host: str
    username: str
    password: str


class OauthClient(Section, frozen=True):
    """A client of an authorization server."""

    host: str
    client_id: str
    client_secret: str | None = None


class RequestSigner(Section, frozen=True):
    """A key that signs requests: of AWS, Tencent Cloud, Alibaba Cloud, OAuth 1.0a, or Alipay."""

    host: str
    key_id: str | None = None
    secret: str | None = None
    token_secret: str | None = None
    public_key: str | None = None


class PreviousAppKeys(Section, frozen=True):
    """What an account replaced, to recognise its use."""

    encoding_aes_key: str


class WechatApp(Section, frozen=True):
    """A mini program or official account. The app keys are those of virtual payment."""

    appid: str
    secret: str | None = None
    token: str | None = None
    encoding_aes_key: str | None = None
    app_key: str | None = None
    sandbox_app_key: str | None = None
    previous: list[PreviousAppKeys] = []


class PreviousKeys(Section, frozen=True):
    """What a merchant replaced, to recognise its use."""

    certificate: str | None = None
    private_key: str | None = None
    api_v2_key: str | None = None
    api_v3_key: str | None = None


class PlatformKey(Section, frozen=True):
    """A WeChat Pay public key with its id."""

    id: str
    key: str


class WechatPayMerchant(Section, frozen=True):
    """A merchant of WeChat Pay."""

    mchid: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6,16}$")]
    appids: list[str] = []
    api_v2_key: str | None = None
    api_v3_key: str | None = None
    certificate: str | None = None
    sm2_certificate: str | None = None
    private_key: str | None = None
    previous: list[PreviousKeys] = []
    platform_keys: list[str | PlatformKey] = []


class Credentials(Section, frozen=True):
    """The section `credentials`, references resolved. A list left empty may be null."""

    jwt: list[JwtKey] | None = None
    basic: list[BasicUser] | None = None
    wechatpay: list[WechatPayMerchant] | None = None
    oauth: list[OauthClient] | None = None
    wechat: list[WechatApp] | None = None
    signing: list[RequestSigner] | None = None


class Config(Section, frozen=True):
    """The whole file. `mitmproxy` holds options of mitmproxy by their own names."""

    mitmproxy: dict[str, Any] | None = None
    why401: Settings | None = None
    credentials: Credentials | None = None

    @property
    def settings(self) -> Settings:
        """The section `why401`, or its defaults."""
        return self.why401 or Settings()


def read_config(path: Path, environment: Mapping[str, str]) -> tuple[Document, Config]:
    """Return the file at `path` and what it says; raises DocumentError with the one line to
    show."""
    document = read_document(path)
    if document.value is None:
        return document, Config()
    if not isinstance(document.value, dict):
        raise document.error((), "expected the sections mitmproxy, why401 and credentials")
    value = dict(document.value)
    if isinstance(value.get("credentials"), dict):
        resolver = _Resolver(document, path.parent, environment)
        value["credentials"] = resolver.resolved(value["credentials"], ("credentials",))
    config = Document(document.path, value, document.lines).decode(Config)
    _check_jwt(config, document)
    _check_folders(config, document, path.parent)
    return document, config


class _Resolver:
    """Replaces `${env:NAME}` and `file:PATH` wherever they stand."""

    def __init__(self, document: Document, folder: Path, environment: Mapping[str, str]) -> None:
        self.document = document
        self.folder = folder
        self.environment = environment

    def resolved(self, value: Any, at: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: self.resolved(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item, (*at, index)) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        if value.startswith(_FILE):
            return self._file(value.removeprefix(_FILE), at)
        return _ENVIRONMENT.sub(lambda found: self._variable(found[1], at), value)

    def _variable(self, name: str, at: KeyPath) -> str:
        if name not in self.environment:
            raise self.document.error(
                at, f"{_dotted(at)}: the environment variable {name} is not set"
            )
        return self.environment[name]

    def _file(self, name: str, at: KeyPath) -> str:
        path = self.folder / Path(name).expanduser()
        try:
            with path.open("rb") as file:
                data = file.read(MAX_KEY_FILE + 1)
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise self.document.error(at, f"{_dotted(at)}: {path}: {reason}") from None
        if len(data) > MAX_KEY_FILE:
            raise self.document.error(at, f"{_dotted(at)}: {path}: too large for a key")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.document.error(
                at, f"{_dotted(at)}: {path}: not text; convert the key to PEM"
            ) from None


def _check_jwt(config: Config, document: Document) -> None:
    entries = (config.credentials.jwt if config.credentials else None) or []
    for index, entry in enumerate(entries):
        at: KeyPath = ("credentials", "jwt", index)
        given = [name for name in ("key", "secret", "jwks") if getattr(entry, name) is not None]
        if len(given) > 1:
            raise document.error(
                (*at, given[1]), f"{_dotted(at)}: give one of key, secret and jwks, not two"
            )
        if isinstance(entry.jwks, str):
            try:
                keys = json.loads(entry.jwks)
            except ValueError:
                keys = None
            if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
                raise document.error(
                    (*at, "jwks"), f'{_dotted((*at, "jwks"))}: expected JSON with a list "keys"'
                )


def _check_folders(config: Config, document: Document, base: Path) -> None:
    for index, folder in enumerate(config.settings.rules):
        if not (base / Path(folder).expanduser()).is_dir():
            at: KeyPath = ("why401", "rules", index)
            raise document.error(at, f"{_dotted(at)}: {base / folder} is not a folder")


def _dotted(at: KeyPath) -> str:
    """Return a key path as people write it: `credentials.jwt[0].key`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


def missing_config(path: Path) -> DocumentError:
    """Return the error for a configuration file that is named but not there."""
    return DocumentError(str(path), None, "no such file; name one with -c, or leave -c out")
