"""What the accounts API takes and gives. Ids are strings in JSON; input forbids unknown fields."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

IdOut = Annotated[int, PlainSerializer(str, return_type=str)]
LoginName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{2,31}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LogIn(Input):
    login: Annotated[str, StringConstraints(max_length=64)]
    password: Annotated[str, StringConstraints(max_length=1000)]


class KeyIn(Input):
    label: Name
    scope: Literal["all", "read"] = "all"


class OrganisationIn(Input):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
    name: Name
    short_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)] = ""
    kind: Literal["enterprise", "base", "regulator", "investment", "operator", "technical"]
    uscc: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] | None = None
    district: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    level: Literal["区局", "所"] | None = None
    stages: list[Literal["田", "市", "加", "配", "餐", "桌"]] = Field(default_factory=list, max_length=6)
    is_demo: bool = False
    reason: Reason


class AccountIn(Input):
    organisation_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
    login: LoginName
    display_name: Name
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+() -]{5,20}$")] | None = None
    password: Annotated[str, StringConstraints(max_length=1000)]
    roles: list[str] = Field(min_length=1, max_length=4)
    reason: Reason
    is_demo: bool = False


class EndIn(Input):
    reason: Reason


class Me(BaseModel):
    """Who one is and what one may do."""

    account_id: IdOut
    login: str
    display_name: str
    organisation: dict[str, str | list[str] | None]
    roles: list[str]
    via: str
    actions: list[str]


class KeyOut(BaseModel):
    id: IdOut
    prefix: str
    label: str
    scope: str
    created_at: int
    used_at: int | None


class NewKey(KeyOut):
    key: str
    """Shown this once; only its hash is kept."""


class SessionOut(BaseModel):
    id: IdOut
    created_at: int
    seen_at: int
    expires_at: int
    address: str
    agent: str
    current: bool


class OrganisationOut(BaseModel):
    id: IdOut
    code: str
    name: str
    short_name: str
    kind: str
    uscc: str | None
    district: str
    level: str | None
    stages: list[str]
    is_demo: bool
    accounts: int = 0


class AccountOut(BaseModel):
    id: IdOut
    login: str
    display_name: str
    organisation_id: IdOut
    organisation: str
    roles: list[str]
    is_demo: bool
    created_at: int
    ended_at: int | None


T = TypeVar("T")


class Listing(BaseModel, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page or null."""

    items: list[T]
    next: str | None = None
