"""A small sound rule as text, for tests that break one thing in it."""

from pathlib import Path

SOUND = """\
id: shop/key-withdrawn
severity: error
title:
  zh: 这个密钥已被收回
  en: This key has been withdrawn
match:
  request.host: api.rules.test
  response.json.code: key_withdrawn
causes:
  - id: withdrawn
    zh: 管理员收回了这个密钥。
    en: An administrator withdrew the key.
    fix:
      zh: 申请一个新的密钥。
      en: Ask for a new key.
    hint:
      zh: 换新密钥
      en: get a new key
references:
  - url: https://rules.test/errors
    read: 2026-11-20
    for: the meaning of key_withdrawn
tests:
  - name: as sent
    request: {url: "https://api.rules.test/orders", headers: {X-Api-Key: k1}}
    response: {status: 401, json: {code: key_withdrawn}}
    expect: match
    cause: withdrawn
  - name: another code
    request: {url: "https://api.rules.test/orders", headers: {X-Api-Key: k1}}
    response: {status: 401, json: {code: key_unknown}}
    expect: no match
"""


def write_rules(folder: Path, **files: str | bytes) -> Path:
    """Write rule files, `a__b` as `a/b.yaml`, into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_schema.json").write_text("{}")
    for name, text in files.items():
        path = folder / (name.replace("__", "/").replace("_", "-") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
