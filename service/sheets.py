"""What every import of an Excel or CSV file asks alike: which column is which, what is wrong, the file of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import Response

from chain.columns import Column, RowError, guess_mapping
from trace.bulletins import models
from trace.bulletins.errorfile import MEDIA_TYPE, error_file
from trace.bulletins.words import header_key
from trace.errors import InvalidInput, Refusal
from trace.problems import Problems

FIRST_ROWS = 8
SHOWN_ERRORS = 100
ALL, GOOD = "all", "good"


@dataclass(frozen=True, slots=True)
class Headers:
    """Every header that a column goes by, folded."""

    by_header: Mapping[str, str]


def headers_of(columns: Sequence[Column]) -> Headers:
    return Headers({header_key(name): c.key for c in columns for name in (*c.headers, c.name)})


def settle_mapping(columns: Sequence[Column], table: models.Table, told: Mapping[str, str]) -> dict[str, str]:
    """The guess with a person's own choices over it ('' takes a column away). Raises InvalidInput."""
    problems = Problems()
    known = {column.key for column in columns}
    mapping = guess_mapping(columns, table.headers, header_key)
    for key, header in told.items():
        if key not in known:
            problems.add(f"/mapping/{key}", "unknown_column", f"没有“{key[:20]}”这一列", "unknown column")
        elif not header:
            mapping.pop(key, None)
        elif header not in table.headers:
            problems.add(f"/mapping/{key}", "unknown_header", f"文件里没有列名“{header[:40]}”", "no such header")
        else:
            mapping[key] = header
    problems.raise_if_any()
    return mapping


def refuse_beyond(table: models.Table) -> None:
    """A value beyond the last header belongs to no column: said, so that it is not lost in silence."""
    for row in table.rows:
        for header, value in row.broken:
            detail = f"第 {row.number} 行：“{value[:40]}”写在{header}，请给那一列加上列名，或删去这个值"
            raise InvalidInput.of("/file", "beyond", detail, "a value without a header")


def refuse_incomplete(missing: Sequence[str], which: str, taken: int, refused: int) -> None:
    """Whether an import may go on. ``which``: ``good`` (the rest comes back as a file) or ``all`` (nothing unless every
    row is good). Raises InvalidInput."""
    if which not in (ALL, GOOD):
        raise InvalidInput.of("/which", "not_a_choice", "请选择：只导入正确的行，或全部正确才导入", "good or all")
    if missing:
        raise InvalidInput.of(
            "/mapping", "columns_missing", f"还不知道哪一列是{'、'.join(missing)}，请在列对应里选好", "map the columns"
        )
    if which == ALL and refused:
        raise InvalidInput.of(
            "/which",
            "rows_refused",
            f"有 {refused} 行不能导入，按“全部正确才导入”没有写入任何一行",
            "some rows are wrong",
        )
    if not taken:
        raise InvalidInput.of("/file", "no_good_row", "没有一行可以导入，请按原因改好再传", "no row is good")


def _reading_of(table: models.Table, mapping: Mapping[str, str], errors: Sequence[RowError]) -> models.Reading:
    """The refused rows in the shape that makes the file of errors."""
    told = tuple(models.RowError(one.row, one.column, one.value, one.code, one.detail) for one in errors)
    return models.Reading(table, dict(mapping), (), told)


def errors_json(errors: Sequence[RowError]) -> list[dict[str, Any]]:
    """The first row errors, as JSON."""
    return [
        {"row": one.row, "column": one.column, "value": one.value, "code": one.code, "detail": one.detail}
        for one in errors[:SHOWN_ERRORS]
    ]


def reasons(errors: Sequence[RowError]) -> list[tuple[str, int, str]]:
    """What is wrong, how often, with an example: the most frequent first. (column, count, detail)."""
    tally: dict[tuple[str, str], tuple[int, str]] = {}
    for one in errors:
        count, example = tally.get((one.column, one.code), (0, f"第 {one.row} 行：{one.detail}"))
        tally[one.column, one.code] = (count + 1, example)
    listed = [(column, count, example) for (column, _), (count, example) in tally.items()]
    return sorted(listed, key=lambda one: -one[1])


class Found(Protocol):
    """What an import would do. ``missing`` names needed columns that no header is known for."""

    @property
    def table(self) -> models.Table: ...
    @property
    def mapping(self) -> Mapping[str, str]: ...
    @property
    def missing(self) -> tuple[str, ...]: ...
    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def errors(self) -> tuple[RowError, ...]: ...


def preview_json(found: Found) -> dict[str, Any]:
    """A preview as JSON."""
    table = found.table
    return {
        "kind": table.kind,
        "headers": list(table.headers),
        "mapping": dict(found.mapping),
        "missing": list(found.missing),
        "counts": found.counts,
        "reasons": [{"column": c, "count": n, "example": d} for c, n, d in reasons(found.errors)],
        "first_rows": [{"row": row.number, **row.cells} for row in table.rows[:FIRST_ROWS]],
        "errors": errors_json(found.errors),
    }


def preview_shown(found: Found, refused: Refusal | None) -> dict[str, Any]:
    """A preview for a page, with what was refused about it, if anything."""
    table = found.table
    first = refused.errors[0].detail if refused is not None and refused.errors else ""
    return {
        "found": found,
        "counts": found.counts,
        "reasons": reasons(found.errors),
        "row_errors": found.errors[:SHOWN_ERRORS],
        "more_errors": len(found.errors) > SHOWN_ERRORS,
        "first_rows": table.rows[:FIRST_ROWS],
        "heads": [("行", "num"), *((header, "") for header in table.headers)],
        "refused": "" if refused is None else first or refused.detail,
    }


def error_response(found: Found, file_id: int) -> Response:
    """The refused rows as a workbook to mend."""
    content = error_file(_reading_of(found.table, found.mapping, found.errors))
    return Response(content, media_type=MEDIA_TYPE, headers=error_headers(file_id))


def error_headers(file_id: int) -> dict[str, str]:
    """Headers of the file of errors."""
    return {
        "Content-Disposition": f'attachment; filename="errors-{file_id}.xlsx"; '
        "filename*=UTF-8''%E5%BE%85%E6%94%B9%E7%9A%84%E8%A1%8C.xlsx",
        "Cache-Control": "private, no-store",
    }
