"""Transactions at the edge: acknowledged after COMMIT, undone alone, never half."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.database import Database
from service.settings import Settings
from tests.fixtures.clock import Clock
from trace.errors import Conflict


def put(key: str, *, fail: bool = False):
    """A command that writes one row, and then perhaps changes its mind."""

    def run(conn):
        conn.execute(
            text(
                "INSERT INTO idempotency (account_id, key, request_hash, status, body, created_at)"
                " VALUES (1, :key, '', 201, '', 1)"
            ),
            {"key": key},
        )
        if fail:
            raise Conflict("改变主意")
        return key

    return run


def stored(db: Database) -> set[str]:
    with db.read() as conn:
        return set(conn.execute(text("SELECT key FROM idempotency")).scalars())


def test_a_command_returns_its_result_and_is_seen_by_the_next_reader(db: Database) -> None:
    assert db.write(put("a")) == "a"
    assert stored(db) == {"a"}


def test_a_failing_command_undoes_only_itself(db: Database) -> None:
    """Forty commands at once, every third fails: its caller hears why, the others are kept."""

    def run(number: int) -> str:
        try:
            return db.write(put(f"k{number:02}", fail=number % 3 == 0))
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(run, range(40)))
    assert answers == ["refused" if n % 3 == 0 else f"k{n:02}" for n in range(40)]
    assert stored(db) == {f"k{n:02}" for n in range(40) if n % 3}


def test_a_constraint_broken_by_one_command_does_not_touch_its_neighbours(db: Database) -> None:
    db.write(put("same"))

    def run(key: str) -> str:
        try:
            return db.write(put(key))
        except IntegrityError:
            return "duplicate"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(run, ["x", "same", "y", "same", "z"]))
    assert answers == ["x", "duplicate", "y", "duplicate", "z"]
    assert stored(db) == {"same", "x", "y", "z"}


def test_waiting_commands_share_a_commit(tmp_path, sqlite_template, monkeypatch) -> None:
    """While one command runs, ten wait; they are then committed together, not one by one."""
    from sqlalchemy import event

    from tests.fixtures.databases import make_settings

    path = tmp_path / "group.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(make_settings(f"sqlite:///{path}"))
    db.write(lambda conn: None)
    commits: list[int] = []
    event.listen(db._writer._engine, "commit", lambda conn: commits.append(1))
    entered, go_on = threading.Event(), threading.Event()

    def slow(conn) -> None:
        entered.set()
        go_on.wait(10)

    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(db.write, slow)
        assert entered.wait(10)
        others = [pool.submit(db.write, put(f"g{n}")) for n in range(10)]
        while db._writer._queue.qsize() < 10:
            pass
        assert not any(other.done() for other in others)
        go_on.set()
        assert [other.result(10) for other in others] == [f"g{n}" for n in range(10)]
        first.result(10)
    assert len(commits) <= 2
    db.close()


def test_a_command_that_ends_the_transaction_itself_is_told_so_and_nothing_is_acknowledged(tmp_path, sqlite_template):
    from tests.fixtures.databases import make_settings

    path = tmp_path / "broken.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(make_settings(f"sqlite:///{path}"))

    def rude(conn) -> None:
        put("rude")(conn)
        conn.exec_driver_sql("ROLLBACK")

    with pytest.raises(DBAPIError):
        db.write(rude)
    assert stored(db) == set()
    assert db.write(put("after")) == "after"
    db.close()


def test_readers_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError), db.read() as conn:
        put("sneaky")(conn)
    assert stored(db) == set()


def test_a_reader_keeps_one_view_while_others_write(db: Database) -> None:
    with db.read() as conn:
        before = conn.execute(text("SELECT count(*) FROM idempotency")).scalar()
        db.write(put("meanwhile"))
        assert conn.execute(text("SELECT count(*) FROM idempotency")).scalar() == before
    assert stored(db) == {"meanwhile"}


def test_two_commands_that_read_and_then_write_do_not_lose_an_update(db: Database) -> None:
    """A counter raised by 24 concurrent commands: SQLite queues them, PostgreSQL repeats the losers."""
    db.write(put("counter"))

    def raise_it(_: int) -> None:
        def run(conn) -> None:
            seen = conn.execute(text("SELECT created_at FROM idempotency WHERE key = 'counter'")).scalar()
            conn.execute(text("UPDATE idempotency SET created_at = :n WHERE key = 'counter'"), {"n": seen + 1})

        db.write(run)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_it, range(24)))
    with db.read() as conn:
        assert conn.execute(text("SELECT created_at FROM idempotency WHERE key = 'counter'")).scalar() == 25


def test_a_command_within_a_command_is_refused_instead_of_waiting_for_ever(tmp_path, sqlite_template) -> None:
    from tests.fixtures.databases import make_settings

    path = tmp_path / "nested.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(make_settings(f"sqlite:///{path}"))
    with pytest.raises(RuntimeError, match="must not call"):
        db.write(lambda conn: db.write(put("inner")))
    db.close()
    with pytest.raises(RuntimeError, match="closed"):
        db.write(put("late"))


def test_processes_lease_different_nodes_and_reuse_them_only_when_they_end(settings: Settings, clock: Clock) -> None:
    first, second = Database(settings, clock), Database(settings, clock)
    ids = {first.new_id() for _ in range(50)} | {second.new_id() for _ in range(50)}
    assert len(ids) == 100
    nodes = {(one >> 12) & 1023 for one in ids}
    assert nodes == {0, 1}
    clock.forward(days=3)
    first.write(lambda conn: None)
    assert (first.new_id() >> 12) & 1023 == 0, "a living process keeps its node"
    first.close()
    second.close()


def test_a_full_set_of_nodes_takes_the_one_unused_for_longest(settings: Settings, clock: Clock) -> None:
    db = Database(settings, clock)
    db.write(lambda conn: None)
    rows = [{"node": n, "holder": "gone", "leased_until": clock.now - 1000 * (1024 - n)} for n in range(1, 1024)]
    db.write(lambda conn: conn.execute(text("INSERT INTO node_lease VALUES (:node, :holder, :leased_until)"), rows))
    other = Database(settings, clock)
    assert (other.new_id() >> 12) & 1023 == 1
    other.close()
    db.close()


def test_sqlite_is_durable_and_keeps_its_references(tmp_path, sqlite_template, monkeypatch) -> None:
    from tests.fixtures.databases import DURABLE, make_settings

    monkeypatch.setattr("service.database.SYNCHRONOUS", DURABLE)  # as the program has it, before tests lower it
    path = tmp_path / "pragmas.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(make_settings(f"sqlite:///{path}"))
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = db.write(lambda conn: [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names])
    assert found == ["wal", 2, 1, 30000]
    db.close()
