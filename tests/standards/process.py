"""For every clause about records, papers, labels, temperatures, times and descent: facts that keep it and facts that break it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.standards.helpers import day_for, product_for
from trace.standards.checks.terms import EDITION_BY_LABEL
from trace.standards.clauses import Clause

Body = dict[str, Any]
START = "T08:00:00+08:00"


def made_on(clause: Clause) -> str:
    """A day on which the clause can be asked."""
    return day_for(clause)


def base(clause: Clause) -> Body:
    """Product, stage and day under which a clause applies."""
    product: Body = {"name": "样品", "category": "肉制品-酱卤肉制品", "shelf_life_days": 180}
    if clause.foods_text:
        product = product_for(clause)
    if clause.storage:
        product["storage"] = clause.storage[0]
    body: Body = {"product": product, "produced_on": made_on(clause)}
    if clause.stages:
        body["stage"] = clause.stages[0]
    return body


def at(clause: Clause, minutes: float = 0) -> str:
    """A time on the clause's day."""
    return (datetime.fromisoformat(made_on(clause) + START) + timedelta(minutes=minutes)).isoformat()


def series(clause: Clause, *celsius: object, **more: Any) -> list[Body]:
    """One temperature series with a reading every five minutes."""
    readings = [{"at": at(clause, 5 * n), "celsius": str(value)} for n, value in enumerate(celsius)]
    due = (date.fromisoformat(made_on(clause)) + timedelta(days=90)).isoformat()
    what = clause.terms.places[0] if clause.terms.places else "车厢温度"
    return [{"what": what, "readings": readings, "calibration_due": due} | more]


def _record(clause: Clause) -> tuple[Body, list[Body]]:
    fields = {name: "有" for field in clause.fields for name in [field.split("|")[0]]}
    good = {"kind": clause.terms.record, "fields": fields, "made_on": made_on(clause), "kept_until": "2099-12-31"}
    bad: list[Body] = [{"records": [good | {"fields": fields | {name: " "}}]} for name in fields]
    if clause.terms.keep:
        bad += [{"records": [good | {"kept_until": good["made_on"]}]}]
        bad += [{"records": [{key: value for key, value in good.items() if key != "kept_until"}]}]
    if clause.required:
        bad.append({"records": []})
    return {"records": [good]}, bad


def _minimum(clause: Clause) -> tuple[Body, list[Body]]:
    ((field, least),) = clause.terms.tolerance

    def one(text: str) -> Body:
        return {"records": [{"kind": clause.terms.record, "fields": {field: text}}]}

    return one(f"{least} g"), [one(f"{least - 1} g"), one("一把"), one("")]


def _document(clause: Clause) -> tuple[Body, list[Body]]:
    def paper(kind: str, **more: Any) -> Body:
        day = date.fromisoformat(made_on(clause))
        dates = {"valid_from": str(day - timedelta(days=30)), "valid_to": str(day + timedelta(days=30))}
        return {"kind": kind, "number": "N-1", "fields": dict.fromkeys(clause.fields, "有")} | dates | more

    kinds = clause.documents if clause.terms.every else clause.documents[:1]
    old = str(date.fromisoformat(made_on(clause)) - timedelta(days=1))
    bad = [
        {"documents": [paper(kind, valid_to=old) for kind in kinds]},
        {"documents": [paper(kind, number="", fields={}) for kind in kinds]},
    ]
    if clause.required:
        bad.append({"documents": []})
    if clause.terms.every:
        bad.append({"documents": [paper(kinds[0])]})
    return {"documents": [paper(kind) for kind in kinds]}, bad


def _range(clause: Clause) -> tuple[Body, list[Body]]:
    low, high = clause.terms.lowest, clause.terms.highest
    inside = high if high is not None else low if low is not None else Decimal(0)
    bad = []
    if high is not None:
        bad += [series(clause, inside, high + Decimal("0.1")), series(clause, high + 60)]
    if low is not None:
        bad += [series(clause, inside, low - Decimal("0.1"))]
    return {"temperatures": series(clause, inside, inside)}, [{"temperatures": one} for one in bad]


def _reached(clause: Clause) -> tuple[Body, list[Body]]:
    least = clause.terms.lowest
    assert least is not None
    return {"temperatures": series(clause, 20, least)}, [{"temperatures": series(clause, 20, least - Decimal("0.1"))}]


def _rise(clause: Clause) -> tuple[Body, list[Body]]:
    most = clause.terms.highest
    assert most is not None
    worse = [series(clause, -18, -18 + most + 1), series(clause, -18)]
    return {"temperatures": series(clause, -18, -18 + most)}, [{"temperatures": one} for one in worse]


