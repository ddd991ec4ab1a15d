"""先问这 10 个数: which unknown, once answered, would change a grade or a rank among the first gaps. Pure.

An unknown is worth asking by how far its possible answers move the gap's score apart and whether they change its
grade. It is answered at both ends (nobody … somebody with enough; no capacity … all that is needed; a need that is
covered … one that is not) and everything is worked out again for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from chain.assessment.models import Assessment, Ranked, Weights
from chain.assessment.ranking import ranked
from chain.assessment.whole import Frame, Rows, links_of
from chain.models import GRADE_NAMES, Demand, Grade, Presence, Survey
from chain.supply import Supply

Kind = Literal["operators", "need", "capacity", "licence", "same"]
ASK = 10
AMONG = 20
"""Gaps that are looked at."""
SURE, ASSUMED = "已答", "假设"
_OFFICES = {"U": "区农业农村委", "M": "区经济信息委", "D": "区商务委", "S": "区发展改革委"}


@dataclass(frozen=True, slots=True)
class Question:
    """One unknown: what to ask, whom, and what the answers at both ends would make of the gap.

    ``org_code`` is the enterprise that is asked about, '' where it is none or two; ``names`` are those that the text gives
    away, ``paper`` the licence that does. ``unit`` is that of the answer, '' for yes or no. ``spread`` is how far the score would move, ``grades`` and
    ``ranks`` at the low and high end.
    """

    kind: Kind
    link: str
    link_name: str
    org_code: str
    text: str
    whom: str
    unit: str
    spread: float
    grades: tuple[Grade, Grade]
    ranks: tuple[int, int]
    names: tuple[str, ...] = ()
    paper: str = ""

    @property
    def unnamed(self) -> Question:
        """The same without saying which enterprise it is about."""
        text, whom = self.text, self.whom
        for name in self.names:
            text, whom = text.replace(name, "在产主体"), whom.replace(name, "该主体（名称只供授权人员）")
        text = text.replace(self.paper, "应有的证照") if self.paper else text
        return replace(self, org_code="", text=text, whom=whom, names=(), paper="")

    @property
    def changes(self) -> bool:
        return self.grades[0] != self.grades[1] or self.ranks[0] != self.ranks[1]

    @property
    def why(self) -> str:
        """What would change, in one sentence."""
        low, high = (GRADE_NAMES[grade] for grade in self.grades)
        said = f"等级可能是「{low}」或「{high}」" if low != high else f"等级都是「{low}」"
        return f"{said}，排名在第 {min(self.ranks)} 至第 {max(self.ranks)} 之间"


@dataclass(frozen=True, slots=True)
class _Ends:
    low: Rows
    high: Rows


def questions(
    frame: Frame, rows: Rows, as_of: date, found: Assessment, count: int = ASK, among: int = AMONG
) -> tuple[Question, ...]:
    """The unknowns most worth asking, first the one that moves most; only those that would change a grade or rank.

    The gaps looked at are the first ``among`` by what they may be: an unknown hides at the end of the list by what is sure.
    """
    weights = found.weights
    first = sorted(found.ranked, key=lambda one: (-one.score.high, one.figures.link.weight, one.figures.link.id))
    asked = []
    for gap in first[:among]:
        for question, ends in _unknowns(gap, rows, as_of):
            asked.append(_judged(question, ends, frame, as_of, found, weights))
    worth = [one for one in asked if one.changes]
    order = sorted(worth, key=lambda q: (-q.spread, q.grades[0] == q.grades[1], q.link, q.kind, q.org_code))
    return tuple(order[:count])


def _judged(
    question: Question, ends: _Ends, frame: Frame, as_of: date, found: Assessment, weights: Weights
) -> Question:
    grades, ranks, scores = [], [], []
    for rows in (ends.low, ends.high):
        changed = links_of(frame, rows, as_of, [question.link])
        every = [changed.get(link, figures) for link, figures in found.links.items()]
        order = ranked(every, frame.risk, weights)
        place = next(i for i, one in enumerate(order, 1) if one.figures.link.id == question.link)
        ranks.append(place)
        scores.append(order[place - 1].score)
        grades.append(order[place - 1].figures.gap.grade)
    spread = abs((scores[0].low + scores[0].high) - (scores[1].low + scores[1].high)) / 2
    return replace(question, spread=spread, grades=(grades[0], grades[1]), ranks=(ranks[0], ranks[1]))


def _unknowns(gap: Ranked, rows: Rows, as_of: date) -> Iterable[tuple[Question, _Ends]]:
    supply, link = gap.figures.supply, gap.figures.link
    office = _OFFICES[link.layer]

    def question(
        kind: Kind, text: str, whom: str, unit: str = "", org: str = "", names: tuple[str, ...] = ()
    ) -> Question:
        return Question(kind, link.id, link.name, org, text, whom, unit, 0.0, ("unknown", "unknown"), (0, 0), names)

    for operator in supply.lapsed:
        gone, good = _without(rows, link.id, operator.org_code), _renewed(rows, link.id, operator.org_code)
        (name,) = _names(rows, link.id, [operator.org_code])
        text = f"{name}的{operator.lapsed}，换证了吗？还在做「{link.name}」吗？"
        asked = question("licence", text, name, org=operator.org_code, names=(name,))
        yield replace(asked, paper=operator.lapsed), _Ends(gone, good)
    for pair in _pairs(supply):
        names = _names(rows, link.id, pair)
        one, two = _tied(rows, link.id, pair), _parted(rows, link.id, pair)
        text = f"{'和'.join(names)}是不是同一家？（{link.name}）"
        yield question("same", text, office, names=names), _Ends(one, two)
    if gap.figures.state == "unknown":
        if supply.lapsed:
            return
        nobody = replace(rows, surveys=(*rows.surveys, Survey(link.id, as_of, SURE)))
        amount, unit = (supply.demand.quantity, supply.demand.unit) if supply.demand else (None, "")
        some = [_assumed(link.id, f"assumed-{n}", amount, unit, as_of) for n in range(3)]
        several = replace(rows, presences=(*rows.presences, *some))
        yield question("operators", f"区内有没有做「{link.name}」的主体？有几家？", office), _Ends(nobody, several)
        return
    if gap.figures.state == "absent":
        return
    if supply.demand is None:
        unit = supply.unit or "吨"
        floor = supply.capacity_floor or Decimal(0)
        enough = replace(rows, demands=(*rows.demands, Demand(link.id, floor, unit, as_of, SURE)))
        short = replace(rows, demands=(*rows.demands, Demand(link.id, max(floor, Decimal(1)) * 4, unit, as_of, SURE)))
        yield (
            question("need", f"全区一年需要「{link.name}」多少量？", office, unit),
            _Ends(enough, short),
        )
    for operator in supply.inside:
        if operator.capacity is not None and operator.unit == supply.unit and not operator.ranged:
            continue
        unit = supply.unit or operator.unit or "吨"
        need = supply.demand.quantity if supply.demand else Decimal(1)
        mine = [
            p
            for p in rows.presences
            if p.link_id == link.id and p.org_code == operator.org_code and p.basis != "planned"
        ]
        if not mine:
            continue
        name = mine[-1].name
        low, high = (
            replace(
                rows,
                presences=(
                    *rows.presences,
                    replace(mine[-1], capacity=value, capacity_high=None, unit=unit, data_date=as_of),
                ),
            )
            for value in (operator.capacity or Decimal(0), (operator.capacity_high or need * 2))
        )
        asked = question("capacity", f"{name}做「{link.name}」的年产能是多少？", name, unit, operator.org_code, (name,))
        yield asked, _Ends(low, high)


def _pairs(supply: Supply) -> Iterable[tuple[str, str]]:
    """Operators next to each other among those that may be one."""
    groups: dict[str, list[str]] = {}
    for operator in supply.inside:
        if operator.perhaps:
            groups.setdefault(operator.perhaps, []).append(operator.org_code)
    return [pair for codes in groups.values() for pair in pairwise(codes)]


def _names(rows: Rows, link: str, codes: Iterable[str]) -> tuple[str, ...]:
    known = {p.org_code: p.name for p in rows.presences if p.link_id == link}
    return tuple(known[code] for code in codes)


def _changed(rows: Rows, link: str, codes: Iterable[str], **more: Any) -> Rows:
    """The rows with some fields of the presences of some enterprises at a link as they would be."""
    these = set(codes)
    return replace(
        rows,
        presences=tuple(replace(p, **more) if p.link_id == link and p.org_code in these else p for p in rows.presences),
    )


def _without(rows: Rows, link: str, code: str) -> Rows:
    """It stopped."""
    left = tuple(p for p in rows.presences if p.link_id != link or p.org_code != code)
    return replace(rows, presences=left)


def _renewed(rows: Rows, link: str, code: str) -> Rows:
    return _changed(rows, link, [code], lapsed="")


def _tied(rows: Rows, link: str, pair: tuple[str, str]) -> Rows:
    """Under one controller: how two that are one are counted."""
    return _changed(rows, link, pair, perhaps="", alike=(), controller=min(pair))


def _parted(rows: Rows, link: str, pair: tuple[str, str]) -> Rows:
    return _changed(rows, link, pair, perhaps="", alike=())


def _assumed(link: str, code: str, capacity: Decimal | None, unit: str, as_of: date) -> Presence:
    return Presence(code, ASSUMED, link, capacity, unit, as_of, ASSUMED, True, False, None, "declared")
