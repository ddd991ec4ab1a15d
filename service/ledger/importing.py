"""From an Excel or CSV file to a preview and an import of ledger entries, and the sheet to fill in and send back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from openpyxl import Workbook
from sqlalchemy import Connection

from chain.columns import RowError, missing_columns
from chain.ledger import commands
from chain.ledger.halves import half_of
from chain.ledger.importing import Plan, Subjects, columns_of, plan_import
from chain.ledger.kinds import IMPORTABLE, KINDS
from chain.ledger.loading import load_ladder, load_rows
from chain.ledger.models import STEPS, Entry, RowState
from chain.ledger.whole import Whole
from chain.register.folding import Register
from service import sheets
from service.context import today_of
from service.ledger import asking, reading
from service.ledger.papers import Cell, fill
from service.ledger.sites import sites_of
from service.register.asking import ask
from service.register.current import Desk
from trace.bulletins.files import read_table
from trace.bulletins.models import Limits, Table
from trace.context import Context
from trace.errors import NotFound
from trace.parties.commands import file_person
from trace.problems import Problems

LIMITS = Limits(rows=10_000, name="台账", accepted="Excel（.xlsx、.xls）、CSV（.csv）")
DEFAULTS = ("data_date", "source")
HELP = {"ladder": "企业名称（参考）"}
"""A column to read beside what is filled in."""


def kind_of(kind: str) -> str:
    """A kind that a file may bring in. Raises NotFound."""
    if kind not in IMPORTABLE:
        names = "、".join(f"{one}（{KINDS[one].name}）" for one in IMPORTABLE)
        raise NotFound(f"台账没有可导入的“{kind[:20]}”，可用：{names}", "No such kind to import")
    return kind


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do; ``plan`` is None while needed columns are not mapped (``missing`` names them)."""

    kind: str
    table: Table
    mapping: Mapping[str, str]
    missing: tuple[str, ...]
    plan: Plan | None

    @property
    def errors(self) -> tuple[RowError, ...]:
        return self.plan.errors if self.plan is not None else ()

    @property
    def counts(self) -> dict[str, int]:
        plan = self.plan
        if plan is None:
            return {"rows": len(self.table.rows), "taken": 0, "refused": 0, "same": 0, "empty": 0}
        return {
            "rows": plan.rows, "taken": plan.taken, "refused": plan.refused, "same": plan.same, "empty": plan.empty,
        }  # fmt: skip


def table_in(kind: str, name: str, content: bytes) -> Table:
    """The table of an uploaded file. Raises InvalidInput."""
    return read_table(name, content, sheets.headers_of(columns_of(kind)), LIMITS)


def read_defaults(given: Mapping[str, Any]) -> dict[str, str]:
    """What is said of the whole file. Raises InvalidInput."""
    problems = Problems()
    day = problems.day(str(given.get("data_date") or ""), "/data_date", "数据日期")
    source = problems.text(str(given.get("source") or ""), "/source", "来源文件", required=False, longest=200)
    problems.raise_if_any()
    return {"data_date": day.isoformat() if day is not None else "", "source": source}


def preview(request: Request, kind: str, table: Table, told: Mapping[str, str], defaults: Mapping[str, str]) -> Preview:
    """Read the whole table beside the ledger as it stands. Raises InvalidInput."""
    columns = columns_of(kind)
    mapping = sheets.settle_mapping(columns, table, told)
    missing = missing_columns(columns, mapping)
    sheets.refuse_beyond(table)
    if missing:
        return Preview(kind, table, mapping, missing, None)
    _, whole = reading.current(request)
    today = today_of(request.app.state.db)
    rows = ((row.number, row.cells) for row in table.rows)
    subjects = subjects_of(request) if kind == "ladder" else lambda _: ()
    plan = plan_import(kind, rows, mapping, defaults, load_rows(), whole.ledger, load_ladder(), today, subjects)
    return Preview(kind, table, mapping, (), plan)


def subjects_of(request: Request) -> Subjects:
    """How a file may name an enterprise: by its number, credit code or whole name. Who was found to be one is one."""

    def read(_conn: Connection, _desk: Desk, register: Register) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in register.subjects:
            root = register.root(one.subject)
            for name in {one.subject, one.code, one.name} - {""}:
                several = found.setdefault(name, [])
                if root not in several:
                    several.append(root)
        return found

    known = ask(request, "", read)
    return lambda written: known.get(written, known.get(written.upper(), ()))


