"""What lags: a figure below the straight line to its target, a half-year report that was due. Pure.

Unknown is 未知, not lagging: no figure, no second figure to draw a line from, or a task that nobody was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from chain.ledger.halves import due_of, end_of_half, half_of, half_text, halves_between
from chain.ledger.models import STEPS, UNDECIDED, Entry, Half, Lag, Line, Measure, Row, RowState
from chain.plan import reached

Point = tuple[date, Decimal]


def lag_of(measure: Measure, present: Point | None, start: Point | None) -> Lag:
    """Where ``present`` stands against the target. ``start`` is the first known figure, before ``present``."""
    target = measure.target
    if target is None:
        return Lag("unknown", "方案没有数字目标，不判断快慢")
    if present is None:
        return Lag("unknown", "没有现状数，不判断快慢")
    day, value = present
    if reached(target, value):
        return Lag("reached", f"{value:f} {target.unit}，目标 {target.text}")
    end = date(target.year, 12, 31)
    if measure.flat:
        line = Line(day, target.value, end, target.value, target.value)
        return Lag("behind", f"年均增速直接与目标比：{value:f} {target.unit} 低于 {target.text}", line)
    if day >= end:
        line = Line(day, value, end, target.value, target.value)
        return Lag("behind", f"{end.year} 年末已到，{value:f} {target.unit} 未达 {target.text}", line)
    if start is None or start[0] >= day:
        return Lag("unknown", "只有一个日期的数，画不出从起点到目标的直线")
    line = line_to(start, (end, target.value), day)
    drawn = (
        f"从 {start[0].isoformat()} 的 {start[1]:f} 到 {end.isoformat()} 的 {target.value:f}，"
        f"{day.isoformat()} 应到 {shown(line.due)} {target.unit}，现 {value:f}"
    )
    return Lag("behind" if value < line.due else "ahead", drawn, line)


def line_to(start: Point, end: Point, day: date) -> Line:
    """The straight line between two points and its height on ``day``; ``start`` lies before ``end``."""
    gone, whole = (day - start[0]).days, (end[0] - start[0]).days
    return Line(start[0], start[1], end[0], end[1], start[1] + (end[1] - start[1]) * gone / whole)


def shown(value: Decimal) -> str:
    """Two decimals at most, for the sentence; the comparison uses the full value."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def halves_of(entries: Iterable[Entry]) -> dict[str, dict[str, Entry]]:
    """A row's reports by half-year and step."""
    found: dict[str, dict[str, Entry]] = {}
    for one in entries:
        found.setdefault(one.body["half"], {})[one.body["step"]] = one
    return found


def half_states(reports: Sequence[Entry], begins: date | None, day: date) -> tuple[Half, ...]:
    """Half-years of a row, the newest first: from the one in which the task was given, and every one reported on."""
    by_half = halves_of(reports)
    first = min([*by_half, *([half_of(begins)] if begins is not None else [])], default=None)
    if first is None:
        return ()
    wanted = sorted({*by_half, *halves_between(first, half_of(day))}, reverse=True)
    return tuple(Half(half, end_of_half(half), due_of(half), by_half.get(half, {})) for half in wanted)


def missing_of(halves: Iterable[Half], day: date) -> tuple[Half, ...]:
    """Reports whose last day has passed without 上报, the oldest first."""
    return tuple(sorted((one for one in halves if one.due < day and not one.done), key=lambda one: one.half))


def given_on(assigned: Iterable[Entry]) -> date | None:
    """The day on which a row's task was first given to somebody: from then on reports are owed."""
    return min((one.data_date for one in assigned), default=None)


def owner_of(row: Row, assigned: Entry | None) -> tuple[str, str]:
    """(who answers for a row, where that stands): an entry, else the document, else 未定."""
    if assigned is not None:
        return str(assigned.body["unit"]), assigned.source
    if row.owner:
        return row.owner, f"文件{row.item.section}"
    return UNDECIDED, "文件没有写明"


def reasons(state: RowState) -> tuple[str, ...]:
    """Why 专题督导 is suggested for a row, one sentence each."""
    late = [
        f"{half_text(one.half)}的报送应于 {one.due.isoformat()} 前完成，现在{_reached(one)}" for one in state.missing
    ]
    slow = [f"{one.measure.name}：{one.lag.why}" for one in state.behind]
    return (*late, *slow)


def _reached(half: Half) -> str:
    return "还没有开始" if half.state not in STEPS else f"到“{half.state}”"
