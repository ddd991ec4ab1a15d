"""A verdict so that a person can follow it: each finding with clause, value, limit, source, evidence and one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts import store as accounts
from service.accounts.permissions import Actor, View, visibility
from service.batches import reading
from service.batches.reading import BatchRecord
from trace.genealogy.shares import share_text
from trace.rulebooks.books import current_book
from trace.standards.clauses import CONFIDENCES, EVIDENCE, SOURCES
from trace.standards.judging.owing import UNTESTED
from trace.standards.models import NOTICE, STATUS_TEXT
from trace.suspicion.commands import conclusions
from trace.suspicion.models import CONCLUSIONS, KINDS, PUBLISHED, Suspicion
from trace.verdicts import store
from trace.verdicts.findings import gravest_first, key_of
from trace.verdicts.models import CAUSES
from trace.verdicts.rulings import RULINGS, STANCES, by_finding

HIDDEN_CAUSE = "更早的投料存疑，详情请向供货方核实"
_CONFIDENCE = dict(zip(CONFIDENCES, ("高", "中，待核原文", "低，不自动判定"), strict=True))


class Names:
    """Who did an act: the organisation for all, the log-in for the own organisation and regulators only."""

    def __init__(self, conn: Connection, record: BatchRecord, actor: Actor) -> None:
        self._conn, self._record, self._actor = conn, record, actor
        self._known: dict[int, str] = {}

    def who(self, tenant_id: int, account_id: int) -> str:
        organisation = self._record.names.get(tenant_id, "")
        if tenant_id != self._actor.org_id and self._actor.org_kind != "regulator":
            return organisation
        if account_id not in self._known:
            account = accounts.account_by_id(self._conn, account_id) if account_id else None
            self._known[account_id] = str(account["login"]) if account is not None else ""
        return organisation + (f" · {self._known[account_id]}" if self._known[account_id] else "")


def explained(conn: Connection, record: BatchRecord, actor: Actor) -> dict[str, Any]:
    """The newest verdict of a batch for its owner or a regulator, with its history. ``record`` must have a verdict."""
    row = record.verdict
    assert row is not None
    names = Names(conn, record, actor)
    told = store.facts_of(conn, int(record.row.id), row.facts_digest)
    facts: dict[str, Any] | None = json.loads(told) if told is not None else None
    if facts is not None and reading.view_of(actor, record) is not View.OWN:
        for one in facts.get("inputs") or []:
            one.pop("quantity", None)
    product = overruled(json.loads(row.product), names, record.row.tenant_id)
    if facts is not None and "overruled" in facts:
        facts["overruled"] = {k: v for k, v in facts["overruled"].items() if k != "account_id"}
    return {
        "batch_id": str(record.row.id),
        "lot": record.row.lot,
        "name": record.row.item_name,
        "verdict": row.status,
        "verdict_text": STATUS_TEXT.get(row.status, row.status),
        "notice": NOTICE,
        "rulebook": row.rulebook,
        "rulebook_in_force": current_book(conn).version,
        "evaluated_at": reading.iso(row.at),
        "cause": row.cause,
        "cause_text": CAUSES.get(row.cause, row.cause),
        "request_id": row.request_id,
        "product": product,
        "findings": findings_of(record.acts, json.loads(row.findings), names),
        "notes": json.loads(row.notes),
        "reviews": [note_json(act, names) for act in by_finding(record.acts, "review.noted").get("", [])],
        "suspicions": suspicions_of(record, actor, names),
        "inputs_judged": facts,
        "inputs_digest": row.facts_digest,
        "history": [
            {
                "id": str(one.id),
                "at": reading.iso(one.at),
                "verdict": one.status,
                "verdict_text": STATUS_TEXT.get(one.status, one.status),
                "rulebook": one.rulebook,
                "cause": one.cause,
                "cause_text": CAUSES.get(one.cause, one.cause),
                "inputs_digest": one.facts_digest,
            }
            for one in reversed(store.verdicts_of(conn, int(record.row.id)))
        ],
    }


def overruled(product: dict[str, Any], names: Names, tenant_id: int) -> dict[str, Any]:
    """Where the product was placed; a named person's classification with who and when."""
    said = product.get("overruled")
    if said:
        who = names.who(tenant_id, int(said["account_id"]))
        shown = {k: v for k, v in said.items() if k not in ("account_id", "at")}
        product["overruled"] = shown | {"who": who, "at": reading.iso(int(said["at"]))}
    return product


