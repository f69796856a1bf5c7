"""Does the DPoP proof fit its request and its token?

Every check of RFC 9449 section 4.3 that the wire allows; the proof brings the key with which its
signature is checked, so nothing need be configured.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import numeric_date
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.detectors.recomputed import certainty_of_recomputed, record
from why401.detectors.traits import Trait
from why401.history.learnt import proof_id
from why401.jose.keys import jwk_key, thumbprint
from why401.jose.verify import family, is_signed_by
from why401.masking import is_redacted
from why401.model import (
    CauseFound,
    Certainty,
    Evidence,
    Finding,
    Plain,
    SignatureCheck,
    header_text,
)

REPORTS = ("bearer/dpop-proof-invalid",)
NEEDS = frozenset({Trait.REFUSED})

WHERE = "request.header.dpop"
FAR_S, NEAR_S = 300.0, 60.0
"""Servers take a proof of some seconds to some minutes; beyond five none is known to."""
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
_UNREADABLE = frozenset(
    {"malformed", "two-segments", "empty-signature", "jwe-not-jws", "too-large"}
)
_CERTAINTIES = tuple(Certainty)
MAX_SHOWN = 120


class Defect(msgspec.Struct, frozen=True):
    """One check that fails. `is_computed`: by recomputing, or so that no server can accept it."""

    cause: str
    seen: dict[str, Plain]
    is_computed: bool = False
    certainty: Certainty = Certainty.LIKELY


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield one finding with every check that the proof of a refused request fails; where none
    fails and the server calls it invalid, that alone."""
    error = _error(case)
    sent = [each for each in case.credentials if each.scheme == "dpop"]
    if not (sent or error) or (error is not None and error[1] == "use_dpop_nonce"):
        return
    proofs = [each for each in sent if each.where.startswith(WHERE)]
    token = next((each for each in sent if each.authorization), None)
    if any(is_redacted(each.value) for each in proofs):
        return
    defects = list(_defects(case, context, proofs, token)) if proofs or token else []
    is_stated = error is not None and error[1] == "invalid_dpop_proof"
    if not defects and not is_stated:
        return
    only = len(defects) == 1
    causes = [
        CauseFound(d.cause, _certainty(case, d, is_stated=is_stated and only)) for d in defects
    ]
    causes.sort(key=lambda cause: _CERTAINTIES.index(cause.certainty))
    seen: dict[str, Plain] = {}
    for defect in defects:
        seen |= defect.seen
    yield Finding(
        "bearer/dpop-proof-invalid",
        Certainty.PROVEN,
        (
            *((Evidence(WHERE, seen),) if seen else ()),
            *((Evidence(*error),) if error else ()),
        ),
        causes=tuple(causes) or (CauseFound("proof", Certainty.LIKELY),),
        values={"failed": ", ".join(dict.fromkeys(d.cause for d in defects)) or "-"},
    )


def _error(case: Case) -> tuple[str, str] | None:
    """Return where the server names a DPoP error, and which."""
    for challenge in case.challenges:
        if (error := challenge.param("error")) in ("use_dpop_nonce", "invalid_dpop_proof"):
            return "response.challenge.error", error
    body = case.response.json
    error = body.get("error") if isinstance(body, dict) else None
    if error in ("use_dpop_nonce", "invalid_dpop_proof"):
        return "response.json.error", str(error)
    return None


def _certainty(case: Case, defect: Defect, *, is_stated: bool) -> Certainty:
    if is_stated:
        # Proofs have faults that nobody sees here: the words prove none that may be harmless.
        is_harmless = defect.certainty is Certainty.POSSIBLE
        return Certainty.LIKELY if is_harmless else Certainty.PROVEN
    if defect.is_computed:
        return certainty_of_recomputed(case)
    return defect.certainty


def _defects(
    case: Case, context: Context, proofs: list[Credential], token: Credential | None
) -> Iterator[Defect]:
    if len(proofs) != 1:
        cause = "missing" if not proofs else "several"
        yield Defect(cause, {"proofs": len(proofs)}, is_computed=True)
        return
    jwt = proofs[0].jwt
    if jwt is None or jwt.header is None or jwt.claims is None or _UNREADABLE & set(jwt.problems):
        yield Defect("not-a-jwt", {"length": len(proofs[0].value)}, is_computed=True)
        return
    yield from _header(jwt)
    signature = _signature(case, jwt)
    if signature is not None:
        yield signature
    yield from _request(case, jwt.claims)
    yield from _time(case, context, jwt.claims)
    if token is not None:
        yield from _token(jwt, token)


def _header(jwt: Jwt) -> Iterator[Defect]:
    header = jwt.header or {}
    if str(header.get("typ")).lower() not in ("dpop+jwt", "application/dpop+jwt"):
        yield Defect("typ", {"typ": str(header.get("typ"))[:MAX_SHOWN]})
    if family(jwt.alg) in (None, "secret"):
        yield Defect("alg", {"alg": str(header.get("alg"))[:MAX_SHOWN]})
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        yield Defect("no-jwk", {"jwk": None})
    elif any(name in jwk for name in _PRIVATE):
        names: list[Plain] = [*sorted(str(name)[:20] for name in jwk)[:12]]
        yield Defect("private-key", {"jwk": names})


