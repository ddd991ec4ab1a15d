"""Publishing a rulebook: tried before, judged again in pieces after, and what changed is kept with its reason."""

from __future__ import annotations

import json
import random

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.record import Org, organisation
from tests.fixtures.rulebooks import APC, LEAD, braised, stricter
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal.rebuild import rebuild, snapshot
from trace.rulebooks import signing, store
from trace.rulebooks.books import candidate, current_book
from trace.rulebooks.commands import preview, publish
from trace.rulebooks.comparing import sentence
from trace.standards import load_book
from trace.standards.signing import SignOff, content_digest, with_signoffs
from trace.verdicts import store as verdicts
from trace.verdicts.waiting import work

DOUBTED = min(c.id for c in load_book().clauses.values() if c.confidence == "M" and not c.unknown)
"""A clause of medium confidence."""
WHY = "铅限量按标准原文更正"


def publish_now(org: Org, texts: dict[str, str] | None = None) -> int:
    def run(ctx):  # type: ignore[no-untyped-def]
        found = candidate(ctx.conn, texts)
        return publish(ctx, found, WHY, found.book.digest)

    return org.do(run)


def finish(org: Org, piece: int = 100) -> list[int]:
    done = []
    while n := org.do(lambda c: work(c, piece)):
        done.append(n)
    return done


def test_a_corrected_limit_is_foreseen_and_then_done(db: Database) -> None:
    org, operator = organisation(db), organisation(db, "demo-operator", "operator")
    low, high, worse = braised(org, "0.05"), braised(org, "0.2"), braised(org, "0.9")
    with db.read() as conn:
        found = candidate(conn, stricter())
        foreseen = preview(conn, found)
        assert current_book(conn) is load_book()
    assert [(c.batch_id, c.before, c.after) for c in foreseen.changes] == [(high, "insufficient_evidence", "fail")]
    why = foreseen.changes[0].clauses[0]
    assert (why["clause_id"], why["kind"], why["before"], why["after"]) == (LEAD, "corrected", "pass", "fail")
    assert "0.3" in why["was"]
    assert "0.1" in why["now"]
    assert foreseen.concerned == 3

    book_id = publish_now(operator, stricter())
    with db.read() as conn:
        book = current_book(conn)
        assert book.version.startswith(f"v{load_book().number}+")
        assert current_book(conn) is book, "compiled once"
        assert verdicts.waiting_counts(conn) == {book_id: 3}
    assert finish(operator, 2) == [2, 1]
    with db.read() as conn:
        kept = store.changes_of(conn, book_id, None)
        assert [(c.batch_id, c.before, c.after, json.loads(c.clauses)) for c in kept] == [
            (c.batch_id, c.before, c.after, list(c.clauses)) for c in foreseen.changes
        ]
        assert store.changes_of(conn, book_id, operator.id) == []
        assert store.changes_of(conn, book_id, None, after=high) == []
        assert [c.batch_id for c in store.changes_of(conn, book_id, None, 1, high - 1)] == [high]
        statuses = [verdicts.latest_verdict(conn, one).status for one in (low, high, worse)]
        assert statuses == ["insufficient_evidence", "fail", "fail"]
        counts = [(c.before, c.after, c.batches) for c in store.change_counts(conn, org.id)[book_id]]
    assert sentence(12, counts) == "规则库 v12：1 批由 证据不足 变为 比对不符合"
    assert finish(operator) == []


def test_a_batch_judged_meanwhile_for_another_reason_is_still_a_change(db: Database) -> None:
    org, operator = organisation(db), organisation(db, "demo-operator", "operator")
    batch_id = braised(org, "0.2")
    book_id = publish_now(operator, stricter())
    org.credential()
    with db.read() as conn:
        assert verdicts.latest_verdict(conn, batch_id).cause == "credential"
    finish(operator)
    with db.read() as conn:
        assert [(c.before, c.after) for c in store.changes_of(conn, book_id, None)] == [
            ("insufficient_evidence", "fail")
        ]


