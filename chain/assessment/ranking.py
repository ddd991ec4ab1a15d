"""Which gap first: risk if the link stops × (1 − cover) × localisable, every factor shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chain.assessment.models import LOCALISABLE, LinkFigures, Ranked, Weights
from chain.measures import Interval
from chain.models import LinkEdge

FORMULA = (
    "排序分 = 停摆影响^a ×（1 − 覆盖）^b × 可本地化^c，a、b、c 可在页面上调（0 至 3，默认 1）。"
    "停摆影响：该环节停摆时全链损失的比例，按 ESRI（Diem 等，2022）在环节图上推演，物料为必需投入、配套为非必需，"
    "环节权重 A=3、B=2、C=1；覆盖：min(1, 区内产能 ÷ 需求)，未知按 0 至 1；"
    "可本地化：本地补 1、周边协同 0.5、外采即可 0.1（团队拟定）。"
    "有未知时得分是区间，先按下限、再按上限排。"
)
LINK_WEIGHTS: Mapping[str, float] = {"A": 3.0, "B": 2.0, "C": 1.0}
MOST_WEIGHT = 3.0


def link_risk(links: Mapping[str, str], edges: Iterable[LinkEdge]) -> tuple[dict[str, float], bool]:
    """({link: share of the chain lost when it stops}, settled). ``links`` gives each link's weight A, B or C.

    Each supply relation counts the same: how much runs over it is not known for the district as a whole.
    """
    from chain.esri import esri  # scipy takes a second to load: not at the server's start

    rows = [edge for edge in edges if edge.kind != "回流"]
    kind = {(edge.from_link, edge.to_link): edge.kind == "物料" for edge in rows}
    return esri(
        [(edge.from_link, edge.to_link, 1.0) for edge in rows],
        {link: link for link in links},
        lambda supplier, buyer: kind[supplier, buyer],
        weights={link: LINK_WEIGHTS[weight] for link, weight in links.items()},
    )


def ranked(figures: Iterable[LinkFigures], risk: Mapping[str, float], weights: Weights) -> tuple[Ranked, ...]:
    """Worst first by what is sure, then by what may be; the same order whatever the order of the input.

    Raises ValueError for a weight below 0 or above 3.
    """
    for name, value in (("停摆影响", weights.risk), ("缺口", weights.lack), ("可本地化", weights.local)):
        if not 0 <= value <= MOST_WEIGHT:
            raise ValueError(f"{name}的权重 {value:g} 不在 0 至 3 之间")
    return tuple(sorted((scored(one, risk.get(one.link.id, 0.0), weights) for one in figures), key=order))


def order(one: Ranked) -> tuple[float, float, str, str]:
    """The smaller stands before the greater."""
    return (-one.score.low, -one.score.high, one.figures.link.weight, one.figures.link.id)


def scored(one: LinkFigures, risk: float, weights: Weights) -> Ranked:
    """A link with its score, whatever the others are."""
    lack = Interval(1 - one.cover.high, 1 - one.cover.low)
    local = LOCALISABLE[one.locality.advice]
    fixed = risk**weights.risk * local**weights.local
    return Ranked(one, risk, lack, local, Interval(fixed * lack.low**weights.lack, fixed * lack.high**weights.lack))
