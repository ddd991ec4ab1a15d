"""What every reader of files refuses alike, and how it writes a header and a line break."""

from __future__ import annotations

from trace.bulletins.models import ANNOUNCEMENT, MAX_COLUMNS, Limits
from trace.errors import InvalidInput

LINE = "↵"
"""Stands for a line break inside one part of a failed item: never guessed away, so the row is refused."""


def refuse(code: str, detail: str, detail_en: str) -> InvalidInput:
    """The refusal of a whole file, under the pointer of its field."""
    return InvalidInput.of("/file", code, detail, detail_en)


def check_size(rows: int, columns: int, limits: Limits = ANNOUNCEMENT) -> None:
    if rows > limits.rows:
        raise refuse("too_many_rows", f"表格超过 {limits.rows} 行，请拆成几份", f"more than {limits.rows} rows")
    if columns > MAX_COLUMNS:
        raise refuse(
            "too_many_columns",
            f"表格有 {columns} 列，最多 {MAX_COLUMNS} 列；请删去多余的列（常见原因是右侧有看不见的内容）",
            f"more than {MAX_COLUMNS} columns",
        )


def one_line(text: str) -> str:
    """A header without the line breaks that narrow columns give it: forms would not bring them back alike."""
    return " ".join(text.split())
