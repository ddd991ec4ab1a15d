"""Rows of a file as samples: columns guessed from their headers or told by a person, every row kept or refused.

Pure. No row is lost: each is a sample or has at least one error that names row, column, value and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from trace.bulletins.dates import Day, read_day
from trace.bulletins.failures import MAX_ITEMS, BadCell, check_failure, split_apart, split_combined
from trace.bulletins.models import MAX_CELL, Defaults, Failure, Reading, Row, RowError, Sample, Table
from trace.bulletins.words import Words, header_key
from trace.errors import FieldError, InvalidInput
from trace.identifiers.credit_code import normalise_credit_code
from trace.journal.canonical import digest
from trace.standards.vocabulary.text import fold

ERROR_COLUMN = "错误说明（改好后可不删）"
"""The column that the file of refused rows adds; it is never data."""
IGNORED = frozenset({header_key(ERROR_COLUMN), header_key("原行号")})


def guess_mapping(headers: Sequence[str], words: Words) -> dict[str, str]:
    """Column key → header, for the headers we know; the first of several that mean the same wins."""
    found: dict[str, str] = {}
    for key, column in words.columns.items():
        spellings = [header_key(one) for one in (*column.headers, column.name)]
        present = {header_key(header): header for header in reversed(headers)}
        match = next((present[spelling] for spelling in spellings if spelling in present), None)
        if match is not None:
            found[key] = match
    if "failed" in found and "item" in found and found["failed"] == found["item"]:
        del found["item"]
    return found


def settle_mapping(table: Table, told: Mapping[str, str], words: Words) -> dict[str, str]:
    """The guess with a person's own choices over it ('' takes a column away). Raises InvalidInput."""
    errors: list[FieldError] = []
    mapping = guess_mapping(table.headers, words)
    for key, header in told.items():
        if key not in words.columns:
            errors.append(FieldError(f"/mapping/{key}", "unknown_column", f"没有“{key}”这一列", "unknown column"))
        elif not header:
            mapping.pop(key, None)
        elif header not in table.headers:
            errors.append(
                FieldError(f"/mapping/{key}", "unknown_header", f"文件里没有列名“{header[:40]}”", "no such header")
            )
        else:
            mapping[key] = header
    if errors:
        raise InvalidInput(errors[0].detail, errors[0].detail_en, errors=errors)
    return mapping


def missing_columns(mapping: Mapping[str, str], words: Words) -> list[str]:
    """Chinese names of what must still be mapped before anything can be imported."""
    missing = [column.name for key, column in words.columns.items() if column.required and key not in mapping]
    if "failed" not in mapping:
        missing += [words.columns[key].name for key in ("item", "result", "limit") if key not in mapping]
    return missing


def read_samples(
    table: Table, mapping: Mapping[str, str], words: Words, defaults: Defaults | None = None, today: date | None = None
) -> Reading:
    """Every row as a sample or as errors. Raises InvalidInput while needed columns are unmapped."""
    missing = missing_columns(mapping, words)
    if missing:
        raise InvalidInput.of(
            "/mapping", "columns_missing", f"还不知道哪一列是{'、'.join(missing)}，请在列对应里选好", "map the columns"
        )
    reader = _Reader(mapping, words, defaults or Defaults(), today)
    samples: list[Sample] = []
    errors: list[RowError] = []
    keys: dict[tuple[str, str], Sample] = {}
    for row in table.rows:
        sample, wrong = reader.read(row)
        if sample is not None:
            first = keys.setdefault((sample.bulletin, sample.key), sample)
            if first is not sample and first.digest != sample.digest:
                header = mapping.get("number", "")
                detail = f"抽样编号“{sample.number}”与第 {first.row_number} 行相同而内容不同，请核对"
                wrong = [RowError(row.number, header, sample.number, "same_number", detail)]
                sample = None
        if sample is not None:
            samples.append(sample)
        errors += wrong
    return Reading(table, dict(mapping), tuple(samples), tuple(errors))


