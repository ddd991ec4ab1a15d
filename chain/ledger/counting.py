"""Figures that count themselves: from the platform's record, or from the ledger's registers. Pure.

A register in which nothing of the kind stands gives 未知, never 0. Entries of the demo's seeds are never counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from chain.ledger.folding import Ledger
from chain.ledger.halves import half_of, halves_between
from chain.ledger.models import EXPIRING_DAYS, REPORTING_DAYS, STEPS, Counted, Entry, Facts, Row
from chain.ledger.projects import LANDED
from chain.register.folding import end_of

LARGE_SALES = Decimal(10000)
"""万元 of verified yearly sales from which a base counts as 亿级."""
PLAN_BEGINS = date(2023, 6, 9)
"""The plan's date: 新培育 counts from here."""
DEMO_NOTE = "演示期间的批次是虚构的，不与方案目标同表"
NOTHING = "登记簿里没有这一类，不算 0"


def counted(rule: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """What a rule of ``seeds/plan/ledger.yaml`` gives for a row on the ledger's day. Raises KeyError for no such rule."""
    name, _, argument = rule.partition(":")
    return _RULES[name](argument, row, ledger, facts)


def real(entries: Iterable[Entry]) -> list[Entry]:
    """Without what the demo's seeds made up."""
    return [one for one in entries if one.origin != "seed"]


def _of(ledger: Ledger, kind: str, no: int | None = None) -> list[Entry]:
    return real(ledger.of(kind, no))


def _number(count: int, how: str, rows: Sequence[Entry], asked: Sequence[Entry] | None = None) -> Counted:
    """A count of ``rows``; unknown when nothing was registered that could have been counted (``asked``)."""
    if not (rows if asked is None else asked):
        return Counted(None, how, NOTHING)
    return Counted(Decimal(count), how, "", tuple(rows))


def _record(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    value, what = (
        (facts.enterprises, "近 30 天有批次登记的企业数")
        if argument == "enterprises"
        else (facts.batches, "近 30 天登记的批次数")
    )
    how = f"本平台批次记录，{what}，截至 {ledger.day.isoformat()}"
    return Counted(None, how, DEMO_NOTE) if value is None else Counted(Decimal(value), how)


def _sites(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    known = [one for one in _of(ledger, "site", row.no) if one.body["name"] in row.sites]
    running = [one for one in known if one.body["state"] == "在用"]
    return _number(
        len(running), f"登记状态为“在用”的，共列 {len(row.sites)} 个：{'、'.join(row.sites)}", running, known
    )


def expires(entry: Entry) -> date | None:
    """The last day on which a certificate holds; None without an end."""
    text = entry.body.get("valid_to")
    return date.fromisoformat(text) if text else None


def expiring(ledger: Ledger, days: int = EXPIRING_DAYS) -> list[Entry]:
    """Certificates that hold today and end within ``days``, the soonest first."""
    until = ledger.day + timedelta(days=days)
    found = [(end, one) for one in ledger.of("certificate") if (end := expires(one)) and ledger.day <= end <= until]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].seq))]


def is_valid(entry: Entry, day: date) -> bool:
    end = expires(entry)
    return end is None or end >= day


def _certificates(what: str, ledger: Ledger) -> tuple[list[Entry], list[Entry]]:
    every = [one for one in _of(ledger, "certificate") if one.body["what"] == what]
    return every, [one for one in every if is_valid(one, ledger.day)]