def _signature(case: Case, jwt: Jwt) -> Defect | None:
    jwk = (jwt.header or {}).get("jwk")
    key = jwk_key(jwk, WHERE) if isinstance(jwk, dict) else None
    is_right = is_signed_by(jwt, key) if key is not None else None
    status = "unverifiable" if is_right is None else "valid" if is_right else "mismatch"
    explained = "bearer/dpop-proof-invalid" if status == "mismatch" else None
    record(case, SignatureCheck("dpop", "request", status, explained_by=explained))
    if is_right is not False:
        return None
    return Defect(
        "signature", {"alg": (jwt.alg or "?")[:20], "signature": "mismatch"}, is_computed=True
    )


def _request(case: Case, claims: Mapping[str, Any]) -> Iterator[Defect]:
    method, htm = case.exchange.request.method, claims.get("htm")
    if htm != method:
        yield Defect("htm", {"htm": str(htm)[:20], "method": method[:20]})
    htu = claims.get("htu")
    urls = _urls(case)
    if not isinstance(htu, str) or normal_url(htu) not in {normal_url(url) for url in urls}:
        yield Defect(
            "htu",
            {
                "htu": None if htu is None else str(htu).partition("?")[0][:MAX_SHOWN],
                "url": urls[0].partition("?")[0][:MAX_SHOWN],
            },
        )


def _urls(case: Case) -> list[str]:
    """Return the URL of the request by its address and by its Host header, which differ where
    the proxy stands in front of the server."""
    request = case.exchange.request
    found = [request.url]
    authority = request.headers.text("host")
    if authority:
        target = header_text(request.target[:4096])
        if target.startswith("/"):
            found.append(f"{request.scheme}://{authority}{target}")
    return found


def normal_url(url: str) -> str | None:
    """Return a URL without query and fragment, in normal form (RFC 3986 section 6.2.2 and 6.2.3);
    None where it is none."""
    try:
        parts = urllib.parse.urlsplit(url.strip()[:8192])
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or not parts.scheme:
        return None
    scheme = parts.scheme.lower()
    if port in (None, {"http": 80, "https": 443}.get(scheme)):
        port = None
    path = urllib.parse.quote(urllib.parse.unquote(parts.path), safe="/%:@!$&'()*+,;=~") or "/"
    if "/." in path:
        slash = "/" if path.endswith(("/", "/.", "/..")) else ""
        path = posixpath.normpath(path).rstrip("/") + slash or "/"
    return f"{scheme}://{host.lower()}{f':{port}' if port else ''}{path}"


def _time(case: Case, context: Context, claims: Mapping[str, Any]) -> Iterator[Defect]:
    issued, now_s = numeric_date(claims.get("iat")), case.server_now_s
    if issued is None:
        yield Defect("iat", {"iat": None})
    elif now_s is not None and abs(now_s - issued) > NEAR_S:
        is_far = abs(now_s - issued) > FAR_S
        yield Defect(
            "iat",
            {"iat": round(issued), "now": round(now_s)},
            certainty=Certainty.LIKELY if is_far else Certainty.POSSIBLE,
        )
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        yield Defect("jti", {"jti": None})
    else:
        earlier = context.learnt.proof_ids.get(proof_id(claims))
        if earlier is not None and earlier != case.exchange.id:
            yield Defect("replayed", {"jti": f"history:{earlier}"[:MAX_SHOWN]})
    wanted = case.response.headers.text("dpop-nonce")
    if wanted and claims.get("nonce") != wanted:
        given = claims.get("nonce")
        yield Defect(
            "nonce",
            {"nonce": None if given is None else "other"},
            # A server may hand out a new nonce with any answer.
            certainty=Certainty.POSSIBLE,
        )


def _token(jwt: Jwt, token: Credential) -> Iterator[Defect]:
    text = token.authorization.token if token.authorization else token.value
    ath = (jwt.claims or {}).get("ath")
    if ath is None:
        yield Defect("ath-missing", {"ath": None})
    elif ath != token_hash(text):
        yield Defect(
            "ath", {"ath": str(ath)[:MAX_SHOWN], "token": token_hash(text)}, is_computed=True
        )
    confirmation = (token.jwt.claims or {}).get("cnf") if token.jwt else None
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    jwk = (jwt.header or {}).get("jwk")
    own = thumbprint(jwk) if isinstance(jwk, dict) else None
    if isinstance(jkt, str) and own is not None and jkt != own:
        yield Defect("jkt", {"jkt": jkt[:MAX_SHOWN], "jwk": own}, is_computed=True)


def token_hash(token: str) -> str:
    """Return the `ath` of an access token: its SHA-256 in base64url (RFC 9449 section 4.2)."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
