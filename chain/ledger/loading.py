"""Load and check the ledger's seed files: what each row counts, and the ladder's criteria."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from chain.ledger.models import Measure, Row
from chain.ledger.ruling import RULES
from chain.models import PlanItem, PlanTarget
from chain.seedrows import Row as SeedRow
from chain.seedrows import parse, read_text
from chain.seeds import load_plan

ROWS = "plan/ledger.yaml"
LADDER = "plan/ladder.yaml"
CROPS = "plan/crops.yaml"
CHAPTERS = {
    "（一）": "提升城市能级", "（二）": "建设现代基础设施网络", "（三）": "构建现代化产业体系", "（四）": "做强预制菜产业集群",
    "（五）": "加快科技创新高地建设", "（六）": "促进消费提档升级", "（七）": "打造明月山践行“两山”理念新范例",
    "（八）": "打造区域改革开放高地", "（九）": "推进乡村全面振兴", "（十）": "高品质生活惠民富民", "三": "组织保障",
}  # fmt: skip
"""The plan's chapters (section 二), and 三 for the organising of the work itself."""
_CHAPTER = re.compile("（.）|三")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of a rung, drawn up by the team."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: the name is the plan's, the criteria are not."""

    id: str
    name: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    source: str
    rungs: tuple[Rung, ...]

    @property
    def criteria(self) -> dict[str, str]:
        """Criterion id → 「级名：条件」."""
        return {c.id: f"{rung.name}：{c.name}" for rung in self.rungs for c in rung.criteria}


@cache
def load_rows() -> tuple[Row, ...]:
    """The 74 rows in the plan's order."""
    return parse_rows(read_text(ROWS), load_plan())


@cache
def load_ladder() -> Ladder:
    return parse_ladder(read_text(LADDER))


def parse_rows(text: str, items: Iterable[PlanItem], file: str = ROWS) -> tuple[Row, ...]:
    """Rows of the ledger. Every row and every numeric target of the plan must be there once. Raises SeedError."""
    by_no = {item.no: item for item in items}
    top = parse(file, text)
    rows = []
    keys: set[str] = set()
    for seed in top.rows("rows", "no"):
        no = seed.whole("no")
        if no not in by_no:
            raise seed.fail("no", f"方案里没有第 {no} 条")
        item = by_no.pop(no)
        targets = {target.key: target for target in item.targets}
        sites = seed.texts("sites", required=False)
        measures = tuple(_measure(one, targets) for one in seed.rows("measures", required=False))
        none = seed.text("none", required=False)
        if targets:
            raise seed.fail("measures", f"没有写目标 {'、'.join(targets)} 靠什么数")
        if bool(measures) == bool(none):
            raise seed.fail("none", "没有 measures 才写 none，且必须写原因")
        for measure in measures:
            if measure.key in keys:
                raise seed.fail("measures", f"「{measure.key}」重复")
            if measure.count == "sites" and not sites:
                raise seed.fail("sites", "按 sites 数，就要写出是哪几个")
            keys.add(measure.key)
        see = seed.texts("see", required=False)
        rows.append(Row(item, _chapter(item), seed.text("owner", required=False), measures, sites, none, see))
        seed.done()
    top.done()
    if by_no:
        raise top.fail("rows", f"缺第 {'、'.join(map(str, sorted(by_no)))} 条")
    return tuple(sorted(rows, key=lambda row: row.no))


@cache
def load_crops() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(group of the plan, words of what a base grows or keeps), in the order in which they are tried."""
    return parse_crops(read_text(CROPS))


def parse_crops(text: str, file: str = CROPS) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Raises SeedError."""
    top = parse(file, text)
    found = []
    for seed in top.rows("crops", "group"):
        found.append((seed.text("group"), seed.texts("words")))
        seed.done()
    top.done()
    return tuple(found)


def crop_group(what: str) -> str:
    """The plan's group of a crop or animal; '' for none."""
    return next((group for group, words in load_crops() if any(word in what for word in words)), "")


def _measure(seed: SeedRow, targets: dict[str, PlanTarget]) -> Measure:
    count = seed.text("count", required=False)
    if count and count.split(":")[0] not in RULES:
        raise seed.fail("count", f"没有口径「{count}」，可用：{'、'.join(RULES)}")
    key = seed.text("target", required=False)
    flat = bool(seed.text("line", required=False)) and bool(seed.choice("line", ("flat",)))
    if key:
        if key not in targets:
            raise seed.fail("target", f"本条没有目标「{key}」，或写了两次")
        target = targets.pop(key)
        measure = Measure(key, target.metric, target.unit, count, flat, target)
    else:
        measure = Measure(seed.text("key"), seed.text("name"), seed.text("unit"), count, flat, None)
    seed.done()
    return measure


def _chapter(item: PlanItem) -> str:
    found = _CHAPTER.search(item.section)
    assert found is not None
    return found.group()


def parse_ladder(text: str, file: str = LADDER) -> Ladder:
    """The ladder, lowest rung first. Raises SeedError."""
    top = parse(file, text)
    source = top.text("source")
    rungs = []
    seen: set[str] = set()
    for seed in top.rows("rungs", "id"):
        criteria = []
        for one in seed.rows("criteria", "id"):
            criterion = Criterion(one.text("id"), one.text("name"))
            if criterion.id in seen:
                raise one.fail("id", f"「{criterion.id}」重复")
            seen.add(criterion.id)
            criteria.append(criterion)
            one.done()
        rungs.append(Rung(seed.text("id"), seed.text("name"), tuple(criteria)))
        seed.done()
    top.done()
    return Ladder(source, tuple(rungs))
