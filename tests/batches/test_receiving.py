"""Receiving: every kind of source, what is missing, what is refused, and nobody's name in the journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.lots import find_lots
from trace.batches.models import SOURCES, NewReceipt, Part, Registered
from trace.batches.receiving import missing_papers, receive
from trace.errors import Conflict, InvalidInput, Refusal
from trace.evidence.models import DOCUMENT_KINDS, NewDocument
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal
from trace.parties import store as parties

NAME, PHONE, STALL = "赵无名", "13800009999", "钱摊主"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def shipped_batch(maker: Org, lot: str = "L1", **more: Any) -> Registered:
    """A released batch of ``maker`` that others may receive."""
    raw = maker.receive(lot=f"r{lot}", received_on=more.get("produced_on", "2026-11-20"))
    made = maker.register(maker.product(), [line(raw.batch_id, "62.5")], lot=lot, **more)
    release(maker, made.batch_id)
    return made


def release(org: Org, batch_id: int) -> None:
    org.do(lambda c: lifecycle.release(c, batch_id, "出厂检验合格，见记录"))


def errors_of(caught: pytest.ExceptionInfo[Refusal]) -> dict[str, str]:
    return {e.pointer: e.code for e in caught.value.errors}


@pytest.mark.parametrize("source", [s for s in SOURCES if s != "enterprise"])
@pytest.mark.parametrize("papers", [(), tuple(DOCUMENT_KINDS)])
def test_what_a_source_owes(source: str, papers: tuple[str, ...]) -> None:
    missing = missing_papers(source, set(papers))
    owed = {"base": 1, "smallholder": 1, "collector": 2, "market": 1, "import": 1, "own": 0}[source]
    assert len(missing) == (0 if papers else owed)
    assert all(f.code == "paper_missing" and "缺凭证" in f.detail for f in missing)


@pytest.mark.parametrize("kind", ["conformity_certificate", "purchase_slip", "rapid_test"])
def test_any_one_paper_does_for_a_smallholder(kind: str) -> None:
    assert missing_papers("smallholder", {kind}) == []
    assert len(missing_papers("smallholder", {"photo"})) == 1


@pytest.mark.parametrize("source", [s for s in SOURCES if s != "enterprise"])
def test_every_source_is_kept_and_on_hand(org: Org, source: str) -> None:
    done = org.receive("白菜", "12.5", source=source, documents=())
    assert bool(done.warnings) == (source != "own")
    assert done.pending == []
    assert done.short_code
    with org.db.read() as conn:
        row = batches.get_batch(conn, done.batch_id)
        assert row is not None
        assert (row.kind, row.state, row.tenant_id) == ("raw", "released", org.id)
        assert json.loads(row.receipt)["source"] == source
        assert json.loads(row.origins) == ["良溪县青石村"]
        assert genealogy.stock_of(conn, [done.batch_id], org.id) == {done.batch_id: [(12_500_000, "KGM")]}
        handed = genealogy.handovers_of(conn, done.batch_id)
    assert len(handed) == (0 if source == "own" else 1)


def everything_written(db: Database) -> str:
    with db.read() as conn:
        events = [str(tuple(r)) for r in conn.execute(select(journal.event))]
        acts = [str(tuple(r)) for r in conn.execute(select(journal.act))]
        named = [str(tuple(r)) for r in conn.execute(select(journal.identifier))]
        rows = [str(tuple(r)) for r in conn.execute(select(batches.batch))]
        handed = [str(tuple(r)) for r in conn.execute(select(genealogy.handover))]
    return "\n".join(events + acts + named + rows + handed)


def test_people_stay_out_of_the_journal(org: Org, db: Database) -> None:
    org.receive("白菜", source="smallholder", supplier=NAME, supplier_phone=PHONE)
    parts = [Part("良溪县青石村", "孙甲户", "60"), Part("良溪县白水村", "李乙户", "40"), Part("良溪县白水村")]
    org.receive("白菜", source="collector", supplier=NAME, supplier_phone=PHONE, parts=parts)
    org.receive("白菜", source="market", supplier=STALL, supplier_phone="")
    org.receive("白菜", source="base", supplier="周场长", supplier_phone="13900001111")
    text = everything_written(db)
    for private in (NAME, PHONE, "孙甲户", "李乙户", STALL, "周场长", "13900001111"):
        assert private not in text
    with db.read() as conn:
        known = {(r.name, r.phone) for r in conn.execute(select(parties.person))}
    assert known == {(NAME, PHONE), ("孙甲户", ""), ("李乙户", ""), (STALL, ""), ("周场长", "13900001111")}


def test_a_collector_keeps_every_origin_once(org: Org) -> None:
    parts = [Part("良溪县青石村", "孙甲户", "60"), Part("良溪县白水村", "李乙户", "40"), Part("良溪县白水村")]
    done = org.receive("白菜", source="collector", origin="", parts=parts)
    with org.db.read() as conn:
        row = batches.get_batch(conn, done.batch_id)
    assert row is not None
    assert json.loads(row.origins) == ["良溪县青石村", "良溪县白水村"]
    kept = json.loads(row.receipt)["parts"]
    assert [(p["origin"], p["quantity"], bool(p["person"])) for p in kept] == [
        ("良溪县青石村", "60", True), ("良溪县白水村", "40", True), ("良溪县白水村", "", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "pointer", "code"),
    [
        ({"source": "moon"}, "/source", "not_a_choice"),
        ({"quantity": "0"}, "/quantity", "not_positive"),
        ({"unit": "担"}, "/unit", "unknown_unit"),
        ({"received_on": "2026-11-25"}, "/received_on", "in_future"),
        ({"received_on": "2026-02-30"}, "/received_on", "not_a_date"),
        ({"best_before": "2026-11-19"}, "/best_before", "expired"),
        ({"produced_on": "2026-11-21"}, "/produced_on", "after_receipt"),
        ({"supplier": ""}, "/supplier", "required"),
        ({"supplier_code": "nobody-of-that-name"}, "/supplier_code", "unknown_party"),
        ({"supplier_code": "demo-maker"}, "/supplier_code", "own_party"),
        ({"source": "enterprise", "code": "QQ-1"}, "/code", "unknown_code"),
        ({"source": "enterprise"}, "/code", "unknown_code"),
        ({"parts": [Part("")]}, "/parts/0/origin", "required"),
        ({"parts": [Part("甲村", "", "-1")]}, "/parts/0/quantity", "not_a_quantity"),
        ({"parts": [Part("甲村", "坏\x07名")]}, "/parts/0/name", "control_character"),
        ({"lot": "批\x00号"}, "/lot", "control_character"),
        ({"lot": "批" * 101}, "/lot", "too_long"),
        ({"material": ""}, "/material", "required"),
        ({"documents": [NewDocument("love_letter")]}, "/documents/0/kind", "not_a_choice"),
        ({"documents": [NewDocument("photo", attachment_id=5)]}, "/documents/0/attachment_id", "unknown_file"),
    ],
)
def test_what_is_refused_names_its_field(org: Org, stated: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        org.receive(**stated)
    assert errors_of(refused) == {pointer: code}


def test_everything_wrong_is_told_at_once_and_nothing_is_kept(org: Org) -> None:
    with pytest.raises(InvalidInput) as refused:
        org.receive("新原料", "x", unit="y", received_on="z", supplier="")
    assert set(errors_of(refused)) >= {"/quantity", "/unit", "/received_on", "/supplier"}
    with org.db.read() as conn:
        assert conn.execute(select(journal.act)).first() is None
        assert conn.execute(select(journal.identifier)).first() is None


def test_a_product_is_not_received_as_raw_material(org: Org) -> None:
    """That would make a batch without inputs that is not 待补录."""
    with pytest.raises(InvalidInput) as refused:
        org.receive("", material_id=org.product(), unit="件", source="own")
    assert errors_of(refused) == {"/material_id": "not_a_material"}


def test_another_organisations_material_does_not_exist(org: Org, db: Database) -> None:
    theirs = organisation(db, "demo-other").material("白菜")
    with pytest.raises(InvalidInput) as refused:
        org.receive("", material_id=theirs)
    assert errors_of(refused) == {"/material_id": "unknown_material"}


def test_the_same_lot_twice_is_a_conflict(org: Org) -> None:
    org.receive(lot="A1")
    with pytest.raises(Conflict) as again:
        org.receive(lot="A1")
    assert again.value.code == "duplicate_lot"
    org.receive("盐", lot="A1")


def test_a_voided_receipt_can_be_stated_again_under_the_same_code(org: Org) -> None:
    first = org.receive(lot="A1", quantity="10")
    org.do(lambda c: lifecycle.hold(c, first.batch_id, "数量录错了"))
    org.do(lambda c: lifecycle.void(c, first.batch_id, "数量录错了"))
    second = org.receive(lot="A1", quantity="12")
    assert (second.batch_id, second.short_code, second.uri) == (first.batch_id, first.short_code, first.uri)
    with org.db.read() as conn:
        row = batches.get_batch(conn, first.batch_id)
        assert genealogy.stock_of(conn, [first.batch_id], org.id) == {first.batch_id: [(12_000_000, "KGM")]}
    assert row is not None
    assert row.state == "released"


def test_issued_lots_never_meet_written_ones(org: Org) -> None:
    org.receive(lot="R261120-02")
    issued = [org.receive().lot for _ in range(3)]
    assert issued == ["R261120-03", "R261120-04", "R261120-05"]


def test_foreign_codes_lead_to_the_lot(org: Org) -> None:
    done = org.receive(
        code="渝溯源码：YSY 2026-77",
        lot="腊月二十三第一批",
        documents=[
            NewDocument("conformity_certificate", "合格证编号：HGZ-9"),
            NewDocument("quarantine_certificate", "No 500-1"),
        ],
    )
    for text in ("YSY2026-77", "渝溯源码：YSY2026-77", "HGZ-9", "承诺达标合格证 HGZ-9", "No500-1",
                 "腊月二十三第一批", done.uri, done.short_code, done.short_code.lower().replace("-", " ")):  # fmt: skip
        assert org.do(lambda c, t=text: find_lots(c, t)) == [done.batch_id], text  # type: ignore[misc]
    assert done.lot == "R261120-01"
    with org.db.read() as conn:
        schemes = {a.scheme for a in journal.aliases_of_lot(conn, done.batch_id)}
    assert schemes == {"yusuyuan", "commitment_certificate", "animal_quarantine", "factory"}


def test_a_factory_code_means_nothing_outside_the_factory(org: Org, db: Database) -> None:
    mine = org.receive(lot="腊月批")
    other = organisation(db, "demo-other")
    assert other.do(lambda c: find_lots(c, "腊月批")) == []
    theirs = other.receive(lot="腊月批")
    assert other.do(lambda c: find_lots(c, "腊月批")) == [theirs.batch_id]
    assert org.do(lambda c: find_lots(c, "腊月批")) == [mine.batch_id]


def test_one_certificate_for_two_buyers_makes_neither_the_others_supplier(org: Org, db: Database) -> None:
    other = organisation(db, "demo-other")
    mine = org.receive(code="HGZ-0001")
    theirs = other.receive(code="HGZ-0001", quantity="7")
    assert theirs.batch_id != mine.batch_id
    with db.read() as conn:
        for lot, stranger in ((mine, other), (theirs, org)):
            handed = genealogy.handovers_of(conn, lot.batch_id)
            assert handed
            assert stranger.id not in {party for h in handed for party in (h.from_id, h.to_id)}
        assert genealogy.stock_of(conn, [mine.batch_id], other.id) == {}
    assert set(org.do(lambda c: find_lots(c, "HGZ-0001"))) == {mine.batch_id, theirs.batch_id}


def test_a_shared_certificate_is_no_batch_code_of_an_enterprise(org: Org, db: Database) -> None:
    makers = [organisation(db, f"demo-{i}") for i in range(2)]
    for maker in makers:
        maker.receive(code="HGZ-0001")
    with pytest.raises(InvalidInput) as refused:
        org.receive(source="enterprise", code="HGZ-0001")
    assert errors_of(refused) == {"/code": "ambiguous_code"}


class TestAnotherEnterprisesBatch:
    @pytest.fixture
    def maker(self, db: Database) -> Org:
        return organisation(db, "demo-first")

    def take(self, org: Org, code: str, **more: Any) -> Registered:
        stated: dict[str, Any] = {"quantity": "10", "unit": "件", "received_on": "2026-11-24"} | more
        return org.do(lambda c: receive(c, NewReceipt(source="enterprise", code=code, **stated)))

    def test_released_by_any_form_of_its_code(self, org: Org, maker: Org) -> None:
        made = shipped_batch(maker)
        for code in (made.uri, made.short_code, made.uri.removeprefix("http://testserver")):
            done = self.take(org, code)
            assert (done.batch_id, done.uri) == (made.batch_id, made.uri)
        with org.db.read() as conn:
            assert genealogy.stock_of(conn, [made.batch_id], org.id) == {made.batch_id: [(30_000_000, "H87")]}
            assert genealogy.stock_of(conn, [made.batch_id], maker.id) == {made.batch_id: [(100_000_000, "H87")]}

    def test_awaiting_held_stopped_voided_and_expired_are_refused(self, org: Org, maker: Org) -> None:
        raw = maker.receive()
        made = maker.register(maker.product(), [line(raw.batch_id, "50")], lot="L2")

        def refused() -> dict[str, str]:
            with pytest.raises(InvalidInput) as caught:
                self.take(org, made.uri)
            return errors_of(caught)

        assert refused() == {"/code": "not_released"}
        release(maker, made.batch_id)
        maker.do(lambda c: lifecycle.hold(c, made.batch_id, "等待复检结果"))
        assert refused() == {"/code": "not_released"}
        maker.do(lambda c: lifecycle.unhold(c, made.batch_id, "复检已经完成"))
        release(maker, made.batch_id)
        maker.do(lambda c: lifecycle.stop(c, made.batch_id, "包装漏气"))
        assert refused() == {"/code": "lot_halted"}
        maker.do(lambda c: lifecycle.lift_stop(c, made.batch_id, "重新包装完成"))
        assert self.take(org, made.uri).batch_id == made.batch_id
        other = maker.register(maker.product(), [line(raw.batch_id, "1")], lot="L3")
        maker.do(lambda c: lifecycle.void(c, other.batch_id, "录错了产品"))
        with pytest.raises(InvalidInput) as caught:
            self.take(org, other.uri)
        assert errors_of(caught) == {"/code": "lot_voided"}
        old = shipped_batch(maker, "OLD", produced_on="2026-05-01", best_before="2026-11-23")
        with pytest.raises(InvalidInput) as caught:
            self.take(org, old.uri)
        assert errors_of(caught) == {"/code": "expired"}

    @pytest.mark.parametrize("first", ["shipped", "received"])
    def test_both_sides_make_one_hand_over(self, org: Org, maker: Org, first: str) -> None:
        made = shipped_batch(maker)
        steps: list[Callable[[], Any]] = [
            lambda: maker.do(lambda c: lifecycle.ship(c, made.batch_id, "10", "", "", org.code)),
            lambda: self.take(org, made.uri),
        ]
        for step in range(2):
            steps[step if first == "shipped" else 1 - step]()
        with org.db.read() as conn:
            (handed,) = genealogy.handovers_of(conn, made.batch_id)
            assert genealogy.lots_exchanged(conn, org.id, [made.batch_id]) == {made.batch_id}
        assert (handed.from_id, handed.to_id) == (maker.id, org.id)
        assert handed.shipped_event is not None
        assert handed.received_event is not None

    def test_received_when_the_receiver_says_so(self, org: Org, maker: Org) -> None:
        """Not when the supplier shipped: production between the two is out of order."""
        made = shipped_batch(maker, "L9", produced_on="2026-11-10")
        early = int(org.db.now()) - 5 * 86_400_000_000
        maker.do(lambda c: lifecycle.ship(c, made.batch_id, "10", "", "", org.code), now=early)
        self.take(org, made.uri, material="半成品鸭")
        mine = org.register(org.product("拼盘"), [line(made.batch_id, "1", "件")], produced_on="2026-11-22")
        assert [p["code"] for p in mine.pending] == ["before_receipt"]

    def test_it_serves_as_an_own_material(self, org: Org, maker: Org) -> None:
        made = shipped_batch(maker)
        material = org.material("半成品鸭", "件")
        self.take(org, made.uri, material_id=material)
        org.do(lambda c: lifecycle.open_pack(c, made.batch_id))
        with org.db.read() as conn:
            assert items.open_packs(conn, org.id) == {material: made.batch_id}
        with pytest.raises(InvalidInput) as caught:
            self.take(org, made.uri, material_id=org.material("按公斤的鸭", "kg"))
        assert errors_of(caught) == {"/material_id": "unit_mismatch"}

    def test_its_unit_must_convert(self, org: Org, maker: Org) -> None:
        made = shipped_batch(maker)
        with pytest.raises(InvalidInput) as caught:
            self.take(org, made.uri, unit="kg")
        assert errors_of(caught) == {"/unit": "unit_mismatch"}

    def test_from_a_dealer(self, org: Org, maker: Org, db: Database) -> None:
        made = shipped_batch(maker)
        dealer = organisation(db, "demo-dealer")
        self.take(dealer, made.uri)
        dealer.do(lambda c: lifecycle.ship(c, made.batch_id, "4", "", "", org.code))
        self.take(org, made.uri, quantity="4", supplier_code=dealer.code)
        with db.read() as conn:
            pairs = {(h.from_id, h.to_id) for h in genealogy.handovers_of(conn, made.batch_id)}
            row = batches.get_batch(conn, made.batch_id)
        assert pairs == {(maker.id, dealer.id), (dealer.id, org.id)}
        assert row is not None
        assert row.state == "released", "a dealer's shipment is not the maker's"
