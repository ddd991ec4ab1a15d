"""What the law asks of a recall and how its quantities add up (食品召回管理办法, facts section 13). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from trace.bulletins.caserules import RECALL_LEVELS, RecallLevel
from trace.recalls.models import (
    CHANNEL,
    CONTROLLED,
    DESTROYED,
    FATES,
    HERE,
    LOST,
    PLACES,
    RETURNED,
    SOLD,
    TRANSIT,
    UNREACHED,
    Account,
    Destruction,
    Grid,
    Line,
    Report,
)
from trace.recalls.workdays import due_after

LEVELS: dict[str, RecallLevel] = {one.level: one for one in RECALL_LEVELS}
HOUR = 3_600_000_000

ACUTE = (
    "沙门", "单核细胞增生李斯特", "单增李斯特", "致泻大肠", "大肠埃希氏菌O157", "O157", "副溶血", "志贺", "肉毒",
    "金黄色葡萄球菌", "阪崎", "克罗诺", "蜡样芽胞", "诺如", "亚硝酸盐", "瘦肉精", "克伦特罗", "莱克多巴胺", "沙丁胺醇",
    "毒鼠强", "甲醇", "河豚毒素", "米酵菌酸", "黄曲霉毒素", "氰化物", "致病菌", "玻璃", "金属异物",
)  # fmt: skip
"""Parameters whose failure may harm gravely: a suggestion of level one."""
LABELS = ("标签", "标识", "净含量", "生产日期", "配料表", "营养成分")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A level to think about and why; ``level`` '' where nothing on record suggests one. Never a decision."""

    level: str
    why: str


def suggest(failures: Iterable[str]) -> Suggestion:
    """From the names of failed parameters of the suspect and affected lots. The enterprise decides."""
    names = list(dict.fromkeys(one.strip() for one in failures if one.strip()))
    if not names:
        return Suggestion("", "记录里没有不符合项，系统提不出建议；请按健康危害自行评估")
    acute = [one for one in names if any(word in one for word in ACUTE)]
    if acute:
        return Suggestion("一级", f"{'、'.join(acute[:3])}不符合，可能导致严重健康损害")
    if all(any(word in one for word in LABELS) for one in names):
        return Suggestion("三级", f"{'、'.join(names[:3])}不符合，属标签、标识问题")
    return Suggestion("二级", f"{'、'.join(names[:3])}不符合，可能导致一般健康损害")


@dataclass(frozen=True, slots=True)
class StartClock:
    """The clock from 知悉时间: ``due`` and ``begun`` in µs UTC. ``left`` µs to go at ``now``, negative when overdue."""

    hours: int
    due: int
    begun: int | None
    left: int

    @property
    def overdue(self) -> bool:
        return self.left < 0


def start_clock(level: str, known_at: int | None, begun_at: int | None, now: int) -> StartClock | None:
    """24, 48 or 72 hours from knowing to begin; None while level or time of knowing are not recorded."""
    if level not in LEVELS or known_at is None:
        return None
    hours = LEVELS[level].begin_hours
    due = known_at + hours * HOUR
    return StartClock(hours, due, begun_at, due - (begun_at if begun_at is not None else now))


@dataclass(frozen=True, slots=True)
class FinishClock:
    """The clock from the statutory notice; ``due`` None where the year's working days are not known."""

    days: int
    due: date | None
    finished: date | None
    overdue: bool
    left: int | None
    """Calendar days to go, negative when overdue."""


def finish_clock(level: str, notice_on: date | None, finished_on: date | None, today: date) -> FinishClock | None:
    """10, 20 or 30 working days from the notice to finish; None while level or notice are not recorded."""
    if level not in LEVELS or notice_on is None:
        return None
    days = LEVELS[level].complete_working_days
    due = due_after(notice_on, days)
    at = finished_on if finished_on is not None else today
    return FinishClock(days, due, finished_on, due is not None and at > due, None if due is None else (due - at).days)


def report_refusal(line: Line, report: Report) -> str:
    """Why a report cannot be right; '' where it can."""
    parts = report.controlled + report.returned + report.destroyed + report.sold
    if parts > max(line.quantity, 0):
        return "封存、退回、销毁、售出合计超过应核对的数量；实物确实更多时，请在说明里写明，由召回企业更正交货记录"
    if report.recovered + report.lost > report.sold:
        return "已售出中追回与无法追回的合计超过已售出数量"
    return ""


def empty_grid() -> Grid:
    """Every place and fate at nothing."""
    return {(place, fate): 0 for place in PLACES for fate in FATES}


def line_grid(line: Line) -> Grid:
    """One holder's quantity over places and fates; without a report nothing is settled. Sums to ``quantity``."""
    grid = empty_grid()
    if line.quantity <= 0:
        return grid
    base = HERE if line.at_maker else CHANNEL
    if line.report is None:
        transit = min(max(line.transit, 0), line.quantity)
        sold = min(max(line.sold, 0), line.quantity - transit)
        grid[TRANSIT, UNREACHED] = transit
        grid[SOLD, UNREACHED] = sold
        grid[base, UNREACHED] = line.quantity - transit - sold
        return grid
    said = line.report
    grid[base, CONTROLLED] = said.controlled
    grid[base, RETURNED] = said.returned
    grid[base, DESTROYED] = said.destroyed
    grid[base, UNREACHED] = line.quantity - said.controlled - said.returned - said.destroyed - said.sold
    grid[SOLD, RETURNED] = said.recovered
    grid[SOLD, LOST] = said.lost
    grid[SOLD, UNREACHED] = said.sold - said.recovered - said.lost
    return grid


def destroyable(grid: Grid, source: str) -> int:
    """How much can still be destroyed of what is controlled at the maker, or returned from anywhere."""
    if source == CONTROLLED:
        return grid[HERE, CONTROLLED]
    return sum(grid[place, RETURNED] for place in PLACES)


def account(made: int, used: int, lines: Sequence[Line], destroyed: Sequence[Destruction]) -> Account:
    """A lot's quantities over all holders. Whatever is said, they add up to what was made."""
    grid = empty_grid()
    for line in lines:
        for cell, amount in line_grid(line).items():
            grid[cell] += amount
    for one in destroyed:
        left = one.quantity
        cells = [(HERE, CONTROLLED)] if one.source == CONTROLLED else [(place, RETURNED) for place in PLACES]
        for place, fate in cells:
            taken = min(left, grid[place, fate])
            grid[place, fate] -= taken
            grid[place, DESTROYED] += taken
            left -= taken
    return Account(made, grid, used, made - used - sum(grid.values()))


def open_total(grid: Grid) -> int:
    """What nobody has settled yet."""
    return sum(grid[place, UNREACHED] for place in PLACES)
