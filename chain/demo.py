"""Load the fictional demo district: organisations, who operates what, demand, surveys, sample flows.

Everything here is invented and says so: names end in （演示）, credit codes are valid in form but carry an
administrative district that does not exist. The loader refuses anything that could be somebody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from chain.creditcode import DEMO_DISTRICT, is_credit_code
from chain.models import Demand, DemoChain, DemoOrganisation, Flow, Link, Presence, Survey
from chain.seedrows import Row, parse, read_text

FOLDER = "chain_demo"
MARK = "（演示）"


def load_demo(links: Iterable[Link], as_of: date) -> DemoChain:
    """The demo district as seen on ``as_of``: sample flows are dated relative to it, so that a demo never ages."""
    known = {link.id for link in links}
    top = _file("organisations.yaml")
    district, notice = top.text("district"), top.text("notice")
    if not district.endswith(MARK):
        raise top.fail("district", f"演示区县名必须以{MARK}结尾")
    organisations = tuple(_organisation(row) for row in top.rows("organisations", "key"))
    top.done()
    by_key = {organisation.key: organisation for organisation in organisations}
    if len(by_key) != len(organisations) or len({o.org_code for o in organisations}) != len(organisations):
        raise top.fail("organisations", "代号或信用代码重复")
    needs = _file("needs.yaml")
    demands = tuple(_demand(row, known) for row in needs.rows("demands", "link"))
    surveys = tuple(_survey(row, known) for row in needs.rows("surveys", "link"))
    needs.done()
    presence_file, flow_file = _file("presences.yaml"), _file("flows.yaml")
    presences = tuple(_presence(row, known, by_key) for row in presence_file.rows("presences", "org"))
    flows = tuple(_flow(row, known, as_of) for row in flow_file.rows("flows", "link"))
    presence_file.done()
    flow_file.done()
    return DemoChain(district, notice, organisations, presences, demands, surveys, flows)


def organisation_links(demo: DemoChain, organisation: DemoOrganisation) -> frozenset[str]:
    """The links a demo organisation operates."""
    return frozenset(p.link_id for p in demo.presences if p.org_code == organisation.org_code)


def _file(name: str) -> Row:
    path = f"{FOLDER}/{name}"
    return parse(path, read_text(path))


def _link(row: Row, known: set[str]) -> str:
    link = row.text("link")
    if link not in known:
        raise row.fail("link", f"没有环节「{link}」")
    return link


def _organisation(row: Row) -> DemoOrganisation:
    licences = []
    for licence in row.rows("licences", required=False):
        until = licence.day("until") if "until" in licence.data else None
        licences.append((licence.text("kind"), licence.text("number"), until))
        licence.done()
    organisation = DemoOrganisation(
        key=row.text("key"),
        name=row.text("name"),
        org_code=row.text("org_code"),
        kind=row.choice("kind", ("企业", "合作社", "个体")),
        village=row.text("village", required=False),
        inside_district=row.flag("inside"),
        controller=row.text("controller", required=False) or None,
        licences=tuple(licences),
    )
    if not organisation.name.endswith(MARK):
        raise row.fail("name", f"演示主体名必须以{MARK}结尾")
    if not is_credit_code(organisation.org_code):
        raise row.fail("org_code", f"「{organisation.org_code}」校验位不对")
    if organisation.org_code[2:8] != DEMO_DISTRICT:
        raise row.fail("org_code", f"演示代码的行政区划必须是 {DEMO_DISTRICT}")
    row.done()
    return organisation


def _presence(row: Row, known: set[str], organisations: dict[str, DemoOrganisation]) -> Presence:
    key = row.text("org")
    if key not in organisations:
        raise row.fail("org", f"没有主体「{key}」")
    organisation = organisations[key]
    presence = Presence(
        org_code=organisation.org_code,
        name=organisation.name,
        link_id=_link(row, known),
        capacity=row.optional_decimal("capacity"),
        unit=row.text("unit"),
        data_date=row.day("data_date"),
        source=row.text("source"),
        inside_district=organisation.inside_district,
        demo=True,
        controller=organisation.controller,
        basis=row.choice("basis", ("declared", "observed", "planned")),
    )
    row.done()
    return presence


def _demand(row: Row, known: set[str]) -> Demand:
    demand = Demand(
        _link(row, known), row.decimal("quantity"), row.text("unit"), row.day("data_date"), row.text("source")
    )
    row.done()
    return demand


def _survey(row: Row, known: set[str]) -> Survey:
    survey = Survey(_link(row, known), row.day("data_date"), row.text("source"))
    row.done()
    return survey


def _flow(row: Row, known: set[str], as_of: date) -> Flow:
    seen = row.text("last_days_ago", required=False)
    flow = Flow(
        link_id=_link(row, known),
        last_flow_date=as_of - timedelta(days=row.whole("last_days_ago")) if seen else None,
        batches_90d=row.whole("batches"),
        observed_since=as_of - timedelta(days=row.whole("observed_days")),
        enterprises=row.whole("enterprises"),
        top_share=row.optional_decimal("top_share"),
        source="批次流样例（演示）",
    )
    row.done()
    return flow
