"""The vocabulary of announcements out of ``seeds/bulletins/words.yaml``: checked field by field, in Chinese.

A person who does not program keeps that file; whatever is wrong in it is said with file, place and reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trace.bulletins.models import TASKS
from trace.standards.vocabulary.text import fold, name_key

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "bulletins"
"""Beside the package, in the repository and in an installed wheel alike."""

COLUMNS = (
    "number", "food", "category", "produced", "lot", "maker", "maker_address", "maker_code", "sampled_from",
    "sampled_address", "spec", "brand", "failed", "item", "result", "limit", "bulletin", "issued_on", "issuer", "task",
    "origin", "remark",
)  # fmt: skip
_PARTS = {
    "columns", "tasks", "part_separators", "item_separators", "empty", "date_notes", "limits", "microbiology",
}  # fmt: skip
_LIMITS = {"at_most", "at_least", "sentences", "unit_words"}


class SeedError(ValueError):
    """A seed file is wrong; ``problems`` are Chinese lines naming file and place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("抽检公告的词典有误：\n" + "\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Column:
    """One column that we know: our name for it, the headers under which bulletins write it."""

    key: str
    name: str
    headers: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class LimitWords:
    """How limits are written in words; every text is folded (half width, no spaces)."""

    at_most: tuple[str, ...]
    at_least: tuple[str, ...]
    sentences: frozenset[str]
    unit_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The compiled vocabulary."""

    columns: Mapping[str, Column]
    by_header: Mapping[str, str]
    tasks: Mapping[str, str]
    part_separators: tuple[str, ...]
    item_separators: tuple[str, ...]
    empty: frozenset[str]
    date_notes: frozenset[str]
    limits: LimitWords
    microbiology: tuple[str, ...]

    def is_microbial(self, item: str) -> bool:
        """Whether a failed item is a microbiological one, for which there is no re-test."""
        key = name_key(item)
        return any(word in key for word in self.microbiology)


def header_key(text: str) -> str:
    """A header as it is looked up: half width, round brackets, no spaces or marks of obligation."""
    return name_key(text).strip("*:.。")


def read_seed(text: str, file: str) -> Any:
    """One YAML file as data. Raises SeedError with the line when it is not YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SeedError([f"{file} 第 {line} 行：不是合法的 YAML（{error.problem}）"]) from error


class _Checker:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[str] = []

    def wrong(self, place: str, why: str) -> None:
        self.problems.append(f"{self.file} {place}：{why}")

    def texts(self, row: Any, key: str, place: str) -> tuple[str, ...]:
        value = row.get(key) if isinstance(row, dict) else None
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
            self.wrong(place, "应为不空的文字列表，例如 [甲, 乙]；数字和符号请加引号")
            return ()
        return tuple(value)


def build_words(data: Any, file: str = "words.yaml") -> Words:
    """Check and compile. Raises SeedError with every problem at once."""
    check = _Checker(file)
    if not isinstance(data, dict):
        raise SeedError([f"{file}：应为“名称: 内容”的结构"])
    for extra in sorted(set(data) - _PARTS):
        check.wrong(str(extra), f"不认识这一段，可用的有 {'、'.join(sorted(_PARTS))}")
    for missing in sorted(_PARTS - set(data)):
        check.wrong(missing, "缺少这一段")
    columns, by_header = _columns(check, data.get("columns") or {})
    tasks = _tasks(check, data.get("tasks") or {})
    limits = data.get("limits") or {}
    if not isinstance(limits, dict) or set(limits) != _LIMITS:
        check.wrong("limits", f"应恰好有 {'、'.join(sorted(_LIMITS))}")
        limits = {}
    made = Words(
        columns=columns,
        by_header=by_header,
        tasks=tasks,
        part_separators=check.texts(data, "part_separators", "part_separators"),
        item_separators=check.texts(data, "item_separators", "item_separators"),
        empty=frozenset(fold(one).lower() for one in check.texts(data, "empty", "empty")),
        date_notes=frozenset(fold(one) for one in check.texts(data, "date_notes", "date_notes")),
        limits=LimitWords(
            at_most=_longest_first(check.texts(limits, "at_most", "limits.at_most")),
            at_least=_longest_first(check.texts(limits, "at_least", "limits.at_least")),
            sentences=frozenset(fold(one) for one in check.texts(limits, "sentences", "limits.sentences")),
            unit_words=_longest_first(check.texts(limits, "unit_words", "limits.unit_words")),
        ),
        microbiology=tuple(name_key(one) for one in check.texts(data, "microbiology", "microbiology")),
    )
    if check.problems:
        raise SeedError(check.problems)
    return made


def _longest_first(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({fold(one) for one in texts}, key=lambda one: (-len(one), one)))


def _columns(check: _Checker, given: Any) -> tuple[dict[str, Column], dict[str, str]]:
    columns: dict[str, Column] = {}
    by_header: dict[str, str] = {}
    if not isinstance(given, dict):
        check.wrong("columns", "应为“列: {name, headers}”的结构")
        return columns, by_header
    for extra in sorted(set(given) - set(COLUMNS)):
        check.wrong(f"columns.{extra}", f"不认识这一列，可用的有 {'、'.join(COLUMNS)}")
    for key in COLUMNS:
        row = given.get(key)
        place = f"columns.{key}"
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("name"), str)
            or set(row) - {"name", "headers", "required"}
        ):
            check.wrong(place, "应写成 {name: 叫法, headers: [列名, …]}，必填的再加 required: true")
            continue
        headers = check.texts(row, "headers", f"{place}.headers")
        required = row.get("required", False)
        if not isinstance(required, bool):
            check.wrong(f"{place}.required", "应为 true 或 false")
            required = False
        columns[key] = Column(key, row["name"], headers, required)
        for header in (row["name"], *headers):
            other = by_header.setdefault(header_key(header), key)
            if other != key:
                check.wrong(f"{place}.headers", f"列名“{header}”已写在 {other} 里，一个列名只能属于一列")
    return columns, by_header


def _tasks(check: _Checker, given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or set(given) != set(TASKS):
        check.wrong("tasks", f"应恰好有 {'、'.join(TASKS)}")
        return {}
    found: dict[str, str] = {}
    for task in TASKS:
        for spelling in check.texts(given, task, f"tasks.{task}"):
            if found.setdefault(fold(spelling), task) != task:
                check.wrong(f"tasks.{task}", f"“{spelling}”写在两种任务类型里")
    return found


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The shipped vocabulary."""
    file = SEEDS / "words.yaml"
    return build_words(read_seed(file.read_text(encoding="utf-8"), file.name), file.name)
