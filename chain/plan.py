"""The plan page: each row of the district's plan beside the present figure, or 「未知」.

A figure needs a value, a source and a date; without one the platform says 未知 and draws no progress. Figures
of the demo district never come near the plan's targets: they are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.models import PlanItem, PlanTarget

UNKNOWN = "未知"


@dataclass(frozen=True, slots=True)
class Figure:
    """A present figure for a plan metric, in the target's unit. ``demo`` marks an invented one."""

    value: Decimal
    source: str
    date: date
    demo: bool = False


@dataclass(frozen=True, slots=True)
class PlanFigureRow:
    """One target with its present figure. ``reached`` is None while the figure is unknown."""

    key: str
    metric: str
    target: str
    year: int
    year_note: str
    present: str
    source: str
    date: date | None
    reached: bool | None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of the plan page: the item, and one line per numeric target (none if the plan gives no number)."""

    item: PlanItem
    figures: tuple[PlanFigureRow, ...]

    @property
    def present(self) -> str:
        """All known figures in one phrase for the list; 未知 where there is none."""
        known = [f"{figure.metric} {figure.present}" for figure in self.figures if figure.date is not None]
        return "；".join(known) or UNKNOWN


def plan_rows(items: Iterable[PlanItem], figures: Mapping[str, Figure]) -> list[PlanRow]:
    """Lay ``figures`` (by target key) beside the plan's items, in the plan's order.

    Raises ValueError for a figure nobody asked for (a misspelt key would otherwise vanish) and for demo figures.
    """
    rows = [PlanRow(item, tuple(_figure_row(target, figures) for target in item.targets)) for item in items]
    asked = {figure.key for row in rows for figure in row.figures}
    stray = sorted(set(figures) - asked)
    if stray:
        raise ValueError(f"方案里没有指标 {'、'.join(stray)}")
    invented = sorted(key for key, figure in figures.items() if figure.demo)
    if invented:
        raise ValueError(f"演示数字不得与方案目标同表：{'、'.join(invented)}")
    return rows


def reached(target: PlanTarget, value: Decimal) -> bool:
    """Whether ``value`` meets the target. 「达」「建成」 (=) is met from that number up; a range from its lower end."""
    return value > target.value if target.op == ">" else value >= target.value


def _figure_row(target: PlanTarget, figures: Mapping[str, Figure]) -> PlanFigureRow:
    figure = figures.get(target.key)
    return PlanFigureRow(
        key=target.key,
        metric=target.metric,
        target=target.text,
        year=target.year,
        year_note=target.year_note,
        present=UNKNOWN if figure is None else f"{figure.value} {target.unit}",
        source="" if figure is None else figure.source,
        date=None if figure is None else figure.date,
        reached=None if figure is None else reached(target, figure.value),
    )