def _margin(clause: Clause) -> tuple[Body, list[Body]]:
    return (
        {"temperatures": series(clause, 7, max_celsius=4)},
        [{"temperatures": series(clause, 7.1, max_celsius=4)}, {"temperatures": series(clause, 1)}],
    )


def _zone(clause: Clause) -> tuple[Body, list[Body]]:
    long = series(clause, *[30] * 26)
    again = {"what": clause.terms.ends, "readings": [{"at": at(clause, 200), "celsius": 70}]}
    cold = {"what": clause.terms.ends, "readings": [{"at": at(clause, 200), "celsius": 69.9}]}
    return {"temperatures": [*long, again]}, [{"temperatures": long}, {"temperatures": [*long, cold]}]


def _declared(clause: Clause) -> tuple[Body, list[Body]]:
    return {"temperatures": series(clause, 1, 4, max_celsius=4)}, []


def _excursion(clause: Clause) -> tuple[Body, list[Body]]:
    """Silent while all is in range: the good facts give nothing."""
    return {"temperatures": series(clause, 1, max_celsius=4)}, [{"temperatures": series(clause, 1, 5, max_celsius=4)}]


def _interval(clause: Clause) -> tuple[Body, list[Body]]:
    gap = series(clause, 1)
    gap[0]["readings"].append({"at": at(clause, clause.terms.every_minutes + 1), "celsius": 1})
    bad = [gap, series(clause, 1), series(clause, 1, 1, interval_minutes=clause.terms.every_minutes + 1)]
    return {"temperatures": series(clause, 1, 1)}, [{"temperatures": one} for one in bad]


def _calibration(clause: Clause) -> tuple[Body, list[Body]]:
    late = str(date.fromisoformat(made_on(clause)) - timedelta(days=1))
    bad = [series(clause, 1, calibration_due=late), series(clause, 1, calibration_due=None)]
    return {"temperatures": series(clause, 1)}, [{"temperatures": one} for one in [*bad, []]]


def _between(clause: Clause) -> tuple[Body, list[Body]]:
    terms = clause.terms

    def pair(minutes: float) -> Body:
        return {"events": [{"what": terms.begins, "at": at(clause)}, {"what": terms.ends, "at": at(clause, minutes)}]}

    edge = terms.within or terms.at_least
    worse = [pair(edge + 1) if terms.within else pair(edge - 1), pair(-1)]
    return pair(edge), [*worse, {"events": [{"what": terms.begins, "at": at(clause)}]}]


def _waiting(clause: Clause) -> tuple[Body, list[Body]]:
    terms = clause.terms

    def waited(days: int, interval: int | None) -> Body:
        body: Body = {"events": [{"what": terms.begins, "of": "甲", "at": at(clause)}]}
        body["events"].append({"what": terms.ends, "at": at(clause, days * 1440)})
        if interval is not None:
            body["intervals"] = [{"what": terms.interval, "of": "甲", "days": interval}]
        return body

    return waited(7, 7), [waited(6, 7), waited(7, None), waited(-1, 0)]


def _order(clause: Clause) -> tuple[Body, list[Body]]:
    names = clause.terms.order

    def told(order: tuple[str, ...]) -> Body:
        return {"events": [{"what": what, "at": at(clause, n)} for n, what in enumerate(order)]}

    return told(names), [told((names[1], names[0], *names[2:]))]


def _recall(clause: Clause) -> Callable[..., Body]:
    def body(**more: Any) -> Body:
        return {"recall": {"level": clause.terms.level or "一级", "known_at": at(clause)} | more}

    return body


def _start(clause: Clause) -> tuple[Body, list[Body]]:
    body = _recall(clause)
    edge = clause.terms.within
    return body(started_at=at(clause, edge)), [body(started_at=at(clause, edge + 1)), body()]


def _finish(clause: Clause) -> tuple[Body, list[Body]]:
    body = _recall(clause)
    first = date.fromisoformat(made_on(clause))
    days = clause.terms.workdays

    def done(after: int, **more: Any) -> Body:
        return body(announced_on=str(first), finished_on=str(first + timedelta(days=after)), **more)

    return done(days), [done(days * 2, holidays=[]), done(days * 2), body(announced_on=str(first)), body()]


def _notice(clause: Clause) -> tuple[Body, list[Body]]:
    body = _recall(clause)
    fields = dict.fromkeys(clause.fields, "有") | {"公告平台": "省级平台"}
    day = made_on(clause)
    good = body(announced_on=day, scope="省内", fields=fields)
    bad = [
        body(announced_on=day, scope="跨省", fields=fields),
        body(announced_on=day, scope="省内", fields=fields | {"原因": ""}),
        body(announced_on=day, fields=fields),
    ]
    return good, bad


