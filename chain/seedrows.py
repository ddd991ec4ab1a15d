"""Read a seed file row by row with errors a non-programmer can act on: file, row, field, what is wrong, in Chinese.

Every scalar is read as the text that stands in the file: ``0111`` stays a code, ``2026-10-31`` a date to be
parsed by who knows it is one. A key written twice or a field nobody reads is an error, not a silent loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib import resources
from typing import Any

import yaml


class SeedError(Exception):
    """A seed file that cannot be used. The text names file, row and field."""

    def __init__(self, file: str, row: str, name: str, problem: str) -> None:
        where = "，".join(part for part in (row, f"字段「{name}」" if name else "") if part)
        super().__init__(f"种子文件 {file}" + (f"，{where}" if where else "") + f"：{problem}")
        self.file, self.row, self.field, self.problem = file, row, name, problem


class _TextLoader(yaml.BaseLoader):
    """Scalars stay text; a repeated key is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"第 {line} 行重复写了「{key}」", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_text(path: str) -> str:
    """The text of ``seeds/<path>``, from a checkout or an installed wheel alike."""
    return resources.files("seeds").joinpath(path).read_text(encoding="utf-8")


def parse(file: str, text: str) -> Row:
    """Parse one seed file into its top-level row."""
    try:
        data = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - BaseLoader builds text, lists and dicts only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"第 {mark.line + 1} 行" if mark is not None else ""
        raise SeedError(file, line, "", f"格式错误，无法读取（{getattr(error, 'problem', None) or error}）") from error
    if not isinstance(data, dict):
        raise SeedError(file, "", "", "内容应是「名称: 值」的结构")
    return Row(file, "", data)


@dataclass
class Row:
    """One mapping of a seed file. Reading a field marks it; ``done`` refuses what was never read."""

    file: str
    label: str
    data: dict[str, Any]
    _read: set[str] = field(default_factory=set)

    def fail(self, name: str, problem: str) -> SeedError:
        return SeedError(self.file, self.label, name, problem)

    def _get(self, name: str, required: bool) -> Any:
        self._read.add(name)
        value = self.data.get(name, "")
        if required and value in ("", [], {}):
            raise self.fail(name, "缺少，必须填写")
        return value

    def text(self, name: str, *, required: bool = True) -> str:
        value = self._get(name, required)
        if not isinstance(value, str):
            raise self.fail(name, "应是一段文字，不是列表")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> Any:
        """A word out of ``allowed``; typed Any because callers assign it to a Literal checked right here."""
        value = self.text(name)
        if value not in allowed:
            raise self.fail(name, f"「{value}」不在可选值 {'、'.join(allowed)} 中")
        return value

    def flag(self, name: str) -> bool:
        return bool(self.choice(name, ("true", "false")) == "true")

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self.fail(name, f"「{value}」不是数字") from None
        if not number.is_finite() or number < 0:
            raise self.fail(name, f"「{value}」应是不小于 0 的数字")
        return number

    def optional_decimal(self, name: str) -> Decimal | None:
        return self.decimal(name) if self.text(name, required=False) else None

    def whole(self, name: str) -> int:
        number = self.decimal(name)
        if number != number.to_integral_value():
            raise self.fail(name, f"「{number}」应是整数")
        return int(number)

    def day(self, name: str) -> date:
        value = self.text(name)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.fail(name, f"「{value}」不是日期，应写成 2026-10-31") from None

    def texts(self, name: str, *, required: bool = True) -> tuple[str, ...]:
        value = self._get(name, required)
        if value == "":
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.fail(name, "应是一列文字")
        return tuple(value)

    def rows(self, name: str, id_field: str = "", *, required: bool = True) -> Iterator[Row]:
        """The list of mappings under ``name``; each row's label is its position and, if given, its id."""
        value = self._get(name, required)
        if value == "":
            return
        if not isinstance(value, list):
            raise self.fail(name, "应是一列条目")
        for position, item in enumerate(value, 1):
            label = f"{self.label} {name} 第 {position} 条".strip()
            if not isinstance(item, dict):
                raise SeedError(self.file, label, "", "应是「名称: 值」的结构")
            key = item.get(id_field, "") if id_field else ""
            yield Row(self.file, f"{label}（{key}）" if key else label, item)

    def child(self, name: str, label: str) -> Row:
        """The one mapping under ``name``."""
        value = self._get(name, True)
        if not isinstance(value, dict):
            raise self.fail(name, "应是「名称: 值」的结构")
        return Row(self.file, f"{self.label} 的{label}", value)

    def done(self) -> None:
        extra = sorted(set(self.data) - self._read)
        if extra:
            raise self.fail(extra[0], "没有这个字段，请检查拼写")
