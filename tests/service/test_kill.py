"""SIGKILL during registrations, captures and recalls: what was acknowledged is there after a restart, nothing is half there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.database import Database
from service.migrating import migrate
from tests.fixtures.databases import make_settings
from tests.fixtures.people import make_organisation, make_someone
from trace.batches import store as batches
from trace.epcis import store as epcis
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal
from trace.journal.canonical import digest, loads
from trace.journal.rebuild import rebuild, snapshot
from trace.quantity import MICRO
from trace.recalls import store as recalls
from trace.verdicts import store as verdicts

REPOSITORY = Path(__file__).resolve().parents[2]
THREADS = 6
KILLS = int(os.environ.get("LIANGPIN_KILLS", "3"))
"""How often the server is killed; ``make soak`` asks for more."""
ITEM = {"name": "酱卤鸭", "net_content": "0.5", "net_unit": "kg", "shelf_life_days": 180, "storage": "frozen",
        "processing": "heated", "ready_to_eat": False}  # fmt: skip
RECEIPT = {"source": "base", "material": "鸭胚", "quantity": 100000, "unit": "kg", "supplier": "青石合作社"}


class Process:
    """``python -m service serve`` on a free port, as an operator starts it."""

    def __init__(self, database: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "LIANGPIN_DATABASE_URL": f"sqlite:///{database}",
            "LIANGPIN_PUBLIC_URL": "http://testserver",
            "LIANGPIN_PORT": str(port),
        }
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", "serve"], cwd=REPOSITORY, env=environment, stdout=out, stderr=out
            )
        until = time.monotonic() + 120  # a busy machine takes long to import it all
        while True:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)


class Clerks:
    """Threads that register batches until the server dies, noting what was asked and what was acknowledged."""

    def __init__(self, url: str, key: str, item: str, raw: str, round_: int) -> None:
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(url, key, item, raw, f"{round_}-{n}")) for n in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, url: str, key: str, item: str, raw: str, name: str) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20) as client:
            for number in range(100_000):
                lot = f"K{name}-{number}"
                body = {
                    "item_id": item, "lot": lot, "quantity": "2", "produced_on": "2026-11-20",
                    "inputs": [{"lot_id": raw, "quantity": "1", "unit": "kg"}],
                    "reports": [{"kind": "release", "number": lot, "issued_on": "2026-11-20"}],
                }  # fmt: skip
                with self._lock:
                    self.asked[lot] = body
                try:
                    answer = client.post("/api/v1/batches", json=body, headers={"Idempotency-Key": lot})
                except httpx.TransportError:
                    return
                assert answer.status_code == 201, answer.text
                with self._lock:
                    self.acknowledged[lot] = answer.json()

    def batches(self) -> list[str]:
        with self._lock:
            return [one["batch_id"] for one in self.acknowledged.values()]

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + 30
        while len(self.acknowledged) < count:
            assert time.monotonic() < until, "the server acknowledges nothing"
            time.sleep(0.005)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


class Partners:
    """Threads that capture EPCIS documents of a few events until the server dies, each event named after its document."""

    def __init__(self, url: str, key: str, round_: int) -> None:
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._work, args=(url, key, f"{round_}-{n}")) for n in range(2)]
        for thread in self._threads:
            thread.start()

    def _work(self, url: str, key: str, name: str) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20) as client:
            for number in range(100_000):
                document = f"D{name}-{number}"
                try:
                    answer = client.post("/epcis/capture", json=_captured(document))
                    if answer.status_code == 202:
                        job = client.get(answer.headers["location"]).raise_for_status().json()
                        assert job["success"], job
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                self.acknowledged.add(document)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


class Recaller:
    """A thread that recalls batches which were acknowledged, from proposal to announcement, until the server dies."""

    def __init__(self, url: str, key: str, clerks: Clerks, round_: int) -> None:
        self.announced: dict[str, str] = {}
        self.proposed: dict[str, str] = {}
        self._clerks = clerks
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(url, key, round_))
        self._thread.start()

    def _work(self, url: str, key: str, round_: int) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20) as client:
            for number in range(100_000):
                while len(ids := self._clerks.batches()) <= 3 * number:
                    if self._over.wait(0.005):
                        return
                lot = ids[3 * number]
                begin = {
                    "suspects": [lot],
                    "reason": "封口渗漏，正在查明",
                    "known_at": "2026-11-20T08:00",
                    "known_source": "投诉",
                }
                try:
                    made = client.post(
                        "/api/v1/recalls", json=begin, headers={"Idempotency-Key": f"R{round_}-{number}"}
                    )
                    assert made.status_code == 201, made.text
                    recall = f"/api/v1/recalls/{made.json()['id']}"
                    self.proposed[made.json()["id"]] = lot
                    level = client.post(f"{recall}/level", json={"level": "二级", "reason": "可能引起一般健康损害"})
                    assert level.status_code == 200, level.text
                    told = client.post(f"{recall}/announcement", json=TOLD)
                except httpx.TransportError:
                    return
                assert told.status_code == 200, told.text
                self.announced[made.json()["id"]] = lot

    def join(self) -> None:
        self._over.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


TOLD = {
    "returns": "退回购买处",
    "advice": "停止食用",
    "public_reason": "封口渗漏",
    "contact": "质量部",
    "respond_by": "2026-12-20",
}


def _captured(name: str) -> dict[str, Any]:
    when = {"eventTime": "2026-11-20T08:00:00+08:00", "eventTimeZoneOffset": "+08:00"}
    lots = [f"https://id.gs1.org/01/06950123450173/10/{name}-{n}" for n in range(3)]
    amount = [{"epcClass": one, "quantity": 4, "uom": "KGM"} for one in lots]
    case = f"urn:liangpin:case:{name}"
    events = [
        {"type": "ObjectEvent", "action": "ADD", "quantityList": amount[:2], "bizStep": "commissioning"},
        {"type": "TransformationEvent", "inputQuantityList": amount[:2], "outputQuantityList": amount[2:]},
        {"type": "AggregationEvent", "action": "ADD", "parentID": case, "childQuantityList": amount[2:]},
        {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [case], "bizStep": "shipping"},
    ]
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-20T09:00:00Z",
        "epcisBody": {"eventList": [one | when | {"eventID": f"urn:x:{name}:{n}"} for n, one in enumerate(events)]},
    }  # fmt: skip


@pytest.fixture
def seeded(tmp_path: Path) -> tuple[Path, str, str, str]:
    """A SQLite database with two enterprises: keys of a clerk of each, and of the first one's safety officer."""
    path = tmp_path / "kill.db"
    settings = make_settings(f"sqlite:///{path}")
    migrate(settings)
    db = Database(settings)
    maker = make_organisation(db, "maker", kind="enterprise", name="山城试验食品厂")
    partner = make_organisation(db, "partner", kind="enterprise", name="邻县试验食品厂")
    key, other = (make_someone(db, of, login, ("clerk",)).key for of, login in ((maker, "clerk"), (partner, "partner")))
    safety = make_someone(db, maker, "safety", ("safety_officer",)).key
    db.close()
    return path, key, other, safety


