"""A stopped, failed or recalled input marks what was made from it, at any depth, until its cause is corrected."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.measures import TWO, legacy_order, lift, new, order, serve
from tests.fixtures.record import Org, line, organisation, release_report
from tests.fixtures.rulings import ruled_release
from trace.batches import lifecycle
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.models import NewMeasurement
from trace.journal import store as journal
from trace.measures import commands as measuring
from trace.suspicion.commands import NOTHING, Standing, conclude, of_lot, open_below

WHY = "封口渗漏，正在查明"
OKAY = ("unaffected", "逐箱开检，未见渗漏", "检字 2026-3")


def standing(org: Org, batch_id: int) -> Standing:
    with org.db.read() as conn:
        return of_lot(conn, batch_id)


def chain(org: Org) -> tuple[int, int, int]:
    """Raw duck → braise (20 of 25 kg) → dish (1 kg of 4 kg is braise)."""
    duck, salt = org.receive().batch_id, org.receive("盐").batch_id
    sauce = org.product("卤汁", base_unit="kg", net_content="", net_unit="")
    braise = org.register(sauce, [line(duck, "20"), line(salt, "5")], quantity="20", unit="kg").batch_id
    dish = org.register(org.product(), [line(braise, "1"), line(salt, "3")]).batch_id
    return duck, braise, dish


def test_a_stop_travels_down_and_clears_by_itself(db: Database) -> None:
    org = organisation(db)
    duck, braise, dish = chain(org)
    assert not standing(org, dish).open
    assert standing(org, duck) is NOTHING
    org.do(lambda c: lifecycle.stop(c, duck, WHY, "疑似变质"))
    (one,) = standing(org, dish).open
    assert (one.cause.kind, one.cause.text) == ("own_stop", "疑似变质")
    assert list(one.path) == [duck, braise, dish]
    assert one.share == Fraction(1, 4) * Fraction(20, 25)
    assert one.due == "2026-11-27"
    assert [s.cause.kind for s in standing(org, braise).open] == ["own_stop"]
    org.do(lambda c: lifecycle.lift_stop(c, duck, "复检无异常"))
    after = standing(org, dish)
    assert not after.open
    assert [(s.cause.kind, s.cause.ended is not None) for s in after.ended] == [("own_stop", True)]
    later = org.register(org.product(), [line(braise, "1")]).batch_id
    assert not standing(org, later).ended, "what was over before it was made is none of its history"


def test_a_failed_verdict_marks_until_the_report_is_corrected(db: Database) -> None:
    org = organisation(db)
    sauce = org.product("酱卤鸭", base_unit="kg", net_content="", net_unit="")
    bad = release_report(measurements=[NewMeasurement("铅(以Pb计)", ["0.9"], "mg/kg")])
    first = org.register(sauce, [line(org.receive().batch_id, "20")], quantity="20", unit="kg", reports=[bad]).batch_id
    done = org.register(org.product("拼盘"), [line(first, "1")])
    assert [w["code"] for w in done.warnings if w["code"] == "input_suspect"] == ["input_suspect"], (
        "warned, not refused"
    )
    (one,) = standing(org, done.batch_id).open
    assert (one.cause.kind, one.share) == ("fail", Fraction(1))
    with db.read() as conn:
        report = journal.acts_of(conn, first, ("report",))[0].id
    org.do(lambda c: lifecycle.withdraw_report(c, first, report, "报告数值抄错"))
    assert not standing(org, done.batch_id).open
    clean = org.register(org.product("拼盘"), [line(first, "1")])
    assert not [w for w in clean.warnings if w["code"] == "input_suspect"]


def test_use_is_blocked_only_where_the_fact_is_the_lots_own(db: Database) -> None:
    """A stopped lot cannot be used; what was made from it before can, with a warning."""
    org = organisation(db)
    duck, braise, _dish = chain(org)
    org.do(lambda c: lifecycle.stop(c, duck, WHY))
    with pytest.raises(InvalidInput) as refused:
        org.register(org.product(), [line(duck, "1")])
    assert refused.value.errors[0].code == "input_halted"
    made = org.register(org.product(), [line(braise, "1")])
    (told,) = [w for w in made.warnings if w["code"] == "input_suspect"]
    assert "上游存疑（待核）" in told["detail"]
    assert "卤汁" in told["detail"]


def test_pieces_count_by_their_net_content_and_an_unknown_one_is_unknown(db: Database) -> None:
    org = organisation(db)
    duck = org.receive().batch_id
    packs = org.register(org.product(), [line(duck, "20")]).batch_id  # 0.5 kg a piece
    salt = org.receive("盐").batch_id
    dish = org.register(org.product("拼盘"), [line(packs, "4", "件"), line(salt, "2")]).batch_id
    bare = org.register(org.product("散装", net_content="", net_unit=""), [line(duck, "1")], quantity="9").batch_id
    odd = org.register(org.product("杂拌"), [line(bare, "2", "件"), line(salt, "2")]).batch_id
    org.do(lambda c: lifecycle.stop(c, duck, WHY))
    assert [s.share for s in standing(org, dish).open] == [Fraction(1, 2)]
    (one,) = standing(org, odd).open
    assert one.share is None
    assert one.share_why.startswith("无法计算")


def test_the_holder_concludes_and_a_later_conclusion_replaces_it(db: Database) -> None:
    maker, dealer, stranger = (organisation(db, f"demo-{n}") for n in ("maker", "dealer", "stranger"))
    duck, _braise, dish = chain(maker)
    maker.do(lambda c: ruled_release(c, dish, "出厂检验与凭证已核对"))
    maker.do(lambda c: lifecycle.ship(c, dish, "10", "", "", dealer.code))
    with db.read() as conn:
        uri = str(journal.uri_of(conn, dish))
    code = uri if uri.startswith("http") else db.settings.public_url + uri
    dealer.do(lambda c: receive(c, NewReceipt("enterprise", "10", "件", code=code)))
    maker.do(lambda c: lifecycle.stop(c, duck, WHY))
    (one,) = standing(maker, dish).open
    key = one.cause.key
    for org in (maker, dealer):
        act = org.do(lambda c: conclude(c, dish, key, *OKAY))
        with db.read() as conn:
            assert (
                conn.execute(select(journal.act.c.kind).where(journal.act.c.id == act)).scalar()
                == "suspicion.concluded"
            )
    with pytest.raises(NotFound):
        stranger.do(lambda c: conclude(c, dish, key, *OKAY))
    with pytest.raises(InvalidInput) as wrong:
        maker.do(lambda c: conclude(c, dish, key, "fine", "好", ""))
    assert {e.pointer for e in wrong.value.errors} == {"/conclusion", "/basis", "/evidence"}
    with pytest.raises(Conflict) as gone:
        maker.do(lambda c: conclude(c, dish, "1-2", *OKAY))
    assert gone.value.code == "not_suspected"
    assert standing(maker, dish).open, "a conclusion clears nothing"
    with db.read() as conn:
        assert [r.id for r, _ in open_below(conn, dealer.id)] == [dish]
        every = [r.id for r, _ in open_below(conn, maker.id)]
        assert set(every) >= {dish}
        paged: list[int] = []
        while page := open_below(conn, maker.id, 1, paged[-1] if paged else None):
            paged += [r.id for r, _ in page]
        assert paged == every == sorted(every, reverse=True)
        assert len(every) > 1
        assert open_below(conn, stranger.id) == []
    maker.do(lambda c: lifecycle.lift_stop(c, duck, "复检无异常"))
    with db.read() as conn:
        assert open_below(conn, None) == []


def test_an_order_and_a_recall_mark_too(db: Database) -> None:
    org, bureau = organisation(db), organisation(db, "demo-bureau", "regulator")
    duck, braise, dish = chain(org)
    made = bureau.do(lambda c: measuring.draft(c, duck, new()), account_id=1)
    assert not standing(org, dish).open, "a draft is no fact yet"
    bureau.do(lambda c: serve(c, made), account_id=2)
    org.do(lambda c: lifecycle.announce_recall(c, braise, WHY, "公告 9", "退店"))
    told = {s.cause.kind: list(s.path) for s in standing(org, dish).open}
    assert told == {"ordered_stop": [duck, braise, dish], "recall": [braise, dish]}
    seized = order(bureau, duck, "seal")
    assert sorted(s.cause.kind for s in standing(org, dish).open) == ["ordered_stop", "recall", "seized"]
    lift(bureau, duck, made)
    lift(bureau, duck, seized)
    assert [s.cause.kind for s in standing(org, dish).open] == ["recall"]


def test_an_urgent_measure_marks_until_it_lapses_and_an_old_order_until_it_is_lifted(db: Database) -> None:
    org, bureau = organisation(db), organisation(db, "demo-bureau", "regulator")
    duck, _, dish = chain(org)
    bureau.do(lambda c: measuring.draft(c, duck, new("detain"), TWO), account_id=1)
    assert [s.cause.kind for s in standing(org, dish).open] == ["seized"]
    bureau.do(lambda c: measuring.lapse_due(c, 10), now=db.now() + 25 * 3_600_000_000)
    assert standing(org, dish).open == []
    old = legacy_order(bureau, duck)
    assert [s.cause.kind for s in standing(org, dish).open] == ["ordered_stop"]
    lift(bureau, duck, old)
    assert standing(org, dish).open == []
