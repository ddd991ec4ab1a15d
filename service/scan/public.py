"""The public record: what anybody may read of a lot or product, from the row of one statement. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.batches.public import TONE, UNKNOWN, PublicLine, public_line
from trace.context import local_datetime
from trace.items.models import STORAGE
from trace.quantity import show

_VILLAGE = re.compile(r".*(?:村|社区)")
COOK = "彻底加热后食用"


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """One scan's answer. ``lot`` is None where no such lot is registered and the product is shown instead.

    ``path`` is the address on our host, ``uri`` the canonical URI; dates are ISO text, ``days_left``
    counts dates and is negative after the best-before date. ``printed`` is the code as it was scanned
    where that is another than the lot's own.
    """

    line: PublicLine
    label: str
    as_of: int
    uri: str
    path: str
    product: str
    maker: str
    maker_place: str
    is_demo: bool
    lot: str | None = None
    short_code: str | None = None
    printed: str = ""
    asked_lot: str = ""
    serial: str = ""
    gtin: str | None = None
    spec: str = ""
    net_content: str = ""
    storage: str = ""
    cook: bool = False
    heating: str = ""
    ingredients: str = ""
    allergens: str = ""
    executed_standard: str = ""
    origins: tuple[str, ...] = ()
    produced_on: str | None = None
    best_before: str | None = None
    days_left: int | None = None
    shelf_life_days: int | None = None
    registered_at: int | None = None
    is_material: bool = False


def village(origin: str) -> str:
    """An origin as far as it is published: to the village, never a group, house or person in it."""
    found = _VILLAGE.match(origin)
    return found[0] if found else origin


def clock(micros: int) -> str:
    """The time printed in the first line and below: ``2026-11-24 12:05``."""
    return f"{local_datetime(micros):%Y-%m-%d %H:%M}"


def public_record(
    row: Any, now: int, public_url: str, *, printed: str = "", asked_lot: str = "", serial: str = ""
) -> PublicRecord:
    """The row of ``trace.batches.store.scan_row`` as the public reads it at ``now`` (µs UTC)."""
    today = local_datetime(now).date()
    known = row.lot_id is not None
    if known:
        line = public_line(row.state, row.halt, row.halt_text, row.best_before, today, clock(now))
        uri, path = _addresses(row.uri, public_url)
    else:
        line = UNKNOWN
        uri, path = _addresses(_item_uri(row.item_key), public_url)
    return PublicRecord(
        line=line,
        label=TONE[line.tone],
        as_of=now,
        uri=uri,
        path=path,
        product=row.item_name,
        maker=row.maker_name,
        maker_place=row.maker_address or row.district,
        is_demo=bool(row.is_demo),
        lot=row.lot if known else None,
        short_code=row.short_code if known else None,
        printed=printed,
        asked_lot="" if known else asked_lot,
        serial=serial,
        gtin=row.gtin,
        spec=row.spec,
        net_content=show(row.net_content, row.net_unit or "") if row.net_content else "",
        storage=STORAGE.get(row.storage, ""),
        cook=row.ready_to_eat is not None and not row.ready_to_eat,
        heating=row.heating,
        ingredients=row.ingredients,
        allergens=row.allergens,
        executed_standard=row.executed_standard,
        origins=tuple(dict.fromkeys(village(o) for o in json.loads(row.origins))) if known else (),
        produced_on=row.produced_on if known else None,
        best_before=row.best_before if known else None,
        days_left=_days_left(row.best_before, today) if known else None,
        shelf_life_days=row.shelf_life_days,
        registered_at=row.registered_at if known else None,
        is_material=row.item_kind == "material",
    )


def _item_uri(key: str) -> str:
    return f"https://id.gs1.org/{key}" if key.startswith("01/") else f"/{key}"


def _addresses(stored: str, public_url: str) -> tuple[str, str]:
    """Canonical URI and path on our host of a stored URI."""
    if stored.startswith("/"):
        return public_url + stored, stored
    return stored, stored.removeprefix("https://id.gs1.org")


def _days_left(best_before: str | None, today: date) -> int | None:
    return None if best_before is None else (date.fromisoformat(best_before) - today).days


def as_json(record: PublicRecord) -> dict[str, Any]:
    """The public record for programs: the same facts as the page, nothing more."""
    product: Mapping[str, Any] = {
        "name": record.product,
        "gtin": record.gtin,
        "spec": record.spec,
        "executed_standard": record.executed_standard,
        "ingredients": record.ingredients,
        "allergens": record.allergens,
    }
    return {
        "uri": record.uri,
        "url": record.path,
        "code": record.line.code,
        "line": record.line.text,
        "as_of": local_datetime(record.as_of).isoformat(timespec="seconds"),
        "lot": record.lot,
        "short_code": record.short_code,
        "printed_code": record.printed or None,
        "serial": record.serial or None,
        "product": product,
        "maker": {"name": record.maker, "place": record.maker_place},
        "origin": list(record.origins),
        "produced_on": record.produced_on,
        "best_before": record.best_before,
        "days_left": record.days_left,
        "net_content": record.net_content or None,
        "storage": record.storage or None,
        "heating": {"required": record.cook, "text": COOK if record.cook else "", "method": record.heating},
        "demo": record.is_demo,
    }
