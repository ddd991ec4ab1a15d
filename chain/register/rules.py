"""What a statement must say before it is recorded, kind by kind. Pure: wrong fields go to ``Problems``, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chain import sites
from chain.register.models import (
    BASES,
    DATUMS,
    FAMILY,
    KINDS,
    LINK,
    OF_FAMILY,
    OF_LINK,
    REFERENCE_NAMES,
    SUBJECT_KINDS,
    YEAR,
)
from chain.units import BASE_SIZES, UNITS, WEIGHTS
from trace.errors import InvalidInput
from trace.identifiers.credit_code import normalise_credit_code
from trace.problems import Problems

Body = dict[str, Any]
Given = Mapping[str, Any]
MAX_DIGITS = 18
MAX_FIELDS = 20
LONGITUDE, LATITUDE = 180, 90
STAFF_KINDS = tuple(kind for kind in KINDS if kind not in ("flow", "same_as", "withdraw"))
"""Kinds that are recorded as such; merging and withdrawing have commands of their own, samples only the demo."""
PRESENT = frozenset({"survey", "need", "volume", "reference", "licence", "equipment", "position"})
"""Kinds that say what is: nothing tells a plan of one from what is, so there is none."""
UNSEEN = PRESENT - {"volume"} | {"base_size"}
"""Kinds that no stream of batches shows."""


@dataclass(frozen=True, slots=True)
class NewStatement:
    """A statement as somebody enters it. ``subject`` is a subject's id, for the kinds of ``OF_LINK`` a link, of ``OF_FAMILY`` a family.

    ``body`` holds the kind's own fields; amounts are text: ``low`` alone is one number, ``low`` and ``high`` a range,
    neither is 未知.
    """

    subject_kind: str
    subject: str
    kind: str
    body: Given = field(default_factory=dict)
    data_date: str = ""
    source: str = ""
    basis: str = "declared"


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement ready to be recorded."""

    subject_kind: str
    subject: str
    kind: str
    body: Body
    data_date: date
    source: str
    basis: str
    link: str | None = None
    code: str | None = None


