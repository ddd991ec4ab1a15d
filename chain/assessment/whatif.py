"""What would be without some enterprises or with others: every figure before and after. Pure; nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.assessment.models import Assessment, FamilyFigures, LinkFigures
from chain.assessment.whole import Frame, Rows, clustering, combined, links_of, with_added, without
from chain.models import Presence
from chain.units import UNITS, convert
from trace.problems import Problems

ASSUMED = "假设"
MOST = 20
"""Enterprises that may be removed or added at once."""
_ADD = re.compile(r"\s*([A-Za-z]\d{2,3})\s*[:：]\s*(\d{1,12}(?:\.\d{1,6})?)\s*(\D{1,8}?)\s*(?:[:：](.{1,60}))?\s*")


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link before and after, with its place in the list of gaps."""

    before: LinkFigures
    after: LinkFigures
    ranks: tuple[int, int]
    risks: tuple[float, float]

    @property
    def only_ranked(self) -> bool:
        """Nothing of the link itself moved, only others past it."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``links`` are those with a figure or rank that moved, ``families`` every one."""

    before: Assessment
    after: Assessment
    links: tuple[LinkChange, ...]
    families: tuple[tuple[FamilyFigures, FamilyFigures], ...]

    @property
    def nothing(self) -> bool:
        return not self.links and all(a == b for a, b in self.families) and self.before.whole == self.after.whole


def assumed(frame: Frame, rows: Rows, texts: Sequence[str], as_of: date) -> tuple[Presence, ...]:
    """``M12:3000吨`` or ``M12:3000吨:控制方`` as enterprises inside. Raises InvalidInput naming what is wrong."""
    problems = Problems()
    links = {link.id for link in frame.links}
    needs = {one.link_id: one.unit for one in rows.demands}
    found = []
    if len(texts) > MOST:
        problems.add("/add", "too_many", f"一次最多加入 {MOST} 家，现有 {len(texts)} 家", "too many")
    for n, text in enumerate(texts[:MOST]):
        at = f"/add/{n}"
        parts = _ADD.fullmatch(text)
        if parts is None:
            problems.add(
                at, "format", f"“{text[:40]}”看不懂，请写成 环节编号:年产能单位，如 M12:3000吨", "not LINK:AMOUNTUNIT"
            )
            continue
        link, unit = parts[1].upper(), parts[3].strip()
        if link not in links:
            problems.add(at, "no_such_link", f"没有环节“{parts[1]}”，请改为环节编号，如 M12", "no such link")
            continue
        if unit not in UNITS:
            problems.add(at, "unit", f"不认识单位“{unit}”，可用：{'、'.join(UNITS)}", "unknown unit")
            continue
        amount: Decimal | None = Decimal(parts[2])
        wanted = needs.get(link, unit)
        if wanted != unit and amount is not None:
            turned = convert(amount, unit, wanted)
            if turned is None:
                problems.add(at, "unit", f"环节 {link} 的需求按{wanted}计，“{unit}”不能换算", "units do not match")
                continue
            amount, unit = turned, wanted
        found.append(
            Presence(
                org_code=f"assumed:{n + 1}",
                name=f"假设企业 {n + 1}",
                link_id=link,
                capacity=amount,
                unit=unit,
                data_date=as_of,
                source=ASSUMED,
                inside_district=True,
                demo=False,
                controller=(parts[4] or "").strip() or None,
                basis="declared",
            )
        )
    problems.raise_if_any()
    return tuple(found)


def removed(rows: Rows, codes: Iterable[str]) -> dict[str, str]:
    """Code → name of the enterprises to be taken out. Raises InvalidInput for one that is not there."""
    problems = Problems()
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MOST:
        problems.add("/without", "too_many", f"一次最多去掉 {MOST} 家，现有 {len(wanted)} 家", "too many")
    names = {one.org_code: one.name for one in rows.presences}
    for n, code in enumerate(wanted[:MOST]):
        if code not in names:
            why = f"没有代码为“{code[:40]}”的在产主体，请从环节页复制代码"
            problems.add(f"/without/{n}", "no_such_enterprise", why, "no such enterprise")
    problems.raise_if_any()
    return {code: names[code] for code in wanted}


def what_if(frame: Frame, rows: Rows, base: Assessment, gone: Iterable[str], added: Sequence[Presence]) -> WhatIf:
    """``base`` is the assessment of ``rows``: only links that lose or gain somebody are worked out again."""
    lost = set(gone)
    touched = {one.link_id for one in rows.presences if one.org_code in lost} | {one.link_id for one in added}
    other = with_added(without(rows, lost), added)
    changed = links_of(frame, other, base.as_of, touched)
    links = {link: changed.get(link, figures) for link, figures in base.links.items()}
    after = combined(frame, links, base.as_of, clustering(other, base.as_of), base.weights, rows.volumes)
    return compared(base, after)


def compared(before: Assessment, after: Assessment) -> WhatIf:
    """The links whose figures or ranks differ, in the order of the later ranks; all families."""
    old = {one.figures.link.id: (place, one.risk) for place, one in enumerate(before.ranked, 1)}
    moved = []
    for place, one in enumerate(after.ranked, 1):
        link = one.figures.link.id
        was, risk = old[link]
        if before.links[link] != one.figures or was != place:
            moved.append(LinkChange(before.links[link], one.figures, (was, place), (risk, one.risk)))
    moved.sort(key=lambda change: (change.before == change.after, change.ranks[1]))
    return WhatIf(before, after, tuple(moved), tuple(zip(before.families, after.families, strict=True)))
