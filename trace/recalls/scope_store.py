"""SQL of a recall's scope: everything downstream, and who got how much of each lot. A statement for each, never one per lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, case, func, select
from sqlmodel import SQLModel

from trace.bulletins.tables import BulletinSample, CaseFile
from trace.genealogy.tables import Edge, Handover, Stock
from trace.verdicts.tables import Verdict

_edge: Table = SQLModel.metadata.tables[Edge.__tablename__]
_handover: Table = SQLModel.metadata.tables[Handover.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]
_verdict: Table = SQLModel.metadata.tables[Verdict.__tablename__]
_sample: Table = SQLModel.metadata.tables[BulletinSample.__tablename__]
_case: Table = SQLModel.metadata.tables[CaseFile.__tablename__]
_CHUNK = 500


def downstream(conn: Connection, suspects: Sequence[int]) -> list[int]:
    """Everything made from any of ``suspects``, directly or over many steps; each lot once, no limit. Loops end."""
    reached = select(_edge.c.output_id.label("lot_id")).where(_edge.c.input_id.in_(suspects))
    walk = reached.cte("reached", recursive=True)
    walk = walk.union(select(_edge.c.output_id).join(walk, _edge.c.input_id == walk.c.lot_id))
    return [row.lot_id for row in conn.execute(select(walk.c.lot_id))]


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]


def deliveries(conn: Connection, lots: Sequence[int]) -> list[Row[Any]]:
    """Hand-overs summed by lot, giver, taker and unit; ``open`` is what the taker, who has an account, has not confirmed."""
    unconfirmed = case(
        (_handover.c.received_event.is_(None) & _handover.c.to_id.is_not(None), _handover.c.quantity), else_=0
    )
    found: list[Row[Any]] = []
    for part in _chunks(lots):
        keys = (_handover.c.lot_id, _handover.c.from_id, _handover.c.to_id, _handover.c.to_name, _handover.c.unit)
        found += conn.execute(
            select(*keys, func.sum(_handover.c.quantity).label("quantity"), func.sum(unconfirmed).label("open"))
            .where(_handover.c.lot_id.in_(part))
            .group_by(*keys)
        )
    return found


def used_up(conn: Connection, lots: Sequence[int]) -> list[Row[Any]]:
    """What went into other lots, by lot, user and unit; ``unknown`` counts uses without an amount."""
    found: list[Row[Any]] = []
    for part in _chunks(lots):
        keys = (_edge.c.input_id.label("lot_id"), _edge.c.tenant_id, _edge.c.unit)
        found += conn.execute(
            select(
                *keys,
                func.coalesce(func.sum(_edge.c.quantity), 0).label("quantity"),
                func.sum(case((_edge.c.quantity.is_(None), 1), else_=0)).label("unknown"),
            )
            .where(_edge.c.input_id.in_(part))
            .group_by(*keys)
        )
    return found


def on_hand(conn: Connection, lots: Sequence[int]) -> list[Row[Any]]:
    """Stock rows of every holder."""
    found: list[Row[Any]] = []
    for part in _chunks(lots):
        found += conn.execute(select(_stock).where(_stock.c.lot_id.in_(part)))
    return found


def given_by(conn: Connection, lots: Sequence[int], organisation_id: int) -> set[int]:
    """Which lots an organisation handed over to somebody."""
    found: set[int] = set()
    for part in _chunks(lots):
        query = select(_handover.c.lot_id).where(_handover.c.lot_id.in_(part), _handover.c.from_id == organisation_id)
        found |= {row.lot_id for row in conn.execute(query.distinct())}
    return found


def findings_of(conn: Connection, verdict_ids: Sequence[int]) -> Mapping[int, str]:
    """Verdict id → its findings as JSON text."""
    found: dict[int, str] = {}
    for part in _chunks(verdict_ids):
        rows = conn.execute(select(_verdict.c.id, _verdict.c.findings).where(_verdict.c.id.in_(part)))
        found |= {row.id: row.findings for row in rows}
    return found


def failures_of_batches(conn: Connection, batch_ids: Sequence[int]) -> list[str]:
    """The failed items (JSON text) of samples whose cases stand on any of the batches."""
    found: list[str] = []
    for start in range(0, len(batch_ids), _CHUNK):
        rows = conn.execute(
            select(_sample.c.failures)
            .join(_case, _case.c.sample_id == _sample.c.id)
            .where(_case.c.batch_id.in_(batch_ids[start : start + _CHUNK]), _case.c.cleared.is_(False))
        )
        found += [row.failures for row in rows]
    return found
