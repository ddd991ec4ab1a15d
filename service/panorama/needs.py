"""A link's need as the bills of material make it, row by row, in words, as JSON and as rows of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chain.gaps import number
from chain.models import Demand
from chain.needs.computing import Computed, Part, written
from chain.needs.graph import computed
from chain.needs.loading import bills
from chain.needs.models import ROLE_NAMES, Amount, Need, Volume
from service.register.views import amount_text

Json = dict[str, Any]
FORMULA = (
    "年需求（推算）= Σ 各产品族年产量 × 配料单上每公斤用量的连乘；可替代、可忽略的用量下限按 0 计；有一项未知，合计就未知；"
    "算得是区间的只供参考。登记的年需求优先于推算"
)
COLUMNS = (
    "类别", "环节", "产品族", "路径", "年产量下限", "年产量上限", "每公斤用量下限", "每公斤用量上限", "需求下限", "需求上限", "单位",
    "数据日期", "来源", "说明",
)  # fmt: skip


def need_of(link: str, volumes: Mapping[str, Volume]) -> Computed:
    """A link's need by the yearly volumes of the families."""
    return computed(bills(), link, volumes)


def amount(one: Amount | None) -> str:
    """「18,000～36,000 吨」, or 未知."""
    if one is None:
        return "未知"
    shown = written(one)
    return amount_text(shown.low, shown.high, shown.unit)


def volume_text(one: Volume) -> str:
    """「3,600 吨」, 未知, or 保密."""
    return "保密" if one.withheld else amount(one.amount)


def is_withheld(found: Computed) -> bool:
    """Whether a volume that the need follows from is kept from who asks."""
    return any(part.volume.withheld for part in found.parts)


def per_kg(one: Need) -> str:
    """An amount of a bill of material with what its role makes of it."""
    used = one.per_kg
    told = "未知" if used is None else f"{amount_text(used.low, used.high, '')} {used.unit}/kg"
    return told if one.role == "essential" else f"{told}（{ROLE_NAMES[one.role]}，从 0 起）"


def times(volume: Volume, need: Need) -> str:
    """What a family takes by one line of its bill of material in a year."""
    made, used = volume.amount, need.used_per_kg
    return amount(None if made is None or used is None else made.times(used, used.unit))


def entered(need: Demand | None) -> Demand | None:
    """The need that somebody entered; a computed one is none."""
    return None if need is None or need.computed else need


def conclusion(found: Computed, need: Demand | None) -> str:
    """What the computation comes to and whether it is used, in one sentence. ``need`` is the one in force."""
    if not found.parts:
        return "没有产品族按用量用到本环节，年需求只能登记"
    lacking, total = "、".join(found.lacking), found.total
    if is_withheld(found):
        return "保密（含做它的企业不足 3 家或一家超过 70% 的产品族年产量）"
    if total is None:
        least = found.at_least
        if least is None:
            return f"未知（{lacking}未知）"
        return f"按已知产量至少 {amount(least)}（{lacking}未知），不用作年需求"
    if not found.exact:
        return f"{amount(total)}，是区间，不用作年需求"
    if need is None:
        return f"{amount(total)}；登记的产能用别的单位计，不能与它相比，不用作年需求"
    return f"{amount(total)}，{'用作年需求' if need.computed else '已登记年需求，不用推算的'}"


def difference(found: Computed, need: Demand | None) -> str:
    """How far the computed need is from the one entered; '' where there are not both."""
    said = entered(need)
    if said is None or not found.parts or is_withheld(found):
        return ""
    ends = found.difference(said.quantity, said.unit)
    if ends is not None:
        return f"推算比登记{_beyond(*ends, said.unit)}"
    least = found.at_least
    if found.total is not None:
        return f"推算按{written(found.total).unit}计，登记按{said.unit}计，不能相比"
    if least is None:
        return "推算未知，不能相比"
    lowest = Computed(found.link, tuple(part for part in found.parts if part.amount is not None))
    floor = lowest.difference(said.quantity, said.unit)
    if floor is None:
        return f"推算按{written(least).unit}计，登记按{said.unit}计，不能相比"
    return f"已知产量的下限比登记{_beyond(floor[0], floor[0], said.unit)}"


def _beyond(low: Decimal, high: Decimal, unit: str) -> str:
    """「少 400 吨」, 「多 200～300 吨」, 「少 100 吨至多 200 吨」."""
    if low == high == 0:
        return "相同"
    if low < 0 < high:
        return f"少 {number(-low)} {unit}至多 {number(high)} {unit}"
    near, far = sorted((abs(low), abs(high)))
    return f"{'多' if high > 0 else '少'} {amount_text(near, far, unit)}"


