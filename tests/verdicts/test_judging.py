"""A verdict is kept with what it was judged on, can be given again, and is given anew when a fact changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from service.database import Database
from tests.fixtures.record import Org, line, organisation, release_report
from tests.fixtures.rulebooks import braised
from tests.fixtures.rulings import ruled_release
from tests.fixtures.statements import statements
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import InputLine, NewReceipt
from trace.batches.receiving import receive
from trace.evidence.models import NewDocument, NewMeasurement, NewReport
from trace.items.commands import change_item
from trace.items.models import NewItem
from trace.rulebooks.books import book_of_version
from trace.verdicts import store
from trace.verdicts.answers import answer
from trace.verdicts.commands import judge_many
from trace.verdicts.facts import canonical, gather


def history(org: Org, batch_id: int) -> list[Any]:
    with org.db.read() as conn:
        return store.verdicts_of(conn, batch_id)


def test_a_verdict_can_be_given_again_from_what_is_stored(db: Database) -> None:
    org = organisation(db)
    org.credential()
    batch_id = braised(org)
    row = history(org, batch_id)[-1]
    with db.read() as conn:
        book = book_of_version(conn, row.rulebook)
        facts = store.facts_of(conn, batch_id, row.facts_digest)
    assert book is not None
    assert facts is not None
    again = answer(book, json.loads(facts))
    assert (again["verdict"], again["findings"], again["product"]) == (
        row.status,
        json.loads(row.findings),
        json.loads(row.product),
    )
    assert '"酱卤鸭"' in facts


_keys = st.sampled_from(["name", "lot", "values", "unit", "documents", "a", "b_c", "z"])
_json = st.recursive(
    st.none() | st.booleans() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_keys, _json, max_size=3))
def test_facts_are_canonical_as_the_rfc_says(facts: dict[str, Any]) -> None:
    assert canonical(facts).encode() == rfc8785.dumps(facts)


def test_judging_together_gives_what_judging_alone_gives(db: Database) -> None:
    """Bulk reading takes nothing from one batch into another."""
    first, second = organisation(db), organisation(db, "demo-second")
    first.credential()
    made = [braised(first, lead) for lead in ("0.1", "0.2", "0.9")] + [braised(second, "0.4")]
    given_on = first.register(first.product("拼盘"), [line(made[0], "3", "件")]).batch_id
    raw = first.receive("盐", "5")
    unknown = first.register(first.product(), [InputLine("1", "kg", material="花椒", lot="X1")]).batch_id
    every = [*made, given_on, raw.batch_id, unknown]
    with db.read() as conn:
        together = gather(conn, every)
        alone = {one: gather(conn, [one]) for one in every}
    assert raw.batch_id not in together
    for one, case in together.items():
        assert case.facts == alone[one][one].facts
    assert len({canonical(case.facts) for case in together.values()}) == len(together)


def test_input_lots_read_once_are_read_as_the_request_reads_them(db: Database) -> None:
    from trace.standards import facts_from_request, load_book
    from trace.verdicts.answers import read

    org = organisation(db)
    made = [braised(org, "0.2"), org.register(org.product("拼盘"), [line(braised(org, "0.1"), "3", "件")]).batch_id]
    with db.read() as conn:
        cases = gather(conn, made)
    for case in cases.values():
        assert case.facts["inputs"]
        assert read(case.facts, load_book()) == facts_from_request(case.facts, load_book())


def test_the_number_of_statements_does_not_grow_with_the_batches(db: Database) -> None:
    org = organisation(db)
    made = [braised(org) for _ in range(12)]

    def count(ids: list[int]) -> int:
        seen: list[str] = []

        def run(ctx: Any) -> None:
            with statements(ctx.conn.engine) as sent:
                judge_many(ctx, ids, "release")
                seen.extend(sent)

        org.do(run)
        return len(seen)

    assert count(made) == count(made[:2]) > 3


def test_what_says_the_same_of_the_same_facts_is_not_written_again(db: Database) -> None:
    org = organisation(db)
    batch_id = braised(org)
    before = len(history(org, batch_id))
    done = org.do(lambda c: judge_many(c, [batch_id], "release"))
    assert [(one.written, one.before) for one in done] == [(False, done[0].after)]
    assert len(history(org, batch_id)) == before
    org.do(lambda c: lifecycle.add_report(c, batch_id, release_report("CC-2")))
    with db.read() as conn:
        kept = conn.execute(select(store.verdict_facts.c.digest)).all()
    assert len(kept) == len(history(org, batch_id)) == before + 1


def _credential(org: Org, _batch: int, _lot: int) -> None:
    org.credential(until="2026-11-01")


def _item(org: Org, batch: int, _lot: int) -> None:
    stated = NewItem(
        kind="product", name="酱卤鸭", net_content="0.5", net_unit="kg", shelf_life_days="180", storage="frozen",
        processing="heated", ready_to_eat=True, usual_yield="0.8", heating="开袋即食",
    )  # fmt: skip
    org.do(lambda c: change_item(c, org.items["酱卤鸭"], stated, "改为即食"))


def _material(org: Org, _batch: int, lot: int) -> None:
    stated = NewItem(kind="material", name="冻鸭胚", base_unit="kg")
    org.do(lambda c: change_item(c, batches.lot_of(c.conn, lot).item_id, stated, "名称写全"))  # type: ignore[union-attr]


def _type_report(org: Org, _batch: int, _lot: int) -> None:
    kept = NewReport(
        "type", "XS-1", "试验检验院", "CMA 1", "2026-11-01", valid_to="2027-11-01", conclusion="符合",
        measurements=[NewMeasurement("镉(以Cd计)", ["0.01"], "mg/kg")],
    )  # fmt: skip
    org.do(lambda c: lifecycle.add_type_report(c, org.items["酱卤鸭"], kept))


def _input_report(org: Org, _batch: int, lot: int) -> None:
    org.do(lambda c: lifecycle.add_report(c, lot, release_report("YL-1")))


@pytest.mark.parametrize(
    ("change", "cause"),
    [(_credential, "credential"), (_item, "item"), (_material, "item"), (_type_report, "type report")],
)
def test_a_changed_fact_judges_the_batches_concerned_again(
    db: Database, change: Callable[[Org, int, int], None], cause: str
) -> None:
    org, other = organisation(db), organisation(db, "demo-other")
    raw = org.receive()
    batch_id = org.register(org.product(), [line(raw.batch_id, "20")]).batch_id
    foreign = braised(other)
    before = len(history(other, foreign))
    change(org, batch_id, raw.batch_id)
    rows = history(org, batch_id)
    assert [r.cause for r in rows] == ["registered", cause]
    assert rows[0].facts_digest != rows[1].facts_digest
    assert len(history(other, foreign)) == before


def test_an_inputs_papers_judge_what_was_made_from_it(db: Database) -> None:
    """A dealer's product made from the maker's batch; a report of the maker is evidence there."""
    maker, dealer = organisation(db), organisation(db, "demo-dealer")
    made = maker.register(maker.product("卤汁", base_unit="kg", net_content="", net_unit=""), quantity="50", unit="kg",
                          inputs=[line(maker.receive().batch_id, "20")])  # fmt: skip
    maker.do(lambda c: lifecycle.complete(c, made.batch_id, ""))
    maker.do(lambda c: ruled_release(c, made.batch_id, "出厂检验与凭证已核对"))
    maker.do(lambda c: lifecycle.ship(c, made.batch_id, "20", "kg", "", dealer.code))
    dish = dealer.register(dealer.product("卤味拼盘"), [line(made.batch_id, "5")]).batch_id
    took = NewReceipt("enterprise", "20", "kg", code=made.uri, received_on="2026-11-24",
                      documents=[NewDocument("purchase_slip", "PZ-1")])  # fmt: skip
    dealer.do(lambda c: receive(c, took))
    filed = maker.do(lambda c: lifecycle.add_report(c, made.batch_id, release_report("JC-9")))
    assert filed
    causes = [r.cause for r in history(dealer, dish)]
    assert causes == ["registered", "receipt", "input report"]
    with db.read() as conn:
        facts = json.loads(store.facts_of(conn, dish, history(dealer, dish)[-1].facts_digest) or "")
    assert {"检验报告", "购货凭证"} <= {paper["kind"] for paper in facts["inputs"][0]["documents"]}
    act = maker.do(lambda c: _report_id(c, made.batch_id))
    maker.do(lambda c: lifecycle.withdraw_report(c, made.batch_id, act, "报告编号填错"))
    with db.read() as conn:
        facts = json.loads(store.facts_of(conn, dish, history(dealer, dish)[-1].facts_digest) or "")
    assert "JC-9" not in json.dumps(facts)


def _report_id(ctx: Any, batch_id: int) -> int:
    from trace.journal import store as journal

    return int(journal.acts_of(ctx.conn, batch_id, ("report",))[-1].id)


def test_results_that_a_book_cannot_read_are_for_a_person(db: Database) -> None:
    """A unit that a later rulebook dropped: neither an error nor a pass."""
    from trace.standards import load_book

    org = organisation(db)
    batch_id = braised(org)
    with db.read() as conn:
        facts = dict(gather(conn, [batch_id])[batch_id].facts)
    facts["measurements"] = [{"parameter": "铅", "values": ["0.1"], "unit": "古怪单位"}]
    told = answer(load_book(), facts)
    assert told["verdict"] == "needs_review"
    assert "古怪单位" in told["findings"][0]["reason"]