class Checker:
    """Checks statements against the dictionary of links and the day; ``problems`` collects what is wrong."""

    def __init__(
        self,
        problems: Problems,
        links: Collection[str],
        today: date,
        prefix: str = "",
        families: Mapping[str, str] | None = None,
    ) -> None:
        """``families`` are the product families by id with their names."""
        self.problems, self.links, self.today, self.prefix = problems, links, today, prefix
        self.families = dict(families or {})

    def check(self, new: NewStatement) -> Checked | None:
        """The statement, or None with its problems told."""
        told = len(self.problems.errors)
        kind = self.problems.choice(new.kind, {k: KINDS[k] for k in STAFF_KINDS}, f"{self.prefix}/kind", "类别")
        basis = self.problems.choice(new.basis, BASES, f"{self.prefix}/basis", "依据")
        self._refuse_basis(kind, basis)
        day = self.day(new.data_date, f"{self.prefix}/data_date", "数据日期", required=True)
        if day is not None and day > self.today:
            self.problems.add(
                f"{self.prefix}/data_date", "in_future",
                f"数据日期 {day} 晚于今天（{self.today}），请填数据形成的日期", "the date is in the future",
            )  # fmt: skip
        source = self.text(new.source, "source", "来源", longest=200)
        subject = self._subject(new, kind)
        body: Body = {}
        if kind:
            body = _BODIES[kind](self, new.body)
            self._refuse_stray(kind, new.body, body)
        if len(self.problems.errors) > told or day is None:
            return None
        link = subject if kind in OF_LINK else body.get("link")
        about = LINK if kind in OF_LINK else FAMILY if kind in OF_FAMILY else new.subject_kind
        return Checked(
            about, subject, kind, body, day, source, basis, link,
            body.get("code") if kind == "subject" else None,
        )  # fmt: skip

    def _refuse_basis(self, kind: str, basis: str) -> None:
        """What is planned is not counted as what is, nor declared what batches cannot show to have been seen in them."""
        if (basis == "planned" and kind in PRESENT) or (basis == "observed" and kind in UNSEEN):
            why = "这一类说的是现状" if basis == "planned" else "批次流里看不到这一类"
            self.problems.add(
                f"{self.prefix}/basis", "wrong_basis",
                f"“{KINDS[kind]}”的依据不能写“{BASES[basis]}”：{why}，请改为“{BASES['declared']}”", "not for this kind",
            )  # fmt: skip

    def _refuse_stray(self, kind: str, given: Given, read: Body) -> None:
        """A field that the kind does not have is said, so that what somebody wrote is not lost in silence."""
        for name in sorted(name for name in set(given) - set(read) if not not_given(given[name]))[:5]:
            self.problems.add(
                f"{self.prefix}/{name[:40]}", "no_such_field",
                f"“{KINDS[kind]}”没有“{name[:40]}”这一栏，可填：{'、'.join(read)}", "no such field",
            )  # fmt: skip

    def _subject(self, new: NewStatement, kind: str) -> str:
        if kind in OF_LINK:
            return self.link(new.subject, f"{self.prefix}/subject")
        if kind in OF_FAMILY:
            return self.choice(new.subject, self.families, "subject", "产品族")
        self.problems.choice(new.subject_kind, SUBJECT_KINDS, f"{self.prefix}/subject_kind", "主体类型")
        return new.subject

    # fields -------------------------------------------------------------------------------------------

    def text(self, value: Any, name: str, label: str, *, required: bool = True, longest: int = 100) -> str:
        pointer = f"{self.prefix}/{name}"
        written = self.problems.plain(value, pointer, label)
        if written is None:
            return ""
        return self.problems.text(written, pointer, label, required=required, longest=longest)

    def day(self, value: Any, pointer: str, label: str, *, required: bool = False) -> date | None:
        written = self.problems.plain(value, pointer, label)
        return None if written is None else self.problems.day(written, pointer, label, required=required)

    def link(self, value: Any, pointer: str) -> str:
        written = self.problems.plain(value, pointer, "环节")
        if written is None:
            return ""
        written = written.upper()
        if not written:
            self.problems.add(pointer, "required", "请选择环节", "choose a link")
        elif written not in self.links:
            self.problems.add(
                pointer, "no_such_link", f"没有环节“{written[:20]}”，请照环节字典填写编号，如 M12", "no such link"
            )
        return written

    def key(self, value: Any, name: str, label: str) -> str:
        written = self.problems.plain(value, f"{self.prefix}/{name}", label)
        if written == "":
            self.problems.add(f"{self.prefix}/{name}", "required", f"请选择{label}", "choose a subject")
        return written or ""

    def choice(self, value: Any, allowed: dict[str, str], name: str, label: str, *, required: bool = True) -> str:
        written = self.problems.plain(value, f"{self.prefix}/{name}", label)
        if written is None:
            return ""
        return self.problems.choice(written, allowed, f"{self.prefix}/{name}", label, required=required)

    def number(self, value: Any, name: str, label: str) -> str | None:
        """A decimal that is not negative, as plain text; None where nothing is written."""
        pointer = f"{self.prefix}/{name}"
        written = (self.problems.plain(value, pointer, label) or "").replace(",", "").replace("，", "")
        if not written:
            return None
        try:
            number = Decimal(written)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.problems.add(
                pointer,
                "not_a_number",
                f"{label}“{written[:30]}”不是数字，请只写数字，单位写在单位一栏",
                "not a number",
            )
            return None
        if number < 0:
            self.problems.add(pointer, "negative", f"{label}“{written[:30]}”不能小于 0，请核对", "negative")
            return None
        if _too_long(number) or number >= Decimal(10) ** MAX_DIGITS:
            self.problems.add(pointer, "too_large", f"{label}“{written[:30]}”位数过多，请检查单位和小数点", "too large")
            return None
        return format(number, "f")

    def degrees(self, value: Any, name: str, label: str, most: int) -> str:
        """Decimal degrees between -most and most, as plain text; '' where they are missing or wrong."""
        pointer = f"{self.prefix}/{name}"
        written = self.problems.plain(value, pointer, label)
        if written is None:
            return ""
        if not written:
            self.problems.add(pointer, "required", f"请填写{label}", "degrees are missing")
            return ""
        try:
            number = Decimal(written)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or _too_long(number):
            self.problems.add(
                pointer, "not_degrees", f"{label}“{written[:30]}”请写成十进制的度数，如 107.8012，不写度分秒和方向",
                "not decimal degrees",
            )  # fmt: skip
            return ""
        if abs(number) > most:
            swapped = "；是不是把经度写在了这里" if most < abs(number) <= LONGITUDE else ""
            self.problems.add(
                pointer,
                "out_of_range",
                f"{label} {written[:30]} 不在 -{most}～{most} 之间{swapped}，请核对",
                "no such place",
            )
            return ""
        return format(number, "f")

    def range(self, body: Given, label: str, units: Collection[str] = tuple(UNITS)) -> Body:
        """``low``, ``high``, ``unit``: one number, a range, or unknown (then the unit is kept if given)."""
        low, high = self.number(body.get("low"), "low", label), self.number(body.get("high"), "high", f"{label}上限")
        if high is not None and low is None and not_given(body.get("low")):
            self.problems.add(
                f"{self.prefix}/low", "required", f"写了{label}上限，也请写下限（不知道可写 0）", "the lower end too"
            )
        if low is not None and high is not None and Decimal(low) > Decimal(high):
            self.problems.add(
                f"{self.prefix}/high", "range", f"{label}下限 {low} 大于上限 {high}，请对调或更正", "low above high"
            )
        unit = self.problems.plain(body.get("unit"), f"{self.prefix}/unit", f"{label}的单位")
        if unit is None:
            unit = ""
        elif unit and unit not in units:
            self.problems.add(
                f"{self.prefix}/unit",
                "unknown_unit",
                f"不认识单位“{unit[:20]}”，可用：{'、'.join(units)}",
                "unknown unit",
            )
        elif low is not None and not unit:
            self.problems.add(f"{self.prefix}/unit", "required", f"写了{label}，请选择单位", "the unit is missing")
        return {"low": low, "high": high if high is not None else low, "unit": unit}


