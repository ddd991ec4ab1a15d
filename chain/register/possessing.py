"""What organisations have besides what they operate: equipment, licences, and the links they might be won for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache

from chain.assessment.nearness import EQUIPMENT, LICENCE, Item
from chain.licensing import Ask, asked, plain
from chain.register.folding import Register
from chain.register.models import Equipment
from chain.register.owning import org_code


@dataclass(frozen=True, slots=True)
class Holdings:
    """By organisation's code: equipment and licences on record, and the links it is a candidate for."""

    items: Mapping[str, Set[Item]] = field(default_factory=dict)
    candidates: Mapping[str, Set[str]] = field(default_factory=dict)


def holdings(register: Register) -> Holdings:
    """What is on record on the register's day; a licence that has run out, or has not begun, is not had."""
    items: dict[str, set[Item]] = {}
    for fact in register.possessions:
        if isinstance(fact, Equipment):
            item = (EQUIPMENT, _plain(fact.what))
        elif (fact.valid_to is None or fact.valid_to >= register.day) and (
            fact.valid_from is None or fact.valid_from <= register.day
        ):
            item = (LICENCE, licence_name(fact.what))
        else:
            continue
        items.setdefault(org_code(register, fact.subject), set()).add(item)
    wanted: dict[str, set[str]] = {}
    for one in register.all_candidates:
        wanted.setdefault(org_code(register, one.subject), set()).add(one.at)
    return Holdings(items, wanted)


@cache
def asked_items() -> Mapping[str, frozenset[Item]]:
    """The licences that each link asks for, each under its first name."""
    return {link: frozenset((LICENCE, ask.names[0]) for ask in asks) for link, asks in asked().items()}


@cache
def _names() -> Mapping[str, str]:
    asks: set[Ask] = {ask for several in asked().values() for ask in several}
    return {plain(name): ask.names[0] for ask in sorted(asks, key=lambda ask: ask.id) for name in ask.written}


_plain = lru_cache(maxsize=4096)(plain)


def licence_name(what: str) -> str:
    """A licence under the first of the names that it goes by, so that two ways of writing are one."""
    name = _plain(what)
    return _names().get(name, name)
