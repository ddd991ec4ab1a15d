"""Transactions at the edge: many readers, and writers that are acknowledged only after COMMIT.

SQLite has one writer. Instead of letting commands queue for the file lock and pay one fsync each,
one thread takes the waiting commands and runs them in one ``BEGIN IMMEDIATE``, a savepoint each: a
failing command undoes only itself, and nobody hears "done" before the common COMMIT. PostgreSQL
gives every command its own SERIALIZABLE transaction and repeats it when it lost a race.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from service.leases import NodeLease
from service.settings import Settings
from trace.ids import IdMaker

T = TypeVar("T")

GROUP = 256
"""Commands that share one COMMIT at most: bounds what a crash can make callers repeat."""
GROUP_SECONDS = 0.05
"""How long a group goes on taking commands that arrive while it runs."""
ATTEMPTS = 14
RACES = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_DUPLICATE = "23505"
"""unique_violation: PostgreSQL may report a lost race so, when the winner commits between a command's own check
and its insert. Run again, the check sees the winner and gives the proper refusal; a true violation stays one."""
_DUPLICATE_ATTEMPTS = 2
BUSY_MS = 30_000
SYNCHRONOUS = "FULL"
"""SQLite's ``PRAGMA synchronous``: whoever hears "done" is safe from a power cut too. Only tests set it lower."""


MAPPED = 1 << 30
"""Bytes of a SQLite file that readers map instead of copying page by page: a tenth off the CPU of a long walk."""


def system_clock() -> int:
    """Integer µs since the Unix epoch, UTC."""
    return time.time_ns() // 1000


def normal_url(url: str) -> str:
    """The URL with our driver named: plain ``postgresql://`` means psycopg 3."""
    return "postgresql+psycopg://" + url.removeprefix("postgresql://") if url.startswith("postgresql://") else url


class _Writer(Protocol):
    def write(self, fn: Callable[[Connection], T]) -> T: ...
    def close(self) -> None: ...


class Database:
    """The one way to the tables. ``read()`` for questions, ``write(fn)`` for commands, ``new_id`` for ids."""

    def __init__(self, settings: Settings, clock: Callable[[], int] | None = None) -> None:
        self.settings = settings
        self._clock = clock or system_clock
        settings.make_folder()
        self.url = normal_url(settings.database_url)
        self.is_sqlite = settings.is_sqlite
        self._readers = _sqlite_engine(self.url, read_only=True) if self.is_sqlite else _postgres_engine(self.url)
        self._lease = NodeLease(self.now)
        self._writer: _Writer
        if self.is_sqlite:
            self._writer = _GroupWriter(_sqlite_engine(self.url, read_only=False), self._lease)
        else:
            self._writer = _RetryWriter(self._readers, self._lease)

    def now(self) -> int:
        """Integer µs UTC, from the clock the edge was given."""
        return self._clock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view for a question: one snapshot for all its statements; writing is refused."""
        options: dict[str, Any] = {}
        if not self.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._readers.connect() as conn:
            yield conn.execution_options(**options) if options else conn

    def write(self, fn: Callable[[Connection], T]) -> T:
        """Run one command in one transaction and return what it returns, after COMMIT.

        An exception out of ``fn`` undoes the command and reaches the caller. On PostgreSQL ``fn`` may
        run again after a lost race, so it must have no effect outside the connection.
        """
        return self._writer.write(fn)

    def new_id(self) -> int:
        """A new time-ordered id of this process's leased node."""
        ids: IdMaker | None = self._lease.ids
        if ids is None:
            self.write(lambda conn: None)
            ids = self._lease.ids
        assert ids is not None
        return ids()

    def close(self) -> None:
        """Let waiting commands finish, give the node back, drop the connections."""
        if self._lease.ids is not None:
            with suppress(DBAPIError, RuntimeError):
                self.write(self._lease.release)
        self._writer.close()
        self._readers.dispose()


def _sqlite_engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=48 if read_only else 1,
        max_overflow=0,
        pool_timeout=30,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves; the driver's own would come too late
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-32768")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
            cursor.execute(f"PRAGMA mmap_size={MAPPED}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str) -> Engine:
    return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)


class _GroupWriter:
    """SQLite: one thread, one connection, many commands to a COMMIT."""

    def __init__(self, engine: Engine, lease: NodeLease) -> None:
        self._engine = engine
        self._lease = lease
        self._queue: queue.SimpleQueue[tuple[Callable[[Connection], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._closed = False

    def write(self, fn: Callable[[Connection], T]) -> T:
        if threading.current_thread() is self._thread:
            raise RuntimeError("a command must not call Database.write: it already runs in a transaction")
        with self._start:
            if self._closed:
                raise RuntimeError("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="liangpin-writer", daemon=True)
                self._thread.start()
            future: Future[T] = Future()
            self._queue.put((fn, future))
        return future.result()

    def close(self) -> None:
        with self._start:
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if not self._group(job):
                return

    def _group(self, job: tuple[Callable[[Connection], Any], Future[Any]] | None) -> bool:
        """Run one group; False when the end marker came up in it."""
        done: list[tuple[Future[Any], Any, BaseException | None]] = []
        current: Future[Any] | None = None
        going = True
        try:
            with self._engine.connect() as conn:
                if self._lease.due():
                    with conn.begin():
                        self._lease.renew(conn)
                with conn.begin():
                    until = time.monotonic() + GROUP_SECONDS
                    while job is not None:
                        fn, current = job
                        done.append((current, *_in_savepoint(conn, fn)))
                        current = None
                        if len(done) >= GROUP or time.monotonic() > until:
                            break
                        try:
                            job = self._queue.get_nowait()
                        except queue.Empty:
                            break
                    going = job is not None
        except BaseException as error:  # the transaction is lost: nobody in it may hear "done"
            waiting = [future for future, _, _ in done] + ([current] if current else [])
            if not waiting and job is not None:
                waiting = [job[1]]
            for future in waiting:
                future.set_exception(error)
            return going
        for future, result, failure in done:
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)
        return going


def _in_savepoint(conn: Connection, fn: Callable[[Connection], T]) -> tuple[T | None, BaseException | None]:
    conn.exec_driver_sql("SAVEPOINT command")
    try:
        result = fn(conn)
    except BaseException as error:  # handed to the caller, whatever it is
        conn.exec_driver_sql("ROLLBACK TO command")
        conn.exec_driver_sql("RELEASE command")
        return None, error
    conn.exec_driver_sql("RELEASE command")
    return result, None


class _RetryWriter:
    """PostgreSQL: one SERIALIZABLE transaction each, repeated when another was faster."""

    def __init__(self, engine: Engine, lease: NodeLease) -> None:
        self._engine = engine.execution_options(isolation_level="SERIALIZABLE")
        self._lease = lease
        self._renewing = threading.Lock()

    def write(self, fn: Callable[[Connection], T]) -> T:
        if self._lease.due():
            with self._renewing:
                if self._lease.due():
                    self._once_more(self._lease.renew)
        return self._once_more(fn)

    def _once_more(self, fn: Callable[[Connection], T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                with self._engine.begin() as conn:
                    return fn(conn)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                race = state in RACES or (state == _DUPLICATE and attempt < _DUPLICATE_ATTEMPTS)
                if not race or attempt == ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0.5, 1.5) * min(0.5, 0.005 * 2**attempt))  # noqa: S311 - spreads, protects nothing
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._engine.dispose()
