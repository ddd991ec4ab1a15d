"""Path and query parameters that several rooms take."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator, WithJsonSchema

from trace.errors import InvalidInput
from trace.problems import Problems

MAX_ID = 2**63 - 1


def _id(value: object) -> int:
    if (
        not isinstance(value, str)
        or not (value.isascii() and value.isdigit() and 0 < len(value) <= 19)
        or int(value) > MAX_ID
    ):
        raise ValueError("编号应为数字，请照列表或接口给出的编号填写")
    return int(value)


def _day(value: object) -> date | None:
    """A day as every form reads it; the framework would take a bare number for seconds since 1970."""
    problems = Problems()
    day = problems.day(str(value or ""), "", "截至日期")
    if problems.errors:
        raise ValueError(problems.errors[0].detail)
    return day


IdText = Annotated[int, BeforeValidator(_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$"})]
"""An id as JSON carries it (a string of digits); the handler receives an int."""
IdPath = Annotated[IdText, Path(description="编号 id")]
AsOf = Annotated[date | None, BeforeValidator(_day), Query(description="截至日 YYYY-MM-DD，默认今天")]
"""The day of which something is asked; None for today. Whether it has come is for the reader to say."""
Cursor = Annotated[str, Query(max_length=200, description="上一页给出的 next")]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数")]


def cursor_id(text: str) -> int | None:
    """The id that a cursor carries; None for the first page. Raises InvalidInput."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID):
        raise InvalidInput.of("/cursor", "cursor", "翻页标记无效，请从第一页重新开始。", "The cursor is not valid.")
    return int(text)
