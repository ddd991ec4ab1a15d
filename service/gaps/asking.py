"""What a gap list is asked for: filters, weights, day. One model for the API, the page and the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from chain.assessment.models import Ranked, Weights
from service.gaps.views import chosen
from service.panorama.wording import kinds_of
from service.params import AsOf

Layer = Literal["", "U", "M", "D", "S"]
Kind = Literal["", "缺", "单点", "弱", "断流", "依赖外部", "集中", "计划中"]
Grade = Literal["", "unknown", "missing", "single", "weak", "external", "concentrated", "stable", "strong"]
FILTERS = ("layer", "weight", "kind", "grade", "show", "direction")
FACTORS = ("risk", "lack", "local")


class Asked(BaseModel):
    """Query parameters of the gap list."""

    layer: Layer = Field("", description="层：U 上游、M 中游、D 下游、S 支撑")
    weight: Literal["", "A", "B", "C"] = Field("", description="环节权重：A 核心、B 重要、C 配套")
    kind: Kind = Field("", description="缺口种类")
    grade: Grade = Field("", description="等级")
    direction: Literal["", "head", "equipment", "packaging"] = Field("", description="方案的三个招商方向")
    show: Literal["", "all"] = Field("", description="all 连没有缺口的环节也列")
    risk: float = Field(1.0, ge=0, le=3, description="停摆影响的权重（指数），0 为不计")
    lack: float = Field(1.0, ge=0, le=3, description="缺口的权重")
    local: float = Field(1.0, ge=0, le=3, description="可本地化的权重")
    as_of: AsOf = None

    @property
    def weights(self) -> Weights:
        return Weights(self.risk, self.lack, self.local)

    @property
    def filters(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in FILTERS}

    @property
    def kept(self) -> dict[str, str]:
        """What differs from the default besides the filters, for addresses."""
        moved = {name: f"{getattr(self, name):g}" for name in FACTORS if getattr(self, name) != 1}
        return moved | ({"as_of": self.as_of.isoformat()} if self.as_of else {})

    def of_frame(self, ranked: Iterable[Ranked]) -> list[Ranked]:
        """All links of the layer, weight and direction, with a gap or not."""
        return chosen(ranked, layer=self.layer, weight=self.weight, direction=self.direction, show="all")

    def pick(self, ranked: Iterable[Ranked]) -> list[Ranked]:
        """Those of the list: with a gap, unless all or one grade are asked for."""
        return chosen(self.of_frame(ranked), kind=self.kind, grade=self.grade, show=self.show)


Question = Annotated[Asked, Query()]


def counted(ranked: Iterable[Ranked]) -> list[str]:
    """The kinds of gap of each, for counting."""
    return [word for one in ranked for word in kinds_of(one.figures.gap)]