def test_what_is_acknowledged_is_there_and_nothing_is_half_there(
    seeded: tuple[Path, str, str, str], tmp_path: Path
) -> None:
    path, key, other, safety = seeded
    log = tmp_path / "server.log"
    headers = {"Authorization": f"Bearer {key}"}
    item = raw = ""
    acknowledged: dict[str, dict[str, Any]] = {}
    asked: dict[str, dict[str, Any]] = {}
    captured: set[str] = set()
    announced: dict[str, str] = {}
    proposed: dict[str, str] = {}
    unanswered = 0
    for round_ in range(KILLS):
        server = Process(path, log)
        try:
            with httpx.Client(base_url=server.url, headers=headers, timeout=20) as client:
                if not item:
                    item = client.post("/api/v1/items", json=ITEM).raise_for_status().json()["id"]
                    raw = client.post("/api/v1/receipts", json=RECEIPT).raise_for_status().json()["batch_id"]
                for lot in list(acknowledged)[-3:]:  # the same key gives the same answer across a crash
                    again = client.post("/api/v1/batches", json=asked[lot], headers={"Idempotency-Key": lot})
                    assert again.headers.get("Idempotency-Replayed") == "true"
                    assert again.json() == acknowledged[lot]
            clerks, partners = Clerks(server.url, key, item, raw, round_), Partners(server.url, other, round_)
            recaller = Recaller(server.url, safety, clerks, round_)
            clerks.wait_for(12 + 7 * round_)
        finally:
            server.kill()
        clerks.join()
        partners.join()
        recaller.join()
        announced |= recaller.announced
        proposed |= recaller.proposed
        captured |= partners.acknowledged
        acknowledged |= clerks.acknowledged
        asked |= clerks.asked
        unanswered += len(clerks.asked) - len(clerks.acknowledged)
    assert unanswered >= KILLS, "the kills hit nobody in the middle: the test shows nothing"
    assert captured, "nothing was captured: the test shows nothing of captures"
    assert announced, "nothing was recalled: the test shows nothing of recalls"
    check(path, int(raw), acknowledged, asked, captured, announced, proposed)


