"""A temperature logger's file (Excel or CSV) as readings: columns by their headers, times by a stated rule, errors by row.

Times without an offset are Beijing time; where the header names another one (UTC, GMT+1) it counts. Nothing is guessed
and no row is dropped in silence: a row that cannot be read is told by its number, and then nothing is taken.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from statistics import median_low

from trace.bulletins.files import decode
from trace.bulletins.packed import check_package
from trace.bulletins.refusing import refuse
from trace.bulletins.sheets import TooLarge, Unreadable, read_sheets
from trace.context import SHANGHAI
from trace.errors import FieldError, InvalidInput
from trace.papers.sensors import stated_time
from trace.standards.requests.process import MAX_READINGS
from trace.standards.vocabulary.text import fold

MAX_BYTES = 5 * 1024 * 1024
MAX_COLUMNS = 60
MAX_ERRORS = 50
ZONE_RULE = "时间没有写时区的，按北京时间；列名写了 UTC、GMT 的，按列名"
FORMATS = "Excel（.xlsx、.xls）或 CSV（.csv、.txt）"
_HEADER_LINES = 60
"""Loggers write their settings above the table."""
_DELIMITERS = (",", "\t", ";")
_KINDS = {".xlsx": b"PK\x03\x04", ".xls": b"\xd0\xcf\x11\xe0", ".csv": b"", ".txt": b""}
_NO_TEMPERATURE = re.compile(
    r"湿|露点|上限|下限|报警|告警|设定|间隔|最高|最低|平均|humid|dew|alarm|limit|max|min|avg|set"
)
_TEMPERATURE = re.compile(r"温度|温\(|temp|℃|°c|^(?:ch|通道|探头|t)\d{1,2}$|℉|°f|华氏")
_FAHRENHEIT = re.compile(r"℉|°f|华氏|fahr|\(f\)|_f$")
_TIME = re.compile(r"时间|时刻|date.?time|time|timestamp")
_DATE = re.compile(r"^日期|^date$")
_ZONE = re.compile(r"(?:utc|gmt)\s*(?:([+-])\s*(\d{1,2})(?::?(\d\d))?)?")
_MOMENT = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})(?:日\s*|[T ]\s*|$)"
    r"(?:(?P<half>上午|下午|am|pm)?\s*(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2}(?:\.\d{1,9})?)?秒?)?"
    r"\s*(?P<half2>am|pm)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d{1,4}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Log:
    """A logger's table: headers made unique, and (line number in the file, cells) below them."""

    headers: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what, by header; ``clock`` where date and time of day stand apart. '' where not known."""

    time: str = ""
    clock: str = ""
    temperature: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Readings in the file's order with the file's line numbers, or what is wrong with which row."""

    readings: tuple[dict[str, str], ...]
    rows: tuple[int, ...]
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a series is at a glance. Minutes are whole, rounded; times ISO in Beijing time."""

    count: int
    lowest: Decimal
    highest: Decimal
    first: str
    last: str
    usual_minutes: int | None
    longest_minutes: int | None


def read_log(name: str, content: bytes) -> Log:
    """The table of a logger's file. Raises InvalidInput where there is none or it is too large."""
    if not content:
        raise refuse("empty", "文件是空的，请重新选择", "the file is empty")
    if len(content) > MAX_BYTES:
        raise refuse("too_large", "文件超过 5 MB，请分段导出", "more than 5 MB")
    dot = name.rfind(".")
    kind = name[dot:].lower() if dot >= 0 else ""
    if kind not in _KINDS or not content.startswith(_KINDS[kind]):
        raise refuse("unknown_type", f"不能读“{name[-60:]}”，请用{FORMATS}", "use .xlsx, .xls or .csv")
    tables = _sheets(kind, content) if kind in (".xlsx", ".xls") else [_csv(content)]
    logs = [log for table in tables if (log := _log(table)) is not None]
    whole = [log for log in logs if _known(log.headers) == 2]
    if len(whole) > 1:
        raise refuse("several_sheets", "工作簿里有几张表都像温度记录，请每张另存为一个文件，分别导入", "several sheets")
    if not logs:
        raise refuse("no_table", "文件里没有找到表格，请从记录仪重新导出", "no table in the file")
    found = whole[0] if whole else logs[0]
    if len(found.lines) > MAX_READINGS:
        raise _too_many(len(found.lines))
    return found


def _too_many(count: int) -> InvalidInput:
    told = f"文件有 {count} 行读数，一批最多 {MAX_READINGS} 个；请分段导出，或取每 10 分钟一个"
    return refuse("too_many_rows", told, f"at most {MAX_READINGS} readings")


