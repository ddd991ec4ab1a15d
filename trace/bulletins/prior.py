"""What fails in which category, learnt from imported announcements, and the test panel it suggests. Pure.

Announcements list only failures, so a share here is 占本类不合格样品的比例, never a rate of failure among
what was sampled. At each of three levels (category, class, everything) ``PRIOR`` pretended samples of the level
above, and at the top of nothing, keep a few samples from dominating.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trace.bulletins.panels import Panel
from trace.standards.vocabulary.text import fold, name_key

PRIOR = 10
"""Pretended samples of the level above beside the real ones (团队拟定)."""
FORMULA = f"（此项不合格的样品数 + {PRIOR} × 上一级的比例）÷（不合格样品数 + {PRIOR}），逐级算：全部公告（上一级按 0）、大类、本类"
NOTE = "占不合格样品的比例，不是不合格率：公告只列不合格的样品，没有抽检总数"
LEAST_SHARE = Fraction(3, 100)
MOST = 15


@dataclass(frozen=True, slots=True)
class Seen:
    """One announced sample: its category as written, the failed parameters by dictionary name, its bulletin's day."""

    category: str
    parameters: tuple[str, ...]
    day: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """How often one parameter stands among a category's failed samples. ``share`` includes the prior counts."""

    parameter: str
    count: int
    wide_count: int
    samples: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the suggested panel. ``risk`` where announcements speak of it, ``panel`` where a default does."""

    parameter: str
    risk: Risk | None
    panel: str
    ready_only: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """A product's suggested panel with what it rests on."""

    category: str
    wide_category: str
    samples: int
    wide_samples: int
    first_day: str
    last_day: str
    panels: tuple[str, ...]
    lines: tuple[Suggestion, ...]


def wide(category: str) -> str:
    """The class before the first dash or colon: 肉制品-酱卤肉制品 → 肉制品."""
    key = fold(category)
    for sign in ("-", ":", "/"):
        key = key.split(sign, 1)[0]
    return key


class Prior:
    """The counts of everything seen, asked category by category."""

    def __init__(self, seen: Iterable[Seen]) -> None:
        self._narrow: dict[str, Counter[str]] = defaultdict(Counter)
        self._wide: dict[str, Counter[str]] = defaultdict(Counter)
        self._samples: Counter[str] = Counter()
        self._wide_samples: Counter[str] = Counter()
        self._days: dict[str, set[str]] = defaultdict(set)
        self._all: Counter[str] = Counter()
        self._all_samples = 0
        for one in seen:
            self._all_samples += 1
            narrow, broad = name_key(one.category), wide(one.category)
            self._samples[narrow] += 1
            self._wide_samples[broad] += 1
            for parameter in set(one.parameters):
                self._narrow[narrow][parameter] += 1
                self._wide[broad][parameter] += 1
                self._all[parameter] += 1
            if one.day:
                self._days[broad].add(one.day)

    def risks(self, category: str) -> list[Risk]:
        """Parameters of a category, the most frequent first; none where not even the class was seen."""
        narrow, broad = name_key(category), wide(category)
        total, wide_total = self._samples[narrow], self._wide_samples[broad]
        if not wide_total:
            return []
        found = []
        for parameter, wide_count in self._wide[broad].items():
            count = self._narrow[narrow][parameter]
            top = Fraction(self._all[parameter], self._all_samples + PRIOR)
            middle = (wide_count + PRIOR * top) / (wide_total + PRIOR)
            share = (count + PRIOR * middle) / (total + PRIOR)
            found.append(Risk(parameter, count, wide_count, total, share))
        return sorted(found, key=lambda risk: (-risk.share, risk.parameter))

    def samples(self, category: str) -> tuple[int, int]:
        """How many samples of the category itself and of its class."""
        return self._samples[name_key(category)], self._wide_samples[wide(category)]

    def days(self, category: str) -> tuple[str, str]:
        """First and last day of the bulletins behind a class; empty where none is dated."""
        days = sorted(self._days[wide(category)])
        return (days[0], days[-1]) if days else ("", "")


def advise(
    prior: Prior,
    category: str,
    name: str,
    ready_to_eat: bool | None,
    panels: Sequence[Panel],
    names: Mapping[str, str],
) -> Advice:
    """The suggested panel of a product: what announcements show most often, then what the default panels add.

    ``names`` maps a panel's parameter text to the dictionary's name, so that both sources meet in one line.
    """
    risks = [risk for risk in prior.risks(category) if risk.share >= LEAST_SHARE][:MOST] if category else []
    fitting = [panel for panel in panels if panel.fits(category, name)]
    lines: dict[str, Suggestion] = {risk.parameter: Suggestion(risk.parameter, risk, "") for risk in risks}
    for panel in fitting:
        for parameter, ready_only in panel.tests(ready_to_eat):
            meant = names.get(parameter, parameter)
            known = lines.get(meant)
            lines[meant] = Suggestion(meant, known.risk if known else None, panel.name, ready_only)
    own, broad = prior.samples(category) if category else (0, 0)
    first, last = prior.days(category) if category else ("", "")
    return Advice(
        category, wide(category), own, broad, first, last, tuple(p.name for p in fitting), tuple(lines.values())
    )
