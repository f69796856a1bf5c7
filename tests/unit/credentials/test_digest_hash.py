import hashlib
from dataclasses import replace

import pytest

from why401.credentials.digest_hash import (
    ALGORITHMS,
    TRUNCATED,
    DigestParts,
    hash_of,
    is_session,
    user_hash,
)

RFC_7616 = DigestParts(
    "MD5",
    "Mufasa",
    "http-auth@example.org",
    "Circle of Life",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "GET",
    "/dir/index.html",
    "auth",
    "00000001",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
)
RFC_2617 = DigestParts(
    "MD5",
    "Mufasa",
    "testrealm@host.com",
    "Circle Of Life",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "GET",
    "/dir/index.html",
    "auth",
    "00000001",
    "0a4f113b",
)

VECTORS = [
    pytest.param(RFC_7616, "8ca523f5e9506fed4657c9700eebdbec", id="RFC 7616 3.9.1 MD5"),
    pytest.param(
        replace(RFC_7616, algorithm="SHA-256"),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        id="RFC 7616 3.9.1 SHA-256",
    ),
    pytest.param(RFC_2617, "6629fae49393a05397450978507c4ef1", id="RFC 2617 3.5"),
    pytest.param(
        replace(RFC_2617, qop=None), "670fd8c2df070c60b045671b8b24ff02", id="RFC 2069 form"
    ),
]


@pytest.mark.parametrize(("parts", "response"), VECTORS)
def test_vectors(parts: DigestParts, response: str) -> None:
    assert parts.response() == response


def test_truncated_sha_512_is_another_hash() -> None:
    real, cut = hash_of("SHA-512-256"), hash_of(TRUNCATED)
    assert real is not None
    assert cut is not None
    assert real(b"abc") == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"
    assert cut(b"abc") == hashlib.sha512(b"abc").hexdigest()[:64] != real(b"abc")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_gives_its_length(algorithm: str) -> None:
    made = replace(RFC_7616, algorithm=algorithm).response()
    assert made is not None
    assert len(made) == (32 if algorithm.startswith("MD5") else 64)
    plain = replace(RFC_7616, algorithm=algorithm.removesuffix("-sess")).response()
    assert (made != plain) == is_session(algorithm)


def test_what_cannot_be_computed_is_none() -> None:
    assert replace(RFC_7616, algorithm="SHA-3").response() is None
    assert replace(RFC_7616, password="密码", encoding="latin-1").response() is None
    assert user_hash("SHA-3", "a", "b") is None


def test_a_user_hash_is_made_with_the_real_sha_512_256() -> None:
    # The hash printed in RFC 7616 3.9.2 is that of truncated SHA-512; the real one is:
    made = user_hash("SHA-512-256", "Jäsøn Doe", "api@example.org")
    assert made == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
