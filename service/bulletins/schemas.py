"""Bodies of the JSON API of announcements."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.params import IdText
from trace.bulletins.rules import Change
from trace.problems import EARLIEST, LATEST

Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ImportIn(_Body):
    """Either ``file_id`` of an uploaded file or ``records`` in the body; ``mapping`` is column key → header."""

    file_id: IdText | None = None
    records: list[Any] | None = Field(default=None, description="样品的列表，写法同数据文件")
    mapping: dict[str, str] = Field(default_factory=dict, description='列对应：如 {"food": "样品名称"}')
    bulletin: str = Field(default="", description="公告号（表里没有时）")
    issuer: str = Field(default="", description="发布机关（表里没有时）")
    issued_on: str = Field(default="", description="公告日期（表里没有时）")
    task: str = Field(default="", description="任务类型：监督抽检、风险监测、评价性抽检、快检")


class MatchIn(_Body):
    """``batch_id`` null says: none of the registered batches."""

    batch_id: IdText | None
    reason: str


class ChangeIn(_Body):
    """A re-test, objection or denial and what the rules need to know of it."""

    change: Literal["retest", "retest_concluded", "objection", "objection_decided", "denial"]
    reason: str
    told_on: date | None = Field(default=None, ge=EARLIEST, lt=LATEST)
    asked_on: date | None = Field(default=None, ge=EARLIEST, lt=LATEST)
    holidays: int = Field(default=0, ge=0, le=10)
    hours: int = Field(default=0, ge=0, le=10_000)
    reserve: str = Field(default="", max_length=20)
    method: str = Field(default="", max_length=20)
    conforms: bool = False
    upheld: bool = False
    ground: str = Field(default="", max_length=20)

    def plain(self) -> Change:
        return Change(
            kind=self.change,
            told_on=self.told_on,
            asked_on=self.asked_on,
            holidays=self.holidays,
            hours=self.hours,
            reserve=self.reserve,
            method=self.method,
            conforms=self.conforms,
            upheld=self.upheld,
            ground=self.ground,
        )


class StepIn(_Body):
    """A step of a case; ``level`` 一级/二级/三级 for a recall."""

    step: Literal["stop", "trace", "recall", "closed"]
    state: Literal["done", "not_needed", "begun"] = "done"
    reason: str
    level: str = Field(default="", max_length=10)