def rows_of(found: Computed) -> list[Json]:
    """Each part for a page: family, volume with date and source, amounts on the way, product."""
    return [
        {
            "family": part.family.id,
            "name": part.family.name,
            "volume": volume_text(part.volume),
            "source": part.volume.source,
            "date": part.volume.data_date,
            "steps": [
                (step.name, per_kg(step) if step.measured else f"{step.kind}，没有用量") for step in part.line.steps
            ],
            "amount": "保密" if part.volume.withheld else amount(part.amount),
        }
        for part in found.parts
    ]


def need_json(found: Computed, need: Demand | None) -> Json:
    """For the API: amounts as text with low, high and unit, null is 未知."""
    said = entered(need)
    return {
        "entered": None if said is None else _demand_json(said),
        "computed": _amount_json(found.total),
        "at_least": _amount_json(found.at_least),
        "unknown": [] if is_withheld(found) else list(found.lacking),
        "withheld": is_withheld(found),
        "used": need is not None and need.computed,
        "conclusion": conclusion(found, need),
        "difference": difference(found, need) or None,
        "formula": FORMULA,
        "parts": [
            {
                "family": part.family.id,
                "name": part.family.name,
                "volume": volume_json(part.volume),
                "steps": [
                    {"name": step.name, "role": step.role, "per_kg": _amount_json(step.per_kg, shown=False)}
                    for step in part.line.steps
                ],
                "per_kg": _amount_json(part.line.per_kg, shown=False),
                "amount": _amount_json(part.amount),
            }
            for part in found.parts
        ],
    }


def _demand_json(one: Demand) -> Json:
    return {
        "quantity": format(one.quantity, "f"),
        "unit": one.unit,
        "source": one.source,
        "data_date": one.data_date.isoformat(),
    }


def volume_json(one: Volume) -> Json:
    """A family's yearly volume; ``amount`` null is 未知."""
    return {
        "amount": _amount_json(one.amount),
        "withheld": one.withheld,
        "source": one.source,
        "data_date": None if one.data_date is None else one.data_date.isoformat(),
    }


def _amount_json(one: Amount | None, *, shown: bool = True) -> Json | None:
    if one is None:
        return None
    told = written(one) if shown else one
    return {"low": format(told.low, "f"), "high": format(told.high, "f"), "unit": told.unit}


def sheet_rows(link: str, volumes: Mapping[str, Volume], need: Demand | None) -> Iterator[Sequence[Any]]:
    """One row a part, then the sum and the need in force. Several amounts on a way stand between |; the product of
    all, times the volume, is the need in the same unit (吨 for kg)."""
    found = need_of(link, volumes)
    for part in found.parts:
        yield _part_row(link, part)
    if found.parts:
        sum_low, sum_high, unit = _ends(found.total)
        yield ("推算合计", link, "", "", "", "", "", "", sum_low, sum_high, unit, "", "", conclusion(found, need))
    if need is not None:
        text = format(need.quantity, "f")
        kind = "年需求（推算）" if need.computed else "年需求（登记）"
        yield (kind, link, "", "", "", "", "", "", text, text, need.unit, need.data_date.isoformat(), need.source,
               difference(found, need))  # fmt: skip


def _part_row(link: str, part: Part) -> Sequence[Any]:
    made_low, made_high, _ = _ends(part.volume.amount)
    low, high, unit = _ends(part.amount)
    used = [step.used_per_kg for step in part.line.steps]
    ends = [
        "|".join("未知" if one is None else format(end, "f") for one, end in _both(used, top)) for top in (False, True)
    ]
    way = "|".join(f"{step.name}（{ROLE_NAMES[step.role]}）" for step in part.line.steps) or "在本环节做成"
    day = part.volume.data_date
    return ("推算分项", link, part.family.name, way, made_low, made_high, ends[0] or "1", ends[1] or "1", low, high, unit,
            "" if day is None else day.isoformat(), part.volume.source, "、".join(part.lacking) + "未知" * bool(part.lacking))  # fmt: skip


def _both(used: Iterable[Amount | None], top: bool) -> Iterator[tuple[Amount | None, Decimal]]:
    for one in used:
        yield one, Decimal(0) if one is None else one.high if top else one.low


def _ends(one: Amount | None) -> tuple[str, str, str]:
    if one is None:
        return "未知", "未知", ""
    shown = written(one)
    return format(shown.low, "f"), format(shown.high, "f"), shown.unit