def test_only_what_was_tried_is_published_and_one_after_the_other(db: Database) -> None:
    operator = organisation(db, "demo-operator", "operator")
    braised(organisation(db))

    def go(digest: str, reason: str = WHY, texts: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
        return lambda c: publish(c, candidate(c.conn, texts), reason, digest)

    with db.read() as conn:
        shipped = candidate(conn).book.digest
    with pytest.raises(Conflict) as refused:
        operator.do(go("sha256:other"))
    assert refused.value.code == "candidate_changed"
    with pytest.raises(InvalidInput) as wrong:
        operator.do(go(shipped, "改"))
    assert wrong.value.errors[0].pointer == "/reason"
    operator.do(go(shipped))
    with db.read() as conn:
        again = candidate(conn, stricter()).book.digest
    with pytest.raises(Conflict) as early:
        operator.do(go(again, texts=stricter()))
    assert early.value.code == "still_judging"
    finish(operator)
    with pytest.raises(Conflict) as same:
        operator.do(go(shipped))
    assert same.value.code == "nothing_new"
    operator.do(go(again, texts=stricter()))
    with db.read() as conn:
        first = int(load_book().number)
        assert [b.number for b in store.published(conn)] == [first + 1, first]


def test_a_signed_clause_is_surer_in_the_next_book_and_a_rebuild_keeps_it(db: Database) -> None:
    expert, operator = organisation(db, "demo-lab", "technical"), organisation(db, "demo-operator", "operator")
    batch_id = braised(organisation(db))
    assert load_book().clauses[DOUBTED].confidence == "M"
    expert.do(lambda c: signing.sign(c, DOUBTED, "GB 2726-2016", "第 3 页 表 3", "n、c、m、M 与原文一致"))
    with pytest.raises(Conflict) as twice:
        expert.do(lambda c: signing.sign(c, DOUBTED, "GB 2726-2016", "第 3 页", "n、c、m、M 与原文一致"))
    assert twice.value.code == "already_signed"
    with db.read() as conn:
        before = snapshot(conn)
        assert current_book(conn).clauses[DOUBTED].confidence == "M", "not before it is published"
        new = candidate(conn).book.clauses[DOUBTED]
    assert (new.confidence, new.source) == ("H", "P")
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before
        assert before["clause_signoff"]
    publish_now(operator)
    finish(operator)
    with db.read() as conn:
        assert current_book(conn).clauses[DOUBTED].confidence == "H"
        assert verdicts.latest_verdict(conn, batch_id) is not None
    expert.do(lambda c: signing.withdraw(c, DOUBTED, "原文页码看错"))
    with db.read() as conn:
        assert candidate(conn).book.clauses[DOUBTED].confidence == "M"
        assert current_book(conn).clauses[DOUBTED].confidence == "H"
    with pytest.raises(NotFound):
        expert.do(lambda c: signing.withdraw(c, DOUBTED, "原文页码看错"))


def test_a_signoff_is_for_what_was_compared(db: Database) -> None:
    expert = organisation(db, "demo-lab", "technical")
    clause = load_book().clauses[LEAD]
    expert.do(lambda c: signing.sign(c, LEAD, "GB 2762-2025", "表 1", "限量与原文一致", content_digest(clause)))
    with db.read() as conn:
        assert candidate(conn).book.clauses[LEAD].source == "P"
        changed = candidate(conn, stricter()).book.clauses[LEAD]
    assert changed.source == clause.source != ""
    assert changed.maximum != clause.maximum
    with pytest.raises(InvalidInput) as stale:
        expert.do(lambda c: signing.sign(c, APC, "GB 2726", "表 3", "与原文一致", content_digest(clause)))
    assert {e.pointer for e in stale.value.errors} == {"/digest"}
    with pytest.raises(InvalidInput) as empty:
        expert.do(lambda c: signing.sign(c, APC, "", " ", "好"))
    assert {e.pointer for e in empty.value.errors} == {"/document", "/page", "/remark"}
    with pytest.raises(NotFound):
        expert.do(lambda c: signing.sign(c, "no-such", "GB 1", "1", "与原文一致"))


def test_an_unknown_limit_is_never_signed_into_a_known_one(db: Database) -> None:
    expert = organisation(db, "demo-lab", "technical")
    book = load_book()
    unknown = [clause for clause in book.clauses.values() if clause.unknown]
    assert unknown
    raised = with_signoffs(book, [SignOff(c.id, content_digest(c)) for c in unknown])
    assert raised.version == book.version
    for clause in unknown:
        assert raised.clauses[clause.id] == clause
        with pytest.raises(Conflict) as refused:
            expert.do(lambda c, i=clause.id: signing.sign(c, i, "GB 1", "第 1 页", "与原文一致"))  # type: ignore[misc]
        assert refused.value.code == "unknown_limit"


def test_any_signoffs_change_source_and_confidence_of_their_clauses_and_nothing_else() -> None:
    from dataclasses import replace

    book = load_book()
    dice = random.Random(3)
    for _ in range(5):
        chosen = dice.sample(sorted(book.clauses), dice.randint(1, 30))
        stale = {one for one in chosen if dice.random() < 0.3}
        made = with_signoffs(
            book, [SignOff(i, "old" if i in stale else content_digest(book.clauses[i])) for i in chosen], "9"
        )
        assert made.number == "9"
        for clause_id, clause in book.clauses.items():
            fits = clause_id in chosen and clause_id not in stale and not clause.unknown
            expected = replace(clause, source="P", confidence="H") if fits else clause
            assert made.clauses[clause_id] == expected
        assert (made.digest != book.digest) is any(c in chosen and c not in stale for c in made.clauses
                                                   if not made.clauses[c].unknown)  # fmt: skip


def test_a_clauses_number_in_the_journal_is_stable() -> None:
    assert signing.clause_ref(LEAD) == signing.clause_ref(LEAD) < 2**63
    every = {signing.clause_ref(c) for c in load_book().clauses}
    assert len(every) == len(load_book().clauses)
    assert signing.clause_ref("2726-APC") == 1271249916265416225


def test_many_batches_of_one_change_wait_for_their_turn(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from trace.verdicts import waiting

    monkeypatch.setattr(waiting, "AT_ONCE", 2)
    org = organisation(db)
    made = [braised(org) for _ in range(5)]
    org.credential()
    with db.read() as conn:
        assert verdicts.waiting_counts(conn) == {0: 3}
        assert [verdicts.latest_verdict(conn, one).cause for one in made] == ["registered"] * 3 + ["credential"] * 2
    org.credential(number="SC2")
    with db.read() as conn:
        assert verdicts.waiting_counts(conn) == {0: 3}, "once on the list"
    assert finish(org, 2) == [2, 1]
    with db.read() as conn:
        rows = [verdicts.latest_verdict(conn, one) for one in made]
        assert {r.cause for r in rows} == {"credential"}
        assert {r.request_id for r in rows} == {"test-request"}
        assert not conn.execute(select(verdicts.rejudge)).all()


def test_files_that_are_wrong_are_refused_and_an_unreadable_book_gives_way(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trace.rulebooks import books

    operator = organisation(db, "demo-operator", "operator")
    broken = stricter() | {"gb-2726-2016.yaml": "standard: [GB 2726"}
    with db.read() as conn, pytest.raises(Conflict) as refused:
        candidate(conn, broken)
    assert refused.value.code == "book_error"
    assert "gb-2726-2016.yaml" in refused.value.detail
    publish_now(operator, stricter())
    with db.read() as conn:
        assert current_book(conn) is not load_book()
        version = store.newest(conn).version
    monkeypatch.setattr(books, "_compiled", type(books._compiled)())
    monkeypatch.setattr(books, "_broken", {})
    monkeypatch.setattr(books, "unpack", lambda _packed: broken)
    with db.read() as conn:
        assert current_book(conn) is load_book()
        assert current_book(conn) is load_book()
        assert books.book_of_version(conn, version) is None
    batch_id = braised(organisation(db), "0.2")
    with db.read() as conn:
        assert verdicts.latest_verdict(conn, batch_id).rulebook == load_book().version
