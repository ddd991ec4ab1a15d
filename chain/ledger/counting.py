"""Figures that count themselves from the ledger's registers. Pure.

A register in which nothing of the kind stands gives 未知, never 0. Entries of the demo's seeds are never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from chain.ledger.folding import Ledger
from chain.ledger.halves import half_of, halves_between
from chain.ledger.models import EXPIRING_DAYS, REPORTING_DAYS, STEPS, Counted, Entry, Facts, Row
from chain.register.folding import end_of

LARGE_SALES = Decimal(10000)
"""万元 of verified yearly sales from which a base counts as 亿级."""
PLAN_BEGINS = date(2023, 6, 9)
"""The plan's date: 新培育 counts from here."""
DEMO_NOTE = "演示期间的批次是虚构的，不与方案目标同表"
NOTHING = "登记簿里没有这一类，不算 0"


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


def sites(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    known = [one for one in _of(ledger, "site", row.no) if one.body["name"] in row.sites]
    running = [one for one in known if one.body["state"] == "在用"]
    return _number(
        len(running), f"登记状态为“在用”的，共列 {len(row.sites)} 个：{'、'.join(row.sites)}", running, known
    )


def roster(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """Matters of the row's own list. ``started`` counts those under way too, ``year`` only those done this year."""
    every = _of(ledger, "member", row.no)
    states = ("进行中", "已办成") if argument == "started" else ("已办成",)
    year = ledger.day.year if argument == "year" else None
    rows = [one for one in every if one.body["state"] in states and (year is None or one.data_date.year == year)]
    when = f"、数据日期在 {year} 年" if year is not None else ""
    return _number(len(rows), f"本条名单里状态为“{'”或“'.join(states)}”{when}的，按名称计", rows, every)


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


def valid(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    return _number(len(valid), f"“品牌与认定”登记簿里未过期的“{argument}”，按编号计", valid, every)


def holder(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    holders = {one.body["holder"] for one in valid}
    return _number(len(holders), f"“品牌与认定”登记簿里未过期的“{argument}”，按持有单位计", valid, every)


def granted(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every, valid = _certificates(argument, ledger)
    since = PLAN_BEGINS.isoformat()
    new = [one for one in valid if one.body["valid_from"] and one.body["valid_from"] >= since]
    how = f"“品牌与认定”登记簿里未过期、发证日期不早于 {since} 的“{argument}”（方案写“新培育”）；没写发证日期的不计"
    return _number(len(new), how, new, every)


def standards(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = [one for one in _of(ledger, "standard") if one.body["level"] == argument]
    out = [one for one in every if one.body["stage"] == "已发布" and one.body["role"] != "采用"]
    numbers = {one.body["number"] for one in out}
    return _number(len(numbers), f"“标准”登记簿里已发布、本地主导或参与起草的{argument}，按标准号计", out, every)


def adopted(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "standard")
    rows = [one for one in every if one.body["role"] == "采用" and one.body["stage"] != "已废止"]
    numbers = {one.body["number"] for one in rows}
    return _number(len(numbers), "“标准”登记簿里本地单位采用、未废止的标准，按标准号计", rows, every)


def sales(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "sales")
    year = max((one.body["year"] for one in every), default="")
    large = [one for one in every if one.body["year"] == year and Decimal(one.body["value"]) >= LARGE_SALES]
    how = f"“基地年度可核销售额”登记簿里最近有登记的年份{f'（{year} 年）' if year else ''}达到 1 亿元的基地"
    return _number(len(large), how, large, every)


def trainings(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = [one for one in _of(ledger, "training") if one.data_date >= PLAN_BEGINS]
    people = sum(int(one.body["people"]) for one in every)
    return _number(people, f"“培训”登记簿里 {PLAN_BEGINS.isoformat()} 以来的培训人数相加（人次，未去重）", every)


def menus(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "menu")
    return _number(len(every), "“招牌菜谱”登记簿里的年度版本数", every)


def dishes(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    latest = max(_of(ledger, "menu"), key=lambda one: (one.body["year"], one.seq), default=None)
    how = "“招牌菜谱”登记簿里最新一年版本的菜品数"
    return Counted(None, how, NOTHING) if latest is None else _number(len(latest.body["dishes"]), how, [latest])


def exports(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
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


def plants(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
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


def lists(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    every = _of(ledger, "listed")
    rows = [one for one in every if one.body["year"] == str(ledger.day.year)]
    return _number(len(rows), f"{ledger.day.year} 年项目、政策、改革、平台四张清单的事项", rows, every)


def reports(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """Of the last half-year that has ended."""
    now = half_of(ledger.day)
    ended = list(halves_between(f"{ledger.day.year - 1}H1", now))[-2]
    every = _of(ledger, "report")
    done = [one for one in every if one.body["half"] == ended and one.body["step"] == STEPS[-1]]
    return _number(len(done), f"{ended} 已登记“{STEPS[-1]}”的方案要素", done, every)
