"""Events as a caller gets them: which ones, in which format, with whose personal values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from service.accounts.permissions import Actor
from trace.context import Context
from trace.epcis import store
from trace.epcis.personal import numbers_in, put_back
from trace.epcis.translating import as_links
from trace.epcis.values import written
from trace.journal.canonical import loads
from trace.parties import store as parties
from trace.parties.models import PARTY


def organisation_of(ctx: Context, actor: Actor) -> tuple[int, str] | None:
    """Whose events the actor gets, for ``store.visible``: (organisation id, party URI); None for all, a regulator's."""
    if actor.supervises:
        return None
    found = parties.get_organisation(ctx.conn, actor.org_id)
    return actor.org_id, PARTY + (found.code if found is not None else "")


def shown(ctx: Context, rows: Sequence[Row[Any]], form: str) -> list[dict[str, Any]]:
    """Events as they are given back: as captured, with our record time, EPCs in the format asked for.

    Personal values go to whoever sent them; to everybody else they stay numbers.
    """
    events = [(row, loads(row.document)) for row in rows]
    own = [number for row, event in events if row.tenant_id == ctx.tenant_id for number in numbers_in(event)]
    known = {key: loads(value) for key, value in store.personal_values(ctx.conn, ctx.tenant_id, own).items()}
    made: list[dict[str, Any]] = []
    for row, event in events:
        whole = put_back(event, known) if known and row.tenant_id == ctx.tenant_id else event
        whole["recordTime"] = written(row.record_time)
        made.append(whole if form in ("Never_Translates", "No_Preference") else as_links(whole))
    return made
