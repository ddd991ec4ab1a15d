"""From an uploaded Excel or CSV file to a preview and an import: one path for pages and programs."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from chain.columns import RowError, missing_columns
from chain.register import commands, store
from chain.register.importing import COLUMNS, Defaults, Known, Plan, known_of, plan_import
from chain.seeds import load_links
from service import sheets
from service.context import today_of
from service.database import Database
from service.register.current import desk_of
from service.register.named import refuse_unless_authorised
from trace.bulletins.files import read_table
from trace.bulletins.models import Limits, Table
from trace.context import Context
from trace.errors import Conflict
from trace.problems import Problems

LIMITS = Limits(
    bytes=20 * 1024 * 1024,
    rows=60_000,
    cells=4_000_000,
    unpacked=300 * 1024 * 1024,
    name="主体名单",
    accepted="Excel（.xlsx、.xls）、CSV（.csv）",
)
HEADERS = sheets.headers_of(COLUMNS)


@cache
def links() -> Any:
    return load_links()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do; ``plan`` is None while needed columns are not mapped (``missing`` names them)."""

    table: Table
    mapping: Mapping[str, str]
    missing: tuple[str, ...]
    plan: Plan | None
    seq: int

    @property
    def errors(self) -> tuple[RowError, ...]:
        return self.plan.errors if self.plan is not None else ()

    @property
    def counts(self) -> dict[str, int]:
        plan = self.plan
        if plan is None:
            return {"rows": len(self.table.rows), "taken": 0, "refused": 0, "subjects": 0, "statements": 0}
        return {
            "rows": plan.rows,
            "taken": plan.taken,
            "refused": plan.refused,
            "subjects": len(plan.subjects),
            "statements": len(plan.statements),
        }


def table_in(name: str, content: bytes) -> Table:
    """The table of an uploaded file. Raises InvalidInput."""
    return read_table(name, content, HEADERS, LIMITS)


def read_defaults(given: Mapping[str, Any]) -> Defaults:
    """What the importer says of the whole file. Raises InvalidInput for each wrong field."""
    problems = Problems()
    day = problems.day(str(given.get("data_date") or ""), "/data_date", "数据日期")
    source = problems.text(str(given.get("source") or ""), "/source", "来源", required=False, longest=200)
    inside = problems.choice(
        str(given.get("inside") or "true"), {"true": "区内", "false": "区外"}, "/inside", "区内或区外"
    )
    problems.raise_if_any()
    return Defaults(day.isoformat() if day is not None else "", source, inside == "true")


def preview(
    db: Database, conn: Connection, table: Table, told: Mapping[str, str], defaults: Defaults, *, final: bool = False
) -> Preview:
    """Read the whole table beside the register as it stands. Only a ``final`` one has ids that may be written."""
    mapping = sheets.settle_mapping(COLUMNS, table, told)
    missing = missing_columns(COLUMNS, mapping)
    today = today_of(db)
    with desk_of(db).register(conn, today) as register:
        known, seq = known_of(register) if not missing else Known(), register.seq
    if missing:
        return Preview(table, mapping, missing, None, seq)
    rows = [(row.number, row.cells) for row in table.rows]
    counter = itertools.count(1)
    new_id = db.new_id if final else lambda: next(counter)
    plan = plan_import(rows, mapping, defaults, known, links(), today, new_id)
    sheets.refuse_beyond(table)
    return Preview(table, mapping, (), plan, seq)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked import, ready for its transaction."""

    file_name: str
    sha256: str
    found: Preview
    plan: Plan
    import_id: int

    def write(self, ctx: Context) -> dict[str, Any]:
        """Write every good row, in the caller's transaction. Raises Conflict when the register changed meanwhile."""
        if store.last_seq(ctx.conn) != self.found.seq:
            raise Conflict(
                "别人刚刚登记了内容，请再点一次导入（会按最新的登记重新核对）", "The register changed; send it again",
                code="changed_meanwhile",
            )  # fmt: skip
        written = commands.bring_in(
            ctx, self.plan.statements, self.plan.subjects, import_id=self.import_id, file_name=self.file_name,
            sha256=self.sha256, mapping=self.found.mapping, rows=self.plan.rows, taken=self.plan.taken,
            refused=self.plan.refused,
        )  # fmt: skip
        counts = self.found.counts | {"statements": written}
        return {"id": str(self.import_id), **counts, "errors": sheets.errors_json(self.found.errors)}


def prepare(
    request: Request, name: str, content: bytes, told: Mapping[str, str], defaults: Defaults, which: str
) -> Prepared:
    """Read and check a file outside the transaction. Raises InvalidInput.

    ``which`` is ``good`` (the rest comes back as a file) or ``all`` (nothing unless every row is good).
    """
    db: Database = request.app.state.db
    table = table_in(name, content)
    with db.read() as conn:
        found = preview(db, conn, table, told, defaults, final=True)
    plan = found.plan
    sheets.refuse_incomplete(found.missing, which, found.counts["taken"], found.counts["refused"])
    assert plan is not None
    refuse_unless_authorised(request.state.actor, {one.kind for one in plan.statements})
    return Prepared(name, hashlib.sha256(content).hexdigest(), found, plan, db.new_id())
