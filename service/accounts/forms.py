"""Page forms into the same models the API takes, so that both refuse the same things in the same words."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from service.messages import field_errors
from trace.errors import FieldError, InvalidInput

M = TypeVar("M", bound=BaseModel)


def text(form: FormData, name: str) -> str:
    """One text field, without surrounding space; empty when absent or a file."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def parse(model: type[M], data: dict[str, Any]) -> M:
    """Validate like the API does; raises InvalidInput with the field errors."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors = field_errors(error.errors())
        raise InvalidInput("；".join(e.detail for e in errors[:3]), errors=errors) from None


def by_field(errors: tuple[FieldError, ...] | list[FieldError]) -> dict[str, str]:
    """Field name → what is wrong, for the template to put beside the field."""
    found: dict[str, str] = {}
    for one in errors:
        found.setdefault(one.pointer.strip("/").split("/")[0], one.detail)
    return found
