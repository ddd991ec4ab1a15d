"""Reads a recall's lines into accounts: per lot and in total, and what is still open by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from trace.quantity import show
from trace.recalls import store
from trace.recalls.models import IN, OWN, Account, Destruction, Grid, Line, Report
from trace.recalls.rules import account, empty_grid, open_total

OPEN_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Total:
    """Everything of one unit added up."""

    unit: str
    lots: int
    account: Account


@dataclass(frozen=True, slots=True)
class Accounts:
    """By lot id, with the lots' rows, and one total per unit (kilograms and pieces are never added)."""

    lots: Sequence[Row[Any]]
    by_lot: Mapping[int, Account]
    totals: Sequence[Total]


def line_of(row: Row[Any]) -> Line:
    """A row of ``recall_line`` as the rules read it."""
    report = None
    if row.controlled is not None:
        report = Report(row.controlled, row.returned, row.destroyed, row.sold, row.recovered, row.lost)
    return Line(row.quantity, row.transit, row.book_sold, row.step == 0, report)


def read_accounts(conn: Connection, recall_id: int) -> Accounts:
    """The accounts of a recall's own lots as they stand now."""
    lots = [one for one in store.lots_of(conn, recall_id) if one.state == IN and one.role == OWN]
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in store.lines_of(conn, recall_id):
        lines[row.lot_id].append(line_of(row))
    gone: dict[int, list[Destruction]] = defaultdict(list)
    for one in store.destructions_of(conn, recall_id):
        if one.witnessed_at is not None:
            gone[one.lot_id].append(Destruction(one.quantity, one.source))
    by_lot = {lot.lot_id: account(lot.quantity, lot.used, lines[lot.lot_id], gone[lot.lot_id]) for lot in lots}
    return Accounts(lots, by_lot, _totals(lots, by_lot))


def _totals(lots: Sequence[Row[Any]], by_lot: Mapping[int, Account]) -> list[Total]:
    units: dict[str, list[Account]] = defaultdict(list)
    for lot in lots:
        units[lot.unit].append(by_lot[lot.lot_id])
    found = []
    for unit, accounts in sorted(units.items()):
        grid: Grid = empty_grid()
        for one in accounts:
            for cell, amount in one.grid.items():
                grid[cell] += amount
        made, used = sum(one.made for one in accounts), sum(one.used for one in accounts)
        found.append(Total(unit, len(accounts), Account(made, grid, used, sum(one.difference for one in accounts))))
    return found


def customers(conn: Connection, recall_id: int, organisation_id: int) -> set[str]:
    """Holders that an organisation itself delivered lots of the recall to: one step down, whom it knows."""
    return {one.holder for one in store.lines_of(conn, recall_id) if one.giver == str(organisation_id)}


def silent(conn: Connection, recall_id: int) -> list[Row[Any]]:
    """Holders with a line nobody reported yet."""
    waiting = {row.holder for row in store.lines_of(conn, recall_id) if row.controlled is None and row.quantity > 0}
    return [one for one in store.tasks_of(conn, recall_id) if one.kind == "holder" and one.holder in waiting]


def call_list(conn: Connection, row: Row[Any], today: date) -> list[Row[Any]]:
    """Who did not answer by the date it was given: to be called."""
    if row.respond_by is None or today.isoformat() <= row.respond_by:
        return []
    return silent(conn, row.id)


def open_points(conn: Connection, row: Row[Any]) -> list[str]:
    """What is not done of an announced recall, each with its name; [] where nothing is open.

    Holders are named where the maker delivered to them itself; farther ones are counted.
    """
    found = []
    if not row.notice_at and not row.mock:
        found.append("没有登记法定平台公告的地址")
    known = {str(row.tenant_id), *customers(conn, row.id, row.tenant_id)}
    every = silent(conn, row.id)
    quiet = [one for one in every if one.holder in known]
    found += [f"{one.name} 没有答复" for one in quiet[:OPEN_SHOWN]]
    if len(every) > len(quiet):
        found.append(f"下级单位 {len(every) - len(quiet)} 个没有答复，由其供货方联系")
    if len(quiet) > OPEN_SHOWN:
        found.append(f"另有 {len(quiet) - OPEN_SHOWN} 个单位没有答复，见电话名单")
    accounts = read_accounts(conn, row.id)
    waiting = [lot for lot in accounts.lots if open_total(accounts.by_lot[lot.lot_id].grid)]
    for lot in waiting[:OPEN_SHOWN]:
        left = show(open_total(accounts.by_lot[lot.lot_id].grid), lot.unit)
        found.append(f"{lot.item_name} {lot.number} 尚有 {left} 没有落实")
    if len(waiting) > OPEN_SHOWN:
        found.append(f"另有 {len(waiting) - OPEN_SHOWN} 个批次没有全部落实，见逐批明细")
    for lot in accounts.lots:
        off = accounts.by_lot[lot.lot_id].difference
        if off:
            found.append(f"{lot.item_name} {lot.number} 账实差异 {show(off, lot.unit)}，须核对交货记录")
    planned = [one for one in store.destructions_of(conn, row.id) if one.witnessed_at is None]
    found += [f"预告 {one.planned_on} 在{one.place}的销毁没有监督记录" for one in planned]
    return found
