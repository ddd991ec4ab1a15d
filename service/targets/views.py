"""Targets, before and after, and sites as JSON and as rows of a page. Pure."""

from __future__ import annotations

from typing import Any

from chain.measures import Interval
from chain.models import GRADE_NAMES
from chain.sites import MET_NAMES, Amount, Check
from chain.targets.models import FamilyChange, Fit, Judged, LinkChange, Site, Target, Wish
from service.gaps.views import figures_json, held, interval, percent, span
from service.register.views import amount_text

Json = dict[str, Any]
ASSUMED = "（假设）"


def capacity(wish: Wish) -> str:
    """「2,000 吨（假设）」, or 未知."""
    text = amount_text(wish.low, wish.high, wish.unit)
    return text if wish.low is None else text + ASSUMED


def _amount(one: Amount | None) -> Json | None:
    if one is None:
        return None
    return {
        "low": None if one.low is None else str(one.low),
        "high": None if one.high is None else str(one.high),
        "unit": one.unit,
        "text": amount_text(one.low, one.high, one.unit),
        "source": one.source,
        "data_date": one.data_date.isoformat(),
    }


def wish_json(wish: Wish) -> Json:
    return {
        "link": wish.link,
        "low": None if wish.low is None else str(wish.low),
        "high": None if wish.high is None else str(wish.high),
        "unit": wish.unit,
        "capacity": capacity(wish),
        "assumed": wish.low is not None,
        "note": wish.note,
        "source": wish.source,
        "data_date": wish.data_date.isoformat(),
        "statement": str(wish.statement),
        "imported": wish.imported,
    }


def target_json(target: Target) -> Json:
    """A target without figures. ``named`` is the plan's section and words, null where the plan does not name it."""
    return {
        "id": target.id,
        "name": target.name,
        "code": target.code or None,
        "controller": target.controller,
        "inside": target.inside,
        "place": target.place,
        "named": target.named or None,
        "demo": target.demo,
        "source": target.source,
        "data_date": target.data_date.isoformat(),
        "links": [wish_json(wish) for wish in target.wishes],
        "requires": {what: _amount(one) for what, one in target.requires.items()},
    }


def _interval(value: Interval | None) -> list[float] | None:
    return None if value is None else interval(value)


def _link(change: LinkChange) -> Json:
    def side(at: int) -> Json:
        figures = (change.before, change.after)[at]
        return figures_json(figures) | {
            "grade": figures.gap.grade,
            "grade_name": GRADE_NAMES[figures.gap.grade],
            "rank": change.places[at],
            "score": interval(change.scores[at]),
            "risk": round(change.risk, 6),
        }

    return {"link": change.before.link.id, "name": change.before.link.name, "before": side(0), "after": side(1)}


def _family(change: FamilyChange) -> Json:
    def side(at: int) -> Json:
        one = (change.before, change.after)[at]
        return {
            "completeness": interval(one.figures.weighted),
            "dish": interval(one.figures.dish),
            "paths": interval(one.figures.paths),
            "k": one.fragility.k,
            "k_text": one.fragility.text,
            "missing": list(one.figures.missing),
        }

    return {"family": change.before.id, "name": change.before.name, "before": side(0), "after": side(1)}


def judged_json(one: Judged) -> Json:
    """A target with its figures before and after, worked out now."""
    return target_json(one.target) | {
        "counted": [wish.link for wish in one.wishes if wish.link not in one.already],
        "already": list(one.already),
        "completeness": {"before": _interval(one.outcome.whole[0]), "after": _interval(one.outcome.whole[1])},
        "changes": [_link(change) for change in one.outcome.links],
        "families": [_family(change) for change in one.outcome.families],
        "why": list(one.why),
        "why_not": list(one.why_not),
    }


def check_json(one: Check) -> Json:
    return {
        "what": one.what,
        "name": one.name,
        "met": one.met,
        "met_name": MET_NAMES[one.met],
        "reason": one.reason,
        "needed": _amount(one.needed),
        "offered": _amount(one.offered),
    }


def site_json(site: Site) -> Json:
    return {
        "id": site.id,
        "name": site.name,
        "kind": site.kind,
        "place": site.place,
        "demo": site.demo,
        "offers": {what: _amount(one) for what, one in site.offers.items()},
    }


def fit_json(fit: Fit) -> Json:
    return site_json(fit.site) | {"checks": [check_json(one) for one in fit.checks]}


def figure_rows(change: LinkChange) -> list[tuple[str, ...]]:
    """(figure, before, after) of a link, for a page or a sheet."""

    def ratio(value: float | None) -> str:
        return "未知" if value is None else percent(value)

    sides = (change.before, change.after)
    return [
        ("等级", *(GRADE_NAMES[one.gap.grade] for one in sides)),
        ("覆盖", *(span(one.cover) for one in sides)),
        ("控制方 k", *(held(one) for one in sides)),
        ("有效控制方数", *("未知" if one.effective is None else f"{one.effective:.2f}" for one in sides)),
        ("区外占比", *(ratio(one.outside) for one in sides)),
        ("停摆影响", percent(change.risk), percent(change.risk)),
        ("缺口排序分", *(span(score) for score in change.scores)),
        ("缺口排名", *(f"第 {place}" for place in change.places)),
    ]


def family_rows(change: FamilyChange) -> list[tuple[str, ...]]:
    """(figure, before, after) of a product family."""
    sides = (change.before, change.after)
    return [
        ("完备度", *(span(one.figures.weighted) for one in sides)),
        ("成品完备", *(span(one.figures.dish) for one in sides)),
        ("路径覆盖", *(span(one.figures.paths) for one in sides)),
        ("k", *(one.fragility.text for one in sides)),
    ]
