"""A synthetic genealogy written straight into a migrated SQLite file: lots, edges, stock and hand-overs by executemany.

Blocks of lots that have nothing to do with each other, their ids interleaved as those of makers who register side
by side are. In a block every lot has five inputs: its parent in a tree, another earlier lot of the block, and three
raw lots. So the block's first lot (a seasoning, say) is in all of them, most by several ways, and a trace down from
it follows two edges to a lot.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

MICRO = 1_000_000
INPUTS = 5
"""Inputs of a lot: two of the block, the rest raw."""
BRANCH = 3
"""How many lots have the same parent in a block's tree: a block of 37k lots is ten generations deep."""
BLOCKS = 5
MAKERS = 60
ITEMS = 10
"""Trade items of a maker."""
HOLDERS = 300
STAGES = ("U01", "M01", "M04", "M09", "M12", "D03")
NOON = 1_795_492_800_000_000
"""2026-11-24 12:00 in Asia/Shanghai: when everything happened (µs UTC)."""
BASE = 600_000_000_000_000_000
"""Where the synthetic ids begin: far above those of a demo district, below 2^63."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many lots made in a block, and half as many raw ones; edges are five to a lot."""

    lots: int
    at: int

    @property
    def raw(self) -> int:
        return self.lots // 2

    @property
    def root(self) -> int:
        """The lot that went into every other one of the first block."""
        return self.at

    @property
    def edges(self) -> int:
        return BLOCKS * (self.lots - 1) * INPUTS

    def lot(self, block: int, number: int) -> int:
        return self.at + number * BLOCKS + block


STANDARD = Size(37_000, BASE + 10_000_000)
LARGE = Size(367_000, BASE + 100_000_000)
SMALL = Size(556, BASE + 1_000_000)


def _organisations() -> Iterator[tuple[object, ...]]:
    for number in range(HOLDERS):
        name = f"良溪县第{number + 1}食品经营部"
        yield BASE + number, f"bench-{number}", name, name, "enterprise", f"良溪县第{number % 12 + 1}镇", 1, 0


def _items() -> Iterator[tuple[object, ...]]:
    for number in range(MAKERS * ITEMS):
        key = f"id/bench{number:06d}"
        maker, stage = BASE + number // ITEMS, STAGES[number % len(STAGES)]
        yield BASE + 10_000 + number, maker, "product", key, f"卤味 {number}", 500_000, "KGM", "H87", stage, 1, 0, 0


def _item(number: int) -> int:
    return number % (MAKERS * ITEMS)


def _lots(size: Size, *, raw: bool = True) -> Iterator[tuple[int, int, int]]:
    """(id, block, number): the made lots, then the raw ones."""
    for number in range(size.lots + (size.raw if raw else 0)):
        for block in range(BLOCKS):
            yield size.lot(block, number), block, number


def _identifiers(size: Size) -> Iterator[tuple[object, ...]]:
    for lot, block, number in _lots(size):
        yield lot, f"/id/bench{_item(number):06d}/10/{size.lots}-{block}-{number}", "lot"


def _batches(size: Size) -> Iterator[tuple[object, ...]]:
    for lot, block, number in _lots(size):
        item = _item(number)
        yield (
            lot, BASE + item // ITEMS, BASE + 10_000 + item, "product" if number < size.lots else "raw", f"{size.lots}-{block}-{number}", "shipped",
            f"2026-{number % 12 + 1:02d}-15", "2027-01-15", 100 * MICRO, "H87", '["良溪县青石村"]', 0, "pass", NOON, NOON,
        )  # fmt: skip


def _edges(size: Size) -> Iterator[tuple[object, ...]]:
    dice = random.Random(size.lots)  # noqa: S311 - made-up data
    for lot, block, number in _lots(size, raw=False):
        if number == 0:
            continue
        inputs = {(number - 1) // BRANCH, max(0, number - 1 - int(dice.random() * 4000))}
        while len(inputs) < INPUTS:
            inputs.add(size.lots + int(dice.random() * size.raw))
        for one in inputs:
            yield lot, size.lot(block, one), lot, BASE + _item(number) // ITEMS, MICRO, "KGM", "weighed"


def _stock(size: Size) -> Iterator[tuple[object, ...]]:
    for lot, _block, number in _lots(size):
        yield lot, BASE + number % HOLDERS, "H87", 60 * MICRO


def _handovers(size: Size) -> Iterator[tuple[object, ...]]:
    """Every fourth lot was handed to whoever has it, and both say so."""
    for lot, _block, number in _lots(size):
        if number % 4 == 0:
            maker = BASE + _item(number) // ITEMS
            yield lot, lot, maker, BASE + number % HOLDERS, NOON, 60 * MICRO, "H87", lot, lot


def _insert(conn: sqlite3.Connection, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
    marks = ",".join("?" * len(columns.split(",")))
    conn.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - our own words


def parties(path: Path) -> None:
    """The makers, holders and trade items that all sizes share."""
    with closing(sqlite3.connect(path)) as conn, conn:
        _insert(conn, "organisation", "id,code,name,short_name,kind,district,is_demo,created_at", _organisations())
        _insert(
            conn,
            "trade_item",
            "id,organisation_id,kind,key,name,net_content,net_unit,base_unit,link_code,prepackaged,is_demo,act_id",
            _items(),
        )


def fill(path: Path, size: Size) -> None:
    """Write one size's lots into the file; nobody else may have it open for writing."""
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("PRAGMA cache_size=-400000")
        with conn:
            _insert(conn, "identifier", "id,uri,kind", _identifiers(size))
            _insert(
                conn,
                "batch",
                "id,tenant_id,item_id,kind,lot,state,produced_on,best_before,quantity,unit,origins,was_pending,"
                "verdict,registered_at,last_event_at",
                _batches(size),
            )
            _insert(conn, "edge", "output_id,input_id,event_id,tenant_id,quantity,unit,basis", _edges(size))
            _insert(conn, "stock", "lot_id,holder_id,unit,quantity", _stock(size))
            _insert(
                conn,
                "handover",
                "id,lot_id,from_id,to_id,at,quantity,unit,shipped_event,received_event",
                _handovers(size),
            )
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
