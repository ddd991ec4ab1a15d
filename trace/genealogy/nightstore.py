"""SQL of the kept reports: written once, read by night and by whom a finding concerns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, case, delete, func, insert, select
from sqlmodel import SQLModel

from trace.genealogy.findings import RecordFinding
from trace.genealogy.nightly import Kept
from trace.genealogy.tables import CheckConcern, CheckFinding, RecordCheck

_check: Table = SQLModel.metadata.tables[RecordCheck.__tablename__]
_finding: Table = SQLModel.metadata.tables[CheckFinding.__tablename__]
_concern: Table = SQLModel.metadata.tables[CheckConcern.__tablename__]

_CLAIM = 0x6C70636B
"""Our number among PostgreSQL's advisory locks."""


def claim(conn: Connection) -> bool:
    """Whether this process alone makes the report, until the transaction ends; on SQLite there is but one process."""
    if conn.dialect.name == "sqlite":
        return True
    return bool(conn.execute(select(func.pg_try_advisory_xact_lock(_CLAIM))).scalar())


def insert_findings(conn: Connection, check_id: int, start: int, kept: Sequence[Kept]) -> None:
    """Findings ``start`` and following of a report that is written after them."""
    rows, concerns = [], []
    for nr, one in enumerate(kept, start):
        found = one.found
        rows.append(
            {
                "check_id": check_id,
                "nr": nr,
                "code": found.code,
                "key": found.key,
                "state": one.state,
                "lots": json.dumps(list(found.lots)),
                "detail": found.detail,
                "fix": found.fix,
                "fix_text": found.fix_text,
            }
        )
        concerns += [{"org_id": org, "check_id": check_id, "nr": nr} for org in dict.fromkeys(found.orgs)]
    if rows:
        conn.execute(insert(_finding), rows)
    if concerns:
        conn.execute(insert(_concern), concerns)


def insert_check(conn: Connection, row: dict[str, Any]) -> None:
    """The report itself; ``counts``, ``cut`` and ``uncompared`` are given as they are and kept as JSON."""
    lists = {name: json.dumps(row[name]) for name in ("counts", "cut", "uncompared")}
    conn.execute(insert(_check).values(row | lists))


def drop_before(conn: Connection, night: str) -> None:
    """Forget the reports of nights before ``night`` (ISO); what they found is then found by ``abandoned``."""
    conn.execute(delete(_check).where(_check.c.night < night))


def abandoned(conn: Connection, below: int) -> list[int]:
    """Numbers below ``below`` of reports of which findings are there and the report is not. One step a report, by the key."""
    there = set(conn.execute(select(_check.c.id)).scalars())
    found: list[int] = []
    last = -1
    while True:
        after = select(func.min(_finding.c.check_id)).where(_finding.c.check_id > last, _finding.c.check_id < below)
        one = conn.execute(after).scalar()
        if one is None:
            return found
        last = int(one)
        if last not in there:
            found.append(last)


def concerns_of(conn: Connection, check_id: int) -> list[tuple[int, int]]:
    """(organisation, finding) of a report."""
    query = select(_concern.c.org_id, _concern.c.nr).where(_concern.c.check_id == check_id)
    return [(row.org_id, row.nr) for row in conn.execute(query)]


def drop_concerns(conn: Connection, check_id: int, some: Sequence[tuple[int, int]]) -> None:
    one = delete(_concern).where(
        _concern.c.org_id == bindparam("org"), _concern.c.check_id == check_id, _concern.c.nr == bindparam("finding")
    )
    conn.execute(one, [{"org": org, "finding": nr} for org, nr in some])


def drop_findings(conn: Connection, check_id: int, many: int) -> bool:
    """Delete the first ``many`` findings of a report that are left; whether there were any."""
    first = conn.execute(select(func.min(_finding.c.nr)).where(_finding.c.check_id == check_id)).scalar()
    if first is None:
        return False
    conn.execute(delete(_finding).where(_finding.c.check_id == check_id, _finding.c.nr < first + many))
    return True


def newest(conn: Connection, *, before: str | None = None) -> Row[Any] | None:
    """The newest report, or the newest of a night before ``before`` (ISO)."""
    query = select(_check).order_by(_check.c.night.desc(), _check.c.id.desc()).limit(1)
    return conn.execute(query if before is None else query.where(_check.c.night < before)).first()


def last_night(conn: Connection) -> str | None:
    """The newest night (ISO) that was checked unasked."""
    return conn.execute(select(func.max(_check.c.night)).where(_check.c.made != "command")).scalar()


def nights(conn: Connection, since: str) -> list[Row[Any]]:
    """The newest report of every night from ``since`` (ISO) on, newest first."""
    last = select(func.max(_check.c.id)).where(_check.c.night >= since).group_by(_check.c.night)
    return list(conn.execute(select(_check).where(_check.c.id.in_(last)).order_by(_check.c.night.desc())))


def of_night(conn: Connection, night: str) -> Row[Any] | None:
    """The newest report of a night."""
    return conn.execute(select(_check).where(_check.c.night == night).order_by(_check.c.id.desc()).limit(1)).first()


def first_night(conn: Connection) -> str | None:
    return conn.execute(select(func.min(_check.c.night))).scalar()


def tallies(conn: Connection, check_ids: Sequence[int], org_id: int | None) -> list[Row[Any]]:
    """How many findings of each report concern ``org_id`` (None: of all): (report, check, state, n)."""
    query = select(_finding.c.check_id, _finding.c.code, _finding.c.state, func.count().label("n"))
    if org_id is not None:
        query = query.join(_concern, _concerns(org_id))
    query = query.where(_finding.c.check_id.in_(check_ids))
    return list(conn.execute(query.group_by(_finding.c.check_id, _finding.c.code, _finding.c.state)))


def findings_of(conn: Connection, check_id: int, org_id: int | None, limit: int) -> list[Row[Any]]:
    """A report's findings that concern ``org_id`` (None: all): new ones, settled ones, then those still open."""
    query = select(_finding).where(_finding.c.check_id == check_id)
    if org_id is not None:
        query = query.join(_concern, _concerns(org_id))
    order = case((_finding.c.state == "new", 0), (_finding.c.state == "settled", 1), else_=2)
    return list(conn.execute(query.order_by(order, _finding.c.nr).limit(limit)))


def _concerns(org_id: int) -> Any:
    return and_(_concern.c.org_id == org_id, _concern.c.check_id == _finding.c.check_id, _concern.c.nr == _finding.c.nr)


def held(conn: Connection, check_id: int) -> list[RecordFinding]:
    """What a report found, without what was settled by then, as the checks gave it."""
    orgs: dict[int, list[int]] = {}
    for nr, org in conn.execute(select(_concern.c.nr, _concern.c.org_id).where(_concern.c.check_id == check_id)):
        orgs.setdefault(nr, []).append(org)
    rows = conn.execute(
        select(_finding).where(_finding.c.check_id == check_id, _finding.c.state != "settled").order_by(_finding.c.nr)
    )
    return [
        RecordFinding(r.code, tuple(json.loads(r.lots)), r.detail, r.fix, r.fix_text, r.key, tuple(orgs.get(r.nr, ())))
        for r in rows
    ]
