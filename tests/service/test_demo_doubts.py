"""The demo district shows each kind of doubt once."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from chain.ledger import store as ledger
from chain.projects.commands import projects_on
from chain.register.owning import org_code
from chain.staffview.commands import in_force
from chain.staffview.store import consents
from service.claims.views import listed
from service.database import Database
from service.demo import seed
from service.demo.people import context
from service.register.current import desk_of
from trace.batches import store as batches
from trace.context import local_datetime
from trace.genealogy import store as genealogy
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot
from trace.measures import rules
from trace.measures import store as measures
from trace.parties import store as parties
from trace.quantity import MICRO
from trace.recalls import store as recalls
from trace.recalls.accounting import read_accounts
from trace.suspicion.commands import open_below
from trace.verdicts import store


def measured(conn: Connection, now: int) -> dict[str, tuple[str, int | None]]:
    """The official measures: what each is and how many days it has left."""
    rows = measures.list_measures(conn, limit=50)
    return {(where := rules.standing(row, now)).code: (row.measure, where.days) for row in rows}


def drilled(conn: Connection) -> None:
    """The finished drill: a seasoning lot, 40 products, 300 deliveries, and not one batch that shows it."""
    [drill] = [one for one in recalls.list_recalls(conn, tenant_id=None, before=None, limit=50) if one.mock]
    assert (drill.state, drill.scoped_at >= drill.begun_at, drill.told_at > drill.scoped_at) == ("closed", True, True)
    scope = recalls.lots_of(conn, drill.id)
    lots = [one.lot_id for one in scope]
    assert len(lots) == len({one.item_name for one in scope}) == 40
    given = select(func.count()).select_from(genealogy.handover).where(genealogy.handover.c.lot_id.in_(lots))
    assert conn.execute(given).scalar() == 300
    assert {one.halt for one in batches.get_batches(conn, lots).values()} == {""}
    [total] = read_accounts(conn, drill.id).totals
    assert sum(total.account.grid.values()) == total.account.made == 40 * 200 * MICRO


def told_to_the_office(db: Database, conn: Connection) -> None:
    """One consent; a project in production whose proof is a released batch and whose capacity is in the register; a
    ledger of which nothing counts."""
    day = local_datetime(db.now()).date()
    with desk_of(db).register(conn, day) as register:
        held = [
            one.name for one in register.subjects if in_force(consents(conn, [org_code(register, one.subject)]), day)
        ]
        assert held == ["良溪鸭掌柜食品有限公司（演示）"]
        [producing] = [one for one in projects_on(conn) if one.stage == "producing"]
        [capacity] = register.operated_by(producing.subject)
        assert (capacity.at, capacity.low, capacity.id) == ("M04", 12000, producing.written[0])
        assert producing.demo
    with db.read() as other:
        lots = batches.list_batches(other, tenant_id=None, before=None, limit=500, kind="product", text="")
    proof = producing.proofs["producing"].value
    assert any(one.lot == proof and one.state in ("released", "shipped") for one in lots)
    entries = list(ledger.after(conn, 0))
    assert {one.origin for one in entries} == {"seed"}
    assert {"site", "report", "voice", "certificate", "listed"} <= {one.kind for one in entries}
    assert all("模拟" in one.source for one in entries)


def claims(db: Database, conn: Connection) -> list[tuple[str, str]]:
    """What others say of the maker's lots, newest first: state and product."""
    maker = parties.organisation_by_code(conn, "demo-maker")
    assert maker is not None
    items, _ = listed(context(db, conn, maker.id, db.now()), maker.id, None, 50)
    return [(one["state"], one["product"]) for one in items]


def test_the_demo_has_a_suspicion_a_ruling_a_note_a_signed_clause_a_label_and_an_excursion(db: Database) -> None:
    seed(db)
    with db.read() as conn:
        kinds = Counter(row.kind for row in conn.execute(select(journal.act.c.kind)))
        under = open_below(conn, None)
        before = snapshot(conn)
        sensors = conn.execute(
            select(func.count()).select_from(journal.event).where(journal.event.c.biz_step == "sensor_reporting")
        ).scalar()
        excursions = [v for v in store.latest_verdicts(conn) if "冷链配送食品温度" in v.findings]
        drilled(conn)
        told_to_the_office(db, conn)
        claimed = claims(db, conn)
        told = measured(conn, db.now())
        statuses = {v.status for v in store.latest_verdicts(conn)}
    for kind in ("ruling", "review.noted", "suspicion.concluded", "clause.signed"):
        assert kinds[kind] == 1, kind
    assert kinds["item.label"] == kinds["claim.confirmed"] == 1
    assert claimed == [("open", "酱卤鸭（整只）"), ("confirmed", "香辣鸭脖")]
    assert told == {"draft": ("stop", None), "served": ("stop", None), "due": ("seal", 6)}
    assert sensors == 1
    assert {(one.status, "CAT-06-1" in one.findings) for one in excursions} == {("fail", True)}
    assert sorted(len(s.path) for _, standing in under for s in standing.open) == [2, 2, 3]
    assert all(s.share is not None for _, standing in under for s in standing.open)
    assert {"pass", "fail", "needs_review", "insufficient_evidence"} <= statuses
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before
