"""What a report on the chain says, as plain rows: every figure with its date and the address of its query. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chain.assessment.models import Assessment, LinkFigures
from chain.assessment.ranking import FORMULA
from chain.models import GRADE_NAMES, LAYER_NAMES, Gap, Grade
from chain.projects.models import STAGES, Counts, Project
from chain.targets.judging import ORDER
from chain.targets.models import Judged
from service.gaps.views import CUTS, FIGURES, held, percent, span
from service.panorama.wording import grade_rules, kinds_of
from service.targets.views import capacity

FIRST = 10
"""Gaps of the one-page report, and gaps whose targets the full one tells."""
TARGETS = 3
"""Targets told of a gap."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row; ``day`` is that of its oldest datum, ``address`` where it can be asked again (path with as_of)."""

    cells: tuple[str, ...]
    day: str
    address: str


@dataclass(frozen=True, slots=True)
class Table:
    """``heads`` without date and address, which every line has; ``widths`` relative, with those two."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything either report and the workbook say."""

    title: str
    day: date
    demo: bool
    notice: str
    base: str
    login: str
    printed: str
    figures: Table
    gaps: Table
    families: Table
    links: Table
    targets: Table
    projects: Table
    singles: Table
    grades: Mapping[str, Grade]
    states: tuple[Gap, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where and for whom it is made."""

    base: str
    login: str
    printed: str


def report_of(
    found: Assessment,
    holders: Mapping[str, Sequence[str]] | None,
    targets: Sequence[tuple[str, Sequence[Judged]]],
    projects: Sequence[Project],
    counts: Counts,
    stamp: Stamp,
    *,
    demo: bool,
    notice: str,
) -> Report:
    """``holders`` names who works at each link inside; ``targets`` gives links with their ordered candidates."""
    day = found.as_of
    states = tuple(one.figures.gap for one in found.ranked)
    return Report(
        title=f"产业链报告（截至 {day}）",
        day=day,
        demo=demo,
        notice=notice,
        base=stamp.base,
        login=stamp.login,
        printed=stamp.printed,
        figures=_figures(found, counts),
        gaps=_gaps(found),
        families=_families(found),
        links=_links(found),
        targets=_targets(targets, day),
        projects=_projects(projects, day),
        singles=_singles(found, holders),
        grades={one.link: one.grade for one in states},
        states=states,
        methods=(
            _grades(states),
            FORMULA,
            *(f"{name}：{said}" for name, said in (FIGURES | {"k": CUTS["k"]}).items()),
            ORDER,
        ),
    )


def _ask(path: str, day: date, more: str = "") -> str:
    return f"{path}?as_of={day}{more}"


def _day(gap: Gap) -> str:
    return gap.data_date.isoformat() if gap.data_date is not None else "未知"


def _oldest(links: Iterable[LinkFigures]) -> str:
    days = [one.gap.data_date for one in links if one.gap.data_date is not None]
    return min(days).isoformat() if days else "未知"


def _figures(found: Assessment, counts: Counts) -> Table:
    day, oldest = found.as_of, _oldest(found.links.values())
    one = found.clustering
    families = _ask("/chain/families", day)
    lines = [
        Line(("全链完备度", span(found.whole) if found.whole else "未知"), oldest, families),
        Line(("集聚度（在园区的在产主体占比）", span(one.in_parks)), oldest, families),
        Line(("园区集中度 HHI", "未知" if one.hhi is None else f"{one.hhi:,.0f}"), oldest, families),
    ]
    for grade, name in GRADE_NAMES.items():
        those = [figures for figures in found.links.values() if figures.gap.grade == grade]
        address = _ask("/chain/gaps", day, f"&grade={grade}")
        lines.append(Line((f"等级「{name}」的环节", f"{len(those)} 个"), _oldest(those), address))
    for stage, name in STAGES.items():
        text = f"{counts.at[stage]} 个（到此及以后 {counts.reached[stage]} 个）"
        lines.append(Line((f"项目「{name}」", text), day.isoformat(), _ask("/projects", day)))
    return Table("主要数字", ("指标", "数值"), (4, 3, 2, 4), tuple(lines))


def _gaps(found: Assessment) -> Table:
    with_gap = [(place, one) for place, one in enumerate(found.ranked, 1) if kinds_of(one.figures.gap)]
    lines = tuple(
        Line(
            (
                str(place), f"{one.figures.link.id} {one.figures.link.name}", GRADE_NAMES[one.figures.gap.grade],
                one.figures.gap.reason.partition("：")[2],
                f"{span(one.score)} = {percent(one.risk)} × {span(one.lack)} × {one.local:g}",
            ),
            _day(one.figures.gap),
            _ask(f"/chain/links/{one.figures.link.id}", found.as_of),
        )
        for place, one in with_gap
    )  # fmt: skip
    heads = ("排名", "环节", "等级", "依据", "排序分 = 停摆影响 × 缺口 × 可本地化")
    return Table("缺口", heads, (0.8, 2.6, 1.2, 6, 3, 1.6, 3.2), lines)


def _families(found: Assessment) -> Table:
    lines = tuple(
        Line(
            (
                one.name, span(one.figures.weighted), span(one.figures.dish), span(one.figures.paths),
                one.fragility.text, "、".join(one.figures.missing) or "—",
            ),
            _oldest(found.links.values()),
            _ask("/chain/families", found.as_of),
        )
        for one in found.families
    )  # fmt: skip
    heads = ("产品族（团队拟定）", "完备度", "成品完备（都要有）", "路径覆盖（有一条算一条）", "k", "缺")
    return Table("产品族", heads, (2, 1.8, 1.8, 1.8, 0.7, 3.6, 1.6, 3), lines)


def _grades(states: Sequence[Gap]) -> str:
    """When a link gets which grade, with the thresholds that were used."""
    rules = grade_rules(states[0].thresholds).items() if states else ()
    return "等级（自上而下取最先符合的一级，阈值团队拟定）：" + "；".join(
        f"{GRADE_NAMES[g]}——{said}" for g, said in rules
    )


def _links(found: Assessment) -> Table:
    def row(one: LinkFigures) -> tuple[str, ...]:
        return (
            one.link.id, one.link.name, LAYER_NAMES[one.link.layer], GRADE_NAMES[one.gap.grade], span(one.cover),
            held(one),
            "未知" if one.effective is None else f"{one.effective:.2f}",
            "未知" if one.outside is None else percent(one.outside), one.locality.advice,
        )  # fmt: skip

    lines = tuple(
        Line(row(one), _day(one.gap), _ask(f"/chain/links/{one.link.id}", found.as_of)) for one in found.links.values()
    )
    heads = ("编号", "环节", "层", "等级", "覆盖", "k", "有效控制方数", "区外占比", "怎么补")
    return Table("全部环节", heads, (0.9, 3.4, 0.9, 1.3, 2, 0.8, 1.4, 1.3, 1.3, 1.6, 3.2), lines)


def _targets(targets: Sequence[tuple[str, Sequence[Judged]]], day: date) -> Table:
    lines = []
    for link, several in targets:
        for one in several[:TARGETS]:
            wish = next(wish for wish in one.wishes if wish.link == link)
            before, after = one.outcome.whole
            change = next(iter(one.outcome.links), None)
            grades = (
                "已在产"
                if change is None
                else f"{GRADE_NAMES[change.before.gap.grade]} → {GRADE_NAMES[change.after.gap.grade]}"
            )
            whole = "未知" if before is None or after is None else f"{span(before)} → {span(after)}"
            cells = (
                link,
                one.target.name + ("（方案点名）" if one.target.named else ""),
                capacity(wish),
                whole,
                grades,
            )
            address = _ask(f"/targets/{one.target.id}", day)
            lines.append(Line(cells, wish.data_date.isoformat(), address))
    heads = ("环节", "目标企业", "产能", "全链完备度 前 → 后", "等级 前 → 后")
    note = "前后都是现算；产能是假设，不是企业申报。每个环节最多列 3 家。"
    return Table("缺口前列的目标企业", heads, (0.9, 3, 2.2, 3.4, 2, 1.6, 3.4), tuple(lines), note)


def _projects(projects: Sequence[Project], day: date) -> Table:
    lines = tuple(
        Line(
            (one.name, "、".join(one.links), STAGES[one.stage], _proof(one), _step(one)),
            one.proofs[one.stage].day.isoformat() if one.stage in one.proofs else day.isoformat(),
            _ask(f"/projects/{one.id}", day),
        )
        for one in projects
        if not one.ended
    )
    return Table("招商项目", ("项目", "环节", "阶段", "凭证", "下一步"), (3, 1.6, 1, 3, 3, 1.6, 3.4), lines)


def _proof(one: Project) -> str:
    proof = one.proofs.get(one.stage)
    return "—" if proof is None else f"{proof.name} {proof.value}"


def _step(one: Project) -> str:
    step = one.open_steps[0] if one.open_steps else None
    return "—" if step is None else f"{step.what}（{step.due}）"


def _holders(holders: Mapping[str, Sequence[str]] | None, link: str) -> str:
    return "保密（只供授权人员）" if holders is None else "、".join(holders.get(link, ())) or "未知"


def _singles(found: Assessment, holders: Mapping[str, Sequence[str]] | None) -> Table:
    """Names only for whoever may see them: ``holders`` None says 保密."""
    ranked = [one.figures for one in found.ranked if one.figures.gap.grade == "single"]
    lines = tuple(
        Line(
            (one.link.id, one.link.name, _holders(holders, one.link.id)),
            _day(one.gap),
            _ask(f"/chain/links/{one.link.id}", found.as_of),
        )
        for one in ranked
    )
    note = "只供授权人员：本页有水印，下载有记录，不得外传。"
    return Table("单点：只靠一个控制方的环节", ("编号", "环节", "在产主体"), (1, 3, 5, 1.6, 3.2), lines, note)
