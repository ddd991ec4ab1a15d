"""Who signed which clause off, when, against which page, and whether it is in effect yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from service.accounts import store as accounts
from service.accounts.permissions import Actor
from service.batches.reading import iso
from trace.journal import store as journal
from trace.parties import store as parties
from trace.rulebooks import signing, store
from trace.standards import Rulebook
from trace.standards.signing import SignOff, applies

STATES = {
    "published": "已核原文",
    "waiting": "已审签，待发布生效",
    "lapsed": "条款内容已变动，须重新审签",
}


def states(conn: Connection, book: Rulebook, actor: Actor) -> dict[str, dict[str, Any]]:
    """Sign-offs that stand, by clause: who (the log-in only inside the same organisation), when, which page, in effect?"""
    rows = store.signoffs(conn)
    names = parties.names(conn, sorted({row.tenant_id for row in rows}))
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        clause = book.clauses.get(row.clause_id)
        fits = clause is not None and applies(clause, SignOff(row.clause_id, row.digest))
        raised = clause is not None and (clause.source, clause.confidence) == ("P", "H")
        state = "lapsed" if not fits else "published" if raised else "waiting"
        found[row.clause_id] = {
            "clause_id": row.clause_id,
            "state": state,
            "state_text": STATES[state],
            "document": row.document,
            "page": row.page,
            "remark": row.remark,
            "by": _who(conn, names, row.tenant_id, row.actor_id, actor),
            "at": iso(row.at),
        }
    return found


def _who(conn: Connection, names: Mapping[int, str], tenant_id: int, account_id: int, actor: Actor) -> str:
    name = names.get(tenant_id, "")
    if tenant_id != actor.org_id:
        return name
    account = accounts.account_by_id(conn, account_id)
    return f"{name} · {account['login']}" if account is not None else name


def history(conn: Connection, clause_id: str) -> list[dict[str, Any]]:
    """Every sign-off of a clause and every one taken back, newest first."""
    kinds = {"clause.signed": "审签", "clause.signoff_withdrawn": "撤回审签"}
    acts = [(act, json.loads(act.body)) for act in journal.acts_of(conn, signing.clause_ref(clause_id), tuple(kinds))]
    names = parties.names(conn, sorted({act.tenant_id for act, _ in acts}))
    return [
        {
            "text": kinds[act.kind],
            "by": names.get(act.tenant_id, ""),
            "at": iso(act.at),
            "remark": act.reason,
            "document": body.get("document", ""),
            "page": body.get("page", ""),
        }
        for act, body in reversed(acts)
        if body["clause_id"] == clause_id
    ]
