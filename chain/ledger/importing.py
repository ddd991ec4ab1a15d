"""Rows of a file as entries of the ledger: every row taken, refused with reasons, or left because it says nothing new.

Pure. The columns of a kind are its fields, so that what is exported can be mended and sent back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from chain.columns import Column, RowError
from chain.ledger.folding import Ledger, Slot, slot_for, slot_of
from chain.ledger.kinds import KINDS
from chain.ledger.loading import Ladder
from chain.ledger.models import STEPS, Entry, Row
from chain.ledger.rules import Checked, Checker, NewEntry, refuse_skipped
from trace.problems import Problems

Cells = Mapping[str, str]
MAX_CELL = 4000
NO = Column("no", "序号", ("方案序号", "条目序号", "要素序号"), True)
DATED = (
    Column("data_date", "数据日期", ("日期", "截至日期", "统计日期")),
    Column("source", "来源文件", ("来源", "数据来源", "依据文件")),
)
HEADERS: Mapping[str, tuple[str, ...]] = {
    "value": ("现状", "现状数", "数量"), "measure": ("指标名称",), "period": ("期间",),
    "number": ("证书编号",), "holder": ("企业", "单位"), "valid_to": ("有效期至",), "half": ("半年度", "报送期"),
    "subject": ("主体编号", "统一社会信用代码", "企业名称", "企业"), "met": ("具备",),
}  # fmt: skip
Subjects = Callable[[str], Sequence[str]]
"""What is written of an enterprise (number, credit code or whole name) → the subjects that it may mean."""
LEFT_EMPTY = {"figure": "value", "owner": "unit", "site": "state", "report": "text", "ladder": "met"}
"""A field without which a row of the kind is one that nobody filled in, and no error."""


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind in the order in which they are exported."""
    spared = {"figure": ("measure", "unit")}.get(kind, ())
    own = [
        Column(one.name, one.label, _free(kind, one.label, HEADERS.get(one.name, ())), one.required and one.name not in spared)
        for one in KINDS[kind].fields
    ]  # fmt: skip
    return (*((NO,) if KINDS[kind].row else ()), *own, *DATED)