def findings_of(
    acts: Sequence[Row[Any]], findings: Sequence[Mapping[str, Any]], names: Names | None = None
) -> list[dict[str, Any]]:
    """Findings, the gravest first, each with its key, words for its codes, and the rulings and notes on it."""
    rulings, notes = by_finding(acts, "ruling"), by_finding(acts, "review.noted")
    shown = []
    for finding in gravest_first(findings):
        key = key_of(finding)
        shown.append(
            dict(finding)
            | {
                "key": key,
                "status_text": STATUS_TEXT.get(finding["status"], ""),
                "source_text": SOURCES.get(finding["source"], ""),
                "confidence_text": _CONFIDENCE.get(finding["confidence"], ""),
                "evidence_text": [EVIDENCE.get(code, code) for code in finding["evidence"]],
                "sentence": finding["reason"],
                "clause_page": f"/standards/clauses/{finding['clause_id']}" if finding["clause_id"] else "",
                "rulings": [ruling_json(act, names) for act in reversed(rulings.get(key, []))],
                "reviews": [note_json(act, names) for act in reversed(notes.get(key, []))],
            }
        )
    return shown


def gathered(notes: Iterable[str]) -> list[str]:
    """The notes of a verdict for reading: parameters of which the same is told share a line, where the first stood."""
    together: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        names, mark, rest = note.partition(UNTESTED)
        together.setdefault((mark, rest if mark else names), []).append(names)
    return ["、".join(names) + mark + rest if mark else rest for (mark, rest), names in together.items()]


def ruling_json(act: Row[Any], names: Names | None) -> dict[str, Any]:
    """One ruling; of several on a finding the first listed stands."""
    body = json.loads(act.body)
    return {
        "id": str(act.id),
        "conclusion": body["conclusion"],
        "text": RULINGS.get(body["conclusion"], ""),
        "basis": act.reason,
        "at": reading.iso(act.at),
        "who": names.who(act.tenant_id, act.actor_id) if names is not None else "",
    }


def note_json(act: Row[Any], names: Names | None) -> dict[str, Any]:
    """One supervisor's note (核查意见)."""
    body = json.loads(act.body)
    return {
        "id": str(act.id),
        "stance": body["stance"],
        "text": STANCES.get(body["stance"], ""),
        "remark": act.reason,
        "at": reading.iso(act.at),
        "who": names.who(act.tenant_id, act.actor_id) if names is not None else "",
    }


def sees_suspicion(actor: Actor, record: BatchRecord) -> bool:
    """Who holds a batch and who supervises it, and nobody else."""
    if reading.view_of(actor, record) in (View.OWN, View.REGULATOR):
        return True
    return any(s.holder_id == actor.org_id and s.quantity > 0 for s in record.stock)


def suspicions_of(record: BatchRecord, actor: Actor, names: Names | None = None) -> list[dict[str, Any]]:
    """上游存疑（待核）, open ones first; [] for whom they are not. Lots the actor may not see are named only by stage."""
    if not sees_suspicion(actor, record):
        return []
    told = conclusions(record.acts)
    standing = record.suspicion
    return [_suspicion(one, record, actor, told, names) for one in (*standing.open, *reversed(standing.ended))]


def _suspicion(
    one: Suspicion,
    record: BatchRecord,
    actor: Actor,
    told: Mapping[tuple[str, int], Sequence[Row[Any]]],
    names: Names | None,
) -> dict[str, Any]:
    path = [_on_path(lot, one, record, actor) for lot in one.path]
    known = not path[0]["hidden"] if path else False
    public = one.cause.kind in PUBLISHED
    acts = [
        act
        for (key, tenant), made in told.items()
        if key == one.cause.key and (tenant == actor.org_id or actor.org_kind == "regulator")
        for act in made
    ]
    return {
        "cause": one.cause.key,
        "open": one.cause.ended is None,
        "kind": one.cause.kind if known or public else "",
        "text": KINDS[one.cause.kind] if known or public else HIDDEN_CAUSE,
        "detail": one.cause.text if public else "",
        "since": reading.iso(one.since),
        "ended": reading.iso(one.cause.ended),
        "due": one.due,
        "path": path,
        "share": share_text(one.share, one.share_why),
        "conclusions": [
            {
                "id": str(act.id),
                "text": CONCLUSIONS.get(json.loads(act.body)["conclusion"], ""),
                "basis": act.reason,
                "evidence": json.loads(act.body)["evidence"],
                "late": json.loads(act.body)["late"],
                "at": reading.iso(act.at),
                "who": names.who(act.tenant_id, act.actor_id) if names is not None else "",
                "organisation_id": str(act.tenant_id),
            }
            for act in sorted(acts, key=lambda act: -act.id)
        ],
    }


def _on_path(lot_id: int, one: Suspicion, record: BatchRecord, actor: Actor) -> dict[str, Any]:
    row = record.suspicion.lots.get(lot_id)
    if row is None:
        return {"id": None, "hidden": True, "name": "未登记的投料", "lot": "", "stage": ""}
    direct = len(one.path) >= 2 and lot_id == one.path[-2] and actor.org_id == record.row.tenant_id
    seen = visibility(actor, row.tenant_id) is not View.PUBLIC or direct or lot_id == record.row.id
    if not seen:
        return {"id": None, "hidden": True, "name": "他方批次", "lot": "", "stage": row.link_code}
    return {"id": str(lot_id), "hidden": False, "name": row.item_name, "lot": row.lot, "stage": row.link_code}
