"""Which hosts belong to one site: a short list of the suffixes under which anyone may register.

Browsers go by the Public Suffix List (https://publicsuffix.org), which has ten thousand entries
and takes longer to load than a proxy takes to start. What stands here are the suffixes of many
countries and of the hosting services on which applications under development run. A suffix that is
missing makes two sites look like one: then less is said, never more.
"""

from __future__ import annotations

import functools
import ipaddress

_BY_COUNTRY = {
    "ae": "ac co gov mil net org sch",
    "ar": "com edu gob gov mil net org",
    "at": "ac co gv or",
    "au": "asn com edu gov id net org",
    "bd": "ac com edu gov mil net org",
    "br": "art blog com dev eco edu gov ind inf jus leg mil net org srv tur tv",
    "cn": "ac com edu gov mil net org ah bj cq fj gd gs gx gz ha hb he hi hl hn jl js jx ln nm nx "
    "qh sc sd sh sn sx tj xj xz yn zj hk mo tw",
    "co": "com edu gov mil net nom org",
    "eg": "com edu eun gov mil name net org sci",
    "es": "com edu gob nom org",
    "gr": "com edu gov net org",
    "hk": "com edu gov idv net org",
    "id": "ac biz co desa go mil my net or ponpes sch web",
    "il": "ac co gov idf k12 muni net org",
    "in": "ac co edu firm gen gov ind mil net nic org res",
    "jp": "ac ad co ed go gr lg ne or",
    "ke": "ac co go info me mobi ne or sc",
    "kr": "ac co es go hs kg mil ms ne or pe re sc",
    "mo": "com edu gov net org",
    "mx": "com edu gob net org",
    "my": "com edu gov mil name net org",
    "ng": "com edu gov i mil mobi name net org sch",
    "nz": "ac co cri geek gen govt health iwi kiwi maori mil net org parliament school",
    "pe": "com edu gob mil net nom org",
    "ph": "com edu gov i mil net ngo org",
    "pk": "com edu fam gob gov net org web",
    "pl": "com edu gov info net org",
    "pt": "com edu gov int net nome org publ",
    "sa": "com edu gov med net org pub sch",
    "sg": "com edu gov net org per",
    "th": "ac co go in mi net or",
    "tr": "av bbs bel biz com dr edu gen gov info k12 kep mil name net org pol tel tsk tv web",
    "tw": "club com ebiz edu game gov idv mil net org",
    "ua": "com edu gov in net org",
    "uk": "ac co gov ltd me net nhs org plc police sch",
    "vn": "ac biz com edu gov health info int name net org pro",
    "za": "ac agric alt co edu gov law mil net ngo nic nis nom org school tm web",
}
_HOSTING = """
    amplifyapp.com appspot.com azurecontainer.io azurestaticapps.net azurewebsites.net cloudapp.net
    cloudfront.net cloudfunctions.net csb.app deno.dev duckdns.org elasticbeanstalk.com
    firebaseapp.com fly.dev github.io gitlab.io gitpod.io glitch.me herokuapp.com hf.space
    loca.lt myshopify.com netlify.app ngrok-free.app ngrok.app ngrok.io now.sh onrender.com
    pages.dev pythonanywhere.com repl.co replit.app replit.dev run.app a.run.app s3.amazonaws.com
    streamlit.app supabase.co surge.sh trycloudflare.com up.railway.app vercel.app vercel.dev
    web.app weebly.com wixsite.com wordpress.com workers.dev
"""
SUFFIXES = frozenset(_HOSTING.split()) | {
    f"{name}.{country}" for country, names in _BY_COUNTRY.items() for name in names.split()
}
"""Suffixes of two labels and more; every last label is one as well."""
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go"})
"""What most other countries call their second levels: good for telling sites apart, no proof."""


def is_public_suffix(domain: str) -> bool:
    """Return whether `domain` is known to be one under which anyone may register."""
    return domain in SUFFIXES or ("." not in domain and domain != "localhost")


@functools.lru_cache(512)
def site_of(host: str) -> str:
    """Return the registrable domain of `host`; an address is a site of its own, and so is a public
    suffix itself."""
    host = host.lower().rstrip(".")
    if is_loopback(host):
        return "localhost"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    for size in (3, 2):
        if len(labels) > size and ".".join(labels[-size:]) in SUFFIXES:
            return ".".join(labels[-size - 1 :])
    is_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-1] not in _BY_COUNTRY
    size = 3 if host in SUFFIXES or (is_country and labels[-2] in _SECOND_LEVEL) else 2
    return ".".join(labels[-size:])


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine, which browsers trust without TLS."""
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")
