"""Scans are counted by day and kind, written in sums, and say nothing about anybody."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from service.database import Database
from service.scan import store
from service.scan.counting import FLUSH_AT, ScanCounter
from service.scan.tables import ScanCount
from tests.fixtures.people import Someone
from tests.fixtures.scanning import GTIN, District, settle
from trace.identifiers.models import encode

HTML = {"Accept": "text/html"}


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def counted(db: Database, tenant: int, subject: int) -> dict[str, int]:
    with db.read() as conn:
        return store.scans_of(conn, tenant, subject)


def test_scans_are_told_apart_by_kind_and_written_at_the_end(
    app: Any, district: District, db: Database, people: dict[str, Someone]
) -> None:
    path = f"/01/{GTIN}/10/{encode(district.batch.lot)}"
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        for _ in range(3):
            client.get(path, headers=HTML)
        client.get(path, headers={"Accept": "application/json"})
        client.get(path, headers=HTML | people["officer"].auth)
        client.get(f"/01/{GTIN}", headers=HTML)
        client.get(f"/01/{GTIN}/10/SOMEBODYS-SECRET", headers=HTML)
        client.get("/01/04006381333931/10/X", headers=HTML)
        client.get("/01/garbage", headers=HTML)
    maker = people["clerk"].actor.org_id
    assert counted(db, maker, district.batch.batch_id) == {"public": 4, "staff": 1}
    assert counted(db, maker, district.item) == {"product": 1, "unknown_lot": 1}
    with db.read() as conn:
        rows = conn.execute(sa.select(ScanCount.__table__)).all()  # type: ignore[attr-defined]
    assert {r.day for r in rows} == {"2026-11-24"}
    assert {r.subject_id for r in rows} == {district.batch.batch_id, district.item}
    assert "SOMEBODYS-SECRET" not in str(rows)


def test_sums_of_many_threads_are_exact(db: Database) -> None:
    counter = ScanCounter(db.write, seconds=0.05)

    def scan_often() -> None:
        for n in range(400):
            counter.add(1, n % 3 + 1, "2026-11-24", "public")

    threads = [threading.Thread(target=scan_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.flush()
    total = sum(counted(db, 1, s).get("public", 0) for s in (1, 2, 3))
    assert total == 1600


def test_enough_scans_are_written_without_waiting(db: Database) -> None:
    written = threading.Event()

    def write(fn: Any) -> None:
        db.write(fn)
        written.set()

    counter = ScanCounter(write, seconds=3600)
    for _ in range(FLUSH_AT):
        counter.add(1, 5, "2026-11-24", "public")
    assert written.wait(10)
    assert counted(db, 1, 5) == {"public": FLUSH_AT}


def test_a_failed_write_loses_nothing() -> None:
    got: list[int] = []

    def broken(_fn: Any) -> None:
        raise RuntimeError("the database is closed")

    counter = ScanCounter(broken, seconds=3600)
    counter.add(1, 5, "2026-11-24", "public")
    with pytest.raises(RuntimeError):
        counter.flush()
    counter._write = lambda fn: got.append(1)
    counter.flush()
    assert got == [1]
    counter.flush()
    assert got == [1], "nothing left to write"
