"""The requirement graph and what follows from it: needs of a family, need per link, what a dish still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from chain.needs.computing import WHOLE, Computed, Line, Part
from chain.needs.models import Amount, Family, Need, Volume, groups


@dataclass(frozen=True)
class RequirementGraph:
    """All families with their needs. An AND graph: five of six ingredients make no dish."""

    families: tuple[Family, ...]

    def family(self, family_id: str) -> Family:
        """Raises KeyError."""
        for family in self.families:
            if family.id == family_id:
                return family
        raise KeyError(family_id)

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(need for family in self.families for need in family.needs)

    @property
    def links(self) -> tuple[str, ...]:
        """Every link that some family needs or is made at, in order."""
        return tuple(sorted({n.link for n in self.needs} | {f.makes for f in self.families}))

    def needs_of(self, family_id: str, *, nested: bool = True) -> tuple[Need, ...]:
        """A family's needs, those of the families it takes in after its own, each once. Raises KeyError."""
        found: dict[str, Need] = {}
        waiting = [family_id]
        while waiting:
            for need in self.family(waiting.pop(0)).needs:
                if need.id not in found:
                    found[need.id] = need
                    if need.family and nested:
                        waiting.append(need.family)
        return tuple(found.values())

    def missing(self, family_id: str, present: AbstractSet[str]) -> tuple[tuple[Need, ...], ...]:
        """What a dish lacks when only the links ``present`` operate; empty when it can be made.

        Each entry is a need, or a group none of whose needs is met. A need met by another family is met when its
        link is present and that family lacks nothing. Where the family itself is made is always needed.
        """
        lacking = []
        for group in groups(self.family(family_id).needs):
            if not any(self._met(need, present) for need in group):
                lacking.append(group)
        return tuple(lacking)

    def possible(self, family_id: str, present: AbstractSet[str]) -> bool:
        """Whether everything that must be had is there, the place where it is made included."""
        return self.family(family_id).makes in present and not self.missing(family_id, present)

    @cached_property
    def lines(self) -> Mapping[str, tuple[Line, ...]]:
        """For each link with an amount every way down to it, in the order of the families; the others are absent.

        Where a link has amounts, a family that only takes it as process step, cold chain or test takes an unknown one.
        """
        found: dict[str, list[Line]] = {}
        steps: dict[str, list[Line]] = {}
        for family in self.families:
            self._spread(family.id, family, (), WHOLE, found, steps)
        for link, several in steps.items():
            if link in found:
                found[link] += several
        return {link: tuple(several) for link, several in sorted(found.items())}

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """Family id → every link with an amount that its volume has a part in."""
        return {
            family.id: frozenset(
                link for link, lines in self.lines.items() if any(x.family == family.id for x in lines)
            )
            for family in self.families
        }

    def _spread(
        self,
        start: str,
        family: Family,
        way: tuple[Need, ...],
        made: Amount | None,
        found: dict[str, list[Line]],
        steps: dict[str, list[Line]],
    ) -> None:
        found.setdefault(family.makes, []).append(Line(start, family.makes, way, made))
        for need in family.needs:
            here = (*way, need)
            if not need.measured:
                if need.link != family.makes:
                    steps.setdefault(need.link, []).append(Line(start, need.link, here, None))
                continue
            used = need.used_per_kg
            amount = None if made is None or used is None else made.times(used, used.unit)
            if need.family:
                self._spread(start, self.family(need.family), here, amount, found, steps)
            else:
                found.setdefault(need.link, []).append(Line(start, need.link, here, amount))

    def _met(self, need: Need, present: AbstractSet[str]) -> bool:
        if need.link not in present:
            return False
        return not need.family or self.possible(need.family, present)


def requirements(families: Iterable[Family]) -> RequirementGraph:
    """The graph of families that ``chain.needs.loading`` has checked."""
    return RequirementGraph(tuple(families))


def need_per_link(families: Iterable[Family], volumes: Mapping[str, Volume] | None = None) -> dict[str, Amount | None]:
    """What a year's volumes need of each link, multiplied along the bills of material; None is 未知.

    ``volumes`` by family id replaces what the families say. A volume is what leaves as that family; what another
    family takes in comes on top. One unknown amount or volume makes the sum of its links unknown. Links that only
    take part as process step, cold chain or test have no amount and do not appear.
    """
    graph = requirements(families)
    return {link: computed(graph, link, volumes or {}).total for link in graph.lines}


def computed(graph: RequirementGraph, link: str, volumes: Mapping[str, Volume]) -> Computed:
    """What a year's volumes need of one link, row by row. A link that no line reaches has no parts."""
    return Computed(
        link,
        tuple(
            Part(line, family, volumes.get(family.id, family.volume))
            for line in graph.lines.get(link, ())
            for family in (graph.family(line.family),)
        ),
    )
