"""Text that is none: halves of surrogate pairs, which JSON can spell and no database or answer can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from trace.errors import FieldError, InvalidInput

_PERHAPS = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""An escaped half, or one in bytes; whole pairs are escaped as two halves, so this only says that one must look."""


async def refuse_broken_body(request: Request) -> None:
    """Refuse a JSON body with broken text, whatever route it is for. Raises InvalidInput with the pointers."""
    if request.headers.get("content-type", "").startswith(("multipart/", "application/x-www-form-urlencoded")):
        return
    body = await request.body()
    if not _PERHAPS.search(body):
        return
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return  # not JSON: told by the reading of the body itself
    refuse_broken_text(data)


def refuse_broken_text(data: Any) -> None:
    """Refuse halves of surrogate pairs: JSON can spell them, no text can hold them. Raises InvalidInput."""
    waiting: list[tuple[str, Any]] = [("", data)]
    errors: list[FieldError] = []
    while waiting and len(errors) < 20:
        at, value = waiting.pop()
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if _broken(key):
                    errors.append(_broken_error(at))
                else:
                    waiting.append((f"{at}/{key.replace('~', '~0').replace('/', '~1')}", inner))
        elif isinstance(value, list):
            waiting += [(f"{at}/{index}", inner) for index, inner in enumerate(value)]
        elif isinstance(value, str) and _broken(value):
            errors.append(_broken_error(at))
    if errors:
        raise InvalidInput(errors[0].detail, errors[0].detail_en, errors=errors)


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _broken_error(at: str) -> FieldError:
    return FieldError(at, "broken_text", "文字编码不完整（只有半个字符），请重新输入", "a lone surrogate is not text")
