"""What an entry must say before it is recorded. Pure: wrong fields go to ``Problems``, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chain.ledger.halves import begin_of, half_text, read_half
from chain.ledger.kinds import KINDS, Spec
from chain.ledger.loading import Ladder
from chain.ledger.models import STEPS, Row
from chain.ledger.ruling import registers_of
from trace.problems import Problems

MAX_DIGITS = 18
EARLIEST_YEAR, LATEST_YEAR = 2000, 2099


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as somebody gives it. ``no`` only for kinds that are about a row; values are texts."""

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    data_date: str = ""
    source: str = ""
    no: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry ready to be recorded; personal names are still in ``person`` and nowhere else."""

    kind: str
    no: int | None
    body: dict[str, Any]
    data_date: date
    source: str
    person: str = ""


class Checker:
    """Checks entries against the rows and the day; ``problems`` collects what is wrong."""

    def __init__(self, problems: Problems, row: Row | None, ladder: Ladder, today: date) -> None:
        self.problems, self.row, self.ladder, self.today = problems, row, ladder, today

    def check(self, new: NewEntry) -> Checked | None:
        """The entry, or None with its problems told. ``new.kind`` must be one of KINDS."""
        told = len(self.problems.errors)
        kind = KINDS[new.kind]
        stray = sorted(set(new.body) - {spec.name for spec in kind.fields})
        for name in stray[:5]:
            self.problems.add(f"/{name[:40]}", "no_such_field", f"{kind.name}没有“{name[:40]}”这一栏", "no such field")
        body = {spec.name: self._value(spec, new.body.get(spec.name)) for spec in kind.fields}
        day = self.problems.day(new.data_date, "/data_date", "数据日期", required=True)
        if day is not None and day > self.today:
            self.problems.add(
                "/data_date",
                "in_future",
                f"数据日期 {day} 晚于今天（{self.today}），请填数据形成的日期",
                "in the future",
            )
        source = self.problems.text(new.source, "/source", "来源文件", longest=200)
        person = str(body.pop("person", "") or "")
        self._more(new.kind, body)
        if len(self.problems.errors) > told or day is None:
            return None
        return Checked(new.kind, new.no if kind.row else None, body, day, source, person)

    def _value(self, spec: Spec, given: Any) -> Any:
        pointer = f"/{spec.name}"
        written = self.problems.plain(given, pointer, spec.label)
        if written is None:
            return "" if spec.type in ("text", "long", "choice", "half") else None
        if spec.type in ("text", "long"):
            return self.problems.text(written, pointer, spec.label, required=spec.required, longest=spec.longest)
        if spec.type == "choice":
            names = spec.choices or tuple(self.ladder.criteria)
            allowed = {name: self.ladder.criteria.get(name, name) for name in names}
            return self.problems.choice(written, allowed, pointer, spec.label, required=spec.required)
        if spec.type == "day":
            day = self.problems.day(written, pointer, spec.label, required=spec.required)
            return day.isoformat() if day is not None else None
        if spec.type == "half":
            return self._half(written, pointer, spec.label)
        return self._number(spec, written, pointer)

    def _half(self, written: str, pointer: str, label: str) -> str:
        half = read_half(written)
        if half is None:
            self.problems.add(
                pointer,
                "not_a_half",
                f"{label}“{written[:20]}”请写成 2026H1（上半年）或 2026H2（下半年）",
                "like 2026H2",
            )
            return ""
        if begin_of(half) > self.today:
            self.problems.add(pointer, "in_future", f"{half_text(half)}还没有开始", "this half-year has not begun")
        return half

    def _number(self, spec: Spec, written: str, pointer: str) -> str | None:
        text = written.replace(",", "").replace("，", "")
        if not text:
            if spec.required:
                self.problems.add(pointer, "required", f"请填写{spec.label}", "required")
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not text.isascii():
            self.problems.add(
                pointer,
                "not_a_number",
                f"{spec.label}“{written[:30]}”不是数字，请只写数字，单位写在单位一栏",
                "not a number",
            )
            return None
        if number < 0:
            self.problems.add(pointer, "negative", f"{spec.label}“{written[:30]}”不能小于 0，请核对", "negative")
            return None
        if (
            len(number.as_tuple().digits) > MAX_DIGITS
            or number >= Decimal(10) ** MAX_DIGITS
            or int(number.as_tuple().exponent) < -MAX_DIGITS
        ):
            self.problems.add(
                pointer, "too_large", f"{spec.label}“{written[:30]}”位数过多，请检查单位和小数点", "too large"
            )
            return None
        if spec.type in ("whole", "year") and number != number.to_integral_value():
            self.problems.add(pointer, "not_whole", f"{spec.label}“{written[:30]}”应是整数", "a whole number")
            return None
        if spec.type == "year" and not EARLIEST_YEAR <= number <= LATEST_YEAR:
            self.problems.add(
                pointer,
                "not_a_year",
                f"{spec.label}“{written[:30]}”应是 {EARLIEST_YEAR}—{LATEST_YEAR} 的年份",
                "a year",
            )
            return None
        return format(number.to_integral_value() if spec.type in ("whole", "year") else number, "f")

    def _more(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "figure" and self.row is not None:
            self._figure(body, self.row)
        if kind == "member" and self.row is not None and "member" not in registers_of(self.row):
            self.problems.add("/no", "no_list", f"第 {self.row.no} 条不按名单计数，请录入现状数", "no list here")
        if kind in ("sales", "export", "menu") and body.get("year") and int(body["year"]) > self.today.year:
            self.problems.add("/year", "in_future", f"{body['year']} 年还没有开始", "this year has not begun")
        if kind == "certificate" and body["valid_from"] and body["valid_to"] and body["valid_to"] < body["valid_from"]:
            self.problems.add(
                "/valid_to", "before_start", f"有效期止 {body['valid_to']} 早于发证日期 {body['valid_from']}，请核对",
                "ends before it begins",
            )  # fmt: skip
        if kind in ("menu", "plant"):
            name = "dishes" if kind == "menu" else "points"
            lines = [line.strip() for line in str(body[name]).replace("\r", "").split("\n")]
            body[name] = list(dict.fromkeys(line for line in lines if line))
        if kind == "site" and body["active"] is not None and not body["active_what"]:
            self.problems.add(
                "/active_what", "required", "写了使用量，请写明指什么（如 月均办件数）", "what is counted?"
            )

    def _figure(self, body: dict[str, Any], row: Row) -> None:
        measures = {measure.key: measure for measure in row.measures}
        names = {measure.key: f"{measure.name}（{measure.unit}）" for measure in row.measures}
        if not measures:
            self.problems.add("/measure", "not_counted", f"第 {row.no} 条不计数：{row.none}", "this row is not counted")
            return
        if not body["measure"]:
            return
        key = self.problems.choice(body["measure"], names, "/measure", "指标")
        if not key:
            return
        body["measure"] = key
        unit = measures[key].unit
        if body["unit"] and body["unit"] != unit:
            self.problems.add(
                "/unit", "other_unit", f"“{measures[key].name}”按“{unit}”计，不能写“{body['unit'][:20]}”，请换算后再填",
                f"counted in {unit}",
            )  # fmt: skip


def refuse_skipped(problems: Problems, half: str, step: str, reached: frozenset[str]) -> None:
    """A step of a report follows the one before it; recording a reached one again corrects it."""
    place = STEPS.index(step)
    if place and STEPS[place - 1] not in reached and step not in reached:
        problems.add(
            "/step", "skipped", f"{half_text(half)}还没有登记“{STEPS[place - 1]}”，请先登记它，再登记“{step}”",
            "a step is missing before this one",
        )  # fmt: skip
