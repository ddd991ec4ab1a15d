"""Bodies of the JSON API of official measures. Times are Shanghai time unless they have an offset."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.params import IdText
from trace.measures.models import Approval, Extension, NewMeasure, Officer, Service

Json = dict[str, Any]
Text = Annotated[str, Field(max_length=2000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OfficerIn(_Body):
    """Certificate number (6 to 20 letters or digits) and name; the name is kept apart from the record."""

    number: Text = ""
    name: Text = ""

    def plain(self) -> Officer:
        return Officer(self.number, self.name)


Officers = Annotated[list[OfficerIn], Field(max_length=2)]


class TakenIn(_Body):
    """两名执法人员 of a measure that is taken first; quantity and place of seized goods where the draft has none."""

    officers: Officers
    quantity: Text = ""
    unit: Text = ""
    place: Text = ""

    def plain(self) -> list[Officer]:
        return [one.plain() for one in self.officers]


class DraftIn(_Body):
    """``measure``: stop, seal, detain, recall or lift (``ends`` names what it ends). ``urgent``: take it at once."""

    measure: Text
    reason: Text
    ground: Text = "other"
    source: Text = ""
    ends: IdText | None = None
    quantity: Text = ""
    unit: Text = ""
    place: Text = ""
    urgent: bool = False
    officers: Officers = []

    def plain(self) -> NewMeasure:
        return NewMeasure(
            self.measure, self.reason, self.ground, self.source, self.ends, self.quantity, self.unit, self.place
        )

    def two(self) -> list[Officer] | None:
        """The officers of an urgent measure; None where nothing is urgent."""
        return [one.plain() for one in self.officers] if self.urgent else None


class _Approved(_Body):
    approver: Text = ""
    position: Text = ""
    approved_at: Text = ""

    def approval(self) -> Approval:
        return Approval(self.approver, self.position, self.approved_at)


class ApprovalIn(_Approved):
    """补办批准; the document's kind and number where there is one already."""

    document_kind: Text = ""
    document_no: Text = ""


class ServiceIn(_Approved):
    """The complete document and its service; what is missing is named."""

    document_kind: Text = ""
    document_no: Text = ""
    officers: Officers = []
    served_at: Text = ""
    service: Text = ""
    quantity: Text = ""
    unit: Text = ""
    place: Text = ""
    returns: Text = ""

    def plain(self) -> Service:
        return Service(
            self.document_kind,
            self.document_no,
            self.approval(),
            [one.plain() for one in self.officers],
            self.served_at,
            self.service,
            self.quantity,
            self.unit,
            self.place,
            self.returns,
        )


class ExtensionIn(_Approved):
    """``days`` 1 to 30."""

    days: Text = ""
    document_no: Text = ""
    reason: Text = ""

    def plain(self) -> Extension:
        return Extension(self.days, self.document_no, self.reason, self.approval())


class ReasonIn(_Body):
    reason: Text


class RefusalIn(_Body):
    """The maker's written refusal to recall: date and what the paper is."""

    refused_on: Text
    document: Text