def _sheets(kind: str, content: bytes) -> list[list[tuple[int, list[str]]]]:
    if kind == ".xlsx":
        check_package(content)
    try:
        sheets = read_sheets(content, MAX_READINGS + _HEADER_LINES, MAX_COLUMNS, (MAX_READINGS + 100) * MAX_COLUMNS)
    except TooLarge as large:
        if large.rows > MAX_READINGS:
            raise _too_many(large.rows) from None
        raise refuse("too_many_columns", f"表格超过 {MAX_COLUMNS} 列，请删去多余的列", "too many columns") from None
    except Unreadable:
        told = "这个 Excel 文件打不开，可能已损坏或加了密码；请另存为 .xlsx 再传"
        raise refuse("unreadable", told, "unreadable") from None
    return [[(first + at, line) for at, line in enumerate(lines)] for _, first, lines in sheets]


def _csv(content: bytes) -> list[tuple[int, list[str]]]:
    text = decode(content)
    if text.count("\n") + text.count("\r") > 2 * (MAX_READINGS + _HEADER_LINES) * 2:
        raise _too_many(text.count("\n"))
    best: list[tuple[int, list[str]]] = []
    score = (-1, -1)
    for delimiter in _DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
        except csv.Error:
            told = "CSV 的引号或换行不成对，读不下去；请用 Excel 另存为 .xlsx 再传"
            raise refuse("unreadable", told, "broken CSV") from None
        head = lines[:_HEADER_LINES]
        fits = (max((_known(line) for _, line in head), default=0), max((len(line) for _, line in head), default=0))
        if fits > score:
            best, score = lines, fits
    return best


def _log(table: Sequence[tuple[int, Sequence[str]]]) -> Log | None:
    filled = [(number, line) for number, line in table if any(cell.strip() for cell in line)]
    head = [(number, line) for number, line in filled[:_HEADER_LINES] if sum(bool(cell.strip()) for cell in line) > 1]
    if not head:
        return None
    at = max(head, key=lambda one: (_known(one[1]), -one[0]))
    if len(at[1]) > MAX_COLUMNS:
        raise refuse("too_many_columns", f"表格超过 {MAX_COLUMNS} 列，请删去多余的列", "too many columns")
    headers: list[str] = []
    for i, cell in enumerate(at[1]):
        name = " ".join(cell.split())[:60] or f"第{i + 1}列"
        headers.append(name if name not in headers else f"{name}（{i + 1}）")
    return Log(tuple(headers), tuple((number, tuple(line)) for number, line in filled if number > at[0]))


def _key(header: str) -> str:
    return re.sub(r"\s", "", fold(header)).lower()


def _is_temperature(header: str) -> bool:
    key = _key(header)
    return bool(_TEMPERATURE.search(key)) and not _NO_TEMPERATURE.search(key)


def _is_time(header: str) -> bool:
    key = _key(header)
    return bool(_TIME.search(key)) and "间隔" not in key and len(key) <= 24


def _known(headers: Sequence[str]) -> int:
    """How many of the two, time and temperature, a line of headers names."""
    cells = [cell for cell in headers[: 2 * MAX_COLUMNS] if len(cell) <= 60]
    timed = any(_is_time(cell) or _DATE.search(_key(cell)) for cell in cells)
    return int(timed) + int(any(_is_temperature(cell) and not _is_time(cell) for cell in cells))


def columns_of(log: Log, picked: Mapping[str, str] | None = None) -> Columns:
    """The columns by their headers; what a person picked comes first where the file has it."""
    chosen = {name: text for name, text in (picked or {}).items() if text in log.headers}
    times = [one for one in log.headers if _is_time(one)]
    dates = [one for one in log.headers if _DATE.search(_key(one)) and not _is_time(one)]
    time = chosen.get("time") or (times[0] if times else "")
    clock = ""
    if "time" not in chosen and dates:
        time, clock = dates[0], times[0] if times else ""
    elif "time" in chosen and chosen["time"] in dates:
        clock = times[0] if times else ""
    degrees = [one for one in log.headers if _is_temperature(one) and one not in (time, clock)]
    return Columns(time, clock, chosen.get("temperature") or (degrees[0] if degrees else ""))


