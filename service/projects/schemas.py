"""Bodies of the JSON API of projects."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chain.projects.rules import Entry

Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProjectIn(_Body):
    """A lead. ``owner`` is a person's name, kept apart from the project as personal data; ``subject`` its enterprise."""

    name: str = Field(default="", max_length=200)
    links: list[str] = Field(default_factory=list, max_length=20)
    subject: str = Field(default="", max_length=20)
    owner: str = Field(default="", max_length=100)
    source: str = Field(default="", max_length=400)
    data_date: str = Field(default="", max_length=20)


class StageIn(_Body):
    """A stage to enter: forward with its proof, back with a reason. At 投产 the batch is looked up, not typed in."""

    stage: Literal["lead", "signed", "landed", "producing"]
    kind: Literal["", "source", "agreement", "project_code", "land", "lease", "batch"] = ""
    proof: str = Field(default="", max_length=200)
    data_date: str = Field(default="", max_length=20)
    reason: str = Field(default="", max_length=1000)
    subject: str = Field(default="", max_length=20)
    low: str = Field(default="", max_length=40)
    high: str = Field(default="", max_length=40)
    unit: str = Field(default="", max_length=20)

    def plain(self) -> Entry:
        return Entry(**self.model_dump())


class NoteIn(_Body):
    text: str = Field(default="", max_length=2000)


class OwnerIn(_Body):
    owner: str = Field(default="", max_length=100)


class StepIn(_Body):
    what: str = Field(default="", max_length=400)
    due: str = Field(default="", max_length=20, description="完成期限 YYYY-MM-DD")


class ReasonIn(_Body):
    reason: str = Field(default="", max_length=1000)


class IndexIn(_Body):
    """The city's 招商活跃指数 as a document gives it."""

    period: str = Field(default="", max_length=40, description="期间，如 2026 年第三季度")
    value: str = Field(default="", max_length=40)
    document: str = Field(default="", max_length=400, description="依据文件")
