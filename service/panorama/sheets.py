"""What the chain's pages give as files: sheets, and the rows behind the figures of a link."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

from chain.assessment.models import LinkFigures
from chain.register.models import REFERENCE_NAMES
from chain.supply import firsts
from service.gaps.views import held
from service.panorama import nearby, needs, reading

OPERATOR_COLUMNS = (
    "类别", "主体代码", "主体", "所在", "产能下限", "产能上限", "单位", "控制方", "数据日期", "来源", "依据", "疑为同一",
)  # fmt: skip
FIGURE_NAMES = ("覆盖下限", "覆盖上限", "控制方数 k", "HHI", "有效控制方数", "区外占比", "区位商")


def sheet(name: str, rows: Iterable[Sequence[Any]]) -> Response:
    """A file that Excel opens (UTF-8 with BOM); a text that Excel would take for a formula is quoted."""
    out = io.StringIO()
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _plain(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def link_rows(chain: reading.Chain, one: LinkFigures, *, named: bool, authorised: bool) -> list[Sequence[Any]]:
    """The rows that the figures of a link are worked out from, then the figures and their formulas.

    Unless ``named`` organisations and controllers are numbered: the same number is the same one throughout. Enterprises of
    other links, of which one may be a single point, are numbered unless ``authorised``.
    """
    supply = one.supply
    names = {record.org_code: record.name for record in chain.operators(one.link.id)}
    numbers: dict[str, str] = {}

    def known(code: str) -> str:
        return code if named or not code else number(code)

    def number(code: str) -> str:
        return numbers.setdefault(code, f"主体 {len(numbers) + 1}")

    tied = firsts(supply.ties)
    rows: list[Sequence[Any]] = [OPERATOR_COLUMNS]
    for operator in (*supply.inside, *supply.lapsed, *supply.outside):
        high = operator.capacity_high if operator.capacity_high is not None else operator.capacity
        name = names.get(operator.org_code, "") if named else ""
        rows.append(
            ["证照已到期" if operator.lapsed and operator.inside else "在产", known(operator.org_code), name,
             "区内" if operator.inside else "区外",
             "未知" if operator.capacity is None else format(operator.capacity, "f"),
             "未知" if high is None else format(high, "f"), operator.unit, known(operator.controller),
             operator.data_date.isoformat(), "；".join(operator.sources),
             f"{operator.lapsed if named else ''}：覆盖只计入上限，其余不计入" if operator.lapsed else "", known(tied.get(operator.controller) or operator.perhaps)]
        )  # fmt: skip
    for plan in supply.planned:
        rows.append(["计划", known(plan.org_code), plan.name if named else "", "区内" if plan.inside_district else "区外", "",
                     "", plan.unit, known(plan.controller or ""), plan.data_date.isoformat(), plan.source, "不计入指标"])  # fmt: skip
    if supply.demand is not None:
        need = format(supply.demand.quantity, "f")
        rows.append(["年需求", "", "", "", need, need, supply.demand.unit, "", supply.demand.data_date.isoformat(),
                     supply.demand.source, ""])  # fmt: skip
    else:
        rows.append(["年需求", "", "", "", "未知", "未知", "", "", "", "", ""])
    if supply.survey is not None:
        rows.append(
            ["查无记录", "", "", "", "", "", "", "", supply.survey.data_date.isoformat(), supply.survey.source, ""]
        )
    flow = dict(one.gap.inputs)["flow"]
    rows.append(["近 90 天批次", "", "", "", flow.value or ("保密" if "保密" in flow.note else "未知"), "", flow.unit, "",
                 flow.data_date.isoformat() if flow.data_date else "", flow.source, flow.note])  # fmt: skip
    if one.reference is not None:
        said = one.reference
        origin = f"{said.source}；{said.region} {said.year} 年"
        for name, amount in zip(
            REFERENCE_NAMES.values(), (said.here, said.here_all, said.there, said.there_all), strict=True
        ):
            text = format(amount, "f")
            rows.append([name, "", "", "", text, text, said.unit, "", said.data_date.isoformat(), origin, ""])
    values = (one.cover.low, one.cover.high, held(one), one.hhi, one.effective, one.outside, one.quotient)
    formulas = (
        "min(1, 区内产能下限之和 ÷ 年需求)；区内有人而产能未知计 0；没有证据为 0，查无记录为 0",
        "min(1, 区内产能上限之和 ÷ 年需求)；区内有人而产能未知计 1；没有证据为 1，查无记录为 0",
        "区内在产主体的不同控制方个数；「疑为同一」栏相同的可能是一家、类别为「证照已到期」的可能不在产，按区间给出；没有证据时未知，查无记录为 0",
        "Σ（各控制方区内产能 ÷ 区内产能合计 × 100）²，区内产能都是一个数时才算",
        "10000 ÷ HHI",
        "区外产能合计 ÷（区内 + 区外产能合计），都是一个数时才算",
        "（本区该行业 ÷ 本区合计）÷（参照区该行业 ÷ 参照区合计），没有载入参照区数据时未知",
    )
    for name, value, formula in zip(FIGURE_NAMES, values, formulas, strict=True):
        told = "未知" if value is None else f"{value:.6f}" if isinstance(value, float) else value
        rows.append([f"指标：{name}", "", "", "", told, "", "", "", chain.as_of.isoformat(), formula, ""])
    rows += [[needs.FORMULA], needs.COLUMNS, *needs.sheet_rows(one.link.id, chain.known.volumes, supply.demand)]
    near = nearby.nearest(chain, staff=True).get(one.link.id)
    if near is not None:
        rows += [[nearby.FORMULA], nearby.COLUMNS, *nearby.sheet_rows(near, known if authorised else number)]
    return rows