def not_given(value: Any) -> bool:
    """Whether nothing is written in a field; 0 is something."""
    return value is None or (isinstance(value, str) and not value.strip())


def _too_long(number: Decimal) -> bool:
    """Whether a finite number has more digits, or more of them after the point, than anybody measures."""
    _, digits, exponent = number.as_tuple()
    return len(digits) > MAX_DIGITS or int(exponent) < -MAX_DIGITS


def credit_code(problems: Problems, value: Any, pointer: str) -> str | None:
    """A credit code with its check character verified; None where nothing is written or it is wrong."""
    written = problems.plain(value, pointer, "统一社会信用代码")
    if not written:
        return None
    try:
        return normalise_credit_code(written, pointer)
    except InvalidInput as wrong:
        problems.errors.extend(wrong.errors)
        return None


def _subject(check: Checker, body: Given) -> Body:
    given = body.get("fields")
    given = {} if given is None else given
    fields: dict[str, str] = {}
    if not isinstance(given, Mapping) or len(given) > MAX_FIELDS:
        check.problems.add(f"{check.prefix}/fields", "fields", f"其他资料最多 {MAX_FIELDS} 项“名称: 值”", "a mapping")
    else:
        for name, value in given.items():
            fields[check.text(name, "fields", "资料名称", longest=20)] = check.text(
                value, f"fields/{name}", "资料内容", required=False, longest=200
            )
    inside = body.get("inside", True)
    if not isinstance(inside, bool):
        check.problems.add(f"{check.prefix}/inside", "not_a_choice", "是否在区内请选“是”或“否”", "true or false")
        inside = True
    return {
        "name": check.text(body.get("name"), "name", "主体名称", longest=100),
        "code": credit_code(check.problems, body.get("code"), f"{check.prefix}/code"),
        "controller": check.text(body.get("controller"), "controller", "实际控制方", required=False) or None,
        "inside": inside,
        "place": check.text(body.get("place"), "place", "所在地", required=False, longest=200),
        "fields": fields,
    }


def _operates(check: Checker, body: Given) -> Body:
    ended = check.day(body.get("ended"), f"{check.prefix}/ended", "停产日期")
    return {
        "link": check.link(body.get("link"), f"{check.prefix}/link"),
        **check.range(body, "产能"),
        "period": _a_year(check, body.get("period")),
        "ended": ended.isoformat() if ended is not None else None,
    }


def _a_year(check: Checker, given: Any) -> str:
    """Capacities stand beside needs, which are of a year: any other period would be off by a factor nobody wrote."""
    written = check.text(given, "period", "产能所指期间", required=False, longest=20)
    if written and written not in (YEAR, f"每{YEAR}", f"1{YEAR}", f"一{YEAR}"):
        check.problems.add(
            f"{check.prefix}/period",
            "not_a_year",
            f"产能请按一年填写（年需求也按年计），这里写的是“{written[:20]}”，请换算成一年的产能",
            "capacities are per year",
        )
    return YEAR


def _base_size(check: Checker, body: Given) -> Body:
    made = check.range(body, "规模", BASE_SIZES)
    if made["low"] is None and not_given(body.get("low")):
        check.problems.add(f"{check.prefix}/low", "required", "请填写规模", "the size is missing")
    return {"what": check.text(body.get("what"), "what", "种养品种", longest=40), **made}


def _supplies(check: Checker, body: Given) -> Body:
    return {
        "to": check.key(body.get("to"), "to", "供给对象"),
        "link": check.link(body.get("link"), f"{check.prefix}/link"),
        "what": check.text(body.get("what"), "what", "供给内容", required=False, longest=60),
        **check.range(body, "年供给量"),
    }


def _tie(label: str) -> Callable[[Checker, Given], Body]:
    def read(check: Checker, body: Given) -> Body:
        return {
            "other": check.key(body.get("other"), "other", label),
            "what": check.text(body.get("what"), "what", "说明", required=False, longest=60),
        }

    return read


