"""Rows of a file as statements: columns guessed or told, every row taken whole or refused with reasons. Pure.

A row describes one subject and may add what it operates, how large it is, a licence, whom it supplies. Rows of one
subject are joined by credit code, else by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chain import sites
from chain.columns import Column, RowError
from chain.models import Link
from chain.register.commands import other_unit
from chain.register.folding import Register
from chain.register.likeness import plain_name
from chain.register.models import SUBJECT_KINDS, SubjectFact
from chain.register.rules import Checked, Checker, NewStatement
from chain.units import same_base
from trace.problems import Problems

Cells = Mapping[str, str]
MAX_CELL = 2000
_RANGE = re.compile(r"\s*([0-9.,，]+)\s*(?:-|—|–|~|～|至|到)\s*([0-9.,，]+)\s*")
_AMOUNT = re.compile(r"\s*([0-9.,，]+)\s*(\S*)\s*")
INSIDE = {"是": True, "区内": True, "本区": True, "否": False, "区外": False, "外地": False}


COLUMNS: tuple[Column, ...] = (
    Column("name", "主体名称", ("企业名称", "单位名称", "公司名称", "名称"), True),
    Column("code", "统一社会信用代码", ("信用代码", "社会信用代码")),
    Column("kind", "主体类型", ("类型", "单位类型")),
    Column("inside", "区内或区外", ("是否区内", "区内外")),
    Column("place", "所在地", ("地址", "生产地址", "乡镇", "住所")),
    Column("controller", "实际控制方", ("控制方", "母公司", "所属集团")),
    Column("link", "环节", ("环节编号", "产业链环节", "所属环节")),
    Column("capacity", "年产能", ("产能", "设计产能", "产能下限")),
    Column("capacity_high", "产能上限", ("最大产能",)),
    Column("unit", "产能单位", ("单位", "计量单位")),
    Column("basis", "依据", ("数据依据",)),
    Column("what", "种养品种", ("品种",)),
    Column("size", "规模", ("基地规模", "面积", "存栏")),
    Column("size_unit", "规模单位", ("面积单位", "存栏单位")),
    Column("licence", "证照种类", ("许可证种类", "证书种类")),
    Column("licence_number", "证照编号", ("许可证编号", "证书编号", "许可证号")),
    Column("valid_to", "有效期止", ("有效期至", "证照有效期")),
    Column("buyer", "供给对象", ("客户", "供应给", "下游企业")),
    Column("volume", "年供给量", ("供给量",)),
    Column("volume_unit", "供给单位", ("供给量单位",)),
    Column("note", "说明", ("备注",)),
    Column("requires_cold", "冷库要求", ("冷库需求",)),
    Column("requires_sewage", "排污要求", ("排污需求",)),
    Column("requires_gas", "用气要求", ("用气需求",)),
    Column("requires_height", "净高要求", ("净高需求",)),
    Column("requires_land", "用地要求", ("用地需求",)),
    Column("data_date", "数据日期", ("截至日期", "填报日期", "日期")),
    Column("source", "来源", ("数据来源",)),
)
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
_COLUMN_OF = {
    "/name": "name", "/code": "code", "/controller": "controller", "/place": "place", "/subject_kind": "kind",
    "/operates/link": "link", "/operates/low": "capacity", "/operates/high": "capacity_high",
    "/operates/unit": "unit", "/size/what": "what", "/size/low": "size", "/size/unit": "size_unit",
    "/licence/what": "licence", "/licence/number": "licence_number", "/licence/valid_to": "valid_to",
    "/supplies/link": "link", "/supplies/to": "buyer", "/supplies/low": "volume", "/supplies/unit": "volume_unit",
    "/candidate/link": "link", "/candidate/low": "capacity", "/candidate/high": "capacity_high",
    "/candidate/unit": "unit", "/candidate/note": "note",
    **{f"/requires_{what}/{end}": f"requires_{what}" for what in sites.CONSTRAINTS for end in ("low", "high", "unit")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is said of the whole file, for rows that do not say it themselves."""

    data_date: str = ""
    source: str = ""
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the register knows, and the unit (with the subject that gave it) of each link's capacities."""

    by_code: Mapping[str, SubjectFact] = field(default_factory=dict)
    by_name: Mapping[str, SubjectFact] = field(default_factory=dict)
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    merged: Mapping[str, SubjectFact] = field(default_factory=dict)
    """Who was found to be the same as somebody with a credit code → that one."""


