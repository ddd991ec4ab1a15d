"""Dates as bulletins write them: plain, with slashes, with a note in brackets, as an Excel serial number. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from trace.bulletins.words import Words
from trace.problems import EARLIEST, LATEST
from trace.standards.vocabulary.text import fold

_SERIAL = re.compile(r"^(\d{5})(?:\.0+)?$")
_WRITTEN = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:T?00:00(?::00(?:\.0+)?)?)?$")
_NOTE = re.compile(r"^(.*?)\(([^()]*)\)$")
_DATE_LIKE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
_EXCEL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Day:
    """What a date cell means: a day with its note, or a lot number, or neither. ``wrong`` is the Chinese reason."""

    day: date | None = None
    note: str = ""
    lot: str = ""
    wrong: str = ""


def read_day(text: str, words: Words, *, lots: bool = False, today: date | None = None) -> Day:
    """Read one cell. With ``lots`` what does not look like a date is a lot number; else it is wrong.

    Nothing is guessed: two dates, an impossible date or an unknown note are wrong and say so.
    """
    key = fold(text)
    if key.lower() in words.empty or not key:
        return Day()
    note = ""
    bracket = _NOTE.match(key)
    if bracket and (_WRITTEN.match(bracket[1]) or _SERIAL.match(bracket[1])):
        key, note = bracket[1], bracket[2]
        if note not in words.date_notes:
            return Day(wrong=f"日期“{text[:40]}”括号里的“{note}”不认识，请只写日期，或写成（购进日期）这样的注")
    serial = _SERIAL.match(key)
    written = _WRITTEN.match(key)
    if serial:
        found: date | None = _EXCEL_ZERO + timedelta(days=int(serial[1]))
    elif written:
        found = _made(written[1], written[2] or written[4], written[3] or written[5])
    elif len(_DATE_LIKE.findall(key)) > 1:
        return Day(wrong=f"“{text[:40]}”里有几个日期，请只留一个，或把样品分成几行")
    elif _DATE_LIKE.search(key) or not lots:
        return Day(wrong=f"“{text[:40]}”不是日期，请写成 2026-05-02 这样的年-月-日")
    else:
        return Day(lot=text.strip())
    if found is None or not EARLIEST <= found < LATEST:
        return Day(wrong=f"“{text[:40]}”不是有效日期，请核对，写成 2026-05-02 这样的年-月-日")
    if today is not None and found > today:
        return Day(wrong=f"日期 {found} 在今天（{today}）之后，请核对")
    return Day(found, note)


def _made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
