"""Registration over HTTP, durable on SQLite: bulk against raw executemany, single against a commit each."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, select

import service.schema
from bench import client
from bench.data import District
from bench.server import cpu_seconds, running
from service.database import Database
from service.migrating import migrate
from service.settings import Settings
from trace.context import Context, local_datetime
from trace.verdicts import commands as verdicts

HOST = "127.0.0.1:8000"
BULK = 500
TABLES = (
    "identifier",
    "event",
    "act",
    "event_identifier",
    "edge",
    "stock",
    "batch",
    "verdict",
    "verdict_facts",
    "alias",
)


def _yesterday() -> str:
    return (local_datetime(time.time_ns() // 1000).date() - timedelta(days=1)).isoformat()


def bulk(district: District, folder: Path) -> list[str]:
    """500 batches in one request; CPU of the server against CPU of writing the very same rows bare."""
    day = _yesterday()
    body = {"batches": [district.batch(f"K{n:04d}", day) for n in range(BULK)]}
    warm = {"batches": [district.batch(f"W{n:04d}", day) for n in range(20)]}
    headers = [f"Authorization: Bearer {district.key}"]
    with running(district.url) as (port, pid):
        client.run(port, [client.request("/api/v1/batches/bulk", HOST, district.post(warm), headers)], 1)
        middle = _counts(district.url)
        began = cpu_seconds(pid)
        done = client.run(port, [client.request("/api/v1/batches/bulk", HOST, district.post(body), headers)], 1)
        ours = cpu_seconds(pid) - began
    rows = {name: _rows(district.url, name, middle[name]) for name in TABLES}
    raw = _raw(rows, folder)
    verdict = _verdict_cpu(district, 200)
    without = max(ours - verdict * BULK, 1e-9)
    added = sum(len(r) for r in rows.values())
    return [
        f"register, bulk of {BULK} over HTTP: {BULK / done.seconds:,.0f} batches/s, {ours / BULK * 1e6:,.0f} µs CPU each "
        f"({added / BULK:.0f} rows each; failures {done.failures})",
        f"  of it verdicts: {verdict * 1e6:,.0f} µs CPU each",
        f"  raw executemany of the same rows: {raw / BULK * 1e6:,.0f} µs CPU each; "
        f"ratio raw/ours without verdicts {raw / without:.2f}, with verdicts {raw / ours:.2f} (goal ≥ 0.40)",
    ]


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _counts(url: str) -> dict[str, int]:
    with sqlite3.connect(_path(url)) as conn:
        found = ((name, conn.execute(f"SELECT COALESCE(MAX({_key(name)}), 0) FROM {name}")) for name in TABLES)  # noqa: S608
        return {name: rows.fetchone()[0] for name, rows in found}


def _key(name: str) -> str:
    """What grows from row to row: stock is kept in its key's order, and the lots in it are numbered in time."""
    return "lot_id" if name == "stock" else "rowid"


def _rows(url: str, name: str, after: int) -> list[dict[str, object]]:
    table = service.schema.metadata.tables[name]
    engine = create_engine(url)
    with engine.connect() as conn:
        mine = sqlite3.connect(_path(url))
        mine.row_factory = sqlite3.Row
        rowids = {r[0] for r in mine.execute(f"SELECT {_key(name)} FROM {name} WHERE {_key(name)} > ?", (after,))}  # noqa: S608
        mine.close()
        if not rowids:
            return []
        found = conn.exec_driver_sql(f"SELECT * FROM {name} WHERE {_key(name)} > {after}").mappings().all()  # noqa: S608
        return [{c.name: row[c.name] for c in table.columns} for row in found]


def _raw(rows: dict[str, list[dict[str, object]]], folder: Path) -> float:
    """CPU of one durable transaction that only inserts the rows, with the same schema and pragmas."""
    url = f"sqlite:///{folder / 'raw.db'}"
    migrate(Settings(database_url=url))
    conn = sqlite3.connect(_path(url), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        conn.execute(f"PRAGMA {pragma}")
    work = []
    for name, found in rows.items():
        if found:
            columns = list(found[0])
            marks = ",".join("?" * len(columns))
            names = ",".join(f'"{c}"' for c in columns)
            work.append((f"INSERT INTO {name} ({names}) VALUES ({marks})", [tuple(r.values()) for r in found]))  # noqa: S608
    began = time.process_time()
    conn.execute("BEGIN IMMEDIATE")
    for statement, values in work:
        conn.executemany(statement, values)
    conn.execute("COMMIT")
    spent = time.process_time() - began
    conn.close()
    return spent


def _verdict_cpu(district: District, count: int) -> float:
    """CPU of judging one registered batch, facts read and verdict kept."""
    db = Database(district.settings)
    table = service.schema.metadata.tables["batch"]
    with db.read() as conn:
        found = conn.execute(select(table.c.id, table.c.tenant_id).where(table.c.lot.like("K%")).limit(count)).all()

    def judge(conn: object) -> float:
        began = time.thread_time()
        for row in found:
            ctx = Context(conn, db.now(), db.new_id, 1, row.tenant_id, "bench", district.settings.public_url)  # type: ignore[arg-type]
            verdicts.judge(ctx, row.id, "bench")
        return time.thread_time() - began

    spent = db.write(judge)
    db.close()
    return spent / len(found)


def single(district: District, count: int = 640, at_a_time: int = 32) -> list[str]:
    """Registrations one by one, 32 waiting at a time: shared commits against a commit each."""
    day = _yesterday()
    headers = [f"Authorization: Bearer {district.key}"]

    def jobs(stem: str) -> list[bytes]:
        return [
            client.request("/api/v1/batches", HOST, json.dumps(district.batch(f"{stem}{n:04d}", day)).encode(), headers)
            for n in range(count)
        ]

    with running(district.url) as (port, pid):
        client.run(port, jobs("SW")[:64], at_a_time)
        began = cpu_seconds(pid)
        shared = client.run(port, jobs("SA"), at_a_time)
        cpu = cpu_seconds(pid) - began
    with running(district.url, group=1) as (port, _pid):
        client.run(port, jobs("SV")[:64], at_a_time)
        each = client.run(port, jobs("SB"), at_a_time)
    return [
        f"register, single, {at_a_time} at a time: {shared.rate:,.0f}/s, p99 {shared.quantile(0.99):.0f} ms, "
        f"{cpu / count * 1e3:.1f} ms CPU each; a transaction each: {each.rate:,.0f}/s, p99 {each.quantile(0.99):.0f} ms; "
        f"ratio {shared.rate / each.rate:.2f} (goal ≥ 8); failures {shared.failures + each.failures}"
    ]
