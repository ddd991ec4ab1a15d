"""A recall from its scope to its end on both databases: halts, tasks, links, accounts, drills, overlaps."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.clock import Clock
from tests.fixtures.record import NOON, Org, line, organisation
from tests.fixtures.rulings import ruled_release
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot
from trace.parties import store as parties
from trace.quantity import MICRO
from trace.recalls import announcing, answering, commands, store
from trace.recalls.accounting import call_list, open_points, read_accounts
from trace.recalls.announcing import Announcement
from trace.recalls.answering import Answer, Plan
from trace.recalls.models import NewRecall
from trace.recalls.rules import open_total

WHY = "供货方通知检出沙门氏菌"
HOUR = 3_600_000_000
TOLD = Announcement("到购买处退款", "请停止食用", "原料可能受污染", "023-00000000", "2026-11-30", "演示牌")


class Chain:
    """A seasoning lot in three batches; one went to a dealer, one to a shop without an account, one stays."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.maker = organisation(db)
        self.dealer = organisation(db, "demo-dealer", stages="市")
        self.second = organisation(db, "demo-second", stages="市")
        self.sauce = self.maker.receive("酱油", "1000").batch_id
        product = self.maker.product()
        self.lots = []
        for quantity in ("100", "80", "60"):
            made = self.maker.register(product, [line(self.sauce, "10")], quantity=quantity)
            self.maker.do(lambda c, m=made: ruled_release(c, m.batch_id, "出厂检验与凭证齐全"))  # type: ignore[misc]
            self.lots.append(made)
        self.ship(self.lots[0].batch_id, "40", to="demo-dealer")
        self.take(self.dealer, self.lots[0].uri, "40")
        self.dealer.do(lambda c: lifecycle.ship(c, self.lots[0].batch_id, "15", "件", "", "demo-second"))
        self.ship(self.lots[1].batch_id, "30", name="老街便利店")

    def ship(self, lot: int, quantity: str, *, to: str = "", name: str = "") -> None:
        self.maker.do(lambda c: lifecycle.ship(c, lot, quantity, "件", name, to))

    def take(self, org: Org, uri: str, quantity: str) -> None:
        org.do(lambda c: receive(c, NewReceipt("enterprise", quantity, "件", code=uri)))

    def propose(self, *suspects: int, mock: bool = False) -> int:
        new = NewRecall(suspects or (self.sauce,), WHY, self.db.now() - HOUR, "供货方书面通知", mock)
        return self.maker.do(lambda c: commands.propose(c, new, self.db.now))

    def announce(self, *suspects: int, mock: bool = False) -> int:
        found = self.propose(*suspects, mock=mock)
        self.maker.do(lambda c: commands.set_level(c, found, "一级", "致病菌，可能导致严重健康损害"))
        self.maker.do(lambda c: announcing.announce(c, found, TOLD, self.db.now))
        return found

    def halt(self, lot: int) -> tuple[str, str]:
        with self.db.read() as conn:
            return batches.halt_of(conn, lot)

    def task(self, recall_id: int, name: str) -> Any:
        with self.db.read() as conn:
            return next(one for one in store.tasks_of(conn, recall_id) if name in one.name)


@pytest.fixture
def chain(db: Database) -> Chain:
    return Chain(db)


def test_the_scope_is_complete_and_says_why_and_who(chain: Chain) -> None:
    found = chain.propose()
    with chain.db.read() as conn:
        lots = store.lots_of(conn, found)
        lines = {(one.lot_id, one.holder): one for one in store.lines_of(conn, found)}
        row = store.get_recall(conn, found)
    assert row is not None
    assert [one.lot_id for one in lots] == [one.batch_id for one in chain.lots]
    assert [json.loads(one.path) for one in lots] == [[str(chain.sauce), str(one.batch_id)] for one in chain.lots]
    assert {one.share for one in lots} == {MICRO}
    assert row.scoped_at >= row.begun_at
    first, second, third = (one.batch_id for one in chain.lots)
    maker, dealer, far = (str(org.id) for org in (chain.maker, chain.dealer, chain.second))
    quantities = {key: (one.quantity, one.transit, one.book_sold, one.step) for key, one in lines.items()}
    assert quantities == {
        (first, maker): (60 * MICRO, 0, 0, 0),
        (first, dealer): (25 * MICRO, 0, 0, 1),
        (first, far): (15 * MICRO, 15 * MICRO, 0, 2),
        (second, maker): (50 * MICRO, 0, 0, 0),
        (second, "~老街便利店"): (30 * MICRO, 0, 0, 1),
        (third, maker): (60 * MICRO, 0, 0, 0),
    }
    assert all(chain.halt(lot) == ("", "") for lot in (first, second, third)), "a proposal halts nothing"


