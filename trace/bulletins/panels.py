"""Default test panels out of ``seeds/bulletins/panels.yaml``, checked field by field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trace.bulletins.words import SEEDS, SeedError, read_seed
from trace.standards.vocabulary.text import name_key

_FIELDS = {"name", "match", "parameters", "ready_only"}
_CONFIDENCE = ("H", "M", "L")
_SOURCES = ("P", "S", "B", "K")


@dataclass(frozen=True, slots=True)
class Panel:
    """The usual tests of one kind of product; ``ready_only`` are asked of ready-to-eat products."""

    name: str
    match: tuple[str, ...]
    parameters: tuple[str, ...]
    ready_only: tuple[str, ...] = ()

    def fits(self, category: str, name: str) -> bool:
        """Whether the product is of this kind, by words in its category or name."""
        told = f"{name_key(category)}\n{name_key(name)}"
        return any(word in told for word in self.match)

    def tests(self, ready_to_eat: bool | None) -> list[tuple[str, bool]]:
        """(parameter, only for ready-to-eat); those only for ready-to-eat are left out of what is not."""
        extra = [] if ready_to_eat is False else [(one, True) for one in self.ready_only]
        return [(one, False) for one in self.parameters] + extra


@dataclass(frozen=True, slots=True)
class Panels:
    """All default panels with where they come from."""

    source: str
    source_code: str
    confidence: str
    panels: tuple[Panel, ...]


def build_panels(data: Any, file: str = "panels.yaml") -> Panels:
    """Check and compile. Raises SeedError with every problem at once."""
    problems: list[str] = []
    if not isinstance(data, dict) or not isinstance(data.get("panels"), list):
        raise SeedError([f"{file}：应有 source、source_code、confidence 和 panels 列表"])
    if not isinstance(data.get("source"), str) or not data["source"].strip():
        problems.append(f"{file} source：请写明出处")
    if data.get("source_code") not in _SOURCES:
        problems.append(f"{file} source_code：应为 {'、'.join(_SOURCES)} 之一")
    if data.get("confidence") not in _CONFIDENCE:
        problems.append(f"{file} confidence：应为 {'、'.join(_CONFIDENCE)} 之一")
    made = []
    for number, row in enumerate(data["panels"], 1):
        where = f"{file} 第 {number} 个品类"
        if not isinstance(row, dict) or set(row) - _FIELDS or not isinstance(row.get("name"), str):
            problems.append(f"{where}：应写成 name、match、parameters（可加 ready_only）")
            continue
        lists: dict[str, tuple[str, ...]] = {}
        for field in ("match", "parameters", "ready_only"):
            value = row.get(field, [] if field == "ready_only" else None)
            if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
                problems.append(f"{where} {row['name']}：{field} 应为文字列表，例如 [甲, 乙]")
                value = []
            elif not value and field != "ready_only":
                problems.append(f"{where} {row['name']}：{field} 不能是空的")
            lists[field] = tuple(value)
        made.append(
            Panel(row["name"], tuple(name_key(w) for w in lists["match"]), lists["parameters"], lists["ready_only"])
        )
    if problems:
        raise SeedError(problems)
    return Panels(data["source"], data["source_code"], data["confidence"], tuple(made))


@lru_cache(maxsize=1)
def load_panels() -> Panels:
    """The shipped default panels."""
    file = SEEDS / "panels.yaml"
    return build_panels(read_seed(file.read_text(encoding="utf-8"), file.name), file.name)
