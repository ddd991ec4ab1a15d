"""Who counts, said of register and record together: who controls whom, whose licence ran out, who may be one. Pure.

The register describes some of those whom the record alone knows at a link, and names of both may be one enterprise's
(疑为同一): so the marks are set on the rows of both, link by link, after they are put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import networkx as nx

from chain.flows import Account, by_name
from chain.models import Presence
from chain.register.folding import Register
from chain.register.likeness import Suspicion, suspects
from chain.register.owning import Ownership, org_code

Rows = tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class Likes:
    """Who may be one. ``twins``: code → the codes that may be one with it; ``alike``: the same of controllers.
    ``owned`` is what the register says of who controls whom, with the organisations that only the record knows."""

    owned: Ownership = field(default_factory=Ownership)
    twins: Mapping[str, Set[str]] = field(default_factory=dict)
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Marks:
    """``lapsed``: (code, link) → the licence that ran out, of those whom the record knows at the link."""

    likes: Likes = field(default_factory=Likes)
    lapsed: Mapping[tuple[str, str], str] = field(default_factory=dict)


def suspected(register: Register, strangers: Sequence[Account]) -> tuple[Suspicion, ...]:
    """疑为同一 among everybody described and ``strangers``, whom the register does not describe."""
    found = suspects((*register.subjects, *strangers))
    return tuple(one for one in found if register.root(one.one) != register.root(one.other))


def strangers_of(owned: Ownership, accounts: Iterable[Account]) -> tuple[Account, ...]:
    """The accounts whom the register does not describe."""
    return tuple(one for one in accounts if one.subject not in owned.roots)


def likes_of(
    register: Register, owned: Ownership, strangers: Sequence[Account], suspicions: Iterable[Suspicion]
) -> Likes:
    """``suspicions`` among all of them (``suspected``)."""
    both = _with_accounts(owned, strangers) if strangers else owned
    pairs = [(_code(register, one.one), _code(register, one.other)) for one in suspicions]
    held = [(both.owners.get(one, one), both.owners.get(other, other)) for one, other in pairs]
    alike = {one: tuple(sorted(others)) for one, others in _beside(held).items()}
    return Likes(both, _beside(pairs), alike)


def _with_accounts(owned: Ownership, strangers: Sequence[Account]) -> Ownership:
    """An owner whom only the record knows goes by the code it has there."""
    named = by_name(strangers)
    return Ownership(
        {code: named.get(owner, owner) for code, owner in owned.owners.items()},
        {**named, **{one.subject: one.subject for one in strangers}, **owned.codes},
        {**{one.subject: one.name for one in strangers}, **owned.names},
        owned.roots,
    )


def _code(register: Register, subject: str) -> str:
    return org_code(register, subject) if register.subject(subject) is not None else subject


def _beside(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        if one != other:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return found


def lapsed_of(register: Register, owned: Ownership, seen: Iterable[Presence]) -> dict[tuple[str, str], str]:
    """Of those whom the record knows at a link and the register describes, the licence for the link that ran out."""
    found = {}
    for one in seen:
        root = owned.roots.get(one.org_code) if one.inside_district else None
        doubt = register.lapsed(root, one.link_id) if root is not None else ""
        if doubt:
            found[one.org_code, one.link_id] = doubt
    return found


def marked(marks: Marks, presences: Rows, seen: Rows) -> tuple[Rows, Rows]:
    """The rows of one link, of the register and of the record, with everything that bears on who counts."""
    likes = marks.likes
    doubled = _doubled(likes.twins, {one.org_code for several in (presences, seen) for one in several})
    return (
        tuple(_marked(one, likes, one.lapsed, doubled) for one in presences),
        tuple(_marked(one, likes, marks.lapsed.get((one.org_code, one.link_id), ""), doubled) for one in seen),
    )


def _doubled(twins: Mapping[str, Set[str]], here: Set[str]) -> dict[str, str]:
    """Those at one link who may be one with another one there: the first code of each group. What two might be one with
    elsewhere joins them not: they may both have a credit code."""
    ties: nx.Graph[str] = nx.Graph((one, other) for one in here & twins.keys() for other in twins[one] & here)
    return {one: min(group, key=_age) for group in nx.connected_components(ties) for one in group}


def _age(code: str) -> tuple[int, str]:
    return (len(code), code)


def _marked(one: Presence, likes: Likes, lapsed: str, doubled: Mapping[str, str]) -> Presence:
    controller = likes.owned.owners.get(one.org_code)
    perhaps, alike = doubled.get(one.org_code, ""), likes.alike.get(controller or one.org_code, ())
    if (controller, lapsed, perhaps, alike) == (one.controller, one.lapsed, one.perhaps, one.alike):
        return one
    return replace(one, controller=controller, lapsed=lapsed, perhaps=perhaps, alike=alike)


class Marker:
    """Sets marks reading after reading: rows that come out as before are the same objects as before, and what did not
    change is not looked at again. Not for several threads at once."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Marks, Rows, Rows, Rows, Rows]] = {}

    def mark(self, marks: Marks, link: str, presences: Rows, seen: Rows) -> tuple[Rows, Rows]:
        """As ``marked``, of one link. The register's ``presences`` and ``marks`` are the same objects while they are the
        same."""
        kept = self._kept.get(link)
        if kept is not None and kept[0] is marks and kept[1] is presences and kept[2] == seen:
            return kept[3], kept[4]
        mine, theirs = marked(marks, presences, seen)
        if kept is not None and kept[3] == mine:
            mine = kept[3]
        if kept is not None and kept[4] == theirs:
            theirs = kept[4]
        self._kept[link] = (marks, presences, seen, mine, theirs)
        return mine, theirs