def names_of(request: Request, kind: str, whole: Whole) -> dict[str, str]:
    """Names of the enterprises that a sheet of the kind has."""
    if kind != "ladder":
        return {}
    with request.app.state.db.read() as conn:
        return asking.subject_names(conn, {one.body["subject"] for one in whole.ledger.of(kind)})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked import, ready for its transaction."""

    file_name: str
    sha256: str
    found: Preview
    plan: Plan

    def write(self, request: Request, ctx: Context) -> dict[str, Any]:
        """Write every good row in the caller's transaction."""
        made = commands.bring_in(
            ctx, self.plan.entries, reading.origin_of(request), lambda c, name: file_person(c, name, ""),
            kind=self.found.kind, file_name=self.file_name, sha256=self.sha256, rows=self.plan.rows,
            refused=self.plan.refused,
        )  # fmt: skip
        return {"id": str(made), **self.found.counts, "errors": sheets.errors_json(self.found.errors)}


def prepare(
    request: Request, kind: str, name: str, content: bytes, told: Mapping[str, str], defaults: Mapping[str, str], which: str
) -> Prepared:  # fmt: skip
    """Read and check a file outside the transaction. Raises InvalidInput."""
    found = preview(request, kind, table_in(kind, name, content), told, defaults)
    sheets.refuse_incomplete(found.missing, which, found.counts["taken"], found.counts["refused"])
    assert found.plan is not None
    return Prepared(name, hashlib.sha256(content).hexdigest(), found, found.plan)


# the sheet to fill in --------------------------------------------------------------------------------


def sheet_of(kind: str, whole: Whole, subjects: Mapping[str, str] | None = None) -> bytes:
    """An .xlsx with what stands of a kind, under the headers that an import knows; for figures and owners every row of
    the plan, for reports each row's next step of the half-year, for the ladder every criterion, empty where nothing is
    entered. Names of persons are left out. ``subjects``: names of enterprises by number, to read beside."""
    columns = columns_of(kind)
    help_column = [HELP[kind]] if kind in HELP else ["方案要素（参考）"] if KINDS[kind].row else []
    rows: list[list[Cell]] = [[*(one.name for one in columns), *help_column]]
    names = {state.row.no: state.row.item.name for state in whole.rows}
    for given, entry in _lines(kind, whole):
        body: dict[str, Any] = given | (dict(entry.body) if entry is not None else {}) | {"person": ""}
        body = body | ({"measure": given["measure"]} if "measure" in given else {})
        if entry is not None:
            body = body | ({"criterion": given["criterion"]} if kind == "ladder" else {})
            body = body | {"no": entry.no, "data_date": entry.data_date.isoformat(), "source": entry.source}
        line: list[Cell] = [_cell(body.get(one.key)) for one in columns]
        beside = (
            (subjects or {}).get(body["subject"], "") if kind == "ladder" else names.get(int(body.get("no") or 0), "")
        )
        rows.append([*line, *([beside] if help_column else [])])
    book = Workbook()
    fill(book, KINDS[kind].name[:30], rows, first=True)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _lines(kind: str, whole: Whole) -> list[tuple[dict[str, Any], Entry | None]]:
    """(what the plan gives, what stands) of each line."""
    if kind == "figure":
        return [
            ({"no": state.row.no, "measure": one.measure.name, "unit": one.measure.unit}, (one.entered or (None,))[-1])
            for state in whole.rows
            for one in state.presents
        ]
    if kind == "owner":
        return [({"no": state.row.no}, state.assigned) for state in whole.rows]
    if kind == "site":
        return [({"no": row.no, "name": name}, one) for row, name, one in sites_of(whole)]
    if kind == "report":
        standing: list[tuple[dict[str, Any], Entry | None]] = [({}, one) for one in whole.ledger.of(kind)]
        return standing + [(one, None) for state in whole.rows if (one := _next_step(state, whole.day)) is not None]
    if kind == "ladder":
        facts = {(one.body["subject"], one.body["criterion"]): one for one in whole.ledger.of(kind)}
        enterprises = dict.fromkeys(subject for subject, _ in facts) or {"": None}
        return [
            ({"subject": subject, "criterion": label}, facts.get((subject, key)))
            for subject in enterprises
            for key, label in load_ladder().criteria.items()
        ]
    return [({}, one) for one in whole.ledger.of(kind)]


def _next_step(state: RowState, day: date) -> dict[str, Any] | None:
    """The step of the running half-year that a row's report has not reached."""
    half = half_of(day)
    steps = next((one.steps for one in state.halves if one.half == half), {})
    step = next((one for one in STEPS if one not in steps), None)
    return None if step is None else {"no": state.row.no, "half": half, "step": step}


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else value if isinstance(value, int) else str(value)