def _candidate(check: Checker, body: Given) -> Body:
    return {
        "link": check.link(body.get("link"), f"{check.prefix}/link"),
        **check.range(body, "产能（假设）"),
        "note": check.text(body.get("note"), "note", "说明", required=False, longest=200),
    }


def _of_site(label: str) -> Callable[[Checker, Given], Body]:
    def read(check: Checker, body: Given) -> Body:
        what = check.choice(body.get("what"), sites.NAMES, "what", "条件")
        if not what:
            return {"what": "", "low": None, "high": None, "unit": ""}
        return {"what": what, **check.range(body, f"{sites.NAMES[what]}{label}", sites.units_of(what))}

    return read


def _survey(check: Checker, body: Given) -> Body:
    return {"where": check.text(body.get("where"), "where", "查了哪里", longest=200)}


def _need(check: Checker, body: Given) -> Body:
    made = check.range(body, "年需求")
    if made["low"] is None and not_given(body.get("low")):
        check.problems.add(f"{check.prefix}/low", "required", "请填写年需求", "the need is missing")
    return made


def _volume(check: Checker, body: Given) -> Body:
    return check.range(body, "年产量", WEIGHTS)


def _reference(check: Checker, body: Given) -> Body:
    numbers: Body = {}
    for name, label in REFERENCE_NAMES.items():
        pointer, told = f"{check.prefix}/{name}", len(check.problems.errors)
        numbers[name] = check.number(body.get(name), name, label)
        if numbers[name] is None and len(check.problems.errors) == told:
            check.problems.add(pointer, "required", f"请填写{label}", "the number is missing")
        elif name != "here" and numbers[name] is not None and not Decimal(numbers[name]):
            check.problems.add(pointer, "zero", f"{label}不能是 0，否则区位商没有定义", "must not be zero")
    for part, whole in (("here", "here_all"), ("there", "there_all")):
        if numbers[part] and numbers[whole] and Decimal(numbers[part]) > Decimal(numbers[whole]):
            check.problems.add(
                f"{check.prefix}/{part}", "beyond_whole",
                f"{REFERENCE_NAMES[part]} {numbers[part]} 大于{REFERENCE_NAMES[whole]} {numbers[whole]}，请核对两格是否填反",
                "a part is larger than its whole",
            )  # fmt: skip
    year = check.text(body.get("year"), "year", "年份", required=False).removesuffix("年")
    if not re.fullmatch(r"[0-9]{4}", year) or not 1949 <= int(year) <= check.today.year:
        check.problems.add(
            f"{check.prefix}/year", "year", f"年份“{year[:20]}”请写 1949 至 {check.today.year} 的四位数", "a year"
        )
    return numbers | {
        "unit": check.text(body.get("unit"), "unit", "单位（如 人、万元、家）", longest=20),
        "region": check.text(body.get("region"), "region", "参照区名称", longest=40),
        "year": year,
    }


def _licence(check: Checker, body: Given) -> Body:
    start = check.day(body.get("valid_from"), f"{check.prefix}/valid_from", "有效期起")
    end = check.day(body.get("valid_to"), f"{check.prefix}/valid_to", "有效期止")
    if start is not None and end is not None and end < start:
        check.problems.add(
            f"{check.prefix}/valid_to",
            "before_start",
            f"有效期止 {end} 早于有效期起 {start}，请核对",
            "ends before it begins",
        )
    return {
        "what": check.text(body.get("what"), "what", "证照种类", longest=40),
        "number": check.text(body.get("number"), "number", "证照编号", longest=60),
        "valid_from": start.isoformat() if start is not None else None,
        "valid_to": end.isoformat() if end is not None else None,
    }


def _equipment(check: Checker, body: Given) -> Body:
    return {
        "what": check.text(body.get("what"), "what", "设备名称", longest=60),
        "count": check.number(body.get("count"), "count", "数量") or "",
    }


def _position(check: Checker, body: Given) -> Body:
    return {
        "lon": check.degrees(body.get("lon"), "lon", "经度", LONGITUDE),
        "lat": check.degrees(body.get("lat"), "lat", "纬度", LATITUDE),
        "datum": check.choice(body.get("datum"), DATUMS, "datum", "坐标系", required=False),
    }


_BODIES: Mapping[str, Callable[[Checker, Given], Body]] = {
    "subject": _subject,
    "operates": _operates,
    "base_size": _base_size,
    "supplies": _supplies,
    "located_in": _tie("园区"),
    "served_by": _tie("服务方"),
    "candidate_for": _candidate,
    "survey": _survey,
    "need": _need,
    "volume": _volume,
    "reference": _reference,
    "licence": _licence,
    "equipment": _equipment,
    "position": _position,
    "requires": _of_site("要求"),
    "offers": _of_site("条件"),
}
