"""The demo district's seeds as statements of the register, each with the seed's own source and date. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chain import sites
from chain.demo import MARK, organisation_links
from chain.models import DemoChain, DemoOrganisation
from chain.register.commands import known_families
from chain.register.models import DATUMS, FAMILY, LINK, SUBJECT_KINDS
from chain.register.rules import LATITUDE, LONGITUDE, Checked, Checker
from chain.seedrows import Row, parse, read_text
from chain.units import UNITS
from trace.problems import Problems

FILE = "chain_demo/register.yaml"
DESCRIBED = date(2026, 9, 30)
"""Date of the demo organisations' descriptions."""
SOURCE = "主体资料（演示）"


@dataclass(frozen=True, slots=True)
class DemoStatements:
    """New subjects as (id, kind), statements in the order of their dates, and seed key → subject id."""

    subjects: tuple[tuple[int, str], ...]
    statements: tuple[Checked, ...]
    keys: Mapping[str, str]


def demo_statements(demo: DemoChain, as_of: date, new_id: Callable[[], int]) -> DemoStatements:
    """Everything the demo says. ``as_of`` is the day that ``demo`` was loaded for: sample flows count back from it."""
    top = parse(FILE, read_text(FILE))
    kinds = {o.key: _kind(o, organisation_links(demo, o)) for o in demo.organisations}
    extra = list(top.rows("subjects", "key"))
    for row in extra:
        kinds[row.text("key")] = row.choice("kind", tuple(SUBJECT_KINDS))
    keys = {key: str(new_id()) for key in kinds}
    said: list[Checked] = []
    for o in demo.organisations:
        said += _organisation(o, kinds[o.key], keys[o.key])
    said += [_described(row, kinds, keys) for row in extra]
    by_code = {o.org_code: o.key for o in demo.organisations}
    for p in demo.presences:
        key = by_code[p.org_code]
        amount = None if p.capacity is None else format(p.capacity, "f")
        body: dict[str, Any] = {
            "link": p.link_id,
            "low": amount,
            "high": amount,
            "unit": p.unit,
            "period": "年",
            "ended": None,
        }
        said.append(_said(kinds[key], keys[key], "operates", body, p.data_date, p.source, p.basis, p.link_id))
    for d in demo.demands:
        amount = format(d.quantity, "f")
        body = {"low": amount, "high": amount, "unit": d.unit}
        said.append(_said(LINK, d.link_id, "need", body, d.data_date, d.source, link=d.link_id))
    for s in demo.surveys:
        said.append(_said(LINK, s.link_id, "survey", {"where": s.source}, s.data_date, s.source, link=s.link_id))
    for f in demo.flows:
        assert f.observed_since is not None
        body = {
            "last_days_ago": None if f.last_flow_date is None else (as_of - f.last_flow_date).days,
            "batches": f.batches_90d,
            "enterprises": f.enterprises,
            "top_share": None if f.top_share is None else str(f.top_share),
            "observed_days": (as_of - f.observed_since).days,
        }
        said.append(_said(LINK, f.link_id, "flow", body, DESCRIBED, f.source, "observed", f.link_id))
    said += _more(top, kinds, keys)
    top.done()
    said.sort(key=lambda one: (one.data_date, one.kind != "subject"))
    return DemoStatements(tuple((int(keys[key]), kind) for key, kind in kinds.items()), tuple(said), keys)


SITE_FACTS = ("requires", "offers")


def _said(
    subject_kind: str,
    subject: str,
    kind: str,
    body: Mapping[str, Any],
    day: date,
    source: str,
    basis: str = "declared",
    link: str | None = None,
    code: str | None = None,
) -> Checked:
    return Checked(subject_kind, subject, kind, dict(body) | {"demo": True}, day, source, basis, link, code)


def _kind(organisation: DemoOrganisation, links: frozenset[str]) -> str:
    for link, kind in (("D01", "cold_store"), ("D02", "carrier"), ("S01", "lab")):
        if link in links:
            return kind
    return "base" if organisation.kind == "合作社" else "enterprise"


