"""What pydantic found wrong, said in Chinese: which field, which value, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trace.errors import FieldError

# error type → (Chinese, with {name} of the context; English is pydantic's own sentence)
TEXTS: Mapping[str, str] = {
    "missing": "必填，请填写",
    "extra_forbidden": "不认识这个字段，请删去或核对名称",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不对，应符合 {pattern}",
    "int_type": "应为整数",
    "int_parsing": "应为整数，请只填数字",
    "int_parsing_size": "数字过大",
    "int_from_float": "应为整数，不带小数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "decimal_max_digits": "最多 {max_digits} 位数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否（true 或 false）",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "date_type": "应为日期，如 2026-11-24",
    "date_parsing": "应为日期，如 2026-11-24",
    "date_from_datetime_parsing": "应为日期，如 2026-11-24",
    "date_from_datetime_inexact": "应为日期，不带时间，如 2026-11-24",
    "datetime_type": "应为时间，如 2026-11-24T08:00:00+08:00",
    "datetime_parsing": "应为时间，如 2026-11-24T08:00:00+08:00",
    "datetime_from_date_parsing": "应为时间，如 2026-11-24T08:00:00+08:00",
    "timezone_aware": "时间须带时区，如 +08:00",
    "list_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象（JSON 的花括号）",
    "literal_error": "应为以下之一：{expected}",
    "enum": "应为以下之一：{expected}",
    "url_parsing": "应为网址",
    "json_type": "应为 JSON",
}


def pointer_of(location: Sequence[Any]) -> str:
    """RFC 6901: into the body for body fields; ``#query/name`` style prefixes are kept as first part otherwise."""
    parts = [str(p) for p in location]
    if parts and parts[0] == "body":
        parts = parts[1:]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _listed(expected: str) -> str:
    """The framework's list of choices ('a', 'b' or 'c') as Chinese writes one."""
    return expected.replace(" or ", "、").replace(", ", "、").replace("'", "")


def _shown(value: Any) -> str:
    if isinstance(value, dict | list | bytes) or value is None:
        return ""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def field_errors(found: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's list as ours, at most 100 entries."""
    result = []
    for one in found[:100]:
        kind = str(one.get("type", "invalid"))
        context = one.get("ctx") or {}
        if kind in TEXTS:
            try:
                text = TEXTS[kind].format(**{**context, "expected": _listed(str(context.get("expected", "")))})
            except (KeyError, IndexError):
                text = "内容不符合要求"
        elif kind in ("value_error", "assertion_error"):
            text = str(context.get("error", ""))  # our own validators speak Chinese, the framework's do not
            if text.startswith("Expected UploadFile"):
                text = "应为文件，请以 multipart/form-data 上传"
            elif text.isascii():
                text = "内容不符合要求，请核对"
        else:
            text = "内容不符合要求，请核对"
        if isinstance(one.get("input"), bytes):
            text = "请以 Content-Type: application/json 提交"
        location = one.get("loc", ())
        name = ".".join(str(p) for p in location if p not in ("body", "query", "path", "header")) or "提交的内容"
        value = "" if kind == "missing" else _shown(one.get("input"))
        detail = f"「{name}」" + (f"填的是「{value}」，" if value else "") + text
        english = f"{name}: {one.get('msg', 'invalid')}"
        result.append(FieldError(pointer_of(location), kind, detail, english))
    return result
