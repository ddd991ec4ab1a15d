"""Read and check the families' bills of material; errors name file, row, field and what to do, in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from chain.models import Link
from chain.needs.graph import RequirementGraph, requirements
from chain.needs.models import KINDS, MEASURED, Amount, Family, Need, PlanName, Volume, base_amount
from chain.seedrows import Row, SeedError, parse, read_text
from chain.seeds import load_links
from chain.units import UNITS

FAMILIES = "chain/families.yaml"
PLAN_NAMES = "chain/plan_names.yaml"


def load_families(links: Iterable[Link]) -> tuple[Family, ...]:
    """The families that ship, in the order of the file."""
    return parse_families(read_text(FAMILIES), links)


@cache
def bills() -> RequirementGraph:
    """The bills of material that ship, read once."""
    return requirements(load_families(load_links()))


def load_plan_names() -> tuple[PlanName, ...]:
    """What the plan names, with sections."""
    top = parse(PLAN_NAMES, read_text(PLAN_NAMES))
    names = []
    for row in top.rows("names", "name"):
        names.append(PlanName(row.text("name"), row.text("section"), row.text("quote")))
        row.done()
    top.done()
    return tuple(names)


def parse_families(text: str, links: Iterable[Link], file: str = FAMILIES) -> tuple[Family, ...]:
    """Check a whole file: known links, units that add up, no circle. Raises SeedError."""
    top = parse(file, text)
    top.text("edition")
    top.text("basis")
    rows = list(top.rows("families", "id"))
    top.done()
    known = {link.id for link in links}
    makes: dict[str, str] = {}
    for row in rows:
        family_id = row.text("id")
        if family_id in makes:
            raise row.fail("id", f"「{family_id}」重复，产品族编号只能用一次")
        makes[family_id] = _link(row, "makes", known)
    labels = {link: (f"产品族 {family_id} 的年产量", "kg") for family_id, link in makes.items()}
    families = tuple(_family(row, known, makes, labels) for row in rows)
    names = [family.name for family in families]
    for name in names:
        if names.count(name) > 1:
            raise top.fail("families", f"产品族名称「{name}」重复")
    _no_circle(file, families)
    return families


def _link(row: Row, name: str, known: set[str]) -> str:
    link = row.text(name)
    if link not in known:
        raise row.fail(name, f"没有环节「{link}」，请照环节字典 seeds/links/links.yaml 填写编号")
    return link


def _family(row: Row, known: set[str], makes: dict[str, str], labels: dict[str, tuple[str, str]]) -> Family:
    family_id = row.text("id")
    needs = []
    seen: set[tuple[str, str]] = set()
    for place, one in enumerate(row.rows("needs"), 1):
        need = _need(one, f"{family_id}.{place}", known, makes, labels)
        target = (need.name, need.family or need.link)
        if target in seen:
            raise one.fail("name", f"「{need.name}」（{target[1]}）在本产品族里写了两次，请合并成一行")
        seen.add(target)
        needs.append(need)
    for group in {need.group for need in needs if need.group}:
        if sum(need.group == group for need in needs) == 1:
            raise row.fail("needs", f"可替代组「{group}」只有一项：可替代的至少写两项，否则请改为 essential")
    family = Family(
        id=family_id,
        name=row.text("name"),
        makes=makes[family_id],
        basis=row.text("basis"),
        confidence=row.choice("confidence", ("H", "M", "L")),
        note=row.text("note", required=False),
        volume=_volume(row),
        needs=tuple(needs),
    )
    row.done()
    return family


def _volume(row: Row) -> Volume:
    one = row.child("volume", "年产量")
    amount, unit = one.optional_decimal("amount"), _unit(one, one.text("unit"))
    if UNITS[unit][0] != "kg":
        raise one.fail("unit", f"产品族的年产量按重量计（kg、吨），不能写「{unit}」")
    if amount is None:
        found = Volume(None)
        one.text("data_date", required=False)
        one.text("source", required=False)
    else:
        found = Volume(base_amount(amount, amount, unit), one.day("data_date"), one.text("source"))
    one.done()
    return found


def _unit(row: Row, unit: str) -> str:
    if unit not in UNITS:
        raise row.fail("unit", f"不认识单位「{unit}」，可用 kg、吨、L、件、亩、头、只 等（chain/units.py）")
    return unit


def _need(row: Row, need_id: str, known: set[str], makes: dict[str, str], labels: dict[str, tuple[str, str]]) -> Need:
    kind = row.choice("kind", KINDS)
    family = row.text("family", required=False)
    if bool(family) == bool(row.text("link", required=False)):
        raise row.fail("link", "link（环节）与 family（产品族）要写且只写一个")
    if family and family not in makes:
        raise row.fail("family", f"没有产品族「{family}」")
    link = makes[family] if family else _link(row, "link", known)
    role = row.choice("role", ("essential", "replaceable", "negligible"))
    group = row.text("group", required=False)
    if (role == "replaceable") != bool(group):
        raise row.fail("group", "只有 role 为 replaceable 时才写可替代组，且必须写")
    per_kg = _per_kg(row, kind)
    if per_kg is not None:
        if family and per_kg.unit != "kg":
            raise row.fail("unit", f"用到另一个产品族时按 kg/kg 计，不能写「{row.text('unit')}」")
        label, unit = labels.setdefault(link, (row.label, per_kg.unit))
        if unit != per_kg.unit:
            raise row.fail(
                "unit",
                f"与「{label}」都指向环节 {link}，那里按 {unit} 计，这里按 {per_kg.unit} 计，不能相加，请统一单位",
            )
    need = Need(need_id, row.text("name"), kind, link, family, role, group, per_kg, row.text("basis"))
    row.done()
    return need


def _per_kg(row: Row, kind: str) -> Amount | None:
    low, high = row.optional_decimal("low"), row.optional_decimal("high")
    if kind not in MEASURED:
        if low is not None or high is not None or row.text("unit", required=False):
            raise row.fail("low", f"{kind}只记用到哪个环节，不写用量")
        return None
    if low is None and high is None:
        row.text("unit", required=False)
        return None
    if low is None or high is None:
        raise row.fail(
            "high" if high is None else "low", "用量是区间：low 与 high 都要写（一个数就写成相同），或都不写"
        )
    if low > high:
        raise row.fail("low", f"下限 {low} 大于上限 {high}，请对调或更正")
    unit, _, per = row.text("unit").partition("/")
    if per != "kg":
        raise row.fail("unit", f"用量按每 kg 产品计，应写成 kg/kg、件/kg 这样，不能写「{row.text('unit')}」")
    return base_amount(low, high, _unit(row, unit))


def _no_circle(file: str, families: Sequence[Family]) -> None:
    """Raise SeedError naming the loop when a family is, through others, an input of itself."""
    names = {family.id: family.name for family in families}
    below = {family.id: [need.family for need in family.needs if need.family] for family in families}
    done: set[str] = set()

    def walk(here: str, path: list[str]) -> None:
        if here in path:
            loop = " → ".join(names[one] for one in [*path[path.index(here) :], here])
            raise SeedError(
                file, "families", "needs", f"配料单成环：{loop}；一个产品不能（间接）用自己做原料，请断开一处"
            )
        if here in done:
            return
        for other in below[here]:
            walk(other, [*path, here])
        done.add(here)

    for family in families:
        walk(family.id, [])


def known_volume(low: Decimal, unit: str, data_date: date, source: str, high: Decimal | None = None) -> Volume:
    """A yearly volume as staff know it; ``unit`` one of WEIGHTS, ``high`` the upper end of a range."""
    return Volume(base_amount(low, low if high is None else high, unit), data_date, source)
