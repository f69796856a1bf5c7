from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange

from why401.case import Case
from why401.history.digest_nonces import MAX_CHARS, MAX_COUNTS, MAX_HOSTS, MAX_NONCES, DigestNonces


def challenge(nonce: str, host: str = "a.example") -> Case:
    value = f'Digest realm="r", nonce="{nonce}", opaque="o"'
    return Case(
        exchange(f"https://{host}/", status=401, response_headers={"WWW-Authenticate": value})
    )


def test_challenge_is_remembered_with_its_nonce() -> None:
    nonces = DigestNonces()
    nonces.learn(challenge("n1"))
    known = nonces.nonce("a.example", "n1")
    assert known is not None
    assert (known.realm, known.opaque, known.exchange) == ("r", "o", "t#0")
    assert nonces.nonce("a.example", "n2") is nonces.nonce("b.example", "n1") is None


def test_refused_uses_do_not_count() -> None:
    sent = {"Authorization": 'Digest nonce="n", nc=00000003, cnonce="c"'}
    nonces = DigestNonces()
    nonces.learn(Case(exchange("https://a.example/", headers=sent, status=401)))
    assert nonces.nonce("a.example", "n") is None
    nonces.learn_success(
        exchange("https://a.example/", headers=sent), sent["Authorization"].encode()
    )
    known = nonces.nonce("a.example", "n")
    assert known is not None
    assert (known.counts, known.first_cnonce) == ({3: "t#0"}, "c")


def test_memory_is_bounded() -> None:
    nonces = DigestNonces()
    for number in range(2 * MAX_HOSTS):
        nonces.learn(challenge("n", f"h{number}.example"))
    assert (
        sum(bool(nonces.of(f"h{number}.example")) for number in range(2 * MAX_HOSTS)) == MAX_HOSTS
    )
    for number in range(2 * MAX_NONCES):
        nonces.learn(challenge(f"n{number}"))
    assert len(nonces.of("a.example")) == MAX_NONCES
    for number in range(2 * MAX_COUNTS):
        value = f'Digest nonce="n", nc={number:08x}, cnonce="c"'.encode()
        nonces.learn_success(exchange("https://a.example/"), value)
    known = nonces.nonce("a.example", "n")
    assert known is not None
    assert len(known.counts) == MAX_COUNTS
    nonces.learn(challenge("x" * 10_000))
    assert nonces.nonce("a.example", "x" * 10_000) is None


@given(st.binary(max_size=60))
def test_nothing_on_the_wire_makes_it_fail(value: bytes) -> None:
    nonces = DigestNonces()
    text = value.decode("latin-1")
    nonces.learn_success(exchange("https://a.example/"), b"Digest " + value)
    fields = {"WWW-Authenticate": f"Digest {text}", "Authentication-Info": text}
    nonces.learn(Case(exchange("https://a.example/", status=401, response_headers=fields)))


def test_long_parameters_are_cut() -> None:
    sent = f'Digest nonce="n", realm="{"r" * 2000}", opaque="{"o" * 1000}", nc=00000001'
    nonces = DigestNonces()
    nonces.learn_success(exchange("https://a.example/"), sent.encode())
    known = nonces.nonce("a.example", "n")
    assert known is not None
    assert len(known.realm or "") == len(known.opaque or "") == MAX_CHARS