def _organisation(o: DemoOrganisation, kind: str, key: str) -> Iterator[Checked]:
    body = {
        "name": o.name,
        "code": o.org_code,
        "controller": o.controller,
        "inside": o.inside_district,
        "place": o.village,
        "fields": {"登记类型": o.kind},
    }
    yield _said(kind, key, "subject", body, DESCRIBED, SOURCE, code=o.org_code)
    for what, number, until in o.licences:
        yield _said(
            kind,
            key,
            "licence",
            {"what": what, "number": number, "valid_from": None, "valid_to": until and until.isoformat()},
            DESCRIBED,
            SOURCE,
        )


def _described(row: Row, kinds: Mapping[str, str], keys: Mapping[str, str]) -> Checked:
    key, name = row.text("key"), row.text("name")
    if not name.endswith(MARK):
        raise row.fail("name", f"演示主体名必须以{MARK}结尾")
    body = {
        "name": name,
        "code": None,
        "controller": None,
        "inside": row.text("inside", required=False) != "false",
        "place": row.text("place", required=False),
        "fields": dict[str, str](),
    }
    made = _said(kinds[key], keys[key], "subject", body, row.day("data_date"), row.text("source"))
    row.done()
    return made


def _more(top: Row, kinds: Mapping[str, str], keys: Mapping[str, str]) -> Iterator[Checked]:
    def who(row: Row, name: str) -> tuple[str, str]:
        key = row.text(name)
        if key not in keys:
            raise row.fail(name, f"没有主体「{key}」")
        return kinds[key], keys[key]

    def amount(row: Row) -> dict[str, str | None]:
        number = row.optional_decimal("amount")
        text = None if number is None else format(number, "f")
        unit = row.text("unit", required=text is not None)
        if unit and unit not in UNITS:
            raise row.fail("unit", f"不认识单位「{unit}」")
        return {"low": text, "high": text, "unit": unit}

    for row in top.rows("sizes", "org"):
        body: dict[str, Any] = {"what": row.text("what"), **amount(row)}
        yield _said(*who(row, "org"), "base_size", body, row.day("data_date"), row.text("source"))
        row.done()
    families = known_families()
    for row in top.rows("volumes", "family"):
        family = row.choice("family", tuple(families))
        body = amount(row)
        said = _said(FAMILY, family, "volume", body, row.day("data_date"), row.text("source"))
        row.done()
        yield said
    for row in top.rows("equipment", "org"):
        body = {"what": row.text("what"), "count": row.text("count", required=False)}
        yield _said(*who(row, "org"), "equipment", body, row.day("data_date"), row.text("source"))
        row.done()
    for row in top.rows("located", "org"):
        body = {"other": who(row, "park")[1], "what": ""}
        yield _said(*who(row, "org"), "located_in", body, row.day("data_date"), row.text("source"))
        row.done()
    for row in top.rows("positions", "org"):
        problems = Problems()
        check = Checker(problems, (), row.day("data_date"))
        body = {
            "lon": check.degrees(row.text("lon"), "lon", "经度", LONGITUDE),
            "lat": check.degrees(row.text("lat"), "lat", "纬度", LATITUDE),
            "datum": row.choice("datum", tuple(DATUMS)),
        }
        for wrong in problems.errors:
            raise row.fail(wrong.pointer.strip("/"), wrong.detail)
        yield _said(*who(row, "org"), "position", body, row.day("data_date"), row.text("source"))
        row.done()
    for row in top.rows("supplies", "from"):
        link = row.text("link")
        body = {"to": who(row, "to")[1], "link": link, "what": row.text("what"), **amount(row)}
        yield _said(*who(row, "from"), "supplies", body, row.day("data_date"), row.text("source"), link=link)
        row.done()
    for kind in SITE_FACTS:
        for row in top.rows(kind, "org"):
            what = row.choice("what", tuple(sites.CONSTRAINTS))
            number = row.optional_decimal("amount")
            text = None if number is None else format(number, "f")
            unit = row.text("unit", required=text is not None)
            if unit and unit not in sites.units_of(what):
                raise row.fail("unit", f"{sites.NAMES[what]}的单位应是 {'、'.join(sites.units_of(what))}")
            body = {"what": what, "low": text, "high": text, "unit": unit}
            yield _said(*who(row, "org"), kind, body, row.day("data_date"), row.text("source"))
            row.done()
    for row in top.rows("candidates", "org"):
        link = row.text("link")
        body = {"link": link, "note": row.text("note", required=False), **amount(row)}
        yield _said(*who(row, "org"), "candidate_for", body, row.day("data_date"), row.text("source"), link=link)
        row.done()
