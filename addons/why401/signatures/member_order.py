"""The orders in which programs write the members of a JSON object that they keep as a map."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from why401.signatures.json_text import JsonText


def variants(_: str, body: JsonText) -> Iterator[str]:
    """Members sorted by name at every depth, or only outside, or reversed; as the documents name
    them, or as Java's HashMap keeps them."""
    if not isinstance(body.value, dict):
        return
    yield body.rewritten(lambda value: value, sort_keys=True) or ""
    yield body.rewritten(lambda value: dict(sorted(value.items()))) or ""
    yield body.rewritten(lambda value: dict(reversed(value.items()))) or ""
    yield body.rewritten(lambda value: dict(sorted(value.items(), reverse=True))) or ""
    yield body.rewritten(_in_documented_order) or ""
    yield body.rewritten(hash_map_order) or ""
    yield body.rewritten(_outside_in_hash_map_order) or ""


_DOCUMENTED = (
    "sp_appid", "sp_mchid", "sub_appid", "sub_mchid", "appid", "mchid", "combine_appid",
    "combine_mchid", "transaction_id", "description", "out_trade_no", "out_refund_no", "reason",
    "time_expire", "attach", "notify_url", "goods_tag", "support_fapiao", "amount", "payer",
    "detail", "scene_info", "settle_info", "total", "currency",
)  # fmt: skip
_PLACE = {name: number for number, name in enumerate(_DOCUMENTED)}


def _in_documented_order(value: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(value.items(), key=lambda item: _PLACE.get(item[0], len(_PLACE))))


def hash_map_order(value: Any) -> Any:
    """Return a JSON value with its members in the order of Java's HashMap, at every depth."""
    if isinstance(value, list):
        return [hash_map_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: hash_map_order(value[key]) for key in _in_buckets(value)}


def _outside_in_hash_map_order(value: dict[str, Any]) -> dict[str, Any]:
    return {key: value[key] for key in _in_buckets(value)}


def _in_buckets(keys: Collection[str]) -> list[str]:
    """Return keys by the bucket that each falls into; sixteen, doubled when three in four are
    taken."""
    buckets = 16
    while len(keys) > buckets * 3 // 4:
        buckets *= 2
    return sorted(keys, key=lambda key: _java_hash(key) & (buckets - 1))


def _java_hash(text: str) -> int:
    """Return String.hashCode, spread as HashMap does."""
    found = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        found = (31 * found + (high << 8 | low)) & 0xFFFFFFFF
    return found ^ found >> 16
