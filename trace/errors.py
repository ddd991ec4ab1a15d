"""Errors as classes: a stable code, a status, data fields, Chinese first and English second.

One JSON shape (RFC 9457) is made of them at the edge::

    Refusal
    ├── InvalidInput     422  one or more fields are wrong
    ├── NotFound         404
    ├── Conflict         409  duplicate, or the state does not allow it
    └── Forbidden        403
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: ``pointer`` is an RFC 6901 JSON pointer into the request body.

    ``detail`` (Chinese) names the field, the value and what to do; ``detail_en`` says the same.
    """

    pointer: str
    code: str
    detail: str
    detail_en: str = ""


class Refusal(Exception):
    """A request we refuse, with a reason a person can act on. Rolls back whatever was begun."""

    status = 400
    code = "refused"
    title = "请求被拒绝"
    title_en = "The request was refused"

    def __init__(
        self, detail: str = "", detail_en: str = "", *, code: str | None = None, errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.detail_en = detail_en or self.title_en
        self.errors = tuple(errors)
        if code is not None:
            self.code = code


class InvalidInput(Refusal):
    status = 422
    code = "invalid_input"
    title = "填写的内容有误，请按提示修改"
    title_en = "Some fields are wrong"

    @classmethod
    def of(cls, pointer: str, code: str, detail: str, detail_en: str = "") -> InvalidInput:
        """One wrong field."""
        return cls(detail, detail_en, errors=[FieldError(pointer, code, detail, detail_en)])


class NotFound(Refusal):
    status = 404
    code = "not_found"
    title = "没有找到"
    title_en = "Not found"


class Conflict(Refusal):
    status = 409
    code = "conflict"
    title = "与已登记的内容冲突"
    title_en = "In conflict with what is registered"


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    title = "您的账号没有此项权限"
    title_en = "Your account may not do this"
