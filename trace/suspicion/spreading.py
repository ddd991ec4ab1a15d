"""Writes a doubt to everything made from a lot, in pieces that can stop and go on at any moment.

A lot that is stopped, recalled, failed or held is marked by that itself, at once. What was made from it follows
here: the descendants in order of their ids, so many at a time, each piece a transaction of its own. Where a doubt
begins, ends or the genealogy below it changes, its row in ``spread`` is due (again). One lot's own page walks the
genealogy and waits for nothing; lists and the scan statement read these rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from trace.suspicion.store import descendants, doubted_now, risk, spread

PIECE = 10_000
"""Lots written or taken away in one transaction."""


def work(conn: Connection, limit: int = PIECE) -> bool:
    """Do the next piece; False where nothing was left to do."""
    row = conn.execute(select(spread).where(spread.c.state != "settled").order_by(spread.c.cause_id.desc())).first()
    if row is None:
        return False
    if row.state == "due" and not doubted_now(conn, row.cause_id):
        _take_away(conn, row, limit)
    elif row.state == "due":
        _begin(conn, row)
    else:
        _go_on(conn, row, limit)
    return True


def _begin(conn: Connection, row: Row[Any]) -> None:
    """Count what is below, and take away what no longer is."""
    down = descendants([row.cause_id])
    total = conn.execute(select(func.count()).select_from(down)).scalar_one()
    stale = delete(risk).where(risk.c.cause_id == row.cause_id)
    conn.execute(stale.where(risk.c.lot_id.not_in(select(down.c.lot_id))) if total else stale)
    _set(conn, row.cause_id, state="running" if total else "settled", total=total, done=0, after=0)


def _go_on(conn: Connection, row: Row[Any], limit: int) -> None:
    down = descendants([row.cause_id])
    query = select(down.c.lot_id).where(down.c.lot_id > row.after).order_by(down.c.lot_id).limit(limit)
    lots = [found.lot_id for found in conn.execute(query)]
    if lots:
        here = (risk.c.cause_id == row.cause_id, risk.c.lot_id > row.after, risk.c.lot_id <= lots[-1])
        there = {found.lot_id for found in conn.execute(select(risk.c.lot_id).where(*here))}
        new = [{"lot_id": lot, "cause_id": row.cause_id} for lot in lots if lot not in there]
        if new:
            conn.execute(insert(risk), new)
    done = row.done + len(lots)
    if len(lots) < limit:
        _set(conn, row.cause_id, state="settled", total=done, done=done, after=0)
    else:
        _set(conn, row.cause_id, total=max(row.total, done), done=done, after=lots[-1])


def _take_away(conn: Connection, row: Row[Any], limit: int) -> None:
    some = select(risk.c.lot_id).where(risk.c.cause_id == row.cause_id).order_by(risk.c.lot_id).limit(limit)
    lots = [found.lot_id for found in conn.execute(some)]
    if lots:
        conn.execute(delete(risk).where(risk.c.cause_id == row.cause_id, risk.c.lot_id <= lots[-1]))
    if len(lots) < limit:
        conn.execute(delete(spread).where(spread.c.cause_id == row.cause_id))


def _set(conn: Connection, cause_id: int, **values: object) -> None:
    conn.execute(update(spread).where(spread.c.cause_id == cause_id).values(**values))