def test_announced_lots_are_halted_and_everybody_has_a_task(chain: Chain) -> None:
    found = chain.announce()
    for made in chain.lots:
        halt, text = chain.halt(made.batch_id)
        assert halt == "recall"
        assert "本批已召回，请停止食用" in text
        assert "到购买处退款" in text
    with chain.db.read() as conn:
        names = {one.name for one in store.tasks_of(conn, found)}
    assert len(names) == 4
    assert "老街便利店" in names
    with pytest.raises(Conflict):
        chain.ship(chain.lots[2].batch_id, "1", name="某店")


def test_a_drill_changes_no_state_no_public_word_and_no_input_check(chain: Chain) -> None:
    before = {one.batch_id: _row(chain, one.batch_id) for one in chain.lots}
    found = chain.announce(mock=True)
    chain.maker.do(lambda c: announcing.set_notice(c, found, "https://example.gov.cn/1", "2026-11-24"))
    chain.maker.do(lambda c: announcing.close(c, found, "演练结束，联系方式有三处过期"))
    assert {one.batch_id: _row(chain, one.batch_id) for one in chain.lots} == before
    third = chain.lots[2].batch_id
    chain.maker.register(chain.maker.product("套餐"), [line(third, "5", "件")])
    chain.ship(third, "1", name="某店")
    with chain.db.read() as conn:
        kinds = {one.kind for one in conn.execute(select(journal.act.c.kind))}
        assert "recall.announced" not in kinds
        assert "recall.closed" not in kinds
        row = store.get_recall(conn, found)
    assert row is not None
    assert row.told_at >= row.scoped_at >= row.begun_at


def _row(chain: Chain, lot: int) -> Any:
    with chain.db.read() as conn:
        return tuple(conn.execute(select(batches.batch).where(batches.batch.c.id == lot)).one())


def test_a_second_recall_never_erases_the_first(chain: Chain) -> None:
    lot = chain.lots[0].batch_id
    first, second = chain.announce(), chain.announce(lot)
    assert f"/recalls/{first}/notice" in chain.halt(lot)[1]
    assert f"/recalls/{second}/notice" in chain.halt(lot)[1]
    chain.maker.do(lambda c: commands.take_out(c, first, lot, "复核后不含问题批次"))
    assert chain.halt(lot)[0] == "recall"
    assert f"/recalls/{first}/notice" not in chain.halt(lot)[1]
    chain.maker.do(lambda c: commands.take_out(c, second, lot, "复核后不含问题批次"))
    assert chain.halt(lot) == ("", "")


def test_one_by_one_with_a_reason(chain: Chain) -> None:
    found, lot = chain.propose(), chain.lots[1].batch_id
    with pytest.raises(InvalidInput):
        chain.maker.do(lambda c: commands.take_out(c, found, lot, "不"))
    chain.maker.do(lambda c: commands.take_out(c, found, lot, "投料记录更正，未用该批酱油"))
    with chain.db.read() as conn:
        assert {one.lot_id: one.state for one in store.lots_of(conn, found)}[lot] == "out"
    other = chain.maker.register(chain.maker.product(), [], quantity="5").batch_id
    chain.maker.do(lambda c: commands.put_in(c, found, lot, "再次核对确认用过"))
    chain.maker.do(lambda c: commands.put_in(c, found, other, "同一班次同一条线生产"))
    with pytest.raises(Conflict):
        chain.maker.do(lambda c: commands.put_in(c, found, other, "同一班次同一条线生产"))
    with chain.db.read() as conn:
        assert {one.state for one in store.lots_of(conn, found)} == {"in"}
    chain.maker.do(lambda c: commands.set_level(c, found, "二级", "菌落超标，一般健康损害"))
    chain.maker.do(lambda c: announcing.announce(c, found, TOLD, chain.db.now))
    late = chain.maker.register(chain.maker.product(), [], quantity="7").batch_id

    def add(ctx: Any) -> None:
        commands.put_in(ctx, found, late, "补查到同一批酱油")
        announcing.announce_added(ctx, found, late, chain.db.now)

    chain.maker.do(add)
    assert chain.halt(late)[0] == "recall"


