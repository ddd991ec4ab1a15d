"""Templates, an inspection and answered claims rebuild to the same rows: the kinds that the random scenarios leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from service.database import Database
from tests.claims.test_claims import WHY, claimed
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.fixtures.photos import picture
from tests.fixtures.scanning import settle
from tests.inspections.test_commands import OFFICERS, answered, begun, keys, ordered, sampled
from trace.claims.commands import answer
from trace.documents import commands as documents
from trace.inspections import commands, ordering, sampling
from trace.inspections.models import Answered, Closing, NewLink, NewPhoto
from trace.journal import store
from trace.journal.act_projection import _ACTS
from trace.journal.rebuild import PROJECTIONS, rebuild, snapshot

__all__ = ["claimed"]
OFFICES = ("inspection.", "document.", "claim.")


def test_offices_rebuild_to_the_same_rows(
    client: TestClient, people: dict[str, Someone], db: Database, clock: Clock, claimed: tuple[int, dict[str, Any]]
) -> None:  # fmt: skip
    district = settle(db, people)

    def officer(fn: Callable[[Any], Any]) -> Any:
        return district.do("officer", fn)

    for kind, name in (("stop_order", "甲.docx"), ("stop_order", "乙.docx"), ("recall_order", "丙.docx")):
        officer(lambda c, kind=kind, name=name: documents.set_template(c, kind, name, name.encode()))
    officer(lambda c: documents.drop_template(c, "recall_order"))

    made = begun(district)
    first, second = keys(district, made)[:2]
    answered(district, made, Answered(first, "violates", "没有九月的记录"), Answered(second, "conforms"))
    officer(lambda c: commands.add_photo(c, made, NewPhoto("a.jpg", picture(), "冷间")))
    sample, order = sampled(district, made), ordered(district, made, first)
    officer(lambda c: commands.finish(c, made, Closing(OFFICERS, "无异议", contact="周现场", phone="13900000000")))
    clock.forward(hours=2)
    link = NewLink("handed", "2026-11-24T10:00", "试验检验院", "钱送样", "冷冻完好", "intact")
    officer(lambda c: sampling.hand_on(c, sample, link))
    district.do(
        "clerk", lambda c: ordering.report(c, order, "已补齐九月记录", [NewPhoto("b.png", picture("#123"), "间")])
    )
    clock.forward(days=8)
    officer(lambda c: ordering.recheck(c, order, {first: "corrected"}, "记录齐全"))
    officer(lambda c: commands.set_number(c, made, "inspection_record", made, "良市监检〔2026〕1 号"))
    officer(lambda c: commands.correct(c, made, "检查地点应为 3 号冷间"))

    lot, _ = claimed
    claim = int(client.get("/api/v1/claims", headers=people["clerk"].auth).json()["items"][0]["id"])
    district.do("clerk", lambda c: answer(c, lot, claim, True, WHY))

    with db.read() as conn:
        before = snapshot(conn)
        kinds = set(conn.execute(select(store.act.c.kind)).scalars())
    assert kinds >= {kind for kind in _ACTS if kind.startswith(OFFICES)}
    db.write(lambda conn: [conn.execute(table.delete()) for table in PROJECTIONS])
    with db.read() as conn:
        assert snapshot(conn) != before
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before
    for table in ("inspection", "document_template", "edge"):
        assert before[table], table
