"""The configuration in force: the file as written, the keys in it parsed once, its folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from why401 import keys
from why401.config import (
    Config,
    Credentials,
    JwtKey,
    PlatformKey,
    PreviousKeys,
    RequestSigner,
    Settings,
    Verify,
    WechatApp,
    WechatPayMerchant,
    read_config,
)
from why401.documents import key_path
from why401.keys import NO_KEYS, Keys, Secret


class Configuration(msgspec.Struct, frozen=True):
    """`path` is the file that `config` was read from, None where there is none."""

    config: Config
    keys: Keys
    path: Path | None = None

    @property
    def settings(self) -> Settings:
        """The section `why401`."""
        return self.config.settings

    @property
    def rule_folders(self) -> tuple[Path, ...]:
        """The user's rule folders; relative ones are relative to the configuration file."""
        base = self.path.parent if self.path else Path()
        return tuple(base / Path(folder).expanduser() for folder in self.settings.rules)


DEFAULTS = Configuration(Config(), NO_KEYS)


def read_configuration(path: Path, environment: Mapping[str, str]) -> Configuration:
    """Return the configuration in `path`; raises DocumentError with the one line to show."""
    document, config = read_config(path, environment)
    try:
        return Configuration(config, keys_from(config), path)
    except ValueError as error:
        where = str(error).partition(":")[0]
        raise document.error(key_path(f".{where}"), str(error)) from None


def keys_from(config: Config) -> Keys:
    """Return the keys of `config`, each parsed once.

    Raises ValueError, the text being the key path and what is wrong with the key there.
    """
    credentials = config.credentials or Credentials()
    return Keys(
        verify_accepted=config.settings.verify is Verify.ALL,
        wechatpay=tuple(
            _merchant(f"credentials.wechatpay[{index}]", merchant)
            for index, merchant in enumerate(credentials.wechatpay or ())
        ),
        jwt=tuple(
            _jwt(f"credentials.jwt[{index}]", entry)
            for index, entry in enumerate(credentials.jwt or ())
        ),
        basic=tuple(
            keys.BasicAccount(
                f"credentials.basic[{index}]",
                user.host,
                user.username,
                Secret(f"credentials.basic[{index}].password", user.password),
            )
            for index, user in enumerate(credentials.basic or ())
        ),
        oauth=tuple(
            keys.OauthClient(
                f"credentials.oauth[{index}]",
                client.host,
                client.client_id,
                _secret(f"credentials.oauth[{index}].client_secret", client.client_secret),
            )
            for index, client in enumerate(credentials.oauth or ())
        ),
        wechat=tuple(
            _account(f"credentials.wechat[{index}]", app)
            for index, app in enumerate(credentials.wechat or ())
        ),
        signing=tuple(
            _signer(f"credentials.signing[{index}]", signer)
            for index, signer in enumerate(credentials.signing or ())
        ),
    )


def _signer(label: str, signer: RequestSigner) -> keys.SigningKey:
    public = None
    if signer.public_key is not None:
        try:
            public = keys.public_key(f"{label}.public_key", signer.public_key)
        except ValueError as error:
            raise ValueError(f"{label}.public_key: {error}") from None
    return keys.SigningKey(
        label,
        signer.host,
        signer.key_id,
        _secret(f"{label}.secret", signer.secret),
        _secret(f"{label}.token_secret", signer.token_secret),
        public,
    )


def _account(label: str, app: WechatApp) -> keys.WechatAccount:
    return keys.WechatAccount(
        label,
        app.appid,
        secret=_secret(f"{label}.secret", app.secret),
        token=_secret(f"{label}.token", app.token),
        encoding_aes_key=_secret(f"{label}.encoding_aes_key", app.encoding_aes_key),
        previous_aes_keys=tuple(
            Secret(f"{label}.previous[{number}].encoding_aes_key", previous.encoding_aes_key)
            for number, previous in enumerate(app.previous)
        ),
        app_key=_secret(f"{label}.app_key", app.app_key),
        sandbox_app_key=_secret(f"{label}.sandbox_app_key", app.sandbox_app_key),
    )


def _merchant(label: str, merchant: WechatPayMerchant) -> keys.WechatPayKeys:
    try:
        return keys.wechatpay_keys(
            label,
            merchant.mchid,
            appids=merchant.appids,
            api_v2_key=merchant.api_v2_key,
            api_v3_key=merchant.api_v3_key,
            certificate_pem=merchant.certificate,
            sm2_certificate_pem=merchant.sm2_certificate,
            private_key_pem=merchant.private_key,
            previous=[_given(previous) for previous in merchant.previous],
            platform_keys=[
                (key.id, key.key) if isinstance(key, PlatformKey) else key
                for key in merchant.platform_keys
            ],
        )
    except ValueError as error:
        raise ValueError(f"{label}.{error}") from None


def _given(previous: PreviousKeys) -> Mapping[str, str]:
    values = {
        "certificate": previous.certificate,
        "api_v2_key": previous.api_v2_key,
        "api_v3_key": previous.api_v3_key,
    }
    return {name: value for name, value in values.items() if value is not None}


def _jwt(label: str, entry: JwtKey) -> keys.JwtKeys:
    if entry.key is not None:
        # Only a key is worth the import, which is not for the way to the open port.
        from why401.jose.keys import public_key_of

        try:
            public_key_of(entry.key)
        except ValueError as error:
            raise ValueError(f"{label}.key: {error}") from None
    audience = entry.audience
    jwks: Any = json.loads(entry.jwks) if isinstance(entry.jwks, str) else entry.jwks
    return keys.JwtKeys(
        label,
        name=entry.name or "",
        host=entry.host or "*",
        issuer=entry.issuer,
        audience=(audience,) if isinstance(audience, str) else tuple(audience or ()),
        algorithms=tuple(entry.algorithms),
        key=entry.key,
        secret=_secret(f"{label}.secret", entry.secret),
        jwks=jwks,
        scopes=tuple(entry.scopes),
    )


def _secret(label: str, value: str | None) -> Secret | None:
    return None if value is None else Secret(label, value)