def test_what_is_made_after_the_proposal_is_not_missed(chain: Chain) -> None:
    found = chain.propose()
    chain.maker.do(lambda c: commands.set_level(c, found, "一级", "致病菌检出"))
    out, first = chain.lots[1].batch_id, chain.lots[0].batch_id
    chain.maker.do(lambda c: commands.take_out(c, found, out, "投料记录更正后未用"))
    chain.ship(first, "20", name="后来的店")
    late = chain.maker.register(chain.maker.product(), [line(chain.sauce, "5")], quantity="30").batch_id
    with pytest.raises(Conflict, match="又有 1 个批次受影响"):
        chain.maker.do(lambda c: announcing.announce(c, found, TOLD, chain.db.now))
    assert chain.halt(first) == ("", "")
    assert chain.maker.do(lambda c: commands.refresh(c, found)) == 1
    chain.maker.do(lambda c: announcing.announce(c, found, TOLD, chain.db.now))
    assert [chain.halt(lot)[0] for lot in (first, late, out)] == ["recall", "recall", ""]
    assert chain.task(found, "后来的店").kind == "holder"
    with chain.db.read() as conn:
        account = read_accounts(conn, found).by_lot[first]
    assert sum(account.grid.values()) == account.made == 100 * MICRO


def test_only_ones_own(chain: Chain) -> None:
    found = chain.propose()
    for fn in (
        lambda c: commands.set_level(c, found, "一级", "致病菌检出"),
        lambda c: commands.take_out(c, found, chain.lots[0].batch_id, "不想召回了"),
        lambda c: announcing.announce(c, found, TOLD, chain.db.now),
        lambda c: announcing.close(c, found, "不归我管也要结束"),
    ):
        with pytest.raises(NotFound):
            chain.dealer.do(fn)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        chain.second.do(lambda c: commands.propose(c, NewRecall([chain.sauce], WHY), chain.db.now))
    with pytest.raises(InvalidInput, match=r"填写的内容有误|无可召回"):
        chain.dealer.do(lambda c: commands.propose(c, NewRecall([chain.lots[0].batch_id], WHY), chain.db.now))


def test_a_suppliers_recall_notifies_the_makers(db: Database) -> None:
    supplier, maker, shop = (organisation(db, f"demo-{name}") for name in ("supplier", "maker", "shop"))
    product = supplier.product("调味盐", base_unit="kg", net_content="", net_unit="")
    salt = supplier.register(product, [line(supplier.receive("原盐").batch_id, "99")], quantity="100", unit="kg")
    supplier.do(lambda c: ruled_release(c, salt.batch_id, "出厂检验与凭证齐全"))
    supplier.do(lambda c: lifecycle.ship(c, salt.batch_id, "60", "kg", "", "demo-maker"))
    maker.do(lambda c: receive(c, NewReceipt("enterprise", "60", "kg", code=salt.uri, material="盐")))
    duck = maker.register(maker.product(), [line(salt.batch_id, "10")], produced_on="2026-11-24")
    maker.do(lambda c: ruled_release(c, duck.batch_id, "出厂检验与凭证齐全"))
    maker.do(lambda c: lifecycle.ship(c, duck.batch_id, "20", "件", "", "demo-shop"))
    shop.do(lambda c: receive(c, NewReceipt("enterprise", "20", "件", code=duck.uri)))
    new = NewRecall([salt.batch_id], WHY, db.now(), "自检")
    found = supplier.do(lambda c: commands.propose(c, new, db.now))
    with db.read() as conn:
        roles = {one.lot_id: one.role for one in store.lots_of(conn, found)}
    assert roles == {salt.batch_id: "own", duck.batch_id: "notify"}
    supplier.do(lambda c: commands.set_level(c, found, "三级", "标签漏标致敏物质"))
    supplier.do(lambda c: announcing.announce(c, found, TOLD, db.now))
    with db.read() as conn:
        told = {(one.kind, one.organisation_id) for one in store.tasks_of(conn, found)}
        assert batches.halt_of(conn, duck.batch_id) == ("", ""), "nobody recalls what another made"
        accounts = read_accounts(conn, found)
    assert told == {("holder", supplier.id), ("holder", maker.id), ("maker", maker.id)}
    assert accounts.by_lot[salt.batch_id].used == 10 * MICRO
    assert accounts.by_lot[salt.batch_id].difference == 0
    mine = maker.do(lambda c: commands.propose(c, NewRecall([salt.batch_id], WHY), db.now))
    with db.read() as conn:
        assert [one.lot_id for one in store.lots_of(conn, mine)] == [duck.batch_id]


