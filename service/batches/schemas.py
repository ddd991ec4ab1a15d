"""What the JSON API takes and gives for items, receipts and batches. Amounts are decimal text or numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from service.params import IdText
from trace.batches.models import InputLine, NewBatch, NewReceipt, Part
from trace.evidence.models import NewDocument, NewMeasurement, NewReport
from trace.items.models import NewItem, NewRecipeLine


def _amount(value: object) -> object:
    """A JSON number as the decimal text it was written as."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value


Amount = Annotated[str, BeforeValidator(_amount), Field(max_length=60, examples=["12.5"])]
Text = Annotated[str, Field(max_length=2000)]
OptionalId = Annotated[IdText | None, Field(default=None)]


class In(BaseModel):
    """Every request body: unknown fields are refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")


class ItemIn(In):
    kind: Text = "product"
    name: Text
    gtin: Text = ""
    spec: Text = ""
    net_content: Amount = ""
    net_unit: Text = ""
    base_unit: Text = ""
    shelf_life_days: Amount = ""
    storage: Text = ""
    processing: Text = ""
    ready_to_eat: bool | None = None
    prepackaged: bool = True
    sc_category: Text = ""
    food_category: Text = ""
    executed_standard: Text = ""
    heating: Text = ""
    ingredients: Text = ""
    allergens: Text = ""
    link_code: Text = ""
    usual_yield: Amount = ""

    def plain(self) -> NewItem:
        return NewItem(**self.model_dump(include=set(ItemIn.model_fields)))


class ItemChangeIn(ItemIn):
    reason: Text


class RecipeLineIn(In):
    material_id: IdText
    per_unit: Amount
    unit: Text
    small: bool = False


class RecipeIn(In):
    lines: Annotated[list[RecipeLineIn], Field(max_length=200)]

    def plain(self) -> list[NewRecipeLine]:
        return [NewRecipeLine(**line.model_dump()) for line in self.lines]


class CredentialIn(In):
    kind: Text
    number: Text
    valid_from: Text
    valid_to: Text = ""
    scope: Text = ""


class MeasurementIn(In):
    parameter: Text
    values: Annotated[list[Amount], Field(max_length=100)]
    unit: Text = ""
    lod: Amount = ""
    method: Text = ""


class ReportIn(In):
    kind: Text
    number: Text
    laboratory: Text = ""
    cma: Text = ""
    issued_on: Text
    sampled_on: Text = ""
    valid_to: Text = ""
    conclusion: Text = ""
    attachment_id: OptionalId
    measurements: Annotated[list[MeasurementIn], Field(max_length=1000)] = []

    def plain(self) -> NewReport:
        rows = tuple(NewMeasurement(**m.model_dump()) for m in self.measurements)
        return NewReport(**(self.model_dump(exclude={"measurements"}) | {"measurements": rows}))


class DocumentIn(In):
    kind: Text
    number: Text = ""
    issued_on: Text = ""
    valid_to: Text = ""
    attachment_id: OptionalId


class PartIn(In):
    origin: Text
    name: Text = ""
    quantity: Amount = ""


class ReceiptIn(In):
    source: Text
    quantity: Amount
    unit: Text
    material_id: OptionalId
    material: Text = ""
    code: Text = ""
    lot: Text = ""
    supplier: Text = ""
    supplier_phone: Text = ""
    supplier_code: Text = ""
    origin: Text = ""
    parts: Annotated[list[PartIn], Field(max_length=200)] = []
    received_on: Text = ""
    produced_on: Text = ""
    best_before: Text = ""
    documents: Annotated[list[DocumentIn], Field(max_length=200)] = []

    def plain(self) -> NewReceipt:
        rows = self.model_dump(exclude={"parts", "documents"})
        return NewReceipt(
            **rows,
            parts=tuple(Part(**p.model_dump()) for p in self.parts),
            documents=tuple(NewDocument(**d.model_dump()) for d in self.documents),
        )


class InputIn(In):
    quantity: Amount
    unit: Text
    lot_id: OptionalId
    code: Text = ""
    material_id: OptionalId
    material: Text = ""
    lot: Text = ""
    basis: Text = "weighed"

    def plain(self) -> InputLine:
        return InputLine(**self.model_dump())


class BatchIn(In):
    item_id: IdText
    quantity: Amount
    produced_on: Text
    unit: Text = ""
    lot: Text = ""
    best_before: Text = ""
    origin: Text = ""
    inputs: Annotated[list[InputIn], Field(max_length=1000)] = []
    reports: Annotated[list[ReportIn], Field(max_length=100)] = []

    def plain(self) -> NewBatch:
        rows = self.model_dump(exclude={"inputs", "reports"})
        return NewBatch(
            **rows,
            inputs=tuple(line.plain() for line in self.inputs),
            reports=tuple(r.plain() for r in self.reports),
        )


class BulkIn(In):
    batches: Annotated[list[BatchIn], Field(min_length=1, max_length=500)]


class ReservationIn(In):
    item_id: IdText
    lot: Text = ""
    produced_on: Text = ""


class ClassificationIn(In):
    """``premade`` yes, no or empty; both empty take an earlier classification back."""

    category: Text = ""
    premade: Text = ""
    basis: Text


class ReasonIn(In):
    reason: Text = ""


class StopIn(In):
    reason: Text
    public_text: Text = ""


class ShipIn(In):
    quantity: Amount
    unit: Text = ""
    customer: Text = ""
    customer_code: Text = ""


class CompleteIn(In):
    explanation: Text = ""


class CorrectIn(In):
    inputs: Annotated[list[InputIn], Field(max_length=1000)]
    reason: Text


class RulingIn(In):
    """``finding`` is a finding's ``key`` in the verdict; ``findings`` several; ``clause`` does where it is the only one."""

    finding: Text = ""
    findings: Annotated[list[Text], Field(max_length=50)] = []
    clause: Text = ""
    conclusion: Text
    basis: Text

    def names(self) -> list[str]:
        return [name for name in (*self.findings, self.finding, self.clause) if name.strip()]


class ReviewIn(In):
    """``stance`` agree or doubt; ``finding`` a finding's ``key``, empty for the whole."""

    stance: Text
    remark: Text
    finding: Text = ""


class ConclusionIn(In):
    """``cause`` as the suspicion names it."""

    cause: Text
    conclusion: Text
    basis: Text
    evidence: Text


class RecallIn(In):
    reason: Text
    notice: Text
    returns: Text


class AliasIn(In):
    code: Text
    scheme: Text = ""


class RegisteredOut(BaseModel):
    """A registration's answer: what to print, and everything still open."""

    batch_id: str
    lot: str
    uri: str
    short_code: str
    pending: list[dict[str, str]]
    warnings: list[dict[str, str]]
    verdict: str = ""


class IdOut(BaseModel):
    id: str


Json = dict[str, Any]
