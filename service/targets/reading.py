"""Targets of a day with their figures worked out, as pages and API read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from fastapi import Request

from chain.assessment.loading import frame
from chain.register.folding import Register
from chain.targets.counterfactual import Scenario
from chain.targets.judging import fits, judge, ordered
from chain.targets.models import Fit, Judged, Site, Target
from chain.targets.yielding import all_targets, sites_of, target_of, targets_at
from service.panorama import reading
from service.register.current import desk_of
from trace.errors import NotFound

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Whole:
    """A target with everything that is said of it on a day."""

    chain: reading.Chain
    judged: Judged
    fits: list[Fit]


def of_register(request: Request, chain: reading.Chain, fn: Callable[[Register], T]) -> T:
    """Ask the register of the chain's day."""
    db = request.app.state.db
    desk = desk_of(db)
    with db.read() as conn, desk.register(conn, chain.as_of) as register:
        return fn(register)


def scenario_of(chain: reading.Chain) -> Scenario:
    return Scenario(frame(), chain.known, chain.staff, chain.owned.owners)


def listed(request: Request, day: date | None, link: str) -> tuple[reading.Chain, list[Judged]]:
    """The candidates of a link in the order of what each alone would improve."""
    chain = reading.current(request, day)
    targets = of_register(request, chain, lambda register: targets_at(register, link))
    return chain, ordered(scenario_of(chain), link, targets)


def overview(request: Request, day: date | None) -> tuple[reading.Chain, list[Target]]:
    """Every target, without figures."""
    chain = reading.current(request, day)
    return chain, of_register(request, chain, all_targets)


def sites(request: Request, day: date | None) -> tuple[reading.Chain, list[Site]]:
    chain = reading.current(request, day)
    return chain, of_register(request, chain, sites_of)


def whole(request: Request, day: date | None, target_id: int) -> Whole:
    """One target: all its links together. Raises NotFound."""
    chain = reading.current(request, day)

    def read(register: Register) -> tuple[Target | None, list[Site]]:
        return target_of(register, str(target_id)), sites_of(register)

    target, places = of_register(request, chain, read)
    if target is None:
        raise NotFound("没有这个目标企业：主体未登记，或没有候选环节", "No such target")
    return Whole(chain, judge(scenario_of(chain), target), fits(target, places))
