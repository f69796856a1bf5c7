"""OAuth 1.0a: HMAC-SHA1, HMAC-SHA256 and PLAINTEXT over the request (RFC 5849 section 3.4)."""

from __future__ import annotations

import base64
import hmac
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field

from why401.case import Case
from why401.credentials.parameters import parse_parameters
from why401.keys import SigningKey
from why401.signatures.canonical_signers import secret_variants
from why401.signatures.engine import Mistake, Parts
from why401.signatures.sent_request import Pairs, SentRequest, Signed, encoded

SECRET, TOKEN_SECRET, METHOD, URL, PARAMETERS = range(5)
HASHES = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


@dataclass(frozen=True)
class Oauth1Claim:
    """What the sender says that it signed; `oauth` are the parameters of the protocol, decoded. In
    PLAINTEXT the signature is the secrets."""

    request: SentRequest
    oauth: Pairs = field(repr=False)
    method: str
    signature: str = field(repr=False)
    secret: str = field(repr=False)
    token_secret: str = field(repr=False)

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (
            self.secret,
            self.token_secret,
            self.request.method.upper(),
            self.url,
            normalised(self.parameters),
        )

    @property
    def url(self) -> str:
        """The base string's URI (section 3.4.1.2): lower case, no default port, no query."""
        host = (self.request.value("host") or self.request.host).lower()
        default = {"http": ":80", "https": ":443"}.get(self.request.scheme, "")
        return f"{self.request.scheme}://{host.removesuffix(default)}{self.request.path}"

    @property
    def parameters(self) -> Pairs:
        """All parameters that count (section 3.4.1.3); in a query a plus is a blank."""
        query = ((name.replace("+", " "), v.replace("+", " ")) for name, v in self.request.query)
        own = (*self.oauth, *query, *self.request.form)
        return tuple(pair for pair in own if pair[0] not in ("realm", "oauth_signature"))


def normalised(parameters: Pairs) -> str:
    """Return `parameters` encoded, sorted and joined (section 3.4.1.3.2)."""
    pairs = sorted((encoded(name), encoded(value)) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in pairs)


def base_string(parts: Parts) -> bytes:
    """Return the text that is signed (section 3.4.1.1)."""
    text = "&".join((parts[METHOD], encoded(parts[URL]), encoded(parts[PARAMETERS])))
    return text.encode("ascii", "replace")


def signature_of(method: str, parts: Parts) -> str:
    """Return the signature that `parts` give."""
    key = f"{encoded(parts[SECRET])}&{encoded(parts[TOKEN_SECRET])}"
    if method == "PLAINTEXT":
        return key
    made = hmac.digest(key.encode("ascii", "replace"), base_string(parts), HASHES[method])
    return base64.b64encode(made).decode()


# -- what clients get wrong ----------------------------------------------------------------------


def _secrets(_claim: Oauth1Claim, secret: str) -> Iterator[str]:
    yield from secret_variants(secret)
    yield ""


def _token_secrets(claim: Oauth1Claim, secret: str) -> Iterator[str]:
    yield from (*secret_variants(secret), "", claim.secret)


def _methods(_claim: Oauth1Claim, method: str) -> Iterator[str]:
    yield from (each for each in ("GET", "POST", "PUT", "DELETE") if each != method)
    yield method.lower()


def _urls(claim: Oauth1Claim, url: str) -> Iterator[str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    other = "http" if scheme == "https" else "https"
    yield f"{other}://{rest}"
    yield f"{scheme}://{host}:{443 if scheme == 'https' else 80}{slash}{path}"
    yield f"{scheme}://{host.partition(':')[0]}{slash}{path}"
    query = "&".join(f"{name}={value}" for name, value in claim.request.query)
    if query:
        yield f"{url}?{query}"
    yield url.rstrip("/")
    yield url + "/"


def _parameters(claim: Oauth1Claim, right: str) -> Iterator[str]:
    everything = claim.parameters
    sets: tuple[Pairs, ...] = (
        claim.oauth,
        tuple(pair for pair in everything if pair not in claim.request.form),
        tuple(pair for pair in everything if pair not in claim.request.query),
    )
    for pairs in sets:
        yield normalised(pairs)
    # Encoded before they were normalised, or not at all, or in the order in which they came.
    yield normalised(tuple((encoded(name), encoded(value)) for name, value in everything))
    yield "&".join(f"{name}={value}" for name, value in sorted(everything))
    yield "&".join(f"{encoded(name)}={encoded(value)}" for name, value in everything)
    yield right.replace("%20", "%2B")
    yield right.replace("%20", "+")


MISTAKES: tuple[Mistake, ...] = (
    Mistake("secret-spoilt", SECRET, _secrets),
    Mistake("token-secret", TOKEN_SECRET, _token_secrets),
    Mistake("method", METHOD, _methods),
    Mistake("url", URL, _urls),
    Mistake("parameters", PARAMETERS, _parameters),
)


# -- a request under one key ---------------------------------------------------------------------


def signed(_: Case, scheme: str, request: SentRequest, key: SigningKey) -> Iterator[Signed]:
    """Yield `request` as `key` should have signed it; nothing for other methods."""
    header = tuple(oauth_pairs(request.value("authorization") or ""))
    pairs = dict((*request.query, *request.form, *header))
    method = pairs.get("oauth_signature_method", "")
    made = pairs.get("oauth_signature", "").replace(" ", "+")
    if key.secret is None or method not in (*HASHES, "PLAINTEXT"):
        return
    token_secret = key.token_secret.value if key.token_secret else ""
    claim = Oauth1Claim(request, header, method, made, key.secret.value, token_secret)
    yield Signed(
        scheme,
        "oauth1-mismatch",
        "request.header.authorization" if header else "request.query.oauth_signature",
        key.secret.label,
        claim,
        claim.parts,
        MISTAKES,
        lambda parts: signature_of(method, parts) == made,
    )


def oauth_pairs(value: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of an Authorization field, decoded."""
    params, _ = parse_parameters(value.partition(" ")[2][:8192])
    for each in params:
        yield urllib.parse.unquote(each.name), urllib.parse.unquote(each.value)
