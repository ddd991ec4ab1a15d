"""Targets with what speaks for and against them, and the order in which a link's list shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chain.gaps import number
from chain.measures import Interval
from chain.models import GRADE_NAMES
from chain.sites import checks
from chain.targets.counterfactual import Scenario
from chain.targets.models import Fit, Judged, LinkChange, Outcome, Site, Target, Wish

STALE_DAYS = 365
ORDER = (
    "排列：逐项比较，前一项相同才看后一项——① 全链完备度下限升得多，② 全链完备度上限升得多，③ 相关产品族成品完备下限合计升得多，"
    "④ 该环节缺口排序分上限降得多（产能未知的按最坏算），⑤ 排序分下限降得多，⑥ 该环节控制方数 k 增得多，⑦ 有效控制方数增得多，⑧ 区外占比降得多，"
    "⑨ 填了产能（假设）的在前，⑩ 名称、编号。每项都由登记与假设现算，不给匹配百分比。"
)
_DIGITS = 9


def judge(scenario: Scenario, target: Target, links: Sequence[str] | None = None) -> Judged:
    """A target at all its links together, or at some of them. Links it works at already change nothing."""
    wishes = tuple(wish for wish in target.wishes if links is None or wish.link in links)
    already = tuple(wish.link for wish in wishes if scenario.works_at(target, wish.link))
    coming = [wish for wish in wishes if wish.link not in already]
    outcome = scenario.after(scenario.presence(target, wish) for wish in coming)
    why, why_not = _reasons(scenario, coming, already, outcome)
    return Judged(target, wishes, already, outcome, why, why_not)


def ordered(scenario: Scenario, link: str, targets: Iterable[Target]) -> list[Judged]:
    """The candidates of a link by what each alone would improve (``ORDER``); the order of the input does not matter."""
    found = [judge(scenario, target, [link]) for target in targets if target.wish(link) is not None]
    return sorted(found, key=_key)


def _key(one: Judged) -> tuple[object, ...]:
    change = one.outcome.links[0] if one.outcome.links else None
    gains = (
        *_gain(one.outcome.whole),
        round(sum(f.after.figures.dish.low - f.before.figures.dish.low for f in one.outcome.families), _DIGITS),
        *(_link_gains(change) if change is not None else (0.0,) * 5),
    )
    amount = any(wish.low is not None for wish in one.wishes)
    return (*(-gain for gain in gains), not amount, one.target.name, len(one.target.id), one.target.id)


def _gain(ends: tuple[Interval | None, Interval | None]) -> tuple[float, float]:
    before, after = ends
    if before is None or after is None:
        return 0.0, 0.0
    return round(after.low - before.low, _DIGITS), round(after.high - before.high, _DIGITS)


def _link_gains(change: LinkChange) -> tuple[float, ...]:
    before, after = change.before, change.after
    return (
        round(change.scores[0].high - change.scores[1].high, _DIGITS),
        round(change.scores[0].low - change.scores[1].low, _DIGITS),
        float(after.controllers - before.controllers),
        _difference(before.effective, after.effective),
        _difference(after.outside, before.outside),
    )


def _difference(before: float | None, after: float | None) -> float:
    """0 where either is unknown."""
    return 0.0 if before is None or after is None else round(after - before, _DIGITS)


def _reasons(
    scenario: Scenario, coming: Sequence[Wish], already: Sequence[str], outcome: Outcome
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    why: list[str] = []
    against: list[str] = []
    gain = _gain(outcome.whole)
    if gain[0] > 0 or gain[1] > 0:
        why.append(f"全链完备度下限 {_points(gain[0])}，上限 {_points(gain[1])}")
    elif coming:
        against.append("全链完备度不变")
    for family in outcome.families:
        before, after = family.before, family.after
        gone = [need for need in before.figures.missing if need not in after.figures.missing]
        if gone:
            why.append(f"{after.name}：不再缺{'、'.join(gone)}")
        if before.fragility.text != after.fragility.text:
            why.append(f"{after.name}：k 由 {before.fragility.text} 到 {after.fragility.text}")
    for change in outcome.links:
        _link_reasons(change, why, against)
    for wish in coming:
        if wish.low is None:
            against.append(f"{wish.link} 产能未知：只算有人做，不算覆盖")
        else:
            high = "" if wish.high in (None, wish.low) else f"～{number(wish.high or wish.low)}"
            against.append(f"{wish.link} 产能 {number(wish.low)}{high} {wish.unit} 是假设，不是企业申报")
        if (scenario.base.as_of - wish.data_date).days > STALE_DAYS:
            against.append(f"{wish.link} 的候选依据日期是 {wish.data_date}，已超过 {STALE_DAYS} 天")
    against += [f"{link} 已登记在区内在产，候选不再改变数字" for link in already]
    return tuple(why), tuple(against)


def _link_reasons(change: LinkChange, why: list[str], against: list[str]) -> None:
    before, after = change.before, change.after
    link = after.link
    grades = GRADE_NAMES[before.gap.grade], GRADE_NAMES[after.gap.grade]
    if after.gap.grade == "unknown" and grades[0] != grades[1]:
        against.append(f"{link.id} {link.name}的等级由「{grades[0]}」变为「未知」：产能没有确定的数，算不出来")
    elif grades[0] != grades[1]:
        why.append(f"{link.id} {link.name}由「{grades[0]}」变为「{grades[1]}」")
    else:
        against.append(f"{link.id} {link.name}仍是「{grades[0]}」")
    if change.places[0] != change.places[1]:
        why.append(f"{link.id} 的缺口排名由第 {change.places[0]} 到第 {change.places[1]}")
    if before.state == "unknown":
        why.append(f"{link.id} 原来谁在做是未知，来了就有据可查")
    elif after.controllers > before.controllers:
        why.append(f"{link.id} 的控制方由 {before.controllers} 个到 {after.controllers} 个")
    else:
        against.append(f"{link.id} 的控制方仍是 {before.controllers} 个（与区内现有主体同一控制方）")
    if after.controllers == 1:
        against.append(f"{link.id} 来了也只靠这一方")
    if before.outside is not None and after.outside is not None and after.outside < before.outside:
        why.append(f"{link.id} 的区外占比由 {_percent(before.outside)} 到 {_percent(after.outside)}")
    if after.supply.demand is None:
        against.append(f"{link.id} 的年需求未知，覆盖算不出来")
    advice = after.locality.advice
    if advice != "本地补":
        against.append(f"{link.id} 属「{advice}」：{after.locality.reason}（团队拟定）")


def _points(value: float) -> str:
    return f"{value * 100:+.1f} 个百分点"


def _percent(value: float) -> str:
    return f"{value * 100:.1f}%"


def fits(target: Target, sites: Iterable[Site]) -> list[Fit]:
    """The target at every site: fewest not met first, then most met, then by name."""
    found = [Fit(site, checks(target.requires, site.offers)) for site in sites]
    return sorted(found, key=lambda fit: (fit.count("not_met"), -fit.count("met"), fit.site.name, fit.site.id))
