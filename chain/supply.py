"""What is known about the supply of one link on a day: operators, capacity, demand, flow.

Counting only; gaps.py judges. Records dated after the day asked for do not exist yet and are left out.
Amounts are compared in one unit as written and never converted: a capacity in another unit is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Literal, TypeVar

import networkx as nx

from chain.models import Demand, Flow, Link, Presence, Survey

FlowState = Literal["unknown", "running", "stopped"]


@dataclass(frozen=True, slots=True)
class Operator:
    """One organisation at one link: its records merged, the latest capacity it gave."""

    org_code: str
    controller: str
    inside: bool
    capacity: Decimal | None
    unit: str
    sources: tuple[str, ...]
    data_date: date
    capacity_high: Decimal | None = None
    """The upper end where ``capacity`` is the lower one of a range."""
    lapsed: str = ""
    perhaps: str = ""
    alike: tuple[str, ...] = ()
    """As of ``Presence``."""

    @property
    def ranged(self) -> bool:
        return self.capacity_high is not None


@dataclass(frozen=True, slots=True)
class Supply:
    """The supply of one link as known on a day.

    ``inside`` leaves out those whose licence for the link ran out: they stand in ``lapsed``, neither there nor missing.
    """

    link: Link
    inside: tuple[Operator, ...]
    outside: tuple[Operator, ...]
    planned: tuple[Presence, ...]
    demand: Demand | None
    survey: Survey | None
    flow: Flow | None
    lapsed: tuple[Operator, ...] = ()
    doubled: bool = False
    """Whether any of them, or of their controllers, may be one under several names: mostly not, and then nobody looks for
    them again."""
    alike: tuple[Operator, ...] = ()
    """Those inside, surely counting or not, whose controllers may be one with another one's, here or at another link."""

    def readings(self) -> tuple[Supply, ...]:
        """The supply in every way it can be read: with each or none of those whose licence ran out, and those that may be
        one counted as several and as one. Only itself where nothing is in doubt."""
        counted = [(*self.inside, *some) for some in _choices(self.lapsed)] if self.lapsed else [self.inside]
        if self.doubled:
            counted += [one for inside in counted if (one := as_one(inside)) is not None]
        return tuple(replace(self, inside=inside, lapsed=()) for inside in counted) if len(counted) > 1 else (self,)

    @property
    def ties(self) -> tuple[tuple[str, str], ...]:
        """Pairs of controllers that may be one, whether they surely count or not."""
        return tuple(ties_of(self.alike))

    @property
    def plans(self) -> int:
        """How many organisations plan to come."""
        return len({plan.org_code for plan in self.planned})

    @property
    def nobody(self) -> Survey | None:
        """The survey, where it is evidence of absence: no operator inside on record, not even with a licence run out."""
        return None if self.inside or self.lapsed else self.survey

    @property
    def unit(self) -> str | None:
        """The unit amounts are compared in: the demand's, else the one unit all capacities share, else None."""
        if self.demand is not None:
            return self.demand.unit
        everybody = (*self.inside, *self.lapsed, *self.outside)
        units = {operator.unit for operator in everybody if operator.capacity is not None}
        return units.pop() if len(units) == 1 else None

    def capacities(self, operators: Iterable[Operator]) -> list[Decimal | None]:
        """Each operator's capacity in ``unit``; None where unknown or in another unit."""
        unit = self.unit
        return [operator.capacity if operator.unit == unit else None for operator in operators]

    @property
    def capacity_floor(self) -> Decimal | None:
        """The capacity inside that is known, a lower bound when some operators are silent; None if nothing is known."""
        known = [capacity for capacity in self.capacities(self.inside) if capacity is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def capacity_complete(self) -> bool:
        """Whether every operator inside gave a comparable capacity as one number, and all of them surely count."""
        known = all(capacity is not None for capacity in self.capacities(self.inside)) and not self.lapsed
        return bool(self.inside) and known and not any(operator.ranged for operator in self.inside)

    @property
    def coverage(self) -> Decimal | None:
        """Known capacity inside over demand; None when either is unknown."""
        if self.demand is None or self.capacity_floor is None:
            return None
        if self.demand.quantity == 0:
            return Decimal(1)
        return self.capacity_floor / self.demand.quantity

    @property
    def controllers(self) -> frozenset[str]:
        """Who finally controls the operators inside."""
        return frozenset(operator.controller for operator in self.inside)

    @property
    def controllers_least(self) -> frozenset[str]:
        """The same where those that may be one are one."""
        merged = as_one(self.inside) if self.doubled else None
        return self.controllers if merged is None else frozenset(operator.controller for operator in merged)

    @property
    def controllers_most(self) -> frozenset[str]:
        """The same with those whose licence ran out."""
        return self.controllers.union(operator.controller for operator in self.lapsed)

    @property
    def operators_least(self) -> int:
        """How many operators are inside where those that may be one are one."""
        return firms_least(self.inside) if self.doubled else len(self.inside)

    @property
    def top_share(self) -> Decimal | None:
        """The largest controller's share of capacity inside, 0..1; None unless every capacity is known."""
        total = self.capacity_floor
        if not self.capacity_complete or not total:
            return None
        return max(self.by_controller(self.inside).values()) / total

    def by_controller(self, operators: Iterable[Operator]) -> dict[str, Decimal]:
        """What is known of each controller's capacity in ``unit``: two firms of one owner count once."""
        found: dict[str, Decimal] = {}
        several = list(operators)
        for operator, capacity in zip(several, self.capacities(several), strict=True):
            found[operator.controller] = found.get(operator.controller, Decimal(0)) + (capacity or Decimal(0))
        return found

    @property
    def external_share(self) -> Decimal | None:
        """What comes from outside over all known supply, 0..1; None unless all of it is."""
        if not self.outside:
            return None
        outside = self.capacities(self.outside)
        unsure = any(capacity is None for capacity in outside) or any(operator.ranged for operator in self.outside)
        if unsure or self.lapsed or (self.inside and not self.capacity_complete):
            return None
        amount = sum((capacity for capacity in outside if capacity is not None), Decimal(0))
        total = amount + (self.capacity_floor or Decimal(0))
        return amount / total if total else None

    def flow_state(self, as_of: date, stop_days: int) -> FlowState:
        """Whether batches flow: stopped only on evidence, unknown where nobody would have told us.

        Stopped is (a) the last batch ever seen is ``stop_days`` or more days old, or (b) none was ever seen although
        an enterprise inside is in business, the link should show batches, and its enterprises have been reporting
        for ``stop_days`` or more. Silence of enterprises that do not report is unknown.
        """
        flow = self.flow
        if flow is None:
            return "unknown"
        if flow.last_flow_date is not None:
            age = (as_of - flow.last_flow_date).days
            if age < 0:
                return "unknown"
            return "stopped" if age >= stop_days else "running"
        expected = self.link.expects_batches and self.inside and flow.observed_since is not None
        if expected and flow.observed_since is not None and (as_of - flow.observed_since).days >= stop_days:
            return "stopped"
        return "unknown"


R = TypeVar("R", Presence, Demand, Flow, Survey)


def by_link(records: Iterable[R]) -> dict[str, list[R]]:
    """Records under their links, so that judging every link looks at each record once."""
    found: dict[str, list[R]] = {}
    for record in records:
        found.setdefault(record.link_id, []).append(record)
    return found


def supply_of(
    link: Link,
    presences: Iterable[Presence],
    demands: Iterable[Demand],
    flows: Iterable[Flow],
    surveys: Iterable[Survey],
    as_of: date,
) -> Supply:
    """Gather what is known about ``link`` on ``as_of``. The order of the inputs does not matter."""
    records = sorted(
        (record for record in presences if record.link_id == link.id and record.data_date <= as_of), key=_presence_key
    )
    by_org: dict[str, list[Presence]] = {}
    for record in records:
        if record.basis != "planned":
            by_org.setdefault(record.org_code, []).append(record)
    operators = [_merge(group) for _, group in sorted(by_org.items())]
    # An older survey that found nobody is overruled by an operator on record, never the other way round.
    known_demands = sorted(
        (demand for demand in demands if demand.link_id == link.id and demand.data_date <= as_of),
        key=lambda demand: (demand.data_date, demand.source, demand.unit, demand.quantity),
    )
    known_surveys = sorted(
        (survey for survey in surveys if survey.link_id == link.id and survey.data_date <= as_of),
        key=lambda survey: (survey.data_date, survey.source),
    )
    return Supply(
        link=link,
        inside=tuple(operator for operator in operators if operator.inside and not operator.lapsed),
        outside=tuple(operator for operator in operators if not operator.inside),
        planned=tuple(record for record in records if record.basis == "planned"),
        demand=known_demands[-1] if known_demands else None,
        survey=known_surveys[-1] if known_surveys else None,
        flow=_latest_flow([flow for flow in flows if flow.link_id == link.id]),
        lapsed=tuple(operator for operator in operators if operator.inside and operator.lapsed),
        doubled=any(operator.perhaps for operator in operators) or bool(ties_of(operators)),
        alike=tuple(operator for operator in operators if operator.inside and (operator.alike or operator.perhaps)),
    )


MOST_CHOICES = 4
"""Up to so many in doubt every choice of them is looked at, beyond only none, all, each alone and each left out."""


def _choices(doubtful: tuple[Operator, ...]) -> list[tuple[Operator, ...]]:
    many = len(doubtful)
    sizes = range(many + 1) if many <= MOST_CHOICES else (0, 1, many - 1, many)
    return [some for size in sizes for some in combinations(doubtful, size)]


def as_one(operators: Sequence[Operator]) -> tuple[Operator, ...] | None:
    """The operators under one controller where they may be one; None where that changes nothing."""
    ties = ties_of(operators)
    if not ties:
        return None
    first = firsts(ties)
    return tuple(replace(one, controller=first.get(one.controller, one.controller)) for one in operators)


def firsts(ties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first of each group that pairs make, by each of its members."""
    return {one: min(group) for group in nx.connected_components(nx.Graph(ties)) for one in group}


def firms_least(several: Iterable[Operator] | Iterable[Presence]) -> int:
    """How many different organisations they are where those that may be one are one."""
    return len({one.perhaps or one.org_code for one in several})


def ties_of(operators: Iterable[Operator]) -> list[tuple[str, str]]:
    """Pairs of different controllers that may be one: so are those of two operators which may be one."""
    several = [operator for operator in operators if operator.perhaps or operator.alike]
    groups: dict[str, set[str]] = {}
    for operator in several:
        if operator.perhaps:
            groups.setdefault(operator.perhaps, set()).add(operator.controller)
    pairs = {pair for held in groups.values() for pair in pairwise(sorted(held))}
    here = {operator.controller for operator in several}
    pairs |= {(one.controller, other) for one in several for other in one.alike if one.controller < other in here}
    return sorted(pairs)


def _presence_key(record: Presence) -> tuple[str, ...]:
    return (
        record.org_code,
        record.data_date.isoformat(),
        record.basis,
        record.source,
        record.unit,
        str(record.capacity),
        str(record.controller),
        str(record.inside_district),
        record.name,
    )


def _merge(records: list[Presence]) -> Operator:
    latest = records[-1]
    measured = next((record for record in reversed(records) if record.capacity is not None), latest)
    controller = next((record.controller for record in reversed(records) if record.controller), latest.org_code)
    return Operator(
        org_code=latest.org_code,
        controller=controller,
        inside=latest.inside_district,
        capacity=measured.capacity,
        unit=measured.unit,
        sources=tuple(sorted({latest.source, measured.source})),
        data_date=min(latest.data_date, measured.data_date),
        capacity_high=measured.capacity_high,
        lapsed=next((record.lapsed for record in records if record.lapsed), ""),
        perhaps=next((record.perhaps for record in records if record.perhaps), ""),
        alike=next((record.alike for record in records if record.alike), ()),
    )


def _latest_flow(flows: list[Flow]) -> Flow | None:
    if not flows:
        return None
    return max(
        flows,
        key=lambda flow: (flow.last_flow_date or date.min, flow.observed_since or date.min, flow.batches_90d or 0),
    )
