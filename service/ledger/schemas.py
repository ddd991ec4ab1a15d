"""Bodies of the JSON API of the ledger."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from service.params import IdText

Json = dict[str, Any]
Amount = StrictStr | StrictInt | StrictFloat


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sourced(_Body):
    data_date: str = Field(default="", max_length=20, description="数据日期 YYYY-MM-DD，必填")
    source: str = Field(default="", max_length=400, description="来源文件，必填")

    def body(self) -> dict[str, Any]:
        """The entry's own fields."""
        return self.model_dump(exclude={"data_date", "source"})


class FigureIn(Sourced):
    """A present figure. ``measure`` is a key of the row's ``measures``; it may be left out where the row has one."""

    measure: str = Field(default="", max_length=60)
    value: Amount = Field(default="", description="数值，必填")
    unit: str = Field(default="", max_length=60, description="单位，须与指标一致")
    period: str = Field(default="", max_length=100, description="所指期间，如 2026 年 1—10 月")


class OwnerIn(Sourced):
    """Who answers for a row. ``person`` is kept apart as personal data."""

    unit: str = Field(default="", max_length=200)
    person: str = Field(default="", max_length=100, description="责任人姓名，可不填")


class ReportIn(Sourced):
    """One step of a half-year report: 任务, 分办, 落实, 跟踪, 反馈, 上报, in this order."""

    half: str = Field(default="", max_length=10, description="2026H1、2026H2")
    step: str = Field(default="", max_length=10)
    text: str = Field(default="", max_length=4000)


class VoiceIn(Sourced):
    """A problem or an advice that is reported up."""

    what: str = Field(default="", max_length=20, description="困难问题、政策建议")
    text: str = Field(default="", max_length=4000)
    to: str = Field(default="", max_length=200, description="报送单位")


class SiteIn(Sourced):
    """A zone, centre, platform or facility of a row."""

    name: str = Field(default="", max_length=200)
    function: str = Field(default="", max_length=400)
    unit: str = Field(default="", max_length=200)
    interface: str = Field(default="", max_length=400)
    state: str = Field(default="", max_length=20, description="拟建、在建、在用、停用")
    active: Amount = ""
    active_what: str = Field(default="", max_length=200)


class MemberIn(Sourced):
    """A matter of the row's own list."""

    name: str = Field(default="", max_length=200, description="企业、项目、制度或设施的名称，不写个人姓名")
    unit: str = Field(default="", max_length=200)
    state: str = Field(default="", max_length=20, description="拟办、进行中、已办成、已停止")
    note: str = Field(default="", max_length=400)


class RegisterIn(Sourced):
    """An entry of a register; ``body`` has the fields that ``GET /api/v1/plan/registers`` lists for its kind."""

    fields: dict[str, Any] = Field(default_factory=dict, alias="body", max_length=20)


class ListedIn(Sourced):
    """A matter on one of the four yearly lists."""

    year: Amount = ""
    name: str = Field(default="", max_length=400)
    unit: str = Field(default="", max_length=200)
    state: str = Field(default="", max_length=20, description="拟议、推进中、已完成、已终止")
    note: str = Field(default="", max_length=2000)


class ImportIn(Sourced):
    """An uploaded file; ``mapping`` is column key → header; date and source are for rows that do not say them.
    ``which``: ``good`` rows only, or ``all`` or nothing."""

    file_id: IdText
    kind: str = Field(max_length=20)
    mapping: dict[str, str] = Field(default_factory=dict)
    which: Literal["good", "all"]


class WithdrawIn(_Body):
    reason: str = Field(max_length=1000)


ListKind = Literal["projects", "policies", "reforms", "platforms"]
RegisterKind = Literal["certificate", "menu", "training", "standard", "plant", "export", "sales", "ladder", "listed"]
