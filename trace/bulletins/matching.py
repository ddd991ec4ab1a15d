"""Which registered batch may be the sampled one: points with published weights, a reason for each. Pure.

The points only order the list. A person compares and decides; nothing is matched by itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from trace.standards.vocabulary.text import name_key

WEIGHTS = {
    "code": 30,
    "maker": 30,
    "product": 20,
    "date": 15,
    "lot": 25,
}
"""Points for full agreement: 许可证号或信用代码, 企业名称, 产品名称, 生产日期, 批号. Chosen by us (团队拟定)."""
WEIGHT_NAMES = {
    "code": "许可证或信用代码",
    "maker": "企业名称",
    "product": "产品名称",
    "date": "生产日期",
    "lot": "批号",
}
NEAR_DAYS = 3
LEAST = 25
"""Below so many points a batch is no candidate."""
MOST = 10
_COMPANY = re.compile(
    r"股份有限公司|有限责任公司|有限公司|分公司|公司|集团|食品厂|加工厂|\(演示\)|\(个体工商户\)|专业合作社|合作社|[()·.,]"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the sample says of itself."""

    maker: str
    maker_code: str
    product: str
    produced_on: date | None
    lot: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A registered batch; ``codes`` are its maker's licence numbers and credit code."""

    batch_id: int
    maker: str
    codes: tuple[str, ...]
    product: str
    produced_on: date | None
    lot: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch with its points (0 to 120) and one sentence for each point of comparison."""

    lot: Lot
    points: int
    reasons: tuple[str, ...]


def similarity(one: str, other: str) -> float:
    """How alike two names are, 0 to 1; company forms and brackets do not count."""
    a, b = (_COMPANY.sub("", name_key(text)) or name_key(text) for text in (one, other))
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    ratio = difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return max(ratio, 0.85)
    return ratio


def score(wanted: Wanted, lot: Lot) -> Candidate:
    """Points and reasons for one batch."""
    found = [
        _code(wanted, lot),
        _name("maker", "企业名称", wanted.maker, lot.maker),
        _name("product", "产品名称", wanted.product, lot.product),
        _date(wanted, lot),
        _lot(wanted, lot),
    ]
    return Candidate(lot, sum(points for points, _ in found), tuple(reason for _, reason in found if reason))


def rank(wanted: Wanted, lots: Sequence[Lot]) -> list[Candidate]:
    """The likely ones, best first. Without any agreement on the maker there is no candidate.

    A batch of another maker made on the same day says nothing about that maker.
    """
    found = [score(wanted, lot) for lot in lots if _maker_agrees(wanted, lot)]
    good = [one for one in found if one.points >= LEAST]
    return sorted(good, key=lambda one: (-one.points, -one.lot.batch_id))[:MOST]


def _maker_agrees(wanted: Wanted, lot: Lot) -> bool:
    return _code(wanted, lot)[0] > 0 or similarity(wanted.maker, lot.maker) >= 0.5


def _code(wanted: Wanted, lot: Lot) -> tuple[int, str]:
    mine = name_key(wanted.maker_code).upper()
    if not mine:
        return 0, ""
    if mine in {name_key(code).upper() for code in lot.codes}:
        return WEIGHTS["code"], f"许可证或信用代码相同（{wanted.maker_code}）"
    return 0, f"许可证或信用代码不同（公告 {wanted.maker_code}）"


def _name(kind: str, label: str, announced: str, ours: str) -> tuple[int, str]:
    if not announced:
        return 0, f"公告没有写{label}"
    share = similarity(announced, ours)
    if share >= 1:
        return WEIGHTS[kind], f"{label}相同（{ours}）"
    if share >= 0.5:
        return round(WEIGHTS[kind] * share), f"{label}相近（公告“{announced}”，登记“{ours}”，相似 {share:.0%}）"
    return 0, f"{label}不同（公告“{announced}”，登记“{ours}”）"


def _date(wanted: Wanted, lot: Lot) -> tuple[int, str]:
    if wanted.produced_on is None or lot.produced_on is None:
        return 0, "没有可比的生产日期"
    apart = abs((wanted.produced_on - lot.produced_on).days)
    if apart == 0:
        return WEIGHTS["date"], f"生产日期相同（{lot.produced_on}）"
    if apart <= NEAR_DAYS:
        return WEIGHTS["date"] // (apart + 1), f"生产日期差 {apart} 天（登记 {lot.produced_on}）"
    return 0, f"生产日期不同（登记 {lot.produced_on}）"


def _lot(wanted: Wanted, lot: Lot) -> tuple[int, str]:
    mine = name_key(wanted.lot)
    if not mine:
        return 0, ""
    if mine in {name_key(one) for one in (lot.lot, *lot.aliases)}:
        return WEIGHTS["lot"], f"批号相同（{wanted.lot}）"
    return 0, f"批号不同（登记 {lot.lot}）"
