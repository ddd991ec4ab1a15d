"""From an uploaded Excel or CSV file to a preview and an import: one path for pages and programs."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from chain.register import commands, store
from chain.register import importing as reading
from chain.register.importing import COLUMNS, Defaults, Known, Plan, known_of, plan_import
from chain.seeds import load_links
from service.database import Database
from service.register.current import desk_of
from service.register.named import refuse_unless_authorised
from trace.bulletins.files import read_table
from trace.bulletins.models import Limits, Reading, RowError, Table
from trace.bulletins.words import header_key
from trace.context import Context, local_datetime
from trace.errors import Conflict, InvalidInput
from trace.problems import Problems

LIMITS = Limits(
    bytes=20 * 1024 * 1024,
    rows=60_000,
    cells=4_000_000,
    unpacked=300 * 1024 * 1024,
    name="主体名单",
    accepted="Excel（.xlsx、.xls）、CSV（.csv）",
)
FIRST_ROWS = 8
SHOWN_ERRORS = 100
ALL, GOOD = "all", "good"


@dataclass(frozen=True, slots=True)
class _Headers:
    by_header: Mapping[str, str]


@cache
def headers() -> _Headers:
    """Every header that a column goes by."""
    return _Headers({header_key(name): c.key for c in COLUMNS for name in (*c.headers, c.name)})


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
    return read_table(name, content, headers(), LIMITS)


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


def settle_mapping(table: Table, told: Mapping[str, str]) -> dict[str, str]:
    """The guess with a person's own choices over it ('' takes a column away). Raises InvalidInput."""
    problems = Problems()
    mapping = reading.guess_mapping(table.headers, header_key)
    for key, header in told.items():
        if key not in reading.BY_KEY:
            problems.add(f"/mapping/{key}", "unknown_column", f"没有“{key[:20]}”这一列", "unknown column")
        elif not header:
            mapping.pop(key, None)
        elif header not in table.headers:
            problems.add(f"/mapping/{key}", "unknown_header", f"文件里没有列名“{header[:40]}”", "no such header")
        else:
            mapping[key] = header
    problems.raise_if_any()
    return mapping


def today_of(db: Database) -> date:
    return local_datetime(db.now()).date()


def preview(
    db: Database, conn: Connection, table: Table, told: Mapping[str, str], defaults: Defaults, *, final: bool = False
) -> Preview:
    """Read the whole table beside the register as it stands. Only a ``final`` one has ids that may be written."""
    mapping = settle_mapping(table, told)
    missing = reading.missing_columns(mapping)
    today = today_of(db)
    with desk_of(db).register(conn, today) as register:
        known, seq = known_of(register) if not missing else Known(), register.seq
    if missing:
        return Preview(table, mapping, missing, None, seq)
    rows = [(row.number, row.cells) for row in table.rows]
    counter = itertools.count(1)
    new_id = db.new_id if final else lambda: next(counter)
    plan = plan_import(rows, mapping, defaults, known, links(), today, new_id)
    _refuse_beyond(table)
    return Preview(table, mapping, (), plan, seq)


def _refuse_beyond(table: Table) -> None:
    """A value beyond the last header belongs to no column: said, so that it is not lost in silence."""
    for row in table.rows:
        for header, value in row.broken:
            detail = f"第 {row.number} 行：“{value[:40]}”写在{header}，请给那一列加上列名，或删去这个值"
            raise InvalidInput.of("/file", "beyond", detail, "a value without a header")


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
        return {"id": str(self.import_id), **counts, "errors": errors_json(self.found)}


def prepare(
    request: Request, name: str, content: bytes, told: Mapping[str, str], defaults: Defaults, which: str
) -> Prepared:
    """Read and check a file outside the transaction. Raises InvalidInput.

    ``which`` is ``good`` (the rest comes back as a file) or ``all`` (nothing unless every row is good).
    """
    if which not in (ALL, GOOD):
        raise InvalidInput.of("/which", "not_a_choice", "请选择：只导入正确的行，或全部正确才导入", "good or all")
    db: Database = request.app.state.db
    table = table_in(name, content)
    with db.read() as conn:
        found = preview(db, conn, table, told, defaults, final=True)
    plan = found.plan
    if plan is None:
        missing = "、".join(found.missing)
        raise InvalidInput.of(
            "/mapping", "columns_missing", f"还不知道哪一列是{missing}，请在列对应里选好", "map the columns"
        )
    refuse_unless_authorised(request.state.actor, {one.kind for one in plan.statements})
    if which == ALL and plan.refused:
        raise InvalidInput.of(
            "/which",
            "rows_refused",
            f"有 {plan.refused} 行不能导入，按“全部正确才导入”没有写入任何一行",
            "some rows are wrong",
        )
    if not plan.taken:
        raise InvalidInput.of("/file", "no_good_row", "没有一行可以导入，请按原因改好再传", "no row is good")
    return Prepared(name, hashlib.sha256(content).hexdigest(), found, plan, db.new_id())


def reading_of(found: Preview) -> Reading:
    """The refused rows in the shape that makes the file of errors."""
    errors = found.plan.errors if found.plan is not None else ()
    told = tuple(RowError(one.row, one.column, one.value, one.code, one.detail) for one in errors)
    return Reading(found.table, dict(found.mapping), (), told)


def errors_json(found: Preview) -> list[dict[str, Any]]:
    """The first row errors, as JSON."""
    errors = found.plan.errors if found.plan is not None else ()
    return [
        {"row": one.row, "column": one.column, "value": one.value, "code": one.code, "detail": one.detail}
        for one in errors[:SHOWN_ERRORS]
    ]


def reasons(found: Preview) -> list[tuple[str, int, str]]:
    """What is wrong, how often, with an example: the most frequent first. (column, count, detail)."""
    tally: dict[tuple[str, str], tuple[int, str]] = {}
    for one in found.plan.errors if found.plan is not None else ():
        count, example = tally.get((one.column, one.code), (0, f"第 {one.row} 行：{one.detail}"))
        tally[one.column, one.code] = (count + 1, example)
    listed = [(column, count, example) for (column, _), (count, example) in tally.items()]
    return sorted(listed, key=lambda one: -one[1])


def preview_json(found: Preview) -> dict[str, Any]:
    """A preview as JSON."""
    return {
        "kind": found.table.kind,
        "headers": list(found.table.headers),
        "mapping": dict(found.mapping),
        "missing": list(found.missing),
        "counts": found.counts,
        "reasons": [{"column": c, "count": n, "example": d} for c, n, d in reasons(found)],
        "first_rows": [{"row": row.number, **row.cells} for row in found.table.rows[:FIRST_ROWS]],
        "errors": errors_json(found),
    }