def _lineage(clause: Clause) -> tuple[Body, list[Body]]:
    field = {"lot": "稻谷", "origin": "田", "documents": ["承诺达标合格证"]}
    good = [{"lot": "菜", "inputs": ["稻谷"]}, field]
    if clause.check == "traceable":
        bad = [[], [good[0]], [good[0], field | {"origin": ""}]]
    else:
        bad = [[], [good[0]], [good[0], field | {"documents": []}]]
    return {"lineage": good}, [{"lineage": one} for one in bad]


def _reports(clause: Clause) -> tuple[Body, list[Body]]:
    day = made_on(clause)
    before = str(date.fromisoformat(day) - timedelta(days=1))
    good = {"kind": "委托", "number": "W-1", "laboratory": "所", "cma": "C1", "sampled_on": day, "issued_on": day}
    if clause.check == "third_party":
        bad = [good | {"cma": ""}, good | {"laboratory": ""}, good | {"kind": "型式", "cma": ""}]
    else:
        bad = [good | {"sampled_on": before}, good | {"issued_on": before}]
    return {"reports": [good]}, [{"reports": [one]} for one in bad]


MAKE: dict[str, Callable[[Clause], tuple[Body, list[Body]]]] = {
    "kept_record": _record,
    "recorded_minimum": _minimum,
    "valid_document": _document,
    "temperature_range": _range,
    "temperature_reached": _reached,
    "temperature_rise": _rise,
    "declared_margin": _margin,
    "danger_zone": _zone,
    "declared_range": _declared,
    "excursion": _excursion,
    "logging_interval": _interval,
    "calibration": _calibration,
    "between": _between,
    "waiting": _waiting,
    "in_order": _order,
    "recall_start": _start,
    "recall_finish": _finish,
    "recall_notice": _notice,
    "recall_hint": lambda clause: (_recall(clause)(), []),
    "traceable": _lineage,
    "own_evidence": _lineage,
    "third_party": _reports,
    "report_dates": _reports,
}
"""check → a body that keeps the clause and bodies that do not, without product and day."""
SILENT = frozenset({"excursion", "third_party", "report_dates"})
"""Checks that say nothing while all is well."""


def label_for(clause: Clause, **more: Any) -> Body:
    """A complete label under the clause's edition, made on a day on which that edition may be used."""
    label: Body = {
        "edition": clause.edition if clause.standard.startswith("GB 7718") else "2025",
        "nutrition_edition": clause.edition if clause.standard.startswith("GB 28050") else "2025",
        "fields": dict.fromkeys(
            ("食品名称", "净含量和规格", "生产者名称", "地址", "联系方式", "产品标准代号"), "有"
        ) | {"配料表": "鸭肉（80%）、食用盐", "贮存条件": "0～4 ℃冷藏", "食品生产许可证编号": "SC10450015500001"},
        "shelf_life": "180天",
        "lot": "L1",
        "allergens": [],
        "claims": [],
        "nutrition": PANEL,
    }  # fmt: skip
    label["fields"]["提示"] = "儿童青少年应避免过量摄入盐油糖"
    day = date.fromisoformat(label_day(clause))
    label |= {"produced_on": str(day), "expires_on": str(day + timedelta(days=180))}
    return label | more


def label_day(clause: Clause) -> str:
    """A day on which the clause's label edition may be followed."""
    if clause.check not in EDITION_BY_LABEL:
        return max(made_on(clause), "2026-10-01") if clause.effective_to is None else "2026-10-01"
    return "2026-10-01"


PANEL = [
    {"nutrient": "能量", "amount": "840", "unit": "kJ", "nrv": "10"},
    {"nutrient": "蛋白质", "amount": "12.0", "unit": "g", "nrv": "20", "measured": "9.6"},
    {"nutrient": "脂肪", "amount": "9.0", "unit": "g", "nrv": "15", "measured": "10.8"},
    {"nutrient": "饱和脂肪", "amount": "2.0", "unit": "g", "nrv": "10"},
    {"nutrient": "碳水化合物", "amount": "17.8", "unit": "g", "nrv": "6"},
    {"nutrient": "糖", "amount": "1.0", "unit": "g"},
    {"nutrient": "钠", "amount": "800", "unit": "mg", "nrv": "40"},
]
"""12×17 + 9×37 + 17.8×17 = 839.6 kJ."""