def test_answers_add_up_and_what_cannot_be_is_refused(chain: Chain) -> None:
    found = chain.announce()
    first = chain.lots[0].batch_id
    task = chain.task(found, "demo-dealer").id
    said = Answer({first: {"controlled": "5", "returned": "10", "sold": "10", "recovered": "2", "lost": "3"}})
    chain.dealer.do(lambda c: answering.answer(c, task, said))
    with chain.db.read() as conn:
        account = read_accounts(conn, found).by_lot[first]
    grid = account.grid
    assert (grid["channel", "controlled"], grid["channel", "returned"], grid["sold", "unrecoverable"]) == (
        5 * MICRO, 10 * MICRO, 3 * MICRO,
    )  # fmt: skip
    assert grid["sold", "not_reached"] == 5 * MICRO
    assert grid["transit", "not_reached"] == 15 * MICRO
    assert sum(grid.values()) + account.used + account.difference == 100 * MICRO == account.made
    for lines in (
        {first: {"controlled": "26"}},
        {first: {"sold": "3", "lost": "4"}},
        {first: {"sold": "-3"}},
        {},
        {9: {}},
    ):
        with pytest.raises(InvalidInput):
            chain.dealer.do(lambda c, x=lines: answering.answer(c, task, Answer(x)))  # type: ignore[misc]
    with pytest.raises(NotFound):
        chain.second.do(lambda c: answering.answer(c, task, said))


def test_a_link_is_used_once_and_the_name_stays_out_of_the_journal(chain: Chain, clock: Clock) -> None:
    found, second = chain.announce(), chain.lots[1].batch_id
    [(task, token)] = chain.maker.do(lambda c: announcing.issue_links(c, found))
    assert task.name == "老街便利店"
    with chain.db.read() as conn:
        stored = conn.execute(select(store.link)).one()
        assert token not in tuple(stored)
    said = Answer({second: {"controlled": "28", "sold": "2"}}, "钱无名", "13900001111", "两袋已卖给熟客")
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    with_photo = Answer(said.lines, said.signer, said.phone, said.remark, [("货架.png", png)])
    nobody = Org(chain.db, 0, "", 0)
    with pytest.raises(InvalidInput):
        nobody.do(lambda c: answering.answer_by_link(c, token, Answer(said.lines)))
    nobody.do(lambda c: answering.answer_by_link(c, token, with_photo))
    with pytest.raises(Conflict, match="已经用过"):
        nobody.do(lambda c: answering.answer_by_link(c, token, said))
    with pytest.raises(NotFound):
        nobody.do(lambda c: answering.answer_by_link(c, token + "x", said))
    with chain.db.read() as conn:
        acts = "".join(str(tuple(one)) for one in conn.execute(select(journal.act)))
        row = store.get_task(conn, task.id)
        assert row is not None
        assert parties.people(conn, [row.signed_by])[row.signed_by].name == "钱无名"
    assert "钱无名" not in acts
    assert "13900001111" not in acts
    assert len(json.loads(row.photos)) == 1
    [(_, late)] = chain.maker.do(lambda c: announcing.issue_links(c, found, [task.id]))
    clock.forward(days=15)
    with pytest.raises(Conflict, match="过期"):
        nobody.do(lambda c: answering.answer_by_link(c, late, said))


def test_who_does_not_answer_is_called(chain: Chain, clock: Clock) -> None:
    found = chain.announce()
    row = _recall(chain, found)
    with chain.db.read() as conn:
        assert call_list(conn, row, _day("2026-11-30")) == []
        assert {one.name for one in call_list(conn, row, _day("2026-12-01"))} == {
            one.name for one in store.tasks_of(conn, found)
        }
    shop = chain.task(found, "老街便利店").id
    said = Answer({chain.lots[1].batch_id: {"sold": "30", "lost": "30"}}, "店主")
    chain.maker.do(lambda c: answering.answer_by_phone(c, found, shop, said))
    with chain.db.read() as conn:
        assert "老街便利店" not in {one.name for one in call_list(conn, row, _day("2026-12-01"))}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _recall(chain: Chain, recall_id: int) -> Any:
    with chain.db.read() as conn:
        return store.get_recall(conn, recall_id)


