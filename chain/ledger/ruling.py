"""The rules of counting by name, with what each reads: so that a past day's figure can be worked out again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from chain.ledger import counting, outside
from chain.ledger.folding import Ledger
from chain.ledger.models import Counted, Facts, Row

Part = Literal["record", "links", "projects", "register", "rulebook", "devices"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What others hold and the ledger counts."""
Count = Callable[[str, Row, Ledger, Facts], Counted]


@dataclass(frozen=True, slots=True)
class Rule:
    """``kinds``: kinds of ledger entries that are counted; ``facts``: what of others is read too,  for nothing;
    ``costly``: a past day of it takes seconds in a large district."""

    count: Count
    kinds: tuple[str, ...] = ()
    facts: Part | None = None
    costly: bool = False


RULES: Mapping[str, Rule] = {
    "record": Rule(outside.record, facts="record"),
    "links": Rule(outside.links, facts="links", costly=True),
    "projects": Rule(outside.projects, facts="projects"),
    "bases": Rule(outside.bases, facts="register", costly=True),
    "subjects": Rule(outside.subjects, facts="register", costly=True),
    "rulebook": Rule(outside.standards, facts="rulebook"),
    "sites": Rule(counting.sites, ("site",)),
    "roster": Rule(counting.roster, ("member",)),
    "valid": Rule(counting.valid, ("certificate",)),
    "holder": Rule(counting.holder, ("certificate",)),
    "granted": Rule(counting.granted, ("certificate",)),
    "standard": Rule(counting.standards, ("standard",)),
    "adopted": Rule(counting.adopted, ("standard",)),
    "sales": Rule(counting.sales, ("sales",)),
    "trainings": Rule(counting.trainings, ("training",)),
    "menus": Rule(counting.menus, ("menu",)),
    "dishes": Rule(counting.dishes, ("menu",)),
    "exports": Rule(counting.exports, ("export",)),
    "plants": Rule(counting.plants, ("plant",), facts="devices"),
    "lists": Rule(counting.lists, ("listed",)),
    "reports": Rule(counting.reports, ("report",)),
}


def rule_of(count: str) -> Rule:
    """The rule of a measure. Raises KeyError for no such rule."""
    return RULES[count.partition(":")[0]]


def counted(count: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """What a rule of ``seeds/plan/ledger.yaml`` gives for a row on the ledger's day. Raises KeyError for no such rule."""
    return rule_of(count).count(count.partition(":")[2], row, ledger, facts)


def registers_of(row: Row) -> tuple[str, ...]:
    """Kinds of entries that a row counts from, in the order of its measures."""
    found = {kind: None for measure in row.measures if measure.count for kind in rule_of(measure.count).kinds}
    return tuple(found)
