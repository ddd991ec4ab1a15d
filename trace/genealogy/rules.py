"""Where a chain begins, ends and breaks. Pure: plain rows in, plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trace.context import local_datetime
from trace.genealogy.models import Break

UNREGISTERED_INPUT = "unregistered"
NO_INPUTS = "no_inputs"
ONE_SIDED = "one_sided"


def reported(passed: Any) -> str:
    """Which sides of a hand-over have said so: both, shipped or received."""
    if passed.shipped_event is not None and passed.received_event is not None:
        return "both"
    return "shipped" if passed.shipped_event is not None else "received"


def one_sided(passed: Any) -> bool:
    """Whether only one of two organisations with accounts has reported a hand-over; who has none cannot report."""
    return passed.from_id is not None and passed.to_id is not None and reported(passed) != "both"


def breaks(
    lots: Sequence[int],
    rows: Mapping[int, Any],
    fed: set[int],
    direction: str,
    passings: Mapping[int, Sequence[Any]],
    names: Mapping[int, tuple[str, str]],
) -> list[Break]:
    """断链: an input nobody registered, a product whose inputs are not known, a hand-over only one side reported.

    ``lots`` are those that are not hidden: hidden, or cut off, is not broken.
    """
    found = []
    for lot in lots:
        row = rows.get(lot)
        if row is None:
            found.append(Break(lot, UNREGISTERED_INPUT, "这批投料没有登记收货，来源从这里断开"))
        elif direction in ("up", "both") and row.kind == "product" and lot not in fed and row.state != "reserved":
            found.append(Break(lot, NO_INPUTS, "这批产品没有登记投料，来源从这里断开"))
        found += [Break(lot, ONE_SIDED, _one_sided(p, names)) for p in passings.get(lot, ()) if one_sided(p)]
    return found


def _one_sided(passed: Any, names: Mapping[int, tuple[str, str]]) -> str:
    giver, taker = names.get(passed.from_id, ("", ""))[0], names.get(passed.to_id, ("", ""))[0]
    day = local_datetime(passed.at).date()
    if reported(passed) == "shipped":
        return f"{giver} {day} 登记发货给 {taker}，{taker} 还没有登记收货"
    return f"{taker} {day} 登记从 {giver} 收货，{giver} 没有登记发货"


def end_of(row: Any, fed: bool, used: bool, stocks: Iterable[Any], passings: Iterable[Any]) -> str:
    """Whether a registered lot begins or ends its chain: start, stock, out, gone, or '' inside it."""
    if not fed and row.kind == "raw":
        return "start"
    if used:
        return ""
    if any(True for _ in stocks):
        return "stock"
    return "out" if any(True for _ in passings) else "gone"