def test_destruction_is_announced_before_and_witnessed_after(chain: Chain, clock: Clock) -> None:
    found, third = chain.announce(), chain.lots[2].batch_id
    own = chain.task(found, "demo-maker").id
    plan = Plan(third, "60", "controlled", "2026-11-25", "厂区北侧暂存间", "高温焚烧")
    with pytest.raises(InvalidInput):
        chain.maker.do(lambda c: answering.plan_destruction(c, found, plan))
    chain.maker.do(lambda c: answering.answer(c, own, Answer({third: {"controlled": "60"}})))
    late = Plan(third, "60", "controlled", "2026-11-01", "厂区", "焚烧")
    with pytest.raises(InvalidInput):
        chain.maker.do(lambda c: answering.plan_destruction(c, found, late))
    made = chain.maker.do(lambda c: answering.plan_destruction(c, found, plan))
    with pytest.raises(Conflict, match="还没有到"):
        chain.maker.do(lambda c: answering.witness_destruction(c, found, made, "监督员", "", "现场称重六十件"))
    with pytest.raises(Conflict):
        chain.maker.do(lambda c: answering.answer(c, own, Answer({third: {"controlled": "10"}})))
    clock.forward(days=1)
    chain.maker.do(lambda c: answering.witness_destruction(c, found, made, "监督员", "", "现场称重六十件"))
    with chain.db.read() as conn:
        grid = read_accounts(conn, found).by_lot[third].grid
    assert grid["here", "destroyed"] == 60 * MICRO
    assert open_total(grid) == 0


def test_the_end_names_what_is_open_and_frees_nothing(chain: Chain) -> None:
    found = chain.announce()
    chain.maker.do(lambda c: announcing.set_notice(c, found, "https://example.gov.cn/9", "2026-11-24"))
    assert "法定公告见 https://example.gov.cn/9" in chain.halt(chain.lots[0].batch_id)[1]
    still = chain.maker.do(lambda c: announcing.close(c, found, "期限已到，余下按附表继续追查"))
    assert any("老街便利店 没有答复" in one for one in still)
    assert chain.halt(chain.lots[0].batch_id)[0] == "recall"
    assert "召回已结束" in chain.halt(chain.lots[0].batch_id)[1]
    with chain.db.read() as conn:
        row = store.get_recall(conn, found)
        assert row is not None
        assert json.loads(row.still_open) == still
        assert open_points(conn, row) == still
    with pytest.raises(Conflict):
        chain.maker.do(lambda c: announcing.close(c, found, "再结束一次试试"))


def test_a_rebuild_gives_the_same_recall(chain: Chain, clock: Clock) -> None:
    found = chain.announce()
    chain.announce(chain.lots[0].batch_id, mock=True)
    chain.dealer.do(
        lambda c: answering.answer(
            c, chain.task(found, "demo-dealer").id, Answer({chain.lots[0].batch_id: {"sold": "5"}})
        )
    )
    with chain.db.read() as conn:
        before = snapshot(conn)
    for table in ("recall", "recall_lot", "recall_line", "recall_task"):
        assert before[table], table
    chain.db.write(lambda conn: rebuild(conn, chain.db.settings.public_url))
    with chain.db.read() as conn:
        assert snapshot(conn) == before


def test_nothing_is_announced_half_filled(chain: Chain) -> None:
    found = chain.maker.do(lambda c: commands.propose(c, NewRecall([chain.sauce], WHY), chain.db.now))
    with pytest.raises(InvalidInput) as refused:
        chain.maker.do(lambda c: announcing.announce(c, found, Announcement("", "", "", "", ""), chain.db.now))
    assert {one.pointer for one in refused.value.errors} == {
        "/returns", "/advice", "/public_reason", "/contact", "/respond_by", "/level", "/known_at",
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        chain.maker.do(lambda c: commands.set_known(c, found, NOON * 2, "电话"))
    chain.maker.do(lambda c: commands.drop(c, found, "误操作，重新发起"))
    with pytest.raises(Conflict):
        chain.maker.do(lambda c: commands.set_level(c, found, "一级", "致病菌检出"))
