"""The demo's announcement: eight fictional samples, one of which is found to be a batch of the demo and opens a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import yaml

from service.database import Database
from service.demo.people import DAY, context
from trace.batches import store as batches
from trace.bulletins import store
from trace.bulletins.cases import add_step
from trace.bulletins.commands import match
from trace.bulletins.importing import import_samples
from trace.bulletins.judging import judge
from trace.bulletins.reading import read_samples, settle_mapping
from trace.bulletins.records import table_of
from trace.bulletins.words import load_words
from trace.context import Context, local_datetime
from trace.parties import store as parties
from trace.standards import load_book

OFFICE = "demo-bureau"


def announce(db: Database, ids: Mapping[str, int], people: Mapping[str, int]) -> None:
    """Import the announcement through the real commands and confirm its first sample's batch."""
    told: dict[str, Any] = yaml.safe_load(files("seeds").joinpath("demo", "bulletin.yaml").read_text(encoding="utf-8"))
    now = db.now()
    on = local_datetime(now).date()
    with db.read() as conn:
        names = {code: row.name for code in ids if (row := parties.organisation_by_code(conn, code)) is not None}
    words, book = load_words(), load_book()
    table = table_of([_record(one, told, on, names) for one in told["samples"]], words)
    reading = read_samples(table, settle_mapping(table, {}, words), words)
    if reading.errors:
        raise ValueError("；".join(error.detail for error in reading.errors))
    judged = {one.row_number: judge(one, book) for one in reading.samples}
    officer = people["regulator"]
    at = now - (told["issued_ago"] - 1) * DAY

    def do(conn: Any) -> None:
        ctx = context(db, conn, ids[OFFICE], at, officer)
        done = import_samples(ctx, reading.samples, judged)
        rows = store.list_samples(conn, int(done.bulletins[0]["id"]), after=None, limit=100)
        sample = next(row for row in rows if row.number == told["matched"])
        _open(ctx, sample, ids["demo-maker"], told["match_reason"])

    db.write(do)


def _open(ctx: Context, sample: Any, maker_id: int, reason: str) -> None:
    """The maker's batch of that day, confirmed by the officer; nothing where the demo has none."""
    made = batches.list_batches(ctx.conn, tenant_id=maker_id, before=None, limit=200, kind="product")
    batch = next((b for b in made if b.produced_on == sample.produced_on and b.item_name == sample.food), None)
    if batch is None:
        raise ValueError(f"the demo has no batch of {sample.food} made on {sample.produced_on}")
    case_id, _ = match(ctx, sample.id, batch.id, reason)
    if case_id is not None:
        add_step(ctx, case_id, "trace", "begun", "已查到经销与中央厨房两个去向，正在核对现存数量（演示）")


def _record(one: Mapping[str, Any], told: Mapping[str, Any], on: date, names: Mapping[str, str]) -> dict[str, Any]:
    plain = {key: value for key, value in one.items() if key not in ("made_ago", "maker", "failed")}
    return plain | {
        "标称生产企业": names[one["maker"]] if "maker" in one else one["标称生产企业"],
        "生产日期": (on - timedelta(days=one["made_ago"])).isoformat(),
        "不合格项目║检验结果║标准值": "\n".join(one["failed"]),
        "公告号": told["number"],
        "发布机关": told["issuer"],
        "公告日期": (on - timedelta(days=told["issued_ago"])).isoformat(),
    }