def readings_in(log: Log, columns: Columns) -> Taken:
    """The readings of the chosen columns, or every wrong row (the first fifty)."""
    errors: list[FieldError] = []
    for name, header, what in (("time", columns.time, "时间"), ("temperature", columns.temperature, "温度")):
        if header not in log.headers:
            listed = "、".join(log.headers[:8])
            errors.append(FieldError(f"/{name}", "required", f"请选择{what}列；文件的列有：{listed}", f"choose {name}"))
    if not errors and _FAHRENHEIT.search(_key(columns.temperature)):
        detail = f"“{columns.temperature}”是华氏度（°F）；请在记录仪软件里改用 ℃ 重新导出"
        errors.append(FieldError("/temperature", "wrong_unit", detail, "export in degrees Celsius"))
    if errors:
        return Taken((), (), tuple(errors))
    when, hour, value = [
        log.headers.index(one) if one else None for one in (columns.time, columns.clock, columns.temperature)
    ]
    zone = _zone(columns.clock or columns.time) or SHANGHAI
    cells = [(number, _cell(line, when), _cell(line, hour), _cell(line, value)) for number, line in log.lines]
    timed = bool(columns.clock) or any(":" in _plain(one[1]) or "时" in one[1] for one in cells)
    readings: list[dict[str, str]] = []
    rows: list[int] = []
    for number, day, clock, degrees in cells:
        if not day and not degrees:
            continue
        if len(errors) >= MAX_ERRORS:
            break
        try:
            at = _moment(f"{day.split(' ')[0]} {clock}" if columns.clock else day, zone, timed)
            readings.append({"at": stated_time(at), "celsius": _celsius(degrees)})
            rows.append(number)
        except ValueError as wrong:
            errors.append(
                FieldError(f"/rows/{number}", "bad_row", f"第 {number} 行：{wrong}", "the row cannot be read")
            )
    if not errors and not readings:
        errors.append(FieldError("/file", "empty", "表格里没有读数", "no readings"))
    return Taken((), (), tuple(errors)) if errors else Taken(tuple(readings), tuple(rows), ())


def _cell(line: Sequence[str], place: int | None) -> str:
    return line[place].strip() if place is not None and place < len(line) else ""


def _plain(text: str) -> str:
    """Half width, single spaces: between day and hour the space counts."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _zone(header: str) -> tzinfo | None:
    found = _ZONE.search(_key(header))
    if found is None:
        return None
    if found[1] is None:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(offset if found[1] == "+" else -offset) if offset < timedelta(hours=15) else None


def _moment(text: str, zone: tzinfo, timed: bool) -> datetime:
    """A cell as a time, to the second (Excel keeps fractions of a day). Raises ValueError with the Chinese reason."""
    found = _MOMENT.fullmatch(_plain(text))
    what = f"时间“{text.strip()[:30]}”" if text.strip() else "时间是空的"
    if found is None:
        raise ValueError(f"{what}读不懂，请写成 2026-11-24 08:30 这样的年-月-日 时:分")
    if found["h"] is None and not timed:
        raise ValueError(f"{what}只有日期，没有几点几分")
    half = (found["half"] or found["half2"] or "").lower()
    hour = int(found["h"] or 0)
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{what}的小时不对")
    if half:
        hour = hour % 12 + (12 if half in ("下午", "pm") else 0)
    seconds = Decimal(found["s"] or 0)
    try:
        moment = datetime(int(found["y"]), int(found["mo"]), int(found["d"]), hour, int(found["mi"] or 0), tzinfo=zone)
    except ValueError:
        raise ValueError(f"{what}不是真实的时间") from None
    if found["zone"]:
        written = found["zone"].upper().replace("Z", "+00:00")
        moment = datetime.fromisoformat(moment.replace(tzinfo=None).isoformat() + written)
    if seconds >= 60:
        raise ValueError(f"{what}不是真实的时间")
    return moment + timedelta(seconds=int(seconds.to_integral_value()))


def _celsius(text: str) -> str:
    """A cell as degrees Celsius. Raises ValueError with the Chinese reason."""
    plain = fold(text).replace("−", "-").replace("–", "-")
    if not plain:
        raise ValueError("温度是空的；记录仪没有读到数的行请删去，中断会在记录间隔里看到")
    if re.search(r"[°º˚]?F$|℉|华氏", plain, re.IGNORECASE):
        raise ValueError(f"温度“{text[:20]}”是华氏度（°F）；请改用 ℃ 重新导出")
    plain = re.sub(r"(?:[°º˚]?C|℃|度)$", "", plain, flags=re.IGNORECASE)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"温度“{text[:20]}”不是一个数（小数点写成“.”）")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"温度“{text[:20]}”不是一个数") from None
    return f"{value.quantize(Decimal('0.0001')).normalize():f}" if "." in plain else plain.lstrip("+")


def summary(readings: Sequence[Mapping[str, str]]) -> Summary:
    """Lowest, highest, count, first, last and interval of readings in any order. Needs at least one."""
    moments = sorted(datetime.fromisoformat(one["at"]) for one in readings)
    degrees = [Decimal(one["celsius"]) for one in readings]
    pauses = [round((after - before).total_seconds() / 60) for before, after in pairwise(moments)]
    return Summary(
        len(moments), min(degrees), max(degrees), stated_time(moments[0]), stated_time(moments[-1]),
        median_low(pauses) if pauses else None, max(pauses) if pauses else None,
    )  # fmt: skip
