"""Bodies of the JSON API of inspections."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.params import IdText
from trace.inspections.models import Answered, Closing, NewLink, NewOrder, NewSample, Signature

Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InspectionIn(_Body):
    """A lot, or an enterprise without one; with both, the lot at that enterprise. Degrees as text, both or neither."""

    lot_id: IdText | None = None
    party_id: IdText | None = None
    place: str
    latitude: str = Field(default="", max_length=30)
    longitude: str = Field(default="", max_length=30)


class AnswerIn(_Body):
    """One item: conforms, violates (needs a remark), not_applicable, unchecked (takes an answer back)."""

    key: str = Field(max_length=60)
    answer: Literal["conforms", "violates", "not_applicable", "unchecked"]
    remark: str = ""


class AnswersIn(_Body):
    answers: list[AnswerIn] = Field(max_length=200)

    def plain(self) -> list[Answered]:
        return [Answered(one.key, one.answer, one.remark) for one in self.answers]


class SampleIn(_Body):
    """A sample of the inspected lot; times in Shanghai time unless they have an offset."""

    number: str
    quantity: str = Field(max_length=40)
    unit: str = Field(max_length=20)
    seal: str
    storage: str
    taken_at: str = Field(max_length=40)
    person: str
    base_quantity: str = ""
    reserve: str = ""
    reserve_seal: str = ""
    reserve_place: str = ""
    laboratory: str = ""
    condition: str = ""
    stage: str = ""
    task: str = ""

    def plain(self) -> NewSample:
        return NewSample(**self.model_dump())


class LinkIn(_Body):
    """The next step of custody."""

    step: Literal["handed", "received"]
    at: str = Field(max_length=40)
    organisation: str
    person: str
    condition: str
    seal: Literal["intact", "broken", "unknown"]

    def plain(self) -> NewLink:
        return NewLink(**self.model_dump())


class OrderIn(_Body):
    """责令改正: item key → what must be done."""

    items: dict[str, str] = Field(max_length=200)
    deadline: str = Field(max_length=20)
    recheck_on: str = Field(max_length=20)
    contact: str = ""
    phone: str = ""
    number: str = ""

    def plain(self) -> NewOrder:
        return NewOrder(self.items, self.deadline, self.recheck_on, self.contact, self.phone, self.number)


class ReportIn(_Body):
    """整改报告; photos are sent on their own."""

    text: str


class RecheckIn(_Body):
    """Item key → corrected or uncorrected; new dates where something is not corrected."""

    results: dict[str, Literal["corrected", "uncorrected"]] = Field(max_length=200)
    remark: str
    deadline: str = Field(default="", max_length=20)
    recheck_on: str = Field(default="", max_length=20)


class OfficerIn(_Body):
    name: str
    certificate: str


class FinishIn(_Body):
    """Two officers; the party's statement, or why it refused to sign."""

    officers: list[OfficerIn] = Field(max_length=10)
    statement: str = ""
    refused: str = ""
    situation: str = ""
    contact: str = ""
    phone: str = ""
    number: str = ""

    def plain(self) -> Closing:
        told = self.model_dump(exclude={"officers"})
        return Closing([Signature(one.name, one.certificate) for one in self.officers], **told)


class NumberIn(_Body):
    """A document's number; ``of`` is the inspection, order or sample it is about."""

    document: Literal["inspection_record", "rectification_order", "sampling_form"]
    of: IdText
    number: str


class CorrectionIn(_Body):
    text: str