def _valid(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    return _number(len(valid), f"“品牌与认定”登记簿里未过期的“{argument}”，按编号计", valid, every)


def _holder(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    holders = {one.body["holder"] for one in valid}
    return _number(len(holders), f"“品牌与认定”登记簿里未过期的“{argument}”，按持有单位计", valid, every)


def _granted(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    since = PLAN_BEGINS.isoformat()
    new = [one for one in valid if one.body["valid_from"] and one.body["valid_from"] >= since]
    how = f"“品牌与认定”登记簿里未过期、发证日期不早于 {since} 的“{argument}”（方案写“新培育”）；没写发证日期的不计"
    return _number(len(new), how, new, every)


def _standards(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = [one for one in _of(ledger, "standard") if one.body["level"] == argument]
    out = [one for one in every if one.body["stage"] == "已发布" and one.body["role"] != "采用"]
    numbers = {one.body["number"] for one in out}
    return _number(len(numbers), f"“标准”登记簿里已发布、本地主导或参与起草的{argument}，按标准号计", out, every)


def _sales(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "sales")
    year = max((one.body["year"] for one in every), default="")
    large = [one for one in every if one.body["year"] == year and Decimal(one.body["value"]) >= LARGE_SALES]
    how = f"“基地年度可核销售额”登记簿里最近有登记的年份{f'（{year} 年）' if year else ''}达到 1 亿元的基地"
    return _number(len(large), how, large, every)


def _trainings(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = [one for one in _of(ledger, "training") if one.data_date >= PLAN_BEGINS]
    people = sum(int(one.body["people"]) for one in every)
    return _number(people, f"“培训”登记簿里 {PLAN_BEGINS.isoformat()} 以来的培训人数相加（人次，未去重）", every)


def _menus(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "menu")
    return _number(len(every), "“招牌菜谱”登记簿里的年度版本数", every)


def _dishes(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    latest = max(_of(ledger, "menu"), key=lambda one: (one.body["year"], one.seq), default=None)
    how = "“招牌菜谱”登记簿里最新一年版本的菜品数"
    return Counted(None, how, NOTHING) if latest is None else _number(len(latest.body["dishes"]), how, [latest])


def _exports(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = [one for one in _of(ledger, "export") if one.body["unit"] == "万元"]
    year = max((one.body["year"] for one in every), default="")
    rows = [one for one in every if one.body["year"] == year]
    total = sum((Decimal(one.body["value"]) for one in rows), Decimal(0))
    how = f"“出口”登记簿里最近有登记的年份{f'（{year} 年）' if year else ''}以人民币计的金额合计；不含进口"
    return Counted(None, how, NOTHING) if not rows else Counted(total, how, "", tuple(rows))


def reporting_points(entry: Entry, facts: Facts, end: int) -> tuple[int, int, int | None]:
    """(points that reported within 7 days before ``end``, points registered, µs UTC of the last report or None)."""
    points = entry.body["points"]
    seen = [facts.devices[point] for point in points if facts.devices and point in facts.devices]
    since = end - REPORTING_DAYS * 86_400_000_000
    return sum(at > since for at in seen), len(points), max(seen, default=None)


def _plants(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    what, _, scope = argument.partition(":")
    every = [
        one for one in _of(ledger, "plant") if one.body["what"] == what and (not scope or one.body["scope"] == scope)
    ]
    how = f"“智能工厂与数字化车间”登记簿里的{scope}{what}，只数近 {REPORTING_DAYS} 天有数据点上报的"
    if every and facts.devices is None:
        return Counted(None, how, DEMO_NOTE)
    end = end_of(ledger.day)
    alive = [one for one in every if reporting_points(one, facts, end)[0]]
    return _number(len(alive), how, alive, every)


def _links(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    how = "产业链全景图中等级不是“未知”的环节"
    return Counted(None, how, DEMO_NOTE) if facts.links is None else Counted(Decimal(facts.links), how)


def _projects(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    how = "项目库里到“落地”或“投产”阶段的项目"
    if facts.projects is None:
        return Counted(None, how, "没有项目记录")
    return Counted(Decimal(sum(facts.projects.get(stage, 0) for stage in LANDED)), how)


def _lists(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "listed")
    rows = [one for one in every if one.body["year"] == str(ledger.day.year)]
    return _number(len(rows), f"{ledger.day.year} 年项目、政策、改革、平台四张清单的事项", rows, every)


def _reports(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """Of the last half-year that has ended."""
    now = half_of(ledger.day)
    ended = list(halves_between(f"{ledger.day.year - 1}H1", now))[-2]
    every = _of(ledger, "report")
    done = [one for one in every if one.body["half"] == ended and one.body["step"] == STEPS[-1]]
    return _number(len(done), f"{ended} 已登记“{STEPS[-1]}”的方案要素", done, every)


_RULES: dict[str, Callable[[str, Row, Ledger, Facts], Counted]] = {
    "record": _record,
    "sites": _sites,
    "valid": _valid,
    "holder": _holder,
    "granted": _granted,
    "standard": _standards,
    "sales": _sales,
    "trainings": _trainings,
    "menus": _menus,
    "dishes": _dishes,
    "exports": _exports,
    "plants": _plants,
    "links": _links,
    "projects": _projects,
    "lists": _lists,
    "reports": _reports,
}
