"""Bodies of the JSON API of recalls."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.params import IdText
from trace.problems import Problems
from trace.recalls.models import NewRecall
from trace.recalls.moments import read_moment

Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RecallIn(_Body):
    """Suspect lots by id; ``known_at`` is 知悉时间 (Shanghai time unless it has an offset)."""

    suspects: list[IdText] = Field(max_length=200)
    reason: str
    known_at: str = Field(default="", max_length=40)
    known_source: str = ""
    mock: bool = Field(default=False, description="演练")

    def plain(self) -> NewRecall:
        """Raises InvalidInput."""
        problems = Problems()
        at = read_moment(problems, self.known_at, "/known_at", "知悉时间")
        problems.raise_if_any()
        return NewRecall(self.suspects, self.reason, at, self.known_source, self.mock)


class LotIn(_Body):
    """One lot put into or taken out of the scope, with the reason."""

    lot_id: IdText
    state: Literal["in", "out"]
    reason: str


class LevelIn(_Body):
    """一级, 二级 or 三级 with the enterprise's reasoning."""

    level: str = Field(max_length=10)
    reason: str


class KnownIn(_Body):
    """知悉时间 and its source."""

    known_at: str = Field(max_length=40)
    known_source: str


class AnnouncementIn(_Body):
    """What the public and the holders are told; ``respond_by`` is a date."""

    returns: str
    advice: str
    public_reason: str
    contact: str
    respond_by: str = Field(max_length=20)
    brand: str = ""


class NoticeIn(_Body):
    """Address and date of the notice on the statutory platform."""

    notice_at: str
    notice_on: str = Field(max_length=20)


class ReasonIn(_Body):
    reason: str


class LineIn(_Body):
    """What a holder reports of one lot; quantities as text in the lot's unit, '' is nothing."""

    lot_id: IdText
    controlled: str = ""
    returned: str = ""
    destroyed: str = ""
    sold: str = ""
    recovered: str = ""
    lost: str = ""


class AnswerIn(_Body):
    """A holder's report."""

    lines: list[LineIn] = Field(max_length=5000)
    remark: str = ""


class PlanIn(_Body):
    """A destruction announced before it happens."""

    lot_id: IdText
    quantity: str
    source: Literal["controlled", "returned"]
    planned_on: str = Field(max_length=20)
    place: str
    method: str


class WitnessIn(_Body):
    """Who watched the destruction."""

    witness: str
    phone: str = ""
    remark: str
