"""When a recall may be ordered: only where the maker owed one and did not begin. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trace.measures.models import SERVED, STOP
from trace.measures.rules import HOUR, shown
from trace.recalls.rules import LEVELS, suggest

LONGEST = max(one.begin_hours for one in LEVELS.values())
"""Hours where nobody knows the level: whatever it is, they have run out then."""


class ActRow(Protocol):
    id: int
    kind: str
    at: int
    body: str


@dataclass(frozen=True, slots=True)
class Known:
    """That the maker came to know: when (µs UTC) and from what."""

    at: int
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about a maker's duty to recall one lot."""

    known: Sequence[Known]
    level: str
    refused_on: str
    covered: bool
    recallable: bool = True


@dataclass(frozen=True, slots=True)
class Owed:
    """``allowed``, and if not, every condition that is not met; ``basis`` says which facts it rests on. ``due`` µs UTC."""

    allowed: bool
    missing: tuple[str, ...]
    basis: tuple[str, ...]
    hours: int
    due: int | None


def known_from(acts: Iterable[ActRow], measures: Iterable[Any]) -> list[Known]:
    """The moments at which the maker came to know, earliest first: a failed sampling that still stands, or an ordered
    stop served because the food is unsafe. ``measures`` are rows of the room's table."""
    found: dict[str, Known] = {}
    for act in acts:
        body = json.loads(act.body)
        if act.kind == "sampling.failed":
            found[str(act.id)] = Known(act.at, f"监督抽检不合格（公告：{body.get('public_text', '')}）")
        elif act.kind == "sampling.cleared":
            found.pop(str(body.get("case_id", "")), None)
    for row in measures:
        if row.measure == STOP and row.state == SERVED and row.ground == "unsafe" and row.served_at is not None:
            found[f"m{row.id}"] = Known(row.served_at, f"责令停止经营（文书号：{row.document_no}）已送达")
    return sorted(found.values(), key=lambda one: one.at)


def refusal_from(acts: Iterable[ActRow]) -> str:
    """The date of the maker's latest written refusal, '' where there is none."""
    dates = [str(json.loads(act.body)["on"]) for act in acts if act.kind == "measure.recall_refused"]
    return dates[-1] if dates else ""


def level_from(acts: Iterable[ActRow], suggested: str) -> str:
    """The level an officer wrote into the case, else what the failed items suggest, else ''."""
    levels = [str(json.loads(act.body).get("level") or "") for act in acts if act.kind == "case.step"]
    return next((one for one in reversed(levels) if one in LEVELS), suggested if suggested in LEVELS else "")


def facts_from(
    acts: Sequence[ActRow], measures: Iterable[Any], failures: Iterable[str], *, covered: bool, recallable: bool
) -> Facts:
    """The facts out of a batch's acts, its measures and the names of its failed parameters."""
    return Facts(
        known=known_from(acts, measures),
        level=level_from(acts, suggest(failures).level),
        refused_on=refusal_from(acts),
        covered=covered,
        recallable=recallable,
    )


def owed(facts: Facts, now: int) -> Owed:
    """Whether a recall may be ordered at ``now``: (the maker knew and its term has run out, or it refused in writing)
    and no recall covers the lot."""
    hours = LEVELS[facts.level].begin_hours if facts.level in LEVELS else LONGEST
    first = facts.known[0] if facts.known else None
    due = None if first is None else first.at + hours * HOUR
    missing: list[str] = []
    basis: list[str] = []
    level = facts.level or "级别未定，按最长时限"
    if facts.refused_on:
        basis.append(f"企业于 {facts.refused_on} 书面拒绝召回")
    if first is not None:
        basis.append(f"企业于 {shown(first.at)} 知悉：{first.source}")
    if first is None and not facts.refused_on:
        missing.append(
            "没有企业知悉时间的记录（监督抽检不合格已通报，或因不安全责令停止经营已送达），也没有书面拒绝召回的记录"
        )
    elif due is not None and not facts.refused_on:
        if now <= due:
            missing.append(f"启动时限未到：{level}，{hours} 小时内启动，到 {shown(due)}；企业也没有书面拒绝")
        else:
            basis.append(f"启动时限 {hours} 小时（{level}）已于 {shown(due)} 届满")
    if facts.covered:
        missing.append("这个批次已在召回中")
    if not facts.recallable:
        missing.append("批次尚未生产或已作废，无可召回")
    return Owed(not missing, tuple(missing), tuple(basis), hours, due)
