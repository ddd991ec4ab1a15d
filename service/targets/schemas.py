"""Bodies of the JSON API of targets and sites."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
What = Literal["cold", "sewage", "gas", "height", "land"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Dated(_Body):
    data_date: str = Field(default="", max_length=20, description="数据日期 YYYY-MM-DD，必填")
    source: str = Field(default="", max_length=400, description="来源，必填")


class WishIn(_Dated):
    """A link for which the target is a candidate; the yearly capacity is an assumption (假设), empty for 未知."""

    link: str = Field(default="", max_length=20)
    low: str = Field(default="", max_length=40)
    high: str = Field(default="", max_length=40)
    unit: str = Field(default="", max_length=20)
    note: str = Field(default="", max_length=400)


class TargetIn(WishIn):
    """A target entered by staff, with its first link."""

    name: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=40, description="统一社会信用代码，不知道可不填")
    controller: str = Field(default="", max_length=200)
    place: str = Field(default="", max_length=400)


class AmountIn(_Dated):
    """What a target asks of a site, or a site offers, of one constraint; 0 says none."""

    what: What
    low: str = Field(default="", max_length=40)
    high: str = Field(default="", max_length=40)
    unit: str = Field(default="", max_length=20)


class SiteIn(_Dated):
    name: str = Field(default="", max_length=200)
    place: str = Field(default="", max_length=400)
