"""集聚度: who is in business inside and in which park, where it may be in doubt who counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import networkx as nx

from chain.assessment.models import Clustering
from chain.measures import Interval, hhi
from chain.models import Presence


@dataclass(frozen=True, slots=True)
class Working:
    """Organisations in business inside, by code: those that surely are, those of whom only a licence that ran out is on
    record, and pairs that may be one."""

    sure: frozenset[str] = frozenset()
    lapsed: frozenset[str] = frozenset()
    ties: frozenset[tuple[str, str]] = frozenset()


def working(presences: Iterable[Presence], as_of: date) -> Working:
    """Of one link, or of all: who may work with a good licence at one of them is in business."""
    known = [p for p in presences if p.inside_district and p.basis != "planned" and p.data_date <= as_of]
    out = {(p.org_code, p.link_id) for p in known if p.lapsed}
    sure = frozenset(p.org_code for p in known if (p.org_code, p.link_id) not in out)
    return Working(
        sure,
        frozenset(code for code, _ in out) - sure,
        frozenset((p.perhaps, p.org_code) for p in known if p.perhaps and p.perhaps != p.org_code),
    )


def together(several: Iterable[Working]) -> Working:
    """Of several links."""
    parts = list(several)
    sure = frozenset().union(*(one.sure for one in parts))
    return Working(
        sure,
        frozenset().union(*(one.lapsed for one in parts)) - sure,
        frozenset().union(*(one.ties for one in parts)),
    )


def clustered(found: Working, park_of: Mapping[str, str]) -> Clustering:
    """Share in parks and HHI over the parks. An organisation whose park nobody recorded, one that may not be in business and
    one that may be another's second name each count as none … as all; HHI is unknown while somebody may or may not count.

    low  = (placed − spare placed) / (sure − spare placed + lapsed that are not known to be placed)
    high = (placed + unknown + lapsed placed or unknown) / (sure − spare not placed + lapsed placed or unknown)
    """
    sure, lapsed = _counts(found.sure, park_of), _counts(found.lapsed, park_of)
    for_low, for_high = _spare(found, park_of)
    spare = (_counts(for_low, park_of)[0], _counts(for_high, park_of)[1])
    parks: dict[str, int] = {}
    for code in found.sure:
        if park := park_of.get(code):
            parks[park] = parks.get(park, 0) + 1
    least = sum(sure) - spare[0] + lapsed[1] + lapsed[2]
    most = sum(sure) - spare[1] + lapsed[0] + lapsed[2]
    share = Interval(
        (sure[0] - spare[0]) / least if least else 0,
        (sure[0] + sure[2] + lapsed[0] + lapsed[2]) / most if most else 1,
    )
    return Clustering(
        enterprises=sum(sure) + sum(lapsed),
        least=sum(sure) - len(for_low),
        in_parks=share,
        parks=parks,
        unplaced=sure[2],
        lapsed=lapsed,
        spare=spare,
        hhi=hhi(parks.values()) if parks and not found.lapsed and not for_low else None,
    )


def _counts(codes: Iterable[str], park_of: Mapping[str, str]) -> tuple[int, int, int]:
    """How many are in a park, in none, and unknown."""
    several = list(codes)
    unknown = sum(code not in park_of for code in several)
    placed = sum(bool(park_of.get(code)) for code in several)
    return placed, len(several) - placed - unknown, unknown


def _spare(found: Working, park_of: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Of each group that may be one all but one: where the one that stays is the least likely in a park, and the most."""

    def likely(code: str) -> tuple[int, str]:
        park = park_of.get(code)
        return (1 if park is None else 2 if park else 0, code)

    left: tuple[set[str], set[str]] = (set(), set())
    for group in nx.connected_components(nx.Graph(found.ties)) if found.ties else ():
        here = sorted(group & found.sure, key=likely)
        left[0].update(here[1:])
        left[1].update(here[:-1])
    return frozenset(left[0]), frozenset(left[1])
