"""What `why401 doctor` says of the configured keys; it never shows one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from why401 import sm2
from why401.commands.doctor_check import ADVICE, FAULT, OK, Check
from why401.keys import Keys, PublicKey, Secret, WechatPayKeys
from why401.knowledge.words import Language
from why401.language import counted, said
from why401.sm2 import Sm2Key

SOON_S = 30 * 86_400


def key_checks(keys: Keys, language: Language, now_s: float) -> Iterator[Check]:
    """Yield a check for every key that can be judged without traffic."""
    for merchant in keys.wechatpay:
        yield from _merchant(merchant, language, now_s)
    for account in keys.wechat:
        for secret in (account.encoding_aes_key, *account.previous_aes_keys):
            yield from _length(secret, 43, language)
    for issuer in keys.jwt:
        if not (issuer.key or issuer.secret or issuer.jwks):
            yield Check(
                ADVICE,
                said(
                    language,
                    f"{issuer.label} 没有 key、secret 或 jwks：签名核对不了",
                    f"{issuer.label} has no key, secret or jwks: no signature can be checked",
                ),
            )
    if any(each.sm2_certificate or each.sm2_platform_keys for each in keys.wechatpay):
        yield from _sm2_extra(language)


def _merchant(merchant: WechatPayKeys, language: Language, now_s: float) -> Iterator[Check]:
    own = (merchant.certificate, merchant.sm2_certificate)
    for key in (*own, *merchant.platform_keys, *merchant.sm2_platform_keys):
        if key is not None:
            yield _key(key, language, now_s)
    for certificate in own:
        if certificate is not None and certificate.owner not in (None, merchant.mchid):
            yield Check(
                FAULT,
                said(
                    language,
                    f"{certificate.label} 属于商户 {certificate.owner}，不是 {merchant.mchid}",
                    f"{certificate.label} belongs to {certificate.owner}, not {merchant.mchid}",
                ),
            )
    if merchant.private_key is not None and merchant.sm2_certificate is None:
        yield from _private_key(merchant.private_key, merchant.certificate, language)
    for secret in (merchant.api_v2_key, merchant.api_v3_key):
        yield from _length(secret, 32, language)


def _private_key(
    secret: Secret, certificate: PublicKey | None, language: Language
) -> Iterator[Check]:
    try:
        key: Any = load_pem_private_key(secret.data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        yield Check(
            FAULT,
            said(
                language,
                f"{secret.label} 不是没有密码的 PEM 私钥：换成 apiclient_key.pem 原文件",
                f"{secret.label} is no PEM private key without a password: use apiclient_key.pem",
            ),
        )
        return
    if not isinstance(key, rsa.RSAPrivateKey):
        yield Check(
            FAULT,
            said(
                language,
                f"{secret.label} 不是 RSA 私钥：换成 apiclient_key.pem",
                f"{secret.label} is no RSA key: use apiclient_key.pem",
            ),
        )
    elif certificate is not None:
        is_pair = key.public_key().public_numbers() == certificate.key.public_numbers()
        yield (
            Check(OK, said(language, f"{secret.label} 与证书成对", f"{secret.label} fits"))
            if is_pair
            else Check(
                FAULT,
                said(
                    language,
                    f"{secret.label} 与 {certificate.label} 不成对：取同一次下载的两个文件",
                    f"{secret.label} and {certificate.label} are no pair: take both files of "
                    "one download",
                ),
            )
        )


def _length(secret: Secret | None, expected: int, language: Language) -> Iterator[Check]:
    if secret is not None and len(secret.data) != expected:
        yield Check(
            ADVICE,
            said(
                language,
                f"{secret.label} 长 {len(secret.data)} 字节，应为 {expected}",
                f"{secret.label} has {counted(len(secret.data), 'byte')}, {expected} are expected",
            ),
        )


def _sm2_extra(language: Language) -> Iterator[Check]:
    if not sm2.is_ready():
        yield Check(
            ADVICE,
            said(
                language,
                f"配置了国密证书，但还不能验 SM2 签名：pip install '{sm2.EXTRA}'",
                f"SM2 keys are configured but cannot verify yet: pip install '{sm2.EXTRA}'",
            ),
        )


def _key(key: PublicKey | Sm2Key, language: Language, now_s: float) -> Check:
    if key.not_after_s is None:
        return Check(OK, f"{key.label} {key.serial or ''}".strip())
    until = datetime.datetime.fromtimestamp(key.not_after_s, datetime.UTC).strftime("%Y-%m-%d")
    if key.not_after_s < now_s:
        return Check(
            FAULT,
            said(language, f"{key.label} 已于 {until} 过期", f"{key.label} expired on {until}"),
        )
    mark = ADVICE if key.not_after_s - now_s < SOON_S else OK
    return Check(
        mark,
        said(
            language,
            f"{key.label} 序列号 {key.serial}，有效至 {until}",
            f"{key.label} serial {key.serial}, valid until {until}",
        ),
    )
