"""The daily and the closing report of a recall on paper: A4 across as many pages as the lots need, nothing left out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import Connection, Row

from trace.codes.typeset import Text, draw_demo_mark, fit, font_name, wrap, write
from trace.parties import store as parties
from trace.quantity import show
from trace.recalls import store
from trace.recalls.accounting import Accounts, open_points
from trace.recalls.models import FATES, PLACES, Account

TITLES: Mapping[str, str] = {"daily": "食品召回日报", "closing": "食品召回总结报告"}
LEGAL = ("食品名称", "商标", "规格", "生产日期", "批号", "数量")
"""What the record of a recall must hold of each lot (食品召回管理办法; standards REC, RCL-5)."""
NOTICE = "数量由召回企业与各持有单位填报，系统只作加总核对，不是检查结论。"
_MARGIN = 12 * mm
_SIZE = 8.5


@dataclass(frozen=True, slots=True)
class PaperLot:
    """One lot: the legal fields, then its account."""

    legal: tuple[str, ...]
    account: Account
    unit: str


@dataclass(frozen=True, slots=True)
class RecallPaper:
    """What either report says; ``facts`` are (name, value) pairs, ``totals`` (heading, account, unit)."""

    title: str
    mock: bool
    demo: bool
    printed: str
    facts: Sequence[tuple[str, str]]
    clocks: Sequence[str]
    totals: Sequence[tuple[str, Account, str]]
    lots: Sequence[PaperLot]
    holders: Sequence[tuple[str, str]]
    destructions: Sequence[str]
    still_open: Sequence[str]


def paper_of(
    conn: Connection,
    row: Row[Any],
    accounts: Accounts,
    tasks: Sequence[Mapping[str, Any]],
    clocks: Sequence[str],
    kind: str,
    printed: datetime,
) -> RecallPaper:
    """The report as plain data, as the asker may see it (``tasks``)."""
    numbers = {lot.lot_id: lot for lot in accounts.lots}
    gone = store.destructions_of(conn, row.id)
    people = parties.people(conn, [one.witness_id for one in gone if one.witness_id is not None])
    facts = [
        ("召回企业", row.maker_name),
        ("编号", str(row.id)),
        ("召回原因", row.reason),
        ("级别", f"{row.level}（{row.level_reason}）"),
        ("知悉来源", row.known_source),
        ("退货方式", row.returns),
        ("法定公告", f"{row.notice_at}（{row.notice_on}）" if row.notice_at else "未登记"),
    ]
    if row.closed_reason:
        facts.append(("结束说明", row.closed_reason))
    return RecallPaper(
        title=TITLES[kind],
        mock=bool(row.mock),
        demo=bool(row.is_demo),
        printed=f"{printed:%Y-%m-%d %H:%M}",
        facts=facts,
        clocks=clocks,
        totals=[(f"{one.lots} 个批次合计", one.account, one.unit) for one in accounts.totals],
        lots=[PaperLot(_legal(lot, row.brand), accounts.by_lot[lot.lot_id], lot.unit) for lot in accounts.lots],
        holders=[(str(one["name"]), _answered(one)) for one in tasks],
        destructions=[_destroyed(one, numbers, people) for one in gone],
        still_open=json.loads(row.still_open) if kind == "closing" else open_points(conn, row),
    )


def _legal(lot: Row[Any], brand: str) -> tuple[str, ...]:
    return (
        lot.item_name or "", brand or "—", lot.spec or "—", lot.produced_on or "未登记", lot.number or "",
        show(lot.quantity, lot.unit),
    )  # fmt: skip


def _answered(task: Mapping[str, Any]) -> str:
    if task["kind"] == "maker":
        return "已通知（下游生产者）"
    return "已答复" if task["answered"] else "未答复（电话名单）" if task["call"] else "未答复"


def _destroyed(one: Row[Any], lots: Mapping[int, Row[Any]], people: Mapping[int, Row[Any]]) -> str:
    lot = lots.get(one.lot_id)
    name = f"{lot.item_name} {lot.number} {show(one.quantity, lot.unit)}" if lot is not None else ""
    told = f"{name}，预告 {one.planned_on}，{one.place}，{one.method}；"
    if one.witnessed_at is None:
        return told + "尚无监督记录"
    person = people.get(one.witness_id)
    return told + f"已销毁，监督人 {person.name if person is not None else '（个人信息已删除）'}"


class _Sheet:
    """A canvas that begins a new page where a line does not fit."""

    def __init__(self, paper: RecallPaper, font: Path) -> None:
        self.paper = paper
        self.font = font_name(font)
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=landscape(A4), pageCompression=1, invariant=1)
        self.width, self.height = landscape(A4)
        self.canvas.setTitle(paper.title)
        self.number = 0
        self.y = 0.0
        self.turn()

    def turn(self) -> None:
        if self.number:
            self.canvas.showPage()
        self.number += 1
        top = self.height - _MARGIN
        right = self.width - _MARGIN
        if self.paper.demo:
            right -= draw_demo_mark(self.canvas, right, top, self.font) + 2 * mm
        title = f"（演练，不是真实召回）{self.paper.title}" if self.paper.mock else self.paper.title
        write(self.canvas, Text(14, (title,)), self.font, _MARGIN, top)
        foot = f"{NOTICE} 打印 {self.paper.printed}，第 {self.number} 页"
        write(self.canvas, Text(7.5, (foot,)), self.font, _MARGIN, _MARGIN)
        self.y = top - 9 * mm

    def room(self, height: float) -> None:
        if self.y - height < _MARGIN + 6 * mm:
            self.turn()

    def head(self, text: str) -> None:
        self.room(12 * mm)
        self.y -= 2 * mm
        write(self.canvas, Text(11, (text,)), self.font, _MARGIN, self.y)
        self.y -= 6 * mm

    def text(self, said: str) -> None:
        for line in wrap(said, self.font, _SIZE, self.width - 2 * _MARGIN):
            self.room(4 * mm)
            write(self.canvas, Text(_SIZE, (line,)), self.font, _MARGIN, self.y)
            self.y -= 4 * mm

    def row(self, cells: Sequence[str], widths: Sequence[float], *, head: bool = False) -> None:
        whole = self.width - 2 * _MARGIN
        parts = [whole * one / sum(widths) for one in widths]
        set_ = [
            fit(cell, self.font, part - 2 * mm, max_height=9 * mm, size=_SIZE)
            for cell, part in zip(cells, parts, strict=True)
        ]
        height = max(one.height for one in set_) + 1.5 * mm
        self.room(height)
        if head:
            self.canvas.setFillGray(0.9)
            self.canvas.rect(_MARGIN, self.y - height + 0.5 * mm, whole, height, stroke=0, fill=1)
            self.canvas.setFillGray(0)
        x = _MARGIN
        for text, part in zip(set_, parts, strict=True):
            write(self.canvas, text, self.font, x + mm, self.y)
            x += part
        self.y -= height

    def done(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.buffer.getvalue()


def paper_pdf(paper: RecallPaper, font: Path) -> bytes:
    """The report as PDF; the same report gives the same bytes."""
    sheet = _Sheet(paper, font)
    for name, value in paper.facts:
        sheet.text(f"{name}：{value}")
    for clock in paper.clocks:
        sheet.text(f"时限 {clock}")
    for heading, account, unit in paper.totals:
        sheet.head(f"{heading}：生产 {show(account.made, unit)}")
        sheet.row(["在哪里", *FATES.values(), "小计"], [3, 2, 2, 2, 2, 2, 2], head=True)
        for place, text in PLACES.items():
            cells = [show(account.grid[place, fate], unit) for fate in FATES]
            total = show(sum(account.grid[place, fate] for fate in FATES), unit)
            sheet.row([text, *cells, total], [3, 2, 2, 2, 2, 2, 2])
        sheet.text(f"另：已投入其他批次 {show(account.used, unit)}，账实差异 {show(account.difference, unit)}。")
    sheet.head(f"召回的批次（{len(paper.lots)}）")
    widths = [4, 2, 2.5, 2.2, 3, 2, *([1.8] * len(FATES))]
    sheet.row([*LEGAL, *FATES.values()], widths, head=True)
    for lot in paper.lots:
        fates = [show(sum(lot.account.grid[place, fate] for place in PLACES), lot.unit) for fate in FATES]
        sheet.row([*lot.legal, *fates], widths)
    sheet.head(f"持有单位（{len(paper.holders)}）")
    for name, state in paper.holders:
        sheet.text(f"{name}：{state}")
    sheet.head("销毁")
    for one in paper.destructions or ["没有销毁"]:
        sheet.text(one)
    sheet.head("没有落实的")
    for one in paper.still_open or ["没有"]:
        sheet.text(one)
    return sheet.done()