def known_of(register: Register) -> Known:
    """The register as an import needs it."""
    subjects = register.subjects
    units: dict[str, tuple[str, str]] = {}
    for link in register.links:
        for fact in sorted(register.operates(link), key=lambda one: one.seq):
            if fact.low is not None and link not in units:
                subject = register.subject(fact.subject)
                units[link] = (fact.unit, subject.name if subject is not None else fact.subject)
    return Known(
        {one.code: one for one in reversed(subjects) if one.code},
        {one.name: one for one in reversed(subjects)},
        units,
        {
            one.subject: root
            for one in subjects
            if (root := register.subject(register.root(one.subject))) is not None and root.code and root is not one
        },
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would write, and why it would not write the rest."""

    rows: int
    taken: int
    subjects: tuple[tuple[int, str], ...]
    statements: tuple[Checked, ...]
    errors: tuple[RowError, ...]

    @property
    def refused(self) -> int:
        return self.rows - self.taken


@dataclass(slots=True)
class _Subject:
    """A subject as the file describes it; ``known`` is how the register does."""

    key: str
    first_row: int
    name: str
    code: str
    kind: str
    known: SubjectFact | None
    said: Checked | None


@dataclass(slots=True)
class _Draft:
    """A row that is good so far."""

    row: int
    subject: _Subject
    statements: list[Checked]
    buyer: str


def _split(written: str) -> tuple[str, str]:
    """「500 吨」 as number and unit."""
    found = _AMOUNT.fullmatch(written)
    return (found.group(1), found.group(2)) if found is not None else (written, "")


def plan_import(
    rows: Iterable[tuple[int, Cells]],
    mapping: Mapping[str, str],
    defaults: Defaults,
    known: Known,
    links: Sequence[Link],
    today: date,
    new_id: Callable[[], int],
) -> Plan:
    """Read every row: it is taken whole, or refused with at least one error. The name must be mapped."""
    return _Reader(mapping, defaults, known, links, today, new_id).read(rows)


class _Reader:
    def __init__(
        self,
        mapping: Mapping[str, str],
        defaults: Defaults,
        known: Known,
        links: Sequence[Link],
        today: date,
        new_id: Callable[[], int],
    ) -> None:
        self.mapping, self.defaults, self.known, self.today, self.new_id = mapping, defaults, known, today, new_id
        self.link_ids = frozenset(link.id for link in links)
        self.link_names = {name: link.id for link in links for name in (link.short, link.name)}
        self.units = dict(known.units)
        self.by_code: dict[str, _Subject] = {}
        self.by_name: dict[str, _Subject] = {}
        self.seen: dict[tuple[str, ...], int] = {}
        self.errors: list[RowError] = []

    def read(self, rows: Iterable[tuple[int, Cells]]) -> Plan:
        total = 0
        drafts: list[_Draft] = []
        for number, cells in rows:
            total += 1
            draft = self._row(number, cells)
            if draft is not None:
                drafts.append(draft)
        kept = self._closed([draft for draft in drafts if self._buyer_found(draft)])
        statements: list[Checked] = []
        described: set[str] = set()
        fresh: list[tuple[int, str]] = []
        for draft in kept:
            subject = draft.subject
            if subject.key not in described:
                described.add(subject.key)
                if subject.known is None:
                    fresh.append((int(subject.key), subject.kind))
                if subject.said is not None:
                    statements.append(subject.said)
            statements += draft.statements
        errors = tuple(sorted(self.errors, key=lambda error: error.row))
        return Plan(total, len(kept), tuple(fresh), tuple(statements), errors)

    # one row ------------------------------------------------------------------------------------------

    def _row(self, number: int, cells: Cells) -> _Draft | None:
        def cell(column: str) -> str:
            header = self.mapping.get(column)
            return cells.get(header, "").strip() if header is not None else ""

        problems = Problems()
        long = [header for header, value in cells.items() if len(value) > MAX_CELL]
        for header in long:
            self._wrong(number, header, "", "too_long", f"“{header}”一格超过 {MAX_CELL} 个字，请缩短")
        if long:
            return None
        day, source = cell("data_date") or self.defaults.data_date, cell("source") or self.defaults.source
        basis = {"": "declared", "申报": "declared", "计划": "planned", "计划中": "planned"}.get(cell("basis"))
        if basis is None:
            problems.add("basis", "not_a_choice", f"依据“{cell('basis')[:20]}”请写申报或计划中", "declared or planned")
        kind = self._kind(problems, cell("kind"))
        inside = self._inside(problems, cell("inside"))
        body = {
            "name": cell("name"), "code": cell("code"), "controller": cell("controller"), "inside": inside,
            "place": cell("place"),
        }  # fmt: skip

        def check(what: str, prefix: str, given: Mapping[str, Any], how: str = "declared") -> Checked | None:
            new = NewStatement(kind, "", what, given, day, source, how)
            return Checker(problems, self.link_ids, self.today, prefix).check(new)

        described = check("subject", "", body)
        made = list(self._more(cell, check, basis or "declared", kind))
        told = self._tell(number, cells, problems)
        if told or described is None:
            return None
        subject = self._subject_of(number, cells, described, kind)
        if subject is None:
            return None
        mine = [_about(one, subject.key) for one in made if one is not None]
        if not self._fits(number, cells, subject, mine):
            return None
        return _Draft(number, subject, mine, cell("buyer"))

    def _more(
        self, cell: Callable[[str], str], check: Callable[..., Checked | None], basis: str, kind: str
    ) -> Iterator[Checked | None]:
        link = self.link_names.get(cell("link"), cell("link"))
        low, high = cell("capacity"), cell("capacity_high")
        between = _RANGE.fullmatch(low)
        if between is not None and not high:
            low, high = between.groups()
        if kind == "candidate" and (link or low or high):
            given = {"link": link, "low": low, "high": high, "unit": cell("unit"), "note": cell("note")}
            yield check("candidate_for", "/candidate", given)
        elif link or low or high:
            yield check("operates", "/operates", {"link": link, "low": low, "high": high, "unit": cell("unit")}, basis)
        for what in sites.CONSTRAINTS:
            written = cell(f"requires_{what}")
            if written:
                number, unit = _split(written)
                yield check("requires", f"/requires_{what}", {"what": what, "low": number, "unit": unit})
        if cell("size") or cell("what"):
            yield check(
                "base_size", "/size", {"what": cell("what"), "low": cell("size"), "unit": cell("size_unit")}, basis
            )
        if cell("licence") or cell("licence_number") or cell("valid_to"):
            given = {"what": cell("licence"), "number": cell("licence_number"), "valid_to": cell("valid_to")}
            yield check("licence", "/licence", given)
        if cell("buyer") or cell("volume"):
            given = {"to": cell("buyer"), "link": link, "low": cell("volume"), "unit": cell("volume_unit")}
            yield check("supplies", "/supplies", given, basis)

    def _kind(self, problems: Problems, written: str) -> str:
        return problems.choice(written, SUBJECT_KINDS, "/subject_kind", "主体类型") if written else "enterprise"

    def _inside(self, problems: Problems, written: str) -> bool:
        if not written:
            return self.defaults.inside
        found = INSIDE.get(written)
        if found is None:
            problems.add(
                "inside", "not_a_choice", f"“{written[:20]}”看不出在区内还是区外，请写区内或区外", "inside or not"
            )
        return bool(found)

    # what is wrong ------------------------------------------------------------------------------------

    def _tell(self, number: int, cells: Cells, problems: Problems) -> bool:
        told: set[tuple[str, str]] = set()
        for error in problems.errors:
            column = _COLUMN_OF.get(error.pointer, error.pointer.rsplit("/", 1)[-1])
            if (column, error.code) not in told:
                told.add((column, error.code))
                self._at(number, cells, column, error.code, error.detail)
        return bool(told)

    def _at(self, number: int, cells: Cells, column: str, code: str, detail: str) -> None:
        header = self.mapping.get(column)
        name = header if header is not None else BY_KEY[column].name if column in BY_KEY else column
        self._wrong(number, name, cells.get(header, "") if header is not None else "", code, detail)

    def _wrong(self, number: int, column: str, value: str, code: str, detail: str) -> None:
        self.errors.append(RowError(number, column, value[:200], code, detail))

    # who it is ----------------------------------------------------------------------------------------

    def _subject_of(self, number: int, cells: Cells, described: Checked, kind: str) -> _Subject | None:
        name, code = described.body["name"], described.code or ""
        here = self.by_code.get(code) if code else None
        if here is not None and plain_name(here.name) != plain_name(name):
            self._at(
                number, cells, "code", "same_code",
                f"第 {here.first_row} 行“{here.name}”与本行“{name}”写了同一个统一社会信用代码 {code}，请核对两行",
            )  # fmt: skip
            return None
        here = here or self.by_name.get(name)
        if here is not None and code and here.code and here.code != code:
            self._at(
                number, cells, "code", "two_codes",
                f"“{name}”在第 {here.first_row} 行写的代码是 {here.code}，本行是 {code}，请核对",
            )  # fmt: skip
            return None
        if here is not None:
            if code and not here.code:
                self.by_code[code] = here
                here.code = code
                here.said = self._said(here, described) or here.said
            return here
        known = self.known.by_code.get(code) if code else None
        if known is not None and plain_name(known.name) != plain_name(name):
            self._at(
                number, cells, "code", "code_taken",
                f"统一社会信用代码 {code} 已属于“{known.name}”，本行写的是“{name}”，请核对；若已更名请先在主体页更正",
            )  # fmt: skip
            return None
        known = known or self.known.by_name.get(name)
        if known is not None and code and known.code and known.code != code:
            self._at(number, cells, "code", "two_codes", f"“{name}”已登记的代码是 {known.code}，本行是 {code}，请核对")
            return None
        root = self.known.merged.get(known.subject) if known is not None else None
        if root is not None and code and root.code != code:
            self._at(
                number, cells, "code", "other_code",
                f"“{name}”已认定与“{root.name}”（代码 {root.code}）为同一个，不能再写代码 {code}：请先撤销认定",
            )  # fmt: skip
            return None
        key = known.subject if known is not None else str(self.new_id())
        made = _Subject(key, number, name, code or (known.code if known is not None else ""), kind, known, None)
        made.said = self._said(made, described)
        self.by_name[name] = made
        if made.code:
            self.by_code[made.code] = made
        return made

    def _said(self, subject: _Subject, described: Checked) -> Checked | None:
        """The description to record; None where it says nothing new of somebody known."""
        known = subject.known
        if known is None:
            return _about(described, subject.key)
        body = dict(described.body)
        body["name"] = known.name
        body["code"] = described.code or known.code or None
        body["controller"] = body["controller"] or known.controller
        body["place"] = body["place"] or known.place
        body["fields"] = dict(known.fields)
        if not self.mapping.get("inside"):
            body["inside"] = known.inside
        if known.demo:
            body["demo"] = True
        same = (body["code"] or "", body["controller"], body["place"], body["inside"]) == (
            known.code, known.controller, known.place, known.inside,
        )  # fmt: skip
        if same:
            return None
        return Checked(
            known.subject_kind, subject.key, "subject", body, described.data_date, described.source, "declared", None,
            body["code"],
        )  # fmt: skip

    def _fits(self, number: int, cells: Cells, subject: _Subject, made: Collection[Checked]) -> bool:
        """Whether the row's statements are not said by another row already and count in the unit of their link."""
        good = True
        for one in made:
            about: tuple[str, ...] = (
                subject.key,
                one.kind,
                one.link or "",
                str(one.body.get("what", "")),
                str(one.body.get("number", "")),
            )
            about += (one.basis, one.body["to"] if one.kind == "supplies" else "")
            before = self.seen.setdefault(about, number)
            if before != number and one.kind not in ("licence", "requires"):
                column = {"operates": "link", "base_size": "what", "supplies": "buyer"}.get(one.kind, "link")
                self._at(
                    number,
                    cells,
                    column,
                    "twice",
                    f"与第 {before} 行重复（同一主体、同一{BY_KEY[column].name}），请删去一行",
                )
                good = False
            if one.kind == "operates" and one.link is not None and one.body["low"] is not None:
                unit, name = self.units.setdefault(one.link, (one.body["unit"], subject.name))
                if not same_base(unit, one.body["unit"]):
                    self._at(number, cells, "unit", "other_unit", other_unit(one.link, unit, name, one.body["unit"]))
                    good = False
        return good

    def _closed(self, drafts: list[_Draft]) -> list[_Draft]:
        """The drafts without those that supply somebody whose own row was refused."""
        there = {draft.subject.key for draft in drafts} | {one.subject for one in self.known.by_name.values()}
        kept = []
        for draft in drafts:
            if any(one.kind == "supplies" and one.body["to"] not in there for one in draft.statements):
                self._wrong(
                    draft.row, self.mapping.get("buyer", "供给对象"), draft.buyer, "buyer_refused",
                    f"供给对象“{draft.buyer[:40]}”自己的行未能导入，请先改好那一行",
                )  # fmt: skip
            else:
                kept.append(draft)
        return kept if len(kept) == len(drafts) else self._closed(kept)

    def _buyer_found(self, draft: _Draft) -> bool:
        """Put the buyer's id in place of its name or code; refuse the row where nobody is called so."""
        if not draft.buyer:
            return True
        here = self.by_code.get(draft.buyer) or self.by_name.get(draft.buyer)
        known = self.known.by_code.get(draft.buyer) or self.known.by_name.get(draft.buyer)
        key = here.key if here is not None else known.subject if known is not None else ""
        header = self.mapping.get("buyer", "供给对象")
        if not key:
            self._wrong(
                draft.row, header, draft.buyer, "no_such_subject",
                f"没有叫“{draft.buyer[:40]}”的主体：请写全名或统一社会信用代码，或先把它也写进表里",
            )  # fmt: skip
            return False
        if key == draft.subject.key:
            self._wrong(draft.row, header, draft.buyer, "same", "供给对象不能是主体自己，请更正")
            return False
        for at, one in enumerate(draft.statements):
            if one.kind == "supplies":
                body = dict(one.body) | {"to": key}
                draft.statements[at] = Checked(
                    one.subject_kind, one.subject, one.kind, body, one.data_date, one.source, one.basis, one.link
                )
        return True


def _about(one: Checked, key: str) -> Checked:
    return Checked(one.subject_kind, key, one.kind, one.body, one.data_date, one.source, one.basis, one.link, one.code)