def _free(kind: str, label: str, headers: Iterable[str]) -> tuple[str, ...]:
    """Headers that are not the name of another field."""
    taken = {one.label for one in KINDS[kind].fields} - {label}
    return tuple(one for one in headers if one not in taken)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would write. ``same`` rows stand in the ledger already, ``empty`` ones nobody filled in."""

    rows: int
    entries: tuple[Checked, ...]
    same: int
    empty: int
    errors: tuple[RowError, ...]

    @property
    def taken(self) -> int:
        return len(self.entries)

    @property
    def refused(self) -> int:
        return self.rows - self.taken - self.same - self.empty


def plan_import(
    kind: str,
    rows: Iterable[tuple[int, Cells]],
    mapping: Mapping[str, str],
    defaults: Mapping[str, str],
    plan: Sequence[Row],
    ledger: Ledger,
    ladder: Ladder,
    today: date,
    subjects: Subjects = lambda _: (),
) -> Plan:
    """Read every row. ``defaults``: data_date and source of rows that do not say them; ``ledger``: as it stands."""
    reader = _Reader(kind, mapping, defaults, plan, ledger, ladder, today, subjects)
    total = 0
    for number, cells in rows:
        total += 1
        reader.read(number, cells)
    reader.refuse_steps_skipped()
    return Plan(total, tuple(reader.entries), reader.same, reader.empty, tuple(reader.errors))


class _Reader:
    def __init__(
        self, kind: str, mapping: Mapping[str, str], defaults: Mapping[str, str], plan: Sequence[Row], ledger: Ledger,
        ladder: Ladder, today: date, subjects: Subjects,
    ) -> None:  # fmt: skip
        self.kind, self.mapping, self.defaults = kind, mapping, defaults
        self.plan, self.ladder, self.today, self.subjects = plan, ladder, today, subjects
        self.criteria = {criterion.name: criterion.id for rung in ladder.rungs for criterion in rung.criteria}
        self.taken: list[tuple[int, Cells]] = []
        """Where each of ``entries`` stands in the file."""
        self.columns = {one.key: one for one in columns_of(kind)}
        self.standing: dict[Slot, Entry] = {slot_of(one): one for one in ledger.of(kind)}
        self.seen: dict[Slot, int] = {}
        self.entries: list[Checked] = []
        self.errors: list[RowError] = []
        self.same = self.empty = 0

    def read(self, number: int, cells: Cells) -> None:
        """Take one row, leave it, or say what is wrong with it."""
        given = {key: cells.get(header, "").strip() for key, header in self.mapping.items()}
        long = [key for key, value in given.items() if len(value) > MAX_CELL]
        if long:
            name = self.columns[long[0]].name
            self._wrong(number, cells, long[0], "too_long", f"{name}超过 {MAX_CELL} 个字，请缩短")
            return
        if self.kind in LEFT_EMPTY and not given.get(LEFT_EMPTY[self.kind]):
            self.empty += 1
            return
        problems = Problems()
        row = self._row(problems, given.pop("no", ""))
        day, source = (given.pop(key, "") or self.defaults.get(key, "") for key in ("data_date", "source"))
        if self.kind == "figure" and row is not None:
            self._measure(given, row)
        if self.kind == "ladder":
            given["criterion"] = self.criteria.get(given.get("criterion", ""), given.get("criterion", ""))
            given["subject"] = self._subject(problems, given.get("subject", ""))
        no = row.no if row is not None else None
        checked = None
        if not problems.errors:
            checked = Checker(problems, row, self.ladder, self.today).check(NewEntry(self.kind, given, day, source, no))
        if problems.errors or checked is None:
            for error in problems.errors:
                self._wrong(number, cells, error.pointer.lstrip("/"), error.code, error.detail)
            return
        slot = slot_for(checked.kind, checked.no, checked.body, checked.data_date)
        before = self.seen.setdefault(slot, number)
        if before != number:
            key = (KINDS[self.kind].slot or ("no",))[0]
            self._wrong(number, cells, key, "twice", f"与第 {before} 行说的是同一件事，请删去一行")
            return
        if self._says_nothing_new(slot, checked):
            self.same += 1
            return
        self.entries.append(checked)
        self.taken.append((number, cells))

    def refuse_steps_skipped(self) -> None:
        """A step of a report whose step before it neither stands nor is among the good rows, wherever in the file."""
        if self.kind != "report":
            return
        reached: dict[tuple[int | None, str], set[str]] = {}
        for one in self.standing.values():
            reached.setdefault((one.no, one.body["half"]), set()).add(one.body["step"])
        kept: list[Checked] = []
        at = sorted(range(len(self.entries)), key=lambda place: STEPS.index(self.entries[place].body["step"]))
        for place in at:
            entry = self.entries[place]
            half, step = entry.body["half"], entry.body["step"]
            there, problems = reached.setdefault((entry.no, half), set()), Problems()
            refuse_skipped(problems, half, step, frozenset(there))
            if problems.errors:
                self._wrong(*self.taken[place], "step", "skipped", problems.errors[0].detail)
                continue
            there.add(step)
            kept.append(entry)
        self.entries = kept
        self.errors.sort(key=lambda error: error.row)

    def _subject(self, problems: Problems, written: str) -> str:
        found = self.subjects(written) if written else ()
        if written and not found:
            problems.add(
                "/subject", "no_such_subject",
                f"主体登记里没有“{written[:40]}”，请写主体编号、统一社会信用代码或登记的全称", "no such subject",
            )  # fmt: skip
        if len(found) > 1:
            problems.add(
                "/subject", "several_subjects",
                f"叫“{written[:40]}”的有 {len(found)} 家（编号 {'、'.join(found[:5])}），请写主体编号或统一社会信用代码",
                "several of that name",
            )  # fmt: skip
        return found[0] if found else written

    def _row(self, problems: Problems, written: str) -> Row | None:
        if not KINDS[self.kind].row:
            return None
        last = len(self.plan)
        if not written:
            problems.add("/no", "required", "请填写序号", "required")
        elif not written.isascii() or not written.isdigit() or not 1 <= int(written[:9]) <= last:
            problems.add("/no", "no_such_row", f"方案没有第“{written[:20]}”条，序号是 1—{last}", "no such row")
        else:
            return self.plan[int(written) - 1]
        return None

    def _measure(self, given: dict[str, Any], row: Row) -> None:
        """The measure by its name as the ledger shows it; the only one, and its unit, need not be written."""
        by_name = {name: one for one in row.measures for name in (one.name, f"{one.name}（{one.unit}）", one.key)}
        written = given.get("measure", "")
        found = by_name.get(written) or (row.measures[0] if not written and len(row.measures) == 1 else None)
        if found is not None:
            given["measure"] = found.key
        given["unit"] = given.get("unit") or (found.unit if found is not None else "?")

    def _says_nothing_new(self, slot: Slot, checked: Checked) -> bool:
        here = self.standing.get(slot)
        if here is None or here.source != checked.source or here.data_date != checked.data_date or checked.person:
            return False
        return {k: v for k, v in here.body.items() if k != "person"} == checked.body

    def _wrong(self, number: int, cells: Cells, key: str, code: str, detail: str) -> None:
        header = self.mapping.get(key)
        name = header if header is not None else self.columns[key].name if key in self.columns else key
        value = cells.get(header, "") if header is not None else ""
        self.errors.append(RowError(number, name, value[:200], code, detail))
