"""Runs every check of the record, for one organisation or for all; stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.genealogy import checkstore, findings, store, tracestore
from trace.genealogy.findings import CODES, DAYS, RecordFinding
from trace.ids import first_id
from trace.journal import store as journal

LIMIT = 500
"""Rows of one check at most, the newest; a check that is cut says so."""
MOVES = 50_000
"""Events that the check of serials and SSCC reads at most: those of the newest things, each with all of its events."""
DAY_MICROS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """What one check has read, the newest first, and whether older ones were left out."""

    rows: Sequence[Any]
    cut: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All findings in the order of ``CODES``, the checks that were cut, and when (µs UTC)."""

    at: int
    findings: Sequence[RecordFinding]
    cut: Sequence[str]
    lots: dict[int, str]

    def counts(self) -> dict[str, int]:
        return {code: sum(1 for f in self.findings if f.code == code) for code in CODES}


def check_record(conn: Connection, now: int, org_id: int | None, limit: int = LIMIT, *, days: int = 0) -> Report:
    """Every check over what concerns ``org_id`` (None: over everything), with the present record.

    ``days``: only lots named, and events recorded, in so many days; 0 for all.
    """
    return concluded(conn, now, {code: rows_of(conn, code, now, org_id, limit, days=days) for code in CODES})


def rows_of(conn: Connection, code: str, now: int, org_id: int | None, limit: int = LIMIT, *, days: int = 0) -> Rows:
    """The rows that one check has found, in one statement."""
    first = first_id(now - days * DAY_MICROS) if days else 0
    if code == "two_holders":
        return _whole(checkstore.instance_moves(conn, org_id, first, MOVES + 1), MOVES)
    if code == "one_sided":
        found = checkstore.unconfirmed(conn, org_id, first, now - DAYS * DAY_MICROS, limit + 1)
    else:
        found = _STATEMENTS[code](conn, org_id, first, limit + 1)
    return Rows(found[:limit], len(found) > limit)


def _whole(moves: Sequence[Row[Any]], limit: int) -> Rows:
    """Moves without those of a thing whose later ones were not read: half of them would put it where it is no more."""
    if len(moves) <= limit:
        return Rows(moves, False)
    last = moves[-1].identifier_id
    return Rows([move for move in moves if move.identifier_id != last], True)


_STATEMENTS: dict[str, Callable[[Connection, int | None, int, int], list[Row[Any]]]] = {
    "over_used": checkstore.over_used,
    "unbalanced": checkstore.unbalanced,
    "oversold": checkstore.oversold,
    "yield_off": checkstore.off_yield,
    "time_order": checkstore.made_before_inputs,
    "before_receipt": checkstore.made_before_receipt,
    "licence": checkstore.without_licence,
}


def concluded(conn: Connection, now: int, told: Mapping[str, Rows]) -> Report:
    """What follows from the rows of every check, with the names that its sentences need."""
    rows = {code: told[code].rows for code in CODES if code != "two_holders"}
    moves = told["two_holders"].rows
    inputs = store.inputs_of_many(conn, [r.lot_id for r in rows["yield_off"]])
    named = {r.lot_id for found in rows.values() for r in found}
    named |= {r.input_id for code in ("time_order", "before_receipt") for r in rows[code]}
    lots = batches.batches_by_id(conn, sorted(named | {e.input_id for edges in inputs.values() for e in edges}))
    uris = journal.uris_of(conn, [lot for lot in named if lot not in lots])
    label = {lot: _label(lots.get(lot), uris.get(lot, "")) for lot in named}
    parties = {r.holder_id for r in rows["over_used"]} | {r.tenant_id for r in rows["licence"]}
    parties |= {p for h in rows["one_sided"] for p in (h.from_id, h.to_id)} | {m.tenant_id for m in moves}
    names = {party: name for party, (name, _) in tracestore.party_names(conn, sorted(parties)).items()}
    found = [
        *findings.over_used(rows["over_used"], label, names, lots),
        *findings.unbalanced(rows["unbalanced"], label),
        *findings.oversold(rows["oversold"], label),
        *findings.yield_off(rows["yield_off"], inputs, lots, label),
        *findings.time_order(rows["time_order"], label),
        *findings.before_receipt(rows["before_receipt"], label),
        *findings.licence(rows["licence"], label, names),
        *findings.two_holders(moves, names, checkstore.tenants_of(conn, sorted({m.identifier_id for m in moves}))),
        *findings.one_sided(rows["one_sided"], label, names),
    ]
    cut = [code for code in CODES if told[code].cut]
    return Report(now, found, cut, {k: label[k] for k in label if k in lots})


def _label(row: Any, uri: str) -> str:
    return f"“{row.item_name} {row.lot}”" if row is not None else f"未登记批次“{unquote(uri.rsplit('/', 1)[-1])}”"
