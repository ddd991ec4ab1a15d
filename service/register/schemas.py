"""Bodies of the JSON API of the register."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chain.register.rules import NewStatement
from service.params import IdText

Json = dict[str, Any]
SubjectKind = Literal[
    "enterprise",
    "base",
    "park",
    "centre",
    "platform",
    "cold_store",
    "carrier",
    "lab",
    "reference",
    "candidate",
    "site",
]
StaffKind = Literal[
    "subject", "operates", "base_size", "supplies", "located_in", "served_by", "candidate_for", "survey", "need",
    "volume", "reference", "licence", "equipment", "position", "requires", "offers",
]  # fmt: skip


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StatementIn(_Body):
    """One statement. Without ``subject`` and with kind ``subject`` it describes somebody new.

    ``subject`` is a subject's id, for ``survey``, ``need`` and ``reference`` a link's number, for ``volume`` a product
    family's id. ``body`` by kind, amounts as text with
    ``low``, ``high`` (a range) and ``unit``: operates {link, low, high, unit, period, ended}, base_size {what, low,
    high, unit}, supplies {to, link, what, low, high, unit}, located_in and served_by {other, what}, candidate_for
    {link, note, low, high, unit} (the amount is an assumption), requires and offers {what: cold, sewage, gas, height
    or land, low, high, unit}, survey {where}, need {low, high, unit}, volume {low, high, unit} (a year's, of weight; no ``low`` is 未知), reference {here,
    here_all, there, there_all, unit, region, year} (the inputs of a location quotient), licence {what, number, valid_from, valid_to}, equipment
    {what, count}, position {lon, lat, datum} (decimal degrees; datum gcj02, wgs84, cgcs2000, bd09 or ''), subject {name, code, controller, inside, place, fields}.
    """

    kind: StaffKind
    subject: str = Field(default="", max_length=20)
    subject_kind: SubjectKind = "enterprise"
    body: dict[str, Any] = Field(default_factory=dict)
    data_date: str = Field(default="", max_length=20, description="数据日期 YYYY-MM-DD，必填")
    source: str = Field(default="", max_length=400, description="来源，必填")
    basis: Literal["declared", "observed", "planned"] = "declared"

    def plain(self) -> NewStatement:
        return NewStatement(
            self.subject_kind, self.subject.strip(), self.kind, self.body, self.data_date, self.source, self.basis
        )


class ReasonIn(_Body):
    reason: str = Field(max_length=1000)


class SameAsIn(_Body):
    """Two subjects are one: ``person`` is who found it, kept apart from the statement as personal data."""

    other: IdText
    code: str = Field(max_length=40, description="统一社会信用代码")
    person: str = Field(max_length=100, description="认定人姓名")
    reason: str = Field(max_length=1000)


class ApartIn(_Body):
    other: IdText
    reason: str = Field(max_length=1000)


class ImportIn(_Body):
    """An uploaded file; ``mapping`` is column key → header. ``which``: ``good`` rows only, or ``all`` or nothing."""

    file_id: IdText
    mapping: dict[str, str] = Field(default_factory=dict)
    data_date: str = Field(default="", max_length=20)
    source: str = Field(default="", max_length=400)
    inside: Literal["true", "false"] = "true"
    which: Literal["good", "all"]


class ReferencesIn(_Body):
    """An uploaded reference table; ``source`` is for rows that do not name their own."""

    file_id: IdText
    source: str = Field(default="", max_length=200)
