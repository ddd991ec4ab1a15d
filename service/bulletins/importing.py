"""From an uploaded file or JSON records to a preview and an import: the same path for pages and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from service.context import command, today_of
from trace.bulletins import store
from trace.bulletins.files import read_file
from trace.bulletins.importing import Imported, against_record, import_samples
from trace.bulletins.judging import judge
from trace.bulletins.models import TASKS, Defaults, Reading, Table
from trace.bulletins.reading import guess_mapping, missing_columns, read_samples, settle_mapping
from trace.bulletins.records import table_of
from trace.bulletins.words import Words, load_words
from trace.problems import Problems
from trace.rulebooks.books import current_book
from trace.standards import Rulebook

FIRST_ROWS = 8
SHOWN_ERRORS = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. ``reading`` is None while needed columns are not mapped (``missing`` names them)."""

    table: Table
    mapping: Mapping[str, str]
    missing: tuple[str, ...]
    reading: Reading | None = None
    unchanged: frozenset[int] = field(default_factory=frozenset)
    namesakes: tuple[str, ...] = ()
    """Bulletins under the same number of another (or no) authority: perhaps the same one, written differently."""

    @property
    def counts(self) -> dict[str, int]:
        """rows = new + unchanged + refused."""
        if self.reading is None:
            return {"rows": len(self.table.rows), "new": 0, "unchanged": 0, "refused": 0}
        refused = len(self.reading.refused)
        unchanged = len(self.unchanged)
        new = len(self.reading.samples) - unchanged
        return {"rows": len(self.table.rows), "new": new, "unchanged": unchanged, "refused": refused}


def today(request: Request) -> date:
    """The calendar date in Asia/Shanghai."""
    return today_of(request.app.state.db)


def read_defaults(given: Mapping[str, Any]) -> Defaults:
    """What the importer says of the whole file. Raises InvalidInput for each wrong field."""
    problems = Problems()
    made = Defaults(
        bulletin=problems.text(str(given.get("bulletin") or ""), "/bulletin", "公告号", required=False, longest=100),
        issuer=problems.text(str(given.get("issuer") or ""), "/issuer", "发布机关", required=False, longest=100),
        issued_on=problems.day(str(given.get("issued_on") or ""), "/issued_on", "公告日期"),
        task=problems.choice(
            str(given.get("task") or ""), {one: one for one in TASKS}, "/task", "任务类型", required=False
        ),
    )
    problems.raise_if_any()
    return made


def table_in(name: str, content: bytes) -> Table:
    """The table of an uploaded file. Raises InvalidInput."""
    return read_file(name, content, load_words())


def table_of_records(records: Any) -> Table:
    """The table of JSON records. Raises InvalidInput."""
    return table_of(records, load_words())


def preview(conn: Connection, table: Table, told: Mapping[str, str], defaults: Defaults, on: date) -> Preview:
    """Read the table with the guessed mapping and a person's own choices over it, beside what is there already."""
    words: Words = load_words()
    mapping = settle_mapping(table, told, words)
    missing = tuple(missing_columns(mapping, words))
    if missing:
        return Preview(table, mapping, missing)
    reading, unchanged = against_record(conn, read_samples(table, mapping, words, defaults, on))
    ours = {(one.issuer, one.bulletin) for one in reading.samples}
    others = sorted(set(store.namesakes(conn, sorted({number for _, number in ours}))) - ours)
    told_others = tuple(f"{number}（{issuer or '未写发布机关'}）" for issuer, number in others)
    return Preview(table, mapping, (), reading, unchanged, told_others)


def settled(conn: Connection, table: Table, told: Mapping[str, str], defaults: Defaults, on: date) -> Preview:
    """The same, with an InvalidInput while columns are missing."""
    found = preview(conn, table, told, defaults, on)
    if found.reading is None:
        read_samples(table, found.mapping, load_words())
    return found


def run_import(
    request: Request, table: Table, told: Mapping[str, str], defaults: Defaults, *, sha256: str = "", file_id: int = 0
) -> tuple[Imported, Preview]:
    """Read and judge outside the transaction, then write in one. Refused rows are left to be mended."""
    db = request.app.state.db
    with db.read() as conn:
        found = settled(conn, table, told, defaults, today(request))
        book = current_book(conn)
    reading = found.reading
    assert reading is not None
    judged = judged_samples(found, book)
    done = command(request, lambda ctx: import_samples(ctx, reading.samples, judged, sha256=sha256, file_id=file_id))
    return done, found


def judged_samples(found: Preview, book: Rulebook) -> dict[int, Any]:
    """Judgements by row number of everything that would be imported."""
    assert found.reading is not None
    return {one.row_number: judge(one, book) for one in found.reading.samples}


def told_import(done: Imported, found: Preview) -> dict[str, Any]:
    """An import as JSON: what came in, what was there, and every refused row with its errors."""
    assert found.reading is not None
    return {
        "rows": len(found.table.rows),
        "imported": done.imported,
        "unchanged": done.unchanged,
        "refused": len(found.reading.refused),
        "bulletins": done.bulletins,
        "errors": errors_json(found),
    }


def errors_json(found: Preview) -> list[dict[str, Any]]:
    """The first row errors, as JSON."""
    if found.reading is None:
        return []
    return [
        {"row": one.row, "column": one.column, "value": one.value, "code": one.code, "detail": one.detail}
        for one in found.reading.errors[:SHOWN_ERRORS]
    ]


def preview_json(found: Preview) -> dict[str, Any]:
    """A preview as JSON."""
    words = load_words()
    return {
        "kind": found.table.kind,
        "headers": list(found.table.headers),
        "guessed": guess_mapping(found.table.headers, words),
        "mapping": dict(found.mapping),
        "missing": list(found.missing),
        "counts": found.counts,
        "same_number_elsewhere": list(found.namesakes),
        "first_rows": [{"row": row.number, **row.cells} for row in found.table.rows[:FIRST_ROWS]],
        "errors": errors_json(found),
    }
