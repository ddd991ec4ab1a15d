"""Samples as JSON records, in the shape of a data file or a plain list, as the same Table that files give. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trace.bulletins.models import MAX_ROWS, Row, Table
from trace.bulletins.refusing import LINE, check_size, one_line, refuse
from trace.bulletins.words import Words, header_key


def table_of(data: Any, words: Words) -> Table:
    """Decoded JSON as a table: a list of objects, or an object with such a list under ``records``."""
    if isinstance(data, Mapping):
        data = data.get("records")
    if not isinstance(data, list):
        raise refuse(
            "bad_shape", 'JSON 应为样品的列表，或 {"records": [样品…]}', "a list of objects, or {records: [...]}"
        )
    if not data:
        raise refuse("empty", "JSON 里一条样品也没有", "no records")
    if len(data) > MAX_ROWS:
        raise refuse(
            "too_many_rows", f"有 {len(data)} 条，最多 {MAX_ROWS} 条，请拆成几份", f"more than {MAX_ROWS} records"
        )
    names: dict[str, str] = {}
    taken: set[str] = set()
    for one in data:
        for key in one if isinstance(one, Mapping) else ():
            if key not in names:
                plain = one_line(_whole(str(key)))
                names[key] = plain if plain not in taken else f"{plain}（{len(names) + 1}）"
                taken.add(names[key])
                check_size(0, len(names))
    headers = tuple(names.values())
    rows = []
    for number, one in enumerate(data, 1):
        if not isinstance(one, Mapping):
            rows.append(Row(number, dict.fromkeys(headers, ""), (("整条", _dump(one)),)))
            continue
        cells = dict.fromkeys(headers, "")
        broken: list[tuple[str, str]] = []
        for key, value in one.items():
            header = names[key]
            text = _failed_text(value, words) if isinstance(value, list) else _scalar(value)
            cells[header] = _dump(value) if text is None else _whole(text)
            if text is None or cells[header] != text:
                broken.append((header, _dump(value)))
        rows.append(Row(number, cells, tuple(broken)))
    return Table("json", headers, tuple(rows))


def _dump(value: Any) -> str:
    return _whole(json.dumps(value, ensure_ascii=False)[:500])


def _whole(text: str) -> str:
    """Text that can be written: halves of surrogate pairs, which JSON can spell, become question marks."""
    return text.encode("utf-8", "replace").decode()


def _scalar(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool | Mapping):
        return None
    return str(value).strip().replace("\r\n", "\n")


def _failed_text(value: list[Any], words: Words) -> str | None:
    """A list of failed items as one cell (project, result and limit between ║, a line each); None where it is not one."""
    lines = []
    for one in value:
        if not isinstance(one, Mapping):
            return None
        parts = dict.fromkeys(("item", "result", "limit"), "")
        for key, inner in one.items():
            meant = words.by_header.get(header_key(str(key)), "")
            text = _scalar(inner)
            if meant not in parts or text is None or isinstance(inner, list):
                return None
            parts[meant] = text.replace("\n", LINE)
        lines.append("║".join(parts.values()))
    return "\n".join(lines)
