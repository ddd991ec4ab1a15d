"""The nightly check on both databases: when it is due, what is kept, what changed; one process does it, and a failure waits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select

from service.database import Database
from service.settings import Settings
from service.tracing import nightly
from service.tracing.nightly import NightlyCheck, checker, keep, tonight
from tests.fixtures.clock import Clock
from tests.fixtures.record import Org, line, organisation
from trace.context import local_datetime
from trace.genealogy import nightstore
from trace.genealogy.checking import DAY_MICROS, Rows, check_record
from trace.genealogy.findings import CODES, RecordFinding
from trace.genealogy.nightly import NIGHTS_KEPT, compared, due, night_of

HOUR = 3_600_000_000
OVER_USE = [("over_used", "open"), ("unbalanced", "open")]
OVER_USE_NEW = [("over_used", "new"), ("unbalanced", "new")]
NINE = Clock().now
"""2026-11-24 09:00."""


def finding(key: str, *lots: int, code: str = "licence") -> RecordFinding:
    return RecordFinding(code, lots or (1,), "…", "/credentials", "补登", key, (7,))


class TestWhen:
    def test_a_night_begins_with_its_hour(self) -> None:
        assert night_of(NINE, 3).isoformat() == "2026-11-24"
        assert night_of(NINE, 9).isoformat() == "2026-11-24"
        assert night_of(NINE, 10).isoformat() == "2026-11-23"

    @pytest.mark.parametrize(
        ("at", "last", "ever", "told"),
        [
            (NINE, None, False, ("2026-11-24", "first")),
            (NINE, "2026-11-24", True, None),
            (NINE, "2026-11-25", True, None),  # the clock went back
            (NINE, "2026-11-23", True, ("2026-11-24", "late")),
            (NINE, "2026-11-01", True, ("2026-11-24", "late")),
            (NINE, None, True, ("2026-11-24", "late")),
            (NINE - 6 * HOUR, "2026-11-23", True, ("2026-11-24", "night")),
            (NINE - 5 * HOUR - 1, "2026-11-23", True, ("2026-11-24", "night")),
            (NINE - 5 * HOUR, "2026-11-23", True, ("2026-11-24", "late")),
            (NINE - 6 * HOUR - 1, "2026-11-23", True, None),
        ],
    )
    def test_due(self, at: int, last: str | None, ever: bool, told: Any) -> None:
        found = due(at, 3, last, ever)
        assert (found and (found[0].isoformat(), found[1])) == told

    @given(st.integers(NINE, NINE + 400 * DAY_MICROS), st.integers(0, 23))
    def test_done_once_a_night(self, at: int, hour: int) -> None:
        first = due(at, hour, None, False)
        assert first is not None
        assert due(at, hour, first[0].isoformat(), True) is None
        again = due(at + DAY_MICROS, hour, first[0].isoformat(), True)
        assert again is not None
        assert (again[0] - first[0]).days == 1

    @pytest.mark.parametrize(("text", "hour"), [("", None), ("off", None), (" OFF ", None), ("0", 0), ("23", 23)])
    def test_the_hour_is_set_or_switched_off(self, text: str, hour: int | None) -> None:
        assert Settings(check_hour=text).check_hour == hour  # type: ignore[arg-type]
        assert Settings().check_hour == 3

    @pytest.mark.parametrize("text", ["24", "-1", "three", "3.5"])
    def test_no_such_hour(self, text: str) -> None:
        with pytest.raises(ValidationError):
            Settings(check_hour=text)  # type: ignore[arg-type]

    def test_no_thread_when_switched_off(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        assert len(checker(db, int)) == 1
        monkeypatch.setattr(db.settings, "check_hour", None)
        assert checker(db, int) == []


class TestChanges:
    def states(self, *args: Any) -> list[tuple[str, str]]:
        return [(k.found.key, k.state) for k in compared(*args)]

    def test_new_open_settled(self) -> None:
        before, now = [finding("a"), finding("b")], [finding("b"), finding("c")]
        assert self.states(now, before, ()) == [("b", "open"), ("c", "new"), ("a", "settled")]

    def test_nothing_to_compare_with(self) -> None:
        assert self.states([finding("a")], None, ()) == [("a", "open")]
        assert self.states([finding("a")], [], ()) == [("a", "new")]

    def test_the_same_key_of_another_check_is_another_finding(self) -> None:
        told = self.states([finding("a")], [finding("a", code="oversold")], ())
        assert told == [("a", "new"), ("a", "settled")]

    def test_more_lots_are_news_and_fewer_are_not(self) -> None:
        assert self.states([finding("a", 1, 2)], [finding("a", 1)], ()) == [("a", "new")]
        assert self.states([finding("a", 1)], [finding("a", 1, 2)], ()) == [("a", "open")]

    def test_nothing_is_said_of_a_check_that_was_cut(self) -> None:
        assert self.states([finding("b")], [finding("a")], ["licence"]) == [("b", "open")]

    @given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
    def test_every_finding_is_told_once(self, before: set[int], now: set[int]) -> None:
        told = compared([finding(str(n)) for n in now], [finding(str(n)) for n in before], ())
        by = {s: {int(k.found.key) for k in told if k.state == s} for s in ("new", "open", "settled")}
        assert by == {"new": now - before, "open": now & before, "settled": before - now}
        assert len(told) == len(before | now)


@pytest.fixture
def org(db: Database) -> Org:
    made = organisation(db)
    made.credential()
    return made


def over_use(org: Org) -> int:
    """A receipt of which more was used than there is: ``over_used`` and ``unbalanced``."""
    raw = org.receive(quantity="10").batch_id
    org.register(org.product(), [line(raw, "62.5")])
    return raw


def check(db: Database, failed: Any = int) -> NightlyCheck:
    return NightlyCheck(db, 3, failed, pause=lambda: None)


def nights(db: Database) -> list[tuple[str, str]]:
    with db.read() as conn:
        return [(r.night, r.made) for r in nightstore.nights(conn, "2000-01-01")]


def states(db: Database, night: str, org_id: int | None = None) -> list[tuple[str, str]]:
    with db.read() as conn:
        row = nightstore.of_night(conn, night)
        assert row is not None
        return [(r.code, r.state) for r in nightstore.findings_of(conn, row.id, org_id, 100)]


def test_what_is_kept_is_what_the_check_finds(org: Org, db: Database) -> None:
    raw = over_use(org)
    assert check(db).look()
    assert not check(db).look(), "once a night"
    with db.read() as conn:
        row = nightstore.newest(conn)
        assert row is not None
        told = check_record(conn, row.at, None)
        assert nightstore.held(conn, row.id) == list(told.findings)
    assert (row.night, row.made, row.since) == ("2026-11-24", "first", None)
    assert local_datetime(row.finished_at).hour == 9
    assert ("over_used", (raw,)) in [(f.code, tuple(f.lots)) for f in told.findings]


def test_each_night_says_what_is_new_and_what_is_settled(org: Org, db: Database, clock: Clock) -> None:
    rival = organisation(db, "demo-rival")
    rival.credential()
    assert check(db).look()
    over_use(org)
    clock.forward(hours=18)  # 03:00
    assert check(db).look()
    assert states(db, "2026-11-25") == OVER_USE_NEW
    clock.forward(days=1)
    assert check(db).look()
    assert states(db, "2026-11-26") == OVER_USE
    assert states(db, "2026-11-26", org.id) == OVER_USE
    assert states(db, "2026-11-26", rival.id) == []
    assert nights(db) == [("2026-11-26", "night"), ("2026-11-25", "night"), ("2026-11-24", "first")]


def test_a_settled_finding_is_told_once_to_whom_it_concerned(org: Org, db: Database, clock: Clock) -> None:
    rival = organisation(db, "demo-rival")
    rival.register(rival.product(), [line(rival.receive().batch_id, "62.5")])
    assert check(db).look()
    assert ("licence", "open") in states(db, "2026-11-24", rival.id)
    rival.credential()
    clock.forward(days=1)
    assert check(db).look()
    assert ("licence", "settled") in states(db, "2026-11-25", rival.id)
    assert ("licence", "settled") not in states(db, "2026-11-25", org.id)
    clock.forward(days=1)
    assert check(db).look()
    assert "licence" not in dict(states(db, "2026-11-26", rival.id))


def test_a_missed_night_is_made_up_and_called_so(db: Database, clock: Clock) -> None:
    assert check(db).look()
    clock.forward(days=3)  # the server was down, it starts at nine
    assert check(db).look()
    assert nights(db) == [("2026-11-27", "late"), ("2026-11-24", "first")]


def test_a_report_by_command_does_not_take_the_night_from_the_server(org: Org, db: Database, clock: Clock) -> None:
    assert check(db).look()
    over_use(org)
    clock.forward(hours=19)
    keep(db, tonight(db), "command", lambda: None)
    assert states(db, "2026-11-25") == OVER_USE_NEW
    assert check(db).look()
    assert states(db, "2026-11-25") == OVER_USE_NEW, "compared with the night before, not with an hour ago"
    assert nights(db) == [("2026-11-25", "late"), ("2026-11-24", "first")]
    keep(db, tonight(db), "command", lambda: None)
    assert nights(db)[0] == ("2026-11-25", "command"), "the newest of a night is shown"


def test_a_check_that_was_cut_says_so_in_both_nights(
    org: Org, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = organisation(db, "demo-rival")
    rival.credential()
    for who in (org, rival):
        over_use(who)
    monkeypatch.setattr(nightly, "LIMIT", 1)
    assert check(db).look()
    monkeypatch.undo()
    clock.forward(days=1)
    assert check(db).look()
    assert sorted(states(db, "2026-11-25")) == sorted(OVER_USE * 2), "which of them is new cannot be known"


def test_while_another_process_checks_this_one_does_not(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if db.is_sqlite:
        monkeypatch.setattr(nightstore, "claim", lambda conn: False)
        assert not check(db).look()
        return
    with db.read() as other:
        assert nightstore.claim(other)
        assert not check(db).look()
        assert nights(db) == []
    assert check(db).look()


def test_a_second_report_of_a_night_is_refused_by_the_database(db: Database) -> None:
    keep(db, tonight(db), "night", lambda: None)
    with pytest.raises(Exception, match=r"(?i)unique"):
        keep(db, tonight(db), "late", lambda: None)
    assert len(nights(db)) == 1


class TestFailure:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        asked: list[str] = []

        def rows_of(conn: Any, code: str, *_: Any) -> Rows:
            asked.append(code)
            if len(asked) < 3:
                return Rows([], cut=False)
            raise RuntimeError("disk")

        monkeypatch.setattr(nightly, "rows_of", rows_of)
        return asked

    def test_it_waits_an_hour_and_leaves_nothing(
        self, db: Database, clock: Clock, broken: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[int] = []
        one = check(db, lambda: told.append(1))
        with pytest.raises(RuntimeError, match="disk"):
            one.look()
        assert not one.look()
        assert (len(broken), told, nights(db)) == (3, [1], [])
        monkeypatch.undo()
        clock.forward(minutes=61)
        assert one.look()
        assert nights(db) == [("2026-11-24", "first")]


def test_a_breath_between_any_two_pieces(db: Database) -> None:
    """No two checks share a snapshot, and the requests come between."""
    breaths: list[int] = []
    keep(db, tonight(db), "first", lambda: breaths.append(1))
    assert len(breaths) >= len(CODES)


def left(db: Database) -> tuple[set[int], set[int], set[int]]:
    """The reports of which there are a row, findings and concerns."""
    with db.read() as conn:
        tables = (nightstore._check.c.id, nightstore._finding.c.check_id, nightstore._concern.c.check_id)
        found = [set(conn.execute(select(column)).scalars()) for column in tables]
    return found[0], found[1], found[2]


def test_what_a_failed_report_left_is_deleted_before_the_next(
    org: Org, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_use(org)
    monkeypatch.setattr(nightly, "PIECE", 1)

    def fail(*_: Any) -> None:
        raise RuntimeError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(nightstore, "insert_check", fail)
        with pytest.raises(RuntimeError, match="disk"):
            check(db).look()
    reports, findings, concerns = left(db)
    assert not reports
    assert len(findings) == len(concerns) == 1
    keep(db, tonight(db), "command", lambda: None)
    assert left(db)[1] > findings, (
        "a report by command that another process is writing looks the same: it is left alone"
    )
    clock.forward(minutes=61)
    pauses: list[int] = []
    assert NightlyCheck(db, 3, int, pause=lambda: pauses.append(1)).look()
    reports, kept, concerned = left(db)
    assert kept == concerned == reports
    assert not kept & findings
    assert len(reports) == 2, "the command's stays"
    assert len(pauses) >= len(CODES) + 4, "in pieces"


def test_old_nights_are_deleted_with_all_they_found(org: Org, db: Database, clock: Clock) -> None:
    over_use(org)
    assert check(db).look()
    (first,) = left(db)[0]
    clock.forward(days=NIGHTS_KEPT)
    assert check(db).look()
    assert first in left(db)[0], "the last night that is kept"
    clock.forward(days=1)
    assert check(db).look()
    reports, findings, concerns = left(db)
    assert first not in reports
    assert findings == concerns == reports
    assert len(reports) == 2
