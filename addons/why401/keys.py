"""The user's keys and secrets as the configuration gives them.

Every secret carries its label, the path by which its owner knows it (`credentials.wechatpay[0]
.api_v2_key`): the label is what is shown, the value never is, not even by `repr`. Certificates
and public keys are parsed once, when the configuration is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from why401.later import later
from why401.masking import Unshown
from why401.sm2 import Sm2Key, holds_sm2, sm2_key

if TYPE_CHECKING:
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
else:
    exceptions = later("cryptography.exceptions")
    rsa = later("cryptography.hazmat.primitives.asymmetric.rsa")
    serialization = later("cryptography.hazmat.primitives.serialization")
    x509 = later("cryptography.x509")


class Secret(Unshown, frozen=True):
    """A symmetric key or password; `label` says where it was configured or learnt."""

    label: str
    value: str

    @property
    def data(self) -> bytes:
        """The secret as UTF-8."""
        return self.value.encode("utf-8", "surrogatepass")


class PublicKey(Unshown, frozen=True):
    """An RSA public key, of a certificate or alone.

    `serial` is the certificate's serial number as WeChat Pay writes it (upper-case hexadecimal),
    or the `PUB_KEY_ID_…` under which a bare key was configured. Times are Unix seconds.
    """

    label: str
    key: rsa.RSAPublicKey
    serial: str | None = None
    owner: str | None = None
    not_after_s: float | None = None

    @property
    def size_bytes(self) -> int:
        """The length of a signature by this key."""
        return (self.key.key_size + 7) // 8


class WechatPayKeys(msgspec.Struct, frozen=True):
    """What is known of one merchant of WeChat Pay; `label` is `credentials.wechatpay[0]`."""

    label: str
    mchid: str
    appids: tuple[str, ...] = ()
    api_v2_key: Secret | None = None
    api_v3_key: Secret | None = None
    certificate: PublicKey | None = None
    private_key: Secret | None = None
    """PEM; only for what the public half cannot tell. Loaded where it is used, it is slow."""
    previous_v2_keys: tuple[Secret, ...] = ()
    previous_v3_keys: tuple[Secret, ...] = ()
    previous_certificates: tuple[PublicKey, ...] = ()
    platform_keys: tuple[PublicKey, ...] = ()
    sm2_certificate: Sm2Key | None = None
    sm2_platform_keys: tuple[Sm2Key, ...] = ()


class JwtKeys(Unshown, frozen=True):
    """How tokens of one issuer are checked; exactly one of `key` (PEM), `secret` and `jwks`."""

    label: str
    name: str = ""
    host: str = "*"
    issuer: str | None = None
    audience: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    key: str | None = None
    """May be a private one: its public half is what is used."""
    secret: Secret | None = None
    jwks: Mapping[str, Any] | None = None
    scopes: tuple[str, ...] = ()


class BasicAccount(msgspec.Struct, frozen=True):
    """A user of the servers that `host` (a glob) names; serves Basic and Digest."""

    label: str
    host: str
    username: str
    password: Secret


class OauthClient(msgspec.Struct, frozen=True):
    """A client registered with the authorization server `host` (a glob)."""

    label: str
    host: str
    client_id: str
    client_secret: Secret | None = None


class SigningKey(msgspec.Struct, frozen=True):
    """A key with which requests to `host` (a glob) are signed: AWS, Tencent Cloud, Alibaba Cloud
    and OAuth 1.0a with a secret, Alipay with the public half of the app's key. `key_id` is what the
    request names it by; None serves every request to the host."""

    label: str
    host: str
    key_id: str | None = None
    secret: Secret | None = None
    token_secret: Secret | None = None
    public_key: PublicKey | None = None


class WechatAccount(msgspec.Struct, frozen=True):
    """A mini program or official account: AppSecret, message-push token and key, and the app keys
    of virtual payment."""

    label: str
    appid: str
    secret: Secret | None = None
    token: Secret | None = None
    encoding_aes_key: Secret | None = None
    previous_aes_keys: tuple[Secret, ...] = ()
    app_key: Secret | None = None
    sandbox_app_key: Secret | None = None


class Keys(msgspec.Struct, frozen=True):
    """What turns a guess into a proof."""

    wechatpay: tuple[WechatPayKeys, ...] = ()
    jwt: tuple[JwtKeys, ...] = ()
    basic: tuple[BasicAccount, ...] = ()
    oauth: tuple[OauthClient, ...] = ()
    wechat: tuple[WechatAccount, ...] = ()
    signing: tuple[SigningKey, ...] = ()
    verify_accepted: bool = False
    """Whether signatures of accepted requests are recomputed too (`why401.verify: all`)."""

    def merchant(self, mchid: str | None) -> WechatPayKeys | None:
        """Return what is configured for the merchant number `mchid`."""
        return next((each for each in self.wechatpay if each.mchid == mchid), None)


NO_KEYS = Keys()


def certificate(label: str, pem: str | bytes) -> PublicKey:
    """Return the key of an X.509 certificate in PEM; raises ValueError saying what else it is."""
    data = pem.encode() if isinstance(pem, str) else pem
    if b"PRIVATE KEY-----" in data:
        raise ValueError("is a private key; a certificate is expected")
    if holds_sm2(data):
        raise ValueError("is an SM2 certificate; give it as sm2_certificate")
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise ValueError("is not a certificate in PEM (-----BEGIN CERTIFICATE-----)")
    try:
        parsed = x509.load_pem_x509_certificate(data)
        key = parsed.public_key()
    except exceptions.UnsupportedAlgorithm:
        raise ValueError("holds a key of an unsupported kind; RSA is expected") from None
    except ValueError:
        raise ValueError("is a damaged certificate; copy the whole file") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("holds no RSA key")  # noqa: TRY004  (its content is wrong, not its type)
    return PublicKey(
        label,
        key,
        serial=f"{parsed.serial_number:X}".zfill(40),
        owner=_common_name(parsed.subject),
        not_after_s=parsed.not_valid_after_utc.timestamp(),
    )


def public_key(label: str, pem: str | bytes, key_id: str | None = None) -> PublicKey:
    """Return an RSA public key in PEM, or that of a certificate; `key_id` is WeChat Pay's name
    for it (`PUB_KEY_ID_…`). Raises ValueError saying what else it is."""
    data = pem.encode() if isinstance(pem, str) else pem
    if b"-----BEGIN CERTIFICATE-----" in data:
        return certificate(label, data)
    if b"PRIVATE KEY-----" in data:
        raise ValueError("is a private key; a public key is expected")
    try:
        key = serialization.load_pem_public_key(data)
    except exceptions.UnsupportedAlgorithm:
        raise ValueError("is a key of an unsupported kind; RSA is expected") from None
    except ValueError:
        raise ValueError("is not a public key in PEM (-----BEGIN PUBLIC KEY-----)") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("is not an RSA key")  # noqa: TRY004  (its content is wrong, not its type)
    return PublicKey(label, key, serial=key_id)


def wechatpay_keys(
    label: str,
    mchid: str,
    *,
    appids: Sequence[str] = (),
    api_v2_key: str | None = None,
    api_v3_key: str | None = None,
    certificate_pem: str | bytes | None = None,
    sm2_certificate_pem: str | bytes | None = None,
    private_key_pem: str | None = None,
    previous: Sequence[Mapping[str, str]] = (),
    platform_keys: Sequence[str | tuple[str, str]] = (),
) -> WechatPayKeys:
    """Return a merchant's keys from the plain values of its entry in the configuration.

    `previous` are mappings with any of `certificate` (PEM), `api_v2_key`, `api_v3_key`; a platform
    key is a PEM, or (id, PEM), of RSA or SM2. Raises ValueError: key path below `label`, a colon,
    what is wrong.
    """

    read = _Reader(label, previous)
    named = [
        (f"platform_keys[{number}]", each, None)
        if isinstance(each, str)
        else (f"platform_keys[{number}].key", each[1], each[0])
        for number, each in enumerate(platform_keys)
    ]
    return WechatPayKeys(
        label,
        mchid,
        appids=tuple(appids),
        api_v2_key=read.secret("api_v2_key", api_v2_key),
        api_v3_key=read.secret("api_v3_key", api_v3_key),
        certificate=read.certificate("certificate", certificate_pem) if certificate_pem else None,
        private_key=read.secret("private_key", private_key_pem),
        previous_v2_keys=read.previous_secrets("api_v2_key"),
        previous_v3_keys=read.previous_secrets("api_v3_key"),
        previous_certificates=read.previous_certificates(),
        platform_keys=tuple(read.public_key(*each) for each in named if not holds_sm2(each[1])),
        sm2_certificate=(
            read.sm2_key("sm2_certificate", sm2_certificate_pem) if sm2_certificate_pem else None
        ),
        sm2_platform_keys=tuple(read.sm2_key(*each) for each in named if holds_sm2(each[1])),
    )


class _Reader:
    """Reads the values of one entry: each key is labelled with its path, each fault says it."""

    def __init__(self, label: str, previous: Sequence[Mapping[str, str]]) -> None:
        self._label = label
        self._previous = previous

    def secret(self, name: str, value: str | None) -> Secret | None:
        return Secret(f"{self._label}.{name}", value) if value is not None else None

    def certificate(self, name: str, pem: str | bytes) -> PublicKey:
        with _naming(name):
            return certificate(f"{self._label}.{name}", pem)

    def public_key(self, name: str, pem: str | bytes, key_id: str | None) -> PublicKey:
        with _naming(name):
            return public_key(f"{self._label}.{name}", pem, key_id)

    def sm2_key(self, name: str, pem: str | bytes, key_id: str | None = None) -> Sm2Key:
        with _naming(name):
            return sm2_key(f"{self._label}.{name}", pem, key_id)

    def previous_secrets(self, name: str) -> tuple[Secret, ...]:
        return tuple(Secret(f"{self._label}.{path}", value) for path, value in self._earlier(name))

    def previous_certificates(self) -> tuple[PublicKey, ...]:
        return tuple(self.certificate(path, pem) for path, pem in self._earlier("certificate"))

    def _earlier(self, name: str) -> Iterator[tuple[str, str]]:
        for number, each in enumerate(self._previous):
            if (value := each.get(name)) is not None:
                yield f"previous[{number}].{name}", value


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Put the path of a value before what is wrong with it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _common_name(name: x509.Name) -> str | None:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else None