class _Reader:
    """Reads one row after another with the same mapping."""

    def __init__(self, mapping: Mapping[str, str], words: Words, defaults: Defaults, today: date | None) -> None:
        self.mapping, self.words, self.defaults, self.today = mapping, words, defaults, today
        self.errors: list[RowError] = []
        self.row = Row(0, {})

    def wrong(self, column: str, value: str, code: str, detail: str) -> None:
        header = self.mapping.get(column, self.words.columns[column].name if column in self.words.columns else column)
        self.errors.append(RowError(self.row.number, header, value[:200], code, detail))

    def cell(self, column: str) -> str:
        header = self.mapping.get(column)
        value = self.row.cells.get(header, "").strip() if header is not None else ""
        return "" if fold(value).lower() in self.words.empty else value

    def read(self, row: Row) -> tuple[Sample | None, list[RowError]]:
        self.row, self.errors = row, []
        for header, value in row.broken:
            self.wrong(
                header,
                value,
                "not_text",
                f"“{header}”的内容“{value[:40]}”不是文字或多出了一格，请改成文字、去掉多余的格",
            )
        for header, value in row.cells.items():
            if len(value) > MAX_CELL:
                self.wrong(header, value, "too_long", f"“{header}”一格有 {len(value)} 个字，最多 {MAX_CELL} 个，请缩短")
            elif any((ord(c) < 32 and c not in "\n\r\t") or 0xD800 <= ord(c) < 0xE000 for c in value):
                self.wrong(header, value, "control_character", f"“{header}”一格含有不可见的控制字符，请重新输入")
        if self.errors:
            return None, self.errors
        made = self._sample()
        return (None, self.errors) if self.errors else (made, [])

    def _sample(self) -> Sample:
        verbatim = {h: v for h, v in self.row.cells.items() if v and header_key(h) not in IGNORED}
        food = self.cell("food")
        if not food:
            self.wrong("food", self.row.cells.get(self.mapping["food"], ""), "required", "没有写食品名称，请补上")
        failures = self._failures()
        day = self._day("produced", lots=True)
        bulletin = self.cell("bulletin") or self.defaults.bulletin
        if not bulletin:
            self.wrong("bulletin", "", "required", "不知道是哪一号公告：请在表里加“公告号”一列，或在导入页填写公告号")
        elif len(bulletin) > 100:
            self.wrong("bulletin", bulletin, "too_long", "公告号太长，最多 100 个字，请核对是否选错了列")
        number = self.cell("number")
        if len(number) > 100:
            self.wrong("number", number, "too_long", "抽样编号太长，最多 100 个字，请核对是否选错了列")
        if len(food) > 200:
            self.wrong("food", food, "too_long", "食品名称太长，最多 200 个字，请核对是否选错了列")
        mark = digest(verbatim)
        return Sample(
            row_number=self.row.number,
            key=f"no:{number}" if number else f"row:{mark}",
            food=food,
            failures=failures,
            bulletin=bulletin,
            task=self._task(),
            number=number,
            category=self.cell("category"),
            produced=self.cell("produced"),
            produced_on=day.day,
            lot=self.cell("lot") or day.lot,
            maker=self.cell("maker"),
            maker_code=self._code(),
            sampled_from=self.cell("sampled_from"),
            spec=self.cell("spec"),
            brand=self.cell("brand"),
            issuer=self.cell("issuer") or self.defaults.issuer,
            issued_on=self._day("issued_on").day or self.defaults.issued_on,
            remark=self.cell("remark"),
            digest=mark,
            row=verbatim,
        )

    def _failures(self) -> tuple[Failure, ...]:
        try:
            if "failed" in self.mapping:
                found = split_combined(self.cell("failed"), self.words)
            else:
                found = split_apart(self.cell("item"), self.cell("result"), self.cell("limit"), self.words)
        except BadCell as bad:
            self._bad(bad)
            return ()
        if len(found) > MAX_ITEMS:
            self._bad(
                BadCell("item", found[0].item, "too_many", f"一个样品有 {len(found)} 个不合格项目，最多 {MAX_ITEMS} 个")
            )
            return ()
        for one in found:
            try:
                check_failure(one, self.words)
            except BadCell as bad:
                self._bad(bad)
        return tuple(found)

    def _bad(self, bad: BadCell) -> None:
        column = "failed" if "failed" in self.mapping else bad.column
        self.wrong(column, bad.value, bad.code, str(bad))

    def _day(self, column: str, *, lots: bool = False) -> Day:
        found = read_day(self.cell(column), self.words, lots=lots, today=self.today)
        if found.wrong:
            self.wrong(column, self.cell(column), "not_a_date", found.wrong)
        return found

    def _task(self) -> str:
        written = self.cell("task")
        if not written:
            if not self.defaults.task:
                self.wrong("task", "", "required", "不知道任务类型：请在导入页选择，或在表里加“任务类型”一列")
            return self.defaults.task
        found = self.words.tasks.get(fold(written), "")
        if not found:
            kinds = "、".join(dict.fromkeys(self.words.tasks.values()))
            self.wrong("task", written, "not_a_task", f"任务类型“{written[:40]}”不认识，请写{kinds}之一")
        return found

    def _code(self) -> str:
        """An SC number or a credit code as written; one with a wrong check digit is refused, not used for matching."""
        written = fold(self.cell("maker_code")).upper()
        if len(written) == 18 and not written.startswith("SC"):
            try:
                normalise_credit_code(written)
            except InvalidInput as wrong:
                self.wrong("maker_code", written, "bad_code", wrong.errors[0].detail + "；不知道可以留空")
        return written