def check(
    path: Path,
    raw: int,
    acknowledged: dict[str, dict[str, Any]],
    asked: dict[str, Any],
    captured: set[str],
    announced: dict[str, str],
    proposed: dict[str, str],
) -> None:
    """Walk the whole database after the last kill."""
    settings = make_settings(f"sqlite:///{path}")
    db = Database(settings)
    try:
        with db.read() as conn:
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            rows = {r.lot: r for r in conn.execute(select(batches.batch).where(batches.batch.c.kind == "product"))}
            assert acknowledged.keys() <= rows.keys() <= asked.keys()
            for lot, answer in acknowledged.items():
                assert rows[lot].id == int(answer["batch_id"])
                assert journal.short_code_of(conn, rows[lot].id) == answer["short_code"]
                assert rows[lot].verdict == answer["verdict"]
            for lot, row in rows.items():  # the unacknowledged that made it are complete too
                whole(conn, lot, row, raw)
            everything = conn.execute(select(journal.event)).all()
            tenant = rows[next(iter(rows))].tenant_id
            foreign = whole_documents(conn, [one for one in everything if one.tenant_id != tenant], captured)
            events = [one for one in everything if one.tenant_id == tenant]
            assert len(events) == len(rows) + 1
            for event in events:
                assert event.digest == digest(json.loads(event.document))
                named = select(journal.event_identifier).where(journal.event_identifier.c.event_id == event.id)
                assert len(conn.execute(named).all()) == (2 if event.event_type == "TransformationEvent" else 1)
            subjects = {a.subject_id for a in conn.execute(select(journal.act)) if a.subject_type == "batch"}
            assert subjects == {r.id for r in rows.values()} | {raw}
            named_lots = {i.id for i in conn.execute(select(journal.identifier))} - foreign
            assert named_lots == subjects, "no identifier without its batch"
            left = genealogy.stock_of(conn, [raw], rows[next(iter(rows))].tenant_id)[raw]
            assert left == [((100_000 - len(rows)) * MICRO, "KGM")]
            assert len(items.items_of(conn, rows[next(iter(rows))].tenant_id)) == 2
            whole_recalls(conn, announced, proposed)
            before = snapshot(conn)
        db.write(lambda conn: rebuild(conn, settings.public_url))
        with db.read() as conn:
            assert snapshot(conn) == before
    finally:
        db.close()


def whole_documents(conn: Any, events: list[Any], captured: set[str]) -> set[int]:
    """Each captured document is there whole or not at all, its job with it; gives the identifiers its events name."""
    kept: dict[str, int] = {}
    for one in events:
        assert one.digest == digest(loads(one.document))
        kept[one.event_id.split(":")[2]] = kept.get(one.event_id.split(":")[2], 0) + 1
    assert captured <= kept.keys()
    assert set(kept.values()) <= {4}
    jobs = conn.execute(select(epcis.job)).all()
    assert [(job.success, job.captured) for job in jobs] == [(True, 4)] * len(kept)
    mine = select(journal.event_identifier).where(journal.event_identifier.c.event_id.in_([one.id for one in events]))
    found = conn.execute(mine).all()
    assert len(found) == len(kept) * (2 + 3 + 2 + 1)
    assert len(
        conn.execute(select(genealogy.edge).where(genealogy.edge.c.event_id.in_([e.id for e in events]))).all()
    ) == 2 * len(kept)
    return {row.identifier_id for row in found}


def whole_recalls(conn: Any, announced: dict[str, str], proposed: dict[str, str]) -> None:
    """Each recall is there with its scope, and announced whole or not at all: state, halts and lines agree."""
    rows = {str(one.id): one for one in conn.execute(select(recalls.recall))}
    assert proposed.keys() <= rows.keys()
    for recall_id, row in rows.items():
        lots = [one.lot_id for one in conn.execute(select(recalls.lot).where(recalls.lot.c.recall_id == row.id))]
        assert len(lots) == 1, "the scope of an unused lot is the lot"
        halted = batches.halt_of(conn, lots[0])[0] == "recall"
        assert halted == (row.state == "announced")
        assert row.state == "announced" or recall_id not in announced
        assert proposed.get(recall_id, str(lots[0])) == str(lots[0])


def whole(conn: Any, lot: str, row: Any, raw: int) -> None:
    """One batch with its event, edge, stock, acts, verdict and code."""
    event = journal.get_event(conn, row.event_id)
    assert event is not None
    assert json.loads(event.document)["ilmd"]["cbvmda:lotNumber"] == lot
    assert [(e.input_id, e.quantity) for e in genealogy.inputs_of(conn, row.id)] == [(raw, MICRO)]
    assert genealogy.stock_of(conn, [row.id], row.tenant_id) == {row.id: [(2 * MICRO, "H87")]}
    told = [a.kind for a in journal.acts_of(conn, row.id)]
    assert told[:2] == ["batch.registered", "report"]
    assert set(told[2:]) <= {"recall.announced"}
    assert row.halt == ("recall" if told[2:] else "")
    verdict = verdicts.latest_verdict(conn, row.id)
    assert verdict is not None
    assert (row.verdict_id, row.verdict) == (verdict.id, verdict.status)
    assert journal.short_code_of(conn, row.id)
