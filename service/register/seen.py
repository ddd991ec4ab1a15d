"""What staff see of one enterprise's batches: how many and since when; which ones only with its written consent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from chain.flows import enterprise_batches
from chain.register.folding import Register
from chain.register.owning import org_code
from chain.staffview import store
from chain.staffview.commands import in_force
from chain.staffview.holders import codes_of
from service.accounts.permissions import FIELDS, Actor, visibility
from service.batches.reading import iso
from service.panorama.reading import known_codes
from service.register import views

NEWEST = 20
EDGES = tuple(Decimal(n) for n in (100, 500, 1_000, 5_000, 10_000, 50_000))


def band(amount: Decimal | None, unit: str, most: Decimal | None = None) -> str:
    """The capacity band that an amount is in: 「1,000～5,000 吨」; of a range up to ``most`` the bands it reaches over."""
    if amount is None:
        return "未知"
    low = max((edge for edge in EDGES if edge <= amount), default=None)
    high = min((edge for edge in EDGES if edge > max(amount, most or amount)), default=None)
    if low is None and high != EDGES[0]:
        return "未知" if high is None else f"{high:,} {unit}以下"
    if low is None:
        return f"{EDGES[0]:,} {unit}以下"
    return f"{low:,} {unit}以上" if high is None else f"{low:,}～{high:,} {unit}"


def seen(request: Request, conn: Connection, register: Register, subject: str) -> dict[str, Any]:
    """Counts, capacity bands and consents of a subject; batches one by one only while a consent holds, and of those
    only what ``visibility`` lets the actor see."""
    db = request.app.state.db
    actor: Actor = request.state.actor
    code = org_code(register, subject)
    rows = store.consents(conn, codes_of(conn, code, register.same(subject)))
    who = views.recorders(conn, rows)
    holds = in_force(rows, register.day)
    batches = enterprise_batches(
        conn, code, register.day, include_demo=db.settings.demo, known_codes=known_codes(db, register.day),
        newest=NEWEST if holds is not None else 0,
    )  # fmt: skip
    if batches is not None and batches.newest:
        told = [b for b in batches.newest if {"product", "produced_on"} <= FIELDS[visibility(actor, b.owner)]]
        batches = replace(batches, newest=tuple(told))
    return {
        "batches": batches,
        "bands": [
            {"link": fact.at, "band": band(fact.low, fact.unit, fact.high)}
            for fact in register.operated_by(subject)
            if fact.basis != "planned"
        ],
        "consent": holds,
        "consents": [consent_json(row) | {"recorder": who[str(row.recorded_by)]} for row in rows],
    }


def consent_json(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.number,
        "dated": row.dated,
        "until": row.until,
        "recorded_at": iso(row.recorded_at),
        "withdrawn": (iso(row.ended_at) or "")[:10] or None,
        "reason": row.ended_why or "",
    }
