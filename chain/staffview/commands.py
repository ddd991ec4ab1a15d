"""Record a consent, withdraw it, keep a map file, log a download. Nothing is ever changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from chain.staffview import store
from chain.staffview.geo import read_boundary
from trace.context import Context, local_datetime
from trace.errors import Conflict, NotFound
from trace.problems import Problems, reason_of


def _by(ctx: Context) -> dict[str, Any]:
    return {"recorded_at": ctx.now, "recorded_by": ctx.actor_id, "organisation": ctx.tenant_id}


def record_consent(ctx: Context, codes: Sequence[str], number: str, dated: str, until: str) -> int:
    """A written consent: number and date of the document, the last day it holds. It is filed under the subject's
    own number among the enterprise's codes, which never becomes another's, else under the first. Raises InvalidInput, Conflict."""
    today = local_datetime(ctx.now).date()
    problems = Problems()
    told = problems.text(number, "/number", "文件编号", longest=80)
    day = problems.day(dated, "/dated", "文件日期", required=True)
    end = problems.day(until, "/until", "有效期至", required=True)
    if day is not None and day > today:
        problems.add("/dated", "in_future", f"文件日期 {day} 晚于今天，请核对", "in the future")
    if day is not None and end is not None and end < day:
        problems.add("/until", "before_start", f"有效期至 {end} 早于文件日期 {day}", "ends before it begins")
    if any(one.number == told for one in store.consents(ctx.conn, codes)):
        raise Conflict(f"文件编号 {told} 已为该主体登记过", "This document is on record")
    problems.raise_if_any()
    made = ctx.new_id()
    row = {
        "id": made,
        "code": next((code for code in codes if code.startswith("subject:")), codes[0]),
        "number": told,
        "dated": day.isoformat() if day else "",
        "until": end.isoformat() if end else "",
        "reason": "",
        "withdraws": None,
    }
    store.insert_consent(ctx.conn, row | _by(ctx))
    return made


def withdraw_consent(ctx: Context, consent_id: int, codes: Sequence[str], reason: str) -> int:
    """End a consent of the enterprise known by ``codes``. Raises NotFound for another's, Conflict once ended."""
    why = reason_of(reason)
    known = store.get_consent(ctx.conn, consent_id)
    if known is None or known.code not in codes:
        raise NotFound("没有这份同意书", "No such consent")
    if known.ended_at is not None:
        raise Conflict("这份同意书已撤回", "Withdrawn already")
    made = ctx.new_id()
    row = {
        "id": made,
        "code": known.code,
        "number": "",
        "dated": "",
        "until": "",
        "reason": why,
        "withdraws": consent_id,
    }
    store.insert_consent(ctx.conn, row | _by(ctx))
    return made


def in_force(rows: Sequence[Row[Any]], day: date) -> Row[Any] | None:
    """The consent that holds on a day; None where none does."""
    return next((r for r in rows if r.ended_at is None and r.dated <= day.isoformat() <= r.until), None)


def keep_map(ctx: Context, file_name: str, content: bytes, approval: str) -> int:
    """Check and keep a boundary file. Raises InvalidInput."""
    problems = Problems()
    number = problems.text(approval, "/approval", "审图号", required=False, longest=60)
    with problems.caught():
        boundary = read_boundary(content)
    problems.raise_if_any()
    made = ctx.new_id()
    row = {
        "id": made,
        "file_name": file_name[:200],
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content.decode("utf-8-sig"),
        "points": boundary.points,
        "approval": number,
    }
    store.insert_map(ctx.conn, row | _by(ctx))
    return made


def log_download(ctx: Context, what: str, rows: int) -> int:
    """Somebody takes a file with named enterprises."""
    made = ctx.new_id()
    store.insert_download(ctx.conn, {"id": made, "what": what, "rows": rows, "request_id": ctx.request_id} | _by(ctx))
    return made
